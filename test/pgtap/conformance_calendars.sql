-- Weekly hours, validity and special days from tables: the opening hours of known test sets, week by week.
BEGIN;
\ir lib/cases.psql
SELECT plan(37);

CREATE FUNCTION pg_temp.open_hours(store text, monday date, days int DEFAULT 7) RETURNS numeric LANGUAGE sql AS $$
    SELECT split_part(pg_temp.day(store, monday, days => days), ' ', 1)::numeric / 60
$$;
-- How many separate stretches of opening there are, found minute by minute.
CREATE FUNCTION pg_temp.intervals(store text, monday date) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FILTER (WHERE open AND NOT was_open)
    FROM (SELECT open_time > '0' AS open, coalesce(lag(open_time) OVER (ORDER BY lower(during)) > '0', false) AS was_open
          FROM store_uptime_windows((SELECT array_agg(tstzrange(t, t + interval '1 minute'))
                                     FROM generate_series(pg_temp.local(store, monday),
                                                          pg_temp.local(store, monday + 7) - interval '1 minute',
                                                          interval '1 minute') t),
                                    pg_temp.local(store, monday + 7), stores => ARRAY[store])) m
$$;

-- Europe/Berlin, the week of Monday 2012-10-01.
CREATE TEMP TABLE berlin (store text, open_hours numeric);
CREATE FUNCTION pg_temp.berlin(store text, open_hours numeric) RETURNS void LANGUAGE sql AS $$
    SELECT pg_temp.zone(store, 'Europe/Berlin');
    INSERT INTO berlin VALUES (store, open_hours);
$$;
SELECT pg_temp.hours(store, '{0,1,2,3,4,5,6}', shifts), pg_temp.berlin(store, open_hours)
FROM (VALUES ('ten to twelve', '10-12', 14::numeric), ('two that touch', '10-11, 11-12', 14),
             ('two that overlap', '10-12, 10:30-11:30', 14), ('nights', '22-2', 28),
             ('00:00-24:00', '00-24', 168), ('00:00-00:00', '00-00', 168), ('12:00-12:00', '12-12', 168))
     AS c (store, shifts, open_hours) \g /dev/null
SELECT pg_temp.hours('one night', '{2}', '22-2'), pg_temp.berlin('one night', 4),
       pg_temp.hours('once around', '{2}', '22-22'), pg_temp.berlin('once around', 24),
       pg_temp.hours('bar', '{6,0,1}', '11-1'), pg_temp.hours('bar', '{2,3}', '11-3'),
       pg_temp.hours('bar', '{4}', '11-6'), pg_temp.hours('bar', '{5}', '11-7'), pg_temp.berlin('bar', 113),
       pg_temp.hours('other Wednesday', '{0,1,3,4}', '10-16'), pg_temp.hours('other Wednesday', '{2}', '12-18'),
       pg_temp.berlin('other Wednesday', 30),
       pg_temp.hours('longer Wednesday', '{0,1,2,3,4}', '10-16'), pg_temp.hours('longer Wednesday', '{2}', '12-18'),
       pg_temp.berlin('longer Wednesday', 32),
       pg_temp.berlin('no rows', 168) \g /dev/null

SELECT is(pg_temp.open_hours(store, '2012-10-01'), open_hours, 'open hours of the week: ' || store) FROM berlin;
SELECT is(pg_temp.intervals(store, '2012-10-01'), 7::bigint, 'stretches of the week: ' || store)
FROM unnest('{ten to twelve,two that touch,two that overlap}'::text[]) store;
SELECT is(pg_temp.status_at('nights', '2012-10-01 00:00+02'), 'unknown', 'Monday begins with the tail of Sunday''s night');
SELECT is(pg_temp.status_at('nights', '2012-10-01 02:00+02'), 'closed', 'which ends at two');

-- Holidays and a change of hours.
SELECT pg_temp.zone('shop', 'Europe/Berlin'),
       pg_temp.hours('shop', '{0,1,2,3,4}', '9-18', NULL, '2021-12-31'), pg_temp.hours('shop', '{5}', '10-15'),
       pg_temp.hours('shop', '{0,1,2,3,4}', '10-18', '2022-01-01') \g /dev/null
INSERT INTO special_hours
SELECT 'shop', d, CASE WHEN works THEN time '10:00' END, CASE WHEN works THEN time '13:00' END
FROM (SELECT d::date, extract(isodow FROM d) <= 5 AND extract(day FROM d) NOT IN (25, 26) AS works
      FROM generate_series(timestamp '2021-12-24', '2021-12-31', '1 day') d) x
WHERE works OR extract(day FROM d) IN (25, 26);
-- From 2022 on Monday to Friday have new hours; Saturday keeps its own.
SELECT is(pg_temp.open_hours('shop', monday), expected::numeric, 'open hours of the week of ' || monday)
FROM (VALUES (date '2021-12-13', 50), ('2021-12-20', 39), ('2021-12-27', 20), ('2022-01-03', 45)) AS w (monday, expected);

-- A single day.
SELECT pg_temp.zone('leap of a day', 'UTC'), pg_temp.hours('leap of a day', '{2}', '00-24', '2024-06-12', '2024-06-12') \g /dev/null
SELECT is(pg_temp.status_at('leap of a day', to_timestamp(t) - before), expected, expected || ' at ' || t || ' - ' || before)
FROM (VALUES (1718150400, interval '0', 'unknown'), (1718150400, '1 us', 'closed'),
             (1718236800, '0', 'closed'), (1718236800, '1 us', 'unknown')) AS c (t, before, expected);

-- Both validity dates are inclusive and tested against the day a shift starts on, also of a night.
SELECT pg_temp.hours('some nights', '{0,1,2,3,4,5,6}', '22-2', '2024-01-09', '2024-01-10') \g /dev/null
SELECT is(pg_temp.open_hours('some nights', day, 1), expected::numeric, 'a valid night of two days: ' || day)
FROM (VALUES (date '2024-01-08', 0), ('2024-01-09', 2), ('2024-01-10', 4), ('2024-01-11', 2), ('2024-01-12', 0)) AS d (day, expected);

-- A closing time in the last minute of the day means midnight, unless the source says otherwise.
SELECT pg_temp.hours(closes, '{0,1,2,3,4,5,6}', '00:00-' || closes)
FROM unnest('{23:59,23:59:59,23:59:59.999999,23:58:59.999999}'::text[]) closes \g /dev/null
SELECT is(round(pg_temp.open_hours(closes, '2024-01-08'), 9), round(expected, 9), 'closing at ' || closes)
FROM (VALUES ('23:59', 168::numeric), ('23:59:59', 168), ('23:59:59.999999', 168), ('23:58:59.999999', 168 - 7 * 60.000001 / 3600))
     AS c (closes, expected);
UPDATE store_uptime.source SET options = '{"round_day_end": false}';
SELECT is(split_part(pg_temp.day('23:59', '2024-01-08'), ' ', 1), '1439', 'round_day_end = false');

-- A weekday without a row is closed, unless the source says otherwise.
UPDATE store_uptime.source SET options = '{"missing_weekday": "open"}';
SELECT is(pg_temp.open_hours('one night', '2012-10-01'), 146::numeric, 'missing_weekday = open');

SELECT * FROM finish();
ROLLBACK;
