# Many reports at once, few slots: all complete, none twice, never more at a time than may be; and no slot at all.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Reports;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = shop('crowd', max_worker_processes => 8, 'store_uptime.max_report_workers' => 3, 'store_uptime.max_report_workers_per_role' => 3);
sub scalar_of { return $node->safe_psql('postgres', $_[0]) }

# --- 40 reports of 3 roles -------------------------------------------------------------------------------------------

my @roles = ('ann', 'bob', 'cyd');
scalar_of("CREATE ROLE $_ LOGIN") for @roles;
pace($node, 0.0001);

# From as many sessions at once as there are roles; each commit is one report.
my @sessions = map { $node->background_psql('postgres') } @roles;
$sessions[$_]->query_safe("SET ROLE $roles[$_]") for 0 .. 2;
my %owner_of;
for my $i (0 .. 39) {
    my $report = $sessions[$i % 3]->query_safe("SELECT store_uptime.trigger_report(@{[AS_OF]}, 'slow', stores => '{1,2,3,4}')");
    $owner_of{$report} = $roles[$i % 3];
}

my ($most, $looks) = (0, 0);
ok(wait_until(60, sub {
    my ($running, $unfinished) = split /\|/,
        scalar_of("SELECT count(*) FILTER (WHERE status = 'running'), count(*) FILTER (WHERE finished_at IS NULL)
                   FROM store_uptime.report_queue");
    $most = $running if $running > $most;
    ++$looks;
    return $unfinished == 0;
}), 'the queue is worked off, without anybody calling get_report');
is($most, 3, "never more reports run than max_report_workers, and as many do ($looks looks)");
is(scalar_of("SELECT count(*), count(*) FILTER (WHERE status = 'complete' AND attempts = 1 AND row_count = 4),
              count(DISTINCT owner) FROM store_uptime.report_queue"), '40|40|3', 'all 40 are complete, each at its first attempt');
is(scalar_of('SELECT count(*), count(DISTINCT (report_id, store_id)) FROM store_uptime.report_result'), '160|160',
    'no row is lost or doubled');
is(scalar_of('SELECT count(*) FROM store_uptime.report_queue a JOIN store_uptime.report_queue b
              ON a.started_at < b.started_at AND b.started_at < a.finished_at
              JOIN store_uptime.report_queue c ON a.started_at < c.started_at AND c.started_at < a.finished_at
                  AND b.started_at < c.started_at AND c.started_at < b.finished_at
              JOIN store_uptime.report_queue d ON a.started_at < d.started_at AND d.started_at < a.finished_at
                  AND b.started_at < d.started_at AND d.started_at < b.finished_at
                  AND c.started_at < d.started_at AND d.started_at < c.finished_at'), 0,
    'the times say so too: no four overlap');
is(scalar(grep { scalar_of("SET ROLE $owner_of{$_}; SELECT count(*) FROM store_uptime.report_rows('$_')") ne '4' } keys %owner_of),
    0, 'each role finds its own');
$_->quit for @sessions;
ok(is_idle($node), 'no worker stays');

# One transaction asks for many: one worker is started, and it fetches others.
pace($node, 0.0005);
scalar_of("SELECT store_uptime.trigger_report(@{[AS_OF]}, 'slow', stores => '{1,2,3,4}') FROM generate_series(1, 6)");
ok(wait_until(10, sub { scalar_of("SELECT count(*) FROM store_uptime.report_queue WHERE status = 'running'") == 3 }),
    'workers fetch others while there is work for them');
ok(wait_until(30, sub { scalar_of('SELECT count(*) FROM store_uptime.report_queue WHERE finished_at IS NULL') == 0 }),
    'all six end');
is(scalar_of("SELECT count(*) FROM store_uptime.report_queue WHERE status = 'complete'"), 46, 'complete');
is_idle($node);

# --- no slot ---------------------------------------------------------------------------------------------------------

# One slot, which the server's own logical replication launcher takes.
$node->append_conf('postgresql.conf', 'max_worker_processes = 1');
$node->restart;
pace($node, 0);
my $report = trigger($node, 'default');
sleep(0.5);
is(status($node, $report), 'queued', 'without a free slot a report is accepted and stays queued');
is(scalar_of("SELECT status FROM store_uptime.get_report('$report')"), 'queued', 'get_report says so');
$node->append_conf('postgresql.conf', 'max_worker_processes = 8');
$node->restart;
is(status($node, $report), 'queued', 'and is still there after a restart');
ok(defined wait_for($node, $report, 'complete'), 'it runs once there is a slot and somebody looks');

# The slots are there but taken, then one frees while a report waits.
$node->append_conf('postgresql.conf', "max_worker_processes = 2\nstore_uptime.max_report_workers = 2");
$node->restart;
pace($node, 0.01);
my $first = trigger($node, 'slow');
wait_for($node, $first, 'running', 5);
my @waiting = map { trigger($node, 'default') } 1 .. 3;
is(status($node, $_), 'queued', 'a report waits for the only slot') for @waiting;
pace($node, 0);
ok(wait_until(20, sub { scalar_of('SELECT count(*) FROM store_uptime.report_queue WHERE finished_at IS NULL') == 0 }),
    'it runs when that is free, without anybody looking');
is(scalar_of("SELECT bool_and(status = 'complete' AND attempts = 1) FROM store_uptime.report_queue"), 't', 'all are complete');

$node->stop;
done_testing();
