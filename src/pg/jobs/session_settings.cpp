#include "pg/jobs/session_settings.hpp"

#include "pg/jobs/login_settings.hpp"
#include "pg/jobs/withheld_settings.hpp"
#include "pg/settings.hpp"

extern "C" {
#include "commands/extension.h"
#include "utils/fmgrprotos.h"
#include "utils/guc_tables.h"
}

namespace store_uptime::pg::jobs {
namespace {

// By these the same query on the same rows gives other values: what names, times, numbers and bytes mean as text.
constexpr const char* kAlwaysCarried[] = {
    "array_nulls", "bytea_output", "DateStyle", "default_text_search_config", "extra_float_digits", "IntervalStyle",
    "lc_monetary", "lc_numeric", "lc_time", "row_security", "search_path", "standard_conforming_strings",
    "store_uptime.timezone_provider", "TimeZone", "timezone_abbreviations", "transform_null_equals", "xmlbinary", "xmloption",
};

bool traces = false;

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

// Has the session another value than the role would have after a login?
bool is_sessions_own(const config_generic* setting, const List* login) {
    const char* at_login = login_value(login, setting->name);
    if (at_login == nullptr) at_login = server_value(setting);
    const char* now = current_value(setting);
    if (at_login != nullptr && std::strcmp(at_login, now) == 0) return false;
    // What was set for one transaction leaves the setting empty in the session, as if it were not set.
    return *now != '\0' || setting->source > PGC_S_DATABASE_USER;
}

// Nobody has defined it: such settings are what row security and views ask. Those of the server change how it works; those of
// an extension are one's own only until its library is loaded.
bool is_custom(const config_generic* setting) {
    if ((setting->flags & GUC_CUSTOM_PLACEHOLDER) == 0) return false;
    const char* dot = std::strchr(setting->name, '.');
    return dot == nullptr || !OidIsValid(get_extension_oid(pnstrdup(setting->name, dot - setting->name), true));
}

}  // namespace

SessionSettings session_settings(Oid role) {
    const List* names = carried_names();
    const List* login = login_settings(role);
    const std::span<config_generic*> all = all_settings_compat();
    auto* pairs = static_cast<Datum*>(palloc(sizeof(Datum) * (2 * all.size() + 1)));
    auto* withheld = static_cast<Datum*>(palloc(sizeof(Datum) * (all.size() + 1)));
    int carried_count = 0, withheld_count = 0;
    for (const config_generic* setting : all) {
        const bool carried = is_named(names, setting->name);
        if ((!carried && !is_custom(setting)) || !is_sessions_own(setting, login)) continue;
        if (carried) {
            pairs[carried_count++] = CStringGetTextDatum(setting->name);
            pairs[carried_count++] = CStringGetTextDatum(current_value(setting));
        } else {
            withheld[withheld_count++] = CStringGetTextDatum(setting->name);
        }
    }
    return {DirectFunctionCall1(jsonb_object, text_array(pairs, carried_count)), text_array(withheld, withheld_count)};
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
        traces = traces || GetConfigOption(name, true, false) == nullptr;
        set_config_option(name, SPI_getvalue(rows->vals[i], rows->tupdesc, 2), context, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                          false);
    }
}

void withhold_settings(const SessionSettings& settings) {
    const std::span<Datum> texts = texts_of(settings.withheld);
    if (texts.empty()) return;
    auto** names = static_cast<const char**>(palloc(sizeof(char*) * texts.size()));
    std::transform(texts.begin(), texts.end(), names, [](Datum name) { return TextDatumGetCString(name); });
    withhold({names, texts.size()});
    traces = true;
}

bool left_traces() { return traces; }

}  // namespace store_uptime::pg::jobs
