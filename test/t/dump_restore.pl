# What the user registered and loaded survives pg_dump and restore, in plain and in parallel custom form: the report
# of the copy is the report of the original.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Cwd qw(abs_path);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('original');
$node->init;
$node->start;

my $csv = abs_path(PostgreSQL::Test::Utils::tempdir());
system_or_bail('script/generate-data', '40', '8', $csv);

$node->safe_psql('postgres', 'CREATE DATABASE shop');
$node->safe_psql('shop', qq{
    CREATE EXTENSION store_uptime;
    SELECT store_uptime.create_tables();
    COPY store_status FROM '$csv/store_status.csv' (FORMAT csv, HEADER);
    COPY business_hours (store_id, day_of_week, start_time_local, end_time_local)
        FROM '$csv/menu_hours.csv' (FORMAT csv, HEADER);
    COPY store_timezone FROM '$csv/timezones.csv' (FORMAT csv, HEADER);
    INSERT INTO maintenance VALUES (NULL, '2023-01-25 03:00Z', '2023-01-25 05:00Z', 'upgrade');

    -- A second source: another owner, a quoted schema, a view, a materialized view, options.
    CREATE ROLE clerk;
    CREATE SCHEMA "Odd ""name" AUTHORIZATION clerk;
    GRANT SELECT ON store_status, business_hours TO clerk;
    SET ROLE clerk;
    CREATE VIEW "Odd ""name"."Polls" AS
        SELECT store_id::text AS "Shop", (status = 'active') AS up, timestamp_utc AT TIME ZONE 'UTC' AS polled_at
        FROM public.store_status;
    CREATE MATERIALIZED VIEW "Odd ""name".hours AS
        SELECT store_id::text AS shop_id, day_of_week AS weekday, start_time_local AS opens, end_time_local AS closes
        FROM public.business_hours WHERE day_of_week < 5;
    SELECT store_uptime.register_source('odd', '"Odd ""name"."Polls"', '"Odd ""name".hours',
        options => '{"status": {"store_id": "Shop", "status": "up", "timestamp_utc": "polled_at"},
                     "hours": {"store_id": "shop_id", "day_of_week": "weekday",
                               "start_time_local": "opens", "end_time_local": "closes"},
                     "default_timezone": "Asia/Kathmandu"}');
});

my $backup = PostgreSQL::Test::Utils::tempdir();
$node->command_ok([ 'pg_dump', '-f', "$backup/plain.sql", 'shop' ], 'dump in plain form');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$backup/custom", 'shop' ], 'dump in custom form');

$node->safe_psql('postgres', "CREATE DATABASE $_") for 'plain', 'custom';
$node->command_ok([ 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-d', 'plain', '-f', "$backup/plain.sql" ], 'restore by psql');
$node->command_ok([ 'pg_restore', '-j2', '--exit-on-error', '-d', 'custom', "$backup/custom" ], 'restore by two jobs');

my %question = (
    sources => 'SELECT * FROM store_uptime.source ORDER BY name',
    columns => "SELECT s.name, c.* FROM store_uptime.source s, store_uptime.source_columns(s.name) c ORDER BY 1, 2, 4",
    report  => "SELECT * FROM store_uptime_report(store_uptime.latest_poll()) ORDER BY 1",
    odd     => "SELECT * FROM store_uptime_report(store_uptime.latest_poll('odd'), 'odd') ORDER BY 1",
);
for my $what (sort keys %question) {
    my $original = $node->safe_psql('shop', $question{$what});
    cmp_ok(scalar(split /\n/, $original), '>', 1, "$what: the original answers");
    is($node->safe_psql($_, $question{$what}), $original, "$what: the same from the $_ dump") for 'plain', 'custom';
}

done_testing();
