-- Availability as people state it.

CREATE FUNCTION @extschema@.availability_percent(up_time interval, down_time interval, digits integer DEFAULT 3) RETURNS numeric
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'availability_percent';
COMMENT ON FUNCTION @extschema@.availability_percent(interval, interval, integer) IS
'up / (up + down) as percent, cut to so many decimals and never rounded up; NULL of no time';

CREATE FUNCTION @extschema@.availability_percent(up_time double precision, down_time double precision, digits integer DEFAULT 3)
RETURNS numeric
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'availability_percent_of_hours';
COMMENT ON FUNCTION @extschema@.availability_percent(double precision, double precision, integer) IS
'up / (up + down) as percent of two columns of a report, cut to so many decimals and never rounded up; NULL of no time';

-- Of two literals, or parameters whose types a driver leaves open, the server cannot tell which of the two forms is meant.
-- It would rather read them as text: so this takes them, and means intervals.
CREATE FUNCTION @extschema@.availability_percent(up_time text, down_time text, digits integer DEFAULT 3) RETURNS numeric
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN @extschema@.availability_percent(up_time::pg_catalog.interval, down_time::pg_catalog.interval, digits);
COMMENT ON FUNCTION @extschema@.availability_percent(text, text, integer) IS
'availability_percent of two intervals, for calls whose arguments have no types of their own';

CREATE FUNCTION @extschema@.error_budget(
    open_time interval, down_time interval, objective numeric,
    OUT allowed interval, OUT used interval, OUT "left" interval, OUT burn double precision)
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'error_budget';
COMMENT ON FUNCTION @extschema@.error_budget(interval, interval, numeric) IS
'the down time that an objective (99.9, or 0.999) allows in that much open time, how much is used and left, and the share used; burn is NULL where nothing is allowed';
