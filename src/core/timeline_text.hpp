// Timelines as text: {2024-01-08 16:14:00Z up, 2024-01-08 17:15:00.5Z down}; instants are UTC, in order.
#pragma once

#include "core/timeline.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// Reads polls in any order; duplicates and conflicts are settled as always. Throws Errc::syntax pointing at the
// character.
Timeline parse_timeline(std::string_view text);

// Equal timelines print equally, and reading gives the timeline back. Throws Errc::too_large for a text of more than
// `most` bytes, 2 at least.
std::string print(Polls polls, std::size_t most = static_cast<std::size_t>(-1));

}  // namespace store_uptime
