/*-------------------------------------------------------------------------
 *
 * past_state.h
 *	  Who had which access to a model API before a change, and who after it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_PAST_STATE_H
#define MODELAPI_ACL_PAST_STATE_H

#include "utils/uuid.h"

#include "past_access.h"
#include "past_events.h"
#include "../terms.h"

/* The access of one user, or of an organization whose members are hidden, to one model API */
typedef struct PastState
{
	bool		has_project;	/* the model API existed: */
	pg_uuid_t	project_id;
	const char *model_api_name;
	const char *name;			/* of the user or organization; NULL: did not exist */
	bool		is_organization;
	AccessLevel level;
	uint32		permissions;	/* a bit for each member of Permission */
} PastState;

/*
 * past_state_load: reads all that past_state_at() needs for pairs of these model APIs and
 * users or organizations.  Both are sorted and without duplicates.
 */
extern void past_state_load(PastAccess *access, const PastIds *model_apis, const PastIds *principals);

/* past_state_at: the access at a moment. */
extern void past_state_at(PastAccess *access, const pg_uuid_t *model_api_id, const pg_uuid_t *principal,
							  int moment, PastState *state);

#endif							/* MODELAPI_ACL_PAST_STATE_H */
