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
add_case 'report of one store' one "SELECT r.* FROM (SELECT store_id FROM business_hours LIMIT 1) s,
    store_uptime_report(\$1, 'base', stores => ARRAY[s.store_id::text]) r"

run_cases "$runs"
say 'The answers, of all stores together'
table <<'SQL'
SELECT name, stores, up_week_h, down_week_h, up_day_h, down_day_h, up_hour_min, down_hour_min
FROM bench.totals ORDER BY number;
SQL

print_timings
known='report, last known status'
add_bar 'report ÷ count(*), best of both' "$(ratio base "$known" base 'count(*)' best)" 6
add_bar 'SQL by multiranges ÷ report, best of both' "$(ratio base 'SQL: multiranges' base "$known" best)" 8 more
add_bar 'SQL, the fastest found ÷ report, best of both' \
    "$(ratio base 'SQL: turns only, the fastest found' base "$known" best)" 8 more
add_bar 'report of one store, ms' "$(sql -Atc "SELECT best FROM bench.summary WHERE name = 'report of one store'")" 2
print_figures
