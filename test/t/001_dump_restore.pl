# A dump contains every row and can be restored into clusters with and without the roles, as
# another superuser; everything works afterwards.

use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/lib';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ModelApiAcl;

my $source = start_cluster('source');
make_world($source, 'platform');
my $token = $source->safe_psql('platform', q{
	BEGIN;
	SELECT modelapi_acl.set_session_user('founder') \g /dev/null
	SELECT token FROM modelapi_acl.create_token(test.id('forecast'), 'kept');
	SELECT modelapi_acl.create_personal_token('kept', NULL, ARRAY[test.id('forecast')]) \g /dev/null
	COMMIT;});
$source->safe_psql('platform', q{
	BEGIN;
	SELECT modelapi_acl.set_session_user('founder');
	SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'stranger', NULL);
	COMMIT;});
# A table of the application's, protected by two keys; one policy and a column have other names since
$source->safe_psql('platform', q{
	CREATE TABLE test.notes (model_api uuid, project uuid, body text);
	CREATE INDEX ON test.notes (model_api);
	CREATE INDEX ON test.notes (project);
	GRANT SELECT ON test.notes TO modelapi_acl_user;
	INSERT INTO test.notes SELECT id, project_id, name FROM modelapi_acl.model_apis;
	SELECT modelapi_acl.protect_table('test.notes', 'model_api', 'view', to_update => 'edit_settings');
	SELECT modelapi_acl.protect_table('test.notes', 'project', 'view_project');
	ALTER TABLE test.notes RENAME COLUMN model_api TO model_api_id;
	ALTER POLICY model_api_select ON test.notes RENAME TO readable;});
# Counts of requests, as the worker writes them
$source->safe_psql('platform', q{
	INSERT INTO modelapi_acl_internal.token_counts
	SELECT id, model_api_id, NULL::uuid, now(), NULL::timestamptz, 3, 0, 1, 7, 3, 0, 1 FROM modelapi_acl.access_tokens;
	INSERT INTO modelapi_acl_internal.invocation_counts
	SELECT id, date_trunc('hour', now()), 'token', 3, 7, 3 FROM modelapi_acl.model_apis;
	INSERT INTO modelapi_acl_internal.counting (since) VALUES (now());});
my $before = checksums($source, 'platform');
unlike($before, qr/ 0\|/, 'every table has rows') or diag($before);

my $dir = PostgreSQL::Test::Utils::tempdir();
my %format = (custom => "$dir/custom.dump", plain => "$dir/plain.sql");
foreach my $format (keys %format)
{
	$source->command_ok(
		[ 'pg_dump', "--format=$format", '-f', $format{$format}, $source->connstr('platform') ],
		"pg_dump, $format");
}
$source->command_ok(
	[ 'pg_dumpall', '--roles-only', '-f', "$dir/roles.sql", '-d', $source->connstr('postgres') ],
	'pg_dumpall of the roles');

# What has to work after a restore
sub goes_on
{
	my ($node, $database, $name) = @_;

	is(checksums($node, $database), $before, "$name: every row of every table is back");
	# world.sql changed one grant without an audit event
	is($node->safe_psql($database, q{SELECT "check", test.name(object_id), test.name(user_id), expected, found FROM modelapi_acl.verify_access()}),
		'history|churn|expired|none|owner', "$name: what people are shown, and the history, agree with the grants");
	is($node->safe_psql($database, qq{
		SELECT allowed, reason, token_name FROM modelapi_acl.authorize_invocation(test.id('forecast'), 'Bearer $token')}),
		't|token|kept', "$name: tokens open");
	is($node->safe_psql($database, q{
		BEGIN;
		SELECT modelapi_acl.set_session_user('founder') \g /dev/null
		SELECT number FROM modelapi_acl.publish_version(test.id('churn'), '{}');
		COMMIT;}), '2', "$name: the next version's number follows");
	is(errors_of($node, $database, q{
		BEGIN;
		SELECT modelapi_acl.set_session_user('founder') \g /dev/null
		SELECT modelapi_acl.create_organization('next');
		SELECT modelapi_acl.create_model_api(modelapi_acl_next.p, 'next') FROM (SELECT modelapi_acl.create_project('next') AS p) modelapi_acl_next;
		SELECT modelapi_acl.set_setting(test.id('churn'), 'next', '1');
		SELECT modelapi_acl.create_token(test.id('churn'), 'next');
		SELECT modelapi_acl.add_collaborator(test.id('churn'), 'next', 'viewer');
		SELECT modelapi_acl.add_project_collaborator(test.id('growth'), 'next', 'viewer');
		SELECT modelapi_acl.add_organization_member('next', 'm_owner');
		COMMIT;
		SELECT modelapi_acl.create_user('next-user', 'next@example.com');
		INSERT INTO modelapi_acl.model_api_logs (model_api_id, message) VALUES (test.id('churn'), 'next');}),
		'', "$name: the next row into every table");
	is($node->safe_psql($database, q{
		BEGIN;
		SELECT modelapi_acl.set_session_user('p_viewer') \g /dev/null
		SET LOCAL ROLE modelapi_acl_user;
		SELECT string_agg(body, ' ' ORDER BY body) FROM test.notes;
		COMMIT;}), 'churn forecast weather', "$name: a protected table shows a user's rows");
	is($node->safe_psql($database, q{
		SELECT modelapi_acl.protect_table('test.notes', to_select => 'view_logs') \g /dev/null
		SELECT string_agg(format('%s %s', polname, polpermissive), ', ' ORDER BY polname) FROM pg_policy WHERE polrelid = 'test.notes'::regclass}),
		'model_api_id_select t, project_select f', "$name: protect_table knows its policies and replaces those of one key");
	like(errors_of($node, $database, q{SELECT modelapi_acl.create_user('Founder', 'x@example.com')}),
		qr/principal_names_pkey/, "$name: names are still taken");
	like(errors_of($node, $database, q{DELETE FROM modelapi_acl.model_api_collaborators}),
		qr/needs a user who directly owns it/, "$name: owners are still kept");
	return;
}

# The same cluster, another database, another superuser
$source->safe_psql('postgres', 'CREATE ROLE other_dba SUPERUSER LOGIN; CREATE DATABASE second OWNER other_dba');
$source->command_ok(
	[ 'pg_restore', '--exit-on-error', '--no-owner', '-U', 'other_dba', '-d', $source->connstr('second'), $format{custom} ],
	'pg_restore as another superuser, into the same cluster');
goes_on($source, 'second', 'same cluster');

# A new cluster with the roles, from the plain form
my $with = start_cluster('with_roles');
$with->command_ok([ 'psql', '-X', '-q', '-f', "$dir/roles.sql", '-d', $with->connstr('postgres') ], 'roles restored');
$with->safe_psql('postgres', 'CREATE DATABASE platform');
$with->command_ok(
	[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $format{plain}, '-d', $with->connstr('platform') ],
	'the plain dump, into a cluster with the roles');
goes_on($with, 'platform', 'cluster with the roles');
is($with->safe_psql('platform', q{SELECT pg_has_role('regress_backend', 'modelapi_acl_backend', 'MEMBER')}),
	't', 'cluster with the roles: memberships are back');

# A new cluster without the roles: the extension creates its own. For other roles' privileges, the
# error names the missing role.
my $without = start_cluster('without_roles');
$without->safe_psql('postgres', 'CREATE DATABASE platform');
$without->command_ok(
	[ 'pg_restore', '--exit-on-error', '-d', $without->connstr('platform'), $format{custom} ],
	'pg_restore, into a cluster without the roles');
goes_on($without, 'platform', 'cluster without the roles');
is($without->safe_psql('postgres', q{SELECT count(*) FROM pg_roles WHERE rolname LIKE 'modelapi\_acl\_%' AND NOT rolcanlogin}),
	'7', 'cluster without the roles: the extension has made them');

# Data only, into a database with the extension
$source->safe_psql('postgres', 'CREATE DATABASE third');
$source->safe_psql('third', 'CREATE EXTENSION modelapi_acl CASCADE');
$source->command_ok(
	[ 'pg_dump', '--data-only', '--exclude-schema=test', '-f', "$dir/data.sql", $source->connstr('platform') ],
	'pg_dump of rows alone');
$source->command_ok(
	[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/data.sql", '-d', $source->connstr('third') ],
	'rows alone, into a database that has the extension');
is(checksums($source, 'third'), $before, 'rows alone: every row is back');

# A dump of the restored database is the same
$source->command_ok(
	[ 'pg_restore', '--clean', '--if-exists', '-d', $source->connstr('second'), $format{custom} ],
	'pg_restore --clean over it');
is(checksums($source, 'second'), $before, 'restored over: every row is back');

$_->stop foreach ($source, $with, $without);
done_testing();
