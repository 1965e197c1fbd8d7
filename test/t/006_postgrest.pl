# The public schema behind PostgREST: the transactions that versions 12 and later send, for
# anonymous and signed-in requests, and the HTTP status of each. Several requests share one
# connection, as in PostgREST's pool.

use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/lib';
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ModelApiAcl;

my $node = start_cluster('rest');
make_world($node, 'platform');
# as in the example
$node->safe_psql('platform', slurp_file(dirname(__FILE__) . '/../../examples/postgrest/roles.sql'));
my ($anonymous) = slurp_file(dirname(__FILE__) . '/../../examples/postgrest/postgrest.conf') =~ /^db-anon-role = "(\w+)"$/m;

my $json = JSON::PP->new->canonical->allow_nonref;
my $connection = $node->connstr('platform') . ' user=authenticator';
my $log = '';

sub id { return $node->safe_psql('platform', "SELECT test.id('$_[0]')") }
sub quote { my ($s) = @_; $s =~ s/'/''/g; return "'$s'" }
my %id = map { $_ => id($_) } qw(growth churn forecast weather founder m_viewer m_editor p_editor sibling stranger churn-owners);

# ----------
# A request: settings, pre-request function and one statement, in one transaction. The role's own
# settings precede SET ROLE; functions that write nothing run read-only, by POST as well. The role
# is that of the token, or the anonymous one.
# ----------
my %stable;
sub transaction
{
	my ($claims, $method, $path, $statement, $end) = @_;
	my $mode = $method =~ /^(GET|HEAD)$/ || ($path =~ m{^/rpc/(\w+)$} && $stable{$1}) ? 'READ ONLY' : 'READ WRITE';
	my $role = %$claims ? 'modelapi_acl_user' : $anonymous;
	my @order = ('search_path', 'statement_timeout', 'role', 'request.jwt.claims', 'request.method', 'request.path', 'request.headers', 'request.cookies', 'timezone');
	my @values = ('"modelapi_acl", "public"', '60s', $role, $json->encode({ %$claims, role => $role }),
		$method, $path, '{"accept":"application/json","user-agent":"test"}', '{}', 'Europe/Lisbon');
	$end //= 'COMMIT';
	my $variables = join ', ', map { "set_config('$order[$_]', " . quote($values[$_]) . ', true)' } 0 .. $#order;
	return "BEGIN ISOLATION LEVEL READ COMMITTED $mode;\nselect $variables \\g /dev/null\n"
		. "select \"modelapi_acl\".\"pre_request\"() \\g /dev/null\n$statement;\n$end;\n";
}

# HTTP status of an SQLSTATE, for a request with a role of its own, or the anonymous one
sub status_of
{
	my ($state, $signed_in) = @_;
	return $1 if $state =~ /^PT(\d\d\d)$/;
	return $signed_in ? 403 : 401 if $state eq '42501';
	return 409 if $state =~ /^2350[35]$/;
	return 405 if $state eq '25006';
	return 404 if $state =~ /^42(883|P01)$/;
	return 503 if $state =~ /^(08|53)/ && $state ne '53400';
	return 403 if $state =~ /^(0L|0P|28)/;
	return 500 if $state =~ /^(09|21|25|2D|38|39|3B|40|53|54|55|57|58|F0|HV|P0|XX)/ && $state ne 'P0001';
	return 400;
}

# (status, body, page total, total, Location) of a request
sub request
{
	my ($sub, $method, $path, $statement) = @_;
	my ($code, $out, $err) = $node->psql('platform', transaction($sub ? { sub => $sub } : {}, $method, $path, $statement),
		connstr => $connection, extra_params => [ '-v', 'VERBOSITY=verbose', '-F', "\x1f", '-A', '-t' ]);
	$log .= $err;
	return (status_of($1, defined $sub), $err) if $err =~ /ERROR:  (\w{5}):/;
	die $err if $err =~ /FATAL/;
	my ($total, $page, $location, $body) = split /\x1f/, $out;
	return (200, ($body // '') eq '' ? undef : $json->decode($body), $page, $total, $location);
}

my $tail = q{nullif(current_setting('response.headers', true), '') AS response_headers, nullif(current_setting('response.status', true), '') AS response_status};
my $array = q{coalesce(json_agg(_postgrest_t), '[]')};

# GET of a table: the argument is the query in the CTE
sub get
{
	my ($sub, $table, $select, $count) = @_;
	my $counted = $count ? ", pgrst_source_count AS ($count)" : '';
	my $total = $count ? '(SELECT pg_catalog.count(*) FROM pgrst_source_count)' : 'null::bigint';
	return request($sub, 'GET', "/$table", "WITH pgrst_source AS ( $select ) $counted SELECT $total AS total_result_set, "
			. "pg_catalog.count(_postgrest_t) AS page_total, '' AS header, $array AS body, $tail, '' AS response_inserted FROM ( SELECT * FROM pgrst_source ) _postgrest_t");
}

# The types with which the columns of a body are read
sub body_of
{
	my ($body, $limit, @columns) = @_;
	my $record = $body =~ /^\s*\{/ ? 'json_to_record' : 'json_to_recordset';
	return 'FROM (SELECT ' . quote($body) . '::json AS json_data) pgrst_payload, LATERAL (SELECT '
		. join(', ', map { "\"$_->[0]\"" } @columns) . " FROM $record(pgrst_payload.json_data) AS _("
		. join(', ', map { "\"$_->[0]\" $_->[1]" } @columns) . ') ' . ($limit ? 'LIMIT 1' : '') . ') pgrst_body ';
}

sub mutate
{
	my ($sub, $method, $table, $mutation, $prefer) = @_;
	my $body = $prefer eq 'representation' ? $array : q{''::text};
	my $location = $prefer eq 'headers-only'
		? q{CASE WHEN pg_catalog.count(_postgrest_t) = 1 THEN coalesce((WITH data AS (SELECT row_to_json(_) AS row FROM pgrst_source AS _ LIMIT 1) SELECT array_agg(json_data.key || '=' || coalesce('eq.' || json_data.value, 'is.null')) FROM data CROSS JOIN json_each_text(data.row) AS json_data WHERE json_data.key IN ('id')), array[]::text[]) ELSE array[]::text[] END}
		: 'array[]::text[]';
	return request($sub, $method, "/$table", "WITH pgrst_source AS ($mutation) SELECT '' AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total, "
			. "$location AS header, $body AS body, $tail, nullif(current_setting('pgrst.inserted', true),'')::int AS response_inserted FROM (SELECT * FROM pgrst_source) _postgrest_t");
}

# POST to a table; prefer is minimal, representation or headers-only
sub post
{
	my ($sub, $table, $body, $columns, $prefer, $conflict) = @_;
	my $names = join ', ', map { "\"$_->[0]\"" } @$columns;
	my $from = join ', ', map { "\"pgrst_body\".\"$_->[0]\"" } @$columns;
	my $returning = { minimal => '1', representation => "\"modelapi_acl\".\"$table\".*", 'headers-only' => "\"modelapi_acl\".\"$table\".\"id\"" }->{$prefer};
	my $inserted = q{set_config('pgrst.inserted', (coalesce(nullif(current_setting('pgrst.inserted', true), '')::int, 0) };
	my $upsert = '';
	my $where = '';
	if ($conflict && $conflict->[0] eq 'merge')
	{
		$where = "WHERE $inserted + 1)::text, true) <> '0'";
		$upsert = 'ON CONFLICT(' . join(', ', map { "\"$_\"" } @$conflict[ 1 .. $#$conflict ]) . ') DO UPDATE SET '
			. join(', ', map { "\"$_->[0]\" = EXCLUDED.\"$_->[0]\"" } @$columns) . " WHERE $inserted - 1)::text, true) <> '-1'";
	}
	elsif ($conflict)
	{
		$upsert = 'ON CONFLICT(' . join(', ', map { "\"$_\"" } @$conflict[ 1 .. $#$conflict ]) . ') DO NOTHING';
	}
	return mutate($sub, 'POST', $table, "INSERT INTO \"modelapi_acl\".\"$table\"($names) SELECT $from "
			. body_of($body, 0, @$columns) . "$where $upsert RETURNING $returning", $prefer);
}

sub patch
{
	my ($sub, $table, $body, $columns, $where, $prefer) = @_;
	my $set = join ', ', map { "\"$_->[0]\" = \"pgrst_body\".\"$_->[0]\"" } @$columns;
	return mutate($sub, 'PATCH', $table, "UPDATE \"modelapi_acl\".\"$table\" SET $set " . body_of($body, 1, @$columns)
			. "WHERE $where RETURNING " . ($prefer eq 'minimal' ? '1' : "\"modelapi_acl\".\"$table\".*"), $prefer);
}

# RPC: by GET with arguments in the query string, by POST with a body; kind is what
# the function returns: scalar, row, rows or void
sub rpc
{
	my ($sub, $method, $function, $kind, $arguments, $filter) = @_;
	my $call;
	my $scalar = $kind eq 'scalar' || $kind eq 'void';
	my $selected = $scalar ? 'pgrst_call.pgrst_scalar' : 'pgrst_call.*';
	if ($method eq 'GET')
	{
		my $list = join ', ', map { "\"$_->[0]\" := " . quote($_->[2]) . "::$_->[1]" } @$arguments;
		$call = $scalar ? "FROM (SELECT \"modelapi_acl\".\"$function\"($list) pgrst_scalar) pgrst_call" : "FROM \"modelapi_acl\".\"$function\"($list) pgrst_call";
	}
	else
	{
		my $body = $json->encode({ map { $_->[0] => $_->[2] } @$arguments });
		my $list = join ', ', map { "\"$_->[0]\" := pgrst_body.\"$_->[0]\"" } @$arguments;
		my $lateral = $scalar ? "(SELECT \"modelapi_acl\".\"$function\"($list) pgrst_scalar) pgrst_call" : "\"modelapi_acl\".\"$function\"($list) pgrst_call";
		$call = @$arguments ? body_of($body, 1, @$arguments) . ", LATERAL $lateral" : "FROM $lateral";
	}
	my $body = { scalar => q{coalesce(json_agg(_postgrest_t.pgrst_scalar)->0, 'null')}, void => q{coalesce(json_agg(_postgrest_t.pgrst_scalar)->0, 'null')},
		row => q{coalesce(json_agg(_postgrest_t)->0, 'null')}, rows => $array }->{$kind};
	$filter //= '';
	return request($sub, $method, "/rpc/$function", "WITH pgrst_source AS (SELECT $selected $call) SELECT null::bigint AS total_result_set, "
			. ($kind eq 'rows' ? 'pg_catalog.count(_postgrest_t)' : '1') . " AS page_total, '' AS header, $body AS body, $tail, '' AS response_inserted FROM (SELECT \"$function\".* FROM \"pgrst_source\" AS \"$function\" $filter) _postgrest_t");
}

# ----------
# The catalogs as PostgREST reads them, with its login role
# ----------
sub catalog
{
	my ($sql) = @_;
	my ($code, $out, $err) = $node->psql('platform', $sql, connstr => $connection);
	die $err if $err ne '';
	return $out;
}

is(catalog(q{SELECT count(*) FROM pg_class WHERE relnamespace = 'modelapi_acl'::regnamespace AND relkind IN ('r', 'v') AND obj_description(oid, 'pg_class') IS NULL}),
	'0', 'OpenAPI: each table has a description');
is(catalog(q{SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
	WHERE relnamespace = 'modelapi_acl'::regnamespace AND relkind IN ('r', 'v') AND attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) IS NULL}),
	'0', 'and each column');
is(catalog(q{SELECT count(*) FROM pg_proc WHERE pronamespace = 'modelapi_acl'::regnamespace AND (obj_description(oid, 'pg_proc') IS NULL OR 'internal'::regtype = ANY (proargtypes::oid[]))}),
	'0', 'and each function, none of which is for the server alone');
is(catalog(q{SELECT count(*) FROM pg_proc WHERE pronamespace = 'modelapi_acl'::regnamespace AND pronargs > 0 AND proargnames IS NULL}),
	'0', 'arguments have names');
is(catalog(q{SELECT string_agg(proname, ' ' ORDER BY proname) FROM (SELECT proname FROM pg_proc WHERE pronamespace = 'modelapi_acl'::regnamespace GROUP BY proname HAVING count(*) > 1) x}),
	'authorize_invocation', 'one function has two forms, and no user calls it');
is(catalog(q{SELECT count(*) FROM pg_class c WHERE relnamespace = 'modelapi_acl'::regnamespace AND relkind = 'r' AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p')}),
	'0', 'each table has a primary key');
# tables related by several foreign keys need a hint for embedding: docs/postgrest.md lists them
my $ambiguous = catalog(q{
	SELECT string_agg(format('%s to %s: %s', f, t, names), '; ' ORDER BY f, t) FROM (
		SELECT conrelid::regclass::text COLLATE "C" AS f, confrelid::regclass::text COLLATE "C" AS t,
			string_agg(attname, ', ' ORDER BY attname) AS names
		FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
		WHERE contype = 'f' AND connamespace = 'modelapi_acl'::regnamespace GROUP BY 1, 2 HAVING count(*) > 1) x});
is($ambiguous =~ s/modelapi_acl\.//gr, 'access_tokens to users: created_by, regenerated_by, revoked_by, suspended_by; '
		. 'model_api_collaborators to users: granted_by, user_id; personal_tokens to users: created_by, regenerated_by, revoked_by, suspended_by, user_id; '
		. 'project_collaborators to users: granted_by, user_id', 'ambiguous foreign keys');

# The queries that fill its schema cache: with an empty search path all names are qualified
sub cache
{
	my ($sql) = @_;
	return catalog("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;\nset local schema '';\n$sql;\nCOMMIT;");
}
my $functions = cache(q{
	WITH arguments AS (
		SELECT oid, array_agg(name || ' ' || type::regtype || CASE WHEN idx <= pronargs - pronargdefaults THEN '' ELSE '?' END ORDER BY idx) AS args
		FROM pg_proc, unnest(proargnames, proargtypes, proargmodes) WITH ORDINALITY AS _ (name, type, mode, idx) WHERE type IS NOT NULL GROUP BY oid)
	SELECT p.proname, p.provolatile, p.proretset, (t.typtype = 'c' OR coalesce(proargmodes::text[] && '{t,b,o}', false)), array_to_string(a.args, ', ')
	FROM pg_proc p LEFT JOIN arguments a ON a.oid = p.oid JOIN pg_type t ON t.oid = p.prorettype
	LEFT JOIN pg_description d ON d.objoid = p.oid AND d.classoid = 'pg_proc'::regclass
	WHERE t.oid <> 'trigger'::regtype AND prokind = 'f' AND p.pronamespace = ANY (ARRAY['modelapi_acl']::regnamespace[])});
%stable = map { (split /\|/)[0, 1] } grep { /^\w+\|[si]\|/ } split /\n/, $functions;
like($functions, qr/^$_$/m, "schema cache: $_") foreach (
	'current_user_id\|s\|f\|f\|', 'list_model_apis\|s\|t\|t\|permission modelapi_acl.permission\?', 'search_model_apis\|s\|t\|t\|query text',
	'has_permission\|s\|f\|f\|model_api_id uuid, permission modelapi_acl.permission', 'create_token\|v\|f\|t\|model_api_id uuid, name text, expires_at timestamp with time zone\?, metadata jsonb\?',
	'create_model_api\|v\|f\|f\|project_id uuid, name text, description text\?, visibility modelapi_acl.visibility\?, authorization_mode modelapi_acl.authorization_mode\?, invocation_mode modelapi_acl.invocation_mode\?');
is(join(' ', grep { $stable{$_} } qw(create_user create_project revoke_token set_visibility add_collaborator delete_model_api pre_request set_session_user)), '',
	'schema cache: what writes, or latches, is volatile: it would be called read-only');
is(cache(q{
	SELECT string_agg(c.relname || ': ' || pk.cols, '; ' ORDER BY c.relname) FROM pg_class c JOIN (
		SELECT conrelid, string_agg(attname, ', ' ORDER BY attname) AS cols FROM pg_constraint
		JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = ANY (conkey) WHERE contype = 'p' GROUP BY conrelid) pk ON pk.conrelid = c.oid
	WHERE c.relnamespace = 'modelapi_acl'::regnamespace AND pk.cols <> 'id'}),
	'model_api_settings: model_api_id, name; organization_members: organization_id, user_id; personal_token_model_apis: model_api_id, token_id; user_identities: user_id', 'schema cache: primary keys that are no id');
is(cache(q{
	SELECT count(*), count(d.description), count(pg_get_expr(ad.adbin, ad.adrelid)) > 10, count(information_schema._pg_char_max_length(
		information_schema._pg_truetypid(a.*, t.*), information_schema._pg_truetypmod(a.*, t.*)))
	FROM pg_attribute a JOIN pg_class c ON a.attrelid = c.oid JOIN pg_type t ON a.atttypid = t.oid LEFT JOIN pg_attrdef ad ON a.attrelid = ad.adrelid AND a.attnum = ad.adnum
	LEFT JOIN pg_description d ON d.objoid = a.attrelid AND d.objsubid = a.attnum AND d.classoid = 'pg_class'::regclass
	WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v', 'f', 'm', 'p') AND c.relnamespace = 'modelapi_acl'::regnamespace}) =~ s/^(\d+)\|\1\|/all|/r,
	'all|t|0', 'schema cache: columns, with descriptions and defaults');
is(cache(q{SELECT string_agg(p.proname || (p.prorows = 1)::text, ' ' ORDER BY p.proname) FROM pg_proc p WHERE p.pronargs = 1 AND p.proargtypes[0] IN (SELECT reltype FROM pg_class) AND p.prorettype IN (SELECT reltype FROM pg_class WHERE reltype <> 0)}),
	'actortrue model_apitrue projecttrue', 'schema cache: the computed relationships, each to one row');
is(cache(q{SELECT count(*) FROM pg_type t JOIN pg_proc p ON p.prorettype = t.oid WHERE t.typbasetype <> 0 AND (t.typname ~ '/' OR t.typname = '*/*') AND p.pronamespace = 'modelapi_acl'::regnamespace}),
	'0', 'schema cache: nor for a media type');
is(cache(q{SELECT count(*) FROM pg_type WHERE typnamespace = 'modelapi_acl'::regnamespace AND typtype IN ('e', 'd') AND obj_description(oid, 'pg_type') IS NULL}), '0', 'each type has a description');
is(cache(q{SELECT obj_description('modelapi_acl'::regnamespace, 'pg_namespace') <> ''}), 't', 'and so has the schema: the title of the OpenAPI document');
is(cache(q{select count(*) from pg_auth_members m join pg_roles r on r.oid = m.roleid, unnest(r.rolconfig) where member = quote_ident(current_user)::regrole::oid}), '0', 'settings of the roles to switch to');
# the OpenAPI document, as seen by the role
my $accessible = sub { my ($role) = @_; return catalog("BEGIN READ ONLY; select set_config('role', '$role', true) \\g /dev/null\n" . q{
	SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class c WHERE relkind IN ('r', 'v') AND relnamespace = 'modelapi_acl'::regnamespace
		AND (pg_has_role(relowner, 'USAGE') OR has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
			OR has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')); COMMIT;}) };
like($accessible->('modelapi_acl_user'), qr/\bmodel_apis organization_members organizations personal_token_model_apis personal_tokens project_collaborators projects token_usage usage_status user_identities users$/, 'OpenAPI: what users may');
is($accessible->($anonymous), $accessible->('modelapi_acl_user'), 'OpenAPI: the anonymous role is shown the same');

# ----------
# Anonymous
# ----------
my ($status, $body, $page, $total, $location);
($status, $body) = get(undef, 'model_apis', 'SELECT "modelapi_acl"."model_apis".* FROM "modelapi_acl"."model_apis"');
is_deeply([ $status, $body ], [ 200, [] ], 'anonymous: no rows');
($status, $body) = rpc(undef, 'GET', 'current_user_id', 'scalar', []);
is_deeply([ $status, $body ], [ 200, undef ], 'anonymous: nobody');
($status, $body) = rpc(undef, 'POST', 'list_model_apis', 'rows', []);
is_deeply([ $status, $body ], [ 200, [] ], 'anonymous: nothing to list');
($status) = mutate(undef, 'DELETE', 'model_apis', "DELETE FROM \"modelapi_acl\".\"model_apis\" WHERE \"modelapi_acl\".\"model_apis\".\"id\" = '$id{churn}' RETURNING 1", 'minimal');
is($status, 401, 'anonymous: DELETE is 401');
($status) = rpc(undef, 'POST', 'delete_model_api', 'void', [ [ 'model_api_id', 'uuid', $id{churn} ] ]);
is($status, 401, 'anonymous: so is deleting by RPC');
($status) = rpc(undef, 'POST', 'create_user', 'scalar', [ [ 'username', 'text', 'x' ], [ 'email', 'text', 'x@example.com' ] ]);
is($status, 401, 'anonymous: and what is for administrators');
($status) = rpc(undef, 'POST', 'create_project', 'scalar', [ [ 'name', 'text', 'x' ] ]);
is($status, 401, 'anonymous: a function that needs somebody is 401');
($status) = post(undef, 'projects', '{"name":"x"}', [ [ 'name', 'text' ] ], 'minimal');
is($status, 401, 'anonymous: INSERT is 401');
($status) = patch(undef, 'model_apis', '{"name":"x"}', [ [ 'name', 'text' ] ], "\"modelapi_acl\".\"model_apis\".\"id\" = '$id{churn}'", 'minimal');
is($status, 401, 'anonymous: PATCH is 401');
($status) = rpc('sub-nobody-has', 'POST', 'create_project', 'scalar', [ [ 'name', 'text', 'x' ] ]);
is($status, 401, 'a sub that is nobody\'s is anonymous');
($status) = rpc('sub-disabled', 'POST', 'create_project', 'scalar', [ [ 'name', 'text', 'x' ] ]);
is($status, 401, 'so is a disabled user\'s');

# ----------
# Reading
# ----------
my $one = qq{SELECT "modelapi_acl"."model_apis"."name" FROM "modelapi_acl"."model_apis" WHERE "modelapi_acl"."model_apis"."id" = '$id{churn}'};
($status, $body) = get('sub-m_viewer', 'model_apis', $one);
is_deeply($body, [ { name => 'churn' } ], 'a viewer gets the row');
($status, $body) = get('sub-stranger', 'model_apis', $one);
is_deeply([ $status, $body ], [ 200, [] ], 'a stranger gets none, as for a row that is not there');
my $sorted = q{SELECT "modelapi_acl"."model_apis"."name" FROM "modelapi_acl"."model_apis" ORDER BY "modelapi_acl"."model_apis"."name" ASC};
($status, $body, $page, $total) = get('sub-p_viewer', 'model_apis', "$sorted LIMIT '2' OFFSET '0'", 'SELECT 1 FROM "modelapi_acl"."model_apis"');
is_deeply([ $body, $page, $total ], [ [ { name => 'churn' }, { name => 'forecast' } ], 2, 3 ], 'count=exact counts what one may see');
($status, $body, $page, $total) = get('sub-stranger', 'model_apis', "$sorted LIMIT '2' OFFSET '0'", 'SELECT 1 FROM "modelapi_acl"."model_apis"');
is_deeply([ $body, $total ], [ [ { name => 'weather' } ], 1 ], 'and nothing else');
($status) = request('sub-stranger', 'GET', '/model_apis', "EXPLAIN (FORMAT JSON) $one");
is($status, 200, 'count=planned');

# filters of every kind that could reveal hidden rows
my $t = '"modelapi_acl"."model_apis"';
foreach my $where ("$t.\"name\" like '%chu%'", "$t.\"name\" ilike ANY('{%CHU%,nothing}')", "$t.\"id\" = ANY ('{$id{churn},$id{weather}}')",
	"($t.\"visibility\" = 'private' OR $t.\"name\" IS NULL)", "NOT ($t.\"authorization_mode\" = 'unrestricted')", "$t.\"created_by\" IS DISTINCT FROM '$id{stranger}' AND $t.\"name\" > 'a'")
{
	my $sql = "SELECT $t.\"name\" FROM $t WHERE $where ORDER BY $t.\"updated_at\" DESC NULLS LAST, $t.\"id\" ASC";
	my @names = map { my ($s, $b) = get($_, 'model_apis', $sql); $s . ':' . join ',', sort map { $_->{name} } @$b } ('sub-m_viewer', 'sub-stranger', undef);
	my $public = $where =~ /ANY \(|IS DISTINCT/ ? 'weather' : '';
	is("@names", '200:' . join(',', 'churn', $public || ()) . " 200:$public 200:", "filter: $where" =~ s/[0-9a-f]{8}-[0-9a-f-]{27}/id/gr);
}
($status, $body, $page, $total) = get('sub-stranger', 'model_apis', "$sorted LIMIT '2' OFFSET '0'", 'SELECT 1 FROM "modelapi_acl"."model_apis" LIMIT 1001');
is($total, 1, 'count=estimated');

# embedding: to-one, to-many, inner join, with a hint, of hidden rows
($status, $body) = get('sub-m_viewer', 'model_apis', q{SELECT "modelapi_acl"."model_apis"."name", row_to_json("model_apis_projects_1".*)::jsonb AS "projects", COALESCE( "model_apis_model_api_versions_1"."model_apis_model_api_versions_1", '[]') AS "model_api_versions"
	FROM "modelapi_acl"."model_apis" LEFT JOIN LATERAL ( SELECT "projects_1"."name" FROM "modelapi_acl"."projects" AS "projects_1" WHERE "projects_1"."id" = "modelapi_acl"."model_apis"."project_id" ) AS "model_apis_projects_1" ON TRUE
	LEFT JOIN LATERAL ( SELECT json_agg("model_apis_model_api_versions_1")::jsonb AS "model_apis_model_api_versions_1" FROM (SELECT "model_api_versions_1"."number" FROM "modelapi_acl"."model_api_versions" AS "model_api_versions_1" WHERE "model_api_versions_1"."model_api_id" = "modelapi_acl"."model_apis"."id" ) AS "model_apis_model_api_versions_1" ) AS "model_apis_model_api_versions_1" ON TRUE
	ORDER BY "modelapi_acl"."model_apis"."name"});
is_deeply($body, [ { name => 'churn', projects => undef, model_api_versions => [ { number => 1 } ] }, { name => 'weather', projects => undef, model_api_versions => [ { number => 1 } ] } ],
	'embedding shows versions, and of a project that one may not see nothing');
($status, $body) = get('sub-p_viewer', 'model_apis', q{SELECT "modelapi_acl"."model_apis"."name", row_to_json("model_apis_projects_1".*)::jsonb AS "projects" FROM "modelapi_acl"."model_apis"
	INNER JOIN LATERAL ( SELECT "projects_1"."name" FROM "modelapi_acl"."projects" AS "projects_1" WHERE "projects_1"."id" = "modelapi_acl"."model_apis"."project_id" ) AS "model_apis_projects_1" ON TRUE WHERE "modelapi_acl"."model_apis"."visibility" = 'public'});
is_deeply($body, [ { name => 'weather', projects => { name => 'growth' } } ], 'inner join with one that one may see');
($status, $body) = get('sub-p_editor', 'model_api_collaborators', qq{SELECT "modelapi_acl"."model_api_collaborators"."access_level", row_to_json("u_1".*)::jsonb AS "user" FROM "modelapi_acl"."model_api_collaborators"
	LEFT JOIN LATERAL ( SELECT "users_1"."username" FROM "modelapi_acl"."users" AS "users_1" WHERE "users_1"."id" = "modelapi_acl"."model_api_collaborators"."user_id" ) AS "u_1" ON TRUE
	WHERE "modelapi_acl"."model_api_collaborators"."model_api_id" = '$id{churn}' AND "modelapi_acl"."model_api_collaborators"."user_id" = '$id{m_viewer}'});
is_deeply($body, [ { access_level => 'viewer', user => { username => 'm_viewer' } } ], 'users!user_id by a hint');
my $members = q{SELECT "modelapi_acl"."organizations"."name", COALESCE( "organizations_users_1"."organizations_users_1", '[]') AS "users" FROM "modelapi_acl"."organizations"
	LEFT JOIN LATERAL ( SELECT json_agg("organizations_users_1")::jsonb AS "organizations_users_1" FROM (SELECT "users_1"."username" FROM "modelapi_acl"."users" AS "users_1", "modelapi_acl"."organization_members"
		WHERE "modelapi_acl"."organization_members"."user_id" = "users_1"."id" AND "modelapi_acl"."organization_members"."organization_id" = "modelapi_acl"."organizations"."id" ORDER BY "users_1"."username" ASC ) AS "organizations_users_1" ) AS "organizations_users_1" ON TRUE
	WHERE "modelapi_acl"."organizations"."name" = 'churn-owners'};
($status, $body) = get('sub-mo_owner', 'organizations', $members);
is_deeply($body, [ { name => 'churn-owners', users => [ { username => 'founder' }, { username => 'mo_owner' } ] } ], 'organizations?select=name,users(username), through the members');
($status, $body) = get('sub-stranger', 'organizations', $members);
is_deeply($body, [ { name => 'churn-owners', users => [] } ], 'whose members others do not see');
my $inner = q{SELECT "modelapi_acl"."projects"."name", "projects_model_apis_1"."projects_model_apis_1" AS "model_apis" FROM "modelapi_acl"."projects"
	INNER JOIN LATERAL ( SELECT json_agg("projects_model_apis_1")::jsonb AS "projects_model_apis_1" FROM (SELECT "model_apis_1"."name" FROM "modelapi_acl"."model_apis" AS "model_apis_1"
		WHERE "model_apis_1"."visibility" = 'private' AND "model_apis_1"."project_id" = "modelapi_acl"."projects"."id" ORDER BY "model_apis_1"."name" ASC ) AS "projects_model_apis_1" ) AS "projects_model_apis_1" ON "projects_model_apis_1" IS NOT NULL};
my $inner_count = q{SELECT 1 FROM "modelapi_acl"."projects" WHERE EXISTS (SELECT 1 FROM "modelapi_acl"."model_apis" AS "model_apis_1" WHERE "model_apis_1"."visibility" = 'private' AND "model_apis_1"."project_id" = "modelapi_acl"."projects"."id" )};
($status, $body, $page, $total) = get('sub-p_viewer', 'projects', $inner, $inner_count);
is_deeply([ $body, $total ], [ [ { name => 'growth', model_apis => [ { name => 'churn' }, { name => 'forecast' } ] } ], 1 ], 'projects?select=name,model_apis!inner(name), counted');
($status, $body, $page, $total) = get('sub-m_viewer', 'projects', $inner, $inner_count);
is_deeply([ $body, $total ], [ [], 0 ], 'of projects that one may not see nothing');
# db-max-rows, and ?model_apis.limit=1: a LIMIT inside the embedding and one around all
my $few = $inner =~ s/ORDER BY "model_apis_1"."name" ASC \)/ORDER BY "model_apis_1"."name" DESC LIMIT '1' OFFSET '0' )/r;
($status, $body) = get('sub-p_viewer', 'projects', "$few LIMIT '2' OFFSET '0'");
is_deeply($body, [ { name => 'growth', model_apis => [ { name => 'forecast' } ] } ], 'a limit inside the embedding counts visible rows');
($status, $body) = get('sub-m_viewer', 'projects', "$few LIMIT '2' OFFSET '0'");
is_deeply($body, [], 'and shows none where none is visible');

# ----------
# Inserting
# ----------
my $columns = [ [ 'name', 'text' ], [ 'project_id', 'uuid' ] ];
my $new = $json->encode({ name => 'made by POST', project_id => $id{growth} });
($status, $body, $page) = post('sub-p_editor', 'model_apis', $new, $columns, 'minimal');
is("$status $page", '200 1', 'return=minimal');
($status, $body) = post('sub-p_editor', 'model_apis', $new, $columns, 'representation');
is_deeply([ $status, $body->[0]{name}, $body->[0]{visibility}, $body->[0]{created_by} ], [ 200, 'made by POST', 'private', $id{p_editor} ], 'return=representation');
($status, $body, $page, $total, $location) = post('sub-p_editor', 'model_apis', $new, $columns, 'headers-only');
like($location, qr/^\{id=eq\.[0-9a-f-]{36}\}$/, 'return=headers-only: the Location');
($status, $body, $page) = post('sub-p_editor', 'model_apis', "[$new,$new]", $columns, 'representation');
is("$status $page", '200 2', 'several at once');
($status) = post('sub-p_viewer', 'model_apis', $new, $columns, 'representation');
is($status, 403, 'a viewer may not: 403');
($status) = post('sub-stranger', 'model_apis', $new, $columns, 'minimal');
is($status, 403, 'nor a stranger, as for a project that is not there');
($status) = post('sub-stranger', 'model_apis', $json->encode({ name => 'x', project_id => $id{stranger} }), $columns, 'minimal');
is($status, 403, 'which is this');
($status) = post('sub-p_editor', 'model_apis', $json->encode({ name => ' ', project_id => $id{growth} }), $columns, 'minimal');
is($status, 400, 'a blank name: 400');
($status, $body) = post('sub-stranger', 'projects', '{"name":"own"}', [ [ 'name', 'text' ] ], 'representation');
is_deeply([ $status, $body->[0]{name} ], [ 200, 'own' ], 'a project of one\'s own, shown to its maker');
($status, $body) = post('sub-stranger', 'organizations', '{"name":"guild"}', [ [ 'name', 'text' ] ], 'representation');
is_deeply([ $status, $body->[0]{name} ], [ 200, 'guild' ], 'an organization');
($status) = post('sub-stranger', 'organizations', '{"name":"Guild"}', [ [ 'name', 'text' ] ], 'minimal');
is($status, 409, 'its name is taken: 409');

# Prefer: missing=default fills columns with their defaults, evaluated as the current user
my $default = sub { return cache(qq{SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef JOIN pg_class c ON c.oid = adrelid JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
	WHERE c.relname = 'model_apis' AND c.relnamespace = 'modelapi_acl'::regnamespace AND attname = '$_[0]'}) };
my $defaults = q{INSERT INTO "modelapi_acl"."model_apis"("name", "project_id", "visibility", "invocation_mode") SELECT "pgrst_body"."name", "pgrst_body"."project_id", "pgrst_body"."visibility", "pgrst_body"."invocation_mode" FROM (SELECT }
	. quote("[$new]") . q{::jsonb AS json_data) pgrst_payload, LATERAL (SELECT jsonb_agg(jsonb_build_object('visibility', } . $default->('visibility')
	. q{, 'invocation_mode', } . $default->('invocation_mode')
	. q{) || elem) AS val from jsonb_array_elements(pgrst_payload.json_data) elem) pgrst_json_defs, LATERAL (SELECT "name", "project_id", "visibility", "invocation_mode" FROM jsonb_to_recordset(pgrst_json_defs.val) AS _("name" text, "project_id" uuid, "visibility" modelapi_acl.visibility, "invocation_mode" modelapi_acl.invocation_mode) ) pgrst_body }
	. q{RETURNING "modelapi_acl"."model_apis".*};
($status, $body) = mutate('sub-p_editor', 'POST', 'model_apis', $defaults, 'representation');
is_deeply([ $status, $body->[0]{visibility}, $body->[0]{invocation_mode} ], [ 200, 'private', 'sync' ], 'missing=default');
# Prefer: tx=rollback
my ($tried, undef, $refusal) = $node->psql('platform', transaction({ sub => 'sub-p_editor' }, 'POST', '/model_apis',
		"WITH pgrst_source AS (INSERT INTO \"modelapi_acl\".\"model_apis\"(\"name\", \"project_id\") VALUES ('rolled back', '$id{growth}') RETURNING 1) SELECT count(*) FROM pgrst_source",
		"SET CONSTRAINTS ALL IMMEDIATE;\nROLLBACK"), connstr => $connection);
is($tried . $refusal, '0', 'tx=rollback');
is($node->safe_psql('platform', "SELECT count(*) FROM modelapi_acl.model_apis WHERE name = 'rolled back'"), '0', 'leaves nothing');
# a POST with return=representation and an embedding
($status, $body) = request('sub-p_editor', 'POST', '/model_apis', q{WITH pgrst_source AS (INSERT INTO "modelapi_acl"."model_apis"("name", "project_id") SELECT "pgrst_body"."name", "pgrst_body"."project_id" }
	. body_of($new, 0, @$columns) . qq{RETURNING "modelapi_acl"."model_apis"."name", "modelapi_acl"."model_apis"."project_id") SELECT '' AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total, array[]::text[] AS header, $array AS body, $tail, '' AS response_inserted }
	. q{FROM (SELECT "model_apis"."name", row_to_json("model_apis_projects_1".*)::jsonb AS "projects" FROM "pgrst_source" AS "model_apis" LEFT JOIN LATERAL ( SELECT "projects_1"."name" FROM "modelapi_acl"."projects" AS "projects_1" WHERE "projects_1"."id" = "model_apis"."project_id" ) AS "model_apis_projects_1" ON TRUE ) _postgrest_t});
is_deeply([ $status, $body ], [ 200, [ { name => 'made by POST', projects => { name => 'growth' } } ] ], 'what was inserted, with its project embedded');

# upserts by the natural keys
my $grant = [ [ 'access_level', 'modelapi_acl.access_level' ], [ 'model_api_id', 'uuid' ], [ 'user_id', 'uuid' ] ];
my $editor = $json->encode({ model_api_id => $id{churn}, user_id => $id{m_viewer}, access_level => 'editor' });
my @key = ('model_api_id', 'user_id');
($status, $body) = post('sub-m_owner', 'model_api_collaborators', $editor, $grant, 'representation', [ 'merge', @key ]);
is_deeply([ $status, $body->[0]{access_level}, $body->[0]{granted_by} ], [ 200, 'editor', id('m_owner') ], 'resolution=merge-duplicates changes the grant');
($status, $body, $page) = post('sub-m_owner', 'model_api_collaborators', $editor, $grant, 'minimal', [ 'ignore', @key ]);
is("$status $page", '200 0', 'resolution=ignore-duplicates leaves it');
($status) = post('sub-m_owner', 'model_api_collaborators', $editor, $grant, 'minimal');
is($status, 409, 'neither: 409');
($status) = post('sub-m_editor', 'model_api_collaborators', $editor, $grant, 'minimal', [ 'merge', @key ]);
is($status, 403, 'an editor may not');
my $setting = [ [ 'model_api_id', 'uuid' ], [ 'name', 'text' ], [ 'value', 'jsonb' ] ];
my $replicas = $json->encode({ model_api_id => $id{churn}, name => 'replicas', value => 3 });
my $put = 'INSERT INTO "modelapi_acl"."model_api_settings"("model_api_id", "name", "value") SELECT "pgrst_body"."model_api_id", "pgrst_body"."name", "pgrst_body"."value" '
	. body_of($replicas, 0, @$setting) . q{WHERE set_config('pgrst.inserted', (coalesce(nullif(current_setting('pgrst.inserted', true), '')::int, 0) + 1)::text, true) <> '0' AND }
	. qq{"pgrst_body"."model_api_id" = '$id{churn}' AND "pgrst_body"."name" = 'replicas' ON CONFLICT("model_api_id", "name") DO UPDATE SET "model_api_id" = EXCLUDED."model_api_id", "name" = EXCLUDED."name", "value" = EXCLUDED."value"}
	. q{WHERE set_config('pgrst.inserted', (coalesce(nullif(current_setting('pgrst.inserted', true), '')::int, 0) - 1)::text, true) <> '-1' RETURNING "modelapi_acl"."model_api_settings".*};
($status, $body) = mutate('sub-m_editor', 'PUT', 'model_api_settings', $put, 'representation');
is_deeply([ $status, $body->[0]{value} ], [ 200, 3 ], 'PUT of a setting');
($status) = mutate('sub-m_viewer', 'PUT', 'model_api_settings', $put, 'representation');
is($status, 200, 'who has just become an editor may as well');
($status) = mutate('sub-stranger', 'PUT', 'model_api_settings', $put, 'representation');
is($status, 403, 'a stranger may not');

# ----------
# Changing and deleting
# ----------
my $churn = "\"modelapi_acl\".\"model_apis\".\"id\" = '$id{churn}'";
($status, $body) = patch('sub-m_editor', 'model_apis', '{"description":"by PATCH"}', [ [ 'description', 'text' ] ], $churn, 'representation');
is_deeply([ $status, $body->[0]{description} ], [ 200, 'by PATCH' ], 'PATCH');
($status, $body, $page) = patch('sub-p_viewer', 'model_apis', '{"description":"x"}', [ [ 'description', 'text' ] ], $churn, 'minimal');
is("$status $page", '200 0', 'PATCH without the permission changes no row');
($status, $body, $page) = patch('sub-stranger', 'model_apis', '{"description":"x"}', [ [ 'description', 'text' ] ], $churn, 'minimal');
is("$status $page", '200 0', 'nor what is hidden');
($status) = patch('sub-m_editor', 'model_apis', '{"visibility":"public"}', [ [ 'visibility', 'modelapi_acl.visibility' ] ], $churn, 'minimal');
is($status, 403, 'an editor changes no visibility');
($status) = patch('sub-m_owner', 'model_apis', $json->encode({ project_id => $id{stranger} }), [ [ 'project_id', 'uuid' ] ], $churn, 'minimal');
is($status, 403, 'nobody moves a model API');
($status) = mutate('sub-m_owner', 'DELETE', 'model_apis', "DELETE FROM \"modelapi_acl\".\"model_apis\" WHERE $churn RETURNING 1", 'minimal');
is($status, 403, 'DELETE goes through functions');

# ----------
# RPC
# ----------
my $uuid = sub { my ($name, $value) = @_; return [ $name, 'uuid', $value ] };
($status, $body) = rpc('sub-m_viewer', 'GET', 'current_user_id', 'scalar', []);
is($body, $id{m_viewer}, 'GET /rpc/current_user_id');
($status, $body) = rpc('sub-p_viewer', 'GET', 'my_permissions', 'scalar', [ $uuid->('model_api_id', $id{churn}) ]);
is_deeply($body, [ 'view', 'view_logs', 'invoke' ], 'an array');
($status, $body) = rpc('sub-stranger', 'GET', 'has_permission', 'scalar', [ $uuid->('model_api_id', $id{churn}), [ 'permission', 'modelapi_acl.permission', 'view' ] ]);
ok($status == 200 && !$body, 'has_permission, by GET');
($status, $body) = rpc('sub-sibling', 'GET', 'list_model_apis', 'rows', [ [ 'permission', 'modelapi_acl.permission', 'delete' ] ], q{WHERE "list_model_apis"."visibility" = 'private' ORDER BY "list_model_apis"."created_at" DESC LIMIT '10' OFFSET '0'});
is_deeply([ map { $_->{name} } @$body ], ['forecast'], 'list_model_apis, filtered and sorted');
my $by_name = q{ORDER BY "list_model_apis"."name" ASC};
my @all = map { $_->{name} } @{ (rpc('sub-p_viewer', 'GET', 'list_model_apis', 'rows', [], $by_name))[1] };
cmp_ok(scalar @all, '>=', 3, 'list_model_apis, all rows');
my @pages = map { map { $_->{name} } @{ (rpc('sub-p_viewer', 'GET', 'list_model_apis', 'rows', [], "$by_name LIMIT '1' OFFSET '$_'"))[1] } } 0 .. @all;
is_deeply(\@pages, \@all, 'page after page of one row');
($status, $body) = rpc('sub-sibling', 'POST', 'list_model_apis', 'rows', [ [ 'permission', 'modelapi_acl.permission', 'delete' ] ]);
is_deeply([ $status, map { $_->{name} } @$body ], [ 200, 'forecast' ], 'by POST too, which is read-only');
($status, $body) = rpc('sub-p_viewer', 'GET', 'list_model_apis', 'rows', [], q{LEFT JOIN LATERAL ( SELECT "projects_1"."name" AS "project" FROM "modelapi_acl"."projects" AS "projects_1" WHERE "projects_1"."id" = "list_model_apis"."project_id" ) AS "list_model_apis_projects_1" ON TRUE WHERE "list_model_apis"."visibility" = 'public'});
is_deeply([ $status, map { $_->{name} } @$body ], [ 200, 'weather' ], 'with an embedded project');
($status, $body) = rpc('sub-stranger', 'GET', 'search_model_apis', 'rows', [ [ 'query', 'text', 'rain or sales' ] ]);
is_deeply([ map { $_->{name} } @$body ], ['weather'], 'search_model_apis finds what one may see');
($status, $body) = rpc('sub-m_owner', 'POST', 'set_visibility', 'void', [ $uuid->('model_api_id', $id{churn}), [ 'visibility', 'modelapi_acl.visibility', 'public' ] ]);
is($status, 200, 'POST /rpc/set_visibility');
($status) = rpc('sub-m_editor', 'POST', 'set_visibility', 'void', [ $uuid->('model_api_id', $id{churn}), [ 'visibility', 'modelapi_acl.visibility', 'private' ] ]);
is($status, 403, 'by an editor: 403');
rpc('sub-m_owner', 'POST', 'set_visibility', 'void', [ $uuid->('model_api_id', $id{churn}), [ 'visibility', 'modelapi_acl.visibility', 'private' ] ]);
($status) = rpc('sub-stranger', 'POST', 'set_visibility', 'void', [ $uuid->('model_api_id', $id{churn}), [ 'visibility', 'modelapi_acl.visibility', 'public' ] ]);
is($status, 404, 'by a stranger: 404');
my ($hidden, $missing) = map { (rpc('sub-stranger', 'POST', 'delete_model_api', 'void', [ $uuid->('model_api_id', $_) ]))[1] } ($id{churn}, $id{stranger});
is($hidden =~ s/$id{churn}//gr, $missing =~ s/$id{stranger}//gr, 'and word for word as for what is not there');
($status, $body) = rpc('sub-m_editor', 'POST', 'create_token', 'row', [ $uuid->('model_api_id', $id{churn}), [ 'name', 'text', 'by POST' ] ]);
like($body->{token}, qr/^mapi_\w{49}$/, 'create_token shows the secret');
my $token = $body->{token};
($status) = rpc('sub-p_editor', 'POST', 'revoke_token', 'void', [ $uuid->('token_id', $body->{id}) ]);
is($status, 403, 'another editor does not revoke it');
($status) = rpc('sub-m_owner', 'POST', 'revoke_token', 'void', [ $uuid->('token_id', $body->{id}) ]);
is($status, 200, 'an owner does');
($status) = rpc('sub-m_owner', 'POST', 'remove_collaborator', 'void', [ $uuid->('model_api_id', $id{churn}), [ 'principal', 'text', 'm_viewer' ] ]);
is($status, 200, 'deletes are RPC: remove_collaborator');
($status) = rpc('sub-sibling', 'POST', 'remove_collaborator', 'void', [ $uuid->('model_api_id', $id{forecast}), [ 'principal', 'text', 'nobody-is-called-so' ] ]);
is($status, 400, 'an unknown principal: 400');
($status) = rpc('sub-m_viewer', 'POST', 'create_user', 'scalar', [ [ 'username', 'text', 'x' ], [ 'email', 'text', 'x@example.com' ] ]);
is($status, 403, 'users are made by administrators');
($status) = request('sub-m_owner', 'GET', '/rpc/set_visibility', "SELECT modelapi_acl.set_visibility('$id{churn}', 'public')");
is($status, 405, 'a write by GET: 405');
($status) = request('sub-m_owner', 'POST', '/rpc/x', "SELECT modelapi_acl.no_such_function()");
is($status, 404, 'no such function: 404');
($status) = rpc('sub-m_owner', 'POST', 'remove_collaborator', 'void', [ $uuid->('model_api_id', $id{churn}), [ 'principal', 'text', 'founder' ] ]);
is($status, 200, 'an owner removes another');

# ----------
# One connection, one request after the other
# ----------
my $who = 'SELECT coalesce(test.name(modelapi_acl.current_user_id()), \'nobody\')';
my ($code, $out, $err) = $node->psql('platform', join('',
		transaction({ sub => 'sub-founder' }, 'GET', '/', $who), transaction({}, 'GET', '/', $who),
		transaction({ sub => 'sub-stranger' }, 'GET', '/', "SELECT 1/0"), "ROLLBACK;\n",
		transaction({ sub => [ 'sub-founder' ] }, 'GET', '/', $who), transaction({ sub => 'sub-sibling' }, 'GET', '/', $who), "SET ROLE modelapi_acl_user;\n$who;\n"),
	connstr => $connection, on_error_stop => 0);
is($out, "founder\nnobody\nnobody\nsibling\nnobody", 'each request has its own identity, and none is left for the next');
# prepared once for a connection: one plan for all users
my $prepare = q{PREPARE "0" AS WITH pgrst_source AS ( SELECT "modelapi_acl"."model_apis"."name" FROM "modelapi_acl"."model_apis" WHERE "modelapi_acl"."model_apis"."visibility" = $1 ) SELECT string_agg(name, ',' ORDER BY name) FROM pgrst_source};
my $execute = q{EXECUTE "0"('private')};
($code, $out, $err) = $node->psql('platform', join('', "SET plan_cache_mode = force_generic_plan;\n",
		map { transaction($_->[0] ? { sub => "sub-$_->[0]" } : {}, 'GET', '/model_apis', $_->[1]) }
		([ 'sibling', "$prepare;\n$execute" ], map { [ $_, $execute ] } ('stranger', 'm_owner', '', 'sibling'))), connstr => $connection);
is($out, "forecast\n\nchurn\n\nforecast", 'a prepared statement shows each their own');

# db-max-rows limits a function's rows: the feed goes on from the last row
my $rows_of = sub { return rpc('sub-p_owner', 'GET', 'changes_since', 'rows', defined $_[0] ? [ [ 'since', 'text', $_[0] ] ] : [], $_[1]) };
($status, $body) = $rows_of->(undef, '');
my @whole = map { $_->{event_id} } @$body;
cmp_ok(scalar @whole, '>', 20, 'the feed without a limit');
my ($since, @told);
for (my $polls = 0; $polls < 2 * @whole; $polls++)
{
	($status, $body) = $rows_of->($since, 'LIMIT 7 OFFSET 0');
	last if !@$body || !defined $body->[0]{event_id};
	push @told, map { $_->{event_id} } @$body;
	$since = $body->[-1]{position};
}
is_deeply(\@told, \@whole, 'the feed by sevens tells the same');
# tables without a natural key for PUT, and tables that nobody writes
($status) = post('sub-p_owner', 'access_reviews', '{"finding":"x"}', [ [ 'finding', 'text' ] ], 'minimal');
is($status, 403, 'POST of a review');
($status) = patch('sub-p_owner', 'access_reviews', '{"finding":"x"}', [ [ 'finding', 'text' ] ], 'true', 'minimal');
is($status, 403, 'PATCH of reviews');
# the OpenAPI document lists no enum values for arguments of functions: the comments do
is(cache(q{
	SELECT string_agg(p.proname || ' lacks ' || e.enumlabel, ', ') FROM pg_proc p
		JOIN pg_enum e ON e.enumtypid = ANY (p.proargtypes) 
		JOIN pg_type t ON t.oid = e.enumtypid AND t.typname IN ('permission', 'project_permission')
		JOIN pg_description d ON d.objoid = p.oid AND d.classoid = 'pg_proc'::regclass
	WHERE p.pronamespace = 'modelapi_acl'::regnamespace AND d.description !~ ('\m' || e.enumlabel || '\M')}), '', 'comments name the permissions');
# objects of an event, embedded by functions of its row
my $events = q{SELECT "modelapi_acl"."audit_events"."action", row_to_json("audit_events_actor_1".*)::jsonb AS "actor", row_to_json("audit_events_model_api_1".*)::jsonb AS "model_api" FROM "modelapi_acl"."audit_events"
	LEFT JOIN LATERAL ( SELECT "actor_1"."username" FROM "modelapi_acl"."actor"("audit_events") AS "actor_1" ) AS "audit_events_actor_1" ON TRUE
	LEFT JOIN LATERAL ( SELECT "model_api_1"."name" FROM "modelapi_acl"."model_api"("audit_events") AS "model_api_1" ) AS "audit_events_model_api_1" ON TRUE
	WHERE "modelapi_acl"."audit_events"."action" = 'model_api.created'};
($status, $body) = get('sub-p_owner', 'audit_events', $events);
my ($created) = grep { ($_->{model_api}{name} // '') eq 'churn' } @$body;
ok($created && $created->{actor}{username}, 'an event with its actor and its model API');
($status, $body) = get('sub-stranger', 'audit_events', $events);
is(scalar(grep { ($_->{model_api}{name} // '') eq 'churn' } @$body), 0, 'and nothing of it for a stranger');
unlike($log . PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/\Q$token\E/, 'the secret is in no error and no log');

done_testing();
