// The half-open interval [from, to) of instants: `from` is in it, `to` is not.
#pragma once

#include <algorithm>

#include "core/time.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

struct Interval {
    Instant from;
    Instant to;

    constexpr bool empty() const noexcept { return to <= from; }
    constexpr Micros length() const noexcept { return empty() ? Micros{0} : to - from; }
    constexpr bool contains(Instant t) const noexcept { return from <= t && t < to; }
    friend constexpr bool operator==(const Interval&, const Interval&) = default;
};

static_assert(std::is_trivially_copyable_v<Interval> && std::is_trivially_destructible_v<Interval>);

// What a and b have in common; empty() if nothing.
constexpr Interval intersect(const Interval& a, const Interval& b) noexcept {
    return {std::max(a.from, b.from), std::min(a.to, b.to)};
}

constexpr bool overlap(const Interval& a, const Interval& b) noexcept {
    return !intersect(a, b).empty();
}

// Throws unless from < to: a reversed or empty window is a mistake, never an empty answer.
inline Interval check_window(const Interval& w) {
    if (w.to <= w.from)
        throw Error(Errc::invalid_argument, "the window ends at or before its start",
                    "A window needs a start before its end.");
    return w;
}

}  // namespace store_uptime
