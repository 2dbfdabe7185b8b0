// The time zones of a report: the names that its rows bear, and what they stand for.
#pragma once

#include "core/zone.hpp"
#include "pg/source.hpp"

namespace store_uptime::pg {

class ReportReader;

// The names, in the order of their ZoneNumbers, and for each a store that bears it.
struct ZoneNames {
    int count;
    const char** names;
    const char** stores;
};

// Those that a reader has met, in the current memory context.
ZoneNames zone_names(const ReportReader& reader);

struct ReportZones {
    std::span<const Zone> zones;  // by ZoneNumber, and last the source's default zone
    const char* const* names;     // by ZoneNumber
};

// The zones of the names, covering `range`, in the current memory context. 22023: a name that is not known, with the
// store that bears it.
ReportZones resolve_zones(const ZoneNames& names, const Interval& range, const Source& source);

}  // namespace store_uptime::pg
