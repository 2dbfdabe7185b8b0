# Reports whose code does not want to stop: it catches cancels. A request to stop is kept whatever happens to the worker;
# asked again, or some seconds after the timeout, the worker ends; and the report is never complete.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Reports;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = shop('stopped', restart_after_crash => 'on');
sub scalar_of { return $node->safe_psql('postgres', $_[0]) }

# Source 'stubborn' goes on for ever, whatever cancels it; 'deaf' for as long as the table pace says, and then answers.
scalar_of(q{
    CREATE FUNCTION insist(bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        LOOP
            BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END;
        END LOOP; END $$;
    CREATE VIEW stubborn_status AS SELECT * FROM store_status WHERE insist(store_id);
    SELECT store_uptime.register_source('stubborn', 'stubborn_status');
    CREATE FUNCTION deafen(bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_sleep(seconds) FROM public.pace WHERE seconds > 0; RETURN true;
        EXCEPTION WHEN query_canceled THEN RETURN true; END $$;
    CREATE VIEW deaf_status AS SELECT * FROM store_status WHERE deafen(store_id);
    SELECT store_uptime.register_source('deaf', 'deaf_status');
});

sub running {
    my ($source) = @_;
    my $id = trigger($node, $source);
    ok(defined wait_for($node, $id, 'running', 10), "$source: a report runs");
    sleep(0.2);
    return ($id, status($node, $id, 'worker_pid'));
}

sub is_cancelled {
    my ($id, $what) = @_;
    ok(wait_until(10, sub { scalar_of("SELECT status FROM store_uptime.get_report('$id')") eq 'cancelled' }), "$what: it is cancelled");
    ok(is_idle($node), "$what: no worker is stuck");
    is(status($node, $id), 'cancelled', "$what: and stays so");
    is(scalar_of("SELECT count(*) FROM store_uptime.report_result WHERE report_id = '$id'"), 0, "$what: without rows");
}

# --- asked once, and again -------------------------------------------------------------------------------------------

my ($id, $pid) = running('stubborn');
is(scalar_of("SELECT store_uptime.cancel_report('$id')"), 't', 'cancel_report');
sleep(0.5);
is(status($node, $id, 'status, worker_pid, cancel_requested_at IS NOT NULL'), "running|$pid|t", 'its code has caught that; the request is in the queue');
is(scalar_of("SELECT store_uptime.cancel_report('$id')"), 't', 'cancel_report again');
is_cancelled($id, 'cancelled twice');
is(status($node, $id, 'attempts'), 1, 'it was not tried again');
is(scalar_of("SELECT store_uptime.cancel_report('$id')"), 'f', 'it has ended');

# --- the worker goes after the request -------------------------------------------------------------------------------

pace($node, 60);
($id, $pid) = running('stubborn');
is(scalar_of("SELECT store_uptime.cancel_report('$id')"), 't', 'cancel_report');
is(scalar_of("SELECT pg_terminate_backend($pid)"), 't', 'and pg_terminate_backend');
is_cancelled($id, 'terminated after the request');

($id, $pid) = running('stubborn');
scalar_of("SELECT store_uptime.cancel_report('$id')");
kill 9, $pid;
sleep(0.2);
ok(wait_until(30, sub { $node->psql('postgres', 'SELECT 1') == 0 }), 'the server is back after a crash');
is_cancelled($id, 'crashed after the request');

# The request is a transaction's that has not ended yet.
($id, $pid) = running('stubborn');
my $asker = $node->background_psql('postgres');
$asker->query_safe('BEGIN');
is($asker->query_safe("SELECT store_uptime.cancel_report('$id')"), 't', 'cancel_report in an open transaction');
scalar_of("SELECT pg_terminate_backend($pid)");
ok(wait_until(10, sub { scalar_of("SELECT count(*) FROM pg_stat_activity WHERE pid = $pid") == 0 }), 'the worker is terminated meanwhile');
is(scalar_of("SELECT status FROM store_uptime.get_report('$id')"), 'running', 'others see no end of it yet');
$asker->query_safe('COMMIT');
is_cancelled($id, 'requested by an open transaction');

($id, $pid) = running('slow');
$asker->query_safe('BEGIN');
is($asker->query_safe("SELECT store_uptime.cancel_report('$id')"), 't', 'the same of a report that does stop');
ok(wait_until(10, sub { $asker->query_safe("SELECT status FROM store_uptime.get_report('$id')") eq 'cancelled' }), 'who asked sees it end');
$asker->query_safe('ROLLBACK');
ok(wait_until(20, sub { scalar_of("SELECT status FROM store_uptime.get_report('$id')") =~ /running|complete/ }), 'a request that is taken back is none');
pace($node, 0);
scalar_of("SELECT store_uptime.cancel_report('$id')");
$asker->quit;
ok(is_idle($node), 'no worker is stuck');

# A report that answers after it has caught the request is cancelled too, and can be retried.
pace($node, 60);
($id, $pid) = running('deaf');
pace($node, 0);
is(scalar_of("SELECT store_uptime.cancel_report('$id')"), 't', 'cancel_report of a report that catches it and completes');
is_cancelled($id, 'caught and completed');
scalar_of("SELECT store_uptime.retry_report('$id')");
ok(defined wait_for($node, $id, 'complete'), 'retry_report runs it');

# --- by its own code -------------------------------------------------------------------------------------------------

scalar_of(q{
    CREATE FUNCTION give_up(bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        RETURN (SELECT bool_and(status = 'running') AND bool_or(store_uptime.cancel_report(report_id)) FROM store_uptime.report_status WHERE source = 'quitter' AND status = 'running'); END $$;
    CREATE VIEW quitter_status AS SELECT * FROM store_status WHERE give_up(store_id);
    SELECT store_uptime.register_source('quitter', 'quitter_status');
});
my $quitter = trigger($node, 'quitter');
ok(wait_until(10, sub { status($node, $quitter) =~ /cancelled|failed/ }), 'a report that cancels itself ends');
ok(is_idle($node), 'no worker is stuck');

# --- the timeout -----------------------------------------------------------------------------------------------------

is(scalar_of("LOAD 'store_uptime'; SHOW store_uptime.report_timeout"), '1h', 'there is a timeout by default');
scalar_of("ALTER DATABASE postgres SET store_uptime.report_timeout = '500ms'");
my $start = time();
my $late = trigger($node, 'stubborn');
ok(wait_until(20, sub { scalar_of("SELECT status FROM store_uptime.get_report('$late')") eq 'failed' }), 'a report that catches its timeout fails');
like(status($node, $late, 'error'), qr/took longer than store_uptime.report_timeout, 500ms/, 'and says why');
is(status($node, $late, 'attempts'), 1, 'at its first attempt');
cmp_ok(time() - $start, '<', 9, 'some seconds after the timeout');
ok(is_idle($node), 'no worker is stuck');
is(status($node, $late), 'failed', 'it stays failed');

pace($node, 60);
$late = trigger($node, 'deaf');
ok(defined wait_for($node, $late, 'running', 5), 'a report that catches its timeout and completes');
pace($node, 0);
ok(wait_until(10, sub { scalar_of("SELECT status FROM store_uptime.get_report('$late')") eq 'failed' }), 'fails, too');
like(status($node, $late, 'error'), qr/took longer than store_uptime.report_timeout, 500ms/, 'for the same reason');
scalar_of('ALTER DATABASE postgres RESET store_uptime.report_timeout');

$node->stop;
done_testing();
