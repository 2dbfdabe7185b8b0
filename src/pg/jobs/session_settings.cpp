#include "pg/jobs/session_settings.hpp"

#include "pg/jobs/login_settings.hpp"
#include "pg/jobs/withheld_settings.hpp"
#include "pg/settings.hpp"

extern "C" {
#include "commands/extension.h"
#include "utils/fmgrprotos.h"
#include "utils/formatting.h"
#include "utils/guc_tables.h"
}

namespace store_uptime::pg::jobs {
namespace {

// By these the same query on the same rows gives other values: what names, times, numbers and bytes mean as text.
constexpr const char* kAlwaysCarried[] = {
    "array_nulls", "bytea_output", "DateStyle", "default_text_search_config", "extra_float_digits", "IntervalStyle",
    "lc_monetary", "lc_numeric", "lc_time", "quote_all_identifiers", "row_security", "search_path",
    "standard_conforming_strings", "TimeZone", "timezone_abbreviations", "transform_null_equals", "xmlbinary", "xmloption",
};

// More would keep a worker busy with nothing else.
constexpr int kMostSettings = 1000;
constexpr std::size_t kMostBytes = 1'000'000;

List* customs = NIL;  // names of custom settings that the process had before its first report
bool withheld_some = false;

Datum text_array(Datum* texts, int count) {
    return PointerGetDatum(construct_array(texts, count, TEXTOID, -1, false, TYPALIGN_INT));
}

std::span<Datum> texts_of(Datum array) {
    Datum* texts = nullptr;
    int count = 0;
    deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &texts, nullptr, &count);
    return {texts, static_cast<std::size_t>(count)};
}

bool is_named(const List* names, const char* name) {
    ListCell* cell;
    foreach (cell, names)
        if (pg_strcasecmp(static_cast<const char*>(lfirst(cell)), name) == 0) return true;
    return std::any_of(std::begin(kAlwaysCarried), std::end(kAlwaysCarried),
                       [&](const char* always) { return pg_strcasecmp(always, name) == 0; });
}

const char* current_value(const config_generic* setting) {
    const char* value = GetConfigOption(setting->name, false, false);
    return value != nullptr ? value : "";
}

// What the server's own configuration says; null where the session cannot tell, since its login said something else.
const char* server_value(const config_generic* setting) {
    if (setting->reset_source > PGC_S_ARGV || (setting->flags & GUC_SUPERUSER_ONLY) != 0) return nullptr;
    const char* value = GetConfigOptionResetString(setting->name);
    return value != nullptr ? value : "";
}

// Settings differ in who knows them.
enum class Kind {
    of_server,     // they change how it works
    of_extension,  // theirs are what an extension reads; nobody's until its library is loaded
    custom,        // nobody has defined them: they are what row security and views ask
};

// Has the extension a library, which may define settings?
bool has_library(Oid extension) {
    Oid types[] = {OIDOID};
    Datum values[] = {ObjectIdGetDatum(extension)};
    constexpr const char* kFunctions =
        "SELECT FROM pg_catalog.pg_depend AS d"
        " JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) d.objid"
        " WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass::pg_catalog.oid"
        " AND d.refobjid OPERATOR(pg_catalog.=) $1"
        " AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid"
        " AND p.probin IS NOT NULL";
    return SPI_execute_with_args(kFunctions, 1, types, values, nullptr, true, 1) == SPI_OK_SELECT && SPI_processed > 0;
}

bool is_of_extension(const char* name) {
    const char* dot = std::strchr(name, '.');
    if (dot == nullptr) return false;
    const Oid extension = get_extension_oid(asc_tolower(name, dot - name), true);
    return OidIsValid(extension) && has_library(extension);
}

bool is_placeholder(const config_generic* setting) { return (setting->flags & GUC_CUSTOM_PLACEHOLDER) != 0; }

Kind kind_of(const config_generic* setting) {
    if (std::strchr(setting->name, '.') == nullptr) return Kind::of_server;
    return is_placeholder(setting) && !is_of_extension(setting->name) ? Kind::custom : Kind::of_extension;
}

// Does a setting of that kind come along that nobody has named?
bool comes_along(Kind kind, const config_generic* setting) {
    return kind == Kind::of_extension && (setting->context == PGC_USERSET || is_placeholder(setting));
}

enum class Way { stays, carried, withheld };

// What becomes of a setting, by its value in the session and what the role has after a login.
Way way_of(const config_generic* setting, const List* names, const List* login) {
    const Kind kind = kind_of(setting);
    const bool carried = is_named(names, setting->name) || comes_along(kind, setting);
    if (!carried && kind != Kind::custom) return Way::stays;
    const char* at_login = login_value(login, setting->name);
    if (at_login == nullptr) at_login = server_value(setting);
    const char* now = current_value(setting);
    const bool empty = *now == '\0';
    // What was set for one transaction leaves a custom setting empty, which is not the same as not set.
    if (kind == Kind::custom && empty && (at_login == nullptr || *at_login == '\0')) return Way::carried;
    if (at_login != nullptr && std::strcmp(at_login, now) == 0) return Way::stays;
    if (empty && setting->source <= PGC_S_DATABASE_USER) return Way::stays;
    return carried ? Way::carried : Way::withheld;
}

[[noreturn]] void too_many_settings() {
    ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                    errmsg("the session has more than %d settings, or a million bytes in them, which a report in the background "
                           "would have to know of", kMostSettings),
                    errhint("A new session has none. CALL store_uptime.run_report() computes a report in the session itself.")));
    pg_unreachable();
}

}  // namespace

SessionSettings session_settings(Oid role) {
    const List* names = carried_names();
    const List* login = login_settings(role);
    const std::span<config_generic*> all = all_settings_compat();
    auto* pairs = static_cast<Datum*>(palloc(sizeof(Datum) * (2 * all.size() + 1)));
    auto* withheld = static_cast<Datum*>(palloc(sizeof(Datum) * (all.size() + 1)));
    int carried_count = 0, withheld_count = 0;
    std::size_t bytes = 0;
    for (const config_generic* setting : all) {
        const Way way = way_of(setting, names, login);
        if (way == Way::stays) continue;
        if (way == Way::carried) {
            pairs[carried_count++] = CStringGetTextDatum(setting->name);
            pairs[carried_count++] = CStringGetTextDatum(current_value(setting));
            bytes += std::strlen(current_value(setting));
        } else {
            withheld[withheld_count++] = CStringGetTextDatum(setting->name);
        }
        if (carried_count / 2 + withheld_count > kMostSettings || bytes > kMostBytes) too_many_settings();
    }
    return {DirectFunctionCall1(jsonb_object, text_array(pairs, carried_count)), text_array(withheld, withheld_count)};
}

void remember_custom_settings() {
    MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
    for (const config_generic* setting : all_settings_compat())
        if (is_placeholder(setting)) customs = lappend(customs, makeString(pstrdup(setting->name)));
    MemoryContextSwitchTo(before);
}

void apply_carried(Datum carried, Oid role) {
    Oid types[] = {JSONBOID};
    if (SPI_execute_with_args("SELECT s.key, s.value FROM pg_catalog.jsonb_each_text($1) AS s", 1, types, &carried, nullptr, true, 0) !=
        SPI_OK_SELECT)
        elog(ERROR, "store_uptime: cannot read the settings of a report");
    SPITupleTable* rows = SPI_tuptable;
    const std::uint64_t count = SPI_processed;
    const GucContext context = superuser_arg(role) ? PGC_SUSET : PGC_USERSET;
    for (std::uint64_t i = 0; i < count; ++i) {
        const char* name = SPI_getvalue(rows->vals[i], rows->tupdesc, 1);
        // What an extension does not know it would have removed from the session, too, when it was loaded there.
        const int level = is_of_extension(name) ? DEBUG1 : ERROR;
        set_config_option(name, SPI_getvalue(rows->vals[i], rows->tupdesc, 2), context, PGC_S_SESSION, GUC_ACTION_SAVE, true,
                          level, false);
    }
}

void withhold_settings(const SessionSettings& settings) {
    const std::span<Datum> texts = texts_of(settings.withheld);
    if (texts.empty()) return;
    auto** names = static_cast<const char**>(palloc(sizeof(char*) * texts.size()));
    std::transform(texts.begin(), texts.end(), names, [](Datum name) { return TextDatumGetCString(name); });
    withhold({names, texts.size()});
    withheld_some = true;
}

bool has_traces() {
    if (withheld_some) return true;
    const std::span<config_generic*> all = all_settings_compat();
    return std::any_of(all.begin(), all.end(), [](const config_generic* setting) {
        return is_placeholder(setting) && !list_member(customs, makeString(const_cast<char*>(setting->name)));
    });
}

}  // namespace store_uptime::pg::jobs
