-- Values whose bytes were changed, stored or sent, and states of aggregates: whatever is asked of them there is an answer, or
-- the error says that the value is damaged. No crash, and nothing else.
BEGIN;
\ir lib/cases.psql
\ir lib/calls.psql
SELECT plan(19);
SELECT setseed(0.42) \g /dev/null
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SELECT pg_temp.polls('1', '2024-01-08', '3:00 up, 4:00 down') \g /dev/null

-- These let any bytes pass for a value that was stored, as a damaged page does. Nothing of a cast without a function looks
-- at them. (An interval is of the size and alignment of an uptime_policy.)
CREATE CAST (bytea AS status_timeline) WITHOUT FUNCTION;
CREATE CAST (bytea AS business_calendar) WITHOUT FUNCTION;
CREATE CAST (interval AS uptime_policy) WITHOUT FUNCTION;

-- --- values, and what happens to them ----------------------------------------------------------------------------------
CREATE TEMP TABLE whole AS
SELECT 'status_timeline'::regtype AS type, row_number() OVER () AS number, status_timeline_send(t) AS bytes
FROM (SELECT '{}'::status_timeline UNION ALL SELECT '{2024-01-08 09:00:00Z up}'
      UNION ALL SELECT timeline_agg(timestamptz '2024-01-01Z' + i * interval '1 hour' + random() * interval '20 min', random() < 0.8) FROM generate_series(1, 150) i
      UNION ALL SELECT timeline_agg(timestamptz '2024-01-01Z' + i * interval '5 min', CASE WHEN i % 9 > 0 THEN i % 17 > 0 END) FROM generate_series(1, 400) i
      UNION ALL SELECT timeline_agg(timestamptz '4000-01-01 00:00Z BC' + (i ^ 8) * interval '1 s', true) FROM generate_series(1, 30) i) v (t)
UNION ALL
SELECT 'business_calendar', row_number() OVER (), business_calendar_send(c::business_calendar)
FROM unnest('{UTC; 24/7,UTC; off,"America/Chicago; Mo-Fr 09:00-17:00; Sa 10:00-14:00,18:00-02:00; 2024 Jan 01+ Su 11:00-15:00; 2024 Dec 24 09:00:30-12:00; 2024 Dec 25 off"}'::text[]) c
UNION ALL
SELECT 'uptime_policy', row_number() OVER (), uptime_policy_send(p::uptime_policy)
FROM unnest('{"",fill=next carry=always backfill=off max_gap=infinity unknown=down,fill=nearest carry=day max_gap=1us unknown=up}'::text[]) p
UNION ALL
SELECT 'bytea', row_number() OVER (), state
FROM (VALUES (group_add('', '{2024-01-08 09:00:00Z up, 2024-01-08 10:00:00Z down}')), (group_add(group_add('', 1, '{2024-01-08 09:00:00Z up}'), 1, '{}')),
             (calendar_agg_add(calendar_agg_add(NULL, 'Europe/Berlin', 0, '09:00', '17:00'), 'Europe/Berlin', 1, '22:00', '02:00', '2024-01-01', '2024-12-31'))) v (state);

-- One change: cut, lengthened, a bit flipped, a byte changed, taken out or put in.
CREATE FUNCTION pg_temp.damage(bytes bytea) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    at int := floor(random() * length(bytes));
    byte int := floor(random() * 256);
    bit int := floor(random() * length(bytes) * 8);
BEGIN
    RETURN CASE floor(random() * 6)::int
        WHEN 0 THEN substr(bytes, 1, at)
        WHEN 1 THEN bytes || substr(bytes, 1, at) || set_byte('\x00', 0, byte)
        WHEN 2 THEN overlay(bytes PLACING '' FROM at + 1 FOR 1)
        WHEN 3 THEN substr(bytes, 1, at) || set_byte('\x00', 0, byte) || substr(bytes, at + 1)
        WHEN 4 THEN CASE WHEN length(bytes) > 0 THEN set_byte(bytes, at, byte) ELSE '\xff' END
        ELSE CASE WHEN length(bytes) > 0 THEN set_bit(bytes, bit, 1 - get_bit(bytes, bit)) ELSE '\xff' END
    END;
END $$;
CREATE TEMP TABLE damaged AS
SELECT type, 'bit ' || bit AS damage, set_bit(bytes, bit, 1 - get_bit(bytes, bit)) AS bytes
FROM whole, generate_series(0, least(length(bytes), 60) * 8 - 1) bit
UNION ALL
SELECT type, 'cut after ' || n, substr(bytes, 1, n) FROM whole, generate_series(0, least(length(bytes) - 1, 60)) n
UNION ALL
SELECT type, 'longer', bytes || more FROM whole, unnest('{"\\x00","\\xff","\\x01000000"}'::bytea[]) more
UNION ALL
SELECT type, 'changed', CASE WHEN n % 3 = 0 THEN pg_temp.damage(pg_temp.damage(pg_temp.damage(bytes))) ELSE pg_temp.damage(bytes) END
FROM whole, generate_series(1, 100) n;
DELETE FROM damaged d USING whole w WHERE (d.type, d.bytes) = (w.type, w.bytes);
CREATE INDEX ON damaged (type);
ANALYZE whole, damaged;

-- --- stored ------------------------------------------------------------------------------------------------------------
-- Damaged bytes as SQL. An interval's fields lie in memory as 8 bytes of time, 4 of days, 4 of months; those of an
-- uptime_policy are sent in the order in which they lie, its numbers aside.
CREATE FUNCTION pg_temp.number_of(bytes bytea) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE length(bytes) WHEN 8 THEN ('x' || encode(bytes, 'hex'))::bit(64)::bigint ELSE ('x' || encode(bytes, 'hex'))::bit(32)::int END
$$;
CREATE FUNCTION pg_temp.as_stored(type regtype, bytes bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN type <> 'uptime_policy'::regtype THEN format('%L::bytea', bytes)
                ELSE format('interval ''%s months %s days %s us''', pg_temp.number_of(substr(bytes, 13, 4)),
                            pg_temp.number_of((SELECT string_agg(substr(bytes, 13 - i, 1), '' ORDER BY i) FROM generate_series(1, 4) i)),
                            pg_temp.number_of(substr(bytes, 1, 8))) END
$$;
-- A value as text; NULL if it is damaged.
CREATE FUNCTION pg_temp.text_of(type regtype, value text) RETURNS text LANGUAGE plpgsql STRICT AS $$
DECLARE
    text text;
BEGIN
    EXECUTE format('SELECT %s::%s::text', value, type) INTO text;
    RETURN text;
EXCEPTION WHEN invalid_binary_representation OR feature_not_supported OR invalid_parameter_value THEN
    RETURN NULL;
END $$;
SELECT is_empty('SELECT type, bytes FROM whole WHERE pg_temp.text_of(type, pg_temp.as_stored(type, bytes)) IS NULL', 'whole bytes are values');

-- Each damaged value in four places, chosen at random, where some function has an argument of its type.
CREATE TEMP TABLE place AS
SELECT c AS callable, type::regtype, i::int FROM callable c, unnest(types) WITH ORDINALITY AS a (type, i) WHERE type IN (SELECT type FROM whole);
CREATE FUNCTION pg_temp.places(of_type regtype, damaged bytea) RETURNS SETOF place LANGUAGE sql VOLATILE AS $$
    SELECT * FROM place WHERE type = of_type ORDER BY random() LIMIT 4
$$;
CREATE TEMP TABLE called AS
SELECT (p.callable).function, p.i, call, pg_temp.outcome(call) AS outcome
FROM damaged d, pg_temp.places(d.type, d.bytes) p,
     pg_temp.call(p.callable, pg_temp.sound_but(p.callable, p.i, pg_temp.as_stored(d.type, d.bytes))) call
WHERE d.type <> 'uptime_policy'::regtype OR length(d.bytes) = 16;
SELECT is_empty($$SELECT call, outcome FROM called WHERE outcome !~ '^\d+ rows$|^22P03 invalid|^0A000 \w+ of version \d+ is not known|^22023 time zone'
                  AND NOT (call ~ '(calendar_agg|group|all_of|any_of|at_least)\w*\(' AND outcome ~ '^2[12]|^54000')$$, 'a damaged value: an answer, or an error that says so');
SELECT is_empty('SELECT (callable).function, i FROM place EXCEPT SELECT function, i FROM called', 'wherever a value can come to');
SELECT cmp_ok(count(*) FILTER (WHERE outcome LIKE '22P03%'), '>', count(*) / 4, 'many errors') FROM called;
SELECT cmp_ok(count(*) FILTER (WHERE outcome LIKE '%rows'), '>', count(*) / 10, 'many answers') FROM called;

-- What can still be read is read in one way.
CREATE TEMP TABLE read AS
SELECT *, pg_temp.text_of(type, pg_temp.as_stored(type, bytes)) AS text FROM damaged
WHERE type <> ALL ('{uptime_policy,bytea}'::regtype[]) OR type = 'uptime_policy'::regtype AND length(bytes) = 16;
SELECT is_empty('SELECT type, damage, bytes, text FROM read WHERE text <> pg_temp.text_of(type, quote_literal(text))', 'and its text gives it back');
SELECT cmp_ok(count(*) FILTER (WHERE text IS NOT NULL), '>=', 20::bigint, type || ': some are read') FROM read GROUP BY type ORDER BY type;
SELECT cmp_ok(count(*) FILTER (WHERE text IS NULL), '>', 100::bigint, type || ': others not') FROM read GROUP BY type ORDER BY type;

-- --- received ----------------------------------------------------------------------------------------------------------
-- What a receive function makes of bytes, or its error: they go through a binary COPY file.
CREATE TEMP TABLE received (status_timeline status_timeline, business_calendar business_calendar, uptime_policy uptime_policy);
CREATE FUNCTION pg_temp.receive(type regtype, bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/store_uptime_damaged';
    id oid := lo_from_bytea(0, '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001' || int4send(length(bytes)) || bytes || '\xffff');
    text text;
BEGIN
    PERFORM lo_export(id, file), lo_unlink(id);
    EXECUTE format('COPY received (%s) FROM %L (FORMAT binary)', type, file);
    DELETE FROM received RETURNING concat(status_timeline, business_calendar, uptime_policy) INTO text;
    RETURN text;
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ' ' || sqlerrm;
END $$;
CREATE TEMP TABLE sent AS
SELECT *, pg_temp.receive(type, bytes) AS received FROM (SELECT * FROM damaged WHERE type <> 'bytea'::regtype ORDER BY random() LIMIT 1500) d;
SELECT is_empty('SELECT type, bytes FROM whole WHERE type <> ''bytea''::regtype AND pg_temp.receive(type, bytes) <> pg_temp.text_of(type, pg_temp.as_stored(type, bytes))', 'whole bytes are received');
SELECT is_empty($$SELECT * FROM sent WHERE received ~ '^[0-9A-Z]{5} ' AND received !~ '^22P03 |^0A000 \w+ of version \d+ is not known|^22023 time zone|^08P01 '$$,
                'damaged bytes are refused');
SELECT is_empty($$SELECT s.* FROM sent s JOIN read r USING (type, bytes) WHERE received IS DISTINCT FROM text AND received !~ '^22023 time zone'
                  AND (text IS NOT NULL OR received !~ '^[0-9A-Z]{5} ')$$, 'or are what they are when stored');
SELECT is(pg_temp.receive(type, set_byte(bytes, 0, version)), outcome, format('%s of version %s', type, version))
FROM whole, (VALUES ('status_timeline'::regtype, 0, '22P03 invalid status_timeline: there is no version 0'), ('status_timeline', 2, '0A000 status_timeline of version 2 is not known'),
                    ('business_calendar', 0, '22P03 invalid business_calendar: there is no version 0'), ('business_calendar', 255, '0A000 business_calendar of version 255 is not known')
            ) AS v (of, version, outcome)
WHERE type = of AND number = 2;
SELECT format('rm %L', current_setting('data_directory') || '/store_uptime_damaged') AS remove \gset
COPY (SELECT WHERE false) TO PROGRAM :'remove';

SELECT * FROM finish();
ROLLBACK;
