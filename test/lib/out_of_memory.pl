#!/usr/bin/env perl
# Has one allocation after the other fail, in each of many statements. Each time the statement must end with an SQL
# error, the session must go on, and the same statement must give the right answer next.
#
#   out_of_memory.pl FOLDER LOG all|sample [STATEMENT]     every allocation, or some of each statement
#
# The server is the one that psql reaches; it has test/lib/failing_memory.cpp preloaded, has run test/lib/out_of_memory.sql,
# whose files are in FOLDER, and writes LOG. Inside ICU it may crash: ICU does not look at all of its own allocations.
use strict;
use warnings;
use Time::HiRes qw(time sleep);

my ($folder, $log, $mode, $only) = @ARGV;
die "usage: $0 FOLDER LOG all|sample [STATEMENT]\n" unless $mode && $mode =~ /^(?:all|sample)$/;
# Whose allocations fail, as test/lib/failing_memory.cpp counts them; the last: of ICU all from that one on.
use constant {CORE => 1, ICU => 2, POSTGRES => 3, ICU_ON => 4};
my @kinds = ('', 'core', 'ICU', 'PostgreSQL', 'ICU, on');

# --- statements -----------------------------------------------------------------------------------------------------

my ($as_of, $week) = (q{'2024-01-08 18:00Z'}, q{'[2024-01-02Z,2024-01-08Z)'});
my $parallel = 'SET max_parallel_workers_per_gather = 2; SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;';

# A digest of a query's rows.
sub digest {
    my ($rows) = @_;
    return "SELECT md5(string_agg(r::text, ',' ORDER BY r::text)) AS answer FROM ($rows) r";
}

sub report {
    my ($arguments) = @_;
    return digest("SELECT * FROM store_uptime_report($as_of$arguments)");
}

sub of_values {
    my ($call) = @_;
    return digest("SELECT store_id, $call FROM timeline JOIN calendar USING (store_id) WHERE store_id < 4");
}

# name => query; or [query, what else: set => settings, cold => in a new session each time, before and after it, wrong => the
# error it is, look => the query for the answer if it is not itself one, worker => that goes on after it, few => how many
# allocations are a sample, most => how many are all].
my @statements = (
    'policy: text' => digest(q{SELECT (concat('carry=', w, ' max_gap=2 hours'))::uptime_policy::text FROM unnest('{day,always}'::text[]) w}),
    'policy: function' => digest(q{SELECT uptime_policy(carry => w, max_gap => '3 hours') FROM unnest('{day,always}'::text[]) w}),
    'policy: receive' => ["COPY policy FROM '$folder/policy' (FORMAT binary);", before => 'BEGIN;', after => 'ROLLBACK;', look => digest('TABLE policy')],
    'policy: send' => ["COPY policy TO '$folder/sent' (FORMAT binary);", look => 'SELECT 1 AS answer'],
    'policy: wrong' => [q{SELECT 'fill=now and then'::uptime_policy AS answer}, wrong => '22P02'],
    'timeline: out' => digest('SELECT t::text FROM timeline WHERE store_id < 3'),
    'timeline: in' => digest('SELECT t::text::status_timeline = t FROM timeline WHERE store_id < 3'),
    'timeline: receive' => ["COPY timeline FROM '$folder/timeline' (FORMAT binary);", before => 'BEGIN;', after => 'ROLLBACK;', look => digest('TABLE timeline')],
    'timeline: send' => ["COPY timeline TO '$folder/sent' (FORMAT binary);", look => 'SELECT 1 AS answer'],
    'timeline: wrong' => [q{SELECT '{2024-01-01 00:00Z sideways}'::status_timeline AS answer}, wrong => '22P02'],
    'timeline: functions' => digest(qq{SELECT poll_count(t), first_poll(t), last_poll(t), status_at(t, $as_of), poll_count(trim(t, $week)),
                                              poll_count(t + t), hashtext(t::text), t = t FROM timeline WHERE store_id < 3}),
    'timeline: polls' => digest('SELECT polls(t) FROM timeline WHERE store_id < 3'),
    'timeline_agg' => digest(q{SELECT store_id, timeline_agg(timestamp_utc, status = 'active') FROM store_status GROUP BY 1}),
    'timeline_agg of timelines' => digest('SELECT timeline_agg(t) FROM timeline'),
    'timeline_agg: parallel' => [digest('SELECT store_id % 10, timeline_agg(polled_at, status) FROM many_polls GROUP BY 1'), set => $parallel],
    'groups' => digest('SELECT all_of(t), any_of(t), at_least(2, t) FROM timeline WHERE store_id < 6'),
    'calendar: text' => [digest('SELECT c::text::business_calendar::text FROM calendar WHERE store_id < 4'), cold => 1],
    'calendar: receive' => ["COPY calendar FROM '$folder/calendar' (FORMAT binary);", before => 'BEGIN;', after => 'ROLLBACK;', look => digest('TABLE calendar')],
    'calendar: send' => ["COPY calendar TO '$folder/sent' (FORMAT binary);", look => 'SELECT 1 AS answer'],
    'calendar: wrong' => [q{SELECT 'America/Chicago; Mo-Xx 09:00-17:00'::business_calendar AS answer}, wrong => '22P02'],
    'calendar_agg' => digest(q{SELECT store_id, calendar_agg(timezone_str, day_of_week, start_time_local, end_time_local, valid_from, valid_until)
                               FROM business_hours LEFT JOIN store_timezone USING (store_id) WHERE store_id < 5 GROUP BY 1}),
    'calendar: special days' => digest(q{SELECT with_special_day(c, '2024-02-29'), with_special_day(c, '2024-02-29', '10:00', '12:00') FROM calendar WHERE store_id < 3
                                         UNION ALL SELECT with_special_days(c, d, NULL, NULL), NULL FROM calendar, unnest('{2024-02-29,2024-03-01}'::date[]) d WHERE store_id = 1
                                         UNION ALL SELECT with_special_days_join(c, with_special_day(c, '2024-03-02')), NULL FROM calendar WHERE store_id = 1}),
    'calendar: functions' => digest(qq{SELECT is_open(c, $as_of), open_time(c, $week), next_open(c, $as_of), next_close(c, $as_of), c = c FROM calendar WHERE store_id < 4}),
    'calendar: open_hours' => digest("SELECT open_hours(c, $week) FROM calendar WHERE store_id < 4"),
    'uptime' => of_values(qq{uptime(t, c, $week, $as_of, 'fill=nearest', '{[2024-01-03Z,2024-01-03 12:00Z)}')}),
    'status_intervals' => of_values("status_intervals(t, c, $week, $as_of)"),
    'outages' => of_values("outages(t, c, $week, $as_of)"),
    'explain_status' => of_values("explain_status(t, c, '2024-01-05 15:00Z', $as_of)"),
    'series of values' => of_values("uptime_series(t, c, '2024-01-02Z', '2024-01-08Z', 'day', $as_of)"),
    'objectives' => digest(q{SELECT availability_percent(interval '999 hours', interval '1 second'), error_budget('40 hours', '1 hour', 95)}),
    'report' => report(''),
    'report: cold' => [report(''), cold => 1],
    'report of stores' => report(", stores => '{1,2,99}'"),
    'report of stores: cold' => [report(", stores => '{1,2,99}'"), cold => 1],
    'report: texts' => report(", 'texts'"),
    'report: numerics' => report(", 'numerics', stores => '{0.1,0.2}'"),
    'report: numerics of all' => report(", 'numerics'"),
    'report: unknown zone' => [report(", 'default', stores => '{1}'"), wrong => '22023', before => q{BEGIN; UPDATE store_timezone SET timezone_str = 'Mars/Olympus';}, after => 'ROLLBACK;'],
    'report: packed' => [report(", 'many'"), set => q{SET store_uptime.work_mem = '4MB';}],
    'report: spilled' => [report(", 'some'"), set => q{SET store_uptime.work_mem = '64kB';}],
    'report: texts packed' => [report(", 'many texts'"), set => q{SET store_uptime.work_mem = '4MB';}],
    'report: texts spilled' => [report(", 'some texts'"), set => q{SET store_uptime.work_mem = '64kB';}],
    'report: parallel' => [report(", 'some'"), set => $parallel],
    'report: parallel, packed' => [report(", 'many'"), set => "$parallel SET store_uptime.work_mem = '4MB';", few => 15],
    'report: parallel, texts spilled' => [report(", 'some texts'"), set => "$parallel SET store_uptime.work_mem = '64kB';"],
    'windows' => digest(qq{SELECT * FROM store_uptime_windows(ARRAY[tstzrange($week), '[2024-01-03Z,2024-01-04Z)'], $as_of)}),
    'series' => digest("SELECT * FROM uptime_series('default', '2024-01-02Z', '2024-01-08Z', 'day', $as_of)"),
    'explain' => [digest("SELECT * FROM store_uptime_explain('2', '2024-01-05 15:00Z', $as_of)"), cold => 1],
    'check_source' => digest('SELECT * FROM store_uptime.check_source()'),
    'latest_poll, source_columns' => digest('SELECT store_uptime.latest_poll(), store_uptime.source_columns()'),
    'import_csv: polls' => [qq{SELECT store_uptime.import_csv('store_status', '$folder/polls.csv')::text AS answer}, before => 'BEGIN;', after => 'ROLLBACK;'],
    'import_csv: zones' => [qq{SELECT store_uptime.import_csv('store_timezone', '$folder/zones.csv')::text AS answer}, before => 'BEGIN;', after => 'ROLLBACK;'],
    'register_source' => [q{SELECT store_uptime.register_source('more', 'store_status', 'business_hours', options => '{"default_timezone": "Eastern Standard Time"}')::text AS answer},
        cold => 1, before => 'BEGIN;', after => 'ROLLBACK;'],
    'run_report' => ["CALL store_uptime.run_report($as_of);", before => 'BEGIN;', after => 'ROLLBACK;',
        look => "SELECT md5(string_agg(r::text, ',' ORDER BY r::text)) AS answer FROM store_uptime.report_queue q, store_uptime.report_rows(q.report_id) r"],
    'a report in the background' => ["SELECT store_uptime.trigger_report($as_of) AS id", look => q{SELECT outcome(:'id') AS answer}, worker => 1],
    'timezone_audit' => [digest("SELECT * FROM store_uptime.timezone_audit('2023-01-01', '2024-01-01') WHERE zone LIKE 'America/M%'"), cold => 1],
);
my $zones = q{SELECT zone, open_hours((zone || '; Mo,Th 09:00-17:00')::business_calendar, '[2023-12-01Z,2024-12-01Z)')
              FROM unnest('{America/Chicago,Asia/Kathmandu,UTC,W. Europe Standard Time}'::text[]) zone};
my @icu_statements = (
    'report by ICU' => [report(''), cold => 1, set => 'SET store_uptime.timezone_provider = icu;'],
    'timezone_audit' => [digest("SELECT * FROM store_uptime.timezone_audit('2023-01-01', '2024-01-01') WHERE zone LIKE 'America/M%'"), cold => 1, few => 6, most => 300],
    'tzdata_version' => [digest('SELECT store_uptime.tzdata_version()'), cold => 1],
);
my @zone_statements = (
    'zones of PostgreSQL' => [digest($zones), cold => 1],
    'zones of ICU' => [digest($zones), cold => 1, set => 'SET store_uptime.timezone_provider = icu;'],
    'far years of ICU' => [digest(q{SELECT open_hours('Europe/London; Mo,Th 09:00-17:00', r) FROM unnest('{"[1985-01-01Z,1986-01-01Z)","[2045-01-01Z,2046-01-01Z)"}'::tstzrange[]) r}), cold => 1, set => 'SET store_uptime.timezone_provider = icu;'],
);

# They are here for the day when that changes.
my %allocates_nothing = map { $_ => 1 } 'policy: receive', 'policy: send', 'timeline: receive', 'timeline: send', 'calendar: send', 'objectives',
    'check_source', 'latest_poll, source_columns', 'import_csv: polls', 'import_csv: zones', 'register_source';

# --- running --------------------------------------------------------------------------------------------------------

my ($failures, $points, $statements, $crashes) = (0, 0, 0, 0);

sub complain {
    my ($name, $what) = @_;
    print "FAILED: $name: $what\n";
    $failures++;
}

# The commands for one try: the n-th allocation fails (none if n is 0), and then the same once more.
sub commands {
    my ($s, $kind, $n) = @_;
    my $counted = $kind == ICU_ON ? ICU . ", -$n" : "$kind, $n";
    my $gset = $s->{run} =~ /;$/ ? '' : ' \gset';
    my $once = sub {
        my ($arm) = @_;
        my $disarm = 'SELECT allocations() AS seen, pg_backend_pid() AS pid \gset';
        my $look = $s->{look} ? "\\if :ok\n$s->{look} \\gset\n\\endif" : '';
        # A worker goes on when the statement has ended.
        my ($early, $late) = $s->{worker} ? ($look, $disarm) : ($disarm, $look);
        return join "\n", $s->{before}, "\\unset answer\n\\unset seen", $arm, "$s->{run}$gset", '\set state :SQLSTATE', '\set said -', '\if :ERROR', '\set said :LAST_ERROR_MESSAGE', '\endif',
            "SELECT :'state' = '00000' AS ok \\gset", $early, $late, $s->{after}, "\\if :{?seen}\n\\else\n$disarm\n\\endif", '';
    };
    return join "\n", $s->{cold} ? '\c -' : '', $s->{cold} ? $s->{set} : '', 'SELECT pg_backend_pid() AS first_pid \gset',
        $once->("SELECT fail_allocation($counted) AS nothing \\gset"), '\set first :answer', '\set first_state :state', '\set first_said :said', '\set first_seen :seen',
        $once->(''), "\\echo = $n :first_state :state :first_seen :first_pid :pid '|' :first '|' :answer '|' :first_said", '';
}

# Runs commands in one session; what each try came to.
sub run {
    my ($s, $kind, @numbers) = @_;
    open my $script, '>', "$folder/script" or die "$folder/script: $!\n";
    print $script '\pset tuples_only', "\n", "\\set ok false\n$s->{set}\n";
    print $script $s->{cold} ? '' : commands($s, 0, 0) =~ s/^\\echo.*//mr;    # what is kept is there now
    print $script commands($s, $kind, $_) for @numbers;
    close $script;
    my @tries;
    for (`psql -qXAt -f '$folder/script' 2>'$folder/errors'`) {
        next unless /^= (\d+) (\S+) (\S+) (\d+) (\d+) (\d+) \| (.*?) \| (.*?) \| (.*)$/;
        push @tries, {n => $1, state => $2, again_state => $3, seen => $4, survived => $5 == $6, answer => $7, again => $8, said => $9};
    }
    return @tries;
}

sub wait_for_server {
    for (1 .. 600) {
        return if system("psql -qXAt -c 'SELECT 1' >/dev/null 2>&1") == 0;
        sleep 0.1;
    }
    die "the server does not come back\n";
}

# What the library has written into the server's log of the last crash: the function and its caller, below what the signal
# called.
sub place_of_crash {
    open my $file, '<', $log or die "$log: $!\n";
    my @frames = map { /\[0x[0-9a-f]+\]$/ ? $_ : () } <$file>;
    my ($signal) = grep { $frames[$_] =~ /failing_memory/ } reverse 0 .. $#frames;
    return defined $signal ? join ', called from ', grep { defined } @frames[$signal + 2 .. $signal + 3] : 'no place that is told';
}

sub judge {
    my ($s, $kind, $expected, $try) = @_;
    my $place = "$s->{name}, allocation $try->{n} of $kinds[$kind]";
    my $of_icu = $kind == ICU || $kind == ICU_ON;
    my $right = $try->{state} eq $expected->{state} && $try->{answer} eq $expected->{answer};
    my $refused = $s->{worker} ? $try->{state} eq '00000' && $try->{answer} =~ /out of memory/ : $try->{state} eq '53200';
    my $failed = $try->{n} > 0 && $try->{seen} >= $try->{n} || !$right;
    $points++ if $failed;
    # The core must say so; ICU and PostgreSQL may do without.
    complain($place, "ends with $try->{state} ($try->{said}), $try->{answer}") unless $failed ? $refused || $kind != CORE && $right : $right;
    # ICU may keep that it has failed, until the session ends.
    complain($place, "next gives $try->{again_state}, $try->{again}")
        unless $try->{again} eq $expected->{answer} && $try->{again_state} eq $expected->{state} || $of_icu && $try->{again_state} eq '53200';
    complain($place, 'the session is another') unless $try->{survived};
}

# Which of so many allocations: all; or the first ones and some of the others.
sub choose {
    my ($count, $most) = @_;
    return 1 .. $count + 3 if $count <= $most;
    my $first = int($most / 3);
    my $step = ($count - $first) / ($most - $first);
    return (1 .. $first, map({ int($first + $_ * $step) } 1 .. $most - $first), $count + 3);
}

sub examine {
    my ($s, $kind) = @_;
    my $began = time;
    my @counted = run($s, $kind, 0, 0, 0);
    my $expected = $counted[-1];
    return complain($s->{name}, 'cannot be run: ' . `cat '$folder/errors'`)
        unless @counted == 3 && $expected->{state} eq ($s->{wrong} // '00000') && !grep { $_->{answer} ne $expected->{answer} } @counted;
    my ($count) = sort { $b <=> $a } map { $_->{seen} } @counted;
    return complain($s->{name}, 'allocates nothing') if $count == 0 && !$allocates_nothing{$s->{name}};
    my @numbers = choose($count, $mode eq 'all' ? $s->{most} // $count : $s->{few} // ($s->{cold} || $s->{worker} ? 20 : 40));
    my $before = $points;
    while (@numbers) {
        my @tries = run($s, $kind, @numbers);
        judge($s, $kind, $expected, $_) for @tries;
        splice @numbers, 0, scalar @tries;
        last unless @numbers;
        wait_for_server();
        my $place = place_of_crash();
        complain("$s->{name}, allocation $numbers[0] of $kinds[$kind]", "crashes in $place") unless $kind != CORE && $place =~ m{/libicu.*/libicu}s;
        $crashes++;
        shift @numbers;
    }
    $statements++;
    printf "%-40s %-10s %6d allocations, %6d failed, %6.1f s\n", $s->{name}, $kinds[$kind], $count, $points - $before, time - $began;
}

sub each_statement {
    my ($kind, @list) = @_;
    while (my ($name, $what) = splice @list, 0, 2) {
        next if $only && index($name, $only) < 0;
        my ($run, %more) = ref $what ? @$what : $what;
        examine({set => '', before => '', after => '', %more, name => $name, run => $run}, $kind);
    }
}

each_statement(CORE, @statements, @zone_statements);
each_statement(ICU, @zone_statements, @icu_statements);
each_statement(ICU_ON, @zone_statements[2 .. 3]);
each_statement(POSTGRES, @zone_statements[0 .. 1]);
print "$statements statements, $points failed allocations, $crashes times the server ended, $failures failures\n";
exit($failures || !$points ? 1 : 0);
