/*-------------------------------------------------------------------------
 *
 * ownership.c
 *	  That everything has an owner: the first one, and always one.
 *
 * These triggers run AFTER the statement has made all of its changes, which
 * is what makes one UPDATE that swaps two owners possible and one that
 * demotes both impossible.  Against other transactions: whatever may take
 * away an owner first updates a narrow row that belongs to the object, so
 * that the second of two waits for the first (and fails to serialize under
 * REPEATABLE READ and above), and only then looks for an owner, with a
 * snapshot taken afterwards.  Changes that can't take away an owner don't,
 * and don't wait.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "modelapi_acl.h"
#include "saved_query.h"

PG_FUNCTION_INFO_V1(modelapi_acl_complete_principal_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_complete_project_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_complete_model_api_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_keep_owner_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_keep_admin_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_keep_owned_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_forget_object_1_0);

/* ----------
 * What triggers write
 * ----------
 */
static SavedQuery next_version = {.function = "next_version"};
static SavedQuery count_owner_change = {.function = "count_owner_change"};
static SavedQuery forget_counter = {.function = "forget_counter", .sees_latest = true};
static SavedQuery owned_alone = {.function = "owned_alone"};
static SavedQuery make_first_admin = {.function = "make_first_admin"};
static SavedQuery make_project_owner = {.function = "make_project_owner"};
static SavedQuery make_model_api_owner = {.function = "make_model_api_owner"};

/* Runs a statement with one or two ids as arguments. */
static void
run_statement(SavedQuery *query, const pg_uuid_t *first, const pg_uuid_t *second)
{
	Datum		values[2] = {UUIDPGetDatum(first), UUIDPGetDatum(second)};

	(void) saved_query_run(query, values, NULL, NULL, NULL);
}

static void
take_number(TupleTableSlot *slot, void *arg)
{
	bool		isnull;

	*(int32 *) arg = DatumGetInt32(slot_getattr(slot, 1, &isnull));
}

/* A row that belongs to a new one: who made that one need not have the permission. */
typedef struct OwnRow
{
	SavedQuery *query;
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
add_own_row(SavedQuery *query, const pg_uuid_t *object, const pg_uuid_t *user)
{
	OwnRow		row = {query, object, user};

	judge_call_own(write_own_row, &row);
}

int32
ownership_next_version(const pg_uuid_t *model_api_id)
{
	Datum		value = UUIDPGetDatum(model_api_id);
	int32		number = 0;

	(void) saved_query_run(&next_version, &value, NULL, take_number, &number);
	return number;
}

/* ----------
 * The first owner
 * ----------
 */

const pg_uuid_t *
ownership_require_owner(void)
{
	Identity	identity = identity_current(GetActiveSnapshot());

	if (identity.kind == IDENTITY_ADMINISTRATOR)
		require_raise_no_owner();
	if (identity.kind != IDENTITY_USER)
		require_raise_not_signed_in();
	return identity_actor();
}

/* ----------
 * AFTER INSERT and UPDATE: what belongs to a new row
 * ----------
 */

/* What is created needs its creator as its first owner: the first admin of organizations. */
Datum
modelapi_acl_complete_principal_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);
	bool		is_user = SPI_fnumber(change.tupdesc, "username") > 0;
	const pg_uuid_t *creator;

	if (identity_stands_aside())
		return PointerGetDatum(NULL);
	if (!change.new || row_changes(&change, is_user ? "username" : "name"))
		names_change(&change, is_user);
	if (!is_user && !change.old)
		add_own_row(&make_first_admin, row_uuid(&change, change.new, "id"), ownership_require_owner());
	if (!is_user &&
		(creator = row_uuid(&change, change.new ? change.new : change.old, "created_by")) != NULL &&
		(!change.old || !change.new || row_changes(&change, "name")))
		names_check_created(creator);
	return PointerGetDatum(NULL);
}

Datum
modelapi_acl_complete_project_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);
	const pg_uuid_t *id;

	if (identity_stands_aside())
		return PointerGetDatum(NULL);
	id = row_uuid(&change, change.new, "id");
	add_own_row(&make_project_owner, id, ownership_require_owner());
	access_end_project(id);
	return PointerGetDatum(NULL);
}

Datum
modelapi_acl_complete_model_api_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (identity_stands_aside())
		return PointerGetDatum(NULL);
	add_own_row(&make_model_api_owner, row_uuid(&change, change.new, "id"), ownership_require_owner());
	return PointerGetDatum(NULL);
}

/* ----------
 * AFTER UPDATE and DELETE: the last owner, the last admin
 * ----------
 */

/* Whether a row of a collaborators' table is one that an object can rely on. */
static bool
is_lasting_owner(RowChange *change, HeapTuple tuple)
{
	bool		unlimited;
	bool		isnull;
	Datum		level;

	if (!row_uuid(change, tuple, "user_id"))
		return false;
	(void) row_value(change, tuple, "expires_at", &unlimited);
	level = row_value(change, tuple, "access_level", &isnull);
	return unlimited &&
		catalog_enum_place(STORE_ENUM_ACCESS_LEVEL, DatumGetObjectId(level)) + 1 == ACCESS_LEVEL_OWNER;
}

/* A snapshot of all that is committed by now, and of this transaction's own. */
static Snapshot
fresh_snapshot(void)
{
	CommandCounterIncrement();
	return RegisterSnapshot(GetLatestSnapshot());
}

/*
 * Makes sure that an object which may have lost an owner (or admin) has
 * another.  An object that is being deleted needs none.
 */
static void
require_owner(const pg_uuid_t *object,
			  bool (*is_there) (const pg_uuid_t *object, Snapshot snapshot),
			  bool (*has_owner) (const pg_uuid_t *object, Snapshot snapshot),
			  const char *message, const char *hint)
{
	Snapshot	snapshot = fresh_snapshot();
	bool		kept = !is_there(object, snapshot);

	UnregisterSnapshot(snapshot);
	if (kept)
		return;
	run_statement(&count_owner_change, object, NULL);
	snapshot = fresh_snapshot();
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
	return store_model_api(object, snapshot, NULL);
}

static bool
project_has_owner(const pg_uuid_t *object, Snapshot snapshot)
{
	return store_has_owner(GRANT_ON_PROJECT, object, snapshot);
}

static bool
model_api_has_owner(const pg_uuid_t *object, Snapshot snapshot)
{
	return store_has_owner(GRANT_ON_MODEL_API, object, snapshot);
}

/* Grants of both kinds; the trigger's argument names the object's column. */
Datum
modelapi_acl_keep_owner_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);
	const char *column = row_trigger_argument(fcinfo);
	const pg_uuid_t *object;

	if (identity_stands_aside() ||
		!is_lasting_owner(&change, change.old) ||
		(change.new && is_lasting_owner(&change, change.new)))
		return PointerGetDatum(NULL);
	object = row_uuid(&change, change.old, column);
	if (strcmp(column, "project_id") == 0)
		require_owner(object, store_project, project_has_owner,
					  "a project needs a user who directly owns it without expiry",
					  "Transfer it first, with transfer_project, or make another user owner.");
	else
		require_owner(object, model_api_is_there, model_api_has_owner,
					  "a model API needs a user who directly owns it without expiry",
					  "Transfer it first, with transfer_ownership, or make another user owner.");
	return PointerGetDatum(NULL);
}

Datum
modelapi_acl_keep_admin_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);
	bool		isnull;

	if (identity_stands_aside() ||
		!DatumGetBool(row_value(&change, change.old, "is_admin", &isnull)) ||
		(change.new && DatumGetBool(row_value(&change, change.new, "is_admin", &isnull))))
		return PointerGetDatum(NULL);
	require_owner(row_uuid(&change, change.old, "organization_id"),
				  store_organization, store_has_admin,
				  "an organization needs an admin",
				  "Make another member admin first, with add_organization_member.");
	return PointerGetDatum(NULL);
}

/* So many things are named when a user can't be deleted */
#define THINGS_NAMED_MAX 20

typedef struct ThingsOwned
{
	StringInfoData names;
	int			count;
} ThingsOwned;

static void
name_thing(TupleTableSlot *slot, void *arg)
{
	ThingsOwned *things = (ThingsOwned *) arg;
	bool		isnull;
	Datum		name = slot_getattr(slot, 1, &isnull);

	if (things->count++ < THINGS_NAMED_MAX)
		appendStringInfo(&things->names, "%s%s", things->count > 1 ? ", " : "",
						 TextDatumGetCString(name));
}

/*
 * BEFORE DELETE of a user: names all that keeps the user, where keep_owner() and
 * keep_admin() would refuse the first one that they meet.  What comes to it
 * meanwhile is left to them.
 */
Datum
modelapi_acl_keep_owned_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);
	ThingsOwned things = {.count = 0};
	Datum		id;

	if (identity_stands_aside())
		return PointerGetDatum(change.old);
	initStringInfo(&things.names);
	id = UUIDPGetDatum(row_uuid(&change, change.old, "id"));
	(void) saved_query_run(&owned_alone, &id, NULL, name_thing, &things);
	if (things.count > THINGS_NAMED_MAX)
		appendStringInfo(&things.names, ", and %d more", things.count - THINGS_NAMED_MAX);
	if (things.count > 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("user \"%s\" is the last owner or admin of something",
						text_to_cstring(row_text(&change, change.old, "username"))),
				 errdetail("This is: %s.", things.names.data),
				 errhint("Transfer projects and model APIs first, with transfer_project and transfer_ownership, and make another member admin, with add_organization_member.")));
	return PointerGetDatum(change.old);
}

/* AFTER DELETE of a project, model API, organization or user: its counter goes too */
Datum
modelapi_acl_forget_object_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (!identity_stands_aside())
		run_statement(&forget_counter, row_uuid(&change, change.old, "id"), NULL);
	return PointerGetDatum(NULL);
}
