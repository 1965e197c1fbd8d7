# Shared by the TAP tests: clusters with the world of the regression tests.
package ModelApiAcl;

use strict;
use warnings;
use Exporter 'import';
use File::Basename qw(dirname);
use Cwd qw(abs_path);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(start_cluster make_world tables checksums errors_of);

my $world = abs_path(dirname(__FILE__) . '/../../setup/world.sql');

# A running cluster that logs what a server logs by default. Further arguments are lines for
# postgresql.conf.
sub start_cluster
{
	my ($name, @settings) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(allows_streaming => 1, extra => [ '--locale=C.UTF-8', '--encoding=UTF8' ]);
	$node->append_conf('postgresql.conf', $_)
		foreach ("log_statement = 'none'", 'log_replication_commands = off', @settings);
	$node->start;
	return $node;
}

# The world of the regression tests, in a database of its own.
sub make_world
{
	my ($node, $database) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	my $psql = $node->installed_command('psql');
	system_or_bail($psql, '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d',
		$node->connstr($database), '-f', $world);
	return;
}

# The tables with data, without what each CREATE EXTENSION writes anew
sub tables
{
	my ($node, $database) = @_;
	return split /\n/, $node->safe_psql($database, q{
		SELECT c.oid::regclass FROM pg_class c
		WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text LIKE 'modelapi_acl%'
			AND c.relname <> 'installed_facts'
		ORDER BY c.oid::regclass::text COLLATE "C"});
}

# A line for each table: name, number of rows, checksum. Without transaction ids of changes, which
# differ between clusters.
sub checksums
{
	my ($node, $database) = @_;
	my $result = '';
	foreach my $table (tables($node, $database))
	{
		my $rows = $table eq 'modelapi_acl_internal.changes'
			? '(SELECT change_id, committed_at FROM modelapi_acl_internal.changes)' : $table;
		$result .= "$table " . $node->safe_psql($database,
			"SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\")) FROM $rows t") . "\n";
	}
	return $result;
}

# The errors of a script, as psql prints them
sub errors_of
{
	my ($node, $database, $sql) = @_;
	my ($status, $stdout, $stderr) = $node->psql($database, $sql);
	return $stderr;
}

1;
