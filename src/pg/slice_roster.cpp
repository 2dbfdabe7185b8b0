#include "pg/slice_roster.hpp"

namespace store_uptime::pg {

SliceRoster* SliceRoster::create(MemoryContext context, const Source& source, const StoreIds& ids, const ReportZones& zones,
                                 Intervals everywhere) {
    auto* stores = static_cast<SliceRoster*>(MemoryContextAllocZero(context, sizeof(SliceRoster)));
    stores->source_ = &source;
    stores->ids_ = &ids;
    stores->zone_names_ = zones.names;
    const Roster::Options options{ids.key_kind(), source.missing_weekday_open};
    stores->roster_ = hold<Roster>(context, options, zones.zones, everywhere);
    return stores;
}

void SliceRoster::two_zones(const Roster::ZoneConflict& conflict) const {
    ereport(ERROR, (errcode(ERRCODE_CARDINALITY_VIOLATION),
                    errmsg("store %s has two time zones, \"%s\" and \"%s\"", ids_->name((*roster_)->key(conflict.store)),
                           zone_names_[static_cast<std::size_t>(conflict.one)],
                           zone_names_[static_cast<std::size_t>(conflict.other)]),
                    errhint("Leave one row for the store in %s.", source_->parts[kTimezones].name)));
    pg_unreachable();
}

Roster& SliceRoster::load(Slices& slices, std::uint32_t slice) {
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
    return **roster_;
}

}  // namespace store_uptime::pg
