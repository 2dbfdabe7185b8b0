#include "core/roster.hpp"

namespace store_uptime {

void Roster::close(std::vector<Zone> zones) {
    zones_ = std::move(zones);
    polls.group(size());
    weekly.group(size());
    special.group(size());
    excluded.group(size());
    normalise(excluded_everywhere);
}

CalendarView Roster::calendar(StoreNumber store) {
    const std::span<SpecialRow> days = special.of(store);
    std::sort(days.begin(), days.end());
    const std::span<WeeklyRow> rows = weekly.of(store);
    if (rows.empty()) return {kAroundTheClock, days};
    std::sort(rows.begin(), rows.end());
    if (!options_.missing_weekday_open) return {rows, days};

    completed_.assign(rows.begin(), rows.end());
    for (const WeeklyRow& whole_day : kAroundTheClock)
        if (std::none_of(rows.begin(), rows.end(),
                         [&](const WeeklyRow& r) { return r.weekday == whole_day.weekday; }))
            completed_.push_back(whole_day);
    std::sort(completed_.begin(), completed_.end());
    return {completed_, days};
}

StoreView Roster::view(StoreNumber store) {
    const std::span<Poll> in_order = polls.of(store);
    const std::size_t kept = make_timeline(in_order);
    Intervals removed = excluded_everywhere;
    if (const std::span<Interval> own = excluded.of(store); !own.empty()) {
        out_.assign(own.begin(), own.end());
        out_.insert(out_.end(), excluded_everywhere.begin(), excluded_everywhere.end());
        normalise(out_);
        removed = out_;
    }
    return {in_order.first(kept), calendar(store), zones_[store], removed};
}

}  // namespace store_uptime
