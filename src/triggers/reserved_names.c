/*-------------------------------------------------------------------------
 *
 * reserved_names.c
 *	  The one namespace of usernames and organization names.
 *
 * A name that is given up stays reserved: somebody may have been invited by
 * it, and the invitation must not reach another user tomorrow.  Its last holder
 * may take it back, and an administrator may release it.  Functions that look
 * up users and organizations do not find a reserved name.
 *
 * Creating, renaming and deleting organizations thus use up names for good; see
 * creation_limits.c for how many.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/snapmgr.h"

#include "reserved_names.h"
#include "row_change.h"
#include "../access/latest_state.h"
#include "../catalog/internal_statements.h"
#include "../catalog/table_read.h"
#include "../compat.h"

static InternalStatement name_principal = {.function = "name_principal"};
static InternalStatement take_name_back = {.function = "take_name_back"};
static InternalStatement reserve_name = {.function = "reserve_name"};

/*
 * Takes a name for a user or an organization.  A name that is reserved for somebody else
 * raises an error here; one that is in use violates the primary key.
 */
static void
take_name(text *name, const pg_uuid_t *holder, bool is_user)
{
	char	   *folded = asc_tolower(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	Datum		values[3] = {CStringGetTextDatum(folded), UUIDPGetDatum(holder), UUIDPGetDatum(holder)};
	bool		nulls[3] = {false, !is_user, is_user};
	Snapshot	snapshot;
	bool		reserved;

	if (internal_statements_run(&take_name_back, values, NULL, NULL, NULL) > 0)
		return;
	snapshot = latest_state_new_snapshot();
	reserved = table_read_name_is_reserved(folded, snapshot);
	UnregisterSnapshot(snapshot);
	if (reserved)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("name \"%s\" is reserved", folded),
				 errdetail("Another user or organization had it before."),
				 errhint("Take another name; an administrator can free this one with release_name.")));
	(void) internal_statements_run(&name_principal, values, nulls, NULL, NULL);
}

void
reserved_names_change(RowChange *change, bool is_user)
{
	HeapTuple	row = change->new ? change->new : change->old;
	const pg_uuid_t *id = row_change_uuid(change, row, "id");
	const pg_uuid_t *creator = is_user ? NULL : row_change_uuid(change, row, "created_by");

	if (change->old)
	{
		Datum		values[2] = {UUIDPGetDatum(id), UUIDPGetDatum(creator)};
		bool		nulls[2] = {false, creator == NULL};

		(void) internal_statements_run(&reserve_name, values, nulls, NULL, NULL);
	}
	if (change->new)
		take_name(row_change_text(change, change->new, is_user ? "username" : "name"), id, is_user);
}
