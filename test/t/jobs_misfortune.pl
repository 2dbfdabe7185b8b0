# What reports need is taken away under them: room on the disk, the source, the role, the extension, the database. Each
# has its stated outcome, no worker is stuck, and the server does not crash.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Reports;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = new_server('misfortune', '--wal-segsize=1');
$node->append_conf('postgresql.conf', "restart_after_crash = off\n");
$node->start;
fill_shop($node, 'postgres');
sub scalar_of { return $node->safe_psql($_[1] // 'postgres', $_[0]) }

# Reports asked for while the queue is paused, and then let go.
sub pause_queue {
    my $workers = $_[0] ? 0 : 4;
    $node->append_conf('postgresql.conf', "store_uptime.max_report_workers = $workers");
    $node->reload;
    ok(wait_until(5, sub { scalar_of("LOAD 'store_uptime'; SHOW store_uptime.max_report_workers") eq $workers }),
        $_[0] ? 'the queue is paused' : 'the queue goes on');
}

sub fails_with {
    my ($id, $reason, $what) = @_;
    ok(defined wait_for($node, $id, 'failed'), "$what: the report fails");
    like(status($node, $id, 'error'), $reason, "$what: and says why");
    is(scalar_of("SELECT count(*) FROM store_uptime.report_result WHERE report_id = '$id'"), 0, "$what: nothing is half stored");
    ok(is_idle($node), "$what: no worker is stuck");
}

# --- no room for the result ------------------------------------------------------------------------------------------

# New server processes may write no file beyond 1.5 MB; the result of 20,000 stores is larger.
scalar_of("INSERT INTO store_timezone SELECT s, 'UTC' FROM generate_series(1000, 20999) s");
my $postmaster = $node->safe_psql('postgres', 'SELECT pg_read_file(\'postmaster.pid\')') =~ /^(\d+)/ ? $1 : die;
sub limit_files { system_or_bail('prlimit', "--pid=$postmaster", "--fsize=$_[0]:") }
limit_files(1_500_000);
my $big = trigger($node, 'default');
fails_with($big, qr/could not (extend|write).*\(SQLSTATE (53100|58030)\)|File too large/s, 'no room for the result');
limit_files('unlimited');
scalar_of("SELECT store_uptime.retry_report('$big')");
ok(defined wait_for($node, $big, 'complete'), 'with room again, retry_report completes it');
is(scalar_of("SELECT count(*) FROM store_uptime.report_rows('$big')"), 20040, 'with all rows');
scalar_of('DELETE FROM store_timezone WHERE store_id >= 1000');

# --- the source ------------------------------------------------------------------------------------------------------

scalar_of("CREATE TABLE doomed AS SELECT * FROM store_status; SELECT store_uptime.register_source('doomed', 'doomed')");
pause_queue(1);
my $doomed = trigger($node, 'doomed');
scalar_of('DROP TABLE doomed');
pause_queue(0);
fails_with($doomed, qr/does not exist any more \(SQLSTATE 42P01\)/, 'source dropped while queued');

pace($node, 0.01);
my $running = trigger($node, 'slow');
wait_for($node, $running, 'running', 5);
my $dropper = $node->background_psql('postgres');
$dropper->query_until(qr/begin/, "\\echo begin\nDROP VIEW slow_status;\n");
sleep(0.5);
is(status($node, $running), 'running', 'source dropped while running: the drop waits');
pace($node, 0);
ok(defined wait_for($node, $running, 'complete'), 'the report completes');
$dropper->quit;
is(scalar_of("SELECT to_regclass('slow_status') IS NULL"), 't', 'then the source is gone');
my ($code, $out, $err) = $node->psql('postgres', "SELECT store_uptime.trigger_report(@{[AS_OF]}, 'slow')");
like($err, qr/ERROR:.*does not exist any more/, 'and asking again is an error at once');
is_idle($node);

# --- the role --------------------------------------------------------------------------------------------------------

scalar_of('CREATE ROLE leaver');
pause_queue(1);
my $left = trigger($node, 'default', 'leaver');
scalar_of('DROP ROLE leaver');
pause_queue(0);
fails_with($left, qr/role "leaver", which asked for the report, does not exist any more/, 'role dropped while queued');

# --- the extension ---------------------------------------------------------------------------------------------------

$node->safe_psql('postgres', 'CREATE DATABASE shop');
fill_shop($node, 'shop');
my $in_shop = scalar_of("SELECT store_uptime.trigger_report(@{[AS_OF]}, 'slow')", 'shop');
ok(wait_until(5, sub { scalar_of('SELECT status FROM store_uptime.report_queue', 'shop') eq 'running' }), 'a report runs in another database');
$dropper = $node->background_psql('shop');
$dropper->query_until(qr/begin/, "\\echo begin\nDROP EXTENSION store_uptime CASCADE;\n");
sleep(0.5);
is(scalar(workers($node)), 1, 'extension dropped while a report runs: the drop waits');
$node->safe_psql('shop', "SET lock_timeout = '5s'; UPDATE pace SET seconds = 0");
$dropper->quit;
is(scalar_of("SELECT count(*) FROM pg_extension WHERE extname = 'store_uptime'", 'shop'), 0, 'then it goes');
ok(is_idle($node), 'and no worker is stuck');

# Dropped right after the commit: the worker starts, finds no queue and leaves.
$node->safe_psql('shop', 'DROP TABLE store_status, business_hours, store_timezone, special_hours, maintenance, pace CASCADE; DROP FUNCTION dawdle');
fill_shop($node, 'shop');
my $log = -s $node->logfile;
scalar_of("SELECT store_uptime.trigger_report(@{[AS_OF]}, 'slow'); SELECT store_uptime.cancel_report(report_id) FROM store_uptime.report_queue; DROP EXTENSION store_uptime CASCADE", 'shop');
ok(is_idle($node), 'extension dropped right after the commit: no worker is stuck');
unlike(slurp_file($node->logfile, $log), qr/PANIC|signal 11|terminated by signal/, 'and nothing crashes');

# --- the database ----------------------------------------------------------------------------------------------------

$node->safe_psql('postgres', 'CREATE DATABASE shop2');
fill_shop($node, 'shop2');
pause_queue(1);
scalar_of("SELECT store_uptime.trigger_report(@{[AS_OF]}) FROM generate_series(1, 3)", 'shop2');
ok(is_idle($node), 'reports are queued in a database and no worker holds it');
my $start = time();
scalar_of('CREATE DATABASE copy TEMPLATE shop2');
scalar_of('DROP DATABASE shop2');
cmp_ok(time() - $start, '<', 4, 'it can be copied and dropped at once');
pause_queue(0);
ok(wait_until(10, sub {
    scalar_of('SELECT count(*) FROM store_uptime.report_queue q, store_uptime.get_report(q.report_id) g WHERE g.status = \'complete\'', 'copy') == 3;
}), 'the copy has the queue, and works it off when somebody looks');
is_idle($node);

scalar_of("UPDATE pace SET seconds = 0.01; SELECT store_uptime.trigger_report(@{[AS_OF]}, 'slow')", 'copy');
ok(wait_until(5, sub { scalar_of("SELECT count(*) FROM store_uptime.report_queue WHERE status = 'running'", 'copy') == 1 }), 'a report runs');
$log = -s $node->logfile;
scalar_of('DROP DATABASE copy WITH (FORCE)');
ok(is_idle($node), 'database dropped by force while a report runs: the worker goes');
sleep(1);
my @tries = slurp_file($node->logfile, $log) =~ /FATAL:.*database .* does not exist/g;
cmp_ok(scalar @tries, '<=', 1, 'and does not come back for ever');
is(scalar_of('SELECT 1'), 1, 'the server has not crashed');

$node->stop;
done_testing();
