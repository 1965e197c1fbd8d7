/*-------------------------------------------------------------------------
 *
 * personal_token_guard.c
 *	  Whether the current user may still write a personal token.
 *
 * Users have no privilege to write these rows; functions write them with internal statements.
 * As for other tables (write_check.c), the permission is checked by the latest committed state
 * when the row is locked, and once more at the end of the statement, which may have waited.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/trigger.h"

#include "row_change.h"
#include "write_check.h"
#include "../access/context.h"
#include "../access/errors.h"
#include "../access/latest_state.h"
#include "../access/token_holder.h"
#include "../compat.h"
#include "../identity/current_role.h"
#include "../identity/identity.h"

PG_FUNCTION_INFO_V1(modelapi_acl_judge_personal_token_1_1);

/* BEFORE and AFTER INSERT OR UPDATE OR DELETE of personal_tokens, for each row */
Datum
modelapi_acl_judge_personal_token_1_1(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);
	HeapTuple	result = change.new ? change.new : change.old;
	AccessContext *context;

	if (current_role_bypasses_guards() || write_check_is_unchecked(change.table) ||
		identity_may_manage_users())
		return PointerGetDatum(result);
	context = latest_state_context();
	if (!context_is_signed_in(context))
		errors_raise_not_signed_in();
	if ((change.old && !token_holder_is_visible(context, row_change_uuid(&change, change.old, "user_id"))) ||
		(change.new && !token_holder_is_visible(context, row_change_uuid(&change, change.new, "user_id"))))
		errors_raise_denied_personal_token();
	return PointerGetDatum(result);
}
