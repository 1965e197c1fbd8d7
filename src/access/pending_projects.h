/*-------------------------------------------------------------------------
 *
 * pending_projects.h
 *	  Projects whose INSERT is in progress.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_PENDING_PROJECTS_H
#define MODELAPI_ACL_PENDING_PROJECTS_H

#include "utils/uuid.h"

#include "context.h"

/*
 * pending_projects_add: the current statement is inserting a project, whose creator is
 * its owner from now on.  project_id is an id that new_ids_claim has accepted.
 * pending_projects_remove: the owner's grant has been written.
 */
extern void pending_projects_add(const pg_uuid_t *project_id, const pg_uuid_t *user_id);
extern void pending_projects_remove(const pg_uuid_t *project_id);

/*
 * pending_projects_is_creator: whether the context's user is the creator of such a
 * project.  True only in the statement that inserts it.
 */
extern bool pending_projects_is_creator(AccessContext *context, const pg_uuid_t *project_id);

#endif							/* MODELAPI_ACL_PENDING_PROJECTS_H */
