/*-------------------------------------------------------------------------
 *
 * policy_first.c
 *	  Keeps the planner from using the contents of hidden rows.
 *
 * PostgreSQL evaluates a cheap leakproof condition before a policy, uses it with an index,
 * and estimates row counts from the statistics of all rows.  Each of these reveals what
 * hidden rows contain: EXPLAIN ANALYZE shows whether the policy was reached, and EXPLAIN
 * shows the estimates.  So in a query on one of the extension's tables that is subject to a
 * policy, the planner loses the following:
 *
 *	- indexes are cut to their leading open columns, or removed;
 *	- columns that are not open have no statistics (see estimates.c);
 *	- a condition on such a column is not leakproof, so that it is evaluated after all
 *	  policies.
 *
 * Open columns are ids, foreign keys that say what a row belongs to, numbers and times.  All
 * others are contents, and so is every column that was added to a table later.
 *
 * Administrators see every row, so that nothing of this applies to them.  Nobody else gets
 * their plans: the server replans a query that depends on policies for each role.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/plancat.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "policy_first.h"
#include "../compat.h"
#include "../identity/current_role.h"

PG_FUNCTION_INFO_V1(modelapi_acl_after_policy_1_0);

#define OPEN_COLUMNS_MAX 7

/* The open columns; a table that is missing here has none */
static const struct
{
	const char *table;
	const char *columns[OPEN_COLUMNS_MAX];
}			open_columns[] =
{
	{"users", {"id", "username", "disabled_at", "created_at"}},
	{"user_identities", {"user_id"}},
	{"organizations", {"id", "name", "created_at"}},
	{"organization_members", {"organization_id", "created_at"}},
	{"projects", {"id", "created_at"}},
	{"project_collaborators", {"id", "project_id", "expires_at", "created_at"}},
	{"model_apis", {"id", "project_id", "created_at", "updated_at"}},
	{"model_api_collaborators", {"id", "model_api_id", "expires_at", "created_at"}},
	{"model_api_versions", {"id", "model_api_id", "number", "created_at"}},
	{"model_api_settings", {"model_api_id", "updated_at"}},
	{"model_api_logs", {"id", "model_api_id", "version_id", "logged_at"}},
	{"access_tokens",
	{"id", "model_api_id", "created_at", "regenerated_at", "expires_at", "revoked_at", "suspended_at"}},
	{"personal_tokens",
	{"id", "created_at", "regenerated_at", "expires_at", "revoked_at", "suspended_at"}},
	{"personal_token_model_apis", {"token_id"}},
	{"audit_events",
	{"id", "change_id", "occurred_at", "object_id", "project_id", "model_api_id"}},
	{"token_counts", {"token_id", "model_api_id"}},
	{"invocation_counts", {"model_api_id", "hour"}},
};

static get_relation_info_hook_type previous_info_hook = NULL;
static set_rel_pathlist_hook_type previous_pathlist_hook = NULL;

/* ----------
 * Which relations, which columns
 * ----------
 */

static bool
is_open(const char *table, const char *column)
{
	for (int i = 0; i < lengthof(open_columns); i++)
	{
		if (strcmp(open_columns[i].table, table) != 0)
			continue;
		for (int j = 0; j < OPEN_COLUMNS_MAX && open_columns[i].columns[j]; j++)
			if (strcmp(open_columns[i].columns[j], column) == 0)
				return true;
		break;
	}
	return false;
}

bool
policy_first_is_open(Oid relid, AttrNumber column)
{
	char	   *table = get_rel_name(relid);
	char	   *name = get_attname(relid, column, true);

	return table && name && is_open(table, name);
}

/* The open columns of a table, numbered as pull_varattnos() does. */
static Bitmapset *
open_columns_of(Oid relid)
{
	Relation	relation = table_open(relid, NoLock);
	TupleDesc	tupdesc = RelationGetDescr(relation);
	Bitmapset  *result = NULL;

	/* the place of a row is no secret */
	result = bms_add_member(result,
							SelfItemPointerAttributeNumber - FirstLowInvalidHeapAttributeNumber);
	result = bms_add_member(result, TableOidAttributeNumber - FirstLowInvalidHeapAttributeNumber);
	for (int i = 0; i < tupdesc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(tupdesc, i);

		if (is_open(RelationGetRelationName(relation), NameStr(attribute->attname)))
			result = bms_add_member(result,
									attribute->attnum - FirstLowInvalidHeapAttributeNumber);
	}
	table_close(relation, NoLock);
	return result;
}

bool
policy_first_is_ours(Oid relid)
{
	Oid			schema = get_rel_namespace(relid);

	return schema == get_namespace_oid("modelapi_acl", true) ||
		schema == get_namespace_oid("modelapi_acl_internal", true);
}

/* Whether an expression uses only open columns of a relation. */
static bool
is_on_open_columns(Node *expression, Index relid, const Bitmapset *open)
{
	Bitmapset  *columns = NULL;
	bool		result;

	pull_varattnos(expression, relid, &columns);
	result = bms_is_subset(columns, open);
	bms_free(columns);
	return result;
}

bool
policy_first_guards(PlannerInfo *root, Index relid)
{
	for (;;)
	{
		RangeTblEntry *rte = root->simple_rte_array[relid];

		if (rte->rtekind == RTE_RELATION && rte->securityQuals != NIL &&
			policy_first_is_ours(rte->relid))
			return !current_role_is_administrator();
		if (!root->append_rel_array || !root->append_rel_array[relid])
			return false;
		relid = root->append_rel_array[relid]->parent_relid;
	}
}

/* ----------
 * Indexes
 * ----------
 */

/* Cuts an index to the columns that a condition may use; false if there are none. */
static bool
cut_index(IndexOptInfo *index, Index relid, const Bitmapset *open)
{
	int			nopen = 0;

	/* a predicate tells what the entries hold, and an expression has statistics */
	if (index->indexprs != NIL || !is_on_open_columns((Node *) index->indpred, relid, open))
		return false;
	while (nopen < index->nkeycolumns &&
		   bms_is_member(index->indexkeys[nopen] - FirstLowInvalidHeapAttributeNumber, open))
		nopen++;
	if (nopen < index->nkeycolumns)
	{
		/* as if the other columns were INCLUDEd */
		index->nkeycolumns = nopen;
		index->unique = false;
	}
	return nopen > 0;
}

/* Removes what the planner must not know about a relation. */
static void
limit_relation_info(PlannerInfo *root, Oid relation, bool inhparent, RelOptInfo *rel)
{
	Bitmapset  *open;
	ListCell   *cell;

	if (previous_info_hook)
		previous_info_hook(root, relation, inhparent, rel);
	if (!policy_first_guards(root, rel->relid))
		return;
	open = open_columns_of(relation);
	foreach(cell, rel->indexlist)
		if (!cut_index(lfirst_node(IndexOptInfo, cell), rel->relid, open))
			rel->indexlist = foreach_delete_current(rel->indexlist, cell);
	rel->statlist = NIL;
	bms_free(open);
}

/* ----------
 * Conditions
 * ----------
 */

/* Has conditions on contents evaluated after the policies. */
static void
hold_back(List *conditions, Index relid, const Bitmapset *open)
{
	ListCell   *cell;

	foreach(cell, conditions)
	{
		RestrictInfo *condition = lfirst_node(RestrictInfo, cell);

		if (condition->leakproof &&
			!is_on_open_columns((Node *) condition->clause, relid, open))
			condition->leakproof = false;
	}
}

/* Does so for every condition that a scan of a relation may evaluate. */
static void
hold_back_all(RelOptInfo *rel, Oid relation)
{
	Bitmapset  *open = open_columns_of(relation);
	ListCell   *cell;

	hold_back(rel->baserestrictinfo, rel->relid, open);
	hold_back(rel->joininfo, rel->relid, open);
	foreach(cell, rel->ppilist)
		hold_back(((ParamPathInfo *) lfirst(cell))->ppi_clauses, rel->relid, open);
	bms_free(open);
}

static void
put_policies_first(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	if (previous_pathlist_hook)
		previous_pathlist_hook(root, rel, rti, rte);
	if (rte->rtekind == RTE_RELATION && policy_first_guards(root, rti))
		hold_back_all(rel, rte->relid);
	if (!root->append_rel_array)
		return;
	/* paths of a parent's children may have got new parameters */
	for (int i = 1; i < root->simple_rel_array_size; i++)
	{
		AppendRelInfo *member = root->append_rel_array[i];

		if (member && member->parent_relid == rti && root->simple_rel_array[i] &&
			root->simple_rte_array[i]->rtekind == RTE_RELATION && policy_first_guards(root, i))
			hold_back_all(root->simple_rel_array[i], root->simple_rte_array[i]->relid);
	}
}

/* after_policy(anyelement) → anyelement: its argument; see 68_writable_views.sql */
Datum
modelapi_acl_after_policy_1_0(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

void
policy_first_initialize(void)
{
	previous_info_hook = get_relation_info_hook;
	get_relation_info_hook = limit_relation_info;
	previous_pathlist_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = put_policies_first;
}
