// Plans that are kept for the rest of the session, for small questions that are asked again and again: planning one of
// their queries takes longer than running it.
//
// A kept plan is PostgreSQL's own kind (SPI_keepplan): it is made anew when a table or the role changes, and checks
// privileges each time it runs.
#pragma once

#include "pg/postgres.hpp"

namespace store_uptime::pg {

// The plan of `sql` with parameters of these types, made for any values of them. Null if the session keeps as many as it
// may; the query has to be planned by other means then. To be called between SPI_connect() and SPI_finish().
SPIPlanPtr saved_plan(const char* sql, int parameters, const Oid* types);

}  // namespace store_uptime::pg
