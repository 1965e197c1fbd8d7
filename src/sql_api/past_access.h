/*-------------------------------------------------------------------------
 *
 * past_access.h
 *	  Who had which access before a change, and who after it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_PAST_ACCESS_H
#define MODELAPI_ACL_PAST_ACCESS_H

#include "datatype/timestamp.h"
#include "utils/uuid.h"

#include "past_events.h"
#include "../access/context.h"
#include "../terms.h"

/* Indexes of arrays about the two moments */
#define PAST_BEFORE 0
#define PAST_AFTER 1

typedef struct PastAccess PastAccess;

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
 * past_access_begin: access around a change, as far as the context's identity may know of it.
 * user_id is that identity, or NULL for an administrator.  expiry is the time by which grants
 * have expired.  All is in the current memory context; user_id must stay in place.
 */
extern PastAccess *past_access_begin(AccessContext *context, const PastChange *change,
									 const pg_uuid_t *user_id, TimestampTz expiry);

/*
 * Each function reads events that were not read before, remembers them, and calls "observe"
 * (or NULL) for each: of holders' grants and users' memberships; of grants on objects; of
 * members; of model APIs.
 */
extern void past_access_read_holders(PastAccess *access, const PastIds *users, const PastIds *organizations,
									 PastAccessConsumer observe, void *arg);
extern void past_access_read_grants(PastAccess *access, const PastIds *projects, const PastIds *model_apis,
									PastAccessConsumer observe, void *arg);
extern void past_access_read_members(PastAccess *access, const PastIds *organizations,
									 PastAccessConsumer observe, void *arg);
extern void past_access_read_model_apis(PastAccess *access, const PastIds *projects, const PastIds *model_apis,
										PastModelApiConsumer observe, void *arg);

/*
 * past_access_load: reads all that past_access_state() needs for pairs of these model APIs and
 * users or organizations.  Both are sorted and without duplicates.
 */
extern void past_access_load(PastAccess *access, const PastIds *model_apis, const PastIds *principals);

/* past_access_state: the access at a moment. */
extern void past_access_state(PastAccess *access, const pg_uuid_t *model_api_id, const pg_uuid_t *principal,
							  int moment, PastState *state);

#endif							/* MODELAPI_ACL_PAST_ACCESS_H */
