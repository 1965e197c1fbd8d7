/*-------------------------------------------------------------------------
 *
 * internal_statements.h
 *	  Runs the statements of 58_internal_statements.sql, with saved plans.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_INTERNAL_STATEMENTS_H
#define MODELAPI_ACL_INTERNAL_STATEMENTS_H

#include "executor/tuptable.h"
#include "nodes/plannodes.h"

typedef struct InternalStatement
{
	const char *function;		/* in the internal schema; its body is the statement */
	bool		sees_latest;	/* uses the latest snapshot, not the transaction's */
	bool		for_values;		/* planned anew in each run, for its values */
	bool		as_caller;		/* with the caller's privileges and policies */

	/* private to internal_statements.c */
	Oid			oid;
	PlannedStmt *plan;			/* the saved plan, or NULL */
	bool		is_valid;
	Oid			role;			/* for as_caller: whose policies the plan has */
	bool		row_security;	/* for as_caller: the setting that it was planned under */
	MemoryContext memory;		/* holds the plan */
	int			nargs;
	Oid			argument_types[16];
	struct InternalStatement *next;	/* list of all that were ever run */
} InternalStatement;

/* Called for each row of the result; the slot belongs to the executor. */
typedef void (*InternalStatementConsumer) (TupleTableSlot *slot, void *arg);

/* Called by _PG_init: registers the callbacks that invalidate plans. */
extern void internal_statements_initialize(void);

/*
 * internal_statements_run: runs a statement with the privileges of the extension's owner on
 * the tables that it names, as if through a view of the owner's.
 *
 * statement is a static variable.  values and nulls (or NULL) have one element for each
 * argument of the function; consume may be NULL.  Returns the number of rows.  The current
 * user does not change, so triggers run as that user.  A statement that writes sees all
 * earlier commands of the transaction; one that only reads uses the active snapshot.
 * Raises what the statement raises, and 55000 where the owner has lost its privileges.
 *
 * as_caller: the statement has the privileges of the current user, is subject to the policies,
 * and uses the active snapshot, which the caller has pushed for it.
 */
extern uint64 internal_statements_run(InternalStatement *statement, const Datum *values, const bool *nulls,
									  InternalStatementConsumer consume, void *arg);

/* Whether a statement is being run with the owner's privileges: no policy applies to it. */
extern bool internal_statements_is_running(void);

#endif							/* MODELAPI_ACL_INTERNAL_STATEMENTS_H */
