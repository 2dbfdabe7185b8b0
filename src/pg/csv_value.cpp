#include "core/iso_time.hpp"

#include <cctype>
#include <charconv>
#include <limits>

#include "pg/convert.hpp"
#include "pg/csv_value.hpp"

extern "C" {
#include "mb/pg_wchar.h"
#include "utils/resowner.h"
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

// What a value reads as: the text for COPY, which may be the field itself; null for NULL.
struct Reading {
    const char* text;
    char buffer[kIsoTextSize + 4];
};

bool is_infinite(const char* field, const CsvColumn& column) {
    const bool allowed = column.role == kStartsAt || column.role == kEndsAt || column.role == kValidFrom ||
                         column.role == kValidUntil || column.role == kRoles;
    return allowed && (pg_strcasecmp(field, "infinity") == 0 || pg_strcasecmp(field, "-infinity") == 0);
}

bool read_instant(const CsvColumn& column, char* field, CsvRow& row, Reading& reading) {
    if (is_infinite(field, column)) {
        row.instant[column.role] = *field == '-' ? kMinInstant : kMaxInstant;
        reading.text = field;
        return true;
    }
    const std::optional<Instant> t = parse_iso_instant(field);
    if (!t || *t > kMaxInstant)
        return reject(row, column, field, "a timestamp; write it as 2023-01-22 12:09:39.388884, in UTC or with an offset");
    row.instant[column.role] = *t;
    char* end = write_iso_instant(reading.buffer, *t);
    if (column.type == TIMESTAMPTZOID) {
        std::memcpy(end, "+00", 3);
        end += 3;
    }
    *end = '\0';
    reading.text = reading.buffer;
    return true;
}

bool read_time(const CsvColumn& column, char* field, CsvRow& row, Reading& reading) {
    const std::optional<Micros> t = parse_iso_time(field);
    if (!t) return reject(row, column, field, "a time of day; write it as 09:30:00, from 00:00 to 24:00");
    *write_iso_time(reading.buffer, *t) = '\0';
    reading.text = reading.buffer;
    return true;
}

bool read_date(const CsvColumn& column, char* field, CsvRow& row, Reading& reading) {
    reading.text = field;
    if (is_infinite(field, column)) return true;
    const std::optional<Date> d = parse_iso_date(field);
    if (!d) return reject(row, column, field, "a date; write it as 2023-01-22");
    *write_iso_date(reading.buffer, *d) = '\0';
    reading.text = reading.buffer;
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
    reading.text = digits;
    return true;
}

// As uuid_in: 32 hex digits, a hyphen allowed after each four of them, braces around it all.
bool read_uuid(const CsvColumn& column, char* field, CsvRow& row, Reading& reading) {
    reading.text = field;
    const char* s = field + (*field == '{' ? 1 : 0);
    int digits = 0;
    for (; digits < 32 && std::isxdigit(static_cast<unsigned char>(*s)); ++s) {
        ++digits;
        if (digits % 4 == 0 && digits < 32 && s[1] == '-') ++s;
    }
    const char* end = *field == '{' ? "}" : "";
    return (digits == 32 && std::strcmp(s, end) == 0) || reject(row, column, field, "a uuid");
}

bool read_boolean(const CsvColumn& column, char* field, CsvRow& row, Reading& reading) {
    bool value = false;
    if (!parse_bool(field, &value)) return reject(row, column, field, "true or false");
    reading.text = value ? "t" : "f";
    return true;
}

bool read_words(const CsvColumn& column, char* field, CsvRow& row, Reading& reading) {
    reading.text = field;
    if (column.most_characters < 0) return true;
    const int length = static_cast<int>(std::strlen(field));
    if (length <= column.most_characters || pg_mbstrlen_with_len(field, length) <= column.most_characters) return true;
    return reject(row, column, field, psprintf("at most %d characters long", column.most_characters));
}

// The word among `words` that `field` is, in its own spelling; null if none. A word spelled exactly so comes first.
const char* find_word(const Words& words, const char* field) {
    const char* loosely = nullptr;
    for (int i = 0; i < words.count; ++i) {
        const char* word = pnstrdup(words.texts[i], words.lengths[i]);
        if (std::strcmp(word, field) == 0) return word;
        if (loosely == nullptr && pg_strcasecmp(word, field) == 0) loosely = word;
    }
    return loosely;
}

const char* list(const Words& words) {
    StringInfoData text;
    initStringInfo(&text);
    for (int i = 0; i < words.count; ++i)
        appendStringInfo(&text, "%s%.*s", i == 0 ? "" : ", ", words.lengths[i], words.texts[i]);
    return text.data;
}

// A status is one of the words that reports of the target understand; `unknown` is NULL, unless it has a word.
bool read_status(const CsvColumn& column, const StatusWords& words, char* field, CsvRow& row, Reading& reading) {
    const bool boolean = column.type == BOOLOID;
    if (const char* word = find_word(words.active, field))
        reading.text = boolean ? "t" : word;
    else if (const char* word = find_word(words.inactive, field))
        reading.text = boolean ? "f" : word;
    else if (const char* word = find_word(words.unknown, field))
        reading.text = boolean ? nullptr : word;
    else if (pg_strcasecmp(field, "unknown") == 0)
        reading.text = nullptr;
    else if (boolean)
        return read_boolean(column, field, row, reading);
    else
        return reject(row, column, field, psprintf("%s, %s or unknown", list(words.active), list(words.inactive)));
    return true;
}

// --- the type's own opinion ------------------------------------------------------------------------------------------

bool is_data_error(int sqlstate) {
    const int category = ERRCODE_TO_CATEGORY(sqlstate);
    return category == ERRCODE_DATA_EXCEPTION || category == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION;
}

// Asks the input function whether it takes the text. Whatever it raises over the data is the reason; other errors,
// such as a cancelled query, go on.
bool input_accepts(CsvColumn& column, const char* text, CsvRow& row) {
    MemoryContext const caller = CurrentMemoryContext;
    ResourceOwner const owner = CurrentResourceOwner;
    volatile bool accepts = true;
    BeginInternalSubTransaction(nullptr);
    MemoryContextSwitchTo(caller);
    PG_TRY();
    {
        InputFunctionCall(&column.input, const_cast<char*>(text), column.input_parameter, column.input_modifier);
        ReleaseCurrentSubTransaction();
    }
    PG_CATCH();
    {
        MemoryContextSwitchTo(caller);
        ErrorData* error = CopyErrorData();
        FlushErrorState();
        RollbackAndReleaseCurrentSubTransaction();
        if (!is_data_error(error->sqlerrcode)) ReThrowError(error);
        appendStringInfo(&row.reason, "%s: %s", column.name, error->message);
        accepts = false;
    }
    PG_END_TRY();
    MemoryContextSwitchTo(caller);
    CurrentResourceOwner = owner;
    return accepts;
}

// --- writing ---------------------------------------------------------------------------------------------------------

void append_escaped(StringInfo to, const char* text) {
    for (; *text != '\0'; ++text) {
        switch (*text) {
            case '\\':
                appendStringInfoString(to, "\\\\");
                break;
            case '\n':
                appendStringInfoString(to, "\\n");
                break;
            case '\r':
                appendStringInfoString(to, "\\r");
                break;
            case '\t':
                appendStringInfoString(to, "\\t");
                break;
            default:
                appendStringInfoCharMacro(to, *text);
        }
    }
}

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
    reading.text = field;
    return true;
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
    reading.text = nullptr;
    if (field != nullptr && column.kind != ValueKind::words && column.kind != ValueKind::other) field = trim(field);
    // Nothing in quotes is an empty text where the column holds texts, and nothing at all anywhere else.
    const bool empty = field == nullptr || (*field == '\0' && (column.kind != ValueKind::words || column.role == kStoreId));
    if (!empty && !read_some(column, words, field, row, reading)) return false;

    row.null[column.role] = reading.text == nullptr;
    if (reading.text == nullptr && !column.nullable) {
        appendStringInfo(&row.reason, "%s is missing", column.name);
        return false;
    }
    if (column.ask_input && !input_accepts(column, reading.text, row)) return false;
    if (reading.text == nullptr) {
        appendStringInfoString(&row.text, "\\N");
        return true;
    }
    append_escaped(&row.text, reading.text);
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

    const bool words_or_boolean = column.type == TEXTOID || column.type == VARCHAROID || column.type == BOOLOID;
    column.ask_input = column.kind == ValueKind::other || column.type != attribute->atttypid ||
                       (column.kind == ValueKind::status && (!words_or_boolean || column.most_characters >= 0));
    Oid input = InvalidOid;
    getTypeInputInfo(attribute->atttypid, &input, &column.input_parameter);
    fmgr_info(input, &column.input);
}

}  // namespace store_uptime::pg
