# pg_upgrade and a logical subscriber: every row arrives, guards and audit triggers neither refuse
# rows nor run twice, and later writes work.

use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/lib';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ModelApiAcl;

my $more = q{
	BEGIN;
	SELECT modelapi_acl.set_session_user('founder') \g /dev/null
	SELECT modelapi_acl.publish_version(test.id('churn'), '{}') \g /dev/null
	SELECT modelapi_acl.set_visibility(test.id('churn'), 'public') \g /dev/null
	SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'editor') \g /dev/null
	SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'm_viewer') \g /dev/null
	SELECT modelapi_acl.create_token(test.id('forecast'), 'more') \g /dev/null
	COMMIT;
	SELECT modelapi_acl.create_user('late', 'late@example.com') \g /dev/null
	SELECT modelapi_acl.disable_user('sibling') \g /dev/null};

# pg_upgrade
my $old = start_cluster('old');
make_world($old, 'platform');
my $token = $old->safe_psql('platform', q{
	BEGIN;
	SELECT modelapi_acl.set_session_user('founder') \g /dev/null
	SELECT token FROM modelapi_acl.create_token(test.id('forecast'), 'kept');
	COMMIT;});
my $before = checksums($old, 'platform');
$old->stop;
my $new = PostgreSQL::Test::Cluster->new('new');
$new->init(extra => [ '--locale=C.UTF-8', '--encoding=UTF8' ]);
chomp(my $programs = `pg_config --bindir`);
chdir $new->basedir;
command_ok(
	[ 'pg_upgrade', '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $programs, '-B', $programs,
		'-s', $new->host, '-p', $old->port, '-P', $new->port ],
	'pg_upgrade');
$new->start;
is(checksums($new, 'platform'), $before, 'pg_upgrade: every row of every table is there');
my $catalog = q{SELECT object_type, expected, found FROM modelapi_acl.verify_access(1) WHERE "check" = 'catalog'};
is($new->safe_psql('platform', $catalog), '', 'pg_upgrade: verify_access finds all definitions unchanged');
like($new->safe_psql('platform', qq{
	BEGIN;
	CREATE OR REPLACE FUNCTION modelapi_acl_internal.left_alone_by(user_id uuid)
		RETURNS TABLE (finding text, object_type text, object_id uuid, name text)
		LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
	BEGIN ATOMIC
		SELECT 'last_owner'::text, 'project'::text, NULL::uuid, NULL::text WHERE false;
	END;
	$catalog;
	ROLLBACK}), qr/^function\|modelapi_acl_internal.left_alone_by\(uuid\): digest of its definition: [^\n]*\n?\z/,
	'pg_upgrade: verify_access finds a changed one');
is($new->safe_psql('platform', "SELECT reason FROM modelapi_acl.authorize_invocation(test.id('forecast'), 'Bearer $token')"),
	'token', 'pg_upgrade: tokens open');
is(errors_of($new, 'platform', $more), '', 'pg_upgrade: the next writes work');
is($new->safe_psql('platform', q{SELECT max(number) FROM modelapi_acl.model_api_versions WHERE model_api_id = test.id('churn')}),
	'2', 'pg_upgrade: version numbers go on');
like(errors_of($new, 'platform', 'DELETE FROM modelapi_acl.model_api_collaborators'),
	qr/needs a user who directly owns it/, 'pg_upgrade: owners are still kept');
$new->stop;

# A logical subscriber
my $publisher = start_cluster('publisher', 'wal_level = logical');
make_world($publisher, 'platform');
$publisher->safe_psql('platform', 'CREATE PUBLICATION everything FOR ALL TABLES');
my $subscriber = start_cluster('subscriber', 'wal_level = logical');
$subscriber->safe_psql('postgres', 'CREATE DATABASE platform');
$subscriber->safe_psql('platform', q{
	CREATE EXTENSION modelapi_acl CASCADE;
	CREATE SCHEMA test;
	CREATE TABLE test.things (name text PRIMARY KEY, id uuid NOT NULL);
	CREATE TABLE test.users (place int, name text);
	CREATE TABLE test.attempts (place int, label text, statement text);
	CREATE TABLE test.results (who text, attempt int, outcome text);
	CREATE FUNCTION test.id(name text) RETURNS uuid LANGUAGE sql STABLE AS 'SELECT t.id FROM test.things t WHERE t.name = $1';});
my $connection = $publisher->connstr . ' dbname=platform';
$subscriber->safe_psql('platform', "CREATE SUBSCRIPTION everything CONNECTION '$connection' PUBLICATION everything");
$subscriber->wait_for_subscription_sync($publisher, 'everything', 'platform');
is(checksums($subscriber, 'platform'), checksums($publisher, 'platform'), 'subscriber: the first copy is the same');
is(errors_of($publisher, 'platform', $more), '', 'changes on the publisher');
$publisher->safe_psql('platform', q{
	BEGIN;
	SELECT modelapi_acl.set_session_user('founder') \g /dev/null
	SELECT modelapi_acl.delete_model_api(test.id('weather')) \g /dev/null
	COMMIT;});
$publisher->wait_for_catchup('everything');
is(checksums($subscriber, 'platform'), checksums($publisher, 'platform'),
	'subscriber: the changes arrive, the audit history once');
is($subscriber->safe_psql('platform', q{
	BEGIN;
	SELECT modelapi_acl.set_session_user('late') \g /dev/null
	SET LOCAL ROLE modelapi_acl_user;
	SELECT name FROM modelapi_acl.model_apis;
	COMMIT;}), 'churn', 'subscriber: RLS holds');
$subscriber->safe_psql('platform', 'DROP SUBSCRIPTION everything');
is(errors_of($subscriber, 'platform', q{
	BEGIN;
	SELECT modelapi_acl.set_session_user('founder') \g /dev/null
	SELECT number FROM modelapi_acl.publish_version(test.id('churn'), '{}');
	SELECT modelapi_acl.create_model_api(test.id('growth'), 'on its own') \g /dev/null
	COMMIT;}), '', 'subscriber: on its own afterwards');
unlike(slurp_file($subscriber->logfile), qr/ERROR/, 'subscriber: no error');
$_->stop foreach ($publisher, $subscriber);

done_testing();
