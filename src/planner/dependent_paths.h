/*-------------------------------------------------------------------------
 *
 * dependent_paths.h
 *	  Offers the custom scan of dependent tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_DEPENDENT_PATHS_H
#define MODELAPI_ACL_DEPENDENT_PATHS_H

#include "nodes/parsenodes.h"
#include "nodes/pathnodes.h"

#include "policy_clause.h"

/*
 * dependent_paths_add: adds the paths to a relation, for a condition on its rows.  A table
 * whose rows cannot be found by key gets none.
 */
extern void dependent_paths_add(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte,
								const PolicyCondition *condition);

#endif							/* MODELAPI_ACL_DEPENDENT_PATHS_H */
