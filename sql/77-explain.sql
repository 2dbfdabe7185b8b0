-- Why a store counts as up, down or unknown at one instant.

CREATE TYPE @extschema@.status_explanation AS (
    status         text,
    rule           text,
    session        tstzrange,
    poll_at        timestamptz,
    poll_status    text,
    poll_distance  interval,
    opening        text,
    opening_date   date,
    is_special_day boolean,
    excluded       tstzrange,
    local_time     timestamp,
    utc_offset     interval
);
COMMENT ON TYPE @extschema@.status_explanation IS
'Why a store has its status at an instant: the rule that decided (previous, next, nearest, backfill, gap, no poll, closed, excluded, not yet), the session around, the poll that spoke or was too far away, the hours or special day it is open by, the exclusion, the clock on its wall.';

CREATE FUNCTION @extschema@.explain_status(
    timeline @extschema@.status_timeline, calendar @extschema@.business_calendar, at timestamptz, as_of timestamptz,
    policy @extschema@.uptime_policy DEFAULT '', excluded tstzmultirange DEFAULT '{}')
RETURNS @extschema@.status_explanation
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'explain_status';
COMMENT ON FUNCTION @extschema@.explain_status(@extschema@.status_timeline, @extschema@.business_calendar, timestamptz, timestamptz, @extschema@.uptime_policy, tstzmultirange) IS
'what decided the status of a store at one instant';

CREATE FUNCTION @extschema@.store_uptime_explain(
    store  text,
    at     timestamp with time zone   DEFAULT pg_catalog.now() OPERATOR(pg_catalog.-) interval '1 microsecond',
    as_of  timestamp with time zone   DEFAULT pg_catalog.now(),
    source pg_catalog.name            DEFAULT 'default',
    policy @extschema@.uptime_policy  DEFAULT '')
RETURNS @extschema@.status_explanation
LANGUAGE c STABLE COST 1000 AS 'MODULE_PATHNAME', 'store_uptime_explain';
COMMENT ON FUNCTION @extschema@.store_uptime_explain(text, timestamp with time zone, timestamp with time zone, pg_catalog.name, @extschema@.uptime_policy) IS
'what decided the status of a store of a source at one instant, by default the last one before now';
