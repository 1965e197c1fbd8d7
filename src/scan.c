/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  A custom scan of model_apis that starts from what a user may reach.
 *
 * reach.c finds the model APIs; this node gives out their rows, or reads the
 * whole table where that is better.  No row is given out but after
 * access_permits() has said yes to it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

#include "compat.h"
#include EXPLAIN_PROPERTY_HEADER
#include "utils/snapmgr.h"

#include "modelapi_acl.h"
#include "scan.h"

/* Columns of model_apis, as sql/install/30_tables.sql numbers them */
enum
{
	COLUMN_ID = 1,
	COLUMN_PROJECT_ID = 2,
	COLUMN_VISIBILITY = 5,
	COLUMN_AUTHORIZATION_MODE = 6,
	COLUMN_CREATED_AT = 9
};

static const char *const method_names[] = {
	"nothing", "gather", "merge", "walk", "table"
};

typedef struct ReachScan
{
	CustomScanState css;
	ScanPlan	plan;
	List	   *arguments;		/* ExprStates: permission, identity */
	List	   *bounds;			/* ExprStates */

	/* of one execution */
	Reach	   *reach;			/* NULL before it begins */
	MemoryContext memory;
	Candidate	current;		/* the slot may point into it */
	TableScanDesc table_scan;
	TupleTableSlot *heap_slot;
} ReachScan;

/* ----------
 * What is given out
 * ----------
 */

TupleTableSlot *
scan_emit(CustomScanState *node, TupleTableSlot *tuple)
{
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	int			natts = slot->tts_tupleDescriptor->natts;

	ExecClearTuple(slot);
	slot_getallattrs(tuple);
	memcpy(slot->tts_values, tuple->tts_values, natts * sizeof(Datum));
	memcpy(slot->tts_isnull, tuple->tts_isnull, natts * sizeof(bool));
	slot->tts_tid = tuple->tts_tid;
	slot->tts_tableOid = tuple->tts_tableOid;
	return ExecStoreVirtualTuple(slot);
}

/* The same from an index's entry, for a query that asks for no other columns. */
static TupleTableSlot *
emit_candidate(ReachScan *scan, Candidate *candidate)
{
	TupleTableSlot *slot = scan->css.ss.ss_ScanTupleSlot;

	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts * sizeof(bool));
#define EMIT(column, value) \
	(slot->tts_values[(column) - 1] = (value), slot->tts_isnull[(column) - 1] = false)
	EMIT(COLUMN_ID, UUIDPGetDatum(&candidate->facts.id));
	EMIT(COLUMN_PROJECT_ID, UUIDPGetDatum(&candidate->facts.project_id));
	EMIT(COLUMN_VISIBILITY,
		 ObjectIdGetDatum(catalog_enum_label(STORE_ENUM_VISIBILITY, candidate->facts.visibility)));
	EMIT(COLUMN_AUTHORIZATION_MODE,
		 ObjectIdGetDatum(catalog_enum_label(STORE_ENUM_AUTHORIZATION_MODE,
											 candidate->facts.authorization_mode)));
	EMIT(COLUMN_CREATED_AT, TimestampTzGetDatum(candidate->created_at));
#undef EMIT
	/* for WHERE CURRENT OF */
	slot->tts_tid = candidate->tid;
	slot->tts_tableOid = RelationGetRelid(scan->css.ss.ss_currentRelation);
	return ExecStoreVirtualTuple(slot);
}

/* ----------
 * Model APIs
 * ----------
 */

static TupleTableSlot *
next_model_api(ReachScan *scan)
{
	while (reach_next(scan->reach, &scan->current))
	{
		if (scan->plan.needs_no_heap && reach_is_all_visible(scan->reach, &scan->current))
			return emit_candidate(scan, &scan->current);
		if (reach_fetch(scan->reach, &scan->current, scan->heap_slot))
			return scan_emit(&scan->css, scan->heap_slot);
	}
	return NULL;
}

/* ----------
 * The whole table
 * ----------
 */

static bool
is_row_permitted(ReachScan *scan, TupleTableSlot *slot)
{
	ModelApiFacts facts = {0};

	slot_getsomeattrs(slot, COLUMN_AUTHORIZATION_MODE);
	facts.id = *DatumGetUUIDP(slot->tts_values[COLUMN_ID - 1]);
	facts.project_id = *DatumGetUUIDP(slot->tts_values[COLUMN_PROJECT_ID - 1]);
	facts.visibility = (Visibility)
		catalog_enum_place(STORE_ENUM_VISIBILITY,
						   DatumGetObjectId(slot->tts_values[COLUMN_VISIBILITY - 1]));
	facts.authorization_mode = (AuthorizationMode)
		catalog_enum_place(STORE_ENUM_AUTHORIZATION_MODE,
						   DatumGetObjectId(slot->tts_values[COLUMN_AUTHORIZATION_MODE - 1]));
	return reach_permits(scan->reach, &facts);
}

static TupleTableSlot *
next_of_table(ReachScan *scan)
{
	while (table_scan_getnextslot(scan->table_scan, ForwardScanDirection, scan->heap_slot))
	{
		CHECK_FOR_INTERRUPTS();
		if (is_row_permitted(scan, scan->heap_slot))
			return scan_emit(&scan->css, scan->heap_slot);
	}
	return NULL;
}

/* ----------
 * The node
 * ----------
 */

/* Evaluates the arguments and finds the way. */
static void
start(ReachScan *scan)
{
	Relation	table = scan->css.ss.ss_currentRelation;
	Snapshot	snapshot = scan->css.ss.ps.state->es_snapshot;
	Identity	identity;
	Permission	permission;
	MemoryContext old;

	scan_arguments(scan->arguments, scan->css.ss.ps.ps_ExprContext, &permission, &identity);
	bounds_evaluate(scan->bounds, scan->css.ss.ps.ps_ExprContext, scan->plan.bounds);
	old = MemoryContextSwitchTo(scan->memory);
	scan->reach = reach_begin(table, snapshot, &identity, permission, &scan->plan);
	scan->heap_slot = table_slot_create(table, NULL);
	if (reach_method(scan->reach) == REACH_TABLE)
		scan->table_scan = table_beginscan(table, snapshot, 0, NULL);
	MemoryContextSwitchTo(old);
}

static TupleTableSlot *
next_row(ScanState *node)
{
	ReachScan  *scan = (ReachScan *) node;

	if (!scan->reach)
		start(scan);
	if (reach_method(scan->reach) == REACH_NOTHING)
		return NULL;
	if (reach_method(scan->reach) == REACH_TABLE)
		return next_of_table(scan);
	return next_model_api(scan);
}

/* No row is locked below this node; see support.c. */
static bool
recheck_row(ScanState *node, TupleTableSlot *slot)
{
	elog(ERROR, "a scan of reachable model APIs can't check a row again");
}

static TupleTableSlot *
reach_exec(CustomScanState *node)
{
	return ExecScan(&node->ss, next_row, recheck_row);
}

static void
stop(ReachScan *scan)
{
	if (!scan->reach)
		return;
	ExecClearTuple(scan->css.ss.ss_ScanTupleSlot);
	if (scan->table_scan)
		table_endscan(scan->table_scan);
	ExecDropSingleTupleTableSlot(scan->heap_slot);
	reach_end(scan->reach);
	scan->table_scan = NULL;
	scan->reach = NULL;
	MemoryContextReset(scan->memory);
}

static void
reach_begin_node(CustomScanState *node, EState *estate, int eflags)
{
	ReachScan  *scan = (ReachScan *) node;
	CustomScan *cscan = (CustomScan *) node->ss.ps.plan;

	scan->arguments = ExecInitExprList(list_copy_head(cscan->custom_exprs, EXPRESSIONS_OF_ARGUMENTS), &node->ss.ps);
	scan->bounds = ExecInitExprList(list_copy_tail(cscan->custom_exprs, EXPRESSIONS_BEFORE_BOUNDS), &node->ss.ps);
	scan->memory = AllocSetContextCreate(estate->es_query_cxt, "modelapi_acl scan",
										 ALLOCSET_DEFAULT_SIZES);
}

static void
reach_end_node(CustomScanState *node)
{
	stop((ReachScan *) node);
}

static void
reach_rescan(CustomScanState *node)
{
	stop((ReachScan *) node);
	ExecScanReScan(&node->ss);
}

static void
reach_explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	ReachScan  *scan = (ReachScan *) node;

	if (!ScanDirectionIsNoMovement(scan->plan.order))
		ExplainPropertyText("Order", ScanDirectionIsBackward(scan->plan.order) ?
							"created_at DESC, id DESC" : "created_at, id", es);
	if (es->analyze && scan->reach)
		ExplainPropertyText("Method", method_names[reach_method(scan->reach)], es);
}

static const CustomExecMethods reach_exec_methods = {
	.CustomName = "modelapi_acl reach",
	.BeginCustomScan = reach_begin_node,
	.ExecCustomScan = reach_exec,
	.EndCustomScan = reach_end_node,
	.ReScanCustomScan = reach_rescan,
	.ExplainCustomScan = reach_explain,
};

static Node *
reach_create(CustomScan *cscan)
{
	ReachScan  *scan = (ReachScan *) newNode(sizeof(ReachScan), T_CustomScanState);

	scan->css.methods = &reach_exec_methods;
	scan->plan = scan_plan_from_list(cscan->custom_private);
	return (Node *) scan;
}

const CustomScanMethods reach_scan_methods = {
	.CustomName = "modelapi_acl reach",
	.CreateCustomScanState = reach_create,
};

void
scan_arguments(List *arguments, ExprContext *econtext, Permission *permission, Identity *identity)
{
	Datum		value;
	bool		isnull;

	value = ExecEvalExprSwitchContext((ExprState *) lsecond(arguments), econtext, &isnull);
	*identity = identity_confirmed(identity_from_argument(isnull, value), GetActiveSnapshot());
	*permission = PERMISSION_VIEW;
	value = ExecEvalExprSwitchContext((ExprState *) linitial(arguments), econtext, &isnull);
	if (isnull)
		identity->kind = IDENTITY_NOBODY;
	else
		*permission = (Permission)
			catalog_enum_place(STORE_ENUM_PERMISSION, DatumGetObjectId(value));
}

List *
scan_plan_to_list(const ScanPlan *plan)
{
	return list_make5(makeInteger(plan->order), makeInteger(plan->wants_public),
					  makeInteger(plan->wants_private), makeInteger(plan->needs_no_heap),
					  makeInteger(plan->limit));
}

ScanPlan
scan_plan_from_list(List *list)
{
	ScanPlan	plan = {.bounds = {DT_NOBEGIN, DT_NOEND}};

	plan.order = (ScanDirection) intVal(linitial(list));
	plan.wants_public = intVal(lsecond(list)) != 0;
	plan.wants_private = intVal(lthird(list)) != 0;
	plan.needs_no_heap = intVal(lfourth(list)) != 0;
	plan.limit = intVal(list_nth(list, 4));
	return plan;
}
