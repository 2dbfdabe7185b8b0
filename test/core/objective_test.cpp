#include "core/objective.hpp"

#include <catch2/catch.hpp>

using namespace store_uptime;
using namespace std::chrono_literals;

namespace {

// "99.9" as an objective.
constexpr Objective percent(double p) {
    return {static_cast<std::int64_t>(p * 1000 + 0.5) * (Objective::kPercent / 1000)};
}

}  // namespace

TEST_CASE("percentages are cut") {
    CHECK(percent_cut(99999us, 1us, 3) == 99'999);
    CHECK(percent_cut(999999us, 1us, 3) == 99'999);
    CHECK(percent_cut(29us, 71us, 3) == 29'000);
    CHECK(percent_cut(23us, 17us, 3) == 57'500);
    CHECK(percent_cut(1us, 0us, 3) == 100'000);
    CHECK(percent_cut(0us, 1us, 3) == 0);
    CHECK(percent_cut(2us, 1us, 0) == 66);
    CHECK(percent_cut(2us, 1us, 15) == 66'666'666'666'666'666);
    CHECK(percent_cut(Micros::max(), Micros::max(), 15) == 50'000'000'000'000'000);
    CHECK(percent_cut(Micros::max(), 1us, 15) < 100'000'000'000'000'000);
    CHECK_THROWS_AS(percent_cut(0us, 0us, 3), Error);
    CHECK_THROWS_AS(percent_cut(-1us, 2us, 3), Error);
    CHECK_THROWS_AS(percent_cut(1us, 2us, -1), Error);
    CHECK_THROWS_AS(percent_cut(1us, 2us, 16), Error);
}

TEST_CASE("an objective leaves time to fail") {
    CHECK(error_budget(28 * 24h, 0us, percent(99)).allowed == 403min + 12s);
    CHECK(error_budget(365 * 24h, 0us, percent(99.9)).allowed == 8h + 45min + 36s);
    CHECK(error_budget(168h, 0us, percent(99.5)).allowed == 50min + 24s);
    const ErrorBudget half = error_budget(40h, 1h, percent(95));
    CHECK(half.allowed == 120min);
    CHECK(half.used == 60min);
    CHECK(half.left == 60min);
    CHECK(error_budget(1h, 1h, percent(99)).left < 0us);
    CHECK(error_budget(1h, 0us, percent(100)).allowed == 0us);
    CHECK(error_budget(1'000'000'000'000'000'000us, 0us, {100 * Objective::kPercent - 1}).allowed == 1us);
    CHECK(error_budget(999'999'999'999'999'999us, 0us, {100 * Objective::kPercent - 1}).allowed == 0us);
    CHECK(error_budget(1h, 0us, {1}).allowed == 1h - 1us);
    CHECK(error_budget(Micros::max(), 0us, percent(50)).allowed == Micros::max() / 2);
    CHECK_THROWS_AS(error_budget(1h, 0us, percent(0)), Error);
    CHECK_THROWS_AS(error_budget(1h, 0us, Objective{100 * Objective::kPercent + 1}), Error);
    CHECK_THROWS_AS(error_budget(-1us, 0us, percent(99)), Error);
}
