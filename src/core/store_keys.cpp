#include "core/store_keys.hpp"

namespace store_uptime {
namespace {

constexpr std::size_t kFirstSlots = 1024;  // a power of two

}  // namespace

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
    if (slots_.empty()) slots_.resize(kFirstSlots);
    mask_ = slots_.size() - 1;
    for (Slot& s : slots_) s.number = kFree;
    size_ = 0;
    words_.clear();
    pool_.clear();
    begin_.assign(1, 0);
}

void StoreKeys::add_bytes(std::string_view bytes) {
    pool_.insert(pool_.end(), bytes.begin(), bytes.end());
    begin_.push_back(pool_.size());
}

void StoreKeys::grow() {
    std::vector<Slot> old(slots_.size() * 2, Slot{0, kFree});
    old.swap(slots_);
    mask_ = slots_.size() - 1;
    for (const Slot& s : old) {
        if (s.number == kFree) continue;
        // A tag is a word or already a hash.
        std::size_t i = (kind_ == KeyKind::word ? hash_word(s.tag) : s.tag) & mask_;
        while (slots_[i].number != kFree) i = (i + 1) & mask_;
        slots_[i] = s;
    }
}

}  // namespace store_uptime
