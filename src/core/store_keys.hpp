// Numbers stores densely, 0, 1, 2 …, in order of first appearance, by the bytes of their ids.
//
// An id is a word of 64 bits (integers) or a string of bytes (uuid, text). An open-addressing table keeps the number of
// each and nothing else, in 16 bits while that is enough, so that much of it fits the processor's caches.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "core/no_postgres.hpp"

namespace store_uptime {

using StoreNumber = std::uint32_t;

// So many bytes come into a processor's cache together.
inline constexpr std::size_t kCacheLine = 64;

enum class KeyKind : std::uint8_t { word, bytes };

// A hash of good quality in all bits; the same for equal keys everywhere, so that rows of one store meet.
constexpr std::uint64_t hash_word(std::uint64_t word) noexcept {
    word ^= word >> 32;
    word *= UINT64_C(0xd6e8feb86659fd93);  // multiply and xor-shift, twice: mixes every bit into every other
    word ^= word >> 32;
    word *= UINT64_C(0xd6e8feb86659fd93);
    word ^= word >> 32;
    return word;
}

std::uint64_t hash_bytes(std::string_view bytes) noexcept;

class StoreKeys {
 public:
    // Room for a quarter of `slots` stores, a power of two of at most 16 bits, at first.
    explicit StoreKeys(KeyKind kind, std::size_t slots = 1024) : kind_(kind), narrow_(slots) { clear(); }

    // Forgets all keys but keeps its memory.
    void clear();

    // Inlined, as find() is, into the loop that numbers the store of every poll.
    [[gnu::always_inline]] StoreNumber number(std::uint64_t word) {
        return find(hash_word(word), [=, this](StoreNumber n) { return words_[n] == word; },
                    [=, this] { words_.push_back(word); });
    }
    StoreNumber number(std::string_view bytes) {
        const std::uint64_t hash = hash_bytes(bytes);
        return find(hash, [&](StoreNumber n) { return hashes_[n] == short_hash(hash) && this->bytes(n) == bytes; },
                    [&] { add_bytes(bytes, hash); });
    }

    // Brings the whole table into the processor's caches: in the order of memory that is faster than where stores lead.
    // Inlined, because GCC drops calls of functions that do nothing else.
    [[gnu::always_inline]] void fetch() const noexcept {
        const auto each_line = [](const auto& items) {
            constexpr std::size_t kPerLine = kCacheLine / sizeof items[0];
            for (std::size_t i = 0; i < items.size(); i += kPerLine) __builtin_prefetch(&items[i]);
        };
        each_line(narrow_);
        each_line(wide_);
        each_line(words_);
        each_line(hashes_);
        each_line(begin_);
        each_line(pool_);
    }

    StoreNumber size() const noexcept { return size_; }
    KeyKind kind() const noexcept { return kind_; }
    // Bytes allocated.
    std::size_t memory() const noexcept {
        return narrow_.capacity() * sizeof(std::uint16_t) + (wide_.capacity() + hashes_.capacity()) * sizeof(std::uint32_t) +
               (words_.capacity() + begin_.capacity()) * sizeof(std::uint64_t) + pool_.capacity();
    }
    // The id that has this number, for the kind of key this table has.
    std::uint64_t word(StoreNumber n) const noexcept { return words_[n]; }
    std::string_view bytes(StoreNumber n) const noexcept {
        return {pool_.data() + begin_[n], begin_[n + 1] - begin_[n]};
    }

 private:
    // What a slot of a table holds that has no number; and how many slots there are at least for each store: the emptier
    // the table, the faster, but what is twice as wide is not worth being twice as long.
    template <class Slot>
    static constexpr Slot kFree = std::numeric_limits<Slot>::max();
    template <class Slot>
    static constexpr std::size_t kSlotsPerStore = sizeof(Slot) == sizeof(std::uint16_t) ? 4 : 2;
    static constexpr std::size_t kMostNarrow = 1 << 16;  // slots, so that there are fewer stores than numbers

    static constexpr std::uint32_t short_hash(std::uint64_t hash) noexcept { return static_cast<std::uint32_t>(hash); }

    template <class Same, class Add>
    [[gnu::always_inline]] StoreNumber find(std::uint64_t hash, Same same, Add add) {
        return wide_.empty() ? find_in(narrow_, hash, same, add) : find_in(wide_, hash, same, add);
    }
    template <class Slot, class Same, class Add>
    [[gnu::always_inline]] StoreNumber find_in(std::vector<Slot>& slots, std::uint64_t hash, Same same, Add add) {
        std::size_t i = hash & mask_;
        for (; slots[i] != kFree<Slot>; i = (i + 1) & mask_)
            if (same(slots[i])) return slots[i];
        add();
        slots[i] = static_cast<Slot>(size_);
        const StoreNumber added = size_++;
        if (size_ * kSlotsPerStore<Slot> > mask_) grow();
        return added;
    }
    void add_bytes(std::string_view bytes, std::uint64_t hash);
    void grow();
    template <class Slot>
    void fill(std::vector<Slot>& slots);

    KeyKind kind_;
    std::vector<std::uint16_t> narrow_;  // the table; empty once it is
    std::vector<std::uint32_t> wide_;    // this one
    std::size_t mask_ = 0;               // its slots less one
    StoreNumber size_ = 0;
    std::vector<std::uint64_t> words_;   // KeyKind::word
    std::vector<std::uint32_t> hashes_;  // KeyKind::bytes: their lower halves,
    std::vector<char> pool_;             // all ids in a row,
    std::vector<std::uint64_t> begin_;   // and where each begins, with the end of the last
};

}  // namespace store_uptime
