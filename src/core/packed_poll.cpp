#include "core/packed_poll.hpp"

namespace store_uptime {

void unpack_timeline(std::span<const PackedPoll> polls, Timeline& timeline) {
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
