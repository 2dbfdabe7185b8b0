// Numbers stores densely, 0, 1, 2 …, in order of first appearance, by the bytes of their ids.
//
// An id is a word of 64 bits (integers) or a string of bytes (uuid, text). An open-addressing table that keeps the word,
// or a hash of the bytes, beside the number: one memory access tells most look-ups.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "core/no_postgres.hpp"

namespace store_uptime {

using StoreNumber = std::uint32_t;

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
    explicit StoreKeys(KeyKind kind) : kind_(kind) { clear(); }

    // Forgets all keys but keeps its memory.
    void clear();

    // Inlined, as search() is, into the loop that numbers the store of every poll.
    [[gnu::always_inline]] StoreNumber number(std::uint64_t word) {
        return search(hash_word(word), word, [](StoreNumber) { return true; }, [this, word] { words_.push_back(word); });
    }
    StoreNumber number(std::string_view bytes) {
        const std::uint64_t hash = hash_bytes(bytes);
        return search(hash, hash, [&](StoreNumber n) { return this->bytes(n) == bytes; }, [&] { add_bytes(bytes); });
    }

    StoreNumber size() const noexcept { return size_; }
    KeyKind kind() const noexcept { return kind_; }
    // The id that has this number, for the kind of key this table has.
    std::uint64_t word(StoreNumber n) const noexcept { return words_[n]; }
    std::string_view bytes(StoreNumber n) const noexcept {
        return {pool_.data() + begin_[n], begin_[n + 1] - begin_[n]};
    }

 private:
    static constexpr StoreNumber kFree = UINT32_MAX;
    struct Slot {
        std::uint64_t tag;  // the word itself, or the hash of the bytes
        StoreNumber number;
    };

    template <class Same, class Add>
    [[gnu::always_inline]] StoreNumber search(std::uint64_t hash, std::uint64_t tag, Same same, Add add) {
        std::size_t i = hash & mask_;
        for (; slots_[i].number != kFree; i = (i + 1) & mask_)
            if (slots_[i].tag == tag && same(slots_[i].number)) return slots_[i].number;
        add();
        slots_[i] = {tag, size_};
        const StoreNumber added = size_++;
        if (size_ * std::size_t{2} > mask_) grow();
        return added;
    }
    void add_bytes(std::string_view bytes);
    void grow();

    KeyKind kind_;
    std::vector<Slot> slots_;
    std::size_t mask_ = 0;
    StoreNumber size_ = 0;
    std::vector<std::uint64_t> words_;  // KeyKind::word
    std::vector<char> pool_;            // KeyKind::bytes: all ids in a row,
    std::vector<std::size_t> begin_;    // and where each begins, with the end of the last
};

}  // namespace store_uptime
