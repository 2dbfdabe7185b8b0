// Timelines as bytes: what the type status_timeline stores.
//
//   version   1 byte, now 1
//   count     number: how many polls
//   first     frame: the first poll, microseconds since 1970-01-01 00:00 UTC, zigzag     (if count > 0)
//   unit      number: the greatest common divisor of the distances between polls         (if count > 1)
//   next ...  frame: each further poll, its distance from the one before, in units
//
// There is exactly one way to write a timeline, so equal timelines are equal bytes. An hour at microsecond precision
// takes five bytes, at whole seconds two or three, a regular beat one.
#pragma once

#include "core/byte_code.hpp"
#include "core/timeline.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// Measures, then writes; views the polls it was made for.
class TimelineEncoder {
 public:
    explicit TimelineEncoder(Polls polls) noexcept;

    std::size_t size() const noexcept { return size_; }
    // Writes size() bytes at `out`.
    void write(std::uint8_t* out) const noexcept;

 private:
    Polls polls_;
    std::uint64_t unit_ = 1;
    std::size_t size_ = 0;
};

static_assert(std::is_trivially_destructible_v<TimelineEncoder>);

// Reads polls one after the other, from bytes that anybody may have written: throws Errc::corrupt for what no timeline
// is, Errc::unsupported for a later version. Whoever reads to the end has seen a valid timeline.
class TimelineReader {
 public:
    explicit TimelineReader(Bytes bytes);

    // How many polls there are; never more than there are bytes.
    std::size_t count() const noexcept { return count_; }
    // Gives the next poll; false, once all bytes are used up as they should, if there is none.
    bool next(Poll& poll);

 private:
    ByteReader bytes_;
    std::size_t count_ = 0;
    std::size_t read_ = 0;
    std::uint64_t unit_ = 0;
    std::int64_t last_ = 0;
};

// Writes the polls with from <= at < to at `out`, which has room for TimelineReader(bytes).count() of them, and gives
// their number.
std::size_t decode_timeline(Bytes bytes, Instant from, Instant to, Poll* out);

Timeline decode_timeline(Bytes bytes);

std::vector<std::uint8_t> encode(Polls polls);

}  // namespace store_uptime
