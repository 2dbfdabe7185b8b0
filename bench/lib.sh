# What bench/report.sh and bench/all.sh share. Sourced after script/lib.sh, never run.

export PGTZ=UTC # plain SQL takes its dates from it

say() {
    printf '\n== %s\n' "$*"
}

# sql [PSQL-ARGUMENT...] runs psql; what it reads must not fail.
sql() {
    PSQLRC=/dev/null psql -qX -v ON_ERROR_STOP=1 "$@"
}

# A server for measuring: everything in memory, no just-in-time compilation, one process unless a case says otherwise,
# and a planner that knows that reading an index costs no seek.
bench_settings=(
    "shared_buffers = ${BENCH_SHARED_BUFFERS:-2GB}"
    'max_wal_size = 16GB'
    'checkpoint_timeout = 1h'
    'autovacuum = off'
    'jit = off'
    'work_mem = 256MB'
    'maintenance_work_mem = 1GB'
    'random_page_cost = 1.1'
    'effective_cache_size = 16GB'
    'max_parallel_workers_per_gather = 0'
    'max_worker_processes = 16'
    'min_dynamic_shared_memory = 256MB' # what workers share need not be asked for anew
    "timezone = 'UTC'"
)

# bench_server [SETTING...] builds the extension from a copy of the sources and starts a server that has it.
bench_server() {
    install_packages "${build_packages[@]}"
    make_scratch
    copy_sources "$scratch/source"
    build_extension "$scratch/source" >"$scratch/build.log" 2>&1 || die "the build failed: $(cat "$scratch/build.log")"
    start_server "${bench_settings[@]}" "$@"
    bench_schema
}

# restart_server [OPTIONS] starts the server anew, this time with these command-line options.
restart_server() {
    (cd "$scratch" && as_server_user pg_ctl --pgdata=data --log=log/server --mode=fast --wait --silent -o "${1:-}" restart)
}

# bench_schema gives the database the extension and the measuring machinery.
bench_schema() {
    sql -c 'SET client_min_messages = warning' -c 'CREATE EXTENSION store_uptime' -f "$project/bench/measure.sql"
}

# bench_data STORES DAYS generates polls sorted by time and loads them as the source "base" into a schema of that name.
bench_data() {
    "$project/script/generate-data" "$1" "$2" "$scratch/csv" --order time | sed 's,.*/,,'
    sql -v csv="$scratch/csv" >/dev/null <<SQL
CREATE SCHEMA base;
SELECT store_uptime.create_tables('base', source => 'base');
COPY base.store_status (store_id, status, timestamp_utc) FROM '$scratch/csv/store_status.csv' CSV HEADER;
COPY base.business_hours (store_id, day_of_week, start_time_local, end_time_local)
    FROM '$scratch/csv/menu_hours.csv' CSV HEADER;
COPY base.store_timezone (store_id, timezone_str) FROM '$scratch/csv/timezones.csv' CSV HEADER;
VACUUM (FREEZE, ANALYZE);
SQL
}

# add_case NAME ANSWERS STATEMENT [SETTINGS] adds a case on the tables of schema $dataset, whose source has that name.
# STATEMENT may be a file. ANSWERS '' is for what only counts rows.
add_case() {
    local statement=$3
    [ ! -f "$3" ] || statement=$(cat "$3")
    sql -At -v data="$dataset" -v name="$1" -v answers="$2" -v statement="$statement" -v settings="${4:-{\}}" <<'SQL'
SELECT bench.add(:'data', :'name', nullif(:'answers', ''), :'statement', :'settings') \g /dev/null
SQL
}

# run_cases RUNS compares all answers, then times the cases that were added since it was called last, those of each data
# set in a session of their own: memory that a large report leaves its session is none a small one after it has to ask for.
# The sessions take turns too, so that a machine that changes its speed does so for all data sets.
run_cases() {
    say 'Comparing answers, store by store, to the microsecond'
    sql -c 'CALL bench.check()' || die 'the answers differ'
    say "Timing $1 runs of each case"
    local data turn sessions=()
    mapfile -t data < <(sql -At -c 'TRUNCATE bench.round' \
        -c 'SELECT data FROM bench.cases WHERE statement IS NOT NULL GROUP BY data ORDER BY min(number)')
    for turn in "${!data[@]}"; do
        sql -c "CALL bench.run('${data[turn]}', $1, $turn, ${#data[@]})" &
        sessions+=($!)
    done
    for turn in "${!data[@]}"; do
        wait -n "${sessions[@]}" 2>/dev/null || { # it complains of those that have ended before
            kill "${sessions[@]}" 2>/dev/null
            die 'a case failed'
        }
    done
}

# The statements of cases.
count_polls='SELECT count(*) FROM store_status'
sequential='{"enable_indexscan": "off", "enable_indexonlyscan": "off", "enable_bitmapscan": "off"}'
last_known='carry=always backfill=off max_gap=infinity'

report_of() { # [POLICY]
    echo "SELECT * FROM store_uptime_report(\$1, '$dataset', '${1:-}')"
}

# ratio DATA NAME DATA NAME [best] prints how the medians of two cases compare, or their best runs.
ratio() {
    sql -At -v a="$1" -v b="$2" -v c="$3" -v d="$4" -v figure="${5:-median}" <<'SQL'
SELECT a.:figure / b.:figure FROM bench.summary a, bench.summary b
WHERE a.data = :'a' AND a.name = :'b' AND b.data = :'c' AND b.name = :'d'
SQL
}

# add_bar WHAT VALUE BAR [more] notes a figure and what it should be at most (or at least); BAR may be empty.
add_bar() {
    sql -v what="$1" -v value="$2" -v bar="${3:-}" -v more="${4:-less}" <<'SQL'
INSERT INTO bench.bar (what, value, bar, at_least)
VALUES (:'what', nullif(:'value', '')::float8, nullif(:'bar', '')::float8, :'more' = 'more');
SQL
}

# table prints what the query on its input gives, as Markdown.
table() {
    sql -P footer=off | sed '/^[-+]*$/s/+/|/g'
}

# print_timings and print_figures print what was measured.
print_timings() {
    say 'Timings (ms in the server; cpu: what the session itself used; cases take turns)'
    table <<'SQL'
WITH floor AS (SELECT data, median FROM bench.summary WHERE name = 'count(*)')
SELECT s.data, name AS case, runs, round(best::numeric, 1) AS best, round(s.median::numeric, 1) AS median,
       round(cpu::numeric, 1) AS cpu, round((s.median / f.median)::numeric, 2) AS "÷ count(*)"
FROM bench.summary s LEFT JOIN floor f USING (data) ORDER BY number;
SQL
}

print_figures() {
    say 'Figures'
    table <<'SQL'
SELECT what, round(value::numeric, 2) AS value, CASE WHEN at_least THEN '>= ' ELSE '<= ' END || bar AS bar,
       CASE WHEN bar IS NULL THEN '' WHEN value IS NULL THEN 'not measured'
            WHEN at_least AND value >= bar OR NOT at_least AND value <= bar THEN 'met' ELSE 'missed' END AS verdict
FROM bench.bar ORDER BY number;
SQL
}
