// The background worker: takes queued reports, one after the other, until there are none.
//
// It needs no shared state but the queue and its beacon, and no role of its own: it connects
// without one, as a server process, and computes each report with the rights and settings of the
// role that asked (which may be one that cannot log in). A process serves one role only, because
// code of that role's may leave things behind in it: connections, the state of random numbers.
#include "pg/jobs/beacon.hpp"
#include "pg/jobs/compute.hpp"
#include "pg/jobs/launch.hpp"
#include "pg/jobs/login_settings.hpp"
#include "pg/jobs/queue.hpp"
#include "pg/jobs/session_settings.hpp"
#include "pg/jobs/withheld_settings.hpp"
#include "pg/owner_trigger.hpp"
#include "pg/rights.hpp"
#include "pg/settings.hpp"

extern "C" {
#include "commands/prepare.h"
#include "commands/sequence.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "tcop/tcopprot.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"
}

namespace store_uptime::pg::jobs {
namespace {

bool working = false;  // on a report whose claim is committed

// --- transactions of the worker's own ---

// Results that outlive the transaction are made in `context`.
void begin(const char* activity, MemoryContext context) {
    SetCurrentStatementStartTimestamp();
    StartTransactionCommand();
    // Whatever the database's defaults are: the queue is written, and by statements that see each
    // other's commits.
    XactReadOnly = false;
    XactIsoLevel = XACT_READ_COMMITTED;
    debug_query_string = activity;
    pgstat_report_activity(STATE_RUNNING, activity);
    MemoryContextSwitchTo(context);
    SPI_connect();
    PushActiveSnapshot(GetTransactionSnapshot());
}

void commit() {
    PopActiveSnapshot();
    SPI_finish();
    CommitTransactionCommand();
    debug_query_string = nullptr;
    pgstat_report_stat(true);
    pgstat_report_activity(STATE_IDLE, nullptr);
}

void sleep_for(long milliseconds) {
    WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, milliseconds, PG_WAIT_EXTENSION);
    ResetLatch(MyLatch);
    CHECK_FOR_INTERRUPTS();
}

// --- one report ---

const char* title(const Report& report) {
    return psprintf("store_uptime report %s of source %s as of %s", uuid_text(report.id),
                    NameStr(report.request.source), timestamptz_to_str(report.request.as_of));
}

// Becomes the role that asked, for SESSION_USER too, until the end of the transaction.
void become_owner(const Report& report) {
    const char* role = owner_name(report);
    set_config_option("session_authorization", role, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_LOCAL,
                      true, 0, false);
}

// Until the role's rights end: as many parallel workers as the setting allows beside this one.
void limit_processes() {
    set_config_option("max_parallel_workers_per_gather", psprintf("%d", workers_per_report - 1),
                      PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

// Takes the signal that comes with a request to stop, so that it cannot hit the next report.
void await_interrupt() {
    for (int i = 0; i < 100 && !QueryCancelPending; ++i) {
        WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, 10, PG_WAIT_EXTENSION);
        ResetLatch(MyLatch);
    }
    QueryCancelPending = false;
}

// A cancel can be caught by code of the user's. What it was for is looked at again then.
void check_time(const Report& report) {
    if (report_timeout > 0 && GetCurrentTimestamp() - report.started_at >= std::int64_t{report_timeout} * 1000)
        ereport(ERROR, (errcode(ERRCODE_QUERY_CANCELED), errmsg("canceling the report due to its timeout")));
}

// The process ends a while after the timeout, if the report has not. Registered once.
TimeoutId grace_timeout = MAX_TIMEOUTS;
constexpr int kGraceMilliseconds = 5000;
void end_process() { kill(MyProcPid, SIGTERM); }

void start_timeouts() {
    if (report_timeout <= 0) return;
    if (grace_timeout == MAX_TIMEOUTS) grace_timeout = RegisterTimeout(USER_TIMEOUT, end_process);
    enable_timeout_after(STATEMENT_TIMEOUT, report_timeout);
    enable_timeout_after(grace_timeout, std::min(report_timeout, INT_MAX - kGraceMilliseconds) + kGraceMilliseconds);
}

ReportRows compute_as_owner(const Report& report) {
    const Rights before = act_as(report.owner);
    limit_processes();
    apply_carried(report.request.settings.carried, report.owner);
    const ReportRows rows = compute_rows(report.request);
    restore(before);
    check_nothing_withheld_was_read();
    check_time(report);
    return rows;
}

void compute_and_finish(const Report& report, MemoryContext context) {
    begin(title(report), context);
    become_owner(report);
    start_timeouts();
    withhold_settings(report.request.settings);
    const ReportRows rows = compute_as_owner(report);
    store_rows(report.id, rows);
    if (!finish(report, {.state = ReportState::complete,
                         .rows = rows.count,
                         .stores_done = rows.count,
                         .stores_total = rows.count,
                         .processes = static_cast<std::int64_t>(report_watch->processes)}))
        elog(ERROR, "store_uptime: report %s was taken away from its worker", uuid_text(report.id));
    disable_all_timeouts(false);
    CHECK_FOR_INTERRUPTS();
    if (!beacon_close_to_requests()) {
        await_interrupt();
        ereport(ERROR,
                (errcode(ERRCODE_QUERY_CANCELED), errmsg("canceling the report on request")));
    }
    commit();
}

// What get_report says of a report that ended with an error.
const char* error_text(const ErrorData& e) {
    StringInfoData s;
    initStringInfo(&s);
    appendStringInfo(&s, "%s (SQLSTATE %s)", e.message ? e.message : "unknown error",
                     unpack_sql_state(e.sqlerrcode));
    if (e.detail) appendStringInfo(&s, "\nDETAIL:  %s", e.detail);
    if (e.hint) appendStringInfo(&s, "\nHINT:  %s", e.hint);
    return s.data;
}

// Was it the timeout? The server says so only in the message, in the language of the server.
bool timed_out(const Report& report, const ErrorData& error) {
    return error.sqlerrcode == ERRCODE_QUERY_CANCELED && report_timeout > 0 &&
           GetCurrentTimestamp() - report.started_at >= std::int64_t{report_timeout} * 1000;
}

// How a report ended that did not complete.
Ending ending_of(const Report& report, const ErrorData& error) {
    Ending ending = {.state = ReportState::failed};
    const ReportWatch& watch = *beacon_watch();
    if (watch.stores_total > 0) {
        ending.stores_done = static_cast<std::int64_t>(watch.stores_done);
        ending.stores_total = static_cast<std::int64_t>(watch.stores_total);
    }
    if (!beacon_close_to_requests()) {
        if (error.sqlerrcode != ERRCODE_QUERY_CANCELED) await_interrupt();
        ending.state = ReportState::cancelled;
    } else {
        ending.error = timed_out(report, error) ? timeout_text() : error_text(error);
    }
    return ending;
}

// What it was about to read had changed, or was locked by one that waited for it in turn: not so the next time.
bool is_passing(const ErrorData& error) {
    return error.sqlerrcode == ERRCODE_T_R_SERIALIZATION_FAILURE || error.sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED;
}

// Writes the ending down, unless somebody else holds the report's row. Who asked it to stop may do so as long as the
// transaction lasts that did: then it is left to whoever looks next.
bool settle(const Report& report, const ErrorData& error, const Ending& ending, MemoryContext context) {
    begin("store_uptime: record how a report ended", context);
    const bool exists = queue_exists();
    const std::optional<LockedReport> locked = exists ? lock_unless_held(report) : std::nullopt;
    const bool again = locked && !locked->was_asked_to_stop && ending.state == ReportState::failed &&
                       is_passing(error) && try_again(report);
    if (locked && !again) finish(report, ending);
    commit();
    return locked || !exists;
}

// The next report of the role gets no locks and statements of this one's, as with a connection pool.
void forget_report() {
    DropAllPreparedStatements();
    ResetSequenceCaches();
    LockReleaseSession(USER_LOCKMETHOD);
}

void run(const Report& report, MemoryContext context) {
    ErrorData* volatile error = nullptr;
    MemoryContextSwitchTo(context);
    report_watch = beacon_watch();
    report_watch_place = beacon_watch_place();
    PG_TRY();
    { compute_and_finish(report, context); }
    PG_CATCH();
    {
        HOLD_INTERRUPTS();
        MemoryContextSwitchTo(context);
        error = CopyErrorData();
        disable_all_timeouts(false);
        QueryCancelPending = false;
        EmitErrorReport();
        AbortOutOfAnyTransaction();
        FlushErrorState();
        RESUME_INTERRUPTS();
    }
    PG_END_TRY();
    report_watch = nullptr;
    report_watch_place = {DSM_HANDLE_INVALID, 0};
    forget_report();
    if (error != nullptr) {
        const Ending ending = ending_of(report, *error);
        constexpr int kTries = 20;
        for (int i = 0; i < kTries && !settle(report, *error, ending, context); ++i) sleep_for(50);
    }
    put_out_beacon();
}

// --- the loop ---

// Starts another worker. Where the server has no slot free one may become so soon.
void hand_over() {
    constexpr int kTries = 20;
    for (int i = 0; i < kTries && !launch_now(MyDatabaseId, InvalidTransactionId); ++i) sleep_for(50);
}

// Gives back a claim that is not committed: the process has not the settings that the role has by now.
Report* leave_to_next() {
    AbortOutOfAnyTransaction();
    put_out_beacon();
    working = false;
    hand_over();
    return nullptr;
}

// Claims a report of the role served so far, if that is whose turn it is, and starts one more worker if there is work for it.
Report* take_work(Oid served, MemoryContext context) {
    QueryCancelPending = false;
    Claim claimed = {};
    bool more = false;
    begin("store_uptime: look for a queued report", context);
    if (queue_exists()) {
        claimed = claim(served);
        if (claimed.report != nullptr && OidIsValid(served) && !has_settings_of_role(served)) return leave_to_next();
        more = claimed.report != nullptr && work_waits();
    }
    commit();
    working = claimed.report != nullptr;
    if (more) launch_now(MyDatabaseId, InvalidTransactionId);
    if (claimed.is_anothers) hand_over();
    return claimed.report;
}

// The process becomes one of a role: its settings, and from then on its reports alone.
Oid serve(const Report& report) {
    StartTransactionCommand();
    take_settings_of_role(report.owner);
    CommitTransactionCommand();
    remember_custom_settings();
    return report.owner;
}

// When the queue is empty: old reports go, and rows of roles that were renamed get their names.
void clean_up(MemoryContext context) {
    begin("store_uptime: clean up", context);
    if (queue_exists()) {
        if (report_retention >= 0)
            purge(GetCurrentTimestamp() - std::int64_t{report_retention} * USECS_PER_SEC, InvalidOid);
        for (const char* table : {"source", "report_queue"}) refresh_owner_names(table, InvalidOid);
    }
    commit();
}

void start(TransactionId after) {
    StartTransactionCommand();
    if (TransactionIdIsValid(after)) XactLockTableWait(after, nullptr, nullptr, XLTW_None);
    CommitTransactionCommand();
}

// A worker that is terminated in the middle of a report leaves it to another one. That ends: tries
// are counted. The other must not find this one's beacon lit or its rows locked, so it is launched
// when both are gone, but not yet this process.
void leave(int code, Datum) {
    if (code != 0 && working) launch_now(MyDatabaseId, InvalidTransactionId);
}

void work() {
    MemoryContext context =
        AllocSetContextCreate(TopMemoryContext, "store_uptime report", ALLOCSET_DEFAULT_SIZES);
    Oid served = InvalidOid;
    while (const Report* report = take_work(served, context)) {
        if (!OidIsValid(served)) served = serve(*report);
        run(*report, context);
        MemoryContextReset(context);
        if (has_traces() || ConfigReloadPending) return hand_over();
    }
    clean_up(context);
}

}  // namespace
}  // namespace store_uptime::pg::jobs

extern "C" {
PGDLLEXPORT void store_uptime_report_worker(Datum);

void store_uptime_report_worker(Datum) {
    using namespace store_uptime::pg::jobs;
    WorkerArguments arguments;
    std::memcpy(&arguments, MyBgworkerEntry->bgw_extra, sizeof arguments);
    pqsignal(SIGHUP, SignalHandlerForConfigReload);
    pqsignal(SIGTERM, die);
    BackgroundWorkerUnblockSignals();
    remember_server_settings();
    BackgroundWorkerInitializeConnectionByOid(arguments.database, InvalidOid, 0);
    SetConfigOption("application_name", "store_uptime", PGC_USERSET, PGC_S_SESSION);
    on_shmem_exit(leave, Datum{0});
    start(arguments.after);
    work();
    proc_exit(0);
}
}
