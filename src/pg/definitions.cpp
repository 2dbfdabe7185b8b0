#include "pg/definitions.hpp"

#include "pg/row_query.hpp"
#include "pg/source_row.hpp"

extern "C" {
#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "catalog/indexing.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_cast.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_language.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "nodes/nodeFuncs.h"
#include "storage/bufmgr.h"
#include "storage/procarray.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
}

namespace store_uptime::pg {
namespace {

// --- snapshots -------------------------------------------------------------------------------------------------------

bool same_transactions(const SnapshotData& a, const SnapshotData& b) {
    if (a.xmax != b.xmax || a.xcnt != b.xcnt || a.takenDuringRecovery != b.takenDuringRecovery) return false;
    if (a.xcnt > 0 && std::memcmp(a.xip, b.xip, sizeof(TransactionId) * a.xcnt) != 0) return false;
    if (!a.takenDuringRecovery) return true;  // subtransactions end with theirs
    return a.subxcnt == b.subxcnt &&
           (a.subxcnt == 0 || std::memcmp(a.subxip, b.subxip, sizeof(TransactionId) * a.subxcnt) == 0);
}

// Has no transaction ended, and this one changed nothing, since the active snapshot was taken? So it is nearly always, and
// the catalogs need not be looked at.
bool shows_all_that_is() {
    const Snapshot active = GetActiveSnapshot();
    if (active->curcid < GetCurrentCommandId(false)) return false;
    static SnapshotData now = {};
    now.snapshot_type = SNAPSHOT_MVCC;
    GetSnapshotData(&now);
    return same_transactions(*active, now);
}

// A catalog with an index whose first column says what its rows are about.
struct Catalog {
    Oid relation, index;
    AttrNumber about;
    bool (*same)(HeapTuple then, HeapTuple now);
};

bool same_version(HeapTuple then, HeapTuple now) { return ItemPointerEquals(&then->t_self, &now->t_self); }

// All but privileges and options.
bool same_column(HeapTuple then, HeapTuple now) {
    return std::memcmp(GETSTRUCT(then), GETSTRUCT(now), ATTRIBUTE_FIXED_PART_SIZE) == 0;
}

// What matters to reading: not its name, privileges, triggers or statistics. A view's options do.
bool same_relation(HeapTuple then, HeapTuple now) {
    if (same_version(then, now)) return true;
    const auto& a = *reinterpret_cast<Form_pg_class>(GETSTRUCT(then));
    const auto& b = *reinterpret_cast<Form_pg_class>(GETSTRUCT(now));
    return a.relkind == b.relkind && a.relkind != RELKIND_VIEW && a.relfilenode == b.relfilenode &&
           a.relnatts == b.relnatts && a.relowner == b.relowner && a.relhasrules == b.relhasrules && a.relhassubclass == b.relhassubclass &&
           a.relrowsecurity == b.relrowsecurity && a.relforcerowsecurity == b.relforcerowsecurity &&
           a.relispopulated == b.relispopulated && a.relispartition == b.relispartition;
}

// Does the active snapshot show the rows that a catalog has about an object as they are now?
bool shows_rows(const Catalog& catalog, Oid object) {
    Relation opened = table_open(catalog.relation, AccessShareLock);
    ScanKeyData keys[2];  // a scan makes its key one of the index
    for (ScanKeyData& key : keys) ScanKeyInit(&key, catalog.about, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object));
    SysScanDesc then = systable_beginscan(opened, catalog.index, true, GetActiveSnapshot(), 1, &keys[0]);
    SysScanDesc now = systable_beginscan(opened, catalog.index, true, nullptr, 1, &keys[1]);
    HeapTuple a, b;
    do {
        a = systable_getnext(then);
        b = systable_getnext(now);
    } while (a != nullptr && b != nullptr && catalog.same(a, b));
    const bool same = a == nullptr && b == nullptr;
    systable_endscan(now);
    systable_endscan(then);
    table_close(opened, AccessShareLock);
    return same;
}

// --- relations -------------------------------------------------------------------------------------------------------

constexpr Catalog kOfRelations[] = {
    {RelationRelationId, ClassOidIndexId, Anum_pg_class_oid, same_relation},
    {AttributeRelationId, AttributeRelidNumIndexId, Anum_pg_attribute_attrelid, same_column},
    {AttrDefaultRelationId, AttrDefaultIndexId, Anum_pg_attrdef_adrelid, same_version},
    {ConstraintRelationId, ConstraintRelidTypidNameIndexId, Anum_pg_constraint_conrelid, same_version},
    {InheritsRelationId, InheritsParentIndexId, Anum_pg_inherits_inhparent, same_version},
    {PolicyRelationId, PolicyPolrelidPolnameIndexId, Anum_pg_policy_polrelid, same_version},
    {RewriteRelationId, RewriteRelRulenameIndexId, Anum_pg_rewrite_ev_class, same_version},
};

constexpr Catalog kOfTypes[] = {
    {CastRelationId, CastSourceTargetIndexId, Anum_pg_cast_castsource, same_version},
    {EnumRelationId, EnumTypIdLabelIndexId, Anum_pg_enum_enumtypid, same_version},
};

// Does it show the labels of an enum, and how a type becomes a text? The server's own types do not change.
bool shows_type(Oid type) {
    const Oid base = getBaseType(type);
    if (base < FirstNormalObjectId) return true;
    return std::all_of(std::begin(kOfTypes), std::end(kOfTypes),
                       [&](const Catalog& catalog) { return shows_rows(catalog, base); });
}

bool shows_types(TupleDesc columns) {
    bool all = true;
    for (int i = 0; i < columns->natts && all; ++i)
        all = TupleDescAttr(columns, i)->attisdropped || shows_type(TupleDescAttr(columns, i)->atttypid);
    return all;
}

bool shows_any_row_of(Relation relation) {
    TableScanDesc scan = table_beginscan(relation, GetActiveSnapshot(), 0, nullptr);
    TupleTableSlot* slot = table_slot_create(relation, nullptr);
    const bool found = table_scan_getnextslot(scan, ForwardScanDirection, slot);
    ExecDropSingleTupleTableSlot(slot);
    table_endscan(scan);
    return found;
}

// Has this transaction emptied it since the snapshot, and filled it again? TRUNCATE of a table that the transaction has made
// or emptied before does not tell the catalogs; all rows are new then.
bool was_refilled(Relation relation) {
    return GetActiveSnapshot()->curcid < GetCurrentCommandId(false) && RELKIND_HAS_TABLE_AM(relation->rd_rel->relkind) &&
           has_new_storage_compat(relation) && RelationGetNumberOfBlocks(relation) > 0 && !shows_any_row_of(relation);
}

bool shows_relation(Oid oid) {
    if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(oid))) return false;
    for (const Catalog& catalog : kOfRelations)
        if (!shows_rows(catalog, oid)) return false;
    Relation relation = relation_open(oid, NoLock);
    const bool shown = shows_types(RelationGetDescr(relation)) && !was_refilled(relation);
    relation_close(relation, NoLock);
    return shown;
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

// Is the row of a catalog, as it is now, unknown to the active snapshot?
bool is_newer(HeapTuple row) {
    const TransactionId by = HeapTupleHeaderGetXmin(row->t_data);
    Snapshot snapshot = GetActiveSnapshot();
    return TransactionIdIsCurrentTransactionId(by) ? HeapTupleHeaderGetCmin(row->t_data) >= snapshot->curcid
                                                   : XidInMVCCSnapshot(by, snapshot);
}

// A newer function of one of those owners, or of one whom the caller trusts; or nothing. Others' are left out: whoever makes
// functions all the time must not keep everybody from their reports.
const char* newer_function(const List* owners) {
    Relation functions = table_open(ProcedureRelationId, AccessShareLock);
    SysScanDesc scan = systable_beginscan(functions, InvalidOid, false, nullptr, 0, nullptr);
    const char* name = nullptr;
    for (HeapTuple row; name == nullptr && (row = systable_getnext(scan)) != nullptr;) {
        const auto* function = reinterpret_cast<Form_pg_proc>(GETSTRUCT(row));
        if (is_newer(row) && (list_member_oid(owners, function->proowner) || trusts(GetUserId(), function->proowner)))
            name = pstrdup(NameStr(function->proname));
    }
    systable_endscan(scan);
    table_close(functions, AccessShareLock);
    return name;
}

// What a function calls is not known unless it is written in C.
void check_functions(const List* functions) {
    List* owners = NIL;  // of those that may call others
    ListCell* cell;
    foreach (cell, functions) {
        HeapTuple row = SearchSysCache1(PROCOID, ObjectIdGetDatum(lfirst_oid(cell)));
        if (!HeapTupleIsValid(row)) source_changed(psprintf("the function with OID %u", lfirst_oid(cell)));
        const bool newer = is_newer(row);
        const FormData_pg_proc function = *reinterpret_cast<Form_pg_proc>(GETSTRUCT(row));
        ReleaseSysCache(row);
        if (newer) source_changed(psprintf("function %s()", NameStr(function.proname)));
        if (function.prolang != ClanguageId) owners = list_append_unique_oid(owners, function.proowner);
    }
    const char* newer = owners != NIL ? newer_function(owners) : nullptr;
    if (newer != nullptr) source_changed(psprintf("function %s()", newer));
}

}  // namespace

List* functions_of(const Query& rewritten) {
    List* functions = NIL;
    add_functions(reinterpret_cast<Node*>(const_cast<Query*>(&rewritten)), &functions);
    return functions;
}

void check_definitions(const PlannedStmt& planned, const List* functions) {
    if (shows_all_that_is()) return;
    ListCell* cell;
    foreach (cell, planned.relationOids) {
        if (shows_relation(lfirst_oid(cell))) continue;
        const char* name = get_rel_name(lfirst_oid(cell));
        source_changed(name != nullptr ? psprintf("relation \"%s\"", name)
                                       : psprintf("the relation with OID %u", lfirst_oid(cell)));
    }
    check_functions(functions);
}

}  // namespace store_uptime::pg
