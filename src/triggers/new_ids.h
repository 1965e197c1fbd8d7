/*-------------------------------------------------------------------------
 *
 * new_ids.h
 *	  Ids of new rows, which only the extension generates.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_NEW_IDS_H
#define MODELAPI_ACL_NEW_IDS_H

#include "utils/uuid.h"

/* Called by _PG_init: registers the callbacks at the end of (sub)transactions. */
extern void new_ids_initialize(void);

/*
 * new_ids_claim: uses an id for a new row.  Returns false unless modelapi_acl.new_id() generated
 * it in this transaction, and unless it is unused, or every use was rolled back.
 */
extern bool new_ids_claim(const pg_uuid_t *id);

#endif							/* MODELAPI_ACL_NEW_IDS_H */
