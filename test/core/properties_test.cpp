// What must hold of every answer, whatever the data.
#include <catch2/catch.hpp>

#include "core/cases.hpp"
#include "core/store.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

namespace {

constexpr std::uint64_t kCases = 4000;

Store store_of(const Case& c) {
    Store store("UTC");
    store.zone = c.zone;
    store.calendar = c.calendar;
    store.calendar.normalise();
    store.polls = c.polls;
    make_timeline(store.polls);
    store.excluded = c.excluded;
    normalise(store.excluded);
    return store;
}

Totals sum(const Store& store, const Case& c, const Interval& window) {
    Uptime uptime(Question({&window, 1}, c.as_of, c.policy));
    uptime.sum(store.view());
    return uptime.totals(0);
}

}  // namespace

TEST_CASE("up, down and unknown make the base; with excluded they make the open time", "[properties]") {
    for (std::uint64_t seed = 1; seed <= kCases; ++seed) {
        Random random(seed);
        const Case c = random_case(random);
        const Store store = store_of(c);
        for (const Interval& window : c.windows) {
            const Totals t = sum(store, c, window);
            const Interval seen{window.from, std::max(window.from, std::min(window.to, c.as_of))};
            const IntervalSet open = sessions(store.calendar.view(), store.zone.view(), seen);
            INFO("seed " << seed << "\n" << describe(c));
            REQUIRE(t.up + t.down + t.unknown == measure(subtract(open, store.excluded)));
            REQUIRE(t.excluded == measure(intersect(open, store.excluded)));
        }
    }
}

TEST_CASE("adjacent windows add up", "[properties]") {
    for (std::uint64_t seed = 1; seed <= kCases; ++seed) {
        Random random(seed);
        const Case c = random_case(random);
        const Store store = store_of(c);
        const Interval whole = c.windows.front();
        if (whole.length() < Micros{2}) continue;
        const Instant middle = random.instant(whole.from + Micros{1}, whole.to - Micros{1}, minutes(30));
        const Totals a = sum(store, c, {whole.from, middle}), b = sum(store, c, {middle, whole.to});
        Totals both = a;
        both.then(b);
        INFO("seed " << seed << " middle " << show(middle) << "\n" << describe(c));
        const Totals all = sum(store, c, whole);
        REQUIRE(a.up + b.up == all.up);
        REQUIRE(a.down + b.down == all.down);
        REQUIRE(a.unknown + b.unknown == all.unknown);
        REQUIRE(a.excluded + b.excluded == all.excluded);
        REQUIRE(both.outages == all.outages);
    }
}

TEST_CASE("the filled timeline covers the base, in order, and adds up to the totals", "[properties]") {
    for (std::uint64_t seed = 1; seed <= kCases; ++seed) {
        Random random(seed);
        const Case c = random_case(random);
        const Store store = store_of(c);
        const Interval window = c.windows.front();
        const Question question({&window, 1}, c.as_of, c.policy);
        IntervalSet covered;
        Totals added;
        for (const Segment& s : status_intervals(question, store.view())) {
            REQUIRE_FALSE(s.during.empty());
            if (!covered.empty()) REQUIRE(covered.back().to <= s.during.from);
            covered.push_back(s.during);
            added.add(s.status, s.during.length());
        }
        normalise(covered);
        const Interval seen{window.from, std::max(window.from, std::min(window.to, c.as_of))};
        const Totals t = sum(store, c, window);
        INFO("seed " << seed << "\n" << describe(c));
        REQUIRE(covered == subtract(sessions(store.calendar.view(), store.zone.view(), seen), store.excluded));
        REQUIRE(added.up == t.up);
        REQUIRE(added.down == t.down);
        REQUIRE(added.unknown == t.unknown);
    }
}

TEST_CASE("outages are counted as they are listed", "[properties]") {
    for (std::uint64_t seed = 1; seed <= kCases; ++seed) {
        Random random(seed);
        const Case c = random_case(random);
        const Store store = store_of(c);
        const Interval window = c.windows.front();
        const std::vector<Outage> list = outages(Question({&window, 1}, c.as_of, c.policy), store.view());
        const Totals t = sum(store, c, window);
        Micros down{0};
        std::int64_t ended = 0;
        for (const Outage& o : list) {
            down += o.open_duration;
            ended += o.ended_at ? 1 : 0;
            CHECK(o.open_duration <= o.wall_duration());
        }
        INFO("seed " << seed << "\n" << describe(c));
        REQUIRE(t.outages == static_cast<std::int64_t>(list.size()));
        REQUIRE(t.ended_outages() == ended);
        REQUIRE(t.down == down);
    }
}

TEST_CASE("what happens further away than max_gap changes nothing", "[properties]") {
    for (std::uint64_t seed = 1; seed <= kCases; ++seed) {
        Random random(seed);
        const Case c = random_case(random);
        if (c.policy.max_gap == kUnlimited) continue;
        const Interval window = c.windows.front();
        Store store = store_of(c);
        const Totals before = sum(store, c, window);
        store.polls.push_back({window.from - c.policy.max_gap - Micros{1}, Status::down});
        store.polls.push_back({window.to + c.policy.max_gap + Micros{1}, Status::down});
        store.polls.push_back({c.as_of + Micros{1}, Status::down});
        make_timeline(store.polls);
        // The zone table reaches three weeks to either side; the polls may lie beyond it, and must not be looked at.
        INFO("seed " << seed << "\n" << describe(c));
        REQUIRE(sum(store, c, window) == before);
    }
}
