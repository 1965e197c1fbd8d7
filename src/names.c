/*-------------------------------------------------------------------------
 *
 * names.c
 *	  The one namespace of usernames and organization names, and how much of it
 *	  somebody may take.
 *
 * A name that was given up stays reserved: whoever was invited by it must not
 * be somebody else tomorrow.  Its last holder may take it back, an
 * administrator may release it, and nothing that looks principals up finds it.
 *
 * So creating, renaming and deleting organizations all take names for good,
 * and are bounded for each creator.  The count is taken under a lock of its own,
 * the creator's counter: not under that of the creator's row, which whoever
 * disables the creator needs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"

#include "modelapi_acl.h"
#include "saved_query.h"

PG_FUNCTION_INFO_V1(modelapi_acl_release_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_may_create_1_0);

static bool allow_create_project = true;
static bool allow_create_organization = true;
static int	max_created_organizations = 100;

static SavedQuery name_principal = {.function = "name_principal"};
static SavedQuery take_name_back = {.function = "take_name_back"};
static SavedQuery reserve_name = {.function = "reserve_name"};
static SavedQuery free_name = {.function = "free_name"};
static SavedQuery count_owner_change = {.function = "count_owner_change"};
static SavedQuery count_created_organizations = {.function = "count_created_organizations"};

void
names_initialize(void)
{
	DefineCustomBoolVariable("modelapi_acl.allow_create_project",
							 "Whether every signed-in user may create projects.",
							 "Off: in sessions with the role modelapi_acl_admin alone, for the user that they state.",
							 &allow_create_project, true, PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("modelapi_acl.allow_create_organization",
							 "Whether every signed-in user may create organizations.",
							 "Off: in sessions with the role modelapi_acl_admin alone, for the user that they state.",
							 &allow_create_organization, true, PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("modelapi_acl.max_created_organizations",
							"How many organizations a user may create.",
							"Those that exist count, and the names that they left reserved.",
							&max_created_organizations, 100, 0, INT_MAX, PGC_SUSET, 0, NULL, NULL, NULL);
}

/* ----------
 * Names
 * ----------
 */

/*
 * Takes a name for a user or an organization.  One that is reserved for somebody else is
 * refused with a hint; one that is held, by the primary key.
 */
static void
take_name(text *name, const pg_uuid_t *holder, bool is_user)
{
	char	   *folded = asc_tolower(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	Datum		values[3] = {CStringGetTextDatum(folded), UUIDPGetDatum(holder), UUIDPGetDatum(holder)};
	bool		nulls[3] = {false, !is_user, is_user};
	Snapshot	snapshot;
	bool		reserved;

	if (saved_query_run(&take_name_back, values, NULL, NULL, NULL) > 0)
		return;
	CommandCounterIncrement();
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	reserved = store_name_is_reserved(folded, snapshot);
	UnregisterSnapshot(snapshot);
	if (reserved)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("name \"%s\" is reserved", folded),
				 errdetail("Another user or organization had it before."),
				 errhint("Take another name; an administrator can free this one with release_name.")));
	(void) saved_query_run(&name_principal, values, nulls, NULL, NULL);
}

/* AFTER INSERT, UPDATE of the name, or DELETE of a user or an organization */
void
names_change(RowChange *change, bool is_user)
{
	HeapTuple	row = change->new ? change->new : change->old;
	const pg_uuid_t *id = row_uuid(change, row, "id");
	const pg_uuid_t *creator = is_user ? NULL : row_uuid(change, row, "created_by");

	if (change->old)
	{
		Datum		values[2] = {UUIDPGetDatum(id), UUIDPGetDatum(creator)};
		bool		nulls[2] = {false, creator == NULL};

		(void) saved_query_run(&reserve_name, values, nulls, NULL, NULL);
	}
	if (change->new)
		take_name(row_text(change, change->new, is_user ? "username" : "name"), id, is_user);
}

/* modelapi_acl_internal.release(name text) → void: a reserved name may be taken again */
Datum
modelapi_acl_release_1_0(PG_FUNCTION_ARGS)
{
	char	   *name;
	Datum		value;

	value_require(fcinfo, 0);
	if (!identity_may_administer())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("only administrators release names")));
	name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	name = asc_tolower(name, strlen(name));
	value = CStringGetTextDatum(name);
	if (saved_query_run(&free_name, &value, NULL, NULL, NULL) == 0)
	{
		if (store_principal_by_name(name, GetActiveSnapshot(), NULL))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("name \"%s\" is in use", name),
					 errhint("Rename or delete its holder first.")));
		ereport(ERROR,
				(errcode(ERRCODE_MODELAPI_NOT_FOUND),
				 errmsg("name not found"),
				 errdetail("No user or organization has it or had it.")));
	}
	audit_record_name("name.released", name);
	PG_RETURN_VOID();
}

/* ----------
 * Bounds
 * ----------
 */

/* Who may create: everybody, or sessions with the administrators' role alone. */
static void
require_may_create(bool is_project)
{
	if ((is_project ? allow_create_project : allow_create_organization) || identity_has_admin_role())
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 is_project ?
			 errmsg("permission denied to create projects") :
			 errmsg("permission denied to create organizations"),
			 is_project ?
			 errhint("Setting modelapi_acl.allow_create_project is off: sessions with the role modelapi_acl_admin create them, for the user that they state.") :
			 errhint("Setting modelapi_acl.allow_create_organization is off: sessions with the role modelapi_acl_admin create them, for the user that they state.")));
}

void
names_require_may_create_project(void)
{
	require_may_create(true);
}

void
names_require_may_create_organization(void)
{
	require_may_create(false);
}

/* modelapi_acl_internal.require_may_create(projects boolean) → void */
Datum
modelapi_acl_require_may_create_1_0(PG_FUNCTION_ARGS)
{
	value_require(fcinfo, 0);
	require_may_create(PG_GETARG_BOOL(0));
	PG_RETURN_VOID();
}

static void
take_count(TupleTableSlot *slot, void *arg)
{
	bool		isnull;

	*(int64 *) arg = DatumGetInt64(slot_getattr(slot, 1, &isnull));
}

void
names_check_created(const pg_uuid_t *creator)
{
	Datum		value = UUIDPGetDatum(creator);
	int64		count = 0;

	if (identity_current(GetActiveSnapshot()).kind == IDENTITY_ADMINISTRATOR)
		return;
	(void) saved_query_run(&count_owner_change, &value, NULL, NULL, NULL);
	/* with what others have committed, and what this statement has done so far */
	CommandCounterIncrement();
	PushActiveSnapshot(GetLatestSnapshot());
	(void) saved_query_run(&count_created_organizations, &value, NULL, take_count, &count);
	PopActiveSnapshot();
	if (count > max_created_organizations)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("too many organizations"),
				 errdetail("Who created the organization may have at most %d, those that exist and the names that they left reserved; nobody can create, rename or delete one beyond that.",
						   max_created_organizations),
				 errhint("An administrator can free names with release_name, or raise modelapi_acl.max_created_organizations.")));
}
