# An installation of each released version, made by today's library: it works, and after
# ALTER EXTENSION UPDATE it is the same as a fresh installation, object for object, and
# answers as before. So does a dump of it, restored where today's version is the default.

use strict;
use warnings;
use File::Basename qw(dirname);
use Cwd qw(abs_path);
use lib dirname(__FILE__) . '/lib';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ModelApiAcl;

my $root = abs_path(dirname(__FILE__) . '/../..');
my ($current) = slurp_file("$root/modelapi_acl.control") =~ /^default_version = '(.*)'/m;
my @released = grep { $_ ne $current }
	map { m,/modelapi_acl--([\d.]+)\.sql$, ? $1 : () } glob("$root/sql/upgrade/modelapi_acl--*.sql");
ok(@released > 0, "there are released versions: @released");

my $node = start_cluster('main');

sub lines_of_file
{
	my ($database, $file, @options) = @_;
	my ($out, $errors) = ('', '');
	IPC::Run::run([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($database), @options, '-f', "$root/test/setup/$file" ],
		'>', \$out, '2>', \$errors) or die "$file: $errors";
	return $out;
}

# Lines that two texts don't share, each with the side that has it
sub differences
{
	my ($left, $right) = @_;
	my %count;
	$count{$_}++ foreach split /\n/, $left;
	$count{$_}-- foreach split /\n/, $right;
	return join '', map { ($count{$_} > 0 ? '< ' : '> ') . substr($_, 0, 600) . "\n" } grep { $count{$_} } sort keys %count;
}

sub catalog { my ($database) = @_; return lines_of_file($database, 'catalog.sql'); }

# ----------
# Fresh installations
# ----------
$node->safe_psql('postgres', "CREATE DATABASE fresh");
$node->safe_psql('fresh', 'CREATE EXTENSION modelapi_acl CASCADE');
is($node->safe_psql('fresh', q{SELECT extversion FROM pg_extension WHERE extname = 'modelapi_acl'}), $current, 'the default version');
my $fresh = catalog('fresh');
cmp_ok(scalar(split /\n/, $fresh), '>', 10000, 'facts of the catalogs');
unlike($fresh, qr/ \| not compared \| /, 'each kind of object is compared');

# ----------
# The comparison finds what differs: one change of each kind, and the objects that it names
# ----------
my @changes = (
	[ q{COMMENT ON FUNCTION modelapi_acl.my_permissions(uuid) IS 'other'}, qr/function modelapi_acl\.my_permissions\(\S*uuid\) \| comment/ ],
	[ q{COMMENT ON COLUMN modelapi_acl.users.username IS NULL}, qr/table modelapi_acl\.users column username \| comment/ ],
	[ q{GRANT SELECT ON modelapi_acl.projects TO PUBLIC}, qr/table modelapi_acl\.projects \| privileges/ ],
	[ q{REVOKE EXECUTE ON FUNCTION modelapi_acl.pre_request() FROM modelapi_acl_user}, qr/function modelapi_acl\.pre_request\(\) \| privileges/ ],
	[ q{GRANT UPDATE (name) ON modelapi_acl.projects TO modelapi_acl_gateway}, qr/table modelapi_acl\.projects column name \| privileges/ ],
	[ q{GRANT CREATE ON SCHEMA modelapi_acl TO modelapi_acl_user}, qr/schema modelapi_acl \| privileges/ ],
	[ q{GRANT USAGE ON TYPE modelapi_acl.permission TO PUBLIC}, qr/type modelapi_acl\.permission \| privileges/ ],
	[ q{DROP POLICY may_add ON modelapi_acl.model_api_collaborators}, qr/policy may_add on modelapi_acl\.model_api_collaborators \| definition/ ],
	[ q{ALTER POLICY may_add ON modelapi_acl.model_api_collaborators WITH CHECK (true)}, qr/policy may_add on modelapi_acl\.model_api_collaborators \| definition/ ],
	[ q{ALTER TABLE modelapi_acl.projects NO FORCE ROW LEVEL SECURITY}, qr/table modelapi_acl\.projects \| row-level security/ ],
	[ q{ALTER TABLE modelapi_acl.projects ENABLE TRIGGER guard}, qr/trigger guard on modelapi_acl\.projects \| definition/ ],
	[ q{ALTER TABLE modelapi_acl.model_api_settings DISABLE TRIGGER ALL}, qr/trigger of constraint model_api_settings_model_api_id_fkey on .* \| definition/ ],
	[ q{ALTER TABLE modelapi_acl.model_apis ALTER description SET DEFAULT 'x'}, qr/table modelapi_acl\.model_apis column description \| default/ ],
	[ q{ALTER TABLE modelapi_acl.model_apis ALTER description SET STATISTICS 10}, qr/table modelapi_acl\.model_apis column description \| statistics/ ],
	[ q{ALTER TABLE modelapi_acl.model_apis ADD more integer}, qr/table modelapi_acl\.model_apis column more \| type/ ],
	[ q{ALTER TABLE modelapi_acl.model_apis ADD CONSTRAINT more CHECK (name <> '')}, qr/table constraint more on modelapi_acl\.model_apis \| definition/ ],
	[ q{CREATE INDEX more ON modelapi_acl.model_apis (created_at)}, qr/index modelapi_acl\.more \| index / ],
	[ q{ALTER FUNCTION modelapi_acl.my_permissions(uuid) COST 7}, qr/function modelapi_acl\.my_permissions\(\S*uuid\) \| definition/ ],
	[ q{ALTER VIEW modelapi_acl.access_reviews SET (security_barrier = false)}, qr/view modelapi_acl\.access_reviews \| options/ ],
	[ q{ALTER TYPE modelapi_acl.access_level ADD VALUE 'more'}, qr/type modelapi_acl\.access_level \| labels/ ],
	[ q{ALTER EXTENSION modelapi_acl DROP FUNCTION modelapi_acl.pre_request()}, qr/function modelapi_acl\.pre_request\(\) \| extension/ ],
	[ q{CREATE FUNCTION modelapi_acl.more() RETURNS integer LANGUAGE sql AS 'SELECT 1'}, qr/function modelapi_acl\.more\(\) \| extension/ ],
	[ q{CREATE VIEW modelapi_acl_internal.more AS SELECT 1 AS one}, qr/view modelapi_acl_internal\.more \| extension/ ],
	[ q{UPDATE pg_extension SET extcondition[1] = 'WHERE false' WHERE extname = 'modelapi_acl'}, qr/extension modelapi_acl \| rows in a dump/ ],
	[ q{DELETE FROM pg_init_privs WHERE objoid = 'modelapi_acl.projects'::regclass}, qr/table modelapi_acl\.projects \| privileges that a dump leaves out/ ],
	[ q{ALTER FUNCTION modelapi_acl.pre_request() OWNER TO modelapi_acl_user}, qr/function modelapi_acl\.pre_request\(\) \| owner/ ],
	[ q{DELETE FROM modelapi_acl_internal.installed_facts WHERE object = 'modelapi_acl.projects.guard'}, qr/installed fact of trigger modelapi_acl\.projects\.guard/ ]);
foreach my $change (@changes)
{
	my ($statement, $found) = @$change;
	$node->safe_psql('postgres', 'CREATE DATABASE changed TEMPLATE fresh');
	$node->safe_psql('changed', $statement);
	like(differences($fresh, catalog('changed')), $found, "would be found: $statement");
	$node->safe_psql('postgres', 'DROP DATABASE changed');
}

# ----------
# From each released version
# ----------

# The data's tables with their columns, which later versions add to
sub columns
{
	my ($database) = @_;
	return map { [ split /\|/ ] } split /\n/, $node->safe_psql($database, q{
		SELECT a.attrelid::regclass, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text LIKE 'modelapi_acl%' AND c.relname <> 'installed_facts'
			AND a.attnum > 0 AND NOT a.attisdropped
			-- the transaction ids of changes are those of the cluster
			AND (c.relname <> 'changes' OR a.attname IN ('change_id', 'committed_at'))
		GROUP BY 1 ORDER BY a.attrelid::regclass::text COLLATE "C"});
}

# Number and checksum of the rows of each table, by those columns
sub rows
{
	my ($database, @columns) = @_;
	return join '', map {
		my ($table, $names) = @$_;
		"$table " . $node->safe_psql($database, qq{
			SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE "C")) FROM (SELECT $names FROM $table) t}) . "\n"
	} @columns;
}

# The demo's world and story, in an installation of that version
sub make_demo
{
	my ($database, $version) = @_;
	my $roles = slurp_file("$root/demo/roles.sql");
	$roles =~ s/CREATE EXTENSION modelapi_acl CASCADE/CREATE EXTENSION modelapi_acl VERSION '$version' CASCADE/ or die 'demo/roles.sql';
	$node->safe_psql('postgres', $roles);
	local @ENV{qw(PGHOST PGPORT PGUSER PGDATABASE)} = ($node->host, $node->port, getpwuid($<) || 'postgres', $database);
	my ($out, $errors) = ('', '');
	IPC::Run::run([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-U', 'ops', '-f', "$root/demo/catalogue.sql" ], '2>', \$errors) or die $errors;
	IPC::Run::run([ 'bash', '-c', 'status=0; . "$1"; exit "$status"', 'bash', "$root/demo/story.sh" ], '>', \$out, '2>', \$errors);
	return $out . $errors;
}

# All answers: to each user, to an administrator, to the gateway
sub answers
{
	my ($database, %tokens) = @_;
	my %answers;
	$answers{administrator} = lines_of_file($database, 'answers_of_administrator.sql', '-U', 'ops');
	foreach my $user (split /\n/, $node->safe_psql($database, 'SELECT username FROM modelapi_acl.users WHERE disabled_at IS NULL ORDER BY 1'))
	{
		$answers{$user} = lines_of_file($database, 'answers_of_user.sql', '-U', 'app_backend', '-v', "who=$user");
	}
	my $headers = join ', ', map { "('$_', '$tokens{$_}')" } sort keys %tokens;
	$answers{gateway} = $node->safe_psql($database, qq{
		SELECT m.name, t.name, a.* FROM asked.model_apis m, (VALUES $headers) t (name, token), LATERAL (
			SELECT 'Basic' AS scheme, d.* FROM modelapi_acl.authorize_invocation(m.id,
				'Basic ' || replace(encode(convert_to(t.token || ':' || t.token, 'UTF8'), 'base64'), E'\\n', '')) d
			UNION ALL
			SELECT 'Bearer', d.* FROM modelapi_acl.authorize_invocation(m.id, 'Bearer ' || t.token) d
			UNION ALL
			SELECT 'digest', d.* FROM modelapi_acl.authorize_invocation(m.id, 'bearer', sha256(convert_to(t.token, 'UTF8'))) d) a
		ORDER BY m.name, t.name, a.scheme}, extra_params => [ '-U', 'edge_gateway' ]);
	return %answers;
}

sub same_answers
{
	my ($before, $after, $name) = @_;
	is_deeply([ sort keys %$after ], [ sort keys %$before ], "$name: the same users");
	is(differences($before->{$_}, $after->{$_} // ''), '', "$name: answers to $_") foreach sort keys %$before;
	return;
}

foreach my $version (@released)
{
	my $name = "from $version";

	# nothing in it
	$node->safe_psql('postgres', 'CREATE DATABASE empty');
	$node->safe_psql('empty', "CREATE EXTENSION modelapi_acl VERSION '$version' CASCADE");
	is($node->safe_psql('empty', q{SELECT extversion FROM pg_extension WHERE extname = 'modelapi_acl'}), $version, "$version installs");
	is($node->safe_psql('empty', 'SELECT count(*) FROM modelapi_acl.verify_access()'), '0', "$version: verify_access");
	$node->safe_psql('empty', 'ALTER EXTENSION modelapi_acl UPDATE');
	is(differences($fresh, catalog('empty')), '', "$name: the catalogs, of an empty database");
	is(checksums($node, 'empty'), checksums($node, 'fresh'), "$name: tables are as empty");
	my %schema;
	foreach my $database ('empty', 'fresh')
	{
		my $errors;
		IPC::Run::run([ 'pg_dump', '--schema-only', '-d', $node->connstr($database) ], '>', \$schema{$database}, '2>', \$errors) or die $errors;
		$schema{$database} =~ s/^\\(un)?restrict .*$//mg;
	}
	is($schema{empty}, $schema{fresh}, "$name: pg_dump of the schemas");

	# the demo's world
	like(make_demo('demo', $version), qr/Everything came as expected/, "$version: the demo's story");
	is($node->safe_psql('demo', q{SELECT extversion FROM pg_extension WHERE extname = 'modelapi_acl'}), $version, "$version: the demo runs on it");
	$node->safe_psql('demo', q{
		CREATE SCHEMA asked;
		CREATE TABLE asked.model_apis AS SELECT id, name FROM modelapi_acl.model_apis;
		CREATE TABLE asked.projects AS SELECT id, name FROM modelapi_acl.projects;
		-- a few moments from the first event to the last
		CREATE TABLE asked.moments AS SELECT DISTINCT percentile_disc(f) WITHIN GROUP (ORDER BY occurred_at) AS at
			FROM modelapi_acl.audit_events, unnest(ARRAY[0, 0.3, 0.6, 0.8, 0.95, 1]) f GROUP BY f;
		GRANT USAGE ON SCHEMA asked TO PUBLIC;
		GRANT SELECT ON ALL TABLES IN SCHEMA asked TO PUBLIC;});
	my %tokens = (unknown => 'mapi_' . 'x' x 40);
	foreach my $token ([ 'grace', 'yolov8n', 'live' ], [ 'ana', 'whisper-large-v3', 'asynchronous' ], [ 'grace', 'lightgbm-fraud', 'revoked' ],
		[ 'grace', 'xgboost-churn', 'regenerated' ], [ 'ana', 'flan-t5-xl', 'expiring' ])
	{
		my ($who, $model_api, $label) = @$token;
		my $expires = $label eq 'expiring' ? q{now() + '1 day'} : 'NULL';
		$tokens{$label} = $node->safe_psql('demo', qq{
			BEGIN;
			SELECT modelapi_acl.set_session_user('$who') \\g /dev/null
			SELECT token FROM modelapi_acl.model_apis m, modelapi_acl.create_token(m.id, '$label', $expires) WHERE m.name = '$model_api';
			COMMIT;});
	}
	$tokens{'made again'} = $node->safe_psql('demo', q{
		BEGIN;
		SELECT modelapi_acl.set_session_user('grace') \g /dev/null
		SELECT modelapi_acl.revoke_token(id) FROM modelapi_acl.access_tokens WHERE name = 'revoked' \g /dev/null
		SELECT r.token FROM modelapi_acl.access_tokens t, modelapi_acl.regenerate_token(t.id) r WHERE t.name = 'regenerated';
		COMMIT;});

	my %before = answers('demo', %tokens);
	my @columns = columns('demo');
	cmp_ok(scalar @columns, '>', 15, "$version: tables");
	my $rows = rows('demo', @columns);
	my $lines = 0;
	$lines += () = $_ =~ /\n/g foreach values %before;
	cmp_ok($lines, '>', 5000, "$version: answers, $lines lines");
	cmp_ok(scalar(() = $before{$_} =~ /^has_permission .* t$/mg), '>', 0, "$version: permissions of $_")
		foreach grep { !/^(administrator|gateway)$/ } keys %before;
	like($before{administrator}, qr/^verify_access \| 0 \| $/m, "$version: verify_access finds nothing");
	like($before{gateway}, qr/^yolov8n\|live\|Basic\|t\|200\|token\|/m, "$version: a token opens its model API");
	my $dump = PostgreSQL::Test::Utils::tempdir() . "/$version.sql";
	$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('demo') ], "$version: pg_dump");

	# a dump comes into the default version
	$node->safe_psql('postgres', 'CREATE DATABASE restored');
	$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr('restored') ], "$name: the dump is restored");
	is($node->safe_psql('restored', q{SELECT extversion FROM pg_extension WHERE extname = 'modelapi_acl'}), $current, "$name, restored: version");
	is(differences($fresh, catalog('restored')), '', "$name, restored: the catalogs");
	is(rows('restored', @columns), $rows, "$name, restored: every row of every table");
	my %restored = answers('restored', %tokens);
	same_answers(\%before, \%restored, "$name, restored");

	# in place
	$node->safe_psql('demo', 'ALTER EXTENSION modelapi_acl UPDATE');
	is($node->safe_psql('demo', q{SELECT extversion FROM pg_extension WHERE extname = 'modelapi_acl'}), $current, "$name, updated: version");
	is(differences($fresh, catalog('demo')), '', "$name, updated: the catalogs");
	is(rows('demo', @columns), $rows, "$name, updated: every row of every table");
	my %after = answers('demo', %tokens);
	same_answers(\%before, \%after, "$name, updated");

	# the comparison of answers finds a change of access
	$node->safe_psql('demo', q{
		BEGIN;
		SELECT modelapi_acl.set_session_user('grace');
		SELECT modelapi_acl.add_collaborator(id, 'farah', 'viewer') FROM modelapi_acl.model_apis WHERE name = 'dinov2-large';
		COMMIT;});
	my %changed = answers('demo', %tokens);
	like(differences($before{farah}, $changed{farah}), qr/^> has_permission \| dinov2-large \| view \| t$/m, "$name, updated: the next write counts");
	is(differences($before{carla}, $changed{carla}) =~ /has_permission/ ? 'changed' : 'same', 'same', "$name, updated: for those whom it concerns");

	# what was not as the extension made it is still told, and what is dropped is not made again
	$node->safe_psql('postgres', 'CREATE DATABASE altered');
	$node->safe_psql('altered', qq{
		CREATE EXTENSION modelapi_acl VERSION '$version' CASCADE;
		DROP POLICY may_add ON modelapi_acl.model_api_collaborators;
		CREATE OR REPLACE FUNCTION modelapi_acl.project(event modelapi_acl.audit_events)
			RETURNS SETOF modelapi_acl.projects
			LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
			AS 'SELECT t.* FROM modelapi_acl.projects AS t WHERE false';
		GRANT SELECT ON modelapi_acl.projects TO modelapi_acl_gateway;});
	# without digests: a new version may compute them in another way
	my $told = q{SELECT object_type, regexp_replace(expected, '[0-9a-f]{32}', '(digest)'), regexp_replace(found, '[0-9a-f]{32}', '(digest)')
		FROM modelapi_acl.verify_access() ORDER BY 1, 2};
	my $altered = $node->safe_psql('altered', $told);
	like($altered, qr/^function\|.*modelapi_acl\.project\(.*\npolicy\|.*\n.*SELECT of modelapi_acl_gateway/m, "$version: changes of a superuser are told");
	$node->safe_psql('altered', q{CREATE ROLE grantee;
		ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO grantee;
		ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO grantee, modelapi_acl_user;});
	$node->safe_psql('altered', 'ALTER EXTENSION modelapi_acl UPDATE');
	is($node->safe_psql('altered', $told), $altered, "$name: they are still told after the update");
	is($node->safe_psql('altered', q{
		SELECT string_agg(p.oid::regprocedure::text, ' ') FROM pg_proc p
		WHERE p.pronamespace::regnamespace::text LIKE 'modelapi_acl%' AND has_function_privilege('grantee', p.oid, 'EXECUTE')}),
		'', "$name: default privileges give nothing on what is new");

	# who updates
	$node->safe_psql('postgres', "CREATE DATABASE others; CREATE ROLE other_dba SUPERUSER LOGIN; CREATE ROLE stranger;");
	$node->safe_psql('others', "CREATE EXTENSION modelapi_acl VERSION '$version' CASCADE");
	my ($status, $out, $errors) = $node->psql('others', 'ALTER EXTENSION modelapi_acl UPDATE', extra_params => [ '-U', 'other_dba' ]);
	like($errors, qr/only the owner of extension modelapi_acl can update it/, "$name: another superuser does not update");
	$node->safe_psql('others', 'GRANT CREATE ON SCHEMA modelapi_acl TO stranger');
	like(errors_of($node, 'others', 'ALTER EXTENSION modelapi_acl UPDATE'),
		qr/others than superusers may create objects in the schemas of extension modelapi_acl.*stranger in schema modelapi_acl/s,
		"$name: not while others may create objects in its schema");
	is($node->safe_psql('others', q{SELECT extversion FROM pg_extension WHERE extname = 'modelapi_acl'}), $version, "$name: nothing was updated");

	$node->safe_psql('postgres', "DROP DATABASE $_") foreach ('empty', 'demo', 'restored', 'altered', 'others');
	$node->safe_psql('postgres', "DROP ROLE $_")
		foreach ('app_backend', 'web', 'edge_gateway', 'log_shipper', 'ops', 'other_dba', 'stranger', 'grantee');
}

$node->stop;
done_testing();
