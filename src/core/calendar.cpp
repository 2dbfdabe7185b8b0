#include "core/calendar.hpp"

#include "core/interrupt.hpp"

namespace store_uptime {
namespace {

// Walks dates in ascending order over sorted rows and tells the shifts that start on each.
class ShiftsByDate {
 public:
    ShiftsByDate(const CalendarView& calendar, Date first) : calendar_(calendar) {
        std::size_t row = 0;
        for (unsigned day = 0; day < 7; ++day) {
            weekday_begin_[day] = row;
            while (row < calendar.weekly.size() && calendar.weekly[row].weekday == day) ++row;
        }
        weekday_begin_[7] = row;
        special_ = std::lower_bound(calendar.special.begin(), calendar.special.end(), first,
                                    [](const SpecialRow& r, Date d) { return r.date < d; });
    }

    // Calls f(shift) for each shift starting on `d`; dates must not go back from call to call.
    template <class F>
    void each(Date d, F&& f) {
        while (special_ != calendar_.special.end() && special_->date < d) ++special_;
        if (special_ != calendar_.special.end() && special_->date == d) {
            for (auto row = special_; row != calendar_.special.end() && row->date == d; ++row)
                f(row->shift);
            return;
        }
        const unsigned day = weekday_of(d);
        steps_.add(1 + weekday_begin_[day + 1] - weekday_begin_[day]);
        for (std::size_t i = weekday_begin_[day]; i < weekday_begin_[day + 1]; ++i)
            if (calendar_.weekly[i].valid_on(d)) f(calendar_.weekly[i].shift);
    }

 private:
    CalendarView calendar_;
    std::array<std::size_t, 8> weekday_begin_{};
    std::span<const SpecialRow>::iterator special_;
    Steps steps_;
};

// Appends to the set that begins at out[first]; one that continues the last is joined at once, so that around the clock
// is one interval for however long.
void add(IntervalSet& out, std::size_t first, const Interval& open) {
    if (out.size() > first && out.back().from <= open.from && open.from <= out.back().to) {
        out.back().to = std::max(out.back().to, open.to);
        return;
    }
    if (out.size() - first >= kMaxSessions)
        throw Error(Errc::too_large, "more than " + std::to_string(kMaxSessions) + " sessions in one range of time",
                    "Ask for a shorter range.");
    out.push_back(open);
}

// The steps by which a session is followed beyond a known instant: most end within a day or two, some run for years.
constexpr Micros kFirstStep = 2 * kDay;
constexpr Micros longer(Micros step) noexcept { return std::min(2 * step, 4096 * kDay); }

}  // namespace

Shift make_shift(Micros opens, Micros closes) {
    if (opens < Micros{0} || opens > kDay || closes < Micros{0} || closes > kDay)
        throw Error(Errc::invalid_argument, "time of day outside 00:00 to 24:00");
    return {opens, closes <= opens ? closes + kDay : closes};
}

Shift check_shift(Shift s) {
    if (s.opens < Micros{0} || s.closes > 2 * kDay)
        throw Error(Errc::invalid_argument, "opening hours end by the end of the next day",
                    "They begin at or after 00:00 and end by 48:00.");
    return s;
}

unsigned check_weekday(long weekday) {
    if (weekday < 0 || weekday > 6)
        throw Error(Errc::invalid_argument, "weekday " + std::to_string(weekday) + " is not known",
                    "Weekdays count from 0 = Monday to 6 = Sunday.");
    return static_cast<unsigned>(weekday);
}

void normalise(std::vector<WeeklyRow>& rows) {
    std::erase_if(rows, [](const WeeklyRow& r) { return r.shift.closed() || r.valid_until < r.valid_from; });
    std::sort(rows.begin(), rows.end());
    const auto continues = [](const WeeklyRow& row, const WeeklyRow& next) {
        return row.weekday == next.weekday && row.shift == next.shift &&
               (row.valid_until == Date::max() || next.valid_from <= row.valid_until + std::chrono::days{1});
    };
    std::size_t kept = 0;
    for (const WeeklyRow& next : rows) {
        if (kept > 0 && continues(rows[kept - 1], next))
            rows[kept - 1].valid_until = std::max(rows[kept - 1].valid_until, next.valid_until);
        else
            rows[kept++] = next;
    }
    rows.resize(kept);
}

void normalise(std::vector<SpecialRow>& rows) {
    for (SpecialRow& r : rows)
        if (r.shift.closed()) r.shift = {};
    // Closed is the least of shifts, hence the first of its date.
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    std::size_t kept = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const bool others = i + 1 < rows.size() && rows[i + 1].date == rows[i].date;
        if (!rows[i].shift.closed() || !others) rows[kept++] = rows[i];
    }
    rows.resize(kept);
}

void append_sessions(const CalendarView& calendar, const Zone& zone, const Interval& range,
                     IntervalSet& out) {
    if (range.empty()) return;
    zone.require(range);
    const std::size_t first = out.size();
    for (std::size_t i = zone.span_at(range.from); i < zone.spans().size(); ++i) {
        const Interval piece = intersect(zone.extent(i), range);
        if (piece.empty()) break;
        const Micros offset = zone.spans()[i].offset;
        const WallClock lo = wall_clock(piece.from, offset), hi = wall_clock(piece.to, offset);
        // A shift ends at most 48 h after its date began, so yesterday's are the earliest that can reach into lo.
        Date d = std::chrono::floor<std::chrono::days>(lo) - std::chrono::days{1};
        ShiftsByDate shifts(calendar, d);
        for (; d < hi; d += std::chrono::days{1}) {
            shifts.each(d, [&](const Shift& s) {
                const WallClock from = std::max(d + s.opens, lo), to = std::min(d + s.closes, hi);
                if (from < to)
                    add(out, first, {Instant{from.time_since_epoch() - offset}, Instant{to.time_since_epoch() - offset}});
            });
        }
    }
    normalise_tail(out, first);
}

IntervalSet sessions(const CalendarView& calendar, const Zone& zone, const Interval& range) {
    IntervalSet found;
    append_sessions(calendar, zone, range, found);
    return found;
}

bool is_open(const CalendarView& calendar, const Zone& zone, Instant t) {
    return !sessions(calendar, zone, {t, t + Micros{1}}).empty();
}

Instant session_start(const CalendarView& calendar, const Zone& zone, Instant t, Instant limit) {
    IntervalSet found;
    for (Micros step = kFirstStep; t > limit; step = longer(step)) {
        const Interval piece{std::max(limit, saturating_sub(t, step)), t};
        found.clear();
        append_sessions(calendar, zone, piece, found);
        if (found.empty() || found.back().to != piece.to) break;
        t = found.back().from;
        if (t != piece.from) break;
    }
    return t;
}

Instant session_end(const CalendarView& calendar, const Zone& zone, Instant t, Instant limit) {
    IntervalSet found;
    for (Micros step = kFirstStep; t < limit; step = longer(step)) {
        const Interval piece{t, std::min(limit, saturating_add(t, step))};
        found.clear();
        append_sessions(calendar, zone, piece, found);
        if (found.empty() || found.front().from != piece.from) break;
        t = found.front().to;
        if (t != piece.to) break;
    }
    return t;
}

Calendar Calendar::around_the_clock() {
    return {{kAroundTheClock.begin(), kAroundTheClock.end()}, {}};
}

Calendar& Calendar::normalise() {
    store_uptime::normalise(weekly);
    store_uptime::normalise(special);
    return *this;
}

ZonedCalendar& ZonedCalendar::normalise() {
    check_zone_name(zone);
    calendar.normalise();
    for (const WeeklyRow& r : calendar.weekly) check_shift(r.shift);
    for (const SpecialRow& r : calendar.special) check_shift(r.shift);
    check_calendar_size(calendar.weekly.size() + calendar.special.size());
    for (const WeeklyRow& r : calendar.weekly) {
        if (r.valid_from != Date::min()) check_calendar_date(r.valid_from);
        if (r.valid_until != Date::max()) check_calendar_date(r.valid_until);
    }
    for (const SpecialRow& r : calendar.special) check_calendar_date(r.date);
    return *this;
}

void check_calendar_size(std::size_t rows) {
    if (rows > kMaxCalendarRows)
        throw Error(Errc::too_large, "a calendar of more than " + std::to_string(kMaxCalendarRows) + " rows or rules",
                    "Leave out days that are long past.");
}

bool is_zone_name(std::string_view name) noexcept {
    const auto fits = [](char c) { return ' ' <= c && c <= '~' && c != ';'; };
    return !name.empty() && name.size() <= kLongestZoneName && name.front() != ' ' && name.back() != ' ' &&
           std::all_of(name.begin(), name.end(), fits);
}

void check_zone_name(std::string_view name) {
    if (!is_zone_name(name))
        throw Error(Errc::unknown_zone, "time zone \"" + std::string(name) + "\" is not known",
                    "Names are those of the IANA database, as in America/Chicago.");
}

Date check_calendar_date(Date d) {
    if (d < kMinCalendarDate || d > kMaxCalendarDate)
        throw Error(Errc::out_of_range, "date out of range for a calendar", "Dates of the years 1 to 9999 are supported.");
    return d;
}

}  // namespace store_uptime
