// Dates as year, month and day, over all supported time (std::chrono's own calendar ends with the year 32767).
#pragma once

#include "core/time.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// In the proleptic Gregorian calendar; the year 0 is 1 BC.
struct CivilDate {
    std::int64_t year;
    unsigned month;
    unsigned day;
};

CivilDate civil_date(Date d) noexcept;
// False for a day that no month has, and for years beyond +-1,000,000.
bool make_date(const CivilDate& civil, Date& d) noexcept;

}  // namespace store_uptime
