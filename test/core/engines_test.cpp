// Engines by zone: each answers for its zone's windows as one made for them would, and what they hold is bounded.
#include "core/engines.hpp"

#include "core/cases.hpp"
#include "core/time_text.hpp"
#include "core/zone_icu.hpp"

using namespace store_uptime;
using namespace store_uptime::test;
using namespace std::chrono_literals;

namespace {

const Interval kWeek{utc("2024-03-07"), utc("2024-03-14")};

std::vector<ZoneTable> tables() {
    std::vector<ZoneTable> found;
    for (const char* name : {"America/Chicago", "Asia/Kathmandu", "Australia/Lord_Howe"})
        found.push_back(icu_zone(name, bucket_zone_range(kWeek)));
    return found;
}

std::vector<Zone> views(const std::vector<ZoneTable>& tables) {
    std::vector<Zone> found;
    for (const ZoneTable& table : tables) found.push_back(table.view());
    return found;
}

std::vector<std::int64_t> in_order(const Totals& t) {
    return {t.up.count(), t.down.count(), t.unknown.count(), t.excluded.count(), t.outages};
}

}  // namespace

TEST_CASE("without a bucket one engine serves all zones") {
    const std::vector<ZoneTable> owned = tables();
    const std::vector<Interval> windows{kWeek, {kWeek.from + 1h, kWeek.from + 2h}};
    Engines engines(windows, std::nullopt, kWeek.to, {}, views(owned));
    CHECK(engines.of(0).windows == windows);
    CHECK(&engines.of(0) == &engines.of(2));
    engines.trim();
    CHECK(engines.of(1).windows == windows);
    CHECK(engines.windows_held() == 0);
}

TEST_CASE("with a bucket each zone has windows of its own, as they were asked for") {
    const std::vector<ZoneTable> owned = tables();
    const Instant as_of = kWeek.from + 3 * kDay + 1h;
    Engines engines({&kWeek, 1}, Bucket::day, as_of, {}, views(owned));
    CHECK(engines.windows_held() == 0);
    for (std::size_t zone = 0; zone < owned.size(); ++zone) {
        Engine& engine = engines.of(zone);
        CHECK(engine.windows == buckets(Bucket::day, kWeek, owned[zone].view()));
        CHECK(engine.uptime.question().span() == Interval{kWeek.from, as_of});
        CHECK(&engines.of(zone) == &engine);
    }
    CHECK(engines.windows_held() == 8 * owned.size());
}

TEST_CASE("what engines hold is bounded, and those forgotten come back as they were") {
    const Interval years{utc("2020-01-01"), utc("2020-01-01") + 30'000 * 1h};
    std::vector<ZoneTable> owned;
    for (int i = 0; i < 20; ++i) owned.push_back(fixed_zone(std::chrono::minutes(i)));
    Engines engines({&years, 1}, Bucket::hour, years.to, {}, views(owned));
    std::size_t most = 0;
    for (int round = 0; round < 3; ++round)
        for (std::size_t zone = 0; zone < owned.size(); ++zone) {
            engines.trim();
            CHECK(engines.of(zone).windows.size() == (zone == 0 ? 30'000 : 30'001));
            CHECK(engines.of(zone).windows[1].from - years.from == 1h - std::chrono::minutes(zone));
            most = std::max(most, engines.windows_held());
        }
    CHECK(most > Engines::kMostHeld);
    CHECK(most <= Engines::kMostHeld + 30'001);
}

TEST_CASE("a series that is too long, or has no instant, is refused before any zone is looked at") {
    const Interval empty{kWeek.from, kWeek.from}, all{kMinInstant, kMaxInstant};
    CHECK_THROWS_AS(Engines({&empty, 1}, Bucket::day, kWeek.to, {}, {}), Error);
    CHECK_THROWS_AS(Engines({&all, 1}, Bucket::month, kWeek.to, {}, {}), Error);
}

TEST_CASE("each bucket of any store is what the definitions give, and they add up to the whole") {
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
        Random random(seed);
        const Case c = random_case(random);
        Timeline polls = c.polls;
        make_timeline(polls);
        Calendar calendar = c.calendar;
        calendar.normalise();
        IntervalSet excluded = c.excluded;
        normalise(excluded);
        const StoreView store{polls, calendar.view(), c.zone.view(), excluded};

        const Interval whole = c.windows.front();
        const Bucket bucket = random.of({Bucket::hour, Bucket::day, Bucket::week, Bucket::month});
        const Zone zones[] = {c.zone.view()};
        Engines engines({&whole, 1}, bucket, c.as_of, c.policy, zones);
        Engine& engine = engines.of(0);
        engine.uptime.sum(store);
        Case cut = c;
        cut.windows = engine.windows;
        const Oracle oracle(cut);
        Totals sum;
        for (std::size_t i = 0; i < engine.windows.size(); ++i) {
            INFO("seed " << seed << " " << name(bucket) << " " << show(engine.windows[i]) << "\n" << describe(c));
            const Totals found = engine.uptime.totals(i), wanted = oracle.totals(engine.windows[i]);
            REQUIRE(in_order(found) == in_order(wanted));
            sum.then(found);
        }
        Uptime at_once({&whole, 1}, c.as_of, c.policy);
        at_once.sum(store);
        REQUIRE(in_order(sum) == in_order(at_once.totals(0)));
        REQUIRE(sum.last_run == at_once.totals(0).last_run);
    }
}
