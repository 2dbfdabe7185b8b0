#include "core/roster.hpp"

namespace store_uptime {

Roster::Roster(Options options, std::span<const Zone> zones, Intervals everywhere)
    : options_(options),
      zones_(zones.begin(), zones.end()),
      everywhere_(everywhere.begin(), everywhere.end()),
      keys_(options.key_kind) {}

void Roster::clear() {
    keys_.clear();
    member_.clear();
    polls_.clear();
    weekly_.clear();
    special_.clear();
    zone_.clear();
    excluded_.clear();
}

template <class T, class F>
void Roster::each_row(std::span<const char> rows, F&& f) {
    const char* const end = rows.data() + rows.size();
    for (const char* at = rows.data(); at < end;) {
        T payload;
        const StoreKey key = read_row(at, options_.key_kind, payload);
        const StoreNumber store =
            key.kind == KeyKind::word ? keys_.number(key.word) : keys_.number(key.bytes);
        if (store == member_.size()) member_.push_back(false);
        f(store, payload);
    }
}

// Rows that make a store a member, or do not.
template <bool member, class T>
void Roster::gather(std::span<const char> rows, ByStore<T>& items) {
    items.reserve(rows.size() / (sizeof(std::uint64_t) + sizeof(T)));
    each_row<T>(rows, [&](StoreNumber s, const T& item) {
        if constexpr (member) member_[s] = true;
        items.add(s, item);
    });
}

void Roster::load(RowKind kind, std::span<const char> rows) {
    switch (kind) {
        case RowKind::poll:
            return gather<true>(rows, polls_);
        case RowKind::weekly:
            return gather<true>(rows, weekly_);
        case RowKind::zone:
            zone_.reserve(rows.size() / (sizeof(std::uint64_t) + sizeof(ZoneNumber)));
            return each_row<ZoneNumber>(rows, [this](StoreNumber s, ZoneNumber z) {
                member_[s] = true;
                if (z != kNoZone) zone_.add(s, z);
            });
        case RowKind::special:
            return gather<false>(rows, special_);
        case RowKind::excluded:
            return gather<false>(rows, excluded_);
    }
}

std::optional<Roster::ZoneConflict> Roster::close() {
    polls_.group(size());
    weekly_.group(size());
    special_.group(size());
    zone_.group(size());
    excluded_.group(size());
    for (StoreNumber store = 0; store < size(); ++store) {
        const std::span<ZoneNumber> named = zone_.of(store);
        for (const ZoneNumber z : named)
            if (z != named.front()) return ZoneConflict{store, std::min(z, named.front()), std::max(z, named.front())};
    }
    return std::nullopt;
}

CalendarView Roster::calendar(StoreNumber store) {
    const std::span<SpecialRow> days = special_.of(store);
    std::sort(days.begin(), days.end());
    const std::span<WeeklyRow> rows = weekly_.of(store);
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
    unpack_timeline(polls_.of(store), timeline_);
    Intervals removed = everywhere_;
    if (const std::span<Interval> own = excluded_.of(store); !own.empty()) {
        out_.assign(own.begin(), own.end());
        out_.insert(out_.end(), everywhere_.begin(), everywhere_.end());
        normalise(out_);
        removed = out_;
    }
    const std::span<ZoneNumber> named = zone_.of(store);
    const Zone& zone = named.empty() ? zones_.back() : zones_[static_cast<std::size_t>(named.front())];
    return {timeline_, calendar(store), zone, removed};
}

}  // namespace store_uptime
