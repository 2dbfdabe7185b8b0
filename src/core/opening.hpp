// When a store opens or closes next.
#pragma once

#include <optional>

#include "core/calendar.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// Past this a calendar only repeats itself or stays as it is: whoever finds nothing up to here finds nothing later.
// `zone` has to cover [t, opening_horizon(calendar, t)).
Instant opening_horizon(const CalendarView& calendar, Instant t) noexcept;

// The first start of a session after t; nothing if the store never opens again (or never closes).
std::optional<Instant> next_open(const CalendarView& calendar, const Zone& zone, Instant t);

// The first end of a session after t; nothing if the store never closes again (or never opens).
std::optional<Instant> next_close(const CalendarView& calendar, const Zone& zone, Instant t);

}  // namespace store_uptime
