/*-------------------------------------------------------------------------
 *
 * permissions.h
 *	  The table of permissions: who holds which, their names and hints.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_PERMISSIONS_H
#define MODELAPI_ACL_PERMISSIONS_H

#include "../terms.h"

/*
 * permissions_rule_permits: whether an enabled, signed-in user whose highest grants on
 * the project and on the model API are the given ones (NONE: no grant) holds a
 * permission on the model API.  Reads nothing.  A higher grant never takes a
 * permission away.
 */
extern bool permissions_rule_permits(Permission permission, Visibility visibility,
									 AuthorizationMode authorization_mode,
									 AccessLevel on_project, AccessLevel on_model_api);

/* Whether a level below owner gives the permission only with access to the project. */
extern bool permissions_needs_project_access(Permission permission);

/* Whether users without a grant may hold the permission on public model APIs. */
extern bool permissions_is_open_when_public(Permission permission);

/* The least access level that gives a permission on a project. */
extern AccessLevel permissions_project_level(ProjectPermission permission);

/*
 * permissions_reach_level: the least level of a grant on a target that may give a
 * permission.  If the permission needs access to the project and through_projects is
 * true, this covers all rows by projects with any access, and by model APIs that are
 * owned.
 */
extern AccessLevel permissions_reach_level(GrantTarget target, Permission permission,
										   bool through_projects);

/* A permission's name; a hint, a full sentence, that says what it requires. */
extern const char *permissions_name(Permission permission);
extern const char *permissions_hint(Permission permission);
extern const char *permissions_project_name(ProjectPermission permission);
extern const char *permissions_project_hint(ProjectPermission permission);
extern const char *permissions_organization_name(OrganizationPermission permission);
extern const char *permissions_organization_hint(OrganizationPermission permission);

#endif							/* MODELAPI_ACL_PERMISSIONS_H */
