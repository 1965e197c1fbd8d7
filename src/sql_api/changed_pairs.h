/*-------------------------------------------------------------------------
 *
 * changed_pairs.h
 *	  Whose access to what a change may have changed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_CHANGED_PAIRS_H
#define MODELAPI_ACL_CHANGED_PAIRS_H

#include "utils/uuid.h"

#include "past_access.h"
#include "past_events.h"

/* A model API, and a user or an organization */
typedef struct ChangedPair
{
	pg_uuid_t	model_api_id;
	pg_uuid_t	principal;
} ChangedPair;

typedef struct ChangedPairs
{
	ChangedPair *pairs;			/* ordered, each once */
	int			count;
	int			room;
} ChangedPairs;

/*
 * changed_pairs_find: pairs of a model API and a user (or an organization) whose access a change
 * may have changed; no other pair can have changed.  Each model API is also paired with "also",
 * if that is not NULL.  The result is in the current memory context.
 */
extern void changed_pairs_find(PastAccess *access, const pg_uuid_t *change_id, const pg_uuid_t *also,
							   ChangedPairs *pairs);

#endif							/* MODELAPI_ACL_CHANGED_PAIRS_H */
