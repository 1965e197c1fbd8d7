/*-------------------------------------------------------------------------
 *
 * creation_limits.c
 *	  Settings that limit who may create projects and organizations, and how
 *	  many organizations.
 *
 * A deleted or renamed organization leaves its name reserved (see
 * reserved_names.c), so the names that a user's organizations have used count
 * as well.  They are counted under a lock on the creator's counter.  The creator's
 * row in users is not locked: an administrator who disables the creator must not
 * have to wait.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "access/xact.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"

#include "creation_limits.h"
#include "../catalog/internal_statements.h"
#include "../compat.h"
#include "../identity/identity.h"
#include "../identity/current_role.h"
#include "../values/validate.h"

PG_FUNCTION_INFO_V1(modelapi_acl_require_may_create_1_0);

static bool allow_create_project = true;
static bool allow_create_organization = true;
static int	max_created_organizations = 100;

static InternalStatement count_owner_change = {.function = "count_owner_change"};
static InternalStatement count_created_organizations = {.function = "count_created_organizations"};

void
creation_limits_initialize(void)
{
	DefineCustomBoolVariable("modelapi_acl.allow_create_project",
							 "Whether every signed-in user may create projects.",
							 "If off, only sessions with the role modelapi_acl_admin create them, for the user that they state.",
							 &allow_create_project, true, PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("modelapi_acl.allow_create_organization",
							 "Whether every signed-in user may create organizations.",
							 "If off, only sessions with the role modelapi_acl_admin create them, for the user that they state.",
							 &allow_create_organization, true, PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("modelapi_acl.max_created_organizations",
							"How many organizations a user may create.",
							"Counts those that exist and the names that they left reserved.",
							&max_created_organizations, 100, 0, INT_MAX, PGC_SUSET, 0, NULL, NULL, NULL);
}

/* Raises 42501 where a setting allows only sessions of administrators to create. */
static void
require_may_create(bool is_project)
{
	if ((is_project ? allow_create_project : allow_create_organization) || current_role_is_administrator())
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
creation_limits_require_may_create_project(void)
{
	require_may_create(true);
}

void
creation_limits_require_may_create_organization(void)
{
	require_may_create(false);
}

/* modelapi_acl_internal.require_may_create(projects boolean) → void */
Datum
modelapi_acl_require_may_create_1_0(PG_FUNCTION_ARGS)
{
	validate_argument_not_null(fcinfo, 0);
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
creation_limits_check_count(const pg_uuid_t *creator)
{
	Datum		value = UUIDPGetDatum(creator);
	int64		count = 0;

	if (identity_current(GetActiveSnapshot()).kind == IDENTITY_ADMINISTRATOR)
		return;
	(void) internal_statements_run(&count_owner_change, &value, NULL, NULL, NULL);
	/* count what others have committed, and what this statement has done so far */
	CommandCounterIncrement();
	PushActiveSnapshot(GetLatestSnapshot());
	(void) internal_statements_run(&count_created_organizations, &value, NULL, take_count, &count);
	PopActiveSnapshot();
	if (count > max_created_organizations)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("too many organizations"),
				 errdetail("Who created the organization may have at most %d, those that exist and the names that they left reserved; nobody can create, rename or delete one beyond that.",
						   max_created_organizations),
				 errhint("An administrator can free names with release_name, or raise modelapi_acl.max_created_organizations.")));
}
