-- Which rules a zone's name stands for in a report, compared with AT TIME ZONE for every zone of the server.
BEGIN;
SELECT plan(24);

CREATE SCHEMA z;
SET LOCAL search_path = z, public;
SELECT store_uptime.create_tables('z', 'text', 'zones');

-- The whole time in the window that the store is open, in the zone `zone`.
CREATE FUNCTION open_time(zone text, during tstzrange) RETURNS interval LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM store_timezone;
    DELETE FROM business_hours;
    INSERT INTO store_timezone VALUES ('it', zone);
    INSERT INTO business_hours SELECT 'it', d, '09:00', '17:00' FROM generate_series(0, 6) AS d;
    RETURN (SELECT w.open_time FROM store_uptime_windows(ARRAY[during], upper(during), 'zones') AS w);
END $$;

-- Every zone, in weeks of changes and far beyond the last year of any table (rules go on for ever).
INSERT INTO store_timezone SELECT name, name FROM pg_timezone_names WHERE name !~ '^posix/';
INSERT INTO business_hours
SELECT store_id, d, h.opens, h.closes
FROM store_timezone, generate_series(0, 6) AS d, (VALUES (time '01:30', time '03:15'), ('22:00', '00:45')) AS h(opens, closes);
CREATE TABLE week AS
SELECT tstzrange(s, s + interval '4 days') AS during
FROM unnest('{2023-03-10 UTC,2023-10-28 UTC,2437-10-30 UTC,2437-03-07 UTC,2503-03-25 UTC}'::timestamptz[]) AS s;
CREATE TABLE by_report AS
SELECT w.* FROM week, store_uptime_windows(ARRAY[week.during], upper(week.during), 'zones') AS w;
CREATE TABLE by_sql AS
SELECT z.store_id, w.during,
       interval '15 minutes' * count(*) FILTER (WHERE (clock >= '01:30' AND clock < '03:15') OR clock >= '22:00' OR clock < '00:45')
           AS open_time
FROM store_timezone z, week w, generate_series(lower(w.during), upper(w.during) - interval '1 us', '15 minutes') AS t,
     LATERAL (SELECT (t AT TIME ZONE z.timezone_str)::time AS clock OFFSET 0) AS c
GROUP BY 1, 2;
SELECT cmp_ok((SELECT count(*) FROM by_report), '>', 5 * 300::bigint, 'all zones are in the report');
SELECT set_eq('SELECT store_id, during, open_time FROM by_report', 'SELECT store_id, during, open_time FROM by_sql',
              'open time in every zone is that of AT TIME ZONE');

-- Before standard time clocks showed seconds of their own.
SELECT is(open_time('Europe/Amsterdam', '[1830-01-01 00:00 UTC, 1830-01-02 00:00 UTC)'), '8 hours', 'a day long ago');
SELECT is(open_time('Europe/Paris', '[1830-01-01 08:50:39 UTC, 1830-01-01 08:50:40 UTC)'), '1 second',
          'Paris opens at 09:00 local mean time, 9 min 21 s before Greenwich');
SELECT is(open_time('Europe/Paris', '[1830-01-01 08:50:38 UTC, 1830-01-01 08:50:39 UTC)'), '0', 'and not a second earlier');
SELECT is(open_time('America/New_York', '[4000-07-01 12:59:59 UTC, 4000-07-01 13:00:01 UTC)'), '1 second', 'summer time two thousand years on');
SELECT is(open_time('America/New_York', '[2000-07-01 12:59:59 UTC, 2000-07-01 13:00:01 UTC)'), '1 second', 'and at once again today');

-- Names.
SELECT is(open_time('america/NEW_york', '[2024-07-01 12:00 UTC, 2024-07-01 14:00 UTC)'), '1 hour', 'case does not matter');
SELECT is(open_time('Central Standard Time', '[2024-07-01 13:00 UTC, 2024-07-01 15:00 UTC)'), '1 hour', 'Windows names are known');
SELECT is(open_time('W. Europe Standard Time', '[2024-07-01 06:00 UTC, 2024-07-01 08:00 UTC)'), '1 hour', 'of other continents too');
SELECT is(open_time('<+05>-5', '[2024-07-01 03:00 UTC, 2024-07-01 05:00 UTC)'), '1 hour', 'so are POSIX rules, as for AT TIME ZONE');
SELECT is(open_time('CET', '[2024-07-01 07:00 UTC, 2024-07-01 09:00 UTC)'),
          open_time(CASE timestamptz '2024-07-01 07:00 UTC' AT TIME ZONE 'CET' WHEN '2024-07-01 08:00' THEN 'Africa/Algiers' ELSE 'Europe/Paris' END,
                    '[2024-07-01 07:00 UTC, 2024-07-01 09:00 UTC)'),
          'a name that is an abbreviation too means what AT TIME ZONE takes it for');
SET LOCAL timezone_abbreviations = 'Australia';
SELECT is(open_time('EST', '[2024-07-01 22:00 UTC, 2024-07-02 00:00 UTC)'), '1 hour', 'at any time');
RESET timezone_abbreviations;
SELECT is(open_time('EST', '[2024-07-01 13:00 UTC, 2024-07-01 15:00 UTC)'), '1 hour', 'also afterwards');
SELECT throws_ok($$SELECT open_time('PDT', '[2024-07-01, 2024-07-02)')$$, '22023',
                 'time zone "PDT" of store "it" is not known', 'an abbreviation alone is no zone');
SELECT is(open_time('Etc/GMT+5', '[2024-07-01 13:00 UTC, 2024-07-01 15:00 UTC)'), '1 hour', 'the IANA sign of Etc zones');
SELECT throws_ok($$SELECT open_time('Mars/Olympus', '[2024-07-01, 2024-07-02)')$$, '22023',
                 'time zone "Mars/Olympus" of store "it" is not known', 'an unknown zone is an error that names the store');
SELECT throws_ok($$SELECT open_time('', '[2024-07-01, 2024-07-02)')$$, '22023',
                 'time zone "" of store "it" is not known', 'the empty name as well');
SELECT throws_ok($$SELECT open_time(' America/Chicago', '[2024-07-01, 2024-07-02)')$$, '22023',
                 'time zone " America/Chicago" of store "it" is not known', 'names are not trimmed');
SELECT throws_ok($$SELECT open_time(repeat('x', 300), '[2024-07-01, 2024-07-02)')$$, '22023', NULL, 'nor cut');
SELECT throws_ok($$SELECT open_time('../../etc/passwd', '[2024-07-01, 2024-07-02)')$$, '22023', NULL, 'no file outside is read');

-- The other provider: summer time in Mexico in 2023 exists in ICU's data before 2022f only.
SET LOCAL store_uptime.timezone_provider = 'icu';
SELECT is(open_time('America/Mexico_City', '[2023-07-15 14:00 UTC, 2023-07-15 15:00 UTC)'),
          CASE WHEN substring(store_uptime.tzdata_version() FROM 'icu:(.*)$') < '2022f' THEN interval '1 hour' ELSE '0' END,
          'the provider can be ICU');
SELECT is(open_time('Central Standard Time', '[2024-07-01 13:00 UTC, 2024-07-01 15:00 UTC)'),
          open_time('AMERICA/chicago', '[2024-07-01 13:00 UTC, 2024-07-01 15:00 UTC)'), 'which understands the same names');
RESET store_uptime.timezone_provider;
SELECT is(open_time('America/Mexico_City', '[2023-07-15 14:00 UTC, 2023-07-15 15:00 UTC)'),
          CASE timestamptz '2023-07-15 14:00 UTC' AT TIME ZONE 'America/Mexico_City' WHEN '2023-07-15 09:00' THEN interval '1 hour' ELSE '0' END,
          'and PostgreSQL again at once');

SELECT * FROM finish();
ROLLBACK;
