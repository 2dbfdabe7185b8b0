# A database with reports survives pg_dump and restore: those that have ended are there with their rows, their owners
# and their rights, and none of the others starts in the copy.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Reports;
use Test::More;

my $node = shop('dump');
sub scalar_of { return $node->safe_psql($_[1] // 'postgres', $_[0]) }

scalar_of('CREATE ROLE ann; CREATE ROLE "Bob ""B"""');
my $of_ann = trigger($node, 'default', 'ann');
my $of_bob = trigger($node, 'default', '"Bob ""B"""');
ok(defined wait_for($node, $_, 'complete'), 'a report is complete') for $of_ann, $of_bob;
pace($node, 0.01);
my $cancelled = trigger($node, 'slow');
wait_for($node, $cancelled, 'running', 5);
scalar_of("SELECT store_uptime.cancel_report('$cancelled')");
ok(defined wait_for($node, $cancelled, 'cancelled'), 'one is cancelled');
my $running = trigger($node, 'slow', 'ann');
ok(defined wait_for($node, $running, 'running', 5), 'one runs');

my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, 'postgres' ], 'dump while it runs');
scalar_of('CREATE DATABASE copy');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', 'copy', $dump ], 'restore');

my %question = (
    reports => "SELECT report_id, owner, owner_id, status, as_of, source, policy, stores, created_at, started_at, finished_at,
                attempts, error, row_count FROM store_uptime.report_queue WHERE finished_at IS NOT NULL ORDER BY report_id",
    rows    => 'SELECT * FROM store_uptime.report_result ORDER BY report_id, store_id',
    csv     => "SELECT store_uptime.report_csv('$of_ann')",
    sources => 'SELECT * FROM store_uptime.source ORDER BY name',
);
for my $what (sort keys %question) {
    my $original = scalar_of($question{$what});
    cmp_ok(length $original, '>', 100, "$what: the original answers");
    is(scalar_of($question{$what}, 'copy'), $original, "$what: the copy is the same");
}
is(scalar_of('SELECT count(*) FROM store_uptime.report_queue', 'copy'), 3, 'the report that ran is not in the copy');
is(scalar_of("SET ROLE ann; SELECT count(*) FROM store_uptime.report_rows('$of_ann')", 'copy'), 40, 'owners own their reports there');
is(scalar_of('SET ROLE ann; SELECT count(*) FROM store_uptime.report_status', 'copy'), 1, 'and only theirs');
my $fresh = scalar_of("SELECT store_uptime.trigger_report(@{[AS_OF]})", 'copy');
ok(wait_until(10, sub { scalar_of("SELECT status FROM store_uptime.get_report('$fresh')", 'copy') eq 'complete' }),
    'the copy runs reports of its own');

# Into a server where one of the roles has another OID and the other does not exist.
my $other = new_server('elsewhere');
$other->start;
$other->safe_psql('postgres', 'CREATE ROLE stranger; CREATE ROLE ann; CREATE DATABASE copy');
$other->command_ok([ 'pg_restore', '--no-owner', '--exit-on-error', '-d', 'copy', $dump ], 'restore elsewhere');
is($other->safe_psql('copy', "SELECT count(*) FROM store_uptime.report_rows('$of_bob')"), 40, 'all reports are there');
is($other->safe_psql('copy', "SET ROLE ann; SELECT string_agg(report_id::text, ',') FROM store_uptime.report_status"), $of_ann,
    'a role owns what its name owned');
is($other->safe_psql('copy', 'SET ROLE stranger; SELECT count(*) FROM store_uptime.report_status'), 0,
    'nobody gets a report because his OID is another role\'s elsewhere');

pace($node, 0);
$_->stop for $node, $other;
done_testing();
