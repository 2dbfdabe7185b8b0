-- The report in plain SQL, by a join: for each stretch of opening the poll before it and the polls inside it, found in
-- the index on (store_id, timestamp_utc). A store's stretches must not overlap: what two cover counts twice.
-- Answers as multirange.sql. $1 is as_of.
WITH asked AS ( -- taken once, not for each row
    SELECT $1 - interval '1 hour' AS hour, $1 - interval '24 hours' AS day, $1 - interval '168 hours' AS week),
zone AS (
    SELECT store_id, coalesce(timezone_str, 'America/Chicago') AS name
    FROM (SELECT DISTINCT store_id FROM store_status) s LEFT JOIN store_timezone USING (store_id)),
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
open AS MATERIALIZED (
    SELECT store_id, greatest(opens, (SELECT week FROM asked)) AS opens, least(closes, $1) AS closes
    FROM shift WHERE closes > (SELECT week FROM asked) AND opens < $1),
filled AS (
    SELECT store_id, up, since, lead(since, 1, closes) OVER (PARTITION BY store_id, opens ORDER BY since) AS until
    FROM open CROSS JOIN LATERAL (
        (SELECT status = 'active' AS up, opens AS since FROM store_status p
         WHERE p.store_id = open.store_id AND timestamp_utc <= opens ORDER BY timestamp_utc DESC LIMIT 1)
        UNION ALL
        SELECT status = 'active', timestamp_utc FROM store_status p
        WHERE p.store_id = open.store_id AND timestamp_utc > opens AND timestamp_utc < closes) said)
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
