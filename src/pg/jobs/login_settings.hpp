// The settings that a role has after a login: the server's, the database's, the role's.
#pragma once

#include "pg/postgres.hpp"

namespace store_uptime::pg::jobs {

// What ALTER ROLE and ALTER DATABASE … SET say for a role in this database, as texts "name=value". The first of a name counts.
List* login_settings(Oid role);

// The value in such a list; null if there is none.
const char* login_value(const List* settings, const char* name);

// --- in a worker ---

// Before the worker connects: what the server's own configuration says. A connection without a role brings the settings of
// the bootstrap superuser with it.
void remember_server_settings();

// Gives the process the settings of a role as at a login. In a transaction of its own, before any snapshot.
void take_settings_of_role(Oid role);

// Would it get the same ones now? False after an ALTER ROLE, for example.
bool has_settings_of_role(Oid role);

}  // namespace store_uptime::pg::jobs
