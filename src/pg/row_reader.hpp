// Runs one planned query and hands each row to a function as it comes: no tuple is copied or kept.
//
// The query goes through the planner like any other, so tables, partitions, views and foreign tables, privileges and
// row security all behave as they do for the caller's own queries; it sees the snapshot of the calling query. Where the
// planner chose nothing but a sequential scan, the scan is run here, without the executor's work per row.
#pragma once

#include "pg/postgres.hpp"

extern "C" {
#include "access/tableam.h"
}

namespace store_uptime::pg {

// A query with its parameters; add them in the order of $1, $2 …
struct RowQuery {
    static constexpr int kMaxParameters = 4;
    static constexpr int kMaxColumns = 6;
    StringInfoData sql;
    int parameters;
    Oid types[kMaxParameters];
    Datum values[kMaxParameters];
    // How many conditions the WHERE clause has, if the row function checks all of them itself; otherwise -1. Only then,
    // and if the plan has no others, may a scan leave them to the row function.
    int rechecked_conditions;

    static RowQuery create();
    // Adds a parameter and gives its number.
    int add(Oid type, Datum value);
};

// Called once a row, in a memory context that is reset every so often. It may raise PostgreSQL errors, so it must hold no
// C++ object with a destructor.
using RowFunction = void (*)(void* self, const Datum* values, const bool* nulls);

// One sequential scan that is left to us: which attribute of the relation each column of the query is.
struct BareScan {
    Oid relation;
    int columns;
    AttrNumber attributes[RowQuery::kMaxColumns];  // 0 for a null constant
    AttrNumber last;                               // the highest
    // Where several processes share the scan; or null.
    ParallelTableScanDesc shared;
};

// A query that has been planned.
struct PlannedRows {
    PlannedStmt* statement;
    ParamListInfo parameters;
    const char* sql;
    double estimate;  // of the number of rows
    // The scans, if these are all there is to do; otherwise none.
    int scan_count;
    BareScan* scans;
};

PlannedRows plan_rows(const RowQuery& query);
// Raises (42501) unless the caller may read what the query reads. read_rows sees to it itself.
void check_permissions(const PlannedRows& planned);
void read_rows(const PlannedRows& planned, RowFunction row, void* self);
// One scan alone, permissions checked.
void scan_rows(const BareScan& scan, RowFunction row, void* self);

}  // namespace store_uptime::pg
