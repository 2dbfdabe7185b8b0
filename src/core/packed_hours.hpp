// A weekly row in 64 bits, as it is kept while a report gathers hours: for rows that are always valid and tell whole
// seconds, as nearly all do. Comparing the numbers compares the rows.
#pragma once

#include <optional>

#include "core/calendar.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// From the highest bit down: the weekday, and in 18 bits each when the shift opens and closes, in seconds.
enum class PackedHours : std::uint64_t {};

static_assert(2 * kDay < std::chrono::seconds(1 << 18), "18 bits hold the end of any shift");

// The row; nothing if it is not one of those.
constexpr std::optional<PackedHours> pack(const WeeklyRow& row) noexcept {
    constexpr Micros kSecond = std::chrono::seconds(1);
    const Shift& shift = row.shift;
    if (row.valid_from != Date::min() || row.valid_until != Date::max() || shift.opens % kSecond != Micros{0} ||
        shift.closes % kSecond != Micros{0})
        return std::nullopt;
    return PackedHours{std::uint64_t{row.weekday} << 36 | static_cast<std::uint64_t>(shift.opens / kSecond) << 18 |
                       static_cast<std::uint64_t>(shift.closes / kSecond)};
}

constexpr WeeklyRow unpack(PackedHours packed) noexcept {
    const auto bits = static_cast<std::uint64_t>(packed);
    const auto seconds = [](std::uint64_t n) { return std::chrono::seconds(n & ((1 << 18) - 1)); };
    return {static_cast<unsigned>(bits >> 36), {seconds(bits >> 18), seconds(bits)}};
}

}  // namespace store_uptime
