#!/usr/bin/env bash
# Which index a poll table should have: what each costs to load and in disk, and what it gives the full report and the
# report of one store, over a table whose past is much longer than the week the report reads.
#
#   bench/indexes.sh [-r RUNS] [-a AGES] [-n STORES]
#
# AGES: how many times eight days the table holds, 10 unless told, which is 18 million polls.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../script/lib.sh"
. "$project/bench/lib.sh"

runs=5 ages=10 stores=14092
while getopts r:a:n: option; do
    case $option in
        r) runs=$OPTARG ;;
        a) ages=$OPTARG ;;
        n) stores=$OPTARG ;;
        *) die "see the top of this file" ;;
    esac
done

say "Building, and loading $stores stores over $ages × 8 days"
bench_server
bench_data "$stores" 8
sql -f "$project/bench/scale.sql" -c "CALL bench.make('past', 1, $ages, 'time', false)" -c 'VACUUM (FREEZE, ANALYZE)'
sql <<'SQL'
CREATE TABLE bench.loaded (LIKE past.store_status);
CREATE TABLE bench.index (number int GENERATED ALWAYS AS IDENTITY, name text, definitions text[]);
INSERT INTO bench.index (name, definitions) VALUES
    ('none', '{}'),
    ('BRIN on time', '{"USING brin (timestamp_utc)"}'),
    ('b-tree on time', '{(timestamp_utc)}'),
    ('b-tree on store, time', '{"(store_id, timestamp_utc)"}'),
    ('b-tree on store, time with status', '{"(store_id, timestamp_utc) INCLUDE (status)"}'),
    ('the same and BRIN on time', '{"(store_id, timestamp_utc) INCLUDE (status)", "USING brin (timestamp_utc)"}');
CREATE TABLE bench.cost (number int, build float8, bytes bigint, copy float8, report float8, one_store float8);

-- Milliseconds that a statement takes.
CREATE FUNCTION bench.took(statement text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz := clock_timestamp();
BEGIN
    EXECUTE statement;
    RETURN 1000 * extract(epoch FROM clock_timestamp() - began);
END
$$;

-- The median of `runs` times, each after `before`.
CREATE FUNCTION bench.median_of(runs int, statement text, before text DEFAULT 'SELECT 1') RETURNS float8
LANGUAGE plpgsql AS $$
DECLARE
    times float8[];
BEGIN
    FOR run IN 1..runs LOOP
        EXECUTE before;
        times := times || bench.took(statement);
    END LOOP;
    RETURN (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FROM unnest(times) ms);
END
$$;

-- Gives the relation the indexes in place of those it has.
CREATE PROCEDURE bench.give_indexes(relation regclass, definitions text[]) LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT indexrelid::regclass FROM pg_index WHERE indrelid = relation LOOP
        EXECUTE 'DROP INDEX ' || name;
    END LOOP;
    FOREACH name IN ARRAY definitions LOOP
        EXECUTE format('CREATE INDEX ON %s %s', relation, name);
    END LOOP;
END
$$;
SQL
while IFS='|' read -r number name definitions; do
    say "Index: $name"
    sql -v number="$number" -v definitions="$definitions" -v runs="$runs" -v csv="$scratch/csv/store_status.csv" <<'SQL'
SELECT bench.took(format('CALL bench.give_indexes(''past.store_status'', %L)', :'definitions')) AS build \gset
ANALYZE past.store_status;
SELECT max(timestamp_utc) AS as_of FROM base.store_status \gset
SELECT store_id AS store FROM base.store_status WHERE timestamp_utc = :'as_of' \gset
SELECT format('SELECT * FROM store_uptime_report(%L, ''past'')', :'as_of') AS report,
       format('SELECT * FROM store_uptime_report(%L, ''past'', stores => %L)', :'as_of', ARRAY[:'store']) AS one_store \gset
CALL bench.give_indexes('bench.loaded', :'definitions');
INSERT INTO bench.cost
SELECT :number, :build, pg_indexes_size('past.store_status'),
       bench.median_of(:runs, format('COPY bench.loaded FROM %L CSV HEADER', :'csv'), 'TRUNCATE bench.loaded'),
       bench.median_of(:runs, :'report'), bench.median_of(:runs, :'one_store');
SQL
done < <(sql -Atc 'SELECT number, name, definitions FROM bench.index ORDER BY number')

say 'Indexes of a poll table (medians, ms in the server)'
table <<'SQL'
WITH none AS (SELECT * FROM bench.cost ORDER BY number LIMIT 1)
SELECT i.name AS index, round(c.bytes / 1048576.0, 1) AS "MB",
       round(100.0 * c.bytes / pg_relation_size('past.store_status'), 1) AS "% of table", round(c.build) AS build,
       round((c.copy / none.copy)::numeric, 2) AS "COPY ÷ none", round(c.report::numeric, 1) AS report,
       round(c.one_store::numeric, 2) AS "one store"
FROM bench.cost c JOIN bench.index i USING (number), none ORDER BY c.number;
SQL
