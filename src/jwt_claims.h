/*-------------------------------------------------------------------------
 *
 * jwt_claims.h
 *	  Who is asking, by the claims of a JSON Web Token.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JWT_CLAIMS_H
#define JWT_CLAIMS_H

/* What claims say of who is asking */
typedef enum ClaimsVerdict
{
	CLAIMS_STATE_NOTHING,		/* no claims, or none named "sub" */
	CLAIMS_UNREADABLE,
	CLAIMS_NAME_SUBJECT
} ClaimsVerdict;

/*
 * Looks for the text claim "sub" of a JSON object, and puts a palloc'd copy into *subject.
 * Anything that isn't an object, and a claim "sub" that is no string or there twice, is
 * unreadable.  Raises no error for any text.
 */
extern ClaimsVerdict jwt_claims_read(const char *json, char **subject);

#endif							/* JWT_CLAIMS_H */
