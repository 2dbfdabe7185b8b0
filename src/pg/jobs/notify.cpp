#include "pg/jobs/notify.hpp"

extern "C" {
#include "commands/async.h"
}

namespace store_uptime::pg::jobs {

void notify_end(const pg_uuid_t& id, ReportState state) {
    Async_Notify("store_uptime_report", psprintf("{\"report_id\": \"%s\", \"status\": \"%s\"}",
                                                 uuid_text(id), state_name(state)));
}

}  // namespace store_uptime::pg::jobs
