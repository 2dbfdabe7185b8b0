// The standard report's question, for who asks it on behalf of others.
#pragma once

#include "core/policy.hpp"
#include "core/time.hpp"
#include "pg/postgres.hpp"

namespace store_uptime::pg {

// Locks all relations that a standard report reads, those behind views and partitioned tables included, as reading would.
// Whoever takes a snapshot afterwards sees what they hold by then: a relation that is being reloaded is waited for here, and
// a snapshot from before would show it empty. Errors are those of the report, as far as it can be planned.
void lock_standard_report(Instant as_of, const char* source, const Policy& policy, ArrayType* stores);

}  // namespace store_uptime::pg
