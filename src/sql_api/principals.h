/*-------------------------------------------------------------------------
 *
 * principals.h
 *	  Looks up the users and organizations that arguments of functions name.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_PRINCIPALS_H
#define MODELAPI_ACL_PRINCIPALS_H

#include "fmgr.h"
#include "utils/uuid.h"

#include "../access/context.h"
#include "../catalog/table_read.h"

/*
 * principals_require_user: the user whom a username or an email address names; raises
 * 22023 if there is none, or if it names an organization.
 */
extern pg_uuid_t principals_require_user(const char *name);

/*
 * principals_find_account: the user whom a username names, or for administrators also an id;
 * false if there is none.  Raises 22023 for the name of an organization.
 */
extern bool principals_find_account(AccessContext *context, const char *name, pg_uuid_t *user_id);

/*
 * principals_require_responsible: the enabled person whom a username or an email address names,
 * or, where the role is an administrator's, also an id.  Raises 22023 for anybody else and for
 * NULL.
 */
extern pg_uuid_t principals_require_responsible(text *name);

/*
 * principals_names_current_user: whether a username or an email address is the current
 * user's own.  Looks up no other user; false for administrators.
 */
extern bool principals_names_current_user(AccessContext *context, const char *name);

/*
 * principals_require_argument: the user or organization that a text argument names, by the
 * active snapshot.  Raises 22023 for NULL and for an unknown name.
 */
extern Principal principals_require_argument(FunctionCallInfo fcinfo, int argument);

#endif							/* MODELAPI_ACL_PRINCIPALS_H */
