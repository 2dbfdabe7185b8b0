-- The report of stores made by dice is what the definitions give, for every option of the policy.
BEGIN;
\ir lib/random_stores.psql

CREATE TEMP TABLE asked AS
SELECT fill, carry, backfill, gap, unknown_as,
       format('fill=%s carry=%s backfill=%s max_gap=%s unknown=%s', fill, carry, CASE WHEN backfill THEN 'on' ELSE 'off' END,
              CASE WHEN gap > '100 days' THEN 'infinity' ELSE gap::text END, unknown_as) AS policy
FROM unnest('{previous,nearest,next}'::text[]) WITH ORDINALITY AS f (fill, i),
     unnest('{session,day,always}'::text[]) WITH ORDINALITY AS c (carry, j),
     unnest('{t,f}'::boolean[]) WITH ORDINALITY AS b (backfill, k),
     unnest('{100 min,1 day,100000 days}'::interval[]) WITH ORDINALITY AS g (gap, l),
     LATERAL (SELECT ('{unknown,up,down}'::text[])[1 + (i + j + k + l) % 3] AS unknown_as) u;
\ir lib/oracle.psql

SELECT plan(7 + (SELECT count(*)::int FROM asked));

-- The oracle has seen what it should, and what holds at a cell's first microsecond holds at its last.
SELECT cmp_ok((SELECT count(*) FROM cell), '>', 10000::bigint, 'there are many cells');
SELECT cmp_ok((SELECT count(DISTINCT (era, zone)) FROM minute WHERE utc_offset <> offset_before), '>', 10::bigint, 'many clocks change');
SELECT set_eq('SELECT DISTINCT status FROM said', '{up,down,unknown}'::text[], 'every status is met');
SELECT is_empty('SELECT store_id, x, policy FROM said GROUP BY 1, 2, 3 HAVING min(status) <> max(status)',
                'cells are cut finely enough');

CREATE TEMP TABLE report AS
SELECT a.policy, r.*
FROM asked a, era e, store_uptime_windows(e.windows, e.as_of, e.source, a.policy::uptime_policy,
                                          (SELECT array_agg(store_id::text) FROM store s WHERE s.era = e.era)) r;
CREATE FUNCTION pg_temp.us(interval) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT (extract(epoch FROM $1) * 1000000)::bigint $$;
CREATE TEMP VIEW found (store_id, policy, during, up, down, unknown, excluded, outages, mttr, mtbf) AS
SELECT store_id::bigint, policy, during, pg_temp.us(up_time), pg_temp.us(down_time), pg_temp.us(unknown_time),
       pg_temp.us(excluded_time), outages, pg_temp.us(mttr), pg_temp.us(mtbf)
FROM report;

SELECT is((SELECT count(*) FROM report), (SELECT count(*) * 4 FROM store, asked), 'a row for every store, window and policy');
SELECT is_empty('SELECT * FROM report WHERE open_time <> up_time + down_time + unknown_time', 'open is up and down and unknown');
SELECT is_empty($$
    SELECT * FROM report, LATERAL (SELECT pg_temp.us(up_time)::float8 AS up, pg_temp.us(down_time) AS down, pg_temp.us(open_time) AS open) s
    WHERE availability IS DISTINCT FROM up / nullif(up + down, 0) OR availability_of_open IS DISTINCT FROM up / nullif(open, 0)$$,
    'availability is up of up and down, and up of open; of nothing it is NULL');
SELECT set_eq(format('SELECT * FROM found WHERE policy = %L', policy), format('SELECT * FROM truth WHERE policy = %L', policy), policy)
FROM asked;

SELECT * FROM finish();
ROLLBACK;
