// The owners of rows of store_uptime.source and store_uptime.report_queue, which are roles and are known to dumps by name.
#pragma once

#include "pg/postgres.hpp"

namespace store_uptime::pg {

// Has the rows of one of these tables tell the present names of their owners: those of one, or of all if that is invalid. SPI
// connected. Rows that somebody else holds are left.
void refresh_owner_names(const char* table, Oid owner);

}  // namespace store_uptime::pg
