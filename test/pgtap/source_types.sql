-- Existing tables: any type of store id, of times, of statuses and zones gives the report that the standard tables
-- with bigint ids give.
BEGIN;
\ir lib/other_tables.psql
SELECT plan(77);

-- Store ids.
CREATE DOMAIN shop_number AS integer CHECK (value > 0);
CREATE DOMAIN shop_name AS varchar(40) CHECK (value <> '');
CREATE TYPE shop_enum AS ENUM ('none');
CREATE COLLATION any_case (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
CREATE TEMP TABLE id (called text, from_bigint text, to_text text);
INSERT INTO id VALUES
    ('integer', 'store_id::integer', 'id::text'),
    ('smallint', 'store_id::smallint', 'id::text'),
    ('numeric', 'store_id / 10.0', '(id / 10.0)::text'),
    ('uuid', '(''00000000-0000-4000-8000-'' || lpad(store_id::text, 12, ''0''))::uuid', '''00000000-0000-4000-8000-'' || lpad(id::text, 12, ''0'')'),
    ('text', '''Filiale Köln "'' || store_id', '''Filiale Köln "'' || id'),
    ('varchar', '(''shop '' || store_id)::varchar(30)', '''shop '' || id'),
    ('char', 'store_id::char(12)', 'id::char(12)::text || repeat('' '', 12 - length(id::text))'),
    ('name', 'store_id::text::name', 'id::text'),
    ('domain over integer', 'store_id::shop_number', 'id::text'),
    ('domain over varchar', '(''s'' || store_id)::shop_name', '''s'' || id'),
    ('bytea', 'int8send(store_id)', 'int8send(id)::text'),
    ('date', 'date ''2000-01-01'' + store_id::int', '(date ''2000-01-01'' + id::int)::text'),
    ('float', 'store_id / 4.0::float8', '(id / 4.0::float8)::text'),
    ('inet', '(''10.0.0.0''::inet + store_id)', 'host(''10.0.0.0''::inet + id)'),
    ('long text', '''store '' || store_id || repeat(''x'', 3000)', '''store '' || id || repeat(''x'', 3000)');
SELECT pg_temp.convert_ids(called, from_bigint) FROM id \g /dev/null
SELECT pg_temp.answers(called, to_text, 'store ids of type ' || called) FROM id;

-- A type without arrays cannot be asked for some stores.
SELECT pg_temp.convert_ids('text array', 'CASE WHEN store_id > 0 THEN ARRAY[''region'', store_id::text] END') \g /dev/null
SELECT bag_eq($$SELECT * FROM pg_temp.answer('text array')$$,
              $$SELECT format('{region,%s}', store), during, up, down, unknown, excluded FROM wanted$$, 'store ids of type text[]');
SELECT throws_ok($$SELECT * FROM pg_temp.answer('text array', '{}')$$, '0A000',
                 'stores cannot be named: there are no arrays of their type text[]', 'store ids of type text[]: some stores');
-- A type without hashing identifies no store.
CREATE TABLE no_hash AS SELECT to_json(store_id) AS store_id, status, timestamp_utc FROM store_status;
SELECT throws_ok($$SELECT store_uptime.register_source('no hash', 'no_hash')$$, '42804',
                 'source "no hash": column "store_id" of random.no_hash is of type json', 'store ids of type json');

-- Under a nondeterministic collation equal names are one store, whichever way they are written where.
SELECT pg_temp.convert_ids('any case', '(CASE store_id % 2 WHEN 0 THEN ''STORE '' ELSE ''Store '' END || store_id) COLLATE any_case') \g /dev/null
UPDATE "any case".business_hours SET store_id = lower(store_id);
UPDATE "any case".store_timezone SET store_id = upper(store_id);
UPDATE "any case".maintenance SET store_id = initcap(store_id);
SELECT bag_eq($$SELECT lower(store), during, up, down, unknown, excluded FROM pg_temp.answer('any case')$$,
              $$SELECT 'store ' || store, during, up, down, unknown, excluded FROM wanted$$, 'text under a nondeterministic collation');
SELECT bag_eq($$SELECT lower(store), during, up, down, unknown, excluded FROM pg_temp.answer('any case', '{sTore 1010,STORE 1021,none}')$$,
              $$SELECT 'store ' || store, during, up, down, unknown, excluded FROM wanted WHERE store IN ('1010', '1021')$$,
              'text under a nondeterministic collation: some stores');

-- Which ids are equal is for the collation of the polls to say, whatever the others have.
ALTER TABLE "any case".business_hours ALTER store_id TYPE text COLLATE "C";
ALTER TABLE "any case".store_timezone ALTER store_id TYPE varchar COLLATE "POSIX";
SELECT bag_eq($$SELECT lower(store), during, up, down, unknown, excluded FROM pg_temp.answer('any case', '{sTore 1010,STORE 1021,none}')$$,
              $$SELECT 'store ' || store, during, up, down, unknown, excluded FROM wanted WHERE store IN ('1010', '1021')$$,
              'a nondeterministic collation of the polls alone');
SELECT pg_temp.convert_ids('exact case', '''Store '' || store_id') \g /dev/null
ALTER TABLE "exact case".business_hours ALTER store_id TYPE text COLLATE any_case USING CASE WHEN store_id = 'Store 1021' THEN lower(store_id) ELSE store_id END;
SELECT set_eq($$SELECT DISTINCT store FROM pg_temp.answer('exact case', '{store 1010,Store 1021,STORE 1030}')$$, '{Store 1021}'::text[],
              'a nondeterministic collation of the hours alone');

-- Relations may differ in the type of the id.
SELECT pg_temp.convert_ids('mixed', 'store_id') \g /dev/null
ALTER TABLE mixed.business_hours ALTER store_id TYPE integer;
ALTER TABLE mixed.store_timezone ALTER store_id TYPE smallint;
SELECT pg_temp.answers('mixed', 'id::text', 'hours with integer, zones with smallint, polls with bigint');
SELECT pg_temp.convert_ids('narrow', 'store_id') \g /dev/null
ALTER TABLE narrow.store_status ALTER store_id TYPE smallint;
ALTER TABLE narrow.business_hours ALTER store_id TYPE integer;
SELECT pg_temp.answers('narrow', 'id::text', 'polls with smallint, others with more');
SELECT pg_temp.convert_ids('varchar and text', '''s'' || store_id') \g /dev/null
ALTER TABLE "varchar and text".business_hours ALTER store_id TYPE varchar(20);
ALTER TABLE "varchar and text".store_timezone ALTER store_id TYPE shop_name;
SELECT pg_temp.answers('varchar and text', '''s'' || id', 'hours with varchar, zones with a domain, polls with text');

-- Times: timestamp is UTC, whatever the session's zone; domains are what they are over.
SET LOCAL TimeZone = 'Asia/Kathmandu';
CREATE DOMAIN moment AS timestamptz;
CREATE DOMAIN utc_moment AS timestamp;
CREATE TEMP TABLE clock (called text, type text, conversion text);
INSERT INTO clock VALUES ('timestamp', 'timestamp', 'AT TIME ZONE ''UTC'''), ('a domain over timestamptz', 'moment', ''),
                         ('a domain over timestamp', 'utc_moment', 'AT TIME ZONE ''UTC'''), ('timestamptz(6)', 'timestamptz(6)', '');
CREATE FUNCTION pg_temp.convert_times(copy name, type text, conversion text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.convert_ids(copy, 'store_id');
    EXECUTE format('ALTER TABLE %I.store_status ALTER timestamp_utc TYPE %s USING timestamp_utc %s', copy, type, conversion);
    EXECUTE format('CREATE INDEX ON %I.store_status (timestamp_utc)', copy);
    EXECUTE format('ALTER TABLE %I.maintenance ALTER starts_at TYPE %s USING starts_at %s, ALTER ends_at TYPE %2$s USING ends_at %3$s', copy, type, conversion);
END $$;
SELECT pg_temp.convert_times(called, type, conversion) FROM clock \g /dev/null
SELECT pg_temp.answers(called, 'id::text', 'polls at times of type ' || called) FROM clock;
SELECT is(store_uptime.latest_poll(called), (SELECT max(timestamp_utc) FROM random.store_status), 'latest_poll of ' || called) FROM clock;
RESET TimeZone;

-- Statuses: NULL stays unknown.
CREATE TYPE light AS ENUM ('active', 'inactive', 'flickering');
CREATE DOMAIN flag AS boolean;
CREATE DOMAIN word AS text CHECK (value <> 'x');
CREATE TEMP TABLE status (called text, conversion text, options jsonb);
INSERT INTO status VALUES
    ('boolean', 'status = ''active''', '{}'), ('domain over boolean', '(status = ''active'')::flag', '{}'),
    ('varchar', 'status::varchar(9)', '{}'), ('char', 'status::char(10)', '{}'), ('enum', 'status::light', '{}'),
    ('domain over text', 'status::word', '{}'),
    ('other words', 'CASE status WHEN ''active'' THEN (''{OPEN,on}''::text[])[1 + store_id % 2] WHEN ''inactive'' THEN ''zu "ist" \'' ELSE ''?'' END',
     '{"active_values": ["OPEN", "on"], "inactive_values": ["zu \"ist\" \\"], "unknown_values": ["?", ""]}'),
    ('words the other way round', 'CASE status WHEN ''active'' THEN ''inactive'' WHEN ''inactive'' THEN (''{active,Inactive}''::text[])[1 + store_id % 2] END',
     '{"active_values": ["inactive", "inactive"], "inactive_values": ["active", "Inactive"]}');
CREATE FUNCTION pg_temp.convert_status(copy name, conversion text, options jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.convert_ids(copy, 'store_id');
    EXECUTE format('CREATE TABLE %I.converted AS SELECT store_id, timestamp_utc, %s AS status FROM %1$I.store_status', copy, conversion);
    EXECUTE format('DROP TABLE %I.store_status', copy);
    EXECUTE format('ALTER TABLE %I.converted RENAME TO store_status', copy);
    PERFORM pg_temp.register(copy, options);
END $$;
SELECT pg_temp.convert_status('status of ' || called, conversion, options) FROM status \g /dev/null
SELECT pg_temp.answers('status of ' || called, 'id::text', 'status: ' || called) FROM status;

-- Weekdays, zones and dates of other types.
SELECT pg_temp.convert_ids('calendar', 'store_id') \g /dev/null
CREATE DOMAIN weekday AS smallint CHECK (value BETWEEN 0 AND 6);
CREATE DOMAIN zone_name AS varchar(64);
CREATE DOMAIN clock_time AS time;
ALTER TABLE calendar.business_hours ALTER day_of_week TYPE bigint, ALTER start_time_local TYPE clock_time, ALTER valid_from DROP NOT NULL;
ALTER TABLE calendar.special_hours ALTER end_time_local TYPE clock_time;
ALTER TABLE calendar.store_timezone ALTER timezone_str TYPE zone_name;
SELECT pg_temp.answers('calendar', 'id::text', 'weekday bigint, times and zones of domains');
ALTER TABLE calendar.business_hours ALTER day_of_week TYPE weekday;
ALTER TABLE calendar.store_timezone ALTER timezone_str TYPE name;
SELECT pg_temp.answers('calendar', 'id::text', 'weekday of a domain over smallint, zone of type name');
ALTER TABLE calendar.store_timezone ALTER timezone_str TYPE char(40);
SELECT pg_temp.answers('calendar', 'id::text', 'zone of type char(n)');

SELECT * FROM finish();
ROLLBACK;
