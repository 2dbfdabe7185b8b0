#include "pg/row_reader.hpp"

#include "pg/saved_plan.hpp"

extern "C" {
#include "catalog/pg_proc.h"
#include "executor/executor.h"
#include "optimizer/clauses.h"
#include "parser/parsetree.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
}

namespace store_uptime::pg {
namespace {

// A destination of the executor that passes rows on, in a memory context of their own.
struct RowReceiver {
    DestReceiver base;  // first: the executor knows it by this
    const RowQuery* query;
    void (*row)(void* self, const Datum* values, const bool* nulls);
    void* self;
    MemoryContext per_row;
    int rows;
};

constexpr int kRowsPerReset = 1024;

bool receive(TupleTableSlot* slot, DestReceiver* base) {
    auto& receiver = *reinterpret_cast<RowReceiver*>(base);
    slot_getallattrs(slot);
    const MemoryContext caller = MemoryContextSwitchTo(receiver.per_row);
    receiver.row(receiver.self, slot->tts_values, slot->tts_isnull);
    MemoryContextSwitchTo(caller);
    if (++receiver.rows % kRowsPerReset == 0) MemoryContextReset(receiver.per_row);
    return true;
}

void start(DestReceiver* base, int, TupleDesc row) { check_row_type(*reinterpret_cast<RowReceiver*>(base)->query, row); }
void finish(DestReceiver*) {}

void find_own_names_only() {
    set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

// The query, analysed, rewritten and checked.
Query* analyse(const RowQuery& query) {
    check_relations(query);
    const int settings = NewGUCNestLevel();
    if (query.has_plain_names) find_own_names_only();
    auto* raw = static_cast<RawStmt*>(linitial(pg_parse_query(query.sql.data)));
    List* rewritten = pg_analyze_and_rewrite_fixedparams(raw, query.sql.data, query.types, query.parameters, nullptr);
    AtEOXact_GUC(false, settings);
    auto* checked = static_cast<Query*>(linitial(rewritten));
    check_names(query, *checked);
    return checked;
}

void plan_now(PlannedRows& planned) {
    const RowQuery& query = planned.query;
    Query* analysed = analyse(query);
    planned.ingredients = ingredients_of(*analysed);
    planned.statement = pg_plan_query(analysed, query.sql.data, 0, planned.parameters);
}

// By the plan that is kept for the query; false if none can be.
bool plan_kept(PlannedRows& planned) {
    check_relations(planned.query);
    CachedPlanSource* saved = saved_plan(planned.query);
    if (saved == nullptr) return false;
    planned.kept = GetCachedPlan(saved, planned.parameters, CurrentResourceOwner, nullptr);
    const auto* analysed = static_cast<const Query*>(linitial(saved->query_list));
    check_names(planned.query, *analysed);
    planned.ingredients = ingredients_of(*analysed);
    planned.statement = static_cast<PlannedStmt*>(linitial(planned.kept->stmt_list));
    return true;
}

// --- plans that are nothing but scans --------------------------------------------------------------------------------

bool find_columns(const Plan* plan, Index relation, BareScan& scan) {
    ListCell* cell;
    foreach (cell, plan->targetlist) {
        const auto* entry = static_cast<const TargetEntry*>(lfirst(cell));
        const Expr* e = entry->expr;
        while (IsA(e, RelabelType)) e = reinterpret_cast<const RelabelType*>(e)->arg;
        if (scan.columns == BareScan::kMaxColumns) return false;
        AttrNumber attribute = 0;
        if (IsA(e, Var)) {
            const auto* var = reinterpret_cast<const Var*>(e);
            if (static_cast<Index>(var->varno) != relation || var->varattno <= 0) return false;
            attribute = var->varattno;
            if (std::find(scan.attributes, scan.attributes + scan.columns, attribute) != scan.attributes + scan.columns)
                return false;  // each attribute is taken once
        } else if (!IsA(e, Const) || !reinterpret_cast<const Const*>(e)->constisnull) {
            return false;
        }
        scan.attributes[scan.columns] = attribute;
        scan.types[scan.columns] = attribute == 0 ? InvalidOid : reinterpret_cast<const Var*>(e)->vartype;
        scan.last = std::max(scan.last, attribute);
        ++scan.columns;
    }
    return true;
}

bool find_scan(const PlannedStmt* statement, const Plan* plan, int conditions, BareScan& scan) {
    if (!IsA(plan, SeqScan) || list_length(plan->qual) != conditions || plan->initPlan != NIL) return false;
    const Index number = reinterpret_cast<const Scan*>(plan)->scanrelid;
    scan = {};
    scan.relation = rt_fetch(number, statement->rtable)->relid;
    return find_columns(plan, number, scan);
}

// Finds the sequential scans that are all there is to do. `conditions` is the number that the row function checks: with
// exactly as many in the plan there is no other, from a view or from row security.
void find_scans(PlannedRows& planned, int conditions) {
    const PlannedStmt* statement = planned.statement;
    Plan* top = statement->planTree;
    if (conditions < 0 || statement->subplans != NIL || statement->dependsOnRole || statement->rowMarks != NIL) return;
    List* plans = list_make1(top);
    if (IsA(top, Append) && top->initPlan == NIL) plans = reinterpret_cast<Append*>(top)->appendplans;
    planned.scans = static_cast<BareScan*>(palloc0(sizeof(BareScan) * list_length(plans)));
    ListCell* cell;
    foreach (cell, plans)
        if (!find_scan(statement, static_cast<const Plan*>(lfirst(cell)), conditions, planned.scans[foreach_current_index(cell)]))
            return;
    planned.scan_count = list_length(plans);
}

}  // namespace

void check_scan(const BareScan& scan, Relation relation) {
    TupleDesc row = RelationGetDescr(relation);
    for (int i = 0; i < scan.columns; ++i) {
        const AttrNumber number = scan.attributes[i];
        if (number == 0) continue;
        if (number > row->natts || TupleDescAttr(row, number - 1)->atttypid != scan.types[i])
            source_changed(psprintf("column %d of relation \"%s\"", number, RelationGetRelationName(relation)));
    }
}

PlannedRows plan_rows(const RowQuery& query) {
    PlannedRows planned = {};
    planned.query = query;
    // Without parameters there is no list: extensions that run plans take one for filled.
    if (query.parameters > 0) planned.parameters = makeParamList(query.parameters);
    for (int i = 0; i < query.parameters; ++i)
        planned.parameters->params[i] = {query.values[i], false, PARAM_FLAG_CONST, query.types[i]};
    if (!query.is_small || !plan_kept(planned)) {
        plan_now(planned);
        planned.estimate = query.is_small ? 0 : planned.statement->planTree->plan_rows;
        find_scans(planned, query.rechecked_conditions);
    }
    return planned;
}

void check_readable(const PlannedRows& planned) {
    check_permissions_compat(planned.statement);
    check_definitions(*planned.statement, planned.ingredients);
}

bool is_safe_beside_workers(const RowQuery& query) { return max_parallel_hazard(analyse(query)) != PROPARALLEL_UNSAFE; }

void execute_rows(const PlannedRows& planned, void (*row)(void* self, const Datum* values, const bool* nulls), void* self) {
    MemoryContext per_row = AllocSetContextCreate(CurrentMemoryContext, "store_uptime row", ALLOCSET_DEFAULT_SIZES);
    RowReceiver receiver = {{receive, start, finish, finish, DestNone}, &planned.query, row, self, per_row, 0};
    QueryDesc* query = CreateQueryDesc(planned.statement, planned.query.sql.data, GetActiveSnapshot(), InvalidSnapshot,
                                       &receiver.base, planned.parameters, nullptr, 0);
    ExecutorStart(query, 0);
    executor_run_compat(query);
    ExecutorFinish(query);
    ExecutorEnd(query);
    FreeQueryDesc(query);
    MemoryContextDelete(per_row);
    give_up(planned);
}

void give_up(const PlannedRows& planned) {
    if (planned.kept != nullptr) ReleaseCachedPlan(planned.kept, CurrentResourceOwner);
}

}  // namespace store_uptime::pg
