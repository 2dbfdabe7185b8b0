#include "pg/jobs/login_settings.hpp"

extern "C" {
#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_db_role_setting.h"
#include "mb/pg_wchar.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"
}

namespace store_uptime::pg::jobs {
namespace {

char* server_settings = nullptr;  // as SerializeGUCState() writes them
List* taken = NIL;                // the login_settings() that the process has

// A login applies the nearest first, which the others do not override.
struct Level {
    Oid database, role;
    GucSource source;
};

std::array<Level, 4> levels_of(Oid role) {
    return {{{MyDatabaseId, role, PGC_S_DATABASE_USER},
             {InvalidOid, role, PGC_S_USER},
             {MyDatabaseId, InvalidOid, PGC_S_DATABASE},
             {InvalidOid, InvalidOid, PGC_S_GLOBAL}}};
}

List* add_settings(List* settings, Relation catalog, const Level& level) {
    ScanKeyData keys[2];
    ScanKeyInit(&keys[0], Anum_pg_db_role_setting_setdatabase, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(level.database));
    ScanKeyInit(&keys[1], Anum_pg_db_role_setting_setrole, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(level.role));
    SysScanDesc scan = systable_beginscan(catalog, DbRoleSettingDatidRolidIndexId, true, nullptr, lengthof(keys), keys);
    for (HeapTuple row; (row = systable_getnext(scan)) != nullptr;) {
        bool null = false;
        const Datum array = heap_getattr(row, Anum_pg_db_role_setting_setconfig, RelationGetDescr(catalog), &null);
        if (null) continue;
        Datum* texts = nullptr;
        int count = 0;
        deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &texts, nullptr, &count);
        for (int i = 0; i < count; ++i) settings = lappend(settings, makeString(TextDatumGetCString(texts[i])));
    }
    systable_endscan(scan);
    return settings;
}

}  // namespace

List* login_settings(Oid role) {
    List* settings = NIL;
    Relation catalog = table_open(DbRoleSettingRelationId, AccessShareLock);
    for (const Level& level : levels_of(role)) settings = add_settings(settings, catalog, level);
    table_close(catalog, AccessShareLock);
    return settings;
}

const char* login_value(const List* settings, const char* name) {
    const std::size_t length = std::strlen(name);
    ListCell* cell;
    foreach (cell, settings) {
        const char* setting = strVal(lfirst(cell));
        if (pg_strncasecmp(setting, name, length) == 0 && setting[length] == '=') return setting + length + 1;
    }
    return nullptr;
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
    for (const Level& level : levels_of(role)) ApplySetting(snapshot, level.database, level.role, settings, level.source);
    UnregisterSnapshot(snapshot);
    table_close(settings, AccessShareLock);
    MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
    taken = login_settings(role);
    MemoryContextSwitchTo(before);
    // Whom the process acts for is set for each report, whatever the role has set for itself. As a session that logged in has
    // it: without this, SET LOCAL SESSION AUTHORIZATION has nothing to go back to.
    SetConfigOption("session_authorization", worker, PGC_SUSET, PGC_S_OVERRIDE);
    SetConfigOption("role", "none", PGC_SUSET, PGC_S_OVERRIDE);
    SetConfigOption("application_name", "store_uptime", PGC_USERSET, PGC_S_SESSION);
    // A report's error is not the worker's end, and what the worker waits for is not the role's to say.
    SetConfigOption("exit_on_error", "off", PGC_USERSET, PGC_S_SESSION);
    SetConfigOption("lock_timeout", "0", PGC_USERSET, PGC_S_SESSION);
    forget_transaction_timeout_compat();
}

bool has_settings_of_role(Oid role) { return equal(login_settings(role), taken); }

}  // namespace store_uptime::pg::jobs
