#include "core/opening.hpp"

#include "core/cases.hpp"
#include "core/store.hpp"

using namespace store_uptime;
using namespace store_uptime::test;
using namespace std::chrono_literals;

namespace {

std::optional<Instant> opens(const Store& s, const char* at) { return next_open(s.calendar.view(), s.zone.view(), s.at(at)); }
std::optional<Instant> closes(const Store& s, const char* at) {
    return next_close(s.calendar.view(), s.zone.view(), s.at(at));
}

}  // namespace

TEST_CASE("the next opening and closing") {
    Store s("America/Chicago", "2023-11-01", "2027-12-01");
    s.open({0, 1, 2, 3, 4}, "09:00", "17:00").special("2024-01-09", {}).special("2025-06-01", {22h, 26h});
    CHECK(opens(s, "2024-01-08 08:59") == s.at("2024-01-08 09:00"));
    CHECK(opens(s, "2024-01-08 09:00") == s.at("2024-01-10 09:00"));  // the 9th is closed
    CHECK(opens(s, "2024-01-08 12:00") == s.at("2024-01-10 09:00"));
    CHECK(closes(s, "2024-01-08 08:59") == s.at("2024-01-08 17:00"));
    CHECK(closes(s, "2024-01-08 16:59") == s.at("2024-01-08 17:00"));
    CHECK(closes(s, "2024-01-08 17:00") == s.at("2024-01-10 17:00"));
    CHECK(opens(s, "2024-01-12 17:00") == s.at("2024-01-15 09:00"));
    CHECK(opens(s, "2025-05-31 12:00") == s.at("2025-06-01 22:00"));
    CHECK(closes(s, "2025-06-01 22:00") == s.at("2025-06-02 02:00"));
}

TEST_CASE("never again") {
    Store around("UTC", "2023-11-01", "2027-12-01"), never("UTC", "2023-11-01", "2027-12-01"),
        once("UTC", "2023-11-01", "2027-12-01");
    around.around_the_clock();
    once.special("2025-06-01", {9h, 17h});
    CHECK_FALSE(opens(around, "2024-01-08 12:00"));
    CHECK_FALSE(closes(around, "2024-01-08 12:00"));
    CHECK_FALSE(opens(never, "2024-01-08 12:00"));
    CHECK_FALSE(closes(never, "2024-01-08 12:00"));
    CHECK(opens(once, "2024-01-08 12:00") == once.at("2025-06-01 09:00"));
    CHECK_FALSE(opens(once, "2025-06-01 09:00"));
    CHECK(closes(once, "2025-06-01 09:00") == once.at("2025-06-01 17:00"));
    CHECK_FALSE(closes(once, "2025-06-01 17:00"));
}

TEST_CASE("they are the edges of sessions") {
    Random random(1);
    for (int round = 0; round < 1000; ++round) {
        Case c = random_case(random);
        c.calendar.normalise();
        c.zone.covers = {kMinInstant, kMaxInstant};
        c.zone.spans.front().from = kMinInstant;
        const Instant t = random.instant(c.windows[0].from, c.windows[0].to, 30min);
        const IntervalSet all = sessions(c.calendar.view(), c.zone.view(), {t - 30 * kDay, t + 500 * kDay});
        std::optional<Instant> open, close;
        for (const Interval& s : all) {
            if (!open && s.from > t) open = s.from;
            if (!close && s.to > t && s.to < t + 500 * kDay) close = s.to;
        }
        INFO(describe(c) << " at " << show(t));
        REQUIRE(next_open(c.calendar.view(), c.zone.view(), t) == open);
        REQUIRE(next_close(c.calendar.view(), c.zone.view(), t) == close);
    }
}
