// A report by several processes: they share the scan of the polls, then the slices.
//
//   leader   hours, zones … ─┐                       ┌─ slices, one at a time ─▶ rows
//            polls (shared)  ├─▶ slices ─▶ barrier ──┤
//   worker   polls (shared) ─┘   (shared)            └─ slices, one at a time ─▶ totals ─▶ leader ─▶ rows
//
// Each process fills slices of its own (pg/slices.hpp, shared) from its part of the table; when all have, whoever is free
// takes the next slice, with everybody's rows of it. A store's answer is computed in one place from all of its rows, so it
// does not depend on how many processes there were.
#pragma once

#include "pg/slice_worker.hpp"

namespace store_uptime::pg {

// How many workers would help: as for the server's own parallel scans, none below min_parallel_table_scan_size and at most
// max_parallel_workers_per_gather; but with the leader no more than there are processors, unless that size is 0. None
// either where the polls do not come from plain scans, or nothing may be shared.
int parallel_workers(const Report& report, const ReportReader& reader, const PlannedRows& polls);

// run_report's work, with up to `workers` helpers; fewer, or none, if the server has no more to give. False, with nothing
// done, if it has no shared memory to give.
bool run_parallel(const Report& report, const Source& source, const Question& question, ReportReader& reader,
                  const PlannedRows& polls, int workers, MemoryContext context, TotalsSink& sink);

}  // namespace store_uptime::pg
