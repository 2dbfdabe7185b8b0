#include "core/opening.hpp"

namespace store_uptime {
namespace {

constexpr Micros kTick{1};

// A year of every weekday, and then some: longer than any clock change could hide a weekly row.
constexpr Micros kRepeats = 400 * kDay;

// The first session that starts in [t, limit), with its end cut at limit; nothing if there is none.
std::optional<Interval> next_session(const CalendarView& calendar, const Zone& zone, Instant t, Instant limit) {
    IntervalSet found;
    for (Micros step = 8 * kDay; t < limit; step *= 2) {
        const Interval piece{t, std::min(limit, saturating_add(t, step))};
        append_sessions(calendar, zone, piece, found);
        if (!found.empty()) return Interval{found[0].from, session_end(calendar, zone, found[0].from, limit)};
        t = piece.to;
    }
    return std::nullopt;
}

}  // namespace

Instant opening_horizon(const CalendarView& calendar, Instant t) noexcept {
    Date last = Date::min();
    const auto look_at = [&last](Date d) {
        if (d != Date::min() && d != Date::max()) last = std::max(last, d);
    };
    for (const WeeklyRow& r : calendar.weekly) look_at(r.valid_from), look_at(r.valid_until);
    for (const SpecialRow& r : calendar.special) look_at(r.date);
    if (last != Date::min()) t = std::max(t, clamp_instant(Micros(last.time_since_epoch()).count()));
    return saturating_add(t, kRepeats);
}

std::optional<Instant> next_open(const CalendarView& calendar, const Zone& zone, Instant t) {
    const Instant limit = opening_horizon(calendar, t);
    // Of a session that is going on, or that starts right here, the end comes first.
    const Instant closed = session_end(calendar, zone, t, limit);
    const std::optional<Interval> next = next_session(calendar, zone, std::max(closed, t + kTick), limit);
    if (!next) return std::nullopt;
    return next->from;
}

std::optional<Instant> next_close(const CalendarView& calendar, const Zone& zone, Instant t) {
    const Instant limit = opening_horizon(calendar, t);
    const std::optional<Interval> next = next_session(calendar, zone, t, limit);
    if (!next || next->to == limit) return std::nullopt;
    return next->to;
}

}  // namespace store_uptime
