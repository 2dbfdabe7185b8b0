-- Every function of the extension, called with NULL for each argument and with values at the edge of their types in any
-- combination: rows, or an error with a code that tells of arguments. Nothing else, and no crash.
BEGIN;
\ir lib/cases.psql
\ir lib/calls.psql
SELECT plan(7);
SELECT setseed(0.42) \g /dev/null
SET LOCAL TimeZone = 'UTC';
SELECT pg_temp.polls('1', '2024-01-08', '3:00 up, 4:00 down') \g /dev/null

SELECT cmp_ok((SELECT count(*) FROM callable), '>', 70::bigint, 'functions and aggregates that take arguments');
SELECT is_empty('SELECT function, sound FROM callable WHERE array_position(sound, NULL) > 0', 'each argument has a sound value');
SELECT is_empty($$
    SELECT call, outcome
    FROM callable c, generate_series(1, cardinality(types)) i, pg_temp.call(c, pg_temp.sound_but(c, i, 'NULL')) call, pg_temp.outcome(call) outcome
    WHERE NOT pg_temp.is_stated(outcome)$$, 'NULL for each argument');

-- As SQL; simple values without their quotes.
CREATE TEMP TABLE hostile AS
SELECT type::regtype, CASE WHEN value ~ '\(' THEN value ELSE quote_literal(value) END AS value
FROM (VALUES
    ('timestamptz', '{-infinity,infinity,4714-11-24 00:00Z BC,294276-12-31 23:59:59.999999Z,140387-01-01Z,140386-06-01Z,0001-01-01Z}'::text[]),
    ('tstzrange', ARRAY['empty', 'tstzrange(NULL, NULL)', $$tstzrange('2024-01-08Z', NULL, '()')$$, $$tstzrange(NULL, '2024-01-08Z', '(]')$$, '[-infinity,infinity]',
                        '[2024-01-08Z,infinity]', '[2024-01-08Z,2024-01-08Z]', $$tstzrange('2024-01-08Z', '2024-01-08 00:00:00.000001Z', '()')$$,
                        '[4713-01-01 BC,140000-01-01]', '[2024-01-08Z,294276-12-31Z]', $$tstzrange('2024-01-09Z', '2024-01-08Z')$$]),
    ('tstzrange[]', ARRAY['{}', '{NULL}', '{empty}', 'ARRAY[tstzrange(NULL, NULL)]', $$ARRAY[tstzrange('2024-01-08Z', '2024-01-09Z'), tstzrange('2024-01-08Z', 'infinity')]$$,
                          $$ARRAY[tstzrange('2024-01-08Z', '2024-01-08 00:00:00.000001Z', '()')]$$, $$ARRAY[tstzrange('2024-01-09Z', '2024-01-08Z')]$$,
                          $$(SELECT array_agg(tstzrange(t, t + '1 h')) FROM generate_series(timestamptz '2024-01-01Z', '2024-03-01Z', '7 min') t)$$]),
    ('tstzmultirange', ARRAY['tstzmultirange(tstzrange(NULL, NULL))', '{[-infinity,infinity]}', $$tstzmultirange(tstzrange(NULL, '2024-01-08 11:00Z'), tstzrange('2024-01-08 12:00Z', NULL))$$,
                             '{[4714-01-01 BC,4713-01-01 BC],[290000-01-01,infinity]}', $$tstzmultirange(tstzrange('2024-01-08Z', '2024-01-08 00:00:00.000001Z', '()'))$$,
                             $$(SELECT range_agg(tstzrange(t, t + '1 ms')) FROM generate_series(timestamptz '2024-01-08Z', '2024-01-09Z', '1 s') t)$$]),
    ('name', ARRAY['', 'nobody', 'x"; DROP TABLE store_status; --']),
    ('text', ARRAY['', $$repeat('x', 100000)$$, 'Zürich', $$concat(E'\x01')$$, $$repeat('ü/', 200)$$, $$repeat('€', 10000)$$, 'Mars/Base', 'up', 'previous', '%s%n', '../../../etc/passwd']),
    ('text[]', ARRAY['{}', '{NULL}', '[-3:-2]={1,2}', $$ARRAY[repeat('x', 10000)]$$, '{{1,2},{3,4}}']),
    ('interval', ARRAY['-1 day', '1 mon', '0', '178000000 years', '-178000000 years', '106751991 days 04:00:54.775807', '-2147483648 days', '1 us']),
    ('boolean', '{false}'), ('integer', '{0,-1,2147483647,-2147483648,6,7}'), ('bigint', '{0,-1,9223372036854775807,-9223372036854775808}'),
    ('double precision', '{NaN,Infinity,-Infinity,1e308,-1e-300,0,-1,1e15}'), ('numeric', '{NaN,Infinity,-Infinity,0,-5,100,100.0001,0.999,1e-1000,1e100000}'),
    ('time', '{24:00,00:00,23:59,23:59:59.999999}'), ('date', '{-infinity,infinity,4713-01-01 BC,5874897-12-31,0001-01-01,9999-12-31}'),
    ('bytea', ARRAY['\x00', '\x00000000', '\x01000000', '\xffffffff', $$decode(repeat('00', 1000), 'hex')$$]), ('uuid', '{gen_random_uuid()}'),
    ('jsonb', ARRAY['null', '[]', '1', '{"": null}', '{"default_timezone": "UTC", "hours": []}']),
    ('regtype', '{0,4000000000,record,internal,text}'), ('regclass', '{0,4000000000,store_status,callable}'),
    ('uptime_policy', '{max_gap=infinity carry=always,fill=nearest max_gap=1us,carry=day backfill=off unknown=down,fill=next carry=day max_gap=106751991 days}'),
    ('status_timeline', ARRAY['{}', '{-4779-01-01 00:00:00Z down, 140386-01-01 00:00:00Z unknown}',
                              $$(SELECT timeline_agg(t, extract(minute FROM t) < 59) FROM generate_series(timestamptz '2024-01-01Z', '2024-01-15Z', '1 min') t)$$]),
    ('business_calendar', ARRAY['UTC; 24/7', 'UTC; off', 'Pacific/Apia; Mo-Su 00:00-24:00; 2011 Dec 30 09:00-10:00', 'UTC; Mo 00:00:00.000001-48:00; 0001 Jan 01 off; 9999 Dec 31 10:00-34:00',
                                'Central Standard Time; -2024 Jan 07 Sa 22:00-02:00', $$(SELECT calendar_agg('UTC', i % 7, time '00:00' + i * interval '1 s', '24:00') FROM generate_series(0, 9999) i)$$])
    ) AS v (type, value_list), unnest(value_list) value;
INSERT INTO hostile SELECT DISTINCT type, 'NULL' FROM sound;
SELECT is_empty('SELECT DISTINCT type::regtype FROM callable, unnest(types) type EXCEPT SELECT type FROM hostile', 'each type of an argument has hostile values');

-- Half of the arguments are sound, so that a call gets beyond its first check.
CREATE FUNCTION pg_temp.some_arguments(c callable, hostile_one_in int) RETURNS text[] LANGUAGE sql VOLATILE AS $$
    SELECT array_agg(CASE WHEN random() * hostile_one_in < 1 THEN (SELECT value FROM hostile h WHERE h.type = a.type ORDER BY random() LIMIT 1) ELSE a.sound END ORDER BY n)
    FROM unnest(c.types, c.sound) WITH ORDINALITY AS a (type, sound, n)
$$;
-- An audit of all zones over all of time takes its time.
CREATE TEMP TABLE called AS
SELECT call, pg_temp.outcome(call) AS outcome
FROM (SELECT pg_temp.call(c, pg_temp.some_arguments(c, 1 + round % 3)) AS call
      FROM callable c, generate_series(1, 30) round WHERE name <> 'store_uptime.timezone_audit'::regproc OFFSET 0) calls;
SELECT is_empty('SELECT * FROM called WHERE NOT pg_temp.is_stated(outcome)', 'hostile arguments in any combination');
-- Errors quote what they refuse, cut where it is long: what comes out is text of the database still.
SELECT lives_ok('SELECT count(convert_from(convert_to(outcome, ''UTF8''), ''UTF8'')) FROM called', 'messages are whole characters');
SELECT cmp_ok(count(*) FILTER (WHERE outcome LIKE '% rows'), '>', count(*) / 4, 'some of which give an answer') FROM called;
SELECT * FROM finish();
ROLLBACK;
