// Polls of one slice as blocks: about five bytes a poll where a row takes sixteen or more. What is too much for the
// processor's caches is written and read faster so, be it to memory or to a file.
//
// A monitor polls each store again and again, so ids are kept apart, once, and a poll has the number of its store. Polls
// mostly come in order of time, so they are told by steps, from one to the next. Each is a number of few bytes: its step
// beyond the least of the block (of packed polls), and above it its store. All polls of a block have the same width, which
// takes no branch to read; the technique is known as frame of reference, over deltas.
//
// Like rows, blocks are a multiple of eight bytes long, lie back to back, and live no longer than their report.
#pragma once

#include <bit>

#include "core/row_format.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

namespace detail {

struct PollBlock {
    std::uint64_t from;   // the first poll is a step from here
    std::uint64_t least;  // of the steps; may be negative, as all of this is modulo 2^64
    std::uint32_t count;
    std::uint16_t width;      // bytes of each poll, at most 8
    std::uint16_t step_bits;  // bits of them for its step

    // All eight bytes at the place of the last poll can be read.
    static constexpr std::size_t size(std::size_t count, std::size_t width) noexcept {
        return (sizeof(PollBlock) + (count - 1) * width + 2 * sizeof(std::uint64_t) - 1) & ~(sizeof(std::uint64_t) - 1);
    }
    // How many fit into `room` bytes, a multiple of eight.
    static constexpr std::size_t fit(std::size_t room, std::size_t width) noexcept {
        constexpr std::size_t least = sizeof(PollBlock) + sizeof(std::uint64_t);
        return room < least ? 0 : (room - least) / width + 1;
    }
    // How far a poll's number has to be moved to lie in the bytes that come first.
    int shift() const noexcept { return std::endian::native == std::endian::big ? 64 - 8 * width : 0; }
};
static_assert(sizeof(PollBlock) == 24);

}  // namespace detail

// Makes blocks of rows. Holds no memory of its own.
class PollPacker {
 public:
    static constexpr std::size_t kMost = 512;

    // Takes poll rows, at most kMost, and numbers their stores in `keys`. False, and nothing is taken: these polls are too
    // far apart to take less room than their rows.
    bool take(std::span<const char> rows, StoreKeys& keys);

    // How many of them are not written yet.
    std::size_t left() const noexcept { return count_ - written_; }

    // Writes what fits into `room` bytes at `at`; gives how many bytes it took, 0 if too few polls fit to be worth it.
    // A room for all rows that were taken is enough for all.
    std::size_t write(char* at, std::size_t room) noexcept;

 private:
    template <KeyKind kind>
    void number(std::span<const char> rows, StoreKeys& keys);

    std::size_t count_, written_;
    std::uint64_t last_;  // the poll before the next that is written
    std::uint64_t least_;
    std::size_t width_, step_bits_;
    StoreNumber stores_[kMost];
    std::uint64_t polls_[kMost];
};

// All ids of `keys` in the order of their numbers, as RowKind::keys: how many bytes they take, and writing them.
std::size_t key_rows_size(const StoreKeys& keys) noexcept;
void write_key_rows(char* at, const StoreKeys& keys) noexcept;

// Calls f(StoreNumber, PackedPoll) for each poll of blocks that lie back to back.
template <class F>
void read_poll_blocks(std::span<const char> blocks, F&& f) {
    const char* const end = blocks.data() + blocks.size();
    for (const char* at = blocks.data(); at < end;) {
        detail::PollBlock block;
        std::memcpy(&block, at, sizeof block);
        const std::uint64_t all = ~std::uint64_t{0} >> (64 - 8 * block.width);
        const std::uint64_t step = (std::uint64_t{1} << block.step_bits) - 1;
        const char* poll = at + sizeof block;
        for (std::uint32_t i = 0; i < block.count; ++i, poll += block.width) {
            std::uint64_t number;
            std::memcpy(&number, poll, sizeof number);
            number = number >> block.shift() & all;
            block.from += block.least + (number & step);
            f(static_cast<StoreNumber>(number >> block.step_bits), PackedPoll{block.from});
        }
        at += detail::PollBlock::size(block.count, block.width);
    }
}

}  // namespace store_uptime
