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
           q.stores_done, q.stores_total, q.beacon, q.settings, q.withheld
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
    r->request.settings = {keep(row, 18, &null), keep(row, 19, &null)};
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

// Those that somebody works on. The others are handed to f(report).
template <class F>
std::span<Report*> alive(F f) {
    const std::span<Report*> reports = running();
    std::size_t kept = 0;
    for (Report* report : reports) {
        if (is_alive(*report))
            reports[kept++] = report;
        else
            f(*report);
    }
    return reports.first(kept);
}

bool may_run_one_more(Oid role, std::span<Report* const> alive) {
    const auto of_role = std::count_if(alive.begin(), alive.end(), [&](const Report* r) { return r->owner == role; });
    return of_role < max_report_workers_of_role();
}

// The roles with queued reports, in the order of their turns. (The recursion skips from role to role in an index.)
std::span<Oid> roles_in_turn() {
    const std::uint64_t n = run_on_queue(R"(
        WITH RECURSIVE waiting (role) AS (
            (SELECT owner_id FROM store_uptime.report_queue WHERE status = 'queued' ORDER BY owner_id LIMIT 1)
            UNION ALL
            SELECT (SELECT q.owner_id FROM store_uptime.report_queue AS q
                    WHERE q.status = 'queued' AND q.owner_id > w.role ORDER BY q.owner_id LIMIT 1)
            FROM waiting AS w WHERE w.role IS NOT NULL)
        SELECT w.role FROM waiting AS w WHERE w.role IS NOT NULL
        ORDER BY (SELECT max(q.started_at) FROM store_uptime.report_queue AS q WHERE q.owner_id = w.role) NULLS FIRST,
                 (SELECT min(q.created_at) FROM store_uptime.report_queue AS q
                  WHERE q.status = 'queued' AND q.owner_id = w.role))");
    auto* roles = static_cast<Oid*>(palloc(sizeof(Oid) * (n + 1)));
    bool null = false;
    for (std::uint64_t i = 0; i < n; ++i) roles[i] = DatumGetObjectId(result(i, 1, &null));
    return {roles, n};
}

Report* claim_of(Oid role) {
    Parameters owner;
    owner.add(OIDOID, ObjectIdGetDatum(role));
    const std::uint64_t found = run_on_queue(R"(
        SELECT report_id FROM store_uptime.report_queue WHERE status = 'queued' AND owner_id = $1
        ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)", owner);
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

bool has_had_its_time(const Report& report) {
    return report_timeout > 0 && GetCurrentTimestamp() - report.started_at >= std::int64_t{report_timeout} * 1000;
}

void check_queue_length(Oid owner) {
    if (max_queued_reports == 0) return;
    Parameters p;
    p.add(OIDOID, ObjectIdGetDatum(owner)).add(INT4OID, Int32GetDatum(max_queued_reports));
    const std::uint64_t queued =
        run_on_queue("SELECT FROM store_uptime.report_queue WHERE status = 'queued' AND owner_id = $1 LIMIT $2", p);
    if (queued < static_cast<std::uint64_t>(max_queued_reports)) return;
    ereport(ERROR, (errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
                    errmsg("role \"%s\" has " UINT64_FORMAT " reports in the queue already", GetUserNameFromId(owner, false), queued),
                    errhint("Wait for some, or cancel them; store_uptime.max_queued_reports limits them.")));
}

}  // namespace

const char* state_name(ReportState state) {
    return kStateNames[static_cast<int>(state)];
}

char* uuid_text(const pg_uuid_t& id) {
    return DatumGetCString(
        DirectFunctionCall1(uuid_out, UUIDPGetDatum(const_cast<pg_uuid_t*>(&id))));
}

const char* owner_name(const Report& report) {
    const char* name = OidIsValid(report.owner) ? GetUserNameFromId(report.owner, true) : nullptr;
    if (name == nullptr)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("role \"%s\", which asked for the report, does not exist any more", report.owner_is),
                        errhint("Ask for the report as another role.")));
    return name;
}

bool queue_exists() {
    const Oid schema = get_namespace_oid("store_uptime", true);
    return OidIsValid(schema) && OidIsValid(get_relname_relid("report_queue", schema));
}

pg_uuid_t enqueue(const ReportRequest& request, Oid owner) {
    check_queue_length(owner);
    Parameters p;
    add_request(p, request)
        .add(JSONBOID, request.settings.carried)
        .add(TEXTARRAYOID, request.settings.withheld)
        .add(NAMEOID, CStringGetDatum(GetUserNameFromId(owner, false)));
    run_on_queue(R"(
        INSERT INTO store_uptime.report_queue (as_of, source, policy, stores, settings, withheld, owner)
        VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING report_id)",
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

Claim claim(Oid served) {
    lock_claims();
    const std::span<Report*> others = alive([](const Report& dead) { judge(dead); });
    if (others.size() >= static_cast<std::size_t>(max_report_workers)) return {};
    for (const Oid role : roles_in_turn()) {
        if (!may_run_one_more(role, others)) continue;
        if (OidIsValid(served) && role != served) return {nullptr, true};
        if (Report* report = claim_of(role)) return {report, false};
    }
    return {};
}

bool is_alive(const Report& report) {
    return read_beacon(report.beacon, report.id).alive;
}

bool work_waits() {
    bool some_dead = false;
    const std::span<Report*> others = alive([&](const Report&) { some_dead = true; });
    if (others.size() >= static_cast<std::size_t>(max_report_workers)) return false;
    if (some_dead) return true;
    const std::span<Oid> roles = roles_in_turn();
    return std::any_of(roles.begin(), roles.end(), [&](Oid role) { return may_run_one_more(role, others); });
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
        processes = $9, finished_at = clock_timestamp(), beacon = NULL, worker_pid = NULL,
        settings = CASE $4 WHEN 'complete' THEN '{}' ELSE settings END)",
                             p);
    if (done) notify_end(report.id, ending.state);
    return done;
}

std::optional<LockedReport> lock_unless_held(const Report& report) {
    if (run_on_queue("SELECT cancel_requested_at IS NOT NULL FROM store_uptime.report_queue WHERE " SAME_STATE
                     " FOR UPDATE SKIP LOCKED",
                     same_state(report)) == 0)
        return std::nullopt;
    bool null = false;
    return LockedReport{DatumGetBool(result(0, 1, &null))};
}

bool judge(const Report& report) {
    const std::optional<LockedReport> locked = lock_unless_held(report);
    if (!locked) return false;
    if (locked->was_asked_to_stop) return finish(report, {.state = ReportState::cancelled});
    if (has_had_its_time(report)) return finish(report, {.state = ReportState::failed, .error = timeout_text()});
    if (try_again(report)) return true;
    const char* error = psprintf(
        "its worker ended before the report did, %d times (SQLSTATE 57P01)\n"
        "HINT:  The server log tells why. store_uptime.max_attempts limits the tries;"
        " store_uptime.retry_report starts anew.",
        report.attempts);
    return finish(report, {.state = ReportState::failed, .error = error});
}

bool try_again(const Report& report) {
    return report.attempts < max_attempts &&
           change("status = 'queued', beacon = NULL, worker_pid = NULL", same_state(report));
}

bool note_request_to_stop(const Report& report) {
    return change("cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())", same_state(report));
}

const char* timeout_text() {
    return psprintf("the report took longer than store_uptime.report_timeout, %s (SQLSTATE 57014)",
                    GetConfigOptionByName("store_uptime.report_timeout", nullptr, false));
}

int judge_all(Oid owner) {
    int dead = 0;
    for (const Report* report : running()) {
        if (is_alive(*report)) continue;
        dead += !OidIsValid(owner) || report->owner == owner ? judge(*report) : 1;
    }
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
    check_queue_length(report.owner);
    return change(R"(
        status = 'queued', attempts = 0, error = NULL, created_at = clock_timestamp(),
        started_at = NULL, finished_at = NULL, cancel_requested_at = NULL, stores_done = NULL,
        stores_total = NULL)",
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
