/*-------------------------------------------------------------------------
 *
 * personal_token_read.h
 *	  Reads personal tokens, the digests of their secrets and their model APIs.
 *
 * As the functions of table_read.h, these bypass privileges and row-level security.  In an
 * installation of 1.0, which has no personal tokens, they find none.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_PERSONAL_TOKEN_READ_H
#define MODELAPI_ACL_PERSONAL_TOKEN_READ_H

#include "utils/snapshot.h"
#include "utils/uuid.h"

#include "token_read.h"
#include "../terms.h"

/* What a decision needs to know about a personal token and the secret that was sent */
typedef struct PersonalTokenFacts
{
	TokenFacts	token;			/* without model_api_id */
	pg_uuid_t	user_id;		/* the holder */
	bool		is_limited;		/* to the model APIs of a list */
} PersonalTokenFacts;

/* Called for each model API that a token is limited to. */
typedef void (*PersonalTokenConsumer) (const pg_uuid_t *model_api_id, void *arg);

/* personal_token_read_holder: whether a token exists; if so, fills in its holder. */
extern bool personal_token_read_holder(const pg_uuid_t *id, Snapshot snapshot, pg_uuid_t *user_id);

/*
 * personal_token_read_by_digest: the token that has or had a secret, by the digest of the
 * secret.  Allocates texts in the current memory context.  False if there is none.
 *
 * personal_token_read_by_id: the same by the token's id; is_former is then false.
 */
extern bool personal_token_read_by_digest(const uint8 digest[TOKEN_DIGEST_LENGTH], Snapshot snapshot,
										  PersonalTokenFacts *facts);
extern bool personal_token_read_by_id(const pg_uuid_t *id, Snapshot snapshot,
									  PersonalTokenFacts *facts);

/* personal_token_read_lists: whether a model API is among those that a token is limited to. */
extern bool personal_token_read_lists(const pg_uuid_t *id, const pg_uuid_t *model_api_id,
									  Snapshot snapshot);

/* personal_token_read_each_model_api: calls consume for each of them, in no order. */
extern void personal_token_read_each_model_api(const pg_uuid_t *id, Snapshot snapshot,
											   PersonalTokenConsumer consume, void *arg);

#endif							/* MODELAPI_ACL_PERSONAL_TOKEN_READ_H */
