/*-------------------------------------------------------------------------
 *
 * dependent_scan.c
 *	  The custom scan of the tables that depend on model APIs and projects: logs, tokens,
 *	  versions, grants, projects, the audit history and others.
 *
 * Their policies ask for a permission on the row's model API, or for something that is in
 * the row itself.  Either way there are keys by which the rows can be found: the model APIs
 * or projects that the user reaches, the user's organizations, the user.  The method is
 * chosen at run time:
 *
 *	KEYS		looks up one key after another, in one arm after another
 *	SORT		does the same and sorts the rows into the order of an index
 *	WALK		reads all rows by that index
 *	TABLE		reads all rows
 *
 * A row is returned if it belongs to a model API for which decision_permits() has allowed
 * the permission, or else after the policy's own condition has been evaluated.  A row with
 * none of the keys is skipped without evaluating it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/genam.h"
#include "access/tableam.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "dependent_scan.h"
#include "../compat.h"
#include "keys.h"
#include "lookup.h"
#include "plan_info.h"
#include "row_order.h"
#include "scan_node.h"
#include "strategy.h"

#include EXPLAIN_PROPERTY_HEADER

/* A sort that has met so many rows may change to a walk */
#define SORTED_MIN 4096

typedef enum LookupMethod
{
	LOOKUP_NOTHING,
	LOOKUP_KEYS,
	LOOKUP_SORT,
	LOOKUP_WALK,
	LOOKUP_TABLE
} LookupMethod;

static const char *const method_names[] = {
	"nothing", "look-up", "sort", "walk", "table"
};

typedef struct DependentScan
{
	CustomScanState css;
	LookupPlan	plan;
	List	   *arguments;		/* ExprStates: permission, identity */
	LookupExpressions expressions;
	bool		filters_early;	/* evaluate the query's filter before sorting */

	/* one execution */
	bool		started;
	bool		asks_again;		/* a join has supplied another key */
	MemoryContext memory;
	Identity	identity;
	LookupMethod method;
	Lookup	   *lookup;			/* NULL: no row can match */
	Relation	index;			/* of the walk; NULL: none is open */
	IndexScanDesc index_scan;
	TableScanDesc table_scan;
	RowOrder   *order;			/* NULL: no sort */
	int64		returned;		/* rows of the sort */
	TupleTableSlot *slot;
} DependentScan;

/* ----------
 * All rows
 * ----------
 */

static void
begin_walk(DependentScan *scan)
{
	ScanKeyData keys[BOUNDS];
	MemoryContext old = MemoryContextSwitchTo(scan->memory);
	int			nkeys;

	scan->index = index_open(scan->plan.order_index, AccessShareLock);
	nkeys = bounds_of_column(scan->expressions.bounds, scan->css.ss.ps.ps_ExprContext,
							 scan->index, 1, keys);
	scan->index_scan = begin_index_scan(scan->css.ss.ss_currentRelation, scan->index,
										scan->css.ss.ps.state->es_snapshot, nkeys);
	index_rescan(scan->index_scan, keys, nkeys, NULL, 0);
	MemoryContextSwitchTo(old);
}

static void
end_walk(DependentScan *scan)
{
	if (scan->index)
	{
		index_endscan(scan->index_scan);
		index_close(scan->index, AccessShareLock);
		scan->index = NULL;
	}
}

static bool
next_of_all(DependentScan *scan)
{
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (!(scan->method == LOOKUP_WALK ?
			  index_getnext_slot(scan->index_scan, scan->plan.order, scan->slot) :
			  table_scan_getnextslot(scan->table_scan, ForwardScanDirection, scan->slot)))
			return false;
		if (lookup_shows(scan->lookup, scan->slot))
			return true;
	}
}

/* ----------
 * The sort
 * ----------
 */

static void
end_sort(DependentScan *scan)
{
	if (scan->order)
		row_order_end(scan->order);
	scan->order = NULL;
}

/* Whether the query's own conditions admit the row in the scan's own slot. */
static bool
is_wanted(DependentScan *scan)
{
	PlanState  *ps = &scan->css.ss.ps;

	if (!scan->filters_early)
		return true;
	ResetExprContext(ps->ps_ExprContext);
	ps->ps_ExprContext->ecxt_scantuple = scan_node_emit(&scan->css, scan->slot);
	return ExecQual(ps->qual, ps->ps_ExprContext);
}

/*
 * Looks up all rows and sorts the first ones, or all (0).  Returns false if there are so many
 * that a walk would have found the first ones by now.
 */
static bool
sort_rows(DependentScan *scan, int first)
{
	MemoryContext old = MemoryContextSwitchTo(scan->memory);
	double		n = strategy_tuples(scan->css.ss.ss_currentRelation);
	double		rows = 0;
	bool		is_walk_better = false;

	scan->order = row_order_begin(scan->css.ss.ss_currentRelation, scan->plan.order_index,
								  scan->plan.order, first);
	lookup_sort(scan->lookup, scan->order);
	while (!is_walk_better && lookup_next(scan->lookup, scan->slot))
	{
		if (is_wanted(scan))
			row_order_add(scan->order, scan->slot);
		rows++;
		is_walk_better = first > 0 && rows >= SORTED_MIN && rows * rows > 4 * first * n;
	}
	row_order_sort(scan->order);
	MemoryContextSwitchTo(old);
	return !is_walk_better;
}

/* Sorts all rows after all, and passes those that were returned. */
static void
sort_all(DependentScan *scan)
{
	ItemPointerData tid;

	lookup_restart(scan->lookup);
	end_sort(scan);
	(void) sort_rows(scan, 0);
	for (int64 i = 0; i < scan->returned; i++)
		if (!row_order_next(scan->order, &tid))
			elog(ERROR, "rows that were found are gone");
}

static bool
next_sorted(DependentScan *scan)
{
	ItemPointerData tid;

	while (!row_order_next(scan->order, &tid))
	{
		if (row_order_is_complete(scan->order))
			return false;
		sort_all(scan);
	}
	/* the snapshot showed this version, so it shows it again */
	if (!table_tuple_fetch_row_version(scan->css.ss.ss_currentRelation, &tid,
									   scan->css.ss.ps.state->es_snapshot, scan->slot))
		elog(ERROR, "a row that was found is gone");
	scan->returned++;
	return true;
}

/* ----------
 * The method
 * ----------
 */

/*
 * Looking up a key costs as much as reading several rows in sequence.  For an ordered scan
 * the reasoning is that of is_merge_better() in strategy.c: a sort visits all rows of the
 * keys, and a walk passes n / rows of them for each row that is fetched.
 *
 * Both comparisons are solved for the number of keys, so that no more keys are read than can
 * win.
 */
static LookupMethod
choose_method(DependentScan *scan)
{
	double		n = Max(strategy_tuples(scan->css.ss.ss_currentRelation), 1);
	double		fetched = scan->plan.limit > 0 ? scan->plan.limit : n;
	bool		is_ordered = !ScanDirectionIsNoMovement(scan->plan.order);
	Keys	   *all = lookup_keys(scan->lookup);
	double		rows_of_each = keys_rows_of_each(all, n);
	double		cost_of_each = 2 + rows_of_each;
	double		most = is_ordered ?
		Max(sqrt(2 * fetched * n / (rows_of_each * cost_of_each)), 1000 / cost_of_each) :
		Max(n / 12, 999);
	double		keys = lookup_is_by_one_key(scan->lookup) ? 1 : keys_count(all, most);
	bool		are_few = keys >= 0 && keys <= most;

	if (is_ordered)
		return are_few ? LOOKUP_SORT : LOOKUP_WALK;
	return are_few ? LOOKUP_KEYS : LOOKUP_TABLE;
}

/* Evaluates the arguments, reads the keys and chooses the method. */
static void
start(DependentScan *scan)
{
	Relation	table = scan->css.ss.ss_currentRelation;
	EState	   *estate = scan->css.ss.ps.state;
	ExprContext *econtext = scan->css.ss.ps.ps_ExprContext;
	MemoryContext old;
	int			permission;

	permission = scan_node_arguments(scan->arguments, econtext,
									 plan_info_permission_type(&scan->plan), &scan->identity);
	scan->started = true;
	scan->returned = 0;
	scan->method = LOOKUP_NOTHING;
	if (scan->identity.kind == IDENTITY_NOBODY)
		return;
	old = MemoryContextSwitchTo(scan->memory);
	scan->slot = table_slot_create(table, NULL);
	scan->lookup = lookup_begin(&scan->plan, &scan->expressions, table, estate, econtext,
								&scan->identity, permission);
	if (scan->lookup)
		scan->method = choose_method(scan);
	if (scan->method == LOOKUP_SORT && !sort_rows(scan, scan->plan.limit))
	{
		/* some of the keys were consumed: start again with all of them */
		lookup_restart(scan->lookup);
		end_sort(scan);
		scan->method = LOOKUP_WALK;
	}
	if (scan->method == LOOKUP_WALK || scan->method == LOOKUP_TABLE)
		keys_read_all(lookup_keys(scan->lookup));
	if (scan->method == LOOKUP_WALK)
		begin_walk(scan);
	if (scan->method == LOOKUP_TABLE)
		scan->table_scan = table_beginscan(table, estate->es_snapshot, 0, NULL);
	MemoryContextSwitchTo(old);
}

/* ----------
 * The node
 * ----------
 */

static TupleTableSlot *
next_row(ScanState *node)
{
	DependentScan *scan = (DependentScan *) node;
	TupleTableSlot *row = NULL;

	if (!scan->started)
		start(scan);
	else if (scan->asks_again)
		lookup_ask_again(scan->lookup);
	scan->asks_again = false;
	switch (scan->method)
	{
		case LOOKUP_NOTHING:
			break;
		case LOOKUP_KEYS:
			row = lookup_next(scan->lookup, scan->slot);
			break;
		case LOOKUP_SORT:
			row = next_sorted(scan) ? scan->slot : NULL;
			break;
		case LOOKUP_WALK:
		case LOOKUP_TABLE:
			row = next_of_all(scan) ? scan->slot : NULL;
			break;
	}
	return row ? scan_node_emit(&scan->css, row) : NULL;
}

/*
 * Whether the policy shows the latest version of a row that the statement is to change.
 * What ExecScan evaluates next was compiled for a slot with all values deformed, too.
 */
static bool
recheck_row(ScanState *node, TupleTableSlot *slot)
{
	DependentScan *scan = (DependentScan *) node;
	ExprContext *econtext = node->ps.ps_ExprContext;
	bool		isnull;
	Datum		result;

	slot_getallattrs(slot);
	econtext->ecxt_scantuple = slot;
	result = ExecEvalExprSwitchContext(scan->expressions.condition, econtext, &isnull);
	return !isnull && DatumGetBool(result);
}

static TupleTableSlot *
scan_exec(CustomScanState *node)
{
	return ExecScan(&node->ss, next_row, recheck_row);
}

static void
stop(DependentScan *scan)
{
	if (!scan->started)
		return;
	scan->started = false;
	ExecClearTuple(scan->css.ss.ss_ScanTupleSlot);
	if (scan->lookup)
		lookup_end(scan->lookup);
	end_sort(scan);
	end_walk(scan);
	if (scan->table_scan)
		table_endscan(scan->table_scan);
	if (scan->slot)
		ExecDropSingleTupleTableSlot(scan->slot);
	scan->table_scan = NULL;
	scan->lookup = NULL;
	scan->slot = NULL;
	MemoryContextReset(scan->memory);
}

static void
scan_begin(CustomScanState *node, EState *estate, int eflags)
{
	DependentScan *scan = (DependentScan *) node;
	CustomScan *cscan = (CustomScan *) node->ss.ps.plan;

	PlanState  *parent = &node->ss.ps;
	List	   *before_keys = list_copy_head(cscan->custom_exprs, EXPRESSIONS_BEFORE_KEYS);

	scan->arguments = ExecInitExprList(list_copy_head(before_keys, EXPRESSIONS_OF_ARGUMENTS),
									   parent);
	scan->expressions.condition = ExecInitExpr(list_nth(before_keys, EXPRESSION_OF_CONDITION), parent);
	scan->expressions.bounds = ExecInitExprList(list_copy_tail(before_keys, EXPRESSIONS_BEFORE_BOUNDS), parent);
	scan->expressions.asked = ExecInitExprList(list_copy_tail(cscan->custom_exprs, EXPRESSIONS_BEFORE_KEYS),
								   parent);
	/* a subquery may be expensive */
	scan->filters_early = cscan->scan.plan.qual != NIL &&
		!contain_volatile_functions((Node *) cscan->scan.plan.qual) &&
		!contain_subplans((Node *) cscan->scan.plan.qual);
	scan->memory = AllocSetContextCreate(estate->es_query_cxt, "modelapi_acl look-up",
										 ALLOCSET_DEFAULT_SIZES);
}

static void
scan_end(CustomScanState *node)
{
	stop((DependentScan *) node);
}

/* What was read for the keys of a join is kept for the next one. */
static void
scan_rescan(CustomScanState *node)
{
	DependentScan *scan = (DependentScan *) node;

	if (scan->started && scan->lookup && keys_are_joined(&scan->plan))
		scan->asks_again = true;
	else
		stop(scan);
	ExecScanReScan(&node->ss);
}

static void
scan_explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	DependentScan *scan = (DependentScan *) node;

	if (!ScanDirectionIsNoMovement(scan->plan.order))
		ExplainPropertyText("Order", row_order_text(scan->plan.order_index, scan->plan.order), es);
	if (es->analyze && scan->started)
		ExplainPropertyText("Method", method_names[scan->method], es);
}

static const CustomExecMethods exec_methods = {
	.CustomName = "modelapi_acl look-up",
	.BeginCustomScan = scan_begin,
	.ExecCustomScan = scan_exec,
	.EndCustomScan = scan_end,
	.ReScanCustomScan = scan_rescan,
	.ExplainCustomScan = scan_explain,
};

static Node *
scan_create(CustomScan *cscan)
{
	DependentScan *scan = (DependentScan *) newNode(sizeof(DependentScan), T_CustomScanState);

	scan->css.methods = &exec_methods;
	scan->plan = plan_info_to_lookup_plan(cscan->custom_private);
	return (Node *) scan;
}

const CustomScanMethods dependent_scan_methods = {
	.CustomName = "modelapi_acl look-up",
	.CreateCustomScanState = scan_create,
};
