// Calendars as text: a time zone, then a subset of OpenStreetMap's opening_hours.
//
//   America/Chicago; Mo-Fr 09:00-17:00; Sa 10:00-14:00,18:00-02:00; 2024 Dec 25 off
//
//   calendar = zone ";" rule { (";" | ",") rule }      ";" replaces what was said of the rule's days, "," adds to it
//   rule     = "24/7" | [dates] [weekdays] [hours]     no dates: always; no weekdays: all; no hours: all day
//   dates    = range { "," range }
//   range    = date | date "-" date | date "+" | "-" date           the last two are ours: from then on, until then
//   date     = year [month [day]]                      after "-" the year and month may be those before it
//   weekdays = weekday ["-" weekday] { "," … }         Mo Tu We Th Fr Sa Su; Sa-Mo runs over the week's end
//   hours    = "off" | "closed" | span { "," span }
//   span     = time "-" time                           to 24:00, and into the next day: 18:00-02:00 or 18:00-26:00;
//                                                      seconds and their fraction are ours: 09:00:30.5
//
// A single date is a special day. Two things are not OpenStreetMap's: what closes or replaces a day leaves the tail of
// the night before, and an hour that the clock skips or repeats counts as the wall shows it (calendar.hpp).
// Whether the zone exists is for the zone provider to say; its name may hold anything but semicolons.
#pragma once

#include <string_view>

#include "core/calendar.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// Throws Errc::syntax pointing at the character, Errc::too_large for a text of too many rows. Normalised.
ZonedCalendar parse_calendar(std::string_view text);

// The canonical text: equal calendars print equally, and reading it gives the calendar back. `calendar` is normalised.
std::string print(const ZonedCalendar& calendar);

}  // namespace store_uptime
