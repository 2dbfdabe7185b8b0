-- The measuring machinery, in schema bench: cases are statements that give a report's rows; they are compared row by row,
-- then timed inside the server, one after the other and all of them again and again, so that whatever else the machine
-- does falls on all alike. Timings and answers stay in tables, where the script that added the cases reads them.
CREATE SCHEMA bench;

CREATE TABLE bench.cases (
    number    int GENERATED ALWAYS AS IDENTITY,
    name      text PRIMARY KEY,
    statement text NOT NULL,               -- $1 is as_of
    answers   text,                        -- cases of one kind must answer the same; NULL: what counts rows
    settings  jsonb NOT NULL DEFAULT '{}', -- in force while it runs
    as_of     timestamptz NOT NULL
);
CREATE TABLE bench.timing (name text, ms float8 NOT NULL, cpu_ms float8); -- one row a run
CREATE TABLE bench.answer ( -- whole microseconds
    name text, store_id bigint, up_hour bigint, up_day bigint, up_week bigint, down_hour bigint, down_day bigint,
    down_week bigint);
-- What other programs answered, and what was measured beside time.
CREATE TABLE bench.figure (name text, value float8, unit text, bar float8, bar_text text);

-- Nanoseconds this process has run, without those it waited for the processor.
CREATE FUNCTION bench.cpu() RETURNS float8 LANGUAGE sql VOLATILE AS $$
    SELECT split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::float8
$$;

CREATE FUNCTION bench.apply(settings jsonb) RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT set_config(key, value, true) FROM jsonb_each_text(settings)
$$;

-- Runs each case with answers once, keeps them, and fails unless all that must answer the same do, to the microsecond,
-- store by store. A store that a case does not know has no time at all in it.
CREATE PROCEDURE bench.check() LANGUAGE plpgsql AS $$
DECLARE
    c bench.cases;
    first text;
    differing bigint;
BEGIN
    FOR c IN SELECT * FROM bench.cases WHERE answers IS NOT NULL ORDER BY number LOOP
        PERFORM bench.apply(c.settings);
        EXECUTE format(
            'INSERT INTO bench.answer SELECT %L, store_id::bigint, %s FROM (%s) r', c.name,
            (SELECT string_agg(format('round(coalesce(%stime_last_%s, 0) * %s)::bigint', d, w, unit), ', ' ORDER BY d DESC, n)
             FROM unnest(ARRAY['up', 'down']) d,
                  (VALUES (1, 'hour', '60e6'), (2, 'day', '3600e6'), (3, 'week', '3600e6')) u(n, w, unit)),
            c.statement) USING c.as_of;
        SELECT o.name INTO first FROM bench.cases o WHERE o.answers = c.answers ORDER BY number LIMIT 1;
        WITH a AS (SELECT * FROM bench.answer WHERE name = c.name), b AS (SELECT * FROM bench.answer WHERE name = first)
        SELECT count(*) INTO differing FROM a FULL JOIN b USING (store_id)
        WHERE (coalesce(a.up_hour, 0), coalesce(a.up_day, 0), coalesce(a.up_week, 0),
               coalesce(a.down_hour, 0), coalesce(a.down_day, 0), coalesce(a.down_week, 0))
           IS DISTINCT FROM
              (coalesce(b.up_hour, 0), coalesce(b.up_day, 0), coalesce(b.up_week, 0),
               coalesce(b.down_hour, 0), coalesce(b.down_day, 0), coalesce(b.down_week, 0));
        IF differing > 0 OR NOT EXISTS (SELECT FROM bench.answer WHERE name = c.name AND up_week > 0) THEN
            RAISE EXCEPTION '"%" does not answer as "%": % stores differ', c.name, first, differing;
        END IF;
        COMMIT;
    END LOOP;
END
$$;

-- Times every case `runs` times.
CREATE PROCEDURE bench.run(runs int) LANGUAGE plpgsql AS $$
DECLARE
    c bench.cases;
    began timestamptz;
    cpu float8;
    done record;
BEGIN
    FOR run IN 1..runs LOOP
        FOR c IN SELECT * FROM bench.cases ORDER BY number LOOP
            PERFORM bench.apply(c.settings);
            cpu := bench.cpu();
            began := clock_timestamp();
            IF c.answers IS NULL THEN
                EXECUTE c.statement INTO done;
            ELSE
                EXECUTE format(
                    'SELECT count(*), sum(uptime_last_hour), sum(uptime_last_day), sum(uptime_last_week),
                            sum(downtime_last_hour), sum(downtime_last_day), sum(downtime_last_week) FROM (%s) r',
                    c.statement) INTO done USING c.as_of;
            END IF;
            INSERT INTO bench.timing VALUES (c.name, 1000 * extract(epoch FROM clock_timestamp() - began),
                                             (bench.cpu() - cpu) / 1e6);
            COMMIT; -- which also ends the case's settings
        END LOOP;
        RAISE NOTICE 'run % of % done', run, runs;
    END LOOP;
END
$$;

CREATE FUNCTION bench.median(case_name text) RETURNS float8 LANGUAGE sql STABLE AS $$
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FROM bench.timing WHERE name = case_name
$$;

CREATE VIEW bench.summary AS
SELECT c.number, c.name, c.answers, count(ms) AS runs, min(ms) AS best,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS median,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY cpu_ms) AS cpu
FROM bench.cases c JOIN bench.timing USING (name) GROUP BY c.name;

-- What the cases of one kind answer, all stores together.
CREATE VIEW bench.totals AS
SELECT c.number, c.name, c.answers, count(*) AS stores,
       sum(up_week) AS up_week, sum(down_week) AS down_week, sum(up_day) AS up_day, sum(down_day) AS down_day,
       sum(up_hour) AS up_hour, sum(down_hour) AS down_hour
FROM bench.cases c JOIN bench.answer USING (name) GROUP BY c.name;
