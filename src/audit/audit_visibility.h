/*-------------------------------------------------------------------------
 *
 * audit_visibility.h
 *	  Who sees which audit events.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_AUDIT_VISIBILITY_H
#define MODELAPI_ACL_AUDIT_VISIBILITY_H

#include "../access/context.h"

/*
 * audit_visibility_permits: whether the current user may see events about a model API, in a
 * project; either may be NULL.  Reads with the context's snapshot.
 */
extern bool audit_visibility_permits(AccessContext *context, const pg_uuid_t *project_id,
									 const pg_uuid_t *model_api_id);

#endif							/* MODELAPI_ACL_AUDIT_VISIBILITY_H */
