/*-------------------------------------------------------------------------
 *
 * token_lifetime.h
 *	  The setting that limits how long a secret may live, of access tokens and personal ones, and
 *	  with it the overlap of a former secret.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_TOKEN_LIFETIME_H
#define MODELAPI_ACL_TOKEN_LIFETIME_H

#include "datatype/timestamp.h"

/* Called by _PG_init: defines the setting. */
extern void token_lifetime_initialize(void);

/*
 * token_lifetime_limit: the latest moment at which a secret that was made at a time may end;
 * DT_NOEND if the setting sets no limit.
 *
 * token_lifetime_require: raises 22023 unless a secret that was made at a time may live until
 * expires_at, DT_NOEND for ever.
 */
extern TimestampTz token_lifetime_limit(TimestampTz made_at);
extern void token_lifetime_require(TimestampTz made_at, TimestampTz expires_at);

#endif							/* MODELAPI_ACL_TOKEN_LIFETIME_H */
