-- Reports: all stores of a source in one pass.

CREATE TYPE @extschema@.uptime_result AS (
    open_time            interval,
    up_time              interval,
    down_time            interval,
    unknown_time         interval,
    excluded_time        interval,
    availability         double precision,
    availability_of_open double precision,
    outages              integer,
    mttr                 interval,
    mtbf                 interval
);
COMMENT ON TYPE @extschema@.uptime_result IS
    'What a window holds: open = up + down + unknown time (exclusions taken out and counted apart), availability = up / (up + down) and up / open (NULL of nothing), the number of outages, mean open time to repair, mean up time between outages.';

CREATE FUNCTION @extschema@.store_uptime_report(
    as_of  timestamp with time zone   DEFAULT pg_catalog.now(),
    source pg_catalog.name            DEFAULT 'default',
    policy @extschema@.uptime_policy  DEFAULT '',
    stores text[]                     DEFAULT NULL)
RETURNS TABLE (
    store_id           text,
    uptime_last_hour   double precision,
    uptime_last_day    double precision,
    uptime_last_week   double precision,
    downtime_last_hour double precision,
    downtime_last_day  double precision,
    downtime_last_week double precision,
    unknown_last_hour  double precision,
    unknown_last_day   double precision,
    unknown_last_week  double precision)
LANGUAGE c STABLE ROWS 10000 COST 100000 AS 'MODULE_PATHNAME', 'store_uptime_report';
COMMENT ON FUNCTION @extschema@.store_uptime_report(timestamp with time zone, pg_catalog.name, @extschema@.uptime_policy, text[]) IS
    'Uptime, downtime and unknown time within business hours of the last hour (in minutes), day and week (in hours) before as_of, one row a store.';

CREATE FUNCTION @extschema@.store_uptime_windows(
    windows tstzrange[],
    as_of   timestamp with time zone   DEFAULT pg_catalog.now(),
    source  pg_catalog.name            DEFAULT 'default',
    policy  @extschema@.uptime_policy  DEFAULT '',
    stores  text[]                     DEFAULT NULL)
RETURNS TABLE (
    store_id             text,
    during               tstzrange,
    open_time            interval,
    up_time              interval,
    down_time            interval,
    unknown_time         interval,
    excluded_time        interval,
    availability         double precision,
    availability_of_open double precision,
    outages              integer,
    mttr                 interval,
    mtbf                 interval)
LANGUAGE c STABLE ROWS 10000 COST 100000 AS 'MODULE_PATHNAME', 'store_uptime_windows';
COMMENT ON FUNCTION @extschema@.store_uptime_windows(tstzrange[], timestamp with time zone, pg_catalog.name, @extschema@.uptime_policy, text[]) IS
    'The columns of uptime_result for each store and each of any windows, cut at as_of, in one pass over the polls.';
