// The settings that a report in the background is computed with: those that its role has after a login, and of the session
// that asked those that say how values are read and written, those of extensions, and those that a superuser has named in
// store_uptime.carry_settings.
//
// What custom settings the session has beside these cannot be had in the background. Row security and views often ask such
// settings (a tenant, the claims of a web API's caller), and would answer with other rows, or none, without a word. So the names
// of the session's own settings come along, and a report that reads one of them fails.
#pragma once

#include "pg/postgres.hpp"

namespace store_uptime::pg::jobs {

struct SessionSettings {
    Datum carried;   // jsonb: name and value
    Datum withheld;  // text[]: names of settings that the session has otherwise than a login, but that are not carried
};

// Those of the current session, for a report of `role`.
SessionSettings session_settings(Oid role);

// --- in a worker ---

// To be called when the process has the settings of its role, before its first report.
void remember_custom_settings();

// Sets what was carried along, until the rights that the caller has taken end (act_as). 42501 and others: as SET raises.
void apply_carried(Datum carried, Oid role);

// Has reading what was withheld fail.
void withhold_settings(const SessionSettings& settings);

// Would the next report find what is left of the last one's settings? A custom setting stays, empty, where it was set once,
// by a function of the report's too; and what was withheld stays so.
bool has_traces();

}  // namespace store_uptime::pg::jobs
