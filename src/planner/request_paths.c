/*-------------------------------------------------------------------------
 *
 * request_paths.c
 *	  Offers the custom scan of a function that authorizes a request.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/restrictinfo.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "request_paths.h"
#include "../compat.h"
#include "../scan/request_scan.h"
#include "../values/row_target.h"

/* The functions that fill a RowTarget */
static const char *const symbols[] = {
	"modelapi_acl_authorize_header_1_0",
	"modelapi_acl_authorize_digest_1_0",
	"modelapi_acl_authorize_subject_1_1",
};

static bool
is_symbol(const char *name)
{
	for (int i = 0; i < lengthof(symbols); i++)
		if (strcmp(name, symbols[i]) == 0)
			return true;
	return false;
}

/* Whether a function authorizes requests, as the extension declares it. */
static bool
authorizes(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;
	bool		result = false;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_proc) GETSTRUCT(tuple);
	if (form->prolang == ClanguageId && !form->proisstrict && !form->proretset)
	{
		bool		isnull;
		Datum		symbol = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull);

		result = !isnull && is_symbol(TextDatumGetCString(symbol));
	}
	ReleaseSysCache(tuple);
	return result;
}

/* Appends the columns in expressions to a target list, each once. */
static List *
add_columns(List *targets, List *expressions)
{
	ListCell   *cell;

	foreach(cell, pull_var_clause((Node *) expressions, PVC_RECURSE_PLACEHOLDERS))
	{
		ListCell   *other;
		bool		is_there = false;

		foreach(other, targets)
			is_there = is_there || equal(lfirst_node(TargetEntry, other)->expr, lfirst(cell));
		if (!is_there)
			targets = lappend(targets, makeTargetEntry(copyObject(lfirst(cell)),
													   (AttrNumber) (list_length(targets) + 1),
													   NULL, false));
	}
	return targets;
}

static Plan *
plan_request_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path,
				  List *tlist, List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	ListCell   *cell;

	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = extract_actual_clauses(clauses, false);
	scan->flags = path->flags;
	scan->custom_exprs = path->custom_private;
	/* tlist may be replaced by another one that needs no more than the relation's target */
	scan->custom_scan_tlist = add_columns(NIL, rel->reltarget->exprs);
	scan->custom_scan_tlist = add_columns(scan->custom_scan_tlist, tlist);
	scan->custom_scan_tlist = add_columns(scan->custom_scan_tlist, scan->scan.plan.qual);
	foreach(cell, scan->custom_scan_tlist)
		scan->custom_private = lappend_int(scan->custom_private,
										   castNode(Var, lfirst_node(TargetEntry, cell)->expr)->varattno);
	scan->methods = &request_scan_methods;
	return &scan->scan.plan;
}

static const CustomPathMethods path_methods = {
	.CustomName = "modelapi_acl request",
	.PlanCustomPath = plan_request_scan,
};

/* Whether a query needs the row as a whole, or a system column. */
static bool
needs_other_columns(RelOptInfo *rel)
{
	Bitmapset  *columns = NULL;
	ListCell   *cell;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &columns);
	foreach(cell, rel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, cell)->clause, rel->relid, &columns);
	return bms_next_member(columns, -1) >= 0 &&
		bms_next_member(columns, -1) <= 0 - FirstLowInvalidHeapAttributeNumber;
}

/*
 * Only for a statement that asks about one request and nothing else, as gateways do.  Then
 * the scan runs once.
 */
void
request_paths_add(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte)
{
	RangeTblFunction *function;
	CustomPath *path;
	Path	   *cheapest;

	if (root->query_level != 1 || root->parse->commandType != CMD_SELECT || root->rowMarks != NIL ||
		bms_membership(root->all_baserels) != BMS_SINGLETON ||
		rel->reloptkind != RELOPT_BASEREL || !bms_is_empty(rel->lateral_relids) ||
		rte->funcordinality || list_length(rte->functions) != 1 || rel->pathlist == NIL)
		return;
	function = linitial_node(RangeTblFunction, rte->functions);
	if (!IsA(function->funcexpr, FuncExpr) || function->funccolcount != ROW_TARGET_COLUMNS ||
		function->funccolnames != NIL || needs_other_columns(rel) ||
		!authorizes(((FuncExpr *) function->funcexpr)->funcid))
		return;
	cheapest = linitial(rel->pathlist);
	path = makeNode(CustomPath);
	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.rows = rel->rows;
	path->path.startup_cost = 0;
	path->path.total_cost = cheapest->total_cost / 2;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_private = list_make1(function->funcexpr);
	path->methods = &path_methods;
	add_path(rel, &path->path);
}
