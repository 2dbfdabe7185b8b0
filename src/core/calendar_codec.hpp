// Calendars as bytes: what the type business_calendar stores.
//
//   version      1 byte, now 1
//   zone         number: its length, then its bytes
//   weekly       number: how many rows, then each:
//                  head     1 byte: bits 0-2 weekday, bit 3 has valid_from, bit 4 has valid_until, bits 5-6 unit of time
//                           (0 microsecond, 1 second, 2 minute: the longest that divides the two times)
//                  shift    number: opens, number: how long until it closes, both in units
//                  validity dates, as days since 1970 in zigzag: those that bits 3 and 4 announce
//   special      number: how many rows, then each:
//                  head     1 byte: bits 5-6 unit of time, the others 0
//                  date     the first: days since 1970, zigzag; each further one: number of days since the one before
//                  shift    as above; both 0 for a day that is closed
//
// Rows stand in normal form (calendar.hpp), so equal calendars are equal bytes.
#pragma once

#include "core/byte_code.hpp"
#include "core/calendar.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// `calendar` is normalised.
std::vector<std::uint8_t> encode(const ZonedCalendar& calendar);

// Reads bytes that anybody may have written: throws Errc::corrupt for those that encode() never writes,
// Errc::unsupported for a later version. What it gives is normalised.
ZonedCalendar decode_calendar(Bytes bytes);

}  // namespace store_uptime
