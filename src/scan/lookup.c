/*-------------------------------------------------------------------------
 *
 * lookup.c
 *	  Finds the rows of a table by their keys, arm after arm.
 *
 * A row is shown if it has a key on which a decision has allowed the permission, or else
 * after the policy's own condition has been evaluated.  A row with none of the keys is
 * skipped without evaluating it.
 *
 * Rows are fetched in batches, or made from the index entries.  Only a sort that skips rows
 * fetches them one by one, since what it wants depends on those before.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/uuid.h"

#include "lookup.h"
#include "../compat.h"
#include "../values/uuids.h"
#include "entry_rows.h"
#include "row_batch.h"

/* The state of an arm, by the keys that the query itself fixes */
typedef struct ArmState
{
	bool		is_left_out;	/* no row that the query wants has one of its keys */
	bool		has_one_key;	/* "first" is its only key */
	bool		is_done;		/* that one was looked up */
	bool		has_second;
	pg_uuid_t	first;
	pg_uuid_t	second;
} ArmState;

struct Lookup
{
	/* the caller's */
	MemoryContext memory;
	Relation	table;
	EState	   *estate;
	Snapshot	snapshot;
	ExprContext *econtext;
	const LookupExpressions *expressions;
	RowOrder   *order;			/* NULL: all rows are wanted */

	LookupPlan	plan;			/* without arms that are not needed */
	ArmState	arms[LOOKUP_ARMS_MAX];
	Identity	identity;
	int			permission;
	Keys	   *keys;
	int			arm;
	Relation	index;			/* of the arm; NULL: none is open */
	IndexScanDesc index_scan;
	ScanDirection direction;
	bool		skips;			/* a key's rows come in the order of the sort */
	ScanKeyData index_keys[1 + BOUNDS];
	int			nkeys;
	bool		in_key;			/* the scan is positioned in the rows of a key */
	pg_uuid_t	key;			/* that key: the first scan key points to it */
	EntryRows  *entry_rows;		/* NULL: rows of all arms are fetched */
	RowBatch   *batch;			/* of rows to be fetched */
};

/* ----------
 * Rows
 * ----------
 */

/* The first of narms arms of which the row has a key; narms if there is none. */
static int
arm_of(Lookup *lookup, TupleTableSlot *slot, int narms)
{
	for (int i = 0; i < narms; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, lookup->plan.arms[i].column, &isnull);

		if (!isnull && !lookup->arms[i].is_left_out && keys_have(lookup->keys, i, DatumGetUUIDP(value)))
			return i;
	}
	return narms;
}

/* Whether the policy shows a row that has a key of an arm. */
static bool
is_shown(Lookup *lookup, TupleTableSlot *slot, int arm)
{
	ExprContext *econtext = lookup->econtext;
	Datum		result;
	bool		isnull;

	if (arm < lookup->plan.narms && keys_decide(lookup->plan.arms[arm].source) &&
		lookup->identity.kind != IDENTITY_ADMINISTRATOR)
		return true;
	/* the expression was compiled for a slot with all values deformed */
	slot_getallattrs(slot);
	ResetExprContext(econtext);
	econtext->ecxt_scantuple = slot;
	result = ExecEvalExprSwitchContext(lookup->expressions->condition, econtext, &isnull);
	return !isnull && DatumGetBool(result);
}

bool
lookup_shows(Lookup *lookup, TupleTableSlot *slot)
{
	int			arm;

	if (lookup->identity.kind == IDENTITY_ADMINISTRATOR)
		return is_shown(lookup, slot, lookup->plan.narms);
	arm = arm_of(lookup, slot, lookup->plan.narms);
	return arm < lookup->plan.narms && is_shown(lookup, slot, arm);
}

/* ----------
 * Indexes
 * ----------
 */

static void
close_index(Lookup *lookup)
{
	if (lookup->index)
	{
		index_endscan(lookup->index_scan);
		index_close(lookup->index, AccessShareLock);
		lookup->index = NULL;
	}
	lookup->in_key = false;
}

/*
 * Opens the index of the current arm.  Its first scan key will be the arm's key.  There are
 * others if the query fixes the next column, or if that is the order's first one.
 */
static void
open_arm(Lookup *lookup)
{
	LookupArm  *arm = &lookup->plan.arms[lookup->arm];
	ArmState   *state = &lookup->arms[lookup->arm];
	ScanDirection direction = NoMovementScanDirection;
	Form_pg_index form;
	MemoryContext old;

	lookup->index = index_open(arm->index, AccessShareLock);
	form = lookup->index->rd_index;
	ScanKeyInit(&lookup->index_keys[0], 1, BTEqualStrategyNumber, F_UUID_EQ, UUIDPGetDatum(&lookup->key));
	lookup->nkeys = 1;
	if (state->has_second && form->indnkeyatts > 1 && form->indkey.values[1] == arm->second &&
		lookup->index->rd_opcintype[1] == UUIDOID)
		ScanKeyInit(&lookup->index_keys[lookup->nkeys++], 2, BTEqualStrategyNumber, F_UUID_EQ,
					UUIDPGetDatum(&state->second));
	else if (lookup->order)
		direction = row_order_by_column(lookup->order, lookup->index, 2);
	lookup->skips = !ScanDirectionIsNoMovement(direction);
	lookup->direction = lookup->skips ? direction : ForwardScanDirection;
	if (lookup->skips)
		lookup->nkeys += bounds_of_column(lookup->expressions->bounds, lookup->econtext,
										  lookup->index, 2, &lookup->index_keys[1]);
	old = MemoryContextSwitchTo(lookup->memory);
	lookup->index_scan = begin_index_scan(lookup->table, lookup->index, lookup->snapshot,
										  lookup->nkeys);
	lookup->index_scan->xs_want_itup = lookup->skips || arm->needs_no_heap;
	MemoryContextSwitchTo(old);
}

/* The next key of the current arm. */
static bool
next_key(Lookup *lookup)
{
	ArmState   *state = &lookup->arms[lookup->arm];

	if (state->is_done)
		return false;
	if (!state->has_one_key)
		return keys_next(lookup->keys, lookup->arm, &lookup->key);
	lookup->key = state->first;
	state->is_done = true;
	return true;
}

/* Moves to the next index entry of the current arm, key after key; false at the end. */
static bool
next_entry(Lookup *lookup)
{
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (lookup->in_key && index_getnext_tid(lookup->index_scan, lookup->direction))
			return true;
		lookup->in_key = false;
		if (!next_key(lookup))
			return false;
		index_rescan(lookup->index_scan, lookup->index_keys, lookup->nkeys, NULL, 0);
		lookup->in_key = true;
	}
}

/* The next row of the current arm, for a sort by the second column of the index. */
static TupleTableSlot *
next_wanted(Lookup *lookup, TupleTableSlot *slot)
{
	Datum		value;
	bool		isnull;

	while (next_entry(lookup))
	{
		value = index_getattr(lookup->index_scan->xs_itup, 2, lookup->index_scan->xs_itupdesc,
							  &isnull);
		if (!row_order_wants(lookup->order, value, isnull))
			lookup->in_key = false; /* nor are the others of this key wanted */
		else if (index_fetch_heap(lookup->index_scan, slot))
			return slot;
	}
	return NULL;
}

/* The next row of the current arm, from the index if that is enough. */
static TupleTableSlot *
next_made(Lookup *lookup, TupleTableSlot *slot)
{
	while (next_entry(lookup))
	{
		TupleTableSlot *row = entry_rows_make(lookup->entry_rows, lookup->index_scan);

		if (row)
			return row;
		if (index_fetch_heap(lookup->index_scan, slot))
			return slot;
	}
	return NULL;
}

/* The next row of the current arm, in the order of the table within a batch. */
static TupleTableSlot *
next_fetched(Lookup *lookup, TupleTableSlot *slot)
{
	bool		any = true;

	while (!row_batch_next(lookup->batch, slot))
	{
		for (any = false; row_batch_has_room(lookup->batch) && next_entry(lookup); any = true)
			row_batch_add(lookup->batch, &lookup->index_scan->xs_heaptid);
		if (!any)
			return NULL;
	}
	return slot;
}

/* The next row of the current arm, which the policy need not show. */
static TupleTableSlot *
next_of_arm(Lookup *lookup, TupleTableSlot *slot)
{
	if (lookup->arms[lookup->arm].is_left_out)
		return NULL;
	if (!lookup->index)
		open_arm(lookup);
	if (lookup->plan.arms[lookup->arm].needs_no_heap)
		return next_made(lookup, slot);
	if (lookup->skips)
		return next_wanted(lookup, slot);
	return next_fetched(lookup, slot);
}

TupleTableSlot *
lookup_next(Lookup *lookup, TupleTableSlot *slot)
{
	while (lookup->arm < lookup->plan.narms)
	{
		TupleTableSlot *row = next_of_arm(lookup, slot);

		if (!row)
		{
			/* the next key of a join is looked up in the same index */
			if (!keys_are_joined(&lookup->plan))
				close_index(lookup);
			lookup->arm++;
		}
		/* an earlier arm may have returned it already */
		else if (arm_of(lookup, row, lookup->arm) == lookup->arm &&
				 is_shown(lookup, row, lookup->arm))
			return row;
	}
	return NULL;
}

/* ----------
 * Keys that the query fixes
 * ----------
 */

/* The value of one of the expressions; false if it is NULL. */
static bool
asked_key(Lookup *lookup, int expression, pg_uuid_t *key)
{
	bool		isnull;
	Datum		value = ExecEvalExprSwitchContext(list_nth(lookup->expressions->asked, expression),
												  lookup->econtext, &isnull);

	if (!isnull)
		*key = *DatumGetUUIDP(value);
	return !isnull;
}

/* The arm that finds all wanted rows by itself, or -1. */
static int
one_arm(Lookup *lookup)
{
	for (int i = 0; i < lookup->plan.narms; i++)
		if (lookup->arms[i].has_one_key)
			return i;
	return -1;
}

/*
 * Evaluates the keys that the query fixes, before any other keys are read.  If the query
 * wants the rows of one user, and that is the current user, the user's own arm finds them
 * all; rows of another user are found by the other arms.  False if no row can match.
 */
static bool
evaluate_asked(Lookup *lookup, const LookupPlan *planned)
{
	if (lookup->identity.kind == IDENTITY_ADMINISTRATOR)
		return true;
	for (int i = 0; i < planned->narms; i++)
	{
		ArmState   *state = &lookup->arms[i];
		const LookupArm *arm = &planned->arms[i];

		state->has_second = arm->second != 0;
		if ((arm->is_asked && !asked_key(lookup, 2 * i, &state->first)) ||
			(state->has_second && !asked_key(lookup, 2 * i + 1, &state->second)))
			return false;
		if (!arm->is_asked || arm->source != KEYS_USER)
			continue;
		state->is_left_out = !uuids_equal(&state->first, &lookup->identity.user_id);
		if (!state->is_left_out)
		{
			state->has_one_key = true;
			lookup->arms[0] = *state;
			lookup->plan.arms[0] = *arm;
			lookup->plan.narms = 1;
			return true;
		}
	}
	return true;
}

/*
 * Leaves out arms that are not needed.  If the query wants the rows of one organization of
 * the current user, its arm finds them all.  False if no arm is left.
 */
static bool
leave_arms_out(Lookup *lookup)
{
	bool		any = false;

	for (int i = 0; i < lookup->plan.narms; i++)
	{
		ArmState   *state = &lookup->arms[i];

		if (one_arm(lookup) >= 0)
			state->is_left_out |= !state->has_one_key;
		else if (lookup->plan.arms[i].is_asked && lookup->plan.arms[i].source == KEYS_ORGANIZATIONS)
		{
			state->has_one_key = keys_have(lookup->keys, i, &state->first);
			state->is_left_out = !state->has_one_key;
			/* the arms before it are not needed either */
			for (int j = 0; state->has_one_key && j < i; j++)
				lookup->arms[j].is_left_out = true;
		}
		any |= !state->is_left_out;
	}
	return any;
}

/* ----------
 * Interface
 * ----------
 */

Lookup *
lookup_begin(const LookupPlan *plan, const LookupExpressions *expressions, Relation table,
			 EState *estate, ExprContext *econtext, const Identity *identity, int permission)
{
	Lookup	   *lookup = palloc0(sizeof(Lookup));

	lookup->memory = CurrentMemoryContext;
	lookup->table = table;
	lookup->estate = estate;
	lookup->snapshot = estate->es_snapshot;
	lookup->econtext = econtext;
	lookup->expressions = expressions;
	lookup->plan = *plan;
	lookup->identity = *identity;
	lookup->permission = permission;
	if (keys_are_joined(plan))
	{
		lookup_restart(lookup);
		keys_read_all(lookup->keys);
		lookup_ask_again(lookup);
		return lookup;
	}
	if (!evaluate_asked(lookup, plan))
		return NULL;
	lookup_restart(lookup);
	if (leave_arms_out(lookup))
		return lookup;
	lookup_end(lookup);
	return NULL;
}

void
lookup_restart(Lookup *lookup)
{
	MemoryContext old = MemoryContextSwitchTo(lookup->memory);

	lookup_end(lookup);
	lookup->keys = keys_begin(&lookup->plan, lookup->estate, &lookup->identity,
							  lookup->permission);
	if (lookup->plan.arms[0].needs_no_heap)
		lookup->entry_rows = entry_rows_begin(lookup->table);
	lookup->batch = row_batch_begin(lookup->table, lookup->snapshot);
	lookup->arm = 0;
	for (int i = 0; i < LOOKUP_ARMS_MAX; i++)
		lookup->arms[i].is_done = false;
	MemoryContextSwitchTo(old);
}

void
lookup_ask_again(Lookup *lookup)
{
	ArmState   *state = &lookup->arms[0];

	state->has_one_key = true;
	state->is_done = false;
	state->is_left_out = !asked_key(lookup, 0, &state->first) ||
		(lookup->identity.kind != IDENTITY_ADMINISTRATOR &&
		 !keys_have(lookup->keys, 0, &state->first));
	lookup->arm = 0;
	lookup->in_key = false;
	row_batch_clear(lookup->batch);
}

void
lookup_sort(Lookup *lookup, RowOrder *order)
{
	lookup->order = order;
}

Keys *
lookup_keys(Lookup *lookup)
{
	return lookup->keys;
}

bool
lookup_is_by_one_key(Lookup *lookup)
{
	return one_arm(lookup) >= 0;
}

void
lookup_end(Lookup *lookup)
{
	close_index(lookup);
	if (lookup->keys)
		keys_end(lookup->keys);
	if (lookup->entry_rows)
		entry_rows_end(lookup->entry_rows);
	if (lookup->batch)
		row_batch_end(lookup->batch);
	lookup->keys = NULL;
	lookup->entry_rows = NULL;
	lookup->batch = NULL;
	lookup->order = NULL;
}
