// Where the cuts fall, read off by hand on a time line of minutes; the random comparison is in uptime_test.cpp.
#include "core/fill.hpp"

#include <catch2/catch.hpp>

#include "core/time_text.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

namespace {

constexpr std::int64_t kMinute = 60'000'000;
Instant at(std::int64_t minute) { return Instant{Micros{minute * kMinute}}; }
Interval span(std::int64_t from, std::int64_t to) { return {at(from), at(to)}; }

// "0-10 up carried, 10-20 unknown none": what the segments say, in minutes.
std::string filled(const Timeline& polls, const IntervalSet& sessions, const char* policy, std::int64_t as_of = 10'000) {
    const ZoneTable zone = fixed_zone(Micros{0});
    std::string text;
    const auto number = [](Instant t) {
        const std::int64_t us = t.time_since_epoch().count();
        return std::to_string(us / kMinute) + (us % kMinute == 0 ? "" : "+" + std::to_string(us % kMinute));
    };
    fill({polls, sessions, parse_policy(policy), at(as_of), zone.view()}, [&](const Segment& s) {
        text += (text.empty() ? "" : ", ") + number(s.during.from) + "-" + number(s.during.to) + " " +
                std::string(name(s.status)) + " " + std::string(name(s.basis));
        CHECK(s.polls.empty() == (s.basis == Basis::none));
    });
    return text;
}

constexpr Status kUp = Status::up, kDown = Status::down, kUnknown = Status::unknown;

}  // namespace

TEST_CASE("the rule decides who speaks between two polls", "[fill]") {
    const Timeline polls{{at(10), kUp}, {at(20), kDown}};
    const IntervalSet session{span(0, 30)};
    CHECK(filled(polls, session, "") == "0-10 up backfilled, 10-20 up carried, 20-30 down carried");
    CHECK(filled(polls, session, "backfill=off") == "0-10 unknown none, 10-20 up carried, 20-30 down carried");
    CHECK(filled(polls, session, "fill=next") == "0-10 up backfilled, 10-20 down backfilled, 20-30 down carried");
    CHECK(filled(polls, session, "fill=next backfill=off") ==
          "0-10 up backfilled, 10-20 down backfilled, 20-30 unknown none");
    CHECK(filled(polls, session, "fill=nearest") ==
          "0-10 up backfilled, 10-15 up carried, 15-20 down backfilled, 20-30 down carried");
}

TEST_CASE("reach ends before max_gap forward and at it backward", "[fill]") {
    const Timeline polls{{at(10), kUp}, {at(30), kDown}};
    const IntervalSet session{span(0, 40)};
    CHECK(filled(polls, session, "max_gap=5 min") ==
          "0-5 unknown none, 5-10 up backfilled, 10-15 up carried, 15-25 unknown none, 25-30 down backfilled, "
          "30-35 down carried, 35-40 unknown none");
    CHECK(filled(polls, session, "max_gap=5 min fill=next") == filled(polls, session, "max_gap=5 min"));
    CHECK(filled(polls, session, "max_gap=5 min fill=nearest") == filled(polls, session, "max_gap=5 min"));
    CHECK(filled(polls, session, "max_gap=15 min") ==
          "0-10 up backfilled, 10-25 up carried, 25-30 down backfilled, 30-40 down carried");
    CHECK(filled(polls, session, "max_gap=15 min fill=next") ==
          "0-10 up backfilled, 10-15 up carried, 15-30 down backfilled, 30-40 down carried");
    CHECK(filled(polls, session, "max_gap=1 us backfill=off") ==
          "0-10 unknown none, 10-10+1 up carried, 10+1-30 unknown none, 30-30+1 down carried, 30+1-40 unknown none");
}

TEST_CASE("the midpoint between an odd number of microseconds belongs to the later poll", "[fill]") {
    const Timeline polls{{at(0), kUp}, {at(0) + Micros{3}, kDown}, {at(1), kUp}, {at(1) + Micros{4}, kDown}};
    CHECK(filled(polls, {span(0, 1)}, "fill=nearest").starts_with("0-0+2 up carried, 0+2-0+3 down backfilled"));
    CHECK(filled(polls, {span(1, 2)}, "fill=nearest").starts_with("1-1+2 up carried, 1+2-1+4 down backfilled"));
}

TEST_CASE("polls speak in their own session unless all may", "[fill]") {
    const Timeline polls{{at(5), kUp}, {at(12), kDown}, {at(25), kUp}};
    const IntervalSet sessions{span(0, 10), span(20, 30)};
    CHECK(filled(polls, sessions, "") == "0-5 up backfilled, 5-10 up carried, 20-25 up backfilled, 25-30 up carried");
    CHECK(filled(polls, sessions, "carry=always") ==
          "0-5 up backfilled, 5-10 up carried, 20-25 down carried, 25-30 up carried");
    CHECK(filled(polls, sessions, "carry=always fill=next") ==
          "0-5 up backfilled, 5-10 down backfilled, 20-25 up backfilled, 25-30 up carried");
    CHECK(filled({{at(12), kDown}}, sessions, "") == "0-10 unknown none, 20-30 unknown none");
}

TEST_CASE("polls speak on their own date under carry=day", "[fill]") {
    const std::int64_t day = 24 * 60;
    const Timeline polls{{at(day - 60), kUp}, {at(day + 60), kDown}};
    const IntervalSet session{span(day - 120, day + 120)};
    CHECK(filled(polls, session, "carry=day") ==
          "1320-1380 up backfilled, 1380-1440 up carried, 1440-1500 down backfilled, 1500-1560 down carried");
    CHECK(filled(polls, session, "carry=day backfill=off") ==
          "1320-1380 unknown none, 1380-1440 up carried, 1440-1500 unknown none, 1500-1560 down carried");
}

TEST_CASE("after as_of there are neither polls nor answers", "[fill]") {
    const Timeline polls{{at(10), kUp}, {at(20), kDown}, {at(25), kUp}};
    const IntervalSet sessions{span(0, 30), span(40, 50)};
    CHECK(filled(polls, sessions, "", 20) == "0-10 up backfilled, 10-20 up carried");
    // A poll at as_of itself exists.
    CHECK(filled(polls, sessions, "fill=next", 20) == "0-10 up backfilled, 10-20 down backfilled");
    CHECK(filled(polls, sessions, "fill=next", 19) == "0-10 up backfilled, 10-19 up carried");
    CHECK(filled(polls, sessions, "", 5) == "0-5 unknown none");
    CHECK(filled(polls, sessions, "", 0) == "");
}

TEST_CASE("unknown polls speak, and the policy names what is left unknown", "[fill]") {
    const Timeline polls{{at(0), kUp}, {at(10), kUnknown}};
    const IntervalSet session{span(0, 20)};
    CHECK(filled(polls, session, "") == "0-10 up carried, 10-20 unknown carried");
    CHECK(filled(polls, session, "unknown=down") == "0-10 up carried, 10-20 down carried");
    CHECK(filled({}, session, "unknown=up") == "0-20 up none");
}

TEST_CASE("touching segments of one status and basis are joined", "[fill]") {
    std::vector<Interval> seen;
    auto collect = [&](const Segment& s) { seen.push_back(s.during); };
    Joined joined(collect);
    joined({span(0, 1), kUp, Basis::carried, {}});
    joined({span(1, 2), kUp, Basis::carried, {}});
    joined({span(2, 3), kUp, Basis::backfilled, {}});
    joined({span(4, 5), kUp, Basis::backfilled, {}});
    joined({span(5, 6), kDown, Basis::backfilled, {}});
    joined.flush();
    joined.flush();
    CHECK(seen == IntervalSet{span(0, 2), span(2, 3), span(4, 5), span(5, 6)});
}

TEST_CASE("excluded time is taken out of segments", "[fill]") {
    IntervalSet kept, removed;
    const auto keep = [&](const Segment& s) { kept.push_back(s.during); };
    const auto remove = [&](const Interval& i) { removed.push_back(i); };
    const IntervalSet excluded{span(2, 4), span(5, 6), span(9, 21), span(30, 40)};
    Without without(excluded, keep, remove);
    for (const Interval& i : {span(0, 8), span(8, 10), span(10, 20), span(20, 25), span(40, 41)})
        without({i, kUp, Basis::carried, {}});
    CHECK(kept == IntervalSet{span(0, 2), span(4, 5), span(6, 8), span(8, 9), span(21, 25), span(40, 41)});
    CHECK(removed == IntervalSet{span(2, 4), span(5, 6), span(9, 10), span(10, 20), span(20, 21)});
}
