// From a source's relations to slices of rows: reads polls and calendars of the stores a report is about.
//
//   polls of the time that matters ─┐
//   hours, special days, zones      ├─▶ rows (core/row_format.hpp), sliced by store
//   maintenance                     ┘
#pragma once

#include "core/uptime.hpp"
#include "pg/dictionary.hpp"
#include "pg/slices.hpp"
#include "pg/store_ids.hpp"
#include "pg/wall.hpp"

namespace store_uptime::pg {

// What a report is about.
struct Request {
    const Source* source;
    Interval reads;     // polls in [from, to) matter; from may be kMinInstant
    ArrayType* stores;  // text[] of store ids, or null for all
};

// What was read. Lives in a memory context.
struct Gathered {
    StoreIds* ids;
    Slices* slices;
    Dictionary* zone_names;           // ZoneNumber <-> name (text)
    char** zone_stores;               // for each zone a store that bears it, as text, for errors
    Held<IntervalSet>* everywhere;    // excluded for all stores, normalised
    Instant earliest_poll;            // kMaxInstant if there are none
};

// Reads everything of the request into `context`. Errors name store and value: 22P02 a status that is neither active nor
// inactive; 22023 a weekday outside 0..6, or maintenance that ends before it starts; 22004 hours without a time; 22008 an
// infinite or uncountable instant.
Gathered* gather(const Request& request, MemoryContext context);

// The zones that rows name, by ZoneNumber, and last the source's default zone, covering what the question resolves.
// 22023: a name that is not known, with a store that bears it.
const Zone* resolve_zones(const Gathered& gathered, const Source& source, const Question& question);

}  // namespace store_uptime::pg
