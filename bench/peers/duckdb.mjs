// The report in DuckDB, in memory, over tables of its own that hold the same rows.
//
//   node duckdb.mjs FOLDER AS_OF RUNS THREADS
//
// FOLDER holds store_status.csv, menu_hours.csv and timezones.csv; AS_OF is in microseconds since 1970. Writes the answers
// of each statement to FOLDER/duckdb-<statement>.csv as whole microseconds, and prints one line a run: statement,
// threads, milliseconds. All answer under carry=always backfill=off max_gap=infinity:
//
//   plain  as one writes it: every poll against every stretch of opening of its store
//   join   each wall clock of a zone turned into an instant once, for AT TIME ZONE is slow here
//   turns  the same after dropping polls that repeat the one before, the fastest found
//
// Instants are microseconds in BIGINT, the fastest type for them here: arithmetic of TIMESTAMPTZ would go through ICU.
import { DuckDBInstance } from '@duckdb/node-api';

const [folder, asOf, runs, threads] = process.argv.slice(2);
const instance = await DuckDBInstance.create(':memory:', { threads });
const db = await instance.connect();
const csv = (name) => `read_csv('${folder}/${name}.csv', all_varchar = true)`;
await db.run(`SET timezone = 'UTC'`);
await db.run(`CREATE TABLE store_status AS
  SELECT store_id::BIGINT AS store_id, status, epoch_us(replace(timestamp_utc, ' UTC', '')::TIMESTAMP) AS polled
  FROM ${csv('store_status')}`);
await db.run(`CREATE TABLE business_hours AS
  SELECT store_id::BIGINT AS store_id, day::INT AS day_of_week, start_time_local::TIME AS start_time_local,
         end_time_local::TIME AS end_time_local
  FROM ${csv('menu_hours')}`);
await db.run(`CREATE TABLE store_timezone AS
  SELECT store_id::BIGINT AS store_id, timezone_str FROM ${csv('timezones')}`);

const everyPoll = `spoken AS (
    SELECT store_id, status = 'active' AS up, polled AS since,
           lead(polled, 1, ${asOf}) OVER (PARTITION BY store_id ORDER BY polled) AS until
    FROM store_status WHERE polled <= ${asOf})`;
const turnsOnly = `turn AS (
    SELECT store_id, status = 'active' AS up, polled FROM store_status WHERE polled <= ${asOf}
    QUALIFY status IS DISTINCT FROM lag(status) OVER (PARTITION BY store_id ORDER BY polled)),
spoken AS (
    SELECT store_id, up, polled AS since, lead(polled, 1, ${asOf}) OVER (PARTITION BY store_id ORDER BY polled) AS until
    FROM turn)`;

const eachClock = `opened AS (
    SELECT store_id, epoch_us(opens AT TIME ZONE name) AS opens, epoch_us(closes AT TIME ZONE name) AS closes FROM shift)`;
const clocksOnce = `clock AS (
    SELECT name, wall, epoch_us(wall AT TIME ZONE name) AS instant
    FROM (SELECT name, opens AS wall FROM shift UNION SELECT name, closes FROM shift)),
half AS MATERIALIZED ( -- or the planner joins the clocks of a zone with each other
    SELECT store_id, s.name, instant AS opens, closes FROM shift s JOIN clock c ON c.name = s.name AND wall = opens),
opened AS (
    SELECT store_id, opens, instant AS closes FROM half s JOIN clock c ON c.name = s.name AND wall = closes)`;

const total = (status, length) =>
  `coalesce(sum(greatest(0, until - greatest(since, ${asOf} - ${length}))) FILTER (${status}), 0)::BIGINT`;
const answer = (spoken, opened) => `
WITH ${spoken},
zone AS (
    SELECT store_id, coalesce(timezone_str, 'America/Chicago') AS name
    FROM (SELECT DISTINCT store_id FROM store_status) LEFT JOIN store_timezone USING (store_id)),
day AS (
    SELECT d::DATE AS date, isodow(d) - 1 AS weekday
    FROM generate_series(date_trunc('day', make_timestamp(${asOf})) - INTERVAL 10 DAY, make_timestamp(${asOf}),
                         INTERVAL 1 DAY) t(d)),
shift AS (
    SELECT store_id, name, date + start_time_local AS opens,
           CASE WHEN end_time_local >= '23:59' THEN (date + 1)::TIMESTAMP
                WHEN end_time_local <= start_time_local THEN date + 1 + end_time_local
                ELSE date + end_time_local END AS closes
    FROM zone JOIN business_hours USING (store_id) JOIN day ON weekday = day_of_week
    UNION ALL
    SELECT store_id, name, date::TIMESTAMP, (date + 1)::TIMESTAMP
    FROM zone, day WHERE store_id NOT IN (SELECT store_id FROM business_hours)),
${opened},
open AS (
    SELECT store_id, greatest(opens, ${asOf} - 604800000000) AS opens, least(closes, ${asOf}) AS closes
    FROM opened WHERE closes > ${asOf} - 604800000000 AND opens < ${asOf}),
filled AS (
    SELECT store_id, up, greatest(since, opens) AS since, least(until, closes) AS until
    FROM spoken JOIN open USING (store_id) WHERE since < closes AND until > opens)
SELECT store_id, ${['up', 'NOT up'].flatMap((status) =>
    [3600000000, 86400000000, 604800000000].map((length) => total(status, length))).join(', ')}
FROM filled GROUP BY store_id`;

const statements = {
  plain: answer(everyPoll, eachClock),
  join: answer(everyPoll, clocksOnce),
  turns: answer(turnsOnly, clocksOnce),
};
for (const [name, statement] of Object.entries(statements)) // warms up, too
  await db.run(`COPY (${statement}) TO '${folder}/duckdb-${name}.csv' (HEADER false)`);
for (let run = 0; run < runs; run++)
  for (const [name, statement] of Object.entries(statements)) {
    const began = performance.now();
    await db.runAndReadAll(`SELECT count(*), sum(COLUMNS(* EXCLUDE store_id)) FROM (${statement})`);
    console.log(name, threads, (performance.now() - began).toFixed(3));
  }
