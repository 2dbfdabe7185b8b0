-- timezone_audit and tzdata_version. How far the providers differ depends on what is installed, so the rows are
-- compared with AT TIME ZONE, and with facts about the ICU release that is found.
BEGIN;
SELECT plan(27);
SELECT setseed(0.75) \g /dev/null

-- What the session keeps of zones: the server's own cache, and ours.
CREATE FUNCTION pg_temp.kept() RETURNS TABLE (name text, used bigint) LANGUAGE sql
AS $$ SELECT name, used_bytes FROM pg_backend_memory_contexts WHERE name = 'Timezones' OR name LIKE 'store_uptime%' $$;
CREATE TEMP TABLE kept AS SELECT * FROM pg_temp.kept();
SELECT count(*) FROM store_uptime.timezone_audit('2024-01-01 UTC', '2025-01-01 UTC') \g /dev/null
SELECT set_eq('SELECT * FROM pg_temp.kept()', 'TABLE kept', 'an audit leaves nothing in any cache');

CREATE TEMP TABLE audit AS SELECT * FROM store_uptime.timezone_audit('1970-01-01 UTC', '2030-01-01 UTC');
CREATE TEMP TABLE release AS SELECT substring(store_uptime.tzdata_version() FROM 'icu:(.*)$') AS icu;
CREATE FUNCTION pg_temp.utc_offset(zone text, at timestamptz) RETURNS interval LANGUAGE sql
AS $$ SELECT (at AT TIME ZONE zone) - (at AT TIME ZONE 'UTC') $$;

SELECT diag('ICU ' || icu || ': ' || (SELECT count(*) || ' differences in ' || count(DISTINCT zone) || ' zones'
                                      FROM audit)) FROM release;

SELECT is_empty(
    $$SELECT * FROM audit
      WHERE postgres_offset IS DISTINCT FROM pg_temp.utc_offset(zone, lower(during))
         OR postgres_offset IS DISTINCT FROM pg_temp.utc_offset(zone, upper(during) - interval '1 microsecond')$$,
    'postgres_offset is what AT TIME ZONE says at both ends');
SELECT is_empty(
    $$SELECT a.* FROM audit a, generate_series(lower(during), upper(during) - interval '1 microsecond', '7 days') t
      WHERE upper(during) - lower(during) < interval '5 years' AND postgres_offset <> pg_temp.utc_offset(zone, t)$$,
    'and all the way between');
SELECT is_empty($$SELECT * FROM audit WHERE postgres_offset IS NOT DISTINCT FROM icu_offset$$,
                'only differences are reported');
SELECT is_empty($$SELECT zone FROM audit EXCEPT SELECT name FROM pg_timezone_names$$, 'of zones the server has');
SELECT is_empty($$SELECT a.* FROM audit a JOIN audit b ON a.zone = b.zone AND a.during && b.during AND a <> b$$,
                'which do not overlap');
SELECT is_empty($$SELECT * FROM audit WHERE NOT during <@ '[1970-01-01 UTC, 2030-01-01 UTC)'::tstzrange
                                        OR isempty(during)$$,
                'and lie in the range asked for');
SELECT is_empty($$SELECT * FROM audit WHERE zone IN ('UTC', 'Etc/UTC', 'Etc/GMT+5', 'Asia/Kolkata')$$,
                'zones that never change do not differ');
SELECT is_empty(
    $$SELECT zone FROM audit WHERE icu_offset IS NULL GROUP BY zone
      HAVING sum(upper(during) - lower(during)) <> timestamptz '2030-01-01 UTC' - timestamptz '1970-01-01 UTC'$$,
    'a zone unknown to ICU differs all the time');

-- Facts: Mexico gave up summer time in October 2022, which ICU knows from 2022f on; Ciudad_Juarez came with 2022g.
SELECT is(
    (SELECT array_agg((postgres_offset, icu_offset)::text) FROM audit
     WHERE zone = 'America/Mexico_City' AND during @> timestamptz '2023-07-15 12:00 UTC'),
    CASE WHEN icus <> servers THEN ARRAY[(servers, icus)::text] END,
    'Mexico City in summer 2023')
FROM (SELECT CASE WHEN icu < '2022f' THEN interval '-5 hours' ELSE '-6 hours' END AS icus,
             pg_temp.utc_offset('America/Mexico_City', '2023-07-15 12:00 UTC') AS servers
      FROM release) r;
SELECT is(
    EXISTS (SELECT FROM audit WHERE zone = 'America/Ciudad_Juarez' AND icu_offset IS NULL),
    icu < '2022g' AND EXISTS (SELECT FROM pg_timezone_names WHERE name = 'America/Ciudad_Juarez'),
    'Ciudad_Juarez')
FROM release;

-- What differs is what stores go by under either provider, and nothing else does.
CREATE TEMP TABLE asked AS
SELECT name AS zone, (name || '; 24/7')::business_calendar AS calendar, t
FROM pg_timezone_names,
     LATERAL (SELECT '2021-01-01 UTC'::timestamptz + n * interval '10 days' AS t FROM generate_series(0, 140) n WHERE name <> ''
              UNION ALL SELECT '1970-01-01 UTC'::timestamptz + random() * interval '21900 days' FROM generate_series(1, 60) WHERE name <> '') t
WHERE name !~ '^(posix/|localtime$|posixrules$)' AND name NOT IN (SELECT zone FROM audit WHERE icu_offset IS NULL);
CREATE FUNCTION pg_temp.utc_offset(calendar business_calendar, at timestamptz) RETURNS interval LANGUAGE sql
AS $$ SELECT utc_offset FROM explain_status('{}', calendar, at, at) $$;
CREATE TEMP TABLE by_postgres AS SELECT zone, t, pg_temp.utc_offset(calendar, t) AS "offset" FROM asked;
SET LOCAL store_uptime.timezone_provider = 'icu';
CREATE TEMP TABLE by_icu AS SELECT zone, t, pg_temp.utc_offset(calendar, t) AS "offset" FROM asked;
RESET store_uptime.timezone_provider;
SELECT is_empty($$SELECT zone, t, "offset" FROM by_postgres WHERE "offset" <> pg_temp.utc_offset(zone, t)$$, 'stores go by AT TIME ZONE');
CREATE TEMP TABLE different AS
SELECT zone, t, p."offset" AS postgres_offset, i."offset" AS icu_offset FROM by_postgres p JOIN by_icu i USING (zone, t) WHERE p."offset" <> i."offset";
SELECT set_eq('TABLE different', 'SELECT zone, t, postgres_offset, icu_offset FROM asked JOIN audit USING (zone) WHERE during @> t',
              'the audit finds what stores of either provider find');
SELECT set_has('SELECT zone FROM different WHERE t > $$2021-01-01 UTC$$',
               $$SELECT name FROM pg_timezone_names WHERE name IN ('CET', 'EET', 'MET', 'WET') AND pg_temp.utc_offset(name, '2023-07-01 UTC') = pg_temp.utc_offset(name, '2023-01-01 UTC')$$,
               'such as zones whose names are abbreviations, which have no summer time');

-- What an abbreviation stands for is a setting of the session.
CREATE TEMP TABLE version AS SELECT store_uptime.tzdata_version();
SET LOCAL timezone_abbreviations = 'Australia';
SELECT is(store_uptime.tzdata_version(), (TABLE version), 'the fingerprint is of the rules alone');
SELECT results_eq($$SELECT zone, postgres_offset, icu_offset FROM store_uptime.timezone_audit('2024-07-01 UTC', '2024-07-02 UTC') WHERE zone = 'EST'$$,
                  $$VALUES ('EST', pg_temp.utc_offset('EST', '2024-07-01 UTC'), interval '-5 hours')$$, 'EST in Australia');
SELECT is(pg_temp.utc_offset('EST', '2024-07-01 UTC'), '10 hours', 'is another one');
SELECT is(pg_temp.utc_offset('EST; 24/7'::business_calendar, '2024-07-01 UTC'), '10 hours', 'for stores as well');
RESET timezone_abbreviations;
SELECT is_empty($$SELECT FROM store_uptime.timezone_audit('2024-07-01 UTC', '2024-07-02 UTC') WHERE zone = 'EST'$$, 'and back');

-- A piece of the range gives the same piece of the answer.
SELECT set_eq(
    $$SELECT zone, during * '[2010-05-05 UTC, 2024-07-07 UTC)', postgres_offset, icu_offset FROM audit
      WHERE during && '[2010-05-05 UTC, 2024-07-07 UTC)'$$,
    $$SELECT * FROM store_uptime.timezone_audit('2010-05-05 UTC', '2024-07-07 UTC')$$,
    'a part of the range gives that part of the rows');
SET LOCAL TimeZone = 'Asia/Kathmandu';
SET LOCAL IntervalStyle = 'iso_8601';
SELECT set_eq($$SELECT * FROM store_uptime.timezone_audit('1970-01-01 UTC', '2030-01-01 UTC')$$, $$TABLE audit$$,
              'the session''s settings change nothing');

SELECT matches(store_uptime.tzdata_version(), '^postgres:[0-9a-f]{16} icu:[0-9]{4}[a-z]+$', 'the version''s form');
SELECT is(store_uptime.tzdata_version(), store_uptime.tzdata_version(), 'the fingerprint is always the same');

SELECT throws_ok($$SELECT * FROM store_uptime.timezone_audit('2024-01-02', '2024-01-02')$$, '22023',
                 'to_instant must be after from_instant', 'an empty range is an error');
SELECT throws_ok($$SELECT * FROM store_uptime.timezone_audit('2024-01-02', '2023-01-02')$$, '22023',
                 'to_instant must be after from_instant', 'a reversed range is an error');
SELECT throws_ok($$SELECT * FROM store_uptime.timezone_audit('-infinity', '2024-01-02')$$, '22023',
                 'from_instant must be finite, not -infinity', 'an infinite range is an error');
SELECT throws_ok($$SELECT * FROM store_uptime.timezone_audit('2024-01-02', NULL)$$, '22004',
                 'from_instant and to_instant must not be NULL', 'an unknown bound is an error');

SELECT * FROM finish();
ROLLBACK;
