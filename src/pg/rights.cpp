#include "pg/rights.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "utils/syscache.h"
}

namespace store_uptime::pg {
namespace {

Rights switch_to(Oid role, int flags) {
    Rights before = {};
    GetUserIdAndSecContext(&before.user, &before.context);
    before.settings = NewGUCNestLevel();
    SetUserIdAndSecContext(role, before.context | flags);
    return before;
}

Oid owner_of(const char* table) {
    const Oid schema = get_namespace_oid("store_uptime", false);
    HeapTuple row = SearchSysCache1(RELOID, ObjectIdGetDatum(get_relname_relid(table, schema)));
    if (!HeapTupleIsValid(row))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("store_uptime.%s does not exist", table),
                        errhint("Was the extension dropped? CREATE EXTENSION store_uptime makes it anew.")));
    const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(row))->relowner;
    ReleaseSysCache(row);
    return owner;
}

}  // namespace

Rights act_as_owner_of(const char* table) {
    const Rights before = switch_to(owner_of(table), SECURITY_LOCAL_USERID_CHANGE);
    set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    return before;
}

Rights act_as(Oid role) { return switch_to(role, SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION); }

void restore(const Rights& rights) {
    AtEOXact_GUC(false, rights.settings);
    SetUserIdAndSecContext(rights.user, rights.context);
}

}  // namespace store_uptime::pg
