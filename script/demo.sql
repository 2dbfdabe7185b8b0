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

-- Of the stores that close at night the one whose last day is the most divided between up and down.
SELECT r.store_id AS store, coalesce(z.timezone_str, 'America/Chicago') AS zone
FROM report r LEFT JOIN store_timezone z ON z.store_id::text = r.store_id
WHERE r.uptime_last_day + r.downtime_last_day + r.unknown_last_day < 16
ORDER BY least(r.uptime_last_day, r.downtime_last_day) DESC, r.store_id LIMIT 1 \gset

\echo
\echo 'The last day of store' :store 'in' :zone 'by store_uptime_windows, two minutes a character:'
\echo '+ up, x down, ? unknown, blank closed or after the newest poll'
SELECT to_char(min(lower(during)) AT TIME ZONE :'zone', 'Dy HH24:MI') AS local_time,
       string_agg(CASE WHEN open_time = '0' THEN ' ' WHEN down_time > '0' THEN 'x' WHEN up_time > '0' THEN '+' ELSE '?' END,
                  '' ORDER BY lower(during)) AS timeline,
       round((extract(epoch FROM sum(up_time)) / 60), 1) AS up_minutes,
       round((extract(epoch FROM sum(down_time)) / 60), 1) AS down_minutes,
       round((extract(epoch FROM sum(unknown_time)) / 60), 1) AS unknown_minutes
FROM store_uptime_windows(
         (SELECT array_agg(tstzrange(at, at + '2 minutes'))
          FROM generate_series(date_trunc('hour', :'as_of'::timestamptz) - interval '23 hours', :'as_of', '2 minutes') at),
         :'as_of', stores => ARRAY[:'store'])
GROUP BY date_trunc('hour', lower(during))
ORDER BY date_trunc('hour', lower(during));
