-- What a user of import_csv sees: the result, the rejects, and every error with its hint. Paths are relative to the
-- server's data folder, as for COPY.
\set file store_uptime_regress_import.csv
CREATE FUNCTION write_file(content text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE id oid := lo_from_bytea(0, convert_to(content, 'UTF8'));
BEGIN
    PERFORM lo_export(id, 'store_uptime_regress_import.csv'), lo_unlink(id);
END $$;
CREATE TABLE store_status (store_id bigint, status text, timestamp_utc timestamptz NOT NULL);

SELECT write_file(E'timestamp,store_id,status
2023-01-22 12:09:39.388884 UTC,1,active
2023-01-22 25:09:39.388884 UTC,1,active
2023-01-22 12:09:39.388884 UTC,1,maybe
2023-01-22 12:09:39.388884 UTC,1
,1,active
2023-01-22 12:09:39.388884 UTC,2,inactive
');
SELECT * FROM store_uptime.import_csv('store_status', :'file');
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SELECT * FROM store_status;
SELECT line_number, text, reason, target, path FROM store_uptime.import_reject ORDER BY line_number;

-- Errors; after each the table is as before.
SELECT store_uptime.import_csv('store_status', 'no_such_file.csv');
SELECT store_uptime.import_csv('store_status', 'base');
SELECT store_uptime.import_csv('no_such_table', :'file');
SELECT store_uptime.import_csv(NULL, :'file');
SELECT store_uptime.import_csv('store_status', NULL);
CREATE VIEW a_view AS SELECT * FROM store_status;
SELECT store_uptime.import_csv('a_view', :'file');

SELECT write_file('');
SELECT store_uptime.import_csv('store_status', :'file');
SELECT write_file(E'1,active,2023-01-22 12:09:39.388884 UTC\n2,active,2023-01-22 12:09:39.388884 UTC\n');
SELECT store_uptime.import_csv('store_status', :'file');
SELECT write_file(E'store_id,status,timestamp_utc,colour\n1,active,2023-01-22 12:09:39.388884 UTC,red\n');
SELECT store_uptime.import_csv('store_status', :'file');
SELECT write_file(E'store_id,status\n1,active\n');
SELECT store_uptime.import_csv('store_status', :'file');
SELECT write_file(E'store_id,status,state,timestamp_utc\n1,active,active,2023-01-22 12:09:39.388884 UTC\n');
SELECT store_uptime.import_csv('store_status', :'file');
SELECT write_file(E'store_id,status,timestamp_utc\n1,active,2023-01-22 12:09 UTC\n2,"active,2023-01-22 12:09 UTC\n');
SELECT store_uptime.import_csv('store_status', :'file');

-- A broken rule of the table ends the import, as it would COPY; the line is that of the file.
CREATE UNIQUE INDEX ON store_status (store_id, timestamp_utc);
SELECT write_file(E'store_id,status,timestamp_utc\n7,active,2023-01-22 12:09 UTC\n,active,2023-01-22 12:09 UTC\n7,active,2023-01-22 12:09 UTC\n');
SELECT store_uptime.import_csv('store_status', :'file');

CREATE ROLE store_uptime_regress_user;
GRANT ALL ON store_status TO store_uptime_regress_user;
SET ROLE store_uptime_regress_user;
SELECT store_uptime.import_csv('store_status', :'file');
RESET ROLE;
GRANT pg_read_server_files TO store_uptime_regress_user;
REVOKE INSERT ON store_status FROM store_uptime_regress_user;
SET ROLE store_uptime_regress_user;
SELECT store_uptime.import_csv('store_status', :'file');
RESET ROLE;
GRANT INSERT ON store_status TO store_uptime_regress_user;
ALTER TABLE store_status ENABLE ROW LEVEL SECURITY;
SET ROLE store_uptime_regress_user;
SELECT store_uptime.import_csv('store_status', :'file');
RESET ROLE;
ALTER TABLE store_status DISABLE ROW LEVEL SECURITY;
BEGIN READ ONLY;
SELECT store_uptime.import_csv('store_status', :'file');
ROLLBACK;

SELECT count(*) AS landed_before FROM store_status;
SELECT count(*) AS rejected_before FROM store_uptime.import_reject;

DROP TABLE store_status CASCADE;
DELETE FROM store_uptime.import_reject;
DROP FUNCTION write_file(text);
DROP ROLE store_uptime_regress_user;
COPY (SELECT WHERE false) TO PROGRAM 'rm store_uptime_regress_import.csv';
