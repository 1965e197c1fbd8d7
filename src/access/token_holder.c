/*-------------------------------------------------------------------------
 *
 * token_holder.c
 *	  Whose personal tokens somebody may see and end.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "token_holder.h"
#include "../catalog/table_read.h"
#include "../values/uuids.h"

bool
token_holder_is_visible(AccessContext *context, const pg_uuid_t *user_id)
{
	pg_uuid_t	responsible_id;

	if (context_is_administrator(context))
		return true;
	if (!context_is_signed_in(context))
		return false;
	if (uuids_equal(&context->identity.user_id, user_id))
		return true;
	return table_read_responsible(user_id, context->snapshot, &responsible_id) &&
		uuids_equal(&context->identity.user_id, &responsible_id);
}

bool
token_holder_is_service_account(AccessContext *context, const pg_uuid_t *user_id)
{
	UserFacts	facts;

	return table_read_user(user_id, context->snapshot, &facts) && facts.is_service_account;
}
