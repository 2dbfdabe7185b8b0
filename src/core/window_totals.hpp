// The sink that sums segments into windows: any number of windows, overlapping as they like, in one pass.
//
// The edges of all windows cut time into slices. A segment is added to the slices it meets, which for ascending
// segments costs O(segments + slices); a window is then the sum of its slices. Times add up; outages do too, once a
// slice remembers how it begins and ends: two runs of down time that meet where slices join are one outage.
#pragma once

#include "core/fill.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// What happened in a stretch of time. A monoid: `then` joins two neighbouring stretches.
struct Totals {
    Micros up{0};
    Micros down{0};
    Micros unknown{0};
    Micros excluded{0};
    std::int64_t outages = 0;  // maximal runs of down time, interrupted by nothing but closed or excluded time
    Micros last_run{0};        // how much of `down` is in the run that the stretch ends with, zero if it ends otherwise
    Status first = Status::unknown;  // of the first and the last base time;
    Status last = Status::unknown;   // meaningless unless open() > 0

    // The base: up + down + unknown.
    constexpr Micros open() const noexcept { return up + down + unknown; }

    // What happens in this stretch and after it in `next`.
    Totals& then(const Totals& next) noexcept;

    void add(Status status, Micros length) noexcept {
        if (const bool begins = open() == Micros{0}; begins || status != last) {
            if (begins) first = status;
            if (status == Status::down) ++outages;
            last_run = Micros{0};
            last = status;
        }
        if (status == Status::down) {
            down += length;
            last_run += length;
        } else {
            (status == Status::up ? up : unknown) += length;
        }
    }

    // Outages that are seen to end: all but one that reaches the end of the base.
    constexpr std::int64_t ended_outages() const noexcept { return outages - (last_run > Micros{0} ? 1 : 0); }

    friend constexpr bool operator==(const Totals&, const Totals&) = default;
};

static_assert(std::is_trivially_copyable_v<Totals>);

class WindowTotals {
 public:
    // Windows need not be sorted; an empty one has empty totals.
    explicit WindowTotals(Intervals windows);

    // Forgets what was added, for the next store.
    void reset() noexcept;

    // Segments must ascend.
    void operator()(const Segment& s) noexcept { add(s.during, s.status, false); }
    void exclude(const Interval& removed) noexcept { add(removed, Status::unknown, true); }

    Totals totals(std::size_t window) const noexcept;
    std::size_t size() const noexcept { return windows_.size(); }

 private:
    // The slices [first, last) that make a window.
    struct Range {
        std::uint32_t first, last;
    };

    void add(Interval during, Status status, bool excluded) noexcept {
        while (current_ < slices_.size() && edges_[current_ + 1] <= during.from) ++current_;
        for (std::size_t i = current_; i < slices_.size() && edges_[i] < during.to; ++i) {
            const Interval part = intersect(during, {edges_[i], edges_[i + 1]});
            if (part.empty()) continue;
            if (excluded)
                slices_[i].excluded += part.to - part.from;
            else
                slices_[i].add(status, part.to - part.from);
        }
    }

    std::vector<Instant> edges_;  // one more than slices
    std::vector<Totals> slices_;
    std::vector<Range> windows_;
    std::size_t current_ = 0;  // no later segment meets an earlier slice
};

}  // namespace store_uptime
