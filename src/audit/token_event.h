/*-------------------------------------------------------------------------
 *
 * token_event.h
 *	  What events of tokens tell of their former secrets.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_TOKEN_EVENT_H
#define MODELAPI_ACL_TOKEN_EVENT_H

#include "datatype/timestamp.h"
#include "utils/uuid.h"

/*
 * token_event_former: the object {"former_until": …}, in the current memory context.
 *
 * token_event_add_former: values with "former_until", when the overlap of a token's former
 * secret ends; unchanged if the token, of either kind, has none.  values is a jsonb object.
 * Sees what earlier commands of the transaction wrote.
 */
extern Datum token_event_former(TimestampTz until);
extern Datum token_event_add_former(const pg_uuid_t *token_id, Datum values);

#endif							/* MODELAPI_ACL_TOKEN_EVENT_H */
