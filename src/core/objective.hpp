// Availability as people state it: a percentage that never flatters, and what an objective leaves to fail.
#pragma once

#include "core/time.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

inline constexpr int kMostDigits = 15;

// 100 % in units of 10^-digits percent. Throws Errc::invalid_argument for digits outside 0 to kMostDigits.
std::int64_t hundred_percent(int digits);

// up / (up + down) in those units, cut and not rounded: never 100 % while down > 0. Both are >= 0, not both 0; throws
// Errc::invalid_argument otherwise.
std::int64_t percent_cut(Micros up, Micros down, int digits);

// An objective of availability, such as 99.9 %, exact to sixteen decimals of a percent: so fine that of less than a
// thousand years one unit is not a microsecond.
struct Objective {
    static constexpr std::int64_t kPercent = 10'000'000'000'000'000;
    std::int64_t units;  // of 1 / kPercent percent; 0 < units <= 100 * kPercent
};

struct ErrorBudget {
    Micros allowed;  // down time that the objective leaves, cut to the microsecond
    Micros used;
    Micros left;  // below zero once the objective is missed
};

// The budget of `open` time of which `down` was down. Throws Errc::invalid_argument for negative times and for an
// objective out of range.
ErrorBudget error_budget(Micros open, Micros down, Objective objective);

}  // namespace store_uptime
