// Settings that a report in the background must not read, for they are not what they are in the session that asked.
//
// Reading one is an error. A function of the user's may catch it, so it is raised again before the report is complete.
#pragma once

#include "pg/postgres.hpp"

namespace store_uptime::pg::jobs {

// Defines store_uptime.withheld_settings: a setting itself, so that the parallel workers of any query have it as well.
void define_withheld_settings();

// Has reading these fail, for the rest of the process. Names that have become the server's or an extension's are left out.
void withhold(std::span<const char* const> names);

// 42704 if one of them was read.
void check_nothing_withheld_was_read();

}  // namespace store_uptime::pg::jobs
