# Reports on schedule, by the real pg_cron. All of it in the one minute that pg_cron takes to begin.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Reports;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = shop('cron', shared_preload_libraries => "'pg_cron'", 'cron.use_background_workers' => 'on',
    max_worker_processes => 20);
sub scalar_of { return $node->safe_psql('postgres', $_[0]) }

# An old report, and one whose worker went down with the server.
pace($node, 0);
my $old = trigger($node, 'default');
ok(defined wait_for($node, $old, 'complete'), 'a report is there');
scalar_of("UPDATE store_uptime.report_queue SET finished_at = finished_at - interval '2 days'");
pace($node, 0.01);
my $dead = trigger($node, 'slow');
ok(defined wait_for($node, $dead, 'running', 5), 'another runs');
$node->stop('immediate');
$node->start;
is(status($node, $dead), 'running', 'and does not know that its worker has gone');
pace($node, 0);

scalar_of(qq{
    CREATE EXTENSION pg_cron;
    SELECT cron.schedule('report', '* * * * *', \$\$SELECT store_uptime.trigger_report(@{[AS_OF]})\$\$);
    SELECT cron.schedule('purge', '* * * * *', \$\$SELECT store_uptime.purge_reports('1 day')\$\$);
    SELECT cron.schedule('reap', '* * * * *', 'SELECT store_uptime.reap_reports()');
});
my $others = "report_id NOT IN ('$old', '$dead')";
ok(wait_until(75, sub { scalar_of("SELECT count(*) FROM store_uptime.report_queue WHERE $others AND status = 'complete'") > 0 }),
    'a scheduled report arrives');
my $new = scalar_of("SELECT report_id FROM store_uptime.report_queue WHERE $others LIMIT 1");
is(stored($node, $new), foreground($node, 'default'), 'with the rows of the report in the foreground');
ok(wait_until(10, sub { status($node, $dead) eq 'complete' }), 'reap_reports has the dead one run again');
ok(wait_until(10, sub { status($node, $old) eq '' }), 'purge_reports deletes the old one');
is(scalar_of("SELECT count(*) FROM store_uptime.report_result WHERE report_id = '$old'"), 0, 'with its rows');
ok(wait_until(10, sub { scalar_of("SELECT count(*) FROM cron.job_run_details WHERE status = 'succeeded'") >= 3 }),
    'pg_cron says that all went well');
is(scalar_of("SELECT count(*) FROM cron.job_run_details WHERE status = 'failed'"), 0, 'and nothing wrong');
ok(is_idle($node), 'no worker stays');

$node->stop;
done_testing();
