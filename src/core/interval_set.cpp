#include "core/interval_set.hpp"

namespace store_uptime {

void normalise(IntervalSet& intervals) { normalise_tail(intervals, 0); }

void normalise_tail(IntervalSet& intervals, std::size_t first) {
    const auto begin = intervals.begin() + static_cast<std::ptrdiff_t>(first);
    const auto by_start = [](const Interval& a, const Interval& b) { return a.from < b.from; };
    if (!std::is_sorted(begin, intervals.end(), by_start))
        std::sort(begin, intervals.end(), by_start);

    auto kept = begin;  // [begin, kept) is normal
    for (auto next = begin; next != intervals.end(); ++next) {
        if (next->empty()) continue;
        if (kept != begin && next->from <= (kept - 1)->to)
            (kept - 1)->to = std::max((kept - 1)->to, next->to);
        else
            *kept++ = *next;
    }
    intervals.erase(kept, intervals.end());
}

bool is_normalised(Intervals set) noexcept {
    for (std::size_t i = 0; i < set.size(); ++i)
        if (set[i].empty() || (i > 0 && set[i].from <= set[i - 1].to)) return false;
    return true;
}

IntervalSet unite(Intervals a, Intervals b) {
    IntervalSet all;
    all.reserve(a.size() + b.size());
    all.insert(all.end(), a.begin(), a.end());
    all.insert(all.end(), b.begin(), b.end());
    normalise(all);
    return all;
}

IntervalSet intersect(Intervals a, Intervals b) {
    IntervalSet common;
    for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
        const Interval both = intersect(a[i], b[j]);
        if (!both.empty()) common.push_back(both);
        if (a[i].to < b[j].to)
            ++i;
        else
            ++j;
    }
    return common;
}

IntervalSet subtract(Intervals a, Intervals b) {
    IntervalSet rest;
    std::size_t j = 0;
    for (const Interval& whole : a) {
        Instant at = whole.from;
        while (j < b.size() && b[j].to <= whole.from) ++j;
        for (std::size_t k = j; k < b.size() && b[k].from < whole.to; ++k) {
            if (at < b[k].from) rest.push_back({at, b[k].from});
            at = std::max(at, b[k].to);
        }
        if (at < whole.to) rest.push_back({at, whole.to});
    }
    return rest;
}

Micros measure(Intervals set) noexcept {
    Micros total{0};
    for (const Interval& i : set) total += i.length();
    return total;
}

const Interval* find(Intervals set, Instant t) noexcept {
    const auto after = std::upper_bound(set.begin(), set.end(), t,
                                        [](Instant x, const Interval& i) { return x < i.from; });
    if (after == set.begin()) return nullptr;
    const Interval& candidate = *(after - 1);
    return candidate.contains(t) ? &candidate : nullptr;
}

}  // namespace store_uptime
