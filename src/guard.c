/*-------------------------------------------------------------------------
 *
 * guard.c
 *	  Triggers that keep what row-level security can't: which columns may
 *	  change, and which values the extension sets itself.
 *
 * The BEFORE triggers see a row ahead of the policies' WITH CHECK.  So they
 * leave no trace and tell nothing of other rows.  Each looks at a row in the order
 * of the functions of the interface: the id, whether there are keys to ask the
 * permission of, the permission (judge.c), then the values.
 *
 * A client may send every column.  What the extension sets itself it sets whatever
 * is sent, and keeps on an UPDATE that changes nothing else.  A foreign key's ON
 * DELETE SET NULL is left as it is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#include "compat.h"
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

/* Sets or keeps who created a row, and when. */
static void
guard_creation(RowChange *change)
{
	if (change->old)
	{
		row_keep(change, "created_by");
		row_keep(change, "created_at");
		return;
	}
	set_actor(change, "created_by");
	set_now(change, "created_at");
}

/* The same where a row has no created_by. */
static void
guard_created_at(RowChange *change)
{
	if (change->old)
		row_keep(change, "created_at");
	else
		set_now(change, "created_at");
}

/* A column that has to have a value; what: its name in messages. */
static void
require_value(RowChange *change, const char *column, const char *what)
{
	bool		isnull;

	(void) row_value(change, change->new, column, &isnull);
	value_require_given(what, isnull);
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
keep_column(RowChange *change, const char *column, const char *hint)
{
	if (change->old && row_changes(change, column))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("column \"%s\" of table \"%s\" cannot be changed",
						column, RelationGetRelationName(change->table)),
				 errhint("%s", hint)));
}

#define LEAVE_IT_OUT "Leave the column out, or send the value that it has."
#define ADD_ANOTHER "Remove the grant and add another one."

/* A key: it has a value, and nobody changes it. */
static void
guard_key(RowChange *change, const char *column)
{
	require_value(change, column, column);
	keep_column(change, column, LEAVE_IT_OUT);
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
		guard_key(change, "id");
	else if (!id)
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

/* Whether the guards look at a row at all. */
static bool
is_guarded(RowChange *change)
{
	return !identity_stands_aside() && !judge_is_cascade(change->table);
}

/* ----------
 * BEFORE: people
 * ----------
 */

/*
 * Users are for administrators.  Policies and views say so as well, but they are
 * asked when the row is there, and what keys said of it before.  No policy binds
 * superusers, for whomever they act.
 */
static void
require_user_management(RowChange *change)
{
	if (!identity_manages_users() &&
		(!identity_may_administer() ||
		 check_enable_rls(RelationGetRelid(change->table), InvalidOid, true) == RLS_ENABLED))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("only administrators manage users"),
				 errhint("Write as a role that has modelapi_acl_admin, in a transaction in which no user was stated.")));
}

Datum
modelapi_acl_guard_users_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	guard_id(&change);
	require_user_management(&change);
	require_value(&change, "username", "username");
	check_text(&change, "username", "username", value_check_principal_name);
	check_text(&change, "full_name", "full name", value_check_name);
	guard_created_at(&change);
	return PointerGetDatum(change.new);
}

Datum
modelapi_acl_guard_user_identities_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);
	text	   *external_id;

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	require_user_management(&change);
	guard_key(&change, "user_id");
	require_value(&change, "email", "email address");
	external_id = row_text(&change, change.new, "external_id");
	if (row_changes(&change, "email"))
	{
		text	   *email = row_text(&change, change.new, "email");
		Datum		normal = PointerGetDatum(value_check_email(email));

		row_set(&change, "email", &normal);
	}
	if (external_id && row_changes(&change, "external_id"))
		value_check_external_id(external_id, row_uuid(&change, change.new, "user_id"));
	return PointerGetDatum(change.new);
}

Datum
modelapi_acl_guard_organizations_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	if (!change.old)
		ownership_require_owner();
	guard_id(&change);
	judge_row(&change);
	if (!change.old)
		names_require_may_create_organization();
	require_value(&change, "name", "organization name");
	check_text(&change, "name", "organization name", value_check_principal_name);
	check_text(&change, "full_name", "full name", value_check_name);
	guard_creation(&change);
	return PointerGetDatum(change.new);
}

Datum
modelapi_acl_guard_organization_members_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	guard_key(&change, "organization_id");
	judge_row(&change);
	require_value(&change, "is_admin", "is_admin");
	guard_key(&change, "user_id");
	guard_created_at(&change);
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
	const pg_uuid_t *owner = NULL;

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	if (!change.old)
		owner = ownership_require_owner();
	guard_id(&change);
	judge_row(&change);
	if (!change.old)
		names_require_may_create_project();
	require_value(&change, "name", "project name");
	check_text(&change, "name", "project name", value_check_name);
	check_text(&change, "description", "description", value_check_description);
	guard_creation(&change);
	if (owner)
		access_begin_project(row_uuid(&change, change.new, "id"), owner);
	return PointerGetDatum(change.new);
}

/*
 * The holder of a grant: a user or an organization, for good.  One that is taken away
 * is a key without a value.
 */
static void
guard_principal(RowChange *change)
{
	const pg_uuid_t *user_id = row_uuid(change, change->new, "user_id");
	const pg_uuid_t *organization_id = row_uuid(change, change->new, "organization_id");

	if (user_id)
		keep_column(change, "user_id", ADD_ANOTHER);
	if (organization_id)
		keep_column(change, "organization_id", ADD_ANOTHER);
	if (!user_id == !organization_id)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a grant is held by a user or by an organization"),
				 errhint("Give one of user_id and organization_id.")));
}

/* Grants of both kinds; the trigger's argument names the object's column. */
Datum
modelapi_acl_guard_collaborators_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	guard_id(&change);
	guard_key(&change, row_trigger_argument(fcinfo));
	judge_row(&change);
	require_value(&change, "access_level", "access level");
	guard_principal(&change);
	check_expiry(&change);
	if (row_changes(&change, "access_level") || row_changes(&change, "expires_at"))
		set_actor(&change, "granted_by");
	else
		row_keep(&change, "granted_by");
	guard_created_at(&change);
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

/* Judges what changes; returns whether anything does. */
static bool
judge_model_api_update(RowChange *change)
{
	bool		needed[PERMISSION_COUNT] = {false};
	bool		changes = false;

	for (int i = 0; i < lengthof(model_api_columns); i++)
	{
		Permission	permission = model_api_columns[i].permission;

		if (!row_changes(change, model_api_columns[i].column))
			continue;
		changes = true;
		if (!needed[permission])
			judge_model_api_column(change, permission);
		needed[permission] = true;
	}
	return changes;
}

Datum
modelapi_acl_guard_model_apis_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);
	bool		changes = true;

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	if (!change.old)
		ownership_require_owner();
	guard_id(&change);
	guard_key(&change, "project_id");
	judge_row(&change);
	if (change.old)
		changes = judge_model_api_update(&change);
	require_value(&change, "name", "model API name");
	require_value(&change, "visibility", "visibility");
	require_value(&change, "authorization_mode", "authorization mode");
	require_value(&change, "invocation_mode", "invocation mode");
	check_text(&change, "name", "model API name", value_check_name);
	check_text(&change, "description", "description", value_check_description);
	guard_creation(&change);
	if (changes)
		set_now(&change, "updated_at");
	else
		row_keep(&change, "updated_at");
	return PointerGetDatum(change.new);
}

/* ----------
 * BEFORE: what hangs on a model API
 * ----------
 */

/*
 * The counter is for those alone who may publish: waiting for its row would tell
 * others that the model API is there.
 */
static void
set_next_number(RowChange *change)
{
	Datum		number = Int32GetDatum(ownership_next_version(row_uuid(change, change->new, "model_api_id")));

	row_set(change, "number", &number);
}

Datum
modelapi_acl_guard_versions_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	guard_id(&change);
	guard_key(&change, "model_api_id");
	judge_row(&change);
	if (change.old)
		guard_key(&change, "number");
	keep_column(&change, "source", LEAVE_IT_OUT);
	keep_column(&change, "description", LEAVE_IT_OUT);
	require_value(&change, "source", "source");
	require_value(&change, "state", "state");
	check_text(&change, "description", "description", value_check_description);
	if (!change.old)
		set_next_number(&change);
	guard_creation(&change);
	return PointerGetDatum(change.new);
}

Datum
modelapi_acl_guard_settings_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	guard_key(&change, "model_api_id");
	judge_row(&change);
	require_value(&change, "name", "setting name");
	keep_column(&change, "name", LEAVE_IT_OUT);
	check_text(&change, "name", "setting name", value_check_name);
	require_value(&change, "value", "setting value");
	if (row_changes(&change, "value"))
	{
		set_actor(&change, "updated_by");
		set_now(&change, "updated_at");
	}
	else
	{
		row_keep(&change, "updated_by");
		row_keep(&change, "updated_at");
	}
	return PointerGetDatum(change.new);
}

/*
 * The version of a log line is one of its model API.  A foreign key says that it is
 * there, and cannot say this: see model_api_versions_number_key.  Versions never change
 * their model API, so the pair that was looked up last is known.
 */
static void
guard_log_version(RowChange *change)
{
	static LocalTransactionId known_in = InvalidLocalTransactionId;
	static pg_uuid_t known[2];
	const pg_uuid_t *version_id = row_uuid(change, change->new, "version_id");
	const pg_uuid_t *model_api_id = row_uuid(change, change->new, "model_api_id");
	pg_uuid_t	owner;
	Snapshot	latest;

	if (!version_id ||
		(known_in == MY_LOCAL_TRANSACTION_ID &&
		 memcmp(&known[0], version_id, sizeof(pg_uuid_t)) == 0 &&
		 memcmp(&known[1], model_api_id, sizeof(pg_uuid_t)) == 0))
		return;
	/* a version may have been published by this very statement */
	latest = GetLatestSnapshot();
	latest->curcid = GetCurrentCommandId(false) + 1;
	if (!store_model_api_of_version(version_id, latest, &owner))
		return;
	if (memcmp(&owner, model_api_id, sizeof(pg_uuid_t)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("version_id is not of a version of the model API")));
	known_in = MY_LOCAL_TRANSACTION_ID;
	known[0] = *version_id;
	known[1] = *model_api_id;
}

/*
 * Whether the current user may write log lines.  The log writer, who reads none, may name
 * any model API, and the foreign key tells whether it is there.  For administrators the
 * policy for RETURNING would tell it, as if something were hidden from them.
 */
static void
judge_log(RowChange *change)
{
	if (identity_may_write_logs())
		return;
	if (identity_current(GetActiveSnapshot()).kind != IDENTITY_ADMINISTRATOR)
		judge_raise_refused(change->table);
	if (!change->old)
		judge_require_model_api(row_uuid(change, change->new, "model_api_id"));
}

/* The time, the level and the text of a log line. */
static void
guard_log_values(RowChange *change)
{
	Datum		logged_at;
	bool		isnull;

	require_value(change, "logged_at", "time of a log line");
	require_value(change, "level", "log level");
	require_value(change, "message", "log message");
	logged_at = row_value(change, change->new, "logged_at", &isnull);
	if (row_changes(change, "logged_at") && TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(logged_at)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the time of a log line is infinite"),
				 errhint("Give the time at which it was logged.")));
	if (row_changes(change, "level"))
		value_check_log_level(row_text(change, change->new, "level"));
}

/* Log lines are written once; pg_dump and administrators aside, never again. */
Datum
modelapi_acl_guard_logs_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	guard_id(&change);
	guard_key(&change, "model_api_id");
	judge_log(&change);
	if (change.old && row_changes(&change, "version_id"))
		guard_key(&change, "version_id");
	guard_log_values(&change);
	if (!change.old)
		guard_log_version(&change);
	return PointerGetDatum(change.new);
}
