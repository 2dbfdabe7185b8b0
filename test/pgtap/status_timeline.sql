-- The type status_timeline and its aggregates, compared with plain SQL over the polls they are made of.
BEGIN;
SELECT plan(74);
SELECT setseed(0.42) \g /dev/null
SET LOCAL timezone = 'Asia/Kathmandu'; -- nothing may depend on it

-- --- text and binary -------------------------------------------------------------------------------------------------
SELECT is('{2024-01-08T16:14Z up,2024-01-08 17:15:00.50Z down}'::status_timeline::text,
          '{2024-01-08 16:14:00Z up, 2024-01-08 17:15:00.5Z down}', 'canonical text');
SELECT is(' { } '::status_timeline::text, '{}', 'an empty timeline');
SELECT is('{2024-01-02 00:00:00Z up, 2024-01-01 00:00:00Z down, 2024-01-02 00:00:00Z down}'::status_timeline::text,
          '{2024-01-01 00:00:00Z down, 2024-01-02 00:00:00Z down}', 'order does not matter, down beats up');
SELECT throws_ok($$SELECT '{2024-01-08 16:14:00Z off}'::status_timeline$$, '22P02',
                 'invalid status_timeline: expected a status at character 23, "off}"', 'errors point at the character');
SELECT throws_ok(format('SELECT %L::status_timeline', bad), '22P02', NULL, 'not a timeline: ' || bad)
FROM unnest(ARRAY['', '{', '}', '[]', '{,}', '{}x', '{2024-01-08 up}', '{2024-01-08 16:14:00 up}', '{2024-02-30 16:14:00Z up}',
                  '{2024-01-08 24:00:01Z up}', '{2024-01-08 16:14:00Z}', '{2024-01-08 16:14:00Z up,}', '{NULL}',
                  '{999999-01-01 00:00:00Z up}']) bad;

CREATE FUNCTION pg_temp.sent(status_timeline) RETURNS bytea LANGUAGE sql RETURN status_timeline_send($1);
-- The only way SQL has to call a receive function: COPY in binary format. The bytes of a value become a file's.
CREATE TEMP TABLE received (t status_timeline);
CREATE FUNCTION pg_temp.receive(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE received;
    EXECUTE format('COPY received FROM PROGRAM %L (FORMAT binary)', 'base64 -d <<E' || E'\n' || encode(
        '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || int2send('1') || int4send(length(bytes)) || bytes || int2send('-1'),
        'base64') || E'\nE');
    RETURN (SELECT t::text FROM received);
END $$;
SELECT is(pg_temp.receive(pg_temp.sent(t)), t::text, 'binary form of ' || t)
FROM (VALUES ('{}'::status_timeline), ('{2024-01-08 16:14:00Z up}'), ('{0001-01-01 00:00:00Z down, 100000-01-01 00:00:00Z unknown}'),
             ('{-4000-01-01 00:00:00Z down, 2024-01-01 00:00:00.000001Z up}')) v (t);
-- A non-canonical but readable message (slots of one bit where none would do) becomes the canonical value.
SELECT is(pg_temp.receive('\x010301082001000400'), '{1970-01-01 00:00:00Z up, 1970-01-01 00:00:00.000004Z down, 1970-01-01 00:00:00.000008Z down}',
          'a message is read, not copied');
SELECT is((SELECT pg_temp.sent(t) FROM received), pg_temp.sent((SELECT t::text::status_timeline FROM received)), 'and stored as the only form');
SELECT throws_ok(format('SELECT pg_temp.receive(%L)', bad), code, NULL, format('refused: %s', bad))
FROM (VALUES ('\x'::bytea, '22P03'), ('\x00', '22P03'), ('\x01', '22P03'), ('\x0101', '22P03'), ('\x010000', '22P03'),
             ('\x0200', '0A000'), ('\x01ffffffff0f', '22P03'), ('\x010103', '22P03'), ('\x010101ff', '22P03'),
             ('\x0102010005', '22P03'), ('\x0102010220000001', '22P03'), ('\x010201012d000001', '22P03')) v (bad, code);

-- --- equality and hashing --------------------------------------------------------------------------------------------
SELECT ok('{2024-01-01 00:00:00Z up}'::status_timeline = '{2024-01-01T00:00Z up}', 'equal');
SELECT ok('{2024-01-01 00:00:00Z up}'::status_timeline <> '{2024-01-01T00:00Z down}', 'not equal');
SELECT is(count(*), 2::bigint, 'GROUP BY hashes')
FROM (SELECT FROM (VALUES ('{}'::status_timeline), ('{ }'), ('{2024-01-01 00:00:00Z up}')) v (t) GROUP BY t) g;

-- --- aggregates ------------------------------------------------------------------------------------------------------
CREATE TEMP TABLE poll AS
SELECT i % 37 AS store, timestamptz '2023-01-01 UTC' + random() * interval '60 days' AS at,
       CASE WHEN i % 11 > 0 THEN random() < 0.7 END AS is_up
FROM generate_series(1, 20000) i;
INSERT INTO poll SELECT store, at, NOT is_up FROM poll WHERE random() < 0.05; -- conflicts
INSERT INTO poll SELECT store, date_trunc('hour', at), is_up FROM poll; -- duplicates
-- What a timeline has to hold, by plain SQL.
CREATE TEMP TABLE expected AS
SELECT store, at, CASE WHEN bool_or(NOT is_up) THEN 'down' WHEN bool_or(is_up) THEN 'up' ELSE 'unknown' END AS status
FROM poll GROUP BY store, at;
CREATE INDEX ON expected (store, at);
ANALYZE expected;
CREATE TEMP TABLE timeline AS SELECT store, timeline_agg(at, is_up) AS t FROM poll GROUP BY store;
SELECT set_eq('SELECT store, p.at, p.status FROM timeline, polls(t) p', 'SELECT * FROM expected', 'timeline_agg keeps every poll, settles conflicts');
SELECT is_empty('SELECT store FROM (SELECT store, at, lag(at) OVER (PARTITION BY store ORDER BY n) AS before
                 FROM timeline, polls(t) WITH ORDINALITY AS p (at, status, n)) o WHERE before >= at', 'polls come in order');
SELECT results_eq('SELECT store, poll_count(t), first_poll(t), last_poll(t) FROM timeline ORDER BY store',
                  'SELECT store, count(*), min(at), max(at) FROM expected GROUP BY store ORDER BY store', 'poll_count, first_poll, last_poll');
SELECT is_empty($$SELECT store, x FROM timeline, generate_series(timestamptz '2022-12-31 UTC', '2023-03-04 UTC', '7 hours 13.000001 sec') x
                  WHERE status_at(t, x) IS DISTINCT FROM
                        (SELECT status FROM expected e WHERE e.store = timeline.store AND at <= x ORDER BY at DESC LIMIT 1)$$, 'status_at');
SELECT is_empty('SELECT FROM timeline JOIN expected e USING (store) WHERE status_at(t, at) <> e.status', 'status_at the polls themselves');
SELECT is_empty('SELECT FROM timeline WHERE t <> t::text::status_timeline', 'text gives the value back');
SELECT results_eq('SELECT store, t FROM timeline ORDER BY store',
                  'SELECT store, timeline_agg(at, is_up ORDER BY random()) FROM poll GROUP BY store ORDER BY store', 'the order of rows does not matter');
SELECT results_eq('SELECT store, t FROM timeline ORDER BY store',
                  $$SELECT store, timeline_agg(piece ORDER BY random())
                    FROM (SELECT store, timeline_agg(at, is_up) AS piece FROM poll GROUP BY store, floor(random() * 20)) p
                    GROUP BY store ORDER BY store$$, 'overlapping pieces in any order give the same value');
SELECT ok((SELECT t FROM timeline WHERE store = 1) + (SELECT t FROM timeline WHERE store = 2) = (SELECT timeline_agg(at, is_up) FROM poll WHERE store IN (1, 2)),
          'a + b holds the polls of both');
SELECT ok(a.t + b.t = b.t + a.t AND a.t + a.t = a.t AND a.t + '{}' = a.t, '+ commutes, a + a = a, a + {} = a')
FROM timeline a, timeline b WHERE a.store = 3 AND b.store = 4;
SELECT is(timeline_agg(at, is_up)::text, '{}', 'no rows: an empty timeline') FROM poll WHERE false;
SELECT is(timeline_agg(t)::text, '{}', 'no timelines: an empty one') FROM timeline WHERE false;
SELECT is(timeline_agg(at, up)::text, '{2024-01-01 00:00:00Z unknown}', 'no status is unknown, no time is no poll')
FROM (VALUES (NULL::timestamptz, true), ('2024-01-01 00:00:00Z', NULL), (NULL, NULL)) v (at, up);
SELECT throws_ok(format('SELECT timeline_agg(%L::timestamptz, true)', at), '22008', NULL, 'no poll at ' || at)
FROM unnest(ARRAY['infinity', '-infinity', '150000-01-01 UTC', '4790-01-01 BC UTC']) at;
SELECT is(poll_count(timeline_agg('140000-01-01 UTC'::timestamptz, true)), 1::bigint, 'far ahead is fine');
SELECT is(array_agg(poll_count(t) ORDER BY at), ARRAY[1, 2, 3]::bigint[], 'as a window function')
FROM (SELECT timeline_agg(at, true) OVER (ORDER BY at) AS t, at
      FROM (VALUES (timestamptz '2024-01-01 UTC'), ('2024-01-02 UTC'), ('2024-01-03 UTC')) v (at)) w;

-- --- trim ------------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_temp.trimmed(during tstzrange) RETURNS TABLE (same boolean) LANGUAGE sql AS $$
    SELECT array(SELECT p.at FROM polls(trim(t, during)) p) = array(SELECT at FROM expected e WHERE e.store = timeline.store AND at <@ during ORDER BY at)
    FROM timeline
$$;
SELECT ok(bool_and(same), 'trim to ' || during)
FROM (SELECT during, pg_temp.trimmed(during) AS same
      FROM (VALUES ('[2023-01-10 05:00Z,2023-01-20 00:00Z)'::tstzrange), ('(2023-01-10 05:00Z,2023-01-20 00:00Z]'), ('(,2023-01-20 00:00Z]'),
                   ('[2023-01-20 00:00Z,)'), ('(,)'), ('empty'), ('[-infinity,infinity]')) v (during)) c
GROUP BY during;

-- --- nothing, and what is not for callers ----------------------------------------------------------------------------
SELECT ok(status_at(NULL, now()) IS NULL AND status_at('{}', NULL) IS NULL AND status_at('{}', now()) IS NULL AND poll_count(NULL) IS NULL
          AND first_poll('{}') IS NULL AND last_poll('{}') IS NULL AND trim(NULL::status_timeline, '(,)'::tstzrange) IS NULL, 'NULL and nothing');
SELECT is_empty($$SELECT * FROM polls('{}')$$, 'an empty timeline has no polls');
SELECT throws_ok($$SELECT status_at('{}', 'infinity')$$, '22023', NULL, 'no status at infinity');
-- Refused as the server refuses such calls of its own functions: 15.18 says 0A000, 15.20 42883.
CREATE FUNCTION pg_temp.refusal(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT ' || call;
    RETURN 'none';
EXCEPTION WHEN undefined_function OR feature_not_supported THEN
    RETURN sqlstate;
END
$$;
SELECT throws_ok(format('SELECT %s', call), pg_temp.refusal('numeric_avg(NULL)'), NULL, 'not callable: ' || call)
FROM unnest(ARRAY['timeline_agg_final(NULL)', 'timeline_agg_combine(NULL, NULL)', $$timeline_agg_deserialize('\x00', NULL)$$,
                  'timeline_agg_transition(NULL, now(), true)', 'timeline_agg_serialize(NULL)']) call;
SELECT throws_ok('CREATE AGGREGATE pg_temp.forged (timestamptz, boolean) (SFUNC = timeline_agg_transition, STYPE = internal)', '42P13', NULL, 'a state cannot be had');
SELECT * FROM finish();
ROLLBACK;
