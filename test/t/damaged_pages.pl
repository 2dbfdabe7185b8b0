# Values of the extension's types on pages whose bytes were changed while the server was down, without checksums to tell:
# in rows, in rows compressed, and out of line. Whatever is called on them, there is an answer or an error that tells of
# damage, and the server goes on.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use constant PAGE => 8192;

my $node = PostgreSQL::Test::Cluster->new('damaged');
$node->init(no_data_checksums => 1); # which is the default before PostgreSQL 18
$node->append_conf('postgresql.conf', 'autovacuum = off');
$node->start;

# The column of a type in its own table, behind a number; what it holds is as large as its storage wants.
my %values = (
    status_timeline => {
        plain    => q{timeline_agg(timestamptz '2024-01-01Z' + i * interval '1 h' + random() * interval '20 min', random() < 0.8)
                      FROM generate_series(1, 1 + n * 7) i},
        extended => q{timeline_agg(timestamptz '2024-01-01Z' + i * interval '5 min', i % 1000 > n) FROM generate_series(1, 200000) i},
        external => q{timeline_agg(timestamptz '2024-01-01Z' + i * interval '1 h' + random() * interval '20 min', random() < 0.8)
                      FROM generate_series(1, 500 + n * 100) i},
    },
    business_calendar => {
        plain    => q{calendar_agg('America/Chicago', i % 7, time '08:00' + i * n * interval '1 s', '18:00') FROM generate_series(1, 1 + n) i},
        extended => q{with_special_days('UTC; Mo-Fr 09:00-17:00', date '2000-01-01' + i * n, '10:00', '12:00') FROM generate_series(1, 1000) i},
        external => q{with_special_days('UTC; Mo-Fr 09:00-17:00', date '2000-01-01' + i * n, '10:00', '12:00') FROM generate_series(1, 600) i},
    },
    uptime_policy => {
        plain => q{uptime_policy('next', 'always', n % 2 = 0, n * interval '1 min', 'down')},
    },
);

$node->safe_psql('postgres', 'CREATE EXTENSION store_uptime; SELECT setseed(0.42)');
my @tables;
for my $type (sort keys %values) {
    for my $storage (sort keys %{ $values{$type} }) {
        my $table = "${type}_$storage";
        push @tables, { name => $table, type => $type, storage => $storage };
        $node->safe_psql('postgres', "CREATE TABLE $table (n int, value $type)"
              . ($type eq 'uptime_policy' ? '' : "; ALTER TABLE $table ALTER value SET STORAGE $storage")
              . "; INSERT INTO $table SELECT n, (SELECT $values{$type}{$storage}) FROM generate_series(1, 30) n");
    }
}

# Where the values lie: in the table, or in the chunks of its toast table behind an id and a number.
for my $table (@tables) {
    my $main = $node->safe_psql('postgres', "SELECT pg_relation_filepath('$table->{name}')");
    my $toast = $node->safe_psql('postgres',
        "SELECT pg_relation_filepath(reltoastrelid) FROM pg_class WHERE oid = '$table->{name}'::regclass AND reltoastrelid <> 0");
    $table->{files} = [ { path => $node->data_dir . "/$main", before => 4 } ];
    push @{ $table->{files} }, { path => $node->data_dir . "/$toast", before => 8 } if $toast ne '';
}
$node->stop;

# The place and length of the bytes of the value in a row at `at` of a page, without what says how long they are; nothing if
# they are elsewhere.
sub value_in_row {
    my ($page, $at, $length, $before, $fixed) = @_;
    my $start = $at + ord(substr($page, $at + 22, 1)) + $before;
    return ($start + 4, 16) if $fixed;    # aligned to eight bytes
    my $head = ord(substr($page, $start, 1));
    return () if $head == 1;              # out of line
    return ($start + 1, ($head >> 1) - 1) if $head & 1;
    my $of_size = $head & 2 ? 8 : 4;      # compressed: and how long it was
    return ($start + $of_size, (unpack('V', substr($page, $start, 4)) >> 2) - $of_size);
}

# Changes up to three bits of each value in a file; gives how many values that were.
sub damage {
    my ($file, $fixed) = @_;
    open my $handle, '+<:raw', $file->{path} or die "$file->{path}: $!";
    my $values = 0;
    for (my $number = 0; read($handle, my $page, PAGE) == PAGE; ++$number) {
        my ($lower) = unpack 'v', substr($page, 12, 2);
        for (my $item = 24; $item < $lower; $item += 4) {
            my $pointer = unpack 'V', substr($page, $item, 4);
            next unless ($pointer >> 15 & 3) == 1;
            my ($start, $length) = value_in_row($page, $pointer & 0x7FFF, $pointer >> 17, $file->{before}, $fixed) or next;
            for (0 .. int(rand 3)) {
                my $place = $start + int(rand $length);
                substr($page, $place, 1) = chr(ord(substr($page, $place, 1)) ^ 1 << int(rand 8));
            }
            ++$values;
        }
        seek $handle, $number * PAGE, 0 or die $!;
        print $handle $page;
        seek $handle, ($number + 1) * PAGE, 0 or die $!;
    }
    close $handle or die $!;
    return $values;
}

srand 42;
for my $table (@tables) {
    my $damaged = 0;
    $damaged += damage($_, $table->{type} eq 'uptime_policy') for @{ $table->{files} };
    cmp_ok($damaged, '>=', 30, "$table->{name}: values are damaged");
}
$node->start;

# Every function with an argument of the type, on every value.
my $started = $node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()');
for my $table (@tables) {
    my $outcomes = $node->safe_psql('postgres', qq{
\\i test/pgtap/lib/calls.psql
SELECT outcome, count(*) FROM (
    SELECT pg_temp.outcome(pg_temp.call(c, pg_temp.sound_but(c, a.i::int, format('(SELECT value FROM $table->{name} WHERE n = %s)', n)))) AS outcome
    FROM callable c, unnest(c.types) WITH ORDINALITY AS a (type, i), generate_series(1, 30) AS n
    WHERE a.type = '$table->{type}'::regtype OFFSET 0) o
GROUP BY outcome});
    my @lines = split /\n/, $outcomes;
    my @unstated = grep { !/^\d+ rows|^22P03 invalid |^0A000 \w+ of version \d+ is not known|^22023 time zone|^XX001 |^42704 no source/ } @lines;
    is_deeply(\@unstated, [], "$table->{name}: answers, or errors that tell of damage");
    cmp_ok(scalar(grep { /^22P03|^XX001/ } @lines), '>', 0, "$table->{name}: there are errors");
}
is($node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()'), $started, 'the server has lived through it');
unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/terminated by signal|PANIC/, 'and no process crashed');

done_testing();
