#include "core/iso_time.hpp"

#include <cctype>
#include <charconv>
#include <limits>

#include "pg/convert.hpp"
#include "pg/csv_value.hpp"
#include "pg/try_input.hpp"

extern "C" {
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
}

namespace store_uptime::pg {
namespace {

// --- reasons ---------------------------------------------------------------------------------------------------------

// "timestamp_utc "2023-13-01" is not <what>", with a value too long to show cut short.
bool reject(CsvRow& row, const CsvColumn& column, const char* field, const char* is_not) {
    constexpr int kShown = 100;
    const int length = static_cast<int>(std::strlen(field));
    const int shown = pg_mbcliplen(field, length, kShown);
    appendStringInfo(&row.reason, "%s \"%.*s%s\" is not %s", column.name, shown, field, shown < length ? "..." : "",
                     is_not);
    return false;
}

// --- reading ---------------------------------------------------------------------------------------------------------

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

char* trim(char* s) {
    while (is_blank(*s)) ++s;
    char* end = s + std::strlen(s);
    while (end > s && is_blank(end[-1])) --end;
    *end = '\0';
    return s;
}

// What a value reads as: the bytes for COPY, which may be the field itself; null for NULL.
struct Reading {
    const char* bytes;
    int length;
    char buffer[kIsoTextSize + 4];

    void set_text(const char* text) {
        bytes = text;
        length = static_cast<int>(std::strlen(text));
    }
    // A number of `width` bytes, the highest first.
    void set_number(std::int64_t n, int width) {
        for (int i = 0; i < width; ++i) buffer[i] = static_cast<char>(n >> 8 * (width - 1 - i));
        bytes = buffer;
        length = width;
    }
};

bool is_infinite(const char* field, const CsvColumn& column) {
    const bool allowed = column.role == kStartsAt || column.role == kEndsAt || column.role == kValidFrom ||
                         column.role == kValidUntil || column.role == kRoles;
    return allowed && (pg_strcasecmp(field, "infinity") == 0 || pg_strcasecmp(field, "-infinity") == 0);
}

bool read_instant(const CsvColumn& column, char* field, CsvRow& row, Reading& reading) {
    std::optional<Instant> t;
    if (is_infinite(field, column))
        t = *field == '-' ? Instant::min() : Instant::max();
    else if (t = parse_iso_instant(field); !t || *t > kMaxInstant)
        return reject(row, column, field, "a timestamp; write it as 2023-01-22 12:09:39.388884, in UTC or with an offset");
    row.instant[column.role] = *t;
    if (!column.as_text) {
        const bool finite = *t <= kMaxInstant && *t > Instant::min();
        reading.set_number(finite ? to_timestamp(*t) : t->time_since_epoch().count(), 8);
        return true;
    }
    if (is_infinite(field, column)) {
        reading.set_text(field);
        return true;
    }
    char* end = write_iso_instant(reading.buffer, *t);
    strlcpy(end, column.type == TIMESTAMPTZOID ? "+00" : "", 4);
    reading.set_text(reading.buffer);
    return true;
}

bool read_time(const CsvColumn& column, char* field, CsvRow& row, Reading& reading) {
    const std::optional<Micros> t = parse_iso_time(field);
    if (!t) return reject(row, column, field, "a time of day; write it as 09:30:00, from 00:00 to 24:00");
    if (column.as_text)
        reading.set_text(field);
    else
        reading.set_number(t->count(), 8);
    return true;
}

bool read_date(const CsvColumn& column, char* field, CsvRow& row, Reading& reading) {
    std::optional<Date> d;
    if (is_infinite(field, column))
        d = *field == '-' ? Date::min() : Date::max();
    else if (d = parse_iso_date(field); !d)
        return reject(row, column, field, "a date; write it as 2023-01-22");
    if (column.as_text)
        reading.set_text(field);
    else if (d == Date::min() || d == Date::max())
        reading.set_number(d == Date::min() ? DATEVAL_NOBEGIN : DATEVAL_NOEND, 4);
    else
        reading.set_number(d->time_since_epoch().count() - (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE), 4);
    return true;
}

bool read_integer(const CsvColumn& column, char* field, CsvRow& row, Reading& reading) {
    std::int64_t least = std::numeric_limits<std::int64_t>::min(), most = std::numeric_limits<std::int64_t>::max();
    const char* is_not = "an integer";
    if (column.kind == ValueKind::weekday) {
        least = 0;
        most = 6;
        is_not = "a weekday from 0 = Monday to 6 = Sunday";
    } else if (column.type == INT4OID) {
        least = PG_INT32_MIN;
        most = PG_INT32_MAX;
        is_not = "a four-byte integer";
    } else if (column.type == INT2OID) {
        least = PG_INT16_MIN;
        most = PG_INT16_MAX;
        is_not = "a two-byte integer";
    }
    const char* digits = field + (field[0] == '+' && field[1] != '-' ? 1 : 0);
    const char* end = digits + std::strlen(digits);
    std::int64_t n = 0;
    const auto [stop, error] = std::from_chars(digits, end, n);
    if (error != std::errc{} || stop != end || n < least || n > most) return reject(row, column, field, is_not);
    if (column.as_text)
        reading.set_text(digits);
    else
        reading.set_number(n, column.type == INT8OID ? 8 : column.type == INT4OID ? 4 : 2);
    return true;
}

int hex_value(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

// As uuid_in: 32 hex digits, a hyphen allowed after each four of them, braces around it all.
bool read_uuid(const CsvColumn& column, char* field, CsvRow& row, Reading& reading) {
    const char* s = field + (*field == '{' ? 1 : 0);
    int digits = 0;
    for (; digits < 32 && std::isxdigit(static_cast<unsigned char>(*s)); ++s) {
        char& byte = reading.buffer[digits / 2];
        byte = static_cast<char>(digits % 2 == 0 ? hex_value(*s) << 4 : byte | hex_value(*s));
        ++digits;
        if (digits % 4 == 0 && digits < 32 && s[1] == '-') ++s;
    }
    if (digits != 32 || std::strcmp(s, *field == '{' ? "}" : "") != 0) return reject(row, column, field, "a uuid");
    reading.bytes = reading.buffer;
    reading.length = 16;
    if (column.as_text) reading.set_text(field);
    return true;
}

void set_boolean(const CsvColumn& column, bool value, Reading& reading) {
    if (column.as_text)
        reading.set_text(value ? "t" : "f");
    else
        reading.set_number(value ? 1 : 0, 1);
}

bool read_boolean(const CsvColumn& column, char* field, CsvRow& row, Reading& reading) {
    bool value = false;
    if (!parse_bool(field, &value)) return reject(row, column, field, "true or false");
    set_boolean(column, value, reading);
    return true;
}

bool read_words(const CsvColumn& column, char* field, CsvRow& row, Reading& reading) {
    reading.set_text(field);
    if (column.most_characters < 0 || reading.length <= column.most_characters ||
        pg_mbstrlen_with_len(field, reading.length) <= column.most_characters)
        return true;
    return reject(row, column, field, psprintf("at most %d characters long", column.most_characters));
}

// The word of the list that `field` is, in its own spelling; null if none. One spelled exactly so comes first.
const char* find_word(const char** words, const char* field) {
    const char* loosely = nullptr;
    for (; *words != nullptr; ++words) {
        if (std::strcmp(*words, field) == 0) return *words;
        if (loosely == nullptr && pg_strcasecmp(*words, field) == 0) loosely = *words;
    }
    return loosely;
}

const char* join(const char** words) {
    StringInfoData text;
    initStringInfo(&text);
    for (; *words != nullptr; ++words) appendStringInfo(&text, "%s%s", text.len == 0 ? "" : ", ", *words);
    return text.data;
}

// A status is one of the words that reports of the target understand; `unknown` is NULL, unless it has a word.
bool read_status(const CsvColumn& column, const StatusWords& words, char* field, CsvRow& row, Reading& reading) {
    const bool boolean = column.type == BOOLOID;
    const char* active = find_word(words.active, field);
    const char* inactive = active == nullptr ? find_word(words.inactive, field) : nullptr;
    const char* unknown = active == nullptr && inactive == nullptr ? find_word(words.unknown, field) : nullptr;
    if (boolean && (active != nullptr || inactive != nullptr))
        set_boolean(column, active != nullptr, reading);
    else if (active != nullptr || inactive != nullptr)
        reading.set_text(active != nullptr ? active : inactive);
    else if (unknown != nullptr && !boolean)
        reading.set_text(unknown);
    else if (unknown != nullptr || pg_strcasecmp(field, "unknown") == 0)
        reading.bytes = nullptr;
    else if (boolean)
        return read_boolean(column, field, row, reading);
    else
        return reject(row, column, field, psprintf("%s, %s or unknown", join(words.active), join(words.inactive)));
    return true;
}

// --- the type's own opinion ------------------------------------------------------------------------------------------

// Asks the input function whether it takes the text; what it says against it is the reason.
bool input_accepts(CsvColumn& column, const char* text, CsvRow& row) {
    Datum value{};
    const char* reason = try_input(&column.input, text, column.input_parameter, column.input_modifier, &value);
    if (reason != nullptr) appendStringInfo(&row.reason, "%s: %s", column.name, reason);
    return reason == nullptr;
}

// --- putting it together ---------------------------------------------------------------------------------------------

bool read_some(const CsvColumn& column, const StatusWords& words, char* field, CsvRow& row, Reading& reading) {
    switch (column.kind) {
        case ValueKind::instant:
            return read_instant(column, field, row, reading);
        case ValueKind::time:
            return read_time(column, field, row, reading);
        case ValueKind::date:
            return read_date(column, field, row, reading);
        case ValueKind::weekday:
        case ValueKind::integer:
            return read_integer(column, field, row, reading);
        case ValueKind::status:
            return read_status(column, words, field, row, reading);
        case ValueKind::uuid:
            return read_uuid(column, field, row, reading);
        case ValueKind::boolean:
            return read_boolean(column, field, row, reading);
        case ValueKind::words:
            return read_words(column, field, row, reading);
        case ValueKind::other:
            break;
    }
    reading.set_text(field);
    return true;
}

// A field of COPY's binary format: its length, or -1 for NULL, and its bytes.
void append_field(StringInfo to, const Reading& reading) {
    const int length = reading.bytes != nullptr ? reading.length : -1;
    pq_sendint32(to, static_cast<uint32>(length));
    if (length > 0) appendBinaryStringInfo(to, reading.bytes, length);
}

extern "C" Datum receive_as_text(PG_FUNCTION_ARGS) {
    auto* column = static_cast<CsvColumn*>(fcinfo->flinfo->fn_extra);
    auto* bytes = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    char* text = bytes != nullptr ? bytes->data : nullptr;
    const Datum value = InputFunctionCall(&column->input, text, column->input_parameter, column->input_modifier);
    if (bytes == nullptr) PG_RETURN_NULL();
    bytes->cursor = bytes->len;
    return value;
}

ValueKind kind_of(Role role, Oid type) {
    if (role == kStatusValue) return ValueKind::status;
    switch (type) {
        case TIMESTAMPTZOID:
        case TIMESTAMPOID:
            return ValueKind::instant;
        case TIMEOID:
            return ValueKind::time;
        case DATEOID:
            return ValueKind::date;
        case INT2OID:
        case INT4OID:
        case INT8OID:
            return role == kWeekday ? ValueKind::weekday : ValueKind::integer;
        case UUIDOID:
            return ValueKind::uuid;
        case BOOLOID:
            return ValueKind::boolean;
        case TEXTOID:
        case VARCHAROID:
        case BPCHAROID:
            return ValueKind::words;
        default:
            return ValueKind::other;
    }
}

}  // namespace

bool read_value(CsvColumn& column, const StatusWords& words, char* field, CsvRow& row) {
    Reading reading;
    reading.bytes = nullptr;
    if (field != nullptr && column.kind != ValueKind::words && column.kind != ValueKind::other) field = trim(field);
    // Nothing in quotes is an empty text where the column holds texts, and nothing at all anywhere else.
    const bool empty = field == nullptr || (*field == '\0' && (column.kind != ValueKind::words || column.role == kStoreId));
    if (!empty && !read_some(column, words, field, row, reading)) return false;

    row.null[column.role] = reading.bytes == nullptr;
    if (reading.bytes == nullptr && !column.nullable) {
        appendStringInfo(&row.reason, "%s is missing", column.name);
        return false;
    }
    if (column.ask_input && !input_accepts(column, reading.bytes, row)) return false;
    append_field(&row.bytes, reading);
    return true;
}

void describe_value(CsvColumn& column, Form_pg_attribute attribute) {
    column.number = attribute->attnum;
    column.name = pstrdup(NameStr(attribute->attname));
    column.input_modifier = attribute->atttypmod;
    std::int32_t modifier = attribute->atttypmod;
    column.type = getBaseTypeAndTypmod(attribute->atttypid, &modifier);
    column.kind = kind_of(column.role, column.type);
    const bool counted = column.type == VARCHAROID || column.type == BPCHAROID;
    column.most_characters = counted && modifier >= VARHDRSZ ? modifier - VARHDRSZ : -1;

    const bool domain = column.type != attribute->atttypid;
    const bool unlimited_text = (column.type == TEXTOID || column.type == VARCHAROID) && column.most_characters < 0;
    const bool status_of_other_type =
        column.kind == ValueKind::status && column.type != BOOLOID && !unlimited_text;
    column.ask_input = domain || status_of_other_type || column.kind == ValueKind::other;
    column.as_text = column.ask_input || column.kind == ValueKind::words ||
                     (column.kind == ValueKind::status && column.type != BOOLOID);
    Oid input = InvalidOid;
    getTypeInputInfo(attribute->atttypid, &input, &column.input_parameter);
    fmgr_info(input, &column.input);
}

FmgrInfo receive_text(CsvColumn& column) {
    FmgrInfo receive{};
    receive.fn_addr = receive_as_text;
    receive.fn_nargs = 3;
    receive.fn_strict = column.input.fn_strict;
    receive.fn_mcxt = CurrentMemoryContext;
    receive.fn_extra = &column;
    return receive;
}

}  // namespace store_uptime::pg
