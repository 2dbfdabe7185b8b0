#include "pg/report_run.hpp"

#include "pg/report_parallel.hpp"
#include "pg/report_watch.hpp"
#include "pg/settings.hpp"

namespace store_uptime::pg {

namespace {

void run_alone(const Report& report, const Source& source, const Question& question, ReportReader& reader,
               const PlannedRows& polls, MemoryContext context, TotalsSink& sink) {
    if (report_watch != nullptr) report_watch->processes = 1;
    read_alone(reader, polls, context);
    const ReportZones zones =
        resolve_zones(zone_names(reader), report.zone_range(question, reader.earliest_poll()), source);
    SliceWorker* worker = SliceWorker::create(context, report, source, reader.ids(), zones, reader.everywhere());
    Slices& slices = reader.slices();
    Progress progress = {};
    for (std::uint32_t slice = 0; slice < slices.count(); ++slice) {
        worker->work_off(slices, slice, sink);
        progress.tell(worker->stores(), slice + 1, slices.count());
    }
}

}  // namespace

void read_alone(ReportReader& reader, const PlannedRows& polls, MemoryContext context) {
    const std::size_t budget = report_memory();
    reader.start(Slices::create(context, reader.ids().key_kind(), slice_count(polls.estimate, budget), budget));
    reader.read_polls(polls);
    reader.read_calendars();
}

void run_report(const Report& report, TotalsSink& sink) {
    MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "store_uptime report", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext caller = MemoryContextSwitchTo(context);
    const Intervals windows(report.windows, report.window_count);
    Held<Question>* question = hold<Question>(context, windows, report.as_of, report.policy);
    Source* source = open_source(report.source);
    ReportReader* reader = ReportReader::create({source, (*question)->reads(), report.stores}, context);
    const PlannedRows polls = reader->plan_polls();
    if (report_watch != nullptr) report_watch->polls_expected += static_cast<std::uint64_t>(polls.estimate);
    const int workers = parallel_workers(report, *reader, polls);
    if (workers == 0 || !run_parallel(report, *source, **question, *reader, polls, workers, context, sink))
        run_alone(report, *source, **question, *reader, polls, context, sink);
    close_source(source);
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(context);
}

void lock_report(const Report& report) {
    MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "store_uptime report", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext caller = MemoryContextSwitchTo(context);
    const Intervals windows(report.windows, report.window_count);
    Held<Question>* question = hold<Question>(context, windows, report.as_of, report.policy);
    Source* source = open_source(report.source);
    const ReportReader* reader = ReportReader::create({source, (*question)->reads(), report.stores}, context);
    give_up(reader->plan_polls());
    reader->lock_calendars();
    close_source(source);
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(context);
}

}  // namespace store_uptime::pg
