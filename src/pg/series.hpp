// What both forms of uptime_series() are asked alike.
#pragma once

#include "core/bucket.hpp"
#include "pg/postgres.hpp"

namespace store_uptime::pg {

// A stretch of time, and what it is cut into.
struct AskedSeries {
    Interval range;
    Bucket bucket;
};

// Arguments since, until and bucket, since being argument `first`. 22023 for NULL, infinite instants, a stretch without
// an instant and buckets that do not exist, 54000 for too many of them.
AskedSeries series_arguments(FunctionCallInfo fcinfo, int first);

}  // namespace store_uptime::pg
