#include "core/objective.hpp"

namespace store_uptime {
namespace {

__extension__ typedef __int128 Wide;

void check_not_negative(Micros d, const char* what) {
    if (d < Micros{0})
        throw Error(Errc::invalid_argument, std::string(what) + " time is below zero", "Durations count from zero.");
}

}  // namespace

std::int64_t hundred_percent(int digits) {
    if (digits < 0 || digits > kMostDigits)
        throw Error(Errc::invalid_argument, "cannot give " + std::to_string(digits) + " decimals",
                    "Ask for 0 to " + std::to_string(kMostDigits) + ".");
    std::int64_t units = 100;
    for (int i = 0; i < digits; ++i) units *= 10;
    return units;
}

std::int64_t percent_cut(Micros up, Micros down, int digits) {
    check_not_negative(up, "up");
    check_not_negative(down, "down");
    const std::int64_t hundred = hundred_percent(digits);
    const Wide whole = Wide{up.count()} + down.count();
    if (whole == 0) throw Error(Errc::invalid_argument, "availability of no time");
    return static_cast<std::int64_t>(up.count() * Wide{hundred} / whole);
}

ErrorBudget error_budget(Micros open, Micros down, Objective objective) {
    constexpr std::int64_t kWhole = 100 * Objective::kPercent;
    check_not_negative(open, "open");
    check_not_negative(down, "down");
    if (objective.units <= 0 || objective.units > kWhole)
        throw Error(Errc::invalid_argument, "an objective is above 0 % and at most 100 %", "Write 99.9 for 99.9 %.");
    const Micros allowed{static_cast<std::int64_t>(Wide{open.count()} * (kWhole - objective.units) / kWhole)};
    return {allowed, down, allowed - down};
}

}  // namespace store_uptime
