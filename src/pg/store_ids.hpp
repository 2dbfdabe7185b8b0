// Store ids of any hashable type as the keys of core/row_format.hpp, and back to text.
//
// Integers are words, uuid and text (under a deterministic collation) are bytes. Other types are numbered by their own
// hash and equality functions (Dictionary), and the number is the word.
#pragma once

#include "core/row_format.hpp"
#include "pg/convert.hpp"
#include "pg/dictionary.hpp"
#include "pg/source.hpp"

extern "C" {
#include "utils/uuid.h"
}

namespace store_uptime::pg {

class StoreIds {
 public:
    // For the store ids of a source. 42883: their type has no hash equality.
    static StoreIds* create(MemoryContext context, const Source& source);

    KeyKind key_kind() const noexcept { return kind_ == Kind::uuid || kind_ == Kind::text ? KeyKind::bytes : KeyKind::word; }

    // Whether a key means the same in every process.
    bool can_share() const noexcept { return kind_ != Kind::other; }

    // The key of an id that column `column` holds. Valid until the next row; text may be detoasted into the current
    // memory context.
    StoreKey key(const Column& column, Datum id) {
        switch (kind_) {
            case Kind::integer:
                return {KeyKind::word, static_cast<std::uint64_t>(read_integer(column, id)), {}};
            case Kind::uuid:
                return {KeyKind::bytes, 0, {DatumGetPointer(id), UUID_LEN}};
            case Kind::text:
                return {KeyKind::bytes, 0, text_view(id)};
            case Kind::other:
                break;
        }
        return {KeyKind::word, others_->number(id), {}};
    }

    // The id as text, as rows and errors show it, in the current memory context.
    char* name(const StoreKey& key) const;

    // The text[] `names` as an array of the source's store type, for a query. Names that no value of the type can have
    // are left out, for nothing knows them; NULL elements too. 0A000: the type has no arrays.
    ArrayType* parse(ArrayType* names) const;

    // The operator that compares ids in a query, whatever the search path: OPERATOR(pg_catalog.=).
    const char* equality() const;

 private:
    enum class Kind : std::uint8_t { integer, uuid, text, other };

    Kind kind_;
    Oid type_;
    Dictionary* others_;  // for Kind::other
};

static_assert(std::is_trivially_destructible_v<StoreIds>);

}  // namespace store_uptime::pg
