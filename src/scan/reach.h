/*-------------------------------------------------------------------------
 *
 * reach.h
 *	  Finds the model APIs on which a user holds a permission.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_REACH_H
#define MODELAPI_ACL_REACH_H

#include "executor/tuptable.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "../access/context.h"
#include "../identity/identity.h"
#include "../terms.h"
#include "entries.h"
#include "plan_info.h"
#include "strategy.h"

/* One search; opaque */
typedef struct Reach Reach;

/*
 * reach_begin: starts a search, for a context's identity and a permission.
 *
 * model_apis: open and locked by the caller for as long as the Reach is used; so are the
 * snapshot, and the context, which is of that snapshot.  The plan is copied.  Allocates in a
 * child of the current memory context, which reach_end deletes.  Raises 40001 where the table
 * was rewritten after the snapshot was taken, and an internal error where an index is gone
 * that an ordered plan needs.
 */
extern Reach *reach_begin(Relation model_apis, Snapshot snapshot, AccessContext *context,
						  Permission permission, const ModelApiPlan *plan);
extern void reach_end(Reach *reach);

/* The method in use.  With REACH_TABLE the caller reads the table, with reach_permits. */
extern ReachMethod reach_method(Reach *reach);

/* How many model APIs the search will find, by grants and statistics. */
extern double reach_expected(Reach *reach);

/*
 * reach_next: the next permitted model API, as its index entry shows it.  Whether the
 * snapshot shows the row is still to be checked.  No entry comes twice.
 */
extern bool reach_next(Reach *reach, Candidate *candidate);

/*
 * reach_is_all_visible: whether the visibility map says that the candidate's page is
 * visible to all, so that the entry alone will do.  To be asked before the next reach_next.
 * reach_fetch: fetches the row version that the snapshot shows; false if there is none.
 */
extern bool reach_is_all_visible(Reach *reach, const Candidate *candidate);
extern bool reach_fetch(Reach *reach, const Candidate *candidate, TupleTableSlot *slot);

/* Whether a row is permitted, and admitted by the plan. */
extern bool reach_permits(Reach *reach, const ModelApiFacts *facts);

#endif							/* MODELAPI_ACL_REACH_H */
