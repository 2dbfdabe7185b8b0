#include "core/uptime.hpp"

namespace store_uptime {
namespace {

constexpr Micros kTick{1};

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
    // A poll speaks no further than max_gap, so sessions matter only that far from the windows, and before the first
    // and after the last poll not at all: beyond those only the span itself is asked about.
    Interval wanted = {saturating_sub(span.from, question_.policy().max_gap),
                       saturating_add(span.to, question_.policy().max_gap)};
    wanted = intersect(wanted, question_.reads());
    if (store.polls.empty())
        wanted = span;
    else
        wanted = {std::min(span.from, std::max(wanted.from, store.polls.front().at)),
                  std::max(span.to, std::min(wanted.to, store.polls.back().at + kTick))};
    append_sessions(store.calendar, store.zone, wanted, sessions_);
}

void Uptime::sum(const StoreView& store) {
    totals_.reset();
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
