/*-------------------------------------------------------------------------
 *
 * strategy.h
 *	  Chooses how reach.c gets from a user's grants to the model APIs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_STRATEGY_H
#define MODELAPI_ACL_STRATEGY_H

#include "utils/relcache.h"
#include "utils/uuid.h"

#include "../access/context.h"
#include "../terms.h"
#include "plan_info.h"

/* The methods; reach.c says what each does */
typedef enum ReachMethod
{
	REACH_NOTHING,				/* the identity is nobody */
	REACH_GATHER,
	REACH_MERGE,
	REACH_WALK,
	REACH_TABLE					/* the caller reads the whole table, which is faster */
} ReachMethod;

/* The objects that the user's grants lead to, in the context's memory */
typedef struct ReachableObjects
{
	bool		through_projects;	/* see decision_reachable_objects */
	pg_uuid_t  *projects;
	int			nprojects;
	pg_uuid_t  *model_apis;
	int			nmodel_apis;
} ReachableObjects;

/* What the choice depends on, and the grants that were read for it */
typedef struct Strategy
{
	Relation	table;			/* model_apis */
	Oid			public_index;	/* of the public rows */
	AccessContext *context;
	Permission	permission;
	const ModelApiPlan *plan;
	bool		loaded;			/* objects is filled in */
	ReachableObjects objects;
} Strategy;

/* At most so many candidates are sorted in memory, 64 bytes each */
#define SORTED_CANDIDATES_MAX 200000

/* The estimated number of rows of a table or entries of an index, by its statistics. */
extern double strategy_tuples(Relation relation);
extern double strategy_tuples_of_projects(void);

/* strategy_free_objects: releases the lists.  The context may live longer than the search. */
extern void strategy_free_objects(ReachableObjects *objects);

/*
 * strategy_expected: how many model APIs the method will find, by grants and statistics.
 */
extern double strategy_expected(Strategy *strategy, ReachMethod method);

/*
 * strategy_in_order: REACH_MERGE or REACH_WALK.
 *
 * With REACH_MERGE the objects are loaded, and *cap is the number of candidates above
 * which a walk is better after all.
 */
extern ReachMethod strategy_in_order(Strategy *strategy, int *cap);

/* strategy_in_no_order: REACH_GATHER with the objects loaded, REACH_WALK or REACH_TABLE. */
extern ReachMethod strategy_in_no_order(Strategy *strategy);

/*
 * A walk asks for the first time after WALK_STEPS_MIN entries whether to go on; after
 * WALK_STEPS_WITHOUT_ROW where it has found nothing
 */
#define WALK_STEPS_MIN 2048
#define WALK_STEPS_WITHOUT_ROW 64

/*
 * strategy_leaves_walk: whether to merge the rest rather than walk on, after so many
 * steps and permitted rows.  *next_check becomes the number of steps after which to ask
 * again.  Where the answer is yes, the objects are loaded.
 */
extern bool strategy_leaves_walk(Strategy *strategy, double steps, double found,
								 double *next_check);

#endif							/* MODELAPI_ACL_STRATEGY_H */
