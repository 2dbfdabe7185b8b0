// The stores of one report, or of a slice of it: everything that was read of them, by store number.
//
// Filled with rows in any order, closed, asked store by store, cleared for the next slice (its memory stays). A store's
// polls and rows are put in order only when it is asked, while they are in the processor's cache anyway.
#pragma once

#include <optional>

#include "core/by_store.hpp"
#include "core/poll_sort.hpp"
#include "core/row_block.hpp"
#include "core/row_format.hpp"
#include "core/uptime.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

class Roster {
 public:
    struct Options {
        KeyKind key_kind = KeyKind::word;
        // What a weekday without any row means for a store that has rows: closed, or open 00:00-24:00.
        bool missing_weekday_open = false;
    };
    // Two rows that give one store different zones.
    struct ZoneConflict {
        StoreNumber store;
        ZoneNumber one, other;
    };

    // zones[number] are the zones that rows name; the last is for stores that have none. `everywhere` (normalised) is
    // excluded for every store.
    Roster(Options options, std::span<const Zone> zones, Intervals everywhere);

    void clear();
    // Adds rows of one kind, back to back as write_row wrote them, or blocks after the keys of their stores.
    void load(RowKind kind, std::span<const char> rows);
    // Ends loading; tells of a store with two zones, if there is one.
    std::optional<ZoneConflict> close();

    // Store numbers run from 0 to size() - 1. A store that is known only from special days or exclusions is no member.
    StoreNumber size() const noexcept { return keys_.size(); }
    bool is_member(StoreNumber store) const noexcept { return member_[store]; }
    // Which of the zones is the store's.
    std::size_t zone(StoreNumber store) noexcept {
        const std::span<ZoneNumber> named = zone_.of(store);
        return named.empty() ? zones_.size() - 1 : static_cast<std::size_t>(named.front());
    }
    // Valid until clear().
    StoreKey key(StoreNumber store) const noexcept { return key_of(keys_, store); }

    // What is known of one store, in order. Valid until the next call.
    StoreView view(StoreNumber store);

 private:
    template <KeyKind kind, class T, class F>
    void each_row(std::span<const char> rows, F&& f);
    // Adds the items of the rows for which takes(store, item) is true.
    template <class T, class F>
    void gather(std::span<const char> rows, ByStore<T>& items, F&& takes);
    template <KeyKind kind>
    void load_keys(std::span<const char> rows);
    // Calls f(store, T) for each row of one kind in blocks.
    template <class T, class F>
    void each_packed(RowKind kind, F&& f) const;
    CalendarView calendar(StoreNumber store);
    // Makes the weekdays of which week_ says nothing open.
    void add_missing_weekdays();

    Options options_;
    std::vector<Zone> zones_;
    IntervalSet everywhere_;

    StoreKeys keys_;
    std::vector<char> member_;
    // Blocks as they came: grouping their rows reads them twice, which takes less memory, and time, than their rows do.
    struct Numbering {
        std::size_t numbered, blocks;  // where its stores begin, and the blocks that number them so
    };
    std::vector<char> blocks_;
    std::vector<StoreNumber> numbered_;  // by their numbers in blocks: the stores
    std::vector<Numbering> numberings_;
    ByStore<PackedPoll> polls_;
    ByStore<PackedHours> hours_;
    ByStore<WeeklyRow> weekly_;
    ByStore<SpecialRow> special_;
    ByStore<ZoneNumber> zone_;
    ByStore<Interval> excluded_;

    PollSorter sorter_;
    // Of the store being viewed:
    Timeline timeline_;
    std::vector<WeeklyRow> week_;  // its weekly rows, with those the options add
    IntervalSet out_;              // its exclusions with those of all stores
};

}  // namespace store_uptime
