#include "pg/jobs/compute.hpp"

#include "pg/convert.hpp"
#include "pg/jobs/statement.hpp"
#include "pg/report.hpp"
#include "pg/rights.hpp"
#include "pg/uptime_policy.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "utils/queryenvironment.h"
#include "utils/snapmgr.h"
}

namespace store_uptime::pg::jobs {
namespace {

// The columns of a report, as the table of results holds them.
#define RESULT_COLUMNS                                                        \
    "r.store_id, r.uptime_last_hour, r.uptime_last_day, r.uptime_last_week, " \
    "r.downtime_last_hour, r.downtime_last_day, r.downtime_last_week, "       \
    "r.unknown_last_hour, r.unknown_last_day, r.unknown_last_week"

// The schema of store_uptime_report: the one the user chose for the extension.
const char* report_schema() {
    run_on_queue(
        "SELECT n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace"
        " WHERE e.extname = 'store_uptime'");
    if (SPI_processed == 0)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("extension \"store_uptime\" does not exist")));
    bool null = false;
    return quote_identifier(pstrdup(NameStr(*DatumGetName(result(0, 1, &null)))));
}

ParamListInfo request_parameters(const ReportRequest& request) {
    ParamListInfo p = makeParamList(4);
    p->params[0] = {TimestampTzGetDatum(request.as_of), false, PARAM_FLAG_CONST, TIMESTAMPTZOID};
    p->params[1] = {NameGetDatum(const_cast<NameData*>(&request.source)), false, PARAM_FLAG_CONST,
                    NAMEOID};
    p->params[2] = {request.policy, false, PARAM_FLAG_CONST, request.policy_type};
    p->params[3] = {request.stores, request.all_stores, PARAM_FLAG_CONST, TEXTARRAYOID};
    return p;
}

}  // namespace

ReportRows compute_rows(const ReportRequest& request) {
    const char* query =
        psprintf("SELECT * FROM %s.store_uptime_report($1, $2, $3, $4)", report_schema());
    ReportRows rows = {tuplestore_begin_heap(false, false, work_mem), 0};
    PushActiveSnapshot(GetTransactionSnapshot());
    lock_standard_report(to_instant(request.as_of), NameStr(request.source), to_policy(request.policy),
                         request.all_stores ? nullptr : DatumGetArrayTypeP(request.stores));
    PopActiveSnapshot();
    PushActiveSnapshot(GetTransactionSnapshot());
    run_query(query, request_parameters(request), tuplestore_receiver(rows.rows));
    PopActiveSnapshot();
    rows.count = tuplestore_tuple_count(rows.rows);
    return rows;
}

void store_rows(const pg_uuid_t& report, const ReportRows& rows) {
    run_on_queue("SELECT " RESULT_COLUMNS " FROM store_uptime.report_result AS r LIMIT 0");
    EphemeralNamedRelationData relation = {};
    relation.md.name = pstrdup("computed");
    relation.md.tupdesc = CreateTupleDescCopy(SPI_tuptable->tupdesc);
    relation.md.enrtype = ENR_NAMED_TUPLESTORE;
    relation.md.enrtuples = static_cast<double>(rows.count);
    relation.reldata = rows.rows;
    if (SPI_register_relation(&relation) != SPI_OK_REL_REGISTER)
        elog(ERROR, "store_uptime: the computed rows cannot be read");
    Parameters p;
    p.add(UUIDOID, UUIDPGetDatum(const_cast<pg_uuid_t*>(&report)));
    run_on_queue("INSERT INTO store_uptime.report_result SELECT $1, c.* FROM computed AS c", p);
    SPI_unregister_relation(relation.md.name);
    tuplestore_end(rows.rows);  // with its files, which the end of the transaction would complain of
}

void read_stored_rows(const pg_uuid_t& report, Tuplestorestate* rows) {
    const Rights before = act_as_owner_of("report_queue");
    ParamListInfo p = makeParamList(1);
    p->params[0] = {UUIDPGetDatum(const_cast<pg_uuid_t*>(&report)), false, PARAM_FLAG_CONST,
                    UUIDOID};
    run_query("SELECT " RESULT_COLUMNS
              " FROM store_uptime.report_result AS r WHERE r.report_id = $1",
              p, tuplestore_receiver(rows));
    restore(before);
}

}  // namespace store_uptime::pg::jobs
