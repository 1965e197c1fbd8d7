/*-------------------------------------------------------------------------
 *
 * model_api_paths.c
 *	  Offers the custom scan of model_apis: in no order, and by creation time.
 *
 * The paths are the same for every user.  What a user's grants are is looked up when the scan
 * starts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "utils/fmgroids.h"

#include "model_api_paths.h"
#include "../catalog/columns.h"
#include "../catalog/indexes.h"
#include "../catalog/object_ids.h"
#include "../scan/model_api_scan.h"
#include "../scan/plan_info.h"
#include "../scan/entries.h"
#include "policy_clause.h"
#include "scan_path.h"

/* Which rows the query's own conditions on visibility admit. */
static void
look_at_visibility(RelOptInfo *rel, ModelApiPlan *plan)
{
	ListCell   *cell;

	plan->wants_public = plan->wants_private = true;
	foreach(cell, rel->baserestrictinfo)
	{
		OpExpr	   *condition = (OpExpr *) lfirst_node(RestrictInfo, cell)->clause;
		Node	   *left;
		Node	   *right;
		Oid			label;
		bool		is_public;
		bool		is_equal;

		if (!IsA(condition, OpExpr) || list_length(condition->args) != 2)
			continue;
		set_opfuncid(condition);
		if (condition->opfuncid != F_ENUM_EQ && condition->opfuncid != F_ENUM_NE)
			continue;
		is_equal = condition->opfuncid == F_ENUM_EQ;
		left = linitial(condition->args);
		right = lsecond(condition->args);
		if (IsA(left, Const))
		{
			Node	   *swap = left;

			left = right;
			right = swap;
		}
		if (!IsA(left, Var) || ((Var *) left)->varno != rel->relid ||
			((Var *) left)->varattno != Anum_model_apis_visibility ||
			!IsA(right, Const) || ((Const *) right)->constisnull)
			continue;
		label = DatumGetObjectId(((Const *) right)->constvalue);
		is_public = object_ids_enum_ordinal(ENUM_VISIBILITY, label) == VISIBILITY_PUBLIC;
		if (is_public == is_equal)
			plan->wants_private = false;
		else
			plan->wants_public = false;
	}
}

/* Whether an index entry holds every column that the query needs of the relation. */
static bool
needs_no_heap(RelOptInfo *rel, const PolicyCondition *condition)
{
	static const AttrNumber covered[] = {Anum_model_apis_id, Anum_model_apis_project_id,
		Anum_model_apis_visibility, Anum_model_apis_authorization_mode, Anum_model_apis_created_at,
	TableOidAttributeNumber};
	Bitmapset  *others = scan_path_columns(rel, condition);

	for (int i = 0; i < lengthof(covered); i++)
		others = bms_del_member(others, covered[i] - FirstLowInvalidHeapAttributeNumber);
	return bms_is_empty(others);
}

static Plan *
plan_model_api_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path,
					List *tlist, List *clauses, List *custom_plans)
{
	return scan_path_plan(rel, path, tlist, clauses, &model_api_scan_methods);
}

static const CustomPathMethods path_methods = {
	.CustomName = "modelapi_acl reach",
	.PlanCustomPath = plan_model_api_scan,
};

static void
add_scan(RelOptInfo *rel, const PolicyCondition *condition, const ModelApiPlan *plan,
		 List *pathkeys)
{
	double		reach = scan_path_expected_reach(condition->permission,
												 plan->wants_public, plan->wants_private);
	CustomPath *path = scan_path_create(rel, reach, 0, pathkeys);

	path->custom_private = scan_path_private(plan_info_from_model_api_plan(plan), condition,
											 condition->permission,
											 scan_path_bounds(rel, plan->order,
															  Anum_model_apis_created_at));
	path->methods = &path_methods;
	add_path(rel, &path->path);
}

/* The useful pathkeys of the index by creation time, in one direction. */
static List *
creation_pathkeys(PlannerInfo *root, RelOptInfo *rel, ScanDirection direction)
{
	IndexChoice access;
	ListCell   *cell;

	table_close(indexes_open(INDEX_MODEL_APIS_BY_CREATION, &access), AccessShareLock);
	foreach(cell, rel->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, cell);

		if (index->indexoid == access.index)
			return truncate_useless_pathkeys(root, rel,
											 build_index_pathkeys(root, index, direction));
	}
	return NIL;
}

/* Whether all indexes exist that the scan reads. */
static bool
has_indexes(Oid table)
{
	Relation	model_apis = table_open(table, NoLock);	/* the query has locked it */
	bool		result = entries_have_indexes(model_apis);

	table_close(model_apis, NoLock);
	return result;
}

void
model_api_paths_add(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte,
					const PolicyCondition *condition)
{
	static const ScanDirection directions[] = {BackwardScanDirection, ForwardScanDirection};
	ModelApiPlan	plan = {.order = NoMovementScanDirection};

	if (scan_path_needs_system_columns(rel) || !has_indexes(rte->relid))
		return;
	plan.needs_no_heap = needs_no_heap(rel, condition);
	look_at_visibility(rel, &plan);
	/* without an order a node above this scan may read all rows: no limit */
	add_scan(rel, condition, &plan, NIL);
	plan.limit = scan_path_limit(root);
	for (int i = 0; i < lengthof(directions); i++)
	{
		List	   *pathkeys = creation_pathkeys(root, rel, directions[i]);

		plan.order = directions[i];
		if (pathkeys)
			add_scan(rel, condition, &plan, pathkeys);
	}
}
