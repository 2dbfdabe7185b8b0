-- One store, one window: the engine over values.
--
-- COST as measured: over a week of hourly polls each takes about as long as a thousand integer operators. Planners of
-- several servers weigh it against fetching the polls.

CREATE FUNCTION @extschema@.uptime(
    timeline @extschema@.status_timeline, calendar @extschema@.business_calendar, during tstzrange, as_of timestamptz,
    policy @extschema@.uptime_policy DEFAULT '', excluded tstzmultirange DEFAULT '{}')
RETURNS @extschema@.uptime_result
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'uptime';
COMMENT ON FUNCTION @extschema@.uptime(@extschema@.status_timeline, @extschema@.business_calendar, tstzrange, timestamptz, @extschema@.uptime_policy, tstzmultirange) IS
'up, down, unknown and excluded time of one store within its opening hours in one window, cut at as_of';

CREATE FUNCTION @extschema@.status_intervals(
    timeline @extschema@.status_timeline, calendar @extschema@.business_calendar, during tstzrange, as_of timestamptz,
    policy @extschema@.uptime_policy DEFAULT '', excluded tstzmultirange DEFAULT '{}')
RETURNS TABLE (during tstzrange, status text, basis text)
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000 ROWS 100 AS 'MODULE_PATHNAME', 'status_intervals';
COMMENT ON FUNCTION @extschema@.status_intervals(@extschema@.status_timeline, @extschema@.business_calendar, tstzrange, timestamptz, @extschema@.uptime_policy, tstzmultirange) IS
'the filled timeline within opening hours and outside excluded time: stretches of one status, and whether a poll was carried forward, backfilled, or none spoke';

CREATE FUNCTION @extschema@.outages(
    timeline @extschema@.status_timeline, calendar @extschema@.business_calendar, during tstzrange, as_of timestamptz,
    policy @extschema@.uptime_policy DEFAULT '', excluded tstzmultirange DEFAULT '{}')
RETURNS TABLE (started_at timestamptz, ended_at timestamptz, open_duration interval, wall_duration interval)
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000 ROWS 10 AS 'MODULE_PATHNAME', 'outages';
COMMENT ON FUNCTION @extschema@.outages(@extschema@.status_timeline, @extschema@.business_calendar, tstzrange, timestamptz, @extschema@.uptime_policy, tstzmultirange) IS
'runs of down time that only closed or excluded time interrupts; ended_at is NULL if no later open time of the window is seen';

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
