#include "core/uptime.hpp"

namespace store_uptime {
namespace {

constexpr Micros kTick{1};

// How far from an instant a poll can be and still be of its session (its date, anywhere). A session can be of any
// length; a date can come back after a clock was set back by a day (fill.cpp), but no later; and where all polls are
// eligible it does not matter how far a session goes.
constexpr Micros farthest_kin(Carry carry) noexcept {
    switch (carry) {
        case Carry::session:
            break;
        case Carry::day:
            return 5 * kDay;
        case Carry::always:
            return Micros{0};
    }
    return kUnlimited;
}

}  // namespace

Question::Question(Intervals windows, Instant as_of, const Policy& policy)
    : windows_(windows.begin(), windows.end()), as_of_(check_instant(as_of)), policy_(policy) {
    if (windows_.empty()) throw Error(Errc::invalid_argument, "no window to report on");
    span_ = {kMaxInstant, kMinInstant};
    for (Interval& w : windows_) {
        check_instant(w.from);
        check_instant(w.to);
        check_window(w);
        span_ = {std::min(span_.from, w.from), std::max(span_.to, std::min(w.to, as_of_))};
        w.to = std::min(w.to, as_of_);
    }
    reads_ = {saturating_sub(span_.from, policy_.max_gap), as_of_ + kTick};
}

Interval Question::resolves(Instant earliest_poll) const noexcept {
    return {std::min(span_.from, std::max(reads_.from, earliest_poll)), reads_.to};
}

void Uptime::resolve(const StoreView& store) {
    sessions_.clear();
    const Interval span = question_.span();
    if (span.empty()) return;
    append_sessions(store.calendar, store.zone, span, sessions_);
    if (sessions_.empty() || store.polls.empty()) return;

    // Outside the span nothing is asked; but polls there speak inside a session that runs over the span's end.
    const Micros reach = std::min(question_.policy().max_gap, farthest_kin(question_.policy().carry));
    Interval seen = intersect(question_.reads(), {saturating_sub(span.from, reach), saturating_add(span.to, reach)});
    seen = intersect(seen, {store.polls.front().at, store.polls.back().at + kTick});
    if (sessions_.front().from == span.from)
        sessions_.front().from = session_start(store.calendar, store.zone, span.from, seen.from);
    if (sessions_.back().to == span.to)
        sessions_.back().to = session_end(store.calendar, store.zone, span.to, seen.to);
}

void Uptime::sum(const StoreView& store) {
    totals_.reset();
    if (store.excluded.empty()) {
        resolve(store);
        // Totals take no notice of what lies outside the windows.
        fill({store.polls, sessions_, question_.policy(), question_.as_of(), store.zone}, totals_);
        return;
    }
    const auto removed = [this](const Interval& i) { totals_.exclude(i); };
    segments(store, totals_, removed);
}

std::vector<Segment> status_intervals(const Question& question, const StoreView& store) {
    std::vector<Segment> found;
    auto collect = [&found](const Segment& s) { found.push_back(s); };
    Joined joined(collect);
    Uptime(question).segments(store, joined, [](const Interval&) {});
    joined.flush();
    return found;
}

std::vector<Outage> outages(const Question& question, const StoreView& store) {
    Outages found;
    Uptime(question).segments(store, found, [](const Interval&) {});
    return found.list();
}

}  // namespace store_uptime
