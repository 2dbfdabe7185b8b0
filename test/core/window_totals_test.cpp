#include "core/window_totals.hpp"

#include <catch2/catch.hpp>

#include "core/outages.hpp"
#include "core/random.hpp"
#include "core/time_text.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

namespace {

Instant us(std::int64_t n) { return Instant{Micros{n}}; }
Interval span(std::int64_t from, std::int64_t to) { return {us(from), us(to)}; }

// What a window holds, counted microsecond by microsecond.
struct Slow {
    std::vector<int> world;  // -1 nothing, 0..2 a Status, 3 excluded

    Totals totals(const Interval& window) const {
        Totals sum;
        bool down_before = false;
        for (std::int64_t t = 0; t < static_cast<std::int64_t>(world.size()); ++t) {
            if (!window.contains(us(t))) continue;
            const int what = world[static_cast<std::size_t>(t)];
            if (what == 3) ++sum.excluded;
            if (what < 0 || what == 3) continue;
            const bool down = what == static_cast<int>(Status::down);
            if (down && !down_before) ++sum.outages;
            down_before = down;
            ++(down ? sum.down : what == static_cast<int>(Status::up) ? sum.up : sum.unknown);
        }
        return sum;
    }
};

}  // namespace

TEST_CASE("windows of any number and overlap are summed in one pass", "[window_totals]") {
    constexpr std::int64_t kWorld = 80;
    for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
        Random random(seed);
        IntervalSet windows;
        for (auto n = random.below(6); n > 0; --n) {
            const auto a = random.between(-5, kWorld + 5), b = random.between(-5, kWorld + 5);
            windows.push_back(span(a, random.one_in(5) ? b : std::max(a, b)));  // some empty or reversed
        }
        Slow slow{std::vector<int>(kWorld, -1)};
        WindowTotals fast{windows};
        for (int store = 0; store < 2; ++store) {  // the second starts afresh
            std::fill(slow.world.begin(), slow.world.end(), -1);
            fast.reset();
            for (std::int64_t t = 0; t < kWorld;) {
                const auto to = std::min(kWorld, t + random.between(1, 12));
                const int what = static_cast<int>(random.between(-1, 3));
                std::fill(slow.world.begin() + t, slow.world.begin() + to, what);
                if (what == 3) fast.exclude(span(t, to));
                if (what >= 0 && what < 3) fast(Segment{span(t, to), static_cast<Status>(what), Basis::none, {}});
                t = to;
            }
            for (std::size_t i = 0; i < windows.size(); ++i) {
                INFO("seed " << seed << " window " << show(windows[i]));
                const Totals f = fast.totals(i), s = slow.totals(windows[i]);
                REQUIRE(f.up == s.up);
                REQUIRE(f.down == s.down);
                REQUIRE(f.unknown == s.unknown);
                REQUIRE(f.excluded == s.excluded);
                REQUIRE(f.outages == s.outages);
            }
        }
    }
}

TEST_CASE("joining stretches is associative", "[window_totals]") {
    for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
        Random random(seed);
        const auto stretch = [&] {
            Totals t;
            for (auto n = random.below(4); n > 0; --n)
                t.add(random.of({Status::up, Status::down, Status::unknown}), Micros{random.between(1, 9)});
            return t;
        };
        const Totals a = stretch(), b = stretch(), c = stretch();
        Totals left = a, right = b, whole = a;
        left.then(b).then(c);
        right.then(c);
        whole.then(right);
        INFO("seed " << seed);
        REQUIRE(left.outages == whole.outages);
        REQUIRE(left.last_run == whole.last_run);
        REQUIRE(left.ended_outages() == whole.ended_outages());
        REQUIRE(left.open() == whole.open());
    }
}

TEST_CASE("an outage runs on through closed time and ends with other base time", "[outages]") {
    Outages outages;
    const auto add = [&](std::int64_t from, std::int64_t to, Status s) {
        outages(Segment{span(from, to), s, Basis::carried, {}});
    };
    add(0, 10, Status::up);
    add(10, 20, Status::down);
    add(20, 25, Status::down);  // touching: the same outage
    add(40, 50, Status::down);  // closed in between: the same
    add(60, 70, Status::unknown);
    add(70, 80, Status::down);
    add(90, 95, Status::up);
    add(99, 100, Status::down);
    CHECK(outages.list() == std::vector<Outage>{{us(10), us(50), us(50), Micros{25}},
                                                {us(70), us(80), us(80), Micros{10}},
                                                {us(99), us(100), std::nullopt, Micros{1}}});
    CHECK(outages.list()[0].wall_duration() == Micros{40});
}
