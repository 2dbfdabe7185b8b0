#!/usr/bin/env bash
# The report over a week's 1.8 million polls, timed against counting the same rows and against plain SQL that gives the
# same numbers. Fails if it does not give the same numbers. Brings its own server; leaves nothing but Debian packages.
#
#   bench/report.sh [STORES [DAYS [RUNS]]]      14092 stores, 8 days, best of 5 runs unless told
#
# bench/all.sh measures more; doc/performance.md tells what the figures mean.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../script/lib.sh"
. "$project/bench/lib.sh"
stores=${1:-14092}
days=${2:-8}
runs=${3:-5}

say "Building, and loading $stores stores over $days days"
bench_server
bench_data "$stores" "$days"

dataset=base
add_case 'count(*)' '' "$count_polls" "$sequential"
add_case 'report, last known status' last_known "$(report_of "$last_known")"
add_case 'SQL: multiranges' last_known "$project/bench/peers/multirange.sql"
add_case 'SQL: join' last_known "$project/bench/peers/join.sql"
add_case 'SQL: turns only, the fastest found' last_known "$project/bench/peers/turns.sql"
add_case 'report, default policy' default "$(report_of)"
add_case 'SQL: sessions, the fastest found' default "$project/bench/peers/sessions.sql"
add_case 'report of one store' one "SELECT r.* FROM (SELECT store_id FROM store_status OFFSET 1000 LIMIT 1) s,
    store_uptime_report(\$1, 'base', stores => ARRAY[s.store_id::text]) r"

say 'Comparing answers, store by store, to the microsecond'
sql -c 'CALL bench.check()' || die 'the answers differ'
sql <<'SQL'
\pset footer off
SELECT name, stores, up_week / 3600e6::numeric(12) AS up_week_h, down_week / 3600e6::numeric(12) AS down_week_h,
       up_day / 3600e6::numeric(12) AS up_day_h, down_day / 3600e6::numeric(12) AS down_day_h,
       up_hour / 60e6::numeric(12) AS up_hour_min, down_hour / 60e6::numeric(12) AS down_hour_min
FROM bench.totals ORDER BY number;
SQL

say "Timing $runs runs of each in turn, in the server, one process"
sql -c "CALL bench.run($runs)"
sql <<'SQL'
\pset footer off
WITH floor AS (SELECT best FROM bench.summary WHERE answers IS NULL)
SELECT s.name AS case, round(s.best::numeric, 1) AS best_ms, round(s.median::numeric, 1) AS median_ms,
       round(s.cpu::numeric, 1) AS cpu_ms, round((s.best / floor.best)::numeric, 2) AS "÷ count(*)",
       CASE WHEN s.name LIKE 'SQL%' THEN round((s.best / r.best)::numeric, 1) END AS "÷ report"
FROM floor, bench.summary s LEFT JOIN bench.summary r ON r.answers = s.answers AND r.name LIKE 'report%'
ORDER BY s.number;
SQL
