#include "pg/report_zones.hpp"

#include "pg/report_reader.hpp"
#include "pg/zone_postgres.hpp"

namespace store_uptime::pg {

ZoneNames zone_names(const ReportReader& reader) {
    const int count = reader.zone_count();
    const ZoneNames read = {count, static_cast<const char**>(palloc(sizeof(char*) * (count + 1))),
                            static_cast<const char**>(palloc(sizeof(char*) * (count + 1)))};
    for (int i = 0; i < count; ++i) {
        read.names[i] = reader.zone_name(i);
        read.stores[i] = reader.zone_store(i);
    }
    return read;
}

ReportZones resolve_zones(const ZoneNames& names, const Interval& range, const Source& source) {
    auto* zones = static_cast<Zone*>(palloc0(sizeof(Zone) * (names.count + 1)));
    for (int i = 0; i < names.count; ++i) zones[i] = zone_named(names.names[i], range, names.stores[i]);
    const std::optional<Zone> usual = find_zone(source.default_timezone, range);
    if (!usual)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("source \"%s\": time zone \"%s\" of stores without one is not known", source.name,
                               source.default_timezone),
                        errhint("Set option default_timezone to a name of pg_timezone_names.")));
    zones[names.count] = *usual;
    return {{zones, static_cast<std::size_t>(names.count) + 1}, names.names};
}

}  // namespace store_uptime::pg
