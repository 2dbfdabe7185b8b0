// The triggers that set owner_id from owner in new rows of store_uptime.source and store_uptime.report_queue.
//
// A dump has roles by name, for their OIDs are another cluster's elsewhere. In the database a row belongs to the OID, so that
// a renamed role keeps what it has, and whoever gets the name of a dropped role does not get it. Rows with an old name are no
// part of a dump.
#include "pg/owner_trigger.hpp"

#include "pg/rights.hpp"

extern "C" {
#include "commands/trigger.h"
#include "utils/acl.h"
#include "utils/rel.h"
}

namespace store_uptime::pg {
namespace {

// What a row has to be for the trigger.
struct OwnedRow {
    HeapTuple tuple;
    TupleDesc shape;
    int owner, owner_id;  // columns
    NameData owner_is;
    Oid role;  // invalid: no role has that name
};

[[noreturn]] void wrong_trigger(const char* message, const char* function) {
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED), errmsg(message, function),
                    errhint("It is a trigger of store_uptime's own tables.")));
    pg_unreachable();
}

OwnedRow new_row(FunctionCallInfo fcinfo) {
    const char* function = get_func_name(fcinfo->flinfo->fn_oid);
    if (!CALLED_AS_TRIGGER(fcinfo)) wrong_trigger("function \"%s\" was not called by trigger manager", function);
    auto* trigger = reinterpret_cast<TriggerData*>(fcinfo->context);
    OwnedRow row = {};
    row.tuple = trigger->tg_trigtuple;
    row.shape = RelationGetDescr(trigger->tg_relation);
    row.owner = SPI_fnumber(row.shape, "owner");
    row.owner_id = SPI_fnumber(row.shape, "owner_id");
    const bool fits = row.owner > 0 && row.owner_id > 0 && SPI_gettypeid(row.shape, row.owner) == NAMEOID &&
                      SPI_gettypeid(row.shape, row.owner_id) == OIDOID;
    if (!fits || !TRIGGER_FIRED_BEFORE(trigger->tg_event) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
        !TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
        wrong_trigger("function \"%s\" must be fired BEFORE INSERT of each row with an owner and an owner_id", function);
    bool null = false;
    const Datum owner = heap_getattr(row.tuple, row.owner, row.shape, &null);
    if (null) return row;
    row.owner_is = *DatumGetName(owner);
    row.role = get_role_oid(NameStr(row.owner_is), true);
    return row;
}

Datum with_owner(OwnedRow& row) {
    int columns[] = {row.owner, row.owner_id};
    Datum values[] = {NameGetDatum(&row.owner_is), ObjectIdGetDatum(row.role)};
    bool nulls[] = {NameStr(row.owner_is)[0] == '\0', !OidIsValid(row.role)};
    return PointerGetDatum(heap_modify_tuple_by_cols(row.tuple, row.shape, 2, columns, values, nulls));
}

}  // namespace

void refresh_owner_names(const char* table, Oid owner) {
    const char* sql = psprintf(
        "UPDATE store_uptime.%s AS t SET owner = r.rolname FROM pg_roles AS r WHERE r.oid = t.owner_id AND t.ctid = ANY (ARRAY("
        "SELECT s.ctid FROM store_uptime.%s AS s JOIN pg_roles AS p ON p.oid = s.owner_id"
        " WHERE s.owner <> p.rolname AND ($1 IS NULL OR s.owner_id = $1) FOR UPDATE OF s SKIP LOCKED))",
        table, table);
    Oid types[] = {OIDOID};
    Datum values[] = {ObjectIdGetDatum(owner)};
    const char nulls[] = {OidIsValid(owner) ? ' ' : 'n'};
    const Rights before = act_as_owner_of(table);
    if (SPI_execute_with_args(sql, lengthof(types), types, values, nulls, false, 0) != SPI_OK_UPDATE)
        elog(ERROR, "store_uptime: cannot write to %s", table);
    restore(before);
}

extern "C" {

SQL_FUNCTION(report_owner_trigger);
SQL_FUNCTION(source_owner_trigger);

// Of a report whose role does not exist: nobody's.
Datum report_owner_trigger(PG_FUNCTION_ARGS) {
    OwnedRow row = new_row(fcinfo);
    return with_owner(row);
}

// Of a source whose role does not exist: the current role's, as objects are that a restore cannot give to their owner.
Datum source_owner_trigger(PG_FUNCTION_ARGS) {
    OwnedRow row = new_row(fcinfo);
    if (!OidIsValid(row.role)) {
        row.role = GetUserId();
        namestrcpy(&row.owner_is, GetUserNameFromId(row.role, false));
    }
    return with_owner(row);
}

}  // extern "C"

}  // namespace store_uptime::pg
