// Plans that are kept for the rest of the session, for small questions that are asked again and again: planning one of
// their queries takes longer than running it.
//
// A kept plan is PostgreSQL's own kind (plancache): it is made anew when a table or the role changes.
#pragma once

#include "pg/row_query.hpp"

extern "C" {
#include "utils/plancache.h"
}

namespace store_uptime::pg {

// What is kept of a query, made for any values of its parameters. Null if the session keeps as many as it may; the query
// has to be planned by other means then.
CachedPlanSource* saved_plan(const RowQuery& query);

}  // namespace store_uptime::pg
