// The extension's settings (GUCs), all under the prefix store_uptime.
#pragma once

#include "pg/postgres.hpp"

namespace store_uptime::pg {

// Who supplies time zone rules.
enum class TimezoneProvider : int { postgres, icu };

extern int max_attempts;        // of a report in the background
extern int max_queued_reports;  // of a role; 0: any number
extern int max_report_workers;  // that run at a time in a database
extern int report_retention;    // seconds; -1: for ever
extern int report_timeout;      // milliseconds; 0: none
extern int workers_per_report;  // processes, the background worker included
extern int timezone_provider;   // a TimezoneProvider; plain int because the server writes it

// How many reports of one role may run at a time in a database.
int max_report_workers_of_role();

// The settings of a session that reports in the background have as well: a list of names, in the current memory context.
List* carried_names();

// How many bytes a report may hold in memory: store_uptime.work_mem, or what the server allows a hash table.
std::size_t report_memory();

// Defines all settings and reserves the prefix.
void define_settings();

}  // namespace store_uptime::pg
