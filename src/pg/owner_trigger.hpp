// The owners of rows of store_uptime.source and store_uptime.report_queue, which are roles and are known to dumps by name.
#pragma once

#include "pg/postgres.hpp"

namespace store_uptime::pg {

// Has the rows of one of these tables that belong to a role tell its present name. SPI connected. Rows that somebody else
// holds are left.
void refresh_owner_name(const char* table, Oid owner);

}  // namespace store_uptime::pg
