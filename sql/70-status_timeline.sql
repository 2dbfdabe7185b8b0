-- status_timeline: a store's polls as one compact value, and what can be seen in it.

CREATE TYPE @extschema@.status_timeline;

CREATE FUNCTION @extschema@.status_timeline_in(cstring) RETURNS @extschema@.status_timeline
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'status_timeline_in';
COMMENT ON FUNCTION @extschema@.status_timeline_in(cstring) IS
'I/O';

CREATE FUNCTION @extschema@.status_timeline_out(@extschema@.status_timeline) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'status_timeline_out';
COMMENT ON FUNCTION @extschema@.status_timeline_out(@extschema@.status_timeline) IS
'I/O';

CREATE FUNCTION @extschema@.status_timeline_recv(internal) RETURNS @extschema@.status_timeline
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'status_timeline_recv';
COMMENT ON FUNCTION @extschema@.status_timeline_recv(internal) IS
'I/O';

CREATE FUNCTION @extschema@.status_timeline_send(@extschema@.status_timeline) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'status_timeline_send';
COMMENT ON FUNCTION @extschema@.status_timeline_send(@extschema@.status_timeline) IS
'I/O';

CREATE TYPE @extschema@.status_timeline (
    INPUT = @extschema@.status_timeline_in,
    OUTPUT = @extschema@.status_timeline_out,
    RECEIVE = @extschema@.status_timeline_recv,
    SEND = @extschema@.status_timeline_send,
    INTERNALLENGTH = variable,
    ALIGNMENT = int4,
    STORAGE = extended
);
COMMENT ON TYPE @extschema@.status_timeline IS
'a stores polls in order as one value, {2024-01-08 16:14:00Z up, ...}: strictly ascending instants, each up, down or unknown';

CREATE FUNCTION @extschema@.status_timeline_eq(@extschema@.status_timeline, @extschema@.status_timeline) RETURNS boolean
LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'status_timeline_eq';
COMMENT ON FUNCTION @extschema@.status_timeline_eq(@extschema@.status_timeline, @extschema@.status_timeline) IS
'implementation of = operator';

CREATE FUNCTION @extschema@.status_timeline_ne(@extschema@.status_timeline, @extschema@.status_timeline) RETURNS boolean
LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'status_timeline_ne';
COMMENT ON FUNCTION @extschema@.status_timeline_ne(@extschema@.status_timeline, @extschema@.status_timeline) IS
'implementation of <> operator';

CREATE FUNCTION @extschema@.status_timeline_hash(@extschema@.status_timeline) RETURNS integer
LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'status_timeline_hash';
COMMENT ON FUNCTION @extschema@.status_timeline_hash(@extschema@.status_timeline) IS
'hash';

CREATE FUNCTION @extschema@.status_timeline_hash_extended(@extschema@.status_timeline, bigint) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'status_timeline_hash_extended';
COMMENT ON FUNCTION @extschema@.status_timeline_hash_extended(@extschema@.status_timeline, bigint) IS
'hash';

CREATE OPERATOR @extschema@.= (
    FUNCTION = @extschema@.status_timeline_eq,
    LEFTARG = @extschema@.status_timeline, RIGHTARG = @extschema@.status_timeline,
    COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.status_timeline, @extschema@.status_timeline) IS 'equal';

CREATE OPERATOR @extschema@.<> (
    FUNCTION = @extschema@.status_timeline_ne,
    LEFTARG = @extschema@.status_timeline, RIGHTARG = @extschema@.status_timeline,
    COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.status_timeline, @extschema@.status_timeline) IS 'not equal';

CREATE OPERATOR CLASS @extschema@.status_timeline_hash_ops DEFAULT FOR TYPE @extschema@.status_timeline USING hash AS
    OPERATOR 1 @extschema@.= (@extschema@.status_timeline, @extschema@.status_timeline),
    FUNCTION 1 @extschema@.status_timeline_hash(@extschema@.status_timeline),
    FUNCTION 2 @extschema@.status_timeline_hash_extended(@extschema@.status_timeline, bigint);
COMMENT ON OPERATOR CLASS @extschema@.status_timeline_hash_ops USING hash IS 'hashing by content';

CREATE FUNCTION @extschema@.status_timeline_merge(@extschema@.status_timeline, @extschema@.status_timeline) RETURNS @extschema@.status_timeline
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'status_timeline_merge';
COMMENT ON FUNCTION @extschema@.status_timeline_merge(@extschema@.status_timeline, @extschema@.status_timeline) IS
'implementation of + operator: the polls of both; at one instant down beats up and both beat unknown';

CREATE OPERATOR @extschema@.+ (
    FUNCTION = @extschema@.status_timeline_merge,
    LEFTARG = @extschema@.status_timeline, RIGHTARG = @extschema@.status_timeline,
    COMMUTATOR = OPERATOR(@extschema@.+)
);
COMMENT ON OPERATOR @extschema@.+ (@extschema@.status_timeline, @extschema@.status_timeline) IS 'the polls of both timelines, which may overlap in any way';

CREATE FUNCTION @extschema@.status_at(timeline @extschema@.status_timeline, at timestamptz) RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'status_at';
COMMENT ON FUNCTION @extschema@.status_at(@extschema@.status_timeline, timestamptz) IS
'status of the latest poll at or before an instant: up, down or unknown; NULL before the first poll';

CREATE FUNCTION @extschema@.first_poll(timeline @extschema@.status_timeline) RETURNS timestamptz
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'first_poll';
COMMENT ON FUNCTION @extschema@.first_poll(@extschema@.status_timeline) IS
'time of the first poll; NULL of an empty timeline';

CREATE FUNCTION @extschema@.last_poll(timeline @extschema@.status_timeline) RETURNS timestamptz
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'last_poll';
COMMENT ON FUNCTION @extschema@.last_poll(@extschema@.status_timeline) IS
'time of the last poll; NULL of an empty timeline';

CREATE FUNCTION @extschema@.poll_count(timeline @extschema@.status_timeline) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'poll_count';
COMMENT ON FUNCTION @extschema@.poll_count(@extschema@.status_timeline) IS
'number of polls';

CREATE FUNCTION @extschema@.polls(timeline @extschema@.status_timeline) RETURNS TABLE (at timestamptz, status text)
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 100 AS 'MODULE_PATHNAME', 'polls';
COMMENT ON FUNCTION @extschema@.polls(@extschema@.status_timeline) IS
'the polls, one row each, in order';

CREATE FUNCTION @extschema@.trim(timeline @extschema@.status_timeline, during tstzrange) RETURNS @extschema@.status_timeline
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'timeline_trim';
COMMENT ON FUNCTION @extschema@.trim(@extschema@.status_timeline, tstzrange) IS
'the polls inside a range; a range without a bound keeps all polls on that side';

-- SQL's grammar reads trim(a, b) as pg_catalog.btrim(a, b): with this, trim need not be qualified.
CREATE FUNCTION pg_catalog.btrim(timeline @extschema@.status_timeline, during tstzrange) RETURNS @extschema@.status_timeline
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'timeline_trim';
COMMENT ON FUNCTION pg_catalog.btrim(@extschema@.status_timeline, tstzrange) IS
'what trim(status_timeline, tstzrange) means to the parser';
