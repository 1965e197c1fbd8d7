/*-------------------------------------------------------------------------
 *
 * other_user.h
 *	  Permissions of another user, as far as the current user may know of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_OTHER_USER_H
#define MODELAPI_ACL_OTHER_USER_H

#include "utils/uuid.h"

#include "context.h"
#include "../terms.h"

/*
 * other_user_permits: whether another user, enabled or not, holds a permission on
 * a model API.  A grant to an organization counts only if the context's identity
 * may see the organization's members.
 */
extern bool other_user_permits(AccessContext *context, const pg_uuid_t *user_id,
							   const ModelApiFacts *facts, Permission permission);

#endif							/* MODELAPI_ACL_OTHER_USER_H */
