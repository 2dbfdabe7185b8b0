#include "pg/jobs/launch.hpp"

extern "C" {
#include "postmaster/bgworker.h"
}

namespace store_uptime::pg::jobs {
namespace {

bool wanted = false;  // by the current transaction

// A worker that starts before its transaction has committed would not see the report, so it waits
// for the transaction's end. Starting it after the commit instead is no choice: what fails there
// takes the server down.
void at_end_of_transaction(XactEvent event, void*) {
    switch (event) {
        case XACT_EVENT_PRE_COMMIT:
            if (wanted) launch_now(MyDatabaseId, GetTopTransactionIdIfAny());
            wanted = false;
            break;
        case XACT_EVENT_ABORT:
        case XACT_EVENT_PREPARE:  // a prepared transaction may stay for days; the next call finds
                                  // its report
            wanted = false;
            break;
        default:
            break;
    }
}

}  // namespace

void launch_at_commit() {
    static bool registered = false;
    if (!registered) RegisterXactCallback(at_end_of_transaction, nullptr);
    registered = true;
    wanted = true;
}

bool launch_now(Oid database, TransactionId after) {
    BackgroundWorker worker = {};
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time =
        BGW_NEVER_RESTART;  // one that cannot run (no database any more) must not come back
    strlcpy(worker.bgw_library_name, "store_uptime", sizeof worker.bgw_library_name);
    strlcpy(worker.bgw_function_name, "store_uptime_report_worker",
            sizeof worker.bgw_function_name);
    strlcpy(worker.bgw_name, "store_uptime report worker", sizeof worker.bgw_name);
    strlcpy(worker.bgw_type, "store_uptime report worker", sizeof worker.bgw_type);
    const WorkerArguments arguments = {database, after};
    static_assert(sizeof arguments <= sizeof worker.bgw_extra &&
                  std::is_trivially_copyable_v<WorkerArguments>);
    std::memcpy(worker.bgw_extra, &arguments, sizeof arguments);
    return RegisterDynamicBackgroundWorker(&worker, nullptr);
}

}  // namespace store_uptime::pg::jobs
