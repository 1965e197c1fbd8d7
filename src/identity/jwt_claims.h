/*-------------------------------------------------------------------------
 *
 * jwt_claims.h
 *	  Finds the user whom the claims of a JSON Web Token name.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_JWT_CLAIMS_H
#define MODELAPI_ACL_JWT_CLAIMS_H

#include "utils/snapshot.h"
#include "utils/uuid.h"

/* Whom the claims name */
typedef enum ClaimsVerdict
{
	CLAIMS_STATE_NOTHING,		/* no claims that count, or none named "sub" */
	CLAIMS_NAME_NOBODY,			/* no JSON object, no single string "sub", or no enabled user */
	CLAIMS_NAME_USER
} ClaimsVerdict;

/*
 * jwt_claims_find_user: the user whom the claim "sub" of request.jwt.claims names, by an
 * external_id, or else by the id; the snapshot shows the users.
 *
 * Fills in *user_id for CLAIMS_NAME_USER.  Raises no error, whatever the claims are.
 */
extern ClaimsVerdict jwt_claims_find_user(Snapshot snapshot, pg_uuid_t *user_id);

#endif							/* MODELAPI_ACL_JWT_CLAIMS_H */
