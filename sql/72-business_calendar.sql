-- business_calendar: a time zone, weekly hours and special days as one value.

CREATE TYPE @extschema@.business_calendar;

CREATE FUNCTION @extschema@.business_calendar_in(cstring) RETURNS @extschema@.business_calendar
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'business_calendar_in';
COMMENT ON FUNCTION @extschema@.business_calendar_in(cstring) IS
'I/O';

CREATE FUNCTION @extschema@.business_calendar_out(@extschema@.business_calendar) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'business_calendar_out';
COMMENT ON FUNCTION @extschema@.business_calendar_out(@extschema@.business_calendar) IS
'I/O';

CREATE FUNCTION @extschema@.business_calendar_recv(internal) RETURNS @extschema@.business_calendar
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'business_calendar_recv';
COMMENT ON FUNCTION @extschema@.business_calendar_recv(internal) IS
'I/O';

CREATE FUNCTION @extschema@.business_calendar_send(@extschema@.business_calendar) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'business_calendar_send';
COMMENT ON FUNCTION @extschema@.business_calendar_send(@extschema@.business_calendar) IS
'I/O';

CREATE TYPE @extschema@.business_calendar (
    INPUT = @extschema@.business_calendar_in,
    OUTPUT = @extschema@.business_calendar_out,
    RECEIVE = @extschema@.business_calendar_recv,
    SEND = @extschema@.business_calendar_send,
    INTERNALLENGTH = variable,
    ALIGNMENT = int4,
    STORAGE = extended
);
COMMENT ON TYPE @extschema@.business_calendar IS
'when a store is open: a time zone, then opening hours, as in America/Chicago; Mo-Fr 09:00-17:00; Sa 10:00-14:00,18:00-02:00; 2024 Dec 25 off';

CREATE FUNCTION @extschema@.business_calendar_eq(@extschema@.business_calendar, @extschema@.business_calendar) RETURNS boolean
LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'business_calendar_eq';
COMMENT ON FUNCTION @extschema@.business_calendar_eq(@extschema@.business_calendar, @extschema@.business_calendar) IS
'implementation of = operator';

CREATE FUNCTION @extschema@.business_calendar_ne(@extschema@.business_calendar, @extschema@.business_calendar) RETURNS boolean
LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'business_calendar_ne';
COMMENT ON FUNCTION @extschema@.business_calendar_ne(@extschema@.business_calendar, @extschema@.business_calendar) IS
'implementation of <> operator';

CREATE FUNCTION @extschema@.business_calendar_hash(@extschema@.business_calendar) RETURNS integer
LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'business_calendar_hash';
COMMENT ON FUNCTION @extschema@.business_calendar_hash(@extschema@.business_calendar) IS
'hash';

CREATE FUNCTION @extschema@.business_calendar_hash_extended(@extschema@.business_calendar, bigint) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'business_calendar_hash_extended';
COMMENT ON FUNCTION @extschema@.business_calendar_hash_extended(@extschema@.business_calendar, bigint) IS
'hash';

CREATE OPERATOR @extschema@.= (
    FUNCTION = @extschema@.business_calendar_eq,
    LEFTARG = @extschema@.business_calendar, RIGHTARG = @extschema@.business_calendar,
    COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.business_calendar, @extschema@.business_calendar) IS 'equal';

CREATE OPERATOR @extschema@.<> (
    FUNCTION = @extschema@.business_calendar_ne,
    LEFTARG = @extschema@.business_calendar, RIGHTARG = @extschema@.business_calendar,
    COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.business_calendar, @extschema@.business_calendar) IS 'not equal';

CREATE OPERATOR CLASS @extschema@.business_calendar_hash_ops DEFAULT FOR TYPE @extschema@.business_calendar USING hash AS
    OPERATOR 1 @extschema@.= (@extschema@.business_calendar, @extschema@.business_calendar),
    FUNCTION 1 @extschema@.business_calendar_hash(@extschema@.business_calendar),
    FUNCTION 2 @extschema@.business_calendar_hash_extended(@extschema@.business_calendar, bigint);
COMMENT ON OPERATOR CLASS @extschema@.business_calendar_hash_ops USING hash IS 'hashing by content';

CREATE FUNCTION @extschema@.is_open(calendar @extschema@.business_calendar, at timestamptz) RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'calendar_is_open';
COMMENT ON FUNCTION @extschema@.is_open(@extschema@.business_calendar, timestamptz) IS
'whether the clock on the stores wall shows a time within its opening hours';

CREATE FUNCTION @extschema@.open_hours(calendar @extschema@.business_calendar, during tstzrange) RETURNS SETOF tstzrange
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100 AS 'MODULE_PATHNAME', 'open_hours';
COMMENT ON FUNCTION @extschema@.open_hours(@extschema@.business_calendar, tstzrange) IS
'the sessions within a range: maximal stretches of being open, cut at the ends of the range';

CREATE FUNCTION @extschema@.open_time(calendar @extschema@.business_calendar, during tstzrange) RETURNS interval
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'open_time';
COMMENT ON FUNCTION @extschema@.open_time(@extschema@.business_calendar, tstzrange) IS
'how long it is open within a range';

CREATE FUNCTION @extschema@.next_open(calendar @extschema@.business_calendar, after timestamptz) RETURNS timestamptz
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'calendar_next_open';
COMMENT ON FUNCTION @extschema@.next_open(@extschema@.business_calendar, timestamptz) IS
'the first instant after the given one at which a session starts; NULL if it never opens again or never closes';

CREATE FUNCTION @extschema@.next_close(calendar @extschema@.business_calendar, after timestamptz) RETURNS timestamptz
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'calendar_next_close';
COMMENT ON FUNCTION @extschema@.next_close(@extschema@.business_calendar, timestamptz) IS
'the first instant after the given one at which a session ends; NULL if it never closes again or never opens';
