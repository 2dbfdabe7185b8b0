// When a store is open: weekly rows and special days on the wall's calendar, resolved through a zone.
//
// The rule is wall-clock membership. A row on local date D covers the wall-clock stretch from D + opens to D + closes,
// and an instant is open iff its own wall clock lies in a stretch of some row. So a skipped hour is never open, a
// repeated hour counts both times, and a date that a zone skipped has no business hours. Because a zone is a list of
// spans of constant offset, each stretch is shifted by each span's offset and clipped to that span: no wall clock ever
// has to be turned into an instant by guessing.
//
// A *session* is a maximal open interval: overlapping and touching stretches merge, over midnight and from row to row.
#pragma once

#include <array>
#include <compare>
#include <string>
#include <string_view>

#include "core/interval_set.hpp"
#include "core/zone.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// A stretch of opening measured from the local midnight that begins its date; `closes` past 24 h runs into the next
// date. Default: no time at all, which as a special day means closed.
struct Shift {
    Micros opens{0};
    Micros closes{0};

    constexpr bool closed() const noexcept { return closes <= opens; }
    friend constexpr auto operator<=>(const Shift&, const Shift&) = default;
};

inline constexpr Shift kWholeDay{Micros{0}, kDay};

// The shift that times of day `opens` and `closes` (00:00 to 24:00) mean: closes at or before opens is on the next
// date, so 09:00-09:00 and 00:00-00:00 are 24 hours. Throws Errc::invalid_argument for times outside a day.
Shift make_shift(Micros opens, Micros closes);

// Throws Errc::invalid_argument unless it begins at or after midnight and ends by the end of the next, as the engine expects.
Shift check_shift(Shift s);

// A closing time in the last minute of the day (23:59:00 and later) means the end of the day: what tables without a
// 24:00 write. Other times are given back as they are.
constexpr Micros round_day_end(Micros closes) noexcept {
    return closes >= kDay - std::chrono::minutes(1) && closes < kDay ? kDay : closes;
}

struct WeeklyRow {
    unsigned weekday = 0;  // 0 = Monday ... 6 = Sunday: the date the shift starts on
    Shift shift;
    Date valid_from = Date::min();   // both inclusive,
    Date valid_until = Date::max();  // tested against the date the shift starts on

    constexpr bool valid_on(Date d) const noexcept { return valid_from <= d && d <= valid_until; }
    friend constexpr auto operator<=>(const WeeklyRow&, const WeeklyRow&) = default;
};

// Throws Errc::invalid_argument unless 0 <= weekday <= 6.
unsigned check_weekday(long weekday);

// A row that, with the others of its date, replaces every weekly row that starts on that date.
struct SpecialRow {
    Date date{};
    Shift shift;
    friend constexpr auto operator<=>(const SpecialRow&, const SpecialRow&) = default;
};

// A calendar somebody else owns. Both lists are sorted.
struct CalendarView {
    std::span<const WeeklyRow> weekly;
    std::span<const SpecialRow> special;
};

static_assert(std::is_trivially_destructible_v<CalendarView>);

// Open around the clock, seven days a week: what a store without any hours has.
inline constexpr std::array<WeeklyRow, 7> kAroundTheClock{{{0, kWholeDay},
                                                           {1, kWholeDay},
                                                           {2, kWholeDay},
                                                           {3, kWholeDay},
                                                           {4, kWholeDay},
                                                           {5, kWholeDay},
                                                           {6, kWholeDay}}};

// Sorts rows, drops those that say nothing (closed, never valid, told before), and joins those of one weekday and shift
// whose validity goes on from one to the other: calendars told in different words become equal lists.
void normalise(std::vector<WeeklyRow>& rows);
// Sorts rows and drops duplicates; a closed row beside open rows of the same date says nothing and goes.
void normalise(std::vector<SpecialRow>& rows);

// No more sessions than this at a time: those of 15,000 years of working days. Ranges that have more are refused, for
// they would need gigabytes.
inline constexpr std::size_t kMaxSessions = std::size_t{1} << 22;

// Appends to `out` the sessions within `range`, cut at its ends. They are normalised among themselves; what `out`
// held before is left alone. O(days in range x rows a day). `zone` must cover `range`.
// Throws Errc::too_large for more than kMaxSessions.
void append_sessions(const CalendarView& calendar, const Zone& zone, const Interval& range,
                     IntervalSet& out);

IntervalSet sessions(const CalendarView& calendar, const Zone& zone, const Interval& range);

bool is_open(const CalendarView& calendar, const Zone& zone, Instant t);

// Where the session that comes up to `t` from before it began, looking no further back than `limit`; t itself if it is
// closed just before t. Costs what the session is long, not what the limit is far.
Instant session_start(const CalendarView& calendar, const Zone& zone, Instant t, Instant limit);
// Where the session that is open at `t` ends, looking no further than `limit`; t itself if it is closed at t.
Instant session_end(const CalendarView& calendar, const Zone& zone, Instant t, Instant limit);

// Owns its rows. No weekly rows at all means never open but on special days; whoever builds a calendar from a table
// says "no hours: around the clock" by giving it kAroundTheClock.
struct Calendar {
    std::vector<WeeklyRow> weekly;
    std::vector<SpecialRow> special;

    static Calendar around_the_clock();
    Calendar& normalise();
    CalendarView view() const noexcept { return {weekly, special}; }
    friend bool operator==(const Calendar&, const Calendar&) = default;
};

// Longer calendars are refused as values: reading text costs rows times rules.
inline constexpr std::size_t kMaxCalendarRows = 10'000;
// Throws Errc::too_large for more rows, or rules that make them, than those.
void check_calendar_size(std::size_t rows);

// Dates that text can hold; validity that begins or ends with all time has none (Date::min(), Date::max()).
inline constexpr Date kMinCalendarDate{std::chrono::year(1) / 1 / 1};
inline constexpr Date kMaxCalendarDate{std::chrono::year(9999) / 12 / 31};

// Throws Errc::out_of_range for a date outside those.
Date check_calendar_date(Date d);

// Whether a calendar can hold this as the name of its zone: printable ASCII but semicolons, which end it in the text, not
// too long, without spaces about it. No provider has other names.
inline constexpr std::size_t kLongestZoneName = 255;
bool is_zone_name(std::string_view name) noexcept;
// Throws Errc::unknown_zone unless it is one.
void check_zone_name(std::string_view name);

// A calendar that knows its zone by name: what a business_calendar value holds. Whether the name means anything is for
// the zone provider to say.
struct ZonedCalendar {
    std::string zone;
    Calendar calendar;

    // Throws what check_zone_name, check_shift and check_calendar_date do, and Errc::too_large for too many rows.
    ZonedCalendar& normalise();
    friend bool operator==(const ZonedCalendar&, const ZonedCalendar&) = default;
};

}  // namespace store_uptime
