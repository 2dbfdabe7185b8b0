#include "core/window_totals.hpp"

namespace store_uptime {

Totals& Totals::then(const Totals& next) noexcept {
    if (next.open() > Micros{0}) {
        if (open() == Micros{0}) first = next.first;
        const bool runs_on = last_run > Micros{0} && next.first == Status::down;
        const bool down_throughout = next.down == next.open();
        outages += next.outages - (runs_on ? 1 : 0);
        last_run = runs_on && down_throughout ? last_run + next.last_run : next.last_run;
        last = next.last;
    }
    up += next.up;
    down += next.down;
    unknown += next.unknown;
    excluded += next.excluded;
    return *this;
}

WindowTotals::WindowTotals(Intervals windows) {
    for (const Interval& w : windows)
        if (!w.empty()) edges_.insert(edges_.end(), {w.from, w.to});
    std::sort(edges_.begin(), edges_.end());
    edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
    slices_.resize(edges_.empty() ? 0 : edges_.size() - 1);

    const auto slice_from = [this](Instant edge) {
        return static_cast<std::uint32_t>(std::lower_bound(edges_.begin(), edges_.end(), edge) -
                                          edges_.begin());
    };
    for (const Interval& w : windows)
        windows_.push_back(w.empty() ? Range{0, 0} : Range{slice_from(w.from), slice_from(w.to)});
}

void WindowTotals::reset() noexcept {
    std::fill(slices_.begin(), slices_.end(), Totals{});
    current_ = 0;
}

Totals WindowTotals::totals(std::size_t window) const noexcept {
    Totals sum;
    for (std::uint32_t i = windows_[window].first; i < windows_[window].last; ++i) sum.then(slices_[i]);
    return sum;
}

}  // namespace store_uptime
