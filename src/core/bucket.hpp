// A stretch of time cut into hours, days, weeks or months, as a clock on the store's wall counts them.
//
// Buckets partition the stretch: the next begins where one ends, and the first and the last are cut at its ends. So what
// adds up over windows adds up over buckets. What ends one is what the wall shows:
//
//   day, week, month  the first instant that shows the date on which the next begins, or a later one. A date that the
//                     zone skipped has no bucket, and a clock set back over midnight begins no date again.
//   hour              each full hour, and each time the clock is set: a repeated hour is two buckets, half an hour that
//                     comes in between is one of its own.
#pragma once

#include <string_view>
#include <vector>

#include "core/zone.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

enum class Bucket : std::uint8_t { hour, day, week, month };

std::string_view name(Bucket b) noexcept;

// Reads hour, day, week or month, in any case. Throws Errc::invalid_argument naming the word and those allowed.
Bucket parse_bucket(std::string_view text);

// A stretch may be as long as this many of its longest buckets: 11 years of hours, 273 of days.
inline constexpr std::int64_t kMostBuckets = 100'000;

// Throws Errc::invalid_argument for a range without an instant, Errc::too_large for one that is too long.
Interval check_series(Bucket b, const Interval& range);

// About how many buckets a range has.
std::int64_t bucket_estimate(Bucket b, const Interval& range) noexcept;

// What a zone has to cover for buckets(): what came before a range tells whether its first date had begun already.
Interval bucket_zone_range(const Interval& range) noexcept;

// The buckets of a range, in order. Throws what check_series does. `zone` has to cover bucket_zone_range(range).
std::vector<Interval> buckets(Bucket b, const Interval& range, const Zone& zone);

}  // namespace store_uptime
