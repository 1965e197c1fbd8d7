/*-------------------------------------------------------------------------
 *
 * known_projects.h
 *	  Which projects exist, for statements that ask about many rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_KNOWN_PROJECTS_H
#define MODELAPI_ACL_KNOWN_PROJECTS_H

#include "utils/uuid.h"

#include "context.h"

/* known_projects_exists: whether the context's snapshot shows a project. */
extern bool known_projects_exists(AccessContext *context, const pg_uuid_t *id);

#endif							/* MODELAPI_ACL_KNOWN_PROJECTS_H */
