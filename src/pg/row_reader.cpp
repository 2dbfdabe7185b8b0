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

// Which attribute of the scanned relation each column of the query is; 0 for a null constant.
struct Columns {
    int count;
    AttrNumber attributes[RowQuery::kMaxColumns];
    AttrNumber last;  // the highest
};

bool find_columns(const Plan* plan, Index relation, Columns& columns) {
    columns = {};
    ListCell* cell;
    foreach (cell, plan->targetlist) {
        const auto* entry = static_cast<const TargetEntry*>(lfirst(cell));
        const Expr* e = entry->expr;
        while (IsA(e, RelabelType)) e = reinterpret_cast<const RelabelType*>(e)->arg;
        if (columns.count == RowQuery::kMaxColumns) return false;
        AttrNumber attribute = 0;
        if (IsA(e, Var)) {
            const auto* var = reinterpret_cast<const Var*>(e);
            if (static_cast<Index>(var->varno) != relation || var->varattno <= 0) return false;
            attribute = var->varattno;
        } else if (!IsA(e, Const) || !reinterpret_cast<const Const*>(e)->constisnull) {
            return false;
        }
        columns.attributes[columns.count++] = attribute;
        columns.last = std::max(columns.last, attribute);
    }
    return true;
}

bool is_bare_scan(const Plan* plan, int conditions) {
    Columns columns;
    return IsA(plan, SeqScan) && list_length(plan->qual) == conditions && plan->initPlan == NIL &&
           find_columns(plan, reinterpret_cast<const Scan*>(plan)->scanrelid, columns);
}

// The sequential scans that are all there is to do, or NIL. `conditions` is the number that the row function checks:
// with exactly as many in the plan there is no other, from a view or from row security.
List* bare_scans(const PlannedStmt* statement, int conditions) {
    Plan* top = statement->planTree;
    if (conditions < 0 || statement->subplans != NIL || statement->dependsOnRole || statement->rowMarks != NIL) return NIL;
    if (is_bare_scan(top, conditions)) return list_make1(top);
    if (!IsA(top, Append) || top->initPlan != NIL) return NIL;
    List* scans = NIL;
    ListCell* cell;
    foreach (cell, reinterpret_cast<Append*>(top)->appendplans) {
        auto* child = static_cast<Plan*>(lfirst(cell));
        if (!is_bare_scan(child, conditions)) return NIL;
        scans = lappend(scans, child);
    }
    return scans;
}

void scan(const PlannedStmt* statement, const Plan* plan, RowCaller& call) {
    const Index number = reinterpret_cast<const Scan*>(plan)->scanrelid;
    Columns columns;
    find_columns(plan, number, columns);
    // Planning locked it already.
    Relation relation = table_open(rt_fetch(number, statement->rtable)->relid, NoLock);
    TupleTableSlot* slot = table_slot_create(relation, nullptr);
    TableScanDesc rows = table_beginscan(relation, GetActiveSnapshot(), 0, nullptr);
    Datum values[RowQuery::kMaxColumns] = {};
    bool nulls[RowQuery::kMaxColumns];
    std::fill(std::begin(nulls), std::end(nulls), true);
    while (table_scan_getnextslot(rows, ForwardScanDirection, slot)) {
        CHECK_FOR_INTERRUPTS();
        slot_getsomeattrs(slot, columns.last);
        for (int i = 0; i < columns.count; ++i) {
            if (columns.attributes[i] == 0) continue;
            values[i] = slot->tts_values[columns.attributes[i] - 1];
            nulls[i] = slot->tts_isnull[columns.attributes[i] - 1];
        }
        call(values, nulls);
    }
    table_endscan(rows);
    ExecDropSingleTupleTableSlot(slot);
    table_close(relation, NoLock);
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
    planned.sql = query.sql.data;
    planned.parameters = makeParamList(query.parameters);
    for (int i = 0; i < query.parameters; ++i)
        planned.parameters->params[i] = {query.values[i], false, PARAM_FLAG_CONST, query.types[i]};
    auto* raw = static_cast<RawStmt*>(linitial(pg_parse_query(planned.sql)));
    List* rewritten = pg_analyze_and_rewrite_fixedparams(raw, planned.sql, query.types, query.parameters, nullptr);
    planned.statement = pg_plan_query(static_cast<Query*>(linitial(rewritten)), planned.sql, 0, planned.parameters);
    planned.estimate = planned.statement->planTree->plan_rows;
    planned.scans = bare_scans(planned.statement, query.rechecked_conditions);
    return planned;
}

void read_rows(const PlannedRows& planned, RowFunction row, void* self) {
    MemoryContext per_row = AllocSetContextCreate(CurrentMemoryContext, "store_uptime row", ALLOCSET_DEFAULT_SIZES);
    RowCaller call = {row, self, per_row, 0};
    if (planned.scans == NIL) {
        execute(planned, call);
    } else {
        check_permissions_compat(planned.statement);
        ListCell* cell;
        foreach (cell, planned.scans) scan(planned.statement, static_cast<const Plan*>(lfirst(cell)), call);
    }
    MemoryContextDelete(per_row);
}

}  // namespace store_uptime::pg
