-- What never changes a report: settings, plans, the order and the batches of rows, the partition of time into windows.
BEGIN;
\ir lib/random_stores.psql
SELECT plan(41);

-- Some policies that read more and less of the polls. The whole answer for the stores of each time, and of all stores
-- for the earliest.
CREATE TEMP TABLE asked AS
SELECT policy FROM unnest(ARRAY['', 'fill=nearest carry=always max_gap=infinity']) policy;
DELETE FROM era WHERE era NOT IN (1, 3, 5);
SET LOCAL jit = off;
ALTER TABLE era ADD asks text[];
UPDATE era SET asks = (SELECT array_agg(store_id::text) FROM store WHERE store.era = era.era) WHERE era <> 5;
CREATE FUNCTION pg_temp.answers(source_of text DEFAULT NULL) RETURNS TABLE (policy text, source name, store_id text, during tstzrange, result text)
LANGUAGE sql AS $$
    SELECT a.policy, e.source, r.store_id, r.during,
           concat_ws(' ', extract(epoch FROM up_time), extract(epoch FROM down_time), extract(epoch FROM unknown_time),
                     extract(epoch FROM excluded_time), outages, float8send(availability), float8send(availability_of_open),
                     extract(epoch FROM mttr), extract(epoch FROM mtbf))
    FROM pg_temp.asked a, pg_temp.era e,
         public.store_uptime_windows(e.windows, e.as_of, coalesce(source_of, e.source), a.policy::public.uptime_policy, e.asks) r
    WHERE source_of IS NULL OR e.options = '{}'
    UNION ALL
    SELECT a.policy, e.source, r.store_id, NULL, (r.*)::text
    FROM pg_temp.asked a, pg_temp.era e, public.store_uptime_report(e.as_of, coalesce(source_of, e.source), a.policy::public.uptime_policy, e.asks) r
    WHERE source_of IS NULL OR e.options = '{}'
$$;
CREATE TEMP TABLE wanted AS SELECT * FROM pg_temp.answers();
SELECT cmp_ok((SELECT count(DISTINCT result) FROM wanted), '>', 400::bigint, 'the answers are many');

-- How many rows are not as wanted, of the stores in the copy of the tables that is asked about.
CREATE FUNCTION pg_temp.changes(source_of text DEFAULT NULL) RETURNS bigint LANGUAGE sql AS $$
    WITH found AS MATERIALIZED (SELECT * FROM pg_temp.answers(source_of)),
         wanted AS (SELECT w.* FROM pg_temp.wanted w JOIN pg_temp.era USING (source) WHERE source_of IS NULL OR options = '{}')
    SELECT count(*) FROM ((TABLE wanted EXCEPT ALL TABLE found) UNION ALL (TABLE found EXCEPT ALL TABLE wanted)) d
$$;

-- Changes settings for one look.
CREATE FUNCTION pg_temp.unchanged_by(VARIADIC settings text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    changes bigint;
    before text[];
BEGIN
    FOR i IN 1 .. array_length(settings, 1) BY 2 LOOP
        before[i] := current_setting(settings[i]);
        PERFORM set_config(settings[i], settings[i + 1], true);
    END LOOP;
    changes := pg_temp.changes();
    FOR i IN 1 .. array_length(settings, 1) BY 2 LOOP
        PERFORM set_config(settings[i], before[i], true);
    END LOOP;
    RETURN is(changes, 0::bigint, 'unchanged by ' || array_to_string(settings, ' '));
END $$;
SELECT pg_temp.unchanged_by('TimeZone', zone)
FROM unnest('{UTC,America/Chicago,Australia/Lord_Howe,Pacific/Apia,Asia/Kathmandu,Antarctica/Troll,<+07>-7}'::text[]) zone;
SELECT pg_temp.unchanged_by('DateStyle', style)
FROM unnest('{"SQL, DMY","German, MDY","Postgres, YMD"}'::text[]) style;
SELECT pg_temp.unchanged_by('IntervalStyle', style) FROM unnest('{iso_8601,postgres_verbose,sql_standard}'::text[]) style;
SELECT pg_temp.unchanged_by('search_path', path) FROM unnest('{"",pg_catalog,"nowhere, pg_temp"}'::text[]) path;
SELECT pg_temp.unchanged_by('extra_float_digits', digits) FROM unnest('{3}'::text[]) digits;
SELECT pg_temp.unchanged_by('work_mem', '64kB');
SELECT pg_temp.unchanged_by('jit', 'on', 'jit_above_cost', '0', 'jit_inline_above_cost', '0', 'jit_optimize_above_cost', '0');
SELECT pg_temp.unchanged_by('transform_null_equals', 'on', 'standard_conforming_strings', 'on', 'array_nulls', 'off',
                            'timezone_abbreviations', 'India', 'lc_messages', 'C', 'client_encoding', 'LATIN1');

-- Plans.
SELECT pg_temp.unchanged_by('enable_seqscan', 'off');
SELECT pg_temp.unchanged_by('enable_indexscan', 'off', 'enable_indexonlyscan', 'off', 'enable_bitmapscan', 'off');
SELECT pg_temp.unchanged_by('plan_cache_mode', mode) FROM unnest('{force_generic_plan,force_custom_plan}'::text[]) mode;
SELECT set_config(CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'debug_parallel_query' ELSE 'force_parallel_mode' END,
                  'on', true) \g /dev/null
SELECT pg_temp.unchanged_by('parallel_setup_cost', '0', 'parallel_tuple_cost', '0', 'min_parallel_table_scan_size', '0',
                            'min_parallel_index_scan_size', '0', 'max_parallel_workers_per_gather', '4');
SELECT set_config(CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'debug_parallel_query' ELSE 'force_parallel_mode' END,
                  'off', true) \g /dev/null

-- Operators, functions and types that somebody put in front of the server's own.
CREATE SCHEMA hostile;
CREATE FUNCTION hostile.lie(bigint, bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'hostile operator called'; END $$;
CREATE FUNCTION hostile.lie(timestamptz, timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'hostile operator called'; END $$;
CREATE FUNCTION hostile.lie(name, name) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'hostile operator called'; END $$;
CREATE FUNCTION hostile.max(timestamptz) RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE 'hostile function called'; END $$;
DO $$
DECLARE
    operator text;
    type text;
BEGIN
    FOREACH type IN ARRAY '{bigint,timestamptz,name}'::text[] LOOP
        FOREACH operator IN ARRAY '{=,<,<=,>,>=,<>}'::text[] LOOP
            EXECUTE format('CREATE OPERATOR hostile.%s (FUNCTION = hostile.lie, LEFTARG = %s, RIGHTARG = %2$s)', operator, type);
        END LOOP;
    END LOOP;
END $$;
CREATE DOMAIN hostile.text AS pg_catalog.text CHECK (false);
CREATE DOMAIN hostile.int8 AS pg_catalog.int8 CHECK (false);
CREATE TABLE hostile.store_status (store_id int);
SET LOCAL search_path = hostile, pg_catalog, public;
CREATE TEMP TABLE with_hostile AS
SELECT a.policy, e.source, r.store_id, up_time, down_time
FROM pg_temp.asked a, pg_temp.era e, public.store_uptime_windows(e.windows, e.as_of, e.source, a.policy::public.uptime_policy, e.asks) r;
CREATE TEMP TABLE some_with_hostile AS
SELECT a.policy, e.source, r.store_id, up_time, down_time
FROM pg_temp.asked a, pg_temp.era e, public.store_uptime_windows(e.windows, e.as_of, e.source, a.policy::public.uptime_policy, '{1010,3010}') r;
CREATE TEMP TABLE newest AS SELECT store_uptime.latest_poll('random') AS poll;
SET LOCAL search_path = random, public;
CREATE TEMP TABLE without_hostile AS
SELECT a.policy, e.source, r.store_id, up_time, down_time
FROM pg_temp.asked a, pg_temp.era e, public.store_uptime_windows(e.windows, e.as_of, e.source, a.policy::public.uptime_policy, e.asks) r;
SELECT bag_eq('TABLE with_hostile', 'TABLE without_hostile', 'unchanged by a hostile search_path');
SELECT bag_eq($$SELECT * FROM some_with_hostile WHERE right(source, 1) = left(store_id, 1)$$,
              $$SELECT * FROM without_hostile WHERE store_id IN ('1010', '3010') AND right(source, 1) = left(store_id, 1)$$, 'also for some stores only');
SELECT is(poll, (SELECT max(timestamp_utc) FROM store_status), 'latest_poll with a hostile search_path') FROM newest;
DROP SCHEMA hostile CASCADE;

-- The order of the rows, and how they came.
CREATE FUNCTION pg_temp.shuffled(copy name, row_order text, fill text DEFAULT 'INSERT INTO %1$I.%2$I SELECT * FROM random.%2$I ORDER BY %3$s')
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    part text;
BEGIN
    EXECUTE format('CREATE SCHEMA %I', copy);
    PERFORM store_uptime.create_tables(copy, 'bigint', copy);
    FOREACH part IN ARRAY '{store_status,business_hours,store_timezone,special_hours,maintenance}'::text[] LOOP
        EXECUTE format(fill, copy, part, replace(row_order, 'row', part::text));
    END LOOP;
    RETURN is(pg_temp.changes(copy), 0::bigint, 'unchanged by the order of rows: ' || copy);
END $$;
SELECT pg_temp.shuffled('shuffled', 'md5(row::text)');
SELECT pg_temp.shuffled('otherwise', 'md5(reverse(row::text))');
SELECT pg_temp.shuffled('backwards', 'row::text DESC');
SELECT pg_temp.shuffled('twice', 'row', 'INSERT INTO %1$I.%2$I SELECT * FROM random.%2$I UNION ALL SELECT * FROM random.%2$I');

-- Late and in batches: the newest half first; the report as of a time before them all does not change by them.
SELECT store_uptime.create_tables('public', 'bigint', 'batches') \g /dev/null
INSERT INTO public.business_hours TABLE random.business_hours;
INSERT INTO public.store_timezone TABLE random.store_timezone;
INSERT INTO public.special_hours TABLE random.special_hours;
INSERT INTO public.maintenance TABLE random.maintenance;
INSERT INTO public.store_status SELECT s.* FROM random.store_status s JOIN store USING (store_id) JOIN era USING (era) WHERE timestamp_utc <= as_of;
SELECT is(pg_temp.changes('batches'), 0::bigint, 'polls after as_of change nothing');
TRUNCATE public.store_status;
DO $$ BEGIN
    FOR batch IN 0 .. 9 LOOP
        INSERT INTO public.store_status
        SELECT * FROM random.store_status s WHERE pg_temp.dice(s.store_id || s.timestamp_utc::text, 10) = batch ORDER BY timestamp_utc DESC;
    END LOOP;
END $$;
SELECT is(pg_temp.changes('batches'), 0::bigint, 'unchanged by batches of polls');

-- A poll further than max_gap away changes nothing.
CREATE TEMP TABLE before AS
SELECT store_id, during, up_time, down_time, unknown_time
FROM era, store_uptime_windows(windows[2:2], as_of, source, 'carry=always max_gap=6h') WHERE era = 1;
INSERT INTO store_status
SELECT store_id, 'inactive', t
FROM store JOIN era USING (era),
     unnest(ARRAY[lower(windows[2]) - interval '6 hours', lower(windows[2]) - interval '3 days',
                  upper(windows[2]) + interval '6 hours', upper(windows[2]) + interval '1 day']) t
WHERE era = 1;
SELECT bag_eq($$SELECT store_id, during, up_time, down_time, unknown_time
                FROM era, store_uptime_windows(windows[2:2], as_of, source, 'carry=always max_gap=6h') WHERE era = 1$$,
              'TABLE before', 'polls max_gap and more away from the window change nothing');

-- Windows add up, whatever the policy, also where they are cut at as_of; and each is the same alone and among others.
INSERT INTO asked VALUES ('fill=next carry=day backfill=off'), ('carry=always backfill=off max_gap=90min unknown=down');
CREATE TEMP TABLE partition AS
SELECT source, era.as_of, n, tstzrange(min(t), max(until)) AS whole, array_agg(tstzrange(t, until)) AS pieces
FROM era, generate_series(1, 6) n,
     LATERAL (SELECT t, lead(t) OVER (ORDER BY t) AS until
              FROM (SELECT unnest(ARRAY[lower(windows[1]), upper(windows[3])]) AS t UNION
                    SELECT lower(windows[1]) + make_interval(secs => pg_temp.dice(concat_ws(' ', n, era, k), 800000)
                                                                     + 0.000001 * pg_temp.dice(concat_ws(' ', era, n, k), 1000000))
                    FROM generate_series(1, 5 * n) k) e) cut
WHERE until IS NOT NULL GROUP BY 1, 2, 3;
CREATE TEMP TABLE part AS
SELECT policy, source, n, during = whole AS is_whole, r.*
FROM asked, partition, store_uptime_windows(pieces || whole, as_of, source, policy::uptime_policy) r;
SELECT is_empty($$
    SELECT policy, source, n, store_id FROM part GROUP BY 1, 2, 3, 4
    HAVING (sum(open_time) FILTER (WHERE NOT is_whole), sum(up_time) FILTER (WHERE NOT is_whole), sum(down_time) FILTER (WHERE NOT is_whole),
            sum(unknown_time) FILTER (WHERE NOT is_whole), sum(excluded_time) FILTER (WHERE NOT is_whole))
        <> (sum(open_time) FILTER (WHERE is_whole), sum(up_time) FILTER (WHERE is_whole), sum(down_time) FILTER (WHERE is_whole),
            sum(unknown_time) FILTER (WHERE is_whole), sum(excluded_time) FILTER (WHERE is_whole))$$,
    'pieces add up to the whole');
SELECT cmp_ok((SELECT count(*) FROM part), '>', 10000::bigint, 'of many pieces');
SELECT bag_eq($$SELECT policy, store_id, during, up_time, down_time, unknown_time, excluded_time, outages FROM part WHERE source = 'era 1' AND n = 1$$,
              $$SELECT policy, r.store_id, r.during, up_time, down_time, unknown_time, excluded_time, outages
                FROM asked, partition, unnest(pieces || whole) w, store_uptime_windows(ARRAY[w], as_of, source, policy::uptime_policy) r
                WHERE source = 'era 1' AND n = 1$$, 'a window alone is what it is among others');

-- The report is three of these windows, in minutes and hours.
SELECT bag_eq(
    $$SELECT policy, source, store_id,
             ARRAY[uptime_last_hour, uptime_last_day, uptime_last_week, downtime_last_hour, downtime_last_day, downtime_last_week,
                   unknown_last_hour, unknown_last_day, unknown_last_week] AS figures
      FROM asked, era, store_uptime_report(as_of, source, policy::uptime_policy) r$$,
    $$SELECT policy, source, store_id,
             array_agg((extract(epoch FROM up_time) * 1000000)::float8 / unit ORDER BY hours) ||
             array_agg((extract(epoch FROM down_time) * 1000000)::float8 / unit ORDER BY hours) ||
             array_agg((extract(epoch FROM unknown_time) * 1000000)::float8 / unit ORDER BY hours) AS figures
      FROM asked, era, (VALUES (1, 60e6::float8), (24, 3600e6), (168, 3600e6)) AS l (hours, unit),
           store_uptime_windows(ARRAY[tstzrange(as_of - make_interval(hours => hours), as_of)], as_of, source, policy::uptime_policy)
      GROUP BY 1, 2, 3$$, 'the report is three windows');

-- Some stores: the rows are those of the whole report, whatever the list looks like.
SELECT bag_eq($$SELECT * FROM store_uptime_report('2024-03-13 12:00Z', 'era 1', '', ARRAY['1010', '1031', '1052', 'nobody', NULL, '1010', ' 1011 ', '+1020', '1e3', ''])$$,
              $$SELECT * FROM store_uptime_report('2024-03-13 12:00Z', 'era 1') WHERE store_id IN ('1010', '1031', '1011', '1020')$$, 'a list of stores');
SELECT * FROM finish();
ROLLBACK;
