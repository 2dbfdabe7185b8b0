// The queue of reports: the table store_uptime.report_queue, and the only code that changes it.
//
//   queued ──claim──▶ running ──finish──▶ complete | failed | cancelled
//      ▲                 │                              │      │
//      ├──── judge ◀─────┘ (its worker has gone)        └──────┤
//      └──────────────────────── retry ◀───────────────────────┘
//
// All functions need SPI connected and run in the caller's transaction, with the rights of the
// queue's owner. Each change names the state (and for a running report the very attempt) that it
// starts from, so that of two that race one finds nothing left to change.
#pragma once

#include "pg/jobs/beacon.hpp"
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

// Puts a request at the queue's end. `owner` asks for it.
pg_uuid_t enqueue(const ReportRequest& request, Oid owner);

// Records a report that was run at once, by its owner, with the rows that it has. An id of all
// zeroes: a new one.
pg_uuid_t record_complete(const pg_uuid_t* id, const ReportRequest& request, Oid owner,
                          TimestampTz started_at, std::int64_t rows);

// The report, or null.
Report* find_report(const pg_uuid_t& id, Sees sees = Sees::latest);

// Takes the oldest queued report, lights its beacon and makes it running; null if there is none or
// if as many reports run as may. First judges the reports whose workers have gone.
Report* claim();

// Are there queued reports?
bool reports_wait();

// May one more report run?
bool has_room();

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

// Gives a running report that nobody works on another try, or fails it if it had its last. False if
// it has ended after all, or if somebody else judged it.
bool judge(const Report& report);

// Judges all of them; the number that were dead.
int judge_all();

// queued -> cancelled; failed, cancelled -> queued; false if the report is in another state by now.
bool withdraw(const Report& report);
bool requeue(const Report& report);

// Deletes a report that does not run, with its rows. False if it runs by now or has gone.
bool delete_report_and_rows(const Report& report);

// Deletes reports that ended before `before`: those of `owner`, or everyone's if that is invalid.
// Their number.
std::int64_t purge(TimestampTz before, Oid owner);

}  // namespace store_uptime::pg::jobs
