# What does not fit into work_mem goes to temporary files, all of which are closed before the transaction ends: those of
# reports that are kept, in the session and in the background, and those of rejected lines.
use strict;
use warnings;
use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Reports;
use Test::More;

my $node = shop('files', work_mem => '64kB', log_temp_files => 0);
$node->safe_psql('postgres', q{
    INSERT INTO store_status
        SELECT 10000 + s, 'active', '2024-01-08 12:00Z'::timestamptz + s * interval '1 s' FROM generate_series(1, 5000) s;
    ANALYZE store_status;
});

# What the server logged of temporary files while the code ran: those written, and those left open.
sub logged {
    my ($code) = @_;
    my $start = -s $node->logfile;
    $code->();
    my $log = slurp_file($node->logfile, $start);
    return (scalar(() = $log =~ /LOG:  temporary file: path/g), scalar(() = $log =~ /temporary file leak/g));
}

my ($id, $written, $left);
($written, $left) = logged(sub { $id = $node->safe_psql('postgres', "CALL store_uptime.run_report(@{[AS_OF]})") });
cmp_ok($written, '>', 0, 'a report of the session writes files');
is($left, 0, 'and closes them');
is(stored($node, $id), foreground($node, 'default'), 'its rows are those of the report');

($written, $left) = logged(sub {
    $id = trigger($node, 'default');
    ok(defined wait_for($node, $id, 'complete'), 'a report is complete');
    ok(is_idle($node), 'and its worker gone');
});
cmp_ok($written, '>', 0, 'a report in the background writes files');
is($left, 0, 'and closes them');
is(stored($node, $id), foreground($node, 'default'), 'its rows are those of the report');

# Several in one transaction, one of which fails.
($written, $left) = logged(sub {
    $node->safe_psql('postgres', qq{
        DO \$\$
        DECLARE id uuid;
        BEGIN
            FOR i IN 1..3 LOOP
                id := gen_random_uuid();
                CALL store_uptime.run_report(@{[AS_OF]}, report_id => id);
                BEGIN
                    CALL store_uptime.run_report(@{[AS_OF]}, report_id => id);
                    RAISE 'an id was given twice';
                EXCEPTION WHEN unique_violation THEN
                END;
            END LOOP;
        END \$\$});
});
cmp_ok($written, '>', 5, 'reports in blocks write files');
is($left, 0, 'and close them');

my $file = abs_path(PostgreSQL::Test::Utils::tempdir()) . '/rejected.csv';
append_to_file($file, "store_id,status,timestamp_utc\n" . join('', map { "$_,asleep,2024-01-08 12:00\n" } 1 .. 5000));
($written, $left) = logged(sub {
    is($node->safe_psql('postgres', "SELECT rejected FROM store_uptime.import_csv('store_status', '$file')"), 5000, 'lines are rejected');
});
cmp_ok($written, '>', 0, 'rejected lines are written to files');
is($left, 0, 'which are closed');
append_to_file($file, qq{1,"active,2024-01-08 12:00\n});
($written, $left) = logged(sub {
    $node->command_fails([ 'psql', '-qX', '-d', $node->connstr('postgres'), '-v', 'ON_ERROR_STOP=1', '-c',
                           "SELECT store_uptime.import_csv('store_status', '$file')" ], 'an import fails');
});
cmp_ok($written, '>', 0, 'after it wrote rejected lines to files');
is($left, 0, 'which are closed');

$node->stop;
done_testing();
