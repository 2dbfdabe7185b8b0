#include "core/civil_date.hpp"

namespace store_uptime {
namespace {

// Calendar arithmetic counts years from March, so that the leap day is a year's last, in eras of 400 years that are all
// of one length.
constexpr std::int64_t kEraYears = 400, kEraDays = 146'097, kDaysToEpoch = 719'468;

std::int64_t floor_divide(std::int64_t a, std::int64_t b) noexcept { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

CivilDate civil_date(Date d) noexcept {
    const std::int64_t days = d.time_since_epoch().count() + kDaysToEpoch;
    const std::int64_t era = floor_divide(days, kEraDays);
    const std::int64_t of_era = days - era * kEraDays;
    const std::int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const std::int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    const std::int64_t month = (5 * of_year + 2) / 153;  // 0 = March
    return {year + era * kEraYears + (month >= 10 ? 1 : 0), static_cast<unsigned>(month < 10 ? month + 3 : month - 9),
            static_cast<unsigned>(of_year - (153 * month + 2) / 5 + 1)};
}

bool make_date(const CivilDate& civil, Date& d) noexcept {
    if (civil.month < 1 || civil.month > 12 || civil.day < 1 || civil.day > 31 || civil.year < -1'000'000 ||
        civil.year > 1'000'000)
        return false;
    const std::int64_t since_march = civil.month > 2 ? civil.month - 3 : civil.month + 9;
    const std::int64_t year = civil.year - (civil.month > 2 ? 0 : 1);
    const std::int64_t era = floor_divide(year, kEraYears);
    const std::int64_t of_era = year - era * kEraYears;
    const std::int64_t of_year = (153 * since_march + 2) / 5 + civil.day - 1;
    const std::int64_t days = of_era * 365 + of_era / 4 - of_era / 100 + of_year + era * kEraDays - kDaysToEpoch;
    d = Date{std::chrono::days{days}};
    return civil_date(d).day == civil.day;  // a 31st of April is a 1st of May
}

}  // namespace store_uptime
