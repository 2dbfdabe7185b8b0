// Timelines as text: {2024-01-08 16:14:00Z up, 2024-01-08 17:15:00.5Z down}; instants are UTC, in order.
#pragma once

#include <string>

#include "core/interrupt.hpp"
#include "core/timeline.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// Reads polls in any order; duplicates and conflicts are settled as always. Throws Errc::syntax pointing at the
// character.
Timeline parse_timeline(std::string_view text);

// Equal timelines print equally, and reading gives the timeline back.
std::string print(Polls polls);

// The same for a timeline that comes in pieces, of which only the text is to take memory.
class TimelinePrinter {
 public:
    // For `polls` polls in all. Their text may have up to `most` bytes: Errc::too_large here or later if it has more.
    TimelinePrinter(std::size_t polls, std::size_t most);

    // Polls that come after those added before.
    void add(Polls polls);
    std::string finish();

 private:
    void check_length(std::size_t length) const;

    std::size_t count_;
    std::size_t most_;
    std::string text_ = "{";
    Steps steps_;
};

}  // namespace store_uptime
