// Timelines as bytes: what the type status_timeline stores.
//
//   version   1 byte, now 1
//   count     number: how many polls
//   first     frame: the first poll, microseconds since 1970-01-01 00:00 UTC, zigzag     (if count > 0)
//   span      number: microseconds from the first poll to the last                       (if count > 1)
//   blocks    of 128 further polls each, the last of fewer, told by their *deltas*: the time since the poll before
//     form      1 byte; low half: the unit, an index into {1, 10, ... 100,000 us, 1 s, 10 s, 1, 5, 15 min, 1 h, 1 day}, the
//               longest that divides the block's deltas; high half: what is told of statuses: 0, 1, 2 all polls of the
//               block have that one; 3 up or down, one bit each; 4 any, two bits each
//     width     1 byte: how many bits of a slot are a delta's
//     patches   1 byte: how many deltas need more bits than that
//     least     number: the block's smallest delta, in units
//     slots     packed from the lowest bit on, each: status bits, `width` low bits of (delta - least); then zero bits up
//               to a whole byte
//     patches   each: 1 byte: index of the slot, number: the delta's bits above `width`
//
// The width is the one that makes the block smallest, the least of those. So there is exactly one way to write a
// timeline, and equal timelines are equal bytes. Microsecond jitter costs what its entropy is (4.3 bytes a poll an hour
// apart, give or take ten minutes), whole seconds two bytes, a regular beat next to nothing.
#pragma once

#include "core/byte_code.hpp"
#include "core/interrupt.hpp"
#include "core/timeline.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// What a value may hold: as many polls as take a gigabyte when read.
inline constexpr std::size_t kMaxPolls = std::size_t{1} << 26;
// Throws Errc::too_large, saying so of a timeline of that many.
[[noreturn]] void fail_too_many_polls(std::size_t polls);

// Writes a timeline at `out`, which has room for encoded_bound(polls.size()) bytes, and gives how many it wrote.
// Throws Errc::too_large for more than kMaxPolls.
std::size_t encode(Polls polls, std::uint8_t* out);
std::size_t encoded_bound(std::size_t polls) noexcept;

std::vector<std::uint8_t> encode(Polls polls);

// Reads polls one after the other, from bytes that anybody may have written: throws Errc::corrupt for what no timeline
// is, Errc::unsupported for a later version. Whoever reads to the end has seen a valid timeline.
class TimelineReader {
 public:
    explicit TimelineReader(Bytes bytes);

    // How many polls there are; it takes no more than 512 times the bytes to hold them.
    std::size_t count() const noexcept { return count_; }
    // Of the first and the last poll, if there are any.
    Instant first() const noexcept { return first_.at; }
    Instant last() const noexcept { return last_; }

    // Gives the next poll; false if there is none.
    bool next(Poll& poll) {
        if (given_ == ready_) {
            ready_ = next_block().size();
            given_ = 0;
        }
        if (given_ == ready_) return false;
        poll = polls_[given_++];
        return true;
    }
    // Gives the next polls (after those given before by next_block or, block by block, by next), none at the end. They
    // are valid until the next call.
    Polls next_block();

    static constexpr std::size_t kBlock = 128;

 private:
    struct Form;
    Form read_form(std::size_t count);
    void read_slots(const Form& form, std::size_t count);
    void read_patches(const Form& form, std::size_t count);
    void add_deltas(const Form& form, std::size_t count);

    ByteReader bytes_;
    std::size_t count_ = 0;
    std::size_t left_ = 0;  // polls not read yet
    Poll first_{};
    Instant last_{};
    Instant at_{};  // of the last poll read
    std::size_t given_ = 0, ready_ = 0;  // of polls_, by next()
    Steps steps_;
    std::uint64_t deltas_[kBlock];
    Poll polls_[kBlock];
};

static_assert(std::is_trivially_destructible_v<TimelineReader>, "may be alive across a PostgreSQL call");

// Writes the polls with from <= at < to at `out`, which has room for TimelineReader(bytes).count() of them, and gives
// their number.
std::size_t decode_timeline(Bytes bytes, Instant from, Instant to, Poll* out);

Timeline decode_timeline(Bytes bytes);

}  // namespace store_uptime
