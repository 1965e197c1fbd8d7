/*-------------------------------------------------------------------------
 *
 * service_accounts.c
 *	  Who may manage a service account, and the transfer to a successor.
 *
 * Service accounts are users, whose names every signed-in user sees.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "principals.h"
#include "service_accounts.h"
#include "../access/context.h"
#include "../access/errors.h"
#include "../access/latest_state.h"
#include "../catalog/internal_statements.h"
#include "../catalog/table_read.h"
#include "../compat.h"
#include "../identity/identity.h"
#include "../terms.h"
#include "../values/uuids.h"

PG_FUNCTION_INFO_V1(modelapi_acl_require_responsible_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_transfer_service_account_1_1);

/* Whether the current user may manage a service account. */
static bool
may_manage(AccessContext *context, const pg_uuid_t *responsible)
{
	const pg_uuid_t *actor;

	if (context_is_administrator(context))
		return true;
	return context_is_signed_in(context) && (actor = identity_actor()) != NULL &&
		uuids_equal(actor, responsible);
}

pg_uuid_t
service_accounts_require(text *argument)
{
	AccessContext *context = context_of_current_user(NULL);
	char	   *name = argument ? text_to_cstring(argument) : NULL;
	pg_uuid_t	user_id;
	Snapshot	snapshot;
	UserFacts	facts;
	bool		is_there;

	if (!context_is_signed_in(context))
		errors_raise_not_signed_in();
	if (!name || !principals_find_account(context, name, &user_id))
		errors_raise_not_found("service account");
	snapshot = latest_state_new_snapshot();
	is_there = table_read_user(&user_id, snapshot, &facts);
	UnregisterSnapshot(snapshot);
	if (!is_there)
		errors_raise_not_found("service account");
	if (!facts.is_service_account)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("user \"%s\" is not a service account", name)));
	if (!may_manage(latest_state_context(), &facts.responsible_id))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for service account \"%s\"", name),
				 errhint("This requires an administrator, or the responsible user.")));
	return user_id;
}

/* modelapi_acl_internal.require_responsible(responsible text) → uuid */
Datum
modelapi_acl_require_responsible_1_1(PG_FUNCTION_ARGS)
{
	pg_uuid_t	user_id = principals_require_responsible(PG_ARGISNULL(0) ? NULL : PG_GETARG_TEXT_PP(0));

	PG_RETURN_UUID_P(uuids_copy(&user_id));
}

/* transfer_service_account(service_account text, responsible text) → void */
Datum
modelapi_acl_transfer_service_account_1_1(PG_FUNCTION_ARGS)
{
	static InternalStatement set_responsible = {.function = "set_responsible"};
	pg_uuid_t	account;
	pg_uuid_t	responsible;
	Datum		values[2];

	PushActiveSnapshot(GetTransactionSnapshot());
	account = service_accounts_require(PG_ARGISNULL(0) ? NULL : PG_GETARG_TEXT_PP(0));
	responsible = principals_require_responsible(PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1));
	PopActiveSnapshot();
	values[0] = UUIDPGetDatum(&account);
	values[1] = UUIDPGetDatum(&responsible);
	if (internal_statements_run(&set_responsible, values, NULL, NULL, NULL) == 0)
		errors_raise_not_found("service account");
	PG_RETURN_VOID();
}
