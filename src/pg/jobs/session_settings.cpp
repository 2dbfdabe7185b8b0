#include "pg/jobs/session_settings.hpp"

#include "pg/settings.hpp"

extern "C" {
#include "access/table.h"
#include "catalog/pg_db_role_setting.h"
#include "mb/pg_wchar.h"
#include "utils/fmgrprotos.h"
#include "utils/guc_tables.h"
#include "utils/snapmgr.h"
}

namespace store_uptime::pg::jobs {
namespace {

char* server_settings = nullptr;  // as SerializeGUCState() writes them

const char* withheld_names = nullptr;  // for the message; null while nothing is withheld
bool withheld_was_read = false;

[[noreturn]] void refuse_withheld() {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                    errmsg("the report reads a setting of the session that asked for it, which does not come along"),
                    errdetail("It is one of: %s.", withheld_names),
                    errhint("A superuser can have it carried along by naming it in store_uptime.carry_settings. "
                            "CALL store_uptime.run_report() computes a report in the session itself.")));
    pg_unreachable();
}

// What current_setting() calls for a withheld setting.
const char* show_withheld() {
    withheld_was_read = true;
    refuse_withheld();
}

Datum text_array(Datum* texts, int count) {
    return PointerGetDatum(construct_array(texts, count, TEXTOID, -1, false, TYPALIGN_INT));
}

std::span<Datum> texts_of(Datum array) {
    Datum* texts = nullptr;
    int count = 0;
    deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &texts, nullptr, &count);
    return {texts, static_cast<std::size_t>(count)};
}

bool is_carried(const List* names, const char* name) {
    ListCell* cell;
    foreach (cell, names)
        if (pg_strcasecmp(static_cast<const char*>(lfirst(cell)), name) == 0) return true;
    return false;
}

// Was it given its value in the session itself, or by its client?
bool is_sessions_own(const config_generic* setting) { return setting->source > PGC_S_DATABASE_USER; }

// Custom settings are what row security and views ask; those of the server change how values are shown.
bool has_custom_value(const config_generic* setting) {
    if ((setting->flags & GUC_CUSTOM_PLACEHOLDER) == 0) return false;
    const char* value = *reinterpret_cast<const config_string*>(setting)->variable;
    return value != nullptr && *value != '\0';
}

}  // namespace

SessionSettings session_settings() {
    const List* names = carried_names();
    const std::span<config_generic*> all = all_settings_compat();
    auto* pairs = static_cast<Datum*>(palloc(sizeof(Datum) * (2 * all.size() + 1)));
    auto* withheld = static_cast<Datum*>(palloc(sizeof(Datum) * (all.size() + 1)));
    int carried_count = 0, withheld_count = 0;
    for (const config_generic* setting : all) {
        if (!is_sessions_own(setting)) continue;
        if (is_carried(names, setting->name)) {
            pairs[carried_count++] = CStringGetTextDatum(setting->name);
            pairs[carried_count++] = CStringGetTextDatum(GetConfigOption(setting->name, false, true));
        } else if (has_custom_value(setting)) {
            withheld[withheld_count++] = CStringGetTextDatum(setting->name);
        }
    }
    return {DirectFunctionCall1(jsonb_object, text_array(pairs, carried_count)), text_array(withheld, withheld_count)};
}

void remember_server_settings() {
    const Size size = EstimateGUCStateSpace();
    server_settings = static_cast<char*>(MemoryContextAlloc(TopMemoryContext, size));
    SerializeGUCState(size, server_settings);
}

void take_settings_of_role(Oid role) {
    const char* worker = pstrdup(GetUserNameFromId(GetSessionUserId(), false));
    RestoreGUCState(server_settings);
    SetConfigOption("client_encoding", GetDatabaseEncodingName(), PGC_BACKEND, PGC_S_DYNAMIC_DEFAULT);
    Relation settings = table_open(DbRoleSettingRelationId, AccessShareLock);
    Snapshot snapshot = RegisterSnapshot(GetCatalogSnapshot(DbRoleSettingRelationId));
    // As a login does: the nearest first, which the others do not override.
    ApplySetting(snapshot, MyDatabaseId, role, settings, PGC_S_DATABASE_USER);
    ApplySetting(snapshot, InvalidOid, role, settings, PGC_S_USER);
    ApplySetting(snapshot, MyDatabaseId, InvalidOid, settings, PGC_S_DATABASE);
    ApplySetting(snapshot, InvalidOid, InvalidOid, settings, PGC_S_GLOBAL);
    UnregisterSnapshot(snapshot);
    table_close(settings, AccessShareLock);
    // Whom the process acts for is set for each report, whatever the role has set for itself. As a session that logged in has
    // it: without this, SET LOCAL SESSION AUTHORIZATION has nothing to go back to.
    SetConfigOption("session_authorization", worker, PGC_SUSET, PGC_S_OVERRIDE);
    SetConfigOption("role", "none", PGC_SUSET, PGC_S_OVERRIDE);
    SetConfigOption("application_name", "store_uptime", PGC_USERSET, PGC_S_SESSION);
}

void apply_carried(Datum carried, Oid role) {
    Oid types[] = {JSONBOID};
    if (SPI_execute_with_args("SELECT s.key, s.value FROM pg_catalog.jsonb_each_text($1) AS s", 1, types, &carried, nullptr, true, 0) !=
        SPI_OK_SELECT)
        elog(ERROR, "store_uptime: cannot read the settings of a report");
    SPITupleTable* rows = SPI_tuptable;
    const std::uint64_t count = SPI_processed;
    const GucContext context = superuser_arg(role) ? PGC_SUSET : PGC_USERSET;
    for (std::uint64_t i = 0; i < count; ++i)
        set_config_option(SPI_getvalue(rows->vals[i], rows->tupdesc, 1), SPI_getvalue(rows->vals[i], rows->tupdesc, 2), context,
                          PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

bool withhold(Datum withheld) {
    const std::span<Datum> names = texts_of(withheld);
    if (names.empty()) return false;
    StringInfoData list;
    initStringInfo(&list);
    auto** values = static_cast<char**>(MemoryContextAllocZero(TopMemoryContext, sizeof(char*) * names.size()));
    for (std::size_t i = 0; i < names.size(); ++i) {
        const char* name = TextDatumGetCString(names[i]);
        appendStringInfo(&list, "%s%s", i > 0 ? ", " : "", name);
        DefineCustomStringVariable(name, "A setting of the session that asked for the report.", nullptr, &values[i], "",
                                   PGC_USERSET, GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE, nullptr, nullptr, show_withheld);
    }
    withheld_names = MemoryContextStrdup(TopMemoryContext, list.data);
    return true;
}

void check_nothing_withheld_was_read() {
    if (withheld_was_read) refuse_withheld();
}

}  // namespace store_uptime::pg::jobs
