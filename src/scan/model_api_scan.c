/*-------------------------------------------------------------------------
 *
 * model_api_scan.c
 *	  The custom scan of model_apis, which starts from the user's grants.
 *
 * reach.c finds the model APIs.  This node fetches their rows, or reads the whole table
 * where that is faster.  It returns a row only after decision_permits() has allowed it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tableam.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/uuid.h"

#include "model_api_scan.h"
#include "../catalog/columns.h"
#include "../catalog/object_ids.h"
#include "../compat.h"
#include "plan_info.h"
#include "reach.h"
#include "scan_node.h"
#include "shared_context.h"

#include EXPLAIN_PROPERTY_HEADER

static const char *const method_names[] = {
	"nothing", "gather", "merge", "walk", "table"
};

typedef struct ModelApiScan
{
	CustomScanState css;
	ModelApiPlan plan;
	List	   *arguments;		/* ExprStates: permission, identity */
	List	   *bounds;			/* ExprStates */

	/* one execution */
	Reach	   *reach;			/* NULL before it begins */
	AccessContext *context;
	MemoryContext memory;
	Candidate	current;		/* the slot may point into it */
	TableScanDesc table_scan;
	TupleTableSlot *heap_slot;
} ModelApiScan;

/* ----------
 * Rows of reachable model APIs
 * ----------
 */

/* Fills the node's slot from an index entry, for a query that needs no other columns. */
static TupleTableSlot *
emit_candidate(ModelApiScan *scan, Candidate *candidate)
{
	TupleTableSlot *slot = scan->css.ss.ss_ScanTupleSlot;

	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts * sizeof(bool));
#define EMIT(column, value) \
	(slot->tts_values[(column) - 1] = (value), slot->tts_isnull[(column) - 1] = false)
	EMIT(Anum_model_apis_id, UUIDPGetDatum(&candidate->facts.id));
	EMIT(Anum_model_apis_project_id, UUIDPGetDatum(&candidate->facts.project_id));
	EMIT(Anum_model_apis_visibility,
		 ObjectIdGetDatum(object_ids_enum_label(ENUM_VISIBILITY, candidate->facts.visibility)));
	EMIT(Anum_model_apis_authorization_mode,
		 ObjectIdGetDatum(object_ids_enum_label(ENUM_AUTHORIZATION_MODE,
												candidate->facts.authorization_mode)));
	EMIT(Anum_model_apis_created_at, TimestampTzGetDatum(candidate->created_at));
#undef EMIT
	/* for WHERE CURRENT OF */
	slot->tts_tid = candidate->tid;
	slot->tts_tableOid = RelationGetRelid(scan->css.ss.ss_currentRelation);
	return ExecStoreVirtualTuple(slot);
}

/* Each row that is returned is remembered: the other side of a join may ask about it. */
static TupleTableSlot *
next_model_api(ModelApiScan *scan)
{
	while (reach_next(scan->reach, &scan->current))
	{
		bool		needs_no_heap = scan->plan.needs_no_heap &&
			reach_is_all_visible(scan->reach, &scan->current);

		if (!needs_no_heap && !reach_fetch(scan->reach, &scan->current, scan->heap_slot))
			continue;
		context_remember_model_api(scan->context, &scan->current.facts);
		return needs_no_heap ? emit_candidate(scan, &scan->current) :
			scan_node_emit(&scan->css, scan->heap_slot);
	}
	return NULL;
}

/* ----------
 * The whole table
 * ----------
 */

static bool
is_row_permitted(ModelApiScan *scan, TupleTableSlot *slot)
{
	ModelApiFacts facts = {0};

	slot_getsomeattrs(slot, Anum_model_apis_authorization_mode);
	facts.id = *DatumGetUUIDP(slot->tts_values[Anum_model_apis_id - 1]);
	facts.project_id = *DatumGetUUIDP(slot->tts_values[Anum_model_apis_project_id - 1]);
	facts.visibility = (Visibility)
		object_ids_enum_ordinal(ENUM_VISIBILITY,
								DatumGetObjectId(slot->tts_values[Anum_model_apis_visibility - 1]));
	facts.authorization_mode = (AuthorizationMode)
		object_ids_enum_ordinal(ENUM_AUTHORIZATION_MODE,
								DatumGetObjectId(slot->tts_values[Anum_model_apis_authorization_mode - 1]));
	context_remember_model_api(scan->context, &facts);
	return reach_permits(scan->reach, &facts);
}

static TupleTableSlot *
next_of_table(ModelApiScan *scan)
{
	while (table_scan_getnextslot(scan->table_scan, ForwardScanDirection, scan->heap_slot))
	{
		CHECK_FOR_INTERRUPTS();
		if (is_row_permitted(scan, scan->heap_slot))
			return scan_node_emit(&scan->css, scan->heap_slot);
	}
	return NULL;
}

/* ----------
 * The node
 * ----------
 */

/* Evaluates the arguments and starts the search. */
static void
start(ModelApiScan *scan)
{
	Relation	table = scan->css.ss.ss_currentRelation;
	Snapshot	snapshot = scan->css.ss.ps.state->es_snapshot;
	Identity	identity;
	Permission	permission;
	MemoryContext old;

	permission = (Permission) scan_node_arguments(scan->arguments, scan->css.ss.ps.ps_ExprContext,
												  ENUM_PERMISSION, &identity);
	bounds_evaluate(scan->bounds, scan->css.ss.ps.ps_ExprContext, scan->plan.bounds);
	old = MemoryContextSwitchTo(scan->memory);
	scan->context = shared_context_get(scan->css.ss.ps.state, &identity);
	scan->reach = reach_begin(table, snapshot, scan->context, permission, &scan->plan);
	scan->heap_slot = table_slot_create(table, NULL);
	if (reach_method(scan->reach) == REACH_TABLE)
		scan->table_scan = table_beginscan(table, snapshot, 0, NULL);
	MemoryContextSwitchTo(old);
}

static TupleTableSlot *
next_row(ScanState *node)
{
	ModelApiScan *scan = (ModelApiScan *) node;

	if (!scan->reach)
		start(scan);
	if (reach_method(scan->reach) == REACH_NOTHING)
		return NULL;
	if (reach_method(scan->reach) == REACH_TABLE)
		return next_of_table(scan);
	return next_model_api(scan);
}

/* No row is locked below this node: planner/hook.c does not offer it then. */
static bool
recheck_row(ScanState *node, TupleTableSlot *slot)
{
	elog(ERROR, "a scan of reachable model APIs cannot recheck a row");
}

static TupleTableSlot *
scan_exec(CustomScanState *node)
{
	return ExecScan(&node->ss, next_row, recheck_row);
}

static void
stop(ModelApiScan *scan)
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
scan_begin(CustomScanState *node, EState *estate, int eflags)
{
	ModelApiScan *scan = (ModelApiScan *) node;
	CustomScan *cscan = (CustomScan *) node->ss.ps.plan;

	scan->arguments = ExecInitExprList(list_copy_head(cscan->custom_exprs,
													  EXPRESSIONS_OF_ARGUMENTS), &node->ss.ps);
	scan->bounds = ExecInitExprList(list_copy_tail(cscan->custom_exprs,
												   EXPRESSIONS_BEFORE_BOUNDS), &node->ss.ps);
	scan->memory = AllocSetContextCreate(estate->es_query_cxt, "modelapi_acl scan",
										 ALLOCSET_DEFAULT_SIZES);
}

static void
scan_end(CustomScanState *node)
{
	stop((ModelApiScan *) node);
}

static void
scan_rescan(CustomScanState *node)
{
	stop((ModelApiScan *) node);
	ExecScanReScan(&node->ss);
}

static void
scan_explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	ModelApiScan *scan = (ModelApiScan *) node;

	if (!ScanDirectionIsNoMovement(scan->plan.order))
		ExplainPropertyText("Order", ScanDirectionIsBackward(scan->plan.order) ?
							"created_at DESC, id DESC" : "created_at, id", es);
	if (es->analyze && scan->reach)
		ExplainPropertyText("Method", method_names[reach_method(scan->reach)], es);
}

static const CustomExecMethods exec_methods = {
	.CustomName = "modelapi_acl reach",
	.BeginCustomScan = scan_begin,
	.ExecCustomScan = scan_exec,
	.EndCustomScan = scan_end,
	.ReScanCustomScan = scan_rescan,
	.ExplainCustomScan = scan_explain,
};

static Node *
scan_create(CustomScan *cscan)
{
	ModelApiScan *scan = (ModelApiScan *) newNode(sizeof(ModelApiScan), T_CustomScanState);

	scan->css.methods = &exec_methods;
	scan->plan = plan_info_to_model_api_plan(cscan->custom_private);
	return (Node *) scan;
}

const CustomScanMethods model_api_scan_methods = {
	.CustomName = "modelapi_acl reach",
	.CreateCustomScanState = scan_create,
};
