// Several systems of one store as one: up if enough of them are.
//
// Each system counts as what its latest poll said, as unknown before its first. What is unknown might be either, and the
// group is up or down only if it is so either way:
//   up       at least `needed` systems are up
//   down     not enough would be up even if all unknown ones were
//   unknown  otherwise
#pragma once

#include "core/timeline.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// One poll at every instant at which any system was polled. Throws Errc::invalid_argument for needed = 0.
Timeline group_of(std::span<const Polls> systems, std::size_t needed);

}  // namespace store_uptime
