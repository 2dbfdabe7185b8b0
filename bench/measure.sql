-- The measuring machinery, in schema bench: cases are statements that give a report's rows; their answers are compared
-- store by store, then they are timed inside the server, one after the other and all of them again and again, so that
-- whatever else the machine does falls on all alike.
CREATE SCHEMA bench;

CREATE TABLE bench.cases (
    number    int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    data      text NOT NULL,               -- what it runs on: the schema and source of that name
    name      text NOT NULL,
    statement text,                        -- $1 is as_of; NULL: nothing to time, or another program does
    answers   text,                        -- cases of one kind must answer the same; NULL: what only counts rows
    sample    boolean NOT NULL DEFAULT false, -- answers for some of the stores only
    settings  jsonb NOT NULL DEFAULT '{}', -- in force while it runs
    as_of     timestamptz,
    UNIQUE (data, name)
);
CREATE TABLE bench.timing (case_number int REFERENCES bench.cases, ms float8 NOT NULL, cpu_ms float8); -- one row a run
CREATE TABLE bench.answer ( -- whole microseconds
    case_number int REFERENCES bench.cases, store_id bigint, up_hour bigint, up_day bigint, up_week bigint,
    down_hour bigint, down_day bigint, down_week bigint);
-- Figures, and what each should be at most or at least.
CREATE TABLE bench.bar (
    number int GENERATED ALWAYS AS IDENTITY, what text, value float8, bar float8, at_least boolean NOT NULL);

-- Adds a case and gives its number. One that is there already is timed once more.
CREATE FUNCTION bench.add(data text, name text, answers text, statement text, settings jsonb DEFAULT '{}',
                          sample boolean DEFAULT false) RETURNS int LANGUAGE sql AS $$
    INSERT INTO bench.cases (data, name, answers, statement, settings, sample, as_of)
    VALUES (data, name, answers, statement, jsonb_build_object('search_path', data || ', public') || settings, sample,
            store_uptime.latest_poll(data))
    ON CONFLICT (data, name) DO UPDATE SET statement = excluded.statement
    RETURNING number
$$;

-- Nanoseconds this process has run, without those it waited for the processor.
CREATE FUNCTION bench.cpu() RETURNS float8 LANGUAGE sql VOLATILE AS $$
    SELECT split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::float8
$$;

-- Puts settings in force until the transaction ends.
CREATE FUNCTION bench.apply(settings jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config(key, value, true) FROM jsonb_each_text(settings);
END
$$;

-- Keeps what a case answers, once.
CREATE PROCEDURE bench.ask(c bench.cases) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM bench.apply(c.settings);
    EXECUTE format(
        $q$INSERT INTO bench.answer
           SELECT %s, store_id::bigint,
                  round(coalesce(uptime_last_hour, 0) * 60e6), round(coalesce(uptime_last_day, 0) * 3600e6),
                  round(coalesce(uptime_last_week, 0) * 3600e6), round(coalesce(downtime_last_hour, 0) * 60e6),
                  round(coalesce(downtime_last_day, 0) * 3600e6), round(coalesce(downtime_last_week, 0) * 3600e6)
           FROM (%s) r$q$, c.number, c.statement) USING c.as_of;
    COMMIT; -- which also ends the case's settings
END
$$;

-- Asks each case that has not answered yet, then fails unless all that must answer the same do, to the microsecond,
-- store by store. A store without a row has no time.
CREATE PROCEDURE bench.check() LANGUAGE plpgsql AS $$
DECLARE
    c bench.cases;
    first bench.cases;
    differing bigint;
BEGIN
    FOR c IN SELECT * FROM bench.cases k WHERE answers IS NOT NULL AND statement IS NOT NULL
                 AND NOT EXISTS (SELECT FROM bench.answer WHERE case_number = k.number) ORDER BY number LOOP
        CALL bench.ask(c);
    END LOOP;
    FOR c IN SELECT * FROM bench.cases WHERE answers IS NOT NULL ORDER BY number LOOP
        SELECT * INTO first FROM bench.cases o WHERE o.answers = c.answers ORDER BY number LIMIT 1;
        WITH a AS (SELECT * FROM bench.answer WHERE case_number = c.number),
             b AS (SELECT * FROM bench.answer WHERE case_number = first.number
                       AND (NOT c.sample OR store_id IN (SELECT a.store_id FROM a)))
        SELECT count(*) INTO differing FROM a FULL JOIN b USING (store_id)
        WHERE (coalesce(a.up_hour, 0), coalesce(a.up_day, 0), coalesce(a.up_week, 0),
               coalesce(a.down_hour, 0), coalesce(a.down_day, 0), coalesce(a.down_week, 0))
           IS DISTINCT FROM
              (coalesce(b.up_hour, 0), coalesce(b.up_day, 0), coalesce(b.up_week, 0),
               coalesce(b.down_hour, 0), coalesce(b.down_day, 0), coalesce(b.down_week, 0));
        IF differing > 0 OR NOT EXISTS (SELECT FROM bench.answer WHERE case_number = c.number AND up_week + down_week > 0) THEN
            RAISE EXCEPTION '"% · %" does not answer as "% · %": % stores differ',
                c.data, c.name, first.data, first.name, differing;
        END IF;
    END LOOP;
END
$$;

-- A row for each round of a data set that is over, since rounds were started last.
CREATE TABLE bench.round ();

-- Times every case of a data set that has a statement `runs` times, then takes the statements away: what is measured later
-- is measured without them. Sessions for several data sets take turns, a round each; this one is number `turn`, from 0.
CREATE PROCEDURE bench.run(of_data text, runs int, turn int, turns int) LANGUAGE plpgsql AS $$
DECLARE
    c bench.cases;
    began timestamptz;
    cpu float8;
    done record;
BEGIN
    FOR run IN 0..runs - 1 LOOP
        WHILE (SELECT count(*) FROM bench.round) < run * turns + turn LOOP
            PERFORM pg_sleep(0.02);
        END LOOP;
        FOR c IN SELECT * FROM bench.cases WHERE data = of_data AND statement IS NOT NULL ORDER BY number LOOP
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
            INSERT INTO bench.timing VALUES (c.number, 1000 * extract(epoch FROM clock_timestamp() - began),
                                             (bench.cpu() - cpu) / 1e6);
            COMMIT;
        END LOOP;
        INSERT INTO bench.round DEFAULT VALUES;
        COMMIT;
    END LOOP;
    UPDATE bench.cases SET statement = NULL WHERE data = of_data;
END
$$;

CREATE VIEW bench.summary AS
SELECT c.number, c.data, c.name, c.answers, count(ms) AS runs, min(ms) AS best,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS median,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY cpu_ms) AS cpu
FROM bench.cases c JOIN bench.timing t ON t.case_number = c.number GROUP BY c.number;

-- What each case answers, all stores together.
CREATE VIEW bench.totals AS
SELECT c.number, c.data, c.name, c.answers, count(*) AS stores,
       round(sum(up_week) / 3600e6, 9) AS up_week_h, round(sum(down_week) / 3600e6, 9) AS down_week_h,
       round(sum(up_day) / 3600e6, 9) AS up_day_h, round(sum(down_day) / 3600e6, 9) AS down_day_h,
       round(sum(up_hour) / 60e6, 9) AS up_hour_min, round(sum(down_hour) / 60e6, 9) AS down_hour_min
FROM bench.cases c JOIN bench.answer a ON a.case_number = c.number GROUP BY c.number;
