#include "core/calendar_text.hpp"

#include "pg/convert.hpp"
#include "pg/explain.hpp"
#include "pg/question.hpp"
#include "pg/status_timeline.hpp"

namespace store_uptime::pg {
namespace {

constexpr int kInstant = 2, kAsOf = 3;

// A row as calendars write it: Mo 09:00-17:00, 2024 Dec 24 09:00-12:00.
Datum opening_datum(const OpenRow& row) {
    auto* text = hold<std::string>(CurrentMemoryContext);
    call_core([&] {
        ZonedCalendar alone{"UTC", {}};
        if (row.special)
            alone.calendar.special.push_back({row.date, row.shift});
        else
            alone.calendar.weekly.push_back({weekday_of(row.date), row.shift});
        alone.normalise();
        const std::string printed = print(alone);
        **text = printed.substr(printed.find("; ") + 2);
    });
    return text_datum(**text);
}

DateADT to_dateadt(Date d) {
    return static_cast<DateADT>(d.time_since_epoch().count() - (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE));
}

// Columns are filled from left to right.
struct Columns {
    Datum* values;
    bool* nulls;
    int filled = 0;

    void put(Datum value) { values[filled] = value, nulls[filled++] = false; }
    void put_null() { values[filled] = Datum{0}, nulls[filled++] = true; }
    void put_range(const std::optional<Interval>& i) { i ? put(RangeTypePGetDatum(make_widened_tstzrange(*i))) : put_null(); }
};

}  // namespace

void explanation_values(const Explanation& e, Instant at, Datum* values, bool* nulls) {
    Columns columns{values, nulls};
    e.status ? columns.put(text_datum(name(*e.status))) : columns.put_null();
    columns.put(text_datum(name(e.rule)));
    columns.put_range(e.session);
    if (e.poll) {
        columns.put(TimestampTzGetDatum(to_timestamp(e.poll->at)));
        columns.put(text_datum(name(e.poll->status)));
        columns.put(IntervalPGetDatum(make_interval(at - e.poll->at)));
    } else {
        for (int i = 0; i < 3; ++i) columns.put_null();
    }
    if (e.row) {
        columns.put(opening_datum(*e.row));
        columns.put(DateADTGetDatum(to_dateadt(e.row->date)));
        columns.put(BoolGetDatum(e.row->special));
    } else {
        for (int i = 0; i < 3; ++i) columns.put_null();
    }
    columns.put_range(e.excluded);
    columns.put(TimestampGetDatum(check_timestamp(to_timestamp(at) + e.offset.count())));
    columns.put(IntervalPGetDatum(make_interval(e.offset)));
}

extern "C" {

SQL_FUNCTION(explain_status);

// explain_status(timeline, calendar, at, as_of, policy, excluded): what decided the status at one instant.
Datum explain_status(PG_FUNCTION_ARGS) {
    refuse_null(fcinfo, kInstant, "the instant", "Give a point in time, for example now().");
    const Instant at = instant_argument(PG_GETARG_TIMESTAMPTZ(kInstant), "the instant");
    std::optional<AskedStore> store = read_store(fcinfo, kAsOf);
    if (!store) PG_RETURN_NULL();
    if (store->has_timeline) store->polls = read_timeline(store->timeline, {kMinInstant, store->as_of + Micros{1}});
    const Instant earliest = store->polls.empty() ? kMaxInstant : store->polls.front().at;
    store->zone = zone_of(*store->calendar, explained_range(at, store->as_of, earliest));
    Explanation e;
    call_core([&] { e = explain(store->view(), at, store->as_of, store->policy); });
    Datum values[kExplanationColumns];
    bool nulls[kExplanationColumns];
    explanation_values(e, at, values, nulls);
    return HeapTupleGetDatum(heap_form_tuple(result_row(fcinfo), values, nulls));
}

}  // extern "C"

}  // namespace store_uptime::pg
