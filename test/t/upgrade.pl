# A database with everything the extension knows goes through pg_upgrade: every answer is the same afterwards, to the
# last byte of its values, and new reports run.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Compare;
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Reports;
use Test::More;

my $files = abs_path(PostgreSQL::Test::Utils::tempdir());
my $old   = shop('old');
my $new   = new_server('new');

sub scalar_of { my ($node, $sql, $database) = @_; return $node->safe_psql($database // 'postgres', $sql) }

# --- what the database holds -----------------------------------------------------------------------------------------

# Columns of every type, with what can depend on a type: indexes, defaults, conditions, arrays, domains.
scalar_of($old, q{
    CREATE DOMAIN patience AS uptime_policy CHECK (VALUE <> 'fill=next'::uptime_policy);
    CREATE TABLE kept (
        store_id bigint PRIMARY KEY,
        timeline status_timeline NOT NULL CHECK (poll_count(timeline) > 0),
        calendar business_calendar,
        policy uptime_policy DEFAULT 'fill=nearest max_gap=2 hours',
        strict patience DEFAULT 'backfill=off',
        policies uptime_policy[],
        polls bigint GENERATED ALWAYS AS (poll_count(timeline)) STORED,
        result uptime_result,
        explanation status_explanation);
    INSERT INTO kept (store_id, timeline, calendar, policies)
        SELECT store_id, p.timeline, c.calendar, ARRAY['', 'fill=next', 'carry=always max_gap=infinity']::uptime_policy[]
        FROM (SELECT store_id, timeline_agg(timestamp_utc, status = 'active') AS timeline FROM store_status GROUP BY 1) p
             LEFT JOIN (SELECT store_id, calendar_agg(timezone_str, day_of_week, start_time_local, end_time_local) AS calendar
                        FROM business_hours LEFT JOIN store_timezone USING (store_id) GROUP BY 1) c USING (store_id);
    UPDATE kept SET calendar = with_special_day(calendar, '2024-01-05', '10:00', '02:00') WHERE store_id % 3 = 0;
    UPDATE kept SET result = uptime(timeline, calendar, '[2024-01-02Z, 2024-01-08Z)', '2024-01-08Z', policy),
                    explanation = explain_status(timeline, calendar, '2024-01-05 18:00Z', '2024-01-08Z');
    -- Too large for its row, so that it lies in the table of large values.
    INSERT INTO kept (store_id, timeline, calendar)
        SELECT 1000, timeline_agg('2024-01-01Z'::timestamptz + n * interval '61.234567 s', hashint8(n) % 3 > 0),
               'Europe/Berlin; Mo-Fr 09:00-17:00; 2024 Dec 25 off'
        FROM generate_series(1, 20000) n;
    CREATE INDEX kept_by_timeline ON kept USING hash (timeline);
    CREATE INDEX kept_by_calendar ON kept USING hash (calendar);
    CREATE INDEX kept_by_policy ON kept USING hash (policy);
    CREATE INDEX kept_by_last_poll ON kept (last_poll(timeline)) WHERE calendar IS NOT NULL;
});

# What calls functions of the extension.
scalar_of($old, q{
    CREATE VIEW uptimes AS
        SELECT store_id, u.* FROM kept, uptime(timeline, calendar, '[2024-01-02Z, 2024-01-08Z)', '2024-01-08Z', policy) u;
    CREATE MATERIALIZED VIEW days AS
        SELECT store_id, s.*, availability_percent(up_time, down_time) AS percent
        FROM kept, uptime_series(timeline, calendar, '2024-01-02Z', '2024-01-08Z', 'day', '2024-01-08Z') s;
    CREATE FUNCTION up_of(store bigint) RETURNS interval LANGUAGE sql STABLE
        RETURN (SELECT (uptime(k.timeline, k.calendar, '[2024-01-02Z, 2024-01-08Z)', '2024-01-08Z')).up_time
                FROM kept k WHERE k.store_id = store);
    CREATE FUNCTION days_of(source name) RETURNS SETOF uptime_result LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT s.open_time, s.up_time, s.down_time, s.unknown_time, s.excluded_time, s.availability, s.availability_of_open,
               s.outages, s.mttr, s.mtbf
        FROM uptime_series(source, '2024-01-02Z', '2024-01-08Z', 'day', '2024-01-08Z', '') s ORDER BY s.store_id, s.during;
    END;
    CREATE VIEW reported AS SELECT * FROM store_uptime_report('2024-01-08 18:00Z', policy => 'fill=nearest', stores => '{1,2,31}');
    CREATE VIEW series_of_literals AS
        SELECT * FROM uptime_series('default', '2024-01-02Z', '2024-01-04Z', 'day', '2024-01-08Z', 'fill=next');
});

# Sources over other relations, of another owner; reports in the background, and one of the session; rejected lines.
scalar_of($old, q{
    CREATE ROLE clerk;
    CREATE SCHEMA "Odd ""name" AUTHORIZATION clerk;
    SET ROLE clerk;
    CREATE VIEW "Odd ""name"."Polls" AS
        SELECT store_id::text AS "Shop", (status = 'active') AS up, timestamp_utc AT TIME ZONE 'UTC' AS polled_at
        FROM public.store_status;
    CREATE MATERIALIZED VIEW "Odd ""name".hours AS
        SELECT store_id::text AS shop_id, day_of_week AS weekday, start_time_local AS opens, end_time_local AS closes
        FROM public.business_hours WHERE day_of_week < 5;
    SELECT store_uptime.register_source('odd', '"Odd ""name"."Polls"', '"Odd ""name".hours',
        options => '{"status": {"store_id": "Shop", "status": "up", "timestamp_utc": "polled_at"},
                     "hours": {"store_id": "shop_id", "day_of_week": "weekday",
                               "start_time_local": "opens", "end_time_local": "closes"},
                     "default_timezone": "Asia/Kathmandu"}');
    RESET ROLE;
    CREATE TABLE broken_polls AS SELECT 1 AS store_id, 'asleep' AS status, '2024-01-08 01:00Z'::timestamptz AS timestamp_utc;
    SELECT store_uptime.register_source('broken', 'broken_polls');
});
append_to_file("$files/rejected.csv", "store_id,status,timestamp_utc\n1,active,2024-01-08 01:00\n1,asleep,2024-01-08\n1,x\n");
scalar_of($old, "SELECT * FROM store_uptime.import_csv('store_status', '$files/rejected.csv')");
my @finished = (trigger($old, 'default'), trigger($old, 'odd', 'clerk'));
ok(defined wait_for($old, $_, 'complete'), 'a report is complete') for @finished;
push @finished, scalar_of($old, "CALL store_uptime.run_report(@{[AS_OF]}, 'default', 'fill=next', '{3,4,5}')");
my $failed = trigger($old, 'broken');
ok(defined wait_for($old, $failed, 'failed'), 'one failed');
ok(is_idle($old), 'no worker is left');
$old->append_conf('postgresql.conf', 'store_uptime.max_report_workers = 0');
$old->reload;
my $queued = trigger($old, 'default');

# The same extension in another schema, in another database.
scalar_of($old, 'CREATE DATABASE elsewhere');
scalar_of($old, q{
    CREATE SCHEMA "Öffnungs Zeiten";
    CREATE EXTENSION store_uptime SCHEMA "Öffnungs Zeiten";
    CREATE TABLE kept AS SELECT '{2024-01-08 01:00Z up, 2024-01-08 02:00Z down}'::"Öffnungs Zeiten".status_timeline AS timeline;
}, 'elsewhere');

# --- what is asked of it ---------------------------------------------------------------------------------------------

my %question = (
    'the values as text'    => 'SELECT k.* FROM kept k ORDER BY store_id',
    'by hash of timelines'  => 'SET enable_seqscan = off; SELECT b.store_id FROM kept a JOIN kept b ON b.timeline = a.timeline ORDER BY 1',
    'by hash of calendars'  => q{SET enable_seqscan = off; SELECT count(*) FROM kept WHERE calendar = 'Asia/Kathmandu; Mo-Su 09:00-21:00'},
    'by hash of policies'   => q{SET enable_seqscan = off; SELECT count(*) FROM kept WHERE policy = 'max_gap=2 hours fill=nearest'},
    'by the last poll'      => q{SET enable_seqscan = off; SELECT store_id FROM kept
                                 WHERE last_poll(timeline) > '2024-01-08 21:20Z' AND calendar IS NOT NULL ORDER BY 1},
    'a view'                => 'SELECT * FROM uptimes ORDER BY store_id',
    'a materialized view'   => 'SELECT * FROM days ORDER BY store_id, during',
    'functions'             => 'SELECT up_of(7), d FROM days_of($$default$$) d',
    'a view of the report'  => 'SELECT * FROM reported ORDER BY store_id',
    'a view of a series'    => 'SELECT * FROM series_of_literals ORDER BY store_id, during',
    'the report'            => "SELECT * FROM store_uptime_report(@{[AS_OF]}) ORDER BY 1",
    'the other report'      => "SELECT * FROM store_uptime_report(@{[AS_OF]}, 'odd') ORDER BY 1",
    'windows'               => "SELECT * FROM store_uptime_windows('{\"[2024-01-02Z, 2024-01-05Z)\", \"[2024-01-03Z, 2024-01-08Z)\"}',
                                @{[AS_OF]}, 'odd', 'carry=always') ORDER BY 1, 2",
    'sources'               => 'SELECT * FROM store_uptime.source ORDER BY name',
    'columns of sources'    => 'SELECT s.name, c.* FROM store_uptime.source s, store_uptime.source_columns(s.name) c ORDER BY 1, 2, 4',
    'defects of a source'   => 'SELECT * FROM store_uptime.check_source($$broken$$)',
    'the queue'             => 'SELECT * FROM store_uptime.report_queue ORDER BY report_id',
    'the status of reports' => "SELECT * FROM store_uptime.report_status WHERE report_id <> '$queued' ORDER BY report_id",
    'rows of reports'       => "SELECT r.* FROM unnest('{@{[join ',', @finished]}}'::uuid[]) id, store_uptime.report_rows(id) r ORDER BY id, r.store_id",
    'reports as CSV'        => "SELECT store_uptime.report_csv(id) FROM unnest('{@{[join ',', @finished]}}'::uuid[]) id ORDER BY id",
    'reports of a role'     => 'SET ROLE clerk; SELECT report_id, owner FROM store_uptime.report_status ORDER BY 1',
    'rejected lines'        => 'SELECT * FROM store_uptime.import_reject ORDER BY line_number',
    'members'               => q{SELECT pg_describe_object(classid, objid, objsubid) FROM pg_depend
                                 WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e' ORDER BY 1},
    'functions as written'  => q{SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND objid = p.oid
                                 WHERE d.refclassid = 'pg_extension'::regclass AND deptype = 'e' AND prokind <> 'a' ORDER BY p.oid::regprocedure::text},
    'rights'                => q{SELECT pg_describe_object(classoid, objoid, objsubid), privtype, initprivs::text FROM pg_init_privs
                                 WHERE objoid >= 16384 ORDER BY 1},
);

# Every answer, the bytes of the values, and the dump of the whole as a logical one shows it.
sub answers {
    my ($node, $when) = @_;
    my %answer = map { $_ => scalar_of($node, $question{$_}) } keys %question;
    scalar_of($node, "COPY (SELECT k.* FROM kept k ORDER BY store_id) TO '$files/$when.bin' (FORMAT binary)");
    $node->command_ok([ 'pg_dump', '--no-sync', '-f', "$files/$when.sql", 'postgres' ], "dump $when");
    $answer{'a dump'} = slurp_file("$files/$when.sql") =~ s/^\\(un)?restrict .*$//mgr; # a random word each time
    return \%answer;
}

my $before = answers($old, 'before');
cmp_ok(length $before->{$_}, '>', 0, "$_: the original answers") for sort keys %$before;
$old->stop;

# --- the upgrade -----------------------------------------------------------------------------------------------------

my $programs = $new->config_data('--bindir');
my $upgraded = run_log([ 'pg_upgrade', '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $programs, '-B', $programs,
                         '-s', $new->host, '-p', $old->port, '-P', $new->port ]);
diag(grep { /error/ } map { split /^/, slurp_file($_) } glob($new->data_dir . '/pg_upgrade_output.d/*/log/*.log')) unless $upgraded;
ok($upgraded, 'pg_upgrade') or die 'there is nothing to compare';
$new->start;

my $after = answers($new, 'after');
is($after->{$_}, $before->{$_}, "$_: the same afterwards") for sort keys %$before;
is(compare("$files/before.bin", "$files/after.bin"), 0, 'the bytes of the values are the same');
is(scalar_of($new, q{SELECT (SELECT count(*) FROM "Öffnungs Zeiten".polls(timeline)) FROM kept}, 'elsewhere'), 2,
    'the other database has its values');

# --- life goes on ----------------------------------------------------------------------------------------------------

ok(defined wait_for($new, $queued, 'complete'), 'the report that was queued runs');
is(stored($new, $queued), foreground($new, 'default'), 'and is right');
my $fresh = trigger($new, 'odd', 'clerk');
ok(defined wait_for($new, $fresh, 'complete'), 'a new report runs');
is(stored($new, $fresh, 'clerk'), foreground($new, 'odd', 'clerk'), 'and is right');
is(stored($new, scalar_of($new, "CALL store_uptime.run_report(@{[AS_OF]})")), foreground($new, 'default'), 'one of the session too');
scalar_of($new, "INSERT INTO kept (store_id, timeline, calendar) SELECT store_id + 2000, timeline, calendar FROM kept;
                 REFRESH MATERIALIZED VIEW days");
is(scalar_of($new, 'SET enable_seqscan = off; SELECT count(*) FROM kept a JOIN kept b USING (timeline)'), 4 * 41, 'indexes take new rows');
is(scalar_of($new, "SELECT count(*) FROM store_uptime.import_csv('store_status', '$files/rejected.csv') WHERE rejected = 2"), 1, 'imports go on');
is(scalar_of($new, 'DROP TABLE kept; DROP EXTENSION store_uptime; CREATE EXTENSION store_uptime; SELECT 1', 'elsewhere'), 1,
    'the extension can be dropped and made again');

$new->stop;
done_testing();
