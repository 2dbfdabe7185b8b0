// What a poll says of a store at an instant.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "core/time.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// In ascending order of weight: of two polls at one instant the heavier one stands. Down beats up, and both beat
// unknown, so that no order of arrival can hide an outage. The numbers are stored on disk (timeline_codec).
enum class Status : std::uint8_t { unknown = 0, up = 1, down = 2 };

constexpr Status heavier(Status a, Status b) noexcept { return a < b ? b : a; }

constexpr std::string_view name(Status s) noexcept {
    switch (s) {
        case Status::up:
            return "up";
        case Status::down:
            return "down";
        case Status::unknown:
            break;
    }
    return "unknown";
}

struct Poll {
    Instant at;
    Status status = Status::unknown;
    friend constexpr auto operator<=>(const Poll&, const Poll&) = default;
};

static_assert(std::is_trivially_copyable_v<Poll>);

}  // namespace store_uptime
