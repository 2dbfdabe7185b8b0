// The settings that a report in the background is computed with: those that its role has after a login, and of the session
// that asked those that a superuser has named in store_uptime.carry_settings.
//
// What the session has set beside these cannot be had in the background. Row security and views often ask such settings (a
// tenant, the claims of a web API's caller), and would answer with other rows, or none, without a word. So the names of the
// session's own settings come along, and a report that reads one of them fails.
#pragma once

#include "pg/postgres.hpp"

namespace store_uptime::pg::jobs {

struct SessionSettings {
    Datum carried;   // jsonb: name and value
    Datum withheld;  // text[]: names of settings that the session has set but that are not carried
};

// Those of the current session.
SessionSettings session_settings();

// --- in a worker ---

// Before the worker connects: what the server's own configuration says. A connection without a role brings the settings of
// the bootstrap superuser with it.
void remember_server_settings();

// Gives the process the settings of a role as at a login: the server's, the database's, the role's. In a transaction of its
// own, before any snapshot.
void take_settings_of_role(Oid role);

// Sets what was carried along, until the rights that the caller has taken end (act_as). 42501 and others: as SET raises.
void apply_carried(Datum carried, Oid role);

// Has reading one of these settings fail, for the rest of the process. Whether there are any.
bool withhold(Datum withheld);
// Raises again what a function of the user's may have caught: 42704 if one of them was read.
void check_nothing_withheld_was_read();

}  // namespace store_uptime::pg::jobs
