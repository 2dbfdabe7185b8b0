// A time zone as a table: spans of constant offset from UTC.
//
// Every question a calendar asks of a zone is asked of whole spans, so this is the whole interface; who fills the
// table (PostgreSQL's time zone database, ICU, a test) is no concern of the engine. A table covers a stated range and
// asking beyond it is an error, never a guess.
#pragma once

#include <span>
#include <vector>

#include "core/interval.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// From this instant to the start of the next span, wall clock = instant + offset (east of Greenwich is positive).
struct ZoneSpan {
    Instant from;
    Micros offset;
    friend constexpr bool operator==(const ZoneSpan&, const ZoneSpan&) = default;
};

// A view of a table that somebody else owns (ZoneTable here, a per-backend cache in the server): cheap to copy and
// safe to hold across calls into PostgreSQL.
class Zone {
 public:
    constexpr Zone() = default;
    // `spans` ascend, the first starts at or before covers.from.
    constexpr Zone(std::span<const ZoneSpan> spans, Interval covers) noexcept
        : spans_(spans), covers_(covers) {}

    constexpr Interval covers() const noexcept { return covers_; }
    constexpr std::span<const ZoneSpan> spans() const noexcept { return spans_; }

    // Throws Errc::out_of_range for what lies beyond supported time, otherwise Errc::internal unless the table covers all
    // of `range`.
    void require(const Interval& range) const;

    // The index of the span that holds t; t must be covered.
    std::size_t span_at(Instant t) const noexcept;
    // The extent of span i, cut at the end of the table.
    Interval extent(std::size_t i) const noexcept;

    Micros offset_at(Instant t) const;
    WallClock wall(Instant t) const;
    // The date on the wall at t.
    Date date(Instant t) const;

 private:
    std::span<const ZoneSpan> spans_;
    Interval covers_{};
};

static_assert(std::is_trivially_destructible_v<Zone>, "Zone may be alive across a PostgreSQL call");

// WallClock from an instant and the offset in force.
constexpr WallClock wall_clock(Instant t, Micros offset) noexcept {
    return WallClock{t.time_since_epoch() + offset};
}

// Owns a table.
struct ZoneTable {
    std::vector<ZoneSpan> spans;
    Interval covers;

    Zone view() const noexcept { return {spans, covers}; }
};

// A zone of one constant offset over all supported time; ZoneTable for UTC is fixed_zone(0).
ZoneTable fixed_zone(Micros offset);

}  // namespace store_uptime
