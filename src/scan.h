/*-------------------------------------------------------------------------
 *
 * scan.h
 *	  What support.c plans, scan.c runs and reach.c finds.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SCAN_H
#define MODELAPI_ACL_SCAN_H

#include "nodes/extensible.h"
#include "storage/itemptr.h"

#include "modelapi_acl.h"

/* What the planner knows, carried in the plan's custom_private */
typedef struct ScanPlan
{
	ScanDirection order;		/* of (created_at, id); no movement: none */
	bool		wants_public;	/* the query's conditions leave such rows */
	bool		wants_private;
	bool		needs_no_heap;	/* an index's entry has all that is asked for */
	int			limit;			/* rows that are likely to be taken; 0: all */
	Oid			part_index;		/* for what hangs on model APIs: its index by
								 * model_api_id; for model_apis invalid */
	AttrNumber	part_column;	/* and that column in the table */
} ScanPlan;

/* The plan as a list that can be copied, and back. */
extern List *scan_plan_to_list(const ScanPlan *plan);
extern ScanPlan scan_plan_from_list(List *list);

/*
 * The methods of the plan node.  Its custom_exprs are two expressions without
 * variables: the permission and the identity.
 */
extern const CustomScanMethods reach_scan_methods;

/* ----------
 * reach.c
 * ----------
 */
typedef struct Reach Reach;

/* A model API, before its tuple is fetched */
typedef struct Candidate
{
	ItemPointerData tid;		/* where the index leads to */
	TimestampTz created_at;
	ModelApiFacts facts;		/* but for the invocation mode */
} Candidate;

typedef enum ReachMethod
{
	REACH_NOTHING,				/* nobody is asking */
	REACH_GATHER,
	REACH_MERGE,
	REACH_WALK,
	REACH_TABLE					/* reading the whole table is better: the caller does */
} ReachMethod;

/*
 * reach_begin: looks at the grants and chooses a way to the model APIs on which
 * an identity holds a permission.
 *
 * model_apis: open and locked by the caller, as long as the Reach is used, and
 * so is the snapshot.  Allocates in a child of the current memory context, which
 * reach_end deletes.  Of the plan, order, limit, needs_no_heap and what is wanted
 * count.
 */
extern Reach *reach_begin(Relation model_apis, Snapshot snapshot, const Identity *identity,
						  Permission permission, const ScanPlan *plan);
extern ReachMethod reach_method(Reach *reach);
extern AccessContext *reach_context(Reach *reach);

/*
 * reach_next: the next model API that is permitted, as an index's entry tells of
 * it; whether the snapshot shows the row is still to be seen.  None comes twice.
 */
extern bool reach_next(Reach *reach, Candidate *candidate);

/* Whether a row is permitted, and wanted by the plan. */
extern bool reach_permits(Reach *reach, const ModelApiFacts *facts);

extern void reach_end(Reach *reach);

#endif							/* MODELAPI_ACL_SCAN_H */
