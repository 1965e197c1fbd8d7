/*-------------------------------------------------------------------------
 *
 * choice.c
 *	  Which way reach.c goes from a user's grants to the model APIs.
 *
 * It is chosen when a scan begins, not when a query is planned: one cached plan
 * serves users with few grants and with many.  What it costs to choose is a part of
 * what going the better way costs: grants are read up to as many as gathering could
 * still be better with.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/genam.h"
#include "access/table.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"

#include "modelapi_acl.h"
#include "reach.h"

double
reach_tuples(Relation relation)
{
	if (relation->rd_rel->reltuples >= 0)
		return relation->rd_rel->reltuples;
	return RelationGetNumberOfBlocks(relation) * 50.0;	/* never analyzed */
}

/* How many projects there are, and how many public model APIs. */
static double
tuples_of_projects(void)
{
	Relation	projects = catalog_open_table(TABLE_PROJECTS, AccessShareLock);
	double		tuples = reach_tuples(projects);

	table_close(projects, AccessShareLock);
	return tuples;
}

static double
tuples_of_public(Reach *reach)
{
	Relation	index = index_open(reach->entry_indexes[ENTRIES_PUBLIC], AccessShareLock);
	double		tuples = reach_tuples(index);

	index_close(index, AccessShareLock);
	return tuples;
}

/* How many rows are reachable, as far as grants and statistics tell. */
static double
expected_rows(Reach *reach)
{
	double		projects = Max(tuples_of_projects(), 1);

	return reach->nmodel_apis +
		reach->nprojects * Max(reach_tuples(reach->table) / projects, 1);
}

static bool
load_lists(Reach *reach, int cap)
{
	return access_reach(reach->context, GRANT_ON_PROJECT, reach->permission,
						reach->through_projects, cap, &reach->projects, &reach->nprojects) &&
		access_reach(reach->context, GRANT_ON_MODEL_API, reach->permission,
					 reach->through_projects, cap, &reach->model_apis, &reach->nmodel_apis);
}

/*
 * Fills the lists of what is reachable, unless there are more than cap of a kind, and
 * goes to their beginning.
 */
static bool
load_reach(Reach *reach, int cap)
{
	reach->arm = ARM_PROJECTS;
	reach->position = 0;
	if (reach->loaded)
		return true;
	if (!load_lists(reach, cap))
		return false;
	reach->loaded = true;
	if (access_needs_project(reach->permission))
	{
		double		rows = expected_rows(reach);
		Reach		other = *reach;

		/* the grants have been read: this one can't fail */
		other.through_projects = true;
		if (load_lists(&other, cap) && expected_rows(&other) < rows)
			*reach = other;
	}
	return true;
}

/* How many rows are likely to be taken of those in order. */
static double
rows_taken(Reach *reach)
{
	double		n = reach_tuples(reach->table);

	return reach->plan.limit > 0 ? Min(reach->plan.limit, n) : n / 16;
}

/*
 * Whether gathering is better in order.  Walking takes as many steps for each row as
 * there are rows for each that is permitted; gathering takes a step, four times as
 * long, for each that is permitted and not public, however few are asked for.  Walking
 * is risky, since the rows may lie at the far end: it has to promise half the time.
 */
static bool
is_merge_better(Reach *reach)
{
	double		rows = expected_rows(reach);
	double		permitted = rows;

	if (reach->plan.wants_public && access_is_open_when_public(reach->permission))
		permitted += tuples_of_public(reach);
	return rows < 1000 ||
		rows * 4 < 2 * rows_taken(reach) * reach_tuples(reach->table) / Max(permitted, 1);
}

ReachMethod
reach_choose_in_order(Reach *reach)
{
	/* with more rows than half of that it isn't better; but there may be fewer than grants */
	double		most = 2 * sqrt(rows_taken(reach) * reach_tuples(reach->table));
	int			cap = (int) Min(Max(most, 1000), REACH_SORTED_MAX);

	reach->method = REACH_MERGE;
	if (load_reach(reach, cap) && is_merge_better(reach) && reach_gather_sorted(reach, cap))
		return REACH_MERGE;
	return reach_begin_walk(reach);
}

/*
 * A walk that has passed many entries by may have been the wrong way: of many grants
 * few may give the level that is asked for, or all may lie at the far end.  At each
 * power of two it is asked whether reading the grants, as many more as entries were
 * passed, shows that gathering is better than going on; the sooner and the more of
 * them while nothing was found.
 */
bool
reach_turn_from_walk(Reach *reach)
{
	double		rest = reach_tuples(reach->table) - reach->steps;
	double		grants_for_a_step = reach->found == 0 ? 1024 : 16;
	bool		is_early = reach->steps < STEPS_MIN;

	if (is_early && reach->found > 0)
	{
		reach->next_turn = STEPS_MIN;
		return false;
	}
	reach->next_turn *= 2;
	if (!load_reach(reach, (int) Min(reach->steps * grants_for_a_step, GRANTS_MAX)) ||
		expected_rows(reach) * 16 > rest ||
		(is_early && !is_merge_better(reach)))
		return false;
	reach_end_index(reach);
	reach->turned = true;
	reach->plan.bounds[ScanDirectionIsBackward(reach->plan.order) ? BOUND_UNTIL : BOUND_FROM] =
		reach->last.created_at;
	reach->method = REACH_MERGE;
	if (!reach_gather_sorted(reach, REACH_SORTED_MAX))
	{
		/* few were expected, many came */
		reach->method = reach_begin_walk(reach);
		reach->next_turn = INFINITY;
	}
	return true;
}

/*
 * In no order, a row that is gathered costs as much as several that are passed by
 * in reading the whole table, and fewer where the heap isn't needed: then one that is
 * looked up by its id costs most, and an index is read instead of the table.
 */
ReachMethod
reach_choose_in_no_order(Reach *reach)
{
	double		n = reach_tuples(reach->table);
	double		cost_of_row = reach->plan.needs_no_heap ? 1 : 6;
	double		most = Max(n, 6000);
	double		cap = Min(most / cost_of_row, GRANTS_MAX);
	double		public_rows = 0;

	if (reach->plan.wants_public && access_is_open_when_public(reach->permission))
		public_rows = tuples_of_public(reach);
	/* where few rows are taken of what the caller has in order: only if it is few */
	if (reach->plan.limit > 0)
		cap = Min(cap, Max(sqrt(reach->plan.limit * n), 1000));
	if (public_rows * cost_of_row < most && load_reach(reach, (int) cap) &&
		(public_rows + expected_rows(reach)) * cost_of_row +
		2.0 * (reach->nprojects + reach->nmodel_apis) <= most)
		return REACH_GATHER;
	return reach->plan.needs_no_heap ? reach_begin_walk(reach) : REACH_TABLE;
}

double
reach_expected(Reach *reach)
{
	double		rows;

	if (reach->method != REACH_GATHER)
		return reach_tuples(reach->table);
	rows = expected_rows(reach);
	if (reach->plan.wants_public && access_is_open_when_public(reach->permission))
		rows += tuples_of_public(reach);
	return rows;
}
