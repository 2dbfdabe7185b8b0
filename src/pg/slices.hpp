// What a report has read, cut into slices by a hash of the store, in memory or in temporary files.
//
// A slice can be worked off by itself: it holds all rows of its stores. So a report needs memory for one slice at a time,
// however large the whole is, and small slices are faster too, because their tables fit the processor's caches. Rows are
// appended to chunks, one open chunk for each slice and kind. Once there are many, they are packed into blocks
// (core/row_block.hpp), of polls less than a third as large, which fill chunks of their own. Once the chunks outgrow the
// budget, full ones go to one temporary file a slice, which PostgreSQL charges against temp_file_limit and removes with the query.
//
// Several processes can fill slices of one report, each its own chunks and files, and then take each other's: chunks lie
// in a dynamic shared area then, and files in a shared set.
#pragma once

#include "core/row_block.hpp"
#include "pg/temporary_file.hpp"
#include "pg/wall.hpp"

extern "C" {
#include "storage/sharedfileset.h"
#include "utils/dsa.h"
}

namespace store_uptime::pg {

// Where a chunk is: an address, or a dsa_pointer if it is shared; 0 is nowhere.
using ChunkLink = std::uint64_t;

// Rows of one kind, back to back (core/row_format.hpp), or blocks of rows.
struct Chunk {
    ChunkLink self;
    ChunkLink next;
    std::uint32_t used;
    RowKind kind;

    char* rows() noexcept { return reinterpret_cast<char*>(this + 1); }
};
static_assert(sizeof(Chunk) == 24);

// What the processes that fill slices together show each other; lives in shared memory.
struct SharedSlices {
    // What one process has of one slice, once it has published.
    struct Part {
        ChunkLink chunks;
        bool spilled;    // there is a file too
        ChunkLink keys;  // of the blocks; 0 if there are none
        std::size_t keys_size;
    };
    SharedFileSet files;
    std::uint32_t count;
    std::uint32_t processes;
    Part parts[FLEXIBLE_ARRAY_MEMBER];  // slice by slice within each process

    static std::size_t size(std::uint32_t count, std::uint32_t processes) {
        return offsetof(SharedSlices, parts) + sizeof(Part) * count * processes;
    }
    Part& part(std::uint32_t process, std::uint32_t slice) noexcept { return parts[process * count + slice]; }
};

class Slices {
 public:
    // None yet; `count` is a power of two. At most about `budget` bytes will be held in memory.
    static Slices* create(MemoryContext context, KeyKind key_kind, std::uint32_t count, std::size_t budget);
    // Those that process number `process` contributes to `shared`, with chunks in `area`.
    static Slices* create_shared(MemoryContext context, KeyKind key_kind, std::size_t budget, SharedSlices* shared,
                                 dsa_area* area, std::uint32_t process);

    std::uint32_t count() const noexcept { return count_; }

    // Adds a row. May raise: out of memory, temporary file errors.
    template <class T>
    void add(RowKind kind, StoreKey key, const T& payload) {
        write_row(room(key.hash(), kind, key.size() + sizeof payload), key, payload);
    }

    // Shows what was added to the other processes; nothing may be added any more. Only for shared slices.
    void publish();

    // Hands each chunk of a slice, of all processes, to f(kind, rows), the keys of blocks before them, and forgets the
    // slice. If it is shared, all processes must have published.
    template <class F>
    void take(std::uint32_t slice, F f) {
        if (shared_ == nullptr) {
            take_part(hand_over(slice), 0, slice, f);
            each_open(slice, [&](Chunk* chunk) {
                f(chunk->kind, std::span<const char>(chunk->rows(), chunk->used));
                release(chunk);
            });
            while (Chunk* chunk = pop(slices_[slice].full)) release(chunk);
            return;
        }
        for (std::uint32_t process = 0; process < shared_->processes; ++process)
            take_part(shared_->part(process, slice), process, slice, f);
    }

 private:
    static constexpr std::size_t kChunk = 8192;
    static constexpr std::size_t kRoom = kChunk - sizeof(Chunk);
    // At most so many chunks of a slice are packed together, or go to a file together.
    static constexpr std::size_t kMostAtOnce = 8;
    static_assert(kRoom / (sizeof(std::uint64_t) + sizeof(PackedPoll)) <= RowPacker::kMost, "a chunk is packed at once");

    // Where the next row of one kind goes: into a chunk that is being filled. Kept apart from the chunk, because all
    // chunks begin at the same place of a page, where few of them fit the processor's cache at a time.
    struct Pen {
        char* at;
        char* end;  // of the chunk, or null if there is none

        Chunk* chunk() const noexcept { return end == nullptr ? nullptr : reinterpret_cast<Chunk*>(end - kChunk); }
        std::uint32_t used() const noexcept { return static_cast<std::uint32_t>(at - (end - kRoom)); }
        void fill(Chunk* chunk) noexcept { at = chunk->rows(), end = at + kRoom; }
        // The chunk as it is now, with its size; the pen is left without one.
        Chunk* close() noexcept {
            Chunk* closed = chunk();
            if (closed != nullptr) closed->used = used();
            *this = {};
            return closed;
        }
    };
    // In the order they were filled: rows that come in order of time are then given back so, and need no sorting.
    struct Chunks {
        ChunkLink first;
        Chunk* last;
        std::uint32_t count;
    };
    struct Slice {
        Chunks full;         // as they stay
        TemporaryFile file;  // what came after them, if it is open
        Chunks unwritten;    // and after that: what will go there, several at a time
        Chunks unpacked;     // full chunks that will be packed, several at a time
    };

    template <class F>
    void take_part(const SharedSlices::Part& part, std::uint32_t process, std::uint32_t slice, F f) {
        if (part.keys != 0) {
            f(RowKind::keys, std::span<const char>(static_cast<char*>(address(part.keys)), part.keys_size));
            free(part.keys);
        }
        for (ChunkLink link = part.chunks; link != 0;) {
            Chunk* chunk = at(link);
            f(chunk->kind, std::span<const char>(chunk->rows(), chunk->used));
            link = chunk->next;
        }
        if (!part.spilled) return;
        TemporaryFile file = open_to_read(process, slice);
        char* const pieces = batch();
        while (const std::size_t size = file.read(pieces, kChunk * kMostAtOnce)) {
            for (char* at = pieces; at < pieces + size; at += kChunk) {
                auto* chunk = reinterpret_cast<Chunk*>(at);
                f(chunk->kind, std::span<const char>(chunk->rows(), chunk->used));
            }
        }
        file.close();
        slices_[slice].file = {};
    }

    std::uint32_t slice_of(std::uint64_t hash) const noexcept { return static_cast<std::uint32_t>(hash >> 40) & (count_ - 1); }

    // Room for a row of `size` bytes whose id has this hash.
    char* room(std::uint64_t hash, RowKind kind, std::size_t size) {
        Pen* pen = &pens_[static_cast<int>(kind)][slice_of(hash)];
        if (static_cast<std::size_t>(pen->end - pen->at) < size) [[unlikely]]
            pen = next_chunk(hash, kind, size);
        char* at = pen->at;
        pen->at += size;
        // The processor cannot foresee where each of many chunks goes on, and while writing waits so does reading.
        __builtin_prefetch(at + 2 * kCacheLine, 1);
        return at;
    }

    // In this process, of something in a shared or own area.
    void* address(ChunkLink link) const {
        return area_ != nullptr ? dsa_get_address(area_, link) : reinterpret_cast<void*>(link);
    }
    Chunk* at(ChunkLink link) const { return static_cast<Chunk*>(address(link)); }
    ChunkLink allocate(std::size_t size);
    void free(ChunkLink link);
    void push(Chunks& chunks, Chunk* chunk) noexcept {
        chunk->next = 0;
        (chunks.count++ == 0 ? chunks.first : chunks.last->next) = chunk->self;
        chunks.last = chunk;
    }
    // The first; null if there is none.
    Chunk* pop(Chunks& chunks) const {
        if (chunks.count == 0) return nullptr;
        Chunk* chunk = at(chunks.first);
        chunks.first = chunk->next;
        --chunks.count;
        return chunk;
    }
    // Takes what is not in its place yet of a slice, oldest first, and hands each chunk to f(chunk).
    template <class F>
    void each_open(std::uint32_t slice, F f) {
        while (Chunk* chunk = pop(slices_[slice].unwritten)) f(chunk);
        for (Pen* pens : pens_) {
            if (Chunk* chunk = pens[slice].close()) f(chunk);
            if (pens == pens_[static_cast<int>(RowKind::blocks)])
                while (Chunk* chunk = pop(slices_[slice].unpacked)) f(chunk);
        }
    }

    Pen* next_chunk(std::uint64_t hash, RowKind kind, std::size_t size);
    Pen* turn_over(std::uint32_t slice, RowKind kind);
    void lay_aside(Slice& slice, Chunk* chunk);
    Chunk* new_chunk();
    void release(Chunk* chunk);
    void keep_to_budget();
    void cut_finer();
    void start_packing();
    void pack(std::uint32_t slice);
    bool take_to_pack(std::uint32_t slice, Chunk* chunk);
    SharedSlices::Part hand_over(std::uint32_t slice);
    void move_rows(Chunk* chunk);
    void write_out(Slice& slice);
    char* batch();
    TemporaryFile open_to_read(std::uint32_t process, std::uint32_t slice);
    void make_slices(std::uint32_t count);

    MemoryContext context_;
    KeyKind key_kind_;
    std::size_t budget_;
    std::size_t held_;  // bytes of chunks and keys in memory
    bool packing_;
    bool spilling_;
    std::uint32_t count_;
    std::uint32_t chunks_at_once_;  // for the keys of a slice to stay in the processor's cache, and the kernel to be asked seldom
    Slice* slices_;
    Pen* pens_[kRowKinds];  // each kind's by slice, so that those of the polls lie together
    ChunkLink free_;
    char* batch_;  // chunks on their way to or from a file; or null until there is one

    Held<std::vector<StoreKeys>>* keys_;  // of the blocks, by slice; or null until some are packed, with the next
    std::size_t keys_memory_;
    RowPacker* packer_;

    SharedSlices* shared_;  // or null, with the next two
    dsa_area* area_;
    std::uint32_t process_;
};

static_assert(std::is_trivially_destructible_v<Slices>);

// Whatever was expected when slices were made: more than is left as rows is cut into at least this many.
inline constexpr std::uint32_t kFewestPacked = 64;

// How many slices for about so many polls: as many as keep a slice within the processor's cache, and within the budget.
std::uint32_t slice_count(double polls, std::size_t budget);

}  // namespace store_uptime::pg
