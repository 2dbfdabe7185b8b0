// The options of a source: a JSON object of settings and column names.
//
//   {"default_timezone": "Europe/Berlin",        zone of stores that have none; America/Chicago unless set
//    "round_day_end": false,                     closing times of 23:59 are not read as 24:00; true unless set
//    "missing_weekday": "open",                  weekdays without a row are open all day; "closed" unless set
//    "active_values": ["up"],                    texts of the status column; "active" and "inactive" unless set
//    "inactive_values": ["down"],
//    "unknown_values": ["?"],                    texts that mean unknown; none unless set
//    "store_id": "shop",                         a column, wherever a relation has it
//    "hours": {"store_id": "shop", ...}}         columns of one relation
#pragma once

#include "pg/source.hpp"

namespace store_uptime::pg {

// Of stores that have none, unless an option says otherwise.
inline constexpr const char* kDefaultTimezone = "America/Chicago";

struct ChosenName {
    const char* name;  // null: look for the usual names
    bool strict;       // given for this relation: it must have it
};

struct ColumnNames {
    ChosenName of[kParts][kRoles];
};

// Fills in source's settings from its options (a jsonb datum, or 0 for none) and gives the column names in them.
// Errors (22023) name the option and what is allowed.
const ColumnNames* read_options(Source& source, Datum options);

}  // namespace store_uptime::pg
