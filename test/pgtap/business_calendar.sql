-- The type business_calendar, its constructors and what can be asked of it, compared with plain SQL over rows of hours.
BEGIN;
SELECT plan(76);
SELECT setseed(0.42) \g /dev/null
SET LOCAL timezone = 'Asia/Kathmandu'; -- nothing may depend on it
SET LOCAL datestyle = 'SQL, DMY';

-- --- text ------------------------------------------------------------------------------------------------------------
SELECT is(text::business_calendar::text, canonical, text)
FROM (VALUES
    ('America/Chicago; Mo-Fr 09:00-17:00; Sa 10:00-14:00,18:00-02:00; 2024 Jan 01-2024 Mar 31 Su 11:00-15:00; 2024 Dec 25 off; 2024 Dec 24 09:00-12:00',
     'America/Chicago; Mo-Fr 09:00-17:00; Sa 10:00-14:00,18:00-02:00; 2024 Jan 01-2024 Mar 31 Su 11:00-15:00; 2024 Dec 24 09:00-12:00; 2024 Dec 25 off'),
    ('America/Chicago;24/7', 'America/Chicago; 24/7'), ('UTC; Mo-Su 00:00-24:00', 'UTC; 24/7'), ('UTC; off', 'UTC; off'),
    ('UTC; we 9:00-17:00', 'UTC; We 09:00-17:00')) v (text, canonical);
SELECT throws_ok(format('SELECT %L::business_calendar', bad), '22P02', NULL, 'not a calendar: ' || bad)
FROM unnest(ARRAY['', 'UTC', 'UTC;', 'UTC; Xx 09:00-17:00', 'UTC; Mo 09:00-49:00', 'UTC; Mo 09:00', 'UTC; Dec 25 off', 'UTC; 2024 Feb 30 off',
                  'UTC; PH off', 'UTC; Mo[1] 09:00-17:00', 'UTC; Mo 09:00-17:00;', 'UTC; sunrise-sunset']) bad;
SELECT throws_like($$SELECT 'UTC; Mo 09:00-25:61'::business_calendar$$, '%character%', 'errors point at the character');
SELECT throws_ok($$SELECT 'Mars/Base; 24/7'::business_calendar$$, '22023', 'time zone "Mars/Base" is not known', 'the zone must exist');
SELECT ok('UTC; Mo 09:00-12:00,12:00-17:00'::business_calendar IS NOT NULL AND 'UTC; 24/7'::business_calendar <> 'Europe/Berlin; 24/7'
          AND 'UTC; Mo-Su 00:00-00:00'::business_calendar = 'UTC; 24/7', 'equality');
SELECT is(count(*), 2::bigint, 'GROUP BY hashes') FROM (SELECT FROM (VALUES ('UTC; 24/7'::business_calendar), ('UTC; Mo-Su 00:00-24:00'), ('UTC; off')) v (c) GROUP BY c) g;

-- --- binary ----------------------------------------------------------------------------------------------------------
CREATE TEMP TABLE received (c business_calendar);
CREATE FUNCTION pg_temp.receive(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE received;
    EXECUTE format('COPY received FROM PROGRAM %L (FORMAT binary)', 'base64 -d <<E' || E'\n' || encode(
        '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || int2send('1') || int4send(length(bytes)) || bytes || int2send('-1'),
        'base64') || E'\nE');
    RETURN (SELECT c::text FROM received);
END $$;
CREATE TEMP TABLE sample AS
SELECT 'America/Chicago; Mo-Fr 09:00-17:00; Sa 10:00-14:00,18:00-02:00; 2024 Jan 01+ Su 11:00-15:00; 2024 Dec 25 off'::business_calendar AS c;
SELECT is(pg_temp.receive(business_calendar_send(c)), c::text, 'binary form') FROM sample;
SELECT throws_ok(format('SELECT pg_temp.receive(%L)', substr(business_calendar_send(c), 1, n)), '22P03', NULL, format('cut after %s bytes', n))
FROM sample, generate_series(0, 20, 5) n;
SELECT throws_ok(format('SELECT pg_temp.receive(%L)', business_calendar_send(c) || '\x00'), '22P03', NULL, 'too long') FROM sample;
SELECT throws_ok(format('SELECT pg_temp.receive(%L)', set_byte(business_calendar_send(c), 0, 2)), '0A000', NULL, 'a later version') FROM sample;
SELECT throws_ok(format('SELECT pg_temp.receive(%L)', overlay(business_calendar_send(c) PLACING 'Xmerica' FROM 3)), '22023', NULL, 'a zone nobody knows') FROM sample;
-- Each bit flipped: another calendar or an error, and the server lives.
CREATE FUNCTION pg_temp.survives(bytes bytea) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.receive(bytes);
    RETURN true;
EXCEPTION WHEN invalid_binary_representation OR feature_not_supported OR invalid_parameter_value OR datetime_field_overflow OR program_limit_exceeded THEN
    RETURN true;
END $$;
SELECT ok(bool_and(pg_temp.survives(set_bit(business_calendar_send(c), bit, 1 - get_bit(business_calendar_send(c), bit)))), 'bits flipped')
FROM sample, generate_series(0, length(business_calendar_send(c)) * 8 - 1, 3) bit;

-- --- rows to calendars -----------------------------------------------------------------------------------------------
SELECT is(calendar_agg(zone, day, opens, closes)::text, text, what)
FROM (VALUES
    ('a week', 'Europe/Berlin', 0, time '09:00', time '17:00', 'Europe/Berlin; Mo,Tu 09:00-17:00; We 22:00-02:00'),
    ('a week', 'Europe/Berlin', 1, '09:00', '17:00', 'Europe/Berlin; Mo,Tu 09:00-17:00; We 22:00-02:00'),
    ('a week', 'Europe/Berlin', 2, '22:00', '02:00', 'Europe/Berlin; Mo,Tu 09:00-17:00; We 22:00-02:00'),
    ('the last minute is the end of the day', 'UTC', 0, '09:00', '23:59', 'UTC; Mo 09:00-24:00'),
    ('no rows: around the clock', 'UTC', NULL, NULL, NULL, 'UTC; 24/7'),
    ('no zone: Chicago', NULL, 6, '00:00', '00:00', 'America/Chicago; Su 00:00-24:00'),
    ('a zone with one row only', 'Asia/Tokyo', 5, '10:00', '11:00', 'Asia/Tokyo; Sa 10:00-11:00'),
    ('a zone with one row only', NULL, NULL, NULL, NULL, 'Asia/Tokyo; Sa 10:00-11:00')) v (what, zone, day, opens, closes, text)
GROUP BY what, text;
SELECT is(calendar_agg('UTC', 0, time '09:00', time '17:00', since, until)::text, text, 'valid ' || text)
FROM (VALUES (date '2024-01-01', date '2024-03-31', 'UTC; 2024 Jan 01-2024 Mar 31 Mo 09:00-17:00'), (NULL, '2024-03-31', 'UTC; -2024 Mar 31 Mo 09:00-17:00'),
             ('2024-01-01', 'infinity', 'UTC; 2024 Jan 01+ Mo 09:00-17:00'), (NULL, NULL, 'UTC; Mo 09:00-17:00')) v (since, until, text)
GROUP BY text;
SELECT ok(calendar_agg('UTC', 0, NULL, NULL) IS NULL, 'nothing of nothing') WHERE false;
SELECT ok((SELECT calendar_agg('UTC', 0, time '09:00', time '10:00') WHERE false) IS NULL, 'no rows at all: no calendar');
SELECT throws_ok('SELECT calendar_agg(' || arguments || ')', code, NULL, arguments)
FROM (VALUES ($$'UTC', 7, '09:00', '17:00'$$, '22023'), ($$'UTC', -1, '09:00', '17:00'$$, '22023'), ($$'UTC', 1, '09:00', NULL$$, '22004'),
             ($$'UTC', 1, NULL, '09:00'$$, '22004'), ($$'UTC', NULL, '09:00', '09:00'$$, '22004'), ($$'Nowhere', 1, '09:00', '17:00'$$, '22023'),
             ($$'', 1, '09:00', '17:00'$$, NULL), ($$'U;C', 1, '09:00', '17:00'$$, '22023'),
             ($$'UTC', 1, '09:00', '17:00', '20000-01-01', NULL$$, '22008')) v (arguments, code)
WHERE code IS NOT NULL;
SELECT throws_ok($$SELECT calendar_agg(zone, 1, '09:00', '17:00') FROM (VALUES ('UTC'), ('Asia/Tokyo')) v (zone)$$, '21000', NULL, 'two zones in one group');
SELECT throws_ok(format('SELECT calendar_agg_final(%L)', state), '22P03', NULL, 'not a state: ' || state)
FROM unnest(ARRAY['\x', '\x00', '\xffffffff', '\x0000000001', '\x03000000555443' || repeat('00', 31)]) state;
SELECT is(with_special_day(with_special_day('UTC; 24/7', '2024-12-25'), '2024-12-24', '09:00', '12:00')::text, 'UTC; 24/7; 2024 Dec 24 09:00-12:00; 2024 Dec 25 off', 'with_special_day');
SELECT is(with_special_days('UTC; 24/7', day, opens, closes)::text, 'UTC; 24/7; 2024 Dec 24 09:00-12:00,14:00-16:00; 2024 Dec 25 off', 'with_special_days')
FROM (VALUES (date '2024-12-24', time '14:00', time '16:00'), ('2024-12-25', NULL, NULL), ('2024-12-24', '09:00', '12:00'), (NULL, NULL, NULL)) v (day, opens, closes);
SELECT throws_ok('SELECT with_special_day(' || arguments || ')', code, NULL, arguments)
FROM (VALUES ($$'UTC; 24/7', '2024-12-24', '09:00'$$, '22004'), ($$'UTC; 24/7', '2024-12-24', NULL, '09:00'$$, '22004'), ($$'UTC; 24/7', 'infinity'$$, '22008'),
             ($$'UTC; 24/7', '20000-01-01'$$, '22008')) v (arguments, code);

-- --- membership, against the wall's clock ----------------------------------------------------------------------------
CREATE TEMP TABLE hours AS
SELECT store, zone, floor(random() * 7)::int AS day, time '00:00' + floor(random() * 48) * interval '30 min' AS opens,
       time '00:00' + floor(random() * 48) * interval '30 min' AS closes, since, since + 40 AS until
FROM unnest(ARRAY['America/Chicago', 'Australia/Lord_Howe', 'Pacific/Apia', 'America/Sao_Paulo', 'Asia/Kathmandu', 'Europe/Berlin']) WITH ORDINALITY z (zone, store),
     unnest(ARRAY[date '2011-12-01', '2018-10-20', '2024-03-01', '2024-10-01']) since, generate_series(1, 6);
CREATE TEMP TABLE special AS
SELECT store, since + floor(random() * 40)::int AS date, time '00:00' + n * interval '4 hours' AS opens, time '00:00' + n * interval '5 hours' AS closes
FROM hours, generate_series(1, 2) n WHERE random() < 0.2 GROUP BY store, since, n;
CREATE TEMP TABLE calendar AS
SELECT store, zone, with_special_days(c, date, s.opens, s.closes) AS c
FROM (SELECT store, zone, calendar_agg(zone, day, opens, closes, since, until) AS c FROM hours GROUP BY store, zone) h LEFT JOIN special s USING (store)
GROUP BY store, zone;
-- An instant is open iff its own wall clock is in a stretch of a row: of its date, or of the two before.
CREATE FUNCTION pg_temp.open_by_definition(of_store bigint, wall timestamp) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (
        SELECT FROM (SELECT wall::date - n AS d FROM generate_series(0, 2) n) days,
            LATERAL (SELECT opens, closes FROM special WHERE store = of_store AND date = d
                     UNION ALL
                     SELECT opens, closes FROM hours WHERE store = of_store AND day = extract(isodow FROM d) - 1 AND d BETWEEN since AND until
                            AND NOT EXISTS (SELECT FROM special WHERE store = of_store AND date = d)) r
        WHERE wall >= d + opens AND wall < d + closes + CASE WHEN closes <= opens THEN interval '1 day' ELSE '0' END)
$$;
CREATE TEMP TABLE instant AS
SELECT store, zone, c, start + n * interval '15 min' - (n % 2) * interval '1 us' AS at
FROM calendar, unnest(ARRAY[timestamptz '2011-12-28 UTC', '2018-11-02 UTC', '2024-03-08 UTC', '2024-10-04 UTC']) start, generate_series(0, 480) n;
SELECT is_empty('SELECT zone, at FROM instant WHERE is_open(c, at) <> pg_temp.open_by_definition(store, at AT TIME ZONE zone)', 'is_open is what the wall''s clock says');
CREATE TEMP TABLE session AS
SELECT store, session FROM calendar, unnest(ARRAY['[2011-12-28 UTC,2012-01-03 UTC)'::tstzrange, '[2018-11-02 UTC,2018-11-08 UTC)', '[2024-03-08 UTC,2024-03-14 UTC)']) during,
     open_hours(c, during) session;
SELECT is_empty($$SELECT i.zone, i.at FROM instant i WHERE at < '2024-03-13 UTC'
                  AND is_open(c, at) <> EXISTS (SELECT FROM session s WHERE s.store = i.store AND i.at <@ s.session)$$, 'open_hours are where it is open');
SELECT is_empty('SELECT FROM session a JOIN session b USING (store) WHERE a.session -|- b.session OR a.session && b.session AND a.session <> b.session', 'sessions neither overlap nor touch');
SELECT results_eq($$SELECT store, open_time(c, '[2018-11-02 UTC,2018-11-08 UTC)') FROM calendar ORDER BY store$$,
                  $$SELECT store, coalesce(justify_hours('0') + sum(upper(s) - lower(s)), '0') FROM calendar LEFT JOIN LATERAL open_hours(c, '[2018-11-02 UTC,2018-11-08 UTC)') s ON true
                    GROUP BY store ORDER BY store$$, 'open_time is their sum');
SELECT is_empty($$SELECT store, at FROM instant i WHERE at < '2011-12-31 UTC' AND next_open(c, at) <= '2012-01-03 UTC'
                  AND next_open(c, at) IS DISTINCT FROM (SELECT min(lower(session)) FROM session s WHERE s.store = i.store AND lower(session) > at)$$, 'next_open');
SELECT is_empty($$SELECT store, at FROM instant i WHERE at < '2011-12-31 UTC' AND next_close(c, at) < '2012-01-03 UTC'
                  AND next_close(c, at) IS DISTINCT FROM (SELECT min(upper(session)) FROM session s WHERE s.store = i.store AND upper(session) > at)$$, 'next_close');

SELECT ok(next_open('UTC; 24/7', now()) IS NULL AND next_close('UTC; 24/7', now()) IS NULL AND next_open('UTC; off', now()) IS NULL
          AND next_close('UTC; off', now()) IS NULL, 'never again');
SELECT ok(is_open(NULL, now()) IS NULL AND is_open('UTC; 24/7', NULL) IS NULL AND open_time(NULL, '(,)') IS NULL, 'NULL');
SELECT throws_ok(format('SELECT open_time(%L, %L)', 'UTC; 24/7', during), '22023', NULL, 'no open time of ' || during)
FROM unnest(ARRAY['empty', '(,)', '[2024-01-01,)', '[2024-01-01,infinity)']) during;
SELECT throws_ok($$SELECT is_open('UTC; 24/7', 'infinity')$$, '22023', NULL, 'nothing is open at infinity');
SELECT throws_ok($$SELECT count(*) FROM open_hours('UTC; Mo-Su 09:00-10:00,11:00-12:00,13:00-14:00', '[0001-01-01 UTC,99999-01-01 UTC)')$$, '54000', NULL, 'more sessions than memory is for');
SELECT * FROM finish();
ROLLBACK;
