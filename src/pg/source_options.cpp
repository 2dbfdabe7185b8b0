#include "pg/source_options.hpp"

extern "C" {
#include "utils/jsonb.h"
}

namespace store_uptime::pg {
namespace {


// One `key: value` of a JSON object.
struct Option {
    const char* source;
    char* key;
    JsonbValue value;
};

char* to_cstring(const JsonbValue& v) { return pnstrdup(v.val.string.val, v.val.string.len); }

[[noreturn]] void bad_value(const Option& option, const char* allowed) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("source \"%s\": option \"%s\" has a value that is not allowed", option.source, option.key),
                    errhint("%s", allowed)));
    pg_unreachable();
}

char* text_value(const Option& option, const char* allowed) {
    if (option.value.type != jbvString) bad_value(option, allowed);
    return to_cstring(option.value);
}

bool bool_value(const Option& option) {
    if (option.value.type != jbvBool) bad_value(option, "It must be true or false.");
    return option.value.val.boolean;
}

Words words_value(const Option& option) {
    constexpr const char* kAllowed = "It must be an array of texts, as in [\"active\", \"open\"].";
    if (option.value.type != jbvBinary || !JsonContainerIsArray(option.value.val.binary.data)) bad_value(option, kAllowed);
    const int size = JsonContainerSize(option.value.val.binary.data);
    Words words = {0, static_cast<const char**>(palloc0(sizeof(char*) * (size + 1)))};
    for (int i = 0; i < size; ++i) {
        const JsonbValue* element = getIthJsonbValueFromContainer(option.value.val.binary.data, i);
        if (element->type != jbvString) bad_value(option, kAllowed);
        words.texts[words.count++] = to_cstring(*element);
    }
    return words;
}

Words one_word(const char* text) {
    Words words = {1, static_cast<const char**>(palloc(sizeof(char*)))};
    words.texts[0] = text;
    return words;
}

// The role whose standard name is `key`, or kRoles.
int role_named(const char* key) {
    for (int role = 0; role < kRoles; ++role)
        if (std::strcmp(key, column_name(static_cast<Role>(role))) == 0) return role;
    return kRoles;
}

int part_named(const char* key) {
    for (int part = 0; part < kParts; ++part)
        if (std::strcmp(key, part_name(static_cast<Part>(part))) == 0) return part;
    return kParts;
}

// Calls f(option) for each key of a JSON object.
template <class F>
void each_option(const char* source, JsonbContainer* object, F f) {
    JsonbIterator* it = JsonbIteratorInit(object);
    JsonbValue v;
    Option option = {source, nullptr, {}};
    for (JsonbIteratorToken token; (token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE;) {
        if (token == WJB_KEY)
            option.key = to_cstring(v);
        else if (token == WJB_VALUE) {
            option.value = v;
            f(option);
        }
    }
}

constexpr const char* kColumnHint = "It must be the name of a column, as a text.";

// The columns of one relation: {"hours": {"day_of_week": "dow", ...}}.
void read_part_columns(const Option& part_option, int part, ColumnNames& names) {
    if (part_option.value.type != jbvBinary || !JsonContainerIsObject(part_option.value.val.binary.data))
        bad_value(part_option, "It must be an object of column names, as in {\"store_id\": \"shop\"}.");
    each_option(part_option.source, part_option.value.val.binary.data, [&](const Option& option) {
        const int role = role_named(option.key);
        if (role == kRoles)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("source \"%s\": option \"%s\" names an unknown column \"%s\"", option.source,
                                   part_option.key, option.key),
                            errhint("Use the names of the standard tables: store_id, status, timestamp_utc, "
                                    "day_of_week, start_time_local, end_time_local, valid_from, valid_until, "
                                    "timezone_str, date, starts_at, ends_at, reason.")));
        names.of[part][role] = {text_value(option, kColumnHint), true};
    });
}

void read_option(Source& source, const Option& option, ColumnNames& names) {
    const char* key = option.key;
    const bool is_text = option.value.type == jbvString;
    if (std::strcmp(key, "default_timezone") == 0)
        source.default_timezone = text_value(option, "It must be the name of a time zone.");
    else if (std::strcmp(key, "round_day_end") == 0)
        source.round_day_end = bool_value(option);
    else if (std::strcmp(key, "missing_weekday") == 0) {
        constexpr const char* kAllowed = "It must be \"open\" or \"closed\".";
        const char* value = text_value(option, kAllowed);
        source.missing_weekday_open = std::strcmp(value, "open") == 0;
        if (!source.missing_weekday_open && std::strcmp(value, "closed") != 0) bad_value(option, kAllowed);
    } else if (std::strcmp(key, "active_values") == 0)
        source.active = words_value(option);
    else if (std::strcmp(key, "inactive_values") == 0)
        source.inactive = words_value(option);
    else if (std::strcmp(key, "unknown_values") == 0)
        source.unknown = words_value(option);
    else if (const int part = part_named(key); part != kParts && !is_text)
        read_part_columns(option, part, names);
    else if (const int role = role_named(key); role != kRoles) {
        const char* column = text_value(option, kColumnHint);
        // Several relations have store ids and times of day: there the name counts where a relation has it.
        const bool shared = role == kStoreId || role == kOpens || role == kCloses;
        for (int p = 0; p < kParts; ++p)
            if (names.of[p][role].name == nullptr) names.of[p][role] = {column, !shared || p == kStatus};
    } else
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("source \"%s\": unknown option \"%s\"", source.name, key),
                        errhint("Options are default_timezone, round_day_end, missing_weekday, active_values, "
                                "inactive_values, unknown_values, the names of relations (status, hours, timezones, "
                                "special_hours, maintenance) and the names of the standard tables' columns.")));
}

// A word in two lists could mean either status.
void refuse_word_of_two_lists(const Source& source) {
    const struct {
        const char* name;
        const Words& words;
    } lists[] = {{"active_values", source.active}, {"inactive_values", source.inactive}, {"unknown_values", source.unknown}};
    const auto compare = [&source](const auto& one, const auto& other) {
        for (int i = 0; i < one.words.count; ++i) {
            CHECK_FOR_INTERRUPTS();
            for (int j = 0; j < other.words.count; ++j)
                if (std::strcmp(one.words.texts[i], other.words.texts[j]) == 0)
                    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                                    errmsg("source \"%s\": \"%s\" is in both %s and %s", source.name, one.words.texts[i],
                                           one.name, other.name),
                                    errhint("A word means one status. Unless set, active_values is [\"active\"], "
                                            "inactive_values [\"inactive\"].")));
        }
    };
    compare(lists[0], lists[1]);
    compare(lists[0], lists[2]);
    compare(lists[1], lists[2]);
}

}  // namespace

const ColumnNames* read_options(Source& source, Datum options) {
    auto* names = static_cast<ColumnNames*>(palloc0(sizeof(ColumnNames)));
    source.default_timezone = kDefaultTimezone;
    source.round_day_end = true;
    source.active = one_word("active");
    source.inactive = one_word("inactive");
    if (options == 0) return names;
    Jsonb* json = DatumGetJsonbP(options);
    if (!JB_ROOT_IS_OBJECT(json))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("source \"%s\": options must be a JSON object", source.name),
                        errhint("As in '{\"default_timezone\": \"Europe/Berlin\"}'.")));
    each_option(source.name, &json->root, [&](const Option& option) { read_option(source, option, *names); });
    refuse_word_of_two_lists(source);
    return names;
}

}  // namespace store_uptime::pg
