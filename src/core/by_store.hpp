// Items of many stores, first as they come, then grouped by store.
//
// Polls, hours, special days and exclusions all arrive in no particular order, tagged with a dense store number. They
// are appended to chunks (nothing is ever moved to make room) and then brought together by one stable counting sort:
// two sequential passes, which beats a hash map of small vectors by far, because memory is touched in order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <type_traits>
#include <vector>

#include "core/no_postgres.hpp"

namespace store_uptime {

using StoreNumber = std::uint32_t;

template <class T>
class ByStore {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
    // All memory comes from `memory`, which must live longer.
    explicit ByStore(std::pmr::memory_resource* memory) : memory_(memory) {}
    ByStore(const ByStore&) = delete;
    ByStore& operator=(const ByStore&) = delete;
    ~ByStore() {
        drop_chunks();
        drop_grouped();
    }

    // Adding is split in two so that the common case cannot throw: call make_room() whenever full().
    bool full() const noexcept { return used_ == kChunk; }
    void make_room() {
        chunks_.reserve(chunks_.size() + 1);
        chunks_.push_back(static_cast<Chunk*>(memory_->allocate(sizeof(Chunk), alignof(Chunk))));
        used_ = 0;
    }
    void add(StoreNumber store, const T& item) noexcept {
        Chunk& chunk = *chunks_.back();
        chunk.items[used_] = item;
        chunk.stores[used_] = store;
        ++used_;
    }

    std::size_t size() const noexcept {
        return grouped_ ? begin_.back() : chunks_.empty() ? 0 : (chunks_.size() - 1) * kChunk + used_;
    }

    // Ends adding: from now on of() answers for store numbers below `stores`, which must exceed all that were added.
    void group(std::size_t stores) {
        begin_.assign(stores + 1, 0);
        each([this](const T&, StoreNumber s) { ++begin_[s + 1]; });
        for (std::size_t s = 0; s < stores; ++s) begin_[s + 1] += begin_[s];
        const std::size_t total = begin_[stores];
        grouped_ = static_cast<T*>(memory_->allocate(std::max<std::size_t>(total, 1) * sizeof(T), alignof(T)));
        std::vector<std::size_t> next(begin_.begin(), begin_.end() - 1);
        each([this, &next](const T& item, StoreNumber s) { grouped_[next[s]++] = item; });
        drop_chunks();
    }

    // The store's items in the order they were added; writable, so that they can be put in order in place.
    std::span<T> of(StoreNumber store) const noexcept {
        return {grouped_ + begin_[store], begin_[store + 1] - begin_[store]};
    }

 private:
    static constexpr std::size_t kChunk = 16384;
    struct Chunk {
        T items[kChunk];
        StoreNumber stores[kChunk];
    };

    template <class F>
    void each(F&& f) const {
        for (std::size_t c = 0; c < chunks_.size(); ++c) {
            const std::size_t n = c + 1 < chunks_.size() ? kChunk : used_;
            for (std::size_t i = 0; i < n; ++i) f(chunks_[c]->items[i], chunks_[c]->stores[i]);
        }
    }
    void drop_chunks() noexcept {
        for (Chunk* chunk : chunks_) memory_->deallocate(chunk, sizeof(Chunk), alignof(Chunk));
        chunks_.clear();
        used_ = kChunk;
    }
    void drop_grouped() noexcept {
        if (grouped_)
            memory_->deallocate(grouped_, std::max<std::size_t>(begin_.back(), 1) * sizeof(T), alignof(T));
        grouped_ = nullptr;
    }

    std::pmr::memory_resource* memory_;
    std::vector<Chunk*> chunks_;
    std::size_t used_ = kChunk;  // of the last chunk
    T* grouped_ = nullptr;
    std::vector<std::size_t> begin_;  // where each store's items begin, and where the last one's end
};

}  // namespace store_uptime
