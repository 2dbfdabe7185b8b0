-- Time zone rules: where the server's own and ICU's differ.

CREATE FUNCTION store_uptime.timezone_audit(from_instant timestamptz, to_instant timestamptz)
RETURNS TABLE (zone text, during tstzrange, postgres_offset interval, icu_offset interval)
LANGUAGE c STABLE PARALLEL SAFE COST 100000 ROWS 1000
AS 'MODULE_PATHNAME', 'timezone_audit';
COMMENT ON FUNCTION store_uptime.timezone_audit(timestamptz, timestamptz) IS
'every zone of the server and stretch of time in which PostgreSQL''s rules and ICU''s differ; icu_offset is NULL where ICU does not know the zone';

CREATE FUNCTION store_uptime.tzdata_version()
RETURNS text
LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100000
AS 'MODULE_PATHNAME', 'tzdata_version';
COMMENT ON FUNCTION store_uptime.tzdata_version() IS
'fingerprint of the server''s time zone rules from 1970 to 2038, equal on two servers only if all rules are, and the release of ICU''s';
