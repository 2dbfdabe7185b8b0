// Runs one planned query and hands each row to a function as it comes out of the executor: no tuple is copied or kept.
//
// The query goes through the planner like any other, so tables, partitions, views and foreign tables, privileges and
// row security all behave as they do for the caller's own queries; it sees the snapshot of the calling query.
#pragma once

#include "pg/postgres.hpp"

namespace store_uptime::pg {

// A query with its parameters; add them in the order of $1, $2 …
struct RowQuery {
    static constexpr int kMaxParameters = 4;
    StringInfoData sql;
    int parameters;
    Oid types[kMaxParameters];
    Datum values[kMaxParameters];

    static RowQuery create();
    // Adds a parameter and gives its number.
    int add(Oid type, Datum value);
};

// Called once a row. It may raise PostgreSQL errors, so it must hold no C++ object with a destructor.
using RowFunction = void (*)(void* self, const Datum* values, const bool* nulls);

// How many rows the planner expects of the query.
std::uint64_t estimate_rows(const RowQuery& query);

// Must be called with SPI connected.
void read_rows(const RowQuery& query, RowFunction row, void* self);

}  // namespace store_uptime::pg
