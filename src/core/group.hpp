// Several systems of one store as one: up if enough of them are.
//
// Each system counts as what its latest poll said, as unknown before its first. What is unknown might be either, and the
// group is up or down only if it is so either way:
//   up       at least `needed` systems are up
//   down     not enough would be up even if all unknown ones were
//   unknown  otherwise
#pragma once

#include "core/timeline_codec.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// What an aggregate over systems keeps while it gathers them, as bytes: how many have to be up in 4 bytes (0 where the
// aggregate does not say), then each system's timeline behind 4 bytes of length. No bytes: no systems.
struct GatheredGroup {
    std::uint32_t needed = 0;
    Bytes systems;
};

// Each takes a block of polls in memory while the group is read.
inline constexpr std::size_t kMaxSystems = std::size_t{1} << 16;

// Reads bytes that anybody may have written. Throws Errc::corrupt for what no group is.
GatheredGroup read_group(Bytes bytes);

// The timelines of a group's systems, not read yet. Throws Errc::corrupt for what they are not, Errc::too_large for more
// than kMaxSystems.
std::vector<TimelineReader> read_systems(Bytes systems);

// One poll at every instant at which any system was polled. Reads the systems side by side to their ends, block by block,
// so that memory is needed for the answer only. Throws Errc::invalid_argument for needed = 0, Errc::too_large for more
// polls than a value holds.
Timeline group_of(std::span<TimelineReader> systems, std::size_t needed);

}  // namespace store_uptime
