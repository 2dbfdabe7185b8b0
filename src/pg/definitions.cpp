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
#include "catalog/namespace.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_cast.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_language.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "nodes/nodeFuncs.h"
#include "storage/bufmgr.h"
#include "storage/procarray.h"
#include "utils/acl.h"
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
    bool (*counts)(HeapTuple row);  // null: each row does
};

template <class Form>
const Form& form(HeapTuple row) {
    return *reinterpret_cast<const Form*>(GETSTRUCT(row));
}

HeapTuple next_that_counts(SysScanDesc scan, const Catalog& catalog) {
    HeapTuple row;
    do row = systable_getnext(scan);
    while (row != nullptr && catalog.counts != nullptr && !catalog.counts(row));
    return row;
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
        a = next_that_counts(then, catalog);
        b = next_that_counts(now, catalog);
    } while (a != nullptr && b != nullptr && catalog.same(a, b));
    const bool same = a == nullptr && b == nullptr;
    systable_endscan(now);
    systable_endscan(then);
    table_close(opened, AccessShareLock);
    return same;
}

// --- what matters to reading -----------------------------------------------------------------------------------------

bool same_version(HeapTuple then, HeapTuple now) { return ItemPointerEquals(&then->t_self, &now->t_self); }

bool has(HeapTuple row, AttrNumber column) { return !heap_attisnull(row, column, nullptr); }

// Not its name, privileges, triggers or statistics; options only of a view.
bool same_relation(HeapTuple then, HeapTuple now) {
    if (same_version(then, now)) return true;
    const auto& a = form<FormData_pg_class>(then);
    const auto& b = form<FormData_pg_class>(now);
    const bool options = a.relkind == RELKIND_VIEW && (has(then, Anum_pg_class_reloptions) || has(now, Anum_pg_class_reloptions));
    return !options && a.relkind == b.relkind && a.relfilenode == b.relfilenode && a.relnatts == b.relnatts &&
           a.relowner == b.relowner && a.relhassubclass == b.relhassubclass && a.relrowsecurity == b.relrowsecurity &&
           a.relforcerowsecurity == b.relforcerowsecurity && a.relispopulated == b.relispopulated &&
           a.relispartition == b.relispartition;
}

bool same_column(HeapTuple then, HeapTuple now) {
    if (same_version(then, now)) return true;
    const auto& a = form<FormData_pg_attribute>(then);
    const auto& b = form<FormData_pg_attribute>(now);
    const bool options = has(then, Anum_pg_attribute_attfdwoptions) || has(now, Anum_pg_attribute_attfdwoptions);
    return !options && std::strcmp(NameStr(a.attname), NameStr(b.attname)) == 0 && a.attnum == b.attnum &&
           a.atttypid == b.atttypid && a.atttypmod == b.atttypmod && a.attcollation == b.attcollation &&
           a.attisdropped == b.attisdropped && a.atthasmissing == b.atthasmissing && a.attgenerated == b.attgenerated &&
           a.attnotnull == b.attnotnull;
}

bool is_check(HeapTuple row) { return form<FormData_pg_constraint>(row).contype == CONSTRAINT_CHECK; }
bool is_query_of_view(HeapTuple row) { return form<FormData_pg_rewrite>(row).ev_type == '0' + CMD_SELECT; }

constexpr Catalog kClass = {RelationRelationId, ClassOidIndexId, Anum_pg_class_oid, same_relation, nullptr};
constexpr Catalog kColumns = {AttributeRelationId, AttributeRelidNumIndexId, Anum_pg_attribute_attrelid, same_column, nullptr};
constexpr Catalog kExpressions = {AttrDefaultRelationId, AttrDefaultIndexId, Anum_pg_attrdef_adrelid, same_version, nullptr};
constexpr Catalog kChecks = {ConstraintRelationId, ConstraintRelidTypidNameIndexId, Anum_pg_constraint_conrelid, same_version,
                             is_check};
constexpr Catalog kMembers = {InheritsRelationId, InheritsParentIndexId, Anum_pg_inherits_inhparent, same_version, nullptr};
constexpr Catalog kPolicies = {PolicyRelationId, PolicyPolrelidPolnameIndexId, Anum_pg_policy_polrelid, same_version, nullptr};
constexpr Catalog kQuery = {RewriteRelationId, RewriteRelRulenameIndexId, Anum_pg_rewrite_ev_class, same_version,
                            is_query_of_view};
constexpr Catalog kForeign = {ForeignTableRelationId, ForeignTableRelidIndexId, Anum_pg_foreign_table_ftrelid, same_version,
                              nullptr};
constexpr Catalog kCasts = {CastRelationId, CastSourceTargetIndexId, Anum_pg_cast_castsource, same_version, nullptr};
constexpr Catalog kLabels = {EnumRelationId, EnumTypIdLabelIndexId, Anum_pg_enum_enumtypid, same_version, nullptr};

// --- relations and types ---------------------------------------------------------------------------------------------

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
    Relation relation = try_relation_open(oid, NoLock);
    if (relation == nullptr) return false;
    const char kind = relation->rd_rel->relkind;
    const bool shown = shows_rows(kClass, oid) && shows_rows(kColumns, oid) && shows_rows(kChecks, oid) &&
                       shows_rows(kMembers, oid) && (kind != RELKIND_VIEW || shows_rows(kQuery, oid)) &&
                       (kind != RELKIND_FOREIGN_TABLE || shows_rows(kForeign, oid)) &&
                       (!relation->rd_rel->relrowsecurity || shows_rows(kPolicies, oid)) &&
                       (!has_virtual_columns_compat(relation) || shows_rows(kExpressions, oid)) && !was_refilled(relation);
    relation_close(relation, NoLock);
    return shown;
}

bool shows_type(Oid type);

bool shows_attributes(Oid composite) {
    Relation relation = relation_open(composite, AccessShareLock);
    bool shown = shows_rows(kColumns, composite);
    TupleDesc attributes = RelationGetDescr(relation);
    for (int i = 0; i < attributes->natts && shown; ++i)
        shown = TupleDescAttr(attributes, i)->attisdropped || shows_type(TupleDescAttr(attributes, i)->atttypid);
    relation_close(relation, AccessShareLock);
    return shown;
}

// How its values are written: the labels of an enum, the attributes of a composite type, casts. The server's own do not change.
bool shows_type(Oid type) {
    const Oid base = getBaseType(type);
    const Oid element = get_element_type(base);
    if (OidIsValid(element)) return shows_type(element);
    if (base < FirstNormalObjectId) return true;
    const Oid composite = get_typ_typrelid(base);
    return shows_rows(kCasts, base) && shows_rows(kLabels, base) && (!OidIsValid(composite) || shows_attributes(composite));
}

// --- functions -------------------------------------------------------------------------------------------------------

// Is the row of a catalog, as it is now, unknown to the active snapshot?
bool is_newer(HeapTuple row) {
    const TransactionId by = HeapTupleHeaderGetXmin(row->t_data);
    Snapshot snapshot = GetActiveSnapshot();
    return TransactionIdIsCurrentTransactionId(by) ? HeapTupleHeaderGetCmin(row->t_data) >= snapshot->curcid
                                                   : XidInMVCCSnapshot(by, snapshot);
}

// Whose functions may be called without the caller's having named them. A superuser has everybody's rights, but does not call
// everybody's functions.
bool is_trusted(Oid owner) { return is_member_of_role_nosuper(GetUserId(), owner) || is_publisher(owner); }

// A newer function of one of those owners, or of one whom the caller trusts; or nothing. Others' are left out, as are temporary
// ones: whoever makes functions all the time must not keep everybody from their reports.
const char* newer_function(const List* owners) {
    Relation functions = table_open(ProcedureRelationId, AccessShareLock);
    SysScanDesc scan = systable_beginscan(functions, InvalidOid, false, nullptr, 0, nullptr);
    const char* name = nullptr;
    for (HeapTuple row; name == nullptr && (row = systable_getnext(scan)) != nullptr;) {
        const auto* function = reinterpret_cast<Form_pg_proc>(GETSTRUCT(row));
        if (is_newer(row) && !isOtherTempNamespace(function->pronamespace) &&
            (list_member_oid(owners, function->proowner) || is_trusted(function->proowner)))
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

// --- the query -------------------------------------------------------------------------------------------------------

bool add_function(Oid function, void* found) {
    auto& ingredients = *static_cast<Ingredients*>(found);
    if (function >= FirstNormalObjectId) ingredients.functions = list_append_unique_oid(ingredients.functions, function);
    return false;
}

// The type of an expression; invalid for a node that is none, or that only passes on what others below it give.
Oid type_of(const Node* node) {
    switch (nodeTag(node)) {
        case T_Var:
        case T_Const:
        case T_Aggref:
        case T_FuncExpr:
        case T_OpExpr:
        case T_SubscriptingRef:
        case T_FieldSelect:
        case T_CoerceViaIO:
        case T_RowExpr:
            return exprType(node);
        default:
            return InvalidOid;
    }
}

bool add_ingredients(Node* node, void* found) {
    if (node == nullptr) return false;
    if (IsA(node, Query)) return query_tree_walker(reinterpret_cast<Query*>(node), walker_compat(add_ingredients), found, 0);
    check_functions_in_node(node, add_function, found);
    auto& ingredients = *static_cast<Ingredients*>(found);
    const Oid type = type_of(node);
    if (type >= FirstNormalObjectId) ingredients.types = list_append_unique_oid(ingredients.types, type);
    return expression_tree_walker(node, walker_compat(add_ingredients), found);
}

}  // namespace

Ingredients ingredients_of(const Query& rewritten) {
    Ingredients ingredients = {NIL, NIL};
    add_ingredients(reinterpret_cast<Node*>(const_cast<Query*>(&rewritten)), &ingredients);
    return ingredients;
}

void check_definitions(const PlannedStmt& planned, const Ingredients& ingredients) {
    if (shows_all_that_is()) return;
    ListCell* cell;
    foreach (cell, planned.relationOids) {
        if (shows_relation(lfirst_oid(cell))) continue;
        const char* name = get_rel_name(lfirst_oid(cell));
        source_changed(name != nullptr ? psprintf("relation \"%s\"", name)
                                       : psprintf("the relation with OID %u", lfirst_oid(cell)));
    }
    foreach (cell, ingredients.types)
        if (!shows_type(lfirst_oid(cell))) source_changed(psprintf("type %s", format_type_be(lfirst_oid(cell))));
    check_functions(ingredients.functions);
}

}  // namespace store_uptime::pg
