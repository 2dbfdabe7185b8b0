#include "pg/jobs/beacon.hpp"

#include <csignal>

extern "C" {
#include "storage/procarray.h"
}

namespace store_uptime::pg::jobs {
namespace {

// A handle from a restored or otherwise stale row may by chance be another segment's.
constexpr std::uint64_t kMagic = 0x7570'7469'6D65'0001;

// working -> stopping or committing, once; out when the worker has gone, which matters as long as a
// reader keeps the segment in existence.
enum class State : std::uint32_t { working, stopping, committing, out };

struct Beacon {
    std::uint64_t magic;
    pg_uuid_t report;
    int pid;
    std::atomic<State> state;
    std::atomic<bool> is_wrong;
    ReportWatch watch;
};

static_assert(std::is_trivially_destructible_v<Beacon> && std::atomic<State>::is_always_lock_free);

dsm_segment* own_segment = nullptr;
Beacon* own = nullptr;

void go_out(dsm_segment*, Datum) {
    own->state = State::out;
    own = nullptr;
    own_segment = nullptr;
}

// The report's beacon, if that is where the handle leads and the beacon is lit.
Beacon* look(dsm_segment* segment, const pg_uuid_t& report) {
    if (dsm_segment_map_length(segment) < sizeof(Beacon)) return nullptr;
    auto* beacon = static_cast<Beacon*>(dsm_segment_address(segment));
    const bool is_it =
        beacon->magic == kMagic && std::memcmp(&beacon->report, &report, sizeof report) == 0;
    return is_it && beacon->state != State::out ? beacon : nullptr;
}

// Calls f(beacon) with the report's beacon, if there is one. Handles can be invalid or stale, or of a segment that this
// process has in use for something else. Its own beacon a process has attached already.
template <class F>
void with_beacon(dsm_handle handle, const pg_uuid_t& report, F f) {
    if (own != nullptr && std::memcmp(&own->report, &report, sizeof report) == 0) return f(*own);
    if (handle == DSM_HANDLE_INVALID || dsm_find_mapping(handle) != nullptr) return;
    dsm_segment* segment = dsm_attach(handle);
    if (segment == nullptr) return;
    if (Beacon* beacon = look(segment, report)) f(*beacon);
    dsm_detach(segment);
}

BeaconReading reading_of(const Beacon& beacon) {
    BeaconReading reading;
    reading.alive = true;
    reading.progress = beacon.watch.fraction();
    reading.stores_done = static_cast<std::int64_t>(beacon.watch.stores_done);
    const std::uint64_t total = beacon.watch.stores_total;
    if (total > 0) reading.stores_total = static_cast<std::int64_t>(total);
    return reading;
}

}  // namespace

dsm_handle light_beacon(const pg_uuid_t& report) {
    if (own != nullptr) elog(ERROR, "store_uptime: a worker runs one report at a time");
    dsm_segment* segment = dsm_create(sizeof(Beacon), 0);
    auto* beacon = new (dsm_segment_address(segment)) Beacon{};
    beacon->magic = kMagic;
    beacon->report = report;
    beacon->pid = MyProcPid;
    dsm_pin_mapping(segment);  // beyond the transaction that claims the report
    on_dsm_detach(segment, go_out, Datum{0});
    own_segment = segment;
    own = beacon;
    return dsm_segment_handle(segment);
}

void put_out_beacon() {
    if (own != nullptr) dsm_detach(own_segment);
}

ReportWatch* beacon_watch() {
    return own != nullptr ? &own->watch : nullptr;
}

WatchPlace beacon_watch_place() {
    if (own == nullptr) return {DSM_HANDLE_INVALID, 0};
    return {dsm_segment_handle(own_segment), offsetof(Beacon, watch)};
}

dsm_handle beacon_handle() { return own != nullptr ? dsm_segment_handle(own_segment) : DSM_HANDLE_INVALID; }

void say_report_is_wrong(dsm_handle handle) {
    dsm_segment* mapped = handle != DSM_HANDLE_INVALID ? dsm_find_mapping(handle) : nullptr;
    dsm_segment* segment = mapped != nullptr || handle == DSM_HANDLE_INVALID ? mapped : dsm_attach(handle);
    if (segment == nullptr) return;
    auto* beacon = static_cast<Beacon*>(dsm_segment_address(segment));
    if (dsm_segment_map_length(segment) >= sizeof(Beacon) && beacon->magic == kMagic) beacon->is_wrong = true;
    if (mapped == nullptr) dsm_detach(segment);
}

bool report_is_wrong() { return own != nullptr && own->is_wrong; }

bool beacon_close_to_requests() {
    State expected = State::working;
    if (own == nullptr || own->state.compare_exchange_strong(expected, State::committing))
        return true;
    return expected != State::stopping;
}

BeaconReading read_beacon(dsm_handle handle, const pg_uuid_t& report) {
    BeaconReading reading;
    with_beacon(handle, report, [&](const Beacon& beacon) { reading = reading_of(beacon); });
    return reading;
}

bool ask_to_stop(dsm_handle handle, const pg_uuid_t& report) {
    bool asked = false;
    with_beacon(handle, report, [&](Beacon& beacon) {
        State expected = State::working;
        asked = beacon.state.compare_exchange_strong(expected, State::stopping) ||
                expected == State::stopping;
        // Only the first asker interrupts, and the worker waits for that, so that no signal can hit
        // its next report. Code of the user's may catch that; the next asker ends the process.
        if (asked && BackendPidGetProc(beacon.pid) != nullptr)
            kill(beacon.pid, expected == State::working ? SIGINT : SIGTERM);
    });
    return asked;
}

}  // namespace store_uptime::pg::jobs
