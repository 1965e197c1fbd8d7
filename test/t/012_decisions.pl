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
sql("SELECT modelapi_acl.authorize_invocation(test.id('forecast'), 'bearer', sha256('$personal'))");
is(sql(q{SELECT reason || ' ' || (token_id IS NOT NULL) || ' ' || (user_id = test.id('mo_editor')) FROM modelapi_acl.drain_decisions()}),
	'token_of_other_model_api true true', "with the holder of a personal token, though the gateway's answer does not name the holder");

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
# Operations of every kind, by two sessions at once, and requests of every kind after each: the
# seed repeats a session's choices
sql('TRUNCATE test.decisions');
$node->safe_psql('platform', q{
	CREATE TABLE test.secrets (token_id uuid, secret text, maker text);
	CREATE FUNCTION test.one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS
		'SELECT $1[1 + floor(random() * cardinality($1))::int]';
	CREATE FUNCTION test.a_token() RETURNS SETOF test.secrets LANGUAGE sql VOLATILE ROWS 1 AS
		'SELECT * FROM test.secrets ORDER BY random() LIMIT 1';
	SELECT test.remember('robot', modelapi_acl.create_service_account('robot', 'founder', NULL, 'sub-robot'));
	-- one operation; many are refused
	CREATE FUNCTION test.operate(operation int) RETURNS void LANGUAGE plpgsql AS $$
	DECLARE
		m uuid := test.id(test.one_of('churn', 'forecast', 'weather'));
		who text := test.one_of('m_editor', 'm_viewer', 'mo_viewer', 'p_editor', 'stranger', 'robot');
		whom text := test.one_of('m_editor', 'm_viewer', 'mo_viewer', 'stranger', 'robot', 'churn-viewers', 'growth-viewers');
		level modelapi_acl.access_level := test.one_of('viewer', 'editor');
		until timestamptz := now() + test.one_of('10 minutes', '400 milliseconds', NULL)::interval;
		list uuid[] := CASE WHEN random() < 0.4 THEN ARRAY[test.id('churn'), test.id('weather')] END;
		t test.secrets := test.a_token();
		-- most secrets of people are theirs to change
		asks text := test.one_of('founder', CASE WHEN operation IN (0, 1, 5, 6, 7, 8, 9) THEN t.maker ELSE 'founder' END);
	BEGIN
		IF operation < 18 THEN
			PERFORM modelapi_acl.set_session_user(asks);
		END IF;
		CASE operation
		WHEN 0 THEN INSERT INTO test.secrets SELECT id, token, asks FROM modelapi_acl.create_personal_token('random', until, list);
		WHEN 1 THEN INSERT INTO test.secrets SELECT id, token, 'founder' FROM modelapi_acl.create_token(m, 'random', until);
		WHEN 2 THEN INSERT INTO test.secrets SELECT id, token, 'founder' FROM modelapi_acl.create_service_token('robot', 'random', until, list);
		WHEN 3, 4, 5 THEN INSERT INTO test.secrets SELECT id, token, t.maker
			FROM modelapi_acl.regenerate_token(t.token_id, test.one_of('0', '1 hour', '300 milliseconds')::interval);
		WHEN 6 THEN PERFORM modelapi_acl.revoke_token(t.token_id);
		WHEN 7 THEN PERFORM modelapi_acl.suspend_token(t.token_id);
		WHEN 8 THEN PERFORM modelapi_acl.resume_token(t.token_id);
		WHEN 9 THEN PERFORM modelapi_acl.update_token(t.token_id, expires_at := coalesce(until, 'infinity'));
		WHEN 10, 11 THEN PERFORM modelapi_acl.add_collaborator(m, whom, level, until);
		WHEN 12 THEN PERFORM modelapi_acl.remove_collaborator(m, whom);
		WHEN 13 THEN PERFORM modelapi_acl.add_project_collaborator(test.id('growth'), whom, level, until);
		WHEN 14 THEN PERFORM modelapi_acl.remove_project_collaborator(test.id('growth'), whom);
		WHEN 15 THEN PERFORM modelapi_acl.set_visibility(m, test.one_of('public', 'private')::modelapi_acl.visibility);
		WHEN 16 THEN PERFORM modelapi_acl.set_authorization_mode(m, test.one_of('restricted', 'restricted', 'unrestricted')::modelapi_acl.authorization_mode);
		WHEN 17 THEN PERFORM CASE WHEN random() < 0.5 THEN modelapi_acl.add_organization_member('churn-viewers', who)
			ELSE modelapi_acl.remove_organization_member('churn-viewers', who) END;
		WHEN 18 THEN PERFORM modelapi_acl.disable_user(who);
		WHEN 19, 20 THEN PERFORM modelapi_acl.enable_user(who);
		WHEN 21 THEN PERFORM modelapi_acl.revoke_leaked_token(t.secret);
		WHEN 22 THEN PERFORM modelapi_acl.suspend_token(t.token_id);
		WHEN 23 THEN PERFORM modelapi_acl.resume_token(t.token_id);
		WHEN 24 THEN UPDATE modelapi_acl.personal_tokens SET is_limited = NOT is_limited WHERE id = t.token_id;
		WHEN 25 THEN DELETE FROM modelapi_acl.personal_token_model_apis WHERE token_id = t.token_id AND model_api_id = m;
		WHEN 26 THEN INSERT INTO modelapi_acl.personal_token_model_apis (token_id, model_api_id)
			SELECT t.token_id, m WHERE EXISTS (SELECT FROM modelapi_acl.personal_tokens AS p WHERE p.id = t.token_id);
		WHEN 27 THEN INSERT INTO test.secrets SELECT modelapi_acl.import_personal_token(who, 'random', sha256(s::text::bytea), list), s::text, who
			FROM gen_random_uuid() AS s WHERE who <> 'robot';
		WHEN 28 THEN INSERT INTO test.secrets SELECT modelapi_acl.import_token(m, 'random', sha256(s::text::bytea)), s::text, 'founder' FROM gen_random_uuid() AS s;
		WHEN 29 THEN UPDATE modelapi_acl.model_apis SET invocation_mode = test.one_of('sync', 'async')::modelapi_acl.invocation_mode WHERE id = m;
		WHEN 30 THEN DELETE FROM modelapi_acl.access_tokens WHERE id = t.token_id AND random() < 0.2;
		END CASE;
	END $$;
	-- requests with secrets and by identity
	CREATE FUNCTION test.request() RETURNS void LANGUAGE plpgsql AS $$
	BEGIN
		PERFORM modelapi_acl.authorize_invocation(m.id, CASE m.invocation_mode WHEN 'sync' THEN 'basic' ELSE 'bearer' END, sha256(s.secret::bytea))
		FROM (SELECT * FROM test.secrets ORDER BY random() LIMIT 6) AS s, modelapi_acl.model_apis AS m;
		PERFORM modelapi_acl.authorize_invocation_as(m.id, s)
		FROM modelapi_acl.model_apis AS m, unnest(ARRAY['sub-founder', 'sub-m_viewer', 'sub-mo_viewer', 'sub-p_editor', 'sub-stranger', 'sub-robot', 'sub-none']) AS s;
	END $$;
	CREATE PROCEDURE test.wander(steps int) LANGUAGE plpgsql AS $$
	BEGIN
		FOR i IN 1 .. steps LOOP
			BEGIN
				PERFORM test.operate(floor(random() * 31)::int);
			EXCEPTION WHEN OTHERS THEN NULL;
			END;
			COMMIT;
			PERFORM test.request();
			INSERT INTO test.decisions SELECT * FROM modelapi_acl.drain_decisions();
			COMMIT;
		END LOOP;
	END $$;
});
sql(qq{BEGIN;
	SELECT modelapi_acl.set_session_user('$_') \\g /dev/null
	INSERT INTO test.secrets SELECT id, token, '$_' FROM modelapi_acl.create_personal_token('first');
	COMMIT}) foreach ('m_editor', 'm_viewer', 'p_editor', 'mo_viewer');
my $seed = $ENV{SEED} // int(rand(1_000_000));
my $steps = $ENV{LONG} ? 5000 : 300;
note("SEED=$seed");
my @wanderers = map { IPC::Run::start([ $node->installed_command('psql'), '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('platform'),
	'-c', "SET modelapi_acl.decision_log = 'all'", '-c', 'SELECT setseed(' . (($seed + $_) % 1_000_000 / 1_000_000) . ')', '-c', "CALL test.wander($steps)" ], '>', '/dev/null') } (0, 1);
ok($_->finish, 'operations and requests at random') foreach @wanderers;
like(verified(), qr/^not_replayed \d+, same \d+$/, "... every line agrees with the history (SEED=$seed)") or
	diag(sql(q{SELECT d.decided_at, test.name(d.model_api_id), d.token_id, test.name(d.user_id), d.reason, d.possible
		FROM modelapi_acl.verify_decisions(ARRAY(SELECT ROW(d.*)::modelapi_acl.decision FROM test.decisions AS d)) AS d WHERE d.finding = 'different' LIMIT 20}));
my $kinds = q{SELECT CASE WHEN token_id IS NULL THEN 'subject' WHEN user_id IS NULL THEN 'token' WHEN user_id = test.id('robot') THEN 'service' ELSE 'personal' END AS kind, reason
	FROM test.decisions WHERE token_id IS NOT NULL OR user_id IS NOT NULL};
note(sql("SELECT kind || ' ' || reason || ' ' || count(*) FROM ($kinds) AS k GROUP BY kind, reason ORDER BY 1"));
is(sql("SELECT string_agg(kind || ' ' || (n >= 3), ', ' ORDER BY kind)
	FROM (SELECT kind, count(DISTINCT reason) AS n FROM ($kinds) AS k GROUP BY kind) AS k"), 'personal true, service true, subject true, token true', '... of each kind with several reasons');

# Events of version 1.0 do not have suspended_at
sql(q{SET session_replication_role = replica; SET row_security = off;
	UPDATE modelapi_acl.audit_events SET new = new - 'suspended_at' WHERE action = 'token.created'});
like(verified(), qr/^not_replayed \d+, same \d+$/, '... also with events of version 1.0');

# One line of each kind that is not true is found among all the others
sql(q{INSERT INTO test.decisions
	SELECT d.decided_at, d.model_api_id, d.token_id, d.user_id, 'token_revoked', d.snapshot_xmin, d.snapshot_xmax, 'planted'
	FROM (SELECT DISTINCT ON (d.user_id IS NULL) d.* FROM test.decisions AS d
		WHERE d.reason = 'token' AND NOT EXISTS (SELECT FROM modelapi_acl.audit_events AS e WHERE e.object_id = d.token_id AND e.action ~ 'revoked')) AS d
	UNION ALL
	(SELECT d.decided_at, d.model_api_id, d.token_id, d.user_id, 'unknown_subject', d.snapshot_xmin, d.snapshot_xmax, 'planted'
	FROM test.decisions AS d WHERE d.token_id IS NULL AND d.user_id = test.id('founder') AND d.reason = 'identity' LIMIT 1)});
is(sql(q{SELECT string_agg(server || ' ' || reason, ', ' ORDER BY reason) FROM modelapi_acl.verify_decisions(ARRAY(SELECT ROW(d.*)::modelapi_acl.decision FROM test.decisions AS d)) WHERE finding = 'different'}),
	'planted token_revoked, planted token_revoked, planted unknown_subject', '... and only lines that are not true are different');

# Transaction ids have 64 bits, also of lines that are written while others are drained
$node->stop;
$node->command_ok([ $node->installed_command('pg_resetwal'), '-e', '1', $node->data_dir ], 'ids that were used up once');
$node->start;
sql('TRUNCATE test.decisions');
append_to_file("$dir/assign.sql", "SELECT pg_current_xact_id();
SELECT count(modelapi_acl.authorize_invocation(gen_random_uuid(), NULL)) FROM generate_series(1, 20);\n");
my $asker = IPC::Run::start([ $pgbench, '-n', '-T', '3', '-c', '2', '-f', "$dir/assign.sql", $node->connstr('platform') ], '>', '/dev/null', '2>&1');
$node->command_ok([ $pgbench, '-n', '-T', '2', '-f', "$dir/drain.sql", $node->connstr('platform') ], 'drains beside new transactions');
ok($asker->finish, '... of requests');
is(sql("SELECT count(*) > 100, count(DISTINCT snapshot_xmax) > 10, min(snapshot_xmin::text::numeric) > 2 ^ 32,
	max(snapshot_xmax::text::numeric) <= pg_snapshot_xmax(pg_current_snapshot())::text::numeric FROM test.decisions"), 't|t|t|t', '... each line has its own');
$node->stop;
done_testing();
