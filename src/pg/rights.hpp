// Acting with another role's rights for the length of a few calls.
//
// Nothing here needs undoing after an error: the end of the (sub)transaction restores user and settings.
#pragma once

#include "pg/postgres.hpp"

namespace store_uptime::pg {

// What to go back to.
struct Rights {
    Oid user;
    int context;
    int settings;
};

// The rights of `role`, as in a maintenance command on its behalf: what runs can neither get back to the rights from before
// nor leave anything behind that would run with them later (deferred triggers, held cursors).
Rights act_as(Oid role);

// Likewise those of the owner of a table of schema store_uptime, who alone may change it (and who may have put triggers on
// it); with a safe search_path, since the caller's must not decide what the statements on that table mean. 42P01: the table
// does not exist.
Rights act_as_owner_of(const char* table);

// Back to what was before.
void restore(const Rights& rights);

}  // namespace store_uptime::pg
