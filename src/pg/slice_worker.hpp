// Works a report off slice by slice: loads a slice's rows into a roster, asks the engine about each of its stores, hands
// the totals on. The same in a report that runs alone and in each process of one that does not.
#pragma once

#include "core/roster.hpp"
#include "pg/report_reader.hpp"

namespace store_uptime::pg {

// What was asked.
struct Report {
    const Interval* windows;
    int window_count;
    Instant as_of;
    Policy policy;
    const char* source;
    ArrayType* stores;  // text[], or null for all
};

// Takes the totals of one store after the other; `totals` has one element per window. Called in a memory context that is
// reset every so often.
struct TotalsSink {
    void (*put)(TotalsSink& self, const StoreIds& ids, const StoreKey& store, const Totals* totals);
};

// What works slices off: the engine, and the stores of the slice at hand. Lives in a memory context.
class SliceWorker {
 public:
    // `zones`: those that rows name and last the default (resolve_zones); `zone_names`: as many texts, for errors.
    static SliceWorker* create(MemoryContext context, const Report& report, const Source& source, const StoreIds& ids,
                               std::span<const Zone> zones, const char* const* zone_names, Intervals everywhere);

    void work_off(Slices& slices, std::uint32_t slice, TotalsSink& sink);
    // Stores put so far.
    std::uint64_t stores() const noexcept { return stores_; }

 private:
    struct Batch;

    void load(Slices& slices, std::uint32_t slice);
    [[noreturn]] void two_zones(const Roster::ZoneConflict& conflict) const;

    const Source* source_;
    const StoreIds* ids_;
    const char* const* zone_names_;
    Held<Uptime>* engine_;
    Held<Roster>* roster_;
    Batch* batch_;
    MemoryContext per_batch_;
    std::uint64_t stores_;
};

static_assert(std::is_trivially_destructible_v<SliceWorker>);

// The zones of the names, and last the source's default zone, covering what a question about windows resolves when the
// earliest poll is at `earliest`. 22023: a name that is not known, with the store that bears it.
const Zone* resolve_zones(const Question& question, Instant earliest, const Source& source, const char* const* names,
                          const char* const* stores, int count);

// Tells whoever watches (pg/report_watch.hpp) how far the report is. How many stores there are is known for sure only when
// the last slice has been worked off; until then it is guessed from those that were, slices being of about one size.
class Progress {
 public:
    void tell(std::uint64_t stores, std::uint64_t slices_done, std::uint64_t slices);

 private:
    std::uint64_t stores_, expected_;  // as told last
};

}  // namespace store_uptime::pg
