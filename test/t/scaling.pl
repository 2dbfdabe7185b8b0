# Stores spread over machines: the set-ups and queries of doc/scaling.md, run as they stand there on three servers, a
# coordinator and two shards. What the document says runs on the shards does, by its plan; every answer is that of the
# same rows on a single server, to the last bit.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib", "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Shards;
use Test::More;

my ($coordinator, @shards) = start_shards();
run_document('doc/scaling.md');

sub same_as_single {
    my ($sql, $name, $least) = @_;
    my $single = rows($coordinator, 'single', $sql);
    cmp_ok(scalar(split /\n/, $single), '>=', $least // 1, "$name: a single server has rows");
    is(rows($coordinator, 'shops', $sql), $single, "$name: the same rows");
}

# --- queries ---------------------------------------------------------------------------------------------------------

my $timeline = q{timeline_agg(p.timestamp_utc, p.status = 'active')};
my $week = q{tstzrange('2023-01-18Z', '2023-01-25Z')};
my $joined = 'FROM store_status p JOIN calendars c USING (store_id)';
my $by_store = 'GROUP BY c.store_id, c.calendar';

# What the shards are asked, what the coordinator does besides (the plan's nodes by their first words), and the plan.
sub explained {
    my ($sql, $before) = @_;
    my $plan = printed($coordinator, 'shops', "$before; EXPLAIN (VERBOSE, COSTS OFF) $sql", '-At');
    my @asked = $plan =~ /Remote SQL: (.*)/g;
    my %nodes = map { $_ => 1 } $plan =~ /^(?: *->  )?(?!\s)((?:\w+ )*?\w+)(?: on .*)?$/gm;
    return (\@asked, [sort keys %nodes], $plan);
}

# Both shards make all of those calls, and the coordinator only puts their answers together (a Result is a sub-select).
sub runs_on_shards {
    my ($name, $calls, $sql, $before) = @_;
    $before //= '';
    my ($asked, $nodes, $plan) = explained($sql, $before);
    my @lacking = grep { my $call = $_; 2 != grep { /\bpublic\.$call\(/ } @$asked } @$calls;
    is(join(', ', @lacking, grep { $_ ne 'Result' } @$nodes), 'Append, Async Foreign Scan', "$name: runs on the shards")
        or diag($plan);
    same_as_single("$before; $sql", $name, 20);
}

# No shard makes that call; the coordinator does, with what it fetches.
sub runs_here {
    my ($name, $call, $sql) = @_;
    my ($asked, undef, $plan) = explained($sql, '');
    is(scalar(grep { /\bpublic\.$call\(/ } @$asked), 0, "$name: runs on the coordinator") or diag($plan);
    cmp_ok(scalar(@$asked), '>=', 2, "$name: with what the shards send");
    same_as_single($sql, $name);
}

runs_on_shards('timelines', [qw(status_timeline_send timeline_agg)],
    "SELECT p.store_id, status_timeline_send($timeline) FROM store_status p GROUP BY 1");
runs_on_shards('what is in them', [qw(status_at first_poll last_poll poll_count timeline_agg)], "
    SELECT p.store_id, status_at($timeline, '2023-01-24Z'), first_poll($timeline), last_poll($timeline)
    FROM store_status p GROUP BY 1 HAVING poll_count($timeline) > 20");
runs_on_shards('hours, policy and exclusions as constants', [qw(uptime timeline_agg)], "
    SELECT p.store_id, uptime($timeline, 'Europe/Berlin; Mo-Fr 09:00-17:00', $week, '2023-01-25Z',
                              'fill=nearest backfill=off max_gap=2 hours', '{[2023-01-19Z, 2023-01-20Z)}')
    FROM store_status p GROUP BY 1");
runs_on_shards('stores without a calendar', [qw(uptime timeline_agg)], "
    SELECT p.store_id, uptime($timeline, CASE WHEN c.calendar IS NULL THEN 'America/Chicago; 24/7' ELSE c.calendar END,
                              $week, '2023-01-25Z')
    FROM store_status p LEFT JOIN calendars c USING (store_id) GROUP BY p.store_id, c.calendar");
runs_on_shards('explanations', [qw(explain_status timeline_agg)],
    "SELECT c.store_id, explain_status($timeline, c.calendar, '2023-01-24 12:00Z', '2023-01-25Z') $joined $by_store");
runs_on_shards('calendars out of hours', [qw(calendar_agg)], '
    SELECT store_id, calendar_agg(timezone_str, day_of_week, start_time_local, end_time_local)
    FROM store_timezone LEFT JOIN business_hours USING (store_id) GROUP BY store_id');
runs_on_shards('calendars of one day', [qw(is_open open_time)], "
    SELECT store_id, is_open(calendar, '2023-01-24 12:00Z'), open_time(calendar, $week)
    FROM calendars GROUP BY store_id, calendar");
runs_on_shards('parameters', [qw(uptime timeline_agg)], "EXECUTE asked($week, '2023-01-25Z', 'max_gap=1 hour', '{}')", "
    SET plan_cache_mode = force_generic_plan;
    PREPARE asked(tstzrange, timestamptz, uptime_policy, tstzmultirange) AS
    SELECT c.store_id, uptime($timeline, c.calendar, \$1, \$2, \$3, \$4) $joined WHERE p.timestamp_utc <= \$2 $by_store");

runs_on_shards('the present, in a sub-select', [qw(uptime timeline_agg)], "
    SELECT c.store_id, uptime($timeline, c.calendar, $week, (SELECT least(now(), '2023-01-24Z')))
    $joined WHERE p.timestamp_utc <= (SELECT now()) $by_store");

# Constants of a select list travel in the session's DateStyle: what the document begins with is no ornament.
my $first_of_february = "SELECT p.store_id, status_at($timeline, '2023-02-01Z') FROM store_status p GROUP BY 1";
is(rows($coordinator, 'shops', 'SHOW DateStyle'), 'ISO, MDY', 'the document sets DateStyle');
runs_on_shards('a constant', ['status_at'], $first_of_february);
isnt(rows($coordinator, 'shops', "SET DateStyle = 'SQL, DMY'; $first_of_february"), rows($coordinator, 'single', "SET DateStyle = 'SQL, DMY'; $first_of_february"),
    'under another DateStyle postgres_fdw sends another day (if this fails, it has been mended there: say so in the document)');
runs_on_shards('a parameter, under any DateStyle', ['status_at'], "EXECUTE of_day('2023-02-01Z')", "
    SET plan_cache_mode = force_generic_plan; SET DateStyle = 'SQL, DMY';
    PREPARE of_day(timestamptz) AS SELECT p.store_id, status_at($timeline, \$1) FROM store_status p GROUP BY 1");

# The first column of the document's table; if one of these runs on the shards one day, there is a line less in it.
runs_here('no GROUP BY', 'open_time', "SELECT store_id, open_time(calendar, $week) FROM calendars");
runs_here('grouped by something else', 'all_of', "
    SELECT timezone_str, all_of(timeline) FROM (SELECT store_id, $timeline AS timeline FROM store_status p GROUP BY store_id) t
    JOIN store_timezone USING (store_id) GROUP BY timezone_str");
runs_here('a field', 'uptime',
    "SELECT c.store_id, (uptime($timeline, c.calendar, $week, '2023-01-25Z')).down_time $joined $by_store");
runs_here('a condition on a field', 'uptime', "
    SELECT * FROM (SELECT c.store_id, uptime($timeline, c.calendar, $week, '2023-01-25Z') AS u $joined $by_store) r
    WHERE (u).availability < 0.99");
runs_here('the present', 'status_at', "SELECT p.store_id, status_at($timeline, now()) FROM store_status p GROUP BY 1");
runs_here('a stable expression', 'status_at',
    "SELECT p.store_id, status_at($timeline, '2023-01-25Z'::timestamptz - interval '1 day') FROM store_status p GROUP BY 1");
runs_here('a text', 'calendar_agg',
    "SELECT store_id, calendar_agg('Europe/Berlin', day_of_week, start_time_local, end_time_local) FROM business_hours GROUP BY 1");
runs_here('beside a text', 'status_at',
    "SELECT p.store_id FROM store_status p GROUP BY 1 HAVING status_at($timeline, '2023-01-25Z') = 'down'");
runs_here('coalesce', 'uptime', "
    SELECT p.store_id, uptime($timeline, coalesce(c.calendar, 'America/Chicago; 24/7'), $week, '2023-01-25Z')
    FROM store_status p LEFT JOIN calendars c USING (store_id) GROUP BY p.store_id, c.calendar");
runs_here('rows out of a function', 'outages', "
    SELECT store_id, o.* FROM (SELECT c.store_id, c.calendar, $timeline AS timeline $joined $by_store) t,
           outages(timeline, calendar, $week, '2023-01-25Z') o");

# --- reports -----------------------------------------------------------------------------------------------------------

my $as_of = AS_OF;
my $some = join ',', (split /\n/, rows($coordinator, 'single', 'SELECT DISTINCT store_id FROM business_hours'))[0 .. 4];
my %arguments = ('the report' => '', 'another policy' => ", policy => 'carry=always max_gap=infinity'",
    'some stores' => ", stores => '{$some,nobody}'");
for my $name (sort keys %arguments) {
    my $asked_at = -s $shards[0]->logfile;
    same_as_single("SELECT * FROM store_uptime_report($as_of$arguments{$name})", $name, 5);
    my $log = slurp_file($shards[0]->logfile, $asked_at);
    if ($arguments{$name} =~ /stores/) { # by a kept plan, whose values are parameters
        like($log, qr/FROM public\.store_status WHERE .*timestamp_utc >= \$2.*store_id = ANY \(\$3.*\n.*parameters: .*\$2 = '2023-01-17.*\$3 = '\{$some\}'/,
            "$name: the shards are asked for those stores and what is in reach");
    } elsif ($arguments{$name} !~ /infinity/) {
        like($log, qr/FROM public\.store_status WHERE .*timestamp_utc >= '2023-01-17/, "$name: the shards are asked for what is in reach");
    }
    is(rows($coordinator, 'shops', "SELECT * FROM report_of_shards($as_of$arguments{$name})"),
        rows($coordinator, 'single', "SELECT * FROM store_uptime_report($as_of$arguments{$name})"), "$name: the same by PL/Proxy");
}
same_as_single("SELECT * FROM store_uptime_windows(ARRAY[$week, '[2023-01-24 14:00Z, 2023-01-24 16:00Z)'], $as_of)", 'windows', 100);
same_as_single("SELECT store_uptime.latest_poll()", 'the latest poll');
same_as_single('SELECT * FROM store_uptime.check_source()', 'defects');

my $id = $coordinator->safe_psql('shops', "SELECT store_uptime.trigger_report($as_of)");
$coordinator->poll_query_until('shops', "SELECT status NOT IN ('queued', 'running') FROM store_uptime.get_report('$id')");
is(rows($coordinator, 'shops', "SELECT * FROM store_uptime.report_rows('$id')"),
    rows($coordinator, 'single', "SELECT * FROM store_uptime_report($as_of)"), 'in the background: the same rows');

done_testing();
