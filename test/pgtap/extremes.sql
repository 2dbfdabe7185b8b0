-- Arguments and rows at the edge of what their types hold: an answer that can be reasoned about, or a stated error.
BEGIN;
\ir lib/cases.psql
\ir lib/calls.psql
SELECT plan(48);
SET LOCAL TimeZone = 'UTC';
UPDATE store_uptime.source SET options = '{"default_timezone": "UTC"}';

-- Arrays: lower bounds and dimensions are not looked at, only elements.
SELECT pg_temp.polls('A', '2024-01-08', '9:00 up'), pg_temp.polls('B', '2024-01-08', '9:00 down') \g /dev/null
SELECT is((SELECT count(*) FROM store_uptime_windows('[5:6]={"[2024-01-08,2024-01-09)","[2024-01-09,2024-01-10)"}', '2024-01-10')), 4::bigint, 'windows with a lower bound of 5');
SELECT is((SELECT count(*) FROM store_uptime_windows('{{"[2024-01-08,2024-01-09)"},{"[2024-01-09,2024-01-10)"}}', '2024-01-10')), 4::bigint, 'windows in two dimensions');
SELECT results_eq($$SELECT store_id FROM store_uptime_report('2024-01-09', stores => '[-3:-1]={C,A,NULL}')$$, $$VALUES ('A')$$, 'stores with negative lower bounds');
SELECT set_eq($$SELECT store_id FROM store_uptime_report('2024-01-09', stores => '{{A,x},{B,NULL}}')$$, '{A,B}'::text[], 'stores in two dimensions');
SELECT set_eq($$SELECT store_id FROM store_uptime_report('2024-01-09', stores => (SELECT array_agg(i::text) || '{A}' FROM generate_series(1, 100000) i))$$, '{A}'::text[], 'a hundred thousand stores');
SELECT is_empty($$SELECT * FROM store_uptime_report('2024-01-09', stores => ARRAY['', E'\\', '''', '"', '{}', 'A '])$$, 'odd names');

-- Many windows, tiny windows.
SELECT is((SELECT sum(up_time) FROM store_uptime_windows((SELECT array_agg(tstzrange(t, t + interval '1 s')) FROM generate_series(timestamptz '2024-01-08', '2024-01-08 23:59:59', '1 s') t),
                                                         '2024-01-09', stores => '{A}')), interval '24:00:00', '86,400 windows of a second');
SELECT is((SELECT sum(up_time) FROM store_uptime_windows((SELECT array_agg(tstzrange('2024-01-08', t)) FROM generate_series(timestamptz '2024-01-08 00:00:01', '2024-01-08 00:33:20', '1 s') t),
                                                         '2024-01-09', stores => '{A}')), 2001000 * interval '1 s', '2000 windows in each other');

-- The edges of time. Long windows that would take too much are refused, all others answered.
SELECT results_eq($$SELECT open_time, up_time, outages FROM store_uptime_windows('{"[4713-01-01 BC,140000-01-01)"}', '140000-01-01', policy => 'carry=always max_gap=infinity', stores => '{A}')$$,
                  $$SELECT d, d, 0 FROM (SELECT justify_hours(interval '0') + make_interval(hours => (extract(epoch FROM timestamptz '140000-01-01' - '4713-01-01 BC') / 3600)::int) AS d) x$$,
                  'a window of 144,712 years');
SELECT pg_temp.hours('nine to five', '{0,1,2,3,4}', '9-17') \g /dev/null
SELECT throws_ok($$SELECT * FROM store_uptime_windows('{"[4713-01-01 BC,140000-01-01)"}', '140000-01-01', stores => '{nine to five}')$$, '54000', 'more than 4194304 sessions in one range of time', 'but not of 37 million sessions');
SELECT results_eq($$SELECT open_time FROM store_uptime_windows('{"[1600-01-03,2000-01-03)"}', '2000-01-03', stores => '{nine to five}')$$,
                  $$SELECT make_interval(hours => 8 * count(*)::int) FROM generate_series(timestamp '1600-01-03', '2000-01-02', '1 day') d WHERE extract(isodow FROM d) < 6$$, '400 years of office hours');
SELECT matches(pg_temp.outcome(format('SELECT * FROM store_uptime_report(%L, stores => ''{A}'')', t)), '^' || outcome, 'as of ' || t)
FROM (VALUES (timestamptz '4714-11-24 00:00Z BC', '0 rows'), ('4713-06-01 BC', '0 rows'), ('0001-01-01 BC', '0 rows'), ('140386-05-30', '0 rows'),
             ('140388-01-01', '22008'), ('294276-12-31 23:59:59.999999Z', '22008')) AS c (t, outcome);
-- as_of on, just before and just after a poll; windows that end and begin there.
SELECT is(pg_temp.status_at('A', '2024-01-08 15:00Z', 'backfill=off'), 'up', 'the instant of a poll');
SELECT is(pg_temp.status_at('A', '2024-01-08 14:59:59.999999Z', 'backfill=off'), 'unknown', 'the one before');
SELECT is(pg_temp.minutes('A', tstzrange('2024-01-08 14:00Z', '2024-01-08 16:00Z'), '', '2024-01-08 15:00Z'), '60 60 0 0', 'a poll at as_of is heard');
SELECT is(pg_temp.minutes('A', tstzrange('2024-01-08 14:00Z', '2024-01-08 16:00Z'), '', '2024-01-08 14:59:59.999999Z'), NULL, 'one after it is not, nor its store');

-- Dates without end, and dates that no window reaches.
SELECT pg_temp.hours('since ever', '{0,1,2,3,4,5,6}', '9-17', '-infinity', '2024-01-08'), pg_temp.hours('for ever', '{0,1,2,3,4,5,6}', '9-17', '2024-01-08', 'infinity'),
       pg_temp.hours('always', '{0,1,2,3,4,5,6}', '9-17', '-infinity', 'infinity'), pg_temp.hours('never', '{0,1,2,3,4,5,6}', '9-17', 'infinity', '-infinity'),
       pg_temp.hours('far', '{0,1,2,3,4,5,6}', '9-17', '4713-02-01 BC', '5874897-12-31'), pg_temp.hours('out of reach', '{0,1,2,3,4,5,6}', '9-17', '5874897-01-01', '5874897-12-31') \g /dev/null
SELECT is(split_part(pg_temp.day(store, '2024-01-07', days => 4), ' ', 1), minutes, 'valid ' || store)
FROM (VALUES ('since ever', '960'), ('for ever', '1440'), ('always', '1920'), ('never', '0'), ('far', '1920'), ('out of reach', '0')) AS c (store, minutes);
INSERT INTO special_hours SELECT 'always', d, NULL, NULL FROM unnest('{infinity,-infinity,4713-02-01 BC,5874897-12-31,2024-01-09}'::date[]) d;
SELECT is(pg_temp.day('always', '2024-01-07', days => 4), '1440 0 0 1440', 'special days without end close nothing but their date');
INSERT INTO maintenance VALUES ('for ever', '-infinity', '2024-01-09'), ('far', '2024-01-10', 'infinity'), ('since ever', '-infinity', 'infinity'), ('always', '4714-11-24 BC', '2024-01-08'), ('always', '2024-01-10', '294276-12-31');
SELECT is(split_part(pg_temp.day(store, '2024-01-07', days => 4), ' ', 1), minutes, 'maintenance without end: ' || store)
FROM (VALUES ('for ever', '960'), ('far', '1440'), ('since ever', '0'), ('always', '480')) AS c (store, minutes);

-- Times of day: 24:00 opens the next day, and whatever opens when it closes is open for a day.
INSERT INTO business_hours
SELECT opens || ' to ' || closes, 0, opens::time, closes::time
FROM (VALUES ('24:00', '24:00'), ('24:00', '00:00'), ('00:00', '24:00'), ('24:00', '06:00'), ('23:59:59.999999', '00:00'), ('00:00', '00:00:00.000001'),
             ('12:00', '11:59:59.999999'), ('23:59:59.999999', '23:59:59.999999')) AS t (opens, closes);
SELECT is(open_time, expected, store)
FROM (VALUES ('24:00 to 24:00', interval '24:00'), ('24:00 to 00:00', '00:00'), ('00:00 to 24:00', '24:00'), ('24:00 to 06:00', '06:00'),
             ('23:59:59.999999 to 00:00', '00:00:00.000001'), ('00:00 to 00:00:00.000001', '00:00:00.000001'), ('12:00 to 11:59:59.999999', '23:59:59.999999'),
             ('23:59:59.999999 to 23:59:59.999999', '00:00:00.000001')) AS c (store, expected)
LEFT JOIN store_uptime_windows('{"[2024-01-07,2024-01-12)"}', '2024-01-12') r ON r.store_id = c.store;

-- A thousand shifts on one day, and a thousand polls at one instant.
SELECT pg_temp.zone('busy', 'UTC') \g /dev/null
INSERT INTO business_hours SELECT 'busy', 0, make_interval(secs => i * 60)::time, make_interval(secs => i * 60 + 30)::time FROM generate_series(0, 999) i;
INSERT INTO store_status SELECT 'busy', CASE WHEN i < 999 THEN 'active' ELSE 'inactive' END, '2024-01-08 00:00:10Z' FROM generate_series(0, 999) i;
SELECT is(pg_temp.day('busy', '2024-01-08'), '500 0 0.5 499.5', 'many shifts, many polls');

-- Gaps: the smallest, the largest.
SELECT is(pg_temp.status_at('A', t, 'max_gap=1us'), expected, t || ' with max_gap=1us')
FROM (VALUES (timestamptz '2024-01-08 14:59:59.999998Z', 'unknown'), ('2024-01-08 14:59:59.999999Z', 'up'), ('2024-01-08 15:00Z', 'up'),
             ('2024-01-08 15:00:00.000001Z', 'unknown')) AS c (t, expected);
SELECT is(pg_temp.minutes('A', tstzrange('2024-01-08 14:00Z', '2024-01-08 16:00Z'), policy, '2024-01-09'), '120 120 0 0', policy)
FROM unnest('{max_gap=200000 days,max_gap=106751991 days,max_gap=infinity}'::text[]) policy;

SELECT * FROM finish();
ROLLBACK;
