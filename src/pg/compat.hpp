// What differs between PostgreSQL 15 and 18, and nothing else. Included by pg/postgres.hpp.
#pragma once

#if PG_VERSION_NUM < 150000 || PG_VERSION_NUM >= 190000
#error "store_uptime is written for PostgreSQL 15 to 18"
#endif

extern "C" {
// 16 moved varlena access macros out of postgres.h.
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif
#include "catalog/pg_database.h"
#include "executor/executor.h"
#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"
#include "utils/acl.h"
#include "utils/guc_tables.h"
#include "utils/rel.h"
}

namespace store_uptime::pg {

// 16 gave make_range an error context.
inline RangeType* make_range_compat(TypeCacheEntry* type, RangeBound* lower, RangeBound* upper) {
#if PG_VERSION_NUM >= 160000
    return make_range(type, lower, upper, false, nullptr);
#else
    return make_range(type, lower, upper, false);
#endif
}

// Raises unless the current user may do what the planned statement does. 16 moved permissions out of range table entries.
inline void check_permissions_compat(PlannedStmt* statement) {
#if PG_VERSION_NUM >= 160000
    ExecCheckPermissions(statement->rtable, statement->permInfos, true);
#else
    ExecCheckRTPerms(statement->rtable, true);
#endif
}

// May a role create schemas in this database? 16 made one function of those for each kind of object.
inline bool may_create_in_database_compat(Oid role) {
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(DatabaseRelationId, MyDatabaseId, role, ACL_CREATE) == ACLCHECK_OK;
#else
    return pg_database_aclcheck(MyDatabaseId, role, ACL_CREATE) == ACLCHECK_OK;
#endif
}

// The relation that a FROM entry of a rewritten query names, or nothing. A view has become a subquery: 16 keeps its OID
// there; before, the first entry of the subquery is the view itself, for the rule that makes it one.
inline Oid named_relation_compat(const RangeTblEntry* entry) {
    if (entry->rtekind == RTE_RELATION) return entry->relid;
    if (entry->rtekind != RTE_SUBQUERY) return InvalidOid;
#if PG_VERSION_NUM >= 160000
    return entry->relid;
#else
    const List* inside = entry->subquery->rtable;
    if (list_length(inside) < PRS2_NEW_VARNO) return InvalidOid;
    const auto* old = static_cast<const RangeTblEntry*>(list_nth(inside, PRS2_OLD_VARNO - 1));
    return old->rtekind == RTE_RELATION && old->relkind == RELKIND_VIEW && !old->inFromCl ? old->relid : InvalidOid;
#endif
}

// Has this transaction created the relation or given it another file? 16 renamed the field.
inline bool has_new_storage_compat(Relation relation) {
#if PG_VERSION_NUM >= 160000
    const SubTransactionId first = relation->rd_firstRelfilelocatorSubid;
#else
    const SubTransactionId first = relation->rd_firstRelfilenodeSubid;
#endif
    return relation->rd_createSubid != InvalidSubTransactionId || first != InvalidSubTransactionId;
}

// Has it columns that are computed when they are read? 18 has them.
inline bool has_virtual_columns_compat([[maybe_unused]] Relation relation) {
#if PG_VERSION_NUM >= 180000
    return relation->rd_att->constr != nullptr && relation->rd_att->constr->has_generated_virtual;
#else
    return false;
#endif
}

// 16 gave walkers of expressions a type.
inline auto walker_compat(bool (*walker)(Node*, void*)) {
#if PG_VERSION_NUM >= 160000
    return walker;
#else
    return reinterpret_cast<bool (*)()>(reinterpret_cast<void (*)()>(walker));  // as C leaves it to be called
#endif
}

// All settings of the session, those of extensions and customs included. 16 made the function make the list.
inline std::span<config_generic*> all_settings_compat() {
#if PG_VERSION_NUM >= 160000
    int count = 0;
    config_generic** settings = get_guc_variables(&count);
    return {settings, static_cast<std::size_t>(count)};
#else
    return {get_guc_variables(), static_cast<std::size_t>(GetNumConfigOptions())};
#endif
}

// 17 gave transactions a timeout.
inline void forget_transaction_timeout_compat() {
#if PG_VERSION_NUM >= 170000
    SetConfigOption("transaction_timeout", "0", PGC_USERSET, PGC_S_SESSION);
#endif
}

// 18 dropped execute_once, which is true for every query that runs once.
inline void executor_run_compat(QueryDesc* query) {
#if PG_VERSION_NUM >= 180000
    ExecutorRun(query, ForwardScanDirection, 0);
#else
    ExecutorRun(query, ForwardScanDirection, 0, true);
#endif
}

}  // namespace store_uptime::pg
