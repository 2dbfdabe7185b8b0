// The SQL type status_timeline: a store's polls as the bytes of core/timeline_codec.hpp behind a varlena header.
#pragma once

#include "core/byte_code.hpp"
#include "core/timeline.hpp"
#include "pg/postgres.hpp"

namespace store_uptime::pg {

// The polls of a status_timeline, in the current memory context. 22P03 if its bytes are damaged.
Polls read_timeline(Datum timeline);

// Those in [from, to) only.
Polls read_timeline(Datum timeline, const Interval& during);

// The polls of a status_timeline's bytes.
Polls read_timeline(Bytes bytes);

// A new status_timeline.
Datum timeline_datum(Polls polls);

// An array of polls in the current memory context; any number of them.
Poll* allocate_polls(std::size_t count);

}  // namespace store_uptime::pg
