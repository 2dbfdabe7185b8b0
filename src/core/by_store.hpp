// Items of many stores, first as they come, then grouped by store.
//
// Polls, hours, special days and exclusions all arrive in no particular order, tagged with a dense store number. They
// are brought together by one stable counting sort: two sequential passes, which beats a hash map of small vectors by
// far, because memory is touched in order.
#pragma once

#include <algorithm>
#include <span>
#include <type_traits>
#include <vector>

#include "core/store_keys.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

template <class T>
class ByStore {
    static_assert(std::is_trivially_copyable_v<T>);

 public:
    // Adds up to `most` items: calls f(add), which may call add(store, item) so many times. Where the next one goes stays in
    // registers meanwhile, as members of this class would not.
    template <class F>
    void add(std::size_t most, F&& f) {
        if (size_ + most > items_.size()) {
            const std::size_t room = std::max(size_ + most, 2 * items_.size());
            stores_.resize(room);
            items_.resize(room);
        }
        StoreNumber* store_at = stores_.data() + size_;
        T* item_at = items_.data() + size_;
        f([&](StoreNumber store, const T& item) {
            *store_at++ = store;
            *item_at++ = item;
        });
        size_ = static_cast<std::size_t>(item_at - items_.data());
    }

    // Ends adding: from now on of() answers for store numbers below `stores`, which must exceed all that were added.
    void group(std::size_t stores) {
        group(stores, [](auto) {});
    }
    // The same for more items, which come before those that were added: each_packed(f) calls f(store, item) for each of
    // them, and is called twice.
    template <class Each>
    void group(std::size_t stores, Each each_packed) {
        begin_.assign(stores + 1, 0);
        const StoreNumber* const store_of = stores_.data();
        const T* const items = items_.data();
        std::size_t* const begin = begin_.data();
        const auto each = [=, count = size_](auto f) {
            each_packed(f);
            for (std::size_t i = 0; i < count; ++i) f(store_of[i], items[i]);
        };
        each([=](StoreNumber store, const T&) { ++begin[store + 1]; });
        for (std::size_t s = 0; s < stores; ++s) begin[s + 1] += begin[s];
        next_.assign(begin_.begin(), begin_.end() - 1);
        if (grouped_.size() < begin_.back()) grouped_.resize(std::max(begin_.back(), items_.size()));
        std::size_t* const next = next_.data();
        T* const grouped = grouped_.data();
        each([=](StoreNumber store, const T& item) {
            T* const at = grouped + next[store]++;
            *at = item;
            // The processor cannot foresee where each of many stores goes on.
            __builtin_prefetch(at + kCacheLine / sizeof(T), 1);
        });
    }

    // The store's items in the order they were added; writable, so that they can be put in order in place.
    std::span<T> of(StoreNumber store) noexcept {
        return {grouped_.data() + begin_[store], begin_[store + 1] - begin_[store]};
    }

    // Forgets all items but keeps the memory for the next ones.
    void clear() noexcept { size_ = 0; }

 private:
    // Longer than what they hold, so that memory that is used again need not be cleared.
    std::vector<StoreNumber> stores_;
    std::vector<T> items_;
    std::vector<T> grouped_;
    std::size_t size_ = 0;
    std::vector<std::size_t> begin_;  // where each store's items begin, and where the last one's end
    std::vector<std::size_t> next_;
};

}  // namespace store_uptime
