#include "pg/report_parallel.hpp"

#include <unistd.h>

#include "pg/report_watch.hpp"
#include "pg/settings.hpp"
#include "pg/totals_queue.hpp"

extern "C" {
#include "access/parallel.h"
#include "access/table.h"
#include "optimizer/cost.h"
#include "optimizer/paths.h"
#include "storage/barrier.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/wait_event.h"
}

namespace store_uptime::pg {
namespace {

enum TocKey : std::uint64_t { kState = 1, kSlices, kArea, kWindows, kSource, kScans, kQueues, kFirstTableScan };

constexpr std::size_t kAreaSize = 256 * 1024;  // to begin with; it grows
// With more, handing over totals would take longer than it takes to compute them.
constexpr int kMostWindows = 256;
constexpr int kMostProcesses = 64;

// What the processes of a report share; the fields after the barrier are written before one arrives at it and read after.
struct SharedReport {
    int window_count;
    Instant as_of;
    Policy policy;
    std::optional<Bucket> bucket;
    int scan_count;

    WatchPlace watch;
    Barrier barrier;  // phase 0: filling slices; phase 1: working them off
    pg_atomic_uint32 next_slice;

    int zone_count;
    dsa_pointer zone_names;  // zone_count texts, then for each a store that bears it; each ends with a zero byte
    int everywhere_count;
    dsa_pointer everywhere;                 // Interval[everywhere_count]
    Instant earliest_poll[kMostProcesses];  // by process
};

// One process's view of what is shared. Process 0 is the leader.
struct Team {
    SharedReport* state;
    SharedSlices* slices;
    dsa_area* area;
    BareScan* scans;
    std::uint32_t process;
};

// --- what both do ----------------------------------------------------------------------------------------------------

void fill_slices(const Team& team, ReportReader& reader) {
    for (int i = 0; i < team.state->scan_count; ++i) reader.read_polls(team.scans[i]);
    reader.slices().publish();
    team.state->earliest_poll[team.process] = reader.earliest_poll();
}

// Waits until all have filled their slices; gives what works them off.
SliceWorker* wait_for_all(const Team& team, const Report& report, const Source& source, const Question& question,
                          ReportReader& reader, MemoryContext context) {
    SharedReport& state = *team.state;
    BarrierArriveAndWait(&state.barrier, WAIT_EVENT_PARALLEL_FINISH);

    const int count = state.zone_count;
    auto** names = static_cast<const char**>(MemoryContextAllocZero(context, sizeof(char*) * (2 * count + 1)));
    const char* text = count > 0 ? static_cast<const char*>(dsa_get_address(team.area, state.zone_names)) : nullptr;
    for (int i = 0; i < 2 * count; ++i, text += std::strlen(text) + 1) names[i] = text;
    Instant earliest = kMaxInstant;
    for (std::uint32_t p = 0; p < team.slices->processes; ++p) earliest = std::min(earliest, state.earliest_poll[p]);
    const ReportZones zones = resolve_zones({count, names, names + count}, report.zone_range(question, earliest), source);
    const Intervals everywhere(
        state.everywhere_count > 0 ? static_cast<Interval*>(dsa_get_address(team.area, state.everywhere)) : nullptr,
        static_cast<std::size_t>(state.everywhere_count));

    return SliceWorker::create(context, report, source, reader.ids(), zones, everywhere);
}

// Works off slices until none is left, or the sink is full.
void work_off(const Team& team, Slices& all, SliceWorker& worker, TotalsSink& sink) {
    Progress progress = {};
    const std::uint32_t slices = team.slices->count, fair_share = slices / team.slices->processes;
    for (std::uint32_t done = 1; !sink.full; ++done) {
        const std::uint32_t slice = pg_atomic_fetch_add_u32(&team.state->next_slice, 1);
        if (slice >= slices) break;
        worker.work_off(all, slice, sink);
        progress.tell(worker.stores(), done, std::max(done, fair_share));
    }
    progress.tell(worker.stores(), 1, 1);
}

// What one process may hold of the report's rows.
std::size_t share_of_memory(const Team& team) { return report_memory() / team.slices->processes; }

// --- the worker ------------------------------------------------------------------------------------------------------

// The queue of one process within those of all workers; the leader has none.
shm_mq* queue_of(void* queues, std::uint32_t process) {
    return reinterpret_cast<shm_mq*>(static_cast<char*>(queues) + kTotalsQueueSize * (process - 1));
}

void attach_scans(Team& team, shm_toc* toc) {
    team.scans = static_cast<BareScan*>(palloc(sizeof(BareScan) * team.state->scan_count));
    std::memcpy(team.scans, shm_toc_lookup(toc, kScans, false), sizeof(BareScan) * team.state->scan_count);
    for (int i = 0; i < team.state->scan_count; ++i)
        team.scans[i].shared = static_cast<ParallelTableScanDesc>(shm_toc_lookup(toc, kFirstTableScan + i, false));
}

void run_worker(dsm_segment* segment, shm_toc* toc) {
    Team team = {};
    team.state = static_cast<SharedReport*>(shm_toc_lookup(toc, kState, false));
    if (BarrierAttach(&team.state->barrier) != 0) {  // too late to be of use
        BarrierDetach(&team.state->barrier);
        return;
    }
    join_watch(team.state->watch);
    team.slices = static_cast<SharedSlices*>(shm_toc_lookup(toc, kSlices, false));
    SharedFileSetAttach(&team.slices->files, segment);
    team.area = dsa_attach_in_place(shm_toc_lookup(toc, kArea, false), segment);
    team.process = static_cast<std::uint32_t>(ParallelWorkerNumber) + 1;
    attach_scans(team, toc);
    shm_mq* queue = queue_of(shm_toc_lookup(toc, kQueues, false), team.process);
    shm_mq_set_sender(queue, MyProc);
    TotalsSender sender = TotalsSender::create(shm_mq_attach(queue, segment, nullptr));

    const auto* windows = static_cast<const Interval*>(shm_toc_lookup(toc, kWindows, false));
    const Source* source = read_flat_source(static_cast<const char*>(shm_toc_lookup(toc, kSource, false)));
    const Report report = {windows,      team.state->window_count, team.state->as_of,  team.state->policy,
                           source->name, nullptr,                  team.state->bucket};
    Held<Question>* question = hold<Question>(CurrentMemoryContext, Intervals(windows, report.window_count), report.as_of,
                                              report.policy);
    ReportReader* reader = ReportReader::create({source, (*question)->reads(), nullptr}, CurrentMemoryContext);
    reader->start(Slices::create_shared(CurrentMemoryContext, reader->ids().key_kind(), share_of_memory(team), team.slices,
                                        team.area, team.process));
    fill_slices(team, *reader);
    SliceWorker* worker = wait_for_all(team, report, *source, **question, *reader, CurrentMemoryContext);
    work_off(team, reader->slices(), *worker, sender.base);
    sender.finish();
    BarrierDetach(&team.state->barrier);
    dsa_detach(team.area);
}

// --- the leader ------------------------------------------------------------------------------------------------------

void reserve(ParallelContext* pcxt, std::size_t size) {
    shm_toc_estimate_chunk(&pcxt->estimator, size);
    shm_toc_estimate_keys(&pcxt->estimator, 1);
}

void* place(ParallelContext* pcxt, std::uint64_t key, std::size_t size) {
    void* at = shm_toc_allocate(pcxt->toc, size);
    std::memset(at, 0, size);
    shm_toc_insert(pcxt->toc, key, at);
    return at;
}

// The shared scans of the polls, each in shared memory of its own.
struct TableScans {
    int count;
    Relation* relations;
    std::size_t* sizes;
};

TableScans open_scans(const PlannedRows& polls) {
    TableScans scans = {polls.scan_count, static_cast<Relation*>(palloc(sizeof(Relation) * polls.scan_count)),
                        static_cast<std::size_t*>(palloc(sizeof(std::size_t) * polls.scan_count))};
    for (int i = 0; i < scans.count; ++i) {
        scans.relations[i] = table_open(polls.scans[i].relation, AccessShareLock);
        scans.sizes[i] = table_parallelscan_estimate(scans.relations[i], GetActiveSnapshot());
    }
    return scans;
}

void share_scans(ParallelContext* pcxt, const TableScans& scans, Team& team) {
    auto* shown = static_cast<BareScan*>(place(pcxt, kScans, sizeof(BareScan) * scans.count));
    std::memcpy(shown, team.scans, sizeof(BareScan) * scans.count);
    for (int i = 0; i < scans.count; ++i) {
        auto* shared = static_cast<ParallelTableScanDesc>(place(pcxt, kFirstTableScan + i, scans.sizes[i]));
        table_parallelscan_initialize(scans.relations[i], shared, GetActiveSnapshot());
        team.scans[i].shared = shared;
        table_close(scans.relations[i], NoLock);
    }
}

// Sets up what is shared; the leader's view of it.
Team share(ParallelContext* pcxt, const Report& report, const Source& source, const PlannedRows& polls, std::uint32_t slices,
           std::uint32_t processes) {
    const TableScans scans = open_scans(polls);
    const StringInfoData flat_source = flatten(source);
    const auto source_size = static_cast<std::size_t>(flat_source.len), windows_size = sizeof(Interval) * report.window_count;
    for (const std::size_t size : {sizeof(SharedReport), SharedSlices::size(slices, processes), kAreaSize, windows_size,
                                   source_size, sizeof(BareScan) * scans.count, kTotalsQueueSize * (processes - 1)})
        reserve(pcxt, size);
    for (int i = 0; i < scans.count; ++i) reserve(pcxt, scans.sizes[i]);
    InitializeParallelDSM(pcxt);
    Team team = {};
    if (pcxt->nworkers == 0) return team;

    team.state = static_cast<SharedReport*>(place(pcxt, kState, sizeof(SharedReport)));
    team.state->window_count = report.window_count;
    team.state->as_of = report.as_of;
    team.state->policy = report.policy;
    team.state->bucket = report.bucket;
    team.state->scan_count = scans.count;
    team.state->watch = report_watch_place;
    std::fill_n(team.state->earliest_poll, kMostProcesses, kMaxInstant);
    BarrierInit(&team.state->barrier, 0);
    pg_atomic_init_u32(&team.state->next_slice, 0);

    team.slices = static_cast<SharedSlices*>(place(pcxt, kSlices, SharedSlices::size(slices, processes)));
    team.slices->count = slices;
    team.slices->processes = processes;
    SharedFileSetInit(&team.slices->files, pcxt->seg);
    team.area = dsa_create_in_place(place(pcxt, kArea, kAreaSize), kAreaSize, LWTRANCHE_PARALLEL_QUERY_DSA, pcxt->seg);
    std::memcpy(place(pcxt, kWindows, windows_size), report.windows, windows_size);
    std::memcpy(place(pcxt, kSource, source_size), flat_source.data, source_size);
    void* queues = place(pcxt, kQueues, kTotalsQueueSize * (processes - 1));
    for (std::uint32_t p = 1; p < processes; ++p)
        shm_mq_set_receiver(shm_mq_create(queue_of(queues, p), kTotalsQueueSize), MyProc);
    team.scans = polls.scans;
    share_scans(pcxt, scans, team);
    return team;
}

// Shows the workers what only the leader read.
void share_calendars(const Team& team, const ReportReader& reader) {
    SharedReport& state = *team.state;
    StringInfoData names;
    initStringInfo(&names);
    const int zones = reader.zone_count();
    for (int i = 0; i < zones; ++i) appendBinaryStringInfo(&names, reader.zone_name(i), std::strlen(reader.zone_name(i)) + 1);
    for (int i = 0; i < zones; ++i) appendBinaryStringInfo(&names, reader.zone_store(i), std::strlen(reader.zone_store(i)) + 1);
    if (names.len > 0) {
        state.zone_names = dsa_allocate(team.area, names.len);
        std::memcpy(dsa_get_address(team.area, state.zone_names), names.data, names.len);
    }
    state.zone_count = zones;
    const Intervals everywhere = reader.everywhere();
    if (!everywhere.empty()) {
        state.everywhere = dsa_allocate(team.area, everywhere.size_bytes());
        std::memcpy(dsa_get_address(team.area, state.everywhere), everywhere.data(), everywhere.size_bytes());
    }
    state.everywhere_count = static_cast<int>(everywhere.size());
}

// The leader's sink: passes its own totals on, and now and then what workers have sent.
struct LeaderSink {
    TotalsSink base;  // first: SliceWorker knows it by this
    TotalsSink* target;
    TotalsReceiver* receiver;
    const StoreIds* ids;
    SliceWorker* worker;
};

void put_on(TotalsSink& self, const StoreIds& ids, const StoreTotals& found) {
    auto& sink = reinterpret_cast<LeaderSink&>(self);
    sink.target->put(*sink.target, ids, found);
}

void take_some(TotalsSink& self) {
    auto& sink = reinterpret_cast<LeaderSink&>(self);
    sink.receiver->take(*sink.ids, *sink.worker, *sink.target);
}

// Launches workers and attaches to their queues.
TotalsReceiver launch(ParallelContext* pcxt) {
    LaunchParallelWorkers(pcxt);
    TotalsReceiver receiver = TotalsReceiver::create(pcxt->nworkers_launched);
    void* queues = shm_toc_lookup(pcxt->toc, kQueues, false);
    for (int i = 0; i < pcxt->nworkers_launched; ++i)
        receiver.add(shm_mq_attach(queue_of(queues, static_cast<std::uint32_t>(i) + 1), pcxt->seg, pcxt->worker[i].bgwhandle));
    return receiver;
}

// How many processors the leader leaves to others. It is as busy as any worker, so with more of them they only get in
// each other's way. Who wants all that may be, whatever it costs, sets min_parallel_table_scan_size to 0.
int spare_processors() {
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return min_parallel_table_scan_size == 0 || processors < 1 ? kMostProcesses : static_cast<int>(processors) - 1;
}

}  // namespace

int parallel_workers(const Report& report, const ReportReader& reader, const PlannedRows& polls) {
    if (polls.scan_count == 0 || !reader.can_share() || IsInParallelMode()) return 0;
    if (report.windows_per_store() > kMostWindows) return 0;
    std::uint64_t pages = 0;
    for (int i = 0; i < polls.scan_count; ++i) {
        Relation relation = table_open(polls.scans[i].relation, AccessShareLock);
        const bool temporary = relation->rd_rel->relpersistence == RELPERSISTENCE_TEMP;
        pages += RelationGetNumberOfBlocks(relation);
        table_close(relation, AccessShareLock);
        if (temporary) return 0;  // its pages are this process's own
    }
    const int most = std::min({max_parallel_workers_per_gather, kMostProcesses - 1, spare_processors()});
    // One more for each threefold, as the planner reckons.
    int workers = 0;
    for (std::uint64_t enough = std::max(min_parallel_table_scan_size, 1); pages >= enough && workers < most; enough *= 3)
        ++workers;
    // The leader reads hours, zones and the rest while the workers are there, when nothing may be written.
    return workers > 0 && reader.calendars_are_safe_beside_workers() ? workers : 0;
}

bool run_parallel(const Report& report, const Source& source, const Question& question, ReportReader& reader,
                  const PlannedRows& polls, int workers, MemoryContext context, TotalsSink& sink) {
    check_readable(polls);
    EnterParallelMode();
    ParallelContext* pcxt = CreateParallelContext("store_uptime", "store_uptime_parallel_worker", workers);
    // All processes must agree on the slices, so there are enough from the start for packing and for going to files.
    const std::uint32_t slices = std::max(kFewestPacked, slice_count(polls.estimate, report_memory()));
    const Team team = share(pcxt, report, source, polls, slices, static_cast<std::uint32_t>(workers) + 1);
    if (team.state == nullptr) {
        DestroyParallelContext(pcxt);
        ExitParallelMode();
        return false;
    }
    BarrierAttach(&team.state->barrier);
    TotalsReceiver receiver = launch(pcxt);
    if (report_watch != nullptr) report_watch->processes = 1 + pcxt->nworkers_launched;

    reader.start(Slices::create_shared(context, reader.ids().key_kind(), share_of_memory(team), team.slices, team.area, 0));
    reader.read_calendars();
    share_calendars(team, reader);
    fill_slices(team, reader);
    SliceWorker* worker = wait_for_all(team, report, source, question, reader, context);
    LeaderSink both = {{put_on, take_some, false}, &sink, &receiver, &reader.ids(), worker};
    work_off(team, reader.slices(), *worker, both.base);
    BarrierDetach(&team.state->barrier);
    receiver.take_all(reader.ids(), *worker, sink);
    WaitForParallelWorkersToFinish(pcxt);
    dsa_detach(team.area);
    DestroyParallelContext(pcxt);
    ExitParallelMode();
    return true;
}

}  // namespace store_uptime::pg

extern "C" {
PGDLLEXPORT void store_uptime_parallel_worker(dsm_segment* segment, shm_toc* toc);

// The main function of a report's parallel workers; the server looks it up by name.
void store_uptime_parallel_worker(dsm_segment* segment, shm_toc* toc) { store_uptime::pg::run_worker(segment, toc); }
}
