/*-------------------------------------------------------------------------
 *
 * latest_state.h
 *	  The state of the database by which writes are judged: the latest.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_LATEST_STATE_H
#define MODELAPI_ACL_LATEST_STATE_H

#include "utils/snapshot.h"

#include "context.h"

/*
 * latest_state_context: the context of the current user in what others have committed
 * by now, with the current time as its clock.  Of this transaction's own changes it
 * shows those made before the statement began.
 *
 * Use it at once, before anything else runs: its snapshot is the server's static one.
 * It lives in TopTransactionContext, and is reused until a transaction commits.  In
 * a parallel operation the server raises an error.
 */
extern AccessContext *latest_state_context(void);

/*
 * latest_state_number: numbers the states that latest_state_context has returned.
 * While the number stays the same, so does the state.
 */
extern uint64 latest_state_number(void);

/*
 * latest_state_is_not_needed: whether the statement's snapshot shows a row version, by its
 * xmin.  A row that was changed since has to be judged by the latest state.
 */
extern bool latest_state_is_not_needed(TransactionId xmin);

/*
 * latest_state_new_snapshot: a new snapshot of what is committed, which also shows what the
 * current statement has done so far.  The caller unregisters it.
 */
extern Snapshot latest_state_new_snapshot(void);

#endif							/* MODELAPI_ACL_LATEST_STATE_H */
