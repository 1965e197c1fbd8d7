/*-------------------------------------------------------------------------
 *
 * service_accounts.h
 *	  Who may manage a service account.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SERVICE_ACCOUNTS_H
#define MODELAPI_ACL_SERVICE_ACCOUNTS_H

#include "fmgr.h"
#include "utils/uuid.h"

/*
 * service_accounts_require: the service account that a username names (or, for administrators,
 * an id), if the current user may manage it: an administrator, or its responsible user by the
 * latest committed state.
 *
 * name may be NULL.  Raises PT401 if nobody is signed in, PT404 for an unknown name, 22023 if it
 * names a person or an organization, and 42501.
 */
extern pg_uuid_t service_accounts_require(text *name);

#endif							/* MODELAPI_ACL_SERVICE_ACCOUNTS_H */
