// Runs one report: reads what it is about, works it off slice by slice, hands each store's totals on. In this process
// alone, or together with parallel workers (pg/report_parallel.hpp); the answers are the same.
#pragma once

#include "pg/slice_worker.hpp"

namespace store_uptime::pg {

// Reads all there is in this process alone, into slices that it makes for the reader in `context`.
void read_alone(ReportReader& reader, const PlannedRows& polls, MemoryContext context);

// Hands the totals of all stores of the report to the sink, in no particular order. Errors are those of open_source,
// ReportReader and zone_named, and 21000 for a store with two zones.
void run_report(const Report& report, TotalsSink& sink);

// Locks all relations that the report reads, by planning its queries.
void lock_report(const Report& report);

}  // namespace store_uptime::pg
