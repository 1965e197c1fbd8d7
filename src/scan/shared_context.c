/*-------------------------------------------------------------------------
 *
 * shared_context.c
 *	  One context for all scans of a statement.
 *
 * The scans of a join ask about the same user, and often about the same model APIs, in the
 * same snapshot.  So they share what was read.  A context that no longer serves is left to
 * those who have it: each scan keeps the one that it began with.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "shared_context.h"

/* The context of one execution of a statement, in its memory */
typedef struct SharedContext
{
	EState	   *estate;
	AccessContext *context;
	MemoryContextCallback at_end;
	struct SharedContext *next;
} SharedContext;

/* Those of all statements that are being executed */
static SharedContext *all = NULL;

/* Called when the statement's memory is released, also after an error. */
static void
forget(void *argument)
{
	for (SharedContext **place = &all; *place; place = &(*place)->next)
		if (*place == argument)
		{
			*place = (*place)->next;
			return;
		}
}

static SharedContext *
find(EState *estate)
{
	SharedContext *shared = all;

	while (shared && shared->estate != estate)
		shared = shared->next;
	return shared;
}

AccessContext *
shared_context_get(EState *estate, const Identity *identity)
{
	SharedContext *shared = find(estate);

	if (shared)
		return context_serves(shared->context, identity, estate->es_snapshot) ? shared->context :
			context_get(NULL, CurrentMemoryContext, identity, estate->es_snapshot);
	shared = MemoryContextAllocZero(estate->es_query_cxt, sizeof(SharedContext));
	shared->estate = estate;
	shared->context = context_get(NULL, estate->es_query_cxt, identity, estate->es_snapshot);
	shared->at_end.func = forget;
	shared->at_end.arg = shared;
	shared->next = all;
	all = shared;
	MemoryContextRegisterResetCallback(estate->es_query_cxt, &shared->at_end);
	return shared->context;
}
