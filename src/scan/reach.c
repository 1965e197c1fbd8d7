/*-------------------------------------------------------------------------
 *
 * reach.c
 *	  Finds the model APIs on which a user holds a permission.
 *
 * A policy that calls a function on each row does not say where the rows are.  Here the
 * search starts from the user's grants; where these are too many, it scans an index in
 * the order that the query wants.  strategy.c chooses.
 *
 * Whatever the method, a row is a candidate until decision_permits() has allowed it.  The
 * decision is made from the index entry.  That is exact: every column of the entry,
 * INCLUDEd ones too, has the same value in all versions of a HOT chain.  Which version is
 * visible is a matter of the heap, or of the visibility map.
 *
 * The methods:
 *	GATHER		rows of reachable projects, reachable rows by id, public rows
 *	MERGE		the same in order: the first two are sorted, and merged with the public
 *				ones from an index in that order
 *	WALK		all rows, in an index's order
 *	TABLE		all rows, in no order, read by the caller; the only method if an index
 *				is missing
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/uuid.h"

#include "reach.h"
#include "../access/decision.h"
#include "../access/permissions.h"

/* GATHER reads these one after another */
typedef enum Arm
{
	ARM_PROJECTS,
	ARM_MODEL_APIS,
	ARM_PUBLIC,
	ARM_END
} Arm;

struct Reach
{
	Relation	table;			/* model_apis, the caller's */
	Snapshot	snapshot;
	ModelApiPlan plan;
	MemoryContext memory;
	Strategy	strategy;		/* and the context, the permission, the reachable objects */
	ReachMethod method;

	/* GATHER, and MERGE while it gathers */
	Arm			arm;
	int			position;		/* in the arm's list, or in sorted */

	/* MERGE */
	Candidate  *sorted;
	int			nsorted;
	bool		public_ended;
	bool		has_public;		/* next_public is filled in */
	Candidate	next_public;

	/* WALK */
	double		steps;			/* entries passed */
	double		found;			/* permitted ones among them */
	double		next_check;		/* when to ask whether to go on, in steps */
	Candidate	last;			/* the last entry */
	bool		turned;			/* the walk was left; only what comes after "last" is left */

	/* for fetching rows, and for looking at the visibility map */
	IndexFetchTableData *fetch;
	Buffer		map_buffer;

	EntryReader entries;
};

bool
reach_permits(Reach *reach, const ModelApiFacts *facts)
{
	/* the query's own conditions first: they are cheap */
	if (facts->visibility == VISIBILITY_PUBLIC ?
		!reach->plan.wants_public : !reach->plan.wants_private)
		return false;
	return decision_permits(reach->strategy.context, facts, reach->strategy.permission);
}

/* ----------
 * GATHER
 * ----------
 */

/*
 * Whether another arm finds a candidate as well: the public one, if the permission can be
 * held on public rows by all; and that of projects, for rows of reachable projects.
 */
static bool
is_of_other_arm(Reach *reach, const Candidate *candidate)
{
	if (reach->arm == ARM_PUBLIC)
		return false;
	if (candidate->facts.visibility == VISIBILITY_PUBLIC &&
		permissions_is_open_when_public(reach->strategy.permission))
		return true;
	return reach->arm == ARM_MODEL_APIS &&
		decision_reaches(reach->strategy.context, GRANT_ON_PROJECT, &candidate->facts.project_id,
						 reach->strategy.permission, reach->strategy.objects.through_projects);
}

/* The next candidate, arm after arm; none comes twice. */
static bool
next_gathered(Reach *reach, Candidate *candidate)
{
	ReachableObjects *objects = &reach->strategy.objects;

	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (reach->entries.index_scan)
		{
			if (entries_next(&reach->entries, ForwardScanDirection, candidate))
			{
				if (!is_of_other_arm(reach, candidate))
					return true;
				continue;
			}
			if (reach->arm == ARM_PUBLIC)
				reach->arm = ARM_END;
		}
		switch (reach->arm)
		{
			case ARM_PROJECTS:
				if (reach->position < objects->nprojects)
					entries_begin(&reach->entries, ENTRIES_BY_PROJECT,
								  &objects->projects[reach->position++], reach->plan.bounds);
				else
				{
					reach->arm = ARM_MODEL_APIS;
					reach->position = 0;
					entries_end(&reach->entries);
				}
				break;
			case ARM_MODEL_APIS:
				if (reach->position < objects->nmodel_apis)
					entries_begin(&reach->entries, ENTRIES_BY_ID,
								  &objects->model_apis[reach->position++], reach->plan.bounds);
				else
				{
					reach->arm = ARM_PUBLIC;
					entries_end(&reach->entries);
					if (!reach->plan.wants_public || reach->method == REACH_MERGE ||
						!permissions_is_open_when_public(reach->strategy.permission))
						reach->arm = ARM_END;
					else
						entries_begin(&reach->entries, ENTRIES_PUBLIC, NULL, reach->plan.bounds);
				}
				break;
			case ARM_PUBLIC:
			case ARM_END:
				entries_end(&reach->entries);
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
 * Gathers and sorts the rows that are not public; false if there are more than cap.
 *
 * The visibility map is consulted now and not when a row is returned.  By then the index
 * page is no longer pinned, and VACUUM may have removed the dead row that an entry points
 * to and may have marked its page all-visible.  The heap can still be consulted then: a
 * row that takes the removed row's place is too young for the snapshot.
 */
static bool
gather_sorted(Reach *reach, int cap)
{
	Candidate	candidate;
	int			room = 64;

	reach->arm = ARM_PROJECTS;
	reach->position = 0;
	reach->sorted = MemoryContextAllocHuge(reach->memory, room * sizeof(Candidate));
	reach->nsorted = 0;
	while (next_gathered(reach, &candidate))
	{
		if (!reach_permits(reach, &candidate.facts))
			continue;
		if (reach->nsorted == cap)
		{
			entries_end(&reach->entries);
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
		!permissions_is_open_when_public(reach->strategy.permission);
	reach->has_public = false;
	if (!reach->public_ended)
		entries_begin(&reach->entries, ENTRIES_PUBLIC, NULL, reach->plan.bounds);
	return true;
}

/* The next candidate of the two sorted sequences. */
static bool
next_merged(Reach *reach, Candidate *candidate)
{
	bool		takes_public;

	while (!reach->public_ended && !reach->has_public)
	{
		CHECK_FOR_INTERRUPTS();
		if (!entries_next(&reach->entries, reach->plan.order, &reach->next_public))
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

static ReachMethod
begin_walk(Reach *reach)
{
	if (ScanDirectionIsNoMovement(reach->plan.order))
		reach->plan.order = ForwardScanDirection;
	entries_begin(&reach->entries, ENTRIES_BY_CREATION, NULL, reach->plan.bounds);
	return REACH_WALK;
}

/* Whether a walk that was left has already passed the place of a candidate. */
static bool
is_passed(Reach *reach, const Candidate *candidate)
{
	int			order;

	if (!reach->turned)
		return false;
	order = compare_candidates(candidate, &reach->last);
	return ScanDirectionIsBackward(reach->plan.order) ? order >= 0 : order <= 0;
}

/*
 * Leaves the walk for a merge of the rest, if that is better now.  If so, the current entry
 * comes again.
 *
 * To be called only when the current entry has another place in the order than the last
 * one.  An updated row can have several entries at one place, and all of them have to be
 * passed, or all of them come again.
 */
static bool
leave_walk(Reach *reach)
{
	if (!strategy_leaves_walk(&reach->strategy, reach->steps, reach->found, &reach->next_check))
		return false;
	entries_end(&reach->entries);
	reach->turned = true;
	reach->plan.bounds[ScanDirectionIsBackward(reach->plan.order) ? BOUND_UNTIL : BOUND_FROM] =
		reach->last.created_at;
	reach->method = REACH_MERGE;
	if (!gather_sorted(reach, SORTED_CANDIDATES_MAX))
	{
		/* more than expected: walk to the end */
		reach->method = begin_walk(reach);
		reach->next_check = INFINITY;
	}
	return true;
}

/* ----------
 * Interface
 * ----------
 */

/* Chooses and starts the method for a user, with all indexes there. */
static void
begin_for_user(Reach *reach)
{
	int			cap = 0;

	if (ScanDirectionIsNoMovement(reach->plan.order))
		reach->method = strategy_in_no_order(&reach->strategy);
	else
		reach->method = strategy_in_order(&reach->strategy, &cap);
	if (reach->method == REACH_MERGE && !gather_sorted(reach, cap))
		reach->method = REACH_WALK;
	if (reach->method == REACH_WALK)
		reach->method = begin_walk(reach);
}

Reach *
reach_begin(Relation model_apis, Snapshot snapshot, AccessContext *context,
			Permission permission, const ModelApiPlan *plan)
{
	IdentityKind kind = context->identity.kind;
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "modelapi_acl reach",
												 ALLOCSET_DEFAULT_SIZES);
	Reach	   *reach = MemoryContextAllocZero(memory, sizeof(Reach));

	reach->memory = memory;
	reach->table = model_apis;
	reach->snapshot = snapshot;
	reach->entries.table = model_apis;
	reach->entries.snapshot = snapshot;
	reach->plan = *plan;
	reach->method = REACH_NOTHING;
	reach->map_buffer = InvalidBuffer;
	/* an administrator walks to the end */
	reach->next_check = kind == IDENTITY_USER ? WALK_STEPS_WITHOUT_ROW : INFINITY;
	if (kind == IDENTITY_NOBODY)
		return reach;
	reach->strategy.table = model_apis;
	reach->strategy.context = context;
	reach->strategy.permission = permission;
	reach->strategy.plan = &reach->plan;
	if (!entries_find(&reach->entries))
	{
		/* the planner saw them, and the table has been locked since then */
		if (!ScanDirectionIsNoMovement(plan->order))
			elog(ERROR, "an index of model APIs is gone that a plan was made with");
		reach->method = REACH_TABLE;
		return reach;
	}
	reach->strategy.public_index = reach->entries.indexes[ENTRIES_PUBLIC];
	if (kind == IDENTITY_USER)
		begin_for_user(reach);
	else
		reach->method = ScanDirectionIsNoMovement(plan->order) ? REACH_TABLE : begin_walk(reach);
	return reach;
}

ReachMethod
reach_method(Reach *reach)
{
	return reach->method;
}

double
reach_expected(Reach *reach)
{
	return strategy_expected(&reach->strategy, reach->method);
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
				/* these were checked when they were sorted */
				if (!next_merged(reach, candidate))
					return false;
				if (is_passed(reach, candidate))
					continue;
				return true;
			case REACH_WALK:
				if (!entries_next(&reach->entries, reach->plan.order, candidate))
					return false;
				if (is_passed(reach, candidate))
					continue;
				if (++reach->steps >= reach->next_check &&
					compare_candidates(candidate, &reach->last) != 0 && leave_walk(reach))
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
	/* serializable transactions still have to know that the row was read */
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
	entries_end(&reach->entries);
	strategy_free_objects(&reach->strategy.objects);
	if (reach->fetch)
		table_index_fetch_end(reach->fetch);
	if (BufferIsValid(reach->map_buffer))
		ReleaseBuffer(reach->map_buffer);
	MemoryContextDelete(reach->memory);
}
