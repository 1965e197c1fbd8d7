/*-------------------------------------------------------------------------
 *
 * known_model_apis.h
 *	  What a context knows of many model APIs, for statements that ask about many.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_KNOWN_MODEL_APIS_H
#define MODELAPI_ACL_KNOWN_MODEL_APIS_H

#include "utils/uuid.h"

#include "context.h"
#include "../terms.h"

/* All that a decision on one model API depends on */
typedef struct ModelApiAccess
{
	bool		exists;			/* if not, the other members are not set */
	Visibility	visibility;
	AuthorizationMode authorization_mode;
	AccessLevel on_project;		/* the user's highest levels; NONE for an administrator */
	AccessLevel on_model_api;
} ModelApiAccess;

/*
 * known_model_apis_find: fills *access, and returns true, if it is known without reading
 * the model API.  The context's identity must be a user or an administrator.
 *
 * private_will_do: to the caller, a public model API on which the user holds no grant is
 * the same as none.  *access may then tell that it does not exist.
 *
 * Counts as a question.  After many of them, reads the model APIs that the user reaches.
 */
extern bool known_model_apis_find(AccessContext *context, const pg_uuid_t *id,
								  bool private_will_do, ModelApiAccess *access);

/*
 * known_model_apis_remember: keeps what was read of a model API that was not known, if
 * that is cheap.  facts is NULL for one that does not exist.
 */
extern void known_model_apis_remember(AccessContext *context, const pg_uuid_t *id,
									  const ModelApiFacts *facts);

#endif							/* MODELAPI_ACL_KNOWN_MODEL_APIS_H */
