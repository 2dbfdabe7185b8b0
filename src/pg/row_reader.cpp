#include "pg/row_reader.hpp"

extern "C" {
#include "access/table.h"
#include "access/tableam.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "nodes/params.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace store_uptime::pg {
namespace {

constexpr int kRowsPerReset = 1024;

// Calls the row function in a memory context of its own, so that what detoasting leaves behind does not pile up.
struct RowCaller {
    RowFunction row;
    void* self;
    MemoryContext context;
    int rows;

    void operator()(const Datum* values, const bool* nulls) {
        const MemoryContext caller = MemoryContextSwitchTo(context);
        row(self, values, nulls);
        MemoryContextSwitchTo(caller);
        if (++rows % kRowsPerReset == 0) MemoryContextReset(context);
    }
};

// --- through the executor --------------------------------------------------------------------------------------------

// A destination of the executor that passes rows on.
struct RowReceiver {
    DestReceiver base;  // first: the executor knows it by this
    RowCaller* call;
};

bool receive(TupleTableSlot* slot, DestReceiver* base) {
    slot_getallattrs(slot);
    (*reinterpret_cast<RowReceiver*>(base)->call)(slot->tts_values, slot->tts_isnull);
    return true;
}

void start(DestReceiver*, int, TupleDesc) {}
void finish(DestReceiver*) {}

void execute(const PlannedRows& planned, RowCaller& call) {
    RowReceiver receiver = {{receive, start, finish, finish, DestNone}, &call};
    QueryDesc* query = CreateQueryDesc(planned.statement, planned.sql, GetActiveSnapshot(), InvalidSnapshot,
                                       &receiver.base, planned.parameters, nullptr, 0);
    ExecutorStart(query, 0);
    executor_run_compat(query);
    ExecutorFinish(query);
    ExecutorEnd(query);
    FreeQueryDesc(query);
}

// --- by scanning -----------------------------------------------------------------------------------------------------

bool find_columns(const Plan* plan, Index relation, BareScan& scan) {
    ListCell* cell;
    foreach (cell, plan->targetlist) {
        const auto* entry = static_cast<const TargetEntry*>(lfirst(cell));
        const Expr* e = entry->expr;
        while (IsA(e, RelabelType)) e = reinterpret_cast<const RelabelType*>(e)->arg;
        if (scan.columns == RowQuery::kMaxColumns) return false;
        AttrNumber attribute = 0;
        if (IsA(e, Var)) {
            const auto* var = reinterpret_cast<const Var*>(e);
            if (static_cast<Index>(var->varno) != relation || var->varattno <= 0) return false;
            attribute = var->varattno;
        } else if (!IsA(e, Const) || !reinterpret_cast<const Const*>(e)->constisnull) {
            return false;
        }
        scan.attributes[scan.columns++] = attribute;
        scan.last = std::max(scan.last, attribute);
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

void scan_rows(const BareScan& scan, RowFunction row, void* self) {
    MemoryContext per_row = AllocSetContextCreate(CurrentMemoryContext, "store_uptime row", ALLOCSET_DEFAULT_SIZES);
    RowCaller call = {row, self, per_row, 0};
    // Planning locked it already, for a parallel worker the leader's did.
    Relation relation = table_open(scan.relation, AccessShareLock);
    TupleTableSlot* slot = table_slot_create(relation, nullptr);
    TableScanDesc rows = scan.shared != nullptr ? table_beginscan_parallel(relation, scan.shared)
                                                : table_beginscan(relation, GetActiveSnapshot(), 0, nullptr);
    Datum values[RowQuery::kMaxColumns] = {};
    bool nulls[RowQuery::kMaxColumns];
    std::fill(std::begin(nulls), std::end(nulls), true);
    while (table_scan_getnextslot(rows, ForwardScanDirection, slot)) {
        CHECK_FOR_INTERRUPTS();
        slot_getsomeattrs(slot, scan.last);
        for (int i = 0; i < scan.columns; ++i) {
            if (scan.attributes[i] == 0) continue;
            values[i] = slot->tts_values[scan.attributes[i] - 1];
            nulls[i] = slot->tts_isnull[scan.attributes[i] - 1];
        }
        call(values, nulls);
    }
    table_endscan(rows);
    ExecDropSingleTupleTableSlot(slot);
    table_close(relation, AccessShareLock);
    MemoryContextDelete(per_row);
}

RowQuery RowQuery::create() {
    RowQuery query = {};
    initStringInfo(&query.sql);
    query.rechecked_conditions = -1;
    return query;
}

int RowQuery::add(Oid type, Datum value) {
    if (parameters == kMaxParameters) elog(ERROR, "store_uptime: too many query parameters");
    types[parameters] = type;
    values[parameters] = value;
    return ++parameters;
}

PlannedRows plan_rows(const RowQuery& query) {
    PlannedRows planned = {};
    planned.sql = query.sql.data;
    planned.parameters = makeParamList(query.parameters);
    for (int i = 0; i < query.parameters; ++i)
        planned.parameters->params[i] = {query.values[i], false, PARAM_FLAG_CONST, query.types[i]};
    auto* raw = static_cast<RawStmt*>(linitial(pg_parse_query(planned.sql)));
    List* rewritten = pg_analyze_and_rewrite_fixedparams(raw, planned.sql, query.types, query.parameters, nullptr);
    planned.statement = pg_plan_query(static_cast<Query*>(linitial(rewritten)), planned.sql, 0, planned.parameters);
    planned.estimate = planned.statement->planTree->plan_rows;
    find_scans(planned, query.rechecked_conditions);
    return planned;
}

void check_permissions(const PlannedRows& planned) { check_permissions_compat(planned.statement); }

void read_rows(const PlannedRows& planned, RowFunction row, void* self) {
    if (planned.scan_count > 0) {
        check_permissions(planned);
        for (int i = 0; i < planned.scan_count; ++i) scan_rows(planned.scans[i], row, self);
        return;
    }
    MemoryContext per_row = AllocSetContextCreate(CurrentMemoryContext, "store_uptime row", ALLOCSET_DEFAULT_SIZES);
    RowCaller call = {row, self, per_row, 0};
    execute(planned, call);
    MemoryContextDelete(per_row);
}

}  // namespace store_uptime::pg
