/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  A custom scan of model_apis, or of what hangs on them, that starts from
 *	  what a user may reach.
 *
 * reach.c finds the model APIs; this node gives out their rows, or the rows of
 * another table that belong to them, or reads the whole table where that is
 * better.  No row is given out but after access_permits() has said yes to its
 * model API.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/uuid.h"

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

	/* of one execution */
	Reach	   *reach;			/* NULL before it begins */
	Relation	model_apis;		/* opened here for another table's scan */
	Permission	permission;
	MemoryContext memory;
	Candidate	current;		/* the slot may point into it */
	TableScanDesc table_scan;
	IndexFetchTableData *fetch; /* of model APIs */
	TupleTableSlot *model_api_slot;
	TupleTableSlot *heap_slot;	/* of the scan's own table */
	Relation	part_index;
	IndexScanDesc part_scan;
	bool		in_part;		/* the part scan stands in a model API's rows */
	Buffer		map_buffer;
} ReachScan;

/* ----------
 * What is given out
 * ----------
 */

/* The scan's virtual slot, filled from a tuple that stays pinned in its own. */
static TupleTableSlot *
emit_tuple(ReachScan *scan, TupleTableSlot *tuple)
{
	TupleTableSlot *slot = scan->css.ss.ss_ScanTupleSlot;
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
	return ExecStoreVirtualTuple(slot);
}

/* ----------
 * Model APIs
 * ----------
 */

/*
 * Whether the visibility map vouches for a candidate's page, so that its index
 * entry is a row that everybody sees.
 */
static bool
is_all_visible(ReachScan *scan, const Candidate *candidate)
{
	BlockNumber block = ItemPointerGetBlockNumber(&candidate->tid);

	if (!VM_ALL_VISIBLE(scan->model_apis, block, &scan->map_buffer))
		return false;
	/* Serializable transactions still have to know that it was read */
	PredicateLockPage(scan->model_apis, block, scan->css.ss.ps.state->es_snapshot);
	return true;
}

/* Fetches the version of a candidate's row that the snapshot shows, if any. */
static bool
fetch_model_api(ReachScan *scan, const Candidate *candidate)
{
	ItemPointerData tid = candidate->tid;
	bool		call_again = false;
	bool		all_dead = false;

	do
	{
		if (table_index_fetch_tuple(scan->fetch, &tid, scan->css.ss.ps.state->es_snapshot,
									scan->model_api_slot, &call_again, &all_dead))
			return true;
	} while (call_again);
	return false;
}

static TupleTableSlot *
next_model_api(ReachScan *scan)
{
	while (reach_next(scan->reach, &scan->current))
	{
		if (scan->plan.needs_no_heap && is_all_visible(scan, &scan->current))
			return emit_candidate(scan, &scan->current);
		if (fetch_model_api(scan, &scan->current))
			return emit_tuple(scan, scan->model_api_slot);
	}
	return NULL;
}

/* ----------
 * What hangs on them
 * ----------
 */

/* The next row of another table that belongs to a model API in reach. */
static TupleTableSlot *
next_part(ReachScan *scan)
{
	for (;;)
	{
		ScanKeyData key;

		if (scan->in_part)
		{
			if (index_getnext_slot(scan->part_scan, ForwardScanDirection, scan->heap_slot))
				return emit_tuple(scan, scan->heap_slot);
			scan->in_part = false;
		}
		do
		{
			if (!reach_next(scan->reach, &scan->current))
				return NULL;
		} while (!is_all_visible(scan, &scan->current) &&
				 !fetch_model_api(scan, &scan->current));
		ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_UUID_EQ,
					UUIDPGetDatum(&scan->current.facts.id));
		index_rescan(scan->part_scan, &key, 1, NULL, 0);
		scan->in_part = true;
	}
}

/* ----------
 * The whole table
 * ----------
 */

static bool
is_row_permitted(ReachScan *scan, TupleTableSlot *slot)
{
	ModelApiFacts facts = {0};

	if (OidIsValid(scan->plan.part_index))
	{
		bool		isnull;
		Datum		id = slot_getattr(slot, scan->plan.part_column, &isnull);
		const ModelApiFacts *found = isnull ? NULL :
			access_model_api(reach_context(scan->reach), DatumGetUUIDP(id));

		return found && reach_permits(scan->reach, found);
	}
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
			return emit_tuple(scan, scan->heap_slot);
	}
	return NULL;
}

/* ----------
 * The node
 * ----------
 */

static Datum
argument_value(ReachScan *scan, int place, bool *isnull)
{
	return ExecEvalExprSwitchContext((ExprState *) list_nth(scan->arguments, place),
									 scan->css.ss.ps.ps_ExprContext, isnull);
}

/* Evaluates the arguments and finds the way. */
static void
start(ReachScan *scan)
{
	Relation	table = scan->css.ss.ss_currentRelation;
	Snapshot	snapshot = scan->css.ss.ps.state->es_snapshot;
	bool		is_part = OidIsValid(scan->plan.part_index);
	Identity	identity;
	Permission	permission = PERMISSION_VIEW;
	Datum		value;
	bool		isnull;
	MemoryContext old;

	value = argument_value(scan, 1, &isnull);
	identity = identity_from_argument(isnull, value);
	value = argument_value(scan, 0, &isnull);
	if (isnull)
		identity.kind = IDENTITY_NOBODY;
	else
		permission = (Permission)
			catalog_enum_place(STORE_ENUM_PERMISSION, DatumGetObjectId(value));

	old = MemoryContextSwitchTo(scan->memory);
	scan->model_apis = table;
	if (is_part)
	{
		Oid			table_oid;
		Oid			index_oid;

		catalog_index(INDEX_MODEL_APIS, &table_oid, &index_oid);
		scan->model_apis = table_open(table_oid, AccessShareLock);
	}
	scan->reach = reach_begin(scan->model_apis, snapshot, &identity, permission, &scan->plan);
	scan->heap_slot = table_slot_create(table, NULL);
	scan->in_part = false;
	if (reach_method(scan->reach) == REACH_TABLE)
		scan->table_scan = table_beginscan(table, snapshot, 0, NULL);
	else if (reach_method(scan->reach) != REACH_NOTHING)
	{
		scan->fetch = table_index_fetch_begin(scan->model_apis);
		scan->model_api_slot = table_slot_create(scan->model_apis, NULL);
		if (is_part)
		{
			scan->part_index = index_open(scan->plan.part_index, AccessShareLock);
			scan->part_scan = index_beginscan(table, scan->part_index, snapshot, 1, 0);
		}
	}
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
	return OidIsValid(scan->plan.part_index) ? next_part(scan) : next_model_api(scan);
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
	if (scan->part_scan)
	{
		index_endscan(scan->part_scan);
		index_close(scan->part_index, AccessShareLock);
	}
	if (scan->table_scan)
		table_endscan(scan->table_scan);
	if (scan->fetch)
		table_index_fetch_end(scan->fetch);
	if (scan->model_api_slot)
		ExecDropSingleTupleTableSlot(scan->model_api_slot);
	ExecDropSingleTupleTableSlot(scan->heap_slot);
	if (BufferIsValid(scan->map_buffer))
		ReleaseBuffer(scan->map_buffer);
	reach_end(scan->reach);
	if (scan->model_apis != scan->css.ss.ss_currentRelation)
		table_close(scan->model_apis, AccessShareLock);
	scan->part_scan = NULL;
	scan->table_scan = NULL;
	scan->fetch = NULL;
	scan->model_api_slot = NULL;
	scan->map_buffer = InvalidBuffer;
	scan->reach = NULL;
	MemoryContextReset(scan->memory);
}

static void
reach_begin_node(CustomScanState *node, EState *estate, int eflags)
{
	ReachScan  *scan = (ReachScan *) node;
	CustomScan *cscan = (CustomScan *) node->ss.ps.plan;

	scan->arguments = ExecInitExprList(cscan->custom_exprs, &node->ss.ps);
	scan->memory = AllocSetContextCreate(estate->es_query_cxt, "modelapi_acl scan",
										 ALLOCSET_DEFAULT_SIZES);
	scan->map_buffer = InvalidBuffer;
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

List *
scan_plan_to_list(const ScanPlan *plan)
{
	List	   *list = list_make5(makeInteger(plan->order), makeInteger(plan->wants_public),
								  makeInteger(plan->wants_private),
								  makeInteger(plan->needs_no_heap),
								  makeInteger(plan->limit));

	/* an OID may not fit an integer */
	return lappend(lappend(list, makeFloat(psprintf("%u", plan->part_index))),
				   makeInteger(plan->part_column));
}

ScanPlan
scan_plan_from_list(List *list)
{
	ScanPlan	plan;

	plan.order = (ScanDirection) intVal(linitial(list));
	plan.wants_public = intVal(lsecond(list)) != 0;
	plan.wants_private = intVal(lthird(list)) != 0;
	plan.needs_no_heap = intVal(lfourth(list)) != 0;
	plan.limit = intVal(list_nth(list, 4));
	plan.part_index = (Oid) floatVal(list_nth(list, 5));
	plan.part_column = (AttrNumber) intVal(list_nth(list, 6));
	return plan;
}
