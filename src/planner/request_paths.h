/*-------------------------------------------------------------------------
 *
 * request_paths.h
 *	  Offers the custom scan of a function that authorizes a request.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_REQUEST_PATHS_H
#define MODELAPI_ACL_REQUEST_PATHS_H

#include "nodes/pathnodes.h"

/* request_paths_add: adds a path to a relation if it is a call of such a function. */
extern void request_paths_add(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte);

#endif							/* MODELAPI_ACL_REQUEST_PATHS_H */
