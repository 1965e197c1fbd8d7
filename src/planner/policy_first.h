/*-------------------------------------------------------------------------
 *
 * policy_first.h
 *	  Keeps the planner from using the contents of hidden rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_POLICY_FIRST_H
#define MODELAPI_ACL_POLICY_FIRST_H

#include "access/attnum.h"
#include "nodes/pathnodes.h"

/* Called by _PG_init, after hook_initialize: registers the hooks. */
extern void policy_first_initialize(void);

/*
 * policy_first_guards: whether a relation of a query is one of the extension's tables, or a
 * child of one, that is subject to policies, and the current user is no administrator.
 * Reads system catalogs only.
 */
extern bool policy_first_guards(PlannerInfo *root, Index relid);

/*
 * policy_first_is_ours: whether a relation is in one of the extension's schemas.
 * policy_first_is_open: whether a column of such a relation is open, that is, no contents.
 * Both read system catalogs only.
 */
extern bool policy_first_is_ours(Oid relid);
extern bool policy_first_is_open(Oid relid, AttrNumber column);

#endif							/* MODELAPI_ACL_POLICY_FIRST_H */
