// Random stores and questions that keep meeting edges: of sessions, days, zones, reach, windows and as_of.
#pragma once

#include "core/oracle.hpp"
#include "core/random.hpp"

namespace store_uptime::test {

// A zone and a date near which its clock does something worth a test.
struct Place {
    const char* zone;
    const char* date;
};
const std::vector<Place>& places();

// The zone's table for a few weeks around the date.
ZoneTable zone_at(const Place& place);

Case random_case(Random& random);

Calendar random_calendar(Random& random, Date around);
Policy random_policy(Random& random);
Micros random_time_of_day(Random& random);

// A table that covers `range` and nothing else.
ZoneTable cut(const ZoneTable& table, Interval range);

}  // namespace store_uptime::test
