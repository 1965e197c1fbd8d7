# Requests are counted without a write by the request: what the views tell at once, after the
# worker has written it, after a crash, on a standby, and without preloading.

use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/lib';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);
use ModelApiAcl;

# From 17 on, the library need not be preloaded
my $needs_preload = `$ENV{PG_REGRESS} --version` =~ / 1[56]\b/;
my @settings = ("modelapi_acl.usage_flush_interval = '500ms'", "modelapi_acl.usage_databases = 2",
	"modelapi_acl.usage_entries = 1024", 'autovacuum = off');
push @settings, "shared_preload_libraries = 'modelapi_acl'" if $needs_preload;

my $node = start_cluster('counting', @settings);
make_world($node, 'platform');

# A token for each of two model APIs
my %token;
my %id;
my %model;
foreach my $name ('churn', 'forecast')
{
	($id{$name}, $token{$name}) = split /\|/, $node->safe_psql('platform', qq{
		BEGIN;
		SELECT modelapi_acl.set_session_user('founder') \\g /dev/null
		SELECT id, token FROM modelapi_acl.create_token(test.id('$name'), 'of $name');
		COMMIT;});
	$model{$name} = $node->safe_psql('platform', "SELECT test.id('$name')");
}

# Requests with a token, a number of times; one transaction each, as a gateway sends them
sub request
{
	my ($cluster, $name, $token, $times, $database) = @_;
	my $sql = "SELECT test.id('$name') AS m \\gset\n"
		. "SELECT reason FROM modelapi_acl.authorize_invocation(:'m', 'bearer', sha256('$token'));\n" x $times;
	$sql =~ s/'bearer'/'basic'/g if $name eq 'churn';
	return $cluster->safe_psql($database // 'platform', $sql);
}

sub usage
{
	my ($cluster, $name, $database) = @_;
	return $cluster->safe_psql($database // 'platform', "SELECT allowed, refused, by_old_secret, last_used_at IS NOT NULL,
		last_refused_at IS NOT NULL, since IS NOT NULL FROM modelapi_acl.token_usage WHERE token_id = '$id{$name}'");
}

sub requests
{
	my ($cluster, $database) = @_;
	return $cluster->safe_psql($database // 'platform', q{SELECT coalesce(test.name(model_api_id), '-') || ' ' || reason || ' ' || sum(requests)
		FROM modelapi_acl.invocation_usage GROUP BY model_api_id, reason ORDER BY 1});
}

# Waits until the worker has written a number of requests
sub written
{
	my ($cluster, $sql, $expected) = @_;
	return $cluster->poll_query_until('platform', $sql, $expected);
}

my $all_written = 'SELECT coalesce(sum(requests), 0) FROM modelapi_acl_internal.invocation_counts';

# At once
is($node->safe_psql('platform', 'SELECT counting, problem FROM modelapi_acl.usage_status'), 't|', 'it counts');
is(usage($node, 'churn'), '0|0|0|f|f|t', 'a token that was never used');
# access_reviews tells it after 90 days of counting, of tokens of both kinds
$node->safe_psql('platform', q{BEGIN;
	SELECT modelapi_acl.set_session_user('founder');
	SELECT modelapi_acl.create_personal_token('of founder');
	COMMIT;});
is($node->safe_psql('platform', q{BEGIN;
	INSERT INTO modelapi_acl_internal.counting (since) VALUES (now() - interval '1 year') ON CONFLICT (is_only_row) DO UPDATE SET since = EXCLUDED.since;
	UPDATE modelapi_acl.access_tokens SET created_at = now() - interval '91 days' WHERE name = 'of churn';
	UPDATE modelapi_acl.personal_tokens SET created_at = now() - interval '91 days' WHERE name = 'of founder';
	SELECT object_type || ' ' || name FROM modelapi_acl.access_reviews WHERE finding = 'token_never_used' ORDER BY 1;
	ROLLBACK;}), "access_token of churn\npersonal_token of founder", 'access_reviews: tokens never used');
my $before = time();
like(request($node, 'churn', $token{churn}, 20), qr/^(token\n){19}token$/, 'requests pass');
is(usage($node, 'churn'), '20|0|0|t|f|t', 'they are seen at once');
is($node->safe_psql('platform', "SELECT extract(epoch FROM last_used_at) BETWEEN $before - 1 AND $before + 60
	FROM modelapi_acl.token_usage WHERE token_id = '$id{churn}'"), 't', 'the last use has the time of the last request');
is(usage($node, 'forecast'), '0|0|0|f|f|t', 'of the other token nothing');
request($node, 'forecast', $token{churn}, 3);
request($node, 'churn', 'guessed', 4);
$node->safe_psql('platform', 'SELECT modelapi_acl.authorize_invocation(gen_random_uuid(), NULL) FROM generate_series(1, 5)');
$node->safe_psql('platform', "SELECT modelapi_acl.authorize_invocation_as(m, s) FROM unnest(ARRAY['$model{churn}', gen_random_uuid(), gen_random_uuid()]) AS m, unnest(ARRAY['sub-m_viewer', 'nobody']) AS s");
is(usage($node, 'churn'), '20|3|0|t|t|t', 'a token at another model API is refused, and counted as its');
my $expected = "- no_such_model_api 7\n- unknown_subject 2\nchurn identity 1\nchurn token 20\nchurn unknown_subject 1\nchurn unknown_token 4\nforecast token_of_other_model_api 3";
is(requests($node), $expected, 'requests by model API and reason');

# The worker
ok(written($node, $all_written, '38'), 'the worker writes them');
is(requests($node), $expected, '... and they are not counted twice');
is(usage($node, 'churn'), '20|3|0|t|t|t', '... of tokens neither');
request($node, 'churn', $token{churn}, 10);
is(usage($node, 'churn'), '30|3|0|t|t|t', 'what came since is added');
ok(written($node, $all_written, '48'), 'and written');
is(usage($node, 'churn'), '30|3|0|t|t|t', '... and not counted twice');
is($node->safe_psql('platform', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'modelapi_acl usage worker' AND datname IS NOT NULL}),
	'0', 'between the intervals no worker is connected to the database');
is($node->safe_psql('platform', qq{BEGIN;
	SELECT modelapi_acl.authorize_invocation('$model{churn}', 'basic', sha256('$token{churn}')) \\g /dev/null
	SELECT string_agg(locktype || ' ' || mode, ', ' ORDER BY locktype), pg_current_xact_id_if_assigned() FROM pg_locks WHERE pid = pg_backend_pid() AND relation IS DISTINCT FROM 'pg_locks'::regclass;
	COMMIT}), 'virtualxid ExclusiveLock|', 'a request holds no lock afterwards and has no transaction id');

# Only owners and editors of a model API see its tokens' use; the server's numbers are for administrators
# Waits until there is a worker, or none. Before it connects, only the system tells of it.
sub workers_become
{
	my ($server, $wanted) = @_;
	my ($postmaster) = split /\n/, slurp_file($server->data_dir . '/postmaster.pid');
	foreach (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		my $workers = 0;
		foreach my $folder (glob '/proc/[0-9]*')
		{
			# a process may end meanwhile
			my ($title, $status) = eval { (slurp_file("$folder/cmdline"), slurp_file("$folder/status")) };
			$workers++ if defined $status && $title =~ /usage worker/ && $status =~ /^PPid:\s+$postmaster$/m;
		}
		return 1 if $workers == $wanted;
		usleep(100_000);
	}
	return 0;
}

sub as
{
	my ($who, $sql) = @_;
	return $node->safe_psql('platform', "BEGIN; SET LOCAL SESSION AUTHORIZATION regress_backend;
		SELECT modelapi_acl.set_session_user('$who') \\g /dev/null\n$sql;\nCOMMIT;");
}
request($node, 'churn', $token{churn}, 1);
my $seen = q{SELECT coalesce(string_agg(test.name(model_api_id), ' '), '-') FROM (SELECT DISTINCT model_api_id FROM modelapi_acl.invocation_usage) AS u};
is(as('m_viewer', $seen), 'churn', 'whoever sees the logs sees the requests, and no others');
is(as('sibling', $seen), 'forecast', '... of another model API its own');
is(as('stranger', $seen), '-', '... and a stranger none');
is(as('m_viewer', 'SELECT count(*) FROM modelapi_acl.token_usage'), '0', 'a viewer does not see the tokens');
is(as('sibling', "SELECT count(*) FROM modelapi_acl.token_usage WHERE token_id = '$id{churn}'"), '0', 'nor an owner of another model API');
is(as('m_owner', "SELECT allowed FROM modelapi_acl.token_usage WHERE token_id = '$id{churn}'"), '32', 'an owner does');
is(as('m_owner', 'SELECT counting, flushed_at, tokens, hours, entries, dropped, log_lines, log_lost FROM modelapi_acl.usage_status'),
	't|||||||', 'the numbers of the server are not for users');

# Former secrets
$node->safe_psql('platform', "INSERT INTO modelapi_acl_internal.token_hashes (hash, token_id, valid_until)
	VALUES (sha256('former'), '$id{forecast}', now() + interval '1 hour')");
is(request($node, 'forecast', $token{forecast}, 2), "token\ntoken", 'the current secret');
is(request($node, 'forecast', 'former', 3), "token\ntoken\ntoken", '... and a former one');
is(usage($node, 'forecast'), '5|0|3|t|f|t', 'requests with a former secret are counted apart');

# Personal tokens: their holder and administrators see them
my ($personal_id, $personal) = split /\|/, $node->safe_psql('platform', qq{BEGIN;
	SELECT modelapi_acl.set_session_user('m_viewer') \\g /dev/null
	SELECT id, token FROM modelapi_acl.create_personal_token('mine');
	COMMIT;});
is(request($node, 'churn', $personal, 2), "token\ntoken", 'a personal token');
is(request($node, 'forecast', $personal, 1), 'token_of_other_model_api', '... opens what its holder may invoke');
my $of_personal = "SELECT count(*) || ' ' || coalesce(sum(allowed), 0) || ' ' || coalesce(sum(refused), 0) FROM modelapi_acl.token_usage WHERE token_id = '$personal_id'";
is(as('m_viewer', $of_personal), '1 2 1', '... its holder sees its use');
is(as($_, $of_personal), '0 0 0', "... $_ does not") foreach ('founder', 'm_owner', 'stranger');
is($node->safe_psql('platform', $of_personal), '1 2 1', '... administrators do');
ok(written($node, "SELECT user_id = test.id('m_viewer') AND model_api_id IS NULL AND allowed = 2 FROM modelapi_acl_internal.token_counts WHERE token_id = '$personal_id'", 't'), '... also when it is written');
is(as('m_viewer', $of_personal), '1 2 1', '... once');
is(as('founder', $of_personal), '0 0 0', '... and hidden from others');

# More keys than there is room for: buffers are replaced, and nothing is lost
$node->safe_psql('platform', q{
	SET row_security = off;
	CREATE TABLE test.many AS SELECT gen_random_uuid() AS id FROM generate_series(1, 3000);
	INSERT INTO modelapi_acl.model_apis (id, project_id, name) SELECT m.id, test.id('growth'), m.id::text FROM test.many AS m});
my $is_all_written = 'SELECT sum(requests) = (SELECT sum(requests) FROM modelapi_acl.invocation_usage) FROM modelapi_acl_internal.invocation_counts';
my $so_far = $node->safe_psql('platform', 'SELECT sum(requests) FROM modelapi_acl.invocation_usage');
foreach my $part (0 .. 9)
{
	$node->safe_psql('platform', "SELECT modelapi_acl.authorize_invocation(id, NULL) FROM (SELECT id FROM test.many ORDER BY id OFFSET $part * 300 LIMIT 300) AS m");
	$node->poll_query_until('platform', $is_all_written) or die 'the worker does not write';
}
is($node->safe_psql('platform', 'SELECT sum(requests) FROM modelapi_acl.invocation_usage'), $so_far + 3000,
	'many model APIs: the buffers take turns and every request is counted');
is($node->safe_psql('platform', 'SELECT dropped FROM modelapi_acl.usage_status'), '0', '... none is dropped');
is(usage($node, 'churn'), '32|3|0|t|t|t', '... and a token keeps its counts');
# At once they do not fit: those are counted as dropped. With the tables locked, the buffers take
# turns once at most.
$node->safe_psql('platform', 'BEGIN;
	LOCK TABLE modelapi_acl_internal.token_counts, modelapi_acl_internal.invocation_counts;
	SELECT modelapi_acl.authorize_invocation(id, NULL) FROM test.many;
	COMMIT');
is($node->safe_psql('platform', 'SELECT dropped > 0 FROM modelapi_acl.usage_status'), 't', 'what does not fit is counted as dropped');
ok($node->poll_query_until('platform', "SELECT (SELECT sum(requests) FROM modelapi_acl.invocation_usage) + (SELECT dropped FROM modelapi_acl.usage_status) - $so_far = 6000"),
	'... and no request fails or is left out');
ok($node->poll_query_until('platform', $is_all_written),
	'all that was counted is written');

# A crash loses what was not written yet, and no more; then counting goes on
$before = $node->safe_psql('platform', 'SELECT sum(requests) FROM modelapi_acl.invocation_usage');
$node->stop('immediate');
$node->start;
is(usage($node, 'churn'), '32|3|0|t|t|t', 'after a crash what was written is there');
request($node, 'churn', $token{churn}, 2);
is(usage($node, 'churn'), '34|3|0|t|t|t', '... counting goes on');
ok(written($node, "SELECT allowed FROM modelapi_acl_internal.token_counts WHERE token_id = '$id{churn}'", '34'), '... and writing');
is($node->safe_psql('platform', 'SELECT sum(requests) FROM modelapi_acl.invocation_usage'), $before + 2, '... with nothing counted twice');
# A shutdown in order writes all that a worker waits to write
$node->append_conf('postgresql.conf', "modelapi_acl.usage_flush_interval = '1h'");
$node->reload;
ok($node->poll_query_until('platform', $is_all_written) && workers_become($node, 0), 'nothing is left to write');
request($node, 'churn', $token{churn}, 5);
ok(workers_become($node, 1), 'the next worker waits for its time');
$node->append_conf('postgresql.conf', "modelapi_acl.usage_flush_interval = '500ms'");
$node->restart;
is($node->safe_psql('platform', "SELECT allowed FROM modelapi_acl_internal.token_counts WHERE token_id = '$id{churn}'"), '39', 'a shutdown writes what was counted');

# What was pruned does not come back: counts that memory has stay until it begins anew
sub prune { return $node->safe_psql('platform', "SELECT modelapi_acl.prune_usage('0')"); }
prune();
request($node, 'churn', 'guessed', 1);
ok(written($node, "SELECT count(*) > 0 FROM modelapi_acl_internal.invocation_counts WHERE reason = 'unknown_token'", 't'), 'the last request is written');
is(prune(), '0', '... and stays while memory has it');
$node->append_conf('postgresql.conf', "modelapi_acl.usage_memory_age = '1s'");
$node->reload;
usleep(1_500_000);
foreach my $n (1 .. 4)
{
	request($node, 'weather', 'guessed', 1);
	usleep(1_200_000);
}
$node->append_conf('postgresql.conf', "modelapi_acl.usage_memory_age = '1d'");
$node->reload;
ok($node->poll_query_until('platform', "SELECT count(*) = 0 FROM modelapi_acl_internal.invocation_counts AS c
	WHERE c.reason = 'unknown_token' AND modelapi_acl_internal.usage_is_live(c.generation)"), 'memory begins anew when it is old enough');
ok(prune() > 0, '... and then it is pruned');
is($node->safe_psql('platform', "SELECT count(*) FROM modelapi_acl.invocation_usage WHERE reason = 'unknown_token'"), '0', '... for good');
request($node, 'weather', 'guessed', 1);
usleep(2_000_000);
is($node->safe_psql('platform', "SELECT count(*) FROM modelapi_acl.invocation_usage WHERE reason = 'unknown_token'"), '0', '... also after the next time that the worker writes');

# The example of an exporter: each of its queries, as its role
my $metrics = dirname(__FILE__) . '/../../examples/metrics';
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$metrics/setup.sql", '-d', $node->connstr('platform') ], 'the exporter is set up');
$node->safe_psql('platform', q{INSERT INTO metrics.feed_positions SELECT 'cache', position FROM modelapi_acl.changes_since('now')});
my @queries = slurp_file("$metrics/sql_exporter.yml") =~ /query: \|\n((?: {6}.*\n)+)/g;
is(scalar @queries, 4, 'its queries');
foreach my $query (@queries)
{
	like($node->safe_psql('platform', "SET SESSION AUTHORIZATION metrics; $query"), qr/\d/, 'a query of the exporter: ' . ($query =~ /FROM ([a-z_.]+)/)[0]);
}

# A lock on the tables stops the worker, not the requests
my ($in, $out) = ('', '');
my $locker = IPC::Run::start([ $node->installed_command('psql'), '-X', '-q', '-A', '-t', '-d', $node->connstr('platform') ], '<', \$in, '>', \$out, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
$in .= "BEGIN; LOCK TABLE modelapi_acl_internal.token_counts, modelapi_acl_internal.invocation_counts; SELECT 'locked';\n";
$locker->pump until $out =~ /locked/;
is(request($node, 'churn', $token{churn}, 1), 'token', 'with the tables locked, requests go on');
my $worker = q{FROM pg_stat_activity WHERE backend_type = 'modelapi_acl usage worker' AND wait_event_type = 'Lock'};
ok($node->poll_query_until('platform', "SELECT count(*) = 1 $worker"), '... until the worker waits for the lock');
is(request($node, 'churn', $token{churn}, 1), 'token', '... and then too');
is($node->safe_psql('platform', "SELECT pg_terminate_backend(pid, 60000) $worker"), 't', 'and when the worker is terminated');
is(request($node, 'churn', $token{churn}, 1), 'token', '... requests go on');
$in .= "COMMIT;\n\\q\n";
$locker->finish;
ok(written($node, "SELECT allowed FROM modelapi_acl_internal.token_counts WHERE token_id = '$id{churn}'", '42'), '... all are written afterwards');

# Databases are dropped without waiting for a worker
make_world($node, 'second');
is($node->safe_psql('second', 'SELECT counting FROM modelapi_acl.usage_status'), 't', 'a second database counts');
$node->safe_psql('second', q{SELECT modelapi_acl.authorize_invocation(test.id('churn'), NULL)});
is(requests($node, 'second'), 'churn missing_credentials 1', '... for itself');
make_world($node, 'third');
is($node->safe_psql('third', q{SELECT counting, problem FROM modelapi_acl.usage_status}),
	'f|no place for this database: modelapi_acl.usage_databases is too low', 'beyond the limit a database does not count');
is($node->safe_psql('third', q{SELECT reason FROM modelapi_acl.authorize_invocation(test.id('churn'), NULL)}), 'missing_credentials', '... and decides nevertheless');
is($node->safe_psql('third', q{SELECT count(*) FROM modelapi_acl.invocation_usage}), '0', '... without counts');
$node->safe_psql('postgres', "DROP DATABASE $_") foreach ('second', 'third');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_database WHERE datname IN ('second', 'third')}), '0', 'dropped');

# A standby counts for itself, and goes on after its promotion
$node->backup('b');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'b', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is($standby->safe_psql('platform', 'SELECT counting FROM modelapi_acl.usage_status'), 't', 'a standby counts');
is(usage($standby, 'churn'), '0|0|0|f|f|t', '... not what its primary has written');
is(requests($standby), '', '... of requests neither');
request($standby, 'churn', $token{churn}, 7);
is(usage($standby, 'churn'), '7|0|0|t|f|t', '... but what it has decided');
is(requests($standby), 'churn token 7', '... by reason');
request($node, 'churn', $token{churn}, 1);
is(usage($node, 'churn'), '43|3|0|t|t|t', 'which the primary does not know');
ok(written($node, "SELECT allowed FROM modelapi_acl_internal.token_counts WHERE token_id = '$id{churn}'", '43'), 'the primary writes its own');
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is(usage($standby, 'churn'), '7|0|0|t|f|t', '... which the standby does not show');
$node->stop;
$standby->promote;
request($standby, 'churn', $token{churn}, 1);
is(usage($standby, 'churn'), '51|3|0|t|t|t', 'promoted, it shows both');
ok(written($standby, "SELECT allowed FROM modelapi_acl_internal.token_counts WHERE token_id = '$id{churn}'", '51'), '... and writes');
is(usage($standby, 'churn'), '51|3|0|t|t|t', '... once');
$standby->stop;

# Without preloading: nothing is counted before 17, and the views say so
my $plain = start_cluster('plain');
make_world($plain, 'platform');
is($plain->safe_psql('platform', q{SELECT reason FROM modelapi_acl.authorize_invocation(test.id('churn'), NULL)}), 'missing_credentials',
	'without preloading, requests are decided');
is($plain->safe_psql('platform', q{SELECT counting, problem FROM modelapi_acl.usage_status}),
	$needs_preload ? 'f|modelapi_acl is not in shared_preload_libraries' : 't|', '... and counted from 17 on');
is(requests($plain), $needs_preload ? '' : 'churn missing_credentials 1', '... as the views tell');
$plain->safe_psql('platform', q{INSERT INTO modelapi_acl.access_tokens (model_api_id, name, hint) VALUES (test.id('churn'), 'x', 'x')});
is($plain->safe_psql('platform', q{SELECT DISTINCT allowed, since IS NULL FROM modelapi_acl.token_usage}), $needs_preload ? '0|t' : '0|f',
	'... since tells that nothing is counted');
$plain->stop;
done_testing();
