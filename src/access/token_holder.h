/*-------------------------------------------------------------------------
 *
 * token_holder.h
 *	  Whose personal tokens somebody may see and end.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_TOKEN_HOLDER_H
#define MODELAPI_ACL_TOKEN_HOLDER_H

#include "utils/uuid.h"

#include "context.h"

/*
 * token_holder_is_visible: whether the context's identity may see and end the personal tokens of
 * a user: its own, those of service accounts that it is responsible for, and all for an
 * administrator.  Decides by the context's snapshot, and raises nothing of its own.
 *
 * token_holder_is_service_account: whether a user is a service account, in the same snapshot.
 */
extern bool token_holder_is_visible(AccessContext *context, const pg_uuid_t *user_id);
extern bool token_holder_is_service_account(AccessContext *context, const pg_uuid_t *user_id);

#endif							/* MODELAPI_ACL_TOKEN_HOLDER_H */
