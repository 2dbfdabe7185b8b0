// The definitions of the contract, evaluated instant by instant: slow, obvious and independent of the engine.
//
// Nothing here sweeps, merges or clips. An instant is judged on its own: is it open by its own wall clock, which polls
// are eligible for it, who of them is in reach, what does the policy say. Between two neighbouring breakpoints (every
// instant at which any of these answers could change, and a microsecond on either side) the answer is constant, so
// judging each breakpoint judges all of time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/calendar.hpp"
#include "core/fill.hpp"
#include "core/outages.hpp"
#include "core/window_totals.hpp"

namespace store_uptime::test {

// One store and one question, as a user would hand them over: polls and rows in any order, exclusions overlapping.
struct Case {
    std::string zone_name;
    ZoneTable zone;
    Calendar calendar;
    std::vector<Poll> polls;
    std::vector<Interval> excluded;
    std::vector<Interval> windows;
    Instant as_of;
    Policy policy;
};

std::string describe(const Case& c);

class Oracle {
 public:
    explicit Oracle(const Case& c);

    bool open(Instant x) const;
    bool excluded(Instant x) const;

    struct Answer {
        Status status;
        Basis basis;
        std::optional<Instant> poll;  // when the one that spoke was taken
    };
    // For an open instant before as_of.
    Answer answer(Instant x) const;

    Totals totals(const Interval& window) const;
    std::vector<Segment> status_intervals(const Interval& window) const;
    std::vector<Outage> outages(const Interval& window) const;

 private:
    Date date(Instant x) const;
    WallClock wall(Instant x) const;
    bool covered(WallClock w) const;
    std::size_t session(Instant x) const;
    void add_calendar_breakpoints();
    void add_poll_breakpoints();
    void number_sessions();

    const Case& case_;
    std::map<Instant, Status> polls_;      // up to as_of
    std::vector<Instant> breaks_;          // ascending
    std::vector<std::size_t> session_of_;  // by breakpoint: which session it begins in or continues; 0 if closed
    Interval world_;                       // beyond this nothing matters
};

}  // namespace store_uptime::test
