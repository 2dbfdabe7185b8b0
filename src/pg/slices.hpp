// What a report has read, cut into slices by a hash of the store, in memory or in temporary files.
//
// A slice can be worked off by itself: it holds all rows of its stores. So a report needs memory for one slice at a time,
// however large the whole is, and small slices are faster too, because their tables fit the processor's caches. Rows
// are appended to chunks, one open chunk for each slice and kind; once the chunks outgrow the budget, full ones go to
// one temporary file a slice, which PostgreSQL charges against temp_file_limit and removes with the query.
#pragma once

#include "core/row_format.hpp"
#include "pg/postgres.hpp"

extern "C" {
#include "storage/buffile.h"
}

namespace store_uptime::pg {

// Rows of one kind, back to back (core/row_format.hpp).
struct Chunk {
    Chunk* next;
    std::uint32_t used;
    RowKind kind;

    char* rows() noexcept { return reinterpret_cast<char*>(this + 1); }
};
static_assert(sizeof(Chunk) == 16);

class Slices {
 public:
    // None yet; `count` is a power of two. At most about `budget` bytes will be held in memory.
    static Slices* create(MemoryContext context, KeyKind key_kind, std::uint32_t count, std::size_t budget);

    std::uint32_t count() const noexcept { return count_; }
    std::uint32_t slice_of(std::uint64_t hash) const noexcept { return static_cast<std::uint32_t>(hash >> 40) & (count_ - 1); }

    // Adds a row. May raise: out of memory, temporary file errors.
    template <class T>
    void add(RowKind kind, const StoreKey& key, const T& payload) {
        write_row(room(key.hash(), kind, key.size() + sizeof payload), key, payload);
    }

    // Hands each chunk of a slice to f(kind, rows), then forgets the slice.
    template <class F>
    void take(std::uint32_t slice, F f) {
        Slice& s = slices_[slice];
        if (s.file != nullptr) {
            rewind(s);
            while (Chunk* chunk = read_back(s)) f(chunk->kind, std::span<const char>(chunk->rows(), chunk->used));
        }
        for (Chunk* chunk = s.full; chunk != nullptr; chunk = chunk->next)
            f(chunk->kind, std::span<const char>(chunk->rows(), chunk->used));
        for (Chunk* chunk : s.open)
            if (chunk != nullptr) f(chunk->kind, std::span<const char>(chunk->rows(), chunk->used));
        drop(s);
    }

    // Bytes written to temporary files so far.
    std::uint64_t spilled() const noexcept { return spilled_; }

 private:
    struct Slice {
        Chunk* open[kRowKinds];  // being filled, or null
        Chunk* full;
        BufFile* file;  // or null
    };

    // Room for a row of `size` bytes whose id has this hash.
    char* room(std::uint64_t hash, RowKind kind, std::size_t size) {
        Chunk* chunk = slices_[slice_of(hash)].open[static_cast<int>(kind)];
        if (chunk == nullptr || chunk->used + size > kRoom) [[unlikely]]
            chunk = next_chunk(hash, kind, size);
        char* at = chunk->rows() + chunk->used;
        chunk->used += static_cast<std::uint32_t>(size);
        return at;
    }

    static constexpr std::size_t kChunk = 8192;
    static constexpr std::size_t kRoom = kChunk - sizeof(Chunk);
    // Whatever was expected when the slices were made: what does not fit into memory is cut into at least this many.
    static constexpr std::uint32_t kFewestSpilled = 256;

    Chunk* next_chunk(std::uint64_t hash, RowKind kind, std::size_t size);
    Chunk* new_chunk();
    void release(Chunk* chunk);
    void start_spilling();
    void cut_finer();
    void move_rows(Chunk* chunk);
    void spill(Slice& slice, const Chunk& chunk);
    void rewind(Slice& slice);
    Chunk* read_back(Slice& slice);
    void drop(Slice& slice);

    MemoryContext context_;
    KeyKind key_kind_;
    std::size_t budget_;
    std::size_t held_;  // bytes of chunks in memory
    bool spilling_;
    std::uint64_t spilled_;
    std::uint32_t count_;
    Slice* slices_;
    Chunk* free_;
    Chunk* reading_;
};

static_assert(std::is_trivially_destructible_v<Slices>);

}  // namespace store_uptime::pg
