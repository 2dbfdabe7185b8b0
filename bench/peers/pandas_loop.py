#!/usr/bin/python3
"""The report as a web service in Python computes it: pandas for the tables, one store after the other in a loop.

    pandas_loop.py FOLDER AS_OF RUNS PARTS

FOLDER holds store_status.csv, menu_hours.csv and timezones.csv; AS_OF is in microseconds since 1970. One of PARTS stores
is computed and the time multiplied by PARTS; reading the files is not counted. Writes the answers to FOLDER/pandas.csv as
whole microseconds and prints the milliseconds of each run. Answers under carry=always backfill=off max_gap=infinity.
"""
import sys
import time
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pandas as pd

UTC = timezone.utc
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY_END = datetime.strptime("23:59", "%H:%M").time()


def sessions(hours, zone, first, last):
    """The stretches of opening that meet [first, last), in UTC."""
    day = first.astimezone(zone).date() - timedelta(days=1)
    while day <= last.astimezone(zone).date():
        if hours is None:
            rows = [(None, None)]
        else:
            rows = hours[hours.day == day.weekday()][["start_time_local", "end_time_local"]].itertuples(index=False)
        for start, end in rows:
            closing_day = day
            if start is None or end >= DAY_END or end <= start:
                closing_day += timedelta(days=1)
            midnight = datetime.min.time()
            opens = datetime.combine(day, start or midnight, zone).astimezone(UTC)
            closes = datetime.combine(closing_day, midnight if start is None or end >= DAY_END else end, zone)
            closes = closes.astimezone(UTC)
            if closes > first and opens < last:
                yield max(opens, first), min(closes, last)
        day += timedelta(days=1)


def store_report(polls, hours, zone, now):
    """Uptimes of the last hour, day and week, then downtimes, in microseconds."""
    polls = polls.sort_values("timestamp_utc")
    times = [t.to_pydatetime() for t in polls.timestamp_utc]
    said = list(polls.status == "active")
    windows = [now - timedelta(hours=h) for h in (1, 24, 168)]
    totals = {True: [0, 0, 0], False: [0, 0, 0]}
    for opens, closes in sessions(hours, zone, windows[2], now):
        for i, up in enumerate(said):
            start = max(times[i], opens)
            end = min(times[i + 1] if i + 1 < len(times) else now, closes)
            for w, since in enumerate(windows):
                if end > max(start, since):
                    totals[up][w] += (end - max(start, since)) // MICROSECOND
    return totals[True] + totals[False]


def main():
    folder, as_of, runs, parts = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    now = EPOCH + as_of * MICROSECOND
    status = pd.read_csv(f"{folder}/store_status.csv")
    status["timestamp_utc"] = pd.to_datetime(status.timestamp_utc.str.replace(" UTC", "", regex=False), utc=True)
    hours = pd.read_csv(f"{folder}/menu_hours.csv")
    for column in ("start_time_local", "end_time_local"):
        hours[column] = pd.to_datetime(hours[column], format="%H:%M:%S").dt.time
    zones = pd.read_csv(f"{folder}/timezones.csv").set_index("store_id").timezone_str
    stores = sorted(status.store_id.unique())[::parts]

    for _ in range(runs):
        began = time.perf_counter()
        answers = {}
        grouping = time.perf_counter()
        polls_of = status[status.timestamp_utc <= now].groupby("store_id")
        hours_of = dict(iter(hours.groupby("store_id")))
        grouping = time.perf_counter() - grouping
        for store in stores:
            zone = ZoneInfo(zones.get(store, "America/Chicago"))
            answers[store] = store_report(polls_of.get_group(store), hours_of.get(store), zone, now)
        took = time.perf_counter() - began
        print(f"{1000 * (grouping + (took - grouping) * parts):.3f}", flush=True)
    pd.DataFrame.from_dict(answers, orient="index").to_csv(f"{folder}/pandas.csv", header=False)


if __name__ == "__main__":
    main()
