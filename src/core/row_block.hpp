// Rows of one slice as blocks: about five bytes a poll where a row takes sixteen or more. What is too much for the
// processor's caches is written and read faster so, be it to memory or to a file.
//
// Blocks hold rows that say one number: polls, hours, zones. A store has many of them, so ids are kept apart, once, and a
// row has the number of its store. What it says is told by a step from the row before, for polls mostly come in order of
// time. So a row is a number of few bytes: its step beyond the least of the block (of rows that were packed together), and
// above it its store. All rows of a block have the same width, which takes no branch to read; the technique is known as
// frame of reference, over deltas.
//
// Like rows, blocks are a multiple of eight bytes long, lie back to back, and live no longer than their report.
#pragma once

#include <bit>

#include "core/row_format.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// Whether rows of this kind can be packed into blocks.
constexpr bool fits_blocks(RowKind kind) noexcept { return payload_size(kind) == sizeof(std::uint64_t); }

// A block where it lies.
class RowBlock {
 public:
    explicit RowBlock(const char* at) noexcept : rows_(at + sizeof(Header)) { std::memcpy(&header_, at, sizeof header_); }

    // Of all its rows.
    RowKind kind() const noexcept { return header_.kind; }
    std::size_t count() const noexcept { return header_.count; }
    // Where the next one begins.
    const char* end() const noexcept { return rows_ - sizeof(Header) + size(header_.count, header_.width); }

    // Calls f(StoreNumber, T) for each row, T being what rows of this kind say.
    template <class T, class F>
    void each(F&& f) const {
        const std::uint64_t all = ~std::uint64_t{0} >> (64 - 8 * header_.width);
        const std::uint64_t step = (std::uint64_t{1} << header_.step_bits) - 1;
        std::uint64_t said = header_.from;
        const char* row = rows_;
        for (std::uint32_t i = 0; i < header_.count; ++i, row += header_.width) {
            std::uint64_t number;
            std::memcpy(&number, row, sizeof number);
            number = number >> shift(header_.width) & all;
            said += header_.least + (number & step);
            f(static_cast<StoreNumber>(number >> header_.step_bits), T{said});
        }
    }

 private:
    friend class RowPacker;

    struct Header {
        std::uint64_t from;   // what the first row says is a step from here
        std::uint64_t least;  // of the steps; may be negative, as all of this is modulo 2^64
        std::uint32_t count;
        std::uint16_t width;     // bytes of each row, at most 8
        std::uint8_t step_bits;  // bits of them for its step
        RowKind kind;
    };
    static_assert(sizeof(Header) == 24);

    // All eight bytes at the place of the last row can be read.
    static constexpr std::size_t size(std::size_t count, std::size_t width) noexcept {
        return (sizeof(Header) + (count - 1) * width + 2 * sizeof(std::uint64_t) - 1) & ~(sizeof(std::uint64_t) - 1);
    }
    // How many rows fit into `room` bytes, a multiple of eight.
    static constexpr std::size_t fit(std::size_t room, std::size_t width) noexcept {
        constexpr std::size_t least = sizeof(Header) + sizeof(std::uint64_t);
        return room < least ? 0 : (room - least) / width + 1;
    }
    // How far a row's number has to be moved to lie in the bytes that come first.
    static constexpr int shift(std::size_t width) noexcept {
        return std::endian::native == std::endian::big ? 64 - 8 * static_cast<int>(width) : 0;
    }

    Header header_;
    const char* rows_;
};

// Makes blocks of rows. Holds no memory of its own.
class RowPacker {
 public:
    static constexpr std::size_t kMost = 512;

    // Takes rows, at most kMost, of a kind that fits blocks, and numbers their stores in `keys`. False, and nothing is
    // taken: they are too different to take less room in a block.
    bool take(RowKind kind, std::span<const char> rows, StoreKeys& keys);

    // How many of them are not written yet.
    std::size_t left() const noexcept { return count_ - written_; }

    // Writes what fits into `room` bytes at `at`; gives how many bytes it took, 0 if too few rows fit to be worth it.
    // A room for all rows that were taken is enough for all.
    std::size_t write(char* at, std::size_t room) noexcept;

 private:
    template <KeyKind kind>
    void number(std::span<const char> rows, StoreKeys& keys);

    RowKind kind_;
    std::size_t count_, written_;
    std::uint64_t last_;  // what the row before the next that is written says
    std::uint64_t least_;
    std::size_t width_, step_bits_;
    StoreNumber stores_[kMost];
    std::uint64_t said_[kMost];
};

// All ids of `keys` in the order of their numbers, as RowKind::keys: how many bytes they take, and writing them.
std::size_t key_rows_size(const StoreKeys& keys) noexcept;
void write_key_rows(char* at, const StoreKeys& keys) noexcept;

// Calls f(RowBlock) for each of the blocks that lie back to back.
template <class F>
void each_block(std::span<const char> blocks, F&& f) {
    const char* const end = blocks.data() + blocks.size();
    for (const char* at = blocks.data(); at < end;) {
        const RowBlock block(at);
        f(block);
        at = block.end();
    }
}

}  // namespace store_uptime
