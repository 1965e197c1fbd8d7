/*-------------------------------------------------------------------------
 *
 * token_life.c
 *	  Access tokens: who may make, renew and end them.
 *
 * People have no privilege to write tokens.  These functions look at the
 * permission, and at the values, and write by statements of the extension's own
 * (58_own_statements.sql), which judge.c looks at as at any other write.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "modelapi_acl.h"
#include "saved_query.h"

PG_FUNCTION_INFO_V1(modelapi_acl_create_token_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_regenerate_token_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_revoke_token_1_0);

/* Up to two columns of the one row of a result, in the caller's memory */
typedef struct OneRow
{
	MemoryContext memory;
	bool		found;
	Datum		values[2];
	bool		nulls[2];
} OneRow;

static void
take_row(TupleTableSlot *slot, void *arg)
{
	OneRow	   *row = (OneRow *) arg;
	MemoryContext old = MemoryContextSwitchTo(row->memory);

	row->found = true;
	for (int i = 0; i < Min(2, slot->tts_tupleDescriptor->natts); i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(slot->tts_tupleDescriptor, i);

		row->values[i] = slot_getattr(slot, i + 1, &row->nulls[i]);
		if (!row->nulls[i])
			row->values[i] = datumCopy(row->values[i], attribute->attbyval, attribute->attlen);
	}
	MemoryContextSwitchTo(old);
}

static OneRow
run_for_row(SavedQuery *query, const Datum *values, const bool *nulls)
{
	OneRow		row = {.memory = CurrentMemoryContext};

	(void) saved_query_run(query, values, nulls, take_row, &row);
	return row;
}

/* The result (id, token); where the row is gone, the token is not there. */
static Datum
token_result(FunctionCallInfo fcinfo, OneRow *row)
{
	TupleDesc	tupdesc;

	if (!row->found)
		require_raise_no_token();
	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), row->values, row->nulls));
}

/* create_token(model_api_id, name, expires_at, metadata) → (id uuid, token text) */
Datum
modelapi_acl_create_token_1_0(PG_FUNCTION_ARGS)
{
	static SavedQuery make_token = {.function = "make_token"};
	const pg_uuid_t *actor;
	Datum		values[4] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};
	bool		nulls[4] = {false, false, PG_ARGISNULL(2)};
	OneRow		row;

	require_model_api(PG_ARGISNULL(0) ? NULL : PG_GETARG_UUID_P(0), PERMISSION_CREATE_TOKEN);
	value_require_name("token name", PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1));
	if (!PG_ARGISNULL(2))
		value_check_expiry(PG_GETARG_TIMESTAMPTZ(2), GetCurrentTimestamp());
	if (!PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("metadata of access tokens is not supported"),
				 errhint("Leave \"metadata\" out, or pass NULL.")));
	actor = identity_actor();
	values[3] = UUIDPGetDatum(actor);
	nulls[3] = actor == NULL;
	row = run_for_row(&make_token, values, nulls);
	PG_RETURN_DATUM(token_result(fcinfo, &row));
}

/* Raises PT401, PT404 or 42501 unless the current user may revoke a token. */
static void
require_token_argument(FunctionCallInfo fcinfo)
{
	static SavedQuery find_token = {.function = "find_token"};
	Datum		id = PG_GETARG_DATUM(0);
	OneRow		row = {0};

	if (!PG_ARGISNULL(0))
		row = run_for_row(&find_token, &id, NULL);
	require_token(row.found ? DatumGetUUIDP(row.values[0]) : NULL);
}

/* Locks the token, and tells whether it is revoked and whether it has expired. */
static void
lock_token_argument(FunctionCallInfo fcinfo, bool *is_revoked, bool *is_expired)
{
	static SavedQuery lock_token = {.function = "lock_token"};
	Datum		id = PG_GETARG_DATUM(0);
	OneRow		row = run_for_row(&lock_token, &id, NULL);

	if (!row.found)
		require_raise_no_token();
	*is_revoked = DatumGetBool(row.values[0]);
	*is_expired = DatumGetBool(row.values[1]);
}

static OneRow
run_on_token(FunctionCallInfo fcinfo, SavedQuery *query)
{
	const pg_uuid_t *actor = identity_actor();
	Datum		values[2] = {PG_GETARG_DATUM(0), UUIDPGetDatum(actor)};
	bool		nulls[2] = {false, actor == NULL};

	return run_for_row(query, values, nulls);
}

/* Raises an error unless the overlap asked for is none. */
static void
require_no_overlap(FunctionCallInfo fcinfo)
{
	const Interval none = {0};
	const Interval *overlap;

	value_require_given("overlap", PG_ARGISNULL(1));
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
	static SavedQuery renew_token = {.function = "renew_token"};
	bool		is_revoked;
	bool		is_expired;
	OneRow		row;

	require_token_argument(fcinfo);
	require_no_overlap(fcinfo);
	lock_token_argument(fcinfo, &is_revoked, &is_expired);
	if (is_revoked || is_expired)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 is_revoked ? errmsg("a revoked access token can't be regenerated") :
				 errmsg("an expired access token can't be regenerated"),
				 errhint("Create another.")));
	row = run_on_token(fcinfo, &renew_token);
	PG_RETURN_DATUM(token_result(fcinfo, &row));
}

/* revoke_token(token_id) → void */
Datum
modelapi_acl_revoke_token_1_0(PG_FUNCTION_ARGS)
{
	static SavedQuery end_token = {.function = "end_token"};
	bool		is_revoked;
	bool		is_expired;

	require_token_argument(fcinfo);
	lock_token_argument(fcinfo, &is_revoked, &is_expired);
	if (!is_revoked)
		(void) run_on_token(fcinfo, &end_token);
	PG_RETURN_VOID();
}
