// Runs one planned query over a source and hands each row to a function as it comes: no tuple is copied or kept.
//
// The query goes through the planner like any other, so tables, partitions, views and foreign tables, privileges and
// row security all behave as they do for the caller's own queries; it sees the snapshot of the calling query. Where the
// planner chose nothing but a sequential scan, the scan is run here (pg/table_scan.hpp), which saves the executor's work
// on each row.
#pragma once

#include "pg/definitions.hpp"
#include "pg/row_query.hpp"
#include "pg/table_scan.hpp"

extern "C" {
#include "nodes/params.h"
#include "utils/plancache.h"
}

namespace store_uptime::pg {

// A query that has been planned, with all that it reads locked and checked (pg/row_query.hpp).
struct PlannedRows {
    RowQuery query;
    ParamListInfo parameters;
    CachedPlan* kept;  // the kept plan that `statement` belongs to; null if it is the query's own
    PlannedStmt* statement;
    Ingredients ingredients;
    double estimate;  // of the number of rows; 0 for few
    // The scans, if these are all there is to do; otherwise none.
    int scan_count;
    BareScan* scans;
};

// Errors: 40001 as check_names says, and whatever planning raises.
PlannedRows plan_rows(const RowQuery& query);
// Raises unless the caller may read what the query reads (42501), and the active snapshot shows what it is made of (40001,
// as check_definitions says). read_rows sees to it itself.
void check_readable(const PlannedRows& planned);
// Calls row(const Datum* values, const bool* nulls) for each row, as scan_rows does. To be called once.
template <class Row>
void read_rows(const PlannedRows& planned, Row&& row);
// Instead of reading.
void give_up(const PlannedRows& planned);

// May the leader of parallel workers run the query while they work? Not if it calls functions that are parallel unsafe.
bool is_safe_beside_workers(const RowQuery& query);

// ---------------------------------------------------------------------------------------------------------------------

// Runs the query by the executor.
void execute_rows(const PlannedRows& planned, void (*row)(void* self, const Datum* values, const bool* nulls), void* self);

template <class Row>
void read_rows(const PlannedRows& planned, Row&& row) {
    static_assert(std::is_trivially_destructible_v<std::remove_reference_t<Row>>, "an error would leave it behind");
    check_readable(planned);
    if (planned.scan_count == 0) {
        const auto call = [](void* self, const Datum* values, const bool* nulls) {
            (*static_cast<std::remove_reference_t<Row>*>(self))(values, nulls);
        };
        return execute_rows(planned, call, &row);
    }
    for (int i = 0; i < planned.scan_count; ++i) scan_rows(planned.scans[i], row);
}

}  // namespace store_uptime::pg
