#include "pg/store_ids.hpp"

#include <charconv>

#include "pg/try_input.hpp"

extern "C" {
#include "catalog/pg_operator.h"
#include "utils/syscache.h"
}

namespace store_uptime::pg {
namespace {

// Does the integer type's input function take `text`?
bool names_integer(const char* text, Oid type) {
    while (isspace(static_cast<unsigned char>(*text))) ++text;
    const char* end = text + std::strlen(text);
    while (end > text && isspace(static_cast<unsigned char>(end[-1]))) --end;
    if (text < end && *text == '+') ++text;
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(text, end, value);
    if (error != std::errc{} || stop != end) return false;
    if (type == INT2OID) return value >= PG_INT16_MIN && value <= PG_INT16_MAX;
    if (type == INT4OID) return value >= PG_INT32_MIN && value <= PG_INT32_MAX;
    return true;
}

// 32 hexadecimal digits, hyphens allowed after every fourth, braces around: what uuid's input function takes.
bool names_uuid(const char* text) {
    const bool braces = *text == '{';
    if (braces) ++text;
    for (int digit = 0; digit < 32; ++digit) {
        if (digit > 0 && digit % 4 == 0 && *text == '-') ++text;
        if (!isxdigit(static_cast<unsigned char>(*text))) return false;
        ++text;
    }
    if (braces && *text++ != '}') return false;
    return *text == '\0';
}

bool can_be_id(const char* text, Oid type) {
    switch (type) {
        case INT2OID:
        case INT4OID:
        case INT8OID:
            return names_integer(text, type);
        case UUIDOID:
            return names_uuid(text);
        default:
            return true;
    }
}

}  // namespace

StoreIds* StoreIds::create(MemoryContext context, const Source& source) {
    auto* ids = static_cast<StoreIds*>(MemoryContextAllocZero(context, sizeof(StoreIds)));
    ids->type_ = source.store_type;
    if (is_integer(ids->type_))
        ids->kind_ = Kind::integer;
    else if (ids->type_ == UUIDOID)
        ids->kind_ = Kind::uuid;
    else if (ids->type_ == TEXTOID &&
             (!OidIsValid(source.store_collation) || get_collation_isdeterministic(source.store_collation)))
        ids->kind_ = Kind::text;
    else {
        ids->kind_ = Kind::other;
        ids->others_ = Dictionary::create(context, ids->type_, source.store_collation);
    }
    return ids;
}

char* StoreIds::name(const StoreKey& key) const {
    switch (kind_) {
        case Kind::integer: {
            auto* digits = static_cast<char*>(palloc(MAXINT8LEN + 1));
            pg_lltoa(static_cast<std::int64_t>(key.word), digits);
            return digits;
        }
        case Kind::uuid:
            return DatumGetCString(DirectFunctionCall1(uuid_out, PointerGetDatum(key.bytes.data())));
        case Kind::text:
            return pnstrdup(key.bytes.data(), key.bytes.size());
        case Kind::other:
            break;
    }
    Oid output = InvalidOid;
    bool varlena = false;
    getTypeOutputInfo(type_, &output, &varlena);
    return OidOutputFunctionCall(output, others_->value(static_cast<std::uint32_t>(key.word)));
}

const char* StoreIds::equality() const {
    const TypeCacheEntry* cache = lookup_type_cache(type_, TYPECACHE_EQ_OPR);
    HeapTuple tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(cache->eq_opr));
    if (!HeapTupleIsValid(tuple)) elog(ERROR, "store_uptime: type %s has no equality any more", format_type_be(type_));
    const Form_pg_operator op = reinterpret_cast<Form_pg_operator>(GETSTRUCT(tuple));
    const char* name = psprintf("OPERATOR(%s.%s)", quote_identifier(get_namespace_name(op->oprnamespace)), NameStr(op->oprname));
    ReleaseSysCache(tuple);
    return name;
}

ArrayType* StoreIds::parse(ArrayType* names) const {
    if (!OidIsValid(get_array_type(type_)))
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("stores cannot be named: there are no arrays of their type %s", format_type_be(type_)),
                        errhint("Leave stores out and filter the rows, or use another type of store id.")));
    Datum* texts = nullptr;
    bool* nulls = nullptr;
    int count = 0;
    deconstruct_array(names, TEXTOID, -1, false, TYPALIGN_INT, &texts, &nulls, &count);

    Oid input = InvalidOid, parameter = InvalidOid;
    getTypeInputInfo(type_, &input, &parameter);
    FmgrInfo reads;
    fmgr_info(input, &reads);
    auto* ids = static_cast<Datum*>(palloc(sizeof(Datum) * (count + 1)));
    int kept = 0;
    for (int i = 0; i < count; ++i) {
        if (nulls[i]) continue;
        char* name = TextDatumGetCString(texts[i]);
        if (kind_ == Kind::other)
            kept += try_input(&reads, name, parameter, -1, &ids[kept]) == nullptr ? 1 : 0;
        else if (can_be_id(name, type_))
            ids[kept++] = InputFunctionCall(&reads, name, parameter, -1);
    }
    std::int16_t length = 0;
    bool by_value = false;
    char alignment = 0;
    get_typlenbyvalalign(type_, &length, &by_value, &alignment);
    return construct_array(ids, kept, type_, length, by_value, alignment);
}

}  // namespace store_uptime::pg
