// The SQL type uptime_policy: a core Policy in 16 fixed bytes.
#pragma once

#include "core/policy.hpp"
#include "pg/postgres.hpp"

namespace store_uptime::pg {

// As stored: every byte has a meaning or is zero, so that values are compared and hashed bytewise.
struct StoredPolicy {
    std::int64_t max_gap;  // microseconds; kUnlimited is infinity
    std::uint8_t fill;
    std::uint8_t carry;
    std::uint8_t backfill;
    std::uint8_t unknown;
    std::uint32_t reserved;  // zero
};
static_assert(sizeof(StoredPolicy) == 16 && alignof(StoredPolicy) == 8, "as CREATE TYPE says");

// The policy an uptime_policy datum holds. 22P03 if its bytes are damaged.
Policy to_policy(Datum datum);

// A new uptime_policy datum in the current memory context.
Datum policy_datum(const Policy& policy);

}  // namespace store_uptime::pg
