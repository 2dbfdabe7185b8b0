// Tables of time zone rules, made new in the current memory context and seen by nobody else. Who wants a zone by name
// uses zone_postgres.hpp, which keeps its tables; this is for that cache, and for looking at all zones once.
#pragma once

#include "core/zone.hpp"
#include "pg/postgres.hpp"

extern "C" {
#include "pgtime.h"
}

namespace store_uptime::pg {

// Abbreviations are no longer than some letters; what is longer is none.
bool may_be_abbreviation(const char* name);

// The seconds east of Greenwich for which AT TIME ZONE takes the name, if it is an abbreviation of a fixed offset. That
// comes before any zone of the name, and is for timezone_abbreviations, a setting of the session, to say.
std::optional<int> fixed_abbreviation(const char* name);

// A zone of PostgreSQL's own database over `range`; any length of range can be interrupted.
Zone postgres_zone_table(const pg_tz* rules, const Interval& range);

// ICU's zone of that name (case matters) over `range`; nothing if ICU does not know it.
std::optional<Zone> icu_zone_table(const char* name, const Interval& range);

}  // namespace store_uptime::pg
