/*-------------------------------------------------------------------------
 *
 * token_import.c
 *	  Brings tokens of other systems along, by their digests: access tokens and personal ones.
 *
 * A digest is of one token.  Within a table its primary key sees to that; across the tables of
 * both kinds, each import looks before it writes, which gives the usual error, and once more
 * afterwards.  Of two imports at the same time that both have written, the later look of the
 * two sees the other's row, so at most one of them succeeds.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "../access/errors.h"
#include "../catalog/personal_token_read.h"
#include "../catalog/table_read.h"
#include "../catalog/token_read.h"
#include "../compat.h"
#include "../identity/identity.h"
#include "../sql_api/preconditions.h"
#include "../sql_api/principals.h"
#include "../terms.h"
#include "../triggers/write_check.h"
#include "../values/uuids.h"
#include "../values/validate.h"
#include "token.h"
#include "token_row.h"
#include "token_values.h"

PG_FUNCTION_INFO_V1(modelapi_acl_import_token_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_import_personal_token_1_1);

/* ----------
 * The secret
 * ----------
 */

/* Whoever has it: the message does not say. */
static void
raise_known_digest(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the digest is of a secret that is there already")));
}

/* Whether there is a token of a kind with a digest */
typedef bool (*FindToken) (const uint8 *digest, Snapshot snapshot);

static bool
find_access_token(const uint8 *digest, Snapshot snapshot)
{
	TokenFacts	token;

	return token_read_by_digest(digest, snapshot, &token);
}

static bool
find_personal_token(const uint8 *digest, Snapshot snapshot)
{
	PersonalTokenFacts token;

	return personal_token_read_by_digest(digest, snapshot, &token);
}

/*
 * Raises 22023 if there is a token of a kind with a digest, by what has been committed or by
 * this transaction.  If another transaction is about to create or delete it: waits for that
 * one's end, or else raises the same.
 */
static void
require_unknown(FindToken find, bytea *digest, bool waits)
{
	for (;;)
	{
		SnapshotData dirty = {0};
		TransactionId other;

		InitDirtySnapshot(dirty);
		if (!find((uint8 *) VARDATA_ANY(digest), &dirty))
			return;
		other = TransactionIdIsValid(dirty.xmin) ? dirty.xmin : dirty.xmax;
		if (!TransactionIdIsValid(other) || !waits)
			raise_known_digest();
		XactLockTableWait(other, NULL, NULL, XLTW_None);
	}
}

/* Raises 22023 unless an argument is the SHA-256 of a secret that no token of either kind has. */
static bytea *
digest_argument(FunctionCallInfo fcinfo, int argument)
{
	bytea	   *digest;

	validate_not_null("token digest", PG_ARGISNULL(argument));
	digest = PG_GETARG_BYTEA_PP(argument);
	if (VARSIZE_ANY_EXHDR(digest) != TOKEN_DIGEST_LENGTH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("token digest does not have 32 bytes"),
				 errhint("It is the SHA-256 of the token.")));
	require_unknown(find_access_token, digest, true);
	require_unknown(find_personal_token, digest, true);
	return digest;
}

/* The hint in an argument; raises 22023 unless it is acceptable. */
static Datum
hint_argument(FunctionCallInfo fcinfo, int argument)
{
	if (PG_ARGISNULL(argument))
		return PointerGetDatum(token_hint_of_nothing());
	validate_name("token hint", PG_GETARG_TEXT_PP(argument));
	return PG_GETARG_DATUM(argument);
}

/* ----------
 * Access tokens
 * ----------
 */

typedef struct Import
{
	Datum		values[6];
	bool		nulls[6];
	TokenRow	row;
} Import;

static void
insert_token(void *arg)
{
	static InternalStatement add_foreign_token = {.function = "add_foreign_token"};
	Import	   *import = (Import *) arg;

	import->row = token_row_run(&add_foreign_token, import->values, import->nulls);
}

/* Who made the token elsewhere.  Raises 22023 unless a person. */
static pg_uuid_t *
maker(text *name)
{
	pg_uuid_t	user_id = principals_require_user(text_to_cstring(name));

	if (!table_read_is_person(&user_id, GetActiveSnapshot()))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is a service account", text_to_cstring(name)),
				 errhint("A person made the token.")));
	return uuids_copy(&user_id);
}

static bool
model_api_exists(const pg_uuid_t *id)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	bool		found = table_read_model_api(id, snapshot, NULL);

	UnregisterSnapshot(snapshot);
	return found;
}

/* import_token(model_api_id, name, token_digest, hint, expires_at, made_by) → uuid */
Datum
modelapi_acl_import_token_1_1(PG_FUNCTION_ARGS)
{
	Import		import = {0};
	bytea	   *digest;

	preconditions_require_administrator();
	if (PG_ARGISNULL(0) || !model_api_exists(PG_GETARG_UUID_P(0)))
		errors_raise_not_found("model API");
	token_values_require(fcinfo, 1, 4);
	for (int i = 0; i < 6; i++)
	{
		import.values[i] = PG_GETARG_DATUM(i);
		import.nulls[i] = PG_ARGISNULL(i);
	}
	import.values[3] = hint_argument(fcinfo, 3);
	import.nulls[3] = false;
	if (!PG_ARGISNULL(5))
		import.values[5] = UUIDPGetDatum(maker(PG_GETARG_TEXT_PP(5)));
	digest = digest_argument(fcinfo, 2);
	write_check_call_unchecked(insert_token, &import);
	if (!import.row.found)
		raise_known_digest();
	require_unknown(find_personal_token, digest, true);
	PG_RETURN_DATUM(import.row.values[0]);
}

/* ----------
 * Personal tokens
 * ----------
 */

/* The user that an id, a username or an email address names. */
static pg_uuid_t
holder_argument(FunctionCallInfo fcinfo, int argument)
{
	char	   *name;
	pg_uuid_t	user_id;

	validate_not_null("holder", PG_ARGISNULL(argument));
	name = text_to_cstring(PG_GETARG_TEXT_PP(argument));
	if (!identity_find_user(name, GetActiveSnapshot(), &user_id))
		user_id = principals_require_user(name);
	return user_id;
}

/* import_personal_token(holder, name, token_digest, model_apis, hint, expires_at) → uuid */
Datum
modelapi_acl_import_personal_token_1_1(PG_FUNCTION_ARGS)
{
	static InternalStatement take_personal_token = {.function = "take_personal_token"};
	const pg_uuid_t *actor = identity_actor();
	pg_uuid_t	holder;
	Datum		hint;
	bytea	   *digest;
	TokenRow	row;

	preconditions_require_administrator();
	PushActiveSnapshot(GetLatestSnapshot());
	holder = holder_argument(fcinfo, 0);
	if (!PG_ARGISNULL(3))
		token_values_require_model_apis(NULL, PG_GETARG_ARRAYTYPE_P(3));
	token_values_require(fcinfo, 1, 5);
	hint = hint_argument(fcinfo, 4);
	digest = digest_argument(fcinfo, 2);
	PopActiveSnapshot();
	row = token_row_run(&take_personal_token,
						(Datum[]) {UUIDPGetDatum(&holder), PG_GETARG_DATUM(1), PG_GETARG_DATUM(5),
						PG_GETARG_DATUM(3), UUIDPGetDatum(actor), PG_GETARG_DATUM(2), hint},
						(bool[]) {false, false, PG_ARGISNULL(5), PG_ARGISNULL(3), actor == NULL, false, false});
	if (!row.found)
		raise_known_digest();

	/* does not wait for an import of the other kind, which may be waiting for this one */
	require_unknown(find_access_token, digest, false);
	PG_RETURN_DATUM(row.values[0]);
}
