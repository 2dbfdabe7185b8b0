// A memory context as a std::pmr::memory_resource: what the engine keeps is then seen by PostgreSQL's accounting,
// freed with the context, and not bound by palloc's 1 GB.
#pragma once

#include <memory_resource>

#include "pg/postgres.hpp"

namespace store_uptime::pg {

class ContextMemory final : public std::pmr::memory_resource {
 public:
    explicit ContextMemory(MemoryContext context) noexcept : context_(context) {}

 private:
    void* do_allocate(std::size_t bytes, std::size_t alignment) override {
        // Asked not to raise errors, so that calling it from core code is safe; palloc aligns to MAXIMUM_ALIGNOF.
        void* block = alignment <= MAXIMUM_ALIGNOF && AllocHugeSizeIsValid(bytes)
                          ? MemoryContextAllocExtended(context_, bytes, MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM)
                          : nullptr;
        if (block == nullptr) throw std::bad_alloc();
        return block;
    }
    void do_deallocate(void* block, std::size_t, std::size_t) override { pfree(block); }
    bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }

    MemoryContext context_;
};

}  // namespace store_uptime::pg
