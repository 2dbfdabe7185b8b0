// Works a report off slice by slice: has a slice's stores gathered, asks the engine about each of them, hands the totals
// on. The same in a report that runs alone and in each process of one that does not.
#pragma once

#include "core/engines.hpp"
#include "pg/slice_roster.hpp"

namespace store_uptime::pg {

// What was asked.
struct Report {
    const Interval* windows;
    int window_count;
    Instant as_of;
    Policy policy;
    const char* source;
    ArrayType* stores;             // text[], or null for all
    std::optional<Bucket> bucket;  // the one window is cut into these, for each store by its own clock

    // About how many windows a store has.
    std::int64_t windows_per_store() const noexcept { return bucket ? bucket_estimate(*bucket, windows[0]) : window_count; }
    // What zones have to cover if the earliest poll is at `earliest`.
    Interval zone_range(const Question& question, Instant earliest) const noexcept;
};

static_assert(std::is_trivially_destructible_v<Report>);

// What was found of one store.
struct StoreTotals {
    StoreKey store;
    std::size_t zone;      // which of the report's is its own
    Intervals windows;     // that stores of this zone have
    const Totals* totals;  // one for each window
};

// Takes the totals of one store after the other. Called in a memory context that is reset every so often.
struct TotalsSink {
    void (*put)(TotalsSink& self, const StoreIds& ids, const StoreTotals& found);
    void (*pause)(TotalsSink& self);  // called every some hundred stores, if it is not null
    bool full;                        // set by one that can take no more
};

// What works slices off: the engines, and the stores of the slice at hand. Lives in a memory context.
class SliceWorker {
 public:
    static SliceWorker* create(MemoryContext context, const Report& report, const Source& source, const StoreIds& ids,
                               const ReportZones& zones, Intervals everywhere);

    void work_off(Slices& slices, std::uint32_t slice, TotalsSink& sink);
    // Stores put so far.
    std::uint64_t stores() const noexcept { return stores_; }
    // The windows that stores of this zone have; valid until the next are asked for.
    Intervals windows_of(std::size_t zone);

 private:
    struct Batch;

    const StoreIds* ids_;
    Held<Engines>* engines_;
    SliceRoster* slice_;
    Held<Batch>* batch_;
    MemoryContext per_batch_;
    std::uint64_t stores_;
};

static_assert(std::is_trivially_destructible_v<SliceWorker>);

// Tells whoever watches (pg/report_watch.hpp) how far the report is. How many stores there are is known for sure only when
// the last slice has been worked off; until then it is guessed from those that were, slices being of about one size.
class Progress {
 public:
    void tell(std::uint64_t stores, std::uint64_t slices_done, std::uint64_t slices);

 private:
    std::uint64_t stores_, expected_;  // as told last
};

}  // namespace store_uptime::pg
