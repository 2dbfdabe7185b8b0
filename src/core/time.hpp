// Instants, wall clocks and durations.
//
// Three kinds of time must never be mixed, so each is a type of its own:
//
//   Instant    a point on the one physical time line, microseconds since 1970-01-01 00:00 UTC
//   WallClock  what a clock on the store's wall shows: a date and a time of day, without a zone
//   Date       a day on that wall's calendar
//
// A Zone (zone.hpp) turns an Instant into a WallClock. The other direction is not a function (an hour is skipped in
// spring and repeated in autumn), and nothing here needs it: calendars are resolved span by span of constant offset.
//
// All arithmetic is exact int64. Instants are limited to [kMinInstant, kMaxInstant] so that adding the few days that
// the engine adds anywhere can never overflow; whoever hands instants to the core checks that (check_instant).
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

#include "core/error.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

using Micros = std::chrono::microseconds;
using Instant = std::chrono::sys_time<Micros>;
using WallClock = std::chrono::local_time<Micros>;
using Date = std::chrono::local_days;

static_assert(std::is_same_v<Micros::rep, std::int64_t>, "instants are exact 64-bit counts");

inline constexpr Micros kDay = std::chrono::hours(24);

// 4780 BC and 140387 AD: wider than what timestamps are used for, and so close together that the difference of any two
// instants is an int64 still, and fits in 62 bits (PackedPoll).
inline constexpr Instant kMinInstant{Micros{-213'000'000'000'000'000}};
inline constexpr Instant kMaxInstant{Micros{4'368'000'000'000'000'000}};
inline constexpr const char* kInstantHint = "Instants from 4780 BC to 140387 AD are supported.";

// An unlimited duration, as in max_gap=infinity. Only saturating arithmetic may touch it.
inline constexpr Micros kUnlimited = Micros::max();

constexpr Instant clamp_instant(std::int64_t us) noexcept {
    if (us < kMinInstant.time_since_epoch().count()) return kMinInstant;
    if (us > kMaxInstant.time_since_epoch().count()) return kMaxInstant;
    return Instant{Micros{us}};
}

// t + d, held inside the supported range; d may be kUnlimited.
constexpr Instant saturating_add(Instant t, Micros d) noexcept {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(t.time_since_epoch().count(), d.count(), &sum)) return kMaxInstant;
    return clamp_instant(sum);
}

// t - d, held inside the supported range; d may be kUnlimited.
constexpr Instant saturating_sub(Instant t, Micros d) noexcept {
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(t.time_since_epoch().count(), d.count(), &difference))
        return kMinInstant;
    return clamp_instant(difference);
}

// Throws Errc::out_of_range for an instant the engine cannot count with.
inline Instant check_instant(Instant t) {
    if (t < kMinInstant || t > kMaxInstant)
        throw Error(Errc::out_of_range, "timestamp out of range", kInstantHint);
    return t;
}

// 0 = Monday ... 6 = Sunday. (1970-01-01 was a Thursday.)
constexpr unsigned weekday_of(Date d) noexcept {
    const auto since_monday = (d.time_since_epoch().count() + 3) % 7;
    return static_cast<unsigned>(since_monday < 0 ? since_monday + 7 : since_monday);
}

}  // namespace store_uptime
