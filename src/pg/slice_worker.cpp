#include "pg/slice_worker.hpp"

#include "pg/report_watch.hpp"
#include "pg/zone_postgres.hpp"

namespace store_uptime::pg {

// The next stores of a slice, summed. Plain data, filled by the core.
struct SliceWorker::Batch {
    static constexpr std::uint32_t kStores = 256;
    StoreNumber next;  // the first store not yet summed
    std::uint32_t count;
    std::uint32_t most;  // at a time
    StoreKey keys[kStores];
    Totals* totals;  // window by window within each store

    // Sums the next stores of the roster; non-members are passed over.
    void sum(Roster& roster, Uptime& engine) {
        const std::size_t windows = engine.question().windows().size();
        count = 0;
        for (; next < roster.size() && count < most; ++next) {
            if (!roster.is_member(next)) continue;
            engine.sum(roster.view(next));
            for (std::size_t w = 0; w < windows; ++w) totals[count * windows + w] = engine.totals(w);
            keys[count++] = roster.key(next);
        }
    }
};

SliceWorker* SliceWorker::create(MemoryContext context, const Report& report, const Source& source, const StoreIds& ids,
                                 std::span<const Zone> zones, const char* const* zone_names, Intervals everywhere) {
    constexpr std::uint32_t kTotals = 16384;
    auto* worker = static_cast<SliceWorker*>(MemoryContextAllocZero(context, sizeof(SliceWorker)));
    worker->source_ = &source;
    worker->ids_ = &ids;
    worker->zone_names_ = zone_names;
    const Intervals windows(report.windows, report.window_count);
    worker->engine_ = hold<Uptime>(context, windows, report.as_of, report.policy);
    const Roster::Options options{ids.key_kind(), source.missing_weekday_open};
    worker->roster_ = hold<Roster>(context, options, zones, everywhere);
    worker->batch_ = static_cast<Batch*>(MemoryContextAllocZero(context, sizeof(Batch)));
    const auto window_count = static_cast<std::uint32_t>(report.window_count);
    worker->batch_->most = std::clamp<std::uint32_t>(kTotals / window_count, 1, Batch::kStores);
    worker->batch_->totals = static_cast<Totals*>(
        MemoryContextAllocHuge(context, sizeof(Totals) * worker->batch_->most * window_count));
    worker->per_batch_ = AllocSetContextCreate(context, "store_uptime rows", ALLOCSET_DEFAULT_SIZES);
    return worker;
}

void SliceWorker::two_zones(const Roster::ZoneConflict& conflict) const {
    ereport(ERROR, (errcode(ERRCODE_CARDINALITY_VIOLATION),
                    errmsg("store %s has two time zones, \"%s\" and \"%s\"", ids_->name((*roster_)->key(conflict.store)),
                           zone_names_[static_cast<std::size_t>(conflict.one)],
                           zone_names_[static_cast<std::size_t>(conflict.other)]),
                    errhint("Leave one row for the store in %s.", source_->parts[kTimezones].name)));
    pg_unreachable();
}

void SliceWorker::load(Slices& slices, std::uint32_t slice) {
    call_core([this] { (*roster_)->clear(); });
    slices.take(slice, [this](RowKind kind, std::span<const char> rows) {
        call_core([&] { (*roster_)->load(kind, rows); });
    });
    Roster::ZoneConflict conflict{};
    bool conflicting = false;
    call_core([&] {
        const std::optional<Roster::ZoneConflict> found = (*roster_)->close();
        conflicting = found.has_value();
        if (conflicting) conflict = *found;
    });
    if (conflicting) two_zones(conflict);
}

void SliceWorker::work_off(Slices& slices, std::uint32_t slice, TotalsSink& sink) {
    load(slices, slice);
    const std::size_t windows = (*engine_)->question().windows().size();
    // Stores are summed in batches, so that the query can be interrupted between them and totals stay small.
    for (batch_->next = 0;;) {
        call_core([this] { batch_->sum(**roster_, **engine_); });
        CHECK_FOR_INTERRUPTS();
        if (batch_->count == 0) return;
        const MemoryContext caller = MemoryContextSwitchTo(per_batch_);
        for (std::uint32_t i = 0; i < batch_->count; ++i)
            sink.put(sink, *ids_, batch_->keys[i], batch_->totals + i * windows);
        MemoryContextSwitchTo(caller);
        MemoryContextReset(per_batch_);
        stores_ += batch_->count;
    }
}

const Zone* resolve_zones(const Question& question, Instant earliest, const Source& source, const char* const* names,
                          const char* const* stores, int count) {
    Interval range = question.resolves(earliest);
    if (range.empty()) range = {question.as_of(), question.as_of() + Micros{1}};
    auto* zones = static_cast<Zone*>(palloc0(sizeof(Zone) * (count + 1)));
    for (int i = 0; i < count; ++i) zones[i] = zone_named(names[i], range, stores[i]);
    const std::optional<Zone> usual = find_zone(source.default_timezone, range);
    if (!usual)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("source \"%s\": time zone \"%s\" of stores without one is not known", source.name,
                               source.default_timezone),
                        errhint("Set option default_timezone to a name of pg_timezone_names.")));
    zones[count] = *usual;
    return zones;
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
