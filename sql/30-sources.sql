-- Sources: where the polls, hours and zones of the stores are. The extension owns none of them; it remembers which of
-- the user's relations hold them, and reads them as the caller of a report.

CREATE TABLE store_uptime.source (
    name          pg_catalog.name     NOT NULL PRIMARY KEY,
    status        pg_catalog.regclass NOT NULL,
    hours         pg_catalog.regclass,
    timezones     pg_catalog.regclass,
    special_hours pg_catalog.regclass,
    maintenance   pg_catalog.regclass,
    options       pg_catalog.jsonb    NOT NULL DEFAULT '{}',
    owner         pg_catalog.name     NOT NULL,
    owner_id      pg_catalog.oid      NOT NULL
);
COMMENT ON TABLE store_uptime.source IS
    'Registered sources: the relations that hold polls, hours, zones, special days and maintenance of the stores, and how to read them. Everybody may read it; register_source and unregister_source change it.';
COMMENT ON COLUMN store_uptime.source.name IS 'what reports call it';
COMMENT ON COLUMN store_uptime.source.status IS 'the relation of the polls';
COMMENT ON COLUMN store_uptime.source.hours IS 'weekly business hours; NULL: every store is open around the clock';
COMMENT ON COLUMN store_uptime.source.timezones IS 'zones of the stores; NULL: all have the default time zone';
COMMENT ON COLUMN store_uptime.source.special_hours IS 'hours of single dates, or NULL';
COMMENT ON COLUMN store_uptime.source.maintenance IS 'time excluded from every report, or NULL';
COMMENT ON COLUMN store_uptime.source.options IS 'how to read the relations; see register_source';
COMMENT ON COLUMN store_uptime.source.owner IS 'the name of the role that registered it, as dumps need it';
COMMENT ON COLUMN store_uptime.source.owner_id IS 'the same role, whatever its name is now; set by a trigger';

-- Registered sources are the user's data: pg_dump takes them along, by the names of their relations. One that has lost a
-- relation has only a number to give, which might be another relation's elsewhere, and one whose owner was renamed or dropped
-- has a name that might be another role's.
SELECT pg_catalog.pg_extension_config_dump('store_uptime.source', $$
    WHERE owner OPERATOR(pg_catalog.=) pg_catalog.pg_get_userbyid(owner_id) AND NOT EXISTS (
        SELECT FROM pg_catalog.unnest(ARRAY[status, hours, timezones, special_hours, maintenance]::pg_catalog.oid[]) AS r (relation)
        WHERE relation IS NOT NULL
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid OPERATOR(pg_catalog.=) relation))$$);

-- Everybody may look. No row security: it would keep a database owner who is no superuser from dumping the database.
GRANT SELECT ON store_uptime.source TO PUBLIC;

CREATE FUNCTION store_uptime.source_owner_trigger() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION store_uptime.source_owner_trigger() IS
    'Finds the owner of a new row of store_uptime.source by its name; where there is no such role, as after a restore elsewhere, it is the current one';
REVOKE EXECUTE ON FUNCTION store_uptime.source_owner_trigger() FROM PUBLIC;
CREATE TRIGGER source_owner BEFORE INSERT ON store_uptime.source
    FOR EACH ROW EXECUTE FUNCTION store_uptime.source_owner_trigger();
ALTER TABLE store_uptime.source ENABLE ALWAYS TRIGGER source_owner;
COMMENT ON TRIGGER source_owner ON store_uptime.source IS 'sets owner_id';

CREATE FUNCTION store_uptime.source_columns(source pg_catalog.name DEFAULT 'default')
RETURNS TABLE (part text, relation pg_catalog.regclass, meaning text, column_name pg_catalog.name, column_type pg_catalog.regtype)
LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'source_columns';
COMMENT ON FUNCTION store_uptime.source_columns(pg_catalog.name) IS
    'How the columns of a source were found: one row for each column a report reads.';

CREATE FUNCTION store_uptime.register_source(
    source        pg_catalog.name,
    status        pg_catalog.regclass,
    hours         pg_catalog.regclass DEFAULT NULL,
    timezones     pg_catalog.regclass DEFAULT NULL,
    special_hours pg_catalog.regclass DEFAULT NULL,
    maintenance   pg_catalog.regclass DEFAULT NULL,
    options       pg_catalog.jsonb    DEFAULT '{}')
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'register_source';
COMMENT ON FUNCTION store_uptime.register_source(pg_catalog.name, pg_catalog.regclass, pg_catalog.regclass, pg_catalog.regclass, pg_catalog.regclass, pg_catalog.regclass, pg_catalog.jsonb) IS
    'Makes existing relations a source of reports, or replaces the source of that name. Columns are found by their usual names or named in options; see the manual.';

CREATE FUNCTION store_uptime.unregister_source(source pg_catalog.name)
RETURNS boolean
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'unregister_source';
COMMENT ON FUNCTION store_uptime.unregister_source(pg_catalog.name) IS
    'Forgets a source; its relations stay. False if there was none.';

CREATE FUNCTION store_uptime.create_tables(
    in_schema     pg_catalog.name    DEFAULT 'public',
    store_id_type pg_catalog.regtype DEFAULT 'pg_catalog.int8',
    source        pg_catalog.name    DEFAULT 'default')
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    id text := format_type(store_id_type, NULL);
    taken regclass;
BEGIN
    IF in_schema IS NULL OR store_id_type IS NULL OR source IS NULL THEN
        RAISE EXCEPTION 'create_tables takes no null argument'
            USING ERRCODE = '22023', HINT = 'Leave an argument out to have its default.';
    END IF;
    EXECUTE format('CREATE TABLE %I.store_status (store_id %s, status text, timestamp_utc timestamptz)', in_schema, id);
    EXECUTE format('CREATE TABLE %I.business_hours (store_id %s, day_of_week integer, start_time_local time, end_time_local time, valid_from date, valid_until date)', in_schema, id);
    EXECUTE format('CREATE TABLE %I.store_timezone (store_id %s, timezone_str text)', in_schema, id);
    EXECUTE format('CREATE TABLE %I.special_hours (store_id %s, date date, start_time_local time, end_time_local time)', in_schema, id);
    EXECUTE format('CREATE TABLE %I.maintenance (store_id %s, starts_at timestamptz, ends_at timestamptz, reason text)', in_schema, id);
    -- One store's report reads the index alone; time is in it for the range.
    EXECUTE format('CREATE INDEX store_status_store_id_timestamp_utc_idx ON %I.store_status (store_id, timestamp_utc) INCLUDE (status)', in_schema);
    EXECUTE format('CREATE INDEX business_hours_store_id_idx ON %I.business_hours (store_id)', in_schema);
    EXECUTE format('CREATE INDEX store_timezone_store_id_idx ON %I.store_timezone (store_id)', in_schema);
    EXECUTE format('CREATE INDEX special_hours_store_id_date_idx ON %I.special_hours (store_id, date)', in_schema);
    EXECUTE format('COMMENT ON TABLE %I.store_status IS %L', in_schema, 'polls of the stores: active or inactive at an instant');
    EXECUTE format('COMMENT ON TABLE %I.business_hours IS %L', in_schema, 'weekly business hours in local time; day_of_week 0 = Monday to 6 = Sunday; an end at or before the start is on the next day');
    EXECUTE format('COMMENT ON TABLE %I.store_timezone IS %L', in_schema, 'the time zone of each store');
    EXECUTE format('COMMENT ON TABLE %I.special_hours IS %L', in_schema, 'hours of single local dates, in place of the weekly ones; times NULL: closed');
    EXECUTE format('COMMENT ON TABLE %I.maintenance IS %L', in_schema, 'time that counts for nothing; store_id NULL: for all stores');
    -- Whoever makes tables has no reason to expect that another source is gone then.
    SELECT s.status INTO taken FROM store_uptime.source AS s
    WHERE s.name = create_tables.source AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = s.status);
    IF FOUND THEN
        RAISE EXCEPTION 'source "%" is registered already, for %', create_tables.source, taken
            USING ERRCODE = '42710', HINT = format('Give the new tables a source of their own, as in create_tables(%L, source => %L), '
                                                   'or call unregister_source(%L) first.', in_schema, in_schema, create_tables.source);
    END IF;
    PERFORM store_uptime.register_source(
        source, format('%I.store_status', in_schema)::regclass, format('%I.business_hours', in_schema)::regclass,
        format('%I.store_timezone', in_schema)::regclass, format('%I.special_hours', in_schema)::regclass,
        format('%I.maintenance', in_schema)::regclass);
END
$$;
COMMENT ON FUNCTION store_uptime.create_tables(pg_catalog.name, pg_catalog.regtype, pg_catalog.name) IS
    'Makes the standard tables store_status, business_hours, store_timezone, special_hours and maintenance with their indexes, and registers them as a source.';

CREATE FUNCTION store_uptime.latest_poll(source pg_catalog.name DEFAULT 'default')
RETURNS timestamp with time zone
LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'latest_poll';
COMMENT ON FUNCTION store_uptime.latest_poll(pg_catalog.name) IS
    'The time of the newest poll of a source, the usual now of a static data set; NULL if there is none.';
