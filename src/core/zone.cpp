#include "core/zone.hpp"

namespace store_uptime {

void Zone::require(const Interval& range) const {
    if (range.to > kMaxInstant) throw Error(Errc::out_of_range, "timestamp out of range", kInstantHint);
    if (spans_.empty() || range.from < covers_.from || range.to > covers_.to)
        throw Error(Errc::internal, "time zone table does not cover the range asked for");
}

std::size_t Zone::span_at(Instant t) const noexcept {
    const auto after = std::upper_bound(spans_.begin(), spans_.end(), t,
                                        [](Instant x, const ZoneSpan& s) { return x < s.from; });
    return after == spans_.begin() ? 0 : static_cast<std::size_t>(after - spans_.begin()) - 1;
}

Interval Zone::extent(std::size_t i) const noexcept {
    return {spans_[i].from, i + 1 < spans_.size() ? spans_[i + 1].from : covers_.to};
}

Micros Zone::offset_at(Instant t) const {
    require({t, t + Micros{1}});
    return spans_[span_at(t)].offset;
}

WallClock Zone::wall(Instant t) const { return wall_clock(t, offset_at(t)); }

Date Zone::date(Instant t) const { return std::chrono::floor<std::chrono::days>(wall(t)); }

ZoneTable fixed_zone(Micros offset) {
    return {{{kMinInstant, offset}}, {kMinInstant, kMaxInstant}};
}

}  // namespace store_uptime
