# Timelines of ten million polls: what is asked of them gets the right answer, all of it ends soon after a cancel, and what
# is too long for a value is refused by name.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

# One less than a prime: multiplied by another number modulo that prime, the numbers up to it come in no order, each once.
use constant POLLS => 10_000_018;

my $node = PostgreSQL::Test::Cluster->new('large');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nautovacuum = off\nmax_wal_size = 4GB");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION store_uptime');

sub ask {
    my ($sql) = @_;
    my $polls = POLLS;
    $sql =~ s/:polls/$polls/g;
    $sql =~ s/:start/timestamptz '2000-01-01Z'/g;
    my $failed = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql", stdout => \my $answer, stderr => \my $errors);
    return $failed ? $errors : $answer;
}

my %seconds;

sub true_is {
    my ($name, $sql) = @_;
    my $began = time;
    is(ask("SELECT $sql FROM large"), 't', $name);
    $seconds{$name} = time - $began;
}

# A poll a minute, every seventh down.
is(ask(q{CREATE TABLE large (t status_timeline);
         ALTER TABLE large ALTER t SET STORAGE external;
         INSERT INTO large SELECT timeline_agg(:start + i * interval '1 min', i % 7 > 0) FROM generate_series(1, :polls) i}), '', 'built');
true_is('built in no order', q{t = (SELECT timeline_agg(:start + n * interval '1 min', n % 7 > 0)
                                    FROM (SELECT i::bigint * 7919 % (:polls + 1) AS n FROM generate_series(1, :polls) i) s)});
true_is('poll_count, first_poll, last_poll',
    q{poll_count(t) = :polls AND first_poll(t) = :start + interval '1 min' AND last_poll(t) = :start + :polls * interval '1 min'});
true_is('status_at', q{(SELECT bool_and(status_at(t, :start + n * interval '1 min' + interval '59 s') = CASE n % 7 WHEN 0 THEN 'down' ELSE 'up' END)
                        FROM unnest('{1,7,5000000,5000002,9999997,10000018}'::bigint[]) n)});
true_is('polls', q{(SELECT count(*) = :polls AND bool_and(at = :start + n * interval '1 min' AND status = CASE n % 7 WHEN 0 THEN 'down' ELSE 'up' END)
                    FROM polls(t) WITH ORDINALITY AS p (at, status, n))});
true_is('polls with a limit', q{array(SELECT at FROM polls(t) LIMIT 2) = '{2000-01-01 00:01Z,2000-01-01 00:02Z}'});
true_is('pieces that overlap', q{trim(t, tstzrange(NULL, '2012-01-01Z')) + trim(t, tstzrange('2008-01-01Z', NULL)) = t});
true_is('trim', q{poll_count(trim(t, '[2008-01-01Z,2012-01-01Z)')) = 1461 * 1440});
# Each poll speaks for its minute, the last for none.
true_is('uptime', q{(SELECT open_time = (:polls - 1) * interval '1 min' AND up_time + down_time = open_time
                            AND down_time = (:polls - 1) / 7 * interval '1 min' AND outages = (:polls - 1) / 7
                     FROM uptime(t, 'UTC; 24/7', tstzrange(first_poll(t), last_poll(t)), '2030-01-01Z'))});
true_is('outages', q{(SELECT count(*) = (:polls - 1) / 7 AND bool_and(open_duration = '1 min')
                      FROM outages(t, 'UTC; 24/7', tstzrange(first_poll(t), last_poll(t)), '2030-01-01Z'))});
true_is('status_intervals', q{(SELECT count(*) = 29 AND sum(upper(during) - lower(during)) = '98 min'
                               FROM status_intervals(t, 'UTC; 2010 Jan 04 09:00-10:38', '[2009-12-01Z,2010-02-01Z)', '2030-01-01Z'))});
true_is('a group', q{(SELECT at_least(2, system) FROM (VALUES (t), (t), ('{}')) v (system)) = t});
true_is('text', q{t::text::status_timeline = t});

# Cancelled early, each ends in less than half the time that it took.
my %slow = (
    'pieces that overlap' => q{poll_count(t + t)},
    'a group'             => q{(SELECT all_of(system) FROM (VALUES (t), (t), ('{}')) v (system)) = t},
    'text'                => q{length(t::text)},
);
for my $name (sort keys %slow) {
    my $began = time;
    like(ask("SET statement_timeout = '20ms'; SELECT $slow{$name} FROM large"), qr/canceling statement due to statement timeout/, "$name: cancelled");
    cmp_ok(time - $began, '<', $seconds{$name} / 2, "$name: soon");
}
# Cancelled at any moment: in each of the parts of what a function does.
my ($whole, $cancelled) = (time, 0);
is(ask('SELECT poll_count(t + t) FROM large'), POLLS, 'a sum');
$whole = time - $whole;
for my $part (1 .. 24) {
    my $answer = ask(sprintf q{SET statement_timeout = '%dms'; SELECT poll_count(t + t) FROM large}, $part * $whole * 1000 / 25);
    my $ended = $answer =~ /ERROR:  57014: canceling statement due to statement timeout/;
    ok($ended || $answer eq POLLS, "a sum: cancelled after $part of 25 parts") or diag($answer);
    $cancelled += $ended;
}
cmp_ok($cancelled, '>', 5, 'a sum: many of them in time');
my $long_text = q{('{' || repeat('2024-01-01 00:00:00Z up, ', 8000000) || '2024-01-01 00:00:00Z up}')::status_timeline};
my $began = time;
is(ask("SELECT $long_text"), '{2024-01-01 00:00:00Z up}', 'a text of 200 MB');
$seconds{parse} = time - $began;
$began = time;
like(ask("SET statement_timeout = '20ms'; SELECT $long_text"), qr/canceling statement due to statement timeout/, 'reading text: cancelled');
cmp_ok(time - $began, '<', $seconds{parse} / 2, 'reading text: soon');
like(ask(q{SET statement_timeout = '20ms'; SELECT open_time('UTC; Mo off', '[4713-01-01 BC,140000-01-01)')}), qr/canceling statement due to statement timeout/, 'a walk over 144,712 years: cancelled');

# The longest value, made of its bytes (core/timeline_codec.hpp): 2^26 polls, a second apart, in blocks without slots.
is(ask(q{CREATE CAST (bytea AS status_timeline) WITHOUT FUNCTION;
         CREATE TABLE longest AS
         SELECT n, ('\x01'::bytea || count || '\x01' || span || decode(repeat('16000001', 524288), 'hex'))::status_timeline AS t
         FROM (VALUES (1, '\x80808020'::bytea, '\xc0fbc2ff8fa10f'::bytea), (2, '\x81808020', '\x80808020')) v (n, count, span)}),
    '', 'bytes of 2^26 polls, and of one more');
is(ask('SELECT poll_count(t), last_poll(t) - first_poll(t) = poll_count(t) * interval \'1 s\' - interval \'1 s\' FROM longest WHERE n = 1'), '67108864|t', 'the longest');
like(ask('SELECT t::text FROM longest WHERE n = 1'), qr/ERROR:  54000: the text of a timeline of 67108864 polls is too long.*\nHINT:  Print parts of it/, 'whose text is too long');
is(ask(q{SELECT length(trim(t, '[1970-01-01Z,1970-01-01 00:01Z)')::text) FROM longest WHERE n = 1}), 60 * 25, 'but not that of a part');
like(ask('SELECT poll_count(t) FROM longest WHERE n = 2'), qr/ERROR:  22P03: invalid status_timeline: a number is out of range/, 'there is none longer');

done_testing();
