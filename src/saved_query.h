/*-------------------------------------------------------------------------
 *
 * saved_query.h
 *	  Statements of the extension's own, planned once in a session.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SAVED_QUERY_H
#define MODELAPI_ACL_SAVED_QUERY_H

#include "executor/tuptable.h"
#include "nodes/plannodes.h"

typedef struct SavedQuery
{
	const char *function;		/* of the internal schema: its body is the statement */
	bool		sees_latest;	/* what others committed since the transaction's snapshot */
	bool		for_values;		/* planned for the values of each run */

	/* for saved_query.c alone */
	Oid			oid;
	PlannedStmt *plan;			/* NULL, or not valid any more: to be made */
	bool		is_valid;
	MemoryContext memory;		/* the plan's */
	int			nargs;
	Oid			argument_types[16];
	struct SavedQuery *next;	/* of all that were ever run */
} SavedQuery;

/* Is called for each row of a result; the slot is the executor's. */
typedef void (*SavedQueryConsumer) (TupleTableSlot *slot, void *arg);

/* Called by _PG_init: registers what tells that plans are not valid any more. */
extern void saved_query_initialize(void);

/*
 * saved_query_run: runs a statement with the privileges of the extension's owner on
 * the tables that it names, as if through a view of the owner's.
 *
 * query is static; values and nulls are as many as the function has arguments; consume
 * may be NULL.  Returns the number of rows.  The current user stays who it is, for
 * triggers too.  A statement that writes sees what came before it in the transaction,
 * one that only reads the active snapshot.  Errors: whatever the statement raises.
 */
extern uint64 saved_query_run(SavedQuery *query, const Datum *values, const bool *nulls,
							  SavedQueryConsumer consume, void *arg);

/* Whether one is being run: no policy binds its writes. */
extern bool saved_query_is_running(void);

#endif							/* MODELAPI_ACL_SAVED_QUERY_H */
