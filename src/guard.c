/*-------------------------------------------------------------------------
 *
 * guard.c
 *	  Triggers that keep what row-level security can't: which columns may
 *	  change, which values the extension sets itself, and that everything has
 *	  an owner.
 *
 * The BEFORE triggers see a row ahead of the policies' WITH CHECK.  So they
 * leave no trace and tell nothing of other rows; who may not write the row at
 * all is told so by the policy.
 *
 * The AFTER triggers run when the statement has made all of its changes,
 * which is what makes one UPDATE that swaps two owners possible and one that
 * demotes both impossible.  Against other transactions: whatever may take
 * away an owner first updates a narrow row that belongs to the object, so
 * that the second of two waits for the first (and fails to serialize under
 * REPEATABLE READ and above), and only then counts, with a snapshot taken
 * afterwards.  Changes that can't take away an owner don't, and don't wait.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/datum.h"
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
PG_FUNCTION_INFO_V1(modelapi_acl_complete_principal_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_complete_project_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_complete_model_api_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_keep_owner_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_keep_admin_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_forget_object_1_0);

/* ----------
 * Rows
 * ----------
 */

/* The row that a row trigger is about, and the one that it replaces */
typedef struct RowChange
{
	TupleDesc	tupdesc;
	HeapTuple	old;			/* NULL for INSERT */
	HeapTuple	new;			/* NULL for DELETE */
} RowChange;

static RowChange
row_change(FunctionCallInfo fcinfo)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	RowChange	change = {0};

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(data->tg_event))
		elog(ERROR, "guard must be called as a row trigger");
	change.tupdesc = RelationGetDescr(data->tg_relation);
	if (TRIGGER_FIRED_BY_INSERT(data->tg_event))
		change.new = data->tg_trigtuple;
	else
	{
		change.old = data->tg_trigtuple;
		if (TRIGGER_FIRED_BY_UPDATE(data->tg_event))
			change.new = data->tg_newtuple;
	}
	return change;
}

static int
column_number(RowChange *change, const char *column)
{
	int			number = SPI_fnumber(change->tupdesc, column);

	if (number <= 0)
		elog(ERROR, "guarded table has no column %s", column);
	return number;
}

static Datum
column_value(RowChange *change, HeapTuple tuple, const char *column, bool *isnull)
{
	return heap_getattr(tuple, column_number(change, column), change->tupdesc, isnull);
}

/* A column that is a uuid, or NULL. */
static const pg_uuid_t *
column_uuid(RowChange *change, HeapTuple tuple, const char *column)
{
	bool		isnull;
	Datum		value = column_value(change, tuple, column, &isnull);

	return isnull ? NULL : DatumGetUUIDP(value);
}

/* A column that is a text, or NULL. */
static text *
column_text(RowChange *change, HeapTuple tuple, const char *column)
{
	bool		isnull;
	Datum		value = column_value(change, tuple, column, &isnull);

	return isnull ? NULL : DatumGetTextPP(value);
}

/* Whether a column is new or has another value than before. */
static bool
column_changes(RowChange *change, const char *column)
{
	int			number = column_number(change, column);
	Form_pg_attribute attribute = TupleDescAttr(change->tupdesc, number - 1);
	bool		old_isnull;
	bool		new_isnull;
	Datum		old_value;
	Datum		new_value;

	if (!change->old)
		return true;
	old_value = heap_getattr(change->old, number, change->tupdesc, &old_isnull);
	new_value = heap_getattr(change->new, number, change->tupdesc, &new_isnull);
	if (old_isnull || new_isnull)
		return old_isnull != new_isnull;
	return !datum_image_eq(old_value, new_value, attribute->attbyval, attribute->attlen);
}

/* Puts a value of the extension's own into the new row; NULL for value: NULL. */
static void
set_column(RowChange *change, const char *column, const Datum *value)
{
	int			number = column_number(change, column);
	Datum		replacement = value ? *value : (Datum) 0;
	bool		isnull = value == NULL;

	change->new = heap_modify_tuple_by_cols(change->new, change->tupdesc, 1,
											&number, &replacement, &isnull);
}

static void
set_now(RowChange *change, const char *column)
{
	Datum		now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());

	set_column(change, column, &now);
}

static void
set_actor(RowChange *change, const char *column)
{
	const pg_uuid_t *actor = identity_actor();
	Datum		value = UUIDPGetDatum(actor);

	set_column(change, column, actor ? &value : NULL);
}

/* A name, full name or description, where it is new or changes. */
static void
check_text(RowChange *change, const char *column, const char *what,
		   void (*check) (const char *what, text *value))
{
	text	   *value = column_text(change, change->new, column);

	if (value && column_changes(change, column))
		check(what, value);
}

static void
check_expiry(RowChange *change)
{
	bool		isnull;
	Datum		expires_at = column_value(change, change->new, "expires_at", &isnull);

	if (!isnull && column_changes(change, "expires_at"))
		value_check_expiry(DatumGetTimestampTz(expires_at), GetCurrentTimestamp());
}

/* A column that nobody changes, whatever the level. */
static void
keep_column(RowChange *change, const char *column, const char *message)
{
	if (change->old && column_changes(change, column))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("%s", message)));
}

/* ----------
 * Who writes
 * ----------
 */

static AccessContext *
current_context(void)
{
	Snapshot	snapshot = GetActiveSnapshot();
	Identity	identity = identity_current(snapshot);

	return access_context(NULL, CurrentMemoryContext, &identity, snapshot);
}

static void
raise_no_first_owner(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_MODELAPI_NOT_SIGNED_IN),
			 errmsg("nobody is signed in"),
			 errdetail("What is created needs a user as its first owner."),
			 errhint("State the user with set_session_user, first in the transaction.")));
}

/*
 * The user who is to become the first owner of a new row; NULL for nobody,
 * whom the policy refuses.  An administrator without a user can't own.
 */
static const pg_uuid_t *
first_owner(void)
{
	Identity	identity = identity_current(GetActiveSnapshot());

	if (identity.kind == IDENTITY_ADMINISTRATOR)
		raise_no_first_owner();
	return identity.kind == IDENTITY_USER ? identity_actor() : NULL;
}

/* The same once the row is there, which policies let through for users alone. */
static const pg_uuid_t *
required_owner(void)
{
	const pg_uuid_t *owner = first_owner();

	if (!owner)
		raise_no_first_owner();
	return owner;
}

/* ----------
 * BEFORE: people
 * ----------
 */

Datum
modelapi_acl_guard_users_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (identity_stands_aside())
		return PointerGetDatum(change.new);
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
	keep_column(&change, "user_id", "the user of an identity never changes");
	email = column_text(&change, change.new, "email");
	external_id = column_text(&change, change.new, "external_id");
	user_id = column_uuid(&change, change.new, "user_id");
	if (email && column_changes(&change, "email"))
		value_check_email(email);
	if (external_id && user_id && column_changes(&change, "external_id"))
		value_check_external_id(external_id, user_id);
	return PointerGetDatum(change.new);
}

Datum
modelapi_acl_guard_organizations_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (identity_stands_aside())
		return PointerGetDatum(change.new);
	check_text(&change, "name", "organization name", value_check_principal_name);
	check_text(&change, "full_name", "full name", value_check_name);
	keep_column(&change, "id", "the id of an organization never changes");
	if (!change.old)
	{
		(void) first_owner();
		set_now(&change, "created_at");
	}
	return PointerGetDatum(change.new);
}

Datum
modelapi_acl_guard_organization_members_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (identity_stands_aside())
		return PointerGetDatum(change.new);
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
	check_text(&change, "name", "project name", value_check_name);
	check_text(&change, "description", "description", value_check_description);
	keep_column(&change, "id", "the id of a project never changes");
	if (!change.old)
	{
		set_now(&change, "created_at");
		if ((owner = first_owner()) != NULL)
		{
			set_actor(&change, "created_by");
			access_begin_project(column_uuid(&change, change.new, "id"), owner);
		}
	}
	return PointerGetDatum(change.new);
}

/* Grants of both kinds; the trigger's argument names the object's column. */
Datum
modelapi_acl_guard_collaborators_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);
	Trigger    *trigger = ((TriggerData *) fcinfo->context)->tg_trigger;

	if (identity_stands_aside())
		return PointerGetDatum(change.new);
	keep_column(&change, "id", "the id of a grant never changes");
	keep_column(&change, trigger->tgargs[0], "what a grant is on never changes");
	if (change.old &&
		(column_changes(&change, "user_id") || column_changes(&change, "organization_id")))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("the principal of a grant never changes"),
				 errhint("Remove the grant and add another.")));
	if (!column_uuid(&change, change.new, "user_id") ==
		!column_uuid(&change, change.new, "organization_id"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a grant is held by a user or by an organization"),
				 errhint("Give one of user_id and organization_id.")));
	check_expiry(&change);
	if (!change.old)
		set_now(&change, "created_at");
	if (!change.old || column_changes(&change, "access_level") ||
		column_changes(&change, "expires_at"))
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
guard_model_api_update(RowChange *change)
{
	AccessContext *context = NULL;
	const ModelApiFacts *facts = NULL;
	bool		changes = false;

	keep_column(change, "id", "the id of a model API never changes");
	keep_column(change, "project_id", "the project of a model API never changes");
	for (int i = 0; i < lengthof(model_api_columns); i++)
	{
		Permission	permission = model_api_columns[i].permission;

		if (!column_changes(change, model_api_columns[i].column))
			continue;
		changes = true;
		if (!context)
		{
			context = current_context();
			facts = access_model_api(context, column_uuid(change, change->old, "id"));
		}
		if (!facts || !access_permits(context, facts, permission))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission \"%s\" denied for model API",
							access_permission_name(permission)),
					 errhint("%s", access_permission_hint(permission))));
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
	check_text(&change, "name", "model API name", value_check_name);
	check_text(&change, "description", "description", value_check_description);
	if (change.old)
		guard_model_api_update(&change);
	else if (first_owner())
	{
		set_actor(&change, "created_by");
		set_now(&change, "created_at");
		set_now(&change, "updated_at");
	}
	return PointerGetDatum(change.new);
}

/* ----------
 * SQL that triggers run, as the extension's owner
 * ----------
 */

typedef struct OwnerQuery
{
	const char *sql;
	int			nargs;
	SPIPlanPtr	plan;			/* kept for the session */
} OwnerQuery;

/*
 * Runs a query with uuid arguments.  Returns its first column of its first
 * row, an integer, or 0 when it returns no rows.
 */
static int32
run_query(OwnerQuery *query, const pg_uuid_t *first, const pg_uuid_t *second)
{
	Datum		arguments[2] = {UUIDPGetDatum(first), UUIDPGetDatum(second)};
	int32		result = 0;

	SPI_connect();
	if (!query->plan)
	{
		Oid			types[2] = {UUIDOID, UUIDOID};
		SPIPlanPtr	plan = SPI_prepare(query->sql, query->nargs, types);

		if (!plan || SPI_keepplan(plan) != 0)
			elog(ERROR, "could not prepare \"%s\"", query->sql);
		query->plan = plan;
	}
	if (SPI_execute_plan(query->plan, arguments, NULL, false, 0) < 0)
		elog(ERROR, "could not run \"%s\"", query->sql);
	if (SPI_tuptable && SPI_processed > 0)
	{
		bool		isnull;

		result = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0],
											 SPI_tuptable->tupdesc, 1, &isnull));
	}
	SPI_finish();
	return result;
}

static OwnerQuery next_version =
{
	.sql = "INSERT INTO modelapi_acl_internal.object_counters AS c (object_id, last_version) "
	"VALUES ($1, 1) ON CONFLICT (object_id) "
	"DO UPDATE SET last_version = c.last_version OPERATOR(pg_catalog.+) 1 "
	"RETURNING c.last_version",
	.nargs = 1
};

static OwnerQuery count_owner_change =
{
	.sql = "INSERT INTO modelapi_acl_internal.object_counters AS c (object_id, owner_changes) "
	"VALUES ($1, 1) ON CONFLICT (object_id) "
	"DO UPDATE SET owner_changes = c.owner_changes OPERATOR(pg_catalog.+) 1",
	.nargs = 1
};

static OwnerQuery forget_object =
{
	.sql = "DELETE FROM modelapi_acl_internal.object_counters "
	"WHERE object_id OPERATOR(pg_catalog.=) $1",
	.nargs = 1
};

static OwnerQuery name_user =
{
	.sql = "INSERT INTO modelapi_acl_internal.principal_names (name, user_id) "
	"SELECT pg_catalog.lower(u.username COLLATE pg_catalog.\"C\"), u.id "
	"FROM modelapi_acl.users AS u WHERE u.id OPERATOR(pg_catalog.=) $1 "
	"ON CONFLICT (user_id) DO UPDATE SET name = EXCLUDED.name",
	.nargs = 1
};

static OwnerQuery name_organization =
{
	.sql = "INSERT INTO modelapi_acl_internal.principal_names (name, organization_id) "
	"SELECT pg_catalog.lower(o.name COLLATE pg_catalog.\"C\"), o.id "
	"FROM modelapi_acl.organizations AS o WHERE o.id OPERATOR(pg_catalog.=) $1 "
	"ON CONFLICT (organization_id) DO UPDATE SET name = EXCLUDED.name",
	.nargs = 1
};

static OwnerQuery make_admin =
{
	.sql = "INSERT INTO modelapi_acl.organization_members (organization_id, user_id, is_admin) "
	"VALUES ($1, $2, true)",
	.nargs = 2
};

static OwnerQuery make_project_owner =
{
	.sql = "INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, access_level) "
	"VALUES ($1, $2, 'owner')",
	.nargs = 2
};

static OwnerQuery make_model_api_owner =
{
	.sql = "INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level) "
	"VALUES ($1, $2, 'owner')",
	.nargs = 2
};

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
	 * would tell others that the model API is there.
	 */
	context = current_context();
	model_api_id = column_uuid(&change, change.new, "model_api_id");
	facts = model_api_id ? access_model_api(context, model_api_id) : NULL;
	if (facts && access_permits(context, facts, PERMISSION_DEPLOY_VERSION))
	{
		Datum		number = Int32GetDatum(run_query(&next_version, model_api_id, NULL));

		set_column(&change, "number", &number);
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
	check_text(&change, "name", "setting name", value_check_name);
	keep_column(&change, "model_api_id", "the model API of a setting never changes");
	keep_column(&change, "name", "the name of a setting never changes");
	if (column_changes(&change, "value"))
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

	if (identity_stands_aside())
		return PointerGetDatum(change.new);
	keep_column(&change, "id", "the id of a log line never changes");
	keep_column(&change, "model_api_id", "the model API of a log line never changes");
	return PointerGetDatum(change.new);
}

/* ----------
 * AFTER INSERT and UPDATE: what belongs to a new row
 * ----------
 */

/*
 * Users and organizations: the name in the common namespace, and a new
 * organization's first admin.
 */
Datum
modelapi_acl_complete_principal_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);
	bool		is_user = SPI_fnumber(change.tupdesc, "username") > 0;
	const pg_uuid_t *id;

	if (identity_stands_aside())
		return PointerGetDatum(NULL);
	id = column_uuid(&change, change.new, "id");
	if (column_changes(&change, is_user ? "username" : "name"))
		run_query(is_user ? &name_user : &name_organization, id, NULL);
	if (!is_user && !change.old)
		run_query(&make_admin, id, required_owner());
	return PointerGetDatum(NULL);
}

Datum
modelapi_acl_complete_project_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);
	const pg_uuid_t *id;

	if (identity_stands_aside())
		return PointerGetDatum(NULL);
	id = column_uuid(&change, change.new, "id");
	run_query(&make_project_owner, id, required_owner());
	access_end_project(id);
	return PointerGetDatum(NULL);
}

Datum
modelapi_acl_complete_model_api_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (identity_stands_aside())
		return PointerGetDatum(NULL);
	run_query(&make_model_api_owner, column_uuid(&change, change.new, "id"), required_owner());
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

	if (!column_uuid(change, tuple, "user_id"))
		return false;
	(void) column_value(change, tuple, "expires_at", &unlimited);
	level = column_value(change, tuple, "access_level", &isnull);
	return unlimited &&
		store_enum_place(STORE_ENUM_ACCESS_LEVEL, DatumGetObjectId(level)) + 1 == ACCESS_LEVEL_OWNER;
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
	(void) run_query(&count_owner_change, object, NULL);
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
	const char *column = ((TriggerData *) fcinfo->context)->tg_trigger->tgargs[0];
	const pg_uuid_t *object;

	if (identity_stands_aside() ||
		!is_lasting_owner(&change, change.old) ||
		(change.new && is_lasting_owner(&change, change.new)))
		return PointerGetDatum(NULL);
	object = column_uuid(&change, change.old, column);
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
		!DatumGetBool(column_value(&change, change.old, "is_admin", &isnull)) ||
		(change.new && DatumGetBool(column_value(&change, change.new, "is_admin", &isnull))))
		return PointerGetDatum(NULL);
	require_owner(column_uuid(&change, change.old, "organization_id"),
				  store_organization, store_has_admin,
				  "an organization needs an admin",
				  "Make another member admin first, with add_organization_member.");
	return PointerGetDatum(NULL);
}

/* AFTER DELETE of a project, model API or organization: its counter goes too */
Datum
modelapi_acl_forget_object_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (!identity_stands_aside())
		(void) run_query(&forget_object, column_uuid(&change, change.old, "id"), NULL);
	return PointerGetDatum(NULL);
}
