#include "core/time.hpp"

#include <catch2/catch.hpp>

#include "core/status.hpp"
#include "core/time_text.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

TEST_CASE("instants are held inside what the engine counts with", "[time]") {
    const Instant t = utc("2024-01-08");
    CHECK(saturating_add(t, kDay) == utc("2024-01-09"));
    CHECK(saturating_sub(t, kDay) == utc("2024-01-07"));
    CHECK(saturating_add(t, kUnlimited) == kMaxInstant);
    CHECK(saturating_sub(t, kUnlimited) == kMinInstant);
    CHECK(saturating_add(kMaxInstant, Micros{1}) == kMaxInstant);
    CHECK(saturating_sub(kMinInstant, Micros{1}) == kMinInstant);
    CHECK(saturating_add(kMinInstant, kUnlimited) == kMaxInstant);
    CHECK(saturating_sub(Instant{Micros{-1'000'000}}, kUnlimited) == kMinInstant);

    CHECK(check_instant(kMinInstant) == kMinInstant);
    CHECK(check_instant(kMaxInstant) == kMaxInstant);
    for (const Instant bad : {kMinInstant - Micros{1}, kMaxInstant + Micros{1}, Instant::min(), Instant::max()}) {
        try {
            check_instant(bad);
            FAIL("counted with " << bad.time_since_epoch().count());
        } catch (const Error& e) {
            CHECK(e.code() == Errc::out_of_range);
            CHECK_FALSE(e.hint().empty());
        }
    }
}

TEST_CASE("the difference of any two instants fits", "[time]") {
    std::int64_t difference = 0;
    CHECK_FALSE(__builtin_sub_overflow(kMaxInstant.time_since_epoch().count(), kMinInstant.time_since_epoch().count(),
                                       &difference));
}

TEST_CASE("weekdays count from Monday, on either side of 1970", "[time]") {
    CHECK(weekday_of(date("2024-01-08")) == 0);
    CHECK(weekday_of(date("2024-01-14")) == 6);
    CHECK(weekday_of(date("1970-01-01")) == 3);
    CHECK(weekday_of(date("1969-12-31")) == 2);
    for (int day = -800'000; day < 800'000; day += 997) {
        const Date d{std::chrono::days{day}};
        CHECK(weekday_of(d) == std::chrono::weekday(d).iso_encoding() - 1);
    }
}

TEST_CASE("down outweighs up, and both outweigh unknown", "[status]") {
    for (const Status s : {Status::unknown, Status::up, Status::down}) {
        CHECK(heavier(s, Status::down) == Status::down);
        CHECK(heavier(Status::down, s) == Status::down);
        CHECK(heavier(s, Status::unknown) == s);
        CHECK(heavier(Status::unknown, s) == s);
    }
    CHECK(heavier(Status::up, Status::up) == Status::up);
    CHECK(name(Status::up) == "up");
    CHECK(name(Status::down) == "down");
    CHECK(name(Status::unknown) == "unknown");
}
