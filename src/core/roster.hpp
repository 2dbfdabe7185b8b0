// The stores of one report: everything that was read of them, by store number, and the answers.
//
// Filled in any order by whoever reads tables, closed once, then asked store by store. A store's polls and rows are put
// in order only when it is asked, while they are in the processor's cache anyway.
#pragma once

#include "core/by_store.hpp"
#include "core/uptime.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

class Roster {
 public:
    struct Options {
        // What a weekday without any row means for a store that has rows: closed, or open 00:00-24:00.
        bool missing_weekday_open = false;
    };

    Roster(Options options, std::pmr::memory_resource* memory)
        : polls(memory), weekly(memory), special(memory), excluded(memory), options_(options) {}

    // To be filled before close().
    ByStore<Poll> polls;
    ByStore<WeeklyRow> weekly;
    ByStore<SpecialRow> special;
    ByStore<Interval> excluded;
    IntervalSet excluded_everywhere;

    // Ends filling. zones[store] is each store's zone.
    void close(std::vector<Zone> zones);

    std::size_t size() const noexcept { return zones_.size(); }

    // What is known of one store, in order. Valid until the next call.
    StoreView view(StoreNumber store);

 private:
    CalendarView calendar(StoreNumber store);

    Options options_;
    std::vector<Zone> zones_;
    std::vector<WeeklyRow> completed_;  // rows of the store being viewed, with those its options add
    IntervalSet out_;                   // exclusions of the store being viewed, with those of all stores
};

}  // namespace store_uptime
