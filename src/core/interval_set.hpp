// Sets of instants as normalised lists of intervals: ascending, none empty, none overlapping or touching the next.
//
// Equal sets are equal lists. Functions that take a span expect a normalised one and give a normalised one.
#pragma once

#include <span>
#include <vector>

#include "core/interval.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

using IntervalSet = std::vector<Interval>;
using Intervals = std::span<const Interval>;

// Brings intervals in any order, overlapping or empty, into normal form, in place.
void normalise(IntervalSet& intervals);

// The same for the part of the list from index `first` on: several sets can share one buffer.
void normalise_tail(IntervalSet& intervals, std::size_t first);

bool is_normalised(Intervals set) noexcept;

IntervalSet unite(Intervals a, Intervals b);
IntervalSet intersect(Intervals a, Intervals b);
IntervalSet subtract(Intervals a, Intervals b);

// The total length of the set.
Micros measure(Intervals set) noexcept;

// The member of the set that contains t, or null.
const Interval* find(Intervals set, Instant t) noexcept;

}  // namespace store_uptime
