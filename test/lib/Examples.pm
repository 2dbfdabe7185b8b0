# How an example is written in README.md and doc/, for the tests that run them.
#
# A ```sql block is one. A ```text block that follows it is what it must print, white space aside; "…" in it is whatever
# is printed there. What an example needs and a reader does not stands in a comment,
#
#   <!-- example
#   CREATE TABLE …
#   -->
#
# and is one in its place. Words behind "sql" or "example" say where it runs: nothing, in the one database that
# test/scripts/documentation-examples has for a document; "not run"; or "on …", on the servers of a test under test/t.
package Examples;
use strict;
use warnings;
use Exporter qw(import);
our @EXPORT = qw(examples prints read_text);

sub read_text {
    my ($file) = @_;
    open my $in, '<', $file or die "$file: $!";
    local $/;
    return scalar <$in>;
}

# The examples of a document in their order: [{line, where, sql, wanted}], wanted undefined where it does not say.
sub examples {
    my ($text) = @_;
    my @found;
    while ($text =~ /^(?:```(\w+) *([^\n]*)\n(.*?)^```$|<!-- example *([^\n]*)\n(.*?)^-->$)/gms) {
        my ($language, $mark, $body, $hidden_mark, $hidden) = ($1, $2, $3, $4, $5);
        my $before = substr($text, 0, $-[0]);
        if (defined $hidden || $language eq 'sql') {
            push @found, {line => 1 + ($before =~ tr/\n//), where => $hidden_mark // $mark, sql => $hidden // $body};
        } elsif ($language eq 'text' && @found && $before =~ /^(?:```|-->)\s*\z/m) {
            $found[-1]{wanted} = $body;
        }
    }
    return @found;
}

sub squeezed {
    my ($text) = @_;
    my @lines = map { s/\s+/ /gr =~ s/^ | $//gr =~ s/-{3,}/---/gr } split /\n/, $text;
    return join "\n", grep { length } @lines;
}

# Whether what an example printed is what its document says, if it does.
sub prints {
    my ($example, $printed) = @_;
    return 1 unless defined $example->{wanted};
    my $wanted = join '.*', map { quotemeta } split /…/, squeezed($example->{wanted}), -1;
    return squeezed($printed) =~ /^$wanted$/s;
}

1;
