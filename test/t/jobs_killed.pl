# Whatever ends a worker, its report ends too: complete after another attempt, or failed with the reason; and no row is
# lost or doubled.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Reports;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = shop('killed', restart_after_crash => 'on', 'store_uptime.max_attempts' => 2);
sub scalar_of { return $node->safe_psql('postgres', $_[0]) }

my $rows = foreground($node, 'default');

# A report that runs slowly, and the process that runs it.
sub running {
    my ($role) = @_;
    pace($node, 0.01);
    my $id = trigger($node, 'slow', $role);
    ok(defined wait_for($node, $id, 'running', 10), 'a report runs');
    return ($id, status($node, $id, 'worker_pid'));
}

# A report whose worker was killed.
sub dead {
    my ($id, $pid) = running(@_);
    kill 9, $pid;
    sleep(0.2);
    wait_for_server();
    pace($node, 0);
    return $id;
}

sub completes {
    my ($id, $attempts) = @_;
    pace($node, 0);
    ok(defined wait_for($node, $id, 'complete', 20), 'it becomes complete');
    is(status($node, $id, 'attempts'), $attempts, "at attempt $attempts");
    is(stored($node, $id), $rows, 'with all its rows, once');
    ok(is_idle($node), 'no worker is stuck');
}

# psql fails while the server recovers.
sub wait_for_server {
    ok(wait_until(30, sub { $node->psql('postgres', 'SELECT 1') == 0 }), 'the server is back');
}

# --- pg_cancel_backend -----------------------------------------------------------------------------------------------

my ($id, $pid) = running();
is(scalar_of("SELECT pg_cancel_backend($pid)"), 't', 'pg_cancel_backend');
ok(defined wait_for($node, $id, 'failed', 5), 'the report fails');
like(status($node, $id, 'error'), qr/canceling statement due to user request \(SQLSTATE 57014\)/, 'with the reason');
is(scalar_of("SELECT count(*) FROM store_uptime.report_result WHERE report_id = '$id'"), 0, 'and without rows');
scalar_of("SELECT store_uptime.retry_report('$id')");
completes($id, 1);

# --- pg_terminate_backend --------------------------------------------------------------------------------------------

($id, $pid) = running();
is(scalar_of("SELECT pg_terminate_backend($pid)"), 't', 'pg_terminate_backend');
ok(wait_until(5, sub { status($node, $id, 'attempts') eq '2' }), 'another worker takes over, without anybody looking');
isnt(status($node, $id, 'worker_pid'), $pid, 'another process');
completes($id, 2);

($id, $pid) = running();
scalar_of("SELECT pg_terminate_backend($pid)");
ok(wait_until(5, sub { status($node, $id, 'attempts') eq '2' && status($node, $id) eq 'running' }), 'terminated once');
scalar_of('SELECT pg_terminate_backend(' . status($node, $id, 'worker_pid') . ')');
ok(wait_until(5, sub { status($node, $id) eq 'failed' }), 'terminated at its last attempt: the report fails');
like(status($node, $id, 'error'), qr/its worker ended before the report did, 2 times/, 'with the reason');
ok(is_idle($node), 'no worker is stuck');

# --- kill -9 ---------------------------------------------------------------------------------------------------------

($id, $pid) = running();
ok(kill(9, $pid), 'kill -9 of the worker');
sleep(0.2);
wait_for_server();
is(status($node, $id), 'running', 'the row still says that it runs');
is(scalar_of("SELECT status FROM store_uptime.get_report('$id')"), 'queued', 'who asks finds it queued anew');
completes($id, 2);

($id, $pid) = running();
for my $attempt (1, 2) {
    wait_for($node, $id, 'running', 10);
    kill 9, status($node, $id, 'worker_pid');
    sleep(0.2);
    wait_for_server();
}
is(scalar_of("SELECT status FROM store_uptime.get_report('$id')"), 'failed', 'killed at its last attempt: the report fails');
is(scalar_of("SELECT count(*) FROM store_uptime.report_result WHERE report_id = '$id'"), 0, 'and has no rows');

# --- who finds it dead ------------------------------------------------------------------------------------------------

$id = dead();
my $other = trigger($node, 'default');
ok(wait_until(10, sub { status($node, $id) eq 'complete' }), 'the worker of another report runs it, without anybody looking');
is(stored($node, $id), $rows, 'with all its rows, once');

$id = dead();
is(scalar_of('SELECT store_uptime.reap_reports()'), 1, 'reap_reports finds it dead');
ok(wait_until(10, sub { status($node, $id) eq 'complete' }), 'and starts a worker for it');
is(scalar_of('SELECT store_uptime.reap_reports()'), 0, 'reap_reports leaves others alone');

# In transactions that cannot write, it is looked at all the same.
$id = dead();
is(scalar_of("BEGIN READ ONLY; SELECT status FROM store_uptime.get_report('$id'); COMMIT"), 'running',
    'get_report in a read only transaction says what the row says');
ok(wait_until(10, sub { status($node, $id) eq 'complete' }), 'but starts a worker that runs it');

# Who looks and then keeps his transaction open holds nobody up.
$id = dead();
my $looker = $node->background_psql('postgres');
$looker->query_safe('BEGIN');
is($looker->query_safe("SELECT status FROM store_uptime.get_report('$id')"), 'queued', 'a report is queued anew by an open transaction');
$other = trigger($node, 'default');
ok(wait_until(10, sub { status($node, $other) eq 'complete' }), 'another report is not held up by that');
ok(is_idle($node), 'nor is its worker');
$looker->query_safe('COMMIT');
ok(wait_until(10, sub { status($node, $id) eq 'complete' }), 'and it runs when the transaction commits');
scalar_of("ALTER DATABASE postgres SET store_uptime.report_retention = 0");
$looker->query_safe('BEGIN');
$looker->query_safe("SELECT store_uptime.delete_report('$id')");
$other = trigger($node, 'default');
ok(wait_until(10, sub { status($node, $id) ne '' && status($node, $other) =~ /^(complete|)$/ }), 'nor by one that deletes a report');
ok(is_idle($node), 'the worker leaves');
$looker->query_safe('ROLLBACK');
$looker->quit;
scalar_of('ALTER DATABASE postgres RESET store_uptime.report_retention');

# Nor does another role that looks for dead reports. They are left to a worker.
scalar_of('CREATE ROLE ann; CREATE ROLE mallory');
$id = dead('ann');
$looker = $node->background_psql('postgres');
$looker->query_safe('BEGIN; SET LOCAL ROLE mallory');
is($looker->query_safe('SELECT store_uptime.reap_reports()'), 1, 'is seen dead by another role, whose transaction stays open');
is(scalar_of("SET ROLE ann; SET statement_timeout = '5s'; SELECT status FROM store_uptime.get_report('$id')"), 'queued', 'the owner queues it all the same');
ok(wait_until(10, sub { status($node, $id) eq 'complete' }), 'and it runs');
$looker->query_safe('COMMIT');
$looker->quit;
$id = dead('ann');
is(scalar_of('SET ROLE mallory; SELECT store_uptime.reap_reports()'), 1, 'is seen dead by another role');
ok(wait_until(10, sub { status($node, $id) eq 'complete' }), 'whose call starts a worker, which runs it');

# --- restart ---------------------------------------------------------------------------------------------------------

for my $mode ('immediate', 'fast') {
    ($id, $pid) = running();
    my $start = time();
    $node->stop($mode);
    cmp_ok(time() - $start, '<', 10, "$mode shutdown does not wait for the report");
    $node->start;
    completes($id, 2);
}

is(scalar_of("SELECT count(*) FROM store_uptime.report_queue WHERE finished_at IS NULL"), 0, 'nothing runs for ever');
is(scalar_of("SELECT count(*) FROM store_uptime.report_result r LEFT JOIN store_uptime.report_queue q
              ON q.report_id = r.report_id AND q.status = 'complete' WHERE q.report_id IS NULL"), 0,
    'there are no rows but those of complete reports');

$node->stop;
done_testing();
