/*-------------------------------------------------------------------------
 *
 * hook.c
 *	  Where the planner meets the policies: the hook that offers scans, the support function.
 *
 * Policies call a function on each row.  All those functions have one support function, and
 * the public ones for the tables of applications have another (permission_rewrite.c).  Where
 * the hook finds such a condition on a table, it offers a custom scan that starts from what
 * the user reaches.
 *
 * Nothing here decides on access.  The support function estimates the number of rows.  Since
 * the planner calls it, this library, and its hook with it, is loaded before the first query
 * on these tables is planned.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/paths.h"
#include "utils/guc.h"

#include "hook.h"
#include "../catalog/object_ids.h"
#include "../compat.h"
#include "../scan/dependent_scan.h"
#include "../scan/model_api_scan.h"
#include "../scan/request_scan.h"
#include "dependent_paths.h"
#include "model_api_paths.h"
#include "policy_clause.h"
#include "policy_first.h"
#include "reach_rows.h"
#include "request_paths.h"
#include "scan_path.h"

PG_FUNCTION_INFO_V1(modelapi_acl_support_1_0);

static set_rel_pathlist_hook_type previous_hook = NULL;

static bool enable_reach_scan = true;

/* Whether a relation is one of the extension's tables, or a child of one. */
static bool
is_ours(PlannerInfo *root, Index relid)
{
	for (;;)
	{
		RangeTblEntry *rte = root->simple_rte_array[relid];

		if (rte->rtekind == RTE_RELATION && policy_first_is_ours(rte->relid))
			return true;
		if (!root->append_rel_array || !root->append_rel_array[relid])
			return false;
		relid = root->append_rel_array[relid]->parent_relid;
	}
}

static void
add_paths_for(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte,
			  const PolicyCondition *condition)
{
	if (condition->kind != CONDITION_ON_MODEL_API)
		dependent_paths_add(root, rel, rte, condition);
	else if (rte->relid == object_ids_table(TABLE_MODEL_APIS))
		model_api_paths_add(root, rel, rte, condition);
}

/* Whether the statement changes the row that a cursor is on. */
static bool
names_cursor(RelOptInfo *rel)
{
	ListCell   *cell;

	foreach(cell, rel->baserestrictinfo)
		if (IsA(lfirst_node(RestrictInfo, cell)->clause, CurrentOfExpr))
			return true;
	return false;
}

/*
 * Whether a statement can use the scans: one that reads; and one that changes or deletes rows
 * of an application's table, if it joins no other relation.  EvalPlanQual then has one row to
 * recheck, the one that has changed.
 */
static bool
can_use_scans(PlannerInfo *root, RelOptInfo *rel, Index rti)
{
	if (root->rowMarks != NIL)
		return false;
	switch (root->parse->commandType)
	{
		case CMD_SELECT:
			return true;
		case CMD_UPDATE:
		case CMD_DELETE:
			return rti == (Index) root->parse->resultRelation &&
				rel->reloptkind == RELOPT_BASEREL && !is_ours(root, rti) && !names_cursor(rel);
		default:
			return false;
	}
}

/*
 * Adds paths to a relation.
 *
 * On a table of an application, a path for each condition: the cheapest one is taken.
 */
static void
add_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	List	   *conditions;
	ListCell   *cell;

	if (previous_hook)
		previous_hook(root, rel, rti, rte);
	if (rte->rtekind == RTE_FUNCTION)
		request_paths_add(root, rel, rte);
	if (!enable_reach_scan || rte->rtekind != RTE_RELATION || rte->inh ||
		(rel->reloptkind != RELOPT_BASEREL && rel->reloptkind != RELOPT_OTHER_MEMBER_REL) ||
		rte->tablesample || !bms_is_empty(rel->lateral_relids) ||
		!can_use_scans(root, rel, rti) || rel->baserestrictinfo == NIL || IS_DUMMY_REL(rel))
		return;
	conditions = policy_clause_find(root, rel);
	if (conditions == NIL)
		return;
	if (!is_ours(root, rti))
	{
		reach_rows_correct(rel, conditions);
		foreach(cell, conditions)
			add_paths_for(root, rel, rte, lfirst(cell));
	}
	else if (rel->reloptkind == RELOPT_BASEREL)
		add_paths_for(root, rel, rte, policy_clause_choose(conditions));
}

/* The fraction of rows that a policy's condition keeps. */
static bool
estimate_selectivity(SupportRequestSelectivity *request)
{
	/* for a user's own row and for members of an organization, the planner's default will do */
	if (list_length(request->args) < 3 ||
		exprType(policy_clause_permission(request->args)) ==
		object_ids_enum_type(ENUM_ORGANIZATION_PERMISSION))
		return false;
	request->selectivity = scan_path_expected_fraction(policy_clause_permission(request->args));
	return true;
}

/*
 * The support function of the functions that policies call for each row.  It remembers its
 * own OID, by which the hook recognizes those functions.
 */
Datum
modelapi_acl_support_1_0(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	policy_clause_known_by(fcinfo->flinfo->fn_oid);
	if (IsA(request, SupportRequestSelectivity) &&
		estimate_selectivity((SupportRequestSelectivity *) request))
		PG_RETURN_POINTER(request);
	PG_RETURN_POINTER(NULL);
}

void
hook_initialize(void)
{
	DefineCustomBoolVariable("modelapi_acl.enable_reach_scan",
							 "Enables the planner's use of scans that start from what a user may reach.",
							 "What is shown is the same either way.",
							 &enable_reach_scan, true, PGC_USERSET, GUC_EXPLAIN,
							 NULL, NULL, NULL);
	RegisterCustomScanMethods(&model_api_scan_methods);
	RegisterCustomScanMethods(&dependent_scan_methods);
	RegisterCustomScanMethods(&request_scan_methods);
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = add_paths;
	reach_rows_initialize();
}
