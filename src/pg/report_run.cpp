#include "pg/report_run.hpp"

#include "pg/report_parallel.hpp"
#include "pg/report_watch.hpp"
#include "pg/settings.hpp"

namespace store_uptime::pg {

namespace {

void run_alone(const Report& report, const Source& source, const Question& question, ReportReader& reader,
               const PlannedRows& polls, MemoryContext context, TotalsSink& sink) {
    if (report_watch != nullptr) report_watch->processes = 1;
    const std::size_t budget = report_memory();
    reader.start(Slices::create(context, reader.ids().key_kind(), slice_count(polls.estimate, budget), budget));
    reader.read_polls(polls);
    reader.read_calendars();
    const int count = reader.zone_count();
    auto** names = static_cast<const char**>(palloc(sizeof(char*) * (count + 1)));
    auto** stores = static_cast<const char**>(palloc(sizeof(char*) * (count + 1)));
    for (int i = 0; i < count; ++i) {
        names[i] = reader.zone_name(i);
        stores[i] = reader.zone_store(i);
    }
    const Zone* zones = resolve_zones(question, reader.earliest_poll(), source, names, stores, count);
    SliceWorker* worker = SliceWorker::create(context, report, source, reader.ids(),
                                              {zones, static_cast<std::size_t>(count) + 1}, names, reader.everywhere());
    Slices& slices = reader.slices();
    Progress progress = {};
    for (std::uint32_t slice = 0; slice < slices.count(); ++slice) {
        worker->work_off(slices, slice, sink);
        progress.tell(worker->stores(), slice + 1, slices.count());
    }
}

}  // namespace

void run_report(const Report& report, TotalsSink& sink) {
    MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "store_uptime report", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext caller = MemoryContextSwitchTo(context);
    const Intervals windows(report.windows, report.window_count);
    Held<Question>* question = hold<Question>(context, windows, report.as_of, report.policy);
    const Source* source = load_source(report.source);
    ReportReader* reader = ReportReader::create({source, (*question)->reads(), report.stores}, context);
    const PlannedRows polls = reader->plan_polls();
    if (report_watch != nullptr) report_watch->polls_expected += static_cast<std::uint64_t>(polls.estimate);
    const int workers = parallel_workers(report, *reader, polls);
    if (workers == 0 || !run_parallel(report, *source, **question, *reader, polls, workers, context, sink))
        run_alone(report, *source, **question, *reader, polls, context, sink);
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(context);
}

}  // namespace store_uptime::pg
