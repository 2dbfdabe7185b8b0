// What differs between PostgreSQL 15 and 18, and nothing else. Included by pg/postgres.hpp.
#pragma once

#if PG_VERSION_NUM < 150000 || PG_VERSION_NUM >= 190000
#error "store_uptime is written for PostgreSQL 15 to 18"
#endif

extern "C" {
// 16 moved varlena access macros out of postgres.h.
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif
#include "executor/executor.h"
}

namespace store_uptime::pg {

// 16 gave make_range an error context.
inline RangeType* make_range_compat(TypeCacheEntry* type, RangeBound* lower, RangeBound* upper) {
#if PG_VERSION_NUM >= 160000
    return make_range(type, lower, upper, false, nullptr);
#else
    return make_range(type, lower, upper, false);
#endif
}

// Raises unless the current user may do what the planned statement does. 16 moved permissions out of range table entries.
inline void check_permissions_compat(PlannedStmt* statement) {
#if PG_VERSION_NUM >= 160000
    ExecCheckPermissions(statement->rtable, statement->permInfos, true);
#else
    ExecCheckRTPerms(statement->rtable, true);
#endif
}

// 18 dropped execute_once, which is true for every query that runs once.
inline void executor_run_compat(QueryDesc* query) {
#if PG_VERSION_NUM >= 180000
    ExecutorRun(query, ForwardScanDirection, 0);
#else
    ExecutorRun(query, ForwardScanDirection, 0, true);
#endif
}

}  // namespace store_uptime::pg
