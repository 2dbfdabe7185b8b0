// A poll in 64 bits, as it is kept while a report gathers polls: the instant in the upper 62, the status in the lower
// two. Comparing the numbers compares the polls, first by instant and then by weight, so sorting them sorts a timeline
// and puts the status that stands last among those of one instant.
#pragma once

#include "core/timeline.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

enum class PackedPoll : std::uint64_t {};

static_assert((static_cast<std::uint64_t>((kMaxInstant - kMinInstant).count()) >> 62) == 0, "62 bits hold any instant");

constexpr PackedPoll pack(const Poll& p) noexcept {
    return PackedPoll{static_cast<std::uint64_t>((p.at - kMinInstant).count()) << 2 |
                      static_cast<std::uint64_t>(p.status)};
}

constexpr Poll unpack(PackedPoll p) noexcept {
    const auto bits = static_cast<std::uint64_t>(p);
    return {kMinInstant + Micros{static_cast<std::int64_t>(bits >> 2)}, static_cast<Status>(bits & 3)};
}

// Makes a timeline of sorted polls: puts what stands of them into `timeline`.
void unpack_timeline(std::span<const PackedPoll> polls, Timeline& timeline);

}  // namespace store_uptime
