#include "pg/row_reader.hpp"

#include "pg/saved_plan.hpp"

extern "C" {
#include "executor/executor.h"
#include "nodes/params.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
}

namespace store_uptime::pg {
namespace {

// A destination of the executor that passes rows on, in a memory context of their own.
struct RowReceiver {
    DestReceiver base;  // first: the executor knows it by this
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

void start(DestReceiver*, int, TupleDesc) {}
void finish(DestReceiver*) {}

void plan_now(PlannedRows& planned) {
    const RowQuery& query = planned.query;
    auto* raw = static_cast<RawStmt*>(linitial(pg_parse_query(query.sql.data)));
    List* rewritten = pg_analyze_and_rewrite_fixedparams(raw, query.sql.data, query.types, query.parameters, nullptr);
    planned.statement = pg_plan_query(static_cast<Query*>(linitial(rewritten)), query.sql.data, 0, planned.parameters);
}

void execute_now(const PlannedRows& planned, RowReceiver& receiver) {
    QueryDesc* query = CreateQueryDesc(planned.statement, planned.query.sql.data, GetActiveSnapshot(), InvalidSnapshot,
                                       &receiver.base, planned.parameters, nullptr, 0);
    ExecutorStart(query, 0);
    executor_run_compat(query);
    ExecutorFinish(query);
    ExecutorEnd(query);
    FreeQueryDesc(query);
}

// By the plan that is kept for the query; false if none can be.
bool execute_saved(const PlannedRows& planned, RowReceiver& receiver) {
    const RowQuery& query = planned.query;
    SPI_connect();
    SPIPlanPtr plan = saved_plan(query.sql.data, query.parameters, query.types);
    if (plan != nullptr) {
        SPIExecuteOptions options = {};
        options.params = planned.parameters;
        options.read_only = true;
        options.dest = &receiver.base;
        const int result = SPI_execute_plan_extended(plan, &options);
        if (result < 0) elog(ERROR, "store_uptime: cannot read rows: %s", SPI_result_code_string(result));
    }
    SPI_finish();
    return plan != nullptr;
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
    planned.query = query;
    // Without parameters there is no list: extensions that run plans take one for filled.
    if (query.parameters > 0) planned.parameters = makeParamList(query.parameters);
    for (int i = 0; i < query.parameters; ++i)
        planned.parameters->params[i] = {query.values[i], false, PARAM_FLAG_CONST, query.types[i]};
    if (query.is_small) return planned;
    plan_now(planned);
    planned.estimate = planned.statement->planTree->plan_rows;
    find_scans(planned, query.rechecked_conditions);
    return planned;
}

void check_permissions(const PlannedRows& planned) { check_permissions_compat(planned.statement); }

void execute_rows(PlannedRows planned, void (*row)(void* self, const Datum* values, const bool* nulls), void* self) {
    MemoryContext per_row = AllocSetContextCreate(CurrentMemoryContext, "store_uptime row", ALLOCSET_DEFAULT_SIZES);
    RowReceiver receiver = {{receive, start, finish, finish, DestNone}, row, self, per_row, 0};
    if (planned.statement != nullptr || !execute_saved(planned, receiver)) {
        if (planned.statement == nullptr) plan_now(planned);
        execute_now(planned, receiver);
    }
    MemoryContextDelete(per_row);
}

}  // namespace store_uptime::pg
