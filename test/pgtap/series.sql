-- uptime_series(): buckets as plain SQL finds them on each store's wall, and in each of them what uptime() and the report
-- say of it as a window. Random stores, in times in which clocks change.
BEGIN;
\ir lib/random_stores.psql
SELECT plan(99);
SET LOCAL jit = off;
SET LOCAL TimeZone = 'UTC';

-- What is asked for: ten days, some of it after as_of, with ends on no edge.
ALTER TABLE era ADD since timestamptz, ADD until timestamptz;
UPDATE era SET since = first_day::timestamp AT TIME ZONE 'UTC' - interval '16:48:46.999993', until = first_day::timestamp AT TIME ZONE 'UTC' + interval '9 days 13:00:05';
CREATE TEMP TABLE asked_policy AS SELECT policy FROM unnest('{"",fill=nearest carry=day max_gap=3 hours unknown=down}'::uptime_policy[]) policy;

-- Buckets by the minute: a date that the wall shows for the first time begins one, an hour ends where the wall shows
-- another one or has jumped.
CREATE TEMP TABLE local_zone AS
SELECT store_id, era, coalesce(s.zone, options ->> 'default_timezone', 'America/Chicago') AS zone FROM store s JOIN era USING (era);
CREATE TEMP TABLE minute AS
SELECT era, zone, t, t AT TIME ZONE zone AS wall
FROM (SELECT DISTINCT era, zone FROM local_zone) z JOIN era USING (era),
     generate_series(first_day::timestamp AT TIME ZONE 'UTC' - interval '4 days', until, interval '1 min') t;
CREATE TEMP TABLE edge AS
SELECT era, zone, bucket, min(t) AS t
FROM (SELECT era, zone, bucket, t, max(date_trunc(bucket, wall)) OVER (PARTITION BY era, zone, bucket ORDER BY t) AS begun
      FROM minute, unnest('{day,week,month}'::text[]) bucket) m
GROUP BY era, zone, bucket, begun
UNION ALL
SELECT era, zone, 'hour', t
FROM (SELECT *, lag(wall) OVER (PARTITION BY era, zone ORDER BY t) AS before FROM minute) m
WHERE date_trunc('hour', wall) <> date_trunc('hour', before) OR wall - before <> '1 min';
CREATE TEMP TABLE bucket AS
SELECT era, zone, bucket, tstzrange(t, lead(t, 1, until) OVER (PARTITION BY era, zone, bucket ORDER BY t)) AS during
FROM (SELECT era, zone, bucket, since AS t FROM (SELECT DISTINCT era, zone, bucket FROM edge) e JOIN era USING (era)
      UNION SELECT e.era, zone, bucket, t FROM edge e JOIN era USING (era) WHERE since < t AND t < until) x JOIN era USING (era);
SELECT set_eq($$SELECT DISTINCT extract(epoch FROM upper(during) - lower(during)) / 3600 FROM bucket JOIN era USING (era)
                WHERE bucket = 'day' AND lower(during) <> since AND upper(during) <> until$$,
              '{22,23,24,24.5,25}'::numeric[], 'days are of many lengths');
SELECT set_has($$SELECT DISTINCT extract(epoch FROM upper(during) - lower(during)) / 60 FROM bucket JOIN era USING (era)
                 WHERE bucket = 'hour' AND lower(during) <> since AND upper(during) <> until$$, 'VALUES (1::numeric), (30), (59), (60)', 'and hours');
SELECT is_empty($$SELECT FROM bucket WHERE zone = 'Pacific/Apia' AND bucket = 'day' AND (lower(during) AT TIME ZONE zone)::date = '2011-12-30'$$, 'Apia has no 30th');

-- What windows say of those buckets, and what the series says.
CREATE TEMP TABLE wanted AS
SELECT policy, bucket, r.*
FROM (SELECT era, zone, array_agg(store_id::text) AS stores FROM local_zone GROUP BY 1, 2) z
     JOIN (SELECT era, zone, bucket, array_agg(during) AS windows FROM bucket GROUP BY 1, 2, 3) b USING (era, zone) JOIN era USING (era), asked_policy,
     store_uptime_windows(b.windows, as_of, source, policy, stores) r;
CREATE TEMP TABLE found AS
SELECT policy, bucket, r.*
FROM era JOIN (SELECT era, array_agg(store_id::text) AS stores FROM store GROUP BY 1) s USING (era), asked_policy, unnest('{hour,day,week,month}'::text[]) bucket,
     uptime_series(source, since, until, bucket, as_of, policy, stores) r;
SELECT set_eq(format('SELECT (f).* FROM found f WHERE bucket = %L AND policy = %L', bucket, policy), format('SELECT (w).* FROM wanted w WHERE bucket = %L AND policy = %L', bucket, policy),
              format('each %s as a window: %s', bucket, policy))
FROM unnest('{hour,day,week,month}'::text[]) bucket, asked_policy;
SELECT cmp_ok(count(*), '>', least_rows, bucket || 's are many')
FROM found JOIN (VALUES ('hour', 20000::bigint), ('day', 900), ('week', 200), ('month', 150)) v (bucket, least_rows) USING (bucket) GROUP BY bucket, least_rows;

-- Buckets add up to the whole; outages to no less, as one may go on from one to the next.
CREATE TEMP TABLE whole AS
SELECT policy, r.* FROM era JOIN (SELECT era, array_agg(store_id::text) AS stores FROM store GROUP BY 1) s USING (era), asked_policy,
    store_uptime_windows(ARRAY[tstzrange(since, until)], as_of, source, policy, stores) r;
SELECT set_eq(format('SELECT policy::text, store_id, range_agg(during), sum(open_time) AS open, sum(up_time) AS up, sum(down_time) AS down, sum(unknown_time) AS unknown,
                             sum(excluded_time) AS excluded FROM found WHERE bucket = %L GROUP BY 1, 2', bucket),
              'SELECT policy::text, store_id, tstzmultirange(during), open_time, up_time, down_time, unknown_time, excluded_time FROM whole', bucket || 's add up')
FROM unnest('{hour,day,week,month}'::text[]) bucket;
SELECT is_empty('SELECT policy::text, store_id FROM found JOIN whole w USING (policy, store_id) GROUP BY bucket, policy, store_id HAVING sum(found.outages) < min(w.outages)', 'no outage is lost');
SELECT ok(bool_and(open_time = '0' AND excluded_time = '0' AND availability IS NULL), 'nothing after as_of')
FROM found JOIN store ON store.store_id = found.store_id::bigint JOIN era USING (era) WHERE lower(during) >= as_of;

-- --- values and sources ----------------------------------------------------------------------------------------------
CREATE TEMP TABLE shop AS
SELECT store_id, since, until, as_of, timeline, calendar, excluded
FROM (SELECT store_id, with_special_days(calendar, date, h.start_time_local, h.end_time_local) AS calendar
      FROM (SELECT store_id, calendar_agg(zone, day_of_week, start_time_local, end_time_local, valid_from, valid_until) AS calendar
            FROM store LEFT JOIN business_hours USING (store_id) GROUP BY 1) c LEFT JOIN special_hours h USING (store_id) GROUP BY 1) c
     JOIN store USING (store_id) JOIN era USING (era)
     LEFT JOIN (SELECT store_id, timeline_agg(timestamp_utc, status = 'active') AS timeline FROM store_status GROUP BY 1) p USING (store_id)
     LEFT JOIN (SELECT s.store_id, range_agg(tstzrange(starts_at, ends_at)) AS excluded
                FROM store s JOIN maintenance m ON m.store_id = s.store_id OR m.store_id IS NULL GROUP BY 1) e USING (store_id)
WHERE options = '{}';
CREATE TEMP TABLE by_values AS
SELECT policy, bucket, store_id::text, r.*
FROM shop, asked_policy, unnest('{hour,day,week,month}'::text[]) bucket, uptime_series(timeline, calendar, since, until, bucket, as_of, policy, excluded) r;
SELECT set_eq(format('SELECT (v).* FROM by_values v WHERE bucket = %L AND policy = %L', bucket, policy),
              format('SELECT (f).* FROM found f JOIN shop s ON f.store_id = s.store_id::text WHERE bucket = %L AND policy = %L', bucket, policy),
              format('values as a source: %s %s', bucket, policy))
FROM unnest('{hour,day,week,month}'::text[]) bucket, asked_policy;
SELECT set_eq($$SELECT store_id, (v).during, (u).* FROM (SELECT store_id, v, uptime(timeline, calendar, v.during, as_of, '', excluded) AS u
                FROM shop, uptime_series(timeline, calendar, since, until, 'day', as_of, excluded => excluded) v) x$$,
              $$SELECT store_id, (v).* FROM shop, uptime_series(timeline, calendar, since, until, 'day', as_of, excluded => excluded) v$$, 'and as uptime() of each');

-- --- by several processes --------------------------------------------------------------------------------------------
SELECT store_uptime.register_source('all', 'store_status', 'business_hours', 'store_timezone', 'special_hours', 'maintenance') \g /dev/null
CREATE FUNCTION pg_temp.series_of_all(bucket text, OUT answer text) LANGUAGE sql AS $$
    SELECT md5(string_agg(r::text, ',' ORDER BY store_id, during)) FROM uptime_series('all', '2024-03-05', '2024-03-14 12:34:56.789', bucket, '2024-03-14', 'max_gap=infinity') r
$$;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE alone AS SELECT bucket, pg_temp.series_of_all(bucket) AS answer FROM unnest('{hour,day,week,month}'::text[]) bucket;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 3;
SELECT is(pg_temp.series_of_all(bucket), answer, bucket || 's with workers') FROM alone;
SET LOCAL store_uptime.work_mem = '64kB';
SELECT is(pg_temp.series_of_all(bucket), answer, bucket || 's with workers and temporary files') FROM alone;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is(pg_temp.series_of_all(bucket), answer, bucket || 's from temporary files') FROM alone;
RESET store_uptime.work_mem;

-- --- some that can be counted by hand --------------------------------------------------------------------------------
SELECT is(array_agg(open_time ORDER BY during), expected::interval[], name)
FROM (VALUES ('a day of 23 hours', 'America/Chicago; 24/7', '2024-03-10 06:00Z', '2024-03-12 05:00Z', 'day', '{23:00,24:00}'),
             ('a day of 25 hours', 'America/Chicago; 24/7', '2024-11-03 05:00Z', '2024-11-05 06:00Z', 'day', '{25:00,24:00}'),
             ('weeks from Monday', 'Europe/Berlin; Mo 09:00-17:00; Su 10:00-11:00', '2024-01-05 23:00Z', '2024-01-21 23:00Z', 'week', '{1:00,9:00,9:00}'),
             ('months from the first', 'UTC; 24/7', '2024-01-31 12:00Z', '2024-04-01 00:00Z', 'month', '{12:00,696:00,744:00}'),
             ('Kathmandu''s hours', 'Asia/Kathmandu; 24/7', '2024-01-08 00:00Z', '2024-01-08 02:00Z', 'hour', '{0:15,1:00,0:45}'),
             ('an hour that is skipped', 'America/Chicago; 01:30-03:30', '2024-03-10 07:00Z', '2024-03-10 10:00Z', 'hour', '{0:30,0:30,0:00}'),
             ('an hour that is repeated', 'America/Chicago; 01:30-03:30', '2024-11-03 06:00Z', '2024-11-03 10:00Z', 'hour', '{0:30,0:30,1:00,0:30}'),
             ('half an hour that is repeated', 'Australia/Lord_Howe; 24/7', '2024-04-06 14:00Z', '2024-04-06 16:30Z', 'hour', '{1:00,0:30,1:00}'),
             ('one microsecond', 'UTC; 24/7', '2024-01-08 00:00Z', '2024-01-08 00:00:00.000001Z', 'month', '{0:00:00.000001}'),
             ('days in upper case', 'UTC; 24/7', '2024-01-08 00:00Z', '2024-01-10 00:00Z', 'DAY', '{24:00,24:00}')) v (name, calendar, since, until, bucket, expected),
     uptime_series(NULL, calendar::business_calendar, since::timestamptz, until::timestamptz, bucket, '2025-01-01') r
GROUP BY name, expected;
SELECT is(count(*), 95000::bigint, '95 000 hours') FROM uptime_series(NULL, 'UTC; 24/7', '2014-01-01', timestamptz '2014-01-01' + interval '95000 hours', 'hour', '2025-01-01');

-- --- calls and their arguments ---------------------------------------------------------------------------------------
SELECT is((SELECT count(*) FROM uptime_series('all', '2024-03-05', '2024-03-07', 'day', '2024-03-07', '', '{1011}')), 3::bigint, 'seven literals');
SELECT is((SELECT count(*) FROM uptime_series('all', '2024-03-05', '2024-03-07', 'day', '2024-03-07', 'fill=next') WHERE store_id = '1011'), 3::bigint, 'six literals');
SELECT is((SELECT count(*) FROM uptime_series('all', '2024-03-05', '2024-03-07', 'day', '2024-03-07') WHERE store_id = '1011'), 3::bigint, 'five literals');
SELECT is((SELECT count(*) FROM uptime_series('all', '2024-03-05', '2024-03-07', 'day') WHERE store_id = '1011'), 3::bigint, 'four literals');
SELECT is((SELECT count(*) FROM uptime_series('all', '2024-03-05', '2024-03-07', 'day', stores => '{1011}', policy => 'fill=next')), 3::bigint, 'names');
SELECT is((SELECT count(*) FROM uptime_series('{}'::status_timeline, 'America/Chicago; 24/7', '2024-03-05', '2024-03-07', 'day', '2024-03-07', '')), 3::bigint, 'values');
PREPARE untyped AS SELECT * FROM uptime_series($1, $2, $3, $4, $5, $6, $7);
SELECT set_eq($$EXECUTE untyped ('all', '2024-03-05', '2024-03-07', 'hour', '2024-03-07', 'fill=next', '{1011,2011}')$$,
              $$SELECT * FROM uptime_series('all'::name, timestamptz '2024-03-05', timestamptz '2024-03-07', text 'hour', timestamptz '2024-03-07', uptime_policy 'fill=next', '{1011,2011}'::text[])$$,
              'parameters without types');
SELECT is_empty($$SELECT * FROM uptime_series('all', '2024-03-05', '2024-03-07', 'day', stores => '{}')$$, 'no stores');
SELECT is_empty($$SELECT * FROM uptime_series('{}'::status_timeline, NULL, '2024-03-05', '2024-03-07', 'day', '2024-03-07')$$, 'no calendar, no rows');
SELECT is(sum(unknown_time), '48:00', 'no timeline is one without polls, NULL excludes nothing')
FROM uptime_series(NULL::status_timeline, 'UTC; 24/7', '2024-03-05', '2024-03-07', 'day', '2024-03-07', '', NULL);

CREATE TEMP TABLE refused (arguments text, code text, message text);
INSERT INTO refused VALUES
    ($$NULL, '2024-01-02', 'day', '2024-01-02'$$, '22023', 'since must not be null'),
    ($$'2024-01-01', NULL, 'day', '2024-01-02'$$, '22023', 'until must not be null'),
    ($$'2024-01-01', '2024-01-02', NULL, '2024-01-02'$$, '22023', 'bucket must not be null'),
    ($$'2024-01-01', '2024-01-02', 'day', NULL$$, '22023', 'as_of must not be null'),
    ($$'2024-01-01', '2024-01-02', 'day', '2024-01-02', NULL$$, '22023', 'policy must not be null'),
    ($$'-infinity', '2024-01-02', 'day', '2024-01-02'$$, '22023', 'since must be finite, not -infinity'),
    ($$'2024-01-01', 'infinity', 'day', '2024-01-02'$$, '22023', 'until must be finite, not infinity'),
    ($$'2024-01-01', '2024-01-02', 'day', 'infinity'$$, '22023', 'as_of must be finite, not infinity'),
    ($$'2024-01-01', '200000-01-01', 'month', '2024-01-02'$$, '22008', 'until is out of range'),
    ($$'2024-01-02', '2024-01-02', 'day', '2024-01-02'$$, '22023', 'until must be after since, 2024-01-02 00:00:00+00'),
    ($$'2024-01-03', '2024-01-02', 'day', '2024-01-02'$$, '22023', 'until must be after since, 2024-01-03 00:00:00+00'),
    ($$'2024-01-01', '2024-01-02', 'days', '2024-01-02'$$, '22023', 'bucket "days" is not known'),
    ($$'2024-01-01', '2024-01-02', '', '2024-01-02'$$, '22023', 'bucket "" is not known'),
    ($$'2000-01-01', '2012-01-01', 'hour', '2024-01-02'$$, '54000', 'more than 100000 hours in one series'),
    ($$'1700-01-01', '2000-01-01', 'day', '2024-01-02'$$, '54000', 'more than 100000 days in one series'),
    ($$'0001-01-01', '2000-01-01', 'week', '2024-01-02'$$, '54000', 'more than 100000 weeks in one series'),
    ($$'0001-01-01', '9000-01-01', 'month', '2024-01-02'$$, '54000', 'more than 100000 months in one series');
SELECT throws_ok(format($$SELECT * FROM uptime_series('{}'::status_timeline, 'UTC; 24/7', %s)$$, arguments), code, message, 'values: ' || arguments) FROM refused;
SELECT throws_ok(format($$SELECT * FROM uptime_series('all'::name, %s)$$, arguments), code, message, 'source: ' || arguments) FROM refused;
SELECT throws_ok($$SELECT * FROM uptime_series(NULL::name, '2024-01-01', '2024-01-02', 'day')$$, '22023', 'source must not be null', 'no source');
SELECT throws_ok($$SELECT * FROM uptime_series('none', '2024-01-01', '2024-01-02', 'day')$$, '42704', NULL, 'an unknown source');
SELECT * FROM finish();
ROLLBACK;
