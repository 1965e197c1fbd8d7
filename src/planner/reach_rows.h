/*-------------------------------------------------------------------------
 *
 * reach_rows.h
 *	  Row estimates of an application's tables where conditions on access meet.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_REACH_ROWS_H
#define MODELAPI_ACL_REACH_ROWS_H

#include "nodes/pathnodes.h"
#include "nodes/pg_list.h"

/* Called by hook_initialize: registers the hook for joins. */
extern void reach_rows_initialize(void);

/*
 * reach_rows_correct: corrects the estimated rows of a relation and of its paths, by its
 * conditions on access, a list of PolicyCondition.
 */
extern void reach_rows_correct(RelOptInfo *rel, List *conditions);

#endif							/* MODELAPI_ACL_REACH_ROWS_H */
