-- However a report is executed, it says the same: in memory or in temporary files, alone or with parallel workers, by a bare
-- scan or through the executor, from one table, partitions, a view or behind row security, by stores of any type.
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT plan(37);

-- 400 stores, 240,000 polls in no order: so many that where memory is short some are packed, and go to files. Text, uuid
-- and numeric ids are the number's.
CREATE SCHEMA x;
SELECT store_uptime.create_tables('x', 'bigint', 'bigint') \g /dev/null
INSERT INTO x.store_status
SELECT i % 400 * 7919, CASE WHEN hashint4(i) % 5 = 0 THEN 'inactive' ELSE 'active' END,
       '2024-03-15 12:00+00'::timestamptz - make_interval(secs => abs(hashint4extended(i, 1) % 691200))
FROM generate_series(1, 240000) i;
INSERT INTO x.business_hours
SELECT s * 7919, d, make_time(8 + s % 4, 0, 0), make_time((20 + s % 8) % 24, 0, 0), NULL, NULL
FROM generate_series(0, 299) s, generate_series(0, 6) d WHERE (s + d) % 9 > 0;
INSERT INTO x.store_timezone
SELECT s * 7919, (ARRAY['America/Chicago', 'America/New_York', 'Asia/Kolkata', 'Europe/Berlin'])[s % 4 + 1]
FROM generate_series(0, 349) s;
INSERT INTO x.special_hours SELECT s * 7919, '2024-03-12', NULL, NULL FROM generate_series(0, 40) s;
INSERT INTO x.maintenance VALUES (NULL, '2024-03-13 10:00+00', '2024-03-13 12:00+00', 'all'),
    (7919, '2024-03-14 10:00+00', '2024-03-14 22:00+00', 'one');
ANALYZE x.store_status;

-- One value for all rows: ids of other types sort differently, so rows are put in the order of the number.
CREATE FUNCTION pg_temp.answer(source name, policy uptime_policy DEFAULT '') RETURNS text LANGUAGE sql AS $$
    SELECT md5(string_agg(format('%s %s', store, to_jsonb(r) - 'store_id'), E'\n' ORDER BY store))
    FROM store_uptime_report('2024-03-15 12:00+00', source, policy) r,
         LATERAL (SELECT CASE WHEN store_id LIKE '%-%' THEN ltrim(right(replace(store_id, '-', ''), 12), '0')
                              ELSE ltrim(store_id, '0') END || '.' AS store) s
$$;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE expected AS
SELECT pg_temp.answer('bigint') AS by_default, pg_temp.answer('bigint', 'carry=always max_gap=infinity fill=nearest') AS locf;
SELECT is((SELECT count(*) FROM store_uptime_report('2024-03-15 12:00+00', 'bigint')), 400::bigint, 'a row for each store');

SET LOCAL store_uptime.work_mem = '64kB';
SELECT is(pg_temp.answer('bigint'), by_default, 'the same from temporary files') FROM expected;
SELECT is(pg_temp.answer('bigint', 'carry=always max_gap=infinity fill=nearest'), locf, 'and all polls') FROM expected;
SET LOCAL temp_file_limit = 0;
SELECT throws_ok($$SELECT pg_temp.answer('bigint')$$, '53400', NULL, 'which temp_file_limit limits');
SET LOCAL store_uptime.work_mem = '16MB';
SELECT is(pg_temp.answer('bigint'), by_default, 'and of which there are none where memory suffices') FROM expected;
RESET temp_file_limit;
SET LOCAL store_uptime.work_mem = '0';
SELECT is(pg_temp.answer('bigint'), by_default, 'the same with no memory granted at all') FROM expected;
RESET store_uptime.work_mem;

SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 1;
SELECT is(pg_temp.answer('bigint'), by_default, 'the same with one worker') FROM expected;
SET LOCAL max_parallel_workers_per_gather = 4;
SELECT is(pg_temp.answer('bigint'), by_default, 'the same with several workers') FROM expected;
SELECT is(pg_temp.answer('bigint', 'carry=always max_gap=infinity fill=nearest'), locf, 'and all polls') FROM expected;
SET LOCAL store_uptime.work_mem = '64kB';
SELECT is(pg_temp.answer('bigint'), by_default, 'the same with several workers and temporary files') FROM expected;
RESET store_uptime.work_mem;
SET LOCAL max_parallel_workers = 0;
SELECT is(pg_temp.answer('bigint'), by_default, 'the same if workers are wanted but none is to be had') FROM expected;
RESET max_parallel_workers;
-- Views of hours and zones may call what nothing may call beside workers: then there are none.
CREATE SEQUENCE x.calls;
CREATE TABLE x.log (weekday int);
CREATE FUNCTION x.unsafe(weekday int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    PERFORM nextval('x.calls');
    INSERT INTO x.log VALUES (weekday);
    RETURN weekday / (weekday - weekday);
EXCEPTION WHEN division_by_zero THEN
    RETURN weekday;
END $$;
CREATE VIEW x.unsafe_hours AS SELECT store_id, x.unsafe(day_of_week) AS day_of_week, start_time_local, end_time_local FROM x.business_hours;
SELECT store_uptime.register_source('unsafe', 'x.store_status', 'x.unsafe_hours', 'x.store_timezone', 'x.special_hours', 'x.maintenance') \g /dev/null
SELECT is(pg_temp.answer('unsafe'), by_default, 'with hours by a function that writes') FROM expected;
SELECT cmp_ok((SELECT last_value FROM x.calls), '>', 1000::bigint, 'which was called');
SELECT throws_ok($$SELECT * FROM store_uptime_report('2024-03-15 12:00+00', 'broken')$$, '42704', NULL, 'an unknown source');
INSERT INTO x.store_status VALUES (12345, 'maybe', '2024-03-14 00:00+00');
SELECT throws_like($$SELECT * FROM store_uptime_report('2024-03-15 12:00+00', 'bigint')$$, '%"maybe" of store 12345%',
                   'an error of any process is the report''s error');
DELETE FROM x.store_status WHERE store_id = 12345;
SELECT is(pg_temp.answer('bigint'), by_default, 'after which all is as before') FROM expected;

-- Ids of other types: text and uuid are bytes, numeric goes by its own equality.
CREATE VIEW x.text_status AS SELECT store_id::text, status, timestamp_utc FROM x.store_status;
CREATE VIEW x.text_hours AS SELECT store_id::text, day_of_week, start_time_local, end_time_local FROM x.business_hours;
CREATE VIEW x.text_zones AS SELECT store_id::text, timezone_str FROM x.store_timezone;
CREATE VIEW x.text_special AS SELECT store_id::text, date, start_time_local, end_time_local FROM x.special_hours;
CREATE VIEW x.text_maintenance AS SELECT store_id::text, starts_at, ends_at FROM x.maintenance;
SELECT store_uptime.register_source('text', 'x.text_status', 'x.text_hours', 'x.text_zones', 'x.text_special',
                                    'x.text_maintenance') \g /dev/null
SELECT is(pg_temp.answer('text'), by_default, 'the same by stores named by text, through views') FROM expected;

CREATE TABLE x.uuid_status AS SELECT lpad(store_id::text, 32, '0')::uuid AS store_id, status = 'active' AS status,
    timestamp_utc AT TIME ZONE 'UTC' AS timestamp_utc FROM x.store_status;
CREATE TABLE x.uuid_hours AS SELECT lpad(store_id::text, 32, '0')::uuid AS store_id, day_of_week::smallint, start_time_local,
    end_time_local FROM x.business_hours;
CREATE TABLE x.uuid_zones AS SELECT lpad(store_id::text, 32, '0')::uuid AS store_id, timezone_str FROM x.store_timezone;
CREATE TABLE x.uuid_special AS SELECT lpad(store_id::text, 32, '0')::uuid AS store_id, date, start_time_local, end_time_local
    FROM x.special_hours;
CREATE TABLE x.uuid_maintenance AS SELECT lpad(store_id::text, 32, '0')::uuid AS store_id, starts_at, ends_at FROM x.maintenance;
SELECT store_uptime.register_source('uuid', 'x.uuid_status', 'x.uuid_hours', 'x.uuid_zones', 'x.uuid_special',
                                    'x.uuid_maintenance') \g /dev/null
SELECT is(pg_temp.answer('uuid'), by_default, 'the same by stores named by uuid, boolean status, timestamps in UTC') FROM expected;
SET LOCAL store_uptime.work_mem = '64kB';
SELECT is(pg_temp.answer('uuid'), by_default, 'and from temporary files') FROM expected;
RESET store_uptime.work_mem;

CREATE VIEW x.numeric_status AS SELECT store_id::numeric, status, timestamp_utc FROM x.store_status;
-- 7919.0 is the store 7919: numeric's equality, not its bytes, decides.
CREATE VIEW x.numeric_hours AS SELECT store_id::numeric(30, 1), day_of_week, start_time_local, end_time_local FROM x.business_hours;
SELECT store_uptime.register_source('numeric', 'x.numeric_status', 'x.numeric_hours', 'x.store_timezone', 'x.special_hours',
                                    'x.maintenance') \g /dev/null
SELECT is(pg_temp.answer('numeric'), by_default, 'the same by stores named by numeric') FROM expected;

-- Partitions are scanned one after the other; another column order in one of them changes nothing.
CREATE TABLE x.parted (store_id bigint, status text, timestamp_utc timestamptz) PARTITION BY RANGE (timestamp_utc);
CREATE TABLE x.parted_1 PARTITION OF x.parted FOR VALUES FROM (MINVALUE) TO ('2024-03-10');
CREATE TABLE x.parted_2 (timestamp_utc timestamptz, note text, status text, store_id bigint);
ALTER TABLE x.parted_2 DROP COLUMN note;
ALTER TABLE x.parted ATTACH PARTITION x.parted_2 FOR VALUES FROM ('2024-03-10') TO (MAXVALUE);
INSERT INTO x.parted SELECT * FROM x.store_status;
SELECT store_uptime.register_source('parted', 'x.parted', 'x.business_hours', 'x.store_timezone', 'x.special_hours',
                                    'x.maintenance') \g /dev/null
SELECT is(pg_temp.answer('parted'), by_default, 'the same from partitions') FROM expected;

-- Tuples of every shape, behind columns of every length and alignment: some null, some stored out of line or compressed,
-- one dropped, one added when there were rows; old and new versions, rows that are gone, and rows of this transaction.
CREATE TABLE x.odd (c "char", flag bool, small smallint, gone int, note text, n name, big numeric, tid uuid, num int,
                    fixed char(3), p point, tail text, status text, timestamp_utc timestamptz, more text);
ALTER TABLE x.odd ALTER note SET STORAGE EXTERNAL, DROP COLUMN gone;
INSERT INTO x.odd
SELECT nullif(chr(65 + n % 8), 'A'), nullif(n % 3, 0)::bool, nullif(n % 5, 0), CASE n % 4 WHEN 1 THEN 'short' WHEN 2 THEN
       repeat('long ', 40) WHEN 3 THEN repeat(md5(n::text), CASE WHEN n % 400 = 3 THEN 200 ELSE 1 END) END, nullif(n % 6, 0)::text,
       nullif(n % 7, 0)::numeric / 3, CASE WHEN n % 9 > 0 THEN md5(n::text)::uuid END, nullif(n % 11, 0), nullif(n % 2, 0)::text,
       CASE WHEN n % 13 > 0 THEN point(n, n) END, CASE n % 3 WHEN 1 THEN repeat('x', n % 150) WHEN 2 THEN repeat('compress', 300) END,
       status, timestamp_utc, NULL
FROM (SELECT *, row_number() OVER ()::int AS n FROM x.store_status) s WHERE n % 10 > 0;
-- So far rows end before the id, which has a default for them.
ALTER TABLE x.odd ADD COLUMN store_id bigint DEFAULT 7919;
INSERT INTO x.odd (status, timestamp_utc, store_id, more) SELECT status, timestamp_utc, store_id, repeat('z', n % 7)
FROM (SELECT *, row_number() OVER ()::int AS n FROM x.store_status) s;
UPDATE x.odd SET status = CASE status WHEN 'active' THEN 'inactive' ELSE 'active' END WHERE store_id % 5 = 0;
DELETE FROM x.odd WHERE store_id % 7 = 1;
INSERT INTO x.odd (store_id, status, timestamp_utc) VALUES (NULL, 'active', '2024-03-14'), (1, NULL, '2024-03-14'), (2, 'active', NULL);
CREATE VIEW x.odd_by_executor AS SELECT * FROM x.odd OFFSET 0;
SELECT store_uptime.register_source(s, format('x.%I', s)::regclass) FROM unnest('{odd,odd_by_executor}'::name[]) s \g /dev/null
SELECT cmp_ok((SELECT count(*) FROM store_uptime_report('2024-03-15 12:00+00', 'odd')), '>', 300::bigint, 'tuples of every shape');
SELECT is(pg_temp.answer('odd'), pg_temp.answer('odd_by_executor'), 'are read by a scan as by the executor');
CREATE TEMP TABLE odd AS SELECT pg_temp.answer('odd') AS answer;
SAVEPOINT change;
UPDATE x.odd SET status = 'inactive';
SELECT isnt(pg_temp.answer('odd'), answer, 'with what this transaction has changed') FROM odd;
ROLLBACK TO change;
SELECT is(pg_temp.answer('odd'), answer, 'and without what it has undone') FROM odd;

-- A bare scan must not look past row security or a view's own conditions, nor read what the caller may not.
CREATE ROLE report_execution_reader;
GRANT USAGE ON SCHEMA x TO report_execution_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA x TO report_execution_reader;
ALTER TABLE x.parted_1 ENABLE ROW LEVEL SECURITY;  -- of a partition: does not count when its parent is read
ALTER TABLE x.uuid_status ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON x.uuid_status USING (store_id < '00000000-0000-0000-0000-000000010000');
CREATE VIEW x.some_status AS SELECT * FROM x.store_status WHERE store_id < 10000;
SELECT store_uptime.register_source('some', 'x.some_status') \g /dev/null
SELECT store_uptime.register_source('behind', 'x.uuid_status') \g /dev/null
SELECT is((SELECT count(*) FROM store_uptime_report('2024-03-15 12:00+00', 'some')), 2::bigint, 'a view''s condition holds');
SET LOCAL ROLE report_execution_reader;
SELECT is((SELECT count(*) FROM store_uptime_report('2024-03-15 12:00+00', 'behind')), 2::bigint, 'row security holds');
RESET ROLE;
REVOKE SELECT ON x.store_status FROM report_execution_reader;
SET LOCAL ROLE report_execution_reader;
SELECT throws_ok($$SELECT * FROM store_uptime_report('2024-03-15 12:00+00', 'bigint')$$, '42501',
                 'permission denied for table store_status', 'privileges hold');
RESET ROLE;

-- Plans of questions about few stores are kept for the session, but not what they rest on.
CREATE FUNCTION pg_temp.one() RETURNS text LANGUAGE sql AS
    $$SELECT to_jsonb(r)::text FROM store_uptime_report('2024-03-15 12:00+00', 'bigint', stores => '{7919}') r$$;
CREATE TEMP TABLE one AS SELECT to_jsonb(r)::text AS answer FROM store_uptime_report('2024-03-15 12:00+00', 'bigint') r WHERE store_id = '7919';
GRANT SELECT ON one TO report_execution_reader;
SELECT is(pg_temp.one(), answer, 'one store, as among all') FROM one;
SELECT is(pg_temp.one(), answer, 'and again') FROM one;
SET LOCAL ROLE report_execution_reader;
SELECT throws_ok('SELECT pg_temp.one()', '42501', NULL, 'a kept plan is run with the privileges of whoever runs it');
RESET ROLE;
GRANT SELECT ON x.store_status TO report_execution_reader;
ALTER TABLE x.store_status ENABLE ROW LEVEL SECURITY;
CREATE POLICY seldom ON x.store_status USING (extract(hour FROM timestamp_utc) < 12);
SET LOCAL ROLE report_execution_reader;
SELECT isnt(pg_temp.one(), answer, 'and with their row security') FROM one;
RESET ROLE;
SELECT is(pg_temp.one(), answer, 'which is not the owner''s') FROM one;
ALTER TABLE x.store_status DISABLE ROW LEVEL SECURITY;
DROP POLICY seldom ON x.store_status;
DROP VIEW x.text_status, x.numeric_status, x.some_status;
ALTER TABLE x.store_status ALTER status TYPE boolean USING status = 'active';
SELECT is(pg_temp.one(), answer, 'the same after a column has got another type') FROM one;
CREATE INDEX ON x.store_status (timestamp_utc, store_id);
SELECT is(pg_temp.one(), answer, 'and the table another index') FROM one;
ALTER TABLE x.store_status RENAME timestamp_utc TO polled_at;
SELECT is(pg_temp.one(), answer, 'and a column another name') FROM one;
INSERT INTO x.store_status VALUES (7919, true, '-infinity');
SELECT throws_ok('SELECT pg_temp.one()', '22023', 'a poll of store 7919 is at -infinity', 'a poll at no time is refused, however long ago');

SELECT * FROM finish();
ROLLBACK;
