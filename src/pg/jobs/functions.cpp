// The SQL functions of reports in the background. Each checks what the caller may do and leaves the
// rest to the queue.
#include "pg/convert.hpp"
#include "pg/jobs/beacon.hpp"
#include "pg/jobs/compute.hpp"
#include "pg/jobs/launch.hpp"
#include "pg/jobs/queue.hpp"
#include "pg/settings.hpp"
#include "pg/source_row.hpp"

extern "C" {
#include "catalog/pg_authid.h"
#include "utils/acl.h"
#include "utils/snapmgr.h"
}

namespace store_uptime::pg::jobs {
namespace {

// --- who may do what ---

enum class Act { see, stop, own };

// Owners do everything with their reports; members of pg_monitor see those of others, but not their
// rows, and members of pg_signal_backend stop them, but not those of superusers.
bool may(Act act, const Report& report) {
    const Oid user = GetUserId();
    if (user == report.owner || superuser()) return true;
    const bool sees = has_privs_of_role(user, ROLE_PG_MONITOR);
    const bool stops = has_privs_of_role(user, ROLE_PG_SIGNAL_BACKEND);
    return act == Act::see ? sees || stops : act == Act::stop && stops && !superuser_arg(report.owner);
}

// The report that the first argument names, if the caller may do that with it. What he may not see
// does not exist for him.
Report* report_argument(FunctionCallInfo fcinfo, Act act, Sees sees = Sees::latest) {
    const pg_uuid_t* id = PG_ARGISNULL(0) ? nullptr : PG_GETARG_UUID_P(0);
    Report* report = id ? find_report(*id, sees) : nullptr;
    if (report == nullptr || !may(Act::see, *report))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("Invalid report_id"),
                        errdetail("You have no report %s.", id ? uuid_text(*id) : "NULL"),
                        errhint("store_uptime.report_status lists your reports.")));
    if (!may(act, *report))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("permission denied for report %s", uuid_text(*id)),
                        errdetail("It was asked for by role \"%s\".", report->owner_is)));
    return report;
}

[[noreturn]] void wrong_state(const Report& report, const char* wish, const char* hint) {
    const Report* now = find_report(report.id);
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("report %s is %s, so it cannot be %s", uuid_text(report.id),
                           now ? state_name(now->state) : "deleted", wish),
                    errhint("%s", hint)));
    pg_unreachable();
}

// Reports must not ask for reports, and so on for ever; nor may other code that runs on a role's behalf.
void refuse_in_restricted_operation(const char* function) {
    if (InSecurityRestrictedOperation())
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("cannot call store_uptime.%s() within a security-restricted operation", function),
                        errhint("Code that a report runs cannot ask for reports.")));
}

// --- arguments and results ---

void require_argument(FunctionCallInfo fcinfo, int n, const char* name) {
    if (PG_ARGISNULL(n))
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must not be null", name),
                 errhint("Leave the argument out to have its default.")));
}

// The first four arguments of trigger_report and run_report, checked as far as can be without
// reading the source.
ReportRequest request_arguments(FunctionCallInfo fcinfo) {
    require_argument(fcinfo, 0, "as_of");
    require_argument(fcinfo, 1, "source");
    require_argument(fcinfo, 2, "policy");
    instant_argument(PG_GETARG_TIMESTAMPTZ(0), "as_of");
    Oid* types = nullptr;
    int count = 0;
    get_func_signature(fcinfo->flinfo->fn_oid, &types, &count);
    ReportRequest request = {};
    request.as_of = PG_GETARG_TIMESTAMPTZ(0);
    request.source = *PG_GETARG_NAME(1);
    request.policy_type = types[2];
    request.policy = PG_GETARG_DATUM(2);
    request.all_stores = PG_ARGISNULL(3);
    if (!request.all_stores) request.stores = PG_GETARG_DATUM(3);
    check_source_is_there(NameStr(request.source));
    return request;
}

// Starts a worker from a call that waits for one, at most once a second: such calls come in quick
// succession.
void launch_for_waiting() {
    static TimestampTz last = 0;
    const TimestampTz now = GetCurrentTimestamp();
    if (now - last < USECS_PER_SEC || !work_waits()) return;
    last = now;
    // A worker that waits for the end of a transaction takes up a slot: it starts at the commit of
    // one that has changed something, and at once where there is nothing to wait for.
    if (TransactionIdIsValid(GetTopTransactionIdIfAny()))
        launch_at_commit();
    else
        launch_now(MyDatabaseId, InvalidTransactionId);
}

// Whose dead reports the caller judges; invalid for everyone's. A judgement locks the report as long as the transaction
// lasts, and what becomes of others' reports must not wait for that: they are left to a worker.
Oid judged_owner() { return superuser() ? InvalidOid : GetUserId(); }

// May this transaction judge a dead report? Else it says what it sees.
bool may_judge(const Report& report) {
    const Oid judged = judged_owner();
    return (!OidIsValid(judged) || report.owner == judged) && !XactReadOnly && !IsolationUsesXactSnapshot();
}

// A report as get_report shows it, with dead ones judged and queued ones given a worker.
Report* look_after(Report* report) {
    if (report->state == ReportState::running && !is_alive(*report)) {
        if (may_judge(*report)) judge(*report);
        report = find_report(report->id);
    }
    const bool left = report->state == ReportState::running && !is_alive(*report);
    if ((report->state == ReportState::queued || left) && !RecoveryInProgress())
        launch_for_waiting();
    return report;
}

Datum time_or_null(TimestampTz t, bool* null) {
    *null = t == kNever;
    return TimestampTzGetDatum(t);
}

Datum count_or_null(std::int64_t n, bool* null) {
    *null = n == kUnknownCount;
    return Int64GetDatum(n);
}

HeapTuple report_tuple(TupleDesc shape, const Report& report) {
    const bool runs = report.state == ReportState::running;
    const BeaconReading now =
        runs ? read_beacon(report.beacon, report.id)
             : BeaconReading{false, report.state == ReportState::complete ? 1.0 : 0.0,
                             report.stores_done, report.stores_total};
    Datum values[11];
    bool nulls[11] = {};
    values[0] = UUIDPGetDatum(const_cast<pg_uuid_t*>(&report.id));
    values[1] = CStringGetTextDatum(state_name(report.state));
    values[2] = Float8GetDatum(now.progress);
    values[3] = count_or_null(now.stores_done, &nulls[3]);
    values[4] = count_or_null(now.stores_total, &nulls[4]);
    values[5] = time_or_null(report.created_at, &nulls[5]);
    values[6] = time_or_null(report.started_at, &nulls[6]);
    values[7] = time_or_null(report.finished_at, &nulls[7]);
    values[8] = Int32GetDatum(report.attempts);
    nulls[9] = report.error == nullptr;
    values[9] = nulls[9] ? Datum{0} : CStringGetTextDatum(report.error);
    values[10] = count_or_null(report.row_count, &nulls[10]);
    return heap_form_tuple(shape, values, nulls);
}

}  // namespace
}  // namespace store_uptime::pg::jobs

extern "C" {
PG_FUNCTION_INFO_V1(trigger_report);
PG_FUNCTION_INFO_V1(run_report);
PG_FUNCTION_INFO_V1(get_report);
PG_FUNCTION_INFO_V1(cancel_report);
PG_FUNCTION_INFO_V1(retry_report);
PG_FUNCTION_INFO_V1(delete_report);
PG_FUNCTION_INFO_V1(purge_reports);
PG_FUNCTION_INFO_V1(reap_reports);
PG_FUNCTION_INFO_V1(report_rows);
PGDLLEXPORT Datum trigger_report(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum run_report(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum get_report(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum cancel_report(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum retry_report(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum delete_report(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum purge_reports(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum reap_reports(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum report_rows(PG_FUNCTION_ARGS);

using namespace store_uptime::pg;
using namespace store_uptime::pg::jobs;

// trigger_report(as_of, source, policy, stores): asks for a report; a worker starts on it when the
// caller commits.
Datum trigger_report(PG_FUNCTION_ARGS) {
    refuse_in_restricted_operation("trigger_report");
    auto* id = static_cast<pg_uuid_t*>(palloc(sizeof(pg_uuid_t)));
    SPI_connect();
    ReportRequest request = request_arguments(fcinfo);
    request.settings = session_settings(GetUserId());
    *id = enqueue(request, GetUserId());
    SPI_finish();
    launch_at_commit();
    PG_RETURN_UUID_P(id);
}

// run_report(as_of, source, policy, stores, INOUT report_id): the same work in the caller's session
// and transaction.
Datum run_report(PG_FUNCTION_ARGS) {
    refuse_in_restricted_operation("run_report");
    TupleDesc shape;
    if (get_call_result_type(fcinfo, nullptr, &shape) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "run_report is a procedure");
    const TimestampTz started_at = GetCurrentTimestamp();
    auto* id = static_cast<pg_uuid_t*>(palloc(sizeof(pg_uuid_t)));
    SPI_connect();
    const ReportRequest request = request_arguments(fcinfo);
    const ReportRows rows = compute_rows(request);
    *id = record_complete(PG_ARGISNULL(4) ? nullptr : PG_GETARG_UUID_P(4), request, GetUserId(),
                          started_at, rows.count);
    store_rows(*id, rows);
    SPI_finish();
    Datum values[] = {UUIDPGetDatum(id)};
    bool nulls[] = {false};
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(shape), values, nulls)));
}

// get_report(report_id): how the report stands.
Datum get_report(PG_FUNCTION_ARGS) {
    TupleDesc shape;
    if (get_call_result_type(fcinfo, nullptr, &shape) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "get_report returns a row");
    SPI_connect();
    const Report* report = look_after(report_argument(fcinfo, Act::see));
    SPI_finish();
    PG_RETURN_DATUM(HeapTupleGetDatum(report_tuple(BlessTupleDesc(shape), *report)));
}

// cancel_report(report_id): false if the report has ended already. Called again for a report that does not stop, it ends the
// worker.
Datum cancel_report(PG_FUNCTION_ARGS) {
    SPI_connect();
    const Report* report = report_argument(fcinfo, Act::stop);
    bool done = false;
    // A report may start, or its worker go, between the look and the act: then look again.
    while (report != nullptr && !is_finished(report->state)) {
        CHECK_FOR_INTERRUPTS();
        const bool works = report->state == ReportState::running && is_alive(*report);
        if (!works)
            done = withdraw(*report);
        else if (note_request_to_stop(*report))
            done = ask_to_stop(report->beacon, report->id);
        if (done) break;
        // Too late to ask: its worker is about to end it.
        if (works) pg_usleep(10'000);
        report = find_report(report->id);
    }
    SPI_finish();
    PG_RETURN_BOOL(done);
}

// retry_report(report_id): queues a failed or cancelled report anew.
Datum retry_report(PG_FUNCTION_ARGS) {
    refuse_in_restricted_operation("retry_report");
    SPI_connect();
    const Report* report = report_argument(fcinfo, Act::own);
    owner_name(*report);  // nobody else's report, so it would wait for ever
    const bool ended =
        report->state == ReportState::failed || report->state == ReportState::cancelled;
    if (!ended || !requeue(*report))
        wrong_state(*report, "retried", "Failed and cancelled reports can be retried.");
    SPI_finish();
    launch_at_commit();
    PG_RETURN_VOID();
}

// delete_report(report_id): deletes a report that does not run, with its rows.
Datum delete_report(PG_FUNCTION_ARGS) {
    SPI_connect();
    const Report* report = report_argument(fcinfo, Act::own);
    if (report->state == ReportState::running || !delete_report_and_rows(*report))
        wrong_state(*report, "deleted", "Call store_uptime.cancel_report first.");
    SPI_finish();
    PG_RETURN_VOID();
}

// purge_reports(older_than): deletes what ended longer ago than that: a superuser everyone's,
// others their own.
Datum purge_reports(PG_FUNCTION_ARGS) {
    const Datum now = TimestampTzGetDatum(GetCurrentTimestamp());
    TimestampTz before;
    if (!PG_ARGISNULL(0))
        before = DatumGetTimestampTz(
            DirectFunctionCall2(timestamptz_mi_interval, now, PG_GETARG_DATUM(0)));
    else if (report_retention >= 0)
        before = DatumGetTimestampTz(now) - std::int64_t{report_retention} * USECS_PER_SEC;
    else
        PG_RETURN_INT64(0);
    SPI_connect();
    const std::int64_t deleted = purge(before, superuser() ? InvalidOid : GetUserId());
    SPI_finish();
    PG_RETURN_INT64(deleted);
}

// reap_reports(): gives reports whose workers have gone another try, and queued ones a worker.
Datum reap_reports(PG_FUNCTION_ARGS) {
    (void)fcinfo;
    SPI_connect();
    const int dead = judge_all(judged_owner());
    const bool waiting = work_waits();
    SPI_finish();
    if (waiting) launch_at_commit();
    PG_RETURN_INT32(dead);
}

// report_rows(report_id): the rows of a complete report.
Datum report_rows(PG_FUNCTION_ARGS) {
    InitMaterializedSRF(fcinfo, 0);
    auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    SPI_connect();
    const Report* report = report_argument(fcinfo, Act::own, Sees::as_caller);
    if (report->state != ReportState::complete)
        ereport(ERROR,
                (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                 errmsg("report %s is %s", uuid_text(report->id), state_name(report->state)),
                 report->error ? errdetail("%s", report->error) : 0,
                 errhint("Its rows are there when store_uptime.get_report says 'complete'.")));
    read_stored_rows(report->id, result->setResult);
    SPI_finish();
    return Datum{0};
}
}
