// What the queue's table and views call: not for users.
#include "pg/jobs/beacon.hpp"

extern "C" {
#include "commands/trigger.h"
#include "utils/acl.h"
#include "utils/rel.h"
}

extern "C" {
PG_FUNCTION_INFO_V1(report_owner_trigger);
PG_FUNCTION_INFO_V1(report_progress);
PGDLLEXPORT Datum report_owner_trigger(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum report_progress(PG_FUNCTION_ARGS);

// Sets owner_id from owner in a new row. A dump carries roles by name, for their OIDs are another
// cluster's elsewhere, while whoever is renamed keeps his reports and whoever gets a dropped role's
// name does not get them.
Datum report_owner_trigger(PG_FUNCTION_ARGS) {
    if (!CALLED_AS_TRIGGER(fcinfo)) elog(ERROR, "report_owner_trigger is a trigger function");
    auto* trigger = reinterpret_cast<TriggerData*>(fcinfo->context);
    TupleDesc shape = RelationGetDescr(trigger->tg_relation);
    const int owner = SPI_fnumber(shape, "owner");
    int owner_id = SPI_fnumber(shape, "owner_id");
    if (owner <= 0 || owner_id <= 0)
        elog(ERROR, "report_owner_trigger belongs to store_uptime.report_queue");
    bool no_name = false;
    const Datum name = heap_getattr(trigger->tg_trigtuple, owner, shape, &no_name);
    const Oid role = no_name ? InvalidOid : get_role_oid(NameStr(*DatumGetName(name)), true);
    Datum value = ObjectIdGetDatum(role);
    bool no_role = !OidIsValid(role);
    return PointerGetDatum(
        heap_modify_tuple_by_cols(trigger->tg_trigtuple, shape, 1, &owner_id, &value, &no_role));
}

// report_progress(report_id, beacon): how far a running report is; NULLs if nobody works on it.
Datum report_progress(PG_FUNCTION_ARGS) {
    using namespace store_uptime::pg::jobs;
    TupleDesc shape;
    if (get_call_result_type(fcinfo, nullptr, &shape) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "report_progress returns a row");
    const auto handle = static_cast<dsm_handle>(PG_GETARG_INT64(1));
    const BeaconReading now = read_beacon(handle, *PG_GETARG_UUID_P(0));
    Datum values[] = {Float8GetDatum(now.progress), Int64GetDatum(now.stores_done),
                      Int64GetDatum(now.stores_total)};
    bool nulls[] = {!now.alive, !now.alive, now.stores_total == kUnknownCount};
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(shape), values, nulls)));
}
}
