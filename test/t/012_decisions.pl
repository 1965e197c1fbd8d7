# The decision log: each line once, lost lines counted, and every line agrees with the history,
# beside changes that commit while it is decided.

use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/lib';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ModelApiAcl;

my $needs_preload = `$ENV{PG_REGRESS} --version` =~ / 1[56]\b/;
my $node = start_cluster('logging', 'modelapi_acl.decision_log_size = 2048', 'autovacuum = off',
	$needs_preload ? "shared_preload_libraries = 'modelapi_acl'" : '');
make_world($node, 'platform');

sub sql { return $node->safe_psql('platform', $_[0]); }

my ($id, $token) = split /\|/, sql(q{
	BEGIN;
	SELECT modelapi_acl.set_session_user('founder') \g /dev/null
	SELECT id, token FROM modelapi_acl.create_token(test.id('churn'), 'logged');
	COMMIT;});
sql('CREATE TABLE test.decisions OF modelapi_acl.decision');

# What is logged
my $personal = sql(q{
	BEGIN;
	SELECT modelapi_acl.set_session_user('mo_editor') \g /dev/null
	SELECT token FROM modelapi_acl.create_personal_token('logged');
	COMMIT;});
my $requests = "SELECT modelapi_acl.authorize_invocation(test.id('churn'), 'basic', sha256('$token'));
	SELECT modelapi_acl.authorize_invocation(test.id('churn'), NULL);
	SELECT modelapi_acl.authorize_invocation(test.id('forecast'), 'bearer', sha256('$token'));
	SELECT modelapi_acl.authorize_invocation('00000000-0000-4000-8000-000000000001', NULL);
	SELECT modelapi_acl.authorize_invocation_as(test.id('churn'), test.id('m_viewer')::text);
	SELECT modelapi_acl.authorize_invocation_as(test.id('forecast'), test.id('m_viewer')::text);";
my $drain = q{SELECT coalesce(string_agg(format('%s%s%s', reason, ' token' || nullif(token_id IS NULL, true), ' user' || nullif(user_id IS NULL, true)), ', '), '-') FROM modelapi_acl.drain_decisions() AS d};
sql($requests);
is(sql($drain), 'missing_credentials, token_of_other_model_api tokenfalse, no_such_model_api, no_such_model_api userfalse', 'refusals are logged, in their order');
is(sql($drain), '-', 'each line once');
sql("SET modelapi_acl.decision_log = 'none'; $requests");
is(sql($drain), '-', 'none, where the setting says so');
sql("SET modelapi_acl.decision_log = 'all'; $requests");
is(sql('SELECT log_lines FROM modelapi_acl.usage_status'), '6', 'all');
is(sql(q{SELECT string_agg(reason, ' ') FROM modelapi_acl.drain_decisions(2)}), 'token missing_credentials', 'as many as were asked for, the oldest first');
is(sql(q{SELECT count(*) FILTER (WHERE decided_at > now() - interval '1 minute' AND snapshot_xmin <= snapshot_xmax AND snapshot_xmin::text::bigint > 0
	AND server LIKE '%:' || current_setting('port')) FROM modelapi_acl.drain_decisions()}), '4', 'with time, snapshot and server');
is(sql('SELECT count(*) FROM modelapi_acl.drain_decisions(0)'), '0', 'none of none');

# Who may
foreach my $who ('regress_person', 'regress_gateway', 'regress_backend')
{
	like(errors_of($node, 'platform', "SET SESSION AUTHORIZATION $who; SELECT * FROM modelapi_acl.drain_decisions()"), qr/permission denied/, "not $who");
	like(errors_of($node, 'platform', "SET SESSION AUTHORIZATION $who; SELECT * FROM modelapi_acl.verify_decisions('{}')"), qr/permission denied/, "nor may $who verify");
}
like(errors_of($node, 'platform', 'SELECT modelapi_acl.drain_decisions(NULL)'), qr/maximum is missing/, 'NULL');
like(errors_of($node, 'platform', 'SELECT modelapi_acl.drain_decisions(-1)'), qr/maximum is negative/, 'less than none');
sql($requests);
is(sql(q{SET SESSION AUTHORIZATION regress_admin; SELECT count(*) FROM modelapi_acl.drain_decisions()}), '4', 'an administrator drains');

# Lost lines
sql($requests);
sql('BEGIN; SELECT count(*) FROM modelapi_acl.drain_decisions(1); ROLLBACK');
is(sql('SELECT log_lost FROM modelapi_acl.usage_status'), '1', 'what a rolled back transaction has taken is lost, and counted');
my ($status, $out, $err) = $node->psql('platform', 'BEGIN; SAVEPOINT a; SELECT count(*) FROM modelapi_acl.drain_decisions(1); ROLLBACK TO a;
	SAVEPOINT b; SELECT count(*) FROM modelapi_acl.drain_decisions(1); RELEASE b; COMMIT');
like($err, qr/WARNING:  1 line of the decision log was lost.*WARNING:  1 line of the decision log was lost/s, '... and the next call tells of it');
is(sql('SELECT log_lost FROM modelapi_acl.usage_status'), '2', '... by a savepoint too, and only then');
is(sql('SELECT count(*) FROM modelapi_acl.drain_decisions()'), '1', 'the rest is there');
($status, $out, $err) = $node->psql('platform', 'SELECT count(*) FROM modelapi_acl.drain_decisions()');
is($err, '', '... once');
sql("SELECT modelapi_acl.authorize_invocation(test.id('churn'), NULL) FROM generate_series(1, 3000)");
is(sql('SELECT log_lines, log_lost FROM modelapi_acl.usage_status'), '2048|954', 'a full log loses lines and counts them');
is($node->safe_psql('platform', 'SET client_min_messages = error; SELECT count(*) FROM modelapi_acl.drain_decisions()'), '2048', 'the others are there');
sql($requests);
is(sql('SELECT log_lines, log_lost FROM modelapi_acl.usage_status'), '4|954', 'and it goes on');
sql('SELECT count(*) FROM modelapi_acl.drain_decisions()');

# Against the history: every kind of line, after every kind of change
sub verified { return sql("SELECT string_agg(finding || ' ' || decisions, ', ' ORDER BY finding) FROM modelapi_acl.verify_decisions(ARRAY(SELECT ROW(d.*)::modelapi_acl.decision FROM test.decisions AS d))"); }
sub keep { sql("SET modelapi_acl.decision_log = 'all'; $requests; INSERT INTO test.decisions SELECT * FROM modelapi_acl.drain_decisions()"); }
sub change { sql("BEGIN; SELECT modelapi_acl.set_session_user('founder') \\g /dev/null\n$_[0];\nCOMMIT"); keep(); }
keep();
is(verified(), 'not_replayed 2, same 4', 'lines without a token or a user are counted apart');
change(q{SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'm_viewer')});
change(q{SELECT modelapi_acl.set_visibility(test.id('churn'), 'public')});
change(q{SELECT modelapi_acl.add_collaborator(test.id('forecast'), 'm_viewer', 'viewer', now() + interval '1 day')});
change(q{SELECT modelapi_acl.set_authorization_mode(test.id('forecast'), 'unrestricted')});
change(q{SELECT modelapi_acl.set_visibility(test.id('churn'), 'private')});
change(q{SELECT modelapi_acl.create_organization('verified'); SELECT modelapi_acl.add_organization_member('verified', 'm_viewer');
	SELECT modelapi_acl.add_project_collaborator(test.id('growth'), 'verified', 'editor')});
change(q{SELECT modelapi_acl.remove_organization_member('verified', 'm_viewer')});
foreach my $set ('suspended_at = now()', 'suspended_at = NULL', "expires_at = now() - interval '1 minute'", "expires_at = now() + interval '1.5 seconds'")
{
	sql("UPDATE modelapi_acl.access_tokens SET $set WHERE id = '$id'");
	keep();
}
sql('SELECT pg_sleep(3)');		# a second after it, either answer would be right
keep();
sql("UPDATE modelapi_acl.access_tokens SET expires_at = NULL WHERE id = '$id'");
keep();
change("SELECT modelapi_acl.revoke_token('$id')");
sql("SET modelapi_acl.decision_log = 'all'; SELECT modelapi_acl.authorize_invocation(test.id(m), 'bearer', sha256('$personal')) FROM unnest(ARRAY['churn', 'forecast', 'weather']) AS m;
	INSERT INTO test.decisions SELECT * FROM modelapi_acl.drain_decisions()");
sql(q{SELECT modelapi_acl.disable_user('m_viewer')});
keep();
sql(q{SELECT modelapi_acl.enable_user('m_viewer')});
keep();
like(verified(), qr/^not_replayed \d+, same \d+$/, 'after each change, every line agrees with the history');
is(sql('SELECT count(DISTINCT reason) >= 10 FROM test.decisions'), 't', '... of many reasons');

# A line that is not true is shown, one that is true of another moment too
sql(q{CREATE TABLE test.forged (d modelapi_acl.decision);
	INSERT INTO test.forged
	SELECT ROW(decided_at, model_api_id, token_id, user_id, f, snapshot_xmin, snapshot_xmax, server)::modelapi_acl.decision
	FROM test.decisions, unnest(ARRAY['token', 'token_revoked', 'token_expired', 'token_suspended', 'token_of_other_model_api', 'unrestricted', 'identity', 'permission_denied', 'no_such_model_api']) AS f
	WHERE (token_id IS NOT NULL OR user_id IS NOT NULL) AND f <> reason});
is(sql(q{SELECT (SELECT decisions FROM modelapi_acl.verify_decisions(ARRAY(SELECT d FROM test.forged)) WHERE finding = 'same')
	|| ' ' || (SELECT count(*) > 100 AND bool_and(possible IS NOT NULL AND NOT reason = ANY (possible)) FROM modelapi_acl.verify_decisions(ARRAY(SELECT d FROM test.forged)) WHERE finding = 'different')}),
	'0 true', 'every other reason is a difference');
is(sql(q{SELECT count(*) > 0 FROM modelapi_acl.verify_decisions(ARRAY(SELECT ROW(a.decided_at, a.model_api_id, a.token_id, a.user_id, a.reason, b.snapshot_xmin, b.snapshot_xmax, a.server)::modelapi_acl.decision
	FROM test.decisions AS a, test.decisions AS b WHERE b.reason = 'token_revoked' AND a.reason = 'token')) WHERE finding = 'different'}), 't', 'a token that was revoked by then');

# Changes and requests side by side
sql('TRUNCATE test.decisions');
my ($second_id, $second) = split /\|/, sql(q{
	BEGIN;
	SELECT modelapi_acl.set_session_user('founder') \g /dev/null
	SELECT id, token FROM modelapi_acl.create_token(test.id('churn'), 'second');
	COMMIT;});
my $dir = PostgreSQL::Test::Utils::tempdir();
append_to_file("$dir/request.sql", "SELECT modelapi_acl.authorize_invocation(test.id('churn'), 'basic', sha256('$second'));
SELECT modelapi_acl.authorize_invocation_as(test.id('churn'), test.id('m_editor')::text);
SELECT modelapi_acl.authorize_invocation_as(test.id('churn'), test.id('mo_editor')::text);\n");
append_to_file("$dir/change.sql", q{BEGIN;
SELECT modelapi_acl.set_session_user('founder');
SELECT modelapi_acl.set_authorization_mode(test.id('churn'), 'unrestricted');
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('founder');
SELECT modelapi_acl.set_authorization_mode(test.id('churn'), 'restricted');
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'm_editor', 'viewer');
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('founder');
SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'm_editor');
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('founder');
SELECT modelapi_acl.set_visibility(test.id('churn'), 'public');
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('founder');
SELECT modelapi_acl.set_visibility(test.id('churn'), 'private');
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'm_editor', 'editor');
COMMIT;
});
append_to_file("$dir/drain.sql", "INSERT INTO test.decisions SELECT * FROM modelapi_acl.drain_decisions();\n");
sql(q{ALTER DATABASE platform SET modelapi_acl.decision_log = 'all'});
my $counted = sql('SELECT sum(requests) FROM modelapi_acl.invocation_usage');
my $pgbench = $node->installed_command('pgbench');
my $changer = IPC::Run::start([ $pgbench, '-n', '-t', '30', '-f', "$dir/change.sql", $node->connstr('platform') ], '>', \my $changes, '2>&1');
$node->command_ok([ $pgbench, '-n', '-t', '150', '-c', '4', '-f', "$dir/request.sql\@8", '-f', "$dir/drain.sql\@1", $node->connstr('platform') ],
	'requests and drains side by side');
ok($changer->finish, '... with changes') or diag($changes);
sql('INSERT INTO test.decisions SELECT * FROM modelapi_acl.drain_decisions()');
is(sql('SELECT log_lost FROM modelapi_acl.usage_status'), '954', 'no line was lost');
is(sql('SELECT (SELECT sum(requests) FROM modelapi_acl.invocation_usage) - count(*), count(*) > 500 FROM test.decisions'), "$counted|t", 'every line was drained once');
like(verified(), qr/^not_replayed \d+, same \d+$/, 'every line agrees with what its snapshot may have seen');
$node->stop;
done_testing();
