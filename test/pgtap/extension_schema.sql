-- The extension in a schema of the user's choice, dropped and made again.
BEGIN;
SELECT plan(21);
SET LOCAL client_min_messages = warning;

CREATE SCHEMA mine;
SELECT store_uptime.create_tables('mine', 'bigint', 'before') \g /dev/null
INSERT INTO mine.store_status VALUES (1, 'active', '2024-01-08 15:00Z');
CREATE VIEW mine.policies AS SELECT 'fill=next'::uptime_policy AS policy;
SELECT throws_ok('DROP EXTENSION store_uptime', '2BP01', 'cannot drop extension store_uptime because other objects depend on it',
                 'what uses a type of the extension is in the way');
DROP VIEW mine.policies;
DROP EXTENSION store_uptime;
SELECT hasnt_schema('store_uptime', 'the extension''s schema is gone with it');
SELECT is((SELECT count(*) FROM mine.store_status), 1::bigint, 'the user''s tables stay, with their rows');
SELECT is_empty($$SELECT * FROM pg_proc WHERE probin LIKE '%store_uptime%'$$, 'no function stays');

CREATE SCHEMA "Öffnungs Zeiten";
CREATE EXTENSION store_uptime SCHEMA "Öffnungs Zeiten";
SELECT is_empty($$SELECT * FROM store_uptime.source$$, 'a new extension knows no source');
SELECT has_function('Öffnungs Zeiten', 'store_uptime_report', 'the report is in the schema that was named');
SELECT has_type('Öffnungs Zeiten', 'uptime_policy', 'and the types');
SELECT has_function('store_uptime', 'register_source', 'what has state is where it always is');
SELECT hasnt_function('public', 'store_uptime_report', 'nothing is in public');
SELECT throws_ok('ALTER EXTENSION store_uptime SET SCHEMA public', '0A000', NULL, 'it cannot be moved');

-- Bodies that the server keeps parsed can be written down and read again, which pg_upgrade lives by.
SET LOCAL search_path = '';
CREATE TEMP TABLE parsed AS
SELECT p.oid::regprocedure AS function, pg_get_functiondef(p.oid) AS definition
FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
     JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'store_uptime'
WHERE p.prosqlbody IS NOT NULL;
CREATE FUNCTION pg_temp.can_run(command text) RETURNS boolean LANGUAGE plpgsql SET search_path = '' AS
$$ BEGIN EXECUTE command; RETURN true; EXCEPTION WHEN OTHERS THEN RETURN false; END $$;
RESET search_path;
SELECT cmp_ok((SELECT count(*) FROM parsed), '>', 3::bigint, 'some functions are kept parsed');
SELECT is_empty('SELECT * FROM parsed WHERE NOT pg_temp.can_run(definition)', 'each can be made of its own text');

SELECT store_uptime.register_source('mine', 'mine.store_status') \g /dev/null
CREATE FUNCTION pg_temp.up(OUT hours float8) LANGUAGE sql AS $$ SELECT uptime_last_day FROM "Öffnungs Zeiten".store_uptime_report('2024-01-09 00:00Z', 'mine') $$;
SELECT is(pg_temp.up(), 24::float8, 'the report works there');
CREATE TABLE answer AS SELECT * FROM pg_temp.up();
SET LOCAL search_path = '';
INSERT INTO public.answer SELECT * FROM pg_temp.up();
SET LOCAL search_path = "Öffnungs Zeiten", pg_catalog;
INSERT INTO public.answer SELECT uptime_last_day FROM store_uptime_report('2024-01-09 00:00Z', 'mine', 'carry=always max_gap=1h');
INSERT INTO public.answer SELECT extract(epoch FROM up_time) / 3600 FROM store_uptime_windows('{"[2024-01-08 15:00Z, 2024-01-08 17:00Z)"}', '2024-01-09 00:00Z', 'mine');
RESET search_path;
SELECT results_eq('SELECT hours FROM answer', 'VALUES (24::float8), (24), (2), (2)', 'with any search_path');
SELECT is(store_uptime.latest_poll('mine'), '2024-01-08 15:00Z', 'the fixed functions as well');

-- In a schema where others have put operators that fit better than the server's own wherever those would convert.
DROP EXTENSION store_uptime CASCADE;
CREATE SCHEMA planted;
DO $$
DECLARE t text[] := '{float8,int4,int8,numeric,text,name,uuid,oid,bool,timestamptz,interval,regclass,jsonb}';
        a text; b text; o text;
BEGIN
    FOREACH a IN ARRAY t LOOP FOREACH b IN ARRAY t LOOP
        EXECUTE format('CREATE FUNCTION planted.f(%s, %s) RETURNS bool IMMUTABLE LANGUAGE sql RETURN true', a, b);
        FOREACH o IN ARRAY '{=,<>,<,>,<=,>=,+,-,*,/,||,~}'::text[] LOOP
            IF to_regoperator(format('pg_catalog.%s(%s,%s)', o, a, b)) IS NULL THEN
                EXECUTE format('CREATE OPERATOR planted.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = planted.f)', o, a, b);
            END IF;
        END LOOP;
    END LOOP; END LOOP;
END $$;
SELECT cmp_ok((SELECT count(*) FROM pg_operator WHERE oprnamespace = 'planted'::regnamespace), '>', 1000::bigint, 'operators are planted');
CREATE EXTENSION store_uptime SCHEMA planted;
SELECT is_empty($$SELECT d.classid::regclass, d.objid, d.refobjid FROM pg_depend d
                  WHERE d.refclassid = 'pg_operator'::regclass AND d.deptype = 'n'
                    AND d.refobjid IN (SELECT oid FROM pg_operator WHERE oprnamespace = 'planted'::regnamespace
                                       AND oprcode::oid IN (SELECT oid FROM pg_proc WHERE proname = 'f' AND pronamespace = 'planted'::regnamespace))
                    AND d.classid <> 'pg_operator'::regclass$$,
                'none of them is part of the extension');

-- Dropped with its sources, made again where it was.
DROP EXTENSION store_uptime CASCADE;
CREATE EXTENSION store_uptime SCHEMA public;
SELECT hasnt_function('Öffnungs Zeiten', 'store_uptime_report', 'nothing stays in the first schema');
SELECT store_uptime.register_source('default', 'mine.store_status') \g /dev/null
SELECT results_eq($$SELECT uptime_last_day FROM store_uptime_report('2024-01-09 00:00Z')$$, 'VALUES (24::float8)', 'the report works again');
SELECT throws_ok('CREATE EXTENSION store_uptime', '42710', 'extension "store_uptime" already exists', 'there is one a database');
DROP EXTENSION store_uptime;
CREATE SCHEMA store_uptime;
SELECT throws_ok('CREATE EXTENSION store_uptime', '42P06', 'schema "store_uptime" already exists', 'a schema of its name that it does not own is in the way');

SELECT * FROM finish();
ROLLBACK;
