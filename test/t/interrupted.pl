# Statements that are cancelled and processes that are killed at any moment: each cancel is an SQL error after which the same
# session gives the right answer, each killed report is complete in the end, with the right rows, and nothing is left behind.
#
# A sample, unless STORE_UPTIME_CANCELS and STORE_UPTIME_KILLS say how many of each (CONTRIBUTING.md).
use strict;
use warnings;
use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Reports qw(AS_OF new_server wait_until is_idle);
use Test::More;
use Time::HiRes qw(sleep time);

my $cancels = $ENV{STORE_UPTIME_CANCELS} // 60;
my $kills = $ENV{STORE_UPTIME_KILLS} // 6;
my $seed = $ENV{STORE_UPTIME_SEED} // time();
srand $seed;
diag("$cancels cancels, $kills kills, STORE_UPTIME_SEED=$seed");

my $node = new_server('interrupted');
$node->append_conf('postgresql.conf', "restart_after_crash = on\nmin_parallel_table_scan_size = 0\nstore_uptime.max_attempts = 100\nTimeZone = 'UTC'");
$node->start;
sub run_sql { return $node->safe_psql('postgres', $_[0]) }

run_sql(q{
    CREATE EXTENSION store_uptime;
    SELECT store_uptime.create_tables();
    INSERT INTO store_status SELECT i % 500, CASE WHEN hashint4(i) % 5 = 0 THEN 'inactive' ELSE 'active' END,
           '2024-01-08 18:00Z'::timestamptz - (i % 691200) * interval '1 second' FROM generate_series(1, 400000) i;
    INSERT INTO business_hours SELECT s, d, '09:00', '21:00' FROM generate_series(0, 399) s, generate_series(0, 6) d;
    INSERT INTO store_timezone SELECT s, (ARRAY['Europe/Berlin', 'Asia/Kolkata', 'America/Chicago'])[1 + s % 3] FROM generate_series(0, 449) s;
    CREATE TABLE kept AS SELECT timeline_agg(timestamp_utc, status = 'active') AS timeline FROM store_status;
    CREATE TABLE target (LIKE store_status);
    VACUUM ANALYZE;
});
my $csv = abs_path(PostgreSQL::Test::Utils::tempdir()) . '/polls.csv';
run_sql("COPY (SELECT * FROM store_status LIMIT 100000) TO '$csv' (FORMAT csv, HEADER)");

# Statements of every kind; each gives one row of text, the same every time.
my $md5 = sub { "SELECT md5(string_agg(r::text, '' ORDER BY r::text)) FROM $_[0] r" };
my @statements = (
    'SET max_parallel_workers_per_gather = 0; ' . $md5->("store_uptime_report(@{[AS_OF]})"),
    'SET max_parallel_workers_per_gather = 0; SET store_uptime.work_mem = 64; ' . $md5->("store_uptime_report(@{[AS_OF]})"),
    'SET max_parallel_workers_per_gather = 2; ' . $md5->("store_uptime_report(@{[AS_OF]})"),
    'SET max_parallel_workers_per_gather = 2; SET store_uptime.work_mem = 64; ' . $md5->("store_uptime_report(@{[AS_OF]}, policy => 'max_gap=infinity')"),
    $md5->("store_uptime_windows(ARRAY(SELECT tstzrange(t, t + '1 hour') FROM generate_series('2024-01-01Z'::timestamptz, '2024-01-08Z', '1 hour') t), @{[AS_OF]})"),
    $md5->("uptime_series('default', '2024-01-01Z', '2024-01-08Z', 'hour', @{[AS_OF]})"),
    $md5->("store_uptime_explain('7', '2024-01-08 10:00Z', @{[AS_OF]})"),
    'SELECT count(*) FROM store_uptime.check_source()',
    'SELECT md5(timeline_agg(timestamp_utc, status = $$active$$)::text) FROM store_status',
    "SELECT poll_count(timeline + (SELECT timeline_agg(timestamp_utc + interval '1 us', true) FROM store_status WHERE store_id < 100)) FROM kept",
    'SELECT md5(string_agg(u::text, $$$$)) FROM kept, uptime_series(timeline, $$Europe/Berlin; Mo-Su 09:00-21:00$$, $$2024-01-01Z$$, $$2024-01-08Z$$, $$hour$$, $$2024-01-08Z$$) u',
    'SELECT poll_count(all_of(timeline)) FROM (SELECT timeline_agg(timestamp_utc, status = $$active$$) AS timeline FROM store_status GROUP BY store_id % 7) t',
    "TRUNCATE target; SELECT i::text FROM store_uptime.import_csv('target', '$csv') i",
    'SELECT count(*) || min(r::text) FROM store_uptime.timezone_audit($$2020-01-01$$, $$2030-01-01$$) r',
);

# --- cancels -----------------------------------------------------------------------------------------------------------

my $session = $node->background_psql('postgres', on_error_stop => 0);
sub ask { my $answer = $session->query($_[0]); my $error = $session->{stderr}; $session->{stderr} = ''; return ($answer, $error) }
my $pid = (ask('SELECT pg_backend_pid()'))[0];
my (@expected, @duration);
for my $statement (@statements) {
    my $start = time();
    my ($answer, $error) = ask($statement);
    push @expected, $answer;
    push @duration, time() - $start;
    ok($answer ne '' && $error !~ /ERROR/, substr($statement, -60)) or diag($error);
}
my ($cancelled, $completed, $wrong) = (0, 0, 0);
for (1 .. 20 * $cancels) {
    last if $cancelled >= $cancels;
    my $i = int rand @statements;
    my $ms = 1 + int(rand($duration[$i]) * 1000);
    my ($set, $ask) = $statements[$i] =~ /^((?:(?:SET|TRUNCATE) [^;]*; )*)(.*)$/s;
    ask($set) if $set;
    my ($answer, $error) = ask("SET statement_timeout = $ms; $ask");
    1 while (ask('SET statement_timeout = 0'))[1] =~ /ERROR/; # which may come too late itself
    if ($error =~ /canceling statement due to statement timeout/) { ++$cancelled }
    elsif ($error =~ /ERROR/ || $answer ne $expected[$i]) { ++$wrong; diag("$statements[$i]: $answer $error") }
    else { ++$completed }
    my ($again, $trouble) = ask($statements[$i]);
    if ($again ne $expected[$i]) { ++$wrong; diag("afterwards, $statements[$i]: $again $trouble") }
}
is($cancelled, $cancels, "$cancels statements were cancelled ($completed were faster)");
is($wrong, 0, 'none gave a wrong answer, or does so afterwards');
is((ask('SELECT pg_backend_pid()'))[0], $pid, 'the session is the same');
is((ask('SELECT count(*) FROM pg_ls_tmpdir()'))[0], 0, 'no temporary file is left');
is(run_sql("SELECT count(*) FROM pg_locks WHERE pid = $pid AND NOT (locktype = 'virtualxid')"), 0, 'and no lock');
$session->quit;

# --- kills -------------------------------------------------------------------------------------------------------------

my $rows = run_sql("SELECT * FROM store_uptime_report(@{[AS_OF]}, policy => 'max_gap=infinity') ORDER BY 1");
my ($found, $crashes) = (0, 0);
for (1 .. 10 * $kills) {
    last if $found >= $kills;
    # In one session, for a report does not take longer than it takes to start another.
    my ($id, $worker) = split /\n+/, run_sql("SELECT store_uptime.trigger_report(@{[AS_OF]}, policy => 'max_gap=infinity');
        SELECT pg_sleep(@{[rand 0.15]}) IS NULL \\g /dev/null
        SELECT pid FROM pg_stat_activity WHERE backend_type IN ('store_uptime report worker', 'parallel worker') ORDER BY random() LIMIT 1");
    if ($worker) {
        ++$found;
        if (rand() < 0.5) { kill 'TERM', $worker }
        else { kill 'KILL', $worker; ++$crashes; sleep(0.1) }
    }
    wait_until(30, sub { $node->psql('postgres', 'SELECT 1') == 0 });
    my $status = '';
    wait_until(60, sub { ($status = run_sql("SELECT status FROM store_uptime.get_report('$id')")) =~ /complete|failed/ });
    # A parallel worker that is terminated fails its report: say so, and run it again.
    if ($status eq 'failed') {
        run_sql("SELECT store_uptime.retry_report('$id')");
        wait_until(60, sub { ($status = run_sql("SELECT status FROM store_uptime.get_report('$id')")) eq 'complete' });
    }
    my $got = $status eq 'complete' ? run_sql("SELECT * FROM store_uptime.report_rows('$id') ORDER BY 1") : "status $status";
    is($got, $rows, 'a report is complete, with the right rows');
}
is($found, $kills, "$kills processes were ended, $crashes of them by kill -9");
ok(is_idle($node), 'no worker is stuck');
is(run_sql("SELECT count(*) FROM store_uptime.report_queue WHERE status <> 'complete'"), 0, 'every report is complete');
is(run_sql('SELECT count(*) FROM pg_ls_tmpdir()'), 0, 'no temporary file is left');
is(run_sql("SELECT * FROM store_uptime_report(@{[AS_OF]}, policy => 'max_gap=infinity') ORDER BY 1"), $rows, 'the report is what it was');

$node->stop;
done_testing();
