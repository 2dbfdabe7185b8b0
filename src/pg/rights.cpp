#include "pg/rights.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "utils/syscache.h"
}

namespace store_uptime::pg {
namespace {

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

Rights act_as(Oid role) {
    Rights before = {};
    GetUserIdAndSecContext(&before.user, &before.context);
    before.settings = NewGUCNestLevel();
    SetUserIdAndSecContext(role, before.context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
    return before;
}

Rights act_as_owner_of(const char* table) {
    const Rights before = act_as(owner_of(table));
    set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    return before;
}

void restore(const Rights& rights) {
    AtEOXact_GUC(false, rights.settings);
    SetUserIdAndSecContext(rights.user, rights.context);
}

}  // namespace store_uptime::pg
