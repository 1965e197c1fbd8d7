/*-------------------------------------------------------------------------
 *
 * lookup.h
 *	  Finds the rows of a table by their keys, arm after arm.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_LOOKUP_H
#define MODELAPI_ACL_LOOKUP_H

#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "utils/relcache.h"

#include "../identity/identity.h"
#include "keys.h"
#include "plan_info.h"
#include "row_order.h"

/* The expressions of a plan */
typedef struct LookupExpressions
{
	ExprState  *condition;		/* the policy's */
	List	   *bounds;			/* ExprStates */
	List	   *asked;			/* ExprStates, two for each arm of the plan */
} LookupExpressions;

/* The search for the rows of one execution; opaque */
typedef struct Lookup Lookup;

/*
 * lookup_begin: starts a search; NULL if no row can match.
 *
 * Evaluates the keys that the query fixes before any other keys are read.  All arguments but
 * the identity have to outlive the search, and so does the current memory context, in which
 * it allocates.  Opens what keys_begin does.
 *
 * lookup_restart: starts again with the first key, and without a sort.
 * lookup_ask_again: starts with the key that the join supplies now; see keys_are_joined.
 * lookup_end: closes all; the Lookup can only be restarted then.
 */
extern Lookup *lookup_begin(const LookupPlan *plan, const LookupExpressions *expressions,
							Relation table, EState *estate, ExprContext *econtext,
							const Identity *identity, int permission);
extern void lookup_restart(Lookup *lookup);
extern void lookup_ask_again(Lookup *lookup);
extern void lookup_end(Lookup *lookup);

/*
 * lookup_sort: says that the rows are sorted.  Where an arm's index helps, rows are skipped
 * that the sort does not want.
 */
extern void lookup_sort(Lookup *lookup, RowOrder *order);

/*
 * lookup_next: the next row that the policy shows; NULL at the end.  None comes twice.  It is
 * in the slot, one of the table's, or in a virtual slot of the search's own.
 */
extern TupleTableSlot *lookup_next(Lookup *lookup, TupleTableSlot *slot);

/* lookup_shows: whether the policy shows a row that was not found by a key. */
extern bool lookup_shows(Lookup *lookup, TupleTableSlot *slot);

/* The keys of all arms; whether the query fixes one key that finds all rows. */
extern Keys *lookup_keys(Lookup *lookup);
extern bool lookup_is_by_one_key(Lookup *lookup);

#endif							/* MODELAPI_ACL_LOOKUP_H */
