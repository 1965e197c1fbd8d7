/*-------------------------------------------------------------------------
 *
 * guard.c
 *	  Triggers that keep what row-level security can't: which columns may
 *	  change, and which values the extension sets itself.
 *
 * The BEFORE triggers see a row ahead of the policies' WITH CHECK.  So they
 * leave no trace and tell nothing of other rows; who may not write the row at
 * all is told so by the policy.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "modelapi_acl.h"

PG_FUNCTION_INFO_V1(modelapi_acl_guard_users_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_guard_user_identities_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_guard_organizations_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_guard_organization_members_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_guard_projects_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_guard_collaborators_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_guard_model_apis_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_guard_versions_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_guard_settings_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_guard_logs_1_0);

/* ----------
 * Columns
 * ----------
 */

static void
set_now(RowChange *change, const char *column)
{
	Datum		now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());

	row_set(change, column, &now);
}

static void
set_actor(RowChange *change, const char *column)
{
	const pg_uuid_t *actor = identity_actor();
	Datum		value = UUIDPGetDatum(actor);

	row_set(change, column, actor ? &value : NULL);
}

/* A name, full name or description, where it is new or changes. */
static void
check_text(RowChange *change, const char *column, const char *what,
		   void (*check) (const char *what, text *value))
{
	text	   *value = row_text(change, change->new, column);

	if (value && row_changes(change, column))
		check(what, value);
}

static void
check_expiry(RowChange *change)
{
	bool		isnull;
	Datum		expires_at = row_value(change, change->new, "expires_at", &isnull);

	if (isnull || !row_changes(change, "expires_at"))
		return;
	value_check_expiry(DatumGetTimestampTz(expires_at), GetCurrentTimestamp());
	if (TIMESTAMP_IS_NOEND(DatumGetTimestampTz(expires_at)))
		row_set(change, "expires_at", NULL);
}

/* A column that nobody changes, whatever the level. */
static void
keep_column(RowChange *change, const char *column, const char *message)
{
	if (change->old && row_changes(change, column))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("%s", message)));
}

/*
 * The id of a new row.  This comes before anything is looked up, so that it tells
 * nothing of a row that has that id already.
 */
static void
guard_id(RowChange *change)
{
	const pg_uuid_t *id = row_uuid(change, change->new, "id");

	if (change->old)
		return;
	if (!id)
	{
		pg_uuid_t	made = ids_make();
		Datum		value = UUIDPGetDatum(&made);

		row_set(change, "id", &value);
	}
	else if (!ids_take(id))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("the id of a row is made by the extension"),
				 errhint("Leave the column \"id\" out, or send DEFAULT or NULL.")));
}

/* ----------
 * Who writes
 * ----------
 */

/* The table that a trigger is about. */
static Relation
table_of(FunctionCallInfo fcinfo)
{
	return ((TriggerData *) fcinfo->context)->tg_relation;
}

/* ----------
 * BEFORE: people
 * ----------
 */

/*
 * Users are for administrators.  Policies and views say so as well, but they are
 * asked when the row is there, and what keys said of it before.
 */
static void
require_user_management(void)
{
	if (!identity_may_administer())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("only administrators manage users")));
}

Datum
modelapi_acl_guard_users_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (identity_stands_aside())
		return PointerGetDatum(change.new);
	require_user_management();
	guard_id(&change);
	check_text(&change, "username", "username", value_check_principal_name);
	check_text(&change, "full_name", "full name", value_check_name);
	keep_column(&change, "id", "the id of a user never changes");
	if (!change.old)
		set_now(&change, "created_at");
	return PointerGetDatum(change.new);
}

Datum
modelapi_acl_guard_user_identities_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);
	text	   *email;
	text	   *external_id;
	const pg_uuid_t *user_id;

	if (identity_stands_aside())
		return PointerGetDatum(change.new);
	require_user_management();
	keep_column(&change, "user_id", "the user of an identity never changes");
	email = row_text(&change, change.new, "email");
	external_id = row_text(&change, change.new, "external_id");
	user_id = row_uuid(&change, change.new, "user_id");
	if (email && row_changes(&change, "email"))
	{
		Datum		normal = PointerGetDatum(value_check_email(email));

		row_set(&change, "email", &normal);
	}
	if (external_id && user_id && row_changes(&change, "external_id"))
		value_check_external_id(external_id, user_id);
	return PointerGetDatum(change.new);
}

Datum
modelapi_acl_guard_organizations_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (identity_stands_aside())
		return PointerGetDatum(change.new);
	guard_id(&change);
	judge_row(table_of(fcinfo), &change);
	if (!change.old && ownership_first_owner())
	{
		names_require_may_create_organization();
		set_actor(&change, "created_by");
	}
	check_text(&change, "name", "organization name", value_check_principal_name);
	check_text(&change, "full_name", "full name", value_check_name);
	keep_column(&change, "id", "the id of an organization never changes");
	if (!change.old)
		set_now(&change, "created_at");
	return PointerGetDatum(change.new);
}

Datum
modelapi_acl_guard_organization_members_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (identity_stands_aside())
		return PointerGetDatum(change.new);
	judge_row(table_of(fcinfo), &change);
	keep_column(&change, "organization_id", "the organization of a membership never changes");
	keep_column(&change, "user_id", "the user of a membership never changes");
	if (!change.old)
		set_now(&change, "created_at");
	return PointerGetDatum(change.new);
}

/* ----------
 * BEFORE: projects and model APIs
 * ----------
 */

Datum
modelapi_acl_guard_projects_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);
	const pg_uuid_t *owner;

	if (identity_stands_aside())
		return PointerGetDatum(change.new);
	guard_id(&change);
	judge_row(table_of(fcinfo), &change);
	owner = change.old ? NULL : ownership_first_owner();
	if (owner)
		names_require_may_create_project();
	check_text(&change, "name", "project name", value_check_name);
	check_text(&change, "description", "description", value_check_description);
	keep_column(&change, "id", "the id of a project never changes");
	if (!change.old)
	{
		set_now(&change, "created_at");
		if (owner)
		{
			set_actor(&change, "created_by");
			access_begin_project(row_uuid(&change, change.new, "id"), owner);
		}
	}
	return PointerGetDatum(change.new);
}

/* Grants of both kinds; the trigger's argument names the object's column. */
Datum
modelapi_acl_guard_collaborators_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);
	const char *column = row_trigger_argument(fcinfo);

	if (identity_stands_aside())
		return PointerGetDatum(change.new);
	guard_id(&change);
	judge_row(table_of(fcinfo), &change);
	keep_column(&change, "id", "the id of a grant never changes");
	keep_column(&change, column, "what a grant is on never changes");
	if (change.old &&
		(row_changes(&change, "user_id") || row_changes(&change, "organization_id")))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("the principal of a grant never changes"),
				 errhint("Remove the grant and add another.")));
	if (!row_uuid(&change, change.new, "user_id") ==
		!row_uuid(&change, change.new, "organization_id"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a grant is held by a user or by an organization"),
				 errhint("Give one of user_id and organization_id.")));
	check_expiry(&change);
	if (!change.old)
		set_now(&change, "created_at");
	if (!change.old || row_changes(&change, "access_level") ||
		row_changes(&change, "expires_at"))
		set_actor(&change, "granted_by");
	return PointerGetDatum(change.new);
}

/* Columns of model_apis, and the permission that it takes to change each */
static const struct
{
	const char *column;
	Permission	permission;
}			model_api_columns[] =
{
	{"name", PERMISSION_EDIT_SETTINGS},
	{"description", PERMISSION_EDIT_SETTINGS},
	{"authorization_mode", PERMISSION_EDIT_SETTINGS},
	{"invocation_mode", PERMISSION_EDIT_SETTINGS},
	{"visibility", PERMISSION_CHANGE_VISIBILITY},
};

static void
guard_model_api_update(Relation table, RowChange *change)
{
	bool		needed[PERMISSION_COUNT] = {false};
	bool		changes = false;

	keep_column(change, "id", "the id of a model API never changes");
	keep_column(change, "project_id", "the project of a model API never changes");
	for (int i = 0; i < lengthof(model_api_columns); i++)
	{
		Permission	permission = model_api_columns[i].permission;

		if (!row_changes(change, model_api_columns[i].column))
			continue;
		changes = true;
		if (!needed[permission])
			judge_model_api_column(table, change, permission);
		needed[permission] = true;
	}
	if (changes)
		set_now(change, "updated_at");
}

Datum
modelapi_acl_guard_model_apis_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (identity_stands_aside())
		return PointerGetDatum(change.new);
	guard_id(&change);
	judge_row(table_of(fcinfo), &change);
	check_text(&change, "name", "model API name", value_check_name);
	check_text(&change, "description", "description", value_check_description);
	if (change.old)
		guard_model_api_update(table_of(fcinfo), &change);
	else if (ownership_first_owner())
	{
		set_actor(&change, "created_by");
		set_now(&change, "created_at");
		set_now(&change, "updated_at");
	}
	return PointerGetDatum(change.new);
}

/* ----------
 * BEFORE: what hangs on a model API
 * ----------
 */

Datum
modelapi_acl_guard_versions_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);
	const pg_uuid_t *model_api_id;
	AccessContext *context;
	const ModelApiFacts *facts;

	if (identity_stands_aside())
		return PointerGetDatum(change.new);
	guard_id(&change);
	check_text(&change, "description", "description", value_check_description);
	if (change.old)
	{
		keep_column(&change, "id", "the id of a version never changes");
		keep_column(&change, "model_api_id", "the model API of a version never changes");
		keep_column(&change, "number", "the number of a version never changes");
		keep_column(&change, "source", "the source of a version never changes");
		keep_column(&change, "description", "the description of a version never changes");
		return PointerGetDatum(change.new);
	}

	/*
	 * The counter is for those alone who may publish: waiting for its row
	 * would tell others that the model API is there.  The policy refuses them.
	 */
	context = access_latest();
	model_api_id = row_uuid(&change, change.new, "model_api_id");
	facts = model_api_id ? access_model_api(context, model_api_id) : NULL;
	if (facts && access_permits(context, facts, PERMISSION_DEPLOY_VERSION))
	{
		Datum		number = Int32GetDatum(ownership_next_version(model_api_id));

		row_set(&change, "number", &number);
	}
	set_actor(&change, "created_by");
	set_now(&change, "created_at");
	return PointerGetDatum(change.new);
}

Datum
modelapi_acl_guard_settings_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (identity_stands_aside())
		return PointerGetDatum(change.new);
	judge_row(table_of(fcinfo), &change);
	check_text(&change, "name", "setting name", value_check_name);
	keep_column(&change, "model_api_id", "the model API of a setting never changes");
	keep_column(&change, "name", "the name of a setting never changes");
	if (row_changes(&change, "value"))
	{
		set_actor(&change, "updated_by");
		set_now(&change, "updated_at");
	}
	return PointerGetDatum(change.new);
}

/* Log lines are written once; pg_dump and administrators aside, never again. */
Datum
modelapi_acl_guard_logs_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);
	Datum		logged_at;
	bool		isnull;

	if (identity_stands_aside())
		return PointerGetDatum(change.new);
	guard_id(&change);
	keep_column(&change, "id", "the id of a log line never changes");
	keep_column(&change, "model_api_id", "the model API of a log line never changes");
	logged_at = row_value(&change, change.new, "logged_at", &isnull);
	if (!isnull && row_changes(&change, "logged_at") &&
		TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(logged_at)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the time of a log line is infinite"),
				 errhint("Give the time at which it was logged.")));
	return PointerGetDatum(change.new);
}
