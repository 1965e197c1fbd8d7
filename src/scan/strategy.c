/*-------------------------------------------------------------------------
 *
 * strategy.c
 *	  Chooses how reach.c gets from a user's grants to the model APIs.
 *
 * The choice is made when a scan starts, not when the query is planned, so that one
 * cached plan serves users with few grants and users with many.  Reading grants in
 * order to choose has a cost.  It is kept to a fraction of what the better method costs:
 * grants are read only up to the number with which gathering could still win.
 *
 * Nothing here reads model APIs, and nothing here decides on access.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/genam.h"
#include "access/table.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"

#include "strategy.h"
#include "../access/decision.h"
#include "../access/permissions.h"
#include "../catalog/object_ids.h"

double
strategy_tuples(Relation relation)
{
	if (relation->rd_rel->reltuples >= 0)
		return relation->rd_rel->reltuples;
	return RelationGetNumberOfBlocks(relation) * 50.0;	/* never analyzed */
}

double
strategy_tuples_of_projects(void)
{
	Relation	projects = object_ids_open_table(TABLE_PROJECTS, AccessShareLock);
	double		tuples = strategy_tuples(projects);

	table_close(projects, AccessShareLock);
	return tuples;
}

/* How many public rows the permission may be held on; 0 where none are wanted. */
static double
public_rows(Strategy *strategy)
{
	Relation	index;
	double		tuples;

	if (!strategy->plan->wants_public || !permissions_is_open_when_public(strategy->permission))
		return 0;
	index = index_open(strategy->public_index, AccessShareLock);
	tuples = strategy_tuples(index);
	index_close(index, AccessShareLock);
	return tuples;
}

void
strategy_free_objects(ReachableObjects *objects)
{
	if (objects->projects)
		pfree(objects->projects);
	if (objects->model_apis)
		pfree(objects->model_apis);
	objects->projects = objects->model_apis = NULL;
}

/* How many rows the objects lead to: a project has as many as the average project. */
static double
rows_of(Strategy *strategy, const ReachableObjects *objects)
{
	double		projects = Max(strategy_tuples_of_projects(), 1);

	return objects->nmodel_apis +
		objects->nprojects * Max(strategy_tuples(strategy->table) / projects, 1);
}

static bool
load(Strategy *strategy, ReachableObjects *objects, int cap)
{
	return decision_reachable_objects(strategy->context, GRANT_ON_PROJECT, strategy->permission,
									  objects->through_projects, cap,
									  &objects->projects, &objects->nprojects) &&
		decision_reachable_objects(strategy->context, GRANT_ON_MODEL_API, strategy->permission,
								   objects->through_projects, cap,
								   &objects->model_apis, &objects->nmodel_apis);
}

/* Loads the reachable objects; false if there are more than cap of a kind. */
static bool
load_objects(Strategy *strategy, int cap)
{
	if (strategy->loaded)
		return true;
	if (!load(strategy, &strategy->objects, cap))
	{
		strategy_free_objects(&strategy->objects);
		return false;
	}
	strategy->loaded = true;
	if (permissions_needs_project_access(strategy->permission))
	{
		/* both lists lead to all candidates: take the one that leads to fewer rows */
		ReachableObjects others = {.through_projects = true};

		if (load(strategy, &others, cap) &&
			rows_of(strategy, &others) < rows_of(strategy, &strategy->objects))
		{
			ReachableObjects worse = strategy->objects;

			strategy->objects = others;
			others = worse;
		}
		strategy_free_objects(&others);
	}
	return true;
}

/* How many rows are likely to be fetched of an ordered scan. */
static double
rows_fetched(Strategy *strategy)
{
	double		n = strategy_tuples(strategy->table);

	return strategy->plan->limit > 0 ? Min(strategy->plan->limit, n) : n / 16;
}

/*
 * Whether gathering and sorting beats walking.
 *
 * For each row that is fetched a walk passes as many entries as there are rows for each
 * permitted one.  Gathering visits every permitted private row, however few are fetched,
 * and a visit costs four times a step of the walk.  A walk is the riskier one, since the
 * rows may lie at its far end: it has to promise half the time.
 */
static bool
is_merge_better(Strategy *strategy)
{
	double		rows = rows_of(strategy, &strategy->objects);
	double		permitted = rows + public_rows(strategy);

	return rows < 1000 ||
		rows * 4 < 2 * rows_fetched(strategy) * strategy_tuples(strategy->table) / Max(permitted, 1);
}

ReachMethod
strategy_in_order(Strategy *strategy, int *cap)
{
	/*
	 * By is_merge_better, gathering cannot win with more than half as many rows as this.
	 * The number of grants may be larger than the number of rows.
	 */
	double		most = 2 * sqrt(rows_fetched(strategy) * strategy_tuples(strategy->table));

	*cap = (int) Min(Max(most, 1000), SORTED_CANDIDATES_MAX);
	return load_objects(strategy, *cap) && is_merge_better(strategy) ? REACH_MERGE : REACH_WALK;
}

/*
 * In no order, visiting a gathered row costs as much as reading several rows of a
 * sequential scan; less if the heap is not needed.  In that case a look-up by id costs
 * most, and the alternative is an index scan instead of a table scan.
 */
ReachMethod
strategy_in_no_order(Strategy *strategy)
{
	const ModelApiPlan *plan = strategy->plan;
	double		n = strategy_tuples(strategy->table);
	double		cost_of_row = plan->needs_no_heap ? 1 : 6;
	double		most = Max(n, 6000);
	double		cap = Min(most / cost_of_row, GRANTS_MAX);
	double		npublic = public_rows(strategy);

	/* if the caller wants few rows, and has them in order, the keys must be few as well */
	if (plan->limit > 0)
		cap = Min(cap, Max(sqrt(plan->limit * n), 1000));
	if (npublic * cost_of_row < most && load_objects(strategy, (int) cap) &&
		(npublic + rows_of(strategy, &strategy->objects)) * cost_of_row +
		2.0 * (strategy->objects.nprojects + strategy->objects.nmodel_apis) <= most)
		return REACH_GATHER;
	return plan->needs_no_heap ? REACH_WALK : REACH_TABLE;
}

/*
 * A walk that has passed many entries may be the wrong method after all: of many grants
 * only a few may give the permission, or the permitted rows may lie at the far end.  So
 * at each power of two it is compared with gathering.  The number of grants that may be
 * read for the comparison grows with the number of steps, and faster while nothing was
 * found.
 */
bool
strategy_leaves_walk(Strategy *strategy, double steps, double found, double *next_check)
{
	double		rest = strategy_tuples(strategy->table) - steps;
	double		grants_for_a_step = found == 0 ? 1024 : 16;
	bool		is_early = steps < WALK_STEPS_MIN;

	if (is_early && found > 0)
	{
		*next_check = WALK_STEPS_MIN;
		return false;
	}
	*next_check *= 2;
	return load_objects(strategy, (int) Min(steps * grants_for_a_step, GRANTS_MAX)) &&
		rows_of(strategy, &strategy->objects) * 16 <= rest &&
		(!is_early || is_merge_better(strategy));
}

double
strategy_expected(Strategy *strategy, ReachMethod method)
{
	if (method != REACH_GATHER)
		return strategy_tuples(strategy->table);
	return rows_of(strategy, &strategy->objects) + public_rows(strategy);
}
