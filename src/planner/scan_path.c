/*-------------------------------------------------------------------------
 *
 * scan_path.c
 *	  What the paths of the two custom scans have in common: costs, estimates, plans.
 *
 * How many rows a user reaches is not estimated from statistics: that would tell users what
 * they may not see.  Every user gets the same estimate.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "catalog/pg_class.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/restrictinfo.h"
#include "utils/syscache.h"

#include "scan_path.h"
#include "../access/permissions.h"
#include "../catalog/object_ids.h"
#include "policy_clause.h"
#include "time_bounds.h"

/* The number of private model APIs that a user is taken to reach */
#define EXPECTED_REACH 1000.0

/* The fraction of model APIs that are taken to be public */
#define EXPECTED_PUBLIC 0.01

/* The cost of a gathered row: two cached pages of an index, or of an index and the heap */
#define COST_OF_ROW (20 * cpu_tuple_cost)
#define COST_OF_START (100 * cpu_tuple_cost)

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

double
scan_path_expected_reach(Node *permission, bool wants_public, bool wants_private)
{
	double		reach = 0;
	Permission	known;
	Oid			table = object_ids_table(TABLE_MODEL_APIS);

	if (wants_private)
		reach += EXPECTED_REACH;
	if (wants_public && exprType(permission) == object_ids_enum_type(ENUM_PERMISSION) &&
		(!policy_clause_known_permission(permission, &known) ||
		 permissions_is_open_when_public(known)))
		reach += tuples_of(table) * EXPECTED_PUBLIC;
	return Max(Min(reach, tuples_of(table)), 1);
}

double
scan_path_expected_fraction(Node *permission)
{
	double		model_apis = Max(tuples_of(object_ids_table(TABLE_MODEL_APIS)), 1);

	return Min(scan_path_expected_reach(permission, true, true) / model_apis, 1);
}

double
scan_path_expected_projects(Node *permission)
{
	return Max(scan_path_expected_fraction(permission) * tuples_of(object_ids_table(TABLE_PROJECTS)), 1);
}

CustomPath *
scan_path_create(RelOptInfo *rel, double reach, double others, List *pathkeys)
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

double
scan_path_rows_of_key(RelOptInfo *rel, bool is_by_project)
{
	TableId		table = is_by_project ? TABLE_PROJECTS : TABLE_MODEL_APIS;

	return Max(rel->tuples / Max(tuples_of(object_ids_table(table)), 1), 1);
}

CustomPath *
scan_path_create_joined(PlannerInfo *root, RelOptInfo *rel, Relids outer, double rows_of_key,
						bool needs_no_heap)
{
	CustomPath *path = scan_path_create(rel, 0, 0, NIL);

	path->path.param_info = get_baserel_parampathinfo(root, rel, outer);
	path->path.rows = path->path.param_info->ppi_rows;
	path->path.startup_cost = 0;
	path->path.total_cost = COST_OF_ROW +
		rows_of_key * (needs_no_heap ? cpu_tuple_cost : COST_OF_ROW);
	return path;
}

List *
scan_path_bounds(RelOptInfo *rel, ScanDirection order, AttrNumber column)
{
	Node	   *bounds[BOUNDS];

	/* 0 is no column: no bounds are found */
	time_bounds_find(rel, ScanDirectionIsNoMovement(order) ? 0 : column, bounds);
	return list_make2(bounds[BOUND_FROM], bounds[BOUND_UNTIL]);
}

int
scan_path_limit(PlannerInfo *root)
{
	if (root->limit_tuples > 0)
		return (int) Min(root->limit_tuples, 1000000);
	return root->parse->limitCount ? 100 : 0;
}

Bitmapset *
scan_path_columns(RelOptInfo *rel, const PolicyCondition *condition)
{
	Bitmapset  *columns = NULL;
	ListCell   *cell;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &columns);
	foreach(cell, rel->baserestrictinfo)
		if (!condition || lfirst(cell) != condition->restriction)
			pull_varattnos((Node *) lfirst_node(RestrictInfo, cell)->clause, rel->relid, &columns);
	return columns;
}

bool
scan_path_needs_system_columns(RelOptInfo *rel)
{
	Bitmapset  *columns = scan_path_columns(rel, NULL);
	int			column = -1;

	while ((column = bms_next_member(columns, column)) >= 0)
	{
		AttrNumber	attribute = (AttrNumber) (column + FirstLowInvalidHeapAttributeNumber);

		if (attribute < 0 && attribute != SelfItemPointerAttributeNumber &&
			attribute != TableOidAttributeNumber)
			return true;
	}
	return false;
}

List *
scan_path_private(List *plan, const PolicyCondition *condition, Node *permission, List *others)
{
	List	   *expressions = list_make3(permission, condition->identity,
										 policy_clause_condition(condition));

	return list_make3(plan, condition->restriction, list_concat(expressions, others));
}

Plan *
scan_path_plan(RelOptInfo *rel, CustomPath *path, List *tlist, List *clauses,
			   const CustomScanMethods *methods)
{
	CustomScan *scan = makeNode(CustomScan);
	RestrictInfo *restriction = lsecond_node(RestrictInfo, path->custom_private);

	scan->scan.plan.targetlist = tlist;
	clauses = list_delete_ptr(list_copy(clauses), restriction);
	scan->scan.plan.qual = extract_actual_clauses(clauses, false);
	scan->scan.scanrelid = rel->relid;
	scan->flags = path->flags;
	scan->custom_exprs = (List *) lthird(path->custom_private);
	scan->custom_private = (List *) linitial(path->custom_private);
	scan->methods = methods;
	return &scan->scan.plan;
}
