/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  A custom scan of model_apis that starts from what a user may reach.
 *
 * A policy that is a function of the row says nothing of where the rows are.
 * This node does: from the grants of the one asking it goes to the rows, or,
 * where these are too many, walks over the table or over an index in the
 * order asked for.  Which of them is chosen when the scan starts, not when it
 * is planned: one cached plan serves users with few grants and with many.
 *
 * Whatever the way, every row is a candidate until access_permits() has said
 * yes to it.  An index's entry tells exactly what the row versions say that it
 * leads to, since each column that it holds, INCLUDEd ones too, is the same
 * throughout a HOT chain; which of them is visible the heap says, or the
 * visibility map.
 *
 * The ways:
 *	GATHER		rows of reachable projects, reachable rows by id, public rows
 *	MERGE		the same in order: the first two sorted, the public ones from an
 *				index in that order
 *	WALK		all rows, in an index's order
 *	TABLE		all rows, in no order
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/genam.h"
#include "access/relscan.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "miscadmin.h"
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

/* Where an index's entry holds each of them, from 1; 0: all entries are public */
typedef struct EntryColumns
{
	AttrNumber	id;
	AttrNumber	project_id;
	AttrNumber	visibility;
	AttrNumber	authorization_mode;
	AttrNumber	created_at;
} EntryColumns;

static const EntryColumns by_id_columns = {1, 2, 3, 4, 5};
static const EntryColumns by_project_columns = {3, 1, 4, 5, 2};
static const EntryColumns by_creation_columns = {2, 3, 4, 5, 1};
static const EntryColumns public_columns = {2, 3, 0, 4, 1};

/* What is known of a row before its tuple is fetched */
typedef struct Candidate
{
	ItemPointerData tid;
	TimestampTz created_at;
	ModelApiFacts facts;
} Candidate;

typedef enum ScanMethod
{
	METHOD_NOTHING,				/* nobody is asking */
	METHOD_GATHER,
	METHOD_MERGE,
	METHOD_WALK,
	METHOD_TABLE
} ScanMethod;

static const char *const method_names[] = {
	"nothing", "gather", "merge", "walk", "table"
};

/* GATHER goes through these in turn */
typedef enum Arm
{
	ARM_PROJECTS,
	ARM_MODEL_APIS,
	ARM_PUBLIC,
	ARM_END
} Arm;

typedef struct ReachScan
{
	CustomScanState css;
	ScanPlan	plan;
	List	   *arguments;		/* ExprStates: permission, identity */

	/* of one execution */
	bool		started;
	ScanMethod	method;
	MemoryContext memory;
	AccessContext *context;
	Permission	permission;
	pg_uuid_t  *projects;
	int			nprojects;
	pg_uuid_t  *model_apis;
	int			nmodel_apis;
	Arm			arm;
	int			position;		/* in the arm's list */
	Candidate  *sorted;			/* MERGE */
	int			nsorted;
	bool		public_ended;
	bool		has_public;
	Candidate	next_public;
	Candidate	current;		/* a slot may point into it */
	uint64		considered;

	/* the index scan that goes on, if any */
	Relation	index;
	IndexScanDesc index_scan;
	const EntryColumns *columns;
	TableScanDesc table_scan;
	IndexFetchTableData *fetch;
	TupleTableSlot *heap_slot;
	Buffer		map_buffer;
} ReachScan;

/* ----------
 * Index scans
 * ----------
 */

static void
end_index(ReachScan *scan)
{
	if (scan->index_scan)
	{
		index_endscan(scan->index_scan);
		index_close(scan->index, AccessShareLock);
		scan->index_scan = NULL;
	}
}

/* Starts, or goes on with, a scan of an index for a uuid, or for all entries. */
static void
begin_index(ReachScan *scan, StoreIndex which, const EntryColumns *columns,
			const pg_uuid_t *key_value)
{
	Relation	table = scan->css.ss.ss_currentRelation;
	ScanKeyData key;
	int			nkeys = key_value ? 1 : 0;

	if (key_value)
		ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_UUID_EQ, UUIDPGetDatum(key_value));
	if (!scan->index_scan || scan->columns != columns)
	{
		Oid			table_oid;
		Oid			index_oid;

		end_index(scan);
		catalog_index(which, &table_oid, &index_oid);
		if (table_oid != RelationGetRelid(table))
			elog(ERROR, "unexpected table %u under a scan of model APIs", table_oid);
		scan->index = index_open(index_oid, AccessShareLock);
		scan->index_scan = index_beginscan(table, scan->index,
										   scan->css.ss.ps.state->es_snapshot, nkeys, 0);
		scan->index_scan->xs_want_itup = true;
		scan->columns = columns;
	}
	index_rescan(scan->index_scan, &key, nkeys, NULL, 0);
}

static Datum
entry_value(IndexScanDesc index_scan, AttrNumber column)
{
	bool		isnull;
	Datum		value = index_getattr(index_scan->xs_itup, column,
									  index_scan->xs_itupdesc, &isnull);

	if (isnull)
		elog(ERROR, "unexpected NULL in an index of model APIs");
	return value;
}

/* The next entry of the index scan that goes on. */
static bool
next_entry(ReachScan *scan, ScanDirection direction, Candidate *candidate)
{
	IndexScanDesc index_scan = scan->index_scan;
	const EntryColumns *columns = scan->columns;
	ItemPointer tid = index_getnext_tid(index_scan, direction);

	if (!tid)
		return false;
	scan->considered++;
	candidate->tid = *tid;
	candidate->created_at = DatumGetTimestampTz(entry_value(index_scan, columns->created_at));
	candidate->facts.id = *DatumGetUUIDP(entry_value(index_scan, columns->id));
	candidate->facts.project_id = *DatumGetUUIDP(entry_value(index_scan, columns->project_id));
	candidate->facts.visibility = columns->visibility == 0 ? VISIBILITY_PUBLIC :
		(Visibility) catalog_enum_place(STORE_ENUM_VISIBILITY,
										DatumGetObjectId(entry_value(index_scan, columns->visibility)));
	candidate->facts.authorization_mode = (AuthorizationMode)
		catalog_enum_place(STORE_ENUM_AUTHORIZATION_MODE,
						   DatumGetObjectId(entry_value(index_scan, columns->authorization_mode)));
	return true;
}

/* ----------
 * What is emitted
 * ----------
 */

static bool
is_permitted(ReachScan *scan, const Candidate *candidate)
{
	Visibility	visibility = candidate->facts.visibility;

	/* cheap ones first: what the query's own conditions leave out */
	if (visibility == VISIBILITY_PUBLIC ? !scan->plan.wants_public : !scan->plan.wants_private)
		return false;
	return access_permits(scan->context, &candidate->facts, scan->permission);
}

/* The scan's virtual slot, filled from a tuple that stays pinned in heap_slot. */
static TupleTableSlot *
emit_tuple(ReachScan *scan)
{
	TupleTableSlot *slot = scan->css.ss.ss_ScanTupleSlot;
	int			natts = slot->tts_tupleDescriptor->natts;

	ExecClearTuple(slot);
	slot_getallattrs(scan->heap_slot);
	memcpy(slot->tts_values, scan->heap_slot->tts_values, natts * sizeof(Datum));
	memcpy(slot->tts_isnull, scan->heap_slot->tts_isnull, natts * sizeof(bool));
	slot->tts_tid = scan->heap_slot->tts_tid;
	slot->tts_tableOid = scan->heap_slot->tts_tableOid;
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

/* A permitted candidate's row, or NULL where the snapshot shows none. */
static TupleTableSlot *
fetch_candidate(ReachScan *scan, Candidate *candidate)
{
	Relation	table = scan->css.ss.ss_currentRelation;
	Snapshot	snapshot = scan->css.ss.ps.state->es_snapshot;
	ItemPointerData tid = candidate->tid;
	bool		call_again = false;
	bool		all_dead = false;

	if (scan->plan.needs_no_heap &&
		VM_ALL_VISIBLE(table, ItemPointerGetBlockNumber(&tid), &scan->map_buffer))
	{
		/* Serializable transactions still have to know that it was read */
		PredicateLockPage(table, ItemPointerGetBlockNumber(&tid), snapshot);
		return emit_candidate(scan, candidate);
	}
	do
	{
		if (table_index_fetch_tuple(scan->fetch, &tid, snapshot, scan->heap_slot,
									&call_again, &all_dead))
			return emit_tuple(scan);
	} while (call_again);
	return NULL;
}

/* ----------
 * GATHER
 * ----------
 */

/*
 * Whether a candidate of one arm comes up in another one as well: public rows in
 * theirs, if there is one for this permission, and rows of reachable projects
 * with their project.
 */
static bool
is_anothers(ReachScan *scan, const Candidate *candidate)
{
	if (scan->arm == ARM_PUBLIC)
		return false;
	if (candidate->facts.visibility == VISIBILITY_PUBLIC &&
		access_is_open_when_public(scan->permission))
		return true;
	return scan->arm == ARM_MODEL_APIS &&
		access_reaches(scan->context, GRANT_ON_PROJECT, &candidate->facts.project_id,
					   scan->permission);
}

/* The next candidate of the arms, in turn; none is given twice. */
static bool
next_gathered(ReachScan *scan, Candidate *candidate)
{
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (scan->index_scan)
		{
			if (next_entry(scan, ForwardScanDirection, candidate))
			{
				if (!is_anothers(scan, candidate))
					return true;
				continue;
			}
			if (scan->arm == ARM_PUBLIC)
				scan->arm = ARM_END;
		}
		switch (scan->arm)
		{
			case ARM_PROJECTS:
				if (scan->position < scan->nprojects)
					begin_index(scan, INDEX_MODEL_APIS_BY_PROJECT, &by_project_columns,
								&scan->projects[scan->position++]);
				else
				{
					scan->arm = ARM_MODEL_APIS;
					scan->position = 0;
					end_index(scan);
				}
				break;
			case ARM_MODEL_APIS:
				if (scan->position < scan->nmodel_apis)
					begin_index(scan, INDEX_MODEL_APIS, &by_id_columns,
								&scan->model_apis[scan->position++]);
				else
				{
					scan->arm = ARM_PUBLIC;
					end_index(scan);
					if (!scan->plan.wants_public || scan->method == METHOD_MERGE ||
						!access_is_open_when_public(scan->permission))
						scan->arm = ARM_END;
					else
						begin_index(scan, INDEX_MODEL_APIS_PUBLIC, &public_columns, NULL);
				}
				break;
			case ARM_PUBLIC:
			case ARM_END:
				end_index(scan);
				return false;
		}
	}
}

/* ----------
 * MERGE
 * ----------
 */

static int
compare_candidates(const Candidate *a, const Candidate *b)
{
	if (a->created_at != b->created_at)
		return a->created_at < b->created_at ? -1 : 1;
	return memcmp(&a->facts.id, &b->facts.id, sizeof(pg_uuid_t));
}

static int
compare_ascending(const void *a, const void *b)
{
	return compare_candidates((const Candidate *) a, (const Candidate *) b);
}

static int
compare_descending(const void *a, const void *b)
{
	return -compare_candidates((const Candidate *) a, (const Candidate *) b);
}

/* Gathers and sorts what isn't public; false where there is more than cap. */
static bool
gather_sorted(ReachScan *scan, int cap)
{
	Candidate	candidate;
	int			room = 64;

	scan->sorted = MemoryContextAllocHuge(scan->memory, room * sizeof(Candidate));
	scan->nsorted = 0;
	while (next_gathered(scan, &candidate))
	{
		if (!is_permitted(scan, &candidate))
			continue;
		if (scan->nsorted == cap)
		{
			end_index(scan);
			return false;
		}
		if (scan->nsorted == room)
		{
			room *= 2;
			scan->sorted = repalloc_huge(scan->sorted, room * sizeof(Candidate));
		}
		scan->sorted[scan->nsorted++] = candidate;
	}
	qsort(scan->sorted, scan->nsorted, sizeof(Candidate),
		  ScanDirectionIsBackward(scan->plan.order) ? compare_descending : compare_ascending);
	scan->position = 0;
	scan->public_ended = !scan->plan.wants_public ||
		!access_is_open_when_public(scan->permission);
	scan->has_public = false;
	if (!scan->public_ended)
		begin_index(scan, INDEX_MODEL_APIS_PUBLIC, &public_columns, NULL);
	return true;
}

/* The next of two sorted sequences. */
static bool
next_merged(ReachScan *scan, Candidate *candidate)
{
	bool		takes_public;

	while (!scan->public_ended && !scan->has_public)
	{
		CHECK_FOR_INTERRUPTS();
		if (!next_entry(scan, scan->plan.order, &scan->next_public))
			scan->public_ended = true;
		else
			scan->has_public = is_permitted(scan, &scan->next_public);
	}
	if (scan->position == scan->nsorted)
		takes_public = scan->has_public;
	else if (!scan->has_public)
		takes_public = false;
	else
	{
		int			order = compare_candidates(&scan->next_public, &scan->sorted[scan->position]);

		takes_public = ScanDirectionIsBackward(scan->plan.order) ? order > 0 : order < 0;
	}
	if (takes_public)
	{
		*candidate = scan->next_public;
		scan->has_public = false;
		return true;
	}
	if (scan->position == scan->nsorted)
		return false;
	*candidate = scan->sorted[scan->position++];
	return true;
}

/* ----------
 * The choice
 * ----------
 */

static double
tuples_of(Relation relation)
{
	if (relation->rd_rel->reltuples >= 0)
		return relation->rd_rel->reltuples;
	return RelationGetNumberOfBlocks(relation) * 50.0;	/* never analyzed */
}

static double
tuples_of_index(StoreIndex which)
{
	Oid			table_oid;
	Oid			index_oid;
	Relation	index;
	double		tuples;

	catalog_index(which, &table_oid, &index_oid);
	index = index_open(index_oid, AccessShareLock);
	tuples = tuples_of(index);
	index_close(index, AccessShareLock);
	return tuples;
}

/* Fills the lists of what is reachable, unless there are more than cap of a kind. */
static bool
load_reach(ReachScan *scan, int cap)
{
	scan->arm = ARM_PROJECTS;
	scan->position = 0;
	return access_reach(scan->context, GRANT_ON_PROJECT, scan->permission, cap,
						&scan->projects, &scan->nprojects) &&
		access_reach(scan->context, GRANT_ON_MODEL_API, scan->permission, cap,
					 &scan->model_apis, &scan->nmodel_apis);
}

/*
 * In order, walking takes as many steps for each row as there are rows for each
 * that is permitted; gathering takes a step for each permitted row, however few
 * are asked for.  With n rows, r of them permitted and l asked for these are
 * l * n / r and r: the same where r is the square root of l * n.
 */
static ScanMethod
choose_in_order(ReachScan *scan)
{
	double		n = tuples_of(scan->css.ss.ss_currentRelation);
	double		limit = scan->plan.limit > 0 ? Min(scan->plan.limit, n) : n / 16;
	int			cap = (int) Min(Max(2 * sqrt(limit * n), 1000), 4000000);

	scan->method = METHOD_MERGE;
	if (load_reach(scan, cap) && gather_sorted(scan, cap))
		return METHOD_MERGE;
	begin_index(scan, INDEX_MODEL_APIS_BY_CREATION, &by_creation_columns, NULL);
	return METHOD_WALK;
}

/*
 * In no order, a row that is gathered costs as much as several that are passed by
 * in reading the whole table, and fewer where the heap isn't needed.
 */
static ScanMethod
choose_in_no_order(ReachScan *scan)
{
	double		n = tuples_of(scan->css.ss.ss_currentRelation);
	double		cap = Min(Max(n / (scan->plan.needs_no_heap ? 2 : 6), 1000), 4000000);
	bool		has_public = scan->plan.wants_public &&
		access_is_open_when_public(scan->permission);
	double		projects;

	if (has_public && tuples_of_index(INDEX_MODEL_APIS_PUBLIC) > cap)
		return METHOD_TABLE;
	if (!load_reach(scan, (int) cap))
		return METHOD_TABLE;
	projects = Max(tuples_of_index(INDEX_PROJECTS), 1);
	if (scan->nmodel_apis + scan->nprojects * Max(n / projects, 1) > cap)
		return METHOD_TABLE;
	return METHOD_GATHER;
}

static Datum
argument_value(ReachScan *scan, int place, bool *isnull)
{
	return ExecEvalExprSwitchContext((ExprState *) list_nth(scan->arguments, place),
									 scan->css.ss.ps.ps_ExprContext, isnull);
}

static void
start(ReachScan *scan)
{
	EState	   *estate = scan->css.ss.ps.state;
	Relation	table = scan->css.ss.ss_currentRelation;
	Identity	identity;
	Datum		value;
	bool		isnull;

	scan->started = true;
	scan->considered = 0;
	scan->method = METHOD_NOTHING;
	value = argument_value(scan, 1, &isnull);
	identity = identity_from_argument(isnull, value);
	value = argument_value(scan, 0, &isnull);
	if (isnull || identity.kind == IDENTITY_NOBODY)
		return;
	scan->permission = (Permission)
		catalog_enum_place(STORE_ENUM_PERMISSION, DatumGetObjectId(value));
	scan->context = access_context(NULL, scan->memory, &identity, estate->es_snapshot);
	if (!scan->heap_slot)
		scan->heap_slot = table_slot_create(table, &estate->es_tupleTable);
	scan->fetch = table_index_fetch_begin(table);

	if (identity.kind == IDENTITY_ADMINISTRATOR)
	{
		scan->method = ScanDirectionIsNoMovement(scan->plan.order) ? METHOD_TABLE : METHOD_WALK;
		if (scan->method == METHOD_WALK)
			begin_index(scan, INDEX_MODEL_APIS_BY_CREATION, &by_creation_columns, NULL);
	}
	else if (ScanDirectionIsNoMovement(scan->plan.order))
		scan->method = choose_in_no_order(scan);
	else
		scan->method = choose_in_order(scan);
	if (scan->method == METHOD_TABLE)
		scan->table_scan = table_beginscan(table, estate->es_snapshot, 0, NULL);
}

/* ----------
 * The node
 * ----------
 */

/* The next permitted row of the whole table. */
static TupleTableSlot *
next_of_table(ReachScan *scan)
{
	TupleTableSlot *slot = scan->heap_slot;

	while (table_scan_getnextslot(scan->table_scan, ForwardScanDirection, slot))
	{
		Candidate	candidate;

		CHECK_FOR_INTERRUPTS();
		scan->considered++;
		slot_getsomeattrs(slot, COLUMN_AUTHORIZATION_MODE);
		candidate.facts.id = *DatumGetUUIDP(slot->tts_values[COLUMN_ID - 1]);
		candidate.facts.project_id = *DatumGetUUIDP(slot->tts_values[COLUMN_PROJECT_ID - 1]);
		candidate.facts.visibility = (Visibility)
			catalog_enum_place(STORE_ENUM_VISIBILITY,
							   DatumGetObjectId(slot->tts_values[COLUMN_VISIBILITY - 1]));
		candidate.facts.authorization_mode = (AuthorizationMode)
			catalog_enum_place(STORE_ENUM_AUTHORIZATION_MODE,
							   DatumGetObjectId(slot->tts_values[COLUMN_AUTHORIZATION_MODE - 1]));
		if (is_permitted(scan, &candidate))
			return emit_tuple(scan);
	}
	return NULL;
}

static bool
next_candidate(ReachScan *scan, Candidate *candidate)
{
	switch (scan->method)
	{
		case METHOD_GATHER:
			return next_gathered(scan, candidate);
		case METHOD_MERGE:
			return next_merged(scan, candidate);
		case METHOD_WALK:
			return next_entry(scan, scan->plan.order, candidate);
		default:
			return false;
	}
}

static TupleTableSlot *
next_row(ScanState *node)
{
	ReachScan  *scan = (ReachScan *) node;
	Candidate  *candidate = &scan->current;
	TupleTableSlot *slot;

	if (!scan->started)
		start(scan);
	if (scan->method == METHOD_TABLE)
		return next_of_table(scan);
	while (next_candidate(scan, candidate))
	{
		CHECK_FOR_INTERRUPTS();
		/* merged ones have been asked about when they were sorted */
		if (scan->method != METHOD_MERGE && !is_permitted(scan, candidate))
			continue;
		slot = fetch_candidate(scan, candidate);
		if (slot)
			return slot;
	}
	return NULL;
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
	end_index(scan);
	if (scan->table_scan)
		table_endscan(scan->table_scan);
	if (scan->fetch)
		table_index_fetch_end(scan->fetch);
	if (BufferIsValid(scan->map_buffer))
		ReleaseBuffer(scan->map_buffer);
	if (scan->heap_slot)
		ExecClearTuple(scan->heap_slot);
	ExecClearTuple(scan->css.ss.ss_ScanTupleSlot);
	scan->table_scan = NULL;
	scan->fetch = NULL;
	scan->map_buffer = InvalidBuffer;
	scan->context = NULL;
	MemoryContextReset(scan->memory);
	scan->started = false;
}

static void
reach_begin(CustomScanState *node, EState *estate, int eflags)
{
	ReachScan  *scan = (ReachScan *) node;
	CustomScan *cscan = (CustomScan *) node->ss.ps.plan;

	scan->arguments = ExecInitExprList(cscan->custom_exprs, &node->ss.ps);
	scan->memory = AllocSetContextCreate(estate->es_query_cxt, "modelapi_acl scan",
										 ALLOCSET_DEFAULT_SIZES);
	scan->map_buffer = InvalidBuffer;
}

static void
reach_end(CustomScanState *node)
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
	if (es->analyze && scan->started)
		ExplainPropertyText("Method", method_names[scan->method], es);
}

static const CustomExecMethods reach_exec_methods = {
	.CustomName = "modelapi_acl reach",
	.BeginCustomScan = reach_begin,
	.ExecCustomScan = reach_exec,
	.EndCustomScan = reach_end,
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
	return list_make5(makeInteger(plan->order), makeInteger(plan->wants_public),
					  makeInteger(plan->wants_private), makeInteger(plan->needs_no_heap),
					  makeInteger(plan->limit));
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
	return plan;
}
