/*-------------------------------------------------------------------------
 *
 * creation_limits.h
 *	  Settings that limit who may create projects and organizations, and how
 *	  many organizations.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_CREATION_LIMITS_H
#define MODELAPI_ACL_CREATION_LIMITS_H

#include "utils/uuid.h"

/* Called by _PG_init: defines the settings. */
extern void creation_limits_initialize(void);

/*
 * Each raises insufficient_privilege (42501) where a setting allows only
 * sessions with the role modelapi_acl_admin to create.
 */
extern void creation_limits_require_may_create_project(void);
extern void creation_limits_require_may_create_organization(void);

/*
 * creation_limits_check_count: raises insufficient_privilege (42501) if the
 * creator has created more organizations than the setting allows, as of the
 * latest committed state.  Administrators are not limited.  Locks the creator's
 * counter until the end of the transaction.
 */
extern void creation_limits_check_count(const pg_uuid_t *creator);

#endif							/* MODELAPI_ACL_CREATION_LIMITS_H */
