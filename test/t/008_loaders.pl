# Programs that load rows load all of them, or stop before the first with a message that says what
# to do: parallel restore, a restore in sections, with triggers disabled, of one schema, after a
# column was added; pgcopydb; pg_upgrade.

use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/lib';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ModelApiAcl;

my $node = start_cluster('loaders');
make_world($node, 'platform');
$node->safe_psql('platform', q{
	BEGIN;
	SELECT modelapi_acl.set_session_user('founder');
	SELECT modelapi_acl.create_token(test.id('churn'), 'kept');
	SELECT modelapi_acl.set_setting(test.id('churn'), 'cpu', '2');
	COMMIT;
	-- an application's own table, which refers to ours
	CREATE TABLE public.notes (model_api_id uuid REFERENCES modelapi_acl.model_apis (id), note text);
	INSERT INTO public.notes SELECT id, 'n' FROM modelapi_acl.model_apis;});
my $before = checksums($node, 'platform');
my $findings = q{SELECT "check", object_type, expected, found FROM modelapi_acl.verify_access() WHERE "check" <> 'history'};
my $dir = PostgreSQL::Test::Utils::tempdir();

sub database
{
	my ($name, $extension) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, 'CREATE EXTENSION modelapi_acl CASCADE') if $extension;
	return $node->connstr($name);
}

sub all_is_back
{
	my ($database, $name) = @_;
	is(checksums($node, $database), $before, "$name: every row is back");
	is($node->safe_psql($database, $findings), '', "$name: all is well");
	return;
}

# Several jobs, in any order
$node->command_ok([ 'pg_dump', '-Fd', '-j2', '-f', "$dir/directory", $node->connstr('platform') ], 'a directory dump, two jobs');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/custom", $node->connstr('platform') ], 'a custom dump');
foreach my $run (1 .. 3)
{
	$node->command_ok([ 'pg_restore', '--exit-on-error', '-j4', '-d', database("directory$run"), "$dir/directory" ], "directory, four jobs, run $run");
	all_is_back("directory$run", "directory, four jobs, run $run");
}
$node->command_ok([ 'pg_restore', '--exit-on-error', '-j4', '-d', database('custom4'), "$dir/custom" ], 'custom, four jobs');
all_is_back('custom4', 'custom, four jobs');
is($node->safe_psql('custom4', 'SELECT count(*) FROM public.notes'), '3', 'an application\'s table and its foreign key are back');

# In sections
my $sections = database('sections');
$node->command_ok([ 'pg_restore', '--exit-on-error', "--section=$_", '-d', $sections, "$dir/custom" ], "section $_")
	foreach ('pre-data', 'data', 'post-data');
all_is_back('sections', 'in sections');

# Data only, with triggers disabled
my $disabled = database('disabled', 1);
$node->command_ok([ 'pg_restore', '--data-only', '--disable-triggers', '-n', 'modelapi_acl', '-n', 'modelapi_acl_internal', '-d', $disabled, "$dir/custom" ],
	'rows alone, triggers disabled');
is(checksums($node, 'disabled'), $before, 'triggers disabled: every row is back');

# A dump of one of the two schemas is no backup; verify_access reports what is missing
$node->command_ok([ 'pg_dump', '-Fc', '-n', 'modelapi_acl', '-f', "$dir/half", $node->connstr('platform') ], 'a dump of one schema');
$node->command_ok([ 'pg_restore', '--data-only', '-n', 'modelapi_acl', '-d', database('half', 1), "$dir/half" ], 'rows of one schema');
like($node->safe_psql('half', $findings), qr/^name\|/m, 'one schema: verify_access tells of names that are missing');
like($node->safe_psql('half', $findings), qr/^token hash\|/m, 'one schema: and of tokens without a hash');
$node->command_ok([ 'pg_dump', '-Fc', '-e', 'modelapi_acl', '-e', 'pgcrypto', '-f', "$dir/extension", $node->connstr('platform') ], 'a dump of the extension');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-j4', '-d', database('whole'), "$dir/extension" ], 'the extension alone, four jobs');
all_is_back('whole', 'the extension alone');

# A column that a DBA added is created before the rows are loaded
$node->safe_psql('platform', 'ALTER TABLE modelapi_acl.model_apis ADD COLUMN cost_center text; UPDATE modelapi_acl.model_apis SET cost_center = name');
my $with_column = checksums($node, 'platform');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/column", $node->connstr('platform') ], 'a dump with a column that was added');
my $column = database('with_column');
$node->command_fails_like([ 'pg_restore', '--exit-on-error', '-d', $column, "$dir/column" ],
	qr/column "cost_center" of relation "model_apis" does not exist/, 'without the column: an error that names it');
$node->safe_psql('postgres', 'DROP DATABASE with_column');
$column = database('with_column');
$node->command_ok([ 'pg_restore', '--exit-on-error', '--section=pre-data', '-d', $column, "$dir/column" ], 'the extension first');
$node->safe_psql('with_column', 'ALTER TABLE modelapi_acl.model_apis ADD COLUMN cost_center text');
$node->command_ok([ 'pg_restore', '--exit-on-error', "--section=$_", '-d', $column, "$dir/column" ], "then the column, then $_")
	foreach ('data', 'post-data');
is(checksums($node, 'with_column'), $with_column, 'with the column: every row is back');
$node->safe_psql('platform', 'ALTER TABLE modelapi_acl.model_apis DROP COLUMN cost_center');

# COPY with row_security on is refused; INSERT is checked as always. Counts of requests have no guards.
foreach my $table (grep { !/audit_events|changes$|counting$|_counts$/ } tables($node, 'platform'))
{
	like(errors_of($node, 'platform', "COPY $table FROM '/dev/null'"),
		qr/COPY into a table of modelapi_acl needs row_security = off/, "COPY into $table with row_security on");
}
like(errors_of($node, 'platform', q{
	SET row_security = off;
	INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value) VALUES (gen_random_uuid(), 'x', '1');}),
	qr/violates foreign key constraint/, 'INSERT with row_security off: foreign keys hold');
like(errors_of($node, 'platform', q{
	BEGIN;
	SET LOCAL row_security = off;
	COPY modelapi_acl.model_api_settings (model_api_id, name, value) FROM '/dev/null';
	INSERT INTO public.notes VALUES (gen_random_uuid(), 'x');}),
	qr/violates foreign key constraint "notes_/, 'after a COPY in the same transaction: foreign keys of others hold');
is(($node->psql('platform', q{
	SET row_security = off;
	BEGIN;
	SAVEPOINT s;
	COPY modelapi_acl.model_api_settings (model_api_id, name, value) FROM PROGRAM 'echo not enough columns';
	ROLLBACK TO s;
	SELECT current_setting('session_replication_role');
	COMMIT;}, on_error_stop => 0))[1], 'origin', 'after a COPY that failed: the session is as before');

# pgcopydb
SKIP:
{
	skip 'pgcopydb is not installed', 4 unless grep { -x "$_/pgcopydb" } split /:/, $ENV{PATH};
	# when it fails it kills its process group
	my @clone = ('setsid', '--wait', 'pgcopydb', 'clone', '--not-consistent', '--table-jobs', '4', '--source', $node->connstr('platform'), '--target');
	$node->command_fails_like([ @clone, database('copied1'), '--dir', "$dir/pgcopydb1" ],
		qr/needs row_security = off/, 'pgcopydb with row_security on: says what to do');
	is($node->safe_psql('copied1', 'SELECT count(*) FROM modelapi_acl.users'), '0', 'pgcopydb with row_security on: nothing is written');
	local $ENV{PGOPTIONS} = '-c row_security=off';
	$node->command_ok([ @clone, database('copied2'), '--dir', "$dir/pgcopydb2" ], 'pgcopydb with row_security off');
	delete $ENV{PGOPTIONS};
	all_is_back('copied2', 'pgcopydb');
}

# pg_upgrade, here to the same version
my $new = PostgreSQL::Test::Cluster->new('upgraded');
$new->init(allows_streaming => 1, extra => [ '--locale=C.UTF-8', '--encoding=UTF8' ]);
$node->safe_psql('postgres', "DROP DATABASE $_") foreach (split /\n/, $node->safe_psql('postgres',
	q{SELECT datname FROM pg_database WHERE datname NOT IN ('platform', 'postgres', 'template0', 'template1')}));
my $bin = $node->config_data('--bindir');
$node->stop;
chdir $dir;
command_ok([ 'pg_upgrade', '--no-sync', '-b', $bin, '-B', $bin, '-d', $node->data_dir, '-D', $new->data_dir, '-s', $new->host, '-p', $node->port, '-P', $new->port ],
	'pg_upgrade');
$new->start;
is(checksums($new, 'platform'), $before, 'pg_upgrade: every row is there');
# function bodies and views are the same, but pg_dump formats them differently
is($new->safe_psql('platform', "$findings AND \"check\" <> 'catalog'"), '', 'pg_upgrade: all is well');
is(errors_of($new, 'platform', q{
	BEGIN;
	SELECT modelapi_acl.set_session_user('founder');
	SELECT modelapi_acl.set_setting(test.id('churn'), 'next', '1');
	COMMIT;}), '', 'pg_upgrade: the next change');
$new->stop;
done_testing();
