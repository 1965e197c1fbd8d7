/*-------------------------------------------------------------------------
 *
 * dependent_paths.c
 *	  Offers the custom scan of dependent tables, of the extension and of applications: in
 *	  no order, and in the orders of indexes.
 *
 * Administrators see every row.  For them a key that the query fixes is of no use to the scan,
 * and an index scan is better.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"

#include "dependent_paths.h"
#include "../catalog/object_ids.h"
#include "../identity/current_role.h"
#include "../scan/dependent_scan.h"
#include "../scan/keys.h"
#include "../scan/lookup_rules.h"
#include "../scan/plan_info.h"
#include "join_keys.h"
#include "key_index.h"
#include "policy_clause.h"
#include "policy_first.h"
#include "scan_path.h"

/* The number of rows that are taken to have a key which the query fixes */
#define EXPECTED_ROWS_OF_KEY 100.0

/*
 * Finds the keys that the query fixes, two expressions for each arm, and removes arms that
 * are of use only with one.
 */
static List *
asked_keys(RelOptInfo *rel, LookupPlan *plan)
{
	List	   *keys = NIL;
	int			narms = 0;

	for (int i = 0; i < plan->narms; i++)
	{
		LookupArm	arm = plan->arms[i];
		Node	   *second = arm.second != 0 ? policy_clause_asked_key(rel, arm.second) : NULL;
		Node	   *first = second || arm.is_hidden ? policy_clause_asked_key(rel, arm.column) : NULL;

		if (!first && arm.only_if_asked)
			continue;
		arm.is_asked = first != NULL;
		if (!second)
			arm.second = 0;
		plan->arms[narms++] = arm;
		keys = lappend(keys, first ? first : (Node *) makeNullConst(UUIDOID, -1, InvalidOid));
		keys = lappend(keys, second ? second : (Node *) makeNullConst(UUIDOID, -1, InvalidOid));
	}
	plan->narms = narms;
	return keys;
}

/* Fills in the arms and finds the permission that they are for; false if there are none. */
static bool
find_arms(const PolicyCondition *condition, Oid table, LookupPlan *plan, Node **argument)
{
	Permission	permission;

	*argument = condition->permission;
	plan->narms = 1;
	plan->arms[0].column = condition->column;
	switch (condition->kind)
	{
		case CONDITION_BY_MODEL_API:
			plan->arms[0].source = KEYS_MODEL_APIS;
			return true;
		case CONDITION_BY_PROJECT:
			plan->arms[0].source = KEYS_PERMITTED_PROJECTS;
			return true;
		case CONDITION_BY_RULE:
			plan->narms = lookup_rules_find(table, plan->arms, &permission);
			if (plan->narms == 0)
				return false;
			*argument = (Node *) makeConst(object_ids_enum_type(ENUM_PERMISSION), -1, InvalidOid,
										   sizeof(Oid),
										   ObjectIdGetDatum(object_ids_enum_label(ENUM_PERMISSION,
																				  permission)),
										   false, true);
			return true;
		case CONDITION_ON_MODEL_API:
			break;
	}
	return false;
}

/*
 * Finds an index for each arm, which the rule has not named; false if one has none.  order:
 * the first column of the order, or 0.
 */
static bool
find_indexes(RelOptInfo *rel, Oid table, AttrNumber order, const PolicyCondition *condition,
			 LookupPlan *plan)
{
	KeyIndexWishes wishes = {.order = order, .table = table};

	/* a sort has to fetch the rows; a rule's condition is evaluated for the other arms alone */
	wishes.columns = scan_path_columns(rel, condition->kind == CONDITION_BY_RULE ? condition : NULL);
	for (int i = 0; i < plan->narms; i++)
	{
		LookupArm  *arm = &plan->arms[i];
		IndexOptInfo *index;

		if (arm->is_hidden)
		{
			if (!OidIsValid(arm->index))
				return false;
			continue;
		}
		wishes.second = arm->second;
		/* rows of later arms are compared with the keys of the first ones */
		wishes.has_columns = order == 0 && i == 0 && keys_decide(arm->source);
		index = key_index_choose(rel, arm->column, &wishes);
		if (!index)
			return false;
		arm->index = index->indexoid;
		arm->needs_no_heap = key_index_returns(index, &wishes);
	}
	return plan->narms > 0;
}

/* Whether the scan can return rows in the order of an index. */
static bool
is_ordered(IndexOptInfo *index)
{
	return index->relam == BTREE_AM_OID && index->nkeycolumns > 0 && !index->hypothetical &&
		(index->indpred == NIL || index->predOK);
}

/* Whether few keys find all rows: those that the query fixes, or the user. */
static bool
has_few_keys(const LookupPlan *plan)
{
	for (int i = 0; i < plan->narms; i++)
		if (plan->arms[i].is_asked)
			return true;
	return plan->narms == 1 && plan->arms[0].source == KEYS_USER;
}

static Plan *
plan_dependent_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path,
					List *tlist, List *clauses, List *custom_plans)
{
	return scan_path_plan(rel, path, tlist, clauses, &dependent_scan_methods);
}

static const CustomPathMethods path_methods = {
	.CustomName = "modelapi_acl look-up",
	.PlanCustomPath = plan_dependent_scan,
};

/*
 * Whether the plan is one for administrators, who see all rows of a table of their own.
 * Plans of queries with policies are not shared with other roles.
 */
static bool
is_for_administrators(PlannerInfo *root, Oid table)
{
	return root->parse->hasRowSecurity && !policy_first_is_ours(table) &&
		current_role_is_administrator();
}

/* The number of keys that a user is taken to have. */
static double
expected_keys(const LookupPlan *plan, Oid table, Node *permission)
{
	if (plan->arms[0].source == KEYS_PERMITTED_PROJECTS && !policy_first_is_ours(table))
		return scan_path_expected_projects(permission);
	return scan_path_expected_reach(permission, true, true);
}

static void
add_scan(PlannerInfo *root, RelOptInfo *rel, const PolicyCondition *condition,
		 const LookupPlan *plan, List *others, List *pathkeys)
{
	CustomPath *path;
	Node	   *argument = linitial(others);
	Oid			table = root->simple_rte_array[rel->relid]->relid;

	if (has_few_keys(plan))
		path = scan_path_create(rel, plan->narms == 1 ? 1 : EXPECTED_ROWS_OF_KEY, 0, pathkeys);
	else if (is_for_administrators(root, table))
		path = scan_path_create(rel, 0, rel->tuples, pathkeys);
	else
		/* one index look-up finds a model API, another one its rows */
		path = scan_path_create(rel, expected_keys(plan, table, argument) * 2,
								scan_path_expected_fraction(argument) * rel->tuples, pathkeys);
	/* to read all rows in order costs more than to read them */
	if (pathkeys && !policy_first_is_ours(table))
		path->path.total_cost += 2 * cpu_operator_cost * rel->rows * log2(Max(rel->rows, 2));
	path->custom_private = scan_path_private(plan_info_from_lookup_plan(plan), condition, argument,
											 list_copy_tail(others, 1));
	path->methods = &path_methods;
	add_path(rel, &path->path);
}

/* Adds the paths in the order of an index, in both directions. */
static void
add_ordered(PlannerInfo *root, RelOptInfo *rel, const PolicyCondition *condition,
			LookupPlan *plan, IndexOptInfo *index, Node *argument, List *keys)
{
	static const ScanDirection directions[] = {BackwardScanDirection, ForwardScanDirection};
	AttrNumber	first = (AttrNumber) index->indexkeys[0];

	if (!find_indexes(rel, root->simple_rte_array[rel->relid]->relid, first, condition, plan))
		return;
	plan->order_index = index->indexoid;
	for (int i = 0; i < lengthof(directions); i++)
	{
		List	   *pathkeys = build_index_pathkeys(root, index, directions[i]);

		pathkeys = truncate_useless_pathkeys(root, rel, pathkeys);
		plan->order = directions[i];
		if (pathkeys)
			add_scan(root, rel, condition, plan,
					 list_concat(lcons(argument, scan_path_bounds(rel, plan->order, first)), keys),
					 pathkeys);
	}
}

/*
 * Adds the paths that look up one key for each row of other relations of a join, in the
 * inner side of a nested loop.  The scan then asks once for each key.
 */
static void
add_joined(PlannerInfo *root, RelOptInfo *rel, const PolicyCondition *condition,
		   LookupPlan plan, Node *argument)
{
	ListCell   *cell;
	LookupArm  *arm = &plan.arms[0];

	/* what the scan keeps from one key to the next must not depend on the other relations */
	if (plan.narms != 1 || !keys_decide(arm->source) || arm->second != 0 ||
		condition->identity || !IsA(argument, Const) || rel->reloptkind != RELOPT_BASEREL)
		return;
	arm->is_asked = true;
	foreach(cell, join_keys_find(root, rel, arm->column))
	{
		JoinKey    *found = lfirst(cell);
		List	   *others = list_concat(scan_path_bounds(rel, NoMovementScanDirection, 0),
										 list_make2(found->key,
													makeNullConst(UUIDOID, -1, InvalidOid)));
		CustomPath *path = scan_path_create_joined(root, rel, found->outer,
												   scan_path_rows_of_key(rel, arm->source == KEYS_PERMITTED_PROJECTS),
												   arm->needs_no_heap);

		path->custom_private = scan_path_private(plan_info_from_lookup_plan(&plan), condition,
												 argument, others);
		path->methods = &path_methods;
		add_path(rel, &path->path);
	}
}

void
dependent_paths_add(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte,
					const PolicyCondition *condition)
{
	LookupPlan	plan = {.order = NoMovementScanDirection};
	Node	   *argument;
	List	   *keys;
	ListCell   *cell;

	if (scan_path_needs_system_columns(rel) || !find_arms(condition, rte->relid, &plan, &argument))
		return;
	keys = asked_keys(rel, &plan);
	if (!find_indexes(rel, rte->relid, 0, condition, &plan) ||
		(has_few_keys(&plan) && !policy_first_guards(root, rel->relid)))
		return;
	/* without an order a node above this scan may read all rows: no limit */
	add_scan(root, rel, condition, &plan,
			 list_concat(lcons(argument, scan_path_bounds(rel, plan.order, 0)), keys), NIL);
	if (!policy_first_is_ours(rte->relid) && !is_for_administrators(root, rte->relid))
		add_joined(root, rel, condition, plan, argument);
	plan.limit = scan_path_limit(root);
	if (plan.limit == 0)
		return;
	foreach(cell, rel->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, cell);

		if (is_ordered(index))
			add_ordered(root, rel, condition, &plan, index, argument, keys);
	}
}
