/*-------------------------------------------------------------------------
 *
 * few_grants.h
 *	  The grants of principals who hold few.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_FEW_GRANTS_H
#define MODELAPI_ACL_FEW_GRANTS_H

#include "utils/uuid.h"

#include "context.h"
#include "../terms.h"

/*
 * few_grants_level: fills in the level of a principal's own grant on an object, NONE if there
 * is none or it is expired.  Returns false, with *level not set, if the principal holds many
 * grants of this kind, so that the index has to be probed for this one.
 */
extern bool few_grants_level(AccessContext *context, GrantTarget target,
							 const Principal *principal, const pg_uuid_t *object,
							 AccessLevel *level);

#endif							/* MODELAPI_ACL_FEW_GRANTS_H */
