-- Import of CSV files that lie on the server.

CREATE TABLE store_uptime.import_reject (
    reject_id   pg_catalog.int8        GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    line_number pg_catalog.int8        NOT NULL,
    text        pg_catalog.text        NOT NULL,
    reason      pg_catalog.text        NOT NULL,
    target      pg_catalog.text        NOT NULL,
    path        pg_catalog.text        NOT NULL,
    imported_at pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.now(),
    imported_by pg_catalog.name        NOT NULL,
    importer_id pg_catalog.oid         NOT NULL
);
COMMENT ON TABLE store_uptime.import_reject IS
    'Lines of files that import_csv could not read. A role sees those of its own imports, and forgets them with delete_rejects. Not part of a dump.';
COMMENT ON COLUMN store_uptime.import_reject.reject_id IS 'ascends with the lines of an import';
COMMENT ON COLUMN store_uptime.import_reject.line_number IS 'where the row begins in the file; the header is line 1';
COMMENT ON COLUMN store_uptime.import_reject.text IS 'the line as it stands in the file, cut after 8 kB';
COMMENT ON COLUMN store_uptime.import_reject.reason IS 'what is wrong with it';
COMMENT ON COLUMN store_uptime.import_reject.target IS 'the table it should have gone to';
COMMENT ON COLUMN store_uptime.import_reject.path IS 'the file';
COMMENT ON COLUMN store_uptime.import_reject.imported_at IS 'start of the transaction of the import';
COMMENT ON COLUMN store_uptime.import_reject.imported_by IS 'the role that imported, by the name it had then';
COMMENT ON COLUMN store_uptime.import_reject.importer_id IS 'the same role, whatever its name is now';

-- import_csv and delete_rejects alone write here, as the table's owner.
ALTER TABLE store_uptime.import_reject ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON store_uptime.import_reject TO PUBLIC;
CREATE POLICY import_reject_own ON store_uptime.import_reject
    USING (importer_id OPERATOR(pg_catalog.=) (
        SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname OPERATOR(pg_catalog.=) CURRENT_USER));
COMMENT ON POLICY import_reject_own ON store_uptime.import_reject IS 'everybody has to do with his own imports only';

CREATE FUNCTION store_uptime.import_csv(
    target pg_catalog.regclass, path text,
    OUT lines bigint, OUT landed bigint, OUT rejected bigint)
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'import_csv';
COMMENT ON FUNCTION store_uptime.import_csv(pg_catalog.regclass, text) IS
    'Brings a CSV file on the server into a table, by its header. Lines that cannot be read go to store_uptime.import_reject; lines counts all but the header.';

CREATE FUNCTION store_uptime.delete_rejects(path text DEFAULT NULL) RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'delete_rejects';
COMMENT ON FUNCTION store_uptime.delete_rejects(text) IS
    'Forgets the rejected lines of the current role''s imports of a file, or of all files; their number';
