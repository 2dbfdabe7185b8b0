-- Business hours where clocks change: an instant is open iff its own local wall clock lies in the hours. Open minutes,
-- from the specification's table, by the server's zone rules and by ICU's.
BEGIN;
\ir lib/cases.psql
SELECT plan(52);

-- One shift on one date; the store is named after it.
CREATE TEMP TABLE shift (zone text, day date, shift text, open_minutes numeric);
INSERT INTO shift VALUES
    ('America/Chicago', '2024-03-10', '00-24', 1380), ('America/Chicago', '2024-03-10', '01-04', 120),
    ('America/Chicago', '2024-03-10', '01:30-02:30', 30), ('America/Chicago', '2024-03-10', '02:15-02:45', 0),
    ('America/Chicago', '2024-03-10', '02:30-03:30', 30), ('America/Chicago', '2024-03-09', '22-06', 420),
    ('America/Chicago', '2024-11-02', '22-06', 540), ('America/Chicago', '2024-11-03', '00-24', 1500),
    ('America/Chicago', '2024-11-03', '01-03', 180), ('America/Chicago', '2024-11-03', '00:30-01:30', 90),
    ('America/Chicago', '2024-11-03', '01:30-02:30', 90), ('America/Chicago', '2024-11-03', '01:15-01:45', 60),
    ('Australia/Lord_Howe', '2024-10-06', '00-24', 1410), ('Australia/Lord_Howe', '2024-04-07', '00-24', 1470);
ALTER TABLE shift ADD store text GENERATED ALWAYS AS (zone || ' ' || day - date '2000-01-01' || ' ' || shift) STORED;

SELECT pg_temp.zone(store, zone),
       pg_temp.hours(store, ARRAY[extract(isodow FROM day)::int - 1], shift, day, day)
FROM shift \g /dev/null

-- Whole weeks; windows are local midnights.
CREATE TEMP TABLE week (store text, zone text, weekdays int[], hours text, first_instant timestamptz,
                        last_instant timestamptz, open_minutes numeric);
INSERT INTO week
SELECT store, zone, weekdays::int[], hours, from_wall AT TIME ZONE zone, to_wall AT TIME ZONE zone, open_minutes
FROM (VALUES
    ('a skipped day is no business day', 'Pacific/Apia', '{0,1,2,3,4}', '09-17', timestamp '2011-12-26', timestamp '2012-01-02', 1920),
    ('spring week', 'America/Chicago', '{0,1,2,3,4,5,6}', '00-24', '2024-03-04', '2024-03-11', 10020),
    ('autumn week', 'America/Chicago', '{0,1,2,3,4,5,6}', '00-24', '2024-10-28', '2024-11-04', 10140)
) AS w (store, zone, weekdays, hours, from_wall, to_wall, open_minutes);
INSERT INTO week
SELECT 'UTC Monday in ' || zone, zone, '{0}', '09-17', '2024-01-08 00:00Z', '2024-01-09 00:00Z', open_minutes
FROM (VALUES ('Asia/Kolkata', 480), ('Asia/Kathmandu', 480), ('Pacific/Chatham', 195)) AS z (zone, open_minutes);
INSERT INTO week
SELECT '168 hours to ' || t, 'America/Chicago', '{0,1,2,3,4,5,6}', '00-24', t - interval '168 hours', t, 10080
FROM unnest('{2024-03-11 00:00-05,2024-11-04 00:00-06,2024-03-10 09:30Z}'::timestamptz[]) t;

SELECT pg_temp.zone(store, zone), pg_temp.hours(store, weekdays, hours) FROM week \g /dev/null

-- No hours rows: open around the clock, too.
SELECT pg_temp.zone('no hours', 'America/Chicago') \g /dev/null

PREPARE shifts AS
    SELECT is(pg_temp.minutes(store, tstzrange(day - interval '3 days', day + interval '4 days')),
              concat_ws(' ', open_minutes, 0, 0, open_minutes),
              concat_ws(' ', current_setting('store_uptime.timezone_provider'), zone, to_char(day, 'Dy'), day, shift))
    FROM shift;
PREPARE weeks AS
    SELECT is(pg_temp.minutes(store, tstzrange(first_instant, last_instant)), concat_ws(' ', open_minutes, 0, 0, open_minutes),
              concat_ws(' ', current_setting('store_uptime.timezone_provider'), store))
    FROM week;

EXECUTE shifts;
EXECUTE weeks;
SELECT is(pg_temp.minutes('no hours', tstzrange('2024-03-04 00:00-06', '2024-03-11 00:00-05')), '10020 0 0 10020', 'no hours rows: open all week');
SELECT is(pg_temp.minutes('no hours', tstzrange('2024-10-28 00:00-05', '2024-11-04 00:00-06')), '10140 0 0 10140', 'no hours rows: open all week');

SET LOCAL store_uptime.timezone_provider = icu;
EXECUTE shifts;
EXECUTE weeks;
RESET store_uptime.timezone_provider;

-- Mexico has no summer time since 2022.
SELECT pg_temp.zone('Mexico', 'America/Mexico_City'), pg_temp.hours('Mexico', '{5}', '09-17') \g /dev/null
SELECT is(pg_temp.status_at('Mexico', '2023-07-15 14:59:59.999999Z'), 'closed', 'Mexico City, summer 2023, just before nine');
SELECT is(pg_temp.status_at('Mexico', '2023-07-15 15:00Z'), 'unknown', 'Mexico City, summer 2023, nine');
SELECT is(pg_temp.status_at('Mexico', '2023-07-15 22:59:59.999999Z'), 'unknown', 'Mexico City, summer 2023, just before five');
SELECT is(pg_temp.status_at('Mexico', '2023-07-15 23:00Z'), 'closed', 'Mexico City, summer 2023, five');

SELECT * FROM finish();
ROLLBACK;
