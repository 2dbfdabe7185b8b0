-- What a report would refuse, pass over or count otherwise than meant.

CREATE FUNCTION store_uptime.check_source(source pg_catalog.name DEFAULT 'default')
RETURNS TABLE (defect text, count bigint, example text)
LANGUAGE c STABLE STRICT ROWS 10 COST 100000 AS 'MODULE_PATHNAME', 'check_source';
COMMENT ON FUNCTION store_uptime.check_source(pg_catalog.name) IS
    'One row for each kind of defect in the data of a source, with the number of rows, stores or instants that have it and one of them; no rows, no defects.';
