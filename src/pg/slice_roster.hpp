// The stores of one slice at a time: its rows gathered by store, ready to be asked about.
#pragma once

#include "core/roster.hpp"
#include "pg/report_reader.hpp"
#include "pg/report_zones.hpp"

namespace store_uptime::pg {

// Lives in a memory context; its memory stays from slice to slice.
class SliceRoster {
 public:
    // `everywhere` is excluded for all stores.
    static SliceRoster* create(MemoryContext context, const Source& source, const StoreIds& ids, const ReportZones& zones,
                               Intervals everywhere);

    // The stores of a slice, valid until the next is loaded. 21000: a store has two zones.
    Roster& load(Slices& slices, std::uint32_t slice);

 private:
    [[noreturn]] void two_zones(const Roster::ZoneConflict& conflict) const;

    const Source* source_;
    const StoreIds* ids_;
    const char* const* zone_names_;
    Held<Roster>* roster_;
};

static_assert(std::is_trivially_destructible_v<SliceRoster>);

}  // namespace store_uptime::pg
