# Whose report it is: owners only see and act on their own, the worker computes with their rights and row security and
# nothing more, whether they may log in or not; operators see and stop.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Reports;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = shop('roles');
sub scalar_of { return $node->safe_psql('postgres', $_[0]) }

# What a role gets when it tries a statement: the result, or the error's message.
sub try_as {
    my ($role, $sql) = @_;
    my ($code, $out, $err) = $node->psql('postgres', "SET ROLE $role; $sql");
    return $code == 0 ? $out : $err =~ /(?:ERROR|FATAL):\s+(.*)/ ? "ERROR: $1" : $err;
}

scalar_of('CREATE ROLE ann; CREATE ROLE bob; CREATE ROLE ops; CREATE ROLE stopper; CREATE ROLE blind; CREATE ROLE web LOGIN;
           GRANT pg_monitor TO ops; GRANT pg_signal_backend TO stopper; GRANT ann TO web;');

# --- a role that cannot log in ---------------------------------------------------------------------------------------

my $report = trigger($node, 'default', 'ann');
ok(defined wait_for($node, $report, 'complete'), 'the report of a role that cannot log in runs');
is(status($node, $report, 'owner'), 'ann', 'it is hers');
is(stored($node, $report, 'ann'), foreground($node, 'default', 'ann'), 'she gets its rows');
my $web = $node->safe_psql('postgres', "SET ROLE ann; SELECT store_uptime.trigger_report(@{[AS_OF]})",
    extra_params => [ '-U', 'web' ]);
is(status($node, $web, 'owner'), 'ann', 'a gateway that does SET ROLE asks in the name of that role');
wait_for($node, $web, 'complete');

# --- strangers -------------------------------------------------------------------------------------------------------

for my $call ("get_report('$report')", "report_rows('$report')", "report_csv('$report')", "cancel_report('$report')",
    "retry_report('$report')", "delete_report('$report')") {
    is(try_as('bob', "SELECT * FROM store_uptime.$call"), 'ERROR: Invalid report_id', "a stranger's $call");
}
is(try_as('bob', 'SELECT count(*) FROM store_uptime.report_status'), 0, 'a stranger sees nothing in report_status');
for my $role ('ann', 'bob', 'ops', 'stopper') {
    like(try_as($role, "SELECT * FROM store_uptime.$_"), qr/^ERROR: permission denied for table $_/, "$role does not read $_")
        for 'report_queue', 'report_result';
}
is(try_as('bob', 'SELECT store_uptime.purge_reports(\'0\')'), 0, 'a stranger purges nothing');
is(try_as('ann', "SELECT count(*) FROM store_uptime.report_status s, store_uptime.report_rows(s.report_id)"), 80, 'the owner sees her rows');
is(try_as('ann', 'SELECT string_agg(owner, $$,$$) FROM store_uptime.report_status'), 'ann,ann', 'and her reports');

# State changes by functions only, also for the owner.
for my $statement ("UPDATE store_uptime.report_queue SET owner = 'postgres'", "DELETE FROM store_uptime.report_queue",
    "INSERT INTO store_uptime.report_queue (owner, as_of, source, policy) VALUES ('postgres', now(), 'default', '')",
    "UPDATE store_uptime.report_result SET store_id = ''", 'DELETE FROM store_uptime.report_result',
    "INSERT INTO store_uptime.report_result (report_id, store_id) VALUES ('$report', 'x')") {
    like(try_as('ann', $statement), qr/^ERROR: permission denied for table report_/, "no $statement");
}
is(scalar_of("SELECT count(*) FROM store_uptime.report_queue WHERE owner <> 'ann'"), 0, 'the queue is as it was');

# --- operators -------------------------------------------------------------------------------------------------------

is(try_as('ops', "SELECT status FROM store_uptime.get_report('$report')"), 'complete', 'pg_monitor sees all reports');
is(try_as('ops', 'SELECT count(*) FROM store_uptime.report_status'), 2, 'in the view too');
like(try_as('ops', "SELECT store_uptime.$_('$report')"), qr/^ERROR: permission denied for report/, "but not $_") for 'report_rows', 'report_csv';
like(try_as($_->[0], "SELECT store_uptime.$_->[1]('$report')"), qr/^ERROR: permission denied for report/, "$_->[0] cannot $_->[1]")
    for [ 'ops', 'cancel_report' ], [ 'ops', 'delete_report' ], [ 'stopper', 'delete_report' ], [ 'stopper', 'retry_report' ];
pace($node, 0.01);
my $long = trigger($node, 'slow', 'ann');
wait_for($node, $long, 'running', 5);
is(try_as('bob', "SELECT store_uptime.cancel_report('$long')"), 'ERROR: Invalid report_id', 'a stranger cannot stop a running report');
is(try_as('stopper', "SELECT store_uptime.cancel_report('$long')"), 't', 'pg_signal_backend stops it');
ok(defined wait_for($node, $long, 'cancelled', 5), 'indeed');
$long = trigger($node, 'slow');
ok(defined wait_for($node, $long, 'running', 5), 'a report of a superuser runs');
is(try_as('stopper', "SELECT store_uptime.cancel_report('$long')"), "ERROR: permission denied for report $long", 'pg_signal_backend does not stop that one');
scalar_of("SELECT store_uptime.cancel_report('$long')");
ok(defined wait_for($node, $long, 'cancelled', 5), 'a superuser does');
pace($node, 0);

# --- the owner's privileges ------------------------------------------------------------------------------------------

scalar_of('REVOKE SELECT ON store_status FROM PUBLIC; GRANT SELECT ON store_status TO ann');
my $blind = trigger($node, 'default', 'blind');
ok(defined wait_for($node, $blind, 'failed'), 'the report of a role without SELECT on the polls fails');
like(status($node, $blind, 'error'), qr/permission denied for table store_status \(SQLSTATE 42501\)/, 'naming the privilege');
like(try_as('blind', "SELECT error FROM store_uptime.get_report('$blind')"), qr/permission denied for table store_status/, 'the role reads why');
like(try_as('blind', "CALL store_uptime.run_report(@{[AS_OF]})"), qr/^ERROR: permission denied for table store_status/, 'as in the foreground');

# --- row security, by CURRENT_USER and by SESSION_USER ---------------------------------------------------------------

scalar_of(q{
    CREATE TABLE manages (manager name, store_id bigint);
    INSERT INTO manages VALUES ('ann', 1), ('ann', 2), ('bob', 3);
    GRANT SELECT ON manages TO PUBLIC;
    CREATE TABLE own_status AS SELECT * FROM store_status;
    ALTER TABLE own_status ENABLE ROW LEVEL SECURITY;
    CREATE POLICY p ON own_status USING (store_id IN (SELECT store_id FROM manages WHERE manager = current_user));
    GRANT SELECT ON own_status TO PUBLIC;
    SELECT store_uptime.register_source('own', 'own_status');

    CREATE TABLE session_status AS SELECT * FROM store_status;
    ALTER TABLE session_status ENABLE ROW LEVEL SECURITY;
    CREATE POLICY p ON session_status USING (store_id IN (SELECT store_id FROM manages WHERE manager = session_user));
    GRANT SELECT ON session_status TO PUBLIC;
    SELECT store_uptime.register_source('session', 'session_status');
});
for my $case ([ 'own', 'ann', '1,2' ], [ 'own', 'bob', '3' ], [ 'session', 'ann', '1,2' ], [ 'session', 'bob', '3' ]) {
    my ($source, $role, $stores) = @$case;
    my $mine = trigger($node, $source, $role);
    ok(defined wait_for($node, $mine, 'complete'), "row security of source $source: the report of $role runs");
    is(try_as($role, "SELECT string_agg(store_id, ',' ORDER BY store_id) FROM store_uptime.report_rows('$mine')"), $stores,
        "and holds the rows that $role may see");
}

# --- a hostile owner -------------------------------------------------------------------------------------------------

# Code of the owner's runs in the worker, as part of his view. It must not become anything but him, then or later.
scalar_of(q{
    CREATE SCHEMA evil AUTHORIZATION bob;
    GRANT CREATE ON SCHEMA public TO bob;
    CREATE TABLE loot (who text, what text);
    GRANT INSERT ON loot TO PUBLIC;
    SET ROLE bob;
    CREATE FUNCTION evil.attempt(sql text) RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
            EXECUTE sql;
            INSERT INTO public.loot VALUES (current_user, 'did: ' || sql);
            RETURN true;
        EXCEPTION WHEN OTHERS THEN
            INSERT INTO public.loot VALUES (current_user, sqlstate);
            RETURN true;
        END $$;
    CREATE TABLE evil.polls (store_id bigint, status boolean, timestamp_utc timestamptz);
    INSERT INTO evil.polls VALUES (1, true, '2024-01-08 17:00Z');
    CREATE TABLE evil.trap (x int);
    CREATE FUNCTION evil.spring() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO public.loot VALUES (current_user, 'trap'); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER t AFTER INSERT ON evil.trap DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION evil.spring();
    -- Operators and functions of the same names as the queue's statements use.
    CREATE FUNCTION public.count() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.loot VALUES (current_user, 'count'); RETURN 1; END $$;
    CREATE FUNCTION public.same(text, text) RETURNS boolean LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO public.loot VALUES (current_user, 'operator'); RETURN $1 OPERATOR(pg_catalog.=) $2; END $$;
    CREATE OPERATOR public.= (FUNCTION = public.same, LEFTARG = text, RIGHTARG = text);
});
my @attempts = ('RESET ROLE', 'SET ROLE postgres', 'RESET SESSION AUTHORIZATION', 'SET SESSION AUTHORIZATION postgres',
    'SELECT * FROM pg_catalog.pg_authid', 'INSERT INTO store_uptime.report_result VALUES (gen_random_uuid(), 1)',
    'UPDATE store_uptime.report_queue SET owner = current_user', 'ALTER ROLE bob SUPERUSER', 'CREATE TEMP TABLE t (x int)');
my $tries = join ' AND ', map { "evil.attempt('$_')" } @attempts;
$node->safe_psql('postgres', "SET ROLE bob; CREATE VIEW evil.status AS SELECT * FROM evil.polls WHERE $tries;
    SELECT store_uptime.register_source('evil', 'evil.status')");
my $evil = $node->safe_psql('postgres', "SET ROLE bob; SET search_path = public, pg_catalog;
    SELECT store_uptime.trigger_report(@{[AS_OF]}, 'evil')");
ok(defined wait_for($node, $evil, 'complete'), 'a hostile view does not stop the report');
is(scalar_of('SELECT DISTINCT who FROM loot'), 'bob', 'its code runs as its owner only');
is(scalar_of("SELECT count(*), count(*) FILTER (WHERE what LIKE 'did:%') FROM loot"), scalar(@attempts) . '|0', 'and cannot become more');
is(scalar_of("SELECT rolsuper FROM pg_roles WHERE rolname = 'bob'"), 'f', 'nor does it later');

scalar_of(q{TRUNCATE loot; SET ROLE bob; CREATE OR REPLACE VIEW evil.status AS SELECT * FROM evil.polls WHERE evil.attempt('INSERT INTO evil.trap VALUES (1)')});
$evil = trigger($node, 'evil', 'bob');
ok(defined wait_for($node, $evil, 'complete'), 'a deferred trigger');
is(scalar_of('SELECT who, what FROM loot'), 'bob|42501', 'which would fire outside of that, is refused');

# Every lock that a user can take or release is none of the worker's.
scalar_of(q{TRUNCATE loot; SET ROLE bob; CREATE OR REPLACE VIEW evil.status AS SELECT * FROM evil.polls WHERE evil.attempt('SELECT pg_advisory_unlock_all(), pg_sleep(1)')});
$evil = trigger($node, 'evil', 'bob');
wait_for($node, $evil, 'running', 5);
sleep(0.3);
is(scalar_of('SELECT store_uptime.reap_reports()'), 0, 'pg_advisory_unlock_all does not make a report look dead');
ok(defined wait_for($node, $evil, 'complete'), 'and it completes');
is(status($node, $evil, 'attempts'), 1, 'at its first attempt');

# --- tables that belong to a role that is no superuser -----------------------------------------------------------------

# As after REASSIGN OWNED: the owner puts a trigger on the queue that would fire when the worker commits, which is a superuser.
scalar_of('CREATE ROLE oldadmin SUPERUSER LOGIN; CREATE ROLE dbo LOGIN');
scalar_of('CREATE DATABASE handed_over OWNER dbo');
$node->safe_psql('handed_over', 'CREATE EXTENSION store_uptime; SELECT store_uptime.create_tables()', extra_params => [ '-U', 'oldadmin' ]);
$node->safe_psql('handed_over', 'REASSIGN OWNED BY oldadmin TO dbo; CREATE TABLE public.proof (t text); GRANT ALL ON public.proof TO PUBLIC; GRANT CREATE ON SCHEMA public TO dbo');
my $trap = q{
    CREATE FUNCTION public.trap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO public.proof VALUES (current_user); ALTER ROLE dbo SUPERUSER; RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER trap AFTER UPDATE ON store_uptime.report_queue DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION public.trap()};
$node->safe_psql('handed_over', $trap, extra_params => [ '-U', 'dbo' ]);
my $trapped = $node->safe_psql('handed_over', 'SELECT store_uptime.trigger_report()', extra_params => [ '-U', 'dbo' ]);
my $refusal = qr/ERROR:  cannot fire deferred trigger within security-restricted operation/;
ok(wait_until(10, sub { slurp_file($node->logfile) =~ $refusal }), 'a deferred trigger of the owner of the queue is refused');
is($node->safe_psql('handed_over', 'SELECT count(*) FROM public.proof'), 0, 'and has not run');
is(scalar_of("SELECT rolsuper FROM pg_roles WHERE rolname = 'dbo'"), 'f', 'the owner is no superuser');
$node->safe_psql('handed_over', 'DROP TRIGGER trap ON store_uptime.report_queue');
$node->safe_psql('handed_over', 'SELECT store_uptime.reap_reports()');
ok(wait_until(10, sub { $node->safe_psql('handed_over', "SELECT status FROM store_uptime.get_report('$trapped')") eq 'complete' }), 'without it the report runs');

# --- names change ----------------------------------------------------------------------------------------------------

scalar_of('ALTER ROLE ann RENAME TO anna');
is(try_as('anna', "SELECT count(*) FROM store_uptime.report_rows('$report')"), 40, 'a renamed role keeps its reports');
scalar_of('CREATE ROLE dora');
my $old = trigger($node, 'session', 'dora');
wait_for($node, $old, 'complete');
scalar_of('DROP ROLE dora; CREATE ROLE dora');
is(try_as('dora', "SELECT * FROM store_uptime.get_report('$old')"), 'ERROR: Invalid report_id',
    'who gets the name of a dropped role does not get its reports');
scalar_of("UPDATE store_uptime.report_queue SET status = 'failed' WHERE report_id = '$old'");
is(try_as('postgres', "SELECT store_uptime.retry_report('$old')"), 'ERROR: role "dora", which asked for the report, does not exist any more', 'nor is it tried again');
is(status($node, $old), 'failed', 'and waits for ever');

$node->stop;
done_testing();
