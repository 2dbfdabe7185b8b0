-- availability_percent, error_budget and the groups all_of, any_of, at_least.
BEGIN;
SELECT plan(106);
SELECT setseed(0.42) \g /dev/null

-- Percentages are cut, not rounded, in numbers without trailing zeros.
SELECT is(availability_percent(up * interval '1 sec', down * interval '1 sec')::text, percent, format('%s of %s', up, up + down))
FROM (VALUES (99999, 1, '99.999'), (999999, 1, '99.999'), (29, 71, '29'), (23, 17, '57.5'), (1, 0, '100'), (0, 1, '0')) v (up, down, percent);
SELECT is(availability_percent(up::float8, down), percent, format('%s hours of %s', up, up + down))
FROM (VALUES (99999, 1, 99.999), (999999, 1, 99.999), (29, 71, 29), (23, 17, 57.5), (1, 0, 100), (0, 1, 0)) v (up, down, percent);
SELECT is(availability_percent(2.0 / 3, 1.0 / 3, digits), percent, digits || ' digits')
FROM (VALUES (0, 66), (1, 66.6), (5, 66.66666)) v (digits, percent);
SELECT is(availability_percent(interval '1 day', interval '24 hours'), 50.0, 'a day is 24 hours');
SELECT ok(availability_percent(interval '200000 years' / 12 / 30 * 0 + interval '1000000 hours', interval '1 us', 15) < 100, 'never 100 while anything was down');
SELECT ok(availability_percent(interval '0', interval '0') IS NULL AND availability_percent(0.0::float8, 0) IS NULL
          AND availability_percent(NULL::interval, interval '0') IS NULL, 'nothing of nothing');
SELECT throws_ok('SELECT availability_percent(' || arguments || ')', '22023', NULL, 'no percent of ' || arguments)
FROM unnest(ARRAY[$$interval '1 month', interval '1 h'$$, $$interval '-1 h', interval '1 h'$$, $$interval '1 h', interval '1 h', 16$$,
                  $$interval '1 h', interval '1 h', -1$$, $$'NaN'::float8, 1$$, $$'infinity'::float8, 1$$, '-1::float8, 1',
                  $$1, '-infinity'::float8$$, $$1, 'NaN'::float8$$, '1, -5e-324', '1e-12, 1e-12, 16', '1e-12, 1e-12, -1']) arguments;

SELECT is(allowed, budget, format('%s %% of %s', objective, open))
FROM (VALUES (99, interval '28 days', interval '403.2 min'), (99.9, '365 days', '8:45:36'), (99.5, '168 h', '50.4 min'), (95, '40 h', '120 min'),
             (0.99, '28 days', '403.2 min'), (100, '40 h', '0')) v (objective, open, budget), error_budget(open, '0', objective);
SELECT results_eq($$SELECT * FROM error_budget('40 h', '1 h', 95)$$, $$VALUES (interval '2 h', interval '1 h', interval '1 h', 0.5::float8)$$, 'an hour of two');
SELECT results_eq($$SELECT * FROM error_budget('40 h', '3 h', 95)$$, $$VALUES (interval '2 h', interval '3 h', interval '-1 h', 1.5::float8)$$, 'a budget overdrawn');
SELECT ok(burn IS NULL, 'nothing allowed, no share of it') FROM error_budget('40 h', '3 h', 100);
SELECT throws_ok(format('SELECT error_budget(%L, %L, %L)', o, d, p), '22023', NULL, format('no budget of %s, %s, %s', o, d, p))
FROM (VALUES ('1 h', '0', 0), ('1 h', '0', -1), ('1 h', '0', 100.1), ('1 h', '0', 'NaN'), ('1 h', '0', 'infinity'), ('1 h', '0', 1e30),
             ('-1 h', '0', 99), ('1 h', '-1 h', 99), ('1 month', '0', 99)) v (o, d, p);

-- Objectives of any number of digits, against arithmetic in numeric. What is below 1 is a fraction, however near to it.
CREATE TEMP TABLE objective AS
SELECT percent, CASE WHEN percent < 100 AND (n % 2 = 0 OR percent < 1) THEN percent * 0.01 ELSE percent END AS objective, n * n * random() * interval '1 s' AS open
FROM (SELECT n, round(CASE n % 3 WHEN 0 THEN random()::numeric * 100 ELSE 100 - 10.0 ^ (-(n % 14)) * (random() * 9 + 1)::numeric END, n % 17) AS percent
      FROM generate_series(1, 3000) n) p WHERE percent > 0;
CREATE FUNCTION pg_temp.micros(i interval) RETURNS numeric LANGUAGE sql AS $$ SELECT 1000000 * extract(epoch FROM i) $$;
SELECT is_empty($$SELECT percent, objective, open, allowed FROM objective, error_budget(open, '0', objective)
                  WHERE pg_temp.micros(allowed) <> trunc(pg_temp.micros(open) * (100 - percent) / 100)$$, 'sixteen decimals of a percent are exact');
SELECT cmp_ok((SELECT count(*) FROM objective WHERE objective > 0.99999 AND objective < 1), '>', 100::bigint, 'many are almost 1');
SELECT is(pg_temp.micros(allowed), expected, format('%s of a million hours', objective))
FROM (VALUES (0.99999999999, 36000.0), (0.9999999999999999999999999, 0), (99.9999999999999999999999999, 0), (1, 3564000000000000), (1.0000000000000000000001, 3564000000000000),
             (1e-1000, 3599999999999999.0), (0.009999999999999999999, 3564000000000000.0), (100.000, 0)) v (objective, expected),
     error_budget('1000000 h', '0', objective);
SELECT throws_ok(format('SELECT error_budget(%L, %L, %s)', '1 h', '0', p), '22023', NULL, 'no objective: ' || p)
FROM unnest(ARRAY['-1e-1000', '-0.5', '100.00000000000000000000000001', $$'-infinity'$$]) p;

-- Literals and parameters without types are intervals; what has a type keeps its own.
SELECT is(availability_percent('1h', '2h'), 33.333, 'two literals');
SELECT is(availability_percent('999', '1'), 99.9, 'literals that could be numbers are seconds');
SELECT is(availability_percent('1 day', '12:00', 1), 66.6, 'with digits');
SELECT is(availability_percent('1h', '2h', digits => 1), 33.3, 'with digits by name');
SELECT is(availability_percent(down_time => '2h', up_time => '1h'), 33.333, 'by names');
SELECT is(availability_percent('1h', interval '2h'), 33.333, 'one that has a type');
SELECT is(availability_percent(interval '1h', '2h'), 33.333, 'or the other');
SELECT is(availability_percent(1.0::float8, '2'), 33.333, 'of numbers too');
SELECT is(availability_percent(1, 2), 33.333, 'integers');
SELECT ok(availability_percent(NULL, NULL) IS NULL AND availability_percent('1h', NULL) IS NULL AND availability_percent('0', '0') IS NULL, 'nothing of nothing without types');
PREPARE untyped AS SELECT availability_percent($1, $2);
SELECT results_eq($$EXECUTE untyped ('1h', '2h')$$, 'SELECT 33.333', 'parameters without types');
SELECT throws_ok($$SELECT availability_percent('1h', 'some')$$, '22007', NULL, 'no interval');
SELECT throws_ok($$SELECT availability_percent('1 month', '1h')$$, '22023', NULL, 'no duration');

-- Numbers of the report: what the times say that they were.
CREATE TEMP TABLE columns AS
SELECT up, down, n % 16 AS digits
FROM (SELECT n, floor(10 ^ (random() * 12))::bigint AS up, floor(10 ^ (random() * 12))::bigint AS down FROM generate_series(1, 5000) n) c;
SELECT is_empty(format($$SELECT up, down, digits FROM columns WHERE availability_percent(up / %1$s::float8, down / %1$s::float8, digits)
                         IS DISTINCT FROM availability_percent(up * interval '1 us', down * interval '1 us', digits)$$, unit), 'columns of microseconds / ' || unit)
FROM unnest('{3600e6,60e6}'::text[]) unit;
SELECT is_empty($$SELECT up, down, digits FROM columns WHERE up + down > 0 AND availability_percent(up * interval '1 us', down * interval '1 us', digits)
                  <> trunc(100.0 * up * 10::numeric ^ digits / (up + down)) / 10::numeric ^ digits$$, 'as arithmetic has it');
SELECT is_empty($$SELECT n % 50 FROM (SELECT *, row_number() OVER () AS n FROM columns) c GROUP BY 1
                  HAVING availability_percent(sum(up / 3600e6::float8), sum(down / 3600e6::float8), 9) <> availability_percent(sum(up) * interval '1 us', sum(down) * interval '1 us', 9)$$,
                'sums of a hundred');
-- Any other numbers: as the server's cast to numeric has them.
CREATE TEMP TABLE number AS
SELECT up, down, n % 16 AS digits
FROM (SELECT n, (random() * 10::float8 ^ (n % 290 - 302)) AS up, (random() * 10::float8 ^ (n % 290 - 302 + n % 7)) AS down FROM generate_series(1, 5000) n) c;
SELECT is_empty($$SELECT up, down, digits FROM number WHERE availability_percent(up, down, digits)
                  <> div(up::numeric * 100 * 10::numeric ^ digits, up::numeric + down::numeric) / 10::numeric ^ digits$$, 'numbers down to the smallest');
SELECT is_empty($$SELECT up, down FROM (SELECT a.up, b.down FROM number a, number b WHERE random() < 0.001) c WHERE availability_percent(up * 1e300, down, 15) >= 100$$,
                'a positive number never becomes nothing');
SELECT is(availability_percent(up, down, digits), percent, format('%s and %s', up, down))
FROM (VALUES (7::float8, 1.157e-11::float8, 3, 99.999), (7, 1.157e-11, 15, 99.999999999834714), (5e-324, 5e-324, 3, 50), (1.7e308, 1.7e308, 3, 50), (1.7e308, 5e-324, 15, 99.999999999999999),
             (5e-324, 1.7e308, 15, 0), (1e-12, 3e-12, 3, 25), ('-0', 1, 3, 0), (1, '-0', 3, 100)) v (up, down, digits, percent);
SELECT ok(availability_percent('-0'::float8, '-0'::float8) IS NULL, 'nothing of nothing less');

-- Groups, against a definition by counting at each instant.
CREATE TEMP TABLE system (store int, t status_timeline);
INSERT INTO system
SELECT store, timeline_agg(timestamptz '2024-01-01 UTC' + floor(random() * 50) * interval '1 hour',
                           CASE WHEN random() < 0.8 THEN random() < 0.6 END)
FROM generate_series(1, 20) store, generate_series(1, 4) system, generate_series(1, 12) GROUP BY store, system;
CREATE TEMP TABLE counted AS
SELECT store, at, count(*) FILTER (WHERE now = 'up') AS up, count(*) FILTER (WHERE now = 'down') AS down, count(*) AS systems
FROM (SELECT DISTINCT store, p.at FROM system, polls(t) p) i
     JOIN LATERAL (SELECT status_at(t, at) AS now FROM system s WHERE s.store = i.store) s ON true
GROUP BY store, at;
SELECT set_eq('SELECT store, p.* FROM (SELECT store, all_of(t) AS g FROM system GROUP BY store) g, polls(g) p',
              $$SELECT store, at, CASE WHEN down > 0 THEN 'down' WHEN up = systems THEN 'up' ELSE 'unknown' END FROM counted$$, 'all_of');
SELECT set_eq('SELECT store, p.* FROM (SELECT store, any_of(t) AS g FROM system GROUP BY store) g, polls(g) p',
              $$SELECT store, at, CASE WHEN up > 0 THEN 'up' WHEN down = systems THEN 'down' ELSE 'unknown' END FROM counted$$, 'any_of');
SELECT set_eq(format('SELECT store, p.* FROM (SELECT store, at_least(%s, t) AS g FROM system GROUP BY store) g, polls(g) p', k),
              format($$SELECT store, at, CASE WHEN up >= %1$s THEN 'up' WHEN systems - down < %1$s THEN 'down' ELSE 'unknown' END FROM counted$$, k),
              format('at_least(%s)', k))
FROM generate_series(1, 5) k;
SELECT is(format('%s %s %s', all_of(t), any_of(t), at_least(2, t)), '{} {} {}', 'groups of nothing') FROM system WHERE false;
SELECT is(all_of(t)::text, '{2024-01-01 00:00:00Z unknown}', 'a system without polls is unknown; no timeline is no system')
FROM (VALUES ('{2024-01-01 00:00:00Z up}'::status_timeline), ('{}'), (NULL)) v (t);
SELECT throws_ok('SELECT at_least(0, t) FROM system', '22023', NULL, 'none needed');
SELECT throws_ok('SELECT at_least(1 + store % 2, t) FROM system', '22023', NULL, 'different numbers in one group');
SELECT throws_ok(format('SELECT all_of_final(%L)', state), '22P03', NULL, 'not a state: ' || state)
FROM unnest(ARRAY['\x00', '\x0000000001', '\x00000000ffffffff01', '\x000000000100000001']) state;
SELECT * FROM finish();
ROLLBACK;
