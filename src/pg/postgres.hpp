// The one door to PostgreSQL's headers. Include it last: standard and core headers come before it.
//
// PostgreSQL's headers are C, define macros over names of <cstdio> and of the standard library, and on version 15 use
// the `register` keyword; hence the order, the extern "C" and the #undefs.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

extern "C" {
#include "postgres.h"
// After postgres.h, always:
#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
}

#include "pg/compat.hpp"

// Announces a function that SQL calls by this name; inside extern "C".
#define SQL_FUNCTION(name)     \
    PG_FUNCTION_INFO_V1(name); \
    PGDLLEXPORT Datum name(PG_FUNCTION_ARGS)

#undef printf
#undef fprintf
#undef sprintf
#undef snprintf
#undef vprintf
#undef vfprintf
#undef vsprintf
#undef vsnprintf
#undef strerror
#undef strerror_r
