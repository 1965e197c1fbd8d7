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

/* How many private rows a user is taken to reach; the rest are public ones */
#define EXPECTED_REACH 1000.0

/* What a gathered row costs: two pages of an index, or of the heap, in cache */
#define COST_OF_ROW (20 * cpu_tuple_cost)
#define COST_OF_START (100 * cpu_tuple_cost)

/*
 * The functions' arguments.  For a row of model_apis: id, project_id, visibility,
 * authorization_mode, permission, identity.  For a row of what hangs on it, or of
 * projects: the id of a model API or a project, permission, identity.  For a grant or
 * an audit event: columns of the row, identity.
 */
#define ARGUMENTS_FOR_ROW 6
#define ARGUMENTS_FOR_PART 3

/* The operator family of the index operator class uuid_ops, which no header names */
#define UUID_BTREE_FAM 2968

PG_FUNCTION_INFO_V1(modelapi_acl_support_1_0);

static set_rel_pathlist_hook_type previous_hook = NULL;

/* The support function's own OID, by which the policies' function is known */
static Oid	support_function = InvalidOid;

static bool enable_reach_scan = true;

/* ----------
 * Conditions
 * ----------
 */

static Node *
permission_argument(FuncExpr *call)
{
	return (Node *) list_nth(call->args, list_length(call->args) - 2);
}

static Node *
identity_argument(FuncExpr *call)
{
	return (Node *) llast(call->args);
}

/* Whether a permission on a model API is among a function's arguments. */
static bool
asks_for_permission(List *arguments)
{
	return list_length(arguments) >= ARGUMENTS_FOR_PART &&
		exprType(list_nth(arguments, list_length(arguments) - 2)) ==
		catalog_enum_type(STORE_ENUM_PERMISSION);
}

/* Whether an expression is the same for all rows. */
static bool
is_constant(Node *expression)
{
	return !contain_var_clause(expression) && !contain_volatile_functions(expression);
}

/* A policy's condition on the rows of a relation, or NULL. */
static FuncExpr *
policy_condition(Node *clause, Index relid)
{
	static const AttrNumber columns[] = {1, 2, 5, 6};	/* up to the mode */
	FuncExpr   *call = (FuncExpr *) clause;
	int			count;
	int			ncolumns;

	if (!IsA(clause, FuncExpr) || !OidIsValid(support_function))
		return NULL;
	count = list_length(call->args);
	if (count < ARGUMENTS_FOR_PART || get_func_support(call->funcid) != support_function)
		return NULL;
	/* more than three: columns up to the identity, or up to the permission */
	ncolumns = count == ARGUMENTS_FOR_PART ? 1 : asks_for_permission(call->args) ? count - 2 : count - 1;
	for (int i = 0; i < ncolumns; i++)
	{
		Var		   *var = (Var *) list_nth(call->args, i);

		if (!IsA(var, Var) || var->varno != relid || var->varlevelsup != 0 ||
			(count == ARGUMENTS_FOR_ROW && var->varattno != columns[i]))
			return NULL;
	}
	for (int i = ncolumns; i < count; i++)
		if (!is_constant(list_nth(call->args, i)))
			return NULL;
	return call;
}

/* The permission that is asked for, as far as the planner knows it. */
static bool
known_permission(FuncExpr *call, Permission *permission)
{
	Const	   *value = (Const *) permission_argument(call);

	if (!asks_for_permission(call->args) || !IsA(value, Const) || value->constisnull)
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
		FuncExpr   *call = policy_condition((Node *) restriction->clause, rel->relid);
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
 * custom_private of both: the plan's own, the condition, its permission, the bounds.  The scans
 * decide by the condition themselves; all others stay filters.
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
									identity_argument((FuncExpr *) condition->clause),
									condition->clause);
	scan->custom_exprs = list_concat(scan->custom_exprs, (List *) lfourth(path->custom_private));
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

/* The index of public model APIs, or InvalidOid. */
static Oid
index_of_public(void)
{
	StoreAccess access;

	table_close(indexes_open(INDEX_MODEL_APIS_PUBLIC, &access), AccessShareLock);
	return access.index;
}

/* On how many model APIs a user is taken to hold a permission. */
static double
expected_reach(FuncExpr *call, bool wants_public, bool wants_private)
{
	double		reach = 0;
	Permission	permission;

	if (wants_private)
		reach += EXPECTED_REACH;
	if (wants_public && asks_for_permission(call->args) &&
		(!known_permission(call, &permission) || access_is_open_when_public(permission)))
		reach += tuples_of(index_of_public());
	return Max(Min(reach, tuples_of(catalog_table(TABLE_MODEL_APIS))), 1);
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

	path->custom_private = list_make4(scan_plan_to_list(plan), condition, permission_argument(call),
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

/* An index that a column leads, a uuid, or InvalidOid; the narrowest of them. */
static Oid
index_of_parts(RelOptInfo *rel, AttrNumber column)
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
			(!best || index->ncolumns < best->ncolumns))
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

/* The ways to the rows of a table around model_apis; false for any other table. */
static bool
plan_lookup(RelOptInfo *rel, FuncExpr *call, Oid table, LookupPlan *plan, Node **argument)
{
	Permission	permission;

	if (asks_for_permission(call->args))
	{
		plan->narms = 1;
		plan->arms[0].source = KEYS_MODEL_APIS;
		plan->arms[0].column = ((Var *) linitial(call->args))->varattno;
		plan->arms[0].index = index_of_parts(rel, plan->arms[0].column);
		*argument = permission_argument(call);
		return OidIsValid(plan->arms[0].index);
	}
	plan->narms = lookup_arms(table, plan->arms, &permission);
	if (plan->narms == 0)
		return false;
	for (int i = 0; i < plan->narms; i++)
	{
		plan->arms[i].index = index_of_parts(rel, plan->arms[i].column);
		if (!OidIsValid(plan->arms[i].index))
			return false;
	}
	*argument = (Node *) makeConst(catalog_enum_type(STORE_ENUM_PERMISSION), -1, InvalidOid, sizeof(Oid),
								   ObjectIdGetDatum(catalog_enum_label(STORE_ENUM_PERMISSION, permission)),
								   false, true);
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

static void
offer_lookup_scan(RelOptInfo *rel, RestrictInfo *condition, const LookupPlan *plan,
				  Node *argument, List *pathkeys)
{
	/* finding the model APIs is one look into an index, the rows are another */
	FuncExpr   *call = (FuncExpr *) condition->clause;
	CustomPath *path = make_path(rel, expected_reach(call, true, true) * 2,
								 expected_fraction(call) * rel->tuples, pathkeys);

	path->custom_private = list_make4(lookup_plan_to_list(plan), condition, argument,
									  bounds_of(rel, plan->order, plan->order_column));
	path->methods = &lookup_path_methods;
	add_path(rel, &path->path);
}

/* For a table around model_apis: in no order, and in those of its indexes by time. */
static void
offer_lookup(PlannerInfo *root, RelOptInfo *rel, RestrictInfo *condition, Oid table)
{
	static const ScanDirection directions[] = {BackwardScanDirection, ForwardScanDirection};
	LookupPlan	plan = {.order = NoMovementScanDirection};
	Node	   *argument;
	ListCell   *cell;
	bool		possible = true;

	(void) needs_no_heap(rel, NULL, &possible);
	if (!possible || !plan_lookup(rel, (FuncExpr *) condition->clause, table, &plan, &argument))
		return;
	/* no limit here either */
	offer_lookup_scan(rel, condition, &plan, argument, NIL);
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
				offer_lookup_scan(rel, condition, &plan, argument, pathkeys);
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
		rte->tablesample || !OidIsValid(support_function) ||
		!bms_is_empty(rel->lateral_relids) ||
		root->parse->commandType != CMD_SELECT || root->rowMarks != NIL ||
		rel->baserestrictinfo == NIL)
		return;
	condition = choose_condition(rel);
	if (!condition)
		return;
	if (list_length(((FuncExpr *) condition->clause)->args) != ARGUMENTS_FOR_ROW)
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

	if (list_length(request->args) < ARGUMENTS_FOR_PART)
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
	RegisterCustomScanMethods(&lookup_scan_methods);
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = offer_reach_scan;
}
