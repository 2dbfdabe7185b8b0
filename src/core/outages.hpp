// The sink that lists outages: maximal runs of down time that only closed or excluded time may interrupt.
#pragma once

#include <optional>

#include "core/fill.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

struct Outage {
    Instant started_at;
    Instant last_down;               // the end of its last down time
    std::optional<Instant> ended_at;  // none if it is not seen to end inside the window: no base time follows it
    Micros open_duration{0};         // down time inside the base

    // From its start to its end, or to its last down time if it is not seen to end.
    Micros wall_duration() const noexcept { return last_down - started_at; }
    friend bool operator==(const Outage&, const Outage&) = default;
};

// Give it segments in ascending order, excluded time already out, already cut to the window.
class Outages {
 public:
    void operator()(const Segment& s);
    // Complete once all segments have been given.
    const std::vector<Outage>& list() const noexcept { return list_; }

 private:
    std::vector<Outage> list_;
    bool down_ = false;
};

}  // namespace store_uptime
