-- Every error of sources and reports: its code, message and hint; and that it leaves the data as they were.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
\pset format unaligned
\pset tuples_only on

-- What a statement is refused with.
CREATE FUNCTION refused(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
    hint text;
BEGIN
    EXECUTE statement;
    RETURN NEXT 'ACCEPTED: ' || statement;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT sqlstate || ' ' || message;
    RETURN QUERY SELECT '  ' || x FROM unnest(ARRAY[detail, hint]) x WHERE x <> '';
END $$;

-- No source at all.
SELECT refused('SELECT * FROM store_uptime_report(now())');
SELECT refused('SELECT * FROM store_uptime_report(now(), ''chain'')');
SELECT refused('SELECT store_uptime.latest_poll()');
SELECT refused('SELECT * FROM store_uptime.source_columns()');
SELECT refused('SELECT * FROM store_uptime.check_source()');

-- The standard tables.
SELECT refused('SELECT store_uptime.create_tables(NULL)');
SELECT refused('SELECT store_uptime.create_tables(store_id_type => NULL)');
SELECT refused('SELECT store_uptime.create_tables(source => NULL)');
SELECT refused('SELECT store_uptime.create_tables(''nowhere'')');
SELECT refused('SELECT store_uptime.create_tables(''public'', ''json'')');
SELECT refused('SELECT store_uptime.create_tables(''public'', ''record'')');
SELECT refused('SELECT store_uptime.create_tables(''public'', ''no_type'')');
SELECT store_uptime.create_tables();
SELECT refused('SELECT store_uptime.create_tables()');
CREATE SCHEMA half_taken CREATE TABLE maintenance (a int);
SELECT refused('SELECT store_uptime.create_tables(''half_taken'', source => ''half'')');
SELECT count(*) AS tables_left_behind FROM pg_class WHERE relnamespace = 'half_taken'::regnamespace AND relkind = 'r';
SELECT name, status, owner = current_user AS mine FROM store_uptime.source;

-- Unknown sources.
SELECT refused('SELECT * FROM store_uptime_report(now(), ''Default'')');
SELECT store_uptime.register_source('Spätkauf', 'store_status');
SELECT refused('SELECT * FROM store_uptime_report(now(), '''')');
SELECT refused('SELECT * FROM store_uptime.check_source(''x"; DROP TABLE store_status; --'')');
SELECT store_uptime.unregister_source('Spätkauf'), store_uptime.unregister_source('Spätkauf');

-- Relations and columns that do not fit.
SELECT refused('SELECT store_uptime.register_source(NULL, ''store_status'')');
SELECT refused('SELECT store_uptime.register_source(''default'', NULL)');
SELECT refused('SELECT store_uptime.register_source(''default'', ''no_table'')');
SELECT refused('SELECT store_uptime.register_source(''default'', 4000000000::oid)');
SELECT refused('SELECT store_uptime.register_source(''default'', ''store_status_store_id_timestamp_utc_idx'')');
CREATE SEQUENCE numbers;
SELECT refused('SELECT store_uptime.register_source(''default'', ''numbers'')');
CREATE TYPE polls_type AS (store_id int, status text, timestamp_utc timestamptz);
SELECT refused('SELECT store_uptime.register_source(''default'', ''polls_type'')');
SELECT refused('SELECT store_uptime.register_source(''default'', ''business_hours'')');
SELECT refused('SELECT store_uptime.register_source(''default'', ''store_status'', ''store_timezone'')');
SELECT refused('SELECT store_uptime.register_source(''default'', ''store_status'', timezones => ''maintenance'')');
SELECT refused('SELECT store_uptime.register_source(''default'', ''store_status'', special_hours => ''store_status'')');
SELECT refused('SELECT store_uptime.register_source(''default'', ''store_status'', maintenance => ''store_status'')');
CREATE TABLE two_times (store_id int, status text, "Timestamp UTC" timestamptz, polled_at timestamptz);
SELECT refused('SELECT store_uptime.register_source(''default'', ''two_times'')');
CREATE TABLE two_days (store_id int, day int, weekday int, opens time, closes time);
SELECT refused('SELECT store_uptime.register_source(''default'', ''store_status'', ''two_days'')');
CREATE TABLE wrong (store_id int, status int, polled_at date);
SELECT refused('SELECT store_uptime.register_source(''default'', ''wrong'')');
ALTER TABLE wrong ALTER status TYPE text;
SELECT refused('SELECT store_uptime.register_source(''default'', ''wrong'')');
CREATE TABLE wrong_hours (store_id uuid, day text, opens timetz, closes interval);
SELECT refused('SELECT store_uptime.register_source(''default'', ''store_status'', ''wrong_hours'')');
ALTER TABLE wrong_hours ALTER day TYPE int USING 0;
SELECT refused('SELECT store_uptime.register_source(''default'', ''store_status'', ''wrong_hours'')');
ALTER TABLE wrong_hours ALTER opens TYPE time;
SELECT refused('SELECT store_uptime.register_source(''default'', ''store_status'', ''wrong_hours'')');
ALTER TABLE wrong_hours ALTER closes TYPE time, ADD valid_from timestamp;
SELECT refused('SELECT store_uptime.register_source(''default'', ''store_status'', ''wrong_hours'')');
ALTER TABLE wrong_hours ALTER valid_from TYPE date;
SELECT refused('SELECT store_uptime.register_source(''default'', ''store_status'', ''wrong_hours'')');
CREATE TABLE wrong_zones (store_id bigint, tz int);
SELECT refused('SELECT store_uptime.register_source(''default'', ''store_status'', timezones => ''wrong_zones'')');
CREATE TABLE no_hash AS SELECT '1'::json AS store_id, true AS status, now() AS timestamp_utc;
SELECT refused('SELECT store_uptime.register_source(''default'', ''no_hash'')');

-- Options.
CREATE FUNCTION option(options jsonb) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT refused(format('SELECT store_uptime.register_source(''default'', ''store_status'', ''business_hours'', options => %L)', options))
$$;
SELECT option('[]');
SELECT option('"default_timezone"');
SELECT option('{"default_timezone": 5}');
SELECT option('{"Default_Timezone": "UTC"}');
SELECT option('{"round_day_end": "no"}');
SELECT option('{"missing_weekday": "closed!"}');
SELECT option('{"missing_weekday": false}');
SELECT option('{"active_values": "active"}');
SELECT option('{"active_values": ["active", 1]}');
SELECT option('{"inactive_values": {"inactive": true}}');
SELECT option('{"unknown_values": null}');
SELECT option('{"active_values": [["active"]]}');
SELECT option('{"active_values": ["on", "up"], "inactive_values": ["down", "up"]}');
SELECT option('{"active_values": ["up"], "unknown_values": ["up"]}');
SELECT option('{"inactive_values": ["down", ""], "unknown_values": ["?", ""]}');
SELECT option('{"inactive_values": ["active"]}');
SELECT option('{"unknown_values": ["inactive"]}');
SELECT option('{"active_values": ["inactive"]}');
SELECT option('{"hours": "business_hours"}');
SELECT option('{"hours": ["day_of_week"]}');
SELECT option('{"hours": {"opens": "start_time_local"}}');
SELECT option('{"hours": {"day_of_week": 3}}');
SELECT option('{"hours": {"day_of_week": "dayofweek"}}');
SELECT option('{"status": {"store_id": "shop"}}');
SELECT option('{"store_id": "shop"}');
SELECT option('{"timestamp_utc": ""}');
SELECT option('{"status": {"timestamp_utc": "status"}}');
SELECT option('{"status": {"store_id": "tableoid"}}');
SELECT option('{"": ""}');
-- Nothing of all this has changed the source.
SELECT status, hours, timezones, options FROM store_uptime.source;

-- Rows that a report cannot read. Each is taken back.
INSERT INTO store_status VALUES (1, 'active', '2024-01-08 12:00Z'), (2, 'inactive', '2024-01-08 12:00Z');
INSERT INTO business_hours VALUES (1, 0, '00:00', '24:00'), (2, 0, '00:00', '24:00');
INSERT INTO store_timezone VALUES (1, 'UTC'), (2, 'UTC');
CREATE VIEW everything AS
    SELECT md5(string_agg(t, ',' ORDER BY t)) FROM (SELECT s::text AS t FROM store_status s UNION ALL SELECT h::text FROM business_hours h UNION ALL
        SELECT z::text FROM store_timezone z UNION ALL SELECT x::text FROM special_hours x UNION ALL SELECT m::text FROM maintenance m UNION ALL
        SELECT s::text FROM store_uptime.source s) x;
SELECT * FROM everything \gset before_
CREATE FUNCTION with_rows(statement text, question text DEFAULT 'SELECT * FROM store_uptime_report(''2024-01-09'')') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    answer text[];
BEGIN
    BEGIN
        EXECUTE statement;
        answer := ARRAY(SELECT refused(question));
        RAISE EXCEPTION USING ERRCODE = 'UNDO0';
    EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
        RETURN QUERY SELECT unnest(answer);
    END;
END $$;
SELECT with_rows($$INSERT INTO store_status VALUES (2, 'maybe', '2024-01-08 13:00Z')$$);
SELECT with_rows($$INSERT INTO store_status VALUES (2, 'Active', '2024-01-08 13:00Z')$$);
SELECT with_rows($$INSERT INTO store_status VALUES (2, '', '2024-01-08 13:00Z')$$);
SELECT with_rows($$INSERT INTO store_status VALUES (2, 'äöü' || repeat('ü', 100), '2024-01-08 13:00Z')$$);
SELECT with_rows($$INSERT INTO store_status VALUES (2, 'active', 'infinity')$$);
SELECT with_rows($$INSERT INTO store_status VALUES (2, 'active', 'infinity')$$, $$SELECT * FROM store_uptime_report('2024-01-09', policy => 'max_gap=infinity')$$);
SELECT with_rows($$INSERT INTO store_status VALUES (2, 'active', '-infinity')$$);
SELECT with_rows($$INSERT INTO store_status VALUES (2, NULL, '-infinity')$$, $$SELECT * FROM store_uptime_report('2024-01-09', stores => '{1,2}')$$);
SELECT with_rows($$INSERT INTO store_status VALUES (2, 'active', '200000-01-01Z')$$);
SELECT with_rows($$ALTER TABLE store_status ALTER timestamp_utc TYPE timestamp USING timestamp_utc AT TIME ZONE 'UTC'; INSERT INTO store_status VALUES (2, 'active', 'infinity')$$);
SELECT with_rows($$SET LOCAL enable_seqscan = off; CREATE INDEX ON store_status (timestamp_utc); INSERT INTO store_status VALUES (2, 'active', 'infinity')$$);
SELECT with_rows($$INSERT INTO store_status VALUES (2, 'active', '-infinity')$$, $$SELECT * FROM store_uptime_report('2024-01-09', policy => 'max_gap=infinity')$$);
SELECT with_rows($$INSERT INTO store_timezone VALUES (3, 'Mars/Phobos')$$);
SELECT with_rows($$INSERT INTO store_timezone VALUES (3, 'PDT')$$);
SELECT with_rows($$INSERT INTO store_timezone VALUES (3, '')$$);
SELECT with_rows($$INSERT INTO store_timezone VALUES (3, '../../etc/passwd')$$);
SELECT left(r, 40), length(r) FROM with_rows($$INSERT INTO store_timezone VALUES (3, repeat('x', 10000))$$) r;
SELECT with_rows($$UPDATE store_uptime.source SET options = '{"default_timezone": "Nowhere"}'$$);
SELECT with_rows($$UPDATE store_uptime.source SET options = '{"default_timezone": "Nowhere"}'; INSERT INTO business_hours VALUES (3, 0, '09:00', '17:00')$$);
SELECT with_rows($$INSERT INTO store_timezone VALUES (2, 'Europe/Berlin')$$);
SELECT with_rows($$INSERT INTO business_hours VALUES (2, 7, '09:00', '17:00')$$);
SELECT with_rows($$INSERT INTO business_hours VALUES (2, -1, '09:00', '17:00')$$);
SELECT with_rows($$INSERT INTO business_hours VALUES (2, NULL, '09:00', '17:00')$$);
SELECT with_rows($$INSERT INTO business_hours VALUES (2, 0, NULL, '17:00')$$);
SELECT with_rows($$INSERT INTO business_hours VALUES (2, 0, '09:00', NULL)$$);
SELECT with_rows($$INSERT INTO special_hours VALUES (2, '2024-01-08', '09:00', NULL)$$);
SELECT with_rows($$INSERT INTO special_hours VALUES (2, '2024-01-08', NULL, '09:00')$$);
SELECT with_rows($$INSERT INTO maintenance VALUES (2, '2024-01-08', NULL)$$);
SELECT with_rows($$INSERT INTO maintenance VALUES (NULL, NULL, '2024-01-08')$$);
SELECT with_rows($$INSERT INTO maintenance VALUES (2, '2024-01-08', '2024-01-08')$$);
SELECT with_rows($$INSERT INTO maintenance VALUES (NULL, '2024-01-09', '2024-01-08')$$);
SELECT with_rows($$INSERT INTO maintenance VALUES (NULL, 'infinity', '-infinity')$$);
SELECT with_rows($$INSERT INTO maintenance VALUES (NULL, '250000-01-01', 'infinity'), (NULL, '-infinity', '4713-01-01 BC')$$);
-- A broken row of a store that is not asked for is not read.
SELECT with_rows($$INSERT INTO business_hours VALUES (2, 7, '09:00', '17:00'); INSERT INTO store_timezone VALUES (2, 'Mars')$$,
                 $$SELECT * FROM store_uptime_report('2024-01-09', stores => '{1}')$$);
-- Nor is a poll outside the time that matters.
SELECT with_rows($$INSERT INTO store_status VALUES (2, 'maybe', '2024-01-09 00:00:00.000001Z'), (2, 'maybe', '2023-12-31 23:59:59.999999Z')$$);
SELECT with_rows($$INSERT INTO store_status VALUES (2, 'maybe', '2024-01-09 00:00Z')$$);
SELECT with_rows($$INSERT INTO store_status VALUES (2, 'maybe', '2024-01-01 00:00:00Z')$$);

-- Arguments.
SELECT refused($$SELECT * FROM store_uptime_report(NULL)$$);
SELECT refused($$SELECT * FROM store_uptime_report('infinity')$$);
SELECT refused($$SELECT * FROM store_uptime_report('-infinity')$$);
SELECT refused($$SELECT * FROM store_uptime_report('294276-12-31Z')$$);
SELECT refused($$SELECT * FROM store_uptime_report('2024-01-09', NULL)$$);
SELECT refused($$SELECT * FROM store_uptime_report('2024-01-09', 'default', NULL)$$);
SELECT refused($$SELECT * FROM store_uptime_report('2024-01-09', policy => 'fill=prev')$$);
SELECT refused($$SELECT * FROM store_uptime_report('2024-01-09', policy => 'max_gap=never')$$);
SELECT refused($$SELECT * FROM store_uptime_windows(NULL)$$);
SELECT refused($$SELECT * FROM store_uptime_windows('{}')$$);
SELECT refused($$SELECT * FROM store_uptime_windows('{NULL}')$$);
SELECT refused($$SELECT * FROM store_uptime_windows(ARRAY[tstzrange('2024-01-08', '2024-01-09'), NULL])$$);
SELECT refused($$SELECT * FROM store_uptime_windows(ARRAY[tstzrange('2024-01-08', '2024-01-07')])$$);
SELECT refused($$SELECT * FROM store_uptime_windows('{empty}')$$);
SELECT refused($$SELECT * FROM store_uptime_windows(ARRAY[tstzrange('2024-01-08', '2024-01-08', '[)')])$$);
SELECT refused($$SELECT * FROM store_uptime_windows(ARRAY[tstzrange('2024-01-08', '2024-01-08 00:00:00.000001', '()')])$$);
SELECT refused($$SELECT * FROM store_uptime_windows(ARRAY[tstzrange('2024-01-08', NULL)])$$);
SELECT refused($$SELECT * FROM store_uptime_windows(ARRAY[tstzrange('2024-01-07', '2024-01-08'), tstzrange(NULL, '2024-01-08')])$$);
SELECT refused($$SELECT * FROM store_uptime_windows(ARRAY[tstzrange(NULL, NULL)])$$);
SELECT refused($$SELECT * FROM store_uptime_windows(ARRAY[tstzrange('2024-01-08', 'infinity')])$$);
SELECT refused($$SELECT * FROM store_uptime_windows(ARRAY[tstzrange('-infinity', '2024-01-08')])$$);
SELECT refused($$SELECT * FROM store_uptime_windows(ARRAY[tstzrange('2024-01-08', '294276-12-31Z')])$$);
SELECT refused($$SELECT * FROM store_uptime_windows('{"[2024-01-08,2024-01-09)"}', 'infinity')$$);
SELECT refused($$SELECT * FROM store_uptime_windows('{"[2024-01-08,2024-01-09)"}', NULL)$$);
SELECT refused($$SELECT * FROM store_uptime_windows('{"[2024-01-08,2024-01-09)"}', source => NULL)$$);
SELECT refused($$SELECT * FROM store_uptime_windows('{"[2024-01-08,2024-01-09)"}', policy => NULL)$$);
SELECT store_uptime.latest_poll(NULL) IS NULL AS no_source_no_poll;

-- A relation that goes away, and one that another transaction took away.
CREATE TABLE short_lived (store_id int, status text, timestamp_utc timestamptz);
SELECT store_uptime.register_source('short lived', 'short_lived');
DROP TABLE short_lived;
SELECT regexp_replace(r, '\d{2,}(?=\) does)', 'n') FROM refused($$SELECT * FROM store_uptime_report(now(), 'short lived')$$) r;
SELECT regexp_replace(r, '\d{2,}(?=\) does)', 'n') FROM refused($$SELECT * FROM store_uptime.check_source('short lived')$$) r;
SELECT store_uptime.unregister_source('short lived');

-- An error in the middle of a report leaves the session as it was: the next report is right.
SELECT with_rows($$INSERT INTO store_status SELECT 3, CASE i WHEN 30000 THEN 'maybe' ELSE 'active' END, timestamptz '2024-01-08' + i * interval '1 s' FROM generate_series(1, 40000) i$$);
SELECT store_id, uptime_last_day, downtime_last_day FROM store_uptime_report('2024-01-09') ORDER BY 1;
CREATE VIEW falls AS SELECT store_id, status, timestamp_utc + make_interval(secs => 1 / (store_id - 2)) AS timestamp_utc FROM store_status;
SELECT store_uptime.register_source('falls', 'falls');
SELECT refused($$SELECT * FROM store_uptime_report('2024-01-09', 'falls')$$);
SELECT store_id, uptime_last_day, downtime_last_day FROM store_uptime_report('2024-01-09') ORDER BY 1;
SET statement_timeout = '100ms';
CREATE VIEW sleeps AS SELECT store_id, status, timestamp_utc FROM store_status WHERE pg_sleep(10) IS NOT NULL;
SELECT store_uptime.register_source('sleeps', 'sleeps');
SELECT * FROM store_uptime_report('2024-01-09', 'sleeps');
RESET statement_timeout;
SELECT store_id, uptime_last_day, downtime_last_day FROM store_uptime_report('2024-01-09') ORDER BY 1;
-- A report inside a query over the source itself, and one inside another.
SELECT s.store_id, r.uptime_last_day FROM store_status s, store_uptime_report('2024-01-09', stores => ARRAY[s.store_id::text]) r ORDER BY 1;
CREATE VIEW reported AS
    SELECT r.store_id::int, r.uptime_last_day > 0 AS status, timestamptz '2024-01-08 12:00Z' AS timestamp_utc FROM store_uptime_report('2024-01-09') r;
SELECT store_uptime.register_source('reported', 'reported');
SELECT store_id, uptime_last_day FROM store_uptime_report('2024-01-09', 'reported') ORDER BY 1;
CREATE VIEW endless AS SELECT 1 AS store_id, true AS status, now() AS timestamp_utc FROM store_uptime_report(now(), 'endless');
SELECT store_uptime.register_source('endless', 'endless');
SELECT * FROM refused($$SELECT * FROM store_uptime_report(now(), 'endless')$$) LIMIT 1;
SELECT count(store_uptime.unregister_source(name)) FROM unnest('{falls,sleeps,reported,endless}'::name[]) name;

-- The data are what they were.
SELECT md5 = :'before_md5' AS unchanged FROM everything;
DROP VIEW everything, falls, sleeps, reported, endless;
DROP TABLE store_status, business_hours, store_timezone, special_hours, maintenance, two_times, two_days, wrong, wrong_hours, wrong_zones, no_hash;
DROP TABLE half_taken.maintenance;
DROP SCHEMA half_taken;
DROP SEQUENCE numbers;
DROP TYPE polls_type;
DROP FUNCTION refused(text), with_rows(text, text), option(jsonb);
SELECT store_uptime.unregister_source('default');
