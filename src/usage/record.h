/*-------------------------------------------------------------------------
 *
 * record.h
 *	  What is counted and logged of a decision about a request.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_RECORD_H
#define MODELAPI_ACL_RECORD_H

#include "utils/uuid.h"

/* A decision about a request */
typedef struct UsageRecord
{
	const char *reason;
	bool		allowed;
	const pg_uuid_t *model_api_id;	/* as asked for; NULL: none */
	bool		model_api_exists;
	const pg_uuid_t *token_id;	/* NULL: no token was recognized */
	const pg_uuid_t *owner_id;	/* the token's model API, or the holder of a personal token */
	bool		is_personal;	/* a personal token */
	bool		by_old_secret;	/* accepted by a former secret */
	const pg_uuid_t *user_id;	/* whose token it is, or who the subject is; or NULL */
	TransactionId xmin;			/* of the snapshot that decided */
	TransactionId xmax;
} UsageRecord;

#endif							/* MODELAPI_ACL_RECORD_H */
