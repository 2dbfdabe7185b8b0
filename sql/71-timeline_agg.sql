-- timeline_agg: polls to a timeline, and timelines to one.

CREATE FUNCTION @extschema@.timeline_agg_transition(internal, timestamptz, boolean) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'timeline_agg_transition';
COMMENT ON FUNCTION @extschema@.timeline_agg_transition(internal, timestamptz, boolean) IS 'aggregate support';

CREATE FUNCTION @extschema@.timeline_agg_combine(internal, internal) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'timeline_agg_combine';
COMMENT ON FUNCTION @extschema@.timeline_agg_combine(internal, internal) IS 'aggregate support';

CREATE FUNCTION @extschema@.timeline_agg_serialize(internal) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'timeline_agg_serialize';
COMMENT ON FUNCTION @extschema@.timeline_agg_serialize(internal) IS 'aggregate support';

CREATE FUNCTION @extschema@.timeline_agg_deserialize(bytea, internal) RETURNS internal
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'timeline_agg_deserialize';
COMMENT ON FUNCTION @extschema@.timeline_agg_deserialize(bytea, internal) IS 'aggregate support';

CREATE FUNCTION @extschema@.timeline_agg_final(internal) RETURNS @extschema@.status_timeline
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'timeline_agg_final';
COMMENT ON FUNCTION @extschema@.timeline_agg_final(internal) IS 'aggregate support';

-- SSPACE: 1 kB is a week of hourly polls; without it the planner would count 8 kB a store.
CREATE AGGREGATE @extschema@.timeline_agg(polled_at timestamptz, is_up boolean) (
    SFUNC = @extschema@.timeline_agg_transition,
    STYPE = internal,
    SSPACE = 256,
    FINALFUNC = @extschema@.timeline_agg_final,
    COMBINEFUNC = @extschema@.timeline_agg_combine,
    SERIALFUNC = @extschema@.timeline_agg_serialize,
    DESERIALFUNC = @extschema@.timeline_agg_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.timeline_agg(timestamptz, boolean) IS
'polls in any order to their timeline; a NULL status is unknown, a NULL time is no poll';

-- The state is the type itself: engines that spread an aggregate over machines send it as a value.
CREATE AGGREGATE @extschema@.timeline_agg(timeline @extschema@.status_timeline) (
    SFUNC = @extschema@.status_timeline_merge,
    STYPE = @extschema@.status_timeline,
    SSPACE = 256,
    COMBINEFUNC = @extschema@.status_timeline_merge,
    INITCOND = '{}',
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.timeline_agg(@extschema@.status_timeline) IS
'timelines that may overlap in any way to one';
