#include "pg/definitions.hpp"

#include "pg/row_query.hpp"

extern "C" {
#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "catalog/indexing.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_language.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "nodes/nodeFuncs.h"
#include "storage/bufmgr.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
}

namespace store_uptime::pg {
namespace {

// Is the row of a catalog, as it is now, unknown to the active snapshot?
bool is_newer(HeapTuple row) {
    const TransactionId by = HeapTupleHeaderGetXmin(row->t_data);
    Snapshot snapshot = GetActiveSnapshot();
    return TransactionIdIsCurrentTransactionId(by) ? HeapTupleHeaderGetCmin(row->t_data) >= snapshot->curcid
                                                   : XidInMVCCSnapshot(by, snapshot);
}

// --- relations -------------------------------------------------------------------------------------------------------

// Of the rows that a catalog has about a relation, by an index whose first column says which one it is: does the active
// snapshot show the very versions that there are now?
bool shows_rows_of(Oid relation, Oid catalog, Oid index, AttrNumber column) {
    Relation opened = table_open(catalog, AccessShareLock);
    ScanKeyData keys[2];  // a scan makes its key one of the index
    for (ScanKeyData& key : keys) ScanKeyInit(&key, column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
    SysScanDesc then = systable_beginscan(opened, index, true, GetActiveSnapshot(), 1, &keys[0]);
    SysScanDesc now = systable_beginscan(opened, index, true, nullptr, 1, &keys[1]);
    HeapTuple a, b;
    do {
        a = systable_getnext(then);
        b = systable_getnext(now);
    } while (a != nullptr && b != nullptr && ItemPointerEquals(&a->t_self, &b->t_self));
    const bool same = a == nullptr && b == nullptr;
    systable_endscan(now);
    systable_endscan(then);
    table_close(opened, AccessShareLock);
    return same;
}

bool shows_rows(Relation relation) {
    TableScanDesc scan = table_beginscan(relation, GetActiveSnapshot(), 0, nullptr);
    TupleTableSlot* slot = table_slot_create(relation, nullptr);
    const bool found = table_scan_getnextslot(scan, ForwardScanDirection, slot);
    ExecDropSingleTupleTableSlot(slot);
    table_endscan(scan);
    return found;
}

// Has this transaction emptied it since the snapshot? TRUNCATE of a table that the transaction has made or emptied before
// does not tell the catalogs; all rows are new then.
bool was_emptied(Oid oid) {
    if (GetActiveSnapshot()->curcid >= GetCurrentCommandId(false)) return false;
    Relation relation = relation_open(oid, NoLock);
    const bool emptied = RELKIND_HAS_TABLE_AM(relation->rd_rel->relkind) && has_new_storage_compat(relation) &&
                         RelationGetNumberOfBlocks(relation) > 0 && !shows_rows(relation);
    relation_close(relation, NoLock);
    return emptied;
}

bool is_shown(Oid oid) {
    HeapTuple row = SearchSysCache1(RELOID, ObjectIdGetDatum(oid));
    if (!HeapTupleIsValid(row)) return false;
    const FormData_pg_class relation = *reinterpret_cast<Form_pg_class>(GETSTRUCT(row));
    const bool newer = is_newer(row);
    ReleaseSysCache(row);
    if (newer) return false;
    if (relation.relkind == RELKIND_VIEW)
        return shows_rows_of(oid, RewriteRelationId, RewriteRelRulenameIndexId, Anum_pg_rewrite_ev_class);
    if (relation.relhassubclass && !shows_rows_of(oid, InheritsRelationId, InheritsParentIndexId, Anum_pg_inherits_inhparent))
        return false;
    if (relation.relrowsecurity && !shows_rows_of(oid, PolicyRelationId, PolicyPolrelidPolnameIndexId, Anum_pg_policy_polrelid))
        return false;
    return !was_emptied(oid);
}

// --- functions -------------------------------------------------------------------------------------------------------

bool add_function(Oid function, void* found) {
    auto& functions = *static_cast<List**>(found);
    if (function >= FirstNormalObjectId) functions = list_append_unique_oid(functions, function);
    return false;
}

bool add_functions(Node* node, void* found) {
    if (node == nullptr) return false;
    if (IsA(node, Query)) return query_tree_walker(reinterpret_cast<Query*>(node), walker_compat(add_functions), found, 0);
    check_functions_in_node(node, add_function, found);
    return expression_tree_walker(node, walker_compat(add_functions), found);
}

// Any function that is newer, or nothing. Reads all of them.
const char* newer_function() {
    Relation functions = table_open(ProcedureRelationId, AccessShareLock);
    SysScanDesc scan = systable_beginscan(functions, InvalidOid, false, nullptr, 0, nullptr);
    const char* name = nullptr;
    for (HeapTuple row; name == nullptr && (row = systable_getnext(scan)) != nullptr;)
        if (is_newer(row)) name = pstrdup(NameStr(reinterpret_cast<Form_pg_proc>(GETSTRUCT(row))->proname));
    systable_endscan(scan);
    table_close(functions, AccessShareLock);
    return name;
}

// What a function calls is not known unless it is written in C, so others count with all that there are.
void check_functions(const List* functions) {
    bool calls_others = false;
    ListCell* cell;
    foreach (cell, functions) {
        HeapTuple row = SearchSysCache1(PROCOID, ObjectIdGetDatum(lfirst_oid(cell)));
        if (!HeapTupleIsValid(row)) source_changed(psprintf("the function with OID %u", lfirst_oid(cell)));
        const bool newer = is_newer(row);
        calls_others |= reinterpret_cast<Form_pg_proc>(GETSTRUCT(row))->prolang != ClanguageId;
        ReleaseSysCache(row);
        if (newer) source_changed(psprintf("function %s()", get_func_name(lfirst_oid(cell))));
    }
    const char* newer = calls_others ? newer_function() : nullptr;
    if (newer != nullptr) source_changed(psprintf("function %s()", newer));
}

}  // namespace

List* functions_of(const Query& rewritten) {
    List* functions = NIL;
    add_functions(reinterpret_cast<Node*>(const_cast<Query*>(&rewritten)), &functions);
    return functions;
}

void check_definitions(const PlannedStmt& planned, const List* functions) {
    ListCell* cell;
    foreach (cell, planned.relationOids) {
        if (is_shown(lfirst_oid(cell))) continue;
        const char* name = get_rel_name(lfirst_oid(cell));
        source_changed(name != nullptr ? psprintf("relation \"%s\"", name)
                                       : psprintf("the relation with OID %u", lfirst_oid(cell)));
    }
    check_functions(functions);
}

}  // namespace store_uptime::pg
