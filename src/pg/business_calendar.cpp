#include "core/calendar_codec.hpp"
#include "core/calendar_text.hpp"
#include "core/opening.hpp"

#include "pg/business_calendar.hpp"
#include "pg/convert.hpp"
#include "pg/row_set.hpp"
#include "pg/stored_bytes.hpp"
#include "pg/zone_postgres.hpp"

namespace store_uptime::pg {
namespace {

constexpr Micros kTick{1};

Held<ZonedCalendar>* decode(Bytes bytes) {
    auto* calendar = hold<ZonedCalendar>(CurrentMemoryContext);
    call_core([&] { **calendar = decode_calendar(bytes); });
    return calendar;
}

// next_open and next_close: `find` is the core's. No argument, so that its address is taken behind the wall only.
template <auto find>
Datum next_change(FunctionCallInfo fcinfo) {
    const ZonedCalendar& calendar = **read_calendar(PG_GETARG_DATUM(0));
    const Instant at = instant_argument(PG_GETARG_TIMESTAMPTZ(1), "the instant");
    const Zone zone = zone_of(calendar, {at, opening_horizon(calendar.calendar.view(), at)});
    std::optional<Instant> next;
    call_core([&] { next = find(calendar.calendar.view(), zone, at); });
    if (!next) PG_RETURN_NULL();
    PG_RETURN_TIMESTAMPTZ(to_timestamp(*next));
}

// The sessions within the range that is argument 1.
Held<IntervalSet>* sessions_argument(FunctionCallInfo fcinfo) {
    const ZonedCalendar& calendar = **read_calendar(PG_GETARG_DATUM(0));
    const Interval range = window_argument(PG_GETARG_RANGE_P(1), "the range");
    const Zone zone = zone_of(calendar, range);
    auto* found = hold<IntervalSet>(CurrentMemoryContext);
    call_core([&] { append_sessions(calendar.calendar.view(), zone, range, **found); });
    return found;
}

}  // namespace

Held<ZonedCalendar>* read_calendar(Datum calendar) { return decode(stored_bytes(calendar)); }

Datum calendar_datum(const ZonedCalendar& calendar) {
    auto* bytes = hold<std::vector<std::uint8_t>>(CurrentMemoryContext);
    call_core([&] { **bytes = encode(calendar); });
    const NewValue value = new_stored_bytes((*bytes)->size(), "business_calendar");
    std::memcpy(value.bytes, (*bytes)->data(), (*bytes)->size());
    bytes->drop();
    return value.datum;
}

Zone zone_of(const ZonedCalendar& calendar, const Interval& range) {
    return zone_named(calendar.zone.c_str(), range, nullptr);
}

void check_zone(const ZonedCalendar& calendar) {
    const Instant now = to_instant(GetCurrentTransactionStartTimestamp());
    zone_of(calendar, {now, now + kTick});
}

extern "C" {

SQL_FUNCTION(business_calendar_in);
SQL_FUNCTION(business_calendar_out);
SQL_FUNCTION(business_calendar_recv);
SQL_FUNCTION(business_calendar_send);
SQL_FUNCTION(business_calendar_eq);
SQL_FUNCTION(business_calendar_ne);
SQL_FUNCTION(business_calendar_hash);
SQL_FUNCTION(business_calendar_hash_extended);
SQL_FUNCTION(calendar_is_open);
SQL_FUNCTION(open_hours);
SQL_FUNCTION(open_time);
SQL_FUNCTION(calendar_next_open);
SQL_FUNCTION(calendar_next_close);

Datum business_calendar_in(PG_FUNCTION_ARGS) {
    const std::string_view text = PG_GETARG_CSTRING(0);
    auto* calendar = hold<ZonedCalendar>(CurrentMemoryContext);
    call_core([&] { **calendar = parse_calendar(text); });
    check_zone(**calendar);
    return calendar_datum(**calendar);
}

Datum business_calendar_out(PG_FUNCTION_ARGS) {
    const ZonedCalendar& calendar = **read_calendar(PG_GETARG_DATUM(0));
    auto* printed = hold<std::string>(CurrentMemoryContext);
    call_core([&] { **printed = print(calendar); });
    PG_RETURN_CSTRING(pstrdup((*printed)->c_str()));
}

Datum business_calendar_recv(PG_FUNCTION_ARGS) {
    const ZonedCalendar& calendar = **decode(received_bytes(fcinfo));
    check_zone(calendar);
    return calendar_datum(calendar);
}

Datum business_calendar_send(PG_FUNCTION_ARGS) { return send_bytes(fcinfo); }

Datum business_calendar_eq(PG_FUNCTION_ARGS) { PG_RETURN_BOOL(same_bytes(fcinfo)); }

Datum business_calendar_ne(PG_FUNCTION_ARGS) { PG_RETURN_BOOL(!same_bytes(fcinfo)); }

Datum business_calendar_hash(PG_FUNCTION_ARGS) { return hash_bytes_of(fcinfo); }

Datum business_calendar_hash_extended(PG_FUNCTION_ARGS) { return hash_bytes_extended_of(fcinfo); }

// is_open(calendar, at).
Datum calendar_is_open(PG_FUNCTION_ARGS) {
    const ZonedCalendar& calendar = **read_calendar(PG_GETARG_DATUM(0));
    const Instant at = instant_argument(PG_GETARG_TIMESTAMPTZ(1), "the instant");
    const Zone zone = zone_of(calendar, {at, at + kTick});
    bool open = false;
    call_core([&] { open = is_open(calendar.calendar.view(), zone, at); });
    PG_RETURN_BOOL(open);
}

// open_hours(calendar, range): one row a session, cut at the ends of the range.
Datum open_hours(PG_FUNCTION_ARGS) {
    RowSet rows(fcinfo, true);
    for (const Interval& session : **sessions_argument(fcinfo)) {
        const Datum value = RangeTypePGetDatum(make_tstzrange(session));
        const bool null = false;
        rows.put(&value, &null);
        pfree(DatumGetPointer(value));
    }
    return rows.done();
}

Datum open_time(PG_FUNCTION_ARGS) { return IntervalPGetDatum(make_interval(measure(**sessions_argument(fcinfo)))); }

// next_open(calendar, after).
Datum calendar_next_open(PG_FUNCTION_ARGS) { return next_change<next_open>(fcinfo); }

// next_close(calendar, after).
Datum calendar_next_close(PG_FUNCTION_ARGS) { return next_change<next_close>(fcinfo); }

}  // extern "C"

}  // namespace store_uptime::pg
