// The columns of type uptime_result, in one place for everything that returns them.
#pragma once

#include "core/window_totals.hpp"
#include "pg/postgres.hpp"

namespace store_uptime::pg {

inline constexpr int kResultColumns = 10;

// open_time, up_time, down_time, unknown_time, excluded_time, availability, availability_of_open, outages, mttr, mtbf.
void result_values(const Totals& totals, Datum* values, bool* nulls);

}  // namespace store_uptime::pg
