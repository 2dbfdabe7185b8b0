# What the tests of reports in the background share: a server with a shop, and ways to wait.
package Reports;
use strict;
use warnings;
use Exporter qw(import);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(sleep time);
our @EXPORT = qw(AS_OF new_server shop fill_shop pace trigger status wait_for wait_until workers is_idle foreground stored);

use constant AS_OF => q{'2024-01-08 18:00Z'};

# Whatever the system's user is called, the superuser is postgres.
$ENV{PGUSER} = 'postgres';

# A server that is not started yet, made with those options of initdb.
sub new_server {
    my ($name, @options) = @_;
    my $node = PostgreSQL::Test::Cluster->new($name);
    $node->init(extra => [ '--username=postgres', @options ]);
    return $node;
}

# Starts a server with those settings and fills its database postgres.
sub shop {
    my ($name, %settings) = @_;
    my $node = new_server($name);
    $node->append_conf('postgresql.conf', "$_ = $settings{$_}") for sort keys %settings;
    $node->start;
    fill_shop($node, 'postgres');
    return $node;
}

# 40 stores, polled every three hours of eight days, as source 'default'. Source 'slow' is the same, but each poll
# read takes as long as the table pace says at that moment.
sub fill_shop {
    my ($node, $database) = @_;
    $node->safe_psql($database, q{
        CREATE EXTENSION store_uptime;
        SELECT store_uptime.create_tables();
        INSERT INTO store_status
            SELECT s, CASE WHEN hashint8(s * 1000 + h) % 4 = 0 THEN 'inactive' ELSE 'active' END,
                   '2024-01-01Z'::timestamptz + h * interval '3 hours' + s * interval '1 minute'
            FROM generate_series(1, 40) s, generate_series(0, 63) h;
        INSERT INTO business_hours (store_id, day_of_week, start_time_local, end_time_local)
            SELECT s, d, '09:00', '21:00' FROM generate_series(1, 30) s, generate_series(0, 6) d;
        INSERT INTO store_timezone VALUES (1, 'Asia/Kathmandu'), (2, 'Europe/London');
        ANALYZE;

        CREATE TABLE pace (seconds float8);
        INSERT INTO pace VALUES (0.01);
        CREATE FUNCTION dawdle(store_id bigint) RETURNS boolean LANGUAGE plpgsql COST 1 AS
            'BEGIN PERFORM pg_sleep(seconds) FROM public.pace WHERE seconds > 0; RETURN true; END';
        CREATE VIEW slow_status AS SELECT * FROM store_status s WHERE dawdle(s.store_id);
        SELECT store_uptime.register_source('slow', 'slow_status', 'business_hours', 'store_timezone');
        GRANT SELECT ON store_status, business_hours, store_timezone, special_hours, maintenance, slow_status, pace
            TO PUBLIC;
    });
}

sub pace {
    my ($node, $seconds) = @_;
    $node->safe_psql('postgres', "UPDATE pace SET seconds = $seconds");
}

# Asks for a report, as a role if one is named; its id.
sub trigger {
    my ($node, $source, $role) = @_;
    my $as = $role ? "SET ROLE $role;" : '';
    return $node->safe_psql('postgres', "$as SELECT store_uptime.trigger_report(@{[AS_OF]}, '$source')");
}

# Looks into the queue itself, which starts nothing and judges nothing.
sub status {
    my ($node, $id, $columns) = @_;
    return $node->safe_psql('postgres',
        'SELECT ' . ($columns // 'status') . " FROM store_uptime.report_queue WHERE report_id = '$id'");
}

# Waits until a piece of code is true; whether it was, within so many seconds.
sub wait_until {
    my ($seconds, $is_true) = @_;
    my $end = time() + $seconds;
    until ($is_true->()) {
        return 0 if time() > $end;
        sleep(0.03);
    }
    return 1;
}

# Waits as a user does, by get_report, until a report has the status; the seconds that took, or undef.
sub wait_for {
    my ($node, $id, $wanted, $seconds) = @_;
    my $start = time();
    my $came = wait_until($seconds // 20, sub {
        $node->safe_psql('postgres', "SELECT status FROM store_uptime.get_report('$id')") eq $wanted;
    });
    return $came ? time() - $start : undef;
}

# The process ids of the workers that there are.
sub workers {
    my ($node) = @_;
    return split /\n/, $node->safe_psql('postgres',
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'store_uptime report worker'");
}

# No worker stays when there is nothing to do.
sub is_idle {
    my ($node) = @_;
    return wait_until(10, sub { workers($node) == 0 });
}

# The rows of the report in the foreground and those that are stored.
sub foreground {
    my ($node, $source, $role) = @_;
    my $as = $role ? "SET ROLE $role;" : '';
    return $node->safe_psql('postgres', "$as SELECT * FROM store_uptime_report(@{[AS_OF]}, '$source') ORDER BY 1");
}

sub stored {
    my ($node, $id, $role) = @_;
    my $as = $role ? "SET ROLE $role;" : '';
    return $node->safe_psql('postgres', "$as SELECT * FROM store_uptime.report_rows('$id') ORDER BY 1");
}

1;
