// What a query reads by: the definitions of relations, columns, constraints, members, rules, policies, types and functions. The
// planner takes them as they are now, the rows come as the snapshot shows them; a query that waited for a lock after its
// snapshot was taken may get new definitions and old rows, which were never together. A query of the user's own takes its
// snapshot after its locks; a report cannot, since it runs within one.
#pragma once

#include "pg/postgres.hpp"

extern "C" {
#include "nodes/plannodes.h"
}

namespace store_uptime::pg {

// What a query is made of beside relations and the server's own. OIDs.
struct Ingredients {
    List* functions;
    List* types;
};

// Those of a rewritten query, before the planner has its way with it.
Ingredients ingredients_of(const Query& rewritten);

// Raises unless the active snapshot shows what the plan and those ingredients are made of as it is now. 40001: a relation was
// created, rewritten or otherwise altered, a member joined or left, a view, a policy, a type, a cast or a function was
// replaced, or this transaction has emptied and refilled a table.
void check_definitions(const PlannedStmt& planned, const Ingredients& ingredients);

}  // namespace store_uptime::pg
