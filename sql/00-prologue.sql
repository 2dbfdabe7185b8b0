\echo Use "CREATE EXTENSION store_uptime" to load this file. \quit

-- Types, their functions and store_uptime_report live in the schema the user chose (@extschema@); what has state or
-- settings lives in the fixed schema store_uptime.
CREATE SCHEMA store_uptime;
GRANT USAGE ON SCHEMA store_uptime TO PUBLIC;
COMMENT ON SCHEMA store_uptime IS 'store_uptime: sources, imports, reports and their settings';
