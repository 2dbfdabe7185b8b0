// The columns of an explanation, in one place for explain_status and store_uptime_explain.
#pragma once

#include "core/explain.hpp"
#include "core/calendar.hpp"
#include "pg/postgres.hpp"

namespace store_uptime::pg {

inline constexpr int kExplanationColumns = 12;

// status, rule, session, poll_at, poll_status, poll_distance, opening, opening_date, is_special_day, excluded,
// local_time, utc_offset of the instant `at`.
void explanation_values(const Explanation& e, Instant at, Datum* values, bool* nulls);

}  // namespace store_uptime::pg
