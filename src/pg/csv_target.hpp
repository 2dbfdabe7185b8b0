// The table that a CSV file goes into: which part of a source it is, and which column each column of the file means.
#pragma once

#include "pg/csv_value.hpp"

extern "C" {
#include "utils/relcache.h"
}

namespace store_uptime::pg {

struct CsvTarget {
    Relation relation;  // locked for inserting
    const char* name;   // qualified and quoted
    Part part;          // kParts: no table of a source, as far as one can see
    Role* roles;        // of each attribute, kRoles for none
    StatusWords words;
};
static_assert(std::is_trivially_destructible_v<CsvTarget>);

// Opens the table. Errors: 42809 not a table, 42501 row security, 25006 read-only transaction.
CsvTarget* open_target(Oid relation);

struct CsvHeader {
    int count;
    CsvColumn* columns;  // in the file's order
};

// Finds the columns that a file's first line names, and checks that the user may insert into them. Names are those of
// the table or the usual ones, without regard to case, underscores and blanks. Errors: 22P04 no header; 42703 a column
// unknown to the table, or one missing that it needs; 42701 a column twice; 42501 no privilege.
CsvHeader read_header(const CsvTarget& target, const char* path, char** names, int count);

// Whether the row makes sense as a whole; if not, its reason is set.
bool check_row(const CsvTarget& target, CsvRow& row);

}  // namespace store_uptime::pg
