# A hot standby distinguishes states of the database: what was read in one snapshot is not used in
# another. On a standby, transactions in progress are in another field of the snapshot than on the
# primary.

use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/lib';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ModelApiAcl;

my $node = start_cluster('primary');
make_world($node, 'platform');
$node->safe_psql('platform', 'CREATE TABLE test.notes (note text)');
$node->backup('b');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'b', has_streaming => 1);
$standby->start;

# A session that stays connected
sub session
{
	my ($cluster) = @_;
	my $session = { in => '', out => '' };
	$session->{handle} = IPC::Run::start([ $cluster->installed_command('psql'), '-X', '-q', '-A', '-t',
		'-v', 'ON_ERROR_STOP=1', '-d', $cluster->connstr('platform') ],
		'<', \$session->{in}, '>', \$session->{out}, '2>', \$session->{out}, IPC::Run::timeout(120));
	return $session;
}

# Sends SQL and waits for the end of its output
sub send_sql
{
	my ($session, $sql, $until) = @_;
	$session->{in} .= "$sql\n";
	$session->{handle}->pump until $session->{out} =~ $until;
	return;
}

# The oldest transaction in progress and the last completed one stay the same, so that the two
# snapshots differ only by the removal between them
my $oldest = session($node);
my $remover = session($node);
send_sql($oldest, q{BEGIN; INSERT INTO test.notes VALUES ('oldest'); SELECT 'begun';}, qr/begun/);
send_sql($remover, q{BEGIN;
	SELECT modelapi_acl.set_session_user('founder') \g /dev/null
	SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'm_viewer') \g /dev/null
	SELECT 'removed';}, qr/removed/);
$node->safe_psql('platform', q{INSERT INTO test.notes VALUES ('latest')});
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));

my $asker = session($standby);
send_sql($asker, q{BEGIN;
	SELECT test.name(modelapi_acl.set_session_user('m_viewer'));
	DO $$
	DECLARE
		churn uuid := test.id('churn');
		answer boolean;
		gone boolean := false;
		before text := pg_current_snapshot();
	BEGIN
		FOR i IN 1 .. 600 LOOP
			answer := modelapi_acl.has_permission(churn, 'view');	-- always in this one place
			IF i = 1 THEN
				RAISE NOTICE 'first: %', answer;
			END IF;
			EXIT WHEN gone;
			PERFORM pg_sleep(0.1);
			gone := NOT EXISTS (SELECT FROM modelapi_acl.model_api_collaborators c
				WHERE c.model_api_id = churn AND c.user_id = test.id('m_viewer'));
		END LOOP;
		RAISE NOTICE 'alike: %', split_part(before, ':', 1) = split_part(pg_current_snapshot()::text, ':', 1)
			AND split_part(before, ':', 2) = split_part(pg_current_snapshot()::text, ':', 2);
		RAISE NOTICE 'last: %', answer;
	END $$;}, qr/first: t/);
send_sql($remover, q{COMMIT; SELECT 'committed';}, qr/committed/);
send_sql($asker, '', qr/last: /);
like($asker->{out}, qr/first: t/, 'before the removal is replayed, one may view it');
like($asker->{out}, qr/alike: t/, 'the snapshots have the same bounds');
like($asker->{out}, qr/last: f/, 'afterwards no longer, in the same command');

foreach ($asker, $remover, $oldest)
{
	$_->{in} .= "\\q\n";
	$_->{handle}->finish;
}
$standby->stop;
$node->stop;
done_testing();
