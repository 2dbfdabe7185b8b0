# Several processes on one report: the outcome does not depend on how many, nor on what else happens meanwhile.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Reports;
use List::Util qw(min);
use Test::More;
use Time::HiRes qw(sleep time);

my $node = shop('shares', max_worker_processes => 16, min_parallel_table_scan_size => 0, 'store_uptime.max_report_workers' => 1,
    synchronous_commit => 'off');
sub scalar_of { return $node->safe_psql('postgres', $_[0]) }
sub processes { scalar_of("ALTER DATABASE postgres SET store_uptime.workers_per_report = $_[0]"); is_idle($node) }

# --- the same outcome, whoever computes it ---------------------------------------------------------------------------

# Every type of id, and every kind of row; maintenance for all stores too.
scalar_of(q{
    INSERT INTO maintenance VALUES (NULL, '2024-01-07 12:00Z', '2024-01-07 13:00Z', 'all'), (5, '2024-01-06 15:00Z', '2024-01-06 16:00Z', 'one');
    INSERT INTO special_hours VALUES (6, '2024-01-06', NULL, NULL), (7, '2024-01-06', '10:00', '11:00');
    CREATE SCHEMA words;
    CREATE TABLE words.polls AS SELECT 'store ' || store_id AS store_id, status, timestamp_utc FROM store_status;
    CREATE TABLE words.hours AS SELECT 'store ' || store_id AS store_id, day_of_week, start_time_local, end_time_local FROM business_hours;
    CREATE TABLE words.zones AS SELECT 'store ' || store_id AS store_id, timezone_str FROM store_timezone;
    CREATE SCHEMA ids;
    CREATE TABLE ids.polls AS SELECT md5(store_id::text)::uuid AS store_id, status, timestamp_utc FROM store_status;
    SELECT store_uptime.register_source('words', 'words.polls', 'words.hours', 'words.zones');
    SELECT store_uptime.register_source('ids', 'ids.polls');
});
for my $source ('default', 'words', 'ids') {
    my $expected = foreground($node, $source);
    for my $processes (1, 2, 3, 4) {
        processes($processes);
        my $report = trigger($node, $source);
        ok(defined wait_for($node, $report, 'complete'), "source $source by $processes processes");
        is(status($node, $report, 'processes'), $processes, 'as many as that worked');
        is(stored($node, $report), $expected, 'the outcome is the same');
    }
}

# With the rights of a role that cannot log in, in all processes.
scalar_of('CREATE ROLE ann');
my $hers = trigger($node, 'default', 'ann');
ok(defined wait_for($node, $hers, 'complete'), 'a role that cannot log in');
is(status($node, $hers, 'processes'), 4, 'has as many processes');
is(stored($node, $hers, 'ann'), foreground($node, 'default'), 'the outcome is the same');

# Fewer than wanted.
scalar_of('ALTER DATABASE postgres SET max_parallel_workers = 2');
processes(7);
my $fewer = trigger($node, 'default');
ok(defined wait_for($node, $fewer, 'complete'), 'with fewer parallel workers than wanted');
is(status($node, $fewer, 'processes'), 3, 'fewer processes work');
is(stored($node, $fewer), foreground($node, 'default'), 'the outcome is the same');
scalar_of('ALTER DATABASE postgres RESET max_parallel_workers');

# As many as the size of the table gives work to, but no more than processors, unless asked for with size 0 as above.
scalar_of("ALTER DATABASE postgres SET min_parallel_table_scan_size = '8kB'");
processes(7);
chomp(my $processors = `getconf _NPROCESSORS_ONLN`);
my $by_size = 2 + int(log(scalar_of("SELECT pg_relation_size('store_status') / 8192")) / log(3));
my $fitting = trigger($node, 'default');
ok(defined wait_for($node, $fitting, 'complete'), 'with more workers allowed than would help');
is(status($node, $fitting, 'processes'), min($processors, $by_size, 7), "of $processors processors each has one at most");
is(stored($node, $fitting), foreground($node, 'default'), 'the outcome is the same');
scalar_of('ALTER DATABASE postgres RESET min_parallel_table_scan_size');

# Not where code of users would run in helpers.
my $view = trigger($node, 'slow');
pace($node, 0);
ok(defined wait_for($node, $view, 'complete'), 'a source whose polls are a view');
is(status($node, $view, 'processes'), 1, 'is read by one process');
is(stored($node, $view), foreground($node, 'slow'), 'the outcome is the same');

# An error of one is the report's.
scalar_of("CREATE TABLE wrong AS SELECT * FROM store_status; UPDATE wrong SET status = 'maybe' WHERE store_id = 17;
           SELECT store_uptime.register_source('wrong', 'wrong')");
my $wrong = trigger($node, 'wrong');
ok(defined wait_for($node, $wrong, 'failed'), 'an error of any process fails the report');
like(status($node, $wrong, 'error'), qr/status "maybe" of store 17 is not known \(SQLSTATE 22P02\)/, 'with its message');
ok(is_idle($node), 'no worker is stuck');

# --- one snapshot ----------------------------------------------------------------------------------------------------

# While statuses flip for all stores at once, again and again, every report sees all stores before a flip or all after.
scalar_of("CREATE TABLE flips AS SELECT s AS store_id, true AS status, '2024-01-08 17:30Z'::timestamptz AS timestamp_utc
           FROM generate_series(1, 2000) s; SELECT store_uptime.register_source('flips', 'flips')");
processes(4);
my @reports;
for (1 .. 12) {
    push @reports, trigger($node, 'flips');
    scalar_of('UPDATE flips SET status = NOT status');
}
ok(defined wait_for($node, $_, 'complete'), 'a report while data change') for @reports;
my $seen = join ',', map { "'$_'" } @reports;
is(scalar_of("SELECT count(*) FROM (SELECT FROM store_uptime.report_result WHERE report_id IN ($seen)
              GROUP BY report_id HAVING count(DISTINCT uptime_last_hour) > 1 OR count(*) <> 2000) mixed"), 0, 'none is mixed');
cmp_ok(scalar_of("SELECT count(DISTINCT uptime_last_hour) FROM store_uptime.report_result WHERE report_id IN ($seen)"), '==', 2,
    'though the data did change between them');

# A slow report, with its polls and hours changed half way.
my $before = foreground($node, 'slow');
pace($node, 0.005);
my $slow = trigger($node, 'slow');
ok(wait_until(20, sub { scalar_of("SELECT progress > 0.2 FROM store_uptime.get_report('$slow')") eq 't' }), 'a slow report is half way');
scalar_of("UPDATE store_status SET status = 'inactive'; DELETE FROM business_hours; UPDATE store_timezone SET timezone_str = 'Asia/Tokyo'");
pace($node, 0);
ok(defined wait_for($node, $slow, 'complete'), 'and completes');
is(stored($node, $slow), $before, 'it says what was true when it began');
isnt(foreground($node, 'slow'), $before, 'which is not true any more');

# --- helpers end before their time -----------------------------------------------------------------------------------

scalar_of("CREATE TABLE many AS SELECT s AS store_id, s % 3 = 0 AS status, '2024-01-01Z'::timestamptz + h * interval '10 minutes' AS timestamp_utc
           FROM generate_series(1, 700) s, generate_series(0, 1000) h; SELECT store_uptime.register_source('many', 'many'); ANALYZE many");
processes(2);
# Helpers live for some ten milliseconds, so the server itself looks out for them.
scalar_of(q{CREATE PROCEDURE end_a_helper() LANGUAGE plpgsql AS $$
BEGIN
    FOR look IN 1..20000 LOOP
        PERFORM pg_stat_clear_snapshot();
        PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'parallel worker';
        EXIT WHEN FOUND;
    END LOOP;
END $$});
my $many;
for (1 .. 20) {
    $many = trigger($node, 'many');
    scalar_of('CALL end_a_helper()');
    last if defined wait_for($node, $many, 'failed', 3);
}
is(status($node, $many), 'failed', 'a helper is terminated: the report fails');
like(status($node, $many, 'error'), qr/SQLSTATE (57P01|55000)/, 'and says why');
ok(is_idle($node), 'no worker is stuck');
scalar_of("SELECT store_uptime.retry_report('$many')");
ok(defined wait_for($node, $many, 'complete'), 'retry_report completes it');
is(scalar_of("SELECT count(*) FROM store_uptime.report_rows('$many')"), 700, 'with all rows');
ok(is_idle($node), 'no worker is stuck');
is(scalar_of("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker'"), 0, 'and no helper');

$node->stop;
done_testing();
