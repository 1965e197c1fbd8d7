# The history and the feed of changes with notifications, prepared transactions, a hot standby, a
# failover, a restored database and a logical subscriber.

use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/lib';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ModelApiAcl;

my $node = start_cluster('primary', 'max_prepared_transactions = 10');
make_world($node, 'platform');

# How many notifications a script sends; their payload is empty
sub notifications
{
	my ($database, $sql) = @_;
	my $said = $node->safe_psql($database, "LISTEN modelapi_acl_changed; $sql; SELECT 'end'");
	unlike($said, qr/payload/, 'notifications have no payload');
	my @received = $said =~ /Asynchronous notification "modelapi_acl_changed"/g;
	return scalar @received;
}

my %changes = (
	'a grant' => q{SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'editor')},
	'its removal' => q{SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'm_viewer')},
	'a plain grant' => q{INSERT INTO modelapi_acl.project_collaborators (project_id, user_id) VALUES (test.id('growth'), test.id('sibling'))},
	'a new level' => q{UPDATE modelapi_acl.model_api_collaborators SET access_level = 'viewer' WHERE user_id = test.id('m_editor')},
	'a member' => q{SELECT modelapi_acl.add_organization_member('growth-viewers', 'stranger')},
	'a member less' => q{SELECT modelapi_acl.remove_organization_member('churn-owners', 'mo_owner')},
	'an organization less' => q{SELECT modelapi_acl.delete_organization('churn-editors')},
	'visibility' => q{SELECT modelapi_acl.set_visibility(test.id('churn'), 'public')},
	'authorization mode' => q{SELECT modelapi_acl.set_authorization_mode(test.id('churn'), 'unrestricted')},
	'invocation mode' => q{UPDATE modelapi_acl.model_apis SET invocation_mode = 'async' WHERE id = test.id('churn')},
	'a token' => q{SELECT modelapi_acl.create_token(test.id('churn'), 'x')},
	'a revocation' => q{SELECT modelapi_acl.revoke_token(id) FROM modelapi_acl.access_tokens},
	'a new secret' => q{SELECT modelapi_acl.regenerate_token(test.id('churn token'))},
	'a model API' => q{SELECT modelapi_acl.set_session_user('founder'); SELECT modelapi_acl.create_model_api(test.id('growth'), 'x')},
	'a deletion' => q{SELECT modelapi_acl.delete_model_api(test.id('forecast'))},
	'a disabled user' => q{SELECT modelapi_acl.disable_user('stranger')},
	'a subject' => q{SELECT modelapi_acl.update_user('stranger', external_id => 'other')},
	'several at once' => q{SELECT modelapi_acl.set_visibility(test.id('weather'), 'private'); SELECT modelapi_acl.disable_user('sibling')});
my %others = (
	'a name' => q{UPDATE modelapi_acl.model_apis SET name = 'x' WHERE id = test.id('churn')},
	'a description' => q{UPDATE modelapi_acl.projects SET description = 'x'},
	'a setting' => q{SELECT modelapi_acl.set_setting(test.id('churn'), 'x', '1')},
	'a version' => q{SELECT modelapi_acl.publish_version(test.id('churn'), '{}')},
	'a log line' => q{INSERT INTO modelapi_acl.model_api_logs (model_api_id, message) VALUES (test.id('churn'), 'x')},
	'a username' => q{SELECT modelapi_acl.update_user('expired', username => 'someone')},
	'the same visibility' => q{SELECT modelapi_acl.set_visibility(test.id('churn'), 'private')},
	'reading' => q{SELECT modelapi_acl.who_can(test.id('churn'), 'view')},
	'a savepoint rolled back' => q{SAVEPOINT s; SELECT modelapi_acl.disable_user('stranger'); SAVEPOINT t;
		SELECT modelapi_acl.set_visibility(test.id('churn'), 'public'); RELEASE t; ROLLBACK TO s; SELECT modelapi_acl.set_setting(test.id('churn'), 'x', '1')});
$node->safe_psql('postgres', 'CREATE DATABASE scratch TEMPLATE platform');
foreach my $case (sort keys %changes)
{
	is(notifications('scratch', "BEGIN; $changes{$case}; COMMIT"), 1, "$case: one notification");
}
is(notifications('platform', "BEGIN; $others{$_}; COMMIT"), 0, "$_: none") foreach (sort keys %others);
is(notifications('platform', "BEGIN; $changes{visibility}; ROLLBACK"), 0, 'rolled back: none');
is(notifications('platform', "SET modelapi_acl.notify_changes = off; BEGIN; $changes{'a grant'}; COMMIT"), 0, 'switched off: none');

# Commits out of order: a prepared transaction is in progress. The feed misses neither it nor what
# commits before it, on the primary and on a standby.
$node->backup('b');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'b', has_streaming => 1);
$standby->start;
my $position = q{SELECT position FROM modelapi_acl.changes_since() WITH ORDINALITY ORDER BY ordinality DESC LIMIT 1};
sub news
{
	my ($server, $from) = @_;
	return $server->safe_psql('platform',
		"SELECT coalesce(string_agg(action, ' ' ORDER BY committed_at, occurred_at), '') FROM modelapi_acl.changes_since('$from')");
}
my $before = $node->safe_psql('platform', $position);
$node->safe_psql('platform', "BEGIN; $changes{'a member'}; PREPARE TRANSACTION 'slow'");
$node->safe_psql('platform', $changes{'visibility'});
is(news($node, $before), 'model_api.visibility_changed', 'what has committed is news');
my $between = $node->safe_psql('platform', $position);
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is(news($standby, $before), 'model_api.visibility_changed', 'on a standby as well');
is(news($standby, $between), '', 'and is not told again');
# a server that lags behind goes on from another server's position
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_pause()');
$node->safe_psql('platform', q{SELECT modelapi_acl.set_setting(test.id('churn'), 'ahead', '1')});
my $ahead = $node->safe_psql('platform', $position);
is(news($standby, $between), '', 'a standby that is behind has no news');
my $behind = $standby->safe_psql('platform', "SELECT position FROM modelapi_acl.changes_since('$ahead')");
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_resume()');
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is(news($standby, $between), 'setting.created', 'later it has them');
is(news($_, $behind), '', 'what another had told is not told again') foreach ($standby, $node);
# ... also in the middle of an answer: a snapshot that lacks some of it tells nothing, and stays there
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_pause()');
$node->safe_psql('platform', qq{SELECT modelapi_acl.set_setting(test.id('churn'), 'part $_', '1')}) foreach (1 .. 3);
my $cut = $node->safe_psql('platform', "SELECT position FROM modelapi_acl.changes_since('$behind') LIMIT 1");
is($standby->safe_psql('platform', "SELECT position = '$cut', event_id FROM modelapi_acl.changes_since('$cut')"), 't|', 'a standby that is behind stays in the middle');
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_resume()');
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is(news($_, $cut), 'setting.created setting.created', 'later it goes on from there') foreach ($standby, $node);
$behind = $node->safe_psql('platform', "SELECT position FROM modelapi_acl.changes_since('$cut') WITH ORDINALITY ORDER BY ordinality DESC LIMIT 1");
$between = $behind;
my $there = $standby->safe_psql('platform', $position);
isnt($there, '', 'a standby has a position of its own');
$node->safe_psql('platform', "COMMIT PREPARED 'slow'");
is(news($node, $between), 'organization_member.added', 'what commits late is news, and alone');
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is(news($standby, $there), 'organization_member.added', 'on a standby as well');
is(news($node, $there), 'organization_member.added', 'a position of the standby holds on the primary');
is(news($standby, $between), 'organization_member.added', 'and the other way round');

# The history on a standby
my $now = $node->safe_psql('platform', 'SELECT clock_timestamp()');
my $history = "SELECT md5(string_agg(w::text, ' ' ORDER BY p, w::text)) FROM unnest(enum_range(NULL::modelapi_acl.permission)) p,
	LATERAL (SELECT * FROM modelapi_acl.who_could(test.id('churn'), p, '$now')) w";
my $told = $node->safe_psql('platform', $history);
is($standby->safe_psql('platform', $history), $told, 'a standby tells the same history');
is($standby->safe_psql('platform', "SELECT count(*) FROM modelapi_acl.explain_access(test.id('churn'), 'delete', 'm_owner')"), '2', 'and explains access');

# Names are folded the same in every database locale, also in Turkish, where lower('I') is not 'i'
SKIP:
{
	skip 'no ICU in this server', 2
		if $node->safe_psql('postgres', q{SELECT count(*) FROM pg_collation WHERE collprovider = 'i'}) eq '0';
	$node->safe_psql('postgres', q{CREATE DATABASE turkish TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR'});
	$node->safe_psql('turkish', q{CREATE EXTENSION pgcrypto; CREATE EXTENSION modelapi_acl;
		SELECT modelapi_acl.create_user('IVAN', 'one@example.com');
		BEGIN; SELECT modelapi_acl.set_session_user('ivan'); SELECT modelapi_acl.create_model_api(modelapi_acl.create_project('p'), 'm'); COMMIT;});
	my $then = $node->safe_psql('turkish', 'SELECT clock_timestamp()');
	$node->safe_psql('turkish', q{SELECT modelapi_acl.update_user('ivan', username => 'other'); SELECT modelapi_acl.release_name('ivan'); SELECT modelapi_acl.create_user('ivan', 'two@example.com')});
	is($node->safe_psql('turkish', "SELECT modelapi_acl.access_level_at(id, 'ivan', '$then') FROM modelapi_acl.model_apis"), 'owner', 'who had the name then');
	is($node->safe_psql('turkish', 'SELECT modelapi_acl.access_level_at(id, $$ivan$$, clock_timestamp()) IS NULL FROM modelapi_acl.model_apis'), 't', 'and who has it now');
}

# A restored database has the same history; positions of the original are not valid there
my $dir = PostgreSQL::Test::Utils::tempdir();
$node->safe_psql('platform', $changes{'a deletion'});
$node->command_ok([ 'pg_dump', '-f', "$dir/dump.sql", $node->connstr('platform') ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/dump.sql", '-d', $node->connstr('restored') ], 'restored');
is($node->safe_psql('restored', $history), $told, 'a restored database tells the same history');
is($node->safe_psql('restored', q{SELECT count(*) FROM modelapi_acl.who_could(test.id('forecast'), 'view', clock_timestamp())}), '0', 'deleted is deleted');
like(errors_of($node, 'restored', "SELECT modelapi_acl.changes_since('$between')"), qr/not a position of this database/, 'a position is of one database');
is($node->safe_psql('restored', q{SELECT count(*) = (SELECT count(*) FROM modelapi_acl.audit_events) FROM modelapi_acl.changes_since()}),
	't', 'from the beginning everything is told');
my $restored = $node->safe_psql('restored', $position);
$node->safe_psql('restored', $changes{'visibility'} =~ s/public/private/r);
is($node->safe_psql('restored', "SELECT string_agg(action, ' ') FROM modelapi_acl.changes_since('$restored')"),
	'model_api.visibility_changed', 'and it goes on from there');

# After a failover a reader starts again: transactions may have been lost
$standby->promote;
like(errors_of($standby, 'platform', "SELECT modelapi_acl.changes_since('$there')"), qr/not a position of this database/, 'a position ends with its timeline');
is($standby->safe_psql('platform', 'SELECT count(*) > 60 FROM modelapi_acl.changes_since()'), 't', 'the promoted standby tells all');
$_->stop foreach ($standby, $node);
done_testing();
