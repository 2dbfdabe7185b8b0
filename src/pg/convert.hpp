// Between PostgreSQL's values and the core's: plain data in, plain data out.
//
// PostgreSQL counts microseconds from 2000-01-01, the core from 1970-01-01, both int64 and both exact; dates likewise.
#pragma once

#include "core/interval_set.hpp"
#include "core/status.hpp"
#include "pg/postgres.hpp"

namespace store_uptime::pg {

inline constexpr std::int64_t kEpochShift =
    std::int64_t{POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE} * USECS_PER_DAY;

// Only for timestamps known to be in range (is_countable).
constexpr Instant to_instant(TimestampTz t) noexcept { return Instant{Micros{t + kEpochShift}}; }
constexpr TimestampTz to_timestamp(Instant t) noexcept {
    return t.time_since_epoch().count() - kEpochShift;
}

// Finite, and within what the engine counts with.
constexpr bool is_countable(TimestampTz t) noexcept {
    return t >= to_timestamp(kMinInstant) && t <= to_timestamp(kMaxInstant);
}

// 22023 with this hint if argument n is NULL; `what` names it.
void refuse_null(FunctionCallInfo fcinfo, int n, const char* what, const char* hint);

// The instant of a timestamp argument; `what` names it in the error (22023) for infinite or uncountable ones.
Instant instant_argument(TimestampTz t, const char* what);

// The window a tstzrange means, read on the microsecond lattice as [from, to). Empty, unbounded and infinite ranges
// are errors (22023) naming `what`.
Interval window_argument(RangeType* range, const char* what);

// The part of a tstzrange that lies within supported time: what it does not bound, time does. May be empty.
Interval clipped_range(RangeType* range);

// What a tstzmultirange of excluded time holds, clipped like that, as a normalised set in the current memory context.
Intervals excluded_argument(MultirangeType* excluded);

// [from, to) as a tstzrange.
RangeType* make_tstzrange(const Interval& i);

// The same of an interval that was clipped: a bound that no timestamp has, or at which supported time ends, is -infinity or
// infinity.
RangeType* make_widened_tstzrange(const Interval& i);

// A computed timestamp, or 22008 if the server has none such.
TimestampTz check_timestamp(TimestampTz t);

// An interval as a count of microseconds, days being 24 hours; nothing for one with months, or beyond counting.
std::optional<Micros> to_duration(const ::Interval* interval);

// The same of argument n; 22023 naming `what` otherwise.
Micros duration_argument(FunctionCallInfo fcinfo, int n, const char* what);

// A plain count of microseconds as an interval: hours and smaller only, so that it compares and prints as it counts.
::Interval* make_interval(Micros d);

constexpr Date to_date(DateADT d) noexcept {
    return Date{std::chrono::days{std::int64_t{d} + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE)}};
}

// A std::string_view of a text value; valid as long as the datum.
inline std::string_view view(const text* t) noexcept {
    return {VARDATA_ANY(t), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(t))};
}

// The same of a text datum, which is detoasted into the current memory context if it needs to be; short ones never do.
inline std::string_view text_view(Datum datum) {
    const auto* t = reinterpret_cast<const varlena*>(DatumGetPointer(datum));
    if (VARATT_IS_SHORT(t) && !VARATT_IS_EXTERNAL(t)) [[likely]]
        return {VARDATA_SHORT(t), VARSIZE_SHORT(t) - VARHDRSZ_SHORT};
    return view(DatumGetTextPP(datum));
}

// A text datum; may raise out of memory.
inline Datum text_datum(std::string_view s) {
    return PointerGetDatum(cstring_to_text_with_len(s.data(), static_cast<int>(s.size())));
}

}  // namespace store_uptime::pg
