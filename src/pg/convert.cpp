#include "pg/convert.hpp"

namespace store_uptime::pg {
namespace {

// The bound as the first instant in (lower) or past (upper) the range.
TimestampTz on_lattice(const RangeBound& bound) {
    const TimestampTz t = DatumGetTimestampTz(bound.val);
    if (TIMESTAMP_NOT_FINITE(t)) return t;
    const bool next = bound.lower ? !bound.inclusive : bound.inclusive;
    return t + (next ? 1 : 0);
}

// The instant of a bound, as near as supported time comes to it.
Instant clipped(const RangeBound& bound) {
    if (bound.infinite) return bound.lower ? kMinInstant : kMaxInstant;
    const TimestampTz t = on_lattice(bound);
    if (t < to_timestamp(kMinInstant)) return kMinInstant;
    if (t > to_timestamp(kMaxInstant)) return kMaxInstant;
    return to_instant(t);
}

RangeType* tstzrange_of(TimestampTz from, TimestampTz to) {
    TypeCacheEntry* type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    RangeBound lower = {TimestampTzGetDatum(from), false, true, true};
    RangeBound upper = {TimestampTzGetDatum(to), false, false, false};
    return store_uptime::pg::make_range_compat(type, &lower, &upper);
}

}  // namespace

void refuse_null(FunctionCallInfo fcinfo, int n, const char* what, const char* hint) {
    if (PG_ARGISNULL(n))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must not be null", what), errhint("%s", hint)));
}

Instant instant_argument(TimestampTz t, const char* what) {
    if (TIMESTAMP_NOT_FINITE(t))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("%s must be finite, not %s", what, TIMESTAMP_IS_NOBEGIN(t) ? "-infinity" : "infinity"),
                        errhint("Give a point in time, for example now().")));
    if (!is_countable(t))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("%s is out of range", what),
                        errhint("%s", kInstantHint)));
    return to_instant(t);
}

Interval window_argument(RangeType* range, const char* what) {
    TypeCacheEntry* type = lookup_type_cache(RangeTypeGetOid(range), TYPECACHE_RANGE_INFO);
    RangeBound lower, upper;
    bool empty = false;
    range_deserialize(type, range, &lower, &upper, &empty);
    if (empty)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must not be an empty range", what),
                        errhint("A window needs a start before its end.")));
    if (lower.infinite || upper.infinite)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must have both bounds", what),
                        errhint("Give a start and an end, as in tstzrange(from, to).")));
    const Interval window{instant_argument(on_lattice(lower), what), instant_argument(on_lattice(upper), what)};
    if (window.empty())
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s holds no instant", what),
                        errhint("A window needs a start before its end.")));
    return window;
}

Interval clipped_range(RangeType* range) {
    TypeCacheEntry* type = lookup_type_cache(RangeTypeGetOid(range), TYPECACHE_RANGE_INFO);
    RangeBound lower, upper;
    bool empty = false;
    range_deserialize(type, range, &lower, &upper, &empty);
    return empty ? Interval{} : Interval{clipped(lower), clipped(upper)};
}

Intervals excluded_argument(MultirangeType* excluded) {
    TypeCacheEntry* type = lookup_type_cache(MultirangeTypeGetOid(excluded), TYPECACHE_MULTIRANGE_INFO);
    const auto count = static_cast<std::size_t>(excluded->rangeCount);
    auto* kept = static_cast<Interval*>(MemoryContextAllocHuge(CurrentMemoryContext, (count + 1) * sizeof(Interval)));
    std::size_t n = 0;
    for (std::size_t i = 0; i < count; ++i) {
        RangeBound lower, upper;
        multirange_get_bounds(type->rngtype, excluded, static_cast<uint32>(i), &lower, &upper);
        const Interval next{clipped(lower), clipped(upper)};
        if (next.empty()) continue;
        // Ranges of a multirange ascend, but those that only an instant kept apart touch on the microsecond lattice.
        if (n > 0 && kept[n - 1].to >= next.from)
            kept[n - 1].to = std::max(kept[n - 1].to, next.to);
        else
            kept[n++] = next;
    }
    return {kept, n};
}

RangeType* make_tstzrange(const Interval& i) { return tstzrange_of(to_timestamp(i.from), to_timestamp(i.to)); }

RangeType* make_widened_tstzrange(const Interval& i) {
    const TimestampTz from = to_timestamp(i.from), to = to_timestamp(i.to);
    return tstzrange_of(from < MIN_TIMESTAMP ? DT_NOBEGIN : from, i.to >= kMaxInstant ? DT_NOEND : to);
}

TimestampTz check_timestamp(TimestampTz t) {
    if (!IS_VALID_TIMESTAMP(t))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range"),
                        errhint("The server's timestamps begin in 4714 BC.")));
    return t;
}

std::optional<Micros> to_duration(const ::Interval* interval) {
    std::int64_t micros = 0;
    if (interval->month != 0 || __builtin_mul_overflow(std::int64_t{interval->day}, USECS_PER_DAY, &micros) ||
        __builtin_add_overflow(micros, interval->time, &micros))
        return std::nullopt;
    return Micros{micros};
}

Micros duration_argument(FunctionCallInfo fcinfo, int n, const char* what) {
    const auto* interval = reinterpret_cast<const ::Interval*>(PG_GETARG_POINTER(n));
    const std::optional<Micros> duration = to_duration(interval);
    if (!duration)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("%s time cannot be \"%s\"", what,
                               DatumGetCString(DirectFunctionCall1(interval_out, IntervalPGetDatum(interval)))),
                        errhint("Give an interval without months: they have no length.")));
    return *duration;
}

::Interval* make_interval(Micros d) {
    auto* i = static_cast<::Interval*>(palloc0(sizeof(::Interval)));
    i->time = d.count();
    return i;
}

}  // namespace store_uptime::pg
