// A seeded source of random choices, the same on every machine (the standard's distributions are not).
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <vector>

#include "core/time.hpp"

namespace store_uptime::test {

class Random {
 public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    // 0 <= n < limit.
    std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
    // low <= n <= high.
    std::int64_t between(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
    }
    bool one_in(std::uint64_t n) { return below(n) == 0; }
    std::uint64_t bits() { return engine_(); }

    template <class T>
    T of(std::initializer_list<T> choices) {
        return choices.begin()[below(choices.size())];
    }
    template <class T>
    const T& of(const std::vector<T>& choices) {
        return choices[below(choices.size())];
    }
    template <class Range>
    void shuffle(Range& range) {
        for (std::size_t i = range.size(); i > 1; --i) std::swap(range[i - 1], range[below(i)]);
    }

    // An instant in [from, to], mostly on a multiple of `grid`, now and then a microsecond beside one or anywhere:
    // edges that coincide, nearly coincide or do not are all wanted.
    Instant instant(Instant from, Instant to, Micros grid) {
        const Micros step = one_in(6) ? Micros{1} : grid;
        Instant t = from + step * static_cast<std::int64_t>(below(static_cast<std::uint64_t>((to - from) / step) + 1));
        if (one_in(8)) t += Micros{between(-1, 1)};
        return std::clamp(t, from, to);
    }

 private:
    std::mt19937_64 engine_;
};

}  // namespace store_uptime::test
