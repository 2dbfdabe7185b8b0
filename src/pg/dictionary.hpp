// Numbers the distinct values of a type densely, 0, 1, 2 …, in order of first appearance: the stores of a report, and
// the names of their zones.
//
// An open-addressing table in a memory context, with equality by bytes where the type allows that (integers, uuid, text
// under a deterministic collation) and by the type's own hash and equality functions otherwise. Plain data throughout:
// it may be alive while PostgreSQL raises an error.
#pragma once

#include "pg/postgres.hpp"

namespace store_uptime::pg {

class Dictionary {
 public:
    static constexpr std::uint32_t kMissing = UINT32_MAX;

    // An empty one for values of `type`; errors (42883) if the type has no hash equality. Collation matters for text.
    static Dictionary* create(MemoryContext context, Oid type, Oid collation);

    // The number of `value`; a new one if it was not seen before. Varlena values may be toasted or short.
    std::uint32_t number(Datum value);

    std::uint32_t size() const noexcept { return size_; }
    // The value that has this number; lives as long as the context.
    Datum value(std::uint32_t number) const noexcept { return values_[number]; }
    Oid type() const noexcept { return type_; }

 private:
    enum class Kind : std::uint8_t { word, uuid, text, other };

    // Searches from the slot that `hash` points to; same(number) tells whether a number's value is the one searched.
    template <class Same>
    std::uint32_t search(std::uint32_t hash, Datum value, Same same);
    std::uint32_t add(std::size_t slot, std::uint32_t hash, Datum value);
    void grow();

    struct Slot {
        std::uint32_t hash;
        std::uint32_t number;  // kMissing: free
    };

    MemoryContext context_;
    Oid type_;
    Oid collation_;
    Kind kind_;
    bool by_value_;
    std::int16_t length_;
    FmgrInfo hash_;   // for Kind::other
    FmgrInfo equal_;  // for Kind::other
    Slot* slots_;
    std::size_t mask_;
    Datum* values_;
    std::uint32_t* hashes_;
    std::uint32_t size_;
    std::uint32_t capacity_;
};

static_assert(std::is_trivially_destructible_v<Dictionary>);

}  // namespace store_uptime::pg
