#include "pg/slice_worker.hpp"

#include "pg/report_watch.hpp"

namespace store_uptime::pg {

// The next stores of a slice, summed.
struct SliceWorker::Batch {
    static constexpr std::uint32_t kStores = 256;
    static constexpr std::size_t kTotals = 16384;  // a store that has more is a batch of its own
    StoreNumber next;  // the first store not yet summed
    std::uint32_t count;
    StoreTotals found[kStores];
    std::vector<Totals> totals;  // of one after the other

    // Sums the next stores of the roster; non-members are passed over.
    void sum(Roster& roster, Engines& engines) {
        count = 0;
        totals.clear();
        engines.trim();
        for (; next < roster.size() && count < kStores && totals.size() < kTotals; ++next) {
            if (!roster.is_member(next)) continue;
            const std::size_t zone = roster.zone(next);
            Engine& engine = engines.of(zone);
            engine.uptime.sum(roster.view(next));
            for (std::size_t w = 0; w < engine.windows.size(); ++w) totals.push_back(engine.uptime.totals(w));
            found[count++] = {roster.key(next), zone, engine.windows, nullptr};
        }
        const Totals* of_store = totals.data();
        for (StoreTotals& f : std::span(found, count)) {
            f.totals = of_store;
            of_store += f.windows.size();
        }
    }
};

Interval Report::zone_range(const Question& question, Instant earliest) const noexcept {
    Interval range = question.resolves(earliest);
    // Windows after as_of ask nothing of a zone, but buckets end there as anywhere.
    if (range.empty()) range = {as_of, as_of + Micros{1}};
    if (!bucket) return range;
    const Interval cut = bucket_zone_range(windows[0]);
    return {std::min(range.from, cut.from), std::max(range.to, cut.to)};
}

SliceWorker* SliceWorker::create(MemoryContext context, const Report& report, const Source& source, const StoreIds& ids,
                                 const ReportZones& zones, Intervals everywhere) {
    auto* worker = static_cast<SliceWorker*>(MemoryContextAllocZero(context, sizeof(SliceWorker)));
    worker->ids_ = &ids;
    const Intervals windows(report.windows, report.window_count);
    worker->engines_ = hold<Engines>(context, windows, report.bucket, report.as_of, report.policy, zones.zones);
    worker->slice_ = SliceRoster::create(context, source, ids, zones, everywhere);
    worker->batch_ = hold<Batch>(context);
    worker->per_batch_ = AllocSetContextCreate(context, "store_uptime rows", ALLOCSET_DEFAULT_SIZES);
    return worker;
}

Intervals SliceWorker::windows_of(std::size_t zone) {
    Intervals windows;
    call_core([&] {
        (*engines_)->trim();
        windows = (*engines_)->of(zone).windows;
    });
    return windows;
}

void SliceWorker::work_off(Slices& slices, std::uint32_t slice, TotalsSink& sink) {
    Roster& roster = slice_->load(slices, slice);
    Batch& batch = **batch_;
    // Stores are summed in batches, so that the query can be interrupted between them and totals stay small.
    for (batch.next = 0;;) {
        call_core([&] { batch.sum(roster, **engines_); });
        CHECK_FOR_INTERRUPTS();
        if (batch.count == 0) return;
        const MemoryContext caller = MemoryContextSwitchTo(per_batch_);
        for (const StoreTotals& found : std::span(batch.found, batch.count)) sink.put(sink, *ids_, found);
        MemoryContextSwitchTo(caller);
        MemoryContextReset(per_batch_);
        stores_ += batch.count;
        if (sink.pause != nullptr) sink.pause(sink);
    }
}

void Progress::tell(std::uint64_t stores, std::uint64_t slices_done, std::uint64_t slices) {
    if (report_watch == nullptr) return;
    // The counters may be shared with other processes of the same report: only changes are told.
    report_watch->stores_done += stores - stores_;
    const std::uint64_t expected = stores * slices / slices_done;
    report_watch->stores_total += expected - expected_;
    stores_ = stores;
    expected_ = expected;
}

}  // namespace store_uptime::pg
