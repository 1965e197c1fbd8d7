/*-------------------------------------------------------------------------
 *
 * support.c
 *	  What the planner is told of the policies.
 *
 * The policies of model_apis ask model_api_permits() for each row.  Where the
 * planner finds that condition on the table it is offered a scan that starts
 * from what the one asking may reach (see scan.c), in the order of creation
 * if the query asks for that.  The path is offered to every user alike; what
 * a user's grants are is looked at when the scan runs.
 *
 * Nothing here decides on access.  The function's support function tells how
 * many rows to expect; that the planner calls it also makes sure that this
 * library, and its hook with it, is there when the first query is planned.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "modelapi_acl.h"
#include "scan.h"

/* How many private rows a user is taken to reach; the rest are public ones */
#define EXPECTED_REACH 1000.0

/* What a gathered row costs: two pages of an index, or of the heap, in cache */
#define COST_OF_ROW (20 * cpu_tuple_cost)
#define COST_OF_START (100 * cpu_tuple_cost)

/* Arguments of model_api_permits for a row */
enum
{
	ARGUMENT_ID,
	ARGUMENT_PROJECT_ID,
	ARGUMENT_VISIBILITY,
	ARGUMENT_AUTHORIZATION_MODE,
	ARGUMENT_PERMISSION,
	ARGUMENT_IDENTITY,
	ARGUMENT_COUNT
};

PG_FUNCTION_INFO_V1(modelapi_acl_support_1_0);

static set_rel_pathlist_hook_type previous_hook = NULL;

/* The support function's own OID, by which the policies' function is known */
static Oid	support_function = InvalidOid;

static bool enable_reach_scan = true;

/* ----------
 * Conditions
 * ----------
 */

/* A condition that asks for a permission on the rows of a relation, or NULL. */
static FuncExpr *
permission_condition(Node *clause, Index relid)
{
	static const AttrNumber columns[] = {1, 2, 5, 6};	/* up to the mode */
	FuncExpr   *call = (FuncExpr *) clause;

	if (!IsA(clause, FuncExpr) || list_length(call->args) != ARGUMENT_COUNT ||
		!OidIsValid(support_function) ||
		get_func_support(call->funcid) != support_function)
		return NULL;
	for (int i = ARGUMENT_ID; i <= ARGUMENT_AUTHORIZATION_MODE; i++)
	{
		Var		   *var = (Var *) list_nth(call->args, i);

		if (!IsA(var, Var) || var->varno != relid || var->varlevelsup != 0 ||
			var->varattno != columns[i])
			return NULL;
	}
	for (int i = ARGUMENT_PERMISSION; i <= ARGUMENT_IDENTITY; i++)
		if (contain_var_clause((Node *) list_nth(call->args, i)) ||
			contain_volatile_functions((Node *) list_nth(call->args, i)))
			return NULL;
	return call;
}

/* The permission that is asked for, as far as the planner knows it. */
static bool
known_permission(FuncExpr *call, Permission *permission)
{
	Const	   *value = (Const *) list_nth(call->args, ARGUMENT_PERMISSION);

	if (!IsA(value, Const) || value->constisnull)
		return false;
	*permission = (Permission)
		catalog_enum_place(STORE_ENUM_PERMISSION, DatumGetObjectId(value->constvalue));
	return true;
}

/*
 * Of several conditions the scan takes one, the others stay filters: rather
 * what a query asks for than the policy's "view".
 */
static RestrictInfo *
choose_condition(RelOptInfo *rel)
{
	RestrictInfo *chosen = NULL;
	ListCell   *cell;

	foreach(cell, rel->baserestrictinfo)
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, cell);
		FuncExpr   *call = permission_condition((Node *) restriction->clause, rel->relid);
		Permission	permission;

		if (call && (!chosen || !known_permission(call, &permission) ||
					 permission != PERMISSION_VIEW))
			chosen = restriction;
	}
	return chosen;
}

/* What conditions on visibility alone leave of the rows. */
static void
look_at_visibility(RelOptInfo *rel, ScanPlan *plan)
{
	ListCell   *cell;

	plan->wants_public = plan->wants_private = true;
	foreach(cell, rel->baserestrictinfo)
	{
		OpExpr	   *condition = (OpExpr *) lfirst_node(RestrictInfo, cell)->clause;
		Node	   *left;
		Node	   *right;
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
			((Var *) left)->varattno != 5 ||
			!IsA(right, Const) || ((Const *) right)->constisnull)
			continue;
		is_public = catalog_enum_place(STORE_ENUM_VISIBILITY,
									   DatumGetObjectId(((Const *) right)->constvalue)) == VISIBILITY_PUBLIC;
		if (is_public == is_equal)
			plan->wants_private = false;
		else
			plan->wants_public = false;
	}
}

/*
 * Whether an index's entry holds all columns that the query needs of the
 * relation.  False for *possible where it needs what only the heap's own tuple
 * can give.
 */
static bool
needs_no_heap(RelOptInfo *rel, RestrictInfo *condition, bool *possible)
{
	static const AttrNumber covered[] = {1, 2, 5, 6, 9};
	Bitmapset  *columns = NULL;
	ListCell   *cell;
	bool		result = true;
	int			column = -1;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &columns);
	foreach(cell, rel->baserestrictinfo)
		if (lfirst(cell) != condition)
			pull_varattnos((Node *) lfirst_node(RestrictInfo, cell)->clause, rel->relid, &columns);
	while ((column = bms_next_member(columns, column)) >= 0)
	{
		AttrNumber	attribute = column + FirstLowInvalidHeapAttributeNumber;
		bool		found = false;

		if (attribute < 0 && attribute != SelfItemPointerAttributeNumber &&
			attribute != TableOidAttributeNumber)
			*possible = false;
		for (int i = 0; i < lengthof(covered); i++)
			found |= covered[i] == attribute;
		result &= found;
	}
	return result;
}

/* ----------
 * Paths
 * ----------
 */

static Plan *
plan_reach_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path,
				List *tlist, List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	RestrictInfo *condition = (RestrictInfo *) lsecond(path->custom_private);
	FuncExpr   *call = (FuncExpr *) condition->clause;

	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = extract_actual_clauses(list_delete_ptr(list_copy(clauses), condition), false);
	scan->scan.scanrelid = rel->relid;
	scan->flags = path->flags;
	scan->custom_exprs = list_make2(list_nth(call->args, ARGUMENT_PERMISSION),
									list_nth(call->args, ARGUMENT_IDENTITY));
	scan->custom_private = (List *) linitial(path->custom_private);
	scan->methods = &reach_scan_methods;
	return &scan->scan.plan;
}

static const CustomPathMethods reach_path_methods = {
	.CustomName = "modelapi_acl reach",
	.PlanCustomPath = plan_reach_scan,
};

static double
index_tuples(RelOptInfo *rel, StoreIndex which)
{
	Oid			table_oid;
	Oid			index_oid;
	ListCell   *cell;

	catalog_index(which, &table_oid, &index_oid);
	foreach(cell, rel->indexlist)
		if (lfirst_node(IndexOptInfo, cell)->indexoid == index_oid)
			return Min(lfirst_node(IndexOptInfo, cell)->tuples, rel->tuples);
	return 0;
}

/* How many rows a permission is taken to let a user have. */
static double
expected_rows(RelOptInfo *rel, FuncExpr *call, bool wants_public, bool wants_private)
{
	double		rows = 0;
	Permission	permission;

	if (wants_private)
		rows += EXPECTED_REACH;
	if (wants_public &&
		(!known_permission(call, &permission) || access_is_open_when_public(permission)))
		rows += index_tuples(rel, INDEX_MODEL_APIS_PUBLIC);
	return Max(Min(rows, rel->tuples), 1);
}

static void
offer_path(PlannerInfo *root, RelOptInfo *rel, RestrictInfo *condition,
		   const ScanPlan *plan, List *pathkeys)
{
	CustomPath *path = makeNode(CustomPath);
	double		private_rows = expected_rows(rel, (FuncExpr *) condition->clause,
											 false, plan->wants_private);
	double		rows = expected_rows(rel, (FuncExpr *) condition->clause,
									 plan->wants_public, plan->wants_private);

	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.rows = rel->rows;
	path->path.pathkeys = pathkeys;
	path->path.startup_cost = COST_OF_START;
	path->path.total_cost = COST_OF_START + rows * COST_OF_ROW;
	if (pathkeys)				/* entries of all private rows are sorted first */
		path->path.startup_cost += private_rows * COST_OF_ROW / 2;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_private = list_make2(scan_plan_to_list(plan), condition);
	path->methods = &reach_path_methods;
	add_path(rel, &path->path);
}

/* The pathkeys that an index gives in one direction, as far as they are useful. */
static List *
creation_pathkeys(PlannerInfo *root, RelOptInfo *rel, ScanDirection direction)
{
	Oid			table_oid;
	Oid			index_oid;
	ListCell   *cell;

	catalog_index(INDEX_MODEL_APIS_BY_CREATION, &table_oid, &index_oid);
	foreach(cell, rel->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, cell);

		if (index->indexoid == index_oid)
			return truncate_useless_pathkeys(root, rel,
											 build_index_pathkeys(root, index, direction));
	}
	return NIL;
}

/* How many rows are likely to be taken; 0: all. */
static int
likely_limit(PlannerInfo *root)
{
	if (root->limit_tuples > 0)
		return (int) Min(root->limit_tuples, 1000000);
	return root->parse->limitCount ? 100 : 0;
}

static void
offer_reach_scan(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	RestrictInfo *condition;
	ScanPlan	plan;
	bool		possible = true;
	static const ScanDirection directions[] = {BackwardScanDirection, ForwardScanDirection};

	if (previous_hook)
		previous_hook(root, rel, rti, rte);
	if (!enable_reach_scan || rte->rtekind != RTE_RELATION || rel->reloptkind != RELOPT_BASEREL ||
		rte->tablesample || !OidIsValid(support_function) ||
		!bms_is_empty(rel->lateral_relids) ||
		root->parse->commandType != CMD_SELECT || root->rowMarks != NIL ||
		rel->baserestrictinfo == NIL)
		return;
	condition = choose_condition(rel);
	if (!condition)
		return;
	plan.needs_no_heap = needs_no_heap(rel, condition, &possible);
	if (!possible)
		return;
	look_at_visibility(rel, &plan);
	plan.limit = likely_limit(root);
	plan.order = NoMovementScanDirection;
	offer_path(root, rel, condition, &plan, NIL);
	for (int i = 0; i < lengthof(directions); i++)
	{
		List	   *pathkeys = creation_pathkeys(root, rel, directions[i]);

		plan.order = directions[i];
		if (pathkeys)
			offer_path(root, rel, condition, &plan, pathkeys);
	}
}

/* ----------
 * The support function
 * ----------
 */

/* How many of the rows a condition leaves. */
static bool
estimate_selectivity(SupportRequestSelectivity *request)
{
	FuncExpr	call = {.xpr = {T_FuncExpr}, .args = request->args};
	Var		   *id = (Var *) linitial(request->args);
	RelOptInfo *rel;

	if (list_length(request->args) != ARGUMENT_COUNT || !IsA(id, Var) ||
		id->varlevelsup != 0 || id->varno >= request->root->simple_rel_array_size)
		return false;
	rel = request->root->simple_rel_array[id->varno];
	if (!rel || rel->tuples < 1)
		return false;
	request->selectivity = expected_rows(rel, &call, true, true) / rel->tuples;
	return true;
}

/*
 * modelapi_acl_support: for functions with the arguments of model_api_permits.
 * Remembers its own OID: that is how the hook knows the function.
 */
Datum
modelapi_acl_support_1_0(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	support_function = fcinfo->flinfo->fn_oid;
	if (IsA(request, SupportRequestSelectivity) &&
		estimate_selectivity((SupportRequestSelectivity *) request))
		PG_RETURN_POINTER(request);
	PG_RETURN_POINTER(NULL);
}

void
support_initialize(void)
{
	DefineCustomBoolVariable("modelapi_acl.enable_reach_scan",
							 "Enables the planner's use of scans that start from what a user may reach.",
							 "What is shown is the same either way.",
							 &enable_reach_scan, true, PGC_USERSET, GUC_EXPLAIN,
							 NULL, NULL, NULL);
	RegisterCustomScanMethods(&reach_scan_methods);
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = offer_reach_scan;
}
