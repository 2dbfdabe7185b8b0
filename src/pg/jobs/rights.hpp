// Acting with another role's rights for the length of a few calls.
//
// Nothing here needs undoing after an error: the end of the (sub)transaction restores user and
// settings.
#pragma once

#include "pg/postgres.hpp"

namespace store_uptime::pg::jobs {

// What to go back to.
struct Rights {
    Oid user;
    int context;
    int settings;
};

// The rights of the owner of the queue, who alone may change it; with a safe search_path, since the
// caller's is not to decide what the queue's statements mean.
Rights act_as_queue_owner();

// The rights of `role`, as in a maintenance command on its behalf: what runs can neither get back
// to the worker's own rights nor leave anything behind that would run with them later (deferred
// triggers, held cursors).
Rights act_as(Oid role);

// Back to what was before.
void restore(const Rights& rights);

}  // namespace store_uptime::pg::jobs
