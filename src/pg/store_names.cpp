#include "pg/store_names.hpp"

#include <charconv>

namespace store_uptime::pg {
namespace {

// Does the integer type's input function take `text`? (Soft errors of input functions came with 16.)
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

bool can_name_store(const char* text, Oid type) {
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

ArrayType* store_ids(const Source& source, ArrayType* names) {
    Datum* texts = nullptr;
    bool* nulls = nullptr;
    int count = 0;
    deconstruct_array(names, TEXTOID, -1, false, TYPALIGN_INT, &texts, &nulls, &count);

    Oid input = InvalidOid, parameter = InvalidOid;
    getTypeInputInfo(source.store_type, &input, &parameter);
    auto* ids = static_cast<Datum*>(palloc(sizeof(Datum) * (count + 1)));
    int kept = 0;
    for (int i = 0; i < count; ++i) {
        if (nulls[i]) continue;
        char* name = TextDatumGetCString(texts[i]);
        if (can_name_store(name, source.store_type)) ids[kept++] = OidInputFunctionCall(input, name, parameter, -1);
    }
    std::int16_t length = 0;
    bool by_value = false;
    char alignment = 0;
    get_typlenbyvalalign(source.store_type, &length, &by_value, &alignment);
    return construct_array(ids, kept, source.store_type, length, by_value, alignment);
}

char* store_text(Oid type, Datum store) {
    Oid output = InvalidOid;
    bool varlena = false;
    getTypeOutputInfo(type, &output, &varlena);
    return OidOutputFunctionCall(output, store);
}

}  // namespace store_uptime::pg
