// From a source's relations to slices of rows: reads polls and calendars of the stores a report is about.
//
//   polls of the time that matters ─┐
//   hours, special days, zones      ├─▶ rows (core/row_format.hpp), sliced by store
//   maintenance                     ┘
#pragma once

#include "core/uptime.hpp"
#include "pg/dictionary.hpp"
#include "pg/row_reader.hpp"
#include "pg/slices.hpp"
#include "pg/status_reader.hpp"
#include "pg/store_ids.hpp"
#include "pg/wall.hpp"

namespace store_uptime::pg {

// What a report is about.
struct Request {
    const Source* source;
    Interval reads;     // polls in [from, to) matter; from may be kMinInstant
    ArrayType* stores;  // text[] of store ids, or null for all
    Instant maintained_until = reads.to;  // maintenance that starts before matters; kMaxInstant for all
};
static_assert(std::is_trivially_destructible_v<Request>);

// Errors name store and value: 22P02 a status that is neither active nor inactive; 22023 a weekday outside 0..6, or
// maintenance that ends before it starts; 22004 hours without a time; 22008 an infinite or uncountable instant.
class ReportReader {
 public:
    // A reader that keeps what it reads in `context`; start() comes before reading.
    static ReportReader* create(const Request& request, MemoryContext context);

    PlannedRows plan_polls() const;
    // Rows go to `slices`, whose keys are of ids().key_kind().
    void start(Slices* slices) { slices_ = slices; }
    void read_polls(const PlannedRows& polls);
    void read_polls(const BareScan& scan);
    void read_calendars();
    // Whether a leader may read the calendars while parallel workers read polls: their queries call nothing unsafe.
    bool calendars_are_safe_beside_workers() const;
    // Plans what read_calendars() reads, so that all of it is locked.
    void lock_calendars() const;

    // Whether several readers, in different processes, give one store the same key.
    bool can_share() const noexcept { return ids_->can_share(); }
    const StoreIds& ids() const noexcept { return *ids_; }
    Slices& slices() const noexcept { return *slices_; }
    Instant earliest_poll() const noexcept { return earliest_poll_; }  // kMaxInstant if there are none

    // The names of zones that rows bear, in the order of their ZoneNumbers, and for each a store that bears it.
    int zone_count() const noexcept { return static_cast<int>(zone_names_->size()); }
    char* zone_name(int zone) const;
    const char* zone_store(int zone) const noexcept { return zone_stores_[zone]; }
    // Excluded for all stores, normalised.
    Intervals everywhere() const noexcept { return **everywhere_; }

 private:
    // Passes each row to a member.
    template <void (ReportReader::*add)(const Datum*, const bool*)>
    void read(const PlannedRows& rows);

    template <class ReadKey>
    void add_poll(ReadKey read_key, const Datum* values, const bool* nulls);
    void tell_polls();
    void add_hours(const Datum* values, const bool* nulls);
    void add_special_hours(const Datum* values, const bool* nulls);
    void add_timezone(const Datum* values, const bool* nulls);
    void add_maintenance(const Datum* values, const bool* nulls);

    const Column& column(Part part, Role role) const { return source_->parts[part].columns[role]; }
    StoreKey key_of(Part part, Datum id) { return ids_->key(column(part, kStoreId), id); }
    [[noreturn]] void unknown_status(StoreKey store, Datum value) const;
    [[noreturn]] void uncountable_poll(StoreKey store, TimestampTz at) const;
    Shift read_shift(const StoreKey& store, Part part, const Datum* times, const bool* nulls) const;
    Instant read_bound(const char* store, Role role, Datum value, bool null) const;
    ZoneNumber number_zone(const StoreKey& store, Datum name);
    [[noreturn]] void null_value(const StoreKey& store, Part part, Role role) const;

    RowQuery select(Part part, std::span<const Role> roles) const;
    int instant_parameter(RowQuery& query, Part part, Role role, TimestampTz t) const;
    RowQuery special_hours_query() const;
    RowQuery maintenance_query() const;
    RowQuery calendar_query(Part part) const;
    template <class F>
    void each_calendar_query(F f) const;

    MemoryContext context_;
    const Source* source_;
    ArrayType* stores_;
    TimestampTz from_, to_;  // of the polls that matter; from_ may be -infinity
    TimestampTz maintained_until_;
    StoreIds* ids_;
    StatusReader statuses_;
    Slices* slices_;
    Dictionary* zone_names_;
    char** zone_stores_;
    std::uint32_t zone_capacity_;
    Held<IntervalSet>* everywhere_;
    Instant earliest_poll_;
    // Polls not yet told to whoever watches: the counter may be shared with other processes.
    static constexpr std::uint32_t kPollsPerTelling = 16;
    std::uint32_t polls_untold_;
};

static_assert(std::is_trivially_destructible_v<ReportReader>);

}  // namespace store_uptime::pg
