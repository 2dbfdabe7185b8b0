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
    blocks_.clear();
    numbered_.clear();
    numberings_.clear();
    polls_.clear();
    hours_.clear();
    weekly_.clear();
    special_.clear();
    zone_.clear();
    excluded_.clear();
}

template <KeyKind kind, class T, class F>
void Roster::each_row(std::span<const char> rows, F&& f) {
    const char* const end = rows.data() + rows.size();
    for (const char* at = rows.data(); at < end;) {
        T payload;
        const StoreKey key = read_row(at, kind, payload);
        const StoreNumber store = number_of<kind>(keys_, key);
        if (store == member_.size()) member_.push_back(false);
        f(store, payload);
    }
}

template <class T, class F>
void Roster::gather(std::span<const char> rows, ByStore<T>& items, F&& takes) {
    items.add(rows.size() / (sizeof(std::uint64_t) + sizeof(T)), [&](auto add) {
        const auto add_some = [&](StoreNumber store, const T& item) {
            if (takes(store, item)) add(store, item);
        };
        if (options_.key_kind == KeyKind::word)
            each_row<KeyKind::word, T>(rows, add_some);
        else
            each_row<KeyKind::bytes, T>(rows, add_some);
    });
}

template <KeyKind kind>
void Roster::load_keys(std::span<const char> rows) {
    const char* const end = rows.data() + rows.size();
    numberings_.push_back({numbered_.size(), blocks_.size()});
    for (const char* at = rows.data(); at < end;) {
        const StoreKey key = read_key(at, kind);
        at += key.size();
        numbered_.push_back(number_of<kind>(keys_, key));
    }
    // A store has a number there because it was polled, or has hours or a zone.
    member_.resize(keys_.size(), false);
    for (const StoreNumber store : std::span(numbered_).subspan(numberings_.back().numbered)) member_[store] = true;
}

template <class T, class F>
void Roster::each_packed(RowKind kind, F&& f) const {
    for (std::size_t i = 0; i < numberings_.size(); ++i) {
        const Numbering from = numberings_[i];
        const std::size_t end = i + 1 < numberings_.size() ? numberings_[i + 1].blocks : blocks_.size();
        const StoreNumber* const store_of = numbered_.data() + from.numbered;
        each_block({blocks_.data() + from.blocks, end - from.blocks}, [&](const RowBlock& block) {
            if (block.kind() == kind) block.each<T>([&](StoreNumber store, T item) { f(store_of[store], item); });
        });
    }
}

void Roster::load(RowKind kind, std::span<const char> rows) {
    const auto as_member = [this](StoreNumber store, const auto&) { return member_[store] = true; };
    const auto any = [](StoreNumber, const auto&) { return true; };
    switch (kind) {
        case RowKind::keys:
            return options_.key_kind == KeyKind::word ? load_keys<KeyKind::word>(rows) : load_keys<KeyKind::bytes>(rows);
        case RowKind::blocks:
            blocks_.insert(blocks_.end(), rows.begin(), rows.end());
            return;
        case RowKind::poll:
            return gather(rows, polls_, as_member);
        case RowKind::hours:
            return gather(rows, hours_, as_member);
        case RowKind::weekly:
            return gather(rows, weekly_, as_member);
        case RowKind::zone:
            return gather(rows, zone_, [&](StoreNumber store, ZoneNumber zone) {
                return as_member(store, zone) && zone != kNoZone;
            });
        case RowKind::special:
            return gather(rows, special_, any);
        case RowKind::excluded:
            return gather(rows, excluded_, any);
    }
}

std::optional<Roster::ZoneConflict> Roster::close() {
    polls_.group(size(), [this](auto f) { each_packed<PackedPoll>(RowKind::poll, f); });
    hours_.group(size(), [this](auto f) { each_packed<PackedHours>(RowKind::hours, f); });
    weekly_.group(size());
    special_.group(size());
    zone_.group(size(), [this](auto f) {
        each_packed<ZoneNumber>(RowKind::zone, [f](StoreNumber store, ZoneNumber zone) {
            if (zone != kNoZone) f(store, zone);
        });
    });
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
    const std::span<PackedHours> hours = hours_.of(store);
    const std::span<WeeklyRow> rows = weekly_.of(store);
    if (hours.empty() && rows.empty()) return {kAroundTheClock, days};

    week_.clear();
    std::sort(hours.begin(), hours.end());
    for (const PackedHours packed : hours) week_.push_back(unpack(packed));
    week_.insert(week_.end(), rows.begin(), rows.end());
    if (options_.missing_weekday_open) add_missing_weekdays();
    if (week_.size() > hours.size()) std::sort(week_.begin(), week_.end());
    return {week_, days};
}

void Roster::add_missing_weekdays() {
    const std::size_t told = week_.size();
    for (const WeeklyRow& whole_day : kAroundTheClock)
        if (std::none_of(week_.begin(), week_.begin() + told,
                         [&](const WeeklyRow& r) { return r.weekday == whole_day.weekday; }))
            week_.push_back(whole_day);
}

StoreView Roster::view(StoreNumber store) {
    sorter_.sort(polls_.of(store));
    unpack_timeline(polls_.of(store), timeline_);
    Intervals removed = everywhere_;
    if (const std::span<Interval> own = excluded_.of(store); !own.empty()) {
        out_.assign(own.begin(), own.end());
        out_.insert(out_.end(), everywhere_.begin(), everywhere_.end());
        normalise(out_);
        removed = out_;
    }
    return {timeline_, calendar(store), zones_[zone(store)], removed};
}

}  // namespace store_uptime
