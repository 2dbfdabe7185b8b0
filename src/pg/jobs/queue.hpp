// The queue of reports: the table store_uptime.report_queue, and the only code that changes it.
//
//   queued ──claim──▶ running ──finish──▶ complete | failed | cancelled
//      ▲                 │                              │      │
//      ├──── judge ◀─────┘ (its worker has gone)        └──────┤
//      └──────────────────────── retry ◀───────────────────────┘
//
// Roles take turns: the next report is the oldest of the role that has waited longest since its last one began, so that
// nobody's many reports keep others' waiting.
//
// All functions need SPI connected and run in the caller's transaction, with the rights of the
// queue's owner. Each change names the state (and for a running report the very attempt) that it
// starts from, so that of two that race one finds nothing left to change.
#pragma once

#include "pg/jobs/beacon.hpp"
#include "pg/jobs/session_settings.hpp"
#include "pg/jobs/statement.hpp"

extern "C" {
#include "storage/dsm.h"
#include "utils/uuid.h"
}

namespace store_uptime::pg::jobs {

enum class ReportState { queued, running, complete, failed, cancelled };

constexpr bool is_finished(ReportState s) {
    return s == ReportState::complete || s == ReportState::failed || s == ReportState::cancelled;
}

inline constexpr TimestampTz kNever = DT_NOEND;  // of a time that has not come

// What a report is asked to say; everything its rows depend on beside the source's data.
struct ReportRequest {
    TimestampTz as_of;
    NameData source;
    Oid policy_type;
    Datum policy;
    bool all_stores;
    Datum stores;  // text[], unless all_stores
    SessionSettings settings;
};

// A row of the queue.
struct Report {
    pg_uuid_t id;
    Oid owner;             // invalid if the role did not exist when the row was restored
    const char* owner_is;  // its name when the report was asked for
    ReportState state;
    ReportRequest request;
    TimestampTz created_at, started_at, finished_at;
    int attempts;
    const char* error;  // null: none
    std::int64_t row_count, stores_done, stores_total;
    dsm_handle beacon;
};

static_assert(std::is_trivially_destructible_v<Report>);

const char* state_name(ReportState state);
char* uuid_text(const pg_uuid_t& id);

// Is the extension there? A worker outlives its DROP.
bool queue_exists();

// The name of the role that asked. 42704: there is none any more.
const char* owner_name(const Report& report);

// Puts a request at the end of its owner's queue. 53400: the owner has store_uptime.max_queued_reports there.
pg_uuid_t enqueue(const ReportRequest& request, Oid owner);

// Records a report that was run at once, by its owner, with the rows that it has. An id of all
// zeroes: a new one.
pg_uuid_t record_complete(const pg_uuid_t* id, const ReportRequest& request, Oid owner,
                          TimestampTz started_at, std::int64_t rows);

// The report, or null.
Report* find_report(const pg_uuid_t& id, Sees sees = Sees::latest);

// What a worker is given to do. A worker serves one role: whatever code of that role's leaves behind in the process,
// connections for example, is nobody else's.
struct Claim {
    Report* report;     // or null
    bool is_anothers;   // there is one, but it is another role's turn
};

// Takes the report whose turn it is, lights its beacon and makes it running; none if as many reports run as may, of all or
// of each role that waits. `served` is the role that the worker has served; invalid for none. First judges the reports
// whose workers have gone.
Claim claim(Oid served);

// Is there something for a worker to do: a queued report that may run now, or a dead one to judge?
bool work_waits();

// How a running report ended. `rows` counts for complete ones. False: it is not this attempt's any
// more.
struct Ending {
    ReportState state;
    const char* error = nullptr;
    std::int64_t rows = kUnknownCount;
    std::int64_t stores_done = kUnknownCount;
    std::int64_t stores_total = kUnknownCount;
    std::int64_t processes = kUnknownCount;  // that computed it
};
bool finish(const Report& report, const Ending& ending);

// Does somebody work on a running report?
bool is_alive(const Report& report);

// Locks the report's row, if it is still the same attempt's and nobody else holds the lock: that may take as long as a
// user's transaction.
struct LockedReport {
    bool was_asked_to_stop;
};
std::optional<LockedReport> lock_unless_held(const Report& report);

// Of a running report that nobody works on: ends it if it was asked to stop or has had its time, gives it another try
// otherwise, or fails it if it had its last. False if it has ended after all, or if somebody else judges it.
bool judge(const Report& report);

// Gives a report that ended early, through no fault of its own, another try. False if it had its last.
bool try_again(const Report& report);

// Notes in the queue that a running report was asked to stop, so that it stays so when its worker goes. False if it does not
// run any more.
bool note_request_to_stop(const Report& report);

// Judges those of `owner`, or everyone's if that is invalid; the number of all that were dead.
int judge_all(Oid owner);

// What get_report says of a report that took longer than it may.
const char* timeout_text();

// queued -> cancelled; failed, cancelled -> queued; false if the report is in another state by now.
bool withdraw(const Report& report);
bool requeue(const Report& report);  // 53400 as enqueue

// Deletes a report that does not run, with its rows. False if it runs by now or has gone.
bool delete_report_and_rows(const Report& report);

// Deletes reports that ended before `before`: those of `owner`, or everyone's if that is invalid.
// Their number.
std::int64_t purge(TimestampTz before, Oid owner);

}  // namespace store_uptime::pg::jobs
