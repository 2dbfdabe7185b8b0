-- Several systems of a store as one: up if all, any, or enough of them are.

CREATE FUNCTION @extschema@.group_add(bytea, @extschema@.status_timeline) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'group_add';
COMMENT ON FUNCTION @extschema@.group_add(bytea, @extschema@.status_timeline) IS 'aggregate support';

CREATE FUNCTION @extschema@.group_add(bytea, integer, @extschema@.status_timeline) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'group_add_needed';
COMMENT ON FUNCTION @extschema@.group_add(bytea, integer, @extschema@.status_timeline) IS 'aggregate support';

CREATE FUNCTION @extschema@.group_join(bytea, bytea) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'group_join';
COMMENT ON FUNCTION @extschema@.group_join(bytea, bytea) IS 'aggregate support';

CREATE FUNCTION @extschema@.all_of_final(bytea) RETURNS @extschema@.status_timeline
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'all_of_final';
COMMENT ON FUNCTION @extschema@.all_of_final(bytea) IS 'aggregate support';

CREATE FUNCTION @extschema@.any_of_final(bytea) RETURNS @extschema@.status_timeline
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'any_of_final';
COMMENT ON FUNCTION @extschema@.any_of_final(bytea) IS 'aggregate support';

CREATE FUNCTION @extschema@.at_least_final(bytea) RETURNS @extschema@.status_timeline
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'at_least_final';
COMMENT ON FUNCTION @extschema@.at_least_final(bytea) IS 'aggregate support';

CREATE AGGREGATE @extschema@.all_of(timeline @extschema@.status_timeline) (
    SFUNC = @extschema@.group_add, STYPE = bytea, SSPACE = 4096, INITCOND = '',
    FINALFUNC = @extschema@.all_of_final, COMBINEFUNC = @extschema@.group_join, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.all_of(@extschema@.status_timeline) IS
'up while all timelines are up, down while one of them is down, unknown otherwise';

CREATE AGGREGATE @extschema@.any_of(timeline @extschema@.status_timeline) (
    SFUNC = @extschema@.group_add, STYPE = bytea, SSPACE = 4096, INITCOND = '',
    FINALFUNC = @extschema@.any_of_final, COMBINEFUNC = @extschema@.group_join, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.any_of(@extschema@.status_timeline) IS
'up while one of the timelines is up, down while all are down, unknown otherwise';

CREATE AGGREGATE @extschema@.at_least(needed integer, timeline @extschema@.status_timeline) (
    SFUNC = @extschema@.group_add, STYPE = bytea, SSPACE = 4096, INITCOND = '',
    FINALFUNC = @extschema@.at_least_final, COMBINEFUNC = @extschema@.group_join, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.at_least(integer, @extschema@.status_timeline) IS
'up while at least so many of the timelines are up, down while that cannot be, unknown otherwise';
