/*-------------------------------------------------------------------------
 *
 * token_import.c
 *	  Brings tokens of other systems along, by their digests.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "../access/errors.h"
#include "../catalog/personal_token_read.h"
#include "../catalog/table_read.h"
#include "../catalog/token_read.h"
#include "../compat.h"
#include "../sql_api/preconditions.h"
#include "../sql_api/principals.h"
#include "../terms.h"
#include "../triggers/write_check.h"
#include "../values/uuids.h"
#include "../values/validate.h"
#include "token.h"
#include "token_lifetime.h"
#include "token_row.h"

PG_FUNCTION_INFO_V1(modelapi_acl_import_token_1_1);

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

/* Whoever has it: the message does not say. */
static void
raise_known_digest(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the digest is of a secret that is there already")));
}

static void
check_digest(bytea *digest)
{
	Snapshot	snapshot;
	TokenFacts	known;
	PersonalTokenFacts known_personal;
	bool		is_known;

	if (VARSIZE_ANY_EXHDR(digest) != TOKEN_DIGEST_LENGTH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("token digest does not have 32 bytes"),
				 errhint("It is the SHA-256 of the token.")));
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	is_known = token_read_by_digest((uint8 *) VARDATA_ANY(digest), snapshot, &known) ||
		personal_token_read_by_digest((uint8 *) VARDATA_ANY(digest), snapshot, &known_personal);
	UnregisterSnapshot(snapshot);
	if (is_known)
		raise_known_digest();
}

/* Who made the token elsewhere.  Raises 22023 unless a person. */
static pg_uuid_t *
maker(text *name)
{
	pg_uuid_t	user_id = principals_require_person(text_to_cstring(name));
	UserFacts	facts;

	if (table_read_user(&user_id, GetActiveSnapshot(), &facts) && facts.is_service_account)
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

	preconditions_require_administrator();
	if (PG_ARGISNULL(0) || !model_api_exists(PG_GETARG_UUID_P(0)))
		errors_raise_not_found("model API");
	validate_required_name("token name", PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1));
	validate_not_null("token digest", PG_ARGISNULL(2));
	if (!PG_ARGISNULL(3))
		validate_name("hint", PG_GETARG_TEXT_PP(3));
	if (!PG_ARGISNULL(4))
		validate_expiry(PG_GETARG_TIMESTAMPTZ(4), GetCurrentTimestamp());
	token_lifetime_require(GetCurrentTransactionStartTimestamp(),
						   PG_ARGISNULL(4) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(4));
	for (int i = 0; i < 6; i++)
	{
		import.values[i] = PG_GETARG_DATUM(i);
		import.nulls[i] = PG_ARGISNULL(i);
	}
	if (PG_ARGISNULL(3))
	{
		import.values[3] = PointerGetDatum(token_hint_of_nothing());
		import.nulls[3] = false;
	}
	if (!PG_ARGISNULL(5))
		import.values[5] = UUIDPGetDatum(maker(PG_GETARG_TEXT_PP(5)));
	check_digest(PG_GETARG_BYTEA_PP(2));
	write_check_call_unchecked(insert_token, &import);
	if (!import.row.found)
		raise_known_digest();
	PG_RETURN_DATUM(import.row.values[0]);
}
