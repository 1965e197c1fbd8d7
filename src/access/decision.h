/*-------------------------------------------------------------------------
 *
 * decision.h
 *	  Whether an identity holds a permission.
 *
 * All functions read what the context's snapshot shows, and raise nothing of
 * their own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_DECISION_H
#define MODELAPI_ACL_DECISION_H

#include "utils/uuid.h"

#include "context.h"
#include "../terms.h"

/*
 * Whether the context's identity holds a permission on a model API.  facts may come
 * from another snapshot.  decision_permits_by_id: false for an id that does not exist.
 */
extern bool decision_permits(AccessContext *context, const ModelApiFacts *facts,
							 Permission permission);
extern bool decision_permits_by_id(AccessContext *context, const pg_uuid_t *model_api_id,
								   Permission permission);

/*
 * decision_permits_request: the same as decision_permits, for a request: nothing else is asked
 * of the context.  It reads no more grants than it needs, and keeps none.
 */
extern bool decision_permits_request(AccessContext *context, const ModelApiFacts *facts,
									 Permission permission);

/*
 * The same for a project and for an organization.  Whether it exists is not looked
 * up: an administrator is permitted everything.
 */
extern bool decision_permits_project(AccessContext *context, const pg_uuid_t *project_id,
									 ProjectPermission permission);
extern bool decision_permits_organization(AccessContext *context,
										  const pg_uuid_t *organization_id,
										  OrganizationPermission permission);

/*
 * decision_expect: tells that about so many model APIs will be asked about.  Changes no
 * answer, but reads the identity's grants at once where that is likely to be faster.
 */
extern void decision_expect(AccessContext *context, int model_apis);

/*
 * decision_permissions_by_id: for each permission, whether the context's identity holds it on
 * a model API; none for an id that does not exist.
 */
extern void decision_permissions_by_id(AccessContext *context, const pg_uuid_t *model_api_id,
									   bool held[PERMISSION_COUNT]);

/*
 * The effective access level on a model API; an administrator's is owner.  NONE for an id
 * that does not exist.
 */
extern AccessLevel decision_access_level(AccessContext *context, const pg_uuid_t *model_api_id);

/*
 * decision_reachable_objects: the objects on which the context's identity, a user, holds a
 * grant that may give a permission.  They are candidates: decision_permits still has to
 * decide on each row found through them.
 *
 * The grants on projects and those on model APIs together lead to all rows that the
 * user holds the permission on because of a grant.  through_projects matters to
 * permissions that need access to the project as well: with it, all projects with any
 * access are returned, and only those model APIs that are owned.
 *
 * Returns false if more than cap grants of the kind would have to be read.  *objects is
 * in the context's memory.
 */
extern bool decision_reachable_objects(AccessContext *context, GrantTarget target,
									   Permission permission, bool through_projects, int cap,
									   pg_uuid_t **objects, int *count);

/*
 * decision_reachable_projects: the same for a permission on projects, which a grant on the
 * project gives.  decision_permits_project decides.
 */
extern bool decision_reachable_projects(AccessContext *context, ProjectPermission permission,
										int cap, pg_uuid_t **projects, int *count);

/* Whether an object is one of those that decision_reachable_objects returns. */
extern bool decision_reaches(AccessContext *context, GrantTarget target,
							 const pg_uuid_t *object, Permission permission,
							 bool through_projects);

/*
 * The same for a permission that does not depend on visibility and mode: grants alone decide,
 * so that the row need not be read.
 */
extern bool decision_permits_by_grants(AccessContext *context, const pg_uuid_t *model_api_id,
									   const pg_uuid_t *project_id, Permission permission);

#endif							/* MODELAPI_ACL_DECISION_H */
