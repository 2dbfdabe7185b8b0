# The life of a report in the background: asked for in one session, watched from another, fetched, cancelled, retried,
# deleted, purged; nothing of it before the commit, nothing after a rollback.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Reports;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = shop('life', 'store_uptime.report_retention' => "'1h'", max_prepared_transactions => 1);

sub scalar_of { return $node->safe_psql('postgres', $_[0]) }

# --- trigger, watch, fetch -------------------------------------------------------------------------------------------

my $listener = $node->background_psql('postgres');
$listener->query_safe('LISTEN store_uptime_report');

my $id = trigger($node, 'slow');
like($id, qr/^[0-9a-f-]{36}$/, 'trigger_report returns an id');
ok(defined wait_for($node, $id, 'running', 5), 'the report runs');

my (@progress, @activity, %different);
ok(wait_until(15, sub {
    my ($status, $progress) = split /\|/, scalar_of("SELECT status, progress FROM store_uptime.get_report('$id')");
    push @progress, $progress if $status eq 'running';
    push @activity, scalar_of("SELECT query FROM pg_stat_activity WHERE backend_type = 'store_uptime report worker'");
    $different{$progress} = 1 if $progress > 0 && $progress < 1;
    pace($node, 0) if keys %different >= 6;
    return $status eq 'complete';
}), 'it becomes complete');
cmp_ok(scalar keys %different, '>=', 5, 'progress moves while it runs: ' . join(' ', @progress));
is_deeply(\@progress, [ sort { $a <=> $b } @progress ], 'and only forward');
ok((grep { /store_uptime report \Q$id\E of source slow/ } @activity), 'pg_stat_activity shows what the worker does');

is(scalar_of("SELECT status, progress, stores_done, stores_total, attempts, error IS NULL, row_count,
              created_at <= started_at AND started_at < finished_at FROM store_uptime.get_report('$id')"),
    'complete|1|40|40|1|t|40|t', 'get_report of a complete report');
is(scalar_of("SELECT s.status, s.waited = q.started_at - q.created_at, s.ran = q.finished_at - q.started_at,
              round((s.stores_per_second * extract(epoch FROM q.finished_at - q.started_at)::float8)::numeric, 6), s.processes
              FROM store_uptime.report_status s JOIN store_uptime.report_queue q USING (report_id) WHERE report_id = '$id'"),
    'complete|t|t|40.000000|1', 'report_status has durations and throughput');
is(stored($node, $id), foreground($node, 'default'), 'its rows are those of the report in the foreground');

my $csv = $node->safe_psql('postgres', "SELECT store_uptime.report_csv('$id')");
my $expected = scalar_of(qq{
    SELECT string_agg(line, E'\\r\\n' ORDER BY store_id COLLATE "C") FROM (
        SELECT store_id, concat_ws(',', store_id, to_char(uptime_last_hour, 'FM9990.00'),
            to_char(uptime_last_day, 'FM9990.00'), to_char(uptime_last_week, 'FM9990.00'),
            to_char(downtime_last_hour, 'FM9990.00'), to_char(downtime_last_day, 'FM9990.00'),
            to_char(downtime_last_week, 'FM9990.00'), to_char(unknown_last_hour, 'FM9990.00'),
            to_char(unknown_last_day, 'FM9990.00'), to_char(unknown_last_week, 'FM9990.00')) AS line
        FROM store_uptime_report(@{[AS_OF]})) f});
my @lines = split /\r?\n/, $csv;
is(shift @lines, 'store_id,uptime_last_hour,uptime_last_day,uptime_last_week,downtime_last_hour,downtime_last_day,'
        . 'downtime_last_week,unknown_last_hour,unknown_last_day,unknown_last_week', 'the header of the CSV');
is_deeply(\@lines, [ split /\r?\n/, $expected ], 'the CSV says what the report in the foreground says');
is(scalar_of("SELECT length(c) - length(replace(c, E'\\r\\n', '')), c LIKE E'%\\r\\n' FROM store_uptime.report_csv('$id') c"),
    '82|t', 'each of its 41 lines ends with CR LF');

my $news = '';
my $payload = qr/"store_uptime_report" with payload "\{"report_id": "\Q$id\E", "status": "complete"\}"/;
ok(wait_until(5, sub { ($news .= $listener->query_safe('SELECT 1')) =~ $payload }), 'a notification says that it is complete');

# --- nothing before the commit, nothing after a rollback -------------------------------------------------------------

ok(is_idle($node), 'an idle worker leaves');
my $session = $node->background_psql('postgres');
$session->query_safe('BEGIN');
my $pending = $session->query_safe("SELECT store_uptime.trigger_report(@{[AS_OF]})");
sleep(0.5);
is(scalar(workers($node)), 0, 'no worker starts before the commit');
$session->query_safe('ROLLBACK');
sleep(0.5);
is(scalar(workers($node)), 0, 'no worker starts after a rollback');
is(scalar_of("SELECT count(*) FROM store_uptime.report_queue WHERE report_id = '$pending'"), 0, 'nor is the report there');

$session->query_safe('BEGIN');
$session->query_safe('SAVEPOINT s');
my $undone = $session->query_safe("SELECT store_uptime.trigger_report(@{[AS_OF]})");
$session->query_safe('ROLLBACK TO s');
my $kept = $session->query_safe("SELECT store_uptime.trigger_report(@{[AS_OF]})");
$session->query_safe('COMMIT');
ok(defined wait_for($node, $kept, 'complete'), 'after a savepoint is rolled back, the other report of the transaction runs');
is(scalar_of("SELECT count(*) FROM store_uptime.report_queue WHERE report_id = '$undone'"), 0, 'and that of the savepoint does not');
$session->quit;

# A prepared transaction may stay for days: no worker waits for it.
scalar_of("BEGIN; SELECT store_uptime.trigger_report(@{[AS_OF]}, stores => '{5}'); PREPARE TRANSACTION 'later'");
sleep(0.3);
is(scalar(workers($node)), 0, 'no worker waits for a prepared transaction');
scalar_of("COMMIT PREPARED 'later'");
my $prepared = scalar_of("SELECT report_id FROM store_uptime.report_queue WHERE stores = '{5}'");
is(status($node, $prepared), 'queued', 'its report is queued when it commits');
ok(defined wait_for($node, $prepared, 'complete'), 'and runs when somebody looks');

# --- in the foreground -----------------------------------------------------------------------------------------------

my $own = scalar_of("CALL store_uptime.run_report(@{[AS_OF]}, policy => 'fill=nearest')");
is(scalar_of("SELECT status, attempts, row_count FROM store_uptime.get_report('$own')"), 'complete|1|40',
    'run_report leaves a complete report');
is(stored($node, $own), scalar_of("SELECT * FROM store_uptime_report(@{[AS_OF]}, policy => 'fill=nearest') ORDER BY 1"),
    'with the rows of its policy');
my $chosen = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';
is(scalar_of("CALL store_uptime.run_report(@{[AS_OF]}, stores => '{1,2,none}', report_id => '$chosen')"), $chosen,
    'run_report takes an id');
is(scalar_of("SELECT string_agg(store_id, ',' ORDER BY store_id) FROM store_uptime.report_rows('$chosen')"), '1,2',
    'and a list of stores');
is(scalar_of("DO \$\$ DECLARE i uuid; BEGIN CALL store_uptime.run_report(@{[AS_OF]}, report_id => i);
              IF i IS NULL THEN RAISE 'no id'; END IF; END \$\$; SELECT 'done'"), 'done', 'PL/pgSQL can call it');

# --- cancel, retry, delete -------------------------------------------------------------------------------------------

pace($node, 0.01);
my $long = trigger($node, 'slow');
wait_for($node, $long, 'running', 5);
my ($ret, $out, $err) = $node->psql('postgres', "SELECT store_uptime.report_csv('$long')");
like($err, qr/report \Q$long\E is running/, 'the CSV of a running report is an error that says its status');
($ret, $out, $err) = $node->psql('postgres', "SELECT store_uptime.delete_report('$long')");
like($err, qr/report \Q$long\E is running, so it cannot be deleted/, 'a running report cannot be deleted');
is(scalar_of("SELECT store_uptime.cancel_report('$long')"), 't', 'cancel_report stops a running report');
my $took = wait_for($node, $long, 'cancelled', 5);
ok(defined $took && $took < 1, 'within a second: ' . ($took // 'never'));
is(scalar_of("SELECT store_uptime.cancel_report('$long')"), 'f', 'a report that has ended cannot be cancelled');
ok(is_idle($node), 'the worker has gone');

pace($node, 0);
scalar_of("SELECT store_uptime.retry_report('$long')");
ok(defined wait_for($node, $long, 'complete'), 'retry_report gives it another run');
is(stored($node, $long), foreground($node, 'default'), 'with all rows');
($ret, $out, $err) = $node->psql('postgres', "SELECT store_uptime.retry_report('$long')");
like($err, qr/is complete, so it cannot be retried/, 'a complete report cannot be retried');
scalar_of("SELECT store_uptime.delete_report('$long')");
is(scalar_of("SELECT count(*) FROM store_uptime.report_result WHERE report_id = '$long'"), 0, 'delete_report takes its rows');
($ret, $out, $err) = $node->psql('postgres', "SELECT store_uptime.get_report('$long')");
like($err, qr/^psql:.*ERROR:  Invalid report_id$/m, 'after which its id is invalid');

# Cancelled in the queue: while no report may run.
$node->append_conf('postgresql.conf', 'store_uptime.max_report_workers = 0');
$node->reload;
my $queued = trigger($node, 'default');
sleep(0.3);
is(status($node, $queued), 'queued', 'with max_report_workers = 0 reports stay queued');
is(scalar_of("SELECT store_uptime.cancel_report('$queued')"), 't', 'a queued report can be cancelled');
is(status($node, $queued), 'cancelled', 'at once');
$node->append_conf('postgresql.conf', 'store_uptime.max_report_workers = 4');
$node->reload;

# --- time-out --------------------------------------------------------------------------------------------------------

pace($node, 0.01);
scalar_of("ALTER DATABASE postgres SET store_uptime.report_timeout = '500ms'");
my $late = trigger($node, 'slow');
ok(defined wait_for($node, $late, 'failed', 10), 'a report that takes too long fails');
like(status($node, $late, 'error'), qr/took longer than store_uptime.report_timeout, 500ms/, 'and says why');
like(status($node, $late, 'finished_at - started_at'), qr/^00:00:00\.[5-9]/, 'in time');
scalar_of('ALTER DATABASE postgres RESET store_uptime.report_timeout');
pace($node, 0);

# --- retention -------------------------------------------------------------------------------------------------------

scalar_of("UPDATE store_uptime.report_queue SET finished_at = finished_at - interval '2 hours' WHERE report_id = '$id'");
my $latest = trigger($node, 'default');
wait_for($node, $latest, 'complete');
is_idle($node);
is(scalar_of("SELECT count(*) FROM store_uptime.report_queue WHERE report_id = '$id'"), 0,
    'a worker deletes what is older than store_uptime.report_retention');
cmp_ok(scalar_of('SELECT count(*) FROM store_uptime.report_queue'), '>=', 5, 'and nothing else');
my $count = scalar_of('SELECT count(*) FROM store_uptime.report_queue');
is(scalar_of("SELECT store_uptime.purge_reports('0')"), $count, 'purge_reports deletes all that ended before');
is(scalar_of('SELECT count(*) FROM store_uptime.report_result'), 0, 'with their rows');

$listener->quit;
$node->stop;
done_testing();
