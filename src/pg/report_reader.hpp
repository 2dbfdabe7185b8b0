// From a source's relations to a Roster: reads polls and calendars of the stores a report is about.
//
//   polls of the time that matters ─┐
//   hours, special days, zones      ├─▶ store numbers (Dictionary) ─▶ Roster, by store
//   maintenance                     ┘
#pragma once

#include "core/roster.hpp"
#include "pg/context_memory.hpp"
#include "pg/dictionary.hpp"
#include "pg/source.hpp"
#include "pg/wall.hpp"

namespace store_uptime::pg {

// What a report is about.
struct Request {
    const Source* source;
    Interval reads;            // polls in [from, to) matter; from may be kMinInstant
    ArrayType* stores;         // text[] of store ids, or null for all
};

// What was read. Owned by a memory context.
struct Gathered {
    Dictionary* stores;          // number <-> store id
    Held<Roster>* roster;        // filled, not yet closed
    Dictionary* zone_names;      // number <-> name (text)
    std::uint32_t* zone_of;      // of each store: the number of its zone's name, kMissing if it has none
    std::uint32_t zone_capacity;
    Instant earliest_poll;       // kMaxInstant if there are none
};

// Reads everything of the request into `context`. Must be called with SPI connected. Errors name store and value:
// 22P02 a status that is neither active nor inactive; 22023 a weekday outside 0..6; 22004 hours without a time;
// 22008 an infinite or uncountable instant; 21000 two zones for one store; 22023 maintenance that ends before it starts.
Gathered* gather(const Request& request, MemoryContext context);

// Gives each store its zone, covering what the question resolves, and closes the roster. 22023: a zone name that is not
// known, with its store.
void close_roster(Gathered& gathered, const Source& source, const Question& question);

// A store's id as text, for rows and errors.
char* store_name(const Dictionary& stores, std::uint32_t store);

}  // namespace store_uptime::pg
