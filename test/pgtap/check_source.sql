-- check_source finds each kind of defect, counts it and shows one; a clean source has none.
BEGIN;
\ir lib/cases.psql
SELECT plan(60);
SET LOCAL TimeZone = 'UTC';
SELECT pg_temp.hours(store, '{0,1,2,3,4}', '9-12, 14-18'), pg_temp.zone(store, 'Europe/Berlin'),
       pg_temp.polls(store, '2024-01-08', '9:00 up, 14:00 down') FROM unnest('{A,B}'::text[]) store \g /dev/null
INSERT INTO special_hours VALUES ('A', '2024-12-24', '09:00', '12:00'), ('A', '2024-12-25', NULL, NULL);
INSERT INTO maintenance VALUES ('A', '2024-01-08 10:00Z', 'infinity', 'for ever'), (NULL, '2024-01-09', '2024-01-10', 'all');

SELECT is_empty('SELECT * FROM store_uptime.check_source()', 'a clean source has no defects');

-- What check_source says after a statement, which is then taken back.
CREATE FUNCTION pg_temp.after(statement text, source name DEFAULT 'default') RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    answer text[];
BEGIN
    BEGIN
        EXECUTE statement;
        SELECT array_agg(format('%s: %s, %s', defect, count, example) ORDER BY defect) INTO answer FROM store_uptime.check_source(source);
        RAISE EXCEPTION USING ERRCODE = 'UNDO0';
    EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
        RETURN answer;
    END;
END $$;
CREATE FUNCTION pg_temp.finds(statement text, VARIADIC wanted text[]) RETURNS text LANGUAGE sql AS $$
    SELECT is(pg_temp.after(statement), wanted, statement)
$$;

-- Polls.
SELECT pg_temp.finds($$INSERT INTO store_status VALUES (NULL, 'active', '2024-01-08 10:00Z'), (NULL, 'active', '2024-01-08 09:00Z')$$,
                     'polls with NULL store_id: 2, store  at 2024-01-08 09:00:00+00');
SELECT pg_temp.finds($$INSERT INTO store_status VALUES ('B', 'active', NULL), ('A', 'active', NULL), ('A', 'inactive', NULL)$$,
                     'polls with NULL timestamp_utc: 3, store A at ');
SELECT pg_temp.finds($$INSERT INTO store_status VALUES ('A', NULL, '2024-01-08 10:00Z')$$,
                     'polls with NULL status: 1, store A at 2024-01-08 10:00:00+00');
SELECT pg_temp.finds($$INSERT INTO store_status VALUES ('A', 'maybe', '2024-01-08 10:00Z'), ('B', 'ACTIVE', '2024-01-08 10:00Z'), ('B', '', '2024-01-08 11:00Z')$$,
                     'polls with an unknown status: 3, store A at 2024-01-08 10:00:00+00: "maybe"');
SELECT pg_temp.finds($$INSERT INTO store_status VALUES ('A', 'active', 'infinity'), ('A', 'active', '-infinity'), ('B', 'active', '4713-01-02 BC')$$,
                     'polls at a time that cannot be counted: 2, store A at -infinity');
SELECT pg_temp.finds($$INSERT INTO store_status VALUES ('A', 'active', '290000-01-01Z')$$,
                     'polls at a time that cannot be counted: 1, store A at 290000-01-01 00:00:00+00');
SELECT matches((pg_temp.after($$INSERT INTO store_status VALUES ('A', 'active', '2224-01-08 10:00Z'), ('A', 'active', now() + interval '1 us'), ('B', 'active', now())$$))[1],
               '^polls in the future: 2, store A at 20', 'polls in the future');
SELECT pg_temp.finds($$INSERT INTO store_status SELECT * FROM store_status WHERE store_id = 'A' UNION ALL SELECT * FROM store_status WHERE status = 'active'$$,
                     'duplicate polls: 4, store A at 2024-01-08 08:00:00+00');
SELECT pg_temp.finds($$INSERT INTO store_status SELECT store_id, 'inactive', timestamp_utc FROM store_status$$,
                     'conflicting polls: 2, store A at 2024-01-08 08:00:00+00', 'duplicate polls: 2, store A at 2024-01-08 13:00:00+00');
SELECT pg_temp.finds($$INSERT INTO store_status SELECT store_id, NULL, timestamp_utc FROM store_status WHERE store_id = 'B' AND status = 'active'$$,
                     'conflicting polls: 1, store B at 2024-01-08 08:00:00+00', 'polls with NULL status: 1, store B at 2024-01-08 08:00:00+00');

-- Hours.
SELECT pg_temp.finds($$INSERT INTO business_hours VALUES (NULL, 0, '19:00', '20:00')$$, 'hours with NULL store_id: 1, store , weekday 0, 19:00:00 to 20:00:00');
SELECT pg_temp.finds($$INSERT INTO business_hours VALUES ('A', NULL, '19:00', '20:00')$$, 'hours with NULL day_of_week: 1, store A, weekday , 19:00:00 to 20:00:00');
SELECT pg_temp.finds($$INSERT INTO business_hours VALUES ('A', 0, NULL, '20:00')$$, 'hours with NULL start_time_local: 1, store A, weekday 0,  to 20:00:00');
SELECT pg_temp.finds($$INSERT INTO business_hours VALUES ('A', 0, '19:00', NULL)$$, 'hours with NULL end_time_local: 1, store A, weekday 0, 19:00:00 to ');
SELECT pg_temp.finds($$INSERT INTO business_hours VALUES ('A', 7, '09:00', '17:00'), ('B', -1, '09:00', '17:00')$$,
                     'weekdays outside 0 to 6: 2, store A, weekday 7, 09:00:00 to 17:00:00');
SELECT pg_temp.finds($$INSERT INTO business_hours SELECT * FROM business_hours WHERE store_id = 'B' AND day_of_week < 2$$,
                     'duplicate hours: 4, store B, weekday 0, 09:00:00 to 12:00:00');
SELECT pg_temp.finds($$INSERT INTO business_hours VALUES ('A', 5, '09:00', '17:00', '2024-02-01', '2024-01-31')$$,
                     'hours that are valid on no day: 1, store A, valid from 2024-02-01 until 2024-01-31');
SELECT pg_temp.finds($$INSERT INTO business_hours VALUES ('C', 5, '09:00', '17:00'), ('C', 6, '09:00', '17:00'), ('D', 6, '09:00', '17:00')$$,
                     'hours of stores without polls: 2, store C');
SELECT is(pg_temp.after($$INSERT INTO business_hours VALUES ('A', 0, '10:00', '16:00', NULL), ('A', 0, '09:00', '12:00', '2024-01-01'), ('A', 5, '22:00', '22:00', NULL), ('A', 6, '00:00', '24:00', NULL)$$),
          NULL, 'overlapping shifts, nights and whole days are no defects');

-- Zones.
SELECT pg_temp.finds($$UPDATE store_timezone SET timezone_str = 'Mars/Phobos' WHERE store_id = 'B'$$, 'unknown time zones: 1, store B, Mars/Phobos');
SELECT pg_temp.finds($$UPDATE store_timezone SET timezone_str = CASE store_id WHEN 'A' THEN 'PDT' ELSE '' END$$, 'unknown time zones: 2, store A, PDT');
-- Names that other libraries take for zones with summer time, and AT TIME ZONE for an offset.
SELECT pg_temp.finds(format('UPDATE store_timezone SET timezone_str = %L WHERE store_id = %L', zone, 'B'), 'time zones without summer time: 1, store B, ' || zone)
FROM unnest('{CET,EET,MET,WET,cet}'::text[]) zone;
SELECT is(pg_temp.after(format('UPDATE store_timezone SET timezone_str = %L WHERE store_id = %L', zone, 'B')), NULL, zone)
FROM unnest('{EST,MST,HST,Europe/Paris,CET-1CEST,UTC}'::text[]) zone;
SELECT is(pg_temp.after($$UPDATE store_timezone SET timezone_str = CASE store_id WHEN 'A' THEN 'Central Standard Time' ELSE 'europe/BERLIN' END$$), NULL, 'names that reports take');
SELECT pg_temp.finds($$UPDATE store_timezone SET timezone_str = NULL$$, 'time zones with NULL timezone_str: 2, store A, ');
SELECT pg_temp.finds($$INSERT INTO store_timezone VALUES (NULL, 'UTC')$$, 'time zones with NULL store_id: 1, store , UTC');
SELECT pg_temp.finds($$INSERT INTO store_timezone VALUES ('B', 'UTC')$$, 'stores with several time zones: 1, store B, Europe/Berlin and UTC');
SELECT pg_temp.finds($$INSERT INTO store_timezone VALUES ('B', 'Europe/Berlin')$$, 'duplicate time zones: 1, store B, Europe/Berlin');
SELECT pg_temp.finds($$INSERT INTO store_timezone VALUES ('C', 'UTC')$$, 'time zones of stores without polls: 1, store C');
SELECT pg_temp.finds($$UPDATE store_uptime.source SET options = '{"default_timezone": "Mars"}'$$, 'unknown default_timezone: 1, Mars');

-- Special hours and maintenance.
SELECT pg_temp.finds($$INSERT INTO special_hours VALUES (NULL, '2024-12-24', '09:00', '12:00')$$, 'special hours with NULL store_id: 1, store , 2024-12-24, 09:00:00 to 12:00:00');
SELECT pg_temp.finds($$INSERT INTO special_hours VALUES ('A', NULL, '09:00', '12:00')$$, 'special hours with NULL date: 1, store A, , 09:00:00 to 12:00:00');
SELECT pg_temp.finds($$INSERT INTO special_hours VALUES ('A', '2024-12-26', '09:00', NULL), ('A', '2024-12-27', NULL, '09:00')$$,
                     'special hours with one of two times: 2, store A, 2024-12-26, 09:00:00 to ');
SELECT pg_temp.finds($$INSERT INTO special_hours TABLE special_hours$$, 'duplicate special hours: 2, store A, 2024-12-24, 09:00:00 to 12:00:00');
SELECT pg_temp.finds($$INSERT INTO special_hours VALUES ('E', '2024-12-26', NULL, NULL)$$, 'special hours of stores without polls: 1, store E');
SELECT pg_temp.finds($$INSERT INTO maintenance VALUES ('A', NULL, '2024-01-09')$$, 'maintenance with NULL starts_at: 1, store A,  to 2024-01-09 00:00:00+00');
SELECT pg_temp.finds($$INSERT INTO maintenance VALUES (NULL, '2024-01-09', NULL)$$, 'maintenance with NULL ends_at: 1, store (all), 2024-01-09 00:00:00+00 to ');
SELECT pg_temp.finds($$INSERT INTO maintenance VALUES ('A', '2024-01-09', '2024-01-09'), ('A', 'infinity', '-infinity')$$,
                     'maintenance that ends at or before its start: 2, store A, 2024-01-09 00:00:00+00 to 2024-01-09 00:00:00+00');
SELECT pg_temp.finds($$INSERT INTO maintenance VALUES ('F', '2024-01-09', '2024-01-10')$$, 'maintenance of stores without polls: 1, store F');

-- Several at once; and what is checked is what the report reads.
SELECT is(array_length(pg_temp.after($$
    INSERT INTO store_status VALUES (NULL, NULL, NULL), ('A', 'maybe', 'infinity');
    INSERT INTO business_hours VALUES ('X', 9, NULL, NULL, '2024-01-02', '2024-01-01');
    INSERT INTO store_timezone VALUES ('X', 'Mars')$$), 1), 12, 'many defects at once');
TRUNCATE store_status;
SELECT is(pg_temp.after('SELECT'), '{"hours of stores without polls: 2, store A","maintenance of stores without polls: 1, store A","special hours of stores without polls: 1, store A","time zones of stores without polls: 2, store A"}', 'no polls at all');
TRUNCATE store_status, business_hours, store_timezone, special_hours, maintenance;
SELECT is_empty('SELECT * FROM store_uptime.check_source()', 'empty tables have no defects');

-- Other types, names and parts.
CREATE TABLE heartbeat (shop bigint, is_up boolean, seen timestamp);
INSERT INTO heartbeat VALUES (1, true, '2024-01-08 10:00'), (1, false, '2024-01-08 10:00'), (1, NULL, '2024-01-08 11:00'), (2, true, now() AT TIME ZONE 'UTC' + interval '1 hour');
CREATE TABLE shop_zone (store smallint, zone varchar(30));
INSERT INTO shop_zone VALUES (1, 'UTC'), (2, 'Nowhere'), (3, 'UTC');
SELECT store_uptime.register_source('others', 'heartbeat', timezones => 'shop_zone', options => '{"status": {"store_id": "shop", "status": "is_up", "timestamp_utc": "seen"}}') \g /dev/null
SET LOCAL TimeZone = 'Asia/Tokyo';
SELECT is((SELECT array_agg(format('%s: %s', defect, count) ORDER BY defect) FROM store_uptime.check_source('others')),
          '{"conflicting polls: 1","polls in the future: 1","polls with NULL status: 1","time zones of stores without polls: 1","unknown time zones: 1"}',
          'boolean status, timestamp without time zone, ids of two types');
SET LOCAL TimeZone = 'UTC';
UPDATE store_uptime.source SET options = '{"active_values": ["active", "on"], "unknown_values": ["?"]}' WHERE name = 'default';
INSERT INTO store_status VALUES ('A', 'on', '2024-01-08 10:00Z'), ('A', 'active', '2024-01-08 10:00Z'), ('A', '?', '2024-01-08 11:00Z'), ('A', NULL, '2024-01-08 11:00Z');
SELECT is(pg_temp.after('SELECT'), '{"duplicate polls: 2, store A at 2024-01-08 10:00:00+00","polls with NULL status: 1, store A at 2024-01-08 11:00:00+00"}', 'words of one meaning are no conflict');

-- It reads as the caller, finds the server's own functions only, and knows its sources.
CREATE ROLE reader;
GRANT USAGE ON SCHEMA cases TO reader;
SET LOCAL ROLE reader;
CREATE TEMP TABLE answer AS SELECT NULL::text AS error;
DO $$ BEGIN PERFORM store_uptime.check_source('default'); EXCEPTION WHEN OTHERS THEN UPDATE answer SET error = sqlstate || ' ' || sqlerrm; END $$;
RESET ROLE;
SELECT is(error, '42501 permission denied for table store_status', 'without privileges') FROM answer;
GRANT SELECT ON ALL TABLES IN SCHEMA cases TO reader;
ALTER TABLE store_status ENABLE ROW LEVEL SECURITY;
SET LOCAL ROLE reader;
DROP TABLE answer;
CREATE TEMP TABLE answer AS SELECT count(*) FROM store_uptime.check_source('default');
RESET ROLE;
SELECT is(count, 0::bigint, 'row security applies') FROM answer;
CREATE SCHEMA hostile;
CREATE FUNCTION hostile.lie(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'hostile operator called'; END $$;
CREATE OPERATOR hostile.= (FUNCTION = hostile.lie, LEFTARG = text, RIGHTARG = text);
SET LOCAL search_path = hostile, pg_catalog;
CREATE TEMP TABLE under_hostile AS SELECT * FROM store_uptime.check_source();
SET LOCAL search_path = cases, public;
SELECT set_eq('SELECT * FROM store_uptime.check_source()', 'TABLE under_hostile', 'a hostile search_path');
CREATE FUNCTION all_polls() RETURNS SETOF cases.store_status STABLE LANGUAGE plpgsql AS 'BEGIN RETURN QUERY TABLE store_status; END';
CREATE VIEW by_function AS SELECT * FROM all_polls();
SELECT store_uptime.register_source('by function', 'by_function', options => options) FROM store_uptime.source WHERE name = 'default' \g /dev/null
SELECT set_eq($$SELECT defect FROM store_uptime.check_source('by function')$$, $$SELECT defect FROM store_uptime.check_source() WHERE defect ~ 'polls' AND defect !~ 'without'$$,
              'functions of a source find their names as in a report');
SELECT throws_ok($$SELECT * FROM store_uptime.check_source('nothing')$$, '42704', 'source "nothing" is not registered', 'an unknown source');
SELECT is_empty($$SELECT * FROM store_uptime.check_source(NULL)$$, 'NULL for a source gives nothing');

SELECT * FROM finish();
ROLLBACK;
