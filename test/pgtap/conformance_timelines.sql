-- Polls as a step function and as signs of life: numbers of other systems' tests, around the clock, zone UTC.
BEGIN;
\ir lib/cases.psql
SELECT plan(21);
UPDATE store_uptime.source SET options = '{"default_timezone": "UTC"}';

-- A. Five polls within two minutes; the last observation is carried forward.
INSERT INTO store_status VALUES
    ('steps', 'inactive', '2020-01-01 00:00:00Z'), ('steps', 'active', '2020-01-01 00:00:11Z'),
    ('steps', 'inactive', '2020-01-01 00:01:00Z'), ('steps', 'active', '2020-01-01 00:01:03Z'),
    ('steps', 'inactive', '2020-01-01 00:02:00Z');
CREATE FUNCTION pg_temp.locf(store text, from_time text, to_time text) RETURNS TABLE (up interval, down interval)
LANGUAGE sql AS $$
    SELECT up_time, down_time
    FROM store_uptime_windows(ARRAY[tstzrange(('2020-01-01 ' || from_time || 'Z')::timestamptz, ('2020-01-01 ' || to_time || 'Z')::timestamptz)],
                              '2020-01-01 00:02Z', policy => 'carry=always backfill=off max_gap=infinity', stores => ARRAY[store])
$$;
SELECT results_eq($$SELECT * FROM pg_temp.locf('steps', '00:00', '00:02')$$,
                  $$VALUES (interval '00:01:46', interval '00:00:14')$$, 'up and down of the two minutes');
SELECT is((pg_temp.locf('steps', from_time, to_time)).up, up, format('up from %s to %s', from_time, to_time))
FROM (VALUES ('00:01:00', '00:02', interval '57 s'), ('00:00:15', '00:00:45', '30 s'), ('00:00:15', '00:01:16', '58 s')) AS c (from_time, to_time, up);
SELECT is(pg_temp.status_at('steps', at, 'carry=always backfill=off max_gap=infinity', '2020-01-01 00:02Z'), expected, 'status at ' || at)
FROM (VALUES (timestamptz '2020-01-01 00:00:05Z', 'down'), ('2020-01-01 00:01:00Z', 'down'), ('2020-01-01 00:01:02Z', 'down'),
             ('2019-12-31 23:59:59.999999Z', 'unknown'), ('2020-01-01 00:00:11Z', 'up'), ('2020-01-01 00:00:10.999999Z', 'down'),
             ('2020-01-01 00:02:00Z', 'closed')) AS c (at, expected);

-- B. A sign of life counts for ten minutes.
CREATE FUNCTION pg_temp.alive(store text, times text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO store_status SELECT store, 'active', ('2020-01-01 ' || t || 'Z')::timestamptz FROM regexp_split_to_table(times, ', ') t
$$;
SELECT pg_temp.alive('heart', '0:02:20, 0:10, 0:17, 0:30, 0:35, 0:40, 0:35, 0:40, 0:40, 0:50:30, 1:00, 1:08, 1:18, 1:28, 1:38:01, 1:40, 1:40:01, 1:50:01, 1:57, 1:59:50'),
       pg_temp.alive('moved', '0:02:20, 0:10, 0:17, 0:30, 0:35, 0:40, 0:35, 0:40, 0:40, 0:50:30, 1:00:30, 1:08, 1:18, 1:28, 1:38:01, 1:40, 1:40:01, 1:50:01, 1:57, 1:59:50') \g /dev/null
PREPARE life (text, tstzrange[]) AS
    SELECT up_time, unknown_time
    FROM store_uptime_windows($2, '2020-01-01 02:00Z', policy => 'carry=always backfill=off max_gap=10min', stores => ARRAY[$1])
    ORDER BY during;
SELECT results_eq($$EXECUTE life ('heart', '{"[2020-01-01 00:00Z, 2020-01-01 02:00Z)"}')$$,
                  $$VALUES (interval '01:54:09', interval '00:05:51')$$, 'up and unknown of the two hours');
-- The intervals of life are up to the microsecond, and everything around them is unknown.
SELECT results_eq(
    format($$SELECT up_time = interval '%s', unknown_time = interval '%s'
             FROM store_uptime_windows(ARRAY[tstzrange('2020-01-01 %sZ', '2020-01-01 %sZ')], '2020-01-01 02:00Z',
                                       policy => 'carry=always backfill=off max_gap=10min', stores => '{heart}')$$,
           CASE WHEN lives THEN till - since ELSE '0' END, CASE WHEN lives THEN '0' ELSE till - since END, since, till),
    'VALUES (true, true)', format('from %s to %s', since, till))
FROM (VALUES (interval '00:00', interval '00:02:20', false), ('00:02:20', '00:27', true), ('00:27', '00:30', false),
             ('00:30', '00:50', true), ('00:50', '00:50:30', false), ('00:50:30', '01:38', true), ('01:38', '01:38:01', false),
             ('01:38:01', '02:00', true)) AS c (since, till, lives);
SELECT results_eq(
    $$EXECUTE life ('moved', '{"[2020-01-01 00:00Z, 2020-01-01 00:30Z)", "[2020-01-01 00:30Z, 2020-01-01 01:00Z)",
                               "[2020-01-01 01:00Z, 2020-01-01 01:30Z)", "[2020-01-01 01:30Z, 2020-01-01 02:00Z)"}')$$,
    $$SELECT make_interval(secs => up), interval '30 min' - make_interval(secs => up)
      FROM unnest(ARRAY[24 * 60 + 40, 29 * 60 + 30, 30 * 60, 29 * 60 + 59]) up$$, 'up in each half hour');

SELECT * FROM finish();
ROLLBACK;
