/*-------------------------------------------------------------------------
 *
 * token_read.h
 *	  Reads access tokens and the digests of their secrets.
 *
 * As the functions of table_read.h, these bypass privileges and row-level security, hold
 * AccessShareLock only while they read, raise errors only for a damaged installation, and
 * allocate nothing but texts of the result, in the current memory context.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_TOKEN_READ_H
#define MODELAPI_ACL_TOKEN_READ_H

#include "datatype/timestamp.h"
#include "utils/snapshot.h"
#include "utils/uuid.h"

#include "index_read.h"
#include "../terms.h"

/* What a decision needs to know about an access token and the secret that was sent */
typedef struct TokenFacts
{
	pg_uuid_t	id;
	pg_uuid_t	model_api_id;
	char	   *name;
	char	   *metadata;		/* a JSON object as text, or NULL */
	TimestampTz expires_at;		/* DT_NOEND: never */
	bool		is_revoked;
	bool		is_suspended;
	TimestampTz revoked_at;		/* if it is */
	TimestampTz suspended_at;
	bool		is_former;		/* the secret is not the token's current one */
	TimestampTz former_until;	/* if so, when its overlap ends or ended */
} TokenFacts;

/*
 * token_read_by_digest: the token with a secret, by the digest of the secret.  One probe of an
 * index: the row of the digest has copies of the token's columns.
 *
 * token_read_by_id: the token's own row; is_former is then false.
 *
 * Both return false if there is none.
 */
extern bool token_read_by_digest(const uint8 digest[TOKEN_DIGEST_LENGTH], Snapshot snapshot,
								 TokenFacts *facts);
extern bool token_read_by_id(const pg_uuid_t *id, Snapshot snapshot, TokenFacts *facts);

/* For personal_token_read.c, whose tables have the same columns at other places */

typedef union DigestKey
{
	struct varlena header;
	char		bytes[VARHDRSZ + TOKEN_DIGEST_LENGTH];
} DigestKey;

/*
 * token_read_key: a scan key for a digest in the first column; it points to the space.
 *
 * token_read_state: the expiry, the revocation and the suspension, which are in three columns
 * one after the other.
 *
 * token_read_metadata: the text of a column of jsonb, palloc'd, or NULL.
 */
extern void token_read_key(ScanKey key, DigestKey *space, const uint8 digest[TOKEN_DIGEST_LENGTH]);
extern void token_read_state(IndexRead *scan, AttrNumber expires_at, TokenFacts *facts);
extern char *token_read_metadata(IndexRead *scan, AttrNumber column);

#endif							/* MODELAPI_ACL_TOKEN_READ_H */
