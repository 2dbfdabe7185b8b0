-- uptime(), status_intervals(), outages() and explain_status() over values: numbers of the conformance cases, and on
-- random data the same as the report, to the last bit.
BEGIN;
SELECT plan(83);
SELECT setseed(0.42) \g /dev/null
SET LOCAL timezone = 'America/Chicago';

-- A. A step timeline, five polls within two minutes.
CREATE TEMP TABLE steps AS
SELECT '{2020-01-01 00:00:00Z down, 2020-01-01 00:00:11Z up, 2020-01-01 00:01:00Z down, 2020-01-01 00:01:03Z up, 2020-01-01 00:02:00Z down}'::status_timeline AS t;
CREATE FUNCTION pg_temp.clock(t text) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$ SELECT ('2020-01-01 ' || t || 'Z')::timestamptz $$;
CREATE FUNCTION pg_temp.locf(since text, until text) RETURNS uptime_result LANGUAGE sql AS $$
    SELECT uptime(t, 'UTC; 24/7', tstzrange(pg_temp.clock(since), pg_temp.clock(until)), last_poll(t), 'carry=always backfill=off max_gap=infinity') FROM steps
$$;
SELECT is((r).up_time::text || ' ' || (r).down_time, '00:01:46 00:00:14', 'up and down of the two minutes') FROM (SELECT pg_temp.locf('00:00', '00:02') r) x;
SELECT is((pg_temp.locf(since, until)).up_time, up, format('up from %s to %s', since, until))
FROM (VALUES ('00:01:00', '00:02', interval '57 s'), ('00:00:15', '00:00:45', '30 s'), ('00:00:15', '00:01:16', '58 s')) v (since, until, up);
SELECT results_eq($$SELECT lower(during), upper(during) FROM steps, status_intervals(t, 'UTC; 24/7', tstzrange(pg_temp.clock('00:00'), pg_temp.clock('00:02')), last_poll(t),
                                   'carry=always backfill=off max_gap=infinity') WHERE status = 'up'$$,
                  $$VALUES (pg_temp.clock('00:00:11'), pg_temp.clock('00:01:00')), (pg_temp.clock('00:01:03'), pg_temp.clock('00:02'))$$, 'up intervals');
SELECT is(status_at(t, pg_temp.clock(at)), status, 'status_at ' || at)
FROM steps, (VALUES ('00:00:05', 'down'), ('00:01:00', 'down'), ('00:01:02', 'down')) v (at, status);
SELECT ok(status_at(t, '2019-12-31 23:59:59.999999Z') IS NULL, 'NULL before the first poll') FROM steps;
SELECT ok(t = (SELECT timeline_agg(piece ORDER BY n DESC)
               FROM (SELECT date_trunc('minute', at) AS n, timeline_agg(at, status = 'up') AS piece FROM polls(t) GROUP BY 1) p), 'built by the minute and merged') FROM steps;

-- B. Signs of life that count for ten minutes.
CREATE TEMP TABLE life AS
SELECT timeline_agg(pg_temp.clock(at), true) AS t, timeline_agg(pg_temp.clock(CASE at WHEN '1:00' THEN '1:00:30' ELSE at END), true) AS moved,
       timeline_agg(timeline_agg(pg_temp.clock(at), true)) OVER () AS again
FROM unnest(ARRAY['0:02:20', '0:10', '0:17', '0:30', '0:35', '0:40', '0:35', '0:40', '0:40', '0:50:30', '1:00', '1:08', '1:18', '1:28', '1:38:01', '1:40',
                  '1:40:01', '1:50:01', '1:57', '1:59:50']) at;
PREPARE life_intervals (status_timeline) AS
    SELECT to_char(lower(during) AT TIME ZONE 'UTC', 'HH24:MI:SS') || '-' || to_char(upper(during) AT TIME ZONE 'UTC', 'HH24:MI:SS')
    FROM status_intervals($1, 'UTC; 24/7', tstzrange(pg_temp.clock('0:00'), pg_temp.clock('2:00')), pg_temp.clock('2:00'), 'carry=always backfill=off max_gap=10min')
    WHERE status = 'up';
SELECT is((r).up_time::text || ' ' || (r).unknown_time, '01:54:09 00:05:51', 'up and unknown of the two hours')
FROM (SELECT uptime(t, 'UTC; 24/7', tstzrange(pg_temp.clock('0:00'), pg_temp.clock('2:00')), pg_temp.clock('2:00'), 'carry=always backfill=off max_gap=10min') r FROM life) x;
CREATE FUNCTION pg_temp.alive(t status_timeline) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(to_char(lower(during) AT TIME ZONE 'UTC', 'HH24:MI:SS') || '-' || to_char(upper(during) AT TIME ZONE 'UTC', 'HH24:MI:SS'))
    FROM status_intervals(t, 'UTC; 24/7', tstzrange(pg_temp.clock('0:00'), pg_temp.clock('2:00')), pg_temp.clock('2:00'), 'carry=always backfill=off max_gap=10min')
    WHERE status = 'up'
$$;
SELECT is(pg_temp.alive(t), '{00:02:20-00:27:00,00:30:00-00:50:00,00:50:30-01:38:00,01:38:01-02:00:00}', 'intervals of life') FROM life;
SELECT is(pg_temp.alive(timeline_agg(trim(t, tstzrange(pg_temp.clock(since), pg_temp.clock(until))))), pg_temp.alive((SELECT t FROM life)), 'three overlapping pieces merged')
FROM life, (VALUES ('0:00', '1:00'), ('0:30', '1:30'), ('1:00', '2:00')) v (since, until);
SELECT results_eq($$SELECT (uptime(moved, 'UTC; 24/7', tstzrange(pg_temp.clock(since), pg_temp.clock(until)), pg_temp.clock('2:00'), 'carry=always backfill=off max_gap=10min')).up_time
                    FROM life, (VALUES ('0:00', '0:30'), ('0:30', '1:00'), ('1:00', '1:30'), ('1:30', '2:00')) v (since, until)$$,
                  $$SELECT unnest(ARRAY['0:24:40', '0:29:30', '0:30:00', '0:29:59'])::interval$$, 'up in each half hour');

-- D. Calendars: hours open in the week of 2012-10-01 in Berlin.
CREATE FUNCTION pg_temp.berlin(d date) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$ SELECT d::timestamp AT TIME ZONE 'Europe/Berlin' $$;
CREATE FUNCTION pg_temp.week_of(monday date) RETURNS tstzrange LANGUAGE sql IMMUTABLE AS $$ SELECT tstzrange(pg_temp.berlin(monday), pg_temp.berlin(monday + 7)) $$;
SELECT is(extract(epoch FROM open_time(('Europe/Berlin; ' || text)::business_calendar, pg_temp.week_of('2012-10-01'))) / 3600, hours::numeric, text)
FROM (VALUES ('Mo-Su 10:00-12:00', 14), ('10:00-11:00,11:00-12:00', 14), ('10:00-12:00,10:30-11:30', 14), ('Mo-Su 22:00-02:00', 28), ('We 22:00-02:00', 4),
             ('We 22:00-22:00', 24), ('Su-Tu 11:00-01:00; We-Th 11:00-03:00; Fr 11:00-06:00; Sa 11:00-07:00', 113),
             ('Mo-Fr 10:00-16:00; We 12:00-18:00', 30), ('Mo-Fr 10:00-16:00, We 12:00-18:00', 32), ('00:00-24:00', 168), ('00:00-00:00', 168),
             ('12:00-12:00', 168), ('24/7', 168)) v (text, hours);
SELECT is(count(*), 7::bigint, 'in 7 intervals: ' || text)
FROM (VALUES ('Mo-Su 10:00-12:00'), ('10:00-11:00,11:00-12:00'), ('10:00-12:00,10:30-11:30')) v (text), open_hours(('Europe/Berlin; ' || text)::business_calendar, pg_temp.week_of('2012-10-01'))
GROUP BY text;
SELECT is((array_agg(s ORDER BY s))[1], tstzrange(pg_temp.berlin('2012-10-01'), pg_temp.berlin('2012-10-01') + interval '2 hours'), 'Monday starts with Sunday''s tail')
FROM open_hours('Europe/Berlin; Mo-Su 22:00-02:00', pg_temp.week_of('2012-10-01')) s;
SELECT is(array_agg((extract(epoch FROM open_time('Europe/Berlin; Mo-Fr 09:00-18:00; Sa 10:00-15:00; 2021 Dec 24-2021 Dec 31 Mo-Fr 10:00-13:00; 2021 Dec 25 off; 2021 Dec 26 off; 2022 Jan 01+ Mo-Fr 10:00-18:00', pg_temp.week_of(monday))) / 3600)::int ORDER BY monday),
          '{50,39,20,45}', 'the weeks around Christmas')
FROM unnest(ARRAY[date '2021-12-13', '2021-12-20', '2021-12-27', '2022-01-03']) monday;
SELECT is(array_agg(s), ARRAY[tstzrange(to_timestamp(1718150400), to_timestamp(1718236800))], 'one day only')
FROM open_hours('UTC; 2024 Jun 12 00:00-24:00', '[2024-06-01 UTC,2024-07-01 UTC)') s;

-- --- the aggregate form is the report --------------------------------------------------------------------------------
SET LOCAL client_min_messages = warning;
CREATE SCHEMA shops;
SELECT store_uptime.create_tables('shops') \g /dev/null
SET LOCAL search_path = shops, public;
INSERT INTO store_status
SELECT 1 + floor(random() * 40), CASE WHEN random() < 0.7 THEN 'active' ELSE 'inactive' END, timestamptz '2024-03-01 UTC' + random() * interval '20 days'
FROM generate_series(1, 4000);
INSERT INTO store_timezone
SELECT id, (ARRAY['America/Chicago', 'America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kolkata'])[1 + id % 5] FROM generate_series(1, 42) id WHERE id % 7 > 0;
INSERT INTO business_hours (store_id, day_of_week, start_time_local, end_time_local)
SELECT id, floor(random() * 7), time '00:00' + floor(random() * 48) * interval '30 min', time '00:00' + floor(random() * 48) * interval '30 min'
FROM generate_series(1, 41) id, generate_series(1, 9) WHERE id % 6 > 0;
INSERT INTO business_hours SELECT 4, 1, '10:00', '23:59:00', '2024-03-05', '2024-03-12';
INSERT INTO special_hours SELECT id, date '2024-03-01' + id % 15, CASE WHEN id % 3 > 0 THEN time '11:00' END, CASE WHEN id % 3 > 0 THEN time '12:00' END FROM generate_series(1, 40, 3) id;
INSERT INTO maintenance SELECT nullif(id, 20), timestamptz '2024-03-09 UTC' + id * interval '3 hours', timestamptz '2024-03-10 UTC' + id * interval '3 hours', 'x' FROM generate_series(1, 40, 4) id;

CREATE VIEW shop_calendar AS
SELECT store_id, with_special_days(calendar, date, s.start_time_local, s.end_time_local) AS calendar
FROM (SELECT store_id, calendar_agg(timezone_str, day_of_week, start_time_local, end_time_local, valid_from, valid_until) AS calendar
      FROM business_hours FULL JOIN store_timezone USING (store_id) GROUP BY store_id) h
     LEFT JOIN special_hours s USING (store_id)
GROUP BY store_id;
CREATE VIEW shop_excluded AS
SELECT i.store_id, range_agg(tstzrange(starts_at, ends_at)) AS excluded
FROM (SELECT DISTINCT store_id FROM store_status) i JOIN maintenance m ON m.store_id = i.store_id OR m.store_id IS NULL GROUP BY i.store_id;
CREATE FUNCTION pg_temp.by_values(during tstzrange, as_of timestamptz, policy uptime_policy) RETURNS TABLE (store text, result uptime_result) LANGUAGE sql AS $$
    SELECT store_id::text, uptime(t, coalesce(calendar, 'America/Chicago; 24/7'), during, as_of, policy, excluded)
    FROM (SELECT store_id, timeline_agg(timestamp_utc, status = 'active') AS t FROM store_status GROUP BY store_id) p
         LEFT JOIN shop_calendar USING (store_id) LEFT JOIN shop_excluded USING (store_id)
$$;
CREATE FUNCTION pg_temp.by_report(windows tstzrange[], as_of timestamptz, policy uptime_policy) RETURNS TABLE (store text, result uptime_result) LANGUAGE sql AS $$
    SELECT store_id, ROW(open_time, up_time, down_time, unknown_time, excluded_time, availability, availability_of_open, outages, mttr, mtbf)::uptime_result
    FROM store_uptime_windows(windows, as_of, policy => policy, stores => ARRAY(SELECT DISTINCT store_id::text FROM store_status))
$$;
SELECT set_eq(format('SELECT * FROM pg_temp.by_values(%L, %L, %L)', during, as_of, policy), format('SELECT * FROM pg_temp.by_report(ARRAY[%L::tstzrange], %L, %L)', during, as_of, policy),
              format('aggregate form = report: %s %s', during, policy))
FROM unnest(ARRAY['[2024-03-04 UTC,2024-03-19 12:34:56.789 UTC)', '[2024-03-10 05:00 UTC,2024-03-11 UTC)', '[2024-03-18 UTC,2024-03-25 UTC)']::tstzrange[]) during,
     (VALUES (timestamptz '2024-03-19 12:34:56.789 UTC')) a (as_of),
     unnest(ARRAY['', 'fill=nearest', 'fill=next backfill=off', 'carry=always max_gap=infinity', 'carry=day max_gap=3 hours', 'unknown=down max_gap=10 min']) policy;
SELECT ok(bool_and((result).open_time = (result).up_time + (result).down_time + (result).unknown_time), 'up + down + unknown = open')
FROM pg_temp.by_values('[2024-03-04 UTC,2024-03-19 UTC)', '2024-03-19 UTC', 'fill=nearest max_gap=1 hour');
SELECT ok(bool_and((a.result).up_time + (b.result).up_time = (c.result).up_time AND (a.result).down_time + (b.result).down_time = (c.result).down_time
                   AND (a.result).excluded_time + (b.result).excluded_time = (c.result).excluded_time), '[a,b) + [b,c) = [a,c)')
FROM pg_temp.by_values('[2024-03-04 UTC,2024-03-10 07:00 UTC)', '2024-03-19 UTC', '') a
     JOIN pg_temp.by_values('[2024-03-10 07:00 UTC,2024-03-15 UTC)', '2024-03-19 UTC', '') b USING (store)
     JOIN pg_temp.by_values('[2024-03-04 UTC,2024-03-15 UTC)', '2024-03-19 UTC', '') c USING (store);

-- status_intervals, outages and explain_status tell the same as the totals.
CREATE TEMP TABLE asked AS
SELECT store_id, t, coalesce(calendar, 'America/Chicago; 24/7') AS calendar, excluded, '[2024-03-05 UTC,2024-03-17 UTC)'::tstzrange AS during, timestamptz '2024-03-16 18:00 UTC' AS as_of, policy
FROM (SELECT store_id, timeline_agg(timestamp_utc, status = 'active') AS t FROM store_status GROUP BY store_id) p
     LEFT JOIN shop_calendar USING (store_id) LEFT JOIN shop_excluded USING (store_id),
     unnest(ARRAY['max_gap=6 hours', 'fill=nearest carry=always']::uptime_policy[]) policy;
SELECT set_eq($$SELECT store_id, policy, u.up_time, u.down_time, u.unknown_time, u.outages FROM asked, uptime(t, calendar, during, as_of, policy, excluded) u$$,
              $$SELECT store_id, policy, s.*, (SELECT count(*)::int FROM outages(t, calendar, during, as_of, policy, excluded))
                FROM asked, LATERAL (SELECT coalesce(sum(upper(i.during) - lower(i.during)) FILTER (WHERE status = 'up'), '0') AS up, coalesce(sum(upper(i.during) - lower(i.during)) FILTER (WHERE status = 'down'), '0') AS down,
                                            coalesce(sum(upper(i.during) - lower(i.during)) FILTER (WHERE status = 'unknown'), '0') AS unknown
                                     FROM status_intervals(t, calendar, asked.during, as_of, policy, excluded) i) s$$, 'sums of intervals and numbers of outages');
SELECT is_empty($$SELECT FROM asked, status_intervals(t, calendar, asked.during, as_of, policy, excluded) i, LATERAL unnest(ARRAY[lower(i.during), upper(i.during) - interval '1 us']) at,
                       explain_status(t, calendar, at, as_of, policy, excluded) e
                  WHERE (e.status, CASE i.basis WHEN 'none' THEN e.rule IN ('gap', 'no poll') WHEN 'carried' THEN e.poll_at <= at ELSE e.poll_at > at END) IS DISTINCT FROM (i.status, true)$$,
                'explain_status agrees with status_intervals');
SELECT is_empty($$SELECT store_id, o FROM asked, outages(t, calendar, during, as_of, policy, excluded) o
                  WHERE NOT (o.open_duration > '0' AND o.wall_duration >= o.open_duration AND (o.ended_at IS NULL OR o.ended_at - o.started_at = o.wall_duration))$$, 'durations of outages');
SELECT results_eq($$SELECT * FROM outages('{2024-01-08 15:00:00Z up, 2024-01-08 16:00:00Z up, 2024-01-08 19:00:00Z up, 2024-01-08 20:00:00Z down, 2024-01-08 21:00:00Z up, 2024-01-08 22:00:00Z down}',
                                          'America/Chicago; Mo 09:00-17:00', '[2024-01-08 America/Chicago,2024-01-09 America/Chicago)', '2024-01-09 America/Chicago')$$,
                  $$VALUES (timestamptz '2024-01-08 20:00Z', timestamptz '2024-01-08 21:00Z', interval '1 h', interval '1 h'), ('2024-01-08 22:00Z', NULL, '1 h', '1 h')$$, 'two outages');

-- --- edges of arguments ----------------------------------------------------------------------------------------------
SELECT throws_ok(format('SELECT uptime(%s)', arguments), code, NULL, arguments)
FROM (VALUES ($$'{}', 'UTC; 24/7', NULL, now()$$, '22023'), ($$'{}', 'UTC; 24/7', 'empty', now()$$, '22023'), ($$'{}', 'UTC; 24/7', '(,2024-01-01)', now()$$, '22023'),
             ($$'{}', 'UTC; 24/7', '[2024-01-01,infinity)', now()$$, '22023'), ($$'{}', 'UTC; 24/7', '[2024-01-01,2024-01-02)', NULL$$, '22023'),
             ($$'{}', 'UTC; 24/7', '[2024-01-01,2024-01-02)', 'infinity'$$, '22023'), ($$'{}', 'UTC; 24/7', '[2024-01-01,2024-01-02)', now(), NULL$$, '22023'),
             ($$'{}', 'UTC; 24/7', '(2024-01-01 00:00:00Z,2024-01-01 00:00:00.000001Z)', now()$$, '22023'),
             ($$'{}', 'UTC; 24/7', '[2024-01-02,2024-01-01)', now()$$, '22000'), ($$'{}', 'UTC; 24/7', '[200000-01-01,200001-01-01)', now()$$, '22008')) v (arguments, code);
SELECT ok(uptime('{}', NULL, '[2024-01-01,2024-01-02)', now()) IS NULL, 'no calendar, no answer');
SELECT is_empty($$SELECT * FROM status_intervals('{}', NULL, '[2024-01-01,2024-01-02)', now())$$, 'nor rows');
SELECT is((uptime(NULL, 'UTC; 24/7', '[2024-01-01,2024-01-02)', '2024-01-02', '', NULL)).unknown_time, '24:00', 'no timeline is one without polls, NULL excludes nothing');
SELECT is((uptime('{2024-01-01 00:00:00Z up}', 'UTC; 24/7', '[2024-01-01 UTC,2024-01-02 UTC)', '2024-01-02 UTC', '', excluded::tstzmultirange)).up_time, up, 'excluded ' || excluded)
FROM (VALUES ('{}', interval '24 h'), ('{(,2024-01-01 06:00 UTC)}', '18 h'), ('{[2024-01-01 18:00 UTC,)}', '18 h'), ('{(,)}', '0'), ('{[-infinity,infinity]}', '0'),
             ('{[2024-01-01 06:00 UTC,2024-01-01 08:00 UTC), (2024-01-01 08:00 UTC,2024-01-01 09:00 UTC)}', '21:00:00.000001')) v (excluded, up);
SELECT is((uptime('{2024-01-01 00:00:00Z up}', 'UTC; 24/7', during::tstzrange, '2024-01-02 UTC')).up_time, up, 'window ' || during)
FROM (VALUES ('[2024-01-01 00:00:00Z,2024-01-01 00:00:01Z)', interval '1 s'), ('(2024-01-01 00:00:00Z,2024-01-01 00:00:01Z)', '0.999999 s'),
             ('[2024-01-01 00:00:00Z,2024-01-01 00:00:01Z]', '1.000001 s'), ('[2024-01-01 00:00:00Z,2024-01-01 00:00:00Z]', '0.000001 s')) v (during, up);
SELECT is((uptime('{2024-01-01 00:00:00Z up}', 'UTC; 24/7', '[2024-01-01 UTC,2024-01-02 UTC)', '2023-12-31 UTC')).open_time, '0', 'nothing is open after as_of');
SELECT is(rule, 'not yet', 'nothing is explained after as_of') FROM explain_status('{}', 'UTC; 24/7', '2024-01-02 UTC', '2024-01-02 UTC');
SELECT results_eq($$SELECT status, rule, poll_status, poll_distance, opening, opening_date, is_special_day, local_time, utc_offset
                    FROM explain_status('{2024-01-08 16:14:00Z up}', 'America/Chicago; Mo-Fr 09:00-17:00; 2024 Jan 08 22:00-10:00,09:30-13:00', '2024-01-08 15:30Z', '2024-01-09 UTC')$$,
                  $$VALUES ('up', 'backfill', 'up', interval '-44 min', '2024 Jan 08 09:30-13:00', date '2024-01-08', true, timestamp '2024-01-08 09:30', interval '-6 h')$$, 'an explanation');
SELECT * FROM finish();
ROLLBACK;
