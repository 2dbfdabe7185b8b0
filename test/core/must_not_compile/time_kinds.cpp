// Mistakes that the types must refuse. Without MISTAKE this compiles; with any of its numbers it must not.
#include "core/calendar.hpp"
#include "core/fill.hpp"
#include "core/policy.hpp"

using namespace store_uptime;

int main() {
    [[maybe_unused]] const Instant instant{};
    [[maybe_unused]] const WallClock wall{};
    [[maybe_unused]] const Zone zone;
#if MISTAKE == 1  // a wall clock is no instant
    return instant < wall;
#elif MISTAKE == 2
    return (instant - wall).count() != 0;
#elif MISTAKE == 3  // without a zone there is no way from one to the other
    const WallClock converted = instant;
    return converted == wall;
#elif MISTAKE == 4
    return zone.wall(wall) == wall;
#elif MISTAKE == 5  // intervals are of instants
    return Interval{wall, wall}.empty();
#elif MISTAKE == 6  // two instants do not add up
    return (instant + instant) == instant;
#elif MISTAKE == 7  // a bare number is no duration
    return (instant + 5) == instant;
#elif MISTAKE == 8  // special days are dates, not instants
    return SpecialRow{instant, kWholeDay}.shift.closed();
#elif MISTAKE == 9  // an option's value is a word of its own
    return Policy{.fill = Carry::day}.fill == Fill::next;
#else
    return 0;
#endif
}
