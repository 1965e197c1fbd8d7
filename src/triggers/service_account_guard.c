/*-------------------------------------------------------------------------
 *
 * service_account_guard.c
 *	  Checks of service accounts, whose rows of users have a responsible user.
 *
 * The responsible user must be an enabled person when named.  Disabling that person later
 * changes nothing for the account; deleting is refused until a successor is named.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "service_account_guard.h"
#include "../access/context.h"
#include "../access/errors.h"
#include "../access/latest_state.h"
#include "../catalog/internal_statements.h"
#include "../catalog/table_read.h"
#include "../identity/identity.h"
#include "../values/uuids.h"

static InternalStatement responsible_for = {.function = "responsible_for", .sees_latest = true};

/* The columns of users that a responsible user may not change */
static const char *const other_columns[] = {"username", "full_name", "disabled_at", "created_at"};

bool
service_account_guard_is_succession(RowChange *change)
{
	const pg_uuid_t *responsible;
	const pg_uuid_t *actor;

	if (!change->old || !change->new || !row_change_has_column(change, "responsible_id") ||
		(responsible = row_change_uuid(change, change->old, "responsible_id")) == NULL ||
		(actor = identity_actor()) == NULL || !uuids_equal(actor, responsible))
		return false;
	for (int i = 0; i < lengthof(other_columns); i++)
		if (row_change_modifies(change, other_columns[i]))
			return false;
	return context_is_signed_in(latest_state_context());
}

void
service_account_guard_check_succession(RowChange *change)
{
	if (!row_change_has_column(change, "responsible_id") ||
		!row_change_modifies(change, "responsible_id") || identity_may_manage_users())
		return;
	if (!context_is_signed_in(latest_state_context()))
		errors_raise_not_signed_in();
}

void
service_account_guard_row(RowChange *change)
{
	const pg_uuid_t *responsible;
	Snapshot	snapshot;
	UserFacts	facts;
	bool		is_acceptable;

	if (!row_change_has_column(change, "responsible_id") ||
		!row_change_modifies(change, "responsible_id"))
		return;
	responsible = row_change_uuid(change, change->new, "responsible_id");
	if (change->old && (!responsible || !row_change_uuid(change, change->old, "responsible_id")))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a person cannot become a service account, nor a service account a person"),
				 errhint("Create another user.")));
	if (!responsible)
		return;
	snapshot = latest_state_new_snapshot();
	is_acceptable = table_read_user(responsible, snapshot, &facts) && facts.enabled &&
		!facts.is_service_account;
	UnregisterSnapshot(snapshot);
	if (!is_acceptable)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("responsible_id is not of an enabled person"),
				 errhint("Name a person who is responsible for the service account.")));
}

bool
service_account_guard_has_no_email(RowChange *change, text *email)
{
	const pg_uuid_t *user_id = row_change_uuid(change, change->new, "user_id");
	UserFacts	facts;
	Snapshot	latest = GetLatestSnapshot();
	bool		is_service_account;

	/* this statement itself may have inserted the user */
	latest->curcid = GetCurrentCommandId(false) + 1;
	is_service_account = user_id && table_read_user(user_id, latest, &facts) && facts.is_service_account;
	if (is_service_account && email)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a service account has no email address"),
				 errhint("Leave the email address out, or pass NULL.")));
	return is_service_account;
}

/* The number of service accounts that the refusal to delete a user names */
#define ACCOUNTS_NAMED_MAX 20

typedef struct Accounts
{
	StringInfoData names;
	int			count;
} Accounts;

static void
add_account(TupleTableSlot *slot, void *arg)
{
	Accounts   *accounts = (Accounts *) arg;
	bool		isnull;
	Datum		name = slot_getattr(slot, 1, &isnull);

	if (accounts->count++ < ACCOUNTS_NAMED_MAX)
		appendStringInfo(&accounts->names, "%s\"%s\"", accounts->count > 1 ? ", " : "",
						 TextDatumGetCString(name));
}

void
service_account_guard_require_none(RowChange *change)
{
	Accounts	accounts = {.count = 0};
	Datum		id = UUIDPGetDatum(row_change_uuid(change, change->old, "id"));

	if (!row_change_has_column(change, "responsible_id"))
		return;
	initStringInfo(&accounts.names);
	(void) internal_statements_run(&responsible_for, &id, NULL, add_account, &accounts);
	if (accounts.count > ACCOUNTS_NAMED_MAX)
		appendStringInfo(&accounts.names, ", and %d more", accounts.count - ACCOUNTS_NAMED_MAX);
	if (accounts.count > 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("user \"%s\" is responsible for service accounts",
						text_to_cstring(row_change_text(change, change->old, "username"))),
				 errdetail("These are: %s.", accounts.names.data),
				 errhint("Name a successor first, with transfer_service_account.")));
}
