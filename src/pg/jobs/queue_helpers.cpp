// What the queue's view calls: not for users.
#include "pg/jobs/beacon.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(report_progress);
PGDLLEXPORT Datum report_progress(PG_FUNCTION_ARGS);

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
