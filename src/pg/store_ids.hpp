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
        StoreKey key;
        with_reader(column, [&](auto read) { key = read(id); });
        return key;
    }
    // Calls f(read), where read(Datum) is the same for many ids of one column: which type they have is asked once.
    template <class F>
    void with_reader(const Column& column, F f) {
        const auto word = [](std::int64_t id) { return StoreKey{KeyKind::word, static_cast<std::uint64_t>(id), {}}; };
        const auto bytes = [](std::string_view id) { return StoreKey{KeyKind::bytes, 0, id}; };
        switch (kind_) {
            case Kind::integer:
                if (column.base == INT8OID) return f([word](Datum id) { return word(DatumGetInt64(id)); });
                return f([word, &column](Datum id) { return word(read_integer(column, id)); });
            case Kind::uuid:
                return f([bytes](Datum id) { return bytes({DatumGetPointer(id), UUID_LEN}); });
            case Kind::text:
                return f([bytes](Datum id) { return bytes(text_view(id)); });
            case Kind::other:
                return f([word, this](Datum id) { return word(others_->number(id)); });
        }
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
