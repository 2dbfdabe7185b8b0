-- uptime_policy: what is true between polls, as one value.

CREATE TYPE @extschema@.uptime_policy;

CREATE FUNCTION @extschema@.uptime_policy_in(cstring) RETURNS @extschema@.uptime_policy
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'uptime_policy_in';
COMMENT ON FUNCTION @extschema@.uptime_policy_in(cstring) IS 'I/O';

CREATE FUNCTION @extschema@.uptime_policy_out(@extschema@.uptime_policy) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'uptime_policy_out';
COMMENT ON FUNCTION @extschema@.uptime_policy_out(@extschema@.uptime_policy) IS 'I/O';

CREATE FUNCTION @extschema@.uptime_policy_recv(internal) RETURNS @extschema@.uptime_policy
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'uptime_policy_recv';
COMMENT ON FUNCTION @extschema@.uptime_policy_recv(internal) IS 'I/O';

CREATE FUNCTION @extschema@.uptime_policy_send(@extschema@.uptime_policy) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'uptime_policy_send';
COMMENT ON FUNCTION @extschema@.uptime_policy_send(@extschema@.uptime_policy) IS 'I/O';

CREATE TYPE @extschema@.uptime_policy (
    INPUT = @extschema@.uptime_policy_in,
    OUTPUT = @extschema@.uptime_policy_out,
    RECEIVE = @extschema@.uptime_policy_recv,
    SEND = @extschema@.uptime_policy_send,
    INTERNALLENGTH = 16,
    ALIGNMENT = double,
    STORAGE = plain
);
COMMENT ON TYPE @extschema@.uptime_policy IS
'what is true between polls: fill=previous|nearest|next carry=session|day|always backfill=on|off max_gap=<interval>|infinity unknown=unknown|up|down';

CREATE FUNCTION @extschema@.uptime_policy(
    fill text DEFAULT 'previous',
    carry text DEFAULT 'session',
    backfill boolean DEFAULT true,
    max_gap interval DEFAULT '1 day',
    unknown text DEFAULT 'unknown')
RETURNS @extschema@.uptime_policy
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'uptime_policy';
COMMENT ON FUNCTION @extschema@.uptime_policy(text, text, boolean, interval, text) IS
'a policy from its options, as in uptime_policy(carry => ''always'', max_gap => ''2 hours'')';

CREATE FUNCTION @extschema@.uptime_policy_eq(@extschema@.uptime_policy, @extschema@.uptime_policy) RETURNS boolean
LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'uptime_policy_eq';
COMMENT ON FUNCTION @extschema@.uptime_policy_eq(@extschema@.uptime_policy, @extschema@.uptime_policy) IS
'implementation of = operator';

CREATE FUNCTION @extschema@.uptime_policy_ne(@extschema@.uptime_policy, @extschema@.uptime_policy) RETURNS boolean
LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'uptime_policy_ne';
COMMENT ON FUNCTION @extschema@.uptime_policy_ne(@extschema@.uptime_policy, @extschema@.uptime_policy) IS
'implementation of <> operator';

CREATE FUNCTION @extschema@.uptime_policy_hash(@extschema@.uptime_policy) RETURNS integer
LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'uptime_policy_hash';
COMMENT ON FUNCTION @extschema@.uptime_policy_hash(@extschema@.uptime_policy) IS 'hash';

CREATE FUNCTION @extschema@.uptime_policy_hash_extended(@extschema@.uptime_policy, bigint) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'uptime_policy_hash_extended';
COMMENT ON FUNCTION @extschema@.uptime_policy_hash_extended(@extschema@.uptime_policy, bigint) IS 'hash';

CREATE OPERATOR @extschema@.= (
    FUNCTION = @extschema@.uptime_policy_eq,
    LEFTARG = @extschema@.uptime_policy, RIGHTARG = @extschema@.uptime_policy,
    COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.uptime_policy, @extschema@.uptime_policy) IS 'equal';

CREATE OPERATOR @extschema@.<> (
    FUNCTION = @extschema@.uptime_policy_ne,
    LEFTARG = @extschema@.uptime_policy, RIGHTARG = @extschema@.uptime_policy,
    COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.uptime_policy, @extschema@.uptime_policy) IS 'not equal';

CREATE OPERATOR CLASS @extschema@.uptime_policy_hash_ops DEFAULT FOR TYPE @extschema@.uptime_policy USING hash AS
    OPERATOR 1 @extschema@.= (@extschema@.uptime_policy, @extschema@.uptime_policy),
    FUNCTION 1 @extschema@.uptime_policy_hash(@extschema@.uptime_policy),
    FUNCTION 2 @extschema@.uptime_policy_hash_extended(@extschema@.uptime_policy, bigint);
COMMENT ON OPERATOR CLASS @extschema@.uptime_policy_hash_ops USING hash IS 'hashing of policies';
