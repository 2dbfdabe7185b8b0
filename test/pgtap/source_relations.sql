-- Existing relations of any kind and place, columns of any name, and what becomes of a source when they change.
BEGIN;
\ir lib/other_tables.psql
SELECT plan(42);


-- A table partitioned by month, and one by store.
CREATE TABLE by_month (LIKE store_status) PARTITION BY RANGE (timestamp_utc);
CREATE TABLE by_month_old PARTITION OF by_month FOR VALUES FROM (MINVALUE) TO ('2024-03-01 00:00Z');
CREATE TABLE by_month_03 PARTITION OF by_month FOR VALUES FROM ('2024-03-01 00:00Z') TO ('2024-03-11 00:00Z') PARTITION BY LIST (status);
CREATE TABLE by_month_03_up PARTITION OF by_month_03 FOR VALUES IN ('active');
-- Columns of a partition may stand in another order.
CREATE TABLE by_month_03_other (timestamp_utc timestamptz, gone int, status text, store_id bigint);
ALTER TABLE by_month_03_other DROP gone;
ALTER TABLE by_month_03 ATTACH PARTITION by_month_03_other DEFAULT;
CREATE TABLE by_month_04 PARTITION OF by_month DEFAULT;
INSERT INTO by_month TABLE store_status;
CREATE INDEX ON by_month (store_id, timestamp_utc);
CREATE TABLE by_store (LIKE business_hours) PARTITION BY HASH (store_id);
CREATE TABLE by_store_0 PARTITION OF by_store FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE by_store_1 PARTITION OF by_store FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO by_store TABLE business_hours;
SELECT store_uptime.register_source('partitioned', 'by_month', 'by_store', 'store_timezone', 'special_hours', 'maintenance') \g /dev/null
SELECT pg_temp.answers('partitioned', 'id::text', 'partitioned tables');
SELECT is(store_uptime.latest_poll('partitioned'), (SELECT max(timestamp_utc) FROM store_status), 'latest_poll of a partitioned table');

-- Inheritance: the children belong to the table.
CREATE TABLE parent (LIKE store_status);
CREATE TABLE child (extra text) INHERITS (parent);
INSERT INTO parent SELECT * FROM store_status WHERE store_id % 2 = 0;
INSERT INTO child SELECT * FROM store_status WHERE store_id % 2 = 1;
SELECT store_uptime.register_source('inherited', 'parent', 'business_hours', 'store_timezone', 'special_hours', 'maintenance') \g /dev/null
SELECT pg_temp.answers('inherited', 'id::text', 'inheritance');

-- Views and materialized views, also ones that compute, and a table without an index that was rewritten.
CREATE VIEW polls AS
    SELECT p.store_id, s.status, p.timestamp_utc FROM (SELECT DISTINCT store_id, timestamp_utc FROM store_status) p
    JOIN store_status s USING (store_id, timestamp_utc);
CREATE MATERIALIZED VIEW hours AS TABLE business_hours;
CREATE VIEW zones WITH (security_barrier) AS SELECT store_id, timezone_str FROM store_timezone WHERE timezone_str <> '';
CREATE VIEW special AS SELECT date, store_id, end_time_local, start_time_local FROM special_hours UNION ALL SELECT NULL, NULL, NULL, NULL WHERE false;
CREATE TEMP TABLE works AS TABLE maintenance;
SELECT store_uptime.register_source('views', 'polls', 'hours', 'zones', 'special', 'works') \g /dev/null
SELECT pg_temp.answers('views', 'id::text', 'views, a materialized view and a temporary table');

-- Columns added, dropped and moved; rows older than the columns.
CREATE TABLE grown (a int, store_id bigint, b text, timestamp_utc timestamptz);
INSERT INTO grown SELECT 1, store_id, 'x', timestamp_utc FROM store_status WHERE status IS NULL;
ALTER TABLE grown ADD status text, DROP a;
INSERT INTO grown (store_id, status, timestamp_utc) SELECT store_id, status, timestamp_utc FROM store_status WHERE status IS NOT NULL;
ALTER TABLE grown DROP b, ADD c int DEFAULT 7;
SELECT store_uptime.register_source('grown', 'grown', 'business_hours', 'store_timezone', 'special_hours', 'maintenance') \g /dev/null
SELECT pg_temp.answers('grown', 'id::text', 'a table that has changed');
-- Dead rows are not read.
UPDATE grown SET c = 8 WHERE store_id % 3 = 0;
CREATE TEMP TABLE gone AS SELECT * FROM grown WHERE store_id % 5 = 0;
DELETE FROM grown WHERE store_id % 5 = 0;
INSERT INTO grown SELECT * FROM gone;
SELECT pg_temp.answers('grown', 'id::text', 'a table with dead rows');

-- Wide rows, whose ids and statuses are compressed or stored elsewhere.
CREATE TABLE toasted AS
SELECT 'store ' || store_id || CASE store_id % 2 WHEN 0 THEN repeat(' wide', 1000) ELSE noise END AS store_id, status, timestamp_utc
FROM store_status, (SELECT string_agg(md5(i::text), '') AS noise FROM generate_series(1, 200) i) n;
SELECT store_uptime.register_source('toasted', 'toasted') \g /dev/null
SELECT store_uptime.register_source('plain', 'store_status') \g /dev/null
SELECT bag_eq($$SELECT left(store, 10), during, up, down, unknown, excluded FROM pg_temp.answer('toasted')$$,
              $$SELECT 'store ' || store, during, up, down, unknown, excluded FROM pg_temp.answer('plain')$$, 'ids that are compressed or stored out of line');

-- Quoted names, in another schema, with everything that quoting must survive.
CREATE SCHEMA "O'Hara ""&"" Sons";
CREATE TABLE "O'Hara ""&"" Sons"."Öffnung; DROP TABLE x --" AS
    SELECT store_id AS "Store ""ID""", day_of_week AS "select", start_time_local AS "From $1", end_time_local AS "to", valid_from AS "%s", valid_until AS "valid until"
    FROM business_hours;
CREATE TABLE "O'Hara ""&"" Sons"."Poll" AS SELECT store_id AS "Shop", status AS "Zustand?", timestamp_utc AS "Wann'" FROM store_status;
SELECT store_uptime.register_source(' quoted "source" ', '"O''Hara ""&"" Sons"."Poll"', '"O''Hara ""&"" Sons"."Öffnung; DROP TABLE x --"',
    'store_timezone', 'special_hours', 'maintenance',
    '{"status": {"store_id": "Shop", "status": "Zustand?", "timestamp_utc": "Wann''"},
      "hours": {"store_id": "Store \"ID\"", "day_of_week": "select", "start_time_local": "From $1", "end_time_local": "to",
                "valid_from": "%s", "valid_until": "valid until"}}') \g /dev/null
SELECT pg_temp.answers(' quoted "source" ', 'id::text', 'quoted names');

-- Columns by their other usual names, and by names given for all relations at once.
CREATE TABLE p AS SELECT store_id AS "storeId", status = 'active' AS is_active, timestamp_utc AS observed_at FROM store_status;
CREATE TABLE h AS SELECT store_id AS "Store_Id", day_of_week AS "dayOfWeek", start_time_local AS "openTime", end_time_local AS closes,
                         valid_from AS "validFrom", valid_until AS "Valid Until" FROM business_hours;
CREATE TABLE z AS SELECT store_id AS store, timezone_str AS timezone FROM store_timezone;
CREATE TABLE s AS SELECT store_id AS store, date AS special_date, start_time_local AS opens, end_time_local AS end_time FROM special_hours;
CREATE TABLE m AS SELECT store_id AS store, starts_at AS start_at, ends_at AS "END" FROM maintenance;
SELECT store_uptime.register_source('usual names', 'p', 'h', 'z', 's', 'm') \g /dev/null
SELECT pg_temp.answers('usual names', 'id::text', 'usual names');
SELECT set_eq($$SELECT part, relation::text, meaning, column_name::text, column_type::text FROM store_uptime.source_columns('usual names')
                    WHERE part IN ('status', 'hours')$$,
    $$VALUES ('status', 'p', 'store_id', 'storeId', 'bigint'), ('status', 'p', 'status', 'is_active', 'boolean'),
             ('status', 'p', 'timestamp_utc', 'observed_at', 'timestamp with time zone'),
             ('hours', 'h', 'store_id', 'Store_Id', 'bigint'), ('hours', 'h', 'day_of_week', 'dayOfWeek', 'integer'),
             ('hours', 'h', 'start_time_local', 'openTime', 'time without time zone'),
             ('hours', 'h', 'end_time_local', 'closes', 'time without time zone'),
             ('hours', 'h', 'valid_from', 'validFrom', 'date'), ('hours', 'h', 'valid_until', 'Valid Until', 'date')$$,
    'source_columns tells what was found');
ALTER TABLE p RENAME "storeId" TO shop;
ALTER TABLE h RENAME "Store_Id" TO shop;
ALTER TABLE z RENAME store TO shop;
SELECT store_uptime.register_source('a name for all', 'p', 'h', 'z', 's', 'm', '{"store_id": "shop", "timestamp_utc": "observed_at"}') \g /dev/null
SELECT pg_temp.answers('a name for all', 'id::text', 'one name for the ids of all relations that have it');
-- A relation's own name goes before the one for all.
ALTER TABLE z RENAME shop TO zz;
SELECT store_uptime.register_source('a name for one', 'p', 'h', 'z', 's', 'm', '{"store_id": "shop", "timezones": {"store_id": "zz"}}') \g /dev/null
SELECT pg_temp.answers('a name for one', 'id::text', 'a name for one relation');

-- Renamed relations are found, renamed columns if their new names are usual too.
ALTER TABLE p RENAME TO renamed;
ALTER TABLE renamed RENAME observed_at TO "polledAt";
SELECT pg_temp.answers('a name for one', 'id::text', 'a renamed relation, and a column with another usual name');
SELECT throws_ok($$SELECT * FROM store_uptime_report(now(), 'a name for all')$$, '42703',
                 'source "a name for all": random.renamed has no column "observed_at" for timestamp_utc', 'a named column that was renamed');
ALTER TABLE renamed RENAME "polledAt" TO something;
SELECT throws_ok($$SELECT * FROM store_uptime_report(now(), 'a name for one')$$, '42703',
                 'source "a name for one": random.renamed has no column for timestamp_utc', 'a renamed column');
ALTER TABLE renamed RENAME something TO observed_at;
ALTER TABLE renamed ALTER observed_at TYPE text;
SELECT throws_ok($$SELECT * FROM store_uptime_report(now(), 'a name for one')$$, '42804',
                 'source "a name for one": column "observed_at" of random.renamed is of type text', 'a column that changed its type');
DROP TABLE renamed;
SELECT throws_matching($$SELECT * FROM store_uptime_report(now(), 'a name for one')$$, 'its status relation \(OID \d+\) does not exist any more', 'a dropped relation');
SELECT throws_ok($$SELECT * FROM store_uptime_report(now(), 'a name for one')$$, '42P01', NULL, 'its error code');
-- The same names again are other tables; to register again makes them the source's.
SELECT store_uptime.register_source('a name for one', 'store_status', 'business_hours', 'store_timezone', 'special_hours', 'maintenance') \g /dev/null
SELECT pg_temp.answers('a name for one', 'id::text', 'registered again');

-- Missing parts: no hours means around the clock, no zones the default zone.
SELECT store_uptime.register_source('polls only', 'store_status', options => '{"default_timezone": "Asia/Kathmandu"}') \g /dev/null
SELECT is_empty($$SELECT * FROM pg_temp.answer('polls only') r, era WHERE up + down + unknown <> least(upper(during), as_of) - lower(during)$$,
                'without hours all stores are always open');
SELECT store_uptime.register_source('no zones', 'store_status', 'business_hours', options => '{"default_timezone": "Asia/Kathmandu"}') \g /dev/null
CREATE TABLE kathmandu AS SELECT DISTINCT store::bigint AS store_id, 'Asia/Kathmandu' AS timezone FROM pg_temp.answer('no zones');
SELECT store_uptime.register_source('all in Kathmandu', 'store_status', 'business_hours', 'kathmandu') \g /dev/null
SELECT bag_eq($$SELECT * FROM pg_temp.answer('no zones')$$, $$SELECT * FROM pg_temp.answer('all in Kathmandu')$$, 'without zones all have the default');

-- Which stores are reported: those with a poll in the time that is read, or hours or a zone.
TRUNCATE store_status, business_hours, store_timezone, special_hours, maintenance;
INSERT INTO store_status VALUES (1, 'active', '2024-03-10 12:00Z'), (2, 'active', '2024-03-01 12:00Z'), (3, 'active', '2024-03-13 11:17:03.000002Z'),
                                (NULL, 'active', '2024-03-10 12:00Z'), (4, 'active', NULL);
INSERT INTO business_hours VALUES (5, 0, '09:00', '17:00'), (NULL, 0, '09:00', '17:00');
INSERT INTO store_timezone VALUES (6, 'UTC'), (7, NULL), (NULL, 'UTC');
INSERT INTO special_hours VALUES (8, '2024-03-10', '09:00', '17:00');
INSERT INTO maintenance VALUES (9, '2024-03-10 09:00Z', '2024-03-10 17:00Z');
SELECT set_eq($$SELECT store_id FROM era, store_uptime_report(as_of, 'random')$$, '{1,5,6,7}'::text[], 'stores of the report');
SELECT set_eq($$SELECT store_id FROM era, store_uptime_report(as_of, 'random', 'max_gap=infinity')$$, '{1,2,5,6,7}'::text[], 'stores of a report that reads all polls');
SELECT set_eq($$SELECT store_id FROM era, store_uptime_report(as_of, 'random', 'max_gap=infinity', '{2,5,8,9,3,10,x}')$$, '{2,5}'::text[], 'of those that are named');
SELECT is_empty($$SELECT store_id FROM era, store_uptime_report(as_of, 'random', '', '{}')$$, 'no store named, no row');
SELECT is_empty($$SELECT store_id FROM era, store_uptime_report(as_of, 'random', '', '{NULL}')$$, 'NULL names no store');
TRUNCATE store_status, business_hours, store_timezone;
SELECT is_empty($$SELECT store_id FROM store_uptime_report('2024-03-10', 'random')$$, 'no stores, no rows');
SELECT is(store_uptime.latest_poll('random'), NULL, 'no polls, no latest poll');

-- Forgetting.
SELECT is(store_uptime.unregister_source('random'), true, 'a source can be forgotten');
SELECT is(store_uptime.unregister_source('random'), false, 'once');
SELECT throws_ok($$SELECT store_uptime.latest_poll('random')$$, '42704', 'source "random" is not registered', 'then it is unknown');

SELECT * FROM finish();
ROLLBACK;
