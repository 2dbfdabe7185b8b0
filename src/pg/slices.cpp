#include "pg/slices.hpp"

namespace store_uptime::pg {

Slices* Slices::create(MemoryContext context, KeyKind key_kind, std::uint32_t count, std::size_t budget) {
    auto* s = static_cast<Slices*>(MemoryContextAllocZero(context, sizeof(Slices)));
    s->context_ = context;
    s->key_kind_ = key_kind;
    s->budget_ = budget;
    s->make_slices(count);
    return s;
}

void Slices::make_slices(std::uint32_t count) {
    count_ = count;
    slices_ = static_cast<Slice*>(MemoryContextAllocZero(context_, sizeof(Slice) * count));
    for (Pen*& pens : pens_) pens = static_cast<Pen*>(MemoryContextAllocZero(context_, sizeof(Pen) * count));
}

Slices* Slices::create_shared(MemoryContext context, KeyKind key_kind, std::size_t budget, SharedSlices* shared,
                              dsa_area* area, std::uint32_t process) {
    Slices* s = create(context, key_kind, shared->count, budget);
    s->shared_ = shared;
    s->area_ = area;
    s->process_ = process;
    return s;
}

// --- chunks ----------------------------------------------------------------------------------------------------------

Chunk* Slices::new_chunk() {
    if (free_ == 0) {
        // Chunks are carved from larger blocks, small ones first: a report about one store needs but a few.
        const std::size_t chunks = std::clamp<std::size_t>(held_ / kChunk, 1, 64);
        const ChunkLink block = area_ != nullptr ? dsa_allocate(area_, chunks * kChunk)
                                                 : reinterpret_cast<ChunkLink>(MemoryContextAlloc(context_, chunks * kChunk));
        held_ += chunks * kChunk;
        for (std::size_t i = chunks; i-- > 0;) {
            Chunk* chunk = at(block + i * kChunk);
            chunk->self = block + i * kChunk;
            release(chunk);
        }
    }
    Chunk* chunk = at(free_);
    free_ = chunk->next;
    return chunk;
}

void Slices::release(Chunk* chunk) {
    chunk->next = free_;
    free_ = chunk->self;
}

Slices::Pen* Slices::next_chunk(std::uint64_t hash, RowKind kind, std::size_t size) {
    if (size > kRoom)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("a store id of %zu bytes is too long", size),
                        errhint("Store ids may have about %zu bytes.", kRoom - 64)));
    if (!spilling_ && free_ == 0 && held_ >= budget_) start_spilling();
    const auto number = slice_of(hash);
    Slice& slice = slices_[number];
    Pen& pen = pens_[static_cast<int>(kind)][number];
    if (static_cast<std::size_t>(pen.end - pen.at) >= size) return &pen;  // cutting finer has made room
    Chunk* chunk = pen.close();
    if (chunk != nullptr && spilling_) {
        spill(slice, *chunk);
    } else {
        if (chunk != nullptr) push_full(slice, chunk);
        chunk = new_chunk();
        chunk->next = 0;
        chunk->kind = kind;
    }
    pen.fill(chunk);
    return &pen;
}

// --- going to files --------------------------------------------------------------------------------------------------

void Slices::start_spilling() {
    spilling_ = true;
    // Processes that share slices must agree on how many there are.
    if (count_ < kFewestSpilled && shared_ == nullptr) return cut_finer();
    for (std::uint32_t i = 0; i < count_; ++i)
        while (slices_[i].full != 0) {
            Chunk* chunk = pop_full(slices_[i]);
            spill(slices_[i], *chunk);
            release(chunk);
        }
}

// Deals all rows out anew, to more slices.
void Slices::cut_finer() {
    Slice* const coarse = slices_;
    Pen* coarse_pens[kRowKinds];
    std::copy(std::begin(pens_), std::end(pens_), coarse_pens);
    const std::uint32_t coarse_count = count_;
    make_slices(kFewestSpilled);
    for (std::uint32_t i = 0; i < coarse_count; ++i) {
        while (coarse[i].full != 0) move_rows(pop_full(coarse[i]));
        for (Pen* pens : coarse_pens)
            if (Chunk* chunk = pens[i].close()) move_rows(chunk);
    }
    pfree(coarse);
    for (Pen* pens : coarse_pens) pfree(pens);
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

// The name of a file that one process wrote for the others.
static const char* file_name(std::uint32_t process, std::uint32_t slice) { return psprintf("%u.%u", process, slice); }

void Slices::spill(Slice& slice, const Chunk& chunk) {
    if (slice.file == nullptr) {
        const MemoryContext caller = MemoryContextSwitchTo(context_);
        slice.file = shared_ == nullptr ? BufFileCreateTemp(false)
                                        : BufFileCreateFileSet(&shared_->files.fs,
                                                               file_name(process_, static_cast<std::uint32_t>(&slice - slices_)));
        MemoryContextSwitchTo(caller);
    }
    buf_file_write(slice.file, &chunk, sizeof(Chunk) + chunk.used);
}

void Slices::publish() {
    for (std::uint32_t i = 0; i < count_; ++i) {
        Slice& slice = slices_[i];
        for (Pen* pens : pens_)
            if (Chunk* chunk = pens[i].close()) push_full(slice, chunk);
        shared_->part(process_, i) = {slice.full, slice.file != nullptr};
        if (slice.file == nullptr) continue;
        BufFileExportFileSet(slice.file);
        BufFileClose(slice.file);
        slice.file = nullptr;
    }
}

// --- taking ----------------------------------------------------------------------------------------------------------

BufFile* Slices::open_to_read(std::uint32_t process, std::uint32_t slice) {
    if (reading_ == nullptr) reading_ = static_cast<Chunk*>(MemoryContextAlloc(context_, kChunk));
    if (shared_ != nullptr) return BufFileOpenFileSet(&shared_->files.fs, file_name(process, slice), O_RDONLY, false);
    BufFile* file = slices_[slice].file;
    if (BufFileSeek(file, 0, 0, SEEK_SET) != 0)
        ereport(ERROR, (errcode_for_file_access(), errmsg("could not rewind a temporary file: %m")));
    return file;
}

Chunk* Slices::read_back(BufFile* file) {
    if (!buf_file_read(file, reading_, sizeof(Chunk), true)) return nullptr;
    buf_file_read(file, reading_->rows(), reading_->used, false);
    return reading_;
}

void Slices::drop(std::uint32_t slice) {
    while (slices_[slice].full != 0) release(pop_full(slices_[slice]));
    for (Pen* pens : pens_)
        if (Chunk* chunk = pens[slice].close()) release(chunk);
}

// How many slices for about so many polls: as many as keep a slice within the processor's cache, and within the budget.
// Rows are added fastest to few slices, so beyond kFew a slice may outgrow the nearest cache, but not all of them.
std::uint32_t slice_count(double polls, std::size_t budget) {
    constexpr double kCachedPolls = 32768, kFew = 64, kMostPolls = 262144;
    constexpr double kBytesPerPoll = 64;  // while a slice is worked on, with its stores' hours
    constexpr std::uint32_t kMost = 1024;
    const double for_memory = polls * kBytesPerPoll > static_cast<double>(budget) ? polls * kBytesPerPoll / budget * 4 : 1;
    const double wanted = std::max({std::min(polls / kCachedPolls, kFew), polls / kMostPolls, for_memory});
    std::uint32_t count = 1;
    while (count < wanted && count < kMost) count *= 2;
    return count;
}

}  // namespace store_uptime::pg
