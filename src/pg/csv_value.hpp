// One value of a CSV file on its way into a column: read by what the column means and what type it has, the same under
// any setting of the session, and written as a field of COPY's binary format. A value that cannot be read is a reason
// to reject its row, never an error.
#pragma once

#include "core/time.hpp"
#include "pg/source.hpp"

namespace store_uptime::pg {

// How a value is read.
enum class ValueKind { instant, time, date, weekday, status, integer, uuid, boolean, words, other };

// A column of the file and the column of the target it goes to.
struct CsvColumn {
    const char* name;  // the target's
    AttrNumber number;
    Role role;  // kRoles: none that a report knows
    ValueKind kind;
    Oid type;          // behind domains
    std::int32_t most_characters;  // of varchar(n) and char(n), else -1
    bool nullable;
    bool as_text;      // handed to COPY as text for the type's input function (receive_text), not in binary
    bool ask_input;    // that function has the last word on whether the value is good
    FmgrInfo input;
    Oid input_parameter;
    std::int32_t input_modifier;
};

// What the words of a status column mean; each list ends with a null pointer.
struct StatusWords {
    const char** active;
    const char** inactive;
    const char** unknown;
};

// A row being read: what has been written so far, and what is needed to judge the row as a whole.
struct CsvRow {
    StringInfoData bytes;   // of COPY's binary format
    StringInfoData reason;  // why the row is rejected
    // By role; the last is for columns without one.
    bool null[kRoles + 1];
    Instant instant[kRoles + 1];
};

// Reads `field` (null pointer: nothing between the commas; may be changed) and appends it to the row's bytes. False,
// with the reason, if it cannot be read. Temporary memory is taken from the current context.
bool read_value(CsvColumn& column, const StatusWords& words, char* field, CsvRow& row);

// Fills in whatever reading needs, from the attribute and the role, which is set already.
void describe_value(CsvColumn& column, Form_pg_attribute attribute);

// The receive function for columns that go as text: COPY is to call it in place of the type's own.
FmgrInfo receive_text(CsvColumn& column);

}  // namespace store_uptime::pg
