// Time zones from ICU: the second provider of zone tables, for where no PostgreSQL server runs, and for the names that
// PostgreSQL does not know (Windows' own).
//
// The only file of the project that sees ICU. Its rules are as old as the installed library's data
// (icu_tzdata_version), which on a stock system may be years behind the operating system's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/zone.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// The table of an IANA zone such as America/Chicago, covering `range`. Names are case-sensitive. ICU's own
// abbreviations that the IANA database does not have (BST would be Dhaka) are not taken.
// Throws Errc::unknown_zone naming the zone.
ZoneTable icu_zone(std::string_view name, Interval range);

// The IANA zone that a Windows name stands for: 'Central Standard Time' is America/Chicago. None if it is no such name.
std::optional<std::string> zone_of_windows_name(std::string_view name);

// The release of the time zone database that ICU uses, as in 2022e.
std::string icu_tzdata_version();

}  // namespace store_uptime
