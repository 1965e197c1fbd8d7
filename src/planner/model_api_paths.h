/*-------------------------------------------------------------------------
 *
 * model_api_paths.h
 *	  Offers the custom scan of model_apis.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_MODEL_API_PATHS_H
#define MODELAPI_ACL_MODEL_API_PATHS_H

#include "nodes/parsenodes.h"
#include "nodes/pathnodes.h"

#include "policy_clause.h"

/*
 * model_api_paths_add: adds the paths to a relation that is model_apis, for a condition on
 * its rows.
 */
extern void model_api_paths_add(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte,
								const PolicyCondition *condition);

#endif							/* MODELAPI_ACL_MODEL_API_PATHS_H */
