// The news that a report has ended, for LISTEN store_uptime_report.
#pragma once

#include "pg/jobs/queue.hpp"

namespace store_uptime::pg::jobs {

// Sends {"report_id": …, "status": …} when the transaction commits. Everybody in the database can
// listen, so it says nothing that its owner alone may know.
void notify_end(const pg_uuid_t& id, ReportState state);

}  // namespace store_uptime::pg::jobs
