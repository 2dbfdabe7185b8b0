#include "core/explain.hpp"

namespace store_uptime {
namespace {

constexpr Micros kTick{1};
constexpr Micros kYear = 366 * kDay;

// The row that covers the wall clock at `wall`, or null; of several, one that starts last.
std::optional<OpenRow> row_at(const CalendarView& calendar, WallClock wall) {
    const Date today = std::chrono::floor<std::chrono::days>(wall);
    // A shift ends within two days of the midnight its date began with.
    for (Date d = today; d > today - std::chrono::days{3}; d -= std::chrono::days{1}) {
        const auto covers = [&](const Shift& s) { return d + s.opens <= wall && wall < d + s.closes; };
        bool is_special = false;
        for (const SpecialRow& r : calendar.special) {
            if (r.date != d) continue;
            is_special = true;
            if (covers(r.shift)) return OpenRow{d, r.shift, true};
        }
        if (is_special) continue;
        for (const WeeklyRow& r : calendar.weekly)
            if (r.weekday == weekday_of(d) && r.valid_on(d) && covers(r.shift)) return OpenRow{d, r.shift, false};
    }
    return std::nullopt;
}

// The first row of the special day that `d` is; a closed one says nothing beside others.
std::optional<OpenRow> special_day(const CalendarView& calendar, Date d) {
    std::optional<OpenRow> found;
    for (const SpecialRow& r : calendar.special)
        if (r.date == d && (!found || found->shift.closed())) found = OpenRow{d, r.shift, true};
    return found;
}

Interval around(const StoreView& store, Instant at) {
    return {session_start(store.calendar, store.zone, at + kTick, saturating_sub(at, kYear)),
            session_end(store.calendar, store.zone, at, saturating_add(at, kYear))};
}

// What the engine says of the instant alone, exclusions aside.
Segment segment_at(const StoreView& store, Instant at, Instant as_of, const Policy& policy) {
    StoreView nothing_excluded = store;
    nothing_excluded.excluded = {};
    const Interval instant{at, at + kTick};
    Segment found;
    Uptime({&instant, 1}, as_of, policy)
        .segments(nothing_excluded, [&found](const Segment& s) { found = s; }, [](const Interval&) {});
    return found;
}

Rule rule_of(Basis basis, Fill fill) noexcept {
    switch (fill) {
        case Fill::previous:
            return basis == Basis::carried ? Rule::previous : Rule::backfill;
        case Fill::next:
            return basis == Basis::backfilled ? Rule::next : Rule::backfill;
        case Fill::nearest:
            break;
    }
    return Rule::nearest;
}

void explain_open(Explanation& e, const StoreView& store, Instant at, Instant as_of, Policy policy) {
    Segment s = segment_at(store, at, as_of, policy);
    e.status = s.status;
    e.rule = rule_of(s.basis, policy.fill);
    if (s.basis == Basis::none) {
        policy.max_gap = kUnlimited;
        s = segment_at(store, at, as_of, policy);
        e.rule = s.basis == Basis::none ? Rule::no_poll : Rule::gap;
    }
    // Of polls that spoke in turn the last up to the instant; one that is carried back lies after it.
    for (const Poll& poll : s.polls)
        if (!e.poll || poll.at <= at) e.poll = poll;
}

}  // namespace

std::string_view name(Rule r) noexcept {
    constexpr std::string_view kNames[] = {"previous", "next",   "nearest",  "backfill", "gap",
                                           "no poll",  "closed", "excluded", "not yet"};
    return kNames[static_cast<std::size_t>(r)];
}

Interval explained_range(Instant at, Instant as_of, Instant earliest_poll) noexcept {
    return {std::min(earliest_poll, saturating_sub(at, kYear)),
            std::max(saturating_add(as_of, kTick), saturating_add(at, kYear))};
}

Explanation explain(const StoreView& store, Instant at, Instant as_of, const Policy& policy) {
    Explanation e;
    e.offset = store.zone.offset_at(check_instant(at));
    const WallClock wall = wall_clock(at, e.offset);
    if (const Interval* removed = find(store.excluded, at)) e.excluded = *removed;
    const bool open = is_open(store.calendar, store.zone, at);
    if (open) {
        e.session = around(store, at);
        e.row = row_at(store.calendar, wall);
    } else {
        e.row = special_day(store.calendar, std::chrono::floor<std::chrono::days>(wall));
    }
    if (at >= check_instant(as_of))
        e.rule = Rule::not_yet;
    else if (!open)
        e.rule = Rule::closed;
    else if (e.excluded)
        e.rule = Rule::excluded;
    else
        explain_open(e, store, at, as_of, policy);
    return e;
}

}  // namespace store_uptime
