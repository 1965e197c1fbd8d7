# A user with CREATE on the database prepares it before the installation: the installation fails,
# and none of that user's code runs.

use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/lib';
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ModelApiAcl;

my $node = start_cluster('main');
$node->safe_psql('postgres', 'CREATE ROLE mallory LOGIN');
my $n = 0;

# What mallory does first, what the superuser does then, and the expected result
sub attack
{
	my ($name, $by_mallory, $by_superuser, $expected) = @_;
	my $database = 'd' . ++$n;
	$node->safe_psql('postgres', "CREATE DATABASE $database; GRANT CREATE ON DATABASE $database TO mallory;");
	$node->safe_psql($database, 'GRANT CREATE ON SCHEMA public TO mallory; CREATE TABLE public.ran (x text); GRANT ALL ON public.ran TO PUBLIC; CREATE TABLE public.ran2 (x int, y text); ALTER TABLE public.ran2 OWNER TO mallory');
	$node->safe_psql($database, $by_mallory, extra_params => [ '-U', 'mallory' ]) if $by_mallory;
	my $errors = errors_of($node, $database, "$by_superuser CREATE EXTENSION modelapi_acl;");
	if (defined $expected)
	{
		like($errors, $expected, $name);
		is($node->safe_psql($database, q{SELECT count(*) FROM pg_extension WHERE extname = 'modelapi_acl'}),
			'0', "$name: not installed");
	}
	else
	{
		unlike($errors, qr/ERROR/, $name);
	}
	is($node->safe_psql($database, 'SELECT count(*) FROM public.ran'), '0', "$name: nothing of his ran");
	return $database;
}

my $crypto = 'CREATE EXTENSION pgcrypto SCHEMA pg_catalog;';
my $plain = 'CREATE EXTENSION pgcrypto;';

attack('a clean database', '', $plain, undef);
attack('a second database of the cluster', '', $plain, undef);
attack('his schema', 'CREATE SCHEMA modelapi_acl', $plain, qr/schema modelapi_acl is not owned by a superuser/);
attack('his schema with a function',
	q{CREATE SCHEMA modelapi_acl; CREATE FUNCTION modelapi_acl.lower(text) RETURNS text LANGUAGE sql AS 'INSERT INTO public.ran VALUES ($1) RETURNING $1'},
	$plain, qr/schema modelapi_acl is not owned by a superuser/);
attack('his internal schema', 'CREATE SCHEMA modelapi_acl_internal', $plain, qr/schema "modelapi_acl_internal" already exists/);
attack('his pgcrypto', 'CREATE EXTENSION pgcrypto', '', qr/extension pgcrypto is not owned by a superuser/);
# dropping a schema drops all extensions in it, whoever owns them
attack('a superuser\'s pgcrypto in his schema', 'CREATE SCHEMA tools', 'CREATE EXTENSION pgcrypto SCHEMA tools;',
	qr/extension pgcrypto lies in schema tools, whose owner could drop it/);
attack('a superuser\'s pgcrypto in a superuser\'s schema', '', 'CREATE SCHEMA tools; CREATE EXTENSION pgcrypto SCHEMA tools;', undef);
# operators and functions that accept any type, in the schema of pgcrypto
my $lures = join ' ', map {
	my ($i, $types) = @$_;
	"CREATE FUNCTION tools.lure$i($types) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.ran VALUES (''$i''); RETURN false; END';",
	map { "CREATE OPERATOR tools.$_ (LEFTARG = " . (split /, /, $types)[0] . ", RIGHTARG = " . (split /, /, $types)[1] . ", FUNCTION = tools.lure$i);" }
		('=', '<>', '<', '>', '>=', '<=', '||', '+', '@>')
} ([ 1, 'anyelement, anyelement' ], [ 2, 'anycompatible, anycompatible' ], [ 3, 'name, text' ], [ 4, '"char", text' ], [ 5, 'oid, integer' ],
	[ 6, 'text, varchar' ], [ 7, 'bigint, bigint' ], [ 8, 'timestamptz, date' ], [ 9, 'anyenum, anyenum' ], [ 10, 'uuid, text' ]);
$lures .= "CREATE FUNCTION tools.$_(anyelement) RETURNS text LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.ran VALUES (''f''); RETURN 1; END';"
	foreach qw(lower count max min coalesce format now quote_ident);
my $lured = attack('his operators beside pgcrypto', '',
	"CREATE SCHEMA tools; GRANT ALL ON SCHEMA tools TO mallory; CREATE EXTENSION pgcrypto SCHEMA tools; "
	. "SET SESSION AUTHORIZATION mallory; $lures RESET SESSION AUTHORIZATION; "
	. "ALTER DATABASE " . 'd' . ($n + 1) . " SET search_path = tools, public; SET search_path = tools, public;", undef);
is($node->safe_psql($lured, q{SELECT string_agg(DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid), '; ')
	FROM pg_depend AS d JOIN pg_depend AS m ON m.classid = d.refclassid AND m.objid = d.refobjid AND m.deptype = 'n'
		AND m.refclassid = 'pg_namespace'::regclass AND m.refobjid = 'tools'::regnamespace
	WHERE d.refclassid IN ('pg_operator'::regclass, 'pg_proc'::regclass)
		AND NOT EXISTS (SELECT FROM pg_depend AS o WHERE o.classid = d.classid AND o.objid = d.objid
			AND o.refclassid = 'pg_namespace'::regclass AND o.refobjid = 'tools'::regnamespace)}),
	'', 'his operators beside pgcrypto: nothing of ours refers to them');
foreach my $object (
	'TABLE modelapi_acl.t (x int)',
	'VIEW modelapi_acl.v AS SELECT 1',
	'SEQUENCE modelapi_acl.s',
	'TYPE modelapi_acl.access_level AS ENUM (\'owner\')',
	'DOMAIN modelapi_acl.d AS text',
	q{FUNCTION modelapi_acl.f() RETURNS int LANGUAGE sql AS 'SELECT 1'},
	'OPERATOR modelapi_acl.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = pg_catalog.uuid_eq)',
	'COLLATION modelapi_acl.c (LOCALE = \'C\')',
	'AGGREGATE modelapi_acl.a(int) (SFUNC = pg_catalog.int4pl, STYPE = int)',
	'TEXT SEARCH CONFIGURATION modelapi_acl.english (COPY = pg_catalog.simple)',
	'TEXT SEARCH DICTIONARY modelapi_acl.english_stem (TEMPLATE = pg_catalog.simple)',
	q{PROCEDURE modelapi_acl.p() LANGUAGE sql AS 'SELECT 1'},
	q{FUNCTION modelapi_acl.lower(text) RETURNS text LANGUAGE sql AS 'INSERT INTO public.ran VALUES ($1) RETURNING $1'},
	'MATERIALIZED VIEW modelapi_acl.m AS SELECT 1',
	'TABLE modelapi_acl.parted (x int) PARTITION BY LIST (x)',
	'TYPE modelapi_acl.composite AS (x int)',
	'TYPE modelapi_acl.permissions AS RANGE (SUBTYPE = int4)',
	'CONVERSION modelapi_acl.v FOR \'LATIN1\' TO \'UTF8\' FROM pg_catalog.iso8859_1_to_utf8',
	'STATISTICS modelapi_acl.s ON (x::text || y) FROM public.ran2')
{
	my ($kind) = $object =~ /^(\w+(?: (?:SEARCH|VIEW) ?\w*)?)/;
	attack("in a superuser's schema, his $kind",
		'', "$plain CREATE SCHEMA modelapi_acl; GRANT ALL ON SCHEMA modelapi_acl TO mallory; SET SESSION AUTHORIZATION mallory; CREATE $object; RESET SESSION AUTHORIZATION; REVOKE ALL ON SCHEMA modelapi_acl FROM mallory;",
		qr/schema modelapi_acl is not empty/);
}
attack('a superuser\'s schema in which he may create', '',
	"$plain CREATE SCHEMA modelapi_acl; GRANT CREATE ON SCHEMA modelapi_acl TO mallory;",
	qr/others than superusers may create objects in schema modelapi_acl/);
attack('a superuser\'s empty schema', '', "$plain CREATE SCHEMA modelapi_acl;", undef);

# mallory's functions and operators where an unqualified name would find them: the schema of
# pgcrypto is in the search path of the script
my $victim = attack('operators and functions in the schema of pgcrypto', q{
	CREATE FUNCTION public.evil(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'INSERT INTO public.ran VALUES (1) RETURNING true';
	CREATE OPERATOR public.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = public.evil);
	CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS 'INSERT INTO public.ran VALUES ($1) RETURNING $1';
	CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql AS 'INSERT INTO public.ran VALUES (1) RETURNING pg_catalog.now()';
	CREATE FUNCTION public.jsonb_build_object(VARIADIC text[]) RETURNS jsonb LANGUAGE sql AS 'INSERT INTO public.ran VALUES (1) RETURNING NULL::jsonb';
	CREATE FUNCTION public.count(uuid) RETURNS bigint LANGUAGE sql AS 'INSERT INTO public.ran VALUES (1) RETURNING 1::bigint';
}, $plain, undef);
$node->safe_psql($victim, q{
	SELECT modelapi_acl.create_user('ann', 'ann@example.com');
	SELECT modelapi_acl.create_user('bob', 'bob@example.com');
	BEGIN;
	SELECT modelapi_acl.set_session_user('ann');
	SELECT modelapi_acl.add_collaborator(modelapi_acl.create_model_api(modelapi_acl.create_project('p'), 'm'), 'bob');
	SELECT modelapi_acl.create_token(id, 't') FROM modelapi_acl.model_apis;
	SELECT modelapi_acl.delete_model_api(id) FROM modelapi_acl.model_apis;
	COMMIT;});
is($node->safe_psql($victim, 'SELECT count(*) FROM public.ran'), '0', 'nor did any run in use');

# Default privileges of the installing superuser grant nothing
attack('default privileges that let him create', '',
	"$plain ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO mallory;",
	qr/others than superusers may create objects in schema modelapi_acl/);
my $generous = attack('default privileges', '',
	"$plain ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO mallory; ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO mallory; ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO mallory;", undef);
is($node->safe_psql($generous, q{SELECT count(*) FROM pg_class WHERE relnamespace::regnamespace::text LIKE 'modelapi_acl%'
	AND relkind = 'r' AND has_table_privilege('mallory', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')}), '0', 'default privileges: no table');
is($node->safe_psql($generous, q{SELECT count(*) FROM pg_proc WHERE pronamespace::regnamespace::text LIKE 'modelapi_acl%'
	AND has_function_privilege('mallory', oid, 'EXECUTE')}), '0', 'default privileges: no function');

# The extension's roles exist, with attributes or memberships that they must not have
$node->safe_psql('postgres', 'CREATE DATABASE empty_one; CREATE ROLE strong');
my @ours = map { "modelapi_acl_$_" } qw(user backend authenticator gateway log_writer admin);
# each in turn; a refused installation leaves nothing that affects the next one
sub refused
{
	my ($role, $before, $after, $expected, $name) = @_;
	$node->safe_psql('postgres', $before);
	like(errors_of($node, 'empty_one', 'CREATE EXTENSION modelapi_acl CASCADE'), $expected, "$role: $name");
	$node->safe_psql('postgres', $after);
	return;
}
foreach my $role (@ours)
{
	foreach my $attribute ('LOGIN', 'SUPERUSER', 'BYPASSRLS', 'CREATEROLE', 'CREATEDB', 'REPLICATION')
	{
		refused($role, "ALTER ROLE $role $attribute", "ALTER ROLE $role NO$attribute",
			qr/role $role exists and has attributes/, $attribute);
	}
	refused($role, "GRANT strong TO $role", "REVOKE strong FROM $role",
		qr/role $role exists and is a member of other roles/, 'member of another role');
	refused($role, "GRANT pg_read_all_data TO $role", "REVOKE pg_read_all_data FROM $role",
		qr/role $role exists and is a member of other roles/, 'member of pg_read_all_data');
	# also memberships between the extension's roles: a user who is a member of the administrators
	foreach my $other (@ours)
	{
		next if $other eq $role || ($role eq 'modelapi_acl_backend' && $other eq 'modelapi_acl_user')
			|| ($role eq 'modelapi_acl_user' && $other eq 'modelapi_acl_backend');
		refused($role, "GRANT $other TO $role", "REVOKE $other FROM $role",
			qr/role $role exists and is a member of other roles.*DETAIL:  It is a member of: $other\./s, "member of $other");
	}
}
is($node->safe_psql('empty_one', q{SELECT count(*) FROM pg_extension WHERE extname = 'modelapi_acl'}), '0', 'none of these installed');
$node->safe_psql('postgres', 'GRANT modelapi_acl_backend TO mallory');
like(errors_of($node, 'empty_one', 'CREATE EXTENSION modelapi_acl CASCADE'),
	qr/WARNING:  role modelapi_acl_backend exists and has members, which modelapi_acl will trust in this database: mallory/,
	'members of our roles are named');

# Only superusers can install
$node->safe_psql('postgres', 'CREATE DATABASE his OWNER mallory');
my ($status, $stdout, $stderr) = $node->psql('his', 'CREATE EXTENSION modelapi_acl CASCADE', extra_params => [ '-U', 'mallory' ]);
like($stderr, qr/permission denied to create extension "modelapi_acl"/, 'an owner of the database does not install');

# An owner who is no longer a superuser: the errors say so, and verify_access reports it
$node->safe_psql('postgres', 'REVOKE modelapi_acl_backend FROM mallory; CREATE ROLE installer LOGIN SUPERUSER; CREATE DATABASE demoted');
$node->psql('demoted', 'CREATE EXTENSION modelapi_acl CASCADE', extra_params => [ '-U', 'installer' ]);
$node->safe_psql('demoted', q{
	SELECT modelapi_acl.create_user('ann', 'ann@example.com');
	SELECT modelapi_acl.create_user('bob', 'bob@example.com');
	BEGIN;
	SELECT modelapi_acl.set_session_user('ann');
	SELECT modelapi_acl.create_model_api(p, 'm') FROM modelapi_acl.create_project('p') AS p;
	COMMIT;
	ALTER ROLE installer NOSUPERUSER;});
my $asks = q{BEGIN; SELECT modelapi_acl.set_session_user('ann') \g /dev/null
	};
foreach my $call (
	q{SELECT modelapi_acl.create_user('carl', 'carl@example.com')},
	q{SELECT modelapi_acl.disable_user('bob')},
	q{SELECT modelapi_acl.delete_user('bob')},
	q{SELECT modelapi_acl.prune_logs('1 day')},
	"${asks}SELECT modelapi_acl.create_project('q')",
	"${asks}UPDATE modelapi_acl.model_apis SET name = 'n'",
	"${asks}SELECT modelapi_acl.delete_model_api(id) FROM modelapi_acl.model_apis",
	"${asks}SELECT modelapi_acl.create_token(id, 't') FROM modelapi_acl.model_apis",
	"${asks}SELECT * FROM modelapi_acl.model_apis, modelapi_acl.who_can(id, 'view')",
	"${asks}SELECT * FROM modelapi_acl.search_model_apis('m')")
{
	like(errors_of($node, 'demoted', $call), qr/owner of extension modelapi_acl is not a superuser/, 'owner demoted: ' . $call =~ s/^.*\n\s*//r);
}
is($node->safe_psql('demoted', q{SELECT object_type, expected, found FROM modelapi_acl.verify_access()}),
	'role|owner of the extension: superuser|no superuser', 'owner demoted: verify_access');
is($node->safe_psql('demoted', qq{${asks}SELECT count(*), bool_and(modelapi_acl.has_permission(id, 'delete')) FROM modelapi_acl.model_apis}),
	'1|t', 'owner demoted: rows and decisions are as ever');
$node->safe_psql('postgres', 'ALTER ROLE installer SUPERUSER');
is($node->safe_psql('demoted', qq{${asks}SELECT modelapi_acl.delete_model_api(id) FROM modelapi_acl.model_apis; SELECT count(*) FROM modelapi_acl.model_apis; COMMIT}),
	"\n0", 'owner superuser again: all works');

$node->stop;

# Two databases of a cluster without the roles at the same time: one waits for the other
my $fresh = start_cluster('fresh');
$fresh->safe_psql('postgres', "CREATE DATABASE $_") foreach ('first', 'second');
my ($in, $out) = ('', '');
# ends when the second installation waits
my $until_second_waits = q{DO $$
	BEGIN
		FOR i IN 1 .. 600 LOOP
			EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted);
			PERFORM pg_sleep(0.1);
		END LOOP;
	END $$};
my $first = IPC::Run::start(
	[ $fresh->installed_command('psql'), '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $fresh->connstr('first'),
		'-c', 'BEGIN', '-c', 'CREATE EXTENSION modelapi_acl CASCADE', '-c', $until_second_waits, '-c', 'COMMIT' ],
	'<', \$in, '>', \$out, '2>', \$out);
$fresh->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'})
	or die 'the first installation does not get there';
is(errors_of($fresh, 'second', 'SET client_min_messages = error; CREATE EXTENSION modelapi_acl CASCADE'), '',
	'a second installation at the same time waits');
IPC::Run::finish($first);
unlike($out, qr/ERROR/, 'and the first goes through');
is($fresh->safe_psql('first', q{SELECT count(*) FROM pg_extension WHERE extname = 'modelapi_acl'}), '1', 'and is there');
$fresh->stop;
done_testing();
