-- The report in plain SQL, by multiranges: the time each status held, intersected with the time the store was open.
-- Answers as store_uptime_report does under carry=always backfill=off max_gap=infinity, without the unknown time, for
-- the stores that were polled, where no clock is set in these days. $1 is as_of.
WITH asked AS ( -- taken once, not for each row
    SELECT $1 - interval '1 hour' AS hour, $1 - interval '24 hours' AS day, $1 - interval '168 hours' AS week),
spoken AS (
    SELECT store_id, status = 'active' AS up, timestamp_utc AS since,
           lead(timestamp_utc, 1, $1) OVER (PARTITION BY store_id ORDER BY timestamp_utc) AS until
    FROM store_status WHERE timestamp_utc <= $1),
told AS (
    SELECT store_id, range_agg(tstzrange(since, until)) FILTER (WHERE up) AS up,
           range_agg(tstzrange(since, until)) FILTER (WHERE NOT up) AS down
    FROM spoken WHERE since < until AND until > (SELECT week FROM asked) GROUP BY store_id),
zone AS (
    SELECT store_id, coalesce(timezone_str, 'America/Chicago') AS name
    FROM told LEFT JOIN store_timezone USING (store_id)),
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
open AS (
    SELECT store_id, range_agg(tstzrange(opens, closes)) AS during FROM shift GROUP BY store_id),
filled AS (
    SELECT store_id, up * during * week AS up, down * during * week AS down, hour, day
    FROM told JOIN open USING (store_id),
         (SELECT tstzmultirange(tstzrange(hour, $1)) AS hour, tstzmultirange(tstzrange(day, $1)) AS day,
                 tstzmultirange(tstzrange(week, $1)) AS week FROM asked) w)
SELECT store_id,
       extract(epoch FROM (SELECT sum(upper(r) - lower(r)) FROM unnest(up * hour) r))::float8 / 60 AS uptime_last_hour,
       extract(epoch FROM (SELECT sum(upper(r) - lower(r)) FROM unnest(up * day) r))::float8 / 3600 AS uptime_last_day,
       extract(epoch FROM (SELECT sum(upper(r) - lower(r)) FROM unnest(up) r))::float8 / 3600 AS uptime_last_week,
       extract(epoch FROM (SELECT sum(upper(r) - lower(r)) FROM unnest(down * hour) r))::float8 / 60
           AS downtime_last_hour,
       extract(epoch FROM (SELECT sum(upper(r) - lower(r)) FROM unnest(down * day) r))::float8 / 3600
           AS downtime_last_day,
       extract(epoch FROM (SELECT sum(upper(r) - lower(r)) FROM unnest(down) r))::float8 / 3600 AS downtime_last_week
FROM filled
