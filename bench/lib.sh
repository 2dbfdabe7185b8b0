# What bench/report.sh and bench/all.sh share. Sourced after script/lib.sh, never run.

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
    "timezone = 'UTC'"
)

# bench_server [SETTING...] builds the extension from a copy of the sources and starts a server that has it.
bench_server() {
    install_packages "${build_packages[@]}"
    make_scratch
    copy_sources "$scratch/source"
    build_extension "$scratch/source" >"$scratch/build.log" 2>&1 || die "the build failed: $(cat "$scratch/build.log")"
    start_server "${bench_settings[@]}" "$@"
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
# STATEMENT may be a file. ANSWERS '' is for what counts rows.
add_case() {
    local statement=$3
    [ ! -f "$3" ] || statement=$(cat "$3")
    sql -v name="$1" -v answers="$2" -v statement="$statement" -v settings="${4:-{\}}" -v dataset="$dataset" <<'SQL'
INSERT INTO bench.cases (name, answers, statement, settings, as_of)
VALUES (:'name', nullif(:'answers', ''), :'statement',
        jsonb_build_object('search_path', :'dataset' || ', public') || :'settings',
        store_uptime.latest_poll(:'dataset'));
SQL
}

# The statements of cases.
count_polls='SELECT count(*) FROM store_status'
sequential='{"enable_indexscan": "off", "enable_indexonlyscan": "off", "enable_bitmapscan": "off"}'
last_known='carry=always backfill=off max_gap=infinity'

report_of() { # [POLICY]
    echo "SELECT * FROM store_uptime_report(\$1, '$dataset', '${1:-}')"
}
