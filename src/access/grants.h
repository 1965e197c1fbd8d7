/*-------------------------------------------------------------------------
 *
 * grants.h
 *	  The grants that a context's identity holds.
 *
 * The identity must be a user.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_GRANTS_H
#define MODELAPI_ACL_GRANTS_H

#include "utils/uuid.h"

#include "context.h"
#include "../terms.h"

/*
 * grants_level: the highest level of the unexpired grants on one object, the user's
 * own and those of the user's organizations; NONE without any.
 */
extern AccessLevel grants_level(AccessContext *context, GrantTarget target,
								const pg_uuid_t *object);

/*
 * The two parts of it, for a context that asks about one model API: the level of the user's
 * own grant, and the highest of the user's organizations.  They keep nothing for later calls,
 * and read no more than they need.
 */
extern AccessLevel grants_own_level(AccessContext *context, GrantTarget target,
									const pg_uuid_t *object);
extern AccessLevel grants_organizations_level(AccessContext *context, GrantTarget target,
											  const pg_uuid_t *object);

/*
 * grants_expect: tells that grants_level will be called for about so many objects.  Reads all
 * grants of a kind if that costs less than probing for each.
 */
extern void grants_expect(AccessContext *context, GrantTarget target, int objects);

/*
 * grants_at_least: the objects of all grants of a kind that give a level, ordered by
 * id, in the context's memory.  Returns false if more than cap, or GRANTS_MAX, grants
 * would have to be read.
 */
extern bool grants_at_least(AccessContext *context, GrantTarget target, AccessLevel least,
							int cap, pg_uuid_t **objects, int *count);

#endif							/* MODELAPI_ACL_GRANTS_H */
