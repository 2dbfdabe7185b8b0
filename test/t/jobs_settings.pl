# Row security and views that ask settings: a report in the background has those of its role, as after a login, and those of
# the session that a superuser lets come along. It never answers for want of another.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Reports;
use Test::More;
use Time::HiRes qw(sleep);

my $node = shop('settings');
sub scalar_of { return $node->safe_psql('postgres', $_[0]) }
sub as { my ($role, $sql) = @_; return $node->safe_psql('postgres', $sql, extra_params => [ '-U', $role ]) }

# Rows of the store that a setting names: by row security, by a view, and by a function that does not mind if it is not set.
scalar_of(q{
    CREATE ROLE ann LOGIN; CREATE ROLE bob LOGIN; CREATE ROLE web LOGIN; CREATE ROLE anon;
    GRANT anon TO web;
    CREATE TABLE own AS TABLE store_status;
    ALTER TABLE own ENABLE ROW LEVEL SECURITY;
    CREATE POLICY p ON own USING (store_id::text = current_setting('app.tenant', true));
    CREATE VIEW shown AS SELECT * FROM store_status WHERE store_id::text = current_setting('app.tenant', true);
    CREATE FUNCTION tenant() RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN
        RETURN current_setting('app.tenant'); EXCEPTION WHEN OTHERS THEN RETURN ''; END $$;
    CREATE TABLE asked AS TABLE store_status;
    ALTER TABLE asked ENABLE ROW LEVEL SECURITY;
    CREATE POLICY p ON asked USING (store_id::text = tenant());
    CREATE TABLE claims AS TABLE store_status;
    ALTER TABLE claims ENABLE ROW LEVEL SECURITY;
    CREATE POLICY p ON claims USING (store_id = (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'store')::bigint);
    CREATE VIEW zoned AS SELECT *, current_setting('TimeZone') AS zone FROM store_status WHERE current_setting('TimeZone') = 'Asia/Tokyo';
    CREATE VIEW unset AS SELECT * FROM store_status WHERE current_setting('app.tenant', true) IS NULL;
    CREATE VIEW dated AS SELECT store_id, status, ('08/01/2024' || left(status, 0))::date + time '12:00' AS timestamp_utc FROM store_status WHERE store_id < 8;
    CREATE SCHEMA first; CREATE TABLE first.tenants AS SELECT 11 AS store; CREATE SCHEMA second; CREATE TABLE second.tenants AS SELECT 12 AS store;
    GRANT USAGE ON SCHEMA first, second TO PUBLIC; GRANT SELECT ON first.tenants, second.tenants TO PUBLIC;
    CREATE FUNCTION tenants() RETURNS SETOF int STABLE LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT store FROM tenants; END';
    CREATE VIEW named AS SELECT * FROM store_status WHERE store_id IN (SELECT tenants());
    -- By parallel workers of a query of the function's own, which asks in a way that the planner does not look through.
    CREATE FUNCTION in_parallel() RETURNS SETOF store_status LANGUAGE plpgsql
        SET max_parallel_workers_per_gather = 2 SET parallel_leader_participation = off SET parallel_setup_cost = 0 SET parallel_tuple_cost = 0
        SET min_parallel_table_scan_size = 0 AS $$
    BEGIN RETURN QUERY SELECT * FROM store_status s WHERE s.store_id::text = current_setting('app.tenant' || left(s.status, 0), true); END $$;
    CREATE VIEW parallel AS SELECT * FROM in_parallel();
    CREATE FUNCTION caught() RETURNS SETOF store_status LANGUAGE plpgsql AS $$
    BEGIN RETURN QUERY SELECT * FROM in_parallel(); EXCEPTION WHEN OTHERS THEN RETURN; END $$;
    CREATE VIEW caught AS SELECT * FROM caught();
    CREATE FUNCTION sets() RETURNS SETOF store_status LANGUAGE plpgsql SET app.tenant = '3' AS $$
    BEGIN RETURN QUERY SELECT * FROM store_status WHERE store_id::text = current_setting('app.tenant'); END $$;
    CREATE VIEW sets AS SELECT * FROM sets();
    CREATE FUNCTION seen() RETURNS SETOF store_status LANGUAGE plpgsql AS $$
    BEGIN IF current_setting('app.seen', true) IS NULL THEN RETURN QUERY TABLE store_status; END IF; PERFORM set_config('app.seen', '1', true); END $$;
    CREATE VIEW seen AS SELECT * FROM seen();
    CREATE EXTENSION pg_trgm;
    CREATE VIEW alike AS SELECT * FROM store_status WHERE store_id < 8 AND 'activ' % status;
    CREATE VIEW broken AS SELECT * FROM store_status WHERE 1 / (store_id - store_id) > 0;
    GRANT SELECT ON own, shown, asked, claims, zoned, unset, dated, named, parallel, caught, sets, seen, alike, broken TO PUBLIC;
    SELECT store_uptime.register_source(s, s::regclass) FROM unnest('{own,shown,asked,claims,zoned,unset,dated,named,parallel,caught,sets,seen,alike,broken}'::name[]) s;
});

sub stores { return "SELECT coalesce(string_agg(store_id, ',' ORDER BY store_id), '') FROM $_[0]" }

# What a role's report gives in the foreground and in the background, each in a session that has run $set before.
sub both {
    my ($role, $source, $set) = @_;
    my $foreground = as($role, "$set; " . stores("store_uptime_report(@{[AS_OF]}, '$source')")) =~ s/.*\n//sr;
    my $end = $set =~ /BEGIN/ ? 'COMMIT' : '';
    my $id = as($role, "$set; SELECT store_uptime.trigger_report(@{[AS_OF]}, '$source'); $end") =~ s/.*\n//sr;
    wait_until(20, sub { scalar_of("SELECT status FROM store_uptime.get_report('$id')") =~ /complete|failed/ });
    my $status = status($node, $id);
    my $background = $status eq 'complete' ? scalar_of(stores("store_uptime.report_rows('$id')")) : status($node, $id, 'error');
    return ($foreground, $background);
}

sub same { my ($what, $wanted, @both) = @_; is_deeply(\@both, [ $wanted, $wanted ], "$what: as in the foreground") }

sub fails {
    my ($what, $setting, @both) = @_;
    like($both[1], qr/reads a setting of the session that asked for it, which does not come along \(SQLSTATE 42704\).*DETAIL:  It is one of: [^\n]*\Q$setting\E.*carry_settings/s,
        "$what: fails, and says which (the foreground has '$both[0]')");
}

# --- settings of roles -------------------------------------------------------------------------------------------------

same("$_, nothing set", '', both('ann', $_, 'SELECT 1')) for 'own', 'shown', 'asked', 'claims';
scalar_of(q{ALTER ROLE ann SET app.tenant = '7'; ALTER ROLE ann IN DATABASE postgres SET work_mem = '65kB'});
same("$_, set for the role", '7', both('ann', $_, 'SELECT 1')) for 'own', 'shown', 'asked';
same("$_, not set for another role", '', both('bob', $_, 'SELECT 1')) for 'own', 'shown', 'asked';
scalar_of(q{ALTER DATABASE postgres SET app.tenant = '8'});
same('set for the database', '8', both('bob', 'own', 'SELECT 1'));
same('set for both', '7', both('ann', 'own', 'SELECT 1'));
scalar_of(q{ALTER ROLE ann IN DATABASE postgres SET app.tenant = '9'});
same('set for the role in the database', '9', both('ann', 'own', 'SELECT 1'));
scalar_of(q{ALTER DATABASE postgres RESET app.tenant; ALTER ROLE ann RESET app.tenant; ALTER ROLE ann IN DATABASE postgres RESET app.tenant;
            ALTER ROLE postgres SET app.tenant = '3'});
same("$_, what is set for the superuser is nobody else's", '', both('bob', $_, 'SELECT 1')) for 'own', 'shown', 'asked';
same('but the superuser\'s', '3', both('postgres', 'shown', 'SELECT 1'));
scalar_of(q{ALTER ROLE postgres RESET app.tenant; ALTER ROLE bob SET TimeZone = 'Asia/Tokyo'; ALTER ROLE postgres SET TimeZone = 'Asia/Tokyo'});
like(join('', both('bob', 'zoned', 'SELECT 1')), qr/^(1,10,.*)\1$/, 'a setting of the server, for a role: as in the foreground');
same('and not for another', '', both('ann', 'zoned', "SELECT 1"));
scalar_of(q{ALTER ROLE postgres RESET TimeZone});

# --- settings of the session -------------------------------------------------------------------------------------------

fails("$_, set in the session", 'app.tenant', both('ann', $_, "SET app.tenant = '5'")) for 'own', 'shown', 'asked';
fails('set for the session by a function', 'app.tenant', both('ann', 'own', "SELECT set_config('app.tenant', '5', false)"));
scalar_of(q{ALTER ROLE ann SET app.tenant = '7'});
fails('another one than the role has', 'app.tenant', both('ann', 'own', "SET app.tenant = '5'"));
scalar_of(q{ALTER ROLE ann RESET app.tenant});
same('a setting that nobody asks for', '', both('ann', 'own', "SET app.other = '5'"));
like(join('', both('ann', 'default', "SET app.tenant = '5'")), qr/^(1,10,.*)\1$/, 'a source that asks for none');
scalar_of(q{ALTER ROLE ann SET app.tenant = '7'});
fails('emptied in the session', 'app.tenant', both('ann', 'own', "SET app.tenant = ''"));
same('the same as the role has', '7', both('ann', 'own', "SET app.tenant = '7'"));
scalar_of(q{ALTER ROLE ann RESET app.tenant; ALTER ROLE web SET app.tenant = '7'});
fails('set for the role that logged in, not for the one it took', 'app.tenant', both('web', 'own', 'SET ROLE anon'));
scalar_of(q{ALTER ROLE web RESET app.tenant; ALTER ROLE anon SET app.tenant = '9'});
is((both('web', 'own', 'SET ROLE anon'))[1], '9', 'set for the role that was taken: as after a login of that role');
scalar_of(q{ALTER ROLE anon RESET app.tenant});
for my $over ("BEGIN; SET LOCAL app.tenant = '5'; COMMIT; SELECT 1", "SET app.tenant = '5'; RESET app.tenant; SELECT 1", "SET app.tenant = '5'; DISCARD ALL; SELECT 1") {
    same("$over, $_", '', both('ann', $_, $over)) for 'own', 'unset';
}
fails('asked by parallel workers of a function', 'app.tenant', both('ann', 'parallel', "SET app.tenant = '5'"));
fails('which catches the error', 'app.tenant', both('ann', 'caught', "SET app.tenant = '5'"));
same('a setting of an extension', $_->[1], both('ann', 'alike', "SET pg_trgm.similarity_threshold = '$_->[0]'")) for [ 0.1, '1,2,3,4,5,6,7' ], [ 1, '' ];
same('in capitals', '1,2,3,4,5,6,7', both('ann', 'alike', q{SET "PG_TRGM.similarity_threshold" = 0.1}));
# As a gateway does it: a transaction, a role, claims that last as long.
my $as_gateway = q{BEGIN; SET LOCAL ROLE anon; SELECT set_config('request.jwt.claims', '{"store": 4, "quote": "\"''"}', true),
                   set_config('request.method', 'POST', true)};
fails('claims of a web API', 'request.jwt.claims', both('web', 'claims', $as_gateway));

# --- what values mean --------------------------------------------------------------------------------------------------

like(join('', both('ann', 'zoned', "SET TimeZone = 'Asia/Tokyo'")), qr/^(1,10,.*)\1$/, 'the time zone of the session');
same("DateStyle $_->[0]", $_->[1], both('ann', 'dated', "SET DateStyle = '$_->[0]'")) for [ 'ISO, DMY', '1,2,3,4,5,6,7' ], [ 'ISO, MDY', '' ];
same("search_path $_->[0]", $_->[1], both('ann', 'named', "SET search_path = $_->[0], public")) for [ 'first', 11 ], [ 'second', 12 ];
is(scalar_of("SELECT count(*) FROM store_uptime.report_queue WHERE status = 'complete' AND settings <> '{}'"), 0, 'what came along is not kept');

# --- those that come along ---------------------------------------------------------------------------------------------

my $err = ($node->psql('postgres', "SELECT uptime_policy(); SET store_uptime.carry_settings = 'app.tenant'", extra_params => [ '-U', 'ann' ]))[2];
like($err, qr/permission denied to set parameter "store_uptime.carry_settings"/, 'which come along is a superuser\'s to say');
$err = ($node->psql('postgres', "LOAD 'store_uptime'; SET store_uptime.carry_settings = 'a b'"))[2];
like($err, qr/invalid value for parameter "store_uptime.carry_settings"/, 'as a list');
for my $rights ('role', 'session_authorization') {
    $err = ($node->psql('postgres', "LOAD 'store_uptime'; SET store_uptime.carry_settings = 'app.tenant, $rights'"))[2];
    like($err, qr/invalid value for parameter "store_uptime.carry_settings"/, "$rights does not come along");
}
scalar_of(q{ALTER DATABASE postgres SET store_uptime.carry_settings = 'app.tenant, Request.JWT.claims, TimeZone, log_statement'});
same("$_, carried along", '5', both('ann', $_, "SET app.tenant = '5'")) for 'own', 'shown', 'asked';
same('and nothing where nothing is set', '', both('ann', 'own', 'SELECT 1'));
same('claims of a web API, carried along', '4', both('web', 'claims', $as_gateway));
like(join('', both('ann', 'zoned', "SET TimeZone = 'Asia/Tokyo'")), qr/^(1,10,.*)\1$/, 'a setting of the server, carried along');
is(scalar_of("SELECT count(*) FROM store_uptime.report_status WHERE owner = 'anon'"), 4, 'reports of the gateway are the role\'s that it took');

# What a role has set for itself does not make it another in the worker.
$node->psql('postgres', $_, extra_params => [ '-U', 'bob' ]) for "ALTER ROLE bob SET session_authorization = 'postgres'", "ALTER ROLE bob SET role = 'postgres'";
scalar_of(q{ALTER ROLE bob SET role = 'postgres'; ALTER ROLE bob SET session_authorization = 'postgres'; CREATE TABLE who (session name, role name, role_setting text);
            GRANT INSERT ON who TO PUBLIC;
            CREATE FUNCTION who(bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
                IF $1 = 1 THEN INSERT INTO public.who VALUES (session_user, current_user, current_setting('role')); END IF; RETURN true; END $$;
            CREATE VIEW asked_who AS SELECT * FROM store_status WHERE who(store_id); GRANT SELECT ON asked_who TO PUBLIC;
            SELECT store_uptime.register_source('who', 'asked_who')});
my $whose = scalar_of("SET ROLE bob; SELECT store_uptime.trigger_report(@{[AS_OF]}, 'who')");
ok(wait_until(20, sub { status($node, $whose) =~ /complete|failed/ }), 'a role that would be another one');
is(scalar_of('SELECT DISTINCT session, role, role_setting FROM who'), 'bob|bob|none', 'is itself');
scalar_of('ALTER ROLE bob RESET ALL');

# One process serves several reports of a role, each with its own settings.
scalar_of('ALTER DATABASE postgres SET store_uptime.max_report_workers = 1');
my @ids = map { as('ann', "SET app.tenant = '$_'; SELECT store_uptime.trigger_report(@{[AS_OF]}, 'own')") } 1 .. 6;
push @ids, as('ann', "SELECT store_uptime.trigger_report(@{[AS_OF]}, 'own')");
ok(wait_until(20, sub { scalar_of('SELECT count(*) FROM store_uptime.report_queue WHERE finished_at IS NULL') == 0 }), 'several reports with several settings');
is(join(' ', map { scalar_of(stores("store_uptime.report_rows('$_')")) } @ids), '1 2 3 4 5 6 ', 'each has its own');
pace($node, 0.0005);
@ids = (as('ann', "SET app.tenant = '5'; SELECT store_uptime.trigger_report(@{[AS_OF]}, 'slow')"), as('ann', "SELECT store_uptime.trigger_report(@{[AS_OF]}, 'unset')"));
ok(wait_until(20, sub { scalar_of('SELECT count(*) FROM store_uptime.report_queue WHERE finished_at IS NULL') == 0 }), 'one with a setting, and one without');
is(join(' ', map { scalar_of("SELECT count(*) FROM store_uptime.report_rows('$_')") } @ids), '40 40', 'the second has it not, rather than empty');
scalar_of('ALTER DATABASE postgres RESET store_uptime.carry_settings');
# What is set for the role while its process works holds for the reports that are asked for after that.
@ids = (as('ann', "SELECT store_uptime.trigger_report(@{[AS_OF]}, 'slow')"));
ok(wait_until(10, sub { status($node, $ids[0]) eq 'running' }), 'a report runs');
scalar_of(q{ALTER ROLE ann SET app.tenant = '6'});
push @ids, as('ann', "SELECT store_uptime.trigger_report(@{[AS_OF]}, 'own')");
ok(wait_until(40, sub { scalar_of('SELECT count(*) FROM store_uptime.report_queue WHERE finished_at IS NULL') == 0 }), 'a setting of its role changes; both end');
is(scalar_of(stores("store_uptime.report_rows('$ids[1]')")), '6', 'the report that was asked for then has it');
@ids = map { as('ann', "SELECT store_uptime.trigger_report(@{[AS_OF]}, 'seen')") } 1 .. 3;
ok(wait_until(40, sub { scalar_of('SELECT count(*) FROM store_uptime.report_queue WHERE finished_at IS NULL') == 0 }), 'reports that set something themselves');
is(join(' ', map { scalar_of("SELECT count(*) FROM store_uptime.report_rows('$_')") } @ids), '40 40 40', 'do not find what the last one has set');
scalar_of(q{ALTER ROLE ann RESET app.tenant; ALTER ROLE ann SET plpgsql.extra_errors = 'none'});
@ids = split /\n/, as('ann', "BEGIN; SELECT store_uptime.trigger_report(@{[AS_OF]}, 'sets'); SELECT store_uptime.trigger_report(@{[AS_OF]}, 'unset'); COMMIT");
ok(wait_until(40, sub { scalar_of('SELECT count(*) FROM store_uptime.report_queue WHERE finished_at IS NULL') == 0 }), 'one whose function has a SET clause and loads a library');
is(join(' ', map { scalar_of("SELECT count(*) FROM store_uptime.report_rows('$_')") } @ids), '1 40', 'leaves nothing either');
scalar_of(q{ALTER ROLE ann RESET plpgsql.extra_errors});
@ids = (as('ann', "SELECT store_uptime.trigger_report(@{[AS_OF]}, 'slow')"), as('ann', "SET plpgsql.bogus = '1'; SELECT store_uptime.trigger_report(@{[AS_OF]})"));
ok(wait_until(40, sub { scalar_of('SELECT count(*) FROM store_uptime.report_queue WHERE finished_at IS NULL') == 0 }), 'a setting that a library does not know');
is(join(' ', map { status($node, $_) } @ids), 'complete complete', 'is in nobody\'s way');
$err = ($node->psql('postgres', "SELECT set_config('pg_trgm.big', repeat('x', 1000001), false); SELECT store_uptime.trigger_report(@{[AS_OF]})"))[2];
like($err, qr/a million bytes in them/, 'nor does the queue keep any number of bytes');
my @many = map { as('ann', "DO \$\$ BEGIN PERFORM set_config('a.x' || md5(i::text) || md5(i || 'b'), '1', false) FROM generate_series(1, $_) i; END \$\$;
    SELECT store_uptime.trigger_report(@{[AS_OF]})") } 40, 1000;
ok(wait_until(60, sub { scalar_of('SELECT count(*) FROM store_uptime.report_queue WHERE finished_at IS NULL') == 0 }), 'reports of sessions with many settings of long names');
is(join(' ', map { status($node, $_, 'status, attempts') } @many), 'complete|1 complete|1', 'are complete');
$err = ($node->psql('postgres', "DO \$\$ BEGIN PERFORM set_config('a.x' || i, '1', false) FROM generate_series(1, 1001) i; END \$\$;
    SELECT store_uptime.trigger_report(@{[AS_OF]})"))[2];
like($err, qr/the session has more than 1000 settings/, 'more are too many');
scalar_of(q{ALTER ROLE ann SET lock_timeout = '1ms'});
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK store_timezone');
my $waiting = as('ann', "SET lock_timeout = 0; SELECT store_uptime.trigger_report(@{[AS_OF]})");
sleep(0.3);
is(status($node, $waiting), 'running', 'a role with a lock_timeout: its report waits for a table');
$holder->query_safe('COMMIT');
$holder->quit;
ok(wait_until(10, sub { status($node, $waiting, 'status, attempts') eq 'complete|1' }), 'and is complete');
scalar_of(q{ALTER ROLE ann RESET lock_timeout; ALTER ROLE ann RESET app.tenant; ALTER ROLE ann SET exit_on_error = on});
@ids = (as('bob', "SELECT store_uptime.trigger_report(@{[AS_OF]}, 'broken')"), as('ann', "SELECT store_uptime.trigger_report(@{[AS_OF]}, 'broken')"));
ok(wait_until(20, sub { scalar_of('SELECT count(*) FROM store_uptime.report_queue WHERE finished_at IS NULL') == 0 }), 'reports that fail, of a role that would end its session then and of another');
is(status($node, $_, 'attempts || error'), '1division by zero (SQLSTATE 22012)', 'fail alike') for @ids;
scalar_of(q{ALTER ROLE ann RESET exit_on_error});
@ids = map { as('ann', "SET app.tenant = '$_'; SELECT store_uptime.trigger_report(@{[AS_OF]}, 'default')") } 1 .. 4;
ok(wait_until(20, sub { scalar_of('SELECT count(*) FROM store_uptime.report_queue WHERE finished_at IS NULL') == 0 }), 'reports with settings that stay behind');
is(join(' ', map { status($node, $_) } @ids), 'complete complete complete complete', 'complete, one after the other, without anybody looking');
my @late = (as('ann', "SET app.tenant = '6'; SELECT store_uptime.trigger_report(@{[AS_OF]}, 'own')"), as('ann', "SELECT store_uptime.trigger_report(@{[AS_OF]}, 'own')"));
ok(wait_until(20, sub { scalar_of('SELECT count(*) FROM store_uptime.report_queue WHERE finished_at IS NULL') == 0 }), 'one that cannot have its setting, and one without');
is(join(' ', map { status($node, $_) } @late), 'failed complete', 'do not mix');

$node->stop;
done_testing();
