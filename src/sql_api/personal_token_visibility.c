/*-------------------------------------------------------------------------
 *
 * personal_token_visibility.c
 *	  Who sees which personal tokens.
 *
 * The policies call these functions for each row; the last argument is the identity.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/snapmgr.h"

#include "../access/context.h"
#include "../access/token_holder.h"
#include "../catalog/personal_token_read.h"
#include "../compat.h"

PG_FUNCTION_INFO_V1(modelapi_acl_shows_tokens_of_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_shows_personal_token_1_1);

/* shows_tokens_of(user_id, identity) → boolean */
Datum
modelapi_acl_shows_tokens_of_1_1(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(token_holder_is_visible(context_from_argument(fcinfo, 1), PG_GETARG_UUID_P(0)));
}

/* shows_personal_token(token_id, identity) → boolean */
Datum
modelapi_acl_shows_personal_token_1_1(PG_FUNCTION_ARGS)
{
	pg_uuid_t	holder;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(personal_token_read_holder(PG_GETARG_UUID_P(0), GetActiveSnapshot(), &holder) &&
				   token_holder_is_visible(context_from_argument(fcinfo, 1), &holder));
}
