-- What script/demo shows. Run by psql with the variable csv, the folder with the three files.
SET client_min_messages = warning;
\pset footer off
\pset null '-'

CREATE EXTENSION store_uptime;
SELECT store_uptime.create_tables() \g /dev/null

\echo
\echo 'Loading (SELECT * FROM store_uptime.import_csv(table, file))'
\timing on
SELECT * FROM store_uptime.import_csv('store_status', :'csv' || '/store_status.csv');
SELECT * FROM store_uptime.import_csv('business_hours', :'csv' || '/menu_hours.csv');
SELECT * FROM store_uptime.import_csv('store_timezone', :'csv' || '/timezones.csv');
\timing off
VACUUM ANALYZE;

SELECT store_uptime.latest_poll('default') AS as_of \gset
\echo
\echo 'Counting the polls (SELECT count(*) FROM store_status), to compare with'
\timing on
SELECT count(*) FROM store_status;
\timing off

\echo
\echo 'The report of all stores (SELECT * FROM store_uptime_report(as_of)) as of the newest poll,' :as_of
\timing on
CREATE TEMP TABLE report AS SELECT * FROM store_uptime_report(:'as_of');
\timing off

\echo
\echo 'Ten rows of it (last hour in minutes, last day and week in hours)'
SELECT store_id,
       round(uptime_last_hour::numeric, 2) AS up_hour, round(uptime_last_day::numeric, 2) AS up_day,
       round(uptime_last_week::numeric, 2) AS up_week,
       round(downtime_last_hour::numeric, 2) AS down_hour, round(downtime_last_day::numeric, 2) AS down_day,
       round(downtime_last_week::numeric, 2) AS down_week,
       round(unknown_last_hour::numeric, 2) AS unknown_hour, round(unknown_last_day::numeric, 2) AS unknown_day,
       round(unknown_last_week::numeric, 2) AS unknown_week
FROM report ORDER BY store_id LIMIT 10;

\echo 'All stores together, in hours of the last week'
SELECT count(*) AS stores, round(sum(uptime_last_week)) AS up, round(sum(downtime_last_week)) AS down,
       round(sum(unknown_last_week)) AS unknown,
       round((100 * sum(uptime_last_week) / sum(uptime_last_week + downtime_last_week))::numeric, 2) AS percent_up
FROM report;

-- The store whose last day is the most divided between up and down.
SELECT r.store_id AS store, coalesce(z.timezone_str, 'America/Chicago') AS zone
FROM report r LEFT JOIN store_timezone z ON z.store_id::text = r.store_id
ORDER BY least(r.uptime_last_day, r.downtime_last_day) DESC, r.store_id LIMIT 1 \gset

\echo
\echo 'The last day of store' :store 'in' :zone '(+ up, x down, ? unknown, 2 minutes each; blank = closed)'
SELECT to_char(lower(during) AT TIME ZONE :'zone', 'Dy HH24:MI') AS local_time,
       rpad(repeat('+', up / 2) || repeat('x', down / 2) || repeat('?', unknown / 2), 30) AS hour, up, down, unknown
FROM (SELECT during,
             round(extract(epoch FROM up_time) / 60)::int AS up,
             round(extract(epoch FROM down_time) / 60)::int AS down,
             round(extract(epoch FROM unknown_time) / 60)::int AS unknown
      FROM store_uptime_windows(
               (SELECT array_agg(tstzrange(at, at + '1 hour')) FROM generate_series(
                    date_trunc('hour', :'as_of'::timestamptz) - interval '23 hours', :'as_of', '1 hour') at),
               :'as_of', stores => ARRAY[:'store'])) AS hours
ORDER BY lower(during);
