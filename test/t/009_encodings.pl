# Other encodings and locales: the extension can be installed, emails compare the same everywhere,
# and data restored from another encoding is the same.

use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/lib';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ModelApiAcl;

my $node = start_cluster('main');

# encoding => whether it has the ellipsis character
my %encodings = (UTF8 => 1, EUC_JP => 1, EUC_KR => 1, EUC_CN => 1, LATIN1 => 0, LATIN5 => 0, KOI8R => 0,
	WIN1252 => 1, SQL_ASCII => 0);
foreach my $encoding (sort keys %encodings)
{
	my $database = 'in_' . lc $encoding;
	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE template0 ENCODING '$encoding' LOCALE 'C'");
	is(errors_of($node, $database, 'CREATE EXTENSION modelapi_acl CASCADE') =~ /ERROR/ ? 'refused' : 'installed',
		'installed', "$encoding: installs");
	$node->safe_psql($database, q{
		SELECT modelapi_acl.create_user('kate', 'Kate@example.com');
		BEGIN;
		SELECT modelapi_acl.set_session_user('KATE@EXAMPLE.COM');
		SELECT modelapi_acl.create_project('p');
		SELECT modelapi_acl.create_model_api(p.id, 'm') FROM modelapi_acl.projects AS p;
		SELECT modelapi_acl.create_token(m.id, 't') FROM modelapi_acl.model_apis AS m;
		COMMIT;});
	is($node->safe_psql($database, q{SELECT length(hint) = 9 + 4 + CASE WHEN hint LIKE '%...%' THEN 3 ELSE 1 END,
			hint LIKE '%...%' FROM modelapi_acl.access_tokens}),
		't|' . ($encodings{$encoding} ? 'f' : 't'), "$encoding: a token's hint") if $encoding ne 'SQL_ASCII';
	# an e with an acute accent, and a KELVIN SIGN where there is one
	my $e = $encoding eq 'UTF8' ? 'chr(233)' : $encoding =~ /EUC/ ? q{convert_from('\xa1a1', '} . $encoding . q{')} : 'chr(233)';
	my $outcome = errors_of($node, $database, "SELECT modelapi_acl.create_user('x', 'x' || $e || '\@example.com')");
	$encoding eq 'UTF8' ? unlike($outcome, qr/ERROR/, "$encoding: an email beyond ASCII")
	: like($outcome, qr/email address has (a character that it may not have|white space)/, "$encoding: no email beyond ASCII");
}

# Locales with their own case rules: different mailboxes stay different, equal ones equal
my @databases = (['in_c_utf8', "LOCALE 'C.UTF-8'"], ['in_icu_tr', "LOCALE_PROVIDER icu ICU_LOCALE 'tr' LOCALE 'C.UTF-8'"],
	['in_icu_root', "LOCALE_PROVIDER icu ICU_LOCALE 'und' LOCALE 'C.UTF-8'"]);
foreach (@databases)
{
	my ($database, $locale) = @$_;
	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE template0 ENCODING 'UTF8' $locale");
	$node->safe_psql($database, q{CREATE EXTENSION modelapi_acl CASCADE;
		SELECT modelapi_acl.create_user('ilya', 'ILYA@example.com');
		SELECT modelapi_acl.create_user('dotted', chr(304) || 'lya@example.com');
		SELECT modelapi_acl.create_user('dotless', chr(305) || 'lya@example.com');
		SELECT modelapi_acl.create_user('kate', 'Kate@example.com')});
	is($node->safe_psql($database, q{SELECT string_agg(coalesce((SELECT username FROM modelapi_acl.users WHERE id = p.user_id), '-'), ' ' ORDER BY place)
		FROM (VALUES (1, 'ilya@example.com'), (2, 'I' || chr(775) || 'lya@example.com'), (3, chr(305) || 'lya@example.com'),
			(4, 'KATE@example.com'), (5, chr(8490) || 'ate@example.com'), (6, 'i' || chr(775) || 'lya@example.com')) AS v (place, email)
			LEFT JOIN LATERAL modelapi_acl_internal.find_principal(email) AS p ON true}),
		'ilya dotted dotless kate - -', "$database: whom emails name");
	like(errors_of($node, $database, q{SELECT modelapi_acl.create_user('x', 'ilya@EXAMPLE.com')}),
		qr/user_identities_email_key/, "$database: one mailbox, one user");
}

# ... and a restore into another locale has all of it
foreach my $pair (['in_icu_tr', 'to_c'], ['in_c_utf8', 'to_tr'])
{
	my ($from, $to) = @$pair;
	my $dump = $node->basedir . "/$from.sql";
	$node->command_ok([ 'pg_dump', '-d', $node->connstr($from), '-f', $dump ], "$from: dumped");
	$node->safe_psql('postgres', "CREATE DATABASE $to TEMPLATE template0 ENCODING 'UTF8' "
		. ($to eq 'to_c' ? "LOCALE 'C'" : "LOCALE_PROVIDER icu ICU_LOCALE 'tr' LOCALE 'C.UTF-8'"));
	$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($to), '-f', $dump ], "$to: restored");
	is($node->safe_psql($to, q{SELECT count(*) FROM modelapi_acl.user_identities}), '4', "$to: every identity");
	is($node->safe_psql($to, q{SELECT string_agg("check" || ' ' || coalesce(found, ''), ', ') FROM modelapi_acl.verify_access()}),
		'', "$to: verified");
}

$node->stop;
done_testing();
