// Dates and times as files hold them: ISO 8601 and its everyday spellings, and nothing that could mean two things.
//
// Reading depends on no setting and no locale, and never throws: text that is no date or time is nothing. Blanks
// around the text are ignored.
#pragma once

#include <optional>
#include <string_view>

#include "core/time.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// `2023-01-22 12:09:39.388884 UTC`: a date, a blank or T, and a time of day (seconds may be missing), then Z, UTC,
// GMT or an offset such as +05:30, -0800 or +01. Without any of those it is UTC. Digits beyond microseconds round as
// PostgreSQL rounds them.
std::optional<Instant> parse_iso_instant(std::string_view text) noexcept;

// `9:00`, `09:00:00.5`, `24:00`: from midnight, at most 24 hours.
std::optional<Micros> parse_iso_time(std::string_view text) noexcept;

// Dates up to this year can be counted in microseconds.
inline constexpr int kLastIsoYear = 289'990;

// `2024-02-29`; from year 1 to kLastIsoYear.
std::optional<Date> parse_iso_date(std::string_view text) noexcept;

// Room for whatever the writers below write.
inline constexpr std::size_t kIsoTextSize = 48;

// Each writes the form that reads back as the same value and returns the end of it. Years from 1 on only.
char* write_iso_instant(char* to, Instant t) noexcept;  // 2023-01-22 12:09:39.388884, in UTC
char* write_iso_time(char* to, Micros since_midnight) noexcept;
char* write_iso_date(char* to, Date d) noexcept;

}  // namespace store_uptime
