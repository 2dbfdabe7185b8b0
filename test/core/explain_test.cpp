#include "core/explain.hpp"

#include "core/cases.hpp"
#include "core/store.hpp"

using namespace store_uptime;
using namespace store_uptime::test;
using namespace std::chrono_literals;

namespace {

// Opens Monday 09:00-12:00 in Chicago; polled up at 10:14 and down at 11:15.
Store monday() {
    return Store("America/Chicago", "2022-11-01", "2025-12-01")
        .open({0}, "09:00", "12:00")
        .poll("2024-01-08 10:14", Status::up)
        .poll("2024-01-08 11:15", Status::down);
}

Explanation why(const Store& store, const char* at, const char* policy = "", const char* as_of = "2024-01-09") {
    return explain(store.view(), store.at(at), store.at(as_of), parse_policy(policy));
}

}  // namespace

TEST_CASE("the poll that spoke, and by which rule") {
    const Store store = monday();
    struct {
        const char *at, *policy;
        Rule rule;
        Status status;
        const char* poll;
    } const cases[] = {
        {"10:30", "", Rule::previous, Status::up, "10:14"},
        {"09:30", "", Rule::backfill, Status::up, "10:14"},
        {"11:15", "", Rule::previous, Status::down, "11:15"},
        {"10:45", "fill=nearest", Rule::nearest, Status::down, "11:15"},
        {"10:44", "fill=nearest", Rule::nearest, Status::up, "10:14"},
        {"10:45", "fill=next", Rule::next, Status::down, "11:15"},
        {"11:30", "fill=next", Rule::backfill, Status::down, "11:15"},
        {"10:45", "max_gap=30min", Rule::backfill, Status::down, "11:15"},
        {"10:45", "max_gap=20min", Rule::gap, Status::unknown, "10:14"},
        {"10:45", "max_gap=20min unknown=down", Rule::gap, Status::down, "10:14"},
        {"09:30", "backfill=off", Rule::no_poll, Status::unknown, nullptr},
    };
    for (const auto& c : cases) {
        const std::string day = "2024-01-08 ";
        INFO(c.at << " " << c.policy);
        const Explanation e = why(store, (day + c.at).c_str(), c.policy);
        CHECK(name(e.rule) == name(c.rule));
        CHECK(e.status == c.status);
        REQUIRE(e.poll.has_value() == (c.poll != nullptr));
        if (c.poll) CHECK(e.poll->at == store.at((day + c.poll).c_str()));
        CHECK(e.session == store.between("2024-01-08 09:00", "2024-01-08 12:00"));
        CHECK(e.row == OpenRow{date("2024-01-08"), {9h, 12h}, false});
        CHECK(e.offset == -6h);
    }
}

TEST_CASE("where nothing is counted") {
    Store store = monday();
    store.exclude("2024-01-08 11:00", "2024-01-08 11:30").special("2024-01-15", {}).special("2024-01-22", {22h, 26h});
    CHECK(why(store, "2024-01-08 08:59").rule == Rule::closed);
    CHECK_FALSE(why(store, "2024-01-08 08:59").session);
    CHECK_FALSE(why(store, "2024-01-08 08:59").row);

    const Explanation excluded = why(store, "2024-01-08 11:00");
    CHECK(excluded.rule == Rule::excluded);
    CHECK_FALSE(excluded.status);
    CHECK(excluded.excluded == store.between("2024-01-08 11:00", "2024-01-08 11:30"));
    CHECK(excluded.row);

    const Explanation holiday = why(store, "2024-01-15 10:00", "", "2024-02-01");
    CHECK(holiday.rule == Rule::closed);
    CHECK(holiday.row == OpenRow{date("2024-01-15"), {}, true});

    // As tables have it: a row that says closed beside one that does not.
    store.calendar.special.insert(store.calendar.special.end() - 1, {date("2024-01-22"), {}});
    CHECK(why(store, "2024-01-22 10:00", "", "2024-02-01").row == OpenRow{date("2024-01-22"), {22h, 26h}, true});

    const Explanation night = why(store, "2024-01-23 01:00", "", "2024-02-01");
    CHECK(night.row == OpenRow{date("2024-01-22"), {22h, 26h}, true});
    CHECK(night.rule == Rule::no_poll);

    CHECK(why(store, "2024-01-09 00:00").rule == Rule::not_yet);
    CHECK(why(store, "2024-01-22 23:00", "", "2024-01-22 23:00").rule == Rule::not_yet);
}

TEST_CASE("around the clock is a session of years") {
    Store store("America/Chicago", "2022-11-01", "2025-12-01");
    store.around_the_clock().poll("2024-01-01 00:00", Status::up);
    const Explanation e = why(store, "2024-01-02 12:00");
    CHECK(e.rule == Rule::gap);
    REQUIRE(e.session);
    CHECK(e.session->length() >= 731 * kDay);
    CHECK(e.poll->at == store.at("2024-01-01 00:00"));
}

TEST_CASE("explanations agree with the definitions, instant by instant") {
    Random random(1);
    int seen[9] = {};
    for (int round = 0; round < 3000; ++round) {
        Case c = random_case(random);
        Timeline polls = c.polls;
        make_timeline(polls);
        Calendar calendar = c.calendar;
        calendar.normalise();
        IntervalSet excluded = c.excluded;
        normalise(excluded);
        const Oracle oracle(c);
        Case unbounded_case = c;
        unbounded_case.policy.max_gap = kUnlimited;
        const Oracle unbounded(unbounded_case);
        // Zones of cases cover some weeks; an explanation looks a year around, in which they stay as they are.
        ZoneTable zone = c.zone;
        zone.covers = {kMinInstant, kMaxInstant};
        zone.spans.front().from = kMinInstant;

        for (int i = 0; i < 10; ++i) {
            const Instant x = random.instant(c.windows[0].from, c.windows[0].to - Micros{1}, 30min);
            const Explanation e = explain({polls, calendar.view(), zone.view(), excluded}, x, c.as_of, c.policy);
            ++seen[static_cast<int>(e.rule)];
            INFO(describe(c) << " at " << show(x) << " " << name(e.rule));
            if (x >= c.as_of) {
                REQUIRE(e.rule == Rule::not_yet);
                continue;
            }
            REQUIRE((e.rule == Rule::closed) == !oracle.open(x));
            if (e.rule == Rule::closed) continue;
            REQUIRE(e.row);
            REQUIRE(e.session);
            REQUIRE(e.session->contains(x));
            REQUIRE((e.rule == Rule::excluded) == oracle.excluded(x));
            if (e.rule == Rule::excluded) continue;
            const Oracle::Answer wanted = oracle.answer(x);
            REQUIRE(e.status == wanted.status);
            REQUIRE((e.rule == Rule::gap || e.rule == Rule::no_poll) == (wanted.basis == Basis::none));
            const Oracle::Answer heard_from_afar = unbounded.answer(x);
            REQUIRE((e.rule == Rule::no_poll) == (heard_from_afar.basis == Basis::none));
            REQUIRE(e.poll.has_value() == (e.rule != Rule::no_poll));
            if (e.poll) REQUIRE(e.poll->at == (wanted.poll ? wanted.poll : heard_from_afar.poll));
        }
    }
    for (const int n : seen) CHECK(n > 0);
}
