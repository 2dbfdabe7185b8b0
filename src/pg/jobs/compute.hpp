// One report, computed and stored in the current transaction: the same for a background worker and
// for CALL store_uptime.run_report.
#pragma once

#include "pg/jobs/queue.hpp"

extern "C" {
#include "utils/tuplestore.h"
}

namespace store_uptime::pg::jobs {

// The rows of a report, as store_uptime.report_result holds them. They spill to temporary files
// beyond work_mem.
struct ReportRows {
    Tuplestorestate* rows;
    std::int64_t count;
};

// Computes a report by store_uptime_report under one snapshot, taken when all that it reads is locked,
// with the rights of the current user. SPI connected.
ReportRows compute_rows(const ReportRequest& request);

// Stores them under the report's id, and lets go of them. SPI connected.
void store_rows(const pg_uuid_t& report, const ReportRows& rows);

// Reads them back, under the active snapshot. SPI connected.
void read_stored_rows(const pg_uuid_t& report, Tuplestorestate* rows);

}  // namespace store_uptime::pg::jobs
