// Why a store counts as up, down or unknown at one instant: everything that decided it.
//
// Nothing is decided here. The engine is asked for the instant, and where no poll spoke once more without max_gap: a
// poll that speaks then was only too far away.
#pragma once

#include <optional>

#include "core/uptime.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// Why it is what it is. The first four: a poll spoke, by the policy's fill or by its backfill.
enum class Rule : std::uint8_t {
    previous,
    next,
    nearest,
    backfill,
    gap,       // unknown: the polls that might speak are max_gap away or further
    no_poll,   // unknown: no poll might speak
    closed,    // not open
    excluded,  // open, but taken out
    not_yet,   // at or after as_of
};

std::string_view name(Rule r) noexcept;

// The row of a calendar that a store is open by.
struct OpenRow {
    Date date{};  // on which it starts
    Shift shift;
    bool special = false;
    friend bool operator==(const OpenRow&, const OpenRow&) = default;
};

struct Explanation {
    Rule rule = Rule::closed;
    std::optional<Status> status;     // none where nothing is counted: closed, excluded, not yet
    std::optional<Interval> session;  // around the instant, seen up to a year either way; none if it is closed
    std::optional<Interval> excluded; // the exclusion the instant lies in
    std::optional<Poll> poll;         // that spoke, or that is too far away
    std::optional<OpenRow> row;       // that it is open by; if it is closed, the special day of the date, if it is one
    Micros offset{0};                 // of the wall clock from UTC
};

// What the store's zone has to cover for an explanation. The earliest poll is kMaxInstant if there is none.
Interval explained_range(Instant at, Instant as_of, Instant earliest_poll) noexcept;

// Throws what Question does. store.zone covers explained_range().
Explanation explain(const StoreView& store, Instant at, Instant as_of, const Policy& policy);

}  // namespace store_uptime
