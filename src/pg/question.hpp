// What uptime(), uptime_series(), status_intervals(), outages() and explain_status() are asked, all in the same words: a
// timeline, a calendar, when, as_of, a policy, excluded time.
#pragma once

#include "core/uptime.hpp"
#include "pg/business_calendar.hpp"
#include "pg/postgres.hpp"

namespace store_uptime::pg {

// One store of whom something is asked. Everything lives in the current memory context.
struct AskedStore {
    Datum timeline;
    bool has_timeline;  // none: no polls
    const ZonedCalendar* calendar;
    Intervals excluded;
    Instant as_of;
    Policy policy;
    Polls polls;
    Zone zone;

    StoreView view() const noexcept { return {polls, calendar->calendar.view(), zone, excluded}; }
};
static_assert(std::is_trivially_destructible_v<AskedStore>);

// Reads timeline and calendar, which are the first arguments, and as_of, policy and excluded, of which as_of is argument
// `as_of`; polls and zone wait for the question. Nothing without a calendar, since nobody knows then when the store is
// open; a NULL timeline is one without polls, NULL exclusions are none. 22023 for a NULL as_of or policy.
std::optional<AskedStore> read_store(FunctionCallInfo fcinfo, int as_of);

// The engine for a question about windows of the store, which gets the polls and the zone that it takes.
Uptime& ask(AskedStore& store, Intervals windows);

// The window that is argument n; 22023 for NULL.
Interval asked_window(FunctionCallInfo fcinfo, int n);

// The type of the row that the called function returns, kept from call to call.
TupleDesc result_row(FunctionCallInfo fcinfo);

}  // namespace store_uptime::pg
