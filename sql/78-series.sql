-- Series: the totals of hours, days, weeks or months of each store's own clock.

CREATE FUNCTION @extschema@.uptime_series(
    timeline @extschema@.status_timeline, calendar @extschema@.business_calendar, since timestamptz, until timestamptz,
    bucket text, as_of timestamptz, policy @extschema@.uptime_policy DEFAULT '', excluded tstzmultirange DEFAULT '{}')
RETURNS TABLE (during tstzrange, open_time interval, up_time interval, down_time interval, unknown_time interval, excluded_time interval,
               availability double precision, availability_of_open double precision, outages integer, mttr interval, mtbf interval)
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000 ROWS 100 AS 'MODULE_PATHNAME', 'uptime_series';
COMMENT ON FUNCTION @extschema@.uptime_series(@extschema@.status_timeline, @extschema@.business_calendar, timestamptz, timestamptz, text, timestamptz, @extschema@.uptime_policy, tstzmultirange) IS
'the columns of uptime_result for each hour, day, week or month of one store''s own clock from since to until';

CREATE FUNCTION @extschema@.uptime_series(
    source pg_catalog.name,
    since  timestamptz,
    until  timestamptz,
    bucket text,
    as_of  timestamptz               DEFAULT pg_catalog.now(),
    policy @extschema@.uptime_policy DEFAULT '',
    stores text[]                    DEFAULT NULL)
RETURNS TABLE (store_id text, during tstzrange, open_time interval, up_time interval, down_time interval, unknown_time interval, excluded_time interval,
               availability double precision, availability_of_open double precision, outages integer, mttr interval, mtbf interval)
LANGUAGE c STABLE ROWS 100000 COST 100000 AS 'MODULE_PATHNAME', 'uptime_series_of_source';
COMMENT ON FUNCTION @extschema@.uptime_series(pg_catalog.name, timestamptz, timestamptz, text, timestamptz, @extschema@.uptime_policy, text[]) IS
'the columns of uptime_result for each store of a source and each hour, day, week or month of its own clock from since to until, in one pass over the polls';

-- Six or seven arguments that are all literals, or parameters whose types a driver leaves open, fit both forms, and the
-- server refuses to choose. It would rather read what it knows no type of as text: so this takes them, and means the second.
-- Its arguments have names of their own: without any, pg_dump --binary-upgrade could not write the body down, and with the
-- same ones a call by names would fit both.
CREATE FUNCTION @extschema@.uptime_series(
    source_name pg_catalog.name, since_text text, until_time timestamptz, bucket_name text, as_of_text text, policy_text text,
    stores_text text DEFAULT NULL)
RETURNS TABLE (store_id text, during tstzrange, open_time interval, up_time interval, down_time interval, unknown_time interval, excluded_time interval,
               availability double precision, availability_of_open double precision, outages integer, mttr interval, mtbf interval)
LANGUAGE sql STABLE ROWS 100000 COST 100000
BEGIN ATOMIC
    SELECT s.* FROM @extschema@.uptime_series(source_name, since_text::pg_catalog.timestamptz, until_time, bucket_name, as_of_text::pg_catalog.timestamptz,
                                             policy_text::@extschema@.uptime_policy, stores_text::pg_catalog.text[]) AS s;
END;
COMMENT ON FUNCTION @extschema@.uptime_series(pg_catalog.name, text, timestamptz, text, text, text, text) IS
'uptime_series of a source, for calls whose six or seven arguments have no types of their own';
