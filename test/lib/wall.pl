#!/usr/bin/env perl
# What can throw is reached through the wall only (src/pg/wall.hpp). Reads object files in which each function and each
# table has a section of its own, and follows what refers to what: calls, addresses taken, tables of functions, vtables.
# Prints the shortest way to each function outside call_core that throws, allocates or calls C++ that may; fails if there
# is one, and if what it is given cannot show any.
#
#   wall.pl OBJECT...
#
# Not followed: a pointer that the core made behind the wall and that is called before it. There is no such interface.
use strict;
use warnings;

die "no objects\n" unless @ARGV;

# A node is "object#section", what refers to it too. A symbol that other objects see stands for all its definitions.
my (%refers, %title, %definitions, %is_root, %is_wall);

# C++ from elsewhere that throws nothing. terminate() waits where something that cannot throw is called. (_ZSt10from_chars
# is that of floating point numbers, noexcept by the standard.)
my $harmless = qr/^(?: _Zd[la]Pv.* | _ZSt10from_charsPKcS0_R[def]St12chars_format | __cxa_(?:guard_\w+|free_exception|atexit|finalize|begin_catch) | _ZSt9terminatev )$/x;
# An object of ours that has to be cleaned up would be left behind by an error of PostgreSQL's: _Unwind_Resume tells of it.
my $may_throw = qr/^(?: _Z | __cxa_ | _Unwind_ )/x;

read_object($_) for @ARGV;
my @wall = grep { $is_wall{$_} } keys %title;
die "no wall: not a single call_core in " . @ARGV . " objects\n" unless @wall;
die "nothing is exported\n" unless %is_root;
die "nothing throws even behind the wall: these objects do not tell\n" unless breaches(reach(1, keys %is_root));
my $from = reach(0, keys %is_root);
my @found = breaches($from);
open my $out, '|-', 'c++filt' or die "c++filt: $!\n";
print $out map { "BREACH: $_\n" } @found;
printf $out "%d sections reached from %d outside the wall, of which %d lead through it: %s\n", scalar keys %$from,
    scalar keys %is_root, scalar(grep { exists $from->{$_} } @wall), @found ? @found . ' breaches' : 'no breach';
close $out;
exit(@found ? 1 : 0);

sub read_object {
    my ($object) = @_;
    my (@section, %patched, @symbol, $patches, @references);
    open my $in, '-|', 'readelf', '--wide', '--sections', '--symbols', '--relocs', $object or die "readelf: $!\n";
    while (<$in>) {
        if (/^\s*\[\s*(\d+)\]\s(\S+)\s+(\w+)\s+[0-9a-f]{8,}\s+([0-9a-f]+)\s+([0-9a-f]+)\s+\S+\s+(?:[A-Za-z]+\s+)?\d+\s+(\d+)\s+\d+$/) {
            $section[$1] = $2;
            $patched{hex $4} = $6 if $3 eq 'RELA';
            die "$object: functions share a section; compile with -ffunction-sections\n" if $2 eq '.text' && hex $5;
        } elsif (/^Relocation section .* at offset (0x[0-9a-f]+)/) {
            $patches = $patched{hex $1} // die "$object: relocations of no section: $_";
        } elsif (/^[0-9a-f]{12,}\s+([0-9a-f]{8,})[0-9a-f]{8}\s+R_/) {
            push @references, [$patches, hex $1];
        } elsif (/^\s*(\d+): [0-9a-f]+\s+\S+\s+(\w+)\s+(\w+)\s+(\w+)\s+(?:\[.*?\]\s+)?(\S+)(?: (\S+))?/) {
            $symbol[$1] = {type => $2, bind => $3, visible => $4, section => $5, name => $6 // ''};
        }
    }
    close $in or die "readelf fails on $object\n";

    for my $s (grep { $_ && $_->{section} =~ /^\d+$/ } @symbol) {
        my $node = "$object#$s->{section}";
        $title{$node} //= $s->{name} if $s->{type} eq 'FUNC' || $s->{type} eq 'OBJECT';
        push @{$definitions{$s->{name}}}, $node if $s->{bind} ne 'LOCAL';
        $is_root{$node} = 1 if $s->{bind} eq 'GLOBAL' && $s->{visible} eq 'DEFAULT';
        # What happens after an exception was caught is in no call_core's try.
        $is_root{$node} = 1 if $s->{type} eq 'FUNC' && $object =~ m{/pg/wall\.o$};
    }
    for my $i (grep { $section[$_] } 0 .. $#section) {
        my $node = "$object#$i";
        $title{$node} //= $section[$i];
        $is_wall{$node} = 1 if $title{$node} =~ /^_ZN12store_uptime2pg9call_coreI/;
        $is_root{$node} = 1 if $section[$i] =~ /^\.(?:init|fini)_array|^\.[cd]tors/;
    }
    for (@references) {
        my ($section, $number) = @$_;
        my $s = $symbol[$number];
        my $local = $s->{bind} eq 'LOCAL' && $s->{section} =~ /^\d+$/;
        $refers{"$object#$section"}{$local ? "$object#$s->{section}" : $s->{name}} = 1;
    }
}

# All that can be reached, each with what it was first reached from; behind the wall only if asked.
sub reach {
    my ($behind, @roots) = @_;
    my @queue = sort @roots;
    my %from = map { $_ => undef } @queue;
    while (defined(my $node = shift @queue)) {
        next if $is_wall{$node} && !$behind;
        for my $target (map { defined $title{$_} ? $_ : @{$definitions{$_} // []} } sort keys %{$refers{$node}}) {
            next if exists $from{$target};
            $from{$target} = $node;
            push @queue, $target;
        }
    }
    return \%from;
}

# One text for each call that leads from the glue to what may throw: the shortest way there, and what is called in the end.
sub breaches {
    my ($from) = @_;
    my (%shortest, %thrown);
    for my $node (sort grep { !$is_wall{$_} } keys %$from) {
        my @names = grep { !defined $title{$_} && !$definitions{$_} && /$may_throw/ && !/$harmless/ } sort keys %{$refers{$node}};
        next unless @names;
        my @way = ($node);
        unshift @way, $from->{$way[0]} while defined $from->{$way[0]};
        my $call = join ' ', @way;
        $call =~ s{(/core/\S+).*}{$1};
        ($shortest{$call}, $thrown{$call}) = (\@way, \@names) if !$shortest{$call} || @way < @{$shortest{$call}};
    }
    return map { join "\n", 'outside the wall', (map { "    $title{$_}   [$_]" } @{$shortest{$_}}), map { "        $_" } @{$thrown{$_}} }
        sort keys %shortest;
}
