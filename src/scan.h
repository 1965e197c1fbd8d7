/*-------------------------------------------------------------------------
 *
 * scan.h
 *	  What support.c plans and scan.c runs: a custom scan of model_apis.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SCAN_H
#define MODELAPI_ACL_SCAN_H

#include "nodes/extensible.h"

/* What the planner knows, carried in the plan's custom_private */
typedef struct ScanPlan
{
	ScanDirection order;		/* of (created_at, id); no movement: none */
	bool		wants_public;	/* the query's conditions leave such rows */
	bool		wants_private;
	bool		needs_no_heap;	/* an index's entry has all that is asked for */
	int			limit;			/* rows that are likely to be taken; 0: all */
} ScanPlan;

/* The plan as a list that can be copied, and back. */
extern List *scan_plan_to_list(const ScanPlan *plan);
extern ScanPlan scan_plan_from_list(List *list);

/*
 * The methods of the plan node.  Its custom_exprs are two expressions without
 * variables: the permission and the identity.
 */
extern const CustomScanMethods reach_scan_methods;

#endif							/* MODELAPI_ACL_SCAN_H */
