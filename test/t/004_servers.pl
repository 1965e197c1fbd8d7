# Hot standby, prepared transactions, crashes.

use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/lib';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ModelApiAcl;

my $node = start_cluster('primary', 'max_prepared_transactions = 10', 'fsync = on');
make_world($node, 'platform');

# Prepared transactions: the identity ends at PREPARE, the changes stay
is($node->safe_psql('platform', q{
	BEGIN;
	SELECT modelapi_acl.set_session_user('founder') \g /dev/null
	SELECT modelapi_acl.set_visibility(test.id('churn'), 'public') \g /dev/null
	PREPARE TRANSACTION 'x';
	SELECT coalesce(modelapi_acl.current_user_id()::text, 'nobody');}), 'nobody', 'the identity does not go with it');
is($node->safe_psql('platform', q{
	BEGIN;
	SELECT test.name(modelapi_acl.set_session_user('stranger'));
	SELECT modelapi_acl.effective_access_level(test.id('churn'));
	COMMIT;
	COMMIT PREPARED 'x';}), "stranger\n", 'nor to who commits it');
is($node->safe_psql('platform', q{SELECT visibility FROM modelapi_acl.model_apis WHERE id = test.id('churn')}),
	'public', 'what was prepared was done');
is($node->safe_psql('platform', q{SELECT test.name(actor_id) FROM modelapi_acl.audit_events WHERE action = 'model_api.visibility_changed'}),
	'founder', 'in the name of who prepared it');

# A hot standby answers, and knows a revocation once it is replayed
$node->backup('b');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'b', has_streaming => 1);
$standby->start;
my $token = $node->safe_psql('platform', q{
	BEGIN;
	SELECT modelapi_acl.set_session_user('founder') \g /dev/null
	SELECT token FROM modelapi_acl.create_token(test.id('forecast'), 'standby');
	COMMIT;});
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is(checksums($standby, 'platform'), checksums($node, 'platform'), 'the standby has every row of every table');
my $ask = "SELECT allowed, reason FROM modelapi_acl.authorize_invocation(test.id('forecast'), 'Bearer $token')";
is($standby->safe_psql('platform', "BEGIN READ ONLY; $ask; COMMIT"), 't|token', 'the standby allows');
is($standby->safe_psql('platform', q{
	BEGIN;
	SELECT modelapi_acl.set_session_user('sibling') \g /dev/null
	SET LOCAL ROLE modelapi_acl_user;
	SELECT name FROM modelapi_acl.model_apis WHERE visibility = 'private' ORDER BY name;
	COMMIT;}), 'forecast', 'the standby shows each user their own rows');
$node->safe_psql('platform', q{
	BEGIN;
	SELECT modelapi_acl.set_session_user('founder');
	SELECT modelapi_acl.revoke_token(id) FROM modelapi_acl.access_tokens WHERE name = 'standby';
	COMMIT;});
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is($standby->safe_psql('platform', "BEGIN READ ONLY; $ask; COMMIT"), 'f|token_revoked', 'the standby denies once the revocation is replayed');
is(checksums($standby, 'platform'), checksums($node, 'platform'), 'and still has every row of every table');
like(errors_of($standby, 'platform', q{SELECT modelapi_acl.create_user('x', 'x@example.com')}),
	qr/read-only transaction/, 'writes are for the primary');
$standby->stop;

# Immediate stops during writes: every model API has an owner and an audit event of its creation
my $dir = PostgreSQL::Test::Utils::tempdir();
for my $round (1 .. 3)
{
	my $script = "$dir/writes_$round.sql";
	append_to_file($script, join('', map { qq{
		BEGIN;
		SELECT modelapi_acl.set_session_user('founder') \\g /dev/null
		SELECT modelapi_acl.create_model_api(test.id('growth'), 'crash $round') \\g /dev/null
		COMMIT;
	} } 1 .. 2000));
	my @writers = map {
		my ($out, $err) = ('', '');
		IPC::Run::start([ $node->installed_command('psql'), '-X', '-q', '-f', $script, '-d', $node->connstr('platform') ],
			'<', \undef, '>', \$out, '2>', \$err);
	} 1 .. 2;
	$node->poll_query_until('platform', "SELECT count(*) > 20 FROM modelapi_acl.model_apis WHERE name = 'crash $round'");
	$node->stop('immediate');
	$_->finish foreach @writers;
	$node->start;
	is($node->safe_psql('platform', q{
		SELECT count(*) FROM modelapi_acl.model_apis m
		WHERE NOT EXISTS (SELECT FROM modelapi_acl.model_api_collaborators c
				WHERE c.model_api_id = m.id AND access_level = 'owner' AND expires_at IS NULL AND user_id IS NOT NULL)
			OR NOT EXISTS (SELECT FROM modelapi_acl.audit_events e
				WHERE e.model_api_id = m.id AND action = 'model_api.created')}),
		'0', "crash $round: nothing half-done");
}
unlike(slurp_file($node->logfile), qr/leak/, 'nothing leaked');

$node->stop;
done_testing();
