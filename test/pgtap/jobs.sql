-- Reports in the background, as far as one transaction can show it: arguments and errors, reports that are queued or
-- run in the foreground, their rows and CSV, who may touch the tables. Workers are tested under test/t.
BEGIN;
SELECT plan(50);
SET LOCAL timezone = 'UTC';

SELECT store_uptime.create_tables('public', 'text', 'jobs');
-- One poll each in the middle of open time; 'plain' 10 minutes up, then down, of the last hour.
INSERT INTO store_status VALUES
    ('plain', 'active', '2024-01-08 17:05Z'), ('plain', 'inactive', '2024-01-08 17:15Z'),
    ('a "quoted" one', 'active', '2024-01-08 17:30Z'),
    ('one, two', 'active', '2024-01-08 17:30Z'),
    (E'line\nbreak', 'active', '2024-01-08 17:30Z'),
    (E'carriage\rreturn', 'active', '2024-01-08 17:30Z'),
    ('', 'active', '2024-01-08 17:30Z'),
    ('ÿmlaut', 'active', '2024-01-08 17:30Z'),
    ('Zebra', 'active', '2024-01-08 17:30Z');

-- Errors when asking ---------------------------------------------------------------------------------------------------

SELECT throws_ok($$SELECT store_uptime.trigger_report('infinity', 'jobs')$$, '22023', 'as_of must be finite, not infinity');
SELECT throws_ok($$SELECT store_uptime.trigger_report('-infinity', 'jobs')$$, '22023', 'as_of must be finite, not -infinity');
SELECT throws_ok($$SELECT store_uptime.trigger_report(NULL, 'jobs')$$, '22023', 'as_of must not be null');
SELECT throws_ok($$SELECT store_uptime.trigger_report(now(), NULL)$$, '22023', 'source must not be null');
SELECT throws_ok($$SELECT store_uptime.trigger_report(now(), 'jobs', NULL)$$, '22023', 'policy must not be null');
SELECT throws_ok($$SELECT store_uptime.trigger_report(now(), 'nowhere')$$, '42704', 'source "nowhere" is not registered');
SELECT throws_ok($$SELECT store_uptime.trigger_report(now(), 'jobs', 'fill=psychic')$$, '22P02');
SELECT throws_ok($$CALL store_uptime.run_report('infinity', 'jobs')$$, '22023', 'as_of must be finite, not infinity');
SELECT throws_ok($$CALL store_uptime.run_report(now(), 'nowhere')$$, '42704', 'source "nowhere" is not registered');
SELECT is((SELECT count(*) FROM store_uptime.report_queue), 0::bigint, 'none of them is in the queue');

-- Ids that nothing bears ------------------------------------------------------------------------------------------------

SELECT throws_ok(format('SELECT store_uptime.%s(%s)', f, id), '22023', 'Invalid report_id', format('%s(%s)', f, id))
FROM unnest(ARRAY['get_report', 'report_rows', 'report_csv', 'cancel_report', 'retry_report', 'delete_report']) f,
     unnest(ARRAY['NULL', '''00000000-0000-0000-0000-000000000000''']) id;

-- A queued report -------------------------------------------------------------------------------------------------------

CREATE TEMP TABLE asked AS
    SELECT store_uptime.trigger_report('2024-01-08 18:00Z', 'jobs', 'fill=nearest', '{plain}') AS id;
SELECT results_eq(
    'SELECT status, progress, stores_done, attempts, error, row_count FROM asked, store_uptime.get_report(id)',
    $$VALUES ('queued', 0.0::float8, NULL::bigint, 0, NULL::text, NULL::bigint)$$, 'a report that is asked for is queued');
SELECT results_eq(
    'SELECT as_of, source, policy::text, stores, owner FROM asked JOIN store_uptime.report_status ON report_id = id',
    $$VALUES ('2024-01-08 18:00Z'::timestamptz, 'jobs'::name, 'fill=nearest carry=session backfill=on max_gap=1 day unknown=unknown',
              '{plain}'::text[], current_user::name)$$, 'with the whole request');
SELECT throws_like('SELECT store_uptime.report_rows(id) FROM asked', 'report % is queued', 'it has no rows yet');
SELECT throws_like('SELECT store_uptime.report_csv(id) FROM asked', 'report % is queued', 'nor a CSV');
SELECT throws_like('SELECT store_uptime.retry_report(id) FROM asked', '%is queued, so it cannot be retried', 'nor another try');
SELECT results_eq('SELECT store_uptime.cancel_report(id) FROM asked', 'VALUES (true)', 'it can be cancelled');
SELECT results_eq('SELECT store_uptime.cancel_report(id) FROM asked', 'VALUES (false)', 'once');
SELECT results_eq('SELECT status, finished_at IS NOT NULL FROM asked, store_uptime.get_report(id)', $$VALUES ('cancelled', true)$$,
    'then it is cancelled');
SELECT lives_ok('SELECT store_uptime.retry_report(id) FROM asked', 'and retried');
SELECT results_eq('SELECT status, finished_at IS NULL FROM asked, store_uptime.get_report(id)', $$VALUES ('queued', true)$$,
    'then it is queued again');
SELECT lives_ok('SELECT store_uptime.delete_report(id) FROM asked', 'and deleted');
SELECT throws_ok('SELECT store_uptime.get_report(id) FROM asked', '22023', 'Invalid report_id', 'then it is gone');

-- In the foreground -----------------------------------------------------------------------------------------------------

CALL store_uptime.run_report('2024-01-08 18:00Z', 'jobs', report_id => '11111111-1111-1111-1111-111111111111');
\set done '''11111111-1111-1111-1111-111111111111'''
SELECT results_eq(
    format('SELECT status, progress, stores_done, stores_total, attempts, row_count FROM store_uptime.get_report(%L)', :done),
    $$VALUES ('complete', 1.0::float8, 8::bigint, 8::bigint, 1, 8::bigint)$$, 'run_report completes at once');
SELECT bag_eq(format('SELECT * FROM store_uptime.report_rows(%L)', :done),
    $$SELECT * FROM store_uptime_report('2024-01-08 18:00Z', 'jobs')$$, 'with the rows of the report');
SELECT throws_ok(format($$CALL store_uptime.run_report('2024-01-08 18:00Z', 'jobs', report_id => %L)$$, :done), '23505', NULL,
    'an id can be given once');
SELECT throws_like(format('SELECT store_uptime.retry_report(%L)', :done), '%is complete, so it cannot be retried');

-- By hand: of the hour to 18:00, 'plain' is up from 17:00 (the first poll speaks backwards) to 17:15, the others all.
-- Around the clock, so the day has 24 h: back to 18:00 of the day before, the first poll speaks for all but what is more
-- than 1 day before it. Sorted byte by byte.
SELECT is(store_uptime.report_csv(:done),
    E'store_id,uptime_last_hour,uptime_last_day,uptime_last_week,downtime_last_hour,downtime_last_day,downtime_last_week,unknown_last_hour,unknown_last_day,unknown_last_week\r\n'
    ',60.00,24.00,24.50,0.00,0.00,0.00,0.00,0.00,143.50\r\n'
    'Zebra,60.00,24.00,24.50,0.00,0.00,0.00,0.00,0.00,143.50\r\n'
    '"a ""quoted"" one",60.00,24.00,24.50,0.00,0.00,0.00,0.00,0.00,143.50\r\n'
    '"carriage\rreturn",60.00,24.00,24.50,0.00,0.00,0.00,0.00,0.00,143.50\r\n'
    '"line\nbreak",60.00,24.00,24.50,0.00,0.00,0.00,0.00,0.00,143.50\r\n'
    '"one, two",60.00,24.00,24.50,0.00,0.00,0.00,0.00,0.00,143.50\r\n'
    'plain,15.00,23.25,24.17,45.00,0.75,0.75,0.00,0.00,143.08\r\n'
    'ÿmlaut,60.00,24.00,24.50,0.00,0.00,0.00,0.00,0.00,143.50\r\n',
    'the CSV, quoted as RFC 4180 says');
CALL store_uptime.run_report('2024-01-08 18:00Z', 'jobs', stores => '{}', report_id => '22222222-2222-2222-2222-222222222222');
SELECT is(store_uptime.report_csv('22222222-2222-2222-2222-222222222222'),
    E'store_id,uptime_last_hour,uptime_last_day,uptime_last_week,downtime_last_hour,downtime_last_day,downtime_last_week,unknown_last_hour,unknown_last_day,unknown_last_week\r\n',
    'a report without rows has a header');

-- Keeping the table small -----------------------------------------------------------------------------------------------

SELECT is(store_uptime.purge_reports('1 hour'), 0::bigint, 'purge_reports leaves what is younger');
SELECT is(store_uptime.purge_reports(), 0::bigint, 'and by default what is younger than store_uptime.report_retention');
UPDATE store_uptime.report_queue SET finished_at = finished_at - interval '2 hours' WHERE report_id = :done;
SELECT is(store_uptime.purge_reports('1 hour'), 1::bigint, 'and deletes what is older');
SELECT is((SELECT count(*) FROM store_uptime.report_result), 0::bigint, 'with its rows');

-- The queue's trigger called otherwise, as a superuser may --------------------------------------------------------------

SELECT throws_ok('SELECT store_uptime.report_owner_trigger()', '39P01', 'function "report_owner_trigger" was not called by trigger manager',
                 'a trigger function is no function');
CREATE TEMP TABLE owned (owner name, owner_id oid);
CREATE TEMP TABLE other (owner text, owner_id oid);
CREATE TEMP TABLE ownerless (id int);
CREATE TRIGGER t AFTER INSERT ON owned FOR EACH STATEMENT EXECUTE FUNCTION store_uptime.report_owner_trigger();
CREATE TRIGGER t BEFORE INSERT ON other FOR EACH ROW EXECUTE FUNCTION store_uptime.report_owner_trigger();
CREATE TRIGGER t BEFORE INSERT ON ownerless FOR EACH ROW EXECUTE FUNCTION store_uptime.report_owner_trigger();
SELECT throws_ok(statement, '39P01', 'function "report_owner_trigger" must be fired BEFORE INSERT of each row with an owner and an owner_id', statement)
FROM unnest(ARRAY[$$INSERT INTO owned VALUES ('postgres')$$, $$INSERT INTO other VALUES ('postgres')$$, 'INSERT INTO ownerless VALUES (1)']) statement;
DROP TRIGGER t ON owned;
INSERT INTO owned VALUES (current_user);
CREATE TRIGGER t BEFORE DELETE ON owned FOR EACH ROW EXECUTE FUNCTION store_uptime.report_owner_trigger();
SELECT throws_ok('DELETE FROM owned', '39P01', NULL, 'DELETE FROM owned');
CREATE TRIGGER u BEFORE INSERT ON owned FOR EACH ROW EXECUTE FUNCTION store_uptime.report_owner_trigger();
INSERT INTO owned VALUES (session_user);
SELECT set_has('SELECT owner_id FROM owned', 'SELECT oid FROM pg_roles WHERE rolname = session_user', 'a table that is like the queue may have it');

SELECT * FROM finish();
ROLLBACK;
