-- The worked examples of the policy, and the cases of the store report: what polls, hours and policy make of a day.
-- All numbers come from the specification.
BEGIN;
\ir lib/cases.psql
SELECT plan(66);

-- Store P: Monday 09:00-12:00, two polls. Q: Monday 09:00-17:00, four polls. Both in America/Chicago, by default.
SELECT pg_temp.hours('P', '{0}', '9-12'), pg_temp.polls('P', '2024-01-08', '10:14 up, 11:15 down') \g /dev/null
SELECT pg_temp.hours('P early', '{0}', '9-12'),
       pg_temp.polls('P early', '2024-01-08', '8:50 down, 10:14 up, 11:15 down') \g /dev/null
SELECT pg_temp.hours('nobody asked', '{0}', '9-12') \g /dev/null

SELECT is(pg_temp.day('P', '2024-01-08', policy), expected, format('P with policy "%s"', policy))
FROM (VALUES ('', '180 135 45 0'), ('backfill=off', '180 61 45 74'), ('fill=nearest', '180 104.5 75.5 0'))
     AS example (policy, expected);
SELECT is(pg_temp.day('P early', '2024-01-08'), '180 135 45 0', 'a poll before opening is not heard');
SELECT is(pg_temp.day('P early', '2024-01-08', 'carry=always'), '180 61 119 0', 'unless carry=always');
SELECT is(pg_temp.day('nobody asked', '2024-01-08'), '180 0 0 180', 'no polls: unknown');
SELECT is(pg_temp.day('nobody asked', '2024-01-08', 'unknown=down'), '180 0 180 0', 'no polls, unknown=down');
SELECT is(pg_temp.day('nobody asked', '2024-01-08', 'unknown=up'), '180 180 0 0', 'no polls, unknown=up');

CREATE FUNCTION pg_temp.locf() RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT 'carry=always backfill=off max_gap=infinity' $$;

-- P as of 11:30: the last hour, day and week.
SELECT is(pg_temp.minutes('P', tstzrange(now_there - length, now_there), policy), expected,
          format('P as of 11:30, %s, with policy "%s"', what, policy))
FROM (VALUES ('last hour', interval '1 hour', '', '60 45 15 0'),
             ('last day', '24 hours', '', '150 135 15 0'),
             ('last week', '168 hours', '', '180 135 15 30'),
             ('last hour', '1 hour', pg_temp.locf(), '60 45 15 0'),
             ('last day', '24 hours', pg_temp.locf(), '150 61 15 74'),
             ('last week', '168 hours', pg_temp.locf(), '180 61 15 104')) AS c (what, length, policy, expected),
     pg_temp.local('P', '2024-01-08 11:30') now_there;

-- The same by store_uptime_report: hours in minutes, days and weeks in hours.
SELECT results_eq(
    $$SELECT uptime_last_hour, downtime_last_hour, unknown_last_hour,
             uptime_last_day * 60, downtime_last_day * 60, unknown_last_day * 60,
             uptime_last_week * 60, downtime_last_week * 60, unknown_last_week * 60
      FROM store_uptime_report(pg_temp.local('P', '2024-01-08 11:30'), stores => '{P}')$$,
    $$VALUES (45::float8, 15::float8, 0::float8, 135::float8, 15::float8, 0::float8, 135::float8, 15::float8, 30::float8)$$,
    'store_uptime_report of P as of 11:30');
SELECT results_eq(
    $$SELECT uptime_last_hour, downtime_last_hour, unknown_last_hour,
             uptime_last_day * 60, downtime_last_day * 60, unknown_last_day * 60,
             uptime_last_week * 60, downtime_last_week * 60, unknown_last_week * 60
      FROM store_uptime_report(pg_temp.local('P', '2024-01-08 11:30'), policy => pg_temp.locf()::uptime_policy, stores => '{P}')$$,
    $$VALUES (45::float8, 15::float8, 0::float8, 61::float8, 15::float8, 74::float8, 61::float8, 15::float8, 104::float8)$$,
    'and with last observation carried forward');

SELECT is(pg_temp.minutes('P', tstzrange(t - interval '1 hour', t)), '30 0 30 0', 'P as of 12:30, last hour')
FROM pg_temp.local('P', '2024-01-08 12:30') t;
SELECT is(pg_temp.minutes('P', tstzrange(t - interval '1 hour', t)), '0 0 0 0', 'P as of 20:00, last hour: closed')
FROM pg_temp.local('P', '2024-01-08 20:00') t;
SELECT results_eq(
    $$SELECT availability, availability_of_open, outages, mttr, mtbf
      FROM pg_temp.local('P', '2024-01-08 20:00') t,
           store_uptime_windows(ARRAY[tstzrange(t - interval '1 hour', t)], t, stores => '{P}')$$,
    $$VALUES (NULL::float8, NULL::float8, 0, NULL::interval, NULL::interval)$$,
    'nothing is available of no time, neither 0 nor 100 percent');

-- A store without hours rows, polled once, 35 days ago. Its zone makes it known where that poll is not read.
SELECT pg_temp.zone('forgotten', 'America/Chicago'), pg_temp.polls('forgotten', '2024-01-01', '12:00 up') \g /dev/null
SELECT is(pg_temp.minutes('forgotten', tstzrange(t - interval '168 hours', t), policy), expected,
          format('one poll 35 days old, with policy "%s"', policy))
FROM (VALUES ('', '10080 0 0 10080'), (pg_temp.locf(), '10080 10080 0 0')) AS c (policy, expected),
     pg_temp.local('forgotten', '2024-02-05 12:00') t;

SELECT pg_temp.hours('night', '{6}', '22-6'),
       pg_temp.polls('night', '2024-01-07', '23:00 up'), pg_temp.polls('night', '2024-01-08', '1:00 down') \g /dev/null
SELECT is(pg_temp.day('night', '2024-01-08'), '360 60 300 0', 'the tail of a night counts on the day it falls on');

SELECT pg_temp.hours('overlap', '{0}', '9-13, 12-17'), pg_temp.polls('overlap', '2024-01-08', '9:00 up') \g /dev/null
SELECT is(pg_temp.day('overlap', '2024-01-08'), '480 480 0 0', 'overlapping shifts count once');

SELECT pg_temp.hours('siesta', '{0}', '9-12, 14-18'),
       pg_temp.polls('siesta', '2024-01-08', '9:00 up, 11:00 down, 15:00 up') \g /dev/null
SELECT is(pg_temp.day('siesta', '2024-01-08'), '420 360 60 0', 'each shift is filled from its own polls');
SELECT is(pg_temp.day('siesta', '2024-01-08', pg_temp.locf()), '420 300 120 0', 'or from all');

-- Q and what changes its day.
CREATE FUNCTION pg_temp.like_q(store text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_temp.hours(store, '{0}', '9-17'),
           pg_temp.polls(store, '2024-01-08', '9:00 up, 10:00 up, 13:00 up, 14:00 down')
$$;
SELECT pg_temp.like_q(store)
FROM unnest('{Q,closed,short,moved,maintained,maintained twice,two outages}'::text[]) store \g /dev/null

SELECT is(pg_temp.day('Q', '2024-01-08', policy), expected, format('Q with policy "%s"', policy))
FROM (VALUES ('', '480 300 180 0'),
             ('backfill=off max_gap=90 min', '480 210 90 180'), ('backfill=off max_gap=60 min', '480 180 60 240'),
             ('max_gap=90 min', '480 300 90 90'), ('max_gap=60 min', '480 240 60 180')) AS c (policy, expected);

INSERT INTO special_hours VALUES ('closed', '2024-01-08', NULL, NULL), ('short', '2024-01-08', '10:00', '14:00'),
                                 ('moved', '2024-01-08', '20:00', '02:00');
SELECT is(pg_temp.day('closed', '2024-01-08'), '0 0 0 0', 'a day closed');
SELECT is(pg_temp.day('short', '2024-01-08'), '240 240 0 0', 'special hours replace those of the weekday');
SELECT is(pg_temp.day('moved', '2024-01-08', days => 2), '360 0 0 360', 'special hours by night');
SELECT is(pg_temp.day('moved', '2024-01-08', pg_temp.locf(), 2), '360 0 360 0', 'special hours by night, all polls heard');

SELECT pg_temp.hours('night off', '{6}', '22-6'), pg_temp.polls('night off', '2024-01-07', '22:00 up') \g /dev/null
INSERT INTO special_hours VALUES ('night off', '2024-01-08', NULL, NULL);
SELECT is(pg_temp.day('night off', '2024-01-07', days => 2), '480 480 0 0', 'a closed day keeps the tail of the night before');

INSERT INTO maintenance
SELECT store, pg_temp.local(store, from_wall), pg_temp.local(store, to_wall), 'test'
FROM (VALUES ('maintained', timestamp '2024-01-08 13:30', timestamp '2024-01-08 15:30'),
             ('maintained twice', '2024-01-08 13:30', '2024-01-08 15:00'),
             ('maintained twice', '2024-01-08 14:30', '2024-01-08 15:30')) AS m (store, from_wall, to_wall);
SELECT is(pg_temp.day(store, '2024-01-08'), '360 270 90 0', store || ': excluded time leaves the base')
FROM unnest('{maintained,maintained twice}'::text[]) store;
SELECT results_eq(
    $$SELECT store_id, excluded_time
      FROM store_uptime_windows(ARRAY[tstzrange('2024-01-08 06:00Z', '2024-01-09 06:00Z')], '2024-01-09 06:00Z',
                                stores => '{maintained,maintained twice}') ORDER BY 1$$,
    $$VALUES ('maintained', interval '120 min'), ('maintained twice', '120 min')$$, 'and is counted apart, once');

SELECT is(pg_temp.minutes('Q', tstzrange(t, t + interval '24 hours'), '', t + interval '12 hours'), '180 180 0 0',
          'as_of cuts the day') FROM pg_temp.local('Q', '2024-01-08') t;
SELECT is(pg_temp.minutes('Q', tstzrange(t, t + interval '24 hours'), 'fill=next backfill=off', t + interval '12 hours'),
          '180 60 0 120', 'and no poll after as_of is heard, not even by looking ahead') FROM pg_temp.local('Q', '2024-01-08') t;

SELECT pg_temp.hours('closing time', '{0}', '9-17'),
       pg_temp.polls('closing time', '2024-01-08', '9:00 up, 17:00 down') \g /dev/null
SELECT is(pg_temp.day('closing time', '2024-01-08'), '480 480 0 0', 'the instant of closing is not open');

SELECT pg_temp.polls('two outages', '2024-01-08', '15:00 up, 16:00 down') \g /dev/null
SELECT results_eq(
    $$SELECT up_time, down_time, outages, mttr, mtbf
      FROM store_uptime_windows(ARRAY[tstzrange('2024-01-08 06:00Z', '2024-01-09 06:00Z')], '2024-01-09 06:00Z',
                                stores => '{two outages}')$$,
    $$VALUES (interval '360 min', interval '120 min', 2, interval '60 min', interval '180 min')$$,
    'two outages, one of which is seen to end after an hour; up time for each: three hours');

-- Polls at one instant: down beats up, both beat unknown; duplicates say nothing new.
SELECT pg_temp.hours(store, '{0}', '9-17'), pg_temp.polls(store, '2024-01-08', list)
FROM (VALUES ('up and down', '9:00 up, 9:00 down'), ('down and up', '9:00 down, 9:00 up'),
             ('up and -', '9:00 up, 9:00 -'), ('- and up', '9:00 -, 9:00 up'), ('- and down', '9:00 -, 9:00 down'),
             ('down and -', '9:00 down, 9:00 -'), ('-', '9:00 -'), ('up twice', '9:00 up, 9:00 up'),
             ('all', '9:00 -, 9:00 up, 9:00 down, 9:00 up, 9:00 -')) AS c (store, list) \g /dev/null
SELECT is(pg_temp.day(store, '2024-01-08'), expected, 'at one instant: ' || store)
FROM (VALUES ('up and down', '480 0 480 0'), ('down and up', '480 0 480 0'), ('up and -', '480 480 0 0'),
             ('- and up', '480 480 0 0'), ('- and down', '480 0 480 0'), ('down and -', '480 0 480 0'),
             ('-', '480 0 0 480'), ('up twice', '480 480 0 0'), ('all', '480 0 480 0')) AS c (store, expected);
-- A poll without a status silences the one before it.
SELECT pg_temp.hours('falls silent', '{0}', '9-17'),
       pg_temp.polls('falls silent', '2024-01-08', '9:00 up, 12:00 -') \g /dev/null
SELECT is(pg_temp.day('falls silent', '2024-01-08'), '480 180 0 300', 'a poll whose status is unknown makes unknown');

-- max_gap: the past is in reach while nearer than it, the future while no further than it.
SELECT pg_temp.polls('reach', '2024-01-08', '12:00 up') \g /dev/null
SELECT is(pg_temp.status_at('reach', t + after, 'max_gap=60 min'), expected, after || ' after the poll with max_gap=60 min')
FROM (VALUES (interval '-01:00:00.000001', 'unknown'), ('-01:00:00', 'up'), ('00:00:00', 'up'),
             ('00:59:59.999999', 'up'), ('01:00:00', 'unknown')) AS c (after, expected),
     pg_temp.local('reach', '2024-01-08 12:00') t;

-- carry: those of the session, of the session's day, all.
SELECT pg_temp.hours('late', '{0}', '20-4'), pg_temp.polls('late', '2024-01-08', '21:00 down'),
       pg_temp.polls('late', '2024-01-09', '3:00 up, 8:00 down') \g /dev/null
SELECT is(pg_temp.day('late', '2024-01-08', policy, 2), expected, format('overnight with policy "%s"', policy))
FROM (VALUES ('', '480 60 420 0'), ('carry=day', '480 240 240 0'), ('carry=day backfill=off', '480 60 180 240'),
             ('carry=always fill=next', '480 360 120 0'), ('fill=next', '480 420 60 0'),
             ('fill=next backfill=off', '480 360 60 60'))
     AS c (policy, expected);

-- Windows in any order, overlapping and repeated, give a row each, in the given bounds.
SELECT results_eq(
    $$SELECT during, pg_temp.in_minutes(up_time)
      FROM store_uptime_windows(ARRAY[tstzrange('2024-01-08 19:00Z', '2024-01-08 21:00Z'),
                                      tstzrange('2024-01-08 15:00Z', '2024-01-08 20:00Z'),
                                      tstzrange('2024-01-08 15:00Z', '2024-01-08 20:00Z')], '2024-01-09 06:00Z', stores => '{Q}')
      ORDER BY lower(during)$$,
    $$VALUES (tstzrange('2024-01-08 15:00Z', '2024-01-08 20:00Z'), '300'),
             (tstzrange('2024-01-08 15:00Z', '2024-01-08 20:00Z'), '300'),
             (tstzrange('2024-01-08 19:00Z', '2024-01-08 21:00Z'), '60')$$, 'windows may overlap');
-- Bounds other than [) are read on the microsecond lattice.
SELECT is(pg_temp.minutes('Q', during, '', '2024-01-09 06:00Z'), pg_temp.minutes('Q', same, '', '2024-01-09 06:00Z'), 'bounds of ' || during)
FROM (VALUES (tstzrange('2024-01-08 15:00Z', '2024-01-08 20:00Z', '()'), tstzrange('2024-01-08 15:00:00.000001Z', '2024-01-08 20:00Z')),
             (tstzrange('2024-01-08 15:00Z', '2024-01-08 20:00Z', '[]'), tstzrange('2024-01-08 15:00Z', '2024-01-08 20:00:00.000001Z')))
     AS b (during, same);

SELECT * FROM finish();
ROLLBACK;
