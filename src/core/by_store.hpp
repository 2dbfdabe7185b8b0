// Items of many stores, first as they come, then grouped by store.
//
// Polls, hours, special days and exclusions all arrive in no particular order, tagged with a dense store number. They
// are brought together by one stable counting sort: two sequential passes, which beats a hash map of small vectors by
// far, because memory is touched in order.
#pragma once

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
    void add(StoreNumber store, const T& item) {
        stores_.push_back(store);
        items_.push_back(item);
    }

    // Ends adding: from now on of() answers for store numbers below `stores`, which must exceed all that were added.
    void group(std::size_t stores) {
        begin_.assign(stores + 1, 0);
        for (const StoreNumber s : stores_) ++begin_[s + 1];
        for (std::size_t s = 0; s < stores; ++s) begin_[s + 1] += begin_[s];
        next_.assign(begin_.begin(), begin_.end() - 1);
        grouped_.resize(items_.size());
        for (std::size_t i = 0; i < items_.size(); ++i) grouped_[next_[stores_[i]]++] = items_[i];
    }

    // The store's items in the order they were added; writable, so that they can be put in order in place.
    std::span<T> of(StoreNumber store) noexcept {
        return {grouped_.data() + begin_[store], begin_[store + 1] - begin_[store]};
    }

    // Forgets all items but keeps the memory for the next ones.
    void clear() noexcept {
        stores_.clear();
        items_.clear();
        grouped_.clear();
    }

 private:
    std::vector<StoreNumber> stores_;
    std::vector<T> items_;
    std::vector<T> grouped_;
    std::vector<std::size_t> begin_;  // where each store's items begin, and where the last one's end
    std::vector<std::size_t> next_;
};

}  // namespace store_uptime
