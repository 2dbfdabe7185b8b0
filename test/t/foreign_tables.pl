# Sources may be foreign tables: polls on another server (postgres_fdw), hours in a file (file_fdw). Their report is that
# of the same rows in local tables.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Cwd qw(abs_path);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('foreign');
$node->init;
$node->start;

my $csv = abs_path(PostgreSQL::Test::Utils::tempdir());
system_or_bail('script/generate-data', '60', '8', $csv);

# The far database knows nothing of the extension.
$node->safe_psql('postgres', 'CREATE DATABASE far');
$node->safe_psql('far', qq{
    CREATE TABLE poll (store_id bigint, status text, at timestamptz);
    COPY poll FROM '$csv/store_status.csv' (FORMAT csv, HEADER);
    CREATE INDEX ON poll (store_id, at);
    CREATE TABLE pause (store_id bigint, starts_at timestamp, ends_at timestamp);
    INSERT INTO pause VALUES (NULL, '2023-01-25 03:00', '2023-01-25 05:00'), ((SELECT min(store_id) FROM poll), '-infinity', '2023-01-20');
    CREATE VIEW poll_old AS SELECT store_id, status, at AS timestamp_utc FROM poll WHERE at < '2023-01-22 00:00Z';
    ANALYZE;
});

my ($host, $port) = ($node->host, $node->port);
$node->safe_psql('postgres', qq{
    CREATE EXTENSION store_uptime;
    CREATE EXTENSION postgres_fdw;
    CREATE EXTENSION file_fdw;
    CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname 'far');
    CREATE USER MAPPING FOR PUBLIC SERVER far;
    CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;

    SELECT store_uptime.create_tables();
    COPY store_status FROM '$csv/store_status.csv' (FORMAT csv, HEADER);
    COPY business_hours (store_id, day_of_week, start_time_local, end_time_local)
        FROM '$csv/menu_hours.csv' (FORMAT csv, HEADER);
    COPY store_timezone FROM '$csv/timezones.csv' (FORMAT csv, HEADER);
    INSERT INTO maintenance VALUES (NULL, '2023-01-25 03:00Z', '2023-01-25 05:00Z', 'all'),
                                   ((SELECT min(store_id) FROM store_status), '-infinity', '2023-01-20Z', 'one');

    CREATE SCHEMA abroad;
    CREATE FOREIGN TABLE abroad.polls (shop bigint OPTIONS (column_name 'store_id'), status text,
                                       seen timestamptz OPTIONS (column_name 'at'))
        SERVER far OPTIONS (schema_name 'public', table_name 'poll');
    CREATE FOREIGN TABLE abroad.hours (store_id bigint, day int, opens time, closes time)
        SERVER files OPTIONS (filename '$csv/menu_hours.csv', format 'csv', header 'true');
    CREATE FOREIGN TABLE abroad.zones (store_id bigint, timezone text)
        SERVER files OPTIONS (filename '$csv/timezones.csv', format 'csv', header 'true');
    CREATE FOREIGN TABLE abroad.pauses (store_id bigint, starts_at timestamp, ends_at timestamp)
        SERVER far OPTIONS (schema_name 'public', table_name 'pause');
    SELECT store_uptime.register_source('abroad', 'abroad.polls', 'abroad.hours', 'abroad.zones', maintenance => 'abroad.pauses',
                                        options => '{"status": {"store_id": "shop", "timestamp_utc": "seen"}}');

    -- Half of the polls here, half there.
    CREATE TABLE mixed (store_id bigint, status text, timestamp_utc timestamptz) PARTITION BY RANGE (timestamp_utc);
    CREATE TABLE mixed_new PARTITION OF mixed FOR VALUES FROM ('2023-01-22 00:00Z') TO (MAXVALUE);
    CREATE FOREIGN TABLE mixed_old PARTITION OF mixed
        FOR VALUES FROM (MINVALUE) TO ('2023-01-22 00:00Z') SERVER far OPTIONS (schema_name 'public', table_name 'poll_old');
    INSERT INTO mixed_new SELECT * FROM store_status WHERE timestamp_utc >= '2023-01-22 00:00Z';
    SELECT store_uptime.register_source('mixed', 'mixed', 'abroad.hours', 'store_timezone', maintenance => 'maintenance');
});

sub report {
    my ($source, $arguments) = @_;
    return $node->safe_psql('postgres',
        "SELECT * FROM store_uptime_report(store_uptime.latest_poll('default'), '$source' $arguments) ORDER BY store_id");
}

my @some = split /\n/, $node->safe_psql('postgres',
    'SELECT DISTINCT store_id FROM store_status ORDER BY 1 LIMIT 3');
my $some = ", stores => '{" . join(',', @some, 'nobody') . "}'";
for my $arguments ('', ", 'carry=always max_gap=infinity'", $some) {
    my $wanted = report('default', $arguments);
    cmp_ok(scalar(split /\n/, $wanted), '>=', 3, "the report of local tables has rows: $arguments");
    is(report($_, $arguments), $wanted, "$_: the same report") for 'abroad', 'mixed';
}
is($node->safe_psql('postgres', "SELECT store_uptime.latest_poll('$_') = store_uptime.latest_poll()"), 't', "$_: the same latest poll")
    for 'abroad', 'mixed';
my $check = q{SELECT string_agg(defect || ' ' || count, ', ' ORDER BY defect COLLATE "C") FROM store_uptime.check_source('%s')};
is($node->safe_psql('postgres', sprintf $check, 'abroad'), $node->safe_psql('postgres', sprintf $check, 'default'), 'the same defects');

# The first days there are: the report reaches back to before them, which no server could be asked for.
my $first = "SELECT * FROM store_uptime_report('4714-11-25 00:00Z BC', '%s') ORDER BY store_id";
is($node->safe_psql('postgres', sprintf $first, 'abroad'), $node->safe_psql('postgres', sprintf $first, 'default'),
    'the same report of the first days');

# What the other server refuses is an error here, and the session goes on.
$node->safe_psql('far', 'ALTER TABLE poll RENAME at TO moved');
my ($status, $out, $error) = $node->psql('postgres', q{
    SELECT * FROM store_uptime_report('2023-01-25', 'abroad');
    SELECT count(*) FROM store_uptime_report('2023-01-25', 'default', stores => '{nobody}');
}, on_error_stop => 0);
like($error, qr/ERROR:  column "at" does not exist/, 'an error of the other server');
is($out, '0', 'is the only one');

done_testing();
