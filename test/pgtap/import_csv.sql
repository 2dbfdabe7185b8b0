-- store_uptime.import_csv: what lands, what is rejected and why, and what ends an import.
BEGIN;
SELECT plan(85);

-- The server's own folder is the one place that it can surely write and read.
CREATE FUNCTION pg_temp.path() RETURNS text LANGUAGE sql
AS $$ SELECT current_setting('data_directory') || '/store_uptime_import.csv' $$;

CREATE FUNCTION pg_temp.write(content bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE id oid := lo_from_bytea(0, content);
BEGIN
    PERFORM lo_export(id, pg_temp.path()), lo_unlink(id);
    RETURN pg_temp.path();
END $$;
CREATE FUNCTION pg_temp.write(content text) RETURNS text LANGUAGE sql
AS $$ SELECT pg_temp.write(convert_to(content, 'UTF8')) $$;

-- Writes the content to a file and imports it: "lines landed rejected".
CREATE FUNCTION pg_temp.import(target regclass, content text) RETURNS text LANGUAGE sql
AS $$ SELECT concat_ws(' ', lines, landed, rejected) FROM store_uptime.import_csv(target, pg_temp.write(content)) $$;

-- The rejects of the test so far: "line: reason".
CREATE FUNCTION pg_temp.take_rejects() RETURNS SETOF text LANGUAGE sql AS $$
    WITH taken AS (DELETE FROM store_uptime.import_reject RETURNING line_number, reason)
    SELECT line_number || ': ' || reason FROM taken ORDER BY line_number
$$;

CREATE SCHEMA i;
SET LOCAL search_path = i, public;
SET LOCAL client_min_messages = warning;
SELECT store_uptime.create_tables('i', 'bigint', 'import_test');

-- Polls -------------------------------------------------------------------------------------------------------------

SELECT is(pg_temp.import('store_status', E'store_id,status,timestamp_utc
8419537941919820732,active,2023-01-22 12:09:39.388884 UTC
-1,inactive,2023-01-22 12:09:39
+2,Active,2023-01-22T07:09:39.5-05:00
3,unknown,2023-01-22 12:09
4,,2023-01-22 12:09:39 +0530
"5","active","2023-01-22 12:09:39.123 UTC"'), '6 6 0', 'polls land, with any spelling of the time');
SELECT set_eq('TABLE store_status', $$VALUES
    (8419537941919820732::bigint, 'active', timestamptz '2023-01-22 12:09:39.388884+00'),
    (-1, 'inactive', '2023-01-22 12:09:39+00'),
    (2, 'active', '2023-01-22 12:09:39.5+00'),
    (3, NULL, '2023-01-22 12:09:00+00'),
    (4, NULL, '2023-01-22 06:39:39+00'),
    (5, 'active', '2023-01-22 12:09:39.123+00')$$, 'and mean what they say');
TRUNCATE store_status;

SELECT is(pg_temp.import('store_status', E'\uFEFF"Timestamp UTC",Status,StoreID\r\n2023-01-22 12:00:00 UTC,active,1\r\n"2023-01-22 13:00:00 UTC",inactive,2\r\n'),
          '2 2 0', 'byte order mark, CRLF, quoted names in any order and spelling');
SELECT set_eq('TABLE store_status', $$VALUES (1::bigint, 'active', timestamptz '2023-01-22 12:00+00'),
                                             (2, 'inactive', '2023-01-22 13:00+00')$$, 'are understood');
TRUNCATE store_status;

-- Digits beyond microseconds, many of them half a microsecond: as COPY and casts round them.
CREATE TABLE fraction (digits text, exact timestamptz, wall timestamp, of_day time, millis timestamptz(3), day text);
SELECT setseed(0.25) \g /dev/null
CREATE TEMP TABLE digit AS
SELECT n, CASE WHEN length(digits) > 6 AND n % 2 = 0 THEN overlay(digits PLACING '5' FROM 7 FOR CASE n % 8 WHEN 0 THEN 1 ELSE 20 END) ELSE digits END AS digits,
       CASE n % 4 WHEN 0 THEN '23:59:59' WHEN 1 THEN '00:00:00' ELSE '12:09:39' END AS clock, (date '1999-12-31' + n % 9000)::text AS day
FROM (SELECT n, string_agg(floor(10 * random())::text, '') AS digits FROM generate_series(1, 6000) n, generate_series(0, n % 20) GROUP BY n) d;
SELECT is(pg_temp.import('fraction', (SELECT E'digits,exact,wall,of_day,millis,day\n' || string_agg(format('%1$s,%2$s %3$s.%1$s UTC,%2$s %3$s.%1$s,%3$s.%1$s,%2$s %3$s.%1$s+00,%2$s', digits, day, clock), E'\n') FROM digit)),
          '6000 6000 0', 'fractions of up to 20 digits');
SELECT is_empty($$SELECT * FROM fraction JOIN digit USING (digits, day)
                  WHERE exact <> (day || ' ' || clock || '.' || digits || '+00')::timestamptz
                     OR millis <> (day || ' ' || clock || '.' || digits || '+00')::timestamptz(3)
                     OR wall <> (day || ' ' || clock || '.' || digits)::timestamp OR of_day <> (clock || '.' || digits)::time$$, 'are rounded as casts round them');
SELECT cmp_ok((SELECT count(*) FROM digit WHERE length(digits) = 7 AND digits LIKE '%5'), '>', 1000::bigint, 'many are halves');

SELECT is(pg_temp.import('store_status', E'observed_at,store,state
2023-01-22 12:00:00,1,active
2023-01-22 12:00:00,2,maybe
2023-01-22 12:00:00,3
2023-01-22 12:00:00,3,active,
2023-02-29 12:00:00,4,active
infinity,5,active
-infinity,6,active
,7,active
2023-01-22 12:00:00,,active
2023-01-22 12:00:00,"",active
2023-01-22 12:00:00,9x,active
2023-01-22 12:00:00,9223372036854775808,active

"2023-01-22 12:00:00
",10,active
2023-01-22 12:00:00,11,active
01/22/2023 12:00,12,active
2023-01-22 12:00:00,13,inactive
'), '17 4 13', 'rows that cannot be read are set aside');
SELECT set_eq('SELECT store_id FROM store_status', 'VALUES (1::bigint), (10), (11), (13)', 'the others land');
SELECT results_eq('SELECT * FROM pg_temp.take_rejects()', $$VALUES
    ('3: status "maybe" is not active, inactive or unknown'),
    ('4: the number of columns is 2, not 3'),
    ('5: the number of columns is 4, not 3'),
    ('6: timestamp_utc "2023-02-29 12:00:00" is not a timestamp; write it as 2023-01-22 12:09:39.388884, in UTC or with an offset'),
    ('7: timestamp_utc "infinity" is not a timestamp; write it as 2023-01-22 12:09:39.388884, in UTC or with an offset'),
    ('8: timestamp_utc "-infinity" is not a timestamp; write it as 2023-01-22 12:09:39.388884, in UTC or with an offset'),
    ('9: timestamp_utc is missing'),
    ('10: store_id is missing'),
    ('11: store_id is missing'),
    ('12: store_id "9x" is not an integer'),
    ('13: store_id "9223372036854775808" is not an integer'),
    ('14: the number of columns is 1, not 3'),
    ('18: timestamp_utc "01/22/2023 12:00" is not a timestamp; write it as 2023-01-22 12:09:39.388884, in UTC or with an offset')$$,
    'each with its line and reason');

-- The file is read the same under any settings.
TRUNCATE store_status;
SELECT pg_temp.write(E'store_id,status,timestamp_utc\n1,active,2023-02-03 12:00:00 UTC\n2,active,2023-02-03 12:00:00\n') AS written \gset
CREATE TEMP TABLE everywhere AS
SELECT z.zone, d.style, NULL::text AS landed
FROM unnest('{UTC,America/Chicago,Asia/Kathmandu}'::text[]) AS z(zone), unnest('{ISO\, DMY,SQL\, MDY,German}'::text[]) AS d(style);
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT * FROM everywhere LOOP
        PERFORM set_config('TimeZone', one.zone, true), set_config('DateStyle', one.style, true);
        TRUNCATE store_status;
        PERFORM store_uptime.import_csv('store_status', pg_temp.path());
        UPDATE everywhere e SET landed = (SELECT string_agg(extract(epoch FROM timestamp_utc)::text, ' ') FROM store_status)
        WHERE (e.zone, e.style) = (one.zone, one.style);
    END LOOP;
END $$;
SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO, MDY';
SELECT results_eq('SELECT DISTINCT landed FROM everywhere', $$VALUES ('1675425600.000000 1675425600.000000')$$,
                  'TimeZone and DateStyle change nothing');
TRUNCATE store_status;

-- Clean files land as plain COPY lands them.
CREATE TABLE by_copy (LIKE store_status);
COPY (SELECT i AS store_id, (ARRAY['active', 'inactive'])[i % 2 + 1] AS status,
             to_char(timestamp '2023-01-18' + i * interval '61.234567 s', 'YYYY-MM-DD HH24:MI:SS.US') || ' UTC' AS timestamp_utc
      FROM generate_series(1, 5000) AS i)
TO PROGRAM 'cat > store_uptime_import.csv' (FORMAT csv, HEADER);
COPY by_copy FROM PROGRAM 'cat store_uptime_import.csv' (FORMAT csv, HEADER);
SELECT is((SELECT concat_ws(' ', lines, landed, rejected) FROM store_uptime.import_csv('store_status', pg_temp.path())),
          '5000 5000 0', 'a clean file lands whole');
SELECT results_eq('TABLE store_status', 'TABLE by_copy', 'as by COPY');
TRUNCATE store_status;

-- Hours, zones, special days, maintenance --------------------------------------------------------------------------------

SELECT is(pg_temp.import('business_hours', E'store_id,dayOfWeek,start_time_local,end_time_local,valid_from,valid_until
1,0,09:00:00,17:00:00,,
1,6,9:30,24:00,2024-01-01,2024-12-31
1,1,00:00:00,23:59:59.999999,-infinity,infinity
1,7,09:00:00,17:00:00,,
1,-1,09:00:00,17:00:00,,
1,Monday,09:00:00,17:00:00,,
1,2,24:00:01,17:00:00,,
1,2,,17:00:00,,
1,2,09:00:00,5 PM,,
1,2,09:00:00,17:00:00,2023-02-29,
1,,09:00:00,17:00:00,,
'), '11 3 8', 'hours');
SELECT set_eq('TABLE business_hours', $$VALUES
    (1::bigint, 0, time '09:00', time '17:00', NULL::date, NULL::date),
    (1, 6, '09:30', '24:00', '2024-01-01', '2024-12-31'),
    (1, 1, '00:00', '23:59:59.999999', '-infinity', 'infinity')$$, 'hours land');
SELECT results_eq('SELECT * FROM pg_temp.take_rejects()', $$VALUES
    ('5: day_of_week "7" is not a weekday from 0 = Monday to 6 = Sunday'),
    ('6: day_of_week "-1" is not a weekday from 0 = Monday to 6 = Sunday'),
    ('7: day_of_week "Monday" is not a weekday from 0 = Monday to 6 = Sunday'),
    ('8: start_time_local "24:00:01" is not a time of day; write it as 09:30:00, from 00:00 to 24:00'),
    ('9: start_time_local is missing'),
    ('10: end_time_local "5 PM" is not a time of day; write it as 09:30:00, from 00:00 to 24:00'),
    ('11: valid_from "2023-02-29" is not a date; write it as 2023-01-22'),
    ('12: day_of_week is missing')$$, 'hours that cannot be');

SELECT is(pg_temp.import('store_timezone', E'store_id,timezone\n1,America/Chicago\n2,"Elsewhere, far"\n3,\n,UTC\n'), '4 3 1',
          'zones land, known or not');
SELECT set_eq('TABLE store_timezone', $$VALUES (1::bigint, 'America/Chicago'), (2, 'Elsewhere, far'), (3, NULL)$$,
              'a store may have none');
SELECT results_eq('SELECT * FROM pg_temp.take_rejects()', $$VALUES ('5: store_id is missing')$$, 'but a zone needs a store');

SELECT is(pg_temp.import('special_hours', E'store_id,date,start_time_local,end_time_local
1,2024-12-25,,\n1,2024-12-24,09:00,12:00\n1,2024-12-24,09:00,\n1,,09:00,12:00\n1,infinity,,\n'), '5 2 3', 'special days');
SELECT results_eq('SELECT * FROM pg_temp.take_rejects()', $$VALUES
    ('4: only one of start_time_local and end_time_local is given'), ('5: date is missing'),
    ('6: date "infinity" is not a date; write it as 2023-01-22')$$, 'special days that cannot be');

SELECT is(pg_temp.import('maintenance', E'store_id,starts_at,ends_at,reason
,2024-01-08 13:30,2024-01-08 15:30,"all, of ""them"""\n1,2024-01-08 13:30,infinity,\n1,2024-01-08 13:30,2024-01-08 13:30,x\n1,2024-01-08 13:30,,x\n'),
    '4 2 2', 'maintenance');
SELECT set_eq('TABLE maintenance', $$VALUES
    (NULL::bigint, timestamptz '2024-01-08 13:30+00', timestamptz '2024-01-08 15:30+00', 'all, of "them"'),
    (1, '2024-01-08 13:30+00', 'infinity', NULL)$$, 'of one store or of all');
SELECT results_eq('SELECT * FROM pg_temp.take_rejects()', $$VALUES
    ('4: ends_at is not after starts_at'), ('5: ends_at is missing')$$, 'maintenance that cannot be');

-- Types ------------------------------------------------------------------------------------------------------------------

CREATE TABLE by_uuid (store_id uuid, status boolean, polled_at timestamp);
SELECT is(pg_temp.import('by_uuid', E'store_id,status,timestamp_utc
d84a4552-3668-4075-ad1d-16840294f818,active,2023-01-22 12:00:00 UTC
{D84A455236684075AD1D16840294F819},inactive,2023-01-22 12:00:00+02
d84a4552-3668-4075-ad1d-16840294f81a,unknown,2023-01-22 12:00:00
d84a4552-3668-4075-ad1d-16840294f81b,true,2023-01-22 12:00:00
d84a4552-3668-4075-ad1d-16840294f81b,no,2023-01-22 12:00:00
d84a4552-3668-4075-ad1d-16840294f81,active,2023-01-22 12:00:00
{d84a4552-3668-4075-ad1d-16840294f818,active,2023-01-22 12:00:00
g84a4552-3668-4075-ad1d-16840294f818,active,2023-01-22 12:00:00
d84a4552-3668-4075-ad1d-16840294f818,2,2023-01-22 12:00:00
'), '9 5 4', 'uuid, boolean and timestamp columns');
SELECT set_eq('TABLE by_uuid', $$VALUES
    (uuid 'd84a4552-3668-4075-ad1d-16840294f818', true, timestamp '2023-01-22 12:00'),
    ('d84a4552-3668-4075-ad1d-16840294f819', false, '2023-01-22 10:00'),
    ('d84a4552-3668-4075-ad1d-16840294f81a', NULL, '2023-01-22 12:00'),
    ('d84a4552-3668-4075-ad1d-16840294f81b', true, '2023-01-22 12:00'),
    ('d84a4552-3668-4075-ad1d-16840294f81b', false, '2023-01-22 12:00')$$, 'hold what the file said');
SELECT results_eq('SELECT * FROM pg_temp.take_rejects()', $$VALUES
    ('7: store_id "d84a4552-3668-4075-ad1d-16840294f81" is not a uuid'),
    ('8: store_id "{d84a4552-3668-4075-ad1d-16840294f818" is not a uuid'),
    ('9: store_id "g84a4552-3668-4075-ad1d-16840294f818" is not a uuid'),
    ('10: status "2" is not true or false')$$, 'or reject it');

CREATE TYPE state AS ENUM ('active', 'inactive', 'closed');
CREATE DOMAIN even AS integer CHECK (value % 2 = 0) NOT NULL;
CREATE DOMAIN moment AS timestamptz CHECK (value > '2000-01-01 UTC');
CREATE TABLE odd_types (store_id numeric(5), status state, observed_at moment, n even, code varchar(3), small smallint, tags text[], c char(4));
SET LOCAL TimeZone = 'Asia/Kathmandu';
SELECT is(pg_temp.import('odd_types', E'store_id,status,observed_at,n,code,small,tags,c
1,active,2023-01-22 12:00:00,2,äöü,-32768,"{a,""b c""}",x
1,closed,2023-01-22 12:00:00,2,abc,1,{},
123456,active,2023-01-22 12:00:00,2,abc,1,{},
1,active,1999-01-22 12:00:00,2,abc,1,{},
1,active,2023-01-22 12:00:00,3,abc,1,{},
1,active,2023-01-22 12:00:00,,abc,1,{},
1,active,2023-01-22 12:00:00,2,abcd,1,{},
1,active,2023-01-22 12:00:00,2,abc,32768,{},
1,active,2023-01-22 12:00:00,2,abc,1,{,
1,active,2023-01-22 12:00:00,2,abc,1,{},abcde
'), '10 1 9', 'any other type is asked itself');
SELECT is((SELECT o::text FROM odd_types o), '(1,active,"2023-01-22 17:45:00+05:45",2,äöü,-32768,"{a,""b c""}","x   ")', 'all types land');
SET LOCAL TimeZone = 'UTC';
SELECT results_eq('SELECT * FROM pg_temp.take_rejects()', $$VALUES
    ('3: status "closed" is not active, inactive or unknown'),
    ('4: store_id: numeric field overflow'),
    ('5: observed_at: value for domain moment violates check constraint "moment_check"'),
    ('6: n: value for domain even violates check constraint "even_check"'),
    ('7: n: domain even does not allow null values'),
    ('8: code "abcd" is not at most 3 characters long'),
    ('9: small "32768" is not a two-byte integer'),
    ('10: tags: malformed array literal: "{"'),
    ('11: c "abcde" is not at most 4 characters long')$$, 'and its word is the reason');

-- A registered source's own names and words.
CREATE TABLE visits (shop text, up text, seen timestamptz);
SELECT store_uptime.register_source('visits', 'visits', options => '{"store_id": "shop", "status": "up", "timestamp_utc": "seen",
    "active_values": ["Y", "yes"], "inactive_values": ["N"], "unknown_values": ["?"]}');
SELECT is(pg_temp.import('visits', E'store_id,status,timestamp_utc\na,Y,2023-01-22 12:00\nb,n,2023-01-22 12:00\nc,YES,2023-01-22 12:00\nd,?,2023-01-22 12:00\ne,active,2023-01-22 12:00\n'),
          '5 4 1', 'a registered source');
SELECT set_eq('SELECT shop, up FROM visits', $$VALUES ('a', 'Y'), ('b', 'N'), ('c', 'yes'), ('d', '?')$$, 'speaks its own words');
SELECT results_eq('SELECT * FROM pg_temp.take_rejects()', $$VALUES ('6: up "active" is not Y, yes, N or unknown')$$, 'and no others');

-- The table's own rules ----------------------------------------------------------------------------------------------------

CREATE TABLE known (store_id bigint PRIMARY KEY);
INSERT INTO known VALUES (1), (2);
CREATE TABLE strict (
    id integer GENERATED ALWAYS AS IDENTITY, store_id bigint NOT NULL REFERENCES known, status text NOT NULL,
    timestamp_utc timestamptz, came timestamptz DEFAULT '2000-01-01 UTC', twice bigint GENERATED ALWAYS AS (2 * store_id) STORED,
    UNIQUE (store_id, timestamp_utc)) PARTITION BY RANGE (timestamp_utc);
CREATE TABLE strict_2023 PARTITION OF strict FOR VALUES FROM ('2023-01-01 UTC') TO ('2024-01-01 UTC');
CREATE TABLE strict_2024 PARTITION OF strict FOR VALUES FROM ('2024-01-01 UTC') TO ('2025-01-01 UTC');
SELECT is(pg_temp.import('strict', E'store_id,status,timestamp_utc\n1,active,2023-01-22 12:00\n2,unknown,2023-01-22 12:00\n2,active,2024-01-22 12:00\n'),
          '3 2 1', 'partitions, defaults, identity and generated columns');
SELECT set_eq('SELECT tableoid::regclass::text AS part, id, store_id, came, twice FROM strict', $$VALUES
    ('strict_2023', 1, 1::bigint, timestamptz '2000-01-01+00', 2::bigint), ('strict_2024', 2, 2, '2000-01-01+00', 4)$$, 'are filled as by COPY');
SELECT results_eq('SELECT * FROM pg_temp.take_rejects()', $$VALUES ('3: status is missing')$$, 'an unknown status needs a column that may be null');
SELECT throws_ok($$SELECT pg_temp.import('strict', E'store_id,status,timestamp_utc\n1,active,2023-01-23 12:00\nx,active,2023-01-23 12:00\n1,active,2023-01-22 12:00\n')$$,
                 '23505', NULL, 'a row twice ends the import');
SELECT throws_ok($$SELECT pg_temp.import('strict', E'store_id,status,timestamp_utc\n1,active,2023-01-23 12:00\n3,active,2023-01-23 12:00\n'); SET CONSTRAINTS ALL IMMEDIATE$$,
                 '23503', NULL, 'so does a store that another table does not know');
SELECT throws_ok($$SELECT pg_temp.import('strict', E'store_id,status,timestamp_utc\n1,active,2023-01-23 12:00\n1,active,2025-01-23 12:00\n')$$,
                 '23514', NULL, 'and a row without a partition');
SELECT is((SELECT count(*) FROM strict) + (SELECT count(*) FROM store_uptime.import_reject), 2::bigint, 'of which nothing stays');

CREATE FUNCTION context_of(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE context text;
BEGIN
    EXECUTE command;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
    RETURN split_part(context, E'\n', 1);
END $$;
SELECT is(context_of($$SELECT pg_temp.import('strict', E'store_id,status,timestamp_utc\nx,active,2023-01-23 12:00\n1,active,2023-01-23 12:00\n1,active,2023-01-23 12:00\n')$$),
          'COPY strict, line 4', 'the line in the error is the file''s');

-- Triggers may change and drop rows, and import in turn, and fail at it.
CREATE TABLE nested (store_id bigint CHECK (store_id <> 3), status text, timestamp_utc timestamptz);
CREATE TABLE watched (store_id bigint, status text, timestamp_utc timestamptz);
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF new.store_id = 2 THEN RETURN NULL; END IF;
    BEGIN
        PERFORM store_uptime.import_csv('nested', pg_temp.path());
    EXCEPTION WHEN check_violation THEN
        new.status := 'seen';
    END;
    RETURN new;
END $$;
CREATE TRIGGER watch BEFORE INSERT ON watched FOR EACH ROW EXECUTE FUNCTION watch();
SELECT is(pg_temp.import('watched', E'store_id,status,timestamp_utc\n1,active,2023-01-23 12:00\n2,active,2023-01-23 12:00\n3,active,2023-01-23 12:00\n'),
          '3 2 0', 'triggers run; rows they drop have not landed');
SELECT set_eq('SELECT store_id, status FROM watched', $$VALUES (1::bigint, 'seen'), (3, 'seen')$$, 'nor is an import disturbed by one inside it');
SELECT is_empty('TABLE nested', 'which fails alone');

-- Bytes --------------------------------------------------------------------------------------------------------------------

SELECT pg_temp.write('store_id,timezone_str' || E'\n1,S\\303\\243o\n2,S'::bytea || '\xe36f0a33'::bytea || ',Paris'::bytea) AS written \gset
SELECT is((SELECT concat_ws(' ', lines, landed, rejected) FROM store_uptime.import_csv('store_timezone', pg_temp.path())),
          '3 2 1', 'a line that is not UTF-8 is rejected');
SELECT results_eq($$SELECT line_number, text, reason, target, path, imported_by, imported_at FROM store_uptime.import_reject$$,
                  $$VALUES (3::bigint, '2,S\xe3o', 'not valid UTF-8', 'i.store_timezone', pg_temp.path(), current_user::name, now())$$,
                  'with its bytes to be seen');
DELETE FROM store_uptime.import_reject;

SELECT is(pg_temp.import('store_timezone', E'store_id,timezone_str\n' || repeat(E'x,y\n', 50000) || repeat('z', 20000)), '50001 0 50001', 'a file of rejects only');
SELECT results_eq('SELECT count(*), max(line_number), max(length(text)) FROM store_uptime.import_reject',
                  'VALUES (50001::bigint, 50002::bigint, 8192)', 'is kept, but for the end of lines too long to read');
DELETE FROM store_uptime.import_reject;
SELECT is(pg_temp.import('store_timezone', 'store_id,timezone_str'), '0 0 0', 'a header alone is no error');

-- What ends an import --------------------------------------------------------------------------------------------------------

SELECT throws_ok(format('SELECT pg_temp.import(%L, %L)', 'store_status', content), sqlstate_wanted, message, what)
FROM (VALUES
    (1, '', '22P04', '"' || pg_temp.path() || '" is empty', 'an empty file'),
    (2, E'1,active,2023-01-22 12:00:00 UTC\n', '22P04', 'the first line of "' || pg_temp.path() || '" is not a header for i.store_status', 'no header'),
    (3, E'store_id,status,timestamp_utc,weather\n', '42703', 'column "weather" of "' || pg_temp.path() || '" has no place in i.store_status', 'an unknown column'),
    (4, E'store_id,status,\n', '42703', 'column "" of "' || pg_temp.path() || '" has no place in i.store_status', 'a column without a name'),
    (5, E'store_id,status\n', '42703', '"' || pg_temp.path() || '" has no column for "timestamp_utc" of i.store_status', 'a column missing'),
    (6, E'store_id,status,timestamp_utc,observed_at\n', '42701', '"' || pg_temp.path() || '" has two columns for "timestamp_utc" of i.store_status', 'a column twice'),
    (7, E'store_id,status,timestamp_utc\n1,active,2023-01-22 12:00\n1,"active,2023-01-22 12:00\n', '22P04', 'unterminated CSV quoted field', 'a quote without end')
) AS v(n, content, sqlstate_wanted, message, what)
ORDER BY n;
-- Up to version 17 COPY stops reading at a line \. wherever it stands; nothing may be lost by that.
CREATE TABLE ends (LIKE store_status);
SELECT CASE WHEN current_setting('server_version_num')::int < 180000
       THEN throws_ok(command, '22P04', 'line 3 of "' || pg_temp.path() || '" is \., COPY''s end of data, but more lines follow', what)
       ELSE lives_ok(command, what) END
FROM (VALUES ($$SELECT pg_temp.import('ends', E'store_id,status,timestamp_utc\n1,active,2023-01-22 12:00\n\\.\n1,active,2023-01-22 12:00\n')$$,
              'COPY''s end of data in the middle')) AS v(command, what);
DELETE FROM store_uptime.import_reject;
SELECT throws_ok($$SELECT store_uptime.import_csv('store_status', '/no/such/file')$$, '58P01', NULL, 'no such file');
SELECT throws_ok($$SELECT store_uptime.import_csv('store_status', current_setting('data_directory'))$$, '42809', NULL, 'a folder');
SELECT throws_ok($$SELECT store_uptime.import_csv('store_status', NULL)$$, '22004', 'target and path must not be NULL', 'no path');
SELECT throws_ok($$SELECT store_uptime.import_csv(NULL, 'x')$$, '22004', 'target and path must not be NULL', 'no target');
SELECT throws_ok($$SELECT store_uptime.import_csv(4000000000::oid::regclass, 'x')$$, '42P01', 'the relation with OID 4000000000 does not exist', 'a target that is gone');
SELECT throws_ok($$SELECT store_uptime.import_csv('store_status', repeat('x', 5000))$$, '42622', 'the path of a file is longer than 1023 bytes', 'a long path');
CREATE VIEW a_view AS TABLE store_status;
SELECT throws_ok($$SELECT store_uptime.import_csv('a_view', pg_temp.path())$$, '42809', 'cannot import into "a_view", which is not a table', 'a view');
SELECT is_empty('TABLE store_status', 'after all these nothing has landed');
SELECT is_empty('TABLE store_uptime.import_reject', 'nor been rejected');

-- Who may -----------------------------------------------------------------------------------------------------------------

CREATE ROLE import_test_reader;
CREATE ROLE import_test_importer;
CREATE ROLE import_test_other;
GRANT pg_read_server_files TO import_test_importer, import_test_other;
GRANT USAGE ON SCHEMA i TO import_test_reader, import_test_importer, import_test_other;
GRANT ALL ON store_status TO import_test_reader;
GRANT INSERT (store_id, timezone_str), SELECT ON store_timezone TO import_test_importer;
GRANT INSERT ON store_status TO import_test_importer;

-- Runs the command as the role: its first value, or the error.
CREATE FUNCTION as_role(role name, command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    BEGIN
        EXECUTE command INTO result;
    EXCEPTION WHEN OTHERS THEN
        result := sqlstate || ': ' || sqlerrm;
    END;
    RESET ROLE;
    RETURN result;
END $$;
CREATE TEMP TABLE call AS SELECT
    format('SELECT concat_ws('' '', lines, landed, rejected) FROM store_uptime.import_csv(%L, %L)', 'i.store_timezone', pg_temp.path()) AS zones,
    format('SELECT concat_ws('' '', lines, landed, rejected) FROM store_uptime.import_csv(%L, %L)', 'i.store_status', pg_temp.path()) AS polls;

SELECT pg_temp.write(E'store_id,timezone_str\n1,UTC\nx,UTC\n') AS written \gset
SELECT is(as_role('import_test_reader', zones),
          '42501: import_csv() reads files as the server, which is not allowed to role "import_test_reader"', 'not everybody reads files')
FROM call;
SELECT is(as_role('import_test_other', zones), '42501: permission denied for table store_timezone', 'nor writes tables') FROM call;
SELECT is(as_role('import_test_importer', zones), '2 1 1', 'the columns of the file are enough') FROM call;
SELECT is(as_role('import_test_importer', 'SELECT string_agg(line_number || imported_by, '','') FROM store_uptime.import_reject'),
          '3import_test_importer', 'who imports sees his rejects');
SELECT is(as_role('import_test_other', 'SELECT count(*) FROM store_uptime.import_reject'), '0', 'and nobody else''s');
SELECT is(as_role('import_test_other', 'SELECT store_uptime.delete_rejects()'), '0', 'nor deletes them');
SELECT is(as_role('import_test_importer', $$INSERT INTO store_uptime.import_reject (line_number, text, reason, target, path, imported_by) VALUES (1, '', '', '', '', 'import_test_other') RETURNING 1$$),
          '42501: permission denied for table import_reject', 'nobody makes any up');
ALTER ROLE import_test_importer RENAME TO import_test_former;
CREATE ROLE import_test_importer;
SELECT is(as_role('import_test_importer', 'SELECT count(*) FROM store_uptime.import_reject'), '0', 'nor does a new role of the same name see them');
SELECT is(as_role('import_test_importer', 'SELECT store_uptime.delete_rejects()'), '0', 'or delete them');
SELECT is(as_role('import_test_former', 'SELECT count(*) FROM store_uptime.import_reject'), '1', 'a renamed role still does');
DROP ROLE import_test_importer;
ALTER ROLE import_test_former RENAME TO import_test_importer;
SELECT is(as_role('import_test_importer', 'SELECT store_uptime.delete_rejects()'), '1', 'they may be cleared away');
SELECT is(as_role('import_test_importer', 'SELECT current_user'), 'import_test_importer', 'the role is the same after an import');

-- Whose source says how a file is read: the user's own or the table owner's, whatever others register for the table.
GRANT SELECT ON store_status TO import_test_other, import_test_importer;
SET LOCAL ROLE import_test_other;
SELECT store_uptime.register_source('aaa', 'i.store_status', options => '{"active_values": ["inactive"], "inactive_values": ["active"]}') \g /dev/null
RESET ROLE;
SELECT pg_temp.write(E'store_id,status,timestamp_utc\n1,ACTIVE,2023-01-22 12:00\n2,up,2023-01-22 12:00\n') AS written \gset
SELECT is(as_role('import_test_importer', polls), '2 1 1', 'a stranger''s source of the table is nobody else''s') FROM call;
SELECT is((SELECT status FROM store_status WHERE store_id = '1'), 'active', 'words are read as the table''s owner says');
SET LOCAL ROLE import_test_importer;
SELECT store_uptime.register_source('zzz', 'i.store_status', options => '{"active_values": ["up"]}') \g /dev/null
RESET ROLE;
DELETE FROM store_status;
SELECT is(as_role('import_test_importer', polls), '2 1 1', 'one''s own source comes first') FROM call;
SELECT is((SELECT status FROM store_status), 'up', 'with its words');
DELETE FROM store_status;
SELECT store_uptime.unregister_source(s) FROM unnest('{aaa,zzz}'::name[]) s \g /dev/null

ALTER TABLE store_status ENABLE ROW LEVEL SECURITY;
SELECT pg_temp.write(E'store_id,status,timestamp_utc\n1,active,2023-01-22 12:00\n') AS written \gset
SELECT is(as_role('import_test_importer', polls), '0A000: cannot import into table "store_status" with row-level security', 'row security')
FROM call;
ALTER TABLE store_status DISABLE ROW LEVEL SECURITY;
SELECT is(as_role('import_test_importer', polls), '1 1 0', 'without it') FROM call;
SET LOCAL transaction_read_only = on;
SELECT is(as_role('import_test_importer', polls), '25006: cannot execute import_csv() in a read-only transaction', 'a read-only transaction') FROM call;

SELECT * FROM finish();
-- Nothing stays behind but this.
COPY (SELECT WHERE false) TO PROGRAM 'rm store_uptime_import.csv';
ROLLBACK;
