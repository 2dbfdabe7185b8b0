#include "core/oracle.hpp"

#include <algorithm>
#include <optional>

#include "core/time_text.hpp"

namespace store_uptime::test {
namespace {

constexpr Micros kTick{1};
constexpr std::chrono::days kOneDay{1};

Status conflict(Status a, Status b) {
    if (a == Status::down || b == Status::down) return Status::down;
    if (a == Status::up || b == Status::up) return Status::up;
    return Status::unknown;
}

}  // namespace

Oracle::Oracle(const Case& c) : case_(c) {
    for (const Poll& p : c.polls) {
        if (p.at > c.as_of) continue;
        const auto [known, is_new] = polls_.insert({p.at, p.status});
        if (!is_new) known->second = conflict(known->second, p.status);
    }
    world_ = {c.as_of, c.as_of};
    for (const Interval& w : c.windows)
        world_ = {std::min(world_.from, w.from), std::max(world_.to, w.to)};
    if (!polls_.empty()) {
        world_.from = std::min(world_.from, polls_.begin()->first);
        world_.to = std::max(world_.to, polls_.rbegin()->first);
    }
    world_ = {world_.from - kDay, world_.to + kDay};

    add_calendar_breakpoints();
    add_poll_breakpoints();
    for (const Interval& e : c.excluded) breaks_.insert(breaks_.end(), {e.from, e.to});
    for (const Interval& w : c.windows) breaks_.insert(breaks_.end(), {w.from, w.to});
    breaks_.insert(breaks_.end(), {world_.from, world_.to, c.as_of});

    for (std::size_t i = 0, n = breaks_.size(); i < n; ++i)
        breaks_.insert(breaks_.end(), {breaks_[i] - kTick, breaks_[i] + kTick});
    std::sort(breaks_.begin(), breaks_.end());
    breaks_.erase(std::unique(breaks_.begin(), breaks_.end()), breaks_.end());
    std::erase_if(breaks_, [this](Instant t) { return !world_.contains(t); });
    number_sessions();
}

// Every midnight and every edge of every row, under every offset: more than needed, and enough.
void Oracle::add_calendar_breakpoints() {
    for (const ZoneSpan& span : case_.zone.spans) {
        breaks_.push_back(span.from);
        const auto at = [&](Date d, Micros time) {
            const Instant t{(d + time).time_since_epoch() - span.offset};
            if (world_.contains(t)) breaks_.push_back(t);
        };
        const auto first = std::chrono::floor<std::chrono::days>(world_.from + span.offset);
        const auto last = std::chrono::floor<std::chrono::days>(world_.to + span.offset);
        for (Date d{first.time_since_epoch() - 3 * kOneDay}; d.time_since_epoch() <= last.time_since_epoch();
             d += kOneDay) {
            at(d, Micros{0});
            for (const WeeklyRow& row : case_.calendar.weekly) {
                at(d, row.shift.opens);
                at(d, row.shift.closes);
            }
            for (const SpecialRow& row : case_.calendar.special) {
                at(d, row.shift.opens);
                at(d, row.shift.closes);
            }
        }
    }
}

// Every poll, the ends of its reach, and the midpoint of every two.
void Oracle::add_poll_breakpoints() {
    for (const auto& [at, status] : polls_) {
        breaks_.push_back(at);
        if (case_.policy.max_gap < std::chrono::hours(24 * 365)) {
            breaks_.push_back(at + case_.policy.max_gap);
            breaks_.push_back(at - case_.policy.max_gap);
        }
        for (const auto& [other, other_status] : polls_)
            if (other > at) breaks_.push_back(at + (other - at) / 2);
    }
}

// A session is a maximal open interval: a run of open breakpoints.
void Oracle::number_sessions() {
    std::size_t sessions = 0;
    bool was_open = false;
    for (const Instant& t : breaks_) {
        const bool is_open = open(t);
        if (is_open && !was_open) ++sessions;
        session_of_.push_back(is_open ? sessions : 0);
        was_open = is_open;
    }
}

WallClock Oracle::wall(Instant x) const {
    Micros offset = case_.zone.spans.front().offset;
    for (const ZoneSpan& span : case_.zone.spans)
        if (span.from <= x) offset = span.offset;
    return WallClock{x.time_since_epoch() + offset};
}

Date Oracle::date(Instant x) const { return std::chrono::floor<std::chrono::days>(wall(x)); }

// Is the wall clock w inside a stretch of some row?
bool Oracle::covered(WallClock w) const {
    for (int back = 0; back <= 3; ++back) {
        const Date d = std::chrono::floor<std::chrono::days>(w) - back * kOneDay;
        const auto inside = [&](const Shift& s) { return d + s.opens <= w && w < d + s.closes; };
        bool special = false;
        for (const SpecialRow& row : case_.calendar.special) {
            if (row.date != d) continue;
            special = true;
            if (inside(row.shift)) return true;
        }
        if (special) continue;
        const unsigned weekday = std::chrono::weekday(d).iso_encoding() - 1;
        for (const WeeklyRow& row : case_.calendar.weekly)
            if (row.weekday == weekday && row.valid_from <= d && d <= row.valid_until && inside(row.shift))
                return true;
    }
    return false;
}

bool Oracle::open(Instant x) const { return covered(wall(x)); }

bool Oracle::excluded(Instant x) const {
    return std::any_of(case_.excluded.begin(), case_.excluded.end(),
                       [x](const Interval& e) { return e.from <= x && x < e.to; });
}

std::size_t Oracle::session(Instant x) const {
    const auto next = std::upper_bound(breaks_.begin(), breaks_.end(), x);
    return session_of_[static_cast<std::size_t>(next - breaks_.begin()) - 1];
}

Oracle::Answer Oracle::answer(Instant x) const {
    const auto eligible = [&](Instant poll) {
        switch (case_.policy.carry) {
            case Carry::always:
                return true;
            case Carry::session:
                return session(poll) == session(x);
            case Carry::day:
                return session(poll) == session(x) && date(poll) == date(x);
        }
        return false;
    };
    using Found = std::optional<std::pair<Instant, Status>>;
    Found p, n;
    for (const auto& [at, status] : polls_) {
        if (!eligible(at)) continue;
        if (at <= x) p = {at, status};
        if (at > x && !n) n = {at, status};
    }
    const Micros gap = case_.policy.max_gap;
    if (p && x - p->first >= gap) p.reset();
    if (n && n->first - x > gap) n.reset();

    const bool backfill = case_.policy.backfill == Backfill::on;
    Found speaker;
    switch (case_.policy.fill) {
        case Fill::previous:
            speaker = p ? p : backfill ? n : Found{};
            break;
        case Fill::next:
            speaker = n ? n : backfill ? p : Found{};
            break;
        case Fill::nearest:
            speaker = p && n ? (x - p->first < n->first - x ? p : n) : p ? p : n;
            break;
    }
    const Status said = speaker ? speaker->second : Status::unknown;
    return {said == Status::unknown ? case_.policy.unknown : said,
            !speaker              ? Basis::none
            : speaker->first <= x ? Basis::carried
                                  : Basis::backfilled,
            speaker ? std::optional(speaker->first) : std::nullopt};
}

std::vector<Segment> Oracle::status_intervals(const Interval& window) const {
    std::vector<Segment> found;
    for (std::size_t i = 0; i + 1 < breaks_.size(); ++i) {
        const Instant x = breaks_[i], next = breaks_[i + 1];
        if (!window.contains(x) || x >= case_.as_of || session_of_[i] == 0 || excluded(x)) continue;
        const Answer a = answer(x);
        if (!found.empty() && found.back().during.to == x && found.back().status == a.status &&
            found.back().basis == a.basis)
            found.back().during.to = next;
        else
            found.push_back({{x, next}, a.status, a.basis, {}});
    }
    return found;
}

Totals Oracle::totals(const Interval& window) const {
    Totals sum;
    for (const Segment& s : status_intervals(window)) {
        Micros& part = s.status == Status::up ? sum.up : s.status == Status::down ? sum.down : sum.unknown;
        part += s.during.to - s.during.from;
    }
    for (std::size_t i = 0; i + 1 < breaks_.size(); ++i)
        if (window.contains(breaks_[i]) && breaks_[i] < case_.as_of && session_of_[i] != 0 && excluded(breaks_[i]))
            sum.excluded += breaks_[i + 1] - breaks_[i];
    sum.outages = static_cast<std::int64_t>(outages(window).size());
    return sum;
}

std::vector<Outage> Oracle::outages(const Interval& window) const {
    const std::vector<Segment> base = status_intervals(window);
    std::vector<Outage> found;
    for (std::size_t i = 0; i < base.size();) {
        if (base[i].status != Status::down) {
            ++i;
            continue;
        }
        Outage outage{base[i].during.from, {}, std::nullopt, Micros{0}};
        for (; i < base.size() && base[i].status == Status::down; ++i) {
            outage.last_down = base[i].during.to;
            outage.open_duration += base[i].during.length();
        }
        if (i < base.size()) outage.ended_at = outage.last_down;
        found.push_back(outage);
    }
    return found;
}

std::string describe(const Case& c) {
    std::string text = "zone " + c.zone_name + "\npolicy " + print(c.policy) + "\nas_of " + show(c.as_of) +
                       "\nwindows " + show(c.windows) + "\nexcluded " + show(c.excluded);
    const auto shift = [](const Shift& s) { return print_duration(s.opens) + "-" + print_duration(s.closes); };
    for (const ZoneSpan& s : c.zone.spans)
        text += "\nspan " + show(s.from) + " offset us " + std::to_string(s.offset.count());
    for (const WeeklyRow& r : c.calendar.weekly) {
        text += "\nweekday " + std::to_string(r.weekday) + " " + shift(r.shift);
        if (r.valid_from != Date::min()) text += " from " + show(WallClock(r.valid_from));
        if (r.valid_until != Date::max()) text += " until " + show(WallClock(r.valid_until));
    }
    for (const SpecialRow& r : c.calendar.special)
        text += "\nspecial " + show(WallClock(r.date)) + " " + shift(r.shift);
    for (const Poll& p : c.polls) text += "\npoll " + show(p.at) + " " + std::string(name(p.status));
    return text;
}

}  // namespace store_uptime::test
