#include "pg/slices.hpp"

namespace store_uptime::pg {

Slices* Slices::create(MemoryContext context, KeyKind key_kind, std::uint32_t count, std::size_t budget) {
    auto* s = static_cast<Slices*>(MemoryContextAllocZero(context, sizeof(Slices)));
    s->context_ = context;
    s->key_kind_ = key_kind;
    s->budget_ = budget;
    s->count_ = count;
    s->slices_ = static_cast<Slice*>(MemoryContextAllocZero(context, sizeof(Slice) * count));
    return s;
}

Chunk* Slices::new_chunk() {
    if (free_ != nullptr) {
        Chunk* chunk = free_;
        free_ = chunk->next;
        return chunk;
    }
    // Chunks are carved from larger blocks, small ones first: a report about one store needs but a few.
    const std::size_t chunks = std::clamp<std::size_t>(held_ / kChunk, 1, 64);
    auto* block = static_cast<char*>(MemoryContextAllocHuge(context_, chunks * kChunk));
    held_ += chunks * kChunk;
    for (std::size_t i = 0; i < chunks; ++i) {
        release(reinterpret_cast<Chunk*>(block + (chunks - 1 - i) * kChunk));
    }
    return new_chunk();
}

Chunk* Slices::next_chunk(std::uint64_t hash, RowKind kind, std::size_t size) {
    if (size > kRoom)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("a store id of %zu bytes is too long", size),
                        errhint("Store ids may have about %zu bytes.", kRoom - 64)));
    if (!spilling_ && free_ == nullptr && held_ >= budget_) start_spilling();
    Slice& slice = slices_[slice_of(hash)];
    Chunk*& open = slice.open[static_cast<int>(kind)];
    if (open != nullptr) {
        if (open->used + size <= kRoom) return open;  // cutting finer has made room
        if (spilling_) {
            spill(slice, *open);
            open->used = 0;
            return open;
        }
        open->next = slice.full;
        slice.full = open;
    }
    open = new_chunk();
    open->next = nullptr;
    open->used = 0;
    open->kind = kind;
    return open;
}

void Slices::start_spilling() {
    spilling_ = true;
    if (count_ < kFewestSpilled) return cut_finer();
    for (std::uint32_t i = 0; i < count_; ++i) {
        while (Chunk* chunk = slices_[i].full) {
            slices_[i].full = chunk->next;
            spill(slices_[i], *chunk);
            release(chunk);
        }
    }
}

// Deals all rows out anew, to more slices.
void Slices::cut_finer() {
    Slice* coarse = slices_;
    const std::uint32_t coarse_count = count_;
    count_ = kFewestSpilled;
    slices_ = static_cast<Slice*>(MemoryContextAllocZero(context_, sizeof(Slice) * count_));
    for (std::uint32_t i = 0; i < coarse_count; ++i) {
        while (Chunk* chunk = coarse[i].full) {
            coarse[i].full = chunk->next;
            move_rows(chunk);
        }
        for (Chunk* chunk : coarse[i].open)
            if (chunk != nullptr) move_rows(chunk);
    }
    pfree(coarse);
}

void Slices::move_rows(Chunk* chunk) {
    const char* const end = chunk->rows() + chunk->used;
    for (const char* at = chunk->rows(); at < end;) {
        const StoreKey key = read_key(at, key_kind_);
        const std::size_t size = key.size() + payload_size(chunk->kind);
        std::memcpy(room(key.hash(), chunk->kind, size), at, size);
        at += size;
    }
    release(chunk);
}

void Slices::release(Chunk* chunk) {
    chunk->next = free_;
    free_ = chunk;
}

void Slices::spill(Slice& slice, const Chunk& chunk) {
    if (slice.file == nullptr) {
        const MemoryContext caller = MemoryContextSwitchTo(context_);
        slice.file = BufFileCreateTemp(false);
        MemoryContextSwitchTo(caller);
    }
    buf_file_write(slice.file, &chunk, sizeof(Chunk) + chunk.used);
    spilled_ += sizeof(Chunk) + chunk.used;
}

void Slices::rewind(Slice& slice) {
    if (BufFileSeek(slice.file, 0, 0, SEEK_SET) != 0)
        ereport(ERROR, (errcode_for_file_access(), errmsg("could not rewind a temporary file: %m")));
    if (reading_ == nullptr) reading_ = static_cast<Chunk*>(MemoryContextAlloc(context_, kChunk));
}

Chunk* Slices::read_back(Slice& slice) {
    if (!buf_file_read(slice.file, reading_, sizeof(Chunk), true)) return nullptr;
    buf_file_read(slice.file, reading_->rows(), reading_->used, false);
    return reading_;
}

void Slices::drop(Slice& slice) {
    if (slice.file != nullptr) BufFileClose(slice.file);
    slice.file = nullptr;
    while (Chunk* chunk = slice.full) {
        slice.full = chunk->next;
        release(chunk);
    }
    for (Chunk*& chunk : slice.open) {
        if (chunk != nullptr) release(chunk);
        chunk = nullptr;
    }
}

}  // namespace store_uptime::pg
