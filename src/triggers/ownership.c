/*-------------------------------------------------------------------------
 *
 * ownership.c
 *	  Owners and admins: the first one of a new object, and never none.
 *
 * These are AFTER triggers, which see all changes of the statement.  So one UPDATE can swap two
 * owners, but cannot demote both.
 *
 * Concurrent transactions: a change that may remove an owner first updates the counter of the
 * object, a narrow row of its own.  The second one of two waits for the first there, and gets a
 * serialization failure under REPEATABLE READ and above.  Only then does it look for another
 * owner, with a new snapshot.  Changes that cannot remove an owner do not touch the counter and
 * do not wait.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "ownership.h"
#include "../access/errors.h"
#include "../access/latest_state.h"
#include "../access/pending_projects.h"
#include "../catalog/grant_read.h"
#include "../catalog/object_ids.h"
#include "../catalog/internal_statements.h"
#include "../catalog/table_read.h"
#include "../compat.h"
#include "../identity/identity.h"
#include "../identity/current_role.h"
#include "../terms.h"
#include "creation_limits.h"
#include "reserved_names.h"
#include "row_change.h"
#include "service_account_guard.h"
#include "write_check.h"

PG_FUNCTION_INFO_V1(modelapi_acl_complete_principal_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_complete_project_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_complete_model_api_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_keep_owner_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_keep_admin_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_keep_owned_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_forget_object_1_0);

/* ----------
 * Statements
 * ----------
 */
static InternalStatement next_version = {.function = "next_version"};
static InternalStatement count_owner_change = {.function = "count_owner_change"};
static InternalStatement forget_counter = {.function = "forget_counter", .sees_latest = true};
static InternalStatement owned_alone = {.function = "owned_alone"};
static InternalStatement make_first_admin = {.function = "make_first_admin"};
static InternalStatement make_project_owner = {.function = "make_project_owner"};
static InternalStatement make_model_api_owner = {.function = "make_model_api_owner"};

/* Runs a statement with one or two ids as arguments. */
static void
run_statement(InternalStatement *query, const pg_uuid_t *first, const pg_uuid_t *second)
{
	Datum		values[2] = {UUIDPGetDatum(first), UUIDPGetDatum(second)};

	(void) internal_statements_run(query, values, NULL, NULL, NULL);
}

static void
take_number(TupleTableSlot *slot, void *arg)
{
	bool		isnull;

	*(int32 *) arg = DatumGetInt32(slot_getattr(slot, 1, &isnull));
}

/* A grant or membership for the creator of an object, who has no permission on it yet */
typedef struct OwnRow
{
	InternalStatement *query;
	const pg_uuid_t *object;
	const pg_uuid_t *user;
} OwnRow;

static void
write_own_row(void *arg)
{
	OwnRow	   *row = (OwnRow *) arg;

	run_statement(row->query, row->object, row->user);
}

static void
add_own_row(InternalStatement *query, const pg_uuid_t *object, const pg_uuid_t *user)
{
	OwnRow		row = {query, object, user};

	write_check_call_unchecked(write_own_row, &row);
}

int32
ownership_next_version(const pg_uuid_t *model_api_id)
{
	Datum		value = UUIDPGetDatum(model_api_id);
	int32		number = 0;

	(void) internal_statements_run(&next_version, &value, NULL, take_number, &number);
	return number;
}

/* ----------
 * The first owner
 * ----------
 */

const pg_uuid_t *
ownership_require_first_owner(void)
{
	Identity	identity = identity_current(GetActiveSnapshot());

	if (identity.kind == IDENTITY_ADMINISTRATOR)
		errors_raise_no_owner();
	if (identity.kind != IDENTITY_USER)
		errors_raise_not_signed_in();
	return identity_actor();
}

/* ----------
 * AFTER INSERT and UPDATE: first owner, names, limits
 * ----------
 */

/* Of users and organizations: takes the name; makes an organization's creator its admin. */
Datum
modelapi_acl_complete_principal_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);
	bool		is_user = SPI_fnumber(change.tupdesc, "username") > 0;
	const pg_uuid_t *creator;

	if (current_role_bypasses_guards())
		return PointerGetDatum(NULL);
	if (is_user && change.old && change.new)
		service_account_guard_check_succession(&change);
	if (!change.new || row_change_modifies(&change, is_user ? "username" : "name"))
		reserved_names_change(&change, is_user);
	if (!is_user && !change.old)
		add_own_row(&make_first_admin, row_change_uuid(&change, change.new, "id"),
					ownership_require_first_owner());
	if (!is_user &&
		(creator = row_change_uuid(&change, change.new ? change.new : change.old, "created_by")) != NULL &&
		(!change.old || !change.new || row_change_modifies(&change, "name")))
		creation_limits_check_count(creator);
	return PointerGetDatum(NULL);
}

/* Of projects: makes the creator the owner. */
Datum
modelapi_acl_complete_project_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);
	const pg_uuid_t *id;

	if (current_role_bypasses_guards())
		return PointerGetDatum(NULL);
	id = row_change_uuid(&change, change.new, "id");
	add_own_row(&make_project_owner, id, ownership_require_first_owner());
	pending_projects_remove(id);
	return PointerGetDatum(NULL);
}

/* Of model APIs: makes the creator an owner. */
Datum
modelapi_acl_complete_model_api_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);

	if (current_role_bypasses_guards())
		return PointerGetDatum(NULL);
	add_own_row(&make_model_api_owner, row_change_uuid(&change, change.new, "id"),
				ownership_require_first_owner());
	return PointerGetDatum(NULL);
}

/* ----------
 * AFTER UPDATE and DELETE: the last owner, the last admin
 * ----------
 */

/*
 * Raises 23514 if an object has lost its last owner or admin.  An object that is being deleted
 * needs none.
 */
static void
require_owner(const pg_uuid_t *object,
			  bool (*is_there) (const pg_uuid_t *object, Snapshot snapshot),
			  bool (*has_owner) (const pg_uuid_t *object, Snapshot snapshot),
			  const char *message, const char *hint)
{
	Snapshot	snapshot = latest_state_new_snapshot();
	bool		kept = !is_there(object, snapshot);

	UnregisterSnapshot(snapshot);
	if (kept)
		return;
	run_statement(&count_owner_change, object, NULL);
	snapshot = latest_state_new_snapshot();
	kept = !is_there(object, snapshot) || has_owner(object, snapshot);
	UnregisterSnapshot(snapshot);
	if (!kept)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("%s", message),
				 errhint("%s", hint)));
}

static bool
model_api_is_there(const pg_uuid_t *object, Snapshot snapshot)
{
	return table_read_model_api(object, snapshot, NULL);
}

static bool
project_has_owner(const pg_uuid_t *object, Snapshot snapshot)
{
	return grant_read_has_owner(GRANT_ON_PROJECT, object, snapshot);
}

static bool
model_api_has_owner(const pg_uuid_t *object, Snapshot snapshot)
{
	return grant_read_has_owner(GRANT_ON_MODEL_API, object, snapshot);
}

/* Of both tables of grants; the trigger's argument names the column of the object. */
Datum
modelapi_acl_keep_owner_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);
	const char *column = row_change_object_column(fcinfo);
	const pg_uuid_t *object;

	if (current_role_bypasses_guards() ||
		!row_change_makes_owner(&change, change.old) ||
		(change.new && row_change_makes_owner(&change, change.new)))
		return PointerGetDatum(NULL);
	object = row_change_uuid(&change, change.old, column);
	if (strcmp(column, "project_id") == 0)
		require_owner(object, table_read_project, project_has_owner,
					  "a project needs a user who directly owns it without expiry",
					  "Transfer it first, with transfer_project, or make another user owner.");
	else
		require_owner(object, model_api_is_there, model_api_has_owner,
					  "a model API needs a user who directly owns it without expiry",
					  "Transfer it first, with transfer_ownership, or make another user owner.");
	return PointerGetDatum(NULL);
}

/* Of organization_members. */
Datum
modelapi_acl_keep_admin_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);
	bool		isnull;

	if (current_role_bypasses_guards() ||
		!DatumGetBool(row_change_value(&change, change.old, "is_admin", &isnull)) ||
		(change.new && DatumGetBool(row_change_value(&change, change.new, "is_admin", &isnull))))
		return PointerGetDatum(NULL);
	require_owner(row_change_uuid(&change, change.old, "organization_id"),
				  table_read_organization, table_read_has_admin,
				  "an organization needs an admin",
				  "Make another member admin first, with add_organization_member.");
	return PointerGetDatum(NULL);
}

/* The number of objects that the refusal to delete a user names */
#define OBJECTS_NAMED_MAX 20

typedef struct OwnedObjects
{
	StringInfoData names;
	int			count;
} OwnedObjects;

static void
add_name(TupleTableSlot *slot, void *arg)
{
	OwnedObjects *owned = (OwnedObjects *) arg;
	bool		isnull;
	Datum		name = slot_getattr(slot, 1, &isnull);

	if (owned->count++ < OBJECTS_NAMED_MAX)
		appendStringInfo(&owned->names, "%s%s", owned->count > 1 ? ", " : "",
						 TextDatumGetCString(name));
}

/*
 * BEFORE DELETE of a user: refuses it with the names of all objects that would lose their last
 * owner or admin.  The triggers above would name only the first one; they remain responsible
 * for objects that become the user's meanwhile.
 */
Datum
modelapi_acl_keep_owned_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);
	OwnedObjects owned = {.count = 0};
	Datum		id;

	if (current_role_bypasses_guards())
		return PointerGetDatum(change.old);
	initStringInfo(&owned.names);
	id = UUIDPGetDatum(row_change_uuid(&change, change.old, "id"));
	(void) internal_statements_run(&owned_alone, &id, NULL, add_name, &owned);
	if (owned.count > OBJECTS_NAMED_MAX)
		appendStringInfo(&owned.names, ", and %d more", owned.count - OBJECTS_NAMED_MAX);
	if (owned.count > 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("user \"%s\" is the last owner or admin of something",
						text_to_cstring(row_change_text(&change, change.old, "username"))),
				 errdetail("This is: %s.", owned.names.data),
				 errhint("Transfer projects and model APIs first, with transfer_project and transfer_ownership, and make another member admin, with add_organization_member.")));
	service_account_guard_require_none(&change);
	return PointerGetDatum(change.old);
}

/* AFTER DELETE of a project, model API, organization or user: deletes its counter */
Datum
modelapi_acl_forget_object_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);

	if (!current_role_bypasses_guards())
		run_statement(&forget_counter, row_change_uuid(&change, change.old, "id"), NULL);
	return PointerGetDatum(NULL);
}
