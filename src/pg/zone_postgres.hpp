// Zone rules inside the server: name -> core Zone, from the provider that store_uptime.timezone_provider chooses.
//
// PostgreSQL's own time zone database is the default, so that answers agree with AT TIME ZONE on the same server. ICU
// is the other provider, and resolves the names PostgreSQL does not know (Windows names: "Central Standard Time").
// Some names are also abbreviations (CET, EST): they mean what AT TIME ZONE takes them for, a fixed offset.
//
// A zone's table is built once per backend and kept for its life: a Zone returned here stays valid until the backend
// ends, whatever is looked up later. Looking up a zone again costs a hash probe (about 0.1 us).
#pragma once

#include "core/zone.hpp"
#include "pg/postgres.hpp"
#include "pg/settings.hpp"

namespace store_uptime::pg {

// The zone called `name` (case matters in Windows names only), covering at least `range` as far as instants are supported; nothing
// if nobody knows the name.
std::optional<Zone> find_zone(const char* name, const Interval& range);

// The same from a given provider, whatever the setting says.
std::optional<Zone> find_zone(const char* name, const Interval& range, TimezoneProvider provider);

// The same, but an unknown name is an error (22023) that names the zone and, unless it is null, the store.
Zone zone_named(const char* name, const Interval& range, const char* store);

// Whether the name means a fixed offset, being an abbreviation too, while the zone of that name has other offsets these
// years: CET, EET, MET, WET. Libraries that know no abbreviations give such names summer time.
bool lacks_summer_time(const char* name);

}  // namespace store_uptime::pg
