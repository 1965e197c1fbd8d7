/*-------------------------------------------------------------------------
 *
 * protect_table.c
 *	  protect_table and unprotect_table: policies on an application's own tables.
 *
 * Both run as the caller, who must own the table; they do what the caller could do with
 * CREATE POLICY and ALTER TABLE.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/policy.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "own_policies.h"
#include "own_table_lock.h"
#include "protected_key.h"
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

/* A call of protect_table */
typedef struct Protection
{
	Oid			table;
	char	   *key;
	AttrNumber	column;
	KeyTarget	target;
	GivenPermission given[COMMAND_COUNT];	/* NULL: no policy for the command */
	bool		is_permissive;
	bool		is_forced;
} Protection;

static char *
qualified_name(Oid table)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)),
									  get_rel_name(table));
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
					protection->target == KEY_TO_PROJECTS ? "has_project_permission" : "has_permission",
					now ? "_now" : "", quote_identifier(protection->key),
					quote_literal_cstr(protection->given[command].permission));
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
	{
		protection->given[i].argument = commands[i].argument;
		if (!PG_ARGISNULL(2 + i))
			protection->given[i].permission = text_to_cstring(PG_GETARG_TEXT_PP(2 + i));
	}
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
	tables = own_table_lock_all(protection.table);
	protection.column = protected_key_column(protection.table, protection.key);
	protection.target = protected_key_target(protection.table, protection.column, protection.given, COMMAND_COUNT);
	protection.is_permissive = !check_policies(protection.table, protection.column);
	for_each_from(cell, tables, 1)
		(void) check_policies(lfirst_oid(cell), InvalidAttrNumber);
	if (!protection.given[COMMAND_SELECT].permission &&
		(protection.is_permissive ||
		 (!protection.given[COMMAND_INSERT].permission && !protection.given[COMMAND_UPDATE].permission &&
		  !protection.given[COMMAND_DELETE].permission)))
		protection.given[COMMAND_SELECT].permission =
			protection.target == KEY_TO_PROJECTS ? "view_project" : "view";

	SPI_connect();
	(void) drop_policies(protection.table, protection.column);
	for (int i = 0; i < COMMAND_COUNT; i++)
		if (protection.given[i].permission)
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
	own_table_lock_one(table);
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
