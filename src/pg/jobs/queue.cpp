#include "pg/jobs/queue.hpp"

#include "pg/jobs/beacon.hpp"
#include "pg/jobs/notify.hpp"
#include "pg/settings.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "storage/lock.h"
}

namespace store_uptime::pg::jobs {
namespace {

constexpr const char* kStateNames[] = {"queued", "running", "complete", "failed", "cancelled"};

constexpr const char* kSelect = R"(
    SELECT q.report_id, q.owner_id, q.owner, q.status, q.as_of, q.source, q.policy, q.stores,
           q.created_at, q.started_at, q.finished_at, q.attempts, q.error, q.row_count,
           q.stores_done, q.stores_total, q.beacon
    FROM store_uptime.report_queue AS q )";

// --- reading rows ---

ReportState parse_state(const char* name) {
    for (int i = 0; i < static_cast<int>(lengthof(kStateNames)); ++i)
        if (std::strcmp(name, kStateNames[i]) == 0) return static_cast<ReportState>(i);
    elog(ERROR, "store_uptime: the queue holds the unknown status \"%s\"", name);
    pg_unreachable();
}

TimestampTz time_in(std::uint64_t row, int column) {
    bool null = false;
    const Datum value = result(row, column, &null);
    return null ? kNever : DatumGetTimestampTz(value);
}

std::int64_t count_in(std::uint64_t row, int column) {
    bool null = false;
    const Datum value = result(row, column, &null);
    return null ? kUnknownCount : DatumGetInt64(value);
}

// Copies of values that outlive SPI_finish, as everything of a Report does.
Datum keep(std::uint64_t row, int column, bool* null) {
    const Datum value = result(row, column, null);
    const Form_pg_attribute a = TupleDescAttr(SPI_tuptable->tupdesc, column - 1);
    return *null ? value : SPI_datumTransfer(value, a->attbyval, a->attlen);
}

char* keep_text(const char* text) {
    const std::size_t size = std::strlen(text) + 1;
    return static_cast<char*>(std::memcpy(SPI_palloc(size), text, size));
}

Report* read_report(std::uint64_t row) {
    auto* r = static_cast<Report*>(SPI_palloc(sizeof(Report)));
    bool null = false;
    r->id = *DatumGetUUIDP(result(row, 1, &null));
    const Datum owner = result(row, 2, &null);
    r->owner = null ? InvalidOid : DatumGetObjectId(owner);
    r->owner_is = keep_text(NameStr(*DatumGetName(result(row, 3, &null))));
    r->state = parse_state(TextDatumGetCString(result(row, 4, &null)));
    r->request.as_of = time_in(row, 5);
    r->request.source = *DatumGetName(result(row, 6, &null));
    r->request.policy = keep(row, 7, &null);
    r->request.policy_type = SPI_gettypeid(SPI_tuptable->tupdesc, 7);
    r->request.stores = keep(row, 8, &r->request.all_stores);
    r->created_at = time_in(row, 9);
    r->started_at = time_in(row, 10);
    r->finished_at = time_in(row, 11);
    r->attempts = DatumGetInt32(result(row, 12, &null));
    const Datum error = result(row, 13, &null);
    r->error = null ? nullptr : keep_text(TextDatumGetCString(error));
    r->row_count = count_in(row, 14);
    r->stores_done = count_in(row, 15);
    r->stores_total = count_in(row, 16);
    r->beacon =
        static_cast<dsm_handle>(std::max<std::int64_t>(count_in(row, 17), DSM_HANDLE_INVALID));
    return r;
}

// --- parameters ---

Parameters& add_id(Parameters& p, const pg_uuid_t& id) {
    return p.add(UUIDOID, UUIDPGetDatum(const_cast<pg_uuid_t*>(&id)));
}

Parameters& add_request(Parameters& p, const ReportRequest& request) {
    return p.add(TIMESTAMPTZOID, TimestampTzGetDatum(request.as_of))
        .add(NAMEOID, NameGetDatum(const_cast<NameData*>(&request.source)))
        .add(request.policy_type, request.policy)
        .add(TEXTARRAYOID, request.stores, request.all_stores);
}

Parameters& add_count(Parameters& p, std::int64_t n) {
    return p.add(INT8OID, Int64GetDatum(n), n == kUnknownCount);
}

// "This report, in this state, and if it runs in this attempt": $1, $2, $3.
#define SAME_STATE "report_id = $1 AND status = $2 AND started_at IS NOT DISTINCT FROM $3"

Parameters same_state(const Report& report) {
    Parameters p;
    add_id(p, report.id)
        .add(TEXTOID, CStringGetTextDatum(state_name(report.state)))
        .add(TIMESTAMPTZOID, TimestampTzGetDatum(report.started_at), report.started_at == kNever);
    return p;
}

// Changes the report of same_state() as the assignments say, if it is still in that state.
bool change(const char* assignments, const Parameters& parameters) {
    return run_on_queue(
               psprintf("UPDATE store_uptime.report_queue SET %s WHERE " SAME_STATE, assignments),
               parameters) > 0;
}

// --- claiming ---

// One claim at a time in a database, so that the number of running reports is exact. No SQL
// function can take this advisory lock: its last field is 1 or 2 for theirs.
void lock_claims() {
    LOCKTAG tag;
    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, 0, 0, 0x7570);
    LockAcquire(&tag, ExclusiveLock, false, false);
}

// The running reports, dead or alive.
std::span<Report*> running() {
    const std::uint64_t n = run_on_queue(psprintf("%s WHERE q.status = 'running'", kSelect));
    auto** reports = static_cast<Report**>(palloc(sizeof(Report*) * (n + 1)));
    for (std::uint64_t i = 0; i < n; ++i) reports[i] = read_report(i);
    return {reports, n};
}

}  // namespace

const char* state_name(ReportState state) {
    return kStateNames[static_cast<int>(state)];
}

char* uuid_text(const pg_uuid_t& id) {
    return DatumGetCString(
        DirectFunctionCall1(uuid_out, UUIDPGetDatum(const_cast<pg_uuid_t*>(&id))));
}

bool queue_exists() {
    const Oid schema = get_namespace_oid("store_uptime", true);
    return OidIsValid(schema) && OidIsValid(get_relname_relid("report_queue", schema));
}

pg_uuid_t enqueue(const ReportRequest& request, Oid owner) {
    Parameters p;
    add_request(p, request).add(NAMEOID, CStringGetDatum(GetUserNameFromId(owner, false)));
    run_on_queue(R"(
        INSERT INTO store_uptime.report_queue (as_of, source, policy, stores, owner)
        VALUES ($1, $2, $3, $4, $5) RETURNING report_id)",
                 p);
    bool null = false;
    return *DatumGetUUIDP(result(0, 1, &null));
}

pg_uuid_t record_complete(const pg_uuid_t* id, const ReportRequest& request, Oid owner,
                          TimestampTz started_at, std::int64_t rows) {
    Parameters p;
    add_request(p, request)
        .add(NAMEOID, CStringGetDatum(GetUserNameFromId(owner, false)))
        .add(UUIDOID, UUIDPGetDatum(const_cast<pg_uuid_t*>(id)), id == nullptr)
        .add(TIMESTAMPTZOID, TimestampTzGetDatum(started_at))
        .add(INT8OID, Int64GetDatum(rows));
    run_on_queue(R"(
        INSERT INTO store_uptime.report_queue (
            as_of, source, policy, stores, owner, report_id, status, created_at, started_at,
            finished_at, attempts, row_count, stores_done, stores_total)
        VALUES ($1, $2, $3, $4, $5, coalesce($6, gen_random_uuid()), 'complete', $7, $7,
                clock_timestamp(), 1, $8, $8, $8)
        RETURNING report_id)",
                 p);
    bool null = false;
    return *DatumGetUUIDP(result(0, 1, &null));
}

Report* find_report(const pg_uuid_t& id, Sees sees) {
    Parameters p;
    add_id(p, id);
    const std::uint64_t found =
        run_on_queue(psprintf("%s WHERE q.report_id = $1", kSelect), p, sees);
    return found == 0 ? nullptr : read_report(0);
}

Report* claim() {
    lock_claims();
    int alive = 0;
    for (const Report* report : running()) {
        if (is_alive(*report))
            ++alive;
        else
            judge(*report);
    }
    if (alive >= max_report_workers) return nullptr;

    const std::uint64_t found = run_on_queue(R"(
        SELECT report_id FROM store_uptime.report_queue WHERE status = 'queued'
        ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)");
    if (found == 0) return nullptr;
    bool null = false;
    const pg_uuid_t id = *DatumGetUUIDP(result(0, 1, &null));
    Parameters p;
    add_id(p, id)
        .add(INT8OID, Int64GetDatum(light_beacon(id)))
        .add(INT4OID, Int32GetDatum(MyProcPid));
    run_on_queue(R"(
        UPDATE store_uptime.report_queue
        SET status = 'running', started_at = clock_timestamp(), attempts = attempts + 1,
            beacon = $2, worker_pid = $3
        WHERE report_id = $1)",
                 p);
    return find_report(id);
}

bool is_alive(const Report& report) {
    return read_beacon(report.beacon, report.id).alive;
}

bool reports_wait() {
    return run_on_queue("SELECT FROM store_uptime.report_queue WHERE status = 'queued' LIMIT 1") >
           0;
}

bool has_room() {
    int alive = 0;
    for (const Report* report : running()) alive += is_alive(*report);
    return alive < max_report_workers;
}

bool finish(const Report& report, const Ending& ending) {
    Parameters p = same_state(report);
    p.add(TEXTOID, CStringGetTextDatum(state_name(ending.state)))
        .add(TEXTOID, ending.error ? CStringGetTextDatum(ending.error) : Datum{0},
             ending.error == nullptr);
    add_count(p, ending.rows);
    add_count(p, ending.stores_done);
    add_count(p, ending.stores_total);
    add_count(p, ending.processes);
    const bool done = change(R"(
        status = $4, error = $5, row_count = $6, stores_done = $7, stores_total = $8,
        processes = $9, finished_at = clock_timestamp(), beacon = NULL, worker_pid = NULL)",
                             p);
    if (done) notify_end(report.id, ending.state);
    return done;
}

bool judge(const Report& report) {
    // Whoever holds the row may do so for long, and nobody shall wait for him.
    if (run_on_queue("SELECT FROM store_uptime.report_queue WHERE " SAME_STATE
                     " FOR UPDATE SKIP LOCKED",
                     same_state(report)) == 0)
        return false;
    if (report.attempts < max_attempts)
        return change("status = 'queued', beacon = NULL, worker_pid = NULL", same_state(report));
    const char* error = psprintf(
        "its worker ended before the report did, %d times (SQLSTATE 57P01)\n"
        "HINT:  The server log tells why. store_uptime.max_attempts limits the tries;"
        " store_uptime.retry_report starts anew.",
        report.attempts);
    return finish(report, {.state = ReportState::failed, .error = error});
}

int judge_all() {
    int dead = 0;
    for (const Report* report : running()) dead += !is_alive(*report) && judge(*report);
    return dead;
}

bool withdraw(const Report& report) {
    if (report.state == ReportState::running)
        return finish(report, {.state = ReportState::cancelled});
    const bool done =
        change("status = 'cancelled', finished_at = clock_timestamp()", same_state(report));
    if (done) notify_end(report.id, ReportState::cancelled);
    return done;
}

bool requeue(const Report& report) {
    return change(R"(
        status = 'queued', attempts = 0, error = NULL, created_at = clock_timestamp(),
        started_at = NULL, finished_at = NULL, stores_done = NULL, stores_total = NULL)",
                  same_state(report));
}

bool delete_report_and_rows(const Report& report) {
    return run_on_queue(R"(
        WITH gone AS (
            DELETE FROM store_uptime.report_queue WHERE )" SAME_STATE R"( RETURNING report_id),
        rows AS (
            DELETE FROM store_uptime.report_result AS r USING gone
            WHERE r.report_id = gone.report_id)
        SELECT FROM gone)",
                        same_state(report)) > 0;
}

std::int64_t purge(TimestampTz before, Oid owner) {
    Parameters p;
    p.add(TIMESTAMPTZOID, TimestampTzGetDatum(before))
        .add(OIDOID, ObjectIdGetDatum(owner), !OidIsValid(owner));
    run_on_queue(R"(
        WITH old AS (
            SELECT report_id FROM store_uptime.report_queue
            WHERE finished_at < $1 AND ($2 IS NULL OR owner_id = $2) FOR UPDATE SKIP LOCKED),
        gone AS (
            DELETE FROM store_uptime.report_queue AS q USING old
            WHERE q.report_id = old.report_id RETURNING q.report_id),
        rows AS (
            DELETE FROM store_uptime.report_result AS r USING gone
            WHERE r.report_id = gone.report_id)
        SELECT count(*) FROM gone)",
                 p);
    bool null = false;
    return DatumGetInt64(result(0, 1, &null));
}

}  // namespace store_uptime::pg::jobs
