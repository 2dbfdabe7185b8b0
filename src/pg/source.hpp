// A registered source: which relations hold the polls, hours, zones, special days and maintenance of the stores, which
// columns say what, and the options they are read with.
//
// A source is resolved anew for each report, from its row in store_uptime.source and the catalogs, so that it always
// fits the tables as they are. It is resolved once: first all its relations are locked and opened, then their columns are
// looked up, and only then anything of the user's may run. The relations stay open as long as the source does, so that
// nobody, not even the same session, can alter them meanwhile; what is read by name later is checked against what was found
// (pg/row_query.hpp). Everything here is plain data in a memory context.
#pragma once

#include "pg/rights.hpp"

extern "C" {
#include "utils/relcache.h"
}

namespace store_uptime::pg {

// The relations of a source, in the order of register_source's arguments.
enum Part : int { kStatus, kHours, kTimezones, kSpecialHours, kMaintenance, kParts };

// What a column says. The names are the standard tables' (column_name()).
enum Role : int {
    kStoreId,
    kStatusValue,
    kPolledAt,
    kWeekday,
    kOpens,
    kCloses,
    kValidFrom,
    kValidUntil,
    kZone,
    kDate,
    kStartsAt,
    kEndsAt,
    kReason,
    kRoles
};

struct Column {
    const char* name;  // null: the relation has none, which is allowed for optional ones
    AttrNumber number;
    Oid type;
    std::int32_t modifier;
    Oid base;  // of a domain the type under it, otherwise the type
    Oid collation;
};

struct SourceRelation {
    Oid oid;           // invalid: the source has none
    Relation opened;   // null in other processes than the one that opened the source
    const char* name;  // qualified and quoted
    Column columns[kRoles];
};

// Texts a status column may hold; compared byte by byte.
struct Words {
    int count;
    const char** texts;
};

struct Source {
    const char* name;
    std::optional<Rights> callers;  // to go back to, where it is read with its owner's rights
    SourceRelation parts[kParts];
    Oid store_type;  // of the store ids, as the status relation has them; bigint for all integers, text for varchar
    Oid store_collation;

    const char* default_timezone;
    bool round_day_end;
    bool missing_weekday_open;
    Words active;
    Words inactive;
    Words unknown;
};

static_assert(std::is_trivially_destructible_v<Source>);

// Finds, opens and checks a source. A superuser reads it with the rights of its owner from here on (pg/source_row.hpp).
// Errors: 42704 not registered; 42501 not the caller's to use by that name; 42P01 a relation is gone; 42703 / 42702 a
// column is missing or two could be meant; 42804 a column of a wrong type; 22023 an option that does not exist or cannot
// have that value.
Source* open_source(const char* name);
// The same of the very source of that name, for who knows that the caller wants that owner's.
Source* open_chosen_source(const char* name);
// Its relations stay locked until the end of the transaction, as after any query. Errors need no closing.
void close_source(Source* source);

// A source in one piece, for other processes to read it by. Its oids and names stay true as long as this process holds
// the locks that open_source took.
StringInfoData flatten(const Source& source);
// The source that was flattened, whose texts lie in `flat`.
Source* read_flat_source(const char* flat);

// The role that a column of this name and type plays in a relation of that part by its usual name, or kRoles. With
// InvalidOid the name alone decides.
Role usual_role(Part part, const char* column, Oid type);
// Whether a relation of that part must have the role.
bool is_required(Part part, Role role);

const char* part_name(Part part);
const char* column_name(Role role);

// The SQL expression for a column, quoted, and cast where its type needs it (store ids of a type that is not that of the
// status relation; enum and char statuses and zones to text). NULL for a column the relation does not have.
struct Expression {
    const char* sql;
    Oid type;  // invalid for NULL
};
Expression column_expression(const Source& source, Part part, Role role);

// The value of a column of type smallint, integer or bigint.
inline std::int64_t read_integer(const Column& column, Datum value) noexcept {
    if (column.base == INT2OID) return DatumGetInt16(value);
    return column.base == INT4OID ? DatumGetInt32(value) : DatumGetInt64(value);
}
bool is_integer(Oid type) noexcept;

}  // namespace store_uptime::pg
