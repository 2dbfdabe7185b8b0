-- A report reads as its caller: privileges, row security, and who may change which source.
BEGIN;
\ir lib/cases.psql
SELECT plan(52);

CREATE ROLE reader;
CREATE ROLE nobody;
CREATE ROLE owner;
CREATE ROLE member IN ROLE owner;
CREATE ROLE stranger;
CREATE ROLE distant IN ROLE owner NOINHERIT;
SELECT pg_temp.hours(store, '{0}', '9-17'), pg_temp.polls(store, '2024-01-08', '9:00 up, 14:00 down') FROM unnest('{Berlin,Bonn,Köln}'::text[]) store \g /dev/null

-- What a role gets, as rows or as the error.
CREATE FUNCTION pg_temp.report_as(role name, statement text DEFAULT $$SELECT store_id FROM store_uptime_report('2024-01-09')$$)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    BEGIN
        EXECUTE format('SELECT string_agg(s::text, '','' ORDER BY s::text) FROM (%s) s', statement) INTO answer;
    EXCEPTION WHEN OTHERS THEN
        answer := sqlstate || ' ' || sqlerrm;
    END;
    RESET ROLE;
    RETURN answer;
END $$;

-- Privileges.
SELECT is(pg_temp.report_as('reader'), '42501 permission denied for schema cases', 'without privileges on the schema');
GRANT USAGE ON SCHEMA cases TO reader, nobody, owner, stranger, distant;
SELECT is(pg_temp.report_as('reader'), '42501 permission denied for table store_status', 'without privileges on the polls');
SELECT is(pg_temp.report_as('reader', 'SELECT store_uptime.latest_poll()'), '42501 permission denied for table store_status', 'latest_poll, too');
GRANT SELECT ON store_status TO reader;
SELECT is(pg_temp.report_as('reader'), '42501 permission denied for table business_hours', 'without privileges on the hours');
GRANT SELECT ON business_hours, store_timezone, special_hours TO reader;
SELECT is(pg_temp.report_as('reader'), '42501 permission denied for table maintenance', 'without privileges on the maintenance');
GRANT SELECT ON maintenance TO reader;
SELECT is(pg_temp.report_as('reader'), '(Berlin),(Bonn),(Köln)', 'SELECT on all relations is enough');
SELECT is(pg_temp.report_as('reader', $$SELECT store_uptime.latest_poll()$$), '("2024-01-08 20:00:00+00")', 'for latest_poll');
SELECT is(pg_temp.report_as('reader', $$SELECT DISTINCT store_id FROM store_uptime_windows('{"[2024-01-08,2024-01-09)"}', '2024-01-09')$$), '(Berlin),(Bonn),(Köln)', 'for windows');
SELECT is(pg_temp.report_as('reader', $$SELECT DISTINCT store_id FROM uptime_series('default', '2024-01-08', '2024-01-09', 'day', '2024-01-09')$$), '(Berlin),(Bonn),(Köln)', 'for series');
SELECT is(pg_temp.report_as('reader', $$SELECT rule FROM store_uptime_explain('Bonn', '2024-01-08 16:00Z', '2024-01-09')$$), '(previous)', 'for an explanation');
SELECT is(pg_temp.report_as('nobody', $$SELECT DISTINCT store_id FROM uptime_series('default', '2024-01-08', '2024-01-09', 'day', '2024-01-09')$$), '42501 permission denied for table store_status', 'a series needs it, too');
SELECT is(pg_temp.report_as('nobody', $$SELECT rule FROM store_uptime_explain('Bonn', '2024-01-08 16:00Z', '2024-01-09')$$), '42501 permission denied for table store_status', 'and an explanation');
SELECT is(pg_temp.report_as('reader', $$SELECT count(*) FROM store_uptime.source_columns('default')$$), '(19)', 'what is registered is no secret');
SELECT is(pg_temp.report_as('nobody'), '42501 permission denied for table store_status', 'of one role only');
-- Columns.
REVOKE SELECT ON store_status FROM reader;
GRANT SELECT (store_id, timestamp_utc) ON store_status TO reader;
SELECT is(pg_temp.report_as('reader'), '42501 permission denied for table store_status', 'without the status');
GRANT SELECT (status) ON store_status TO reader;
SELECT is(pg_temp.report_as('reader'), '(Berlin),(Bonn),(Köln)', 'privileges on the columns are enough');
-- Through a view: its owner's privileges on what it reads, the caller's on the view.
CREATE VIEW shown AS SELECT * FROM store_status WHERE store_id LIKE 'B%';
GRANT SELECT ON shown TO nobody;
SELECT store_uptime.register_source('shown', 'shown') \g /dev/null
SELECT is(pg_temp.report_as('nobody', $$SELECT store_id FROM store_uptime_report('2024-01-09', 'shown')$$), '(Berlin),(Bonn)', 'a view shows what its owner may see');
SELECT is(pg_temp.report_as('stranger', $$SELECT store_id FROM store_uptime_report('2024-01-09', 'shown')$$), '42501 permission denied for view shown', 'to whom it is granted');

-- Row security hides rows from those it is for, for each relation by itself.
GRANT SELECT ON ALL TABLES IN SCHEMA cases TO reader, nobody;
ALTER TABLE store_status ENABLE ROW LEVEL SECURITY;
CREATE POLICY polls_of_reader ON store_status TO reader USING (store_id LIKE 'B%');
ALTER TABLE business_hours ENABLE ROW LEVEL SECURITY;
CREATE POLICY hours_of_reader ON business_hours TO reader USING (store_id <> 'Bonn');
SELECT is(pg_temp.report_as('reader', $$SELECT store_id, uptime_last_day FROM store_uptime_report('2024-01-09')$$),
          '(Berlin,5),(Bonn,20),(Köln,0)', 'row security: Bonn''s hours and Köln''s polls are hidden');
SELECT is(pg_temp.report_as('reader', $$SELECT store_id FROM store_uptime_report('2024-01-09', stores => '{Bonn,Köln}')$$), '(Bonn),(Köln)', 'also for named stores');
SELECT is(pg_temp.report_as('reader', $$SELECT store_id, sum(up_time) FROM uptime_series('default', '2024-01-08 00:00Z', '2024-01-09 00:00Z', 'hour', '2024-01-09 00:00Z') GROUP BY 1$$),
          '(Berlin,05:00:00),(Bonn,20:00:00),(Köln,00:00:00)', 'in a series');
SELECT is(pg_temp.report_as('reader', $$SELECT rule, opening FROM unnest('{Berlin,Bonn,Köln}'::text[]) s, store_uptime_explain(s, '2024-01-08 16:00Z', '2024-01-09')$$),
          '("no poll","Mo 09:00-17:00"),(previous,"Mo 00:00-24:00"),(previous,"Mo 09:00-17:00")', 'and in an explanation');
SELECT is(pg_temp.report_as('nobody'), NULL, 'no policy, no rows');
SELECT is(pg_temp.report_as('nobody', $$SELECT store_uptime_explain('Bonn', '2024-01-08 16:00Z', '2024-01-09')$$), '22023 store "Bonn" is not known to source "default"', 'and no store');
SELECT is(pg_temp.report_as('nobody', 'SELECT store_uptime.latest_poll()'), '()', 'and no latest poll');
SELECT is(pg_temp.report_as(session_user, 'SELECT count(*) FROM store_uptime_report(''2024-01-09'')'), '(3)', 'the owner sees all');
SET LOCAL row_security = off;
SELECT matches(pg_temp.report_as('reader'), '^42501 query would be affected by row-level security policy', 'row_security = off is an error for those it is for');
SET LOCAL row_security = on;
-- The plan of one role is not the plan of another, within one session.
SELECT is(pg_temp.report_as('reader', $$SELECT store_id, uptime_last_day FROM store_uptime_report('2024-01-09')$$), '(Berlin,5),(Bonn,20),(Köln,0)', 'again');
-- A policy that depends on a setting.
CREATE POLICY polls_of_nobody ON store_status TO nobody USING (store_id = current_setting('cases.store', true));
CREATE POLICY hours_of_nobody ON business_hours TO nobody USING (store_id = current_setting('cases.store', true));
SET LOCAL cases.store = 'Köln';
SELECT is(pg_temp.report_as('nobody'), '(Köln)', 'a policy that reads a setting');
SET LOCAL cases.store = 'Bonn';
SELECT is(pg_temp.report_as('nobody'), '(Bonn)', 'which changes');
-- A cheap function in a view does not get to see the rows that the policy hides.
CREATE FUNCTION cases.tell(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE 'leaked %', $1; END $$;
CREATE VIEW leaky WITH (security_invoker) AS SELECT * FROM store_status WHERE store_id = 'Bonn' OR tell(store_id);
GRANT SELECT ON leaky TO nobody;
SELECT store_uptime.register_source('leaky', 'leaky') \g /dev/null
SELECT is(pg_temp.report_as('nobody', $$SELECT store_id FROM store_uptime_report('2024-01-09', 'leaky')$$), '(Bonn)', 'hidden rows are not shown to functions');

-- A function of another's: the report inside is that role's.
CREATE FUNCTION cases.as_owner() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$ SELECT count(*) FROM store_uptime_report('2024-01-09') $$;
SELECT is(pg_temp.report_as('stranger', 'SELECT as_owner()'), '(3)', 'inside SECURITY DEFINER it is the definer''s report');

-- Who may register, replace and forget.
GRANT CREATE ON SCHEMA cases TO owner;
SELECT is(pg_temp.report_as('owner', $$SELECT store_uptime.register_source('theirs', 'cases.store_status')$$), '("")', 'registering needs no privilege on the relations');
SELECT is(pg_temp.report_as('owner', $$SELECT * FROM store_uptime_report('2024-01-09', 'theirs')$$), '42501 permission denied for table store_status', 'reading does');
SELECT is((SELECT owner FROM store_uptime.source WHERE name = 'theirs'), 'owner', 'a source belongs to who registered it');
SELECT is(pg_temp.report_as('stranger', $$SELECT store_uptime.register_source('theirs', 'cases.shown')$$), '42501 source "theirs" belongs to role "owner"', 'others do not replace it');
SELECT is(pg_temp.report_as('distant', $$SELECT store_uptime.register_source('theirs', 'cases.shown')$$), '42501 source "theirs" belongs to role "owner"', 'nor do members who do not inherit');
SELECT is(pg_temp.report_as('stranger', $$SELECT store_uptime.unregister_source('theirs')$$), '42501 source "theirs" belongs to role "owner"', 'nor forget it');
SELECT is((SELECT status FROM store_uptime.source WHERE name = 'theirs'), 'cases.store_status', 'it is as it was');
-- The table behind it says the same.
CREATE FUNCTION pg_temp.try_as(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    changed bigint;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    BEGIN
        EXECUTE statement;
        GET DIAGNOSTICS changed = ROW_COUNT;
        answer := changed || ' rows';
    EXCEPTION WHEN OTHERS THEN
        answer := sqlstate || ' ' || sqlerrm;
    END;
    RESET ROLE;
    RETURN answer;
END $$;
SELECT is(pg_temp.try_as('stranger', $$UPDATE store_uptime.source SET options = '{}' WHERE name = 'theirs'$$), '42501 source "theirs" belongs to role "owner"', 'nobody changes another''s row');
SELECT is(pg_temp.try_as('stranger', $$DELETE FROM store_uptime.source WHERE name = 'theirs'$$), '42501 source "theirs" belongs to role "owner"', 'or deletes it');
SELECT is(pg_temp.try_as('stranger', $$INSERT INTO store_uptime.source (name, status, owner) VALUES ('x', 'pg_class', session_user)$$),
          format('42501 source "x" belongs to role "%s"', session_user), 'or makes one for another');
SELECT is(pg_temp.try_as('stranger', $$INSERT INTO store_uptime.source (name, status) VALUES ('x', 'pg_class')$$), '1 rows', 'its own it may');
SELECT is(pg_temp.report_as('stranger', $$SELECT * FROM store_uptime_report('2024-01-09', 'x')$$), '42703 source "x": pg_catalog.pg_class has no column for store_id', 'what is in it is checked when read');
SELECT is(pg_temp.try_as('stranger', 'TRUNCATE store_uptime.source'), '42501 permission denied for table source', 'TRUNCATE is not granted');

-- Members of the owner and superusers may.
SELECT is(pg_temp.report_as('member', $$SELECT store_uptime.register_source('theirs', 'cases.shown')$$), '("")', 'members do');
SELECT is((SELECT owner FROM store_uptime.source WHERE name = 'theirs'), 'owner', 'it stays the owner''s');
SELECT is(pg_temp.report_as('stranger', $$SELECT store_uptime.register_source('default', 'cases.shown')$$), format('42501 source "default" belongs to role "%s"', session_user), 'the default is no exception');
SELECT is(pg_temp.report_as(session_user, $$SELECT store_uptime.register_source('theirs', 'cases.store_status')$$), '("")', 'a superuser may');
SELECT is(pg_temp.report_as('member', $$SELECT store_uptime.unregister_source('theirs')$$), '(t)', 'and members forget');

-- Making the standard tables needs what CREATE TABLE needs.
SELECT is(pg_temp.report_as('stranger', $$SELECT store_uptime.create_tables('cases', 'bigint', 'y')$$), '42501 permission denied for schema cases', 'create_tables without the right to create');
SELECT is((SELECT count(*) FROM store_uptime.source WHERE name = 'y'), 0::bigint, 'leaves nothing behind');

SELECT * FROM finish();
ROLLBACK;
