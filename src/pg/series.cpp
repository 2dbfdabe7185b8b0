// uptime_series() over values: the totals of one store, bucket by bucket.
#include "pg/series.hpp"

#include "pg/convert.hpp"
#include "pg/question.hpp"
#include "pg/row_set.hpp"
#include "pg/uptime_result.hpp"

namespace store_uptime::pg {
namespace {

constexpr int kSince = 2, kAsOf = 5;

// The buckets as the store's own clock has them, in the current memory context.
const std::vector<Interval>& buckets_of(const AskedStore& store, const AskedSeries& asked) {
    const Zone zone = zone_of(*store.calendar, bucket_zone_range(asked.range));
    auto* cut = hold<std::vector<Interval>>(CurrentMemoryContext);
    call_core([&] { **cut = buckets(asked.bucket, asked.range, zone); });
    return **cut;
}

void put_bucket(RowSet& rows, const Interval& during, const Totals& totals) {
    Datum values[1 + kResultColumns];
    bool nulls[1 + kResultColumns] = {};
    values[0] = RangeTypePGetDatum(make_tstzrange(during));
    result_values(totals, values + 1, nulls + 1);
    rows.put(values, nulls);
}

}  // namespace

AskedSeries series_arguments(FunctionCallInfo fcinfo, int first) {
    constexpr const char* kHint = "Give a point in time, for example now().";
    refuse_null(fcinfo, first, "since", kHint);
    refuse_null(fcinfo, first + 1, "until", kHint);
    refuse_null(fcinfo, first + 2, "bucket", "Buckets are hour, day, week and month.");
    const TimestampTz since = PG_GETARG_TIMESTAMPTZ(first), until = PG_GETARG_TIMESTAMPTZ(first + 1);
    AskedSeries asked = {{instant_argument(since, "since"), instant_argument(until, "until")}, {}};
    if (asked.range.empty())
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("until must be after since, %s", timestamptz_to_str(since)),
                        errhint("A series needs a start before its end.")));
    const std::string_view bucket = view(PG_GETARG_TEXT_PP(first + 2));
    call_core([&] {
        asked.bucket = parse_bucket(bucket);
        check_series(asked.bucket, asked.range);
    });
    return asked;
}

extern "C" {

SQL_FUNCTION(uptime_series);

// uptime_series(timeline, calendar, since, until, bucket, as_of, policy, excluded): one row a bucket.
Datum uptime_series(PG_FUNCTION_ARGS) {
    RowSet rows(fcinfo);
    const AskedSeries asked = series_arguments(fcinfo, kSince);
    std::optional<AskedStore> store = read_store(fcinfo, kAsOf);
    if (!store) return rows.done();
    const std::vector<Interval>& windows = buckets_of(*store, asked);
    Uptime& engine = ask(*store, windows);
    call_core([&] { engine.sum(store->view()); });
    MemoryContext per_row = AllocSetContextCreate(CurrentMemoryContext, "store_uptime row", ALLOCSET_SMALL_SIZES);
    const MemoryContext caller = MemoryContextSwitchTo(per_row);
    for (std::size_t i = 0; i < windows.size(); ++i) {
        put_bucket(rows, windows[i], engine.totals(i));
        MemoryContextReset(per_row);
    }
    MemoryContextSwitchTo(caller);
    return rows.done();
}

}  // extern "C"

}  // namespace store_uptime::pg
