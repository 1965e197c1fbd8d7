/*-------------------------------------------------------------------------
 *
 * support.c
 *	  What the planner is told of the policies.
 *
 * The policies ask functions with this support function for each row.  Where
 * the planner finds such a condition on a table it is offered a scan that
 * starts from what the one asking may reach: of model_apis (see scan.c), in the
 * order of creation if the query asks for that, and of the tables around it
 * (see lookup.c).  The path is offered to every user alike; what a user's
 * grants are is looked at when the scan runs.
 *
 * Nothing here decides on access.  The support function tells how many rows to
 * expect; that the planner calls it also makes sure that this library, and its
 * hook with it, is there when the first query is planned.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
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
#include "utils/syscache.h"

#include "modelapi_acl.h"
#include "scan.h"

/*
 * How many private rows a user is taken to reach, and which part of all model APIs is
 * taken to be public.  How many there really are would tell those who may not see them.
 */
#define EXPECTED_REACH 1000.0
#define EXPECTED_PUBLIC 0.01

/* As how many rows those are taken that have a key which the query asks for */
#define EXPECTED_ROWS_OF_KEY 100.0

/* What a gathered row costs: two pages of an index, or of the heap, in cache */
#define COST_OF_ROW (20 * cpu_tuple_cost)
#define COST_OF_START (100 * cpu_tuple_cost)

/* The operator family of the index operator class uuid_ops, which no header names */
#define UUID_BTREE_FAM 2968

PG_FUNCTION_INFO_V1(modelapi_acl_support_1_0);

static set_rel_pathlist_hook_type previous_hook = NULL;

static bool enable_reach_scan = true;

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
		AttrNumber	attribute = (AttrNumber) (column + FirstLowInvalidHeapAttributeNumber);
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

/*
 * custom_private of both: the plan's own, the condition, its permission, the bounds; of a
 * look-up also the keys that are asked for.  The scans decide by the condition themselves;
 * all others stay filters.
 */
static Plan *
plan_scan(RelOptInfo *rel, CustomPath *path, List *tlist, List *clauses,
		  const CustomScanMethods *methods)
{
	CustomScan *scan = makeNode(CustomScan);
	RestrictInfo *condition = (RestrictInfo *) lsecond(path->custom_private);

	scan->scan.plan.targetlist = tlist;
	clauses = list_delete_ptr(list_copy(clauses), condition);
	scan->scan.plan.qual = extract_actual_clauses(clauses, false);
	scan->scan.scanrelid = rel->relid;
	scan->flags = path->flags;
	scan->custom_exprs = list_make3(lthird(path->custom_private),
									condition_identity((FuncExpr *) condition->clause),
									condition->clause);
	for (int i = 3; i < list_length(path->custom_private); i++)
		scan->custom_exprs = list_concat(scan->custom_exprs, (List *) list_nth(path->custom_private, i));
	scan->custom_private = (List *) linitial(path->custom_private);
	scan->methods = methods;
	return &scan->scan.plan;
}

static Plan *
plan_reach_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path,
				List *tlist, List *clauses, List *custom_plans)
{
	return plan_scan(rel, path, tlist, clauses, &reach_scan_methods);
}

static Plan *
plan_lookup_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path,
				 List *tlist, List *clauses, List *custom_plans)
{
	return plan_scan(rel, path, tlist, clauses, &lookup_scan_methods);
}

static const CustomPathMethods reach_path_methods = {
	.CustomName = "modelapi_acl reach",
	.PlanCustomPath = plan_reach_scan,
};

static const CustomPathMethods lookup_path_methods = {
	.CustomName = "modelapi_acl look-up",
	.PlanCustomPath = plan_lookup_scan,
};

static double
tuples_of(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	double		tuples = 0;

	if (HeapTupleIsValid(tuple))
	{
		tuples = Max(((Form_pg_class) GETSTRUCT(tuple))->reltuples, 0);
		ReleaseSysCache(tuple);
	}
	return tuples;
}

/* On how many model APIs a user is taken to hold a permission. */
static double
expected_reach(FuncExpr *call, bool wants_public, bool wants_private)
{
	double		reach = 0;
	Permission	permission;
	Oid			table = catalog_table(TABLE_MODEL_APIS);

	if (wants_private)
		reach += EXPECTED_REACH;
	if (wants_public && condition_asks_for_permission(call->args) &&
		(!condition_known_permission(call, &permission) || access_is_open_when_public(permission)))
		reach += tuples_of(table) * EXPECTED_PUBLIC;
	return Max(Min(reach, tuples_of(table)), 1);
}

/* Which part of a relation's rows belongs to these. */
static double
expected_fraction(FuncExpr *call)
{
	return Min(expected_reach(call, true, true) / Max(tuples_of(catalog_table(TABLE_MODEL_APIS)), 1), 1);
}

/* A path that costs as much as it takes to find so many rows, and as many others. */
static CustomPath *
make_path(RelOptInfo *rel, double reach, double others, List *pathkeys)
{
	CustomPath *path = makeNode(CustomPath);

	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.rows = rel->rows;
	path->path.pathkeys = pathkeys;
	path->path.startup_cost = COST_OF_START;
	path->path.total_cost = COST_OF_START + reach * COST_OF_ROW + others * cpu_tuple_cost;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	return path;
}

/* The bounds on the column of an order; for none NULL constants. */
static List *
bounds_of(RelOptInfo *rel, ScanDirection order, AttrNumber column)
{
	Node	   *bounds[BOUNDS];

	/* no column has the number 0 */
	bounds_find(rel, ScanDirectionIsNoMovement(order) ? 0 : column, bounds);
	return list_make2(bounds[BOUND_FROM], bounds[BOUND_UNTIL]);
}

static void
offer_scan(RelOptInfo *rel, RestrictInfo *condition, const ScanPlan *plan, List *pathkeys)
{
	FuncExpr   *call = (FuncExpr *) condition->clause;
	CustomPath *path = make_path(rel, expected_reach(call, plan->wants_public, plan->wants_private),
								 0, pathkeys);

	path->custom_private = list_make4(scan_plan_to_list(plan), condition, condition_permission(call),
									  bounds_of(rel, plan->order, 9)); /* created_at */
	path->methods = &reach_path_methods;
	add_path(rel, &path->path);
}

/* The pathkeys that an index gives in one direction, as far as they are useful. */
static List *
creation_pathkeys(PlannerInfo *root, RelOptInfo *rel, ScanDirection direction)
{
	StoreAccess access;
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

/* How many rows are likely to be taken; 0: all. */
static int
likely_limit(PlannerInfo *root)
{
	if (root->limit_tuples > 0)
		return (int) Min(root->limit_tuples, 1000000);
	return root->parse->limitCount ? 100 : 0;
}

/* Whether a predicate leaves out nothing but where a column is NULL. */
static bool
keeps_all_keys(List *predicate, Index relid, AttrNumber column)
{
	NullTest   *test = predicate ? linitial(predicate) : NULL;
	Var		   *var = test && IsA(test, NullTest) ? (Var *) test->arg : NULL;

	return predicate == NIL ||
		(list_length(predicate) == 1 && var && IsA(var, Var) && test->nulltesttype == IS_NOT_NULL &&
		 var->varno == relid && var->varattno == column);
}

static bool
goes_on(IndexOptInfo *index, AttrNumber second)
{
	return second != 0 && index->ncolumns > 1 && index->indexkeys[1] == second;
}

/*
 * An index that a column leads, a uuid, or InvalidOid: rather one whose next column is
 * the second, if there is one; the narrowest of them.
 */
static Oid
index_by(RelOptInfo *rel, AttrNumber column, AttrNumber second)
{
	IndexOptInfo *best = NULL;
	ListCell   *cell;

	foreach(cell, rel->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, cell);

		if (index->relam == BTREE_AM_OID && index->nkeycolumns > 0 &&
			index->indexkeys[0] == column && index->opcintype[0] == UUIDOID &&
			index->opfamily[0] == UUID_BTREE_FAM && !index->hypothetical &&
			keeps_all_keys(index->indpred, rel->relid, column) &&
			(!best || goes_on(index, second) > goes_on(best, second) ||
			 (goes_on(index, second) == goes_on(best, second) && index->ncolumns < best->ncolumns)))
			best = index;
	}
	return best ? best->indexoid : InvalidOid;
}

/* For model_apis: in no order, and in that of creation if it is of use. */
static void
offer_model_apis(PlannerInfo *root, RelOptInfo *rel, RestrictInfo *condition)
{
	static const ScanDirection directions[] = {BackwardScanDirection, ForwardScanDirection};
	ScanPlan	plan = {.order = NoMovementScanDirection};
	bool		possible = true;

	plan.needs_no_heap = needs_no_heap(rel, condition, &possible);
	if (!possible)
		return;
	look_at_visibility(rel, &plan);
	/* in no order whatever is above this scan may take all its rows: no limit */
	offer_scan(rel, condition, &plan, NIL);
	plan.limit = likely_limit(root);
	for (int i = 0; i < lengthof(directions); i++)
	{
		List	   *pathkeys = creation_pathkeys(root, rel, directions[i]);

		plan.order = directions[i];
		if (pathkeys)
			offer_scan(rel, condition, &plan, pathkeys);
	}
}

/*
 * Finds the keys that the query asks for, two expressions for each arm, and leaves out
 * arms that are only of use with one.
 */
static List *
asked_keys(RelOptInfo *rel, LookupPlan *plan)
{
	List	   *keys = NIL;
	int			narms = 0;

	for (int i = 0; i < plan->narms; i++)
	{
		LookupArm	arm = plan->arms[i];
		Node	   *second = arm.second != 0 ? condition_asked_key(rel, arm.second) : NULL;
		Node	   *first = second || arm.is_hidden ? condition_asked_key(rel, arm.column) : NULL;

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

/* The ways to the rows of a table around model_apis; false for any other table. */
static bool
plan_lookup(RelOptInfo *rel, FuncExpr *call, Oid table, LookupPlan *plan, Node **argument)
{
	Permission	permission;

	if (condition_asks_for_permission(call->args))
	{
		plan->narms = 1;
		plan->arms[0].source = KEYS_MODEL_APIS;
		plan->arms[0].column = ((Var *) linitial(call->args))->varattno;
		*argument = condition_permission(call);
	}
	else
	{
		plan->narms = lookup_arms(table, plan->arms, &permission);
		if (plan->narms == 0)
			return false;
		*argument = (Node *) makeConst(catalog_enum_type(STORE_ENUM_PERMISSION), -1, InvalidOid, sizeof(Oid),
									   ObjectIdGetDatum(catalog_enum_label(STORE_ENUM_PERMISSION, permission)),
									   false, true);
	}
	for (int i = 0; i < plan->narms; i++)
	{
		LookupArm  *arm = &plan->arms[i];

		if (!OidIsValid(arm->index))
			arm->index = index_by(rel, arm->column, arm->second);
		if (!OidIsValid(arm->index))
			return false;
	}
	return true;
}

/* Whether an index is a plain one on one timestamp that is never NULL. */
static bool
is_by_time(IndexOptInfo *index, Oid table)
{
	HeapTuple	tuple;
	bool		result = false;

	if (index->relam != BTREE_AM_OID || index->nkeycolumns != 1 || index->indpred != NIL ||
		index->hypothetical || index->indexkeys[0] <= 0 || index->reverse_sort[0])
		return false;
	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(table), Int16GetDatum(index->indexkeys[0]));
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_attribute attribute = (Form_pg_attribute) GETSTRUCT(tuple);

		result = attribute->atttypid == TIMESTAMPTZOID && attribute->attnotnull;
		ReleaseSysCache(tuple);
	}
	return result;
}

/* Whether few keys lead to the rows: some that the query asks for, or who is asking. */
static bool
has_few_keys(const LookupPlan *plan)
{
	for (int i = 0; i < plan->narms; i++)
		if (plan->arms[i].is_asked)
			return true;
	return plan->narms == 1 && plan->arms[0].source == KEYS_USER;
}

static void
offer_lookup_scan(RelOptInfo *rel, RestrictInfo *condition, const LookupPlan *plan,
				  Node *argument, List *keys, List *pathkeys)
{
	FuncExpr   *call = (FuncExpr *) condition->clause;
	CustomPath *path;

	if (has_few_keys(plan))
		path = make_path(rel, plan->narms == 1 ? 1 : EXPECTED_ROWS_OF_KEY, 0, pathkeys);
	else
		/* finding the model APIs is one look into an index, the rows are another */
		path = make_path(rel, expected_reach(call, true, true) * 2,
						 expected_fraction(call) * rel->tuples, pathkeys);
	path->custom_private = list_make5(lookup_plan_to_list(plan), condition, argument,
									  bounds_of(rel, plan->order, plan->order_column), keys);
	path->methods = &lookup_path_methods;
	add_path(rel, &path->path);
}

/*
 * For a table around model_apis: in no order, and in those of its indexes by time.  For
 * administrators, who see every row, no key that is asked for is of use, and indexes are
 * better where few keys lead to the rows of others.
 */
static void
offer_lookup(PlannerInfo *root, RelOptInfo *rel, RestrictInfo *condition, Oid table)
{
	static const ScanDirection directions[] = {BackwardScanDirection, ForwardScanDirection};
	LookupPlan	plan = {.order = NoMovementScanDirection};
	Node	   *argument;
	List	   *keys;
	ListCell   *cell;
	bool		possible = true;

	(void) needs_no_heap(rel, NULL, &possible);
	if (!possible || !plan_lookup(rel, (FuncExpr *) condition->clause, table, &plan, &argument))
		return;
	keys = asked_keys(rel, &plan);
	if (has_few_keys(&plan) && !policy_first_guards(root, rel->relid))
		return;
	/* no limit here either */
	offer_lookup_scan(rel, condition, &plan, argument, keys, NIL);
	plan.limit = likely_limit(root);
	foreach(cell, rel->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, cell);

		if (plan.limit == 0 || !is_by_time(index, table))
			continue;
		plan.order_index = index->indexoid;
		plan.order_column = (AttrNumber) index->indexkeys[0];
		for (int i = 0; i < lengthof(directions); i++)
		{
			List	   *pathkeys = truncate_useless_pathkeys(root, rel,
															 build_index_pathkeys(root, index, directions[i]));

			plan.order = directions[i];
			if (pathkeys)
				offer_lookup_scan(rel, condition, &plan, argument, keys, pathkeys);
		}
	}
}

/* Whether the indexes are there that a scan of model APIs goes through. */
static bool
is_served(Oid table)
{
	Relation	model_apis = table_open(table, NoLock);	/* the query has locked it */
	bool		result = reach_is_served(model_apis);

	table_close(model_apis, NoLock);
	return result;
}

static void
offer_reach_scan(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	RestrictInfo *condition;

	if (previous_hook)
		previous_hook(root, rel, rti, rte);
	if (!enable_reach_scan || rte->rtekind != RTE_RELATION || rte->inh || rel->reloptkind != RELOPT_BASEREL ||
		rte->tablesample || !bms_is_empty(rel->lateral_relids) ||
		root->parse->commandType != CMD_SELECT || root->rowMarks != NIL ||
		rel->baserestrictinfo == NIL)
		return;
	condition = condition_choose(rel);
	if (!condition)
		return;
	if (list_length(((FuncExpr *) condition->clause)->args) != ARGUMENTS_FOR_MODEL_API)
		offer_lookup(root, rel, condition, rte->relid);
	else if (rte->relid == catalog_table(TABLE_MODEL_APIS) && is_served(rte->relid))
		offer_model_apis(root, rel, condition);
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

	/* somebody's own row, or the members of an organization: the planner's default */
	if (list_length(request->args) < 3 ||
		exprType(list_nth(request->args, list_length(request->args) - 2)) ==
		catalog_enum_type(STORE_ENUM_ORGANIZATION_PERMISSION))
		return false;
	request->selectivity = expected_fraction(&call);
	return true;
}

/*
 * modelapi_acl_support: for the functions that policies call for each row.
 * Remembers its own OID: that is how the hook knows the function.
 */
Datum
modelapi_acl_support_1_0(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	condition_known_by(fcinfo->flinfo->fn_oid);
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
	RegisterCustomScanMethods(&lookup_scan_methods);
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = offer_reach_scan;
}
