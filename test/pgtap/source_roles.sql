-- A report reads as its caller: privileges, row security, and who may change which source.
BEGIN;
\ir lib/cases.psql
SELECT plan(116);

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

-- What a role tries with a statement: the number of rows, or the error.
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

-- Who may register what: everybody what he may read.
GRANT CREATE ON SCHEMA cases TO owner;
SELECT is(pg_temp.report_as('owner', $$SELECT store_uptime.register_source('theirs', 'cases.store_status')$$), '42501 permission denied for table store_status', 'registering needs the right to read');
SELECT is((SELECT count(*) FROM store_uptime.source WHERE name = 'theirs'), 0::bigint, 'without it nothing is registered');
GRANT SELECT (store_id, status) ON store_status TO owner;
SELECT is(pg_temp.report_as('owner', $$SELECT store_uptime.register_source('theirs', 'cases.store_status')$$), '42501 permission denied for table store_status', 'of all columns that are read');
GRANT SELECT (timestamp_utc) ON store_status TO owner;
GRANT SELECT ON shown TO owner;
SELECT is(pg_temp.report_as('owner', $$SELECT store_uptime.register_source('theirs', 'cases.store_status', 'cases.business_hours')$$), '42501 permission denied for table business_hours', 'of all relations');
SELECT is(pg_temp.report_as('owner', $$SELECT store_uptime.register_source('theirs', 'cases.store_status')$$), '("")', 'then a plain role may');
SELECT is((SELECT format('%s %s', owner, owner_id::regrole) FROM store_uptime.source WHERE name = 'theirs'), 'owner owner', 'a source belongs to who registered it');
REVOKE SELECT (status) ON store_status FROM owner;
SELECT is(pg_temp.report_as('owner', $$SELECT * FROM store_uptime_report('2024-01-09', 'theirs')$$), '42501 permission denied for table store_status', 'rights that are gone are gone');
GRANT SELECT (status) ON store_status TO owner;

-- Who may replace and forget it.
GRANT SELECT ON shown TO stranger, distant;
SELECT is(pg_temp.report_as('stranger', $$SELECT store_uptime.register_source('theirs', 'cases.shown')$$), '42501 source "theirs" belongs to role "owner"', 'others do not replace it');
SELECT is(pg_temp.report_as('distant', $$SELECT store_uptime.register_source('theirs', 'cases.shown')$$), '42501 source "theirs" belongs to role "owner"', 'nor do members who do not inherit');
SELECT is(pg_temp.report_as('stranger', $$SELECT store_uptime.unregister_source('theirs')$$), '42501 source "theirs" belongs to role "owner"', 'nor forget it');
SELECT is((SELECT status FROM store_uptime.source WHERE name = 'theirs'), 'cases.store_status', 'it is as it was');
SELECT is(pg_temp.report_as('member', $$SELECT store_uptime.register_source('theirs', 'cases.shown')$$), '("")', 'members do');
SELECT is((SELECT owner FROM store_uptime.source WHERE name = 'theirs'), 'owner', 'it stays the owner''s');
SELECT is(pg_temp.report_as('stranger', $$SELECT store_uptime.register_source('default', 'cases.shown')$$), format('42501 source "default" belongs to role "%s"', session_user), 'the default is no exception');
SELECT is(pg_temp.report_as(session_user, $$SELECT store_uptime.register_source('theirs', 'cases.store_status')$$), '("")', 'a superuser may');
SELECT is((SELECT owner FROM store_uptime.source WHERE name = 'theirs'), session_user, 'and owns it then');
SELECT is(pg_temp.report_as('member', $$SELECT store_uptime.unregister_source('theirs')$$), format('42501 source "theirs" belongs to role "%s"', session_user), 'so that its former owner cannot change it again');

-- Functions alone change the table behind it, and nobody can lock it against others.
SELECT is(pg_temp.try_as('stranger', statement), '42501 permission denied for table source', statement)
FROM unnest(ARRAY[$$UPDATE store_uptime.source SET options = '{}'$$, 'DELETE FROM store_uptime.source', 'TRUNCATE store_uptime.source',
                  $$INSERT INTO store_uptime.source (name, status, owner) VALUES ('x', 'pg_class', current_user)$$,
                  'LOCK store_uptime.source IN ACCESS EXCLUSIVE MODE', 'LOCK store_uptime.source IN ROW EXCLUSIVE MODE']) AS statement;
SELECT is(pg_temp.try_as('stranger', format('LOCK store_uptime.%I IN %s MODE', relname, mode)),
          format('42501 permission denied for %s %I', CASE relkind WHEN 'v' THEN 'view' ELSE 'table' END, relname), format('nor %s in %s', relname, mode))
FROM pg_class, unnest('{ACCESS EXCLUSIVE,SHARE ROW EXCLUSIVE,ROW EXCLUSIVE}'::text[]) mode
WHERE relnamespace = 'store_uptime'::regnamespace AND relkind IN ('r', 'v') AND relname <> 'source'
ORDER BY relname, mode;

-- Whose sources a role uses by which name: its own, and those of roles that may create in the database.
CREATE ROLE publisher;
CREATE ROLE hostile;
SELECT format('GRANT CREATE ON DATABASE %I TO publisher', current_database()) \gexec
CREATE SCHEMA lair AUTHORIZATION hostile;
GRANT USAGE ON SCHEMA lair TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA cases TO publisher, stranger;
GRANT USAGE ON SCHEMA cases TO publisher;
SELECT is(pg_temp.report_as('publisher', $$SELECT store_uptime.register_source('for all', 'cases.store_status')$$), '("")', 'a role that may create schemas');
SELECT is(pg_temp.report_as('stranger', $$SELECT count(*) FROM store_uptime_report('2024-01-09', 'for all')$$), '(0)', 'registers for others too');
SET LOCAL ROLE hostile;
CREATE TABLE lair.loot (who name);
GRANT INSERT ON lair.loot TO PUBLIC;
CREATE FUNCTION lair.trap() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO lair.loot VALUES (current_user); RETURN true; END $$;
CREATE VIEW lair.polls AS SELECT 'Bonn'::text AS store_id, true AS status, '2024-01-08 10:00Z'::timestamptz AS timestamp_utc WHERE lair.trap();
GRANT SELECT ON lair.polls TO PUBLIC;
SELECT store_uptime.register_source('pit', 'lair.polls') \g /dev/null
RESET ROLE;
SELECT is(pg_temp.report_as('hostile', $$SELECT store_id FROM store_uptime_report('2024-01-09', 'pit')$$), '(Bonn)', 'a plain role registers for itself');
SELECT is(pg_temp.report_as('stranger', call), '42501 source "pit" was registered by role "hostile"', 'others do not fall into it by its name: ' || call)
FROM unnest(ARRAY[$$SELECT * FROM store_uptime_report('2024-01-09', 'pit')$$, $$SELECT store_uptime.latest_poll('pit')$$, $$SELECT * FROM store_uptime.check_source('pit')$$,
                  $$SELECT * FROM store_uptime_windows('{"[2024-01-08,2024-01-09)"}', '2024-01-09', 'pit')$$, $$SELECT * FROM store_uptime.source_columns('pit')$$,
                  $$SELECT * FROM uptime_series('pit', '2024-01-08', '2024-01-09', 'day', '2024-01-09')$$,
                  $$SELECT store_uptime_explain('Bonn', '2024-01-08', '2024-01-09', 'pit')$$, $$SELECT store_uptime.trigger_report('2024-01-09', 'pit')$$]) AS call;
SELECT is((SELECT string_agg(DISTINCT who::text, ',') FROM lair.loot), 'hostile', 'and its code did not run');
SELECT is(pg_temp.report_as('stranger', $$SELECT store_id FROM store_uptime_report('2024-01-09', 'hostile.pit')$$), '(Bonn)', 'who names the owner means it');
SELECT is(pg_temp.report_as('stranger', $$SELECT store_id FROM store_uptime_report('2024-01-09', '"hostile".pit')$$), '(Bonn)', 'quoted or not');
SELECT is(pg_temp.report_as('stranger', $$SELECT store_id FROM store_uptime_report('2024-01-09', 'owner.pit')$$), '42704 source "owner.pit" is not registered', 'and the right one');
SELECT is((SELECT string_agg(DISTINCT who::text, ',' ORDER BY who::text) FROM lair.loot), 'hostile,stranger', 'then its code runs as whoever asks');
-- A name that looks like another owner's is in nobody's way.
SELECT is(pg_temp.report_as('hostile', $$SELECT store_uptime.register_source('owner.mine', 'lair.polls')$$), '("")', 'a source called as if it were another role''s');
SELECT is(pg_temp.report_as('owner', $$SELECT store_uptime.register_source('mine', 'cases.store_status')$$), '("")', 'and that one');
SELECT is(pg_temp.report_as('stranger', $$SELECT DISTINCT relation FROM store_uptime.source_columns('owner.mine')$$), '(store_status)', 'is found by its owner and name');
SELECT is(pg_temp.report_as('hostile', $$SELECT DISTINCT relation FROM store_uptime.source_columns('owner.mine')$$), '(lair.polls)', 'unless the other is one''s own');
-- Not so a superuser's: what a superuser asks of others' sources is asked with their rights.
TRUNCATE lair.loot;
SELECT is((SELECT store_id FROM store_uptime_report('2024-01-09', 'pit')), 'Bonn', 'a superuser may ask for any source');
SELECT store_uptime.latest_poll('hostile.pit'), store_uptime_explain('Bonn', '2024-01-08 15:00Z', '2024-01-09', 'pit') \g /dev/null
SELECT count(*) FROM store_uptime.check_source('pit') \g /dev/null
SELECT is((SELECT string_agg(DISTINCT who::text, ',') FROM lair.loot), 'hostile', 'its code runs with the rights of the source''s owner');
SELECT is(current_user, session_user, 'which end with the report');
REVOKE SELECT ON store_status FROM publisher;
SELECT is(pg_temp.report_as(session_user, $$SELECT count(*) FROM store_uptime_report('2024-01-09', 'for all')$$), '42501 permission denied for table store_status', 'and are no more than those');
SELECT is(current_user, session_user, 'also after an error');

-- The default, and names that somebody took before.
SELECT store_uptime.unregister_source('default') \g /dev/null
SELECT is(pg_temp.report_as('hostile', $$SELECT store_uptime.register_source('default', 'lair.polls')$$), '42501 source "default" is everybody''s, and role "hostile" may not register it', 'not everybody registers the default');
GRANT CREATE ON SCHEMA cases TO publisher;
CREATE SCHEMA shops AUTHORIZATION publisher;
SELECT is(pg_temp.report_as('publisher', $$SELECT store_uptime.create_tables('shops', 'uuid')$$), '("")', 'a role that may create in the database does');
CREATE SCHEMA app;
SELECT is(pg_temp.try_as(session_user, $$SELECT store_uptime.create_tables('app', 'uuid')$$), '42710 source "default" is registered already, for shops.store_status', 'create_tables takes no source from another');
SELECT is(to_regclass('app.store_status'), NULL, 'and leaves nothing behind');
SELECT is(pg_temp.try_as('publisher', $$SELECT store_uptime.create_tables('shops', 'uuid')$$), '42P07 relation "store_status" already exists', 'nor makes them twice');
SELECT is(pg_temp.report_as('stranger', $$SELECT store_uptime.register_source('default', 'cases.shown')$$), '42501 source "default" belongs to role "publisher"', 'others do not replace it');
SELECT is(pg_temp.report_as('publisher', $$SELECT store_uptime.register_source('pit', 'cases.shown')$$), '("")', 'who may create in the database takes a name from a role that may not');
SELECT is((SELECT owner FROM store_uptime.source WHERE name = 'pit'), 'publisher', 'with the ownership');
SELECT is(pg_temp.report_as('hostile', $$SELECT store_uptime.register_source('pit', 'lair.polls')$$), '42501 source "pit" belongs to role "publisher"', 'for good');
DROP TABLE shops.store_status;
SELECT is(pg_temp.try_as(session_user, $$SELECT store_uptime.create_tables('app', 'uuid')$$), '1 rows', 'a source without its polls is in nobody''s way');

-- Owners are roles, not names.
ALTER ROLE publisher RENAME TO former;
CREATE ROLE publisher;
GRANT SELECT ON cases.shown TO publisher;
SELECT is(pg_temp.report_as('publisher', $$SELECT store_uptime.unregister_source('for all')$$), '42501 source "for all" belongs to role "former"', 'a new role of an old name inherits nothing');
SELECT is(pg_temp.report_as('former', $$SELECT store_uptime.register_source('for all', 'cases.shown')$$), '("")', 'a renamed one keeps what it has');
SELECT is((SELECT owner FROM store_uptime.source WHERE name = 'for all'), 'former', 'and the table tells the new name');

GRANT USAGE ON SCHEMA cases TO publisher;
SELECT is(pg_temp.report_as('publisher', $$SELECT store_uptime.register_source('of publisher', 'cases.shown')$$), '("")', 'the new role has sources of its own');
ALTER ROLE publisher RENAME TO another;
SELECT is(pg_temp.report_as('former', $$SELECT store_uptime.register_source('for all', 'cases.shown')$$), '("")', 'when somebody registers');
SELECT is((SELECT owner FROM store_uptime.source WHERE name = 'of publisher'), 'publisher', 'others'' rows are left alone');

-- A source is found by the name of an owner that was dropped, but not when another role has the name.
CREATE ROLE fleeting;
GRANT USAGE ON SCHEMA cases TO fleeting;
GRANT SELECT ON cases.shown TO fleeting;
SELECT is(pg_temp.report_as('fleeting', $$SELECT store_uptime.register_source('left', 'cases.shown')$$), '("")', 'a role that will not stay registers');
DROP OWNED BY fleeting;
DROP ROLE fleeting;
SELECT is(pg_temp.report_as('stranger', $$SELECT DISTINCT relation FROM store_uptime.source_columns('fleeting.left')$$), '(shown)', 'its source stays');
CREATE ROLE fleeting;
SELECT is(pg_temp.report_as('stranger', $$SELECT DISTINCT relation FROM store_uptime.source_columns('fleeting.left')$$), '42704 source "fleeting.left" is not registered', 'but is not the new role''s');

-- What a name can hold may be the beginning of what was meant.
SELECT is(pg_temp.report_as('hostile', format($$SELECT store_uptime.register_source(%L, 'lair.polls')$$, repeat('n', 55))), '("")', 'a long name');
SELECT is(pg_temp.report_as('stranger', format($$SELECT store_uptime.source_columns(%L)$$, 'hostile.' || repeat('n', 60))),
          format('42622 "hostile.%s" may have been cut short', repeat('n', 55)), 'is not taken for a longer one');

SELECT is(pg_temp.report_as('stranger', format($$SELECT store_uptime.source_columns(%L)$$, 'hostile.' || repeat('é', 30))),
          format('42622 "hostile.%s" may have been cut short', repeat('é', 27)), 'nor where the cut is before a character of two bytes');

-- Making the standard tables needs what CREATE TABLE needs.
SELECT is(pg_temp.report_as('stranger', $$SELECT store_uptime.create_tables('cases', 'bigint', 'y')$$), '42501 permission denied for schema cases', 'create_tables without the right to create');
SELECT is((SELECT count(*) FROM store_uptime.source WHERE name = 'y'), 0::bigint, 'leaves nothing behind');

SELECT * FROM finish();
ROLLBACK;
