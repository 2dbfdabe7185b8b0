# A source's relations are changed while a report of it is on its way: by other sessions while it waits for a lock, and by
# functions of its own views. It says what is there, or that it has to be asked again (40001); never anything else, and the
# server stays up.
use strict;
use warnings;
use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::RealBin/lib";
use IPC::Run qw(start);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Reports qw(AS_OF new_server wait_until);
use Test::More;

my $node = new_server('changes');
$node->append_conf('postgresql.conf', "restart_after_crash = off\nmin_parallel_table_scan_size = 0");
$node->start;
sub run_sql { return $node->safe_psql('postgres', $_[0]) }

run_sql('CREATE EXTENSION store_uptime');

# Three stores that are up for the whole last hour and day, with hours, zones, special days and maintenance.
sub fill {
    my ($schema, $id) = @_;
    $id //= 'bigint';
    run_sql(qq{
        CREATE SCHEMA $schema;
        SELECT store_uptime.create_tables('$schema', '$id', '$schema');
        INSERT INTO $schema.store_status SELECT s, 'active', @{[AS_OF]}::timestamptz - h * interval '1 hour'
        FROM generate_series(1, 3) s, generate_series(0, 30) h;
        INSERT INTO $schema.business_hours SELECT s, d, '00:00', '00:00' FROM generate_series(1, 3) s, generate_series(0, 6) d;
        INSERT INTO $schema.store_timezone SELECT s, 'Europe/Berlin' FROM generate_series(1, 3) s;
        INSERT INTO $schema.special_hours VALUES (1, '2023-12-25', NULL, NULL);
        INSERT INTO $schema.maintenance VALUES (NULL, '2023-12-25', '2023-12-26', 'x');
    });
}

# The questions that read a source, with what they say of those stores. %s is the source.
my %question = (
    report  => ["SELECT string_agg(uptime_last_day::text, ' ') FROM store_uptime_report(@{[AS_OF]}, '%s')", '24 24 24'],
    named   => ["SELECT sum(uptime_last_day) FROM store_uptime_report(@{[AS_OF]}, '%s', stores => '{1,2,3}')", '72'],
    windows => ["SELECT sum(up_time) FROM store_uptime_windows(ARRAY[tstzrange('2024-01-08 10:00Z', '2024-01-08 11:00Z')], @{[AS_OF]}, '%s')", '03:00:00'],
    series  => ["SELECT sum(up_time) FROM uptime_series('%s', '2024-01-08 10:00Z', '2024-01-08 11:00Z', 'hour', @{[AS_OF]})", '03:00:00'],
    explain => ["SELECT status || poll_at::text FROM store_uptime_explain('2', '2024-01-08 10:00Z', @{[AS_OF]}, '%s')", 'up2024-01-08 10:00:00+00'],
    latest  => ["SELECT store_uptime.latest_poll('%s')", '2024-01-08 18:00:00+00'],
    check   => ["SELECT count(*) FROM store_uptime.check_source('%s')", '0'],
    workers => ["SET max_parallel_workers_per_gather = 2; SELECT count(*) || ' ' || sum(uptime_last_hour) FROM store_uptime_report(@{[AS_OF]}, '%s')", '3 180'],
);
$ENV{PGTZ} = 'UTC';

# Runs a statement in a session of its own; what it prints, or its error, when it has ended.
sub begin {
    my ($sql) = @_;
    my $run = {out => '', err => ''};
    $run->{process} = start(['psql', '-XqAt', '-v', 'VERBOSITY=verbose', '-d', $node->connstr('postgres'), '-c', $sql],
        '>', \$run->{out}, '2>', \$run->{err});
    return $run;
}

sub outcome {
    my ($run) = @_;
    $run->{process}->finish;
    return $run->{err} =~ /(?:ERROR|FATAL):\s+(\w+)/ ? $1 : $run->{err} ? $run->{err} : $run->{out} =~ s/\n\z//r;
}

# Whether so many sessions wait for a lock.
sub waits {
    my $sessions = $_[0] // 1;
    return wait_until(10, sub { run_sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == $sessions });
}
sub is_up { is(run_sql('SELECT 1'), 1, "$_[0]: the server is up") }

# --- emptied and filled again while a question waits -------------------------------------------------------------------

# What locks each kind of relation, and takes its rows away from older snapshots. All leave the same rows.
fill('plain');
my $files = abs_path(PostgreSQL::Test::Utils::tempdir());
append_to_file("$files/$_", "$_\n") for 'same', 'opposite';
chmod 0755, $files;
run_sql(q{
    CREATE SCHEMA parts;
    CREATE TABLE parts.polls (LIKE plain.store_status) PARTITION BY RANGE (timestamp_utc);
    CREATE TABLE parts.polls_all PARTITION OF parts.polls DEFAULT;
    INSERT INTO parts.polls TABLE plain.store_status;
    SELECT store_uptime.register_source('parts', 'parts.polls', 'plain.business_hours');
    CREATE VIEW parts.shown AS SELECT * FROM parts.polls OFFSET 0;
    SELECT store_uptime.register_source('view', 'parts.shown');
    CREATE MATERIALIZED VIEW parts.copy AS TABLE plain.store_status;
    SELECT store_uptime.register_source('copy', 'parts.copy');
    CREATE TABLE parts.kept AS TABLE plain.store_status;
    CREATE TABLE parts.zones AS TABLE plain.store_timezone;
    CREATE TABLE parts.spare (LIKE plain.store_status);
    CREATE TABLE parts.lists (LIKE plain.store_status) PARTITION BY LIST (status);
    CREATE TABLE parts.active PARTITION OF parts.lists FOR VALUES IN ('active');
    CREATE TABLE parts.rest PARTITION OF parts.lists DEFAULT;
    INSERT INTO parts.lists TABLE plain.store_status;
    CREATE TABLE parts.family (LIKE plain.store_status);
    CREATE TABLE parts.child () INHERITS (parts.family);
    CREATE TABLE parts.late (LIKE plain.store_status);
    INSERT INTO parts.child TABLE plain.store_status;
    CREATE FUNCTION parts.rows_of() RETURNS SETOF parts.kept LANGUAGE sql STABLE AS 'SELECT * FROM parts.kept';
    CREATE VIEW parts.by_function AS SELECT * FROM parts.rows_of();
    CREATE FUNCTION parts.inner_rows() RETURNS SETOF parts.kept LANGUAGE plpgsql STABLE AS 'BEGIN RETURN QUERY TABLE parts.kept; END';
    CREATE FUNCTION parts.outer_rows() RETURNS SETOF parts.kept LANGUAGE plpgsql STABLE AS 'BEGIN RETURN QUERY SELECT * FROM parts.inner_rows(); END';
    CREATE VIEW parts.by_functions AS SELECT * FROM parts.outer_rows();
    CREATE TABLE parts.policed AS TABLE plain.store_status;
    ALTER TABLE parts.policed ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON parts.policed USING (store_id > 0);
    CREATE TABLE parts.renamed AS SELECT *, NULL::text AS staging FROM plain.store_status;
    CREATE TYPE parts.state AS ENUM ('active', 'inactive');
    CREATE TABLE parts.labels AS SELECT store_id, status::parts.state, timestamp_utc FROM plain.store_status;
    CREATE TYPE parts.word AS ENUM ('active', 'inactive');
    CREATE FUNCTION parts.same(parts.word) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT CASE $1 WHEN 'active' THEN 'active' ELSE 'inactive' END$$;
    CREATE FUNCTION parts.opposite(parts.word) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT CASE $1 WHEN 'active' THEN 'inactive' ELSE 'active' END$$;
    CREATE CAST (parts.word AS text) WITH FUNCTION parts.opposite(parts.word);
    CREATE TABLE parts.words AS SELECT store_id, 'inactive'::parts.word AS status, timestamp_utc FROM plain.store_status;
    CREATE TYPE parts.mood AS ENUM ('active', 'inactive');
    CREATE TABLE parts.arrays AS SELECT store_id, ARRAY['active'::parts.mood] AS moods, timestamp_utc FROM plain.store_status;
    CREATE VIEW parts.by_array AS SELECT store_id, moods[1]::text AS status, timestamp_utc FROM parts.arrays;
    CREATE TYPE parts.pair AS (a text, b text);
    CREATE TABLE parts.pairs AS SELECT store_id, ROW('active', 'inactive')::parts.pair AS p, timestamp_utc FROM plain.store_status;
    CREATE VIEW parts.by_pair AS SELECT store_id, row_to_json(p) ->> 'a' AS status, timestamp_utc FROM parts.pairs;
    CREATE TYPE parts.said AS ENUM ('active', 'inactive');
    CREATE TABLE parts.bits AS SELECT store_id, true AS up, timestamp_utc FROM plain.store_status;
    CREATE VIEW parts.by_case AS SELECT store_id, (CASE WHEN up THEN 'active'::parts.said ELSE 'inactive' END)::text AS status, timestamp_utc FROM parts.bits;
    CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
    CREATE FOREIGN TABLE parts.file (word text) SERVER files OPTIONS (filename 'FILES/same');
    CREATE TABLE parts.bases AS TABLE plain.store_status;
    CREATE VIEW parts.by_file AS SELECT store_id, CASE WHEN (word = 'same') = (status = 'active') THEN 'active' ELSE 'inactive' END AS status, timestamp_utc
        FROM parts.bases, parts.file;
    CREATE TABLE parts.kin (LIKE plain.store_status);
    CREATE TABLE parts.kid () INHERITS (parts.kin);
    INSERT INTO parts.kid TABLE plain.store_status;
    ALTER TABLE parts.kid ADD CONSTRAINT old CHECK (timestamp_utc < '2020-01-01Z') NOT VALID;
    SELECT store_uptime.register_source(s, ('parts.' || r)::regclass)
    FROM (VALUES ('lists', 'lists'), ('family', 'family'), ('function', 'by_function'), ('functions', 'by_functions'), ('policed', 'policed'),
                 ('renamed', 'renamed'), ('labels', 'labels'), ('words', 'words'), ('kin', 'kin'),
                 ('view_array', 'by_array'), ('view_pair', 'by_pair'), ('view_case', 'by_case'), ('view_file', 'by_file')) AS x (s, r);
} =~ s/FILES/$files/r);
# What a fourth field undoes is undone after each question.
sub exchange { return "ALTER TYPE parts.$_[0] RENAME VALUE 'active' TO 'x'; ALTER TYPE parts.$_[0] RENAME VALUE 'inactive' TO 'active';
    ALTER TYPE parts.$_[0] RENAME VALUE 'x' TO 'inactive'; $_[1]" }
my $labels = exchange('state', "UPDATE parts.labels SET status = 'active'");
my $moods = exchange('mood', "UPDATE parts.arrays SET moods = ARRAY['active'::parts.mood]");
my $said = exchange('said', 'UPDATE parts.bits SET up = NOT up');
my @reloads = (
    [ 'plain', 'a table', 'TRUNCATE plain.store_status; INSERT INTO plain.store_status TABLE parts.kept' ],
    [ 'plain', 'the zones', 'TRUNCATE plain.store_timezone; INSERT INTO plain.store_timezone TABLE parts.zones' ],
    [ 'plain', 'a rewritten table', q{ALTER TABLE plain.store_status ADD COLUMN x uuid DEFAULT gen_random_uuid(); ALTER TABLE plain.store_status DROP COLUMN x} ],
    [ 'parts', 'a partition', 'TRUNCATE parts.polls_all; INSERT INTO parts.polls TABLE parts.kept' ],
    [ 'parts', 'a partition that is replaced', 'DROP TABLE parts.polls_all; CREATE TABLE parts.polls_all PARTITION OF parts.polls DEFAULT; INSERT INTO parts.polls TABLE parts.kept' ],
    [ 'lists', 'a partition whose rows move to another', 'ALTER TABLE parts.lists DETACH PARTITION parts.active; INSERT INTO parts.lists TABLE parts.active',
        q{TRUNCATE parts.rest; ALTER TABLE parts.lists ATTACH PARTITION parts.active FOR VALUES IN ('active')} ],
    [ 'lists', 'a dropped partition whose rows come again', 'DROP TABLE parts.active; INSERT INTO parts.lists TABLE parts.kept',
        q{TRUNCATE parts.rest; CREATE TABLE parts.active PARTITION OF parts.lists FOR VALUES IN ('active'); INSERT INTO parts.lists TABLE parts.kept} ],
    [ 'family', 'a child whose rows move to another', q{LOCK parts.family; ALTER TABLE parts.child NO INHERIT parts.family; INSERT INTO parts.late TABLE parts.child;
            ALTER TABLE parts.late INHERIT parts.family},
        'ALTER TABLE parts.late NO INHERIT parts.family; TRUNCATE parts.late; ALTER TABLE parts.child INHERIT parts.family' ],
    [ 'view', 'what a view reads', 'TRUNCATE parts.polls; INSERT INTO parts.polls TABLE parts.kept' ],
    [ 'view', 'a view', 'INSERT INTO parts.spare TABLE parts.kept; CREATE OR REPLACE VIEW parts.shown AS SELECT * FROM parts.spare OFFSET 0',
        'CREATE OR REPLACE VIEW parts.shown AS SELECT * FROM parts.polls OFFSET 0; TRUNCATE parts.spare' ],
    [ 'function', 'a function that is part of the query', q{LOCK parts.by_function; INSERT INTO parts.spare TABLE parts.kept;
            CREATE OR REPLACE FUNCTION parts.rows_of() RETURNS SETOF parts.kept LANGUAGE sql STABLE AS 'SELECT * FROM parts.spare'},
        q{CREATE OR REPLACE FUNCTION parts.rows_of() RETURNS SETOF parts.kept LANGUAGE sql STABLE AS 'SELECT * FROM parts.kept'; TRUNCATE parts.spare} ],
    [ 'functions', 'a function that a function calls', q{LOCK parts.by_functions; INSERT INTO parts.spare TABLE parts.kept;
            CREATE OR REPLACE FUNCTION parts.inner_rows() RETURNS SETOF parts.kept LANGUAGE plpgsql STABLE AS 'BEGIN RETURN QUERY TABLE parts.spare; END'},
        q{CREATE OR REPLACE FUNCTION parts.inner_rows() RETURNS SETOF parts.kept LANGUAGE plpgsql STABLE AS 'BEGIN RETURN QUERY TABLE parts.kept; END'; TRUNCATE parts.spare} ],
    [ 'policed', 'a policy', 'DROP POLICY own ON parts.policed; CREATE POLICY own ON parts.policed USING (store_id < 10)' ],
    [ 'renamed', 'a column', 'UPDATE parts.renamed SET staging = status; ALTER TABLE parts.renamed RENAME status TO was; ALTER TABLE parts.renamed RENAME staging TO status',
        'ALTER TABLE parts.renamed RENAME status TO staging; ALTER TABLE parts.renamed RENAME was TO status; UPDATE parts.renamed SET staging = NULL' ],
    [ 'labels', 'an enum', "LOCK parts.labels; $labels", $labels ],
    [ 'view_array', 'an enum in an array', "LOCK parts.arrays; $moods", $moods ],
    [ 'view_case', 'an enum that only a view names', "LOCK parts.bits; $said", $said ],
    [ 'view_pair', 'a composite type', q{LOCK parts.pairs; ALTER TYPE parts.pair RENAME ATTRIBUTE a TO c; ALTER TYPE parts.pair RENAME ATTRIBUTE b TO a;
            ALTER TYPE parts.pair RENAME ATTRIBUTE c TO b; UPDATE parts.pairs SET p = ROW('inactive', 'active')},
        q{ALTER TYPE parts.pair RENAME ATTRIBUTE a TO c; ALTER TYPE parts.pair RENAME ATTRIBUTE b TO a; ALTER TYPE parts.pair RENAME ATTRIBUTE c TO b;
            UPDATE parts.pairs SET p = ROW('active', 'inactive')} ],
    [ 'view_file', 'a foreign table', "LOCK parts.bases; ALTER FOREIGN TABLE parts.file OPTIONS (SET filename '$files/opposite'); UPDATE parts.bases SET status = 'inactive'",
        "ALTER FOREIGN TABLE parts.file OPTIONS (SET filename '$files/same'); UPDATE parts.bases SET status = 'active'" ],
    [ 'words', 'a cast', q{LOCK parts.words; DROP CAST (parts.word AS text); CREATE CAST (parts.word AS text) WITH FUNCTION parts.same(parts.word);
            UPDATE parts.words SET status = 'active'},
        q{UPDATE parts.words SET status = 'inactive'; DROP CAST (parts.word AS text); CREATE CAST (parts.word AS text) WITH FUNCTION parts.opposite(parts.word)} ],
    [ 'kin', 'a constraint by which a child is left out', q{LOCK parts.kin; INSERT INTO parts.kin TABLE parts.kid; DELETE FROM parts.kid;
            ALTER TABLE parts.kid VALIDATE CONSTRAINT old},
        q{ALTER TABLE parts.kid DROP CONSTRAINT old; INSERT INTO parts.kid TABLE ONLY parts.kin; DELETE FROM ONLY parts.kin;
            ALTER TABLE parts.kid ADD CONSTRAINT old CHECK (timestamp_utc < '2020-01-01Z') NOT VALID} ],
    [ 'copy', 'a materialized view', 'REFRESH MATERIALIZED VIEW parts.copy' ],
);
for my $reload (@reloads) {
    my ($source, $what, $change, $undo) = @$reload;
    for my $name (sort keys %question) {
        my ($sql, $answer) = @{$question{$name}};
        next if $what eq 'the zones' && $name eq 'latest';          # which reads the polls alone
        next if $source =~ /view|copy|function/ && $name eq 'workers';
        $sql = sprintf $sql, $source;
        is(outcome(begin($sql)), $answer, "$what, $name: as it is") if $change =~ /^TRUNCATE plain.store_status/;
        my $reloader = $node->background_psql('postgres');
        $reloader->query_safe("BEGIN; $change");
        my $run = begin($sql);
        ok(waits(), "$what is reloaded: $name waits");
        $reloader->query_safe('COMMIT');
        my $outcome = outcome($run);
        my $untouched = $name eq 'latest' && $source =~ /labels|words/;    # which does not read the status
        is($outcome, $untouched ? $answer : '40001', "$what is reloaded: $name is to be asked again");
        is(outcome(begin($sql)), $answer, "$what: and then answers");
        $reloader->quit;
        run_sql("BEGIN; $undo; COMMIT") if $undo;
    }
    # In the background and by run_report the lock comes first and the snapshot afterwards: the answer is right at once.
    my $reloader = $node->background_psql('postgres');
    $reloader->query_safe("BEGIN; $change");
    my $report = run_sql("SET statement_timeout = '5s'; SELECT store_uptime.trigger_report(@{[AS_OF]}, '$source')"); # waits for nothing
    my $run = begin("CALL store_uptime.run_report(@{[AS_OF]}, '$source', report_id => NULL)");
    ok(waits(2), "$what is reloaded: reports in the background and by run_report wait");
    $reloader->query_safe('COMMIT');
    my $own = outcome($run);
    ok(wait_until(20, sub { run_sql("SELECT status FROM store_uptime.get_report('$report')") eq 'complete' }), "$what: it is complete");
    is(run_sql("SELECT count(*) || ' ' || sum(uptime_last_day) FROM store_uptime.report_rows('$_')"), '3 72', "$what: and right")
        for $report, $own;
    $reloader->quit;
    run_sql("BEGIN; $undo; COMMIT") if $undo;
}
# A plain rewrite of old: not a reason to refuse, nor are other changes before the question begins.
run_sql('VACUUM FULL plain.store_status; GRANT SELECT ON plain.store_status TO PUBLIC; ANALYZE plain.store_status');
is(outcome(begin(sprintf $question{report}[0], 'plain')), '24 24 24', 'a table that was rewritten before is read');
is(outcome(begin("BEGIN; TRUNCATE plain.store_status; INSERT INTO plain.store_status TABLE parts.kept;" . sprintf($question{report}[0], 'plain') . '; ROLLBACK')),
    '24 24 24', 'and one that the same transaction has reloaded');
my $older = $node->background_psql('postgres');
$older->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
run_sql(q{GRANT SELECT ON plain.store_status TO pg_monitor; GRANT SELECT (store_id) ON plain.business_hours TO pg_monitor; CREATE INDEX ON plain.store_status (status);
          ALTER TABLE plain.store_status SET (autovacuum_vacuum_threshold = 100); COMMENT ON TABLE plain.store_timezone IS 'x'; ANALYZE plain.store_timezone;
          CREATE FUNCTION plain.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
          CREATE TRIGGER t AFTER INSERT ON plain.maintenance EXECUTE FUNCTION plain.nothing(); DROP TRIGGER t ON plain.maintenance; ALTER TABLE plain.special_hours RENAME TO exceptions;
          ALTER TABLE plain.store_status ALTER status SET STATISTICS 10, ALTER status SET DEFAULT 'active'; CREATE POLICY p ON plain.store_timezone USING (false);
          GRANT SELECT ON parts.shown TO pg_monitor});
is($older->query_safe(sprintf $question{report}[0], $_), '24 24 24', "$_: what does not matter to reading may be newer than the snapshot") for 'plain', 'view';
$older->quit;
run_sql('ALTER TABLE plain.exceptions RENAME TO special_hours; DROP POLICY p ON plain.store_timezone');
is(outcome(begin(q{BEGIN; CREATE TABLE fresh AS TABLE parts.kept; SELECT store_uptime.register_source('fresh', 'fresh');
                   DECLARE asked CURSOR FOR } . sprintf($question{report}[0], 'fresh') . q{;
                   TRUNCATE fresh; INSERT INTO fresh TABLE parts.kept; FETCH asked})), '40001', 'but not by a cursor that is older than that');
is(outcome(begin(q{BEGIN; TRUNCATE plain.store_status; TRUNCATE plain.store_status; INSERT INTO plain.store_status TABLE parts.kept; TRUNCATE plain.maintenance;
                   CREATE TABLE answer AS } . sprintf($question{report}[0], 'plain') . '; TABLE answer; ROLLBACK')), '24 24 24', 'nor is a statement refused that itself makes a table');
my $reader = $node->background_psql('postgres', on_error_stop => 0);
$reader->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
run_sql('TRUNCATE plain.store_status; INSERT INTO plain.store_status TABLE parts.kept');
is($reader->query(sprintf $question{report}[0], 'plain'), '', 'a transaction whose snapshot is older than the reload');
like($reader->{stderr}, qr/ERROR:  relation "store_status" was changed while it was about to be read/, 'is told so, not that nothing is there');
$reader->quit;

# Functions count that the caller may come by: its own and those of roles that it trusts. Others' are no reason to refuse.
run_sql('CREATE ROLE busy; CREATE SCHEMA busy AUTHORIZATION busy; CREATE ROLE plain_user; GRANT USAGE ON SCHEMA parts TO plain_user; GRANT SELECT ON parts.by_functions, parts.kept TO plain_user');
for my $case ([ 'busy', '24 24 24' ], [ 'postgres', undef ]) {
    my ($role, $answer) = @$case;
    my $asker = $node->background_psql('postgres', on_error_stop => 0);
    $asker->query_safe("SET ROLE plain_user; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
    run_sql("SET ROLE $role; CREATE OR REPLACE FUNCTION busy.any_name() RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION busy.any_name(); CREATE FUNCTION busy.any_name() RETURNS int LANGUAGE sql AS 'SELECT 1'");
    is($asker->query(sprintf $question{report}[0], 'functions'), $answer // '', "a new function of $role");
    like($asker->{stderr}, qr/ERROR:  function any_name\(\) was changed/, 'is refused') unless defined $answer;
    $asker->quit;
    run_sql('DROP FUNCTION busy.any_name()');
}

# --- names that come to mean other relations while a question waits ----------------------------------------------------

fill('live');
run_sql(q{
    CREATE SCHEMA staging;
    CREATE TABLE staging.store_status (status bigint, store_id text, timestamp_utc text);
    INSERT INTO staging.store_status VALUES (1, 'x', 'y');
    CREATE TABLE staging.business_hours (LIKE live.business_hours);
    CREATE TABLE staging.store_timezone (timezone_str bigint, store_id bigint);
    INSERT INTO staging.store_timezone VALUES (3, 1);
    CREATE TABLE staging.special_hours (LIKE live.special_hours);
    CREATE TABLE staging.maintenance (LIKE live.maintenance);
});
for my $name (sort keys %question) {
    my ($sql, $answer) = @{$question{$name}};
    $sql = sprintf $sql, 'live';
    my $locker = $node->background_psql('postgres');
    $locker->query_safe('BEGIN; LOCK live.maintenance');
    my $run = begin($sql);
    ok(waits(), "$name waits for its last relation");
    run_sql('ALTER SCHEMA live RENAME TO old; ALTER SCHEMA staging RENAME TO live');
    $locker->query_safe('COMMIT');
    is(outcome($run), $answer, "$name reads the relations that it found, whatever they are called by now");
    run_sql('ALTER SCHEMA live RENAME TO staging; ALTER SCHEMA old RENAME TO live');
    $locker->quit;
}

# --- changed by a function of the source's own -------------------------------------------------------------------------

# $change runs while the polls of a source are read; the other relations are read after that.
sub changed_within {
    my ($what, $change, $expected, @questions) = @_;
    for my $name (@questions) {
        run_sql(qq{
            DROP SCHEMA IF EXISTS inner_change CASCADE;
            SELECT store_uptime.unregister_source('inner') WHERE EXISTS (SELECT FROM store_uptime.source WHERE name = 'inner');
            CREATE SCHEMA inner_change;
            SET search_path = inner_change, public;
            CREATE TABLE polls AS TABLE parts.kept;
            CREATE TABLE h AS SELECT store_id, day_of_week, start_time_local, end_time_local, 4294967296::bigint AS num FROM plain.business_hours;
            CREATE TABLE z AS SELECT store_id, timezone_str, 4294967296::bigint AS num FROM plain.store_timezone;
            CREATE FUNCTION act(bigint) RETURNS boolean LANGUAGE plpgsql AS \$\$ BEGIN
                IF current_setting('inner.done', true) IS DISTINCT FROM 'yes' THEN
                    PERFORM set_config('inner.done', 'yes', false);
                    $change;
                END IF;
                RETURN true; END \$\$;
            CREATE VIEW shown AS SELECT * FROM polls WHERE act(store_id);
            SELECT store_uptime.register_source('inner', 'shown', 'h', 'z');
        });
        my $outcome = outcome(begin("SET search_path = inner_change, public; " . sprintf $question{$name}[0], 'inner'));
        my $right = $question{$name}[1];
        like($outcome, qr/^(?:$expected|\Q$right\E)$/, "$what, $name: $outcome");
        is_up($what);
    }
}
my @all = ('report', 'named', 'windows', 'series', 'explain');
changed_within('another column gets the name of the zone', 'ALTER TABLE inner_change.z RENAME timezone_str TO was; ALTER TABLE inner_change.z RENAME num TO timezone_str', '40001', @all);
changed_within('another column gets the name of the id', 'ALTER TABLE inner_change.z RENAME store_id TO was; ALTER TABLE inner_change.z RENAME timezone_str TO store_id; ALTER TABLE inner_change.z RENAME num TO timezone_str', '40001', @all);
changed_within('two times of day change names', 'ALTER TABLE inner_change.h RENAME start_time_local TO t; ALTER TABLE inner_change.h RENAME end_time_local TO start_time_local; ALTER TABLE inner_change.h RENAME t TO end_time_local', '40001', @all);
changed_within('another table gets the name', 'ALTER TABLE inner_change.z RENAME TO was; ALTER TABLE inner_change.h RENAME TO z', '40001|42P01', @all);
changed_within('a type changes', 'ALTER TABLE inner_change.z ALTER timezone_str TYPE bigint USING 4294967296', '55006|40001', @all);
changed_within('a column goes', 'ALTER TABLE inner_change.z DROP timezone_str', '55006|40001', @all);
changed_within('a table goes', 'DROP TABLE inner_change.z', '55006|40001|2BP01', @all);
changed_within('the hours are emptied', 'TRUNCATE inner_change.h', '55006|40001', @all);
changed_within('the polls are emptied', 'TRUNCATE inner_change.polls', '55006|40001', @all);

$node->stop;
done_testing();
