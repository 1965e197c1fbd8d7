/*-------------------------------------------------------------------------
 *
 * column_guard.c
 *	  BEFORE triggers that enforce what row-level security cannot: which columns
 *	  may change, and which values the extension sets itself.
 *
 * The triggers run before the policies' WITH CHECK.  So they must have no side effect,
 * and their errors must reveal nothing about other rows.  Each checks a row in the same
 * order as the SQL functions do: the id, that the keys are not NULL, the permission
 * (write_check.c), then the values.
 *
 * A client may send every column.  Columns that the extension sets itself get its value
 * whatever the client sends, and keep the old one if an UPDATE changes nothing else.  The
 * ON DELETE SET NULL of a foreign key is not interfered with.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "storage/proc.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#include "../access/errors.h"
#include "../access/pending_projects.h"
#include "../catalog/table_read.h"
#include "../compat.h"
#include "../identity/identity.h"
#include "../identity/current_role.h"
#include "../terms.h"
#include "new_ids.h"
#include "ownership.h"
#include "creation_limits.h"
#include "row_change.h"
#include "service_account_guard.h"
#include "write_check.h"
#include "../values/validate.h"
#include "../values/uuids.h"

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

	row_change_set(change, column, &now);
}

static void
set_actor(RowChange *change, const char *column)
{
	const pg_uuid_t *actor = identity_actor();
	Datum		value = UUIDPGetDatum(actor);

	row_change_set(change, column, actor ? &value : NULL);
}

/* Sets created_by and created_at of a new row, and keeps those of an old one. */
static void
guard_creation(RowChange *change)
{
	if (change->old)
	{
		row_change_keep_old(change, "created_by");
		row_change_keep_old(change, "created_at");
		return;
	}
	set_actor(change, "created_by");
	set_now(change, "created_at");
}

/* The same for a table without created_by. */
static void
guard_created_at(RowChange *change)
{
	if (change->old)
		row_change_keep_old(change, "created_at");
	else
		set_now(change, "created_at");
}

/* Raises 22023 if a column is NULL; what: its name in the message. */
static void
require_value(RowChange *change, const char *column, const char *what)
{
	bool		isnull;

	(void) row_change_value(change, change->new, column, &isnull);
	validate_not_null(what, isnull);
}

/* Validates a text column if the row is new or the column changes. */
static void
check_text(RowChange *change, const char *column, const char *what,
		   void (*check) (const char *what, text *value))
{
	text	   *value = row_change_text(change, change->new, column);

	if (value && row_change_modifies(change, column))
		check(what, value);
}

static void
check_expiry(RowChange *change)
{
	bool		isnull;
	Datum		expires_at = row_change_value(change, change->new, "expires_at", &isnull);

	if (isnull || !row_change_modifies(change, "expires_at"))
		return;
	validate_expiry(DatumGetTimestampTz(expires_at), GetCurrentTimestamp());
	if (TIMESTAMP_IS_NOEND(DatumGetTimestampTz(expires_at)))
		row_change_set(change, "expires_at", NULL);
}

/* Raises 42501 if a column changes that nobody may change. */
static void
keep_column(RowChange *change, const char *column, const char *hint)
{
	if (change->old && row_change_modifies(change, column))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("column \"%s\" of table \"%s\" cannot be changed",
						column, RelationGetRelationName(change->table)),
				 errhint("%s", hint)));
}

#define LEAVE_IT_OUT "Leave the column out, or send the value that it has."
#define ADD_ANOTHER "Remove the grant and add another one."

/* A key must have a value, and nobody may change it. */
static void
guard_key(RowChange *change, const char *column)
{
	require_value(change, column, column);
	keep_column(change, column, LEAVE_IT_OUT);
}

/*
 * Sets or checks the id of a new row.  This comes before any look-up, so that it does
 * not reveal whether a row with that id exists.
 */
static void
guard_id(RowChange *change)
{
	const pg_uuid_t *id = row_change_uuid(change, change->new, "id");

	if (change->old)
		guard_key(change, "id");
	else if (!id)
	{
		pg_uuid_t	generated = uuids_generate();
		Datum		value = UUIDPGetDatum(&generated);

		row_change_set(change, "id", &value);
	}
	else if (!new_ids_claim(id))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("the id of a row is made by the extension"),
				 errhint("Leave the column \"id\" out, or send DEFAULT or NULL.")));
}

/* Whether the guards apply to a row. */
static bool
is_guarded(RowChange *change)
{
	return !current_role_bypasses_guards() && !write_check_is_cascade(change->table);
}

/* ----------
 * Users and organizations
 * ----------
 */

/*
 * Only administrators may write users.  Policies and views enforce that too, but only
 * after unique and foreign keys have been checked, whose errors would reveal other
 * rows.  Policies do not apply to superusers, whichever user was stated.
 */
static void
require_user_management(RowChange *change)
{
	if (!identity_may_manage_users() &&
		(!current_role_may_administer() ||
		 check_enable_rls(RelationGetRelid(change->table), InvalidOid, true) == RLS_ENABLED))
		errors_raise_not_administrator(true);
}

Datum
modelapi_acl_guard_users_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	guard_id(&change);
	if (!service_account_guard_is_succession(&change))
		require_user_management(&change);
	service_account_guard_row(&change);
	require_value(&change, "username", "username");
	check_text(&change, "username", "username", validate_principal_name);
	check_text(&change, "full_name", "full name", validate_name);
	guard_created_at(&change);
	return PointerGetDatum(change.new);
}

Datum
modelapi_acl_guard_user_identities_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);
	text	   *email;
	text	   *external_id;

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	require_user_management(&change);
	guard_key(&change, "user_id");
	email = row_change_text(&change, change.new, "email");
	if (!service_account_guard_has_no_email(&change, email))
		require_value(&change, "email", "email address");
	external_id = row_change_text(&change, change.new, "external_id");
	if (email && row_change_modifies(&change, "email"))
	{
		Datum		normal = PointerGetDatum(validate_email(email));

		row_change_set(&change, "email", &normal);
	}
	if (external_id && row_change_modifies(&change, "external_id"))
		validate_external_id(external_id, row_change_uuid(&change, change.new, "user_id"));
	return PointerGetDatum(change.new);
}

Datum
modelapi_acl_guard_organizations_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	if (!change.old)
		ownership_require_first_owner();
	guard_id(&change);
	write_check_row(&change);
	if (!change.old)
		creation_limits_require_may_create_organization();
	require_value(&change, "name", "organization name");
	check_text(&change, "name", "organization name", validate_principal_name);
	check_text(&change, "full_name", "full name", validate_name);
	guard_creation(&change);
	return PointerGetDatum(change.new);
}

Datum
modelapi_acl_guard_organization_members_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	guard_key(&change, "organization_id");
	write_check_row(&change);
	require_value(&change, "is_admin", "is_admin");
	guard_key(&change, "user_id");
	guard_created_at(&change);
	return PointerGetDatum(change.new);
}

/* ----------
 * Projects and model APIs
 * ----------
 */

Datum
modelapi_acl_guard_projects_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);
	const pg_uuid_t *owner = NULL;

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	if (!change.old)
		owner = ownership_require_first_owner();
	guard_id(&change);
	write_check_row(&change);
	if (!change.old)
		creation_limits_require_may_create_project();
	require_value(&change, "name", "project name");
	check_text(&change, "name", "project name", validate_name);
	check_text(&change, "description", "description", validate_description);
	guard_creation(&change);
	if (owner)
		pending_projects_add(row_change_uuid(&change, change.new, "id"), owner);
	return PointerGetDatum(change.new);
}

/*
 * A grant is held by a user or by an organization, and nobody may change which.  Setting
 * the holder to NULL raises the error for a missing holder.
 */
static void
guard_principal(RowChange *change)
{
	const pg_uuid_t *user_id = row_change_uuid(change, change->new, "user_id");
	const pg_uuid_t *organization_id = row_change_uuid(change, change->new, "organization_id");

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

/* Grants of both kinds; the trigger's argument names the column with the object's id */
Datum
modelapi_acl_guard_collaborators_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	guard_id(&change);
	guard_key(&change, row_change_object_column(fcinfo));
	write_check_row(&change);
	require_value(&change, "access_level", "access level");
	guard_principal(&change);
	check_expiry(&change);
	if (row_change_modifies(&change, "access_level") || row_change_modifies(&change, "expires_at"))
		set_actor(&change, "granted_by");
	else
		row_change_keep_old(&change, "granted_by");
	guard_created_at(&change);
	return PointerGetDatum(change.new);
}

/* Columns of model_apis, and the permission to change each */
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

/* Checks the permission for each column that changes; returns whether any does. */
static bool
check_model_api_update(RowChange *change)
{
	bool		needed[PERMISSION_COUNT] = {false};
	bool		changes = false;

	for (int i = 0; i < lengthof(model_api_columns); i++)
	{
		Permission	permission = model_api_columns[i].permission;

		if (!row_change_modifies(change, model_api_columns[i].column))
			continue;
		changes = true;
		if (!needed[permission])
			write_check_model_api_column(change, permission);
		needed[permission] = true;
	}
	return changes;
}

Datum
modelapi_acl_guard_model_apis_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);
	bool		changes = true;

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	if (!change.old)
		ownership_require_first_owner();
	guard_id(&change);
	guard_key(&change, "project_id");
	write_check_row(&change);
	if (change.old)
		changes = check_model_api_update(&change);
	require_value(&change, "name", "model API name");
	require_value(&change, "visibility", "visibility");
	require_value(&change, "authorization_mode", "authorization mode");
	require_value(&change, "invocation_mode", "invocation mode");
	check_text(&change, "name", "model API name", validate_name);
	check_text(&change, "description", "description", validate_description);
	guard_creation(&change);
	if (changes)
		set_now(&change, "updated_at");
	else
		row_change_keep_old(&change, "updated_at");
	return PointerGetDatum(change.new);
}

/* ----------
 * Rows that belong to a model API
 * ----------
 */

/*
 * Takes the next version number.  Call this only once the permission is checked:
 * waiting for the counter's row would reveal that the model API exists.
 */
static void
set_next_number(RowChange *change)
{
	Datum		number = Int32GetDatum(ownership_next_version(row_change_uuid(change, change->new, "model_api_id")));

	row_change_set(change, "number", &number);
}

Datum
modelapi_acl_guard_versions_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	guard_id(&change);
	guard_key(&change, "model_api_id");
	write_check_row(&change);
	if (change.old)
		guard_key(&change, "number");
	keep_column(&change, "source", LEAVE_IT_OUT);
	keep_column(&change, "description", LEAVE_IT_OUT);
	require_value(&change, "source", "source");
	require_value(&change, "state", "state");
	check_text(&change, "description", "description", validate_description);
	if (!change.old)
		set_next_number(&change);
	guard_creation(&change);
	return PointerGetDatum(change.new);
}

Datum
modelapi_acl_guard_settings_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	guard_key(&change, "model_api_id");
	write_check_row(&change);
	require_value(&change, "name", "setting name");
	keep_column(&change, "name", LEAVE_IT_OUT);
	check_text(&change, "name", "setting name", validate_name);
	require_value(&change, "value", "setting value");
	if (row_change_modifies(&change, "value"))
	{
		set_actor(&change, "updated_by");
		set_now(&change, "updated_at");
	}
	else
	{
		row_change_keep_old(&change, "updated_by");
		row_change_keep_old(&change, "updated_at");
	}
	return PointerGetDatum(change.new);
}

/*
 * The version of a log line must belong to the line's model API.  The foreign key only
 * ensures that the version exists; see model_api_versions_number_key.  A version never
 * changes its model API, so the last pair is remembered.
 */
static void
guard_log_version(RowChange *change)
{
	static LocalTransactionId known_in = InvalidLocalTransactionId;
	static pg_uuid_t known[2];
	const pg_uuid_t *version_id = row_change_uuid(change, change->new, "version_id");
	const pg_uuid_t *model_api_id = row_change_uuid(change, change->new, "model_api_id");
	pg_uuid_t	owner;
	Snapshot	latest;

	if (!version_id ||
		(known_in == MY_LOCAL_TRANSACTION_ID &&
		 uuids_equal(&known[0], version_id) &&
		 uuids_equal(&known[1], model_api_id)))
		return;
	/* this statement itself may have inserted the version */
	latest = GetLatestSnapshot();
	latest->curcid = GetCurrentCommandId(false) + 1;
	if (!table_read_model_api_of_version(version_id, latest, &owner))
		return;
	if (!uuids_equal(&owner, model_api_id))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("version_id is not of a version of the model API")));
	known_in = MY_LOCAL_TRANSACTION_ID;
	known[0] = *version_id;
	known[1] = *model_api_id;
}

/*
 * Raises 42501 unless the current user may write log lines.  The log writer, who cannot
 * read them, may name any model API; the foreign key checks that it exists.  For
 * administrators this checks it, since the policy for RETURNING would report a missing
 * model API as a hidden one.
 */
static void
check_log_writer(RowChange *change)
{
	if (current_role_may_write_logs())
		return;
	if (identity_current(GetActiveSnapshot()).kind != IDENTITY_ADMINISTRATOR)
		write_check_raise_policy_violation(change->table);
	if (!change->old)
		write_check_require_model_api(row_change_uuid(change, change->new, "model_api_id"));
}

/* Checks the values of a log line. */
static void
guard_log_values(RowChange *change)
{
	Datum		logged_at;
	bool		isnull;

	require_value(change, "logged_at", "time of a log line");
	require_value(change, "level", "log level");
	require_value(change, "message", "log message");
	logged_at = row_change_value(change, change->new, "logged_at", &isnull);
	if (row_change_modifies(change, "logged_at") && TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(logged_at)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the time of a log line is infinite"),
				 errhint("Give the time at which it was logged.")));
	if (row_change_modifies(change, "level"))
		validate_log_level(row_change_text(change, change->new, "level"));
}

/* Nobody but an administrator may update a log line */
Datum
modelapi_acl_guard_logs_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);

	if (!is_guarded(&change))
		return PointerGetDatum(change.new);
	guard_id(&change);
	guard_key(&change, "model_api_id");
	check_log_writer(&change);
	if (change.old && row_change_modifies(&change, "version_id"))
		guard_key(&change, "version_id");
	guard_log_values(&change);
	if (!change.old)
		guard_log_version(&change);
	return PointerGetDatum(change.new);
}
