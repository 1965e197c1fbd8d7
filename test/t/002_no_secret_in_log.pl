# A secret sent as a bound parameter appears in no log at default settings, in no statistics view,
# no audit event and no dump.

use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/lib';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ModelApiAcl;

my $node = start_cluster('main', "shared_preload_libraries = 'pg_stat_statements'");
make_world($node, 'platform');
$node->safe_psql('platform', 'CREATE EXTENSION pg_stat_statements');
my $ids = $node->safe_psql('platform', q{SELECT test.id('churn') || ' ' || test.id('forecast')});
my ($churn, $forecast) = split / /, $ids;
my $token = $node->safe_psql('platform', q{
	BEGIN;
	SELECT modelapi_acl.set_session_user('founder') \g /dev/null
	SELECT token FROM modelapi_acl.create_token(test.id('forecast'), 'canary');
	COMMIT;});
like($token, qr/^mapi_/, 'a secret was shown, once');
my $secret = substr($token, 9, 36);

my $dir = PostgreSQL::Test::Utils::tempdir();

# pgbench's extended protocol binds its variables
sub bind_header
{
	my ($name, $sql) = @_;
	append_to_file("$dir/$name.sql", "$sql;\n");
	my ($out, $err) = ('', '');
	IPC::Run::run(
		[ $node->installed_command('pgbench'), '-n', '-M', 'extended', '-t', '5', '-c', '2',
			'-D', "header=Bearer $token", '-D', "api=$forecast",
			'-f', "$dir/$name.sql", '-d', $node->connstr('platform') ],
		'<', \undef, '>', \$out, '2>', \$err);
	# the client's own output does not count
	return "$out$err";
}

sub log_of_node { return slurp_file($node->logfile); }

like(bind_header('allowed', "SELECT reason FROM modelapi_acl.authorize_invocation(:api\::uuid, :header)"),
	qr/transactions actually processed: 10/, 'accepted');
bind_header('error', "SELECT 1 / (SELECT count(*) - 1 FROM modelapi_acl.authorize_invocation(:api\::uuid, :header))");
bind_header('cast', "SELECT reason FROM modelapi_acl.authorize_invocation((:header)\::uuid, :header)");
like(log_of_node(), qr/division by zero/, 'a statement that failed was logged');
unlike(log_of_node(), qr/DETAIL:  parameters/, 'default settings log no parameters');

# The server's message for a failed cast quotes its input: such a statement is a mistake of the
# gateway, as docs/security.md says. Nothing else logs it.
my @lines = grep { !/invalid input syntax for type uuid/ } split /\n/, log_of_node();
is(scalar(grep { /\Q$secret\E/ } @lines), 0, 'the log at default settings');
is($node->safe_psql('platform', "SELECT count(*) FROM pg_stat_statements WHERE query LIKE '%$secret%' AND query NOT LIKE '%pg_stat%'"),
	'0', 'pg_stat_statements');
is($node->safe_psql('platform', "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%$secret%' AND pid <> pg_backend_pid()"),
	'0', 'pg_stat_activity');
is($node->safe_psql('platform', "SELECT count(*) FROM modelapi_acl.audit_events e WHERE e::text LIKE '%$secret%'"),
	'0', 'the audit history');
$node->command_ok([ 'pg_dump', '-f', "$dir/dump.sql", $node->connstr('platform') ], 'pg_dump');
unlike(slurp_file("$dir/dump.sql"), qr/\Q$secret\E/, 'a dump');

# Log all statements, with log_parameter_max_length = 0, as docs/security.md advises
$node->append_conf('postgresql.conf',
	"log_min_duration_statement = 0\nlog_statement = 'all'\nlog_parameter_max_length = 0\nlog_parameter_max_length_on_error = 0");
$node->reload;
my $before = length log_of_node();
bind_header('logged', "SELECT reason FROM modelapi_acl.authorize_invocation(:api\::uuid, :header)");
my $logged = substr(log_of_node(), $before);
like($logged, qr/authorize_invocation/, 'statements are logged');
unlike($logged, qr/\Q$secret\E/, 'with log_statement = all and log_parameter_max_length = 0');

# without that setting the secret is logged
$node->append_conf('postgresql.conf', 'log_parameter_max_length = -1');
$node->reload;
$before = length log_of_node();
bind_header('leaking', "SELECT reason FROM modelapi_acl.authorize_invocation(:api\::uuid, :header)");
like(substr(log_of_node(), $before), qr/\Q$secret\E/, 'with log_parameter_max_length = -1 it would be there');

# The variant with the digest never receives the secret
$before = length log_of_node();
is($node->safe_psql('platform', "SELECT allowed FROM modelapi_acl.authorize_invocation('$forecast', 'bearer', '\\x"
	. unpack('H*', pack('H*', $node->safe_psql('platform', "SELECT encode(hash, 'hex') FROM modelapi_acl_internal.token_hashes h JOIN modelapi_acl.access_tokens t ON t.id = h.token_id WHERE t.name = 'canary'"))) . "')"),
	't', 'the digest opens as well');
unlike(substr(log_of_node(), $before), qr/\Q$secret\E/, 'and leaves nothing');

$node->stop;
done_testing();
