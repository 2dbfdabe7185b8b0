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
