/*-------------------------------------------------------------------------
 *
 * preconditions.h
 *	  Checks that the SQL functions of the interface make first.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_PRECONDITIONS_H
#define MODELAPI_ACL_PRECONDITIONS_H

#include "utils/uuid.h"

#include "../terms.h"

/*
 * preconditions_require_permission: raises PT401, PT404 or 42501 unless the current user
 * holds a permission on a model API.  NULL is a model API that does not exist.
 *
 * preconditions_require_revoke_token: the same for the permission to revoke a token of a
 * model API; NULL for a token that does not exist.  Whoever made the token, made_by or NULL,
 * needs only the permission to create one.  Returns whether the user may revoke any token.
 */
extern void preconditions_require_permission(const pg_uuid_t *model_api_id, Permission permission);
extern bool preconditions_require_revoke_token(const pg_uuid_t *model_api_id, const pg_uuid_t *made_by);

/* The same for a permission on a project. */
extern void preconditions_require_project_permission(const pg_uuid_t *project_id,
													 ProjectPermission permission);

/* preconditions_require_user: the current user; raises PT401 if there is none. */
extern const pg_uuid_t *preconditions_require_user(void);

/*
 * Whether the current user holds a permission, by the active snapshot: for the choice of an
 * error.
 */
extern bool preconditions_has_permission(const pg_uuid_t *model_api_id, Permission permission);
extern bool preconditions_has_project_permission(const pg_uuid_t *project_id,
												 ProjectPermission permission);

/*
 * preconditions_require_changed: raises PT404 if an UPDATE or DELETE found no row, because it
 * was deleted or hidden after the check.
 *
 * preconditions_raise_not_removed: nothing was removed: PT404 for those who see what there is,
 * 42501 for others.
 *
 * Both raise 55000 instead where the extension's owner has lost its privileges.
 */
extern void preconditions_require_changed(bool changed, const char *what);
extern void preconditions_raise_not_removed(bool may_list, const char *what) pg_attribute_noreturn();

/*
 * preconditions_require_administrator: what each function for administrators begins with, in
 * addition to the EXECUTE privilege.  Raises an error in maintenance.
 */
extern void preconditions_require_administrator(void);

#endif							/* MODELAPI_ACL_PRECONDITIONS_H */
