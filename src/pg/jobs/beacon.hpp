// A running report's beacon: it shows other sessions that the report is alive and how far it is,
// and it is where they ask it to stop.
//
// It is a dynamic shared memory segment that the worker makes when it claims a report and whose
// handle it commits into the report's row. The operating system and the server take it away with
// the worker, however that ends: an error, a kill, a crash, a restart. So "the row says running and
// its beacon is out" is exactly "nobody works on it any more". That is why no lock, no heartbeat
// and no time-out is needed to find dead reports. Nothing of it needs preloading.
#pragma once

#include "pg/postgres.hpp"
#include "pg/report_watch.hpp"

extern "C" {
#include "storage/dsm.h"
#include "utils/uuid.h"
}

namespace store_uptime::pg::jobs {

inline constexpr std::int64_t kUnknownCount = -1;

// What a beacon shows. A copy: the beacon may go out at any moment.
struct BeaconReading {
    bool alive = false;
    double progress = 0;
    std::int64_t stores_done = kUnknownCount;
    std::int64_t stores_total = kUnknownCount;
};

// --- by the worker ---

// Lights the beacon of a report and gives its handle. A process has one beacon at a time.
dsm_handle light_beacon(const pg_uuid_t& report);
void put_out_beacon();

// The counters it shows.
ReportWatch* beacon_watch();

// Where they lie, for parallel workers.
WatchPlace beacon_watch_place();

dsm_handle beacon_handle();

// Has a process of the report, parallel workers of any query included, said that what it has read must not count?
bool report_is_wrong();
void say_report_is_wrong(dsm_handle handle);

// The worker's last step before it commits: from here on nobody can stop the report. False if
// somebody asked first.
bool beacon_close_to_requests();

// --- by others ---

BeaconReading read_beacon(dsm_handle handle, const pg_uuid_t& report);

// Asks the report to stop and interrupts its worker; ends the worker if it was asked before. False if it is too late.
bool ask_to_stop(dsm_handle handle, const pg_uuid_t& report);

}  // namespace store_uptime::pg::jobs
