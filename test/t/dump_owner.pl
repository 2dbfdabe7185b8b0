# Who dumps a database: its owner, who is no superuser, and a role that backs everything up. What the extension keeps is in
# the dump, belongs to the right roles afterwards, and leads nowhere that it did not lead before.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Reports;
use Test::More;

my $node = new_server('owner');
$node->start;
sub run_sql { my ($sql, $database, $role) = @_; return $node->safe_psql($database // 'kept', $sql, extra_params => [ '-U', $role // 'postgres' ]) }

run_sql(q{CREATE ROLE keeper LOGIN; CREATE ROLE backup LOGIN IN ROLE pg_read_all_data; CREATE ROLE ann LOGIN; CREATE ROLE bob LOGIN}, 'postgres');
run_sql('CREATE DATABASE kept OWNER keeper', 'postgres');
run_sql('CREATE EXTENSION store_uptime');
run_sql(qq{
    SELECT store_uptime.create_tables();
    INSERT INTO store_status SELECT s, 'active', @{[AS_OF]}::timestamptz - h * interval '1 hour' FROM generate_series(1, 3) s, generate_series(0, 9) h;
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO ann;
    CREATE TABLE gone AS TABLE store_status;
    SELECT store_uptime.register_source('gone', 'gone');
    CREATE SCHEMA anns;
    GRANT ALL ON SCHEMA anns TO ann;
    CALL store_uptime.run_report(@{[AS_OF]});
}, 'kept', 'keeper');
run_sql(qq{CREATE TABLE anns.polls AS TABLE store_status; GRANT SELECT ON anns.polls TO keeper; SELECT store_uptime.register_source('anns', 'anns.polls'); CALL store_uptime.run_report(@{[AS_OF]}, 'anns')}, 'kept', 'ann');
my $background = run_sql("SELECT store_uptime.trigger_report(@{[AS_OF]})", 'kept', 'ann');
ok(wait_until(20, sub { run_sql("SELECT status FROM store_uptime.get_report('$background')") eq 'complete' }), 'there are sources and reports of two roles');
run_sql('DROP TABLE gone', 'kept', 'keeper');

my %question = (
    sources => "SELECT name, status, options, owner, owner_id FROM store_uptime.source WHERE name <> 'gone' ORDER BY name",
    reports => 'SELECT * FROM store_uptime.report_status ORDER BY report_id',
    rows    => 'SELECT r.* FROM store_uptime.report_status s, store_uptime.report_rows(s.report_id) r ORDER BY s.report_id, 1',
    report  => "SELECT * FROM store_uptime_report(@{[AS_OF]}) ORDER BY 1",
);
my $folder = PostgreSQL::Test::Utils::tempdir();
for my $role ('keeper', 'backup') {
    $node->command_ok([ 'pg_dump', '-U', $role, '-Fc', '-f', "$folder/$role", 'kept' ], "$role dumps the database");
    run_sql("CREATE DATABASE of_$role OWNER keeper", 'postgres');
    $node->command_ok([ 'pg_restore', '--exit-on-error', '-d', "of_$role", "$folder/$role" ], 'restore');
    is(run_sql($question{$_}, "of_$role"), run_sql($question{$_}), "$role: the same $_") for sort keys %question;
    is(run_sql("SELECT count(*) FROM store_uptime.source WHERE name = 'gone'", "of_$role"), 0, 'a source that has lost its polls is not in the copy');
    is(run_sql("SELECT count(*) FROM store_uptime_report(@{[AS_OF]}, 'anns')", "of_$role", 'ann'), 3, "ann's source is ann's in the copy");
    my $err = ($node->psql("of_$role", "SELECT * FROM store_uptime_report(@{[AS_OF]}, 'anns')", extra_params => [ '-U', 'bob' ]))[2];
    like($err, qr/source "anns" was registered by role "ann"/, 'and not everybody\'s');
}
$node->command_ok([ 'pg_dump', '-U', 'ann', '-n', 'anns', '-f', "$folder/ann", 'kept' ], 'a plain role dumps its schema');
is(run_sql('SELECT count(*) FROM store_uptime.report_queue', 'kept', 'keeper'), 3, 'the owner of the database reads what it dumps');
my $err = ($node->psql('kept', 'SELECT * FROM store_uptime.report_queue', extra_params => [ '-U', 'ann' ]))[2];
like($err, qr/permission denied for table report_queue/, 'others do not');

# Renamed and dropped roles.
run_sql('ALTER ROLE ann RENAME TO anna; CREATE ROLE ann LOGIN', 'postgres');
$err = ($node->psql('kept', "SELECT store_uptime.unregister_source('anns')", extra_params => [ '-U', 'ann' ]))[2];
like($err, qr/source "anns" belongs to role "anna"/, 'a new role of an old name has nothing of it');
is(run_sql("SELECT count(*) FROM store_uptime_report(@{[AS_OF]}, 'anns')", 'kept', 'anna'), 3, 'the renamed one has');

# A dump has no name that is another role's by now; those that a role has, it has again after its next report.
for my $case ([ 'renamed', '' ], [ 'known again', 'anna' ]) {
    my ($copy, $owner) = @$case;
    $node->command_ok([ 'pg_dump', '-Fc', '-f', "$folder/$copy", 'kept' ], "$copy: dump");
    run_sql(qq{CREATE DATABASE "of_$copy" OWNER keeper}, 'postgres');
    $node->command_ok([ 'pg_restore', '--exit-on-error', '-d', "of_$copy", "$folder/$copy" ], 'restore');
    is(run_sql("SELECT coalesce(string_agg(DISTINCT owner || owner_id::regrole, ','), '') FROM store_uptime.source WHERE name = 'anns'", "of_$copy"), $owner x 2, "the source's owner: '$owner'");
    is(run_sql("SELECT coalesce(string_agg(DISTINCT owner, ','), '') FROM store_uptime.report_queue WHERE owner ~ 'ann'", "of_$copy"), $owner, 'and that of reports');
    is(run_sql("SELECT count(*) FROM store_uptime.report_status", "of_$copy", 'ann'), 0, 'the new role of the old name has none');
    next if $owner;
    my $next = run_sql("SELECT store_uptime.trigger_report(@{[AS_OF]}, 'anns')", 'kept', 'anna');
    ok(wait_until(20, sub { run_sql("SELECT status FROM store_uptime.get_report('$next')") eq 'complete' }), 'the renamed role has a report');
    ok(wait_until(10, sub { run_sql("SELECT owner FROM store_uptime.source WHERE name = 'anns'") eq 'anna' }), 'and its name');
}

# Where roles do not exist, what was theirs is the restoring role's, as with tables.
my $other = new_server('elsewhere');
$other->start;
$other->safe_psql('postgres', 'CREATE DATABASE copy');
$other->command_ok([ 'pg_restore', '--no-owner', '--no-acl', '--exit-on-error', '-d', 'copy', "$folder/keeper" ], 'restore where the roles are missing');
is($other->safe_psql('copy', 'SELECT DISTINCT owner, owner_id FROM store_uptime.source'), 'postgres|10', 'sources are the restoring role\'s');
is($other->safe_psql('copy', "SELECT count(*) FROM store_uptime_report(@{[AS_OF]})"), 3, 'and can be used');

# Owners are found also where triggers are off, as in replication.
$other->safe_psql('copy', qq{SET session_replication_role = replica;
    INSERT INTO store_uptime.source (name, status, owner) VALUES ('replicated', 'store_status', 'postgres');
    INSERT INTO store_uptime.report_queue (owner, as_of, source, policy, status, finished_at) VALUES ('postgres', @{[AS_OF]}, 'default', '', 'cancelled', now())});
is($other->safe_psql('copy', "SELECT owner_id FROM store_uptime.source WHERE name = 'replicated'"), 10, 'a replicated source has its owner');
is($other->safe_psql('copy', "SELECT owner_id FROM store_uptime.report_queue WHERE status = 'cancelled'"), 10, 'and so has a report');

$_->stop for $node, $other;
done_testing();
