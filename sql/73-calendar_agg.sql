-- Calendars from rows, as tables of hours and special days have them.

CREATE FUNCTION @extschema@.calendar_agg_add(bytea, text, integer, time, time) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_agg_add';
COMMENT ON FUNCTION @extschema@.calendar_agg_add(bytea, text, integer, time, time) IS
'aggregate support';

CREATE FUNCTION @extschema@.calendar_agg_add(bytea, text, integer, time, time, date, date) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_agg_add';
COMMENT ON FUNCTION @extschema@.calendar_agg_add(bytea, text, integer, time, time, date, date) IS
'aggregate support';

CREATE FUNCTION @extschema@.calendar_agg_join(bytea, bytea) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_agg_join';
COMMENT ON FUNCTION @extschema@.calendar_agg_join(bytea, bytea) IS
'aggregate support';

CREATE FUNCTION @extschema@.calendar_agg_final(bytea) RETURNS @extschema@.business_calendar
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'calendar_agg_final';
COMMENT ON FUNCTION @extschema@.calendar_agg_final(bytea) IS
'aggregate support';

CREATE AGGREGATE @extschema@.calendar_agg(zone text, weekday integer, opens time, closes time) (
    SFUNC = @extschema@.calendar_agg_add, STYPE = bytea, SSPACE = 512,
    FINALFUNC = @extschema@.calendar_agg_final, COMBINEFUNC = @extschema@.calendar_agg_join, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.calendar_agg(text, integer, time, time) IS
'rows of opening hours to a calendar: weekday 0 = Monday; a row without weekday and times is none, no rows at all are around the clock';

CREATE AGGREGATE @extschema@.calendar_agg(zone text, weekday integer, opens time, closes time, valid_from date, valid_until date) (
    SFUNC = @extschema@.calendar_agg_add, STYPE = bytea, SSPACE = 512,
    FINALFUNC = @extschema@.calendar_agg_final, COMBINEFUNC = @extschema@.calendar_agg_join, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.calendar_agg(text, integer, time, time, date, date) IS
'rows of opening hours to a calendar: weekday 0 = Monday; a row without weekday and times is none, no rows at all are around the clock';

CREATE FUNCTION @extschema@.with_special_day(calendar @extschema@.business_calendar, date date, opens time DEFAULT NULL, closes time DEFAULT NULL) RETURNS @extschema@.business_calendar
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'with_special_day';
COMMENT ON FUNCTION @extschema@.with_special_day(@extschema@.business_calendar, date, time, time) IS
'the calendar with hours of their own on a date, in place of those of its weekday; without times it is closed that day';

CREATE FUNCTION @extschema@.with_special_days_add(@extschema@.business_calendar, @extschema@.business_calendar, date, time, time) RETURNS @extschema@.business_calendar
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'with_special_days_add';
COMMENT ON FUNCTION @extschema@.with_special_days_add(@extschema@.business_calendar, @extschema@.business_calendar, date, time, time) IS
'aggregate support';

CREATE FUNCTION @extschema@.with_special_days_join(@extschema@.business_calendar, @extschema@.business_calendar) RETURNS @extschema@.business_calendar
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'with_special_days_join';
COMMENT ON FUNCTION @extschema@.with_special_days_join(@extschema@.business_calendar, @extschema@.business_calendar) IS
'aggregate support';

CREATE AGGREGATE @extschema@.with_special_days(calendar @extschema@.business_calendar, date date, opens time, closes time) (
    SFUNC = @extschema@.with_special_days_add, STYPE = @extschema@.business_calendar, SSPACE = 512,
    COMBINEFUNC = @extschema@.with_special_days_join, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.with_special_days(@extschema@.business_calendar, date, time, time) IS
'one calendar with the special days of many rows; a row without a date is none';
