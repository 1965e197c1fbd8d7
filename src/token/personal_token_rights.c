/*-------------------------------------------------------------------------
 *
 * personal_token_rights.c
 *	  What the current user may do with a personal token.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/snapmgr.h"

#include "personal_token_rights.h"
#include "../access/context.h"
#include "../access/token_holder.h"
#include "../catalog/personal_token_read.h"

bool
personal_token_rights_find(const pg_uuid_t *id, PersonalTokenRights *rights)
{
	AccessContext *context;
	pg_uuid_t	holder;
	bool		is_visible;

	PushActiveSnapshot(GetTransactionSnapshot());
	context = context_of_current_user(NULL);
	is_visible = personal_token_read_holder(id, GetActiveSnapshot(), &holder) &&
		token_holder_is_visible(context, &holder);
	if (is_visible)
	{
		rights->is_administrator = context_is_administrator(context);
		rights->may_change = !rights->is_administrator ||
			token_holder_is_service_account(context, &holder);
	}
	PopActiveSnapshot();
	return is_visible;
}
