/*-------------------------------------------------------------------------
 *
 * join_keys.h
 *	  Finds the keys of a relation that other relations of a join supply.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_JOIN_KEYS_H
#define MODELAPI_ACL_JOIN_KEYS_H

#include "access/attnum.h"
#include "nodes/pathnodes.h"
#include "nodes/pg_list.h"

/* A key for a column, from other relations */
typedef struct JoinKey
{
	Relids		outer;			/* these */
	Node	   *key;			/* an expression of their columns */
} JoinKey;

/*
 * join_keys_find: what a join compares a uuid column of a relation with by "=", as a list of
 * JoinKey: at most one for each set of other relations.  Takes no lock.
 */
extern List *join_keys_find(PlannerInfo *root, RelOptInfo *rel, AttrNumber column);

#endif							/* MODELAPI_ACL_JOIN_KEYS_H */
