// How rows of many stores are kept between being read and being worked on: as bytes, each row its store's id followed
// by what it says, so that they can lie in any memory or file and be cut anywhere between rows.
//
// Every row is a multiple of eight bytes long and holds no pointer. An id is a word, or a length and bytes padded to
// eight. The bytes live no longer than the report that wrote them: native byte order, no version.
#pragma once

#include <cstddef>

#include "core/packed_hours.hpp"
#include "core/packed_poll.hpp"
#include "core/store_keys.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// What a row says of its store, and as which type.
enum class RowKind : std::uint8_t {
    blocks,    // no rows but blocks of rows (core/row_block.hpp); their stores are numbered by the keys that came last
    poll,      // PackedPoll
    hours,     // PackedHours
    weekly,    // WeeklyRow: those that are not packed
    special,   // SpecialRow
    zone,      // ZoneNumber
    excluded,  // Interval
    keys,      // ids alone: those of the stores 0, 1, 2 … in blocks
};
inline constexpr int kRowKinds = 7;  // without keys, which are no rows that were read

// Which of a report's zones; kNoZone for a row that has a store but no zone.
enum class ZoneNumber : std::uint64_t {};
inline constexpr ZoneNumber kNoZone{UINT64_MAX};

constexpr std::size_t payload_size(RowKind kind) noexcept {
    switch (kind) {
        case RowKind::blocks:
        case RowKind::keys:
            return 0;
        case RowKind::poll:
            return sizeof(PackedPoll);
        case RowKind::hours:
            return sizeof(PackedHours);
        case RowKind::weekly:
            return sizeof(WeeklyRow);
        case RowKind::special:
            return sizeof(SpecialRow);
        case RowKind::zone:
            return sizeof(ZoneNumber);
        case RowKind::excluded:
            return sizeof(Interval);
    }
    return 0;
}

// A store's id as it stands in a row.
struct StoreKey {
    KeyKind kind;
    std::uint64_t word;      // KeyKind::word
    std::string_view bytes;  // KeyKind::bytes

    std::uint64_t hash() const noexcept { return kind == KeyKind::word ? hash_word(word) : hash_bytes(bytes); }
    std::size_t size() const noexcept {
        return kind == KeyKind::word ? sizeof word : (sizeof(std::uint64_t) + bytes.size() + 7) & ~std::size_t{7};
    }
};

// Writes the id with which a row begins to `at`, which has room for key.size().
inline void write_key(char* at, StoreKey key) noexcept {
    if (key.kind == KeyKind::word) {
        std::memcpy(at, &key.word, sizeof key.word);
    } else {
        const std::uint64_t length = key.bytes.size();
        std::memcpy(at, &length, sizeof length);
        if (length > 0) std::memcpy(at + sizeof length, key.bytes.data(), length);  // of nothing the address may be null
    }
}

// Writes id and payload to `at`, which has room for key.size() + sizeof payload.
template <class T>
void write_row(char* at, StoreKey key, const T& payload) noexcept {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % 8 == 0);
    write_key(at, key);
    std::memcpy(at + key.size(), &payload, sizeof payload);
}

// The id that the row at `at` begins with.
inline StoreKey read_key(const char* at, KeyKind kind) noexcept {
    StoreKey key{kind, 0, {}};
    std::memcpy(&key.word, at, sizeof key.word);
    if (kind == KeyKind::bytes) key.bytes = {at + sizeof key.word, key.word};
    return key;
}

// Reads the row at `at`, moving `at` past it.
template <class T>
StoreKey read_row(const char*& at, KeyKind kind, T& payload) noexcept {
    const StoreKey key = read_key(at, kind);
    at += key.size();
    std::memcpy(&payload, at, sizeof payload);
    at += sizeof payload;
    return key;
}

// The id that has this number in `keys`.
inline StoreKey key_of(const StoreKeys& keys, StoreNumber n) noexcept {
    return keys.kind() == KeyKind::word ? StoreKey{KeyKind::word, keys.word(n), {}}
                                        : StoreKey{KeyKind::bytes, 0, keys.bytes(n)};
}

// The store's number in `keys`, which are of this kind.
template <KeyKind kind>
[[gnu::always_inline]] inline StoreNumber number_of(StoreKeys& keys, const StoreKey& key) {
    if constexpr (kind == KeyKind::word)
        return keys.number(key.word);
    else
        return keys.number(key.bytes);
}

}  // namespace store_uptime
