// calendar_agg, with_special_day and with_special_days: calendars from rows, as tables of hours have them.
//
// The state of calendar_agg is a bytea, so that any engine can send it: the length of the zone's name, the name, the
// rows. It is rewritten with each row, of which a store has a dozen.
#include "pg/business_calendar.hpp"
#include "pg/convert.hpp"
#include "pg/source_options.hpp"
#include "pg/stored_bytes.hpp"

namespace store_uptime::pg {
namespace {

struct StoredRow {
    std::int64_t opens;
    std::int64_t closes;
    DateADT valid_from;  // -infinity and infinity: not bounded
    DateADT valid_until;
    std::int64_t weekday;
};
static_assert(sizeof(StoredRow) == 32, "no padding: written as it is");

struct State {
    std::string_view zone;  // empty: not told yet
    Bytes rows;
};

[[noreturn]] void damaged_state() {
    ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION), errmsg("invalid state of calendar_agg")));
    pg_unreachable();
}

// Reads a state, which anybody may have written.
State read_state(Datum datum) {
    const Bytes bytes = stored_bytes(datum);
    std::uint32_t length = 0;
    if (bytes.size() < sizeof(length)) damaged_state();
    std::memcpy(&length, bytes.data(), sizeof(length));
    const Bytes rest = bytes.subspan(sizeof(length));
    if (rest.size() < length || (rest.size() - length) % sizeof(StoredRow) != 0) damaged_state();
    const std::string_view zone(reinterpret_cast<const char*>(rest.data()), length);
    if (!zone.empty() && !is_zone_name(zone)) damaged_state();
    return {zone, rest.subspan(length)};
}

Datum write_state(const State& state, Bytes more) {
    const auto length = static_cast<std::uint32_t>(state.zone.size());
    const NewValue value =
        new_stored_bytes(sizeof(length) + length + state.rows.size() + more.size(), "a state of calendar_agg");
    std::memcpy(value.bytes, &length, sizeof(length));
    std::uint8_t* out = std::copy(state.zone.begin(), state.zone.end(), value.bytes + sizeof(length));
    out = std::copy(state.rows.begin(), state.rows.end(), out);
    std::copy(more.begin(), more.end(), out);
    return value.datum;
}

void set_zone(State& state, std::string_view zone) {
    if (zone.empty()) return;
    call_core([&] { check_zone_name(zone); });
    if (!state.zone.empty() && state.zone != zone)
        ereport(ERROR, (errcode(ERRCODE_CARDINALITY_VIOLATION),
                        errmsg("one calendar has two time zones, \"%.*s\" and \"%.*s\"", static_cast<int>(state.zone.size()),
                               state.zone.data(), static_cast<int>(zone.size()), zone.data()),
                        errhint("Group rows by store; a store has one zone.")));
    state.zone = zone;
}

[[noreturn]] void incomplete_row(const char* what) {
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("a row of opening hours has no %s", what),
                    errhint("A row without weekday and times is none at all; any other needs all three.")));
    pg_unreachable();
}

// The shift of two times of a table: its last minute means the end of the day, as in the report.
Shift shift_argument(FunctionCallInfo fcinfo, int opens, int closes) {
    const Micros from{PG_GETARG_TIMEADT(opens)}, until{PG_GETARG_TIMEADT(closes)};
    Shift shift;
    call_core([&] { shift = make_shift(from, round_day_end(until)); });
    return shift;
}

// Arguments from 2 on: weekday, opens, closes and perhaps valid_from, valid_until. False if they are no row.
bool read_row(FunctionCallInfo fcinfo, StoredRow& row) {
    if (PG_ARGISNULL(2) && PG_ARGISNULL(3) && PG_ARGISNULL(4)) return false;
    if (PG_ARGISNULL(2)) incomplete_row("weekday");
    if (PG_ARGISNULL(3)) incomplete_row("opening time");
    if (PG_ARGISNULL(4)) incomplete_row("closing time");
    const Shift shift = shift_argument(fcinfo, 3, 4);
    const bool dated = PG_NARGS() > 5;
    row = {shift.opens.count(), shift.closes.count(), DATEVAL_NOBEGIN, DATEVAL_NOEND, PG_GETARG_INT32(2)};
    if (dated && !PG_ARGISNULL(5)) row.valid_from = PG_GETARG_DATEADT(5);
    if (dated && !PG_ARGISNULL(6)) row.valid_until = PG_GETARG_DATEADT(6);
    call_core([&] { check_weekday(static_cast<long>(row.weekday)); });
    return true;
}

WeeklyRow weekly_row(const StoredRow& row) {
    return {check_weekday(static_cast<long>(row.weekday)),
            {Micros{row.opens}, Micros{row.closes}},
            DATE_IS_NOBEGIN(row.valid_from) ? Date::min() : to_date(row.valid_from),
            DATE_IS_NOEND(row.valid_until) ? Date::max() : to_date(row.valid_until)};
}

ZonedCalendar make_calendar(const State& state, std::string_view default_zone) {
    ZonedCalendar calendar;
    calendar.zone = state.zone.empty() ? default_zone : state.zone;
    for (Bytes rest = state.rows; !rest.empty(); rest = rest.subspan(sizeof(StoredRow))) {
        StoredRow row;
        std::memcpy(&row, rest.data(), sizeof(row));
        calendar.calendar.weekly.push_back(weekly_row(row));
    }
    if (state.rows.empty()) calendar.calendar = Calendar::around_the_clock();
    calendar.normalise();
    return calendar;
}

// Adds arguments date, opens, closes from `first` on as a special row; both times NULL: closed.
void add_special_day(ZonedCalendar& calendar, FunctionCallInfo fcinfo, int first) {
    const DateADT date = PG_GETARG_DATEADT(first);
    const bool closed = PG_ARGISNULL(first + 1) && PG_ARGISNULL(first + 2);
    if (!closed && PG_ARGISNULL(first + 1)) incomplete_row("opening time");
    if (!closed && PG_ARGISNULL(first + 2)) incomplete_row("closing time");
    if (DATE_NOT_FINITE(date))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("a special day needs a finite date")));
    const Shift shift = closed ? Shift{} : shift_argument(fcinfo, first + 1, first + 2);
    call_core([&] {
        calendar.calendar.special.push_back({to_date(date), shift});
        calendar.normalise();
    });
}

}  // namespace

extern "C" {

SQL_FUNCTION(calendar_agg_add);
SQL_FUNCTION(calendar_agg_join);
SQL_FUNCTION(calendar_agg_final);
SQL_FUNCTION(with_special_day);
SQL_FUNCTION(with_special_days_add);
SQL_FUNCTION(with_special_days_join);

// (state, zone, weekday, opens, closes [, valid_from, valid_until])
Datum calendar_agg_add(PG_FUNCTION_ARGS) {
    State state = PG_ARGISNULL(0) ? State{} : read_state(PG_GETARG_DATUM(0));
    if (!PG_ARGISNULL(1)) set_zone(state, view(PG_GETARG_TEXT_PP(1)));
    StoredRow row;
    const bool any = read_row(fcinfo, row);
    return write_state(state, {reinterpret_cast<const std::uint8_t*>(&row), any ? sizeof(row) : 0});
}

Datum calendar_agg_join(PG_FUNCTION_ARGS) {
    if (PG_ARGISNULL(0) && PG_ARGISNULL(1)) PG_RETURN_NULL();
    if (PG_ARGISNULL(0)) PG_RETURN_DATUM(PG_GETARG_DATUM(1));
    if (PG_ARGISNULL(1)) PG_RETURN_DATUM(PG_GETARG_DATUM(0));
    State state = read_state(PG_GETARG_DATUM(0));
    const State other = read_state(PG_GETARG_DATUM(1));
    set_zone(state, other.zone);
    return write_state(state, other.rows);
}

Datum calendar_agg_final(PG_FUNCTION_ARGS) {
    const State state = read_state(PG_GETARG_DATUM(0));
    auto* calendar = hold<ZonedCalendar>(CurrentMemoryContext);
    call_core([&] { **calendar = make_calendar(state, kDefaultTimezone); });
    check_zone(**calendar);
    return calendar_datum(**calendar);
}

// with_special_day(calendar, date, opens, closes): one more row of that date, which replaces the weekly ones; without
// times the date is closed.
Datum with_special_day(PG_FUNCTION_ARGS) {
    if (PG_ARGISNULL(0) || PG_ARGISNULL(1)) PG_RETURN_NULL();
    auto* calendar = read_calendar(PG_GETARG_DATUM(0));
    add_special_day(**calendar, fcinfo, 1);
    return calendar_datum(**calendar);
}

// (state, calendar, date, opens, closes): the aggregate over special days of one calendar; a NULL date is no day.
Datum with_special_days_add(PG_FUNCTION_ARGS) {
    if (PG_ARGISNULL(0) && PG_ARGISNULL(1)) PG_RETURN_NULL();
    const Datum before = PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0);
    if (PG_ARGISNULL(2)) PG_RETURN_DATUM(before);
    auto* calendar = read_calendar(before);
    add_special_day(**calendar, fcinfo, 2);
    return calendar_datum(**calendar);
}

// Both states come of one calendar: the second's special days are added to the first.
Datum with_special_days_join(PG_FUNCTION_ARGS) {
    if (PG_ARGISNULL(0) && PG_ARGISNULL(1)) PG_RETURN_NULL();
    if (PG_ARGISNULL(0)) PG_RETURN_DATUM(PG_GETARG_DATUM(1));
    if (PG_ARGISNULL(1)) PG_RETURN_DATUM(PG_GETARG_DATUM(0));
    ZonedCalendar& calendar = **read_calendar(PG_GETARG_DATUM(0));
    const ZonedCalendar& other = **read_calendar(PG_GETARG_DATUM(1));
    call_core([&] {
        calendar.calendar.special.insert(calendar.calendar.special.end(), other.calendar.special.begin(),
                                         other.calendar.special.end());
        calendar.normalise();
    });
    return calendar_datum(calendar);
}

}  // extern "C"

}  // namespace store_uptime::pg
