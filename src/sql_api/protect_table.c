/*-------------------------------------------------------------------------
 *
 * protect_table.c
 *	  protect_table and unprotect_table: policies on an application's own tables.
 *
 * Both run as the caller, who must own the table; they do what the caller could do with
 * CREATE POLICY and ALTER TABLE.  Who owns a table is looked up before it is locked, so that
 * nobody can lock the tables of others, and once more afterwards.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/policy.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "own_policies.h"
#include "../access/permissions.h"
#include "../catalog/object_ids.h"
#include "../compat.h"

PG_FUNCTION_INFO_V1(modelapi_acl_protect_table_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_unprotect_table_1_1);

/* The commands, in the order of protect_table's arguments */
typedef enum PolicyCommand
{
	COMMAND_SELECT,
	COMMAND_INSERT,
	COMMAND_UPDATE,
	COMMAND_DELETE
} PolicyCommand;

#define COMMAND_COUNT (COMMAND_DELETE + 1)

static const struct
{
	const char *keyword;
	const char *label;			/* in names of policies */
	const char *argument;		/* of protect_table */
}			commands[COMMAND_COUNT] =
{
	{"SELECT", "select", "to_select"},
	{"INSERT", "insert", "to_insert"},
	{"UPDATE", "update", "to_update"},
	{"DELETE", "delete", "to_delete"}
};

/* What a key leads to */
typedef enum Target
{
	TARGET_UNKNOWN,
	TARGET_MODEL_APIS,
	TARGET_PROJECTS
} Target;

/* A call of protect_table */
typedef struct Protection
{
	Oid			table;
	char	   *key;
	AttrNumber	column;
	Target		target;
	const char *permissions[COMMAND_COUNT]; /* NULL: no policy for the command */
	bool		is_permissive;
	bool		is_forced;
} Protection;

/* ----------
 * Which tables
 * ----------
 */

/*
 * Raises an error unless the current user owns a table, and it is one that can be protected.
 * Takes no lock.  is_child: it was found by its parent; then returns false if it was dropped.
 */
static bool
check_table(Oid table, bool is_child)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	Form_pg_class form;
	const char *name;

	if (!HeapTupleIsValid(tuple))
	{
		if (is_child)
			return false;
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("table does not exist"));
	}
	form = (Form_pg_class) GETSTRUCT(tuple);
	name = NameStr(form->relname);
	if (!owns_table(table))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(form->relkind), name);
	if (IsSystemClass(table, form))
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("cannot protect \"%s\": it is a system catalog", name));
	if (form->relnamespace == get_namespace_oid("modelapi_acl", true) ||
		form->relnamespace == get_namespace_oid("modelapi_acl_internal", true))
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("cannot protect \"%s\": it belongs to extension modelapi_acl", name),
				errdetail("Tables of the extension have policies of their own."));
	if (form->relkind != RELKIND_RELATION && form->relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("cannot protect \"%s\": it is not a table", name),
				is_child ? errdetail("It is a foreign table, which cannot have row-level security.") : 0,
				is_child ? errhint("Detach it from its parent first.") : 0);
	if (isOtherTempNamespace(form->relnamespace))
		ereport(ERROR,
				errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("cannot protect \"%s\": it is a temporary table of another session", name));
	ReleaseSysCache(tuple);
	return true;
}

/* Checks and locks a table.  Returns false if it is a child that was dropped meanwhile. */
static bool
lock_table(Oid table, bool is_child)
{
	if (!check_table(table, is_child))
		return false;
	LockRelationOid(table, AccessExclusiveLock);
	return check_table(table, is_child);
}

/* Locks a table with its partitions and children.  Returns them all, the table first. */
static List *
lock_tables(Oid table)
{
	List	   *locked = list_make1_oid(table);
	bool		found;

	lock_table(table, false);
	do
	{
		List	   *members = find_all_inheritors(table, NoLock, NULL);
		ListCell   *cell;

		found = false;
		foreach(cell, members)
			check_table(lfirst_oid(cell), true);
		foreach(cell, members)
		{
			Oid			member = lfirst_oid(cell);

			if (list_member_oid(locked, member) || !lock_table(member, true))
				continue;
			locked = lappend_oid(locked, member);
			found = true;
		}
	} while (found);
	return locked;
}

static char *
qualified_name(Oid table)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)),
									  get_rel_name(table));
}

/* ----------
 * The arguments
 * ----------
 */

/* What a key with such a permission leads to. */
static Target
target_of_permission(const char *permission)
{
	for (int i = 0; i < PERMISSION_COUNT; i++)
		if (strcmp(permissions_name((Permission) i), permission) == 0)
			return TARGET_MODEL_APIS;
	for (int i = 0; i < PROJECT_PERMISSION_COUNT; i++)
		if (strcmp(permissions_project_name((ProjectPermission) i), permission) == 0)
			return TARGET_PROJECTS;
	return TARGET_UNKNOWN;
}

/* What the permissions of the call say the key leads to; TARGET_UNKNOWN if none is given. */
static Target
target_of_permissions(const Protection *protection)
{
	Target		target = TARGET_UNKNOWN;

	for (int i = 0; i < COMMAND_COUNT; i++)
	{
		Target		of_this;

		if (!protection->permissions[i])
			continue;
		of_this = target_of_permission(protection->permissions[i]);
		if (of_this == TARGET_UNKNOWN)
			ereport(ERROR,
					errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("unknown permission \"%s\"", protection->permissions[i]),
					errdetail("It is the value of %s.", commands[i].argument),
					errhint("The permissions are those of has_permission and of has_project_permission."));
		if (target != TARGET_UNKNOWN && of_this != target)
			ereport(ERROR,
					errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("cannot mix permissions on model APIs and on projects"),
					errhint("Call protect_table for each key, with its own permissions."));
		target = of_this;
	}
	return target;
}

/* What the foreign keys on the column lead to; TARGET_UNKNOWN without any. */
static Target
target_of_foreign_keys(Oid table, AttrNumber column)
{
	Relation	relation = table_open(table, NoLock);
	Oid			model_apis = object_ids_table(TABLE_MODEL_APIS);
	Oid			projects = object_ids_table(TABLE_PROJECTS);
	Target		target = TARGET_UNKNOWN;
	ListCell   *cell;

	foreach(cell, RelationGetFKeyList(relation))
	{
		ForeignKeyCacheInfo *foreign_key = lfirst(cell);
		Target		of_this;

		if (foreign_key->nkeys != 1 || foreign_key->conkey[0] != column)
			continue;
		of_this = foreign_key->confrelid == model_apis ? TARGET_MODEL_APIS :
			foreign_key->confrelid == projects ? TARGET_PROJECTS : TARGET_UNKNOWN;
		if (target != TARGET_UNKNOWN && of_this != TARGET_UNKNOWN && of_this != target)
			ereport(ERROR,
					errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("column \"%s\" refers both to model APIs and to projects",
						   get_attname(table, column, false)),
					errhint("Pass to_select."));
		if (of_this != TARGET_UNKNOWN)
			target = of_this;
	}
	table_close(relation, NoLock);
	return target;
}

/* Finds the key's column. */
static void
find_key(Protection *protection)
{
	protection->column = get_attnum(protection->table, protection->key);
	if (protection->column <= 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("table \"%s\" has no column \"%s\"", get_rel_name(protection->table), protection->key),
				errhint("Pass the name of the column with the ids of model APIs or projects as key."));
	if (getBaseType(get_atttype(protection->table, protection->column)) != UUIDOID)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("column \"%s\" of table \"%s\" is not of type uuid",
					   protection->key, get_rel_name(protection->table)),
				errdetail("Its type is %s.",
						  format_type_be(get_atttype(protection->table, protection->column))));
}

/*
 * Decides what the key leads to.  Without permissions and foreign keys, a key of the default
 * name leads to model APIs.
 */
static void
find_target(Protection *protection)
{
	protection->target = target_of_permissions(protection);
	if (protection->target == TARGET_UNKNOWN)
		protection->target = target_of_foreign_keys(protection->table, protection->column);
	if (protection->target == TARGET_UNKNOWN && strcmp(protection->key, "model_api_id") == 0)
		protection->target = TARGET_MODEL_APIS;
	if (protection->target == TARGET_UNKNOWN)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("cannot tell whether column \"%s\" leads to model APIs or to projects", protection->key),
				errdetail("It has no foreign key to either, and no permission was given."),
				errhint("Pass to_select: \"view\" for model APIs, \"view_project\" for projects."));
}

/* ----------
 * The policies
 * ----------
 */

/*
 * Looks at the policies that a table has.  Raises an error where others than those of
 * protect_table give users access.  Returns whether another key than this one gives access
 * already.
 */
static bool
check_policies(Oid table, AttrNumber column)
{
	bool		has_other_key = false;
	StringInfoData others;
	ListCell   *cell;

	initStringInfo(&others);
	foreach(cell, own_policies_of(table))
	{
		OwnPolicy  *policy = lfirst(cell);

		if (!policy->is_permissive)
			continue;
		if (policy->key != InvalidAttrNumber)
			has_other_key |= policy->key != column;
		else if (policy->is_for_users || policy->is_marked)
			appendStringInfo(&others, "%s%s", others.len > 0 ? ", " : "", quote_identifier(policy->name));
	}
	if (others.len > 0)
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("table \"%s\" has permissive policies that protect_table did not make", get_rel_name(table)),
				errdetail("Policies: %s.", others.data),
				errhint("Drop them, make them restrictive, or have them apply to other roles than PUBLIC, modelapi_acl_user and modelapi_acl_admin."));
	pfree(others.data);
	return has_other_key;
}

/* A name for a policy that no other policy on the table has. */
static char *
choose_policy_name(const Protection *protection, PolicyCommand command)
{
	char		label[NAMEDATALEN];

	for (int number = 1;; number++)
	{
		char	   *name;

		if (number == 1)
			strlcpy(label, commands[command].label, sizeof(label));
		else
			snprintf(label, sizeof(label), "%s%d", commands[command].label, number);
		name = makeObjectName(protection->key, NULL, label);
		if (!OidIsValid(get_relation_policy_oid(protection->table, name, true)))
			return name;
		pfree(name);
	}
}

/* Runs a statement, and frees its text. */
static void
run(StringInfo statement)
{
	int			result = SPI_execute(statement->data, false, 0);

	if (result < 0)
		elog(ERROR, "\"%s\" failed: %s", statement->data, SPI_result_code_string(result));
	pfree(statement->data);
}

/* Drops the policies of a key; with InvalidAttrNumber all.  Returns how many. */
static int
drop_policies(Oid table, AttrNumber column)
{
	char	   *name = qualified_name(table);
	int			count = 0;
	ListCell   *cell;

	foreach(cell, own_policies_of(table))
	{
		OwnPolicy  *policy = lfirst(cell);
		StringInfoData statement;

		if (column == InvalidAttrNumber ? !own_policies_is_made(policy) : policy->key != column)
			continue;
		initStringInfo(&statement);
		appendStringInfo(&statement, "DROP POLICY %s ON %s", quote_identifier(policy->name), name);
		run(&statement);
		count++;
	}
	return count;
}

/* The condition by the statement's snapshot; with now, by the latest state. */
static char *
condition_on_key(const Protection *protection, PolicyCommand command, bool now)
{
	return psprintf("(modelapi_acl.%s%s(%s, %s) OR modelapi_acl.is_administrator())",
					protection->target == TARGET_PROJECTS ? "has_project_permission" : "has_permission",
					now ? "_now" : "", quote_identifier(protection->key),
					quote_literal_cstr(protection->permissions[command]));
}

/*
 * Makes the policy of a command.  own_policies.c recognizes these expressions.
 *
 * A row that is changed or deleted is asked for by the snapshot as well, as on the
 * extension's own tables: so a scan can find the rows by the user's keys.
 */
static void
create_policy(const Protection *protection, PolicyCommand command)
{
	char	   *table = qualified_name(protection->table);
	char	   *policy = choose_policy_name(protection, command);
	const char *name = quote_identifier(policy);
	char	   *snapshot = condition_on_key(protection, command, false);
	char	   *latest = condition_on_key(protection, command, true);
	StringInfoData statement;

	initStringInfo(&statement);
	appendStringInfo(&statement, "CREATE POLICY %s ON %s AS %s FOR %s TO " OWN_POLICY_ROLES,
					 name, table, protection->is_permissive ? "PERMISSIVE" : "RESTRICTIVE",
					 commands[command].keyword);
	if (command == COMMAND_SELECT)
		appendStringInfo(&statement, " USING %s", snapshot);
	if (command == COMMAND_UPDATE || command == COMMAND_DELETE)
		appendStringInfo(&statement, " USING (%s AND %s)", snapshot, latest);
	if (command == COMMAND_INSERT || command == COMMAND_UPDATE)
		appendStringInfo(&statement, " WITH CHECK %s", latest);
	run(&statement);
	/* an error if the schema was renamed meanwhile and the policy came to another table */
	(void) get_relation_policy_oid(protection->table, policy, false);
	initStringInfo(&statement);
	appendStringInfo(&statement, "COMMENT ON POLICY %s ON %s IS %s", name, table,
					 quote_literal_cstr(OWN_POLICY_COMMENT));
	run(&statement);
}

/*
 * Turns row-level security on for a table and for its children.  Children get no policy, so
 * that only their parent leads to their rows.
 */
static void
enable_row_security(List *tables, bool is_forced)
{
	ListCell   *cell;

	foreach(cell, tables)
	{
		StringInfoData statement;

		initStringInfo(&statement);
		appendStringInfo(&statement, "ALTER TABLE %s ENABLE ROW LEVEL SECURITY, %sFORCE ROW LEVEL SECURITY",
						 qualified_name(lfirst_oid(cell)), is_forced ? "" : "NO ");
		run(&statement);
	}
}

/* ----------
 * Indexes
 * ----------
 */

/* Whether an index can lead to rows by a key: a valid btree of all rows, the key first. */
static bool
index_leads_with(Oid index, AttrNumber column)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form;
	Datum		classes;
	bool		isnull;
	bool		leads;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_index) GETSTRUCT(tuple);
	classes = SysCacheGetAttr(INDEXRELID, tuple, Anum_pg_index_indclass, &isnull);
	leads = form->indisvalid && form->indkey.values[0] == column &&
		heap_attisnull(tuple, Anum_pg_index_indpred, NULL) &&
		((oidvector *) DatumGetPointer(classes))->values[0] ==
		GetDefaultOpClass(UUIDOID, BTREE_AM_OID);
	ReleaseSysCache(tuple);
	return leads;
}

static bool
has_index(Oid table, const char *key)
{
	Relation	relation = table_open(table, NoLock);
	AttrNumber	column = get_attnum(table, key);
	List	   *indexes = RelationGetIndexList(relation);
	bool		found = false;
	ListCell   *cell;

	foreach(cell, indexes)
		found |= index_leads_with(lfirst_oid(cell), column);
	list_free(indexes);
	table_close(relation, NoLock);
	return found;
}

/* A NOTICE for a table with rows that has no index that leads with the key. */
static void
hint_at_indexes(List *tables, const char *key)
{
	bool		is_partitioned = get_rel_relkind(linitial_oid(tables)) == RELKIND_PARTITIONED_TABLE;
	ListCell   *cell;

	foreach(cell, tables)
	{
		Oid			table = lfirst_oid(cell);

		if (has_index(table, key) ||
			(get_rel_relkind(table) == RELKIND_PARTITIONED_TABLE && list_length(tables) > 1))
			continue;
		if (is_partitioned)
			table = linitial_oid(tables);
		ereport(NOTICE,
				errmsg("no index of table \"%s\" leads with column \"%s\"", get_rel_name(table), key),
				errdetail("Without it, a query reads every row to find those of one user."),
				errhint("CREATE INDEX ON %s (%s);", qualified_name(table), quote_identifier(key)));
		if (is_partitioned)
			return;
	}
}

/* ----------
 * The functions
 * ----------
 */

/* Raises an error for an argument that must not be NULL. */
static void
require_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("%s is missing", name));
}

static void
read_arguments(FunctionCallInfo fcinfo, Protection *protection)
{
	require_argument(fcinfo, 0, "relation");
	require_argument(fcinfo, 1, "key");
	require_argument(fcinfo, 6, "force");
	protection->table = PG_GETARG_OID(0);
	protection->key = pstrdup(NameStr(*PG_GETARG_NAME(1)));
	for (int i = 0; i < COMMAND_COUNT; i++)
		if (!PG_ARGISNULL(2 + i))
			protection->permissions[i] = text_to_cstring(PG_GETARG_TEXT_PP(2 + i));
	protection->is_forced = PG_GETARG_BOOL(6);
}

/*
 * protect_table(relation, key, to_select, to_insert, to_update, to_delete, force) → void
 *
 * The first key of a table gives access, each other one restricts it further.
 */
Datum
modelapi_acl_protect_table_1_1(PG_FUNCTION_ARGS)
{
	Protection	protection = {0};
	List	   *tables;
	ListCell   *cell;

	read_arguments(fcinfo, &protection);
	PreventCommandIfReadOnly("protect_table()");
	tables = lock_tables(protection.table);
	find_key(&protection);
	find_target(&protection);
	protection.is_permissive = !check_policies(protection.table, protection.column);
	for_each_from(cell, tables, 1)
		(void) check_policies(lfirst_oid(cell), InvalidAttrNumber);
	if (!protection.permissions[COMMAND_SELECT] &&
		(protection.is_permissive ||
		 (!protection.permissions[COMMAND_INSERT] && !protection.permissions[COMMAND_UPDATE] &&
		  !protection.permissions[COMMAND_DELETE])))
		protection.permissions[COMMAND_SELECT] =
			protection.target == TARGET_PROJECTS ? "view_project" : "view";

	SPI_connect();
	(void) drop_policies(protection.table, protection.column);
	for (int i = 0; i < COMMAND_COUNT; i++)
		if (protection.permissions[i])
			create_policy(&protection, (PolicyCommand) i);
	enable_row_security(tables, protection.is_forced);
	SPI_finish();
	hint_at_indexes(tables, protection.key);
	PG_RETURN_VOID();
}

/* unprotect_table(relation) → void */
Datum
modelapi_acl_unprotect_table_1_1(PG_FUNCTION_ARGS)
{
	Oid			table;
	int			count;

	require_argument(fcinfo, 0, "relation");
	table = PG_GETARG_OID(0);
	PreventCommandIfReadOnly("unprotect_table()");
	(void) lock_table(table, false);
	SPI_connect();
	count = drop_policies(table, InvalidAttrNumber);
	SPI_finish();
	if (count == 0)
		ereport(NOTICE,
				errmsg("table \"%s\" has no policies made by protect_table", get_rel_name(table)));
	else
		ereport(NOTICE,
				errmsg("row-level security of table \"%s\" stays enabled", get_rel_name(table)),
				errdetail("Policies that were dropped: %d.", count),
				errhint("Rows show only as far as other policies allow. Disable row-level security of the table, its partitions and children with ALTER TABLE if all rows shall show."));
	PG_RETURN_VOID();
}
