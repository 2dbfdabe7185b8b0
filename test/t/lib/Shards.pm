# Servers that hold the stores of doc/scaling.md: a coordinator and two shards, set up by the very statements of the
# document; and the same rows on a single server, which is a database of the coordinator's.
package Shards;
use strict;
use warnings;
use Cwd qw(abs_path);
use Examples;
use Exporter qw(import);
use IPC::Run qw(run start timeout);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
our @EXPORT = qw(AS_OF start_shards run_document attempt printed rows session);

use constant AS_OF => q{'2023-01-25 18:13:22.47922Z'}; # the newest poll of script/generate-data

my ($coordinator, @shards, $data);

# Starts the servers, with a database 'shops' each and 'single' on the coordinator; returns them, the coordinator first.
sub start_shards {
    ($coordinator, @shards) = map { PostgreSQL::Test::Cluster->new($_) } qw(coordinator shard_0 shard_1);
    for my $node ($coordinator, @shards) {
        $node->init;
        $node->append_conf('postgresql.conf', "timezone = 'UTC'");
        $node->start;
        $node->safe_psql('postgres', 'CREATE DATABASE shops');
    }
    # 'shops' begins in a style that changes days, were it not for what the document says of it.
    $coordinator->safe_psql('postgres', q{CREATE DATABASE single; ALTER DATABASE shops SET DateStyle = 'SQL, DMY'});
    $data = abs_path(PostgreSQL::Test::Utils::tempdir());
    system_or_bail('script/generate-data', '60', '8', $data);
    return ($coordinator, @shards);
}

# Runs the examples of a document. They run "on every shard", the single server among them, "on the coordinator", or "on
# the coordinator, as on one server": there too, and both must print the same.
sub run_document {
    my ($document) = @_;
    for my $example (grep { $_->{where} ne 'not run' } examples(read_text($document))) {
        my ($where, $name, $sql) = ($example->{where}, "$document:$example->{line}", $example->{sql});
        if ($where eq 'on every shard') {
            printed($_, 'shops', $sql) for @shards;
            printed($coordinator, 'single', $sql);
        } elsif ($where =~ /^on the coordinator(, as on one server)?$/) {
            my $printed = printed($coordinator, 'shops', $sql);
            ok(prints($example, $printed), "$name prints what the document says") or diag($printed);
            is(sorted($printed), sorted(printed($coordinator, 'single', $sql)), "$name: as on one server") if defined $1;
        } else {
            die "$name: there is no '$where'";
        }
    }
}

# SQL of the document's with the names of these servers and this folder.
sub plain {
    my ($sql) = @_;
    for my $i (0 .. $#shards) {
        my ($host, $port) = ($shards[$i]->host, $shards[$i]->port);
        $sql =~ s/host 'shard-$i'/host '$host', port '$port'/g;
        $sql =~ s/host=shard-$i\b/host=$host port=$port/g;
    }
    return $sql =~ s{'/data/}{'$data/}gr;
}

# Runs SQL up to its first error: what it prints, and the error or ''.
sub attempt {
    my ($node, $database, $sql, @options) = @_;
    my ($in, $out, $error) = (plain($sql), '', '');
    run(['psql', '-qX', '-P', 'footer=off', '-v', 'ON_ERROR_STOP=1', @options, '-d', $node->connstr($database), '-f', '-'],
        '<', \$in, '>', \$out, '2>', \$error);
    return ($out, $error);
}

# What SQL prints that must not fail.
sub printed {
    my ($node, $database, $sql, @options) = @_;
    my ($out, $error) = attempt($node, $database, $sql, @options);
    die "failed: $sql\n$error" if $error =~ /ERROR|FATAL/;
    return $out;
}

# Its rows, in order of their text.
sub rows {
    my ($node, $database, $sql) = @_;
    return sorted(printed($node, $database, $sql, '-At'));
}

# A session that stays: a function of SQL that gives what it prints and its errors; a second argument is called while
# the SQL runs. Without arguments it ends the session.
sub session {
    my ($node, $database) = @_;
    my ($in, $out, $error) = ('', '', '');
    my $psql = start(['psql', '-qXAt', '-d', $node->connstr($database)], '<', \$in, '>', \$out, '2>', \$error, timeout(60));
    return sub {
        my ($sql, $meanwhile) = @_;
        ($out, $error) = ('', '');
        if (!defined $sql) {
            $in .= "\\q\n";
            return $psql->finish;
        }
        $in .= "$sql;\n\\echo end of rows\n\\warn end of errors\n";
        $psql->pump_nb;
        $meanwhile->() if $meanwhile;
        $psql->pump until $out =~ /^end of rows$/m && $error =~ /^end of errors$/m;
        return ($out =~ s/^end of rows\n//mr, $error =~ s/^end of errors\n//mr);
    };
}

sub sorted { return join "\n", sort split /\n/, $_[0] }

1;
