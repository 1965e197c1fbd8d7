/*-------------------------------------------------------------------------
 *
 * personal_token_rights.h
 *	  What the current user may do with a personal token.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_PERSONAL_TOKEN_RIGHTS_H
#define MODELAPI_ACL_PERSONAL_TOKEN_RIGHTS_H

#include "utils/uuid.h"

typedef struct PersonalTokenRights
{
	bool		is_administrator;	/* who resumes what an administrator has suspended */
	bool		may_change;		/* regenerate, rename, move the expiry: not an administrator with a
								 * person's token, since nobody gets a secret of somebody else */
} PersonalTokenRights;

/*
 * personal_token_rights_find: whether an id is of a personal token that the current user may
 * see, and so end and suspend; if so, fills in the rest.  Judged by a new snapshot;
 * personal_token_guard.c judges again when the row is written.
 */
extern bool personal_token_rights_find(const pg_uuid_t *id, PersonalTokenRights *rights);

#endif							/* MODELAPI_ACL_PERSONAL_TOKEN_RIGHTS_H */
