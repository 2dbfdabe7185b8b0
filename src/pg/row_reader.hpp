// Runs one planned query and hands each row to a function as it comes: no tuple is copied or kept.
//
// The query goes through the planner like any other, so tables, partitions, views and foreign tables, privileges and
// row security all behave as they do for the caller's own queries; it sees the snapshot of the calling query. Where the
// planner chose nothing but a sequential scan, the scan is run here (pg/table_scan.hpp), which saves the executor's work
// on each row.
#pragma once

#include "pg/table_scan.hpp"

namespace store_uptime::pg {

// A query with its parameters; add them in the order of $1, $2 …
struct RowQuery {
    static constexpr int kMaxParameters = 4;
    StringInfoData sql;
    int parameters;
    Oid types[kMaxParameters];
    Datum values[kMaxParameters];
    // How many conditions the WHERE clause has, if the row function checks all of them itself; otherwise -1. Only then,
    // and if the plan has no others, may a scan leave them to the row function.
    int rechecked_conditions;
    // It asks for few rows, and any values of the parameters do with the same plan: one is kept (pg/saved_plan.hpp).
    bool is_small;

    static RowQuery create();
    // Adds a parameter and gives its number.
    int add(Oid type, Datum value);
};

// A query that has been planned.
struct PlannedRows {
    RowQuery query;
    ParamListInfo parameters;
    PlannedStmt* statement;  // null if a kept plan is to be used
    double estimate;         // of the number of rows; 0 for few
    // The scans, if these are all there is to do; otherwise none.
    int scan_count;
    BareScan* scans;
};

PlannedRows plan_rows(const RowQuery& query);
// Raises (42501) unless the caller may read what the query reads. read_rows sees to it itself.
void check_permissions(const PlannedRows& planned);
// Calls row(const Datum* values, const bool* nulls) for each row, as scan_rows does.
template <class Row>
void read_rows(const PlannedRows& planned, Row&& row);

// ---------------------------------------------------------------------------------------------------------------------

// Runs the query by the executor.
void execute_rows(PlannedRows planned, void (*row)(void* self, const Datum* values, const bool* nulls), void* self);

template <class Row>
void read_rows(const PlannedRows& planned, Row&& row) {
    if (planned.scan_count == 0) {
        const auto call = [](void* self, const Datum* values, const bool* nulls) {
            (*static_cast<std::remove_reference_t<Row>*>(self))(values, nulls);
        };
        return execute_rows(planned, call, &row);
    }
    check_permissions(planned);
    for (int i = 0; i < planned.scan_count; ++i) scan_rows(planned.scans[i], row);
}

}  // namespace store_uptime::pg
