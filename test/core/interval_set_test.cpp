#include "core/interval_set.hpp"

#include <bitset>
#include <catch2/catch.hpp>

#include "core/random.hpp"
#include "core/time_text.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

namespace {

// Small sets as bits: microsecond i is in the set iff bit i is.
constexpr int kWorld = 48;
using Bits = std::bitset<kWorld>;

Instant us(std::int64_t n) { return Instant{Micros{n}}; }
Interval span(std::int64_t from, std::int64_t to) { return {us(from), us(to)}; }

Bits bits_of(Intervals set) {
    Bits bits;
    for (const Interval& i : set)
        for (auto t = i.from; t < i.to; t += Micros{1}) bits.set(static_cast<std::size_t>(t.time_since_epoch().count()));
    return bits;
}

IntervalSet random_intervals(Random& random) {
    IntervalSet set;
    for (auto n = random.below(8); n > 0; --n) {
        const auto from = random.between(0, kWorld), to = random.between(0, kWorld);  // some empty or reversed
        set.push_back(span(from, random.one_in(4) ? to : std::min<std::int64_t>(from + to % 9, kWorld)));
    }
    return set;
}

}  // namespace

TEST_CASE("an interval has its start and not its end", "[interval]") {
    const Interval i = span(2, 5);
    CHECK_FALSE(i.contains(us(1)));
    CHECK(i.contains(us(2)));
    CHECK(i.contains(us(4)));
    CHECK_FALSE(i.contains(us(5)));
    CHECK(i.length() == Micros{3});
    CHECK(span(5, 2).empty());
    CHECK(span(5, 2).length() == Micros{0});
    CHECK(intersect(i, span(4, 9)) == span(4, 5));
    CHECK(intersect(i, span(5, 9)).empty());
    CHECK(overlap(i, span(4, 9)));
    CHECK_FALSE(overlap(i, span(5, 9)));
}

TEST_CASE("a window that is empty or reversed is an error", "[interval]") {
    CHECK(check_window(span(1, 2)) == span(1, 2));
    CHECK_THROWS_AS(check_window(span(2, 2)), Error);
    CHECK_THROWS_AS(check_window(span(3, 2)), Error);
}

TEST_CASE("normal form joins what overlaps or touches and drops what is empty", "[interval_set]") {
    IntervalSet set{span(9, 9), span(5, 7), span(1, 3), span(8, 6), span(3, 4), span(6, 8)};
    CHECK_FALSE(is_normalised(set));
    normalise(set);
    CHECK(set == IntervalSet{span(1, 4), span(5, 8)});
    CHECK(is_normalised(set));
    CHECK_FALSE(is_normalised(IntervalSet{span(1, 2), span(2, 3)}));
    CHECK_FALSE(is_normalised(IntervalSet{span(1, 1)}));
}

TEST_CASE("several sets share a buffer", "[interval_set]") {
    IntervalSet buffer{span(1, 3), span(7, 9), span(2, 4)};
    normalise_tail(buffer, 1);
    CHECK(buffer == IntervalSet{span(1, 3), span(2, 4), span(7, 9)});
}

TEST_CASE("set algebra agrees with sets of microseconds", "[interval_set]") {
    for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
        Random random(seed);
        IntervalSet a = random_intervals(random), b = random_intervals(random);
        const Bits in_a = bits_of(a), in_b = bits_of(b);
        normalise(a);
        normalise(b);
        const IntervalSet both = intersect(a, b), either = unite(a, b), only = subtract(a, b);
        INFO("seed " << seed << " a " << show(a) << " b " << show(b));
        REQUIRE(bits_of(a) == in_a);
        REQUIRE(bits_of(both) == (in_a & in_b));
        REQUIRE(bits_of(either) == (in_a | in_b));
        REQUIRE(bits_of(only) == (in_a & ~in_b));
        for (const IntervalSet& set : {a, both, either, only}) REQUIRE(is_normalised(set));
        REQUIRE(measure(a) == Micros{static_cast<std::int64_t>(in_a.count())});
        REQUIRE(measure(either) + measure(both) == measure(a) + measure(b));
        for (int t = 0; t < kWorld; ++t) {
            const Interval* member = find(a, us(t));
            REQUIRE((member != nullptr) == in_a[static_cast<std::size_t>(t)]);
            if (member != nullptr) REQUIRE(member->contains(us(t)));
        }
    }
}
