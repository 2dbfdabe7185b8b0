// Starting background workers for queued reports.
//
// Workers are dynamic: no preloading, no restart of the server. They come when a transaction that
// queued a report commits, and leave when the queue is empty.
#pragma once

#include "pg/postgres.hpp"

namespace store_uptime::pg::jobs {

// What a worker is told when it starts.
struct WorkerArguments {
    Oid database;
    TransactionId after;  // it waits for the end of this transaction, if there is one
};

// Starts a worker when the current transaction commits; nothing happens if it is rolled back. Cheap
// to call again.
void launch_at_commit();

// Starts a worker now. False if the server has no slot free (max_worker_processes): queued reports
// then wait for a running worker to finish, or for the next call of trigger_report, get_report or
// reap_reports.
bool launch_now(Oid database, TransactionId after);

}  // namespace store_uptime::pg::jobs
