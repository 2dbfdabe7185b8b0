// The engine's front door: one question (windows, as_of, policy), asked of one store after the other.
//
//   polls ----> make_timeline -.
//                               }--> fill --> minus excluded --> a sink
//   calendar -> sessions ------'
//
// A Question knows what has to be read and resolved to answer it: polls only within max_gap of the windows, zones and
// sessions only where those polls and windows lie. The report, the SQL functions over single values and the tests all
// come through here.
#pragma once

#include "core/calendar.hpp"
#include "core/outages.hpp"
#include "core/window_totals.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// One store's data, owned by somebody else.
struct StoreView {
    Polls polls;  // strictly ascending
    CalendarView calendar;
    Zone zone;          // must cover Question::resolves()
    Intervals excluded;  // normalised
};

class Question {
 public:
    // Throws Errc::invalid_argument for an empty or reversed window, or none; Errc::out_of_range for instants too far
    // away. Windows that start at or after as_of are fine: nothing is open in them.
    Question(Intervals windows, Instant as_of, const Policy& policy);

    const Policy& policy() const noexcept { return policy_; }
    Instant as_of() const noexcept { return as_of_; }
    // The windows, cut at as_of; in the order given, those after as_of empty.
    Intervals windows() const noexcept { return windows_; }
    // From the first window's start to the last one's end.
    Interval span() const noexcept { return span_; }

    // The polls that can matter are those with reads().from <= at < reads().to, to being just after as_of.
    Interval reads() const noexcept { return reads_; }
    // The widest stretch that calendars and zones can be asked about: reads(), or, where that is without beginning
    // (max_gap=infinity), from the earliest poll there is.
    Interval resolves(Instant earliest_poll) const noexcept;

 private:
    std::vector<Interval> windows_;
    Instant as_of_;
    Policy policy_;
    Interval span_{};
    Interval reads_{};
};

// Answers a Question for many stores, keeping its buffers from store to store.
class Uptime {
 public:
    explicit Uptime(Question question) : question_(std::move(question)), totals_(question_.windows()) {}
    Uptime(Intervals windows, Instant as_of, const Policy& policy) : Uptime(Question(windows, as_of, policy)) {}

    const Question& question() const noexcept { return question_; }

    // Sums up one store; the totals of each window are then to be had from totals(i).
    void sum(const StoreView& store);
    Totals totals(std::size_t window) const noexcept { return totals_.totals(window); }

    // Passes the store's segments within the span of the windows to kept(segment), what exclusions removed from them
    // to removed(interval).
    template <class Kept, class Removed>
    void segments(const StoreView& store, Kept&& kept, Removed&& removed);

 private:
    // The store's sessions as far as they matter, in sessions_.
    void resolve(const StoreView& store);

    Question question_;
    WindowTotals totals_;
    IntervalSet sessions_;
};

// The filled timeline of one window: touching segments of one status and basis joined, excluded time left out.
std::vector<Segment> status_intervals(const Question& question, const StoreView& store);

std::vector<Outage> outages(const Question& question, const StoreView& store);

// ---------------------------------------------------------------------------------------------------------------------

template <class Kept, class Removed>
void Uptime::segments(const StoreView& store, Kept&& kept, Removed&& removed) {
    resolve(store);
    Without<Kept, Removed> out(store.excluded, kept, removed);
    const Interval span = question_.span();
    fill({store.polls, sessions_, question_.policy(), question_.as_of(), store.zone}, [&](Segment s) {
        s.during = intersect(s.during, span);
        if (!s.during.empty()) out(s);
    });
}

}  // namespace store_uptime
