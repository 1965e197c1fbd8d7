/*-------------------------------------------------------------------------
 *
 * token_lifecycle_1_0.c
 *	  The functions of version 1.0 that create, regenerate and revoke access tokens.
 *
 * They run in a database whose extension has not been updated to 1.1 yet, with the internal
 * statements and tables of 1.0.  token_lifecycle.c has their successors.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/fmgrprotos.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "../access/errors.h"
#include "../catalog/internal_statements.h"
#include "../compat.h"
#include "../identity/identity.h"
#include "../sql_api/preconditions.h"
#include "../terms.h"
#include "../values/uuids.h"
#include "../values/validate.h"
#include "token_row.h"

PG_FUNCTION_INFO_V1(modelapi_acl_create_token_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_regenerate_token_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_revoke_token_1_0);

/* create_token(model_api_id, name, expires_at, metadata) → (id uuid, token text) */
Datum
modelapi_acl_create_token_1_0(PG_FUNCTION_ARGS)
{
	static InternalStatement make_token = {.function = "make_token"};
	const pg_uuid_t *actor;
	Datum		values[4] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};
	bool		nulls[4] = {false, false, PG_ARGISNULL(2)};
	TokenRow		row;

	PushActiveSnapshot(GetTransactionSnapshot());
	preconditions_require_permission(uuids_argument(fcinfo, 0), PERMISSION_CREATE_TOKEN);
	PopActiveSnapshot();
	validate_required_name("token name", PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1));
	if (!PG_ARGISNULL(2))
		validate_expiry(PG_GETARG_TIMESTAMPTZ(2), GetCurrentTimestamp());
	if (!PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("metadata of access tokens is not supported"),
				 errhint("Leave \"metadata\" out, or pass NULL.")));
	actor = identity_actor();
	values[3] = UUIDPGetDatum(actor);
	nulls[3] = actor == NULL;
	row = token_row_run(&make_token, values, nulls);
	PG_RETURN_DATUM(token_row_result(fcinfo, &row));
}

/* Raises PT401, PT404 or 42501 unless the current user may revoke the token. */
static void
require_token_argument(FunctionCallInfo fcinfo)
{
	static InternalStatement find_token = {.function = "find_token"};
	Datum		id = PG_GETARG_DATUM(0);
	TokenRow		row = {0};

	PushActiveSnapshot(GetTransactionSnapshot());
	if (!PG_ARGISNULL(0))
		row = token_row_run(&find_token, &id, NULL);
	preconditions_require_revoke_token(row.found ? DatumGetUUIDP(row.values[0]) : NULL, NULL);
	PopActiveSnapshot();
}

/* Locks the token's row, and tells whether the token is revoked or expired. */
static void
lock_token_argument(FunctionCallInfo fcinfo, bool *is_revoked, bool *is_expired)
{
	static InternalStatement lock_token = {.function = "lock_token"};
	Datum		id = PG_GETARG_DATUM(0);
	TokenRow		row = token_row_run(&lock_token, &id, NULL);

	if (!row.found)
		errors_raise_not_found("access token");
	*is_revoked = DatumGetBool(row.values[0]);
	*is_expired = DatumGetBool(row.values[1]);
}

static TokenRow
run_on_token(FunctionCallInfo fcinfo, InternalStatement *statement)
{
	const pg_uuid_t *actor = identity_actor();
	Datum		values[2] = {PG_GETARG_DATUM(0), UUIDPGetDatum(actor)};
	bool		nulls[2] = {false, actor == NULL};

	return token_row_run(statement, values, nulls);
}

/* Raises an error unless the overlap is zero. */
static void
require_no_overlap(FunctionCallInfo fcinfo)
{
	const Interval none = {0};
	const Interval *overlap;

	validate_not_null("overlap", PG_ARGISNULL(1));
	overlap = PG_GETARG_INTERVAL_P(1);
	if (DatumGetBool(DirectFunctionCall2(interval_lt, IntervalPGetDatum(overlap), IntervalPGetDatum(&none))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("overlap must not be negative")));
	if (overlap->time != 0 || overlap->day != 0 || overlap->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("an overlap of the former secret is not supported"),
				 errhint("Leave \"overlap\" out, or pass 0: the former secret is refused from then on.")));
}

/* regenerate_token(token_id, overlap) → (id uuid, token text) */
Datum
modelapi_acl_regenerate_token_1_0(PG_FUNCTION_ARGS)
{
	static InternalStatement renew_token = {.function = "renew_token"};
	bool		is_revoked;
	bool		is_expired;
	TokenRow		row;

	require_token_argument(fcinfo);
	require_no_overlap(fcinfo);
	lock_token_argument(fcinfo, &is_revoked, &is_expired);
	if (is_revoked || is_expired)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 is_revoked ? errmsg("a revoked access token cannot be regenerated") :
				 errmsg("an expired access token cannot be regenerated"),
				 errhint("Create another.")));
	row = run_on_token(fcinfo, &renew_token);
	PG_RETURN_DATUM(token_row_result(fcinfo, &row));
}

/* revoke_token(token_id) → void */
Datum
modelapi_acl_revoke_token_1_0(PG_FUNCTION_ARGS)
{
	static InternalStatement end_token = {.function = "end_token"};
	bool		is_revoked;
	bool		is_expired;

	require_token_argument(fcinfo);
	lock_token_argument(fcinfo, &is_revoked, &is_expired);
	if (!is_revoked)
		(void) run_on_token(fcinfo, &end_token);
	PG_RETURN_VOID();
}
