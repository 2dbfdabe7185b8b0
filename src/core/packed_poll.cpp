#include "core/packed_poll.hpp"

#include <algorithm>

namespace store_uptime {

void unpack_timeline(std::span<PackedPoll> polls, Timeline& timeline) {
    if (!std::is_sorted(polls.begin(), polls.end())) std::sort(polls.begin(), polls.end());
    timeline.resize(polls.size());
    Poll* out = timeline.data();
    for (const PackedPoll& packed : polls) {
        const Poll p = unpack(packed);
        // Of one instant the last is the heaviest.
        if (out != timeline.data() && (out - 1)->at == p.at)
            *(out - 1) = p;
        else
            *out++ = p;
    }
    timeline.resize(static_cast<std::size_t>(out - timeline.data()));
}

}  // namespace store_uptime
