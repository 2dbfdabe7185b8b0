#include "core/store_keys.hpp"

#include <algorithm>

namespace store_uptime {

std::uint64_t hash_bytes(std::string_view bytes) noexcept {
    // Eight bytes at a time through hash_word; the length goes in, so that padding cannot make two ids alike.
    std::uint64_t hash = bytes.size();
    while (!bytes.empty()) {
        std::uint64_t word = 0;
        const std::size_t n = bytes.size() < sizeof word ? bytes.size() : sizeof word;
        std::memcpy(&word, bytes.data(), n);
        hash = hash_word(hash ^ word) + UINT64_C(0x9e3779b97f4a7c15);
        bytes.remove_prefix(n);
    }
    return hash_word(hash);
}

void StoreKeys::clear() {
    mask_ = std::max(narrow_.size(), wide_.size()) - 1;
    std::fill(narrow_.begin(), narrow_.end(), kFree<std::uint16_t>);
    std::fill(wide_.begin(), wide_.end(), kFree<std::uint32_t>);
    size_ = 0;
    words_.clear();
    hashes_.clear();
    pool_.clear();
    begin_.assign(1, 0);
}

void StoreKeys::add_bytes(std::string_view bytes, std::uint64_t hash) {
    hashes_.push_back(short_hash(hash));
    pool_.insert(pool_.end(), bytes.begin(), bytes.end());
    begin_.push_back(pool_.size());
}

void StoreKeys::grow() {
    mask_ = mask_ * 2 + 1;
    if (mask_ < kMostNarrow) return fill(narrow_);
    narrow_ = {};
    fill(wide_);
}

// Makes a table of mask_ + 1 slots.
template <class Slot>
void StoreKeys::fill(std::vector<Slot>& slots) {
    slots.assign(mask_ + 1, kFree<Slot>);
    for (StoreNumber n = 0; n < size_; ++n) {
        // Half a hash is enough: there are fewer than 2^32 stores, and with more than 2^31 the table only gets slower.
        std::size_t i = (kind_ == KeyKind::word ? hash_word(words_[n]) : hashes_[n]) & mask_;
        while (slots[i] != kFree<Slot>) i = (i + 1) & mask_;
        slots[i] = static_cast<Slot>(n);
    }
}

}  // namespace store_uptime
