#!/usr/bin/env bash
# Everything that doc/performance.md states, measured anew on this machine: the report over polls in three physical orders,
# by one process and with workers, against plain SQL, DuckDB and a loop in Python; its growth, its memory, one store's
# report, loading, gathering timelines, and the core by itself. Fails if answers differ; says which bars are met. Brings
# its own server.
#
#   bench/all.sh [-r RUNS] [-s SCALES] [-n STORES] [SECTION...]
#
# RUNS: how often each case runs, 5 unless told. SCALES: how many times the data, '10' unless told; '10 100' makes 18 and
# 180 million polls, the latter in 10 GB of disk and a quarter of an hour. STORES: 14092 unless told; with fewer the
# figures mean nothing but the machinery is tried. Sections: orders peers growth small copy values core; all unless told.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../script/lib.sh"
. "$project/bench/lib.sh"

runs=5 scales=10 stores=14092
while getopts r:s:n: option; do
    case $option in
        r) runs=$OPTARG ;;
        s) scales=$OPTARG ;;
        n) stores=$OPTARG ;;
        *) die "see the top of this file" ;;
    esac
done
shift $((OPTIND - 1))
sections=(orders peers growth small copy values core)
wanted=("$@")
[ $# -gt 0 ] || wanted=("${sections[@]}")
for section in "${wanted[@]}"; do
    [[ " ${sections[*]} " == *" $section "* ]] || die "no section '$section'; there are: ${sections[*]}"
done

# make_data NAME COPIES ORDER INDEX makes a data set of those in base; INDEX is true or false.
make_data() {
    say "Making $1: $2 × the stores, by $3"
    sql -c "CALL bench.make('$1', $2, 1, '$3', $4)" -c 'VACUUM (FREEZE, ANALYZE)'
}

# report_cases adds those that orders and peers both need.
report_cases() {
    add_case 'count(*)' '' "$count_polls" "$sequential"
    add_case 'report' 'default × 1' "$(report_of)"
}

section_orders() {
    make_data by_store 1 store true
    make_data as_file 1 file true
    for dataset in base as_file by_store; do
        report_cases
        add_case 'report, 1 worker' 'default × 1' "$(report_of)" '{"max_parallel_workers_per_gather": 1}'
        add_case 'report, 2 workers' 'default × 1' "$(report_of)" '{"max_parallel_workers_per_gather": 2}'
        add_case 'report, 2 workers, whatever it costs' 'default × 1' "$(report_of)" \
            '{"max_parallel_workers_per_gather": 2, "min_parallel_table_scan_size": 0}'
        add_case 'count(*), 2 workers' '' "$count_polls" "${sequential%\}}, \"max_parallel_workers_per_gather\": 2}"
        add_case 'report, work_mem = 4MB' 'default × 1' "$(report_of)" '{"work_mem": "4MB"}'
    done
    run_cases "$runs"
    local bar
    for dataset in base as_file; do
        bar=$([ $dataset = base ] && echo '3.5 2.2' || echo '5.25 3.3')
        add_bar "$dataset: report, one process ÷ count(*)" \
            "$(ratio $dataset report $dataset 'count(*)')" "${bar% *}"
        add_bar "$dataset: report, 2 workers ÷ count(*)" \
            "$(ratio $dataset 'report, 2 workers' $dataset 'count(*)')" "${bar#* }"
    done
}

section_peers() {
    dataset=base
    report_cases
    local peers=$project/bench/peers installed='{"random_page_cost": 4}'
    add_case 'report, last known status' 'last known' "$(report_of "$last_known")"
    add_case 'SQL: multiranges' 'last known' "$peers/multirange.sql"
    add_case 'SQL: multiranges, planner as installed' 'last known' "$peers/multirange.sql" "$installed"
    add_case 'SQL: join' 'last known' "$peers/join.sql"
    add_case 'SQL: turns only' 'last known' "$peers/turns.sql"
    add_case 'SQL: sessions' 'default × 1' "$peers/sessions.sql"
    outside_peers
    run_cases "$runs"
    local known='report, last known status'
    add_bar 'SQL, poll by poll, planner as installed ÷ report' \
        "$(ratio base 'SQL: multiranges, planner as installed' base "$known")" 16 more
    add_bar 'SQL, poll by poll ÷ report' "$(ratio base 'SQL: multiranges' base "$known")" 16 more
    add_bar 'SQL, fastest found ÷ report' "$(ratio base 'SQL: turns only' base "$known")" 16 more
    add_bar 'SQL for the default policy, fastest found ÷ report' "$(ratio base 'SQL: sessions' base report)" 16 more
    add_bar 'DuckDB as one writes it, one thread ÷ report' \
        "$(ratio base 'DuckDB: plain, 1 thread(s)' base "$known")" 8 more
    add_bar 'DuckDB, fastest found, one thread ÷ report' \
        "$(ratio base 'DuckDB: turns, 1 thread(s)' base "$known")" 8 more
}

# DuckDB and pandas, timed by themselves.
outside_peers() {
    say 'Installing DuckDB and pandas'
    install_packages python3-pandas
    command -v npm >/dev/null || install_packages npm
    cp "$project"/bench/peers/{package.json,duckdb.mjs} "$scratch"
    (cd "$scratch" && npm install --silent --no-audit --no-fund) || die 'npm could not install DuckDB'
    local as_of threads name kind ms
    as_of=$(sql -Atc "SELECT (extract(epoch FROM store_uptime.latest_poll('base')) * 1000000)::bigint")

    say 'Timing DuckDB'
    for threads in 1 2; do
        node "$scratch/duckdb.mjs" "$scratch/csv" "$as_of" "$runs" "$threads" >"$scratch/duckdb.times"
        for kind in plain join turns; do
            outside_case "DuckDB: $kind, $threads thread(s)" "$scratch/csv/duckdb-$kind.csv" false \
                "$(sed -n "s/^$kind $threads //p" "$scratch/duckdb.times")"
        done
    done

    say 'Timing the loop in Python over 1 % of the stores'
    /usr/bin/python3 "$project/bench/peers/pandas_loop.py" "$scratch/csv" "$as_of" "$runs" 100 >"$scratch/pandas.times"
    outside_case 'pandas: a loop over stores, 1 % × 100' "$scratch/csv/pandas.csv" true "$(cat "$scratch/pandas.times")"
}

# outside_case NAME ANSWERS-FILE SAMPLE TIMES enters what another program answered and how many milliseconds its runs took.
outside_case() {
    sql -v name="$1" -v file="$2" -v sample="$3" -v times="${4//$'\n'/,}" <<'SQL'
SELECT bench.add('base', :'name', 'last known', NULL, sample => :'sample') AS number \gset
CREATE TEMP TABLE answer (LIKE bench.answer);
ALTER TABLE answer DROP case_number;
COPY answer FROM :'file' CSV;
INSERT INTO bench.answer SELECT :number, * FROM answer;
INSERT INTO bench.timing SELECT :number, unnest(string_to_array(:'times', ',')::float8[]);
SQL
}

# Growth is measured between two data sets right after the larger is made, so that both lie alike in the caches, and with
# one memory for both: enough to keep all polls, or so little that all but the smallest go through temporary files.
growth_memories=(4GB 64MB)
section_growth() {
    local scale previous=1 previous_data=base memory bar
    for scale in $scales; do
        make_data "x$scale" "$scale" time "$([ "$scale" -gt 20 ] && echo false || echo true)"
        growth_cases $previous_data "$previous" ", beside x$scale"
        growth_cases "x$scale" "$scale" ''
        run_cases "$runs"
        bar=$(awk "BEGIN { print 1.1 * $scale / $previous }")
        for memory in "${growth_memories[@]}"; do
            add_bar "time of $scale × the polls ÷ time of $previous ×, store_uptime.work_mem = $memory" \
                "$(ratio "x$scale" "report, $memory" $previous_data "report, $memory, beside x$scale")" "$bar"
        done
        previous=$scale previous_data=x$scale
    done
    # Memory that the server has prepared could not be told from what a report takes.
    restart_server '-c min_dynamic_shared_memory=0'
    for scale in $scales; do
        memory_of "x$scale" "$([ "$scale" -gt 20 ] && echo 128 || echo 96)"
    done
    restart_server
}

# growth_cases DATA SCALE SUFFIX adds the cases of growth, their names followed by SUFFIX.
growth_cases() {
    local memory
    dataset=$1
    add_case "count(*)$3" '' "$count_polls" "$sequential"
    for memory in "${growth_memories[@]}"; do
        add_case "report, $memory$3" "default × $2" "$(report_of)" "{\"store_uptime.work_mem\": \"$memory\"}"
    done
}

# memory_of DATA BAR
memory_of() {
    say "Watching the memory of a report over $1"
    local as_of statement peak workers before
    as_of=$(sql -Atc "SELECT store_uptime.latest_poll('$1')")
    statement="SELECT count(*), sum(uptime_last_week) FROM store_uptime_report('$as_of', '$1')"
    read -r peak workers before < <("$project/bench/peak-memory" "$statement" "SET work_mem = '4MB'" \
        "SET store_uptime.work_mem = '64MB'")
    add_bar "$1: peak private memory with store_uptime.work_mem = 64MB, MB (before the report: $before)" "$peak" "$2"
    read -r peak workers before < <("$project/bench/peak-memory" "$statement" "SET work_mem = '4MB'" \
        "SET store_uptime.work_mem = '64MB'" 'SET max_parallel_workers_per_gather = 2' \
        'SET min_parallel_table_scan_size = 0')
    add_bar "$1: the same with 2 workers; the workers: $workers" "$peak" "$2"
}

# What is asked often and must not cost a full report: each on 200 stores, one after the other.
section_small() {
    say 'Timing small questions'
    local name bar statement
    while IFS='|' read name bar statement; do # without -r: a line may go on after a backslash
        sql -v statement="$statement" -v stores=200 <<'SQL' >"$scratch/small"
CREATE TEMP TABLE asked AS SELECT DISTINCT store_id FROM base.business_hours ORDER BY store_id LIMIT :stores;
CREATE TEMP TABLE took (ms float8);
SELECT set_config('bench.statement', :'statement', false) \g /dev/null
DO $$
DECLARE
    now timestamptz := store_uptime.latest_poll('base');
    began timestamptz;
    store text;
    done record;
BEGIN
    FOR store IN SELECT store_id FROM asked LOOP
        began := clock_timestamp();
        EXECUTE current_setting('bench.statement') INTO done USING now, store;
        INSERT INTO took VALUES (1000 * extract(epoch FROM clock_timestamp() - began));
    END LOOP;
END
$$;
\pset format unaligned
\pset tuples_only on
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FROM took;
SQL
        add_bar "$name, ms in the server" "$(cat "$scratch/small")" "$bar"
    done <<'QUESTIONS'
report of one store|0.5|SELECT * FROM store_uptime_report($1, 'base', stores => ARRAY[$2])
24 hourly windows of one store||SELECT count(*) FROM store_uptime_windows((SELECT array_agg(tstzrange(h - interval '1 hour', h)) \
FROM generate_series($1 - interval '23 hours', $1, '1 hour') h), $1, 'base', stores => ARRAY[$2])
why one store was up or down||SELECT * FROM store_uptime_explain($2, $1 - interval '1 hour', $1, 'base')
status of one store from its timeline||SELECT status_at(timeline_agg(timestamp_utc, status = 'active'), $1 - interval '1 hour') \
FROM base.store_status WHERE store_id = $2::bigint
QUESTIONS
}

section_copy() {
    say 'Loading by COPY'
    sql -v runs="$runs" -v file="$scratch/csv/store_status.csv" <<'SQL'
CREATE SCHEMA loaded;
SELECT store_uptime.create_tables('loaded', source => 'loaded') \g /dev/null
CREATE TABLE loaded.plain (LIKE loaded.store_status INCLUDING ALL);
SELECT bench.add('loaded', name, NULL, format('COPY loaded.%I FROM %L CSV HEADER', relation, :'file'))
FROM (VALUES ('COPY into store_status', 'store_status'), ('COPY into a plain table', 'plain')) c(name, relation) \g /dev/null
CREATE PROCEDURE bench.load(runs int) LANGUAGE plpgsql AS $$
DECLARE
    c bench.cases;
    began timestamptz;
BEGIN
    FOR run IN 1..runs LOOP
        FOR c IN SELECT * FROM bench.cases WHERE data = 'loaded' ORDER BY number * (-1) ^ run LOOP
            TRUNCATE loaded.store_status, loaded.plain;
            COMMIT;
            began := clock_timestamp();
            EXECUTE c.statement;
            INSERT INTO bench.timing VALUES (c.number, 1000 * extract(epoch FROM clock_timestamp() - began));
            COMMIT;
        END LOOP;
    END LOOP;
END
$$;
CALL bench.load(:runs);
UPDATE bench.cases SET statement = NULL;
SQL
    add_bar 'COPY into store_status ÷ COPY into a plain table' \
        "$(ratio loaded 'COPY into store_status' loaded 'COPY into a plain table')" 1.03
}

# Every store's polls as a value, against the least that an aggregate over them can do.
section_values() {
    dataset=base
    local least='SELECT store_id, count(*), max(timestamp_utc) FROM store_status GROUP BY store_id'
    local gather="SELECT store_id, timeline_agg(timestamp_utc, status = 'active') FROM store_status GROUP BY store_id"
    local case settings
    while IFS='|' read -r case settings; do
        add_case "count(*), max$case" '' "$least" "$settings"
        add_case "timeline_agg$case" '' "$gather" "$settings"
    done <<'CASES'
|{}
, work_mem = 4MB|{"work_mem": "4MB"}
, 2 workers|{"max_parallel_workers_per_gather": 2}
CASES
    run_cases "$runs"
    for case in '' ', work_mem = 4MB' ', 2 workers'; do
        add_bar "by store: timeline_agg$case ÷ count(*), max$case" \
            "$(ratio base "timeline_agg$case" base "count(*), max$case")" "$([[ $case == *workers ]] || echo 3)"
    done
    local value bar
    while IFS='|' read -r value bar case; do
        add_bar "bytes of a timeline per poll, $case" "$(sql -At <<SQL
SELECT sum(pg_column_size(t)) / sum(poll_count(t))
FROM (SELECT timeline_agg($value, status = 'active') AS t FROM base.store_status GROUP BY store_id) t
SQL
)" "$bar"
    done <<'VALUES'
timestamp_utc|5.2|to the microsecond
date_trunc('second', timestamp_utc)|3|in whole seconds
VALUES
}

section_core() {
    say 'Timing the core'
    install_packages cmake libbenchmark-dev
    cmake -S "$project" -B "$scratch/core" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSTORE_UPTIME_BENCHMARK=ON \
        -DBUILD_TESTING=OFF >/dev/null
    cmake --build "$scratch/core" --target core_bench -j "$(nproc)" >/dev/null
    "$scratch/core/core_bench" --benchmark_format=csv --benchmark_repetitions="$runs" \
        --benchmark_report_aggregates_only=true 2>/dev/null >"$scratch/core.csv"
    # name,iterations,real_time,cpu_time,time_unit,…,"per_poll" in seconds, the last column
    local name seconds
    while IFS=' ' read -r name seconds; do
        add_bar "core: $name, ns per poll" "$(awk "BEGIN { print $seconds * 1e9 }")" "$([[ $name == sweep* ]] && echo 12)"
    done < <(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) { gsub(/"/, "", $i); if ($i == "per_poll") column = i } }
                      $1 ~ /_median"?$/ { gsub(/"|_median/, "", $1); print $1, $column }' "$scratch/core.csv")
}

say "Building, and loading $stores stores over 8 days"
bench_server
bench_data "$stores" 8
sql -f "$project/bench/scale.sql"
for section in "${wanted[@]}"; do
    "section_$section"
done
print_timings
print_figures
