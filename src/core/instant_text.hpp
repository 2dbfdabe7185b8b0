// Instants, dates and times of day as text that depends on no session: ISO 8601, UTC for instants.
//
//   2024-01-08 16:14:00Z   2024-01-08 16:14:00.25Z   12024-01-08 00:00:00Z   -0043-03-15 00:00:00Z (44 BC)
#pragma once

#include "core/civil_date.hpp"
#include "core/scanner.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

void append_text(std::string& out, Instant t);
// Minutes always, seconds and their fraction if there are any: 09:00, 09:00:30, 33:00 beyond midnight.
void append_time_of_day(std::string& out, Micros since_midnight);

// Reads what append_text wrote; also a T between date and time, and no seconds. Throws Errc::syntax.
Instant scan_instant(Scanner& in);
// Reads hours:minutes[:seconds[.fraction]], at most `most`.
Micros scan_time_of_day(Scanner& in, Micros most);

}  // namespace store_uptime
