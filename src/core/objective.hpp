// Availability as people state it: a percentage that never flatters, and what an objective leaves to fail.
#pragma once

#include "core/time.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

inline constexpr int kMostDigits = 15;

// up / (up + down) as percent in units of 10^-digits, cut and not rounded: never 100 % while down > 0. Both are >= 0, not
// both 0; throws Errc::invalid_argument otherwise, and for digits outside 0 to kMostDigits.
std::int64_t percent_cut(Micros up, Micros down, int digits);

// An objective of availability, such as 99.9 %, exact to ten decimals of a percent.
struct Objective {
    static constexpr std::int64_t kPercent = 10'000'000'000;
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
