-- The clock on a store's wall is that of AT TIME ZONE: in every zone of the server and by rules of every kind, around each
-- change of ten years, at round times, and at random ones of a thousand years.
BEGIN;
SELECT plan(14);
SET LOCAL TimeZone = 'UTC';
SELECT setseed(0.5) \g /dev/null

CREATE TEMP TABLE rule (zone text PRIMARY KEY, kind text);
INSERT INTO rule VALUES
    ('EST5EDT,M3.2.0,M11.1.0', 'summer time'),
    ('ABC5ABD', 'without a rule: one that the server supposes'),
    ('<+0330>-3:30<+0430>,J79/24,J263/24', 'half hours, changes at 24:00'),
    ('AEST-10AEDT,M10.1.0,M4.1.0/3', 'southern hemisphere'),
    ('<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45', 'quarter hours'),
    ('<+1030>-10:30<+11>-11,M10.1.0,M4.1.0', 'half an hour of summer time'),
    ('IST-1GMT0,M10.5.0,M3.5.0/1', 'summer time that is behind'),
    ('<-02>2<-01>,M3.5.0/-1,M10.5.0/0', 'a change on the day before'),
    ('IST-2IDT,M3.4.4/26,M10.5.0', 'a change at 26:00'),
    ('WGT3WGST,M3.4.0/-167,M10.4.0/167', 'changes a week before and after'),
    ('EST5EDT,0/0,J365/25', 'summer time for ever, as RFC 8536 has it'),
    ('EST5EDT4,0/0,J365/25', 'and with its offset'),
    ('XXX3EDT4,0/0,J365/23', 'summer time for ever that is behind'),
    ('EST5EDT,J1/0,J365/25', 'by the other count of days'),
    ('EST5EDT,0/0,J365/26', 'two years'' summer times overlap'),
    ('EST5EDT,0/0,J365/25:30', 'by half an hour'),
    ('EST5EDT,0/0,365/25', 'in leap years'),
    ('EST5EDT,J365/25,0/0', 'winter time for ever'),
    ('A5B,J365/24,J1/0', 'summer time that ends as it begins'),
    ('A5B,J1/0,J365/24', 'an hour of winter at the turn of the year'),
    ('A0B,J1/0,J365/24:59:59', 'a second of it'),
    ('A0B,J1/0,J1/1:00:01', 'a second of summer time'),
    ('A0B,J365/23,J1/1', 'summer time at the turn of the year'),
    ('A0B-2,J59/24,J60/0', 'around the 29th of February'),
    ('A0B,59/0,60/0', 'with the 29th counted'),
    ('<+05>-5', 'no summer time'),
    ('XYZ5:30:15', 'seconds'),
    ('<+0530>-5:30:15', 'to the east'),
    ('LMT0:01:15XST-0:59:30,M3.5.0/0:00:07,M10.5.0/-1:02:03', 'in everything'),
    ('XYZ+24:59:59', 'as far west as can be'),
    ('XYZ-24:59:59', 'and east');
INSERT INTO rule SELECT name, 'a zone of the server' FROM pg_timezone_names WHERE name !~ '^posix/';

-- The first instant of each change between two days on, as AT TIME ZONE shows it.
CREATE FUNCTION pg_temp.utc_offset(zone text, t timestamptz) RETURNS interval LANGUAGE sql AS
$$ SELECT (t AT TIME ZONE zone) - (t AT TIME ZONE 'UTC') $$;
CREATE FUNCTION pg_temp.changes(zone text, since timestamptz, until timestamptz, step interval) RETURNS SETOF timestamptz LANGUAGE plpgsql AS $$
DECLARE
    a timestamptz; b timestamptz; middle timestamptz; offset_before interval; offset_after interval;
BEGIN
    offset_before := pg_temp.utc_offset(zone, since);
    FOR b IN SELECT generate_series(since + step, until, step) LOOP
        offset_after := (b AT TIME ZONE zone) - (b AT TIME ZONE 'UTC');
        IF offset_after <> offset_before THEN
            a := b - step;
            WHILE b - a > interval '1 us' LOOP
                middle := a + (b - a) / 2;
                IF pg_temp.utc_offset(zone, middle) = offset_before THEN a := middle; ELSE b := middle; END IF;
            END LOOP;
            RETURN NEXT b;
        END IF;
        offset_before := offset_after;
    END LOOP;
END $$;
CREATE TEMP TABLE change AS
SELECT zone, t FROM rule, pg_temp.changes(zone, '2018-01-01 00:00Z', '2028-01-02 00:00Z',
                                          CASE kind WHEN 'a zone of the server' THEN interval '1 day' ELSE '3 hours' END) t;
SELECT cmp_ok((SELECT count(*) FROM change JOIN rule USING (zone) WHERE kind = 'a zone of the server'), '>', 3000::bigint, 'changes of zones');
SELECT cmp_ok((SELECT count(*) FROM change JOIN rule USING (zone) WHERE kind <> 'a zone of the server'), '>', 200::bigint, 'and by rules');

-- What is asked: the microseconds around the changes, a while around them and around the turns of years, and random times.
CREATE TEMP TABLE asked AS
SELECT DISTINCT zone, t
FROM (SELECT zone, t + d AS t FROM change, unnest('{-1 us,0,1 us}'::interval[]) d
      UNION ALL
      SELECT zone, t + d FROM change JOIN rule USING (zone), unnest('{-1 s,1 s,-1 h,59 min,3 h}'::interval[]) d WHERE kind <> 'a zone of the server'
      UNION ALL
      SELECT zone, make_timestamptz(y, 1, 1, 0, 0, 0, 'UTC') + n * interval '15 min' + d
      FROM rule, unnest('{1970,2000,2023,2024,2025,2170,2171}'::int[]) y, generate_series(-150, 150) n, unnest('{-1 us,0,1 s}'::interval[]) d
      WHERE kind <> 'a zone of the server'
      UNION ALL
      SELECT zone, '2023-12-20 00:00Z'::timestamptz + n * interval '3 hours' FROM rule, generate_series(0, 7 * 366 * 8) n
      WHERE kind <> 'a zone of the server' AND n % 7 < 2
      UNION ALL
      SELECT zone, '1570-01-01 00:00Z'::timestamptz + random() * interval '365250 days' FROM rule, generate_series(1, 300)
      UNION ALL
      SELECT zone, '1900-01-01 00:00Z'::timestamptz + random() * interval '60000 days' FROM rule, generate_series(1, 300)) a;
SELECT cmp_ok((SELECT count(*) FROM asked), '>', 400000::bigint, 'instants are many');

CREATE TEMP TABLE calendar AS SELECT zone, (zone || '; 24/7')::business_calendar AS calendar, (zone || '; 12:00-24:00')::business_calendar AS afternoons FROM rule;
CREATE TEMP TABLE answer AS
SELECT zone, t, e.local_time, e.utc_offset, is_open(afternoons, t) AS is_afternoon
FROM asked JOIN calendar USING (zone), explain_status('{}', calendar, t, t + interval '1 us') e;
SELECT is_empty($$SELECT zone, t, local_time, t AT TIME ZONE zone FROM answer WHERE local_time <> t AT TIME ZONE zone LIMIT 20$$, 'the clock on the wall');
SELECT is_empty($$SELECT zone, t, utc_offset FROM answer WHERE utc_offset <> pg_temp.utc_offset(zone, t) LIMIT 20$$, 'its offset');
SELECT is_empty($$SELECT zone, t FROM answer WHERE is_afternoon <> ((t AT TIME ZONE zone)::time >= '12:00') LIMIT 20$$, 'and hours by it');

-- By rules: each stretch of an hour of the wall, where changes are, and days from midnight to midnight.
CREATE TEMP TABLE hour AS
SELECT zone, during FROM rule, uptime_series('{}'::status_timeline, (zone || '; 24/7')::business_calendar, '2023-12-01 00:00Z', '2025-02-01 00:00Z', 'hour', '2025-02-01') s
WHERE kind <> 'a zone of the server';
SELECT is_empty($$SELECT zone, during FROM hour WHERE lower(during) <> '2023-12-01 00:00Z'
                  AND date_trunc('hour', lower(during) AT TIME ZONE zone) <> lower(during) AT TIME ZONE zone
                  AND pg_temp.utc_offset(zone, lower(during)) = pg_temp.utc_offset(zone, lower(during) - interval '1 us')$$, 'hours begin at full hours, or at a change');
SELECT is_empty($$SELECT zone, t FROM change JOIN rule USING (zone) WHERE kind <> 'a zone of the server' AND t > '2023-12-01 00:00Z' AND t < '2025-02-01 00:00Z'
                  EXCEPT SELECT zone, lower(during) FROM hour$$, 'each change begins one');
SELECT is_empty($$SELECT zone, during FROM hour WHERE upper(during) - lower(during) > '1 hour'$$, 'none is longer');
SELECT is((SELECT array_agg(DISTINCT upper(during) - lower(during)) FROM rule,
           uptime_series('{}'::status_timeline, (zone || '; 24/7')::business_calendar, '2020-01-01 04:00Z', '2030-01-01 04:00Z', 'day', '2030-01-02') s
           WHERE kind LIKE '%for ever, as RFC%'), '{24:00:00}', 'days of permanent summer time have 24 hours');
SELECT is((SELECT array_agg(DISTINCT lower(s)) FROM open_hours('EST5EDT,0/0,J365/25; 09:00-17:00', '[2023-12-31 00:00Z, 2024-01-03 00:00Z)') s),
          '{2023-12-31 13:00Z,2024-01-01 13:00Z,2024-01-02 13:00Z}', 'whose shops open at 13:00 UTC, also on New Year''s Day');

-- Instants count no leap seconds. AT TIME ZONE takes zones that do, and shows a clock that is late by all of them: they are
-- refused, as by SET TimeZone.
SELECT is_empty($$SELECT name FROM pg_timezone_names WHERE name ~ '^right/'$$, 'the server does not list zones that count leap seconds');
SELECT throws_ok($$SELECT 'right/UTC; 24/7'::business_calendar$$, '22023', 'time zone "right/UTC" is not known', 'they are refused');
SELECT throws_ok($$SET LOCAL TimeZone = 'right/UTC'$$, '22023', NULL, 'as by the server');

SELECT * FROM finish();
ROLLBACK;
