# Whose turn it is: nobody's many reports, or reports that never end, keep others from theirs; and nothing that code of one
# role leaves behind in a process is another role's.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Reports;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = shop('turns', max_worker_processes => 12);
sub scalar_of { return $node->safe_psql('postgres', $_[0]) }
sub unfinished { return scalar_of('SELECT count(*) FROM store_uptime.report_queue WHERE finished_at IS NULL') }
scalar_of('CREATE ROLE ann; CREATE ROLE bob; CREATE ROLE cyd; CREATE ROLE mallory; GRANT CREATE ON SCHEMA public TO ann, bob, mallory');

# --- many reports of one role ------------------------------------------------------------------------------------------

pace($node, 0.0002);
scalar_of("SET ROLE mallory; SELECT count(store_uptime.trigger_report(@{[AS_OF]}, 'slow')) FROM generate_series(1, 300)");
ok(wait_until(10, sub { scalar_of("SELECT count(*) FROM store_uptime.report_queue WHERE status = 'running'") > 0 }), 'one role has 300 reports in the queue');
my %id = map { $_ => trigger($node, 'default', $_) } 'ann', 'bob';
for my $role ('ann', 'bob') {
    my $took = wait_for($node, $id{$role}, 'complete', 30);
    ok(defined $took, "$role gets a report all the same");
    cmp_ok(scalar_of("SELECT count(*) FROM store_uptime.report_queue q, store_uptime.report_queue r WHERE r.report_id = '$id{$role}'
                      AND q.owner = 'mallory' AND q.started_at BETWEEN r.created_at AND r.started_at"), '<=', 6, "$role: after a few others at most");
}
cmp_ok(unfinished(), '>', 200, 'most of the 300 still wait');
scalar_of("SELECT count(store_uptime.cancel_report(report_id)) FROM store_uptime.report_queue WHERE finished_at IS NULL");
ok(wait_until(20, sub { unfinished() == 0 }), 'they are cancelled');
is_idle($node);

# Among those who wait it goes round.
scalar_of('ALTER DATABASE postgres SET store_uptime.max_report_workers = 1');
scalar_of('DELETE FROM store_uptime.report_queue');
pace($node, 0);
scalar_of("BEGIN; SET LOCAL ROLE ann; SELECT store_uptime.trigger_report(@{[AS_OF]}) FROM generate_series(1, 4);
           SET LOCAL ROLE bob; SELECT store_uptime.trigger_report(@{[AS_OF]}) FROM generate_series(1, 2);
           SET LOCAL ROLE cyd; SELECT store_uptime.trigger_report(@{[AS_OF]}) FROM generate_series(1, 3); COMMIT");
ok(wait_until(20, sub { unfinished() == 0 }), 'the queue of three roles is worked off by one worker at a time, without anybody looking');
is(scalar_of("SELECT string_agg(left(owner, 1), '' ORDER BY started_at) FROM store_uptime.report_queue"), 'abcabcaca', 'in turns');
is(scalar_of("SELECT count(*) FROM store_uptime.report_queue a JOIN store_uptime.report_queue b
              ON a.owner = b.owner AND a.created_at < b.created_at AND a.started_at > b.started_at"), 0, 'each role\'s in the order they were asked for');
scalar_of('ALTER DATABASE postgres RESET store_uptime.max_report_workers');

# --- reports that never end --------------------------------------------------------------------------------------------

scalar_of(q{SET ROLE mallory; CREATE FUNCTION public.sleeps(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT pg_sleep(3600) IS NOT NULL';
            CREATE VIEW public.sleepy AS SELECT * FROM public.store_status WHERE sleeps(store_id); SELECT store_uptime.register_source('sleepy', 'public.sleepy')});
my @sleeping = map { trigger($node, 'sleepy', 'mallory') } 1 .. 6;
ok(wait_until(10, sub { scalar_of("SELECT count(*) FROM store_uptime.report_queue WHERE status = 'running'") == 3 }), 'of six reports that sleep three run: one worker is left to others');
my $small = trigger($node, 'default', 'ann');
my $took = wait_for($node, $small, 'complete', 10);
ok(defined $took, 'so another role gets its report: ' . ($took // 'never'));
is(scalar_of("SELECT count(*) FROM store_uptime.report_queue WHERE status = 'running' AND owner = 'mallory'"), 3, 'and the three still sleep');
scalar_of('ALTER DATABASE postgres SET store_uptime.max_report_workers_per_role = 1');
scalar_of("SELECT store_uptime.cancel_report('$_')") for @sleeping;
ok(is_idle($node), 'they are cancelled');
scalar_of("SELECT store_uptime.retry_report('$_')") for @sleeping;
ok(wait_until(10, sub { scalar_of("SELECT count(*) FROM store_uptime.report_queue WHERE status = 'running'") == 1 }), 'with a limit of one');
sleep(0.5);
is(scalar_of("SELECT count(*) FROM store_uptime.report_queue WHERE status = 'running'"), 1, 'one runs');
scalar_of("SELECT store_uptime.cancel_report('$_')") for @sleeping;
ok(is_idle($node), 'they are cancelled');
scalar_of('ALTER DATABASE postgres RESET store_uptime.max_report_workers_per_role');

# --- how many may wait -------------------------------------------------------------------------------------------------

scalar_of('ALTER DATABASE postgres SET store_uptime.max_report_workers = 0');
my $err = ($node->psql('postgres', "\\set VERBOSITY verbose\nSET ROLE ann; SELECT store_uptime.trigger_report(@{[AS_OF]}) FROM generate_series(1, 10000)"))[2];
like($err, qr/53400: role "ann" has 1000 reports in the queue already/, 'a role cannot fill the queue');
is(unfinished(), 0, 'and the statement that tried has queued nothing');
scalar_of("SET ROLE ann; SELECT count(store_uptime.trigger_report(@{[AS_OF]})) FROM generate_series(1, 1000)");
$err = ($node->psql('postgres', "SET ROLE ann; SELECT store_uptime.trigger_report(@{[AS_OF]})"))[2];
like($err, qr/has 1000 reports in the queue already/, 'a thousand it may have');
isnt(trigger($node, 'default', 'bob'), '', 'another role asks as before');
my $one = scalar_of("SELECT report_id FROM store_uptime.report_queue WHERE owner = 'ann' AND status = 'queued' LIMIT 1");
scalar_of("SET ROLE ann; SELECT store_uptime.cancel_report('$one'); SELECT store_uptime.trigger_report(@{[AS_OF]})");
$err = ($node->psql('postgres', "SET ROLE ann; SELECT store_uptime.retry_report('$one')"))[2];
like($err, qr/has 1000 reports in the queue already/, 'nor does a retry add to a thousand');
$err = ($node->psql('postgres', "SELECT uptime_policy(); SET ROLE ann; SET store_uptime.max_queued_reports = 0"))[2];
like($err, qr/permission denied to set parameter/, 'the limit is a superuser\'s to set');
scalar_of('DELETE FROM store_uptime.report_queue');
scalar_of('ALTER DATABASE postgres RESET store_uptime.max_report_workers');

# --- reports that ask for reports --------------------------------------------------------------------------------------

scalar_of(q{SET ROLE mallory;
    CREATE FUNCTION public.again(bigint) RETURNS boolean LANGUAGE sql AS $$ SELECT store_uptime.trigger_report('2024-01-08 18:00Z', 'again') IS NOT NULL $$;
    CREATE VIEW public.again_status AS SELECT * FROM public.store_status WHERE again(store_id);
    SELECT store_uptime.register_source('again', 'public.again_status')});
my $again = trigger($node, 'again', 'mallory');
ok(defined wait_for($node, $again, 'failed', 10), 'a report that asks for reports fails');
like(status($node, $again, 'error'), qr/cannot call store_uptime.trigger_report\(\) within a security-restricted operation \(SQLSTATE 42501\)/, 'and says why');
is(scalar_of('SELECT count(*) FROM store_uptime.report_queue'), 1, 'and has queued none');

# --- what is left behind in a process ----------------------------------------------------------------------------------

scalar_of(q{
    CREATE TABLE traces (role name, pid int, chance float8, setting text);
    GRANT INSERT ON traces TO PUBLIC; GRANT SELECT ON traces TO PUBLIC;
    CREATE FUNCTION trace(bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        IF $1 = 1 THEN
            INSERT INTO public.traces VALUES (current_user, pg_backend_pid(), random(), current_setting('left.behind', true));
            PERFORM setseed(0.5), set_config('left.behind', current_user, false);
        END IF;
        RETURN true; END $$;
    CREATE VIEW traced AS SELECT * FROM store_status WHERE timestamp_utc = '2024-01-08 15:01Z' AND trace(store_id);
    CREATE FUNCTION notes(bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        IF $1 = 1 THEN INSERT INTO public.traces VALUES (current_user, pg_backend_pid()); END IF;
        RETURN true; END $$;
    CREATE VIEW quiet AS SELECT * FROM store_status WHERE timestamp_utc = '2024-01-08 15:01Z' AND notes(store_id);
    GRANT SELECT ON traced, quiet TO PUBLIC;
    SELECT store_uptime.register_source('quiet', 'quiet');
    SELECT store_uptime.register_source('traced', 'traced');
    ALTER DATABASE postgres SET store_uptime.max_report_workers = 1;
});
scalar_of("BEGIN; " . join('', map { "SET LOCAL ROLE $_; SELECT store_uptime.trigger_report(@{[AS_OF]}, 'traced');" } ('ann', 'bob', 'cyd') x 5) . 'COMMIT');
ok(wait_until(30, sub { unfinished() == 0 }), 'fifteen reports of three roles');
is(scalar_of("SELECT count(*) FROM store_uptime.report_queue WHERE source = 'traced' AND status = 'complete'"), 15, 'are complete');
cmp_ok(scalar_of('SELECT count(*) FROM traces'), '>=', 15, 'and have left traces');
is(scalar_of('SELECT count(*) FROM (SELECT FROM traces GROUP BY pid HAVING count(DISTINCT role) > 1) mixed'), 0, 'no process has served two roles');
is(scalar_of(q{SELECT string_agg(DISTINCT coalesce(setting, 'none'), ' ') FROM traces WHERE setting <> role}), '', 'no setting is another role\'s');
for my $case ([ 'traced', 5, 'are five processes\', for each leaves a setting' ], [ 'quiet', 1, 'that leave none are one process\'s' ]) {
    my ($source, $processes, $what) = @$case;
    scalar_of("TRUNCATE traces; SET ROLE ann; SELECT count(store_uptime.trigger_report(@{[AS_OF]}, '$source')) FROM generate_series(1, 5)");
    ok(wait_until(30, sub { unfinished() == 0 }), "five reports of one role, source $source");
    is(scalar_of('SELECT count(*), count(DISTINCT pid) FROM traces'), "5|$processes", $what);
}
ok(is_idle($node), 'no worker is stuck');

$node->stop;
done_testing();
