#include "pg/slices.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cmath>

namespace store_uptime::pg {
namespace {

// So many bytes of rows are not worth packing, nor is more than a part of the budget left to them.
std::size_t kept_as_rows(std::size_t budget) { return std::min<std::size_t>(4 * 1024 * 1024, budget / 4); }

// For the keys of each slice.
constexpr std::size_t kFirstSlots = 64;

// Chunks are carved from larger blocks, small ones first: a report about one store needs but a few.
constexpr std::size_t kMostChunksOfBlock = 64;

// Has the kernel bring the whole pages of fresh memory in together, which costs less than a fault for each. Where it
// cannot (before Linux 5.14), they come as they are written to.
void bring_in([[maybe_unused]] char* at, [[maybe_unused]] std::size_t size) {
#ifdef MADV_POPULATE_WRITE
    static const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t skipped = -reinterpret_cast<std::uintptr_t>(at) % page;
    if (size > skipped) madvise(at + skipped, (size - skipped) / page * page, MADV_POPULATE_WRITE);
#endif
}

}  // namespace

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
    chunks_at_once_ = static_cast<std::uint32_t>(std::clamp<std::size_t>(budget_ / 4 / (count * kChunk), 1, kMostAtOnce));
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

ChunkLink Slices::allocate(std::size_t size) {
    return area_ != nullptr ? dsa_allocate(area_, size) : reinterpret_cast<ChunkLink>(MemoryContextAlloc(context_, size));
}

void Slices::free(ChunkLink link) {
    if (area_ != nullptr)
        dsa_free(area_, link);
    else
        pfree(address(link));
}

// --- chunks ----------------------------------------------------------------------------------------------------------

Chunk* Slices::new_chunk() {
    if (free_ == 0) {
        const std::size_t chunks = std::clamp<std::size_t>(held_ / kChunk, 1, kMostChunksOfBlock);
        const ChunkLink block = allocate(chunks * kChunk);
        held_ += chunks * kChunk;
        if (chunks == kMostChunksOfBlock) bring_in(static_cast<char*>(address(block)), chunks * kChunk);
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
    if (free_ == 0) keep_to_budget();
    const std::uint32_t slice = slice_of(hash);
    Pen& pen = pens_[static_cast<int>(kind)][slice];
    if (static_cast<std::size_t>(pen.end - pen.at) >= size) return &pen;  // cutting finer has made room
    return turn_over(slice, kind);
}

// Begins another chunk.
Slices::Pen* Slices::turn_over(std::uint32_t slice, RowKind kind) {
    Pen& pen = pens_[static_cast<int>(kind)][slice];
    Chunk* full = pen.close();
    if (full != nullptr && fits_blocks(kind) && packing_) {
        push(slices_[slice].unpacked, full);
        if (slices_[slice].unpacked.count >= chunks_at_once_) pack(slice);
    } else if (full != nullptr) {
        lay_aside(slices_[slice], full);
    }
    Chunk* chunk = new_chunk();
    chunk->kind = kind;
    pen.fill(chunk);
    return &pen;
}

void Slices::lay_aside(Slice& slice, Chunk* chunk) {
    if (!spilling_) return push(slice.full, chunk);
    push(slice.unwritten, chunk);
    if (slice.unwritten.count >= chunks_at_once_) write_out(slice);
}

// --- keeping to the budget -------------------------------------------------------------------------------------------

// Before another block of chunks is taken. What is in memory when the files begin stays there, and comes first when a
// slice is taken.
void Slices::keep_to_budget() {
    if (spilling_) return;
    if (keys_ == nullptr && held_ >= kept_as_rows(budget_)) {
        // Processes that share slices must agree on how many there are.
        if (count_ < kFewestPacked && shared_ == nullptr) return cut_finer();
        start_packing();
    }
    // Slices will have more chunks in use: half of those that wait to be packed, the first ones of hours and zones, and
    // those that wait to be written.
    const std::size_t open = (chunks_at_once_ / 2 + 2 + chunks_at_once_) * std::size_t{count_} * kChunk;
    spilling_ = held_ + open >= budget_;
}

// Deals all rows out anew, to more slices. None is packed yet.
void Slices::cut_finer() {
    Slice* const coarse = slices_;
    Pen* coarse_pens[kRowKinds];
    std::copy(std::begin(pens_), std::end(pens_), coarse_pens);
    const std::uint32_t coarse_count = count_;
    make_slices(kFewestPacked);
    for (std::uint32_t i = 0; i < coarse_count; ++i) {
        while (Chunk* chunk = pop(coarse[i].full)) move_rows(chunk);
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

void Slices::start_packing() {
    auto* keys = hold<std::vector<StoreKeys>>(context_);
    call_core([&] { (*keys)->assign(count_, StoreKeys(key_kind_, kFirstSlots)); });
    keys_ = keys;
    packer_ = static_cast<RowPacker*>(MemoryContextAlloc(context_, sizeof(RowPacker)));
    packing_ = true;
    // What came before is packed first, so that a slice's polls stay in their order.
    for (std::uint32_t i = 0; i < count_; ++i) {
        Slice& slice = slices_[i];
        Chunks full = std::exchange(slice.full, {});
        while (Chunk* chunk = pop(full)) push(fits_blocks(chunk->kind) ? slice.unpacked : slice.full, chunk);
        pack(i);
    }
}

// Packs a slice's chunks that wait for it. Those that packing makes no smaller are laid aside as they are.
void Slices::pack(std::uint32_t slice) {
    Pen& blocks = pens_[static_cast<int>(RowKind::blocks)][slice];
    (**keys_)[slice].fetch();
    while (Chunk* chunk = pop(slices_[slice].unpacked)) {
        if (!take_to_pack(slice, chunk)) {
            lay_aside(slices_[slice], chunk);
            continue;
        }
        release(chunk);
        while (packer_->left() > 0) {
            const std::size_t size = packer_->write(blocks.at, static_cast<std::size_t>(blocks.end - blocks.at));
            blocks.at += size;
            if (size == 0) turn_over(slice, RowKind::blocks);
        }
    }
}

bool Slices::take_to_pack(std::uint32_t slice, Chunk* chunk) {
    StoreKeys& keys = (**keys_)[slice];
    const std::size_t known = keys.memory();
    bool taken = false;
    call_core([&] { taken = packer_->take(chunk->kind, {chunk->rows(), chunk->used}, keys); });
    held_ += keys.memory() - known;
    keys_memory_ += keys.memory() - known;
    // Where stores are so many that their ids alone fill the budget, no more are learned.
    if (keys_memory_ > budget_ / 4 * 3) packing_ = false;
    return taken;
}

// --- going to files --------------------------------------------------------------------------------------------------

// The name of a file that one process wrote for the others.
static const char* file_name(std::uint32_t process, std::uint32_t slice) { return psprintf("%u.%u", process, slice); }

// Appends the chunks that wait for it to the slice's file, in one piece.
void Slices::write_out(Slice& slice) {
    if (slice.unwritten.count == 0) return;
    if (!slice.file.is_open()) {
        const auto number = static_cast<std::uint32_t>(&slice - slices_);
        slice.file = shared_ == nullptr ? TemporaryFile::create()
                                        : TemporaryFile::create_in(shared_->files.fs, file_name(process_, number));
    }
    char* const pieces = batch();
    char* end = pieces;
    while (Chunk* chunk = pop(slice.unwritten)) {
        std::memset(chunk->rows() + chunk->used, 0, kRoom - chunk->used);
        std::memcpy(end, chunk, kChunk);
        end += kChunk;
        release(chunk);
    }
    slice.file.append(pieces, static_cast<std::size_t>(end - pieces));
}

char* Slices::batch() {
    if (batch_ == nullptr) batch_ = static_cast<char*>(MemoryContextAlloc(context_, kChunk * kMostAtOnce));
    return batch_;
}

void Slices::publish() {
    for (std::uint32_t i = 0; i < count_; ++i) {
        Slice& slice = slices_[i];
        const bool to_file = slice.file.is_open();
        if (to_file) write_out(slice);
        each_open(i, [&](Chunk* chunk) {
            push(to_file ? slice.unwritten : slice.full, chunk);
            if (slice.unwritten.count == kMostAtOnce) write_out(slice);
        });
        write_out(slice);
        shared_->part(process_, i) = hand_over(i);
        if (to_file) slice.file.close();
    }
}

// What this process has laid aside of a slice. Its keys, as rows now, are forgotten here.
SharedSlices::Part Slices::hand_over(std::uint32_t slice) {
    SharedSlices::Part part = {slices_[slice].full.first, slices_[slice].file.is_open(), 0, 0};
    if (keys_ == nullptr || (**keys_)[slice].size() == 0) return part;
    StoreKeys& keys = (**keys_)[slice];
    part.keys_size = key_rows_size(keys);
    part.keys = allocate(part.keys_size);
    write_key_rows(static_cast<char*>(address(part.keys)), keys);
    call_core([&] { keys = StoreKeys(key_kind_, kFirstSlots); });
    return part;
}

// --- taking ----------------------------------------------------------------------------------------------------------

TemporaryFile Slices::open_to_read(std::uint32_t process, std::uint32_t slice) {
    if (shared_ != nullptr) return TemporaryFile::open_in(shared_->files.fs, file_name(process, slice));
    TemporaryFile file = slices_[slice].file;
    file.rewind();
    return file;
}

// How many slices for about so many polls: as many as keep a slice within the processor's cache, and within the budget.
// Rows are added fastest to few slices, so where there are many polls a slice may outgrow the nearest cache, but not all
// of them. Each slice has chunks open, so where the budget is very small, more slices would take more memory than a slice
// that is worked on.
std::uint32_t slice_count(double polls, std::size_t budget) {
    constexpr double kCachedPolls = 32768, kMostPolls = 524288;
    constexpr double kBytesPerRow = 16, kBytesPerPoll = 32;  // the latter while a slice is worked on, with its stores' hours
    constexpr double kOpenBytes = 3 * 8192;                  // of polls, hours and zones
    constexpr std::uint32_t kMost = 1024;
    const double for_caches = polls * kBytesPerRow > kept_as_rows(budget) ? kFewestPacked : polls / kCachedPolls;
    const double least_memory = std::sqrt(polls * kBytesPerPoll / kOpenBytes);
    const double for_memory =
        polls * kBytesPerPoll > budget ? std::min(polls * kBytesPerPoll / budget * 4, least_memory) : 1;
    const double wanted = std::max({for_caches, polls / kMostPolls, for_memory});
    std::uint32_t count = 1;
    while (count < wanted && count < kMost) count *= 2;
    return count;
}

}  // namespace store_uptime::pg
