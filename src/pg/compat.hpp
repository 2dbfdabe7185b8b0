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

}  // namespace store_uptime::pg
