-- availability_percent, error_budget and the groups all_of, any_of, at_least.
BEGIN;
SELECT plan(58);
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
                  $$interval '1 h', interval '1 h', -1$$, $$'NaN'::float8, 1$$, $$'infinity'::float8, 1$$, '-1::float8, 1']) arguments;

SELECT is(allowed, budget, format('%s %% of %s', objective, open))
FROM (VALUES (99, interval '28 days', interval '403.2 min'), (99.9, '365 days', '8:45:36'), (99.5, '168 h', '50.4 min'), (95, '40 h', '120 min'),
             (0.99, '28 days', '403.2 min'), (100, '40 h', '0')) v (objective, open, budget), error_budget(open, '0', objective);
SELECT results_eq($$SELECT * FROM error_budget('40 h', '1 h', 95)$$, $$VALUES (interval '2 h', interval '1 h', interval '1 h', 0.5::float8)$$, 'an hour of two');
SELECT results_eq($$SELECT * FROM error_budget('40 h', '3 h', 95)$$, $$VALUES (interval '2 h', interval '3 h', interval '-1 h', 1.5::float8)$$, 'a budget overdrawn');
SELECT ok(burn IS NULL, 'nothing allowed, no share of it') FROM error_budget('40 h', '3 h', 100);
SELECT throws_ok(format('SELECT error_budget(%L, %L, %L)', o, d, p), '22023', NULL, format('no budget of %s, %s, %s', o, d, p))
FROM (VALUES ('1 h', '0', 0), ('1 h', '0', -1), ('1 h', '0', 100.1), ('1 h', '0', 'NaN'), ('1 h', '0', 'infinity'), ('1 h', '0', 1e30),
             ('-1 h', '0', 99), ('1 h', '-1 h', 99), ('1 month', '0', 99)) v (o, d, p);

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
