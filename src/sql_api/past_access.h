/*-------------------------------------------------------------------------
 *
 * past_access.h
 *	  Model APIs, principals, grants and members before a change and after it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_PAST_ACCESS_H
#define MODELAPI_ACL_PAST_ACCESS_H

#include "datatype/timestamp.h"
#include "utils/uuid.h"

#include "past_events.h"
#include "past_tables.h"
#include "../access/context.h"
#include "../terms.h"

/* Indexes of arrays about the two moments */
#define PAST_BEFORE 0
#define PAST_AFTER 1

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

/* past_access_read_principals: reads users, and names of organizations. */
extern void past_access_read_principals(PastAccess *access, const PastIds *principals);

/* past_access_enter: the entry of a table that begins with the key; a new one is zeroed. */
extern void *past_access_enter(HTAB *table, const void *key, Size key_size, Size entry_size);

#endif							/* MODELAPI_ACL_PAST_ACCESS_H */
