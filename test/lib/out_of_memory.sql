-- What test/lib/out_of_memory.pl asks about: a shop of some stores in several forms, and one of many polls.
CREATE EXTENSION store_uptime;
CREATE FUNCTION fail_allocation(kind integer, nth bigint) RETURNS void LANGUAGE c AS :'library';
CREATE FUNCTION allocations() RETURNS bigint LANGUAGE c AS :'library';

SELECT store_uptime.create_tables() \g /dev/null
INSERT INTO store_status
    SELECT s, CASE WHEN hashint8(s * 1000 + h) % 4 = 0 THEN 'inactive' ELSE 'active' END,
           '2024-01-01Z'::timestamptz + h * interval '3 hours' + s * interval '1 minute'
    FROM generate_series(1, 40) s, generate_series(0, 63) h;
INSERT INTO business_hours (store_id, day_of_week, start_time_local, end_time_local)
    SELECT s, d, '09:00', '21:00' FROM generate_series(1, 30) s, generate_series(0, 6) d;
INSERT INTO store_timezone VALUES (1, 'Asia/Kathmandu'), (2, 'Europe/London'), (3, 'Central Standard Time');
INSERT INTO special_hours VALUES (1, '2024-01-03', NULL, NULL), (2, '2024-01-04', '10:00', '12:00');
INSERT INTO maintenance VALUES (NULL, '2024-01-05Z', '2024-01-05 06:00Z'), (2, '2024-01-06Z', '2024-01-06 06:00Z');

-- The same stores under ids of other types.
CREATE PROCEDURE copy_shop(copy name, id text) LANGUAGE plpgsql AS $$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY '{store_status,business_hours,store_timezone,special_hours,maintenance}'::text[] LOOP
        EXECUTE format('CREATE TABLE %I AS SELECT *, %s AS id FROM %I', copy || '_' || part, id, part);
        EXECUTE format('ALTER TABLE %I DROP store_id', copy || '_' || part);
        EXECUTE format('ALTER TABLE %I RENAME id TO store_id', copy || '_' || part);
    END LOOP;
    PERFORM store_uptime.register_source(copy, format('%I', copy || '_store_status'), format('%I', copy || '_business_hours'),
        format('%I', copy || '_store_timezone'), format('%I', copy || '_special_hours'), format('%I', copy || '_maintenance'));
END $$;
CALL copy_shop('texts', $$'store ' || store_id$$);
CALL copy_shop('numerics', 'store_id / 10.0');

CREATE TABLE many_polls AS
    SELECT store_id, hashint8(store_id * 1000 + h) % 4 <> 0 AS status, '2024-01-01Z'::timestamptz + h * interval '3 hours' AS polled_at
    FROM generate_series(1, 2000) store_id, generate_series(0, 59) h;
CREATE TABLE some_polls AS SELECT * FROM many_polls WHERE store_id <= 300;
CREATE TABLE some_text_polls AS SELECT 'store ' || store_id AS store_id, status, polled_at FROM some_polls;
CREATE TABLE many_text_polls AS SELECT 'store ' || store_id AS store_id, status, polled_at FROM many_polls;
SELECT store_uptime.register_source('many', 'many_polls'), store_uptime.register_source('many texts', 'many_text_polls'),
       store_uptime.register_source('some', 'some_polls'), store_uptime.register_source('some texts', 'some_text_polls') \g /dev/null

CREATE TABLE timeline AS SELECT store_id, timeline_agg(timestamp_utc, status = 'active') AS t FROM store_status GROUP BY 1;
CREATE TABLE calendar AS
    SELECT store_id, calendar_agg(timezone_str, day_of_week, start_time_local, end_time_local) AS c
    FROM business_hours LEFT JOIN store_timezone USING (store_id) GROUP BY 1;
CREATE TABLE policy (p uptime_policy);
INSERT INTO policy VALUES ('fill=next'), ('carry=day backfill=off');
\set timeline_file :folder /timeline
\set calendar_file :folder /calendar
\set policy_file :folder /policy
\set polls_file :folder /polls.csv
\set zones_file :folder /zones.csv
COPY timeline TO :'timeline_file' (FORMAT binary);
COPY calendar TO :'calendar_file' (FORMAT binary);
COPY policy TO :'policy_file' (FORMAT binary);
COPY (SELECT store_id, CASE WHEN store_id = 3 THEN 'asleep' ELSE status END AS status, timestamp_utc FROM store_status WHERE store_id < 5)
    TO :'polls_file' (FORMAT csv, HEADER);
COPY store_timezone TO :'zones_file' (FORMAT csv, HEADER);
ANALYZE;

-- Waits for a report; its rows, or its error.
CREATE FUNCTION outcome(id uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said record;
BEGIN
    LOOP
        SELECT status, error INTO said FROM store_uptime.get_report(id);
        IF said.status = 'failed' THEN RETURN said.error; END IF;
        EXIT WHEN said.status = 'complete';
        PERFORM pg_sleep(0.002);
    END LOOP;
    RETURN (SELECT md5(string_agg(r::text, ',' ORDER BY r::text)) FROM store_uptime.report_rows(id) r);
END $$;
