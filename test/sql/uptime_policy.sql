-- uptime_policy: text form, constructor, binary form, comparison, and what each of them refuses.

-- The text form: defaults, any order, any case and spacing, always printed whole.
SELECT ''::uptime_policy;
SELECT '  '::uptime_policy = '' AS blank_is_default;
SELECT t AS read, t::uptime_policy AS printed
FROM (VALUES ('fill=nearest'), ('unknown=down  FILL = Next carry=always'), ('backfill=off'), ('max_gap=90 min'),
             ('max_gap=2 days 12:30:00 fill=next'), ('max_gap=infinity'), ('max_gap=0.5 hours'), ('max_gap=1 us'),
             ('fill=next fill=previous')) AS v(t);

-- Whatever is printed is read as the same value, for every policy there is.
SELECT count(*) AS policies, count(DISTINCT p::text) AS texts, bool_and(p::text::uptime_policy = p) AS same_again
FROM (SELECT uptime_policy(f, c, b, g, u) AS p
      FROM unnest('{previous,nearest,next}'::text[]) f, unnest('{session,day,always}'::text[]) c,
           unnest('{t,f}'::boolean[]) b, unnest('{unknown,up,down}'::text[]) u,
           unnest('{1 day,1 us,23:59:59.999999,400 days 00:00:00.5}'::interval[]) g) x;

-- The constructor names what it is given.
SELECT uptime_policy();
SELECT uptime_policy(carry => 'always', backfill => false, max_gap => '3 hours', unknown => 'down', fill => 'next');
SELECT uptime_policy('next', 'day');
SELECT uptime_policy('fill=next') AS one_argument_is_a_cast;
SELECT uptime_policy(max_gap => NULL) IS NULL AS null_for_null;

-- Each mistake is named, with what is allowed.
\set VERBOSITY default
SELECT 'fil=next'::uptime_policy;
SELECT 'fill'::uptime_policy;
SELECT 'fill='::uptime_policy;
SELECT 'fill=prev'::uptime_policy;
SELECT 'carry=week'::uptime_policy;
SELECT 'backfill=yes'::uptime_policy;
SELECT 'unknown=maybe'::uptime_policy;
SELECT 'max_gap=0'::uptime_policy;
SELECT 'max_gap=-1 day'::uptime_policy;
SELECT 'max_gap=1 month'::uptime_policy;
SELECT 'max_gap=300000 years'::uptime_policy;
SELECT 'max_gap=99999999999 days'::uptime_policy;
SELECT 'fill=next; drop table x'::uptime_policy;
SELECT uptime_policy(fill => 'next carry=day');
SELECT uptime_policy(unknown => 'none');
SELECT uptime_policy(max_gap => '1 month');
SELECT uptime_policy(max_gap => '-1 second');
SELECT uptime_policy(max_gap => '0');
SELECT uptime_policy(max_gap => '2147483647 days');

-- Comparison and hashing.
SELECT 'fill=next'::uptime_policy = uptime_policy(fill => 'next') AS equal, 'fill=next'::uptime_policy <> '' AS different,
       ''::uptime_policy <> '' AS not_different;
CREATE TABLE policies AS
SELECT ('fill=' || (ARRAY['previous', 'next'])[i % 2 + 1] || ' max_gap=' || i % 7 + 1 || ' h')::uptime_policy AS p, i
FROM generate_series(0, 139) i;
SELECT count(DISTINCT p::text) AS distinct_texts FROM policies;
SELECT count(*) AS groups, min(n), max(n) FROM (SELECT count(*) AS n FROM policies GROUP BY p) g;
SET enable_nestloop = off;
SET enable_mergejoin = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM policies a JOIN policies b USING (p);
SELECT count(*) FROM policies a JOIN policies b USING (p);
RESET enable_nestloop;
RESET enable_mergejoin;
SELECT count(DISTINCT uptime_policy_hash_extended(p, 7)) = count(DISTINCT p::text) AS hashes_differ FROM policies;
CREATE INDEX policies_p ON policies USING hash (p);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT count(*) FROM policies WHERE p = 'max_gap=3 h';
RESET enable_seqscan;
RESET enable_bitmapscan;

-- The binary form is 16 bytes, and survives a round trip through COPY.
SELECT uptime_policy_send(''), uptime_policy_send('fill=next carry=always backfill=off max_gap=infinity unknown=down');
CREATE TABLE copied (LIKE policies);
-- The server's own folder is the one place that it can surely write.
SELECT current_setting('data_directory') || '/store_uptime_policy' AS file \gset
COPY policies TO :'file' (FORMAT binary);
COPY copied FROM :'file' (FORMAT binary);
SELECT count(*) AS lost FROM (TABLE policies EXCEPT TABLE copied) d;

-- Bytes nobody wrote: a binary COPY file around the given 16 (or other) bytes.
CREATE TABLE hostile (p uptime_policy);
CREATE FUNCTION receive(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/store_uptime_policy';
    id oid := lo_from_bytea(0, '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001'
                               || int4send(length(bytes)) || bytes || '\xffff');
BEGIN
    PERFORM lo_export(id, file), lo_unlink(id);
    EXECUTE format('COPY hostile FROM %L (FORMAT binary)', file);
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ': ' || sqlerrm;
END $$;
SELECT what, receive(bytes) FROM (VALUES
    (1, 'default', '\x000000141dd760000000000000000000'::bytea),
    (2, 'max_gap 0', '\x00000000000000000000000000000000'),
    (3, 'max_gap negative', '\xffffffffffffffff0000000000000000'),
    (4, 'fill 3', '\x000000141dd760000300000000000000'),
    (5, 'carry 255', '\x000000141dd7600000ff000000000000'),
    (6, 'backfill 2', '\x000000141dd760000000020000000000'),
    (7, 'unknown 3', '\x000000141dd760000000000300000000'),
    (8, 'reserved 1', '\x000000141dd760000000000000000001'),
    (9, 'too short', '\x000000141dd760000000'),
    (10, 'empty', '\x'),
    (11, 'too long', '\x000000141dd76000000000000000000000')) AS v(n, what, bytes)
ORDER BY n;
SELECT * FROM hostile;

DROP TABLE policies, copied, hostile;
DROP FUNCTION receive(bytea);
\set remove 'rm ' :file
COPY (SELECT WHERE false) TO PROGRAM :'remove';
