// How far a report is: counters that the report code moves and that anyone with access to them may
// read.
//
// The report code itself knows nobody but this: whoever wants to watch (a background worker, which
// shows the counters to other sessions) puts them where they can be seen and names them here before
// the report starts.
#pragma once

#include <atomic>

#include "pg/postgres.hpp"

extern "C" {
#include "storage/dsm.h"
}

namespace store_uptime::pg {

struct ReportWatch {
    std::atomic<std::uint64_t> polls_expected;  // an estimate; 0: none
    std::atomic<std::uint64_t> polls_read;
    std::atomic<std::uint64_t> stores_total;  // 0: not known yet
    std::atomic<std::uint64_t> stores_done;
    std::atomic<std::uint64_t> processes;  // that compute it; 0: not known yet

    // Between 0 and 1, and never 1: a report is finished when its rows are there.
    double fraction() const noexcept;
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free,
              "the counters are shared between processes");

// The counters of the report that this process computes; null while nobody watches.
extern ReportWatch* report_watch;

// Where they lie, for parallel workers of the same report. An invalid segment: only in this
// process.
struct WatchPlace {
    dsm_handle segment;
    std::size_t offset;
};
extern WatchPlace report_watch_place;

// Has a parallel worker move its leader's counters.
void join_watch(const WatchPlace& leaders);

}  // namespace store_uptime::pg
