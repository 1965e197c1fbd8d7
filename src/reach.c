/*-------------------------------------------------------------------------
 *
 * reach.c
 *	  Going from a user's grants to the model APIs that they reach.
 *
 * A policy that is a function of the row says nothing of where the rows are.
 * From the grants of the one asking this goes to the rows, or, where these
 * are too many, walks over an index in the order asked for; choice.c chooses.
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
 *	TABLE		all rows, in no order, which is left to the caller; the only way where
 *				an index is missing
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/genam.h"
#include "access/relscan.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/uuid.h"

#include "compat.h"
#include "modelapi_acl.h"
#include "reach.h"

/* Which column of a read each of them is, as indexes.c numbers them from 1 */
static const struct
{
	StoreIndex	which;
	EntryColumns columns;
}			entries[ENTRIES_COUNT] =
{
	[ENTRIES_BY_ID] = {INDEX_MODEL_APIS, {1, 2, 3, 4, 5}},
	[ENTRIES_BY_PROJECT] = {INDEX_MODEL_APIS_BY_PROJECT, {3, 1, 4, 5, 2}},
	[ENTRIES_BY_CREATION] = {INDEX_MODEL_APIS_BY_CREATION, {2, 3, 4, 5, 1}},
	[ENTRIES_PUBLIC] = {INDEX_MODEL_APIS_PUBLIC, {2, 3, 0, 4, 1}},
};

/*
 * Finds the indexes that all ways but TABLE go through; false where one is missing
 * or has another shape than the script gave it.
 */
static bool
find_indexes(Reach *reach)
{
	for (int i = 0; i < ENTRIES_COUNT; i++)
	{
		const EntryColumns *columns = &entries[i].columns;
		StoreAccess access;

		indexes_find(entries[i].which, reach->table, &access);
		if (!indexes_serve(entries[i].which, &access))
			return false;
		if (indexes_too_old(&access, reach->snapshot))
			indexes_raise_too_old(RelationGetRelationName(reach->table));
		reach->entry_indexes[i] = access.index;
#define PLACE(column) ((column) == 0 ? 0 : access.places[(column) - 1])
		reach->entry_columns[i].id = PLACE(columns->id);
		reach->entry_columns[i].project_id = PLACE(columns->project_id);
		reach->entry_columns[i].visibility = PLACE(columns->visibility);
		reach->entry_columns[i].authorization_mode = PLACE(columns->authorization_mode);
		reach->entry_columns[i].created_at = PLACE(columns->created_at);
#undef PLACE
	}
	return true;
}

bool
reach_is_served(Relation model_apis)
{
	for (int i = 0; i < ENTRIES_COUNT; i++)
	{
		StoreAccess access;

		indexes_find(entries[i].which, model_apis, &access);
		if (!indexes_serve(entries[i].which, &access))
			return false;
	}
	return true;
}

/* ----------
 * Index scans
 * ----------
 */

void
reach_end_index(Reach *reach)
{
	if (reach->index_scan)
	{
		index_endscan(reach->index_scan);
		index_close(reach->index, AccessShareLock);
		reach->index_scan = NULL;
	}
}

/* Starts, or goes on with, a scan of an index for a uuid, or for all entries. */
static void
begin_index(Reach *reach, Entries which, const pg_uuid_t *key_value)
{
	const EntryColumns *columns = &reach->entry_columns[which];
	ScanKeyData keys[1 + BOUNDS];
	int			nkeys = 0;

	if (key_value)
		ScanKeyInit(&keys[nkeys++], 1, BTEqualStrategyNumber, F_UUID_EQ, UUIDPGetDatum(key_value));
	/* where the index goes on with the time */
	if (columns->created_at == nkeys + 1)
		nkeys += bounds_keys(reach->plan.bounds, columns->created_at, &keys[nkeys]);
	if (!reach->index_scan || reach->columns != columns)
	{
		reach_end_index(reach);
		reach->index = index_open(reach->entry_indexes[which], AccessShareLock);
		reach->index_scan = begin_index_scan(reach->table, reach->index,
											 reach->snapshot, nkeys);
		reach->index_scan->xs_want_itup = true;
		reach->columns = columns;
	}
	index_rescan(reach->index_scan, keys, nkeys, NULL, 0);
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
next_entry(Reach *reach, ScanDirection direction, Candidate *candidate)
{
	IndexScanDesc index_scan = reach->index_scan;
	const EntryColumns *columns = reach->columns;
	ItemPointer tid = index_getnext_tid(index_scan, direction);

	if (!tid)
		return false;
	candidate->tid = *tid;
	candidate->needs_heap = false;
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

bool
reach_permits(Reach *reach, const ModelApiFacts *facts)
{
	/* cheap ones first: what the query's own conditions leave out */
	if (facts->visibility == VISIBILITY_PUBLIC ?
		!reach->plan.wants_public : !reach->plan.wants_private)
		return false;
	return access_permits(reach->context, facts, reach->permission);
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
is_anothers(Reach *reach, const Candidate *candidate)
{
	if (reach->arm == ARM_PUBLIC)
		return false;
	if (candidate->facts.visibility == VISIBILITY_PUBLIC &&
		access_is_open_when_public(reach->permission))
		return true;
	return reach->arm == ARM_MODEL_APIS &&
		access_reaches(reach->context, GRANT_ON_PROJECT, &candidate->facts.project_id,
					   reach->permission, reach->through_projects);
}

/* The next candidate of the arms, in turn; none is given twice. */
static bool
next_gathered(Reach *reach, Candidate *candidate)
{
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (reach->index_scan)
		{
			if (next_entry(reach, ForwardScanDirection, candidate))
			{
				if (!is_anothers(reach, candidate))
					return true;
				continue;
			}
			if (reach->arm == ARM_PUBLIC)
				reach->arm = ARM_END;
		}
		switch (reach->arm)
		{
			case ARM_PROJECTS:
				if (reach->position < reach->nprojects)
					begin_index(reach, ENTRIES_BY_PROJECT, &reach->projects[reach->position++]);
				else
				{
					reach->arm = ARM_MODEL_APIS;
					reach->position = 0;
					reach_end_index(reach);
				}
				break;
			case ARM_MODEL_APIS:
				if (reach->position < reach->nmodel_apis)
					begin_index(reach, ENTRIES_BY_ID, &reach->model_apis[reach->position++]);
				else
				{
					reach->arm = ARM_PUBLIC;
					reach_end_index(reach);
					if (!reach->plan.wants_public || reach->method == REACH_MERGE ||
						!access_is_open_when_public(reach->permission))
						reach->arm = ARM_END;
					else
						begin_index(reach, ENTRIES_PUBLIC, NULL);
				}
				break;
			case ARM_PUBLIC:
			case ARM_END:
				reach_end_index(reach);
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

/*
 * Gathers and sorts what isn't public; false where there is more than cap.
 *
 * The visibility map is asked here and not when a row is given out.  By then the
 * index's page is no longer pinned, and VACUUM may have removed the dead row that
 * an entry led to and have marked the page all-visible since.  That the heap can
 * still be asked: what takes a removed row's place is too young for the snapshot.
 */
bool
reach_gather_sorted(Reach *reach, int cap)
{
	Candidate	candidate;
	int			room = 64;

	reach->sorted = MemoryContextAllocHuge(reach->memory, room * sizeof(Candidate));
	reach->nsorted = 0;
	while (next_gathered(reach, &candidate))
	{
		if (!reach_permits(reach, &candidate.facts))
			continue;
		if (reach->nsorted == cap)
		{
			reach_end_index(reach);
			return false;
		}
		if (reach->nsorted == room)
		{
			room *= 2;
			reach->sorted = repalloc_huge(reach->sorted, room * sizeof(Candidate));
		}
		candidate.needs_heap = !reach->plan.needs_no_heap || !reach_is_all_visible(reach, &candidate);
		reach->sorted[reach->nsorted++] = candidate;
	}
	qsort(reach->sorted, reach->nsorted, sizeof(Candidate),
		  ScanDirectionIsBackward(reach->plan.order) ? compare_descending : compare_ascending);
	reach->position = 0;
	reach->public_ended = !reach->plan.wants_public ||
		!access_is_open_when_public(reach->permission);
	reach->has_public = false;
	if (!reach->public_ended)
		begin_index(reach, ENTRIES_PUBLIC, NULL);
	return true;
}

/* The next of two sorted sequences. */
static bool
next_merged(Reach *reach, Candidate *candidate)
{
	bool		takes_public;

	while (!reach->public_ended && !reach->has_public)
	{
		CHECK_FOR_INTERRUPTS();
		if (!next_entry(reach, reach->plan.order, &reach->next_public))
			reach->public_ended = true;
		else
			reach->has_public = reach_permits(reach, &reach->next_public.facts);
	}
	if (reach->position == reach->nsorted)
		takes_public = reach->has_public;
	else if (!reach->has_public)
		takes_public = false;
	else
	{
		int			order = compare_candidates(&reach->next_public, &reach->sorted[reach->position]);

		takes_public = ScanDirectionIsBackward(reach->plan.order) ? order > 0 : order < 0;
	}
	if (takes_public)
	{
		*candidate = reach->next_public;
		reach->has_public = false;
		return true;
	}
	if (reach->position == reach->nsorted)
		return false;
	*candidate = reach->sorted[reach->position++];
	return true;
}

/* ----------
 * WALK
 * ----------
 */

ReachMethod
reach_begin_walk(Reach *reach)
{
	if (ScanDirectionIsNoMovement(reach->plan.order))
		reach->plan.order = ForwardScanDirection;
	begin_index(reach, ENTRIES_BY_CREATION, NULL);
	return REACH_WALK;
}

/* Whether a walk that was left, or begun again, has passed a candidate's place. */
static bool
is_passed(Reach *reach, const Candidate *candidate)
{
	int			order;

	if (!reach->turned)
		return false;
	order = compare_candidates(candidate, &reach->last);
	return ScanDirectionIsBackward(reach->plan.order) ? order >= 0 : order <= 0;
}

/* ----------
 * The interface
 * ----------
 */

Reach *
reach_begin(Relation model_apis, Snapshot snapshot, const Identity *identity,
			Permission permission, const ScanPlan *plan)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "modelapi_acl reach",
												 ALLOCSET_DEFAULT_SIZES);
	Reach	   *reach = MemoryContextAllocZero(memory, sizeof(Reach));

	reach->memory = memory;
	reach->table = model_apis;
	reach->snapshot = snapshot;
	reach->plan = *plan;
	reach->permission = permission;
	reach->method = REACH_NOTHING;
	reach->map_buffer = InvalidBuffer;
	/* an administrator walks to the end */
	reach->next_turn = identity->kind == IDENTITY_USER ? STEPS_WITHOUT_ROW : INFINITY;
	if (identity->kind == IDENTITY_NOBODY)
		return reach;
	reach->context = access_context(NULL, memory, identity, snapshot);
	if (!find_indexes(reach))
	{
		/* the planner has seen them, and the table has been locked since then */
		if (!ScanDirectionIsNoMovement(plan->order))
			elog(ERROR, "an index of model APIs is gone that a plan was made with");
		reach->method = REACH_TABLE;
	}
	else if (identity->kind == IDENTITY_ADMINISTRATOR)
		reach->method = ScanDirectionIsNoMovement(plan->order) ? REACH_TABLE : reach_begin_walk(reach);
	else if (ScanDirectionIsNoMovement(plan->order))
		reach->method = reach_choose_in_no_order(reach);
	else
		reach->method = reach_choose_in_order(reach);
	return reach;
}

ReachMethod
reach_method(Reach *reach)
{
	return reach->method;
}

AccessContext *
reach_context(Reach *reach)
{
	return reach->context;
}

bool
reach_next(Reach *reach, Candidate *candidate)
{
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		switch (reach->method)
		{
			case REACH_GATHER:
				if (!next_gathered(reach, candidate))
					return false;
				break;
			case REACH_MERGE:
				/* these have been asked about when they were sorted */
				if (!next_merged(reach, candidate))
					return false;
				if (is_passed(reach, candidate))
					continue;
				return true;
			case REACH_WALK:
				if (!next_entry(reach, reach->plan.order, candidate))
					return false;
				if (is_passed(reach, candidate))
					continue;
				if (++reach->steps >= reach->next_turn &&
					compare_candidates(candidate, &reach->last) != 0 && reach_turn_from_walk(reach))
					continue;
				reach->last = *candidate;
				break;
			default:
				return false;
		}
		if (reach_permits(reach, &candidate->facts))
		{
			reach->found++;
			return true;
		}
	}
}

bool
reach_is_all_visible(Reach *reach, const Candidate *candidate)
{
	BlockNumber block = ItemPointerGetBlockNumber(&candidate->tid);

	if (candidate->needs_heap || !VM_ALL_VISIBLE(reach->table, block, &reach->map_buffer))
		return false;
	/* Serializable transactions still have to know that it was read */
	PredicateLockPage(reach->table, block, reach->snapshot);
	return true;
}

bool
reach_fetch(Reach *reach, const Candidate *candidate, TupleTableSlot *slot)
{
	ItemPointerData tid = candidate->tid;
	bool		call_again = false;
	bool		all_dead = false;

	if (!reach->fetch)
	{
		MemoryContext old = MemoryContextSwitchTo(reach->memory);

		reach->fetch = table_index_fetch_begin(reach->table);
		MemoryContextSwitchTo(old);
	}
	do
	{
		if (table_index_fetch_tuple(reach->fetch, &tid, reach->snapshot, slot,
									&call_again, &all_dead))
			return true;
	} while (call_again);
	return false;
}

void
reach_end(Reach *reach)
{
	reach_end_index(reach);
	if (reach->fetch)
		table_index_fetch_end(reach->fetch);
	if (BufferIsValid(reach->map_buffer))
		ReleaseBuffer(reach->map_buffer);
	MemoryContextDelete(reach->memory);
}
