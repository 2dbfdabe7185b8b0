// The SQL type business_calendar: a core ZonedCalendar as the bytes of core/calendar_codec.hpp behind a varlena header.
#pragma once

#include "core/calendar.hpp"
#include "pg/postgres.hpp"
#include "pg/wall.hpp"

namespace store_uptime::pg {

// The calendar a business_calendar holds, owned by the current memory context. 22P03 if its bytes are damaged.
Held<ZonedCalendar>* read_calendar(Datum calendar);

// A new business_calendar. The zone's name has been checked.
Datum calendar_datum(const ZonedCalendar& calendar);

// The calendar's zone, covering `range`; 22023 if this server does not know it.
Zone zone_of(const ZonedCalendar& calendar, const Interval& range);

// 22023 unless this server knows the calendar's zone.
void check_zone(const ZonedCalendar& calendar);

}  // namespace store_uptime::pg
