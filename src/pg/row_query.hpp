// A query over the relations of a source: its text, its parameters, what it must return.
//
// The text names relations and columns as open_source() found them. Between that and the execution of the query, names may
// have come to mean something else: a schema was renamed, or a function of the user's renamed columns. Rows read on the
// word of an old name would be wrong, and values of another type than expected would be read as if they were of that type.
// So after every planning, of new and of kept plans alike, the plan is compared with what was found, and what does not agree
// is an error (40001).
#pragma once

#include "pg/source.hpp"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace store_uptime::pg {

// Make one, write the text, then add parameters in the order of $1, $2 … and result columns in theirs.
struct RowQuery {
    static constexpr int kMaxParameters = 5;
    static constexpr int kMaxResults = 16;

    struct Result {
        Oid type;              // invalid: any, for a NULL constant
        const Column* column;  // of the relation, that it is computed from alone; or null
    };

    const Source* source;
    Part part;  // the relation that it reads; kParts: any of the source, without a column in `results`
    StringInfoData sql;
    int parameters;
    Oid types[kMaxParameters];
    Datum values[kMaxParameters];
    int results;
    Result result[kMaxResults];
    // How many conditions the WHERE clause has, if the row function checks all of them itself; otherwise -1. Only then,
    // and if the plan has no others, may a scan leave them to the row function.
    int rechecked_conditions;
    // It asks for few rows, and any values of the parameters do with the same plan: one is kept (pg/saved_plan.hpp).
    bool is_small;
    // Its text has functions and operators of the server's own without their schema. What runs is found as ever.
    bool has_plain_names;

    static RowQuery create(const Source& source, Part part);
    // Adds a parameter and gives its number.
    int add(Oid type, Datum value);
    // Adds a result column.
    void returns(Oid type, const Column* column = nullptr);
};

// Compares the relations as they are with what was found. 40001: a column has another name or type by now. To be called
// before the text is analysed, which would say less well what is wrong.
void check_relations(const RowQuery& query);

// Compares an analysed and rewritten query with what was found. 40001: a name means another relation or column, or a
// column has another type, by now.
void check_names(const RowQuery& query, const Query& rewritten);

// Compares the columns of a row with what is expected. 40001 as above.
void check_row_type(const RowQuery& query, TupleDesc row);

// 40001: what the source is made of has changed. `what` says what, as in "column \"a\" of x".
[[noreturn]] void source_changed(const char* what);

}  // namespace store_uptime::pg
