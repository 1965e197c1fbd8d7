/*-------------------------------------------------------------------------
 *
 * shared_context.h
 *	  One context for all scans of a statement.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SHARED_CONTEXT_H
#define MODELAPI_ACL_SHARED_CONTEXT_H

#include "nodes/execnodes.h"

#include "../access/context.h"
#include "../identity/identity.h"

/*
 * shared_context_get: a context for the statement's snapshot.  It is the one that an earlier
 * scan of the statement got, and lives as long as the statement, if that one is of the same
 * identity and none of its grants has expired.  Otherwise it is a new one in the current
 * memory context.
 */
extern AccessContext *shared_context_get(EState *estate, const Identity *identity);

#endif							/* MODELAPI_ACL_SHARED_CONTEXT_H */
