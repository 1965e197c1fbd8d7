# Sourced by demo/run: the story, scene by scene. Each step runs as the role that would run
# it on a real platform. Its result is shown beside the expected one.
# shellcheck shell=bash

rows=()
differences=0

# since_1_1 STEP: only with what came after 1.0, on which a test tells the story as well
release=$(psql -X -q -At -U ops -c "SELECT extversion FROM pg_extension WHERE extname = 'modelapi_acl'")
since_1_1() { [ "$release" = 1.0 ] || "$@"; }

# came_of LOGIN: the output of the psql script on standard input, on one line; of an error,
# the code and the message
came_of() {
	{ psql -X -q -At -F ' ' -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -U "$1" 2>&1 || true; } |
		sed -nE 's/^.*ERROR:  /error /; /^(LOCATION|CONTEXT|DETAIL|HINT):/d; p' | awk '{ printf "%s%s", (NR > 1 ? ", " : ""), $0 }'
}

# step WHO DOES EXPECTED LOGIN < script
step() {
	local came mark=ok
	came=$(came_of "$4")
	if [[ $came != "$3" && $came != "$3 "* || -z $3 && -n $came ]]; then
		mark=DIFFERENT
		differences=$((differences + 1))
	fi
	rows+=("$1"$'\t'"$2"$'\t'"${3:-(done)}"$'\t'"${came:-(done)}"$'\t'"$mark")
}

# by PERSON DOES EXPECTED SQL: through the application's backend, which has authenticated
# the person
by() {
	step "$1" "$2" "$3" app_backend <<END
SET search_path = modelapi_acl;
BEGIN;
SELECT set_session_user('$1') \g /dev/null
$4;
COMMIT;
END
}

# over_rest PERSON CLAIMS DOES EXPECTED SQL: in the way of PostgREST
over_rest() {
	step "$1" "$3" "$4" web <<END
SET search_path = modelapi_acl;
BEGIN;
SET LOCAL ROLE modelapi_acl_user;
SELECT set_config('request.jwt.claims', '$2', true) \g /dev/null
SELECT pre_request() \g /dev/null
$5;
COMMIT;
END
}

# call MODEL_API HEADER DOES EXPECTED: the gateway asks about a request
call() {
	step gateway "$3" "$4" edge_gateway <<END
SELECT status, reason, token_name, www_authenticate
FROM modelapi_acl.authorize_invocation('$(api "$1")', $2);
END
}

# api NAME: the id, looked up as an operator
api() { psql -X -q -At -U ops -c "SELECT id FROM modelapi_acl.model_apis WHERE name = '$1'"; }

scene() {
	printf '\n%s\n\n' "$1"
	rows=($'who\tdoes\texpected\tresult\t')
}

curtain() {
	printf '%s\n' "${rows[@]}" | awk -F '\t' '
		{ for (i = 1; i <= 4; i++) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) } mark[NR] = $5 }
		END {
			for (r = 1; r <= NR; r++) {
				printf "  %-*s  %-*s  %-*s  %-*s  %s\n", width[1], cell[r, 1], width[2], cell[r, 2],
					width[3], cell[r, 3], width[4], cell[r, 4], mark[r]
				if (r == 1)
					for (i = 1; i <= 4; i++) { line = sprintf("%*s", width[i], ""); gsub(/ /, "-", line); printf "  %s", line; if (i == 4) print "" }
			}
		}'
}

show() { # LOGIN: prints the result of the script on standard input as a table
	psql -X -q -P footer=off -U "$1" | sed 's/^/  /'
}

printf '\nThe catalogue\n\n'
show ops <<'END'
SELECT p.name AS project, count(*) AS model_apis, string_agg(m.name, ', ' ORDER BY m.name) AS names
FROM modelapi_acl.projects p JOIN modelapi_acl.model_apis m ON m.project_id = p.id
GROUP BY p.name ORDER BY p.name;
END

scene '1. Publish'
by ana 'publishes a version of mistral-7b-instruct-v0.3' 1 \
	"SELECT number FROM publish_version('$(api mistral-7b-instruct-v0.3)', '{\"image\": \"models/mistral:0.3\"}', 'first')"
by ana 'and another' 2 \
	"SELECT number FROM publish_version('$(api mistral-7b-instruct-v0.3)', '{\"image\": \"models/mistral:0.3.1\"}', 'faster')"
by ana 'makes nllb-200-distilled-600M public' '' \
	"UPDATE model_apis SET visibility = 'public' WHERE name = 'nllb-200-distilled-600M'"
by emeka 'has no grant: sees only the public one' nllb-200-distilled-600M \
	"SELECT name FROM model_apis"
by emeka 'publishes a version of it' 'error 42501:' \
	"SELECT publish_version('$(api nllb-200-distilled-600M)', '{}')"
by emeka 'asks for a private one by its id' 'error PT404:' \
	"SELECT publish_version('$(api mistral-7b-instruct-v0.3)', '{}')"
curtain

scene '2. Invite: by username, by email, an organization'
by ana 'invites ben to the project language, as editor' '' \
	"SELECT add_project_collaborator(id, 'ben', 'editor') FROM projects WHERE name = 'language'"
by ana 'invites farah by email to whisper-large-v3, as editor' '' \
	"SELECT add_collaborator('$(api whisper-large-v3)', 'farah@contractor.example', 'editor')"
by grace 'invites the organization lumen-vision to the project vision, as viewer' '' \
	"SELECT add_project_collaborator(id, 'lumen-vision', 'viewer') FROM projects WHERE name = 'vision'"
by grace 'lets dmitri see xgboost-churn for an hour' '' \
	"SELECT add_collaborator('$(api xgboost-churn)', 'dmitri', 'viewer', now() + interval '1 hour')"
by grace 'invites somebody who does not exist' 'error 22023:' \
	"SELECT add_collaborator('$(api xgboost-churn)', 'nobody@lumen.example', 'viewer')"
by ben 'is an editor: cannot invite' 'error 42501:' \
	"SELECT add_collaborator('$(api flan-t5-xl)', 'emeka', 'viewer')"
by ben 'but can publish' 1 \
	"SELECT number FROM publish_version('$(api flan-t5-xl)', '{\"image\": \"models/flan-t5:xl\"}')"
by farah 'is an editor without access to the project: cannot publish' 'error 42501:' \
	"SELECT publish_version('$(api whisper-large-v3)', '{}')"
by carla 'is a viewer by her organization: reads' 'clip-vit-large-patch14' \
	"SELECT name FROM model_apis WHERE name LIKE 'clip%'"
by carla 'renames it: changes no row' 0 \
	"WITH changed AS (UPDATE model_apis SET name = 'hers' WHERE name LIKE 'clip%' RETURNING id) SELECT count(*) FROM changed"
curtain

scene '3. What each of them sees, with plain SQL'
for line in 'ana 10' 'grace 11' 'ben 7' 'carla 7' 'farah 2' 'dmitri 2' 'emeka 1'; do
	by "${line% *}" 'counts the rows of model_apis' "${line#* }" 'SELECT count(*) FROM model_apis'
done
over_rest carla '{"sub": "oidc|1004"}' 'the same over PostgREST, by the claims of her JWT' 7 'SELECT count(*) FROM model_apis'
over_rest nobody '{"sub": "oidc|9999"}' 'a JWT of somebody who has no account' 0 'SELECT count(*) FROM model_apis'
over_rest nobody '' 'no JWT' 0 'SELECT count(*) FROM model_apis'
by ben 'holds an editor'\''s permissions on flan-t5-xl' 10 \
	"SELECT cardinality(my_permissions('$(api flan-t5-xl)'))"
by ben 'and lacks' '{revoke_token,manage_collaborators,change_visibility,transfer_ownership,delete}' \
	"SELECT array_agg(p) FROM unnest(enum_range(NULL::permission)) p WHERE NOT has_permission('$(api flan-t5-xl)', p)"
by ben 'searches for translation' nllb-200-distilled-600M "SELECT name FROM search_model_apis('translation')"
by emeka 'searches for chat: all of it is hidden from him' '' "SELECT name FROM search_model_apis('chat')"
curtain

printf '\n  On how many model APIs each person holds a permission (list_model_apis)\n\n'
for who in ana grace ben carla farah dmitri emeka; do
	psql -X -q -At -U app_backend <<END
SET search_path = modelapi_acl;
BEGIN;
SELECT set_session_user('$who') \g /dev/null
SELECT '$who', string_agg((SELECT count(*)::text FROM list_model_apis(p)), E'\t' ORDER BY p)
FROM unnest('{view,edit_settings,deploy_version,create_token,delete}'::permission[]) p \g (fieldsep='\t')
COMMIT;
END
done | awk -F '\t' 'BEGIN { printf "  %-8s %8s %14s %15s %13s %7s\n", "who", "view", "edit_settings", "deploy_version", "create_token", "delete" }
	{ printf "  %-8s %8s %14s %15s %13s %7s\n", $1, $2, $3, $4, $5, $6 }'

scene '4. Tokens, and real Authorization headers'
secret_of() { # PERSON MODEL_API NAME: creates a token, prints its secret
	psql -X -q -At -U app_backend <<END
SET search_path = modelapi_acl;
BEGIN;
SELECT set_session_user('$1') \g /dev/null
SELECT token FROM create_token('$(api "$2")', '$3');
COMMIT;
END
}
sync=mistral-7b-instruct-v0.3
async=whisper-large-v3
token=$(secret_of ben $sync 'shop front end')
other=$(secret_of ben flan-t5-xl 'batch job')
job=$(secret_of farah $async 'call centre')
wrong=${token%?}x
[ "$wrong" != "$token" ] || wrong=${token%?}y
basic() { printf "'Basic %s'" "$(printf '%s:%s' "$1" "$2" | base64 -w 0)"; }
call $sync NULL 'sync, no header' '401 missing_credentials'
call $sync "$(basic "$token" "$token")" 'sync, Basic with the token twice' '200 token shop front end'
call $sync "$(basic ben "$token")" 'sync, Basic with a user name and the token' '401 username_password_differ'
call $sync "$(basic "$other" "$other")" 'sync, the token of another model API' '401 token_of_other_model_api'
call $sync "'Bearer $token'" 'sync, Bearer' '401 wrong_scheme'
call $sync "$(basic "$wrong" "$wrong")" 'sync, a mistyped token' '401 unknown_token'
call $async NULL 'async, no header' '401 missing_credentials'
call $async "'Bearer $job'" 'async, Bearer with its token' '200 token call centre'
call $async "$(basic "$job" "$job")" 'async, Basic' '401 wrong_scheme'
call $async "'bearer', '\\x$(printf %s "$job" | sha256sum | cut -d ' ' -f 1)'" 'async, the token hashed by the gateway' '200 token call centre'
step gateway 'a model API that does not exist' '404 no_such_model_api' edge_gateway <<'END'
SELECT status, reason FROM modelapi_acl.authorize_invocation('00000000-0000-4000-8000-000000000000', 'Bearer x');
END
step gateway 'tries to read the table of model APIs' 'error 42501:' edge_gateway <<'END'
SELECT * FROM modelapi_acl.model_apis;
END
curtain

scene '5. Revoke, regenerate, make unrestricted'
personal_secret() {
	psql -X -q -At -U app_backend <<'END'
SET search_path = modelapi_acl;
BEGIN;
SELECT set_session_user('ben') \g /dev/null
SELECT token FROM create_personal_token('laptop');
COMMIT;
END
}
personal=$(since_1_1 personal_secret)
since_1_1 call flan-t5-xl "$(basic "$personal" "$personal")" 'a personal token of ben, an editor' '200 token laptop'
kiosk=$(secret_of ana $sync 'kiosk')
by ben 'is an editor: cannot revoke what ana made' 'error 42501:' \
	"SELECT revoke_token(id) FROM access_tokens WHERE name = 'kiosk'"
call $sync "$(basic "$kiosk" "$kiosk")" 'so it still opens' '200 token kiosk'
since_1_1 by ben 'suspends the one that he made' '' \
	"SELECT suspend_token(id) FROM access_tokens WHERE name = 'shop front end'"
since_1_1 call $sync "$(basic "$token" "$token")" 'meanwhile' '401 token_suspended'
since_1_1 by ben 'resumes it' '' \
	"SELECT resume_token(id) FROM access_tokens WHERE name = 'shop front end'"
since_1_1 call $sync "$(basic "$token" "$token")" 'afterwards' '200 token shop front end'
by ana 'revokes the token of the shop front end' '' \
	"SELECT revoke_token(id) FROM access_tokens WHERE name = 'shop front end'"
call $sync "$(basic "$token" "$token")" 'the next request with it' '401 token_revoked'
regenerated=$(psql -X -q -At -U app_backend <<'END'
SET search_path = modelapi_acl;
BEGIN;
SELECT set_session_user('ana') \g /dev/null
SELECT (regenerate_token(id)).token FROM access_tokens WHERE name = 'call centre';
COMMIT;
END
)
superseded='401 token_superseded call centre'
[ "$release" != 1.0 ] || superseded='401 unknown_token'
call $async "'Bearer $job'" 'the old secret of a regenerated token' "$superseded"
call $async "'Bearer $regenerated'" 'the new one' '200 token call centre'
by ana 'makes the sync one unrestricted' '' \
	"SELECT set_authorization_mode('$(api $sync)', 'unrestricted')"
call $sync NULL 'the same request, without any token' '200 unrestricted'
by emeka 'still does not see it' 0 "SELECT count(*) FROM model_apis WHERE name = '$sync'"
curtain

scene '6. Hand over'
by ana 'is the only owner: cannot leave' 'error 23514:' \
	"SELECT remove_collaborator('$(api $sync)', 'ana')"
by ana 'transfers it to ben, and stays as editor' '' \
	"SELECT transfer_ownership('$(api $sync)', 'ben')"
by ben 'is its owner: removes her grant' '' \
	"SELECT remove_collaborator('$(api $sync)', 'ana')"
by ana 'still has it by the project, which she owns' owner "SELECT effective_access_level('$(api $sync)')"
step ops 'disables ben' '' ops <<'END'
SELECT modelapi_acl.disable_user('ben') \g /dev/null
END
by ben 'signs in' 'error PT401:' 'SELECT 1'
since_1_1 call flan-t5-xl "$(basic "$personal" "$personal")" 'his personal token' '401 token_suspended'
curtain

printf '\n7. What happened to %s, as ana reads it\n\n' "$sync"
show app_backend <<END
SET search_path = modelapi_acl;
BEGIN;
SELECT set_session_user('ana') \g /dev/null
SELECT to_char(e.occurred_at, 'HH24:MI:SS') AS at, coalesce(u.username, e.database_role) AS who, e.action,
	left(coalesce(e.old::text, ''), 48) AS before, left(coalesce(e.new::text, ''), 64) AS after
FROM audit_events e LEFT JOIN users u ON u.id = e.actor_id
WHERE e.model_api_id = '$(api $sync)' ORDER BY e.occurred_at, e.id;
COMMIT;
END
scene 'Who may read that'
by ana 'owner' 't' "SELECT count(*) > 5 FROM audit_events WHERE model_api_id = '$(api $sync)'"
by carla 'stranger to it' 0 "SELECT count(*) FROM audit_events WHERE model_api_id = '$(api $sync)'"
by farah 'searches for secrets in what she may read of it' 0 \
	"SELECT count(*) FROM audit_events e WHERE e::text LIKE '%$job%' OR e::text LIKE '%$regenerated%'"
curtain

if [ "$differences" -eq 0 ]; then
	printf '\nEverything came as expected.\n'
else
	printf '\n%s answers were not the expected ones.\n' "$differences"
	# shellcheck disable=SC2034 # demo/run, which sources this file, exits with it
	status=1
fi
