# Stores spread over machines, set up as doc/scaling.md says, and what can be wrong with a machine: it does not answer,
# goes away in the middle of an answer, goes by other rules, or has the extension elsewhere. None of it makes an answer
# that lacks stores.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib", "$FindBin::RealBin/lib";
use Examples;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Shards;
use Test::More;

my $document = 'doc/scaling.md';
my ($coordinator, @shards) = start_shards();
run_document($document);
my $as_of = AS_OF;

# --- a shard that does not answer --------------------------------------------------------------------------------------

my %asked = (
    'a query over foreign tables' => 'SELECT store_id, up_time FROM uptime_of_week',
    'the report over foreign tables' => "SELECT store_id, uptime_last_week FROM store_uptime_report($as_of)",
    'the report by PL/Proxy' => "SELECT store_id, uptime_last_week FROM report_of_shards($as_of)",
);
my %sessions = map { $_ => session($coordinator, 'shops') } keys %asked;
my %answers = map { $_ => rows($coordinator, 'shops', $asked{$_}) } keys %asked;

sub answers {
    my ($name) = @_;
    my ($rows, $error) = $sessions{$name}->($asked{$name});
    return $error =~ /ERROR|FATAL/ ? $error : join "\n", sort split /\n/, $rows;
}

for my $name (sort keys %asked) {
    cmp_ok(scalar(split /\n/, $answers{$name}), '>', 40, "$name has rows");
    is(answers($name), $answers{$name}, "$name: an answer, and a connection that stays");
}
$shards[1]->stop('immediate');
for my $name (sort keys %asked) {
    for my $time ('first', 'second') {
        my ($rows, $error) = $sessions{$name}->($asked{$name});
        like($error, qr/ERROR:  .*(?:connect|connection)/, "$name: an error if a shard is down, the $time time");
        is($rows, '', "$name: and no row");
    }
}
my $id = $coordinator->safe_psql('shops', "SELECT store_uptime.trigger_report($as_of)");
$coordinator->poll_query_until('shops', "SELECT status NOT IN ('queued', 'running') FROM store_uptime.get_report('$id')");
like($coordinator->safe_psql('shops', "SELECT status, error FROM store_uptime.get_report('$id')"),
    qr/^failed\|.*could not connect to server "shard_1"/, 'a report in the background fails, and says which server');
$shards[1]->start;
is(answers($_), $answers{$_}, "$_: the answer again when the shard is back") for sort keys %asked;

# --- a shard that goes away while it is asked --------------------------------------------------------------------------

# What the reports read last is locked on one shard, so that they wait there with all polls read.
for my $name (grep { /report/ } sort keys %asked) {
    my $lock = session($shards[1], 'shops');
    $lock->('BEGIN; LOCK TABLE maintenance');
    my ($rows, $error) = $sessions{$name}->($asked{$name}, sub {
        $shards[1]->poll_query_until('shops', "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')");
        $shards[1]->stop('immediate');
    });
    like($error, qr/ERROR:  /, "$name: an error if a shard goes away meanwhile");
    is($rows, '', "$name: and no row");
    $lock->();
    $shards[1]->start;
}
is(answers($_), $answers{$_}, "$_: the answer again") for sort keys %asked;
$_->() for values %sessions;

# --- shards that differ ------------------------------------------------------------------------------------------------

my ($agreement) = grep { $_->{sql} =~ /nodes_agree/ } examples(read_text($document));
$shards[1]->safe_psql('shops', "ALTER DATABASE shops SET store_uptime.timezone_provider = 'icu'");
is(rows($coordinator, 'shops', $agreement->{sql}), 'f', 'the nodes do not agree if one goes by other rules');
$shards[1]->safe_psql('shops', 'ALTER DATABASE shops RESET store_uptime.timezone_provider');
is(rows($coordinator, 'shops', $agreement->{sql}), 't', 'and do if it no longer does');

# The extension in a schema of another name: on the coordinator and one shard, not on the other.
for my $node ($coordinator, $shards[0]) {
    $node->safe_psql('postgres', 'CREATE DATABASE elsewhere');
    $node->safe_psql('elsewhere', 'CREATE SCHEMA "Opening"; CREATE EXTENSION store_uptime SCHEMA "Opening"');
}
$shards[0]->safe_psql('elsewhere', q{
    CREATE TABLE poll (store_id int, at timestamptz, up boolean);
    INSERT INTO poll SELECT s, '2024-01-08Z'::timestamptz + h * interval '1 hour', (s + h) % 3 > 0
                     FROM generate_series(1, 20) s, generate_series(0, 23) h;
    ANALYZE poll;
});
$shards[1]->safe_psql('shops', 'CREATE TABLE poll (store_id int, at timestamptz, up boolean)');
printed($coordinator, 'elsewhere', q{
    CREATE EXTENSION postgres_fdw;
    CREATE SERVER same FOREIGN DATA WRAPPER postgres_fdw
        OPTIONS (host 'shard-0', dbname 'elsewhere', extensions 'store_uptime', use_remote_estimate 'true');
    CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw
        OPTIONS (host 'shard-1', dbname 'shops', extensions 'store_uptime', use_remote_estimate 'true');
    CREATE USER MAPPING FOR PUBLIC SERVER same;
    CREATE USER MAPPING FOR PUBLIC SERVER other;
    CREATE FOREIGN TABLE same (store_id int, at timestamptz, up boolean) SERVER same OPTIONS (table_name 'poll');
    CREATE FOREIGN TABLE other (store_id int, at timestamptz, up boolean) SERVER other OPTIONS (table_name 'poll');
    ANALYZE same;
});
my $ask = 'SELECT store_id, "Opening".status_at("Opening".timeline_agg(at, up), \'2024-01-08 12:00Z\') FROM %s GROUP BY 1';
like(printed($coordinator, 'elsewhere', 'EXPLAIN (VERBOSE) ' . sprintf($ask, 'same')),
    qr/Remote SQL: .*"Opening"\.status_at\("Opening"\.timeline_agg\(/, 'in the same schema of any name: calls are shipped');
is(rows($coordinator, 'elsewhere', sprintf($ask, 'same')), rows($shards[0], 'elsewhere', sprintf($ask, 'poll')),
    'with the right answer');
my ($rows, $error) = attempt($coordinator, 'elsewhere', sprintf($ask, 'other'));
like($error, qr/ERROR:  schema "Opening" does not exist/, 'in another schema: an error');
is($rows, '', 'and no row');

done_testing();
