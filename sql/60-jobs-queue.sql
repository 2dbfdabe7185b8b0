-- Reports in the background: the queue and the rows.
--
-- Nobody reads or writes the tables but the functions of 61-jobs-functions.sql, each with its checks; report_status shows
-- each role what it may see. Who dumps the database has to read them: its owner. Row security would keep the owner from that.

CREATE TABLE store_uptime.report_queue (
    report_id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
    owner name NOT NULL,
    owner_id oid,
    status text NOT NULL DEFAULT 'queued'
        CHECK (status OPERATOR(pg_catalog.=) ANY (ARRAY['queued', 'running', 'complete', 'failed', 'cancelled'])),
    as_of timestamptz NOT NULL,
    source name NOT NULL,
    policy @extschema@.uptime_policy NOT NULL,
    stores text[],
    created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    started_at timestamptz,
    finished_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    error text,
    row_count bigint,
    stores_done bigint,
    stores_total bigint,
    processes bigint,
    beacon bigint,
    worker_pid integer,
    cancel_requested_at timestamptz,
    settings jsonb NOT NULL DEFAULT '{}',
    withheld text[] NOT NULL DEFAULT '{}'
);

COMMENT ON TABLE store_uptime.report_queue IS 'The reports asked for with store_uptime.trigger_report or run_report, and how they stand; report_status shows them to roles';
COMMENT ON COLUMN store_uptime.report_queue.owner IS 'Role that asked for the report, by the name it had then; its rights are the report''s';
COMMENT ON COLUMN store_uptime.report_queue.owner_id IS 'The same role, whatever its name is now; set by a trigger';
COMMENT ON COLUMN store_uptime.report_queue.stores IS 'The stores asked for; NULL means all';
COMMENT ON COLUMN store_uptime.report_queue.started_at IS 'Start of the latest attempt';
COMMENT ON COLUMN store_uptime.report_queue.attempts IS 'How many times a worker started on the report';
COMMENT ON COLUMN store_uptime.report_queue.processes IS 'How many processes computed the report in the background: the worker and parallel workers';
COMMENT ON COLUMN store_uptime.report_queue.beacon IS 'Shared memory segment that a running report''s worker shows its progress in';

COMMENT ON COLUMN store_uptime.report_queue.cancel_requested_at IS 'When cancel_report was called for a running report: it does not run again';
COMMENT ON COLUMN store_uptime.report_queue.settings IS 'Settings of the session that asked which the report has too (store_uptime.carry_settings); forgotten when it is complete';
COMMENT ON COLUMN store_uptime.report_queue.withheld IS 'Other settings of that session: reading them fails the report';

CREATE INDEX report_queue_waiting ON store_uptime.report_queue (owner_id, created_at) WHERE status OPERATOR(pg_catalog.=) 'queued';
CREATE INDEX report_queue_turns ON store_uptime.report_queue (owner_id, started_at);
CREATE INDEX report_queue_running ON store_uptime.report_queue (started_at) WHERE status OPERATOR(pg_catalog.=) 'running';
CREATE INDEX report_queue_finished ON store_uptime.report_queue (finished_at);

CREATE FUNCTION store_uptime.report_owner_trigger() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION store_uptime.report_owner_trigger() IS 'Finds the role of a new row of store_uptime.report_queue by its name';
REVOKE EXECUTE ON FUNCTION store_uptime.report_owner_trigger() FROM PUBLIC;

CREATE TRIGGER report_owner BEFORE INSERT ON store_uptime.report_queue
    FOR EACH ROW EXECUTE FUNCTION store_uptime.report_owner_trigger();
ALTER TABLE store_uptime.report_queue ENABLE ALWAYS TRIGGER report_owner;
COMMENT ON TRIGGER report_owner ON store_uptime.report_queue IS 'sets owner_id';

CREATE TABLE store_uptime.report_result (
    report_id uuid NOT NULL,
    store_id text NOT NULL,
    uptime_last_hour double precision,
    uptime_last_day double precision,
    uptime_last_week double precision,
    downtime_last_hour double precision,
    downtime_last_day double precision,
    downtime_last_week double precision,
    unknown_last_hour double precision,
    unknown_last_day double precision,
    unknown_last_week double precision,
    PRIMARY KEY (report_id, store_id)
);
COMMENT ON TABLE store_uptime.report_result IS 'The rows of complete reports; read them with store_uptime.report_rows';

GRANT SELECT ON store_uptime.report_queue, store_uptime.report_result TO pg_database_owner;

-- Dumps hold what is finished: a report that was queued must not start in the copy. As for sources, the name of the owner
-- must be right.
SELECT pg_catalog.pg_extension_config_dump('store_uptime.report_queue',
    'WHERE finished_at IS NOT NULL AND owner = pg_catalog.pg_get_userbyid(owner_id)');
SELECT pg_catalog.pg_extension_config_dump('store_uptime.report_result', $$
    WHERE report_id IN (SELECT q.report_id FROM store_uptime.report_queue AS q
                        WHERE q.status = 'complete' AND q.owner = pg_catalog.pg_get_userbyid(q.owner_id))$$);

CREATE FUNCTION store_uptime.report_progress(report_id uuid, beacon bigint,
        OUT progress double precision, OUT stores_done bigint, OUT stores_total bigint)
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION store_uptime.report_progress(uuid, bigint) IS 'How far a running report is, as its worker shows it; NULLs if nobody works on it';

CREATE VIEW store_uptime.report_status WITH (security_barrier = true) AS
SELECT q.report_id,
       coalesce((SELECT r.rolname FROM pg_catalog.pg_roles AS r WHERE r.oid OPERATOR(pg_catalog.=) q.owner_id),
                q.owner) AS owner,
       q.status,
       CASE WHEN q.status OPERATOR(pg_catalog.=) 'complete' THEN 1.0::pg_catalog.float8
            WHEN q.status OPERATOR(pg_catalog.=) 'running' THEN p.progress
            ELSE 0.0::pg_catalog.float8 END AS progress,
       coalesce(q.stores_done, p.stores_done) AS stores_done,
       coalesce(q.stores_total, p.stores_total) AS stores_total,
       q.source,
       q.as_of,
       q.policy,
       q.stores,
       q.created_at,
       q.started_at,
       q.finished_at,
       coalesce(q.started_at, q.finished_at, pg_catalog.clock_timestamp())
           OPERATOR(pg_catalog.-) q.created_at AS waited,
       coalesce(q.finished_at, pg_catalog.clock_timestamp()) OPERATOR(pg_catalog.-) q.started_at AS ran,
       CASE WHEN spent.seconds OPERATOR(pg_catalog.>) 0.0::pg_catalog.float8
            THEN coalesce(q.stores_done, p.stores_done)::pg_catalog.float8 OPERATOR(pg_catalog./) spent.seconds
       END AS stores_per_second,
       q.attempts,
       q.processes,
       q.worker_pid,
       q.row_count,
       q.error
FROM store_uptime.report_queue AS q
LEFT JOIN LATERAL store_uptime.report_progress(q.report_id, q.beacon) AS p ON true
CROSS JOIN LATERAL (
    SELECT EXTRACT(epoch FROM coalesce(q.finished_at, pg_catalog.clock_timestamp()) OPERATOR(pg_catalog.-) q.started_at)
               ::pg_catalog.float8 AS seconds) AS spent
WHERE q.owner_id OPERATOR(pg_catalog.=) (
          SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname OPERATOR(pg_catalog.=) CURRENT_USER)
   OR pg_catalog.pg_has_role('pg_monitor'::pg_catalog.name, 'USAGE'::pg_catalog.text);

COMMENT ON VIEW store_uptime.report_status IS 'All reports that the current role may see, with how long they waited and ran and how fast';
GRANT SELECT ON store_uptime.report_status TO PUBLIC;
