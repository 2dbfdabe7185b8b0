-- store_uptime_explain(): for every store of a source what explain_status() says of its values and what the report counts,
-- from no more rows than its own.
BEGIN;
\ir lib/random_stores.psql
SELECT plan(56);
SET LOCAL jit = off;
SET LOCAL TimeZone = 'UTC';

-- Each store at twelve instants, before, inside and after what is known of it.
CREATE TEMP TABLE asked AS
SELECT s.store_id, source, as_of, policy, options, coalesce(s.zone, options ->> 'default_timezone', 'America/Chicago') AS zone,
       first_day::timestamp AT TIME ZONE 'UTC' + make_interval(secs => 0.25 * pg_temp.dice(concat_ws(' ', 'at', s.store_id, n, policy), 3600000)) - interval '12 hours' AS at
FROM store s JOIN era USING (era), generate_series(1, 12) n,
     unnest('{"",fill=nearest carry=always max_gap=2 hours,fill=next carry=day backfill=off max_gap=infinity unknown=up}'::uptime_policy[]) policy;
CREATE TEMP TABLE explained AS SELECT a.*, e.* FROM asked a, store_uptime_explain(store_id::text, at, as_of, source, policy) e;
SELECT set_eq('SELECT DISTINCT rule FROM explained', '{previous,next,nearest,backfill,gap,no poll,closed,excluded,not yet}'::text[], 'all rules are met');
SELECT is_empty($$SELECT FROM explained WHERE local_time <> at AT TIME ZONE zone OR local_time - utc_offset <> at AT TIME ZONE 'UTC'$$, 'the clock is the store''s');

-- The report of that one microsecond.
SELECT set_eq($$SELECT store_id, at, policy::text, status, rule = 'excluded' AS out FROM explained$$,
              $$SELECT a.store_id, a.at, a.policy::text, CASE interval '1 us' WHEN up_time THEN 'up' WHEN down_time THEN 'down' WHEN unknown_time THEN 'unknown' END,
                       excluded_time = '1 us'
                FROM asked a, store_uptime_windows(ARRAY[tstzrange(a.at, a.at + interval '1 us')], a.as_of, a.source, a.policy, ARRAY[a.store_id::text]) r$$, 'the status is the report''s');

-- The values of the store, where the source has no options.
CREATE TEMP TABLE shop AS
SELECT store_id, timeline, calendar, excluded
FROM (SELECT store_id, with_special_days(calendar, date, h.start_time_local, h.end_time_local) AS calendar
      FROM (SELECT store_id, calendar_agg(zone, day_of_week, start_time_local, end_time_local, valid_from, valid_until) AS calendar
            FROM store LEFT JOIN business_hours USING (store_id) GROUP BY 1) c LEFT JOIN special_hours h USING (store_id) GROUP BY 1) c
     LEFT JOIN (SELECT store_id, timeline_agg(timestamp_utc, status = 'active') AS timeline FROM store_status GROUP BY 1) p USING (store_id)
     LEFT JOIN (SELECT s.store_id, range_agg(tstzrange(starts_at, ends_at)) AS excluded
                FROM store s JOIN maintenance m ON m.store_id = s.store_id OR m.store_id IS NULL GROUP BY 1) e USING (store_id);
SELECT set_eq(format($$SELECT store_id, at, (e).* FROM (SELECT store_id, at, store_uptime_explain(store_id::text, at, as_of, source, policy) AS e FROM asked WHERE options = '{}' AND policy = %L) x$$, policy),
              format($$SELECT store_id, at, (e).* FROM (SELECT store_id, at, explain_status(timeline, calendar, at, as_of, policy, excluded) AS e
                       FROM asked JOIN shop USING (store_id) WHERE options = '{}' AND policy = %L) x$$, policy), 'as explain_status: ' || policy)
FROM (SELECT DISTINCT policy FROM asked) p;
SET LOCAL store_uptime.work_mem = '0';
SELECT is_empty('SELECT a.*, e.* FROM asked a, store_uptime_explain(store_id::text, at, as_of, source, policy) e EXCEPT TABLE explained', 'also from temporary files');
RESET store_uptime.work_mem;

-- --- whose rows are read ---------------------------------------------------------------------------------------------
CREATE FUNCTION pg_temp.rows_read(statement text, OUT by_scan bigint, OUT by_index bigint) LANGUAGE plpgsql AS $$
DECLARE
    before record;
BEGIN
    SELECT sum(seq_tup_read) AS seq, sum(idx_tup_fetch) AS idx INTO before FROM pg_stat_xact_user_tables WHERE schemaname = 'random' AND relname = 'store_status';
    EXECUTE statement;
    SELECT sum(seq_tup_read) - before.seq, sum(idx_tup_fetch) - before.idx INTO by_scan, by_index
    FROM pg_stat_xact_user_tables WHERE schemaname = 'random' AND relname = 'store_status';
END $$;
SELECT unnest(ARRAY[is(by_scan, 0::bigint, 'no table is scanned'),
                    ok(by_index BETWEEN 1 AND (SELECT count(*) FROM store_status WHERE store_id = 1011), 'the store''s polls are read')])
FROM pg_temp.rows_read($$SELECT store_uptime_explain('1011', '2024-03-08', '2024-03-12', 'era 1')$$);
-- What is wrong with others is not noticed.
INSERT INTO store_status VALUES (9, 'maybe', '2024-03-08'), (9, 'active', 'infinity');
INSERT INTO business_hours VALUES (9, 0, '09:00', NULL);
INSERT INTO store_timezone VALUES (9, 'Mars'), (9, 'UTC');
INSERT INTO maintenance VALUES (9, '2024-03-08', NULL);
SELECT is_empty('SELECT a.*, e.* FROM asked a, store_uptime_explain(store_id::text, at, as_of, source, policy) e EXCEPT TABLE explained', 'others'' broken rows change nothing');
SELECT throws_ok($$SELECT store_uptime_explain('9', '2024-03-08', '2024-03-12', 'era 1')$$, code, message, message)
FROM (VALUES ('22P02', 'status "maybe" of store 9 is not known')) v (code, message);
DELETE FROM store_status WHERE store_id = 9;
SELECT throws_ok($$SELECT store_uptime_explain('9', '2024-03-08', '2024-03-12', 'era 1')$$, '22004', 'end_time_local of store 9 is null in random.business_hours', 'hours without an end');
DELETE FROM business_hours WHERE store_id = 9;
SELECT throws_ok($$SELECT store_uptime_explain('9', '2024-03-08', '2024-03-12', 'era 1')$$, '22004', NULL, 'maintenance without an end');
DELETE FROM maintenance WHERE store_id = 9;
SELECT throws_ok($$SELECT store_uptime_explain('9', '2024-03-08', '2024-03-12', 'era 1')$$, '22023', 'time zone "Mars" of store "9" is not known', 'an unknown zone');
UPDATE store_timezone SET timezone_str = 'Europe/Berlin' WHERE store_id = 9 AND timezone_str = 'Mars';
SELECT throws_ok($$SELECT store_uptime_explain('9', '2024-03-08', '2024-03-12', 'era 1')$$, '21000', NULL, 'two zones');
DELETE FROM store_timezone WHERE store_id = 9 AND timezone_str = 'UTC';
SELECT results_eq($$SELECT rule, utc_offset FROM store_uptime_explain('9', '2024-03-08', '2024-03-12', 'era 1')$$, $$VALUES ('no poll', interval '1 h')$$, 'a store of nothing but a zone');
DELETE FROM store_timezone WHERE store_id = 9;

-- --- who is known ----------------------------------------------------------------------------------------------------
INSERT INTO special_hours VALUES (9, '2024-03-08', NULL, NULL);
INSERT INTO store_status VALUES (9, 'active', '2024-03-09 12:00');
SELECT throws_ok(format($$SELECT store_uptime_explain(%L, '2024-03-08', '2024-03-08', 'era 1')$$, store), '22023', format('store "%s" is not known to source "era 1"', store), 'unknown: ' || store)
FROM unnest(ARRAY['9', '10', '', 'x', '1011 or true', '{1011}', '9223372036854775808']) store;
SELECT results_eq(format($$SELECT rule FROM store_uptime_explain(%L, '2024-03-10 00:00:01', '2024-03-12', 'era 1')$$, store), $$VALUES ('previous')$$, 'known: ' || store)
FROM unnest(ARRAY['9', ' 9', '+009']) store;
CREATE VIEW by_name AS SELECT 'Käse & Söhne' AS store_id, status, timestamp_utc FROM store_status WHERE store_id = 1011;
SELECT store_uptime.register_source('names', 'by_name') \g /dev/null
SELECT is(a, b, 'stores with names') FROM store_uptime_explain('Käse & Söhne', '2024-03-08', '2024-03-12', 'names', 'carry=always') a,
    (SELECT timeline_agg(timestamp_utc, status) FROM (SELECT timestamp_utc, status = 'active' FROM by_name) x (timestamp_utc, status)) t (timeline),
    explain_status(timeline, 'America/Chicago; 24/7', '2024-03-08', '2024-03-12', 'carry=always') b;
SELECT throws_ok($$SELECT store_uptime_explain('käse & söhne', '2024-03-08', '2024-03-12', 'names')$$, '22023', 'store "käse & söhne" is not known to source "names"', 'spelled otherwise');

-- --- exclusions without end ------------------------------------------------------------------------------------------
INSERT INTO store_status SELECT id, 'active', '2024-03-09 12:00' FROM generate_series(31, 36) id;
CREATE TEMP TABLE endless (store_id int, starts_at timestamptz, ends_at timestamptz, expected tstzrange);
INSERT INTO endless VALUES
    (31, '-infinity', '2024-03-10', '[-infinity,2024-03-10)'), (32, '2024-03-09', 'infinity', '[2024-03-09,infinity)'),
    (33, '-infinity', 'infinity', '[-infinity,infinity)'), (34, '2024-03-09', '200000-01-01', '[2024-03-09,infinity)'),
    (35, '4714-11-24 BC', '2024-03-10', '[4714-11-24 BC,2024-03-10)'), (36, '-infinity', '2024-03-09 12:00', NULL);
INSERT INTO maintenance (store_id, starts_at, ends_at) SELECT store_id, starts_at, ends_at FROM endless;
SELECT is((rule, excluded), (CASE WHEN expected IS NULL THEN 'previous' ELSE 'excluded' END, expected), format('maintenance from %s to %s', starts_at, ends_at))
FROM endless, store_uptime_explain(store_id::text, '2024-03-09 13:00', '2024-03-12', 'era 1', 'carry=always');
SELECT is(excluded, expected, format('excluded is %s', argument))
FROM (VALUES ('{(,)}'::tstzmultirange, '[-infinity,infinity)'::tstzrange), ('{(,2024-03-10)}', '[-infinity,2024-03-10)'), ('{[2024-03-09,)}', '[2024-03-09,infinity)'),
             ('{[-infinity,2024-03-10]}', '[-infinity,2024-03-10 00:00:00.000001)'), ('{(2024-03-09,infinity]}', '[2024-03-09 00:00:00.000001,infinity)'),
             ('{(,2024-03-01),[2024-03-09,2024-03-10)}', '[2024-03-09,2024-03-10)')) v (argument, expected),
     explain_status('{2024-03-09 12:00:00Z up}', 'UTC; 24/7', '2024-03-09 13:00', '2024-03-12', '', argument);
-- The session of the first timestamp that there is begins before it.
SELECT is((status, lower(session), local_time), ('unknown'::text, timestamptz '-infinity', timestamp '4714-11-24 BC'), 'the first timestamp')
FROM explain_status('{}', 'UTC; 24/7', '4714-11-24 BC', '2024-01-01');
SELECT throws_ok($$SELECT explain_status('{}', 'America/Chicago; 24/7', '4714-11-24 BC', '2024-01-01')$$, '22008', 'timestamp out of range', 'whose clock in the west shows an earlier one');
SELECT throws_ok($$SELECT timestamptz '4714-11-24 BC' AT TIME ZONE 'America/Chicago'$$, '22008', NULL, 'as AT TIME ZONE finds');

-- --- arguments -------------------------------------------------------------------------------------------------------
SELECT throws_ok(format('SELECT store_uptime_explain(%s)', arguments), code, message, arguments)
FROM (VALUES ($$NULL, now()$$, '22023', 'store must not be null'), ($$'9', NULL$$, '22023', 'at must not be null'), ($$'9', now(), NULL$$, '22023', 'as_of must not be null'),
             ($$'9', now(), now(), NULL$$, '22023', 'source must not be null'), ($$'9', now(), now(), 'era 1', NULL$$, '22023', 'policy must not be null'),
             ($$'9', 'infinity'$$, '22023', 'at must be finite, not infinity'), ($$'9', now(), '-infinity'$$, '22023', 'as_of must be finite, not -infinity'),
             ($$'9', '200000-01-01'$$, '22008', 'at is out of range'), ($$'9', to_timestamp(4368000000000), now(), 'era 1'$$, '22008', 'timestamp out of range'), ($$'9', now(), now(), 'none'$$, '42704', 'source "none" is not registered')) v (arguments, code, message);
SELECT throws_ok($$SELECT explain_status('{}', 'UTC; 24/7', to_timestamp(4368000000000), now())$$, '22008', 'timestamp out of range', 'as explain_status');

-- By default the last instant before now.
INSERT INTO store_status VALUES (8, 'inactive', now() - interval '1 hour'), (8, 'active', now() + interval '1 hour');
UPDATE store_uptime.source SET name = 'default' WHERE name = 'era 1';
SELECT results_eq($$SELECT status, rule, poll_at, poll_distance FROM store_uptime_explain('8')$$, $$VALUES ('down', 'previous', now() - interval '1 hour', interval '1 hour' - interval '1 us')$$, 'now');
SELECT is(rule, 'not yet', 'not at now itself') FROM store_uptime_explain('8', now());
SELECT * FROM finish();
ROLLBACK;
