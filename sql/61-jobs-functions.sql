-- Reports in the background: the functions. They run with the caller's rights and switch to the queue owner's only for
-- their own statements. Everybody may call them: what runs at a time is bounded by store_uptime.max_report_workers,
-- and an administrator who wants it otherwise revokes EXECUTE from PUBLIC.

CREATE FUNCTION store_uptime.trigger_report(
        as_of timestamptz DEFAULT pg_catalog.now(),
        source name DEFAULT 'default',
        policy @extschema@.uptime_policy DEFAULT '',
        stores text[] DEFAULT NULL)
    RETURNS uuid
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION store_uptime.trigger_report(timestamptz, name, @extschema@.uptime_policy, text[]) IS 'Asks for a report and returns at once; a background worker computes it after the commit';

CREATE PROCEDURE store_uptime.run_report(
        as_of timestamptz DEFAULT pg_catalog.now(),
        source name DEFAULT 'default',
        policy @extschema@.uptime_policy DEFAULT '',
        stores text[] DEFAULT NULL,
        INOUT report_id uuid DEFAULT NULL)
    LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE store_uptime.run_report(timestamptz, name, @extschema@.uptime_policy, text[], uuid) IS 'Computes and keeps a report in the caller''s session';

CREATE FUNCTION store_uptime.get_report(
        report_id uuid,
        OUT report_id uuid,
        OUT status text,
        OUT progress double precision,
        OUT stores_done bigint,
        OUT stores_total bigint,
        OUT created_at timestamptz,
        OUT started_at timestamptz,
        OUT finished_at timestamptz,
        OUT attempts integer,
        OUT error text,
        OUT row_count bigint)
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION store_uptime.get_report(uuid) IS 'How a report stands: queued, running, complete, failed or cancelled';

CREATE FUNCTION store_uptime.cancel_report(report_id uuid) RETURNS boolean
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION store_uptime.cancel_report(uuid) IS 'Stops a queued or running report; false if it has ended already';

CREATE FUNCTION store_uptime.retry_report(report_id uuid) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION store_uptime.retry_report(uuid) IS 'Queues a failed or cancelled report anew';

CREATE FUNCTION store_uptime.delete_report(report_id uuid) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION store_uptime.delete_report(uuid) IS 'Deletes a report that does not run, with its rows';

CREATE FUNCTION store_uptime.purge_reports(older_than interval DEFAULT NULL) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION store_uptime.purge_reports(interval) IS 'Deletes reports that ended longer ago (default: store_uptime.report_retention): one''s own, a superuser everyone''s; their number';

CREATE FUNCTION store_uptime.reap_reports() RETURNS integer
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION store_uptime.reap_reports() IS 'Queues running reports whose worker has gone anew, or fails them after their last attempt; gives queued reports a worker. The number of reports found dead';

CREATE FUNCTION store_uptime.report_rows(report_id uuid)
    RETURNS TABLE (
        store_id text,
        uptime_last_hour double precision,
        uptime_last_day double precision,
        uptime_last_week double precision,
        downtime_last_hour double precision,
        downtime_last_day double precision,
        downtime_last_week double precision,
        unknown_last_hour double precision,
        unknown_last_day double precision,
        unknown_last_week double precision)
    LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION store_uptime.report_rows(uuid) IS 'The rows of a complete report, with the columns of store_uptime_report';

CREATE FUNCTION store_uptime.csv_field(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN value OPERATOR(pg_catalog.~) '[",\r\n]'
                THEN pg_catalog.concat('"', pg_catalog.replace(value, '"', '""'), '"')
                ELSE value END;
COMMENT ON FUNCTION store_uptime.csv_field(text) IS 'A text as a field of a CSV file by RFC 4180';

CREATE FUNCTION store_uptime.csv_field(value double precision) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(pg_catalog.round(value::pg_catalog.numeric, 2)::pg_catalog.text, '');
COMMENT ON FUNCTION store_uptime.csv_field(double precision) IS 'A number as a field of a CSV file, with two decimals; empty for NULL';

CREATE FUNCTION store_uptime.report_csv(report_id uuid) RETURNS text
    LANGUAGE sql STABLE
    RETURN (
        SELECT pg_catalog.concat(
            'store_id,uptime_last_hour,uptime_last_day,uptime_last_week,downtime_last_hour,downtime_last_day,',
            'downtime_last_week,unknown_last_hour,unknown_last_day,unknown_last_week', E'\r\n',
            pg_catalog.string_agg(
                pg_catalog.concat_ws(',', store_uptime.csv_field(r.store_id),
                    store_uptime.csv_field(r.uptime_last_hour), store_uptime.csv_field(r.uptime_last_day),
                    store_uptime.csv_field(r.uptime_last_week), store_uptime.csv_field(r.downtime_last_hour),
                    store_uptime.csv_field(r.downtime_last_day), store_uptime.csv_field(r.downtime_last_week),
                    store_uptime.csv_field(r.unknown_last_hour), store_uptime.csv_field(r.unknown_last_day),
                    store_uptime.csv_field(r.unknown_last_week)),
                E'\r\n' ORDER BY r.store_id COLLATE pg_catalog."C"),
            CASE WHEN pg_catalog.count(*) OPERATOR(pg_catalog.>) 0 THEN E'\r\n' END)
        FROM store_uptime.report_rows($1) AS r);
COMMENT ON FUNCTION store_uptime.report_csv(uuid) IS 'A complete report as CSV (RFC 4180), ordered by store_id, with two decimals';
