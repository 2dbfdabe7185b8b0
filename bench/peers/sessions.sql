-- The fastest plain SQL that was found for what store_uptime_report answers under its default policy, without the
-- unknown time: polls speak inside their session only, for a day at most, the first one also for the time before it.
-- $1 is as_of.
WITH RECURSIVE asked AS ( -- taken once, not for each row
    SELECT $1 - interval '1 hour' AS hour, $1 - interval '24 hours' AS day, $1 - interval '168 hours' AS week),
polled AS ( -- each store that has polls, by steps through the index
    (SELECT store_id FROM store_status ORDER BY store_id LIMIT 1)
    UNION ALL
    SELECT (SELECT p.store_id FROM store_status p WHERE p.store_id > polled.store_id ORDER BY p.store_id LIMIT 1)
    FROM polled WHERE store_id IS NOT NULL),
zone AS (
    SELECT store_id, coalesce(timezone_str, 'America/Chicago') AS name
    FROM (SELECT * FROM polled WHERE store_id IS NOT NULL) s LEFT JOIN store_timezone USING (store_id)),
day AS (
    SELECT d::date AS date, extract(isodow FROM d)::int - 1 AS weekday
    FROM generate_series(($1 - interval '240 hours')::date::timestamp, $1::timestamp, '1 day') d),
shift AS (
    SELECT store_id, (date + start_time_local) AT TIME ZONE name AS opens,
           (CASE WHEN end_time_local >= '23:59' THEN (date + 1)::timestamp -- how tables write 24:00
                 WHEN end_time_local <= start_time_local THEN date + 1 + end_time_local
                 ELSE date + end_time_local END) AT TIME ZONE name AS closes
    FROM zone JOIN business_hours USING (store_id) JOIN day ON weekday = day_of_week
    UNION ALL
    SELECT store_id, date::timestamp AT TIME ZONE name, (date + 1)::timestamp AT TIME ZONE name FROM zone, day
    WHERE NOT EXISTS (SELECT FROM business_hours b WHERE b.store_id = zone.store_id)),
session AS ( -- range_agg joins what touches or overlaps
    SELECT store_id, lower(r) AS opens, upper(r) AS closes
    FROM (SELECT store_id, range_agg(tstzrange(opens, closes)) AS during FROM shift GROUP BY store_id) o,
         unnest(during * tstzmultirange(tstzrange($1 - interval '192 hours', $1, '[]'))) r
    WHERE upper(r) > (SELECT week FROM asked)),
poll AS (
    SELECT s.store_id, opens, closes, status, timestamp_utc AS at, lag(status) OVER w AS status_before,
           lag(timestamp_utc) OVER w AS before, lead(timestamp_utc) OVER w AS after
    FROM session s JOIN store_status p
         ON p.store_id = s.store_id AND timestamp_utc >= opens AND timestamp_utc < closes AND timestamp_utc <= $1
    WINDOW w AS (PARTITION BY s.store_id, opens ORDER BY timestamp_utc)),
turn AS ( -- polls that say the same within a day of each other are one; last_at is the last of them
    SELECT store_id, opens, closes, status = 'active' AS up, at, before, lead(at) OVER w AS next_at,
           coalesce(lead(before) OVER w, at) AS last_at
    FROM poll WHERE status IS DISTINCT FROM status_before OR after IS NULL OR at - before >= interval '24 hours'
    WINDOW w AS (PARTITION BY store_id, opens ORDER BY at)),
heard AS (
    SELECT store_id, up,
           greatest(CASE WHEN before IS NULL THEN greatest(opens, at - interval '24 hours')
                         ELSE least(at, greatest(before + interval '24 hours', at - interval '24 hours')) END,
                    (SELECT week FROM asked)) AS since,
           least(coalesce(next_at, closes), last_at + interval '24 hours', $1) AS until
    FROM turn),
filled AS (
    SELECT * FROM heard WHERE since < until)
SELECT store_id,
       extract(epoch FROM sum(until - greatest(since, (SELECT hour FROM asked)))
               FILTER (WHERE up AND until > (SELECT hour FROM asked)))::float8 / 60 AS uptime_last_hour,
       extract(epoch FROM sum(until - greatest(since, (SELECT day FROM asked)))
               FILTER (WHERE up AND until > (SELECT day FROM asked)))::float8 / 3600 AS uptime_last_day,
       extract(epoch FROM sum(until - since) FILTER (WHERE up))::float8 / 3600 AS uptime_last_week,
       extract(epoch FROM sum(until - greatest(since, (SELECT hour FROM asked)))
               FILTER (WHERE NOT up AND until > (SELECT hour FROM asked)))::float8 / 60 AS downtime_last_hour,
       extract(epoch FROM sum(until - greatest(since, (SELECT day FROM asked)))
               FILTER (WHERE NOT up AND until > (SELECT day FROM asked)))::float8 / 3600 AS downtime_last_day,
       extract(epoch FROM sum(until - since) FILTER (WHERE NOT up))::float8 / 3600 AS downtime_last_week
FROM filled GROUP BY store_id
