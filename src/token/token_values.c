/*-------------------------------------------------------------------------
 *
 * token_values.c
 *	  What a token may be made with: its name, its expiry, its list of model APIs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "token_values.h"
#include "../access/decision.h"
#include "../access/errors.h"
#include "../catalog/table_read.h"
#include "../terms.h"
#include "../values/validate.h"
#include "token_lifetime.h"

void
token_values_require(FunctionCallInfo fcinfo, int name, int expires_at)
{
	TimestampTz expiry = PG_ARGISNULL(expires_at) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(expires_at);

	validate_required_name("token name", PG_ARGISNULL(name) ? NULL : PG_GETARG_TEXT_PP(name));
	if (!PG_ARGISNULL(expires_at))
		validate_expiry(expiry, GetCurrentTimestamp());
	token_lifetime_require(GetCurrentTransactionStartTimestamp(), expiry);
}

void
token_values_require_model_apis(AccessContext *context, ArrayType *list)
{
	Datum	   *ids;
	bool	   *nulls;
	int			count;

	deconstruct_array(list, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR, &ids, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i] &&
			(context ? !decision_permits_by_id(context, DatumGetUUIDP(ids[i]), PERMISSION_VIEW) :
			 !table_read_model_api(DatumGetUUIDP(ids[i]), GetActiveSnapshot(), NULL)))
			errors_raise_not_found("model API");
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
}
