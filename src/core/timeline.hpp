// A store's polls in order: strictly ascending instants, one status each.
//
// Polls arrive unordered, late, twice and in any batches; the timeline they make is the same whatever the order,
// because sorting and the conflict rule (the heavier status stands) are both independent of it.
#pragma once

#include <span>
#include <vector>

#include "core/status.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

using Timeline = std::vector<Poll>;      // strictly ascending
using Polls = std::span<const Poll>;     // strictly ascending, owned by somebody else

// Makes a timeline of polls in any order, in place: sorts them if they need it, collapses duplicates and conflicts.
// Gives the number of polls kept at the front. O(n) for polls already in order.
std::size_t make_timeline(std::span<Poll> polls);

// The same for a vector, cut to what is kept.
void make_timeline(std::vector<Poll>& polls);

bool is_timeline(Polls polls) noexcept;

// One timeline of two; they may overlap in any way.
Timeline merge(Polls a, Polls b);

// The same, written at `out`, which has room for both; gives the number of polls.
std::size_t merge(Polls a, Polls b, Poll* out);

// The polls in [from, to), as a part of `polls`.
Polls between(Polls polls, Instant from, Instant to) noexcept;

// The latest poll at or before t, or null.
const Poll* latest_at(Polls polls, Instant t) noexcept;

}  // namespace store_uptime
