#include "core/calendar.hpp"

#include <catch2/catch.hpp>

#include "core/cases.hpp"
#include "core/store.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

namespace {

constexpr Micros kHour = std::chrono::hours(1);

Interval span(const char* from, const char* to) { return {utc(from), utc(to)}; }

}  // namespace

TEST_CASE("closing at or before opening is on the next date", "[calendar]") {
    CHECK(make_shift(9 * kHour, 17 * kHour) == Shift{9 * kHour, 17 * kHour});
    CHECK(make_shift(22 * kHour, 2 * kHour) == Shift{22 * kHour, 26 * kHour});
    CHECK(make_shift(9 * kHour, 9 * kHour) == Shift{9 * kHour, 33 * kHour});
    CHECK(make_shift(Micros{0}, Micros{0}) == kWholeDay);
    CHECK(make_shift(Micros{0}, kDay) == kWholeDay);
    CHECK(make_shift(kDay, kDay) == Shift{kDay, 2 * kDay});
    CHECK_THROWS_AS(make_shift(Micros{-1}, kHour), Error);
    CHECK_THROWS_AS(make_shift(kHour, kDay + Micros{1}), Error);
    CHECK(Shift{}.closed());
    CHECK_FALSE(kWholeDay.closed());
}

TEST_CASE("the last minute of the day is its end", "[calendar]") {
    CHECK(round_day_end(hm("23:58:59.999999")) == hm("23:58:59.999999"));
    CHECK(round_day_end(hm("23:59")) == kDay);
    CHECK(round_day_end(hm("23:59:59")) == kDay);
    CHECK(round_day_end(kDay - Micros{1}) == kDay);
    CHECK(round_day_end(kDay) == kDay);
    CHECK(round_day_end(Micros{0}) == Micros{0});
}

TEST_CASE("weekdays count from 0 to 6", "[calendar]") {
    CHECK(check_weekday(0) == 0);
    CHECK(check_weekday(6) == 6);
    for (const long bad : {-1L, 7L, 1L << 40}) {
        try {
            check_weekday(bad);
            FAIL("taken");
        } catch (const Error& e) {
            CHECK(e.code() == Errc::invalid_argument);
            CHECK(std::string(e.what()).find(std::to_string(bad)) != std::string::npos);
        }
    }
}

TEST_CASE("equal calendars become equal lists", "[calendar]") {
    const Date day = date("2024-12-25");
    Calendar a{{{2, {9 * kHour, kDay}}, {0, kWholeDay}, {0, kWholeDay}},
               {{day, {}}, {day, {9 * kHour, 12 * kHour}}, {day + std::chrono::days(1), {}}}};
    a.normalise();
    CHECK(a.weekly == std::vector<WeeklyRow>{{0, kWholeDay}, {2, {9 * kHour, kDay}}});
    // What goes on from row to row is one row; what is never open is none.
    std::vector<WeeklyRow> rows{{1, kWholeDay, day + std::chrono::days(3), Date::max()},
                                {1, kWholeDay, Date::min(), day},
                                {1, kWholeDay, day + std::chrono::days(1), day + std::chrono::days(2)},
                                {1, {9 * kHour, 9 * kHour}},
                                {1, kWholeDay, day, day - std::chrono::days(1)}};
    normalise(rows);
    CHECK(rows == std::vector<WeeklyRow>{{1, kWholeDay}});
    // Closed beside hours of the same date says nothing.
    CHECK(a.special ==
          std::vector<SpecialRow>{{day, {9 * kHour, 12 * kHour}}, {day + std::chrono::days(1), {}}});
}

TEST_CASE("no weekly rows are closed; around the clock is open", "[calendar]") {
    const ZoneTable zone = fixed_zone(-6 * kHour);
    const Interval week = span("2024-01-08", "2024-01-15");
    CHECK(sessions(Calendar{}.view(), zone.view(), week).empty());
    CHECK(sessions(Calendar::around_the_clock().view(), zone.view(), week) == IntervalSet{week});
    CHECK(sessions(Calendar{}.view(), zone.view(), {week.from, week.from}).empty());
}

TEST_CASE("several ranges share a buffer", "[calendar]") {
    const ZoneTable zone = fixed_zone(Micros{0});
    const Calendar calendar = Calendar::around_the_clock();
    IntervalSet buffer;
    append_sessions(calendar.view(), zone.view(), span("2024-01-08", "2024-01-09"), buffer);
    append_sessions(calendar.view(), zone.view(), span("2024-01-09", "2024-01-10"), buffer);
    CHECK(buffer == IntervalSet{span("2024-01-08", "2024-01-09"), span("2024-01-09", "2024-01-10")});
}

TEST_CASE("sessions are what is open by its own wall clock", "[calendar]") {
    for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
        Random random(seed);
        Case c = random_case(random);
        c.polls.clear();
        const Oracle oracle(c);
        Calendar calendar = c.calendar;
        calendar.normalise();
        const Interval range = c.windows.front();
        const ZoneTable zone = cut(c.zone, range);
        const IntervalSet open = sessions(calendar.view(), zone.view(), range);
        INFO("seed " << seed << "\n" << describe(c) << "\nsessions " << show(open));
        REQUIRE(is_normalised(open));

        std::vector<Instant> instants{range.from, range.to - Micros{1}};
        for (const Interval& i : open)
            for (const Instant t : {i.from - Micros{1}, i.from, i.to - Micros{1}, i.to}) instants.push_back(t);
        for (int i = 0; i < 20; ++i) instants.push_back(random.instant(range.from, range.to, minutes(15)));
        for (const Instant t : instants) {
            if (!range.contains(t)) continue;
            REQUIRE((find(open, t) != nullptr) == oracle.open(t));
            REQUIRE(is_open(calendar.view(), c.zone.view(), t) == oracle.open(t));
        }
    }
}

TEST_CASE("a session is followed to its ends", "[calendar]") {
    for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
        Random random(seed);
        const Case c = random_case(random);
        Calendar calendar = c.calendar;
        calendar.normalise();
        const Interval range{c.as_of - random.between(0, 12) * kDay, c.as_of + random.between(0, 12) * kDay};
        const IntervalSet open = sessions(calendar.view(), c.zone.view(), range);
        const Interval* before = find(open, c.as_of - Micros{1});
        const Interval* at = find(open, c.as_of);
        INFO("seed " << seed << "\n" << describe(c));
        REQUIRE(session_start(calendar.view(), c.zone.view(), c.as_of, range.from) == (before ? before->from : c.as_of));
        REQUIRE(session_end(calendar.view(), c.zone.view(), c.as_of, range.to) == (at ? at->to : c.as_of));
    }
}

TEST_CASE("a range of more sessions than memory should hold is refused", "[calendar]") {
    const ZoneTable zone = fixed_zone(Micros{0});
    Calendar nights;
    for (unsigned day = 0; day < 7; ++day)
        for (int hour = 0; hour < 24; ++hour) nights.weekly.push_back({day, {hour * kHour, hour * kHour + minutes(30)}});
    try {
        sessions(nights.view(), zone.view(), {utc("0001-01-01"), utc("9999-01-01")});
        FAIL("listed");
    } catch (const Error& e) {
        CHECK(e.code() == Errc::too_large);
        CHECK_FALSE(e.hint().empty());
    }
    // Around the clock is one session, however long.
    CHECK(sessions(Calendar::around_the_clock().view(), zone.view(), {utc("0001-01-01"), utc("9999-01-01")}).size() == 1);
}

TEST_CASE("names of zones are printable ASCII", "[calendar]") {
    for (const char* name : {"America/Chicago", "Etc/GMT+5", "Central Standard Time", "<+0530>-5:30", "x", "~"}) CHECK(is_zone_name(name));
    for (const char* name : {"", " UTC", "UTC ", "UTC;", "a\tb", "a\x7f", "Z\xc3\xbcrich", "\x80"}) CHECK_FALSE(is_zone_name(name));
    CHECK(is_zone_name(std::string(kLongestZoneName, 'x')));
    CHECK_FALSE(is_zone_name(std::string(kLongestZoneName + 1, 'x')));
    CHECK_FALSE(is_zone_name(std::string_view("a\0b", 3)));
}
