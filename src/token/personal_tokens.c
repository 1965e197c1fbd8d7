/*-------------------------------------------------------------------------
 *
 * personal_tokens.c
 *	  The SQL functions that create and import personal tokens.
 *
 * As those for access tokens, they check who calls and the values, and write with internal
 * statements, whose rows personal_token_guard.c checks again.  What the user may see is judged
 * by a new snapshot.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "token_lifetime.h"
#include "token_row.h"
#include "../access/context.h"
#include "../access/decision.h"
#include "../access/errors.h"
#include "../catalog/personal_token_read.h"
#include "../catalog/table_read.h"
#include "../compat.h"
#include "../identity/identity.h"
#include "../sql_api/preconditions.h"
#include "../sql_api/principals.h"
#include "../sql_api/service_accounts.h"
#include "../terms.h"
#include "../values/validate.h"

PG_FUNCTION_INFO_V1(modelapi_acl_create_personal_token_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_create_service_token_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_import_personal_token_1_1);

/* What the functions take, by the numbers of their arguments */
typedef struct Arguments
{
	int			name;
	int			expires_at;
	int			model_apis;
} Arguments;

/*
 * Checks the list of model APIs: raises 22023 for an empty one or one with a NULL, and PT404 for
 * a model API that the current user may not view.  context = NULL: a function for
 * administrators, which may name every model API that exists.
 */
static void
check_model_apis(AccessContext *context, ArrayType *list)
{
	Datum	   *ids;
	bool	   *nulls;
	int			count;

	deconstruct_array(list, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR, &ids, &nulls, &count);
	if (count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the list of model APIs is empty"),
				 errhint("Name at least one, or pass NULL for all.")));
	for (int i = 0; i < count; i++)
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the list of model APIs has a NULL")));
	for (int i = 0; i < count; i++)
		if (context ? !decision_permits_by_id(context, DatumGetUUIDP(ids[i]), PERMISSION_VIEW) :
			!table_read_model_api(DatumGetUUIDP(ids[i]), GetActiveSnapshot(), NULL))
			errors_raise_not_found("model API");
}

/* Checks the values that the functions take; the active snapshot shows the model APIs. */
static void
check_arguments(FunctionCallInfo fcinfo, AccessContext *context, const Arguments *place)
{
	validate_required_name("token name",
						   PG_ARGISNULL(place->name) ? NULL : PG_GETARG_TEXT_PP(place->name));
	if (!PG_ARGISNULL(place->expires_at))
		validate_expiry(PG_GETARG_TIMESTAMPTZ(place->expires_at), GetCurrentTimestamp());
	token_lifetime_require(GetCurrentTransactionStartTimestamp(),
						   PG_ARGISNULL(place->expires_at) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(place->expires_at));
	if (!PG_ARGISNULL(place->model_apis))
		check_model_apis(context, PG_GETARG_ARRAYTYPE_P(place->model_apis));
}

/* Makes a token of a user, and returns the result (id, token). */
static Datum
make(FunctionCallInfo fcinfo, const pg_uuid_t *holder, const Arguments *place)
{
	static InternalStatement make_personal_token = {.function = "make_personal_token"};
	const pg_uuid_t *actor = identity_actor();
	Datum		values[5] = {UUIDPGetDatum(holder), PG_GETARG_DATUM(place->name),
		PG_GETARG_DATUM(place->expires_at), PG_GETARG_DATUM(place->model_apis), UUIDPGetDatum(actor)};
	bool		nulls[5] = {false, false, PG_ARGISNULL(place->expires_at),
		PG_ARGISNULL(place->model_apis), actor == NULL};
	TokenRow	row = token_row_run(&make_personal_token, values, nulls);

	return token_row_result(fcinfo, &row);
}

/* create_personal_token(name, expires_at, model_apis) → (id uuid, token text) */
Datum
modelapi_acl_create_personal_token_1_1(PG_FUNCTION_ARGS)
{
	static const Arguments place = {.name = 0, .expires_at = 1, .model_apis = 2};
	AccessContext *context;

	PushActiveSnapshot(GetTransactionSnapshot());
	context = context_of_current_user(NULL);
	if (context_is_administrator(context))
		errors_raise_no_owner();
	if (!context_is_signed_in(context))
		errors_raise_not_signed_in();
	check_arguments(fcinfo, context, &place);
	PopActiveSnapshot();
	PG_RETURN_DATUM(make(fcinfo, identity_actor(), &place));
}

/* create_service_token(service_account, name, expires_at, model_apis) → (id uuid, token text) */
Datum
modelapi_acl_create_service_token_1_1(PG_FUNCTION_ARGS)
{
	static const Arguments place = {.name = 1, .expires_at = 2, .model_apis = 3};
	pg_uuid_t	holder;

	PushActiveSnapshot(GetTransactionSnapshot());
	holder = service_accounts_require(PG_ARGISNULL(0) ? NULL : PG_GETARG_TEXT_PP(0));
	check_arguments(fcinfo, context_of_current_user(NULL), &place);
	PopActiveSnapshot();
	PG_RETURN_DATUM(make(fcinfo, &holder, &place));
}

/* The person or service account that a username, an email address or an id names. */
static pg_uuid_t
require_holder(text *argument)
{
	char	   *name;
	pg_uuid_t	user_id;

	validate_not_null("holder", argument == NULL);
	name = text_to_cstring(argument);
	if (!identity_find_user(name, GetActiveSnapshot(), &user_id))
		user_id = principals_require_person(name);
	return user_id;
}

/* Raises 22023 unless a digest is a SHA-256. */
static void
check_digest(bytea *digest)
{
	validate_not_null("token digest", digest == NULL);
	if (!digest || VARSIZE_ANY_EXHDR(digest) != TOKEN_DIGEST_LENGTH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("token digest does not have 32 bytes"),
				 errhint("It is the SHA-256 of the token.")));
}

static void
raise_digest_exists(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there is a token with this digest already")));
}

/* import_personal_token(holder, name, token_digest, model_apis, hint, expires_at) → uuid */
Datum
modelapi_acl_import_personal_token_1_1(PG_FUNCTION_ARGS)
{
	static InternalStatement take_personal_token = {.function = "take_personal_token"};
	static const Arguments place = {.name = 1, .expires_at = 5, .model_apis = 3};
	const pg_uuid_t *actor = identity_actor();
	TokenFacts	token;
	PersonalTokenFacts personal;
	bool		exists;
	pg_uuid_t	holder;
	uint8	   *digest;
	Datum		values[7];
	bool		nulls[7] = {false, false, PG_ARGISNULL(5), PG_ARGISNULL(3), actor == NULL, false, false};
	TokenRow	row;

	preconditions_require_administrator();
	PushActiveSnapshot(GetLatestSnapshot());
	holder = require_holder(PG_ARGISNULL(0) ? NULL : PG_GETARG_TEXT_PP(0));
	check_arguments(fcinfo, NULL, &place);
	check_digest(PG_ARGISNULL(2) ? NULL : PG_GETARG_BYTEA_PP(2));
	if (!PG_ARGISNULL(4))
		validate_name("token hint", PG_GETARG_TEXT_PP(4));
	digest = (uint8 *) VARDATA_ANY(PG_GETARG_BYTEA_PP(2));
	exists = token_read_by_digest(digest, GetActiveSnapshot(), &token) ||
		personal_token_read_by_digest(digest, GetActiveSnapshot(), &personal);
	PopActiveSnapshot();
	if (exists)
		raise_digest_exists();

	values[0] = UUIDPGetDatum(&holder);
	values[1] = PG_GETARG_DATUM(1);
	values[2] = PG_GETARG_DATUM(5);
	values[3] = PG_GETARG_DATUM(3);
	values[4] = UUIDPGetDatum(actor);
	values[5] = PG_GETARG_DATUM(2);
	values[6] = PG_ARGISNULL(4) ? CStringGetTextDatum("...") : PG_GETARG_DATUM(4);
	row = token_row_run(&take_personal_token, values, nulls);
	if (!row.found)
		raise_digest_exists();
	PG_RETURN_DATUM(row.values[0]);
}
