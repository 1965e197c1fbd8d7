/*-------------------------------------------------------------------------
 *
 * lookup.c
 *	  A custom scan of the tables around model_apis: what hangs on them, grants,
 *	  projects and the audit history.
 *
 * Their policies ask for a permission on the row's model API, or for something
 * that stands in the row itself.  Either way there are keys by which the rows can
 * be looked up: the model APIs or projects that the one asking reaches, their
 * organizations, themselves.  How it goes is decided when it runs:
 *
 *	LOOK_UP		looks one key after another up, one kind of key ("arm") after another
 *	SORT		the same, sorted by the timestamp that the query orders by
 *	WALK		reads all rows in the order of an index on that timestamp
 *	TABLE		reads all rows
 *
 * A row is given out when it hangs on a model API on which access_permits() has
 * said yes to the permission, or else after the policy's own condition has been
 * asked; a row with none of the keys is left out without asking.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/uuid.h"

#include "compat.h"
#include EXPLAIN_PROPERTY_HEADER
#include "modelapi_acl.h"
#include "scan.h"

/* So many rows at most are sorted in memory, 16 bytes each; fewer where work_mem is less */
#define SORTED_MAX 500000

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

/* A row that waits for its turn */
typedef struct SortedRow
{
	TimestampTz at;
	ItemPointerData tid;
} SortedRow;

/* What the keys that a query asks for make of an arm */
typedef struct ArmState
{
	bool		is_left_out;	/* no row that is asked for has one of its keys */
	bool		has_one_key;	/* "first" is its only key */
	bool		is_done;		/* that one was given */
	bool		has_second;
	pg_uuid_t	first;
	pg_uuid_t	second;
} ArmState;

typedef struct LookupScan
{
	CustomScanState css;
	LookupPlan	planned;
	List	   *arguments;		/* ExprStates: permission, identity */
	ExprState  *condition;		/* the policy's */
	List	   *bounds;			/* ExprStates */
	List	   *asked;			/* ExprStates, two for each arm of the plan */

	/* of one execution */
	bool		started;
	LookupPlan	plan;			/* what is left of what was planned */
	ArmState	arms[LOOKUP_ARMS_MAX];
	LookupMethod method;
	MemoryContext memory;
	Identity	identity;
	Permission	permission;
	Keys	   *keys;
	int			arm;
	Relation	index;			/* the arm's, or that of the order; NULL: none is open */
	IndexScanDesc index_scan;
	int			nkeys;			/* of the index scan, if it is the arm's */
	bool		in_key;			/* it stands in a key's rows */
	pg_uuid_t	key;			/* that key: the index scan points to it */
	TableScanDesc table_scan;
	SortedRow  *sorted;
	int			nsorted;
	int			next_sorted;
	TupleTableSlot *slot;
} LookupScan;

/* ----------
 * Rows
 * ----------
 */

/* The first of so many arms that has a row among its keys; narms for none. */
static int
arm_of(LookupScan *scan, TupleTableSlot *slot, int narms)
{
	for (int i = 0; i < narms; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, scan->plan.arms[i].column, &isnull);

		if (!isnull && !scan->arms[i].is_left_out && keys_have(scan->keys, i, DatumGetUUIDP(value)))
			return i;
	}
	return narms;
}

/* Whether the policy shows a row that an arm has among its keys. */
static bool
is_shown(LookupScan *scan, TupleTableSlot *slot, int arm)
{
	ExprContext *econtext = scan->css.ss.ps.ps_ExprContext;
	Datum		result;
	bool		isnull;

	if (arm < scan->plan.narms && scan->plan.arms[arm].source == KEYS_MODEL_APIS)
		return true;			/* access_permits() has said yes */
	/* the condition is compiled for a slot whose values are all there */
	slot_getallattrs(slot);
	ResetExprContext(econtext);
	econtext->ecxt_scantuple = slot;
	result = ExecEvalExprSwitchContext(scan->condition, econtext, &isnull);
	return !isnull && DatumGetBool(result);
}

/* The same for a row that wasn't found by a key. */
static bool
is_row_shown(LookupScan *scan, TupleTableSlot *slot)
{
	int			arm;

	if (scan->identity.kind == IDENTITY_ADMINISTRATOR)
		return is_shown(scan, slot, scan->plan.narms);
	arm = arm_of(scan, slot, scan->plan.narms);
	return arm < scan->plan.narms && is_shown(scan, slot, arm);
}

static void
open_index(LookupScan *scan, Oid index)
{
	scan->index = index_open(index, AccessShareLock);
}

static void
begin_index(LookupScan *scan, int nkeys)
{
	MemoryContext old = MemoryContextSwitchTo(scan->memory);

	scan->index_scan = begin_index_scan(scan->css.ss.ss_currentRelation, scan->index,
										 scan->css.ss.ps.state->es_snapshot, nkeys);
	MemoryContextSwitchTo(old);
}

static void
close_index(LookupScan *scan)
{
	if (scan->index)
	{
		index_endscan(scan->index_scan);
		index_close(scan->index, AccessShareLock);
		scan->index = NULL;
	}
	scan->in_key = false;
}

/* Opens the current arm's index, with a second key where it has that column. */
static void
open_arm(LookupScan *scan)
{
	LookupArm  *arm = &scan->plan.arms[scan->arm];
	Form_pg_index form;

	open_index(scan, arm->index);
	form = scan->index->rd_index;
	scan->nkeys = scan->arms[scan->arm].has_second && form->indnkeyatts > 1 &&
		form->indkey.values[1] == arm->second && scan->index->rd_opcintype[1] == UUIDOID ? 2 : 1;
	begin_index(scan, scan->nkeys);
}

static void
look_up(LookupScan *scan)
{
	ArmState   *state = &scan->arms[scan->arm];
	ScanKeyData keys[2];

	if (!scan->index)
		open_arm(scan);
	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_UUID_EQ, UUIDPGetDatum(&scan->key));
	if (scan->nkeys > 1)
		ScanKeyInit(&keys[1], 2, BTEqualStrategyNumber, F_UUID_EQ, UUIDPGetDatum(&state->second));
	index_rescan(scan->index_scan, keys, scan->nkeys, NULL, 0);
	scan->in_key = true;
}

/* The next key of the current arm. */
static bool
next_key(LookupScan *scan)
{
	ArmState   *state = &scan->arms[scan->arm];

	if (state->is_left_out || state->is_done)
		return false;
	if (!state->has_one_key)
		return keys_next(scan->keys, scan->arm, &scan->key);
	scan->key = state->first;
	state->is_done = true;
	return true;
}

/* Stores the next row of the arms, in turn, in the scan's own slot. */
static bool
next_looked_up(LookupScan *scan)
{
	while (scan->arm < scan->plan.narms)
	{
		CHECK_FOR_INTERRUPTS();
		if (scan->in_key)
		{
			if (!index_getnext_slot(scan->index_scan, ForwardScanDirection, scan->slot))
				scan->in_key = false;
			/* an arm before this one may have given it out */
			else if (arm_of(scan, scan->slot, scan->arm) == scan->arm &&
					 is_shown(scan, scan->slot, scan->arm))
				return true;
		}
		else if (next_key(scan))
			look_up(scan);
		else
		{
			close_index(scan);
			scan->arm++;
		}
	}
	return false;
}

static bool
next_of_all(LookupScan *scan)
{
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (!(scan->method == LOOKUP_WALK ?
			  index_getnext_slot(scan->index_scan, scan->plan.order, scan->slot) :
			  table_scan_getnextslot(scan->table_scan, ForwardScanDirection, scan->slot)))
			return false;
		if (is_row_shown(scan, scan->slot))
			return true;
	}
}

static int
compare_ascending(const void *a, const void *b)
{
	TimestampTz x = ((const SortedRow *) a)->at;
	TimestampTz y = ((const SortedRow *) b)->at;

	return x < y ? -1 : x > y ? 1 : 0;
}

static int
compare_descending(const void *a, const void *b)
{
	return compare_ascending(b, a);
}

/* Looks all rows up and sorts them; false where there are too many. */
static bool
sort_rows(LookupScan *scan)
{
	int			most = (int) Min(work_mem * INT64CONST(1024) / sizeof(SortedRow), SORTED_MAX);
	int			room = 64;

	scan->sorted = MemoryContextAlloc(scan->memory, room * sizeof(SortedRow));
	scan->nsorted = scan->next_sorted = 0;
	while (next_looked_up(scan))
	{
		bool		isnull;

		if (scan->nsorted == most)
		{
			close_index(scan);
			return false;
		}
		if (scan->nsorted == room)
		{
			room *= 2;
			scan->sorted = repalloc_huge(scan->sorted, room * sizeof(SortedRow));
		}
		scan->sorted[scan->nsorted].at =
			DatumGetTimestampTz(slot_getattr(scan->slot, scan->plan.order_column, &isnull));
		scan->sorted[scan->nsorted++].tid = scan->slot->tts_tid;
	}
	qsort(scan->sorted, scan->nsorted, sizeof(SortedRow),
		  ScanDirectionIsBackward(scan->plan.order) ? compare_descending : compare_ascending);
	return true;
}

static bool
next_sorted(LookupScan *scan)
{
	if (scan->next_sorted == scan->nsorted)
		return false;
	/* the snapshot has shown this version, so that it shows it again */
	if (!table_tuple_fetch_row_version(scan->css.ss.ss_currentRelation,
									   &scan->sorted[scan->next_sorted++].tid,
									   scan->css.ss.ps.state->es_snapshot, scan->slot))
		elog(ERROR, "a row that was found is gone");
	return true;
}

/* ----------
 * Keys that the query asks for
 * ----------
 */

/* The value of an expression for an arm; false for NULL. */
static bool
asked_key(LookupScan *scan, int expression, pg_uuid_t *key)
{
	bool		isnull;
	Datum		value = ExecEvalExprSwitchContext(list_nth(scan->asked, expression),
												  scan->css.ss.ps.ps_ExprContext, &isnull);

	if (!isnull)
		*key = *DatumGetUUIDP(value);
	return !isnull;
}

/* The arm that alone leads to all rows which are asked for, or -1. */
static int
one_arm(LookupScan *scan)
{
	for (int i = 0; i < scan->plan.narms; i++)
		if (scan->arms[i].has_one_key)
			return i;
	return -1;
}

/*
 * Evaluates what is asked for, before keys are looked for.  Rows of a user lead to that
 * user: to who is asking, by this arm alone, or to somebody else, by any other.  False
 * where no row can be meant.
 */
static bool
evaluate_asked(LookupScan *scan)
{
	memset(scan->arms, 0, sizeof(scan->arms));
	scan->plan = scan->planned;
	if (scan->identity.kind == IDENTITY_ADMINISTRATOR)
		return true;
	for (int i = 0; i < scan->planned.narms; i++)
	{
		ArmState   *state = &scan->arms[i];
		LookupArm  *arm = &scan->planned.arms[i];

		state->has_second = arm->second != 0;
		if ((arm->is_asked && !asked_key(scan, 2 * i, &state->first)) ||
			(state->has_second && !asked_key(scan, 2 * i + 1, &state->second)))
			return false;
		if (!arm->is_asked || arm->source != KEYS_USER)
			continue;
		state->is_left_out = memcmp(&state->first, &scan->identity.user_id, sizeof(pg_uuid_t)) != 0;
		if (!state->is_left_out)
		{
			state->has_one_key = true;
			scan->arms[0] = *state;
			scan->plan.arms[0] = *arm;
			scan->plan.narms = 1;
			return true;
		}
	}
	return true;
}

/* The same for rows of an organization, once it can be asked whether that is among the keys. */
static bool
leave_arms_out(LookupScan *scan)
{
	bool		any = false;

	for (int i = 0; i < scan->plan.narms; i++)
	{
		ArmState   *state = &scan->arms[i];

		if (one_arm(scan) >= 0)
			state->is_left_out |= !state->has_one_key;
		else if (scan->plan.arms[i].is_asked && scan->plan.arms[i].source == KEYS_ORGANIZATIONS)
		{
			state->has_one_key = keys_have(scan->keys, i, &state->first);
			state->is_left_out = !state->has_one_key;
			/* then the arms before it are not needed either */
			for (int j = 0; state->has_one_key && j < i; j++)
				scan->arms[j].is_left_out = true;
		}
		any |= !state->is_left_out;
	}
	return any;
}

/* ----------
 * The choice
 * ----------
 */

/*
 * Looking a key up takes as long as reading several rows one after the other.  In
 * order, walking takes as many steps for each row as there are rows for each that is
 * shown, and sorting all that is shown, however few are asked for; since the rows may
 * lie at the far end, walking has to promise half the time.
 */
static LookupMethod
choose_method(LookupScan *scan)
{
	Relation	table = scan->css.ss.ss_currentRelation;
	double		n = Max(reach_tuples(table), 1);
	double		keys = one_arm(scan) >= 0 ? 1 : keys_count(scan->keys);
	double		rows;

	if (ScanDirectionIsNoMovement(scan->plan.order))
		return keys >= 0 && (keys < 1000 || keys * 12 <= n) ? LOOKUP_KEYS : LOOKUP_TABLE;
	if (keys < 0)
		return LOOKUP_WALK;
	/* rows for each key: as many as there are for each model API */
	rows = keys * Max(keys_rows_of_each(scan->keys, n), 1);
	return keys * 2 + rows <= Max(2 * scan->plan.limit * n / Max(rows, 1), 1000) ?
		LOOKUP_SORT : LOOKUP_WALK;
}

/* Evaluates the arguments, gets the keys and chooses the way. */
static void
start(LookupScan *scan)
{
	Relation	table = scan->css.ss.ss_currentRelation;
	Snapshot	snapshot = scan->css.ss.ps.state->es_snapshot;
	MemoryContext old;

	scan_arguments(scan->arguments, scan->css.ss.ps.ps_ExprContext,
				   &scan->permission, &scan->identity);
	scan->started = true;
	scan->arm = 0;
	scan->method = LOOKUP_NOTHING;
	if (scan->identity.kind == IDENTITY_NOBODY || !evaluate_asked(scan))
		return;

	old = MemoryContextSwitchTo(scan->memory);
	scan->slot = table_slot_create(table, NULL);
	scan->keys = keys_begin(&scan->plan, snapshot, &scan->identity, scan->permission);
	if (leave_arms_out(scan))
		scan->method = choose_method(scan);
	if (scan->method == LOOKUP_SORT && !sort_rows(scan))
	{
		/* some of the keys have been given, and remembered: all are needed */
		keys_end(scan->keys);
		scan->keys = keys_begin(&scan->plan, snapshot, &scan->identity, scan->permission);
		scan->method = LOOKUP_WALK;
	}
	if (scan->method == LOOKUP_WALK || scan->method == LOOKUP_TABLE)
		keys_read_all(scan->keys);
	if (scan->method == LOOKUP_TABLE)
		scan->table_scan = table_beginscan(table, snapshot, 0, NULL);
	else if (scan->method == LOOKUP_WALK)
	{
		TimestampTz bounds[BOUNDS];
		ScanKeyData keys[BOUNDS];
		int			nkeys;

		bounds_evaluate(scan->bounds, scan->css.ss.ps.ps_ExprContext, bounds);
		nkeys = bounds_keys(bounds, 1, keys);
		open_index(scan, scan->plan.order_index);
		begin_index(scan, nkeys);
		index_rescan(scan->index_scan, keys, nkeys, NULL, 0);
	}
	MemoryContextSwitchTo(old);
}

/* ----------
 * The node
 * ----------
 */

static TupleTableSlot *
next_row(ScanState *node)
{
	LookupScan *scan = (LookupScan *) node;
	bool		found = false;

	if (!scan->started)
		start(scan);
	switch (scan->method)
	{
		case LOOKUP_NOTHING:
			break;
		case LOOKUP_KEYS:
			found = next_looked_up(scan);
			break;
		case LOOKUP_SORT:
			found = next_sorted(scan);
			break;
		case LOOKUP_WALK:
		case LOOKUP_TABLE:
			found = next_of_all(scan);
			break;
	}
	return found ? scan_emit(&scan->css, scan->slot) : NULL;
}

/* No row is locked below this node; see support.c. */
static bool
recheck_row(ScanState *node, TupleTableSlot *slot)
{
	elog(ERROR, "a scan by reachable keys can't check a row again");
}

static TupleTableSlot *
lookup_exec(CustomScanState *node)
{
	return ExecScan(&node->ss, next_row, recheck_row);
}

static void
stop(LookupScan *scan)
{
	if (!scan->started)
		return;
	scan->started = false;
	ExecClearTuple(scan->css.ss.ss_ScanTupleSlot);
	close_index(scan);
	if (scan->table_scan)
		table_endscan(scan->table_scan);
	if (scan->keys)
		keys_end(scan->keys);
	if (scan->slot)
		ExecDropSingleTupleTableSlot(scan->slot);
	scan->table_scan = NULL;
	scan->keys = NULL;
	scan->slot = NULL;
	scan->sorted = NULL;
	MemoryContextReset(scan->memory);
}

static void
lookup_begin(CustomScanState *node, EState *estate, int eflags)
{
	LookupScan *scan = (LookupScan *) node;
	CustomScan *cscan = (CustomScan *) node->ss.ps.plan;

	scan->arguments = ExecInitExprList(list_copy_head(cscan->custom_exprs, EXPRESSIONS_OF_ARGUMENTS), &node->ss.ps);
	scan->condition = ExecInitExpr(list_nth(cscan->custom_exprs, EXPRESSION_OF_CONDITION), &node->ss.ps);
	scan->bounds = ExecInitExprList(list_copy_tail(list_copy_head(cscan->custom_exprs, EXPRESSIONS_BEFORE_KEYS),
												   EXPRESSIONS_BEFORE_BOUNDS), &node->ss.ps);
	scan->asked = ExecInitExprList(list_copy_tail(cscan->custom_exprs, EXPRESSIONS_BEFORE_KEYS), &node->ss.ps);
	scan->memory = AllocSetContextCreate(estate->es_query_cxt, "modelapi_acl look-up",
										 ALLOCSET_DEFAULT_SIZES);
}

static void
lookup_end(CustomScanState *node)
{
	stop((LookupScan *) node);
}

static void
lookup_rescan(CustomScanState *node)
{
	stop((LookupScan *) node);
	ExecScanReScan(&node->ss);
}

static void
lookup_explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	LookupScan *scan = (LookupScan *) node;

	if (!ScanDirectionIsNoMovement(scan->plan.order))
		ExplainPropertyText("Order",
							psprintf("%s%s",
									 NameStr(TupleDescAttr(RelationGetDescr(scan->css.ss.ss_currentRelation),
														   scan->plan.order_column - 1)->attname),
									 ScanDirectionIsBackward(scan->plan.order) ? " DESC" : ""), es);
	if (es->analyze && scan->started)
		ExplainPropertyText("Method", method_names[scan->method], es);
}

static const CustomExecMethods lookup_exec_methods = {
	.CustomName = "modelapi_acl look-up",
	.BeginCustomScan = lookup_begin,
	.ExecCustomScan = lookup_exec,
	.EndCustomScan = lookup_end,
	.ReScanCustomScan = lookup_rescan,
	.ExplainCustomScan = lookup_explain,
};

static Node *
lookup_create(CustomScan *cscan)
{
	LookupScan *scan = (LookupScan *) newNode(sizeof(LookupScan), T_CustomScanState);

	scan->css.methods = &lookup_exec_methods;
	scan->planned = scan->plan = lookup_plan_from_list(cscan->custom_private);
	return (Node *) scan;
}

const CustomScanMethods lookup_scan_methods = {
	.CustomName = "modelapi_acl look-up",
	.CreateCustomScanState = lookup_create,
};
