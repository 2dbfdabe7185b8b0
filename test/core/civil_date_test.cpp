#include "core/civil_date.hpp"

#include <catch2/catch.hpp>

using namespace store_uptime;

TEST_CASE("dates agree with the standard's calendar") {
    for (std::int64_t n = -800'000; n < 800'000; n += 7) {
        const Date d{std::chrono::days{n}};
        const std::chrono::year_month_day wanted{d};
        const CivilDate civil = civil_date(d);
        REQUIRE(civil.year == static_cast<int>(wanted.year()));
        REQUIRE(civil.month == static_cast<unsigned>(wanted.month()));
        REQUIRE(civil.day == static_cast<unsigned>(wanted.day()));
        Date back;
        REQUIRE(make_date(civil, back));
        REQUIRE(back == d);
    }
    Date d;
    CHECK_FALSE(make_date({2023, 2, 29}, d));
    CHECK_FALSE(make_date({2024, 4, 31}, d));
    CHECK_FALSE(make_date({2024, 13, 1}, d));
    CHECK(make_date({2024, 2, 29}, d));
}

TEST_CASE("dates go on where the standard's calendar ends") {
    // 400 years are 146,097 days, wherever they begin.
    for (std::int64_t n = -800'000; n < 800'000; n += 997) {
        const CivilDate near = civil_date(Date{std::chrono::days{n}});
        const CivilDate far = civil_date(Date{std::chrono::days{n + 146'097 * 300}});
        REQUIRE(far.year == near.year + 400 * 300);
        REQUIRE(far.month == near.month);
        REQUIRE(far.day == near.day);
    }
    Date d;
    CHECK_FALSE(make_date({1'000'001, 1, 1}, d));
    CHECK_FALSE(make_date({-1'000'001, 1, 1}, d));
    CHECK(make_date({0, 2, 29}, d));
}
