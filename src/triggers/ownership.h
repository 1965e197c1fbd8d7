/*-------------------------------------------------------------------------
 *
 * ownership.h
 *	  Owners and admins: the first one of a new object, and never none.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_OWNERSHIP_H
#define MODELAPI_ACL_OWNERSHIP_H

#include "utils/uuid.h"

/*
 * ownership_require_first_owner: the current user, who becomes the owner of a new object.
 * Raises PT401 if nobody is signed in, and for an administrator without a user.
 */
extern const pg_uuid_t *ownership_require_first_owner(void);

/*
 * ownership_next_version: the number of the next version of a model API.  Locks the counter
 * of the model API until the end of the transaction.
 */
extern int32 ownership_next_version(const pg_uuid_t *model_api_id);

#endif							/* MODELAPI_ACL_OWNERSHIP_H */
