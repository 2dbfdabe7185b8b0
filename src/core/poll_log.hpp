// Polls in the order they came, as bytes: what an aggregate keeps while it gathers them.
//
// Each poll is a frame (byte_code.hpp) holding its signed distance from the poll before; the first one's is from
// 1970. That is about six bytes a poll where sixteen would do for sorting, so that a hash aggregate over many stores
// keeps three times as many of them in memory. Order and conflicts are settled once, at the end.
//
// The memory is the caller's, who makes room for kLongestPoll bytes before each poll.
#pragma once

#include <algorithm>

#include "core/byte_code.hpp"
#include "core/interrupt.hpp"
#include "core/timeline.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

inline constexpr std::size_t kLongestPoll = kLongestNumber + 1;

// Writes a poll at `out` and gives the place after it; `last` is the time of the poll before and becomes this one's.
inline std::uint8_t* log_poll(std::uint8_t* out, Instant& last, const Poll& poll) noexcept {
    out = put_frame(out, poll.status, zigzag((poll.at - last).count()));
    last = poll.at;
    return out;
}

// Reads a log from left to right; throws Errc::corrupt for bytes that are none.
class PollLogReader {
 public:
    explicit PollLogReader(Bytes bytes) noexcept : bytes_(bytes, "poll log") {}

    bool next(Poll& poll) {
        if (bytes_.left() == 0) return false;
        const std::int64_t distance = unzigzag(bytes_.frame(poll.status));
        std::int64_t at = 0;
        if (__builtin_add_overflow(last_.time_since_epoch().count(), distance, &at) || clamp_instant(at) != Instant{Micros{at}})
            bytes_.fail("an instant is out of range");
        poll.at = last_ = Instant{Micros{at}};
        return true;
    }
    // What has not been read.
    Bytes rest() { return bytes_.bytes(bytes_.left()); }

 private:
    ByteReader bytes_;
    Instant last_{};
};

// How many polls a log holds: each ends with the only one of its bytes that does not say that more follow.
inline std::size_t count_polls(Bytes log) noexcept {
    return static_cast<std::size_t>(std::count_if(log.begin(), log.end(), [](std::uint8_t b) { return b < 0x80; }));
}

// Writes the polls of a log at `out`, which has room for all that were logged, as a timeline; gives their number.
inline std::size_t read_log(Bytes bytes, std::span<Poll> out) {
    PollLogReader reader(bytes);
    std::size_t count = 0;
    Steps steps;
    for (Poll p; reader.next(p); out[count++] = p, steps.add())
        if (count == out.size()) throw Error(Errc::internal, "a poll log holds more polls than were counted");
    return make_timeline(out.first(count));
}

}  // namespace store_uptime
