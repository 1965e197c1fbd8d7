/*-------------------------------------------------------------------------
 *
 * errors.c
 *	  The errors of refused access, each message once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "errors.h"
#include "permissions.h"
#include "../terms.h"

void
errors_raise_not_signed_in(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_MODELAPI_NOT_SIGNED_IN),
			 errmsg("nobody is signed in"),
			 errhint("A backend states the user with set_session_user, first in the transaction; PostgREST sends the claims of a JSON Web Token.")));
}

void
errors_raise_no_owner(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_MODELAPI_NOT_SIGNED_IN),
			 errmsg("nobody is signed in"),
			 errdetail("What is created needs a user as its first owner."),
			 errhint("State the user with set_session_user, first in the transaction.")));
}

void
errors_raise_not_administrator(bool without_user)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("only administrators can do this"),
			 without_user ?
			 errhint("Use a role with the privileges of modelapi_acl_admin, in a transaction in which no user was stated.") :
			 errhint("Use a role with the privileges of modelapi_acl_admin, outside of maintenance commands.")));
}

void
errors_raise_denied_personal_token(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for personal token"),
			 errhint("This requires its holder, or for a service account the responsible user or an administrator.")));
}

void
errors_raise_not_found(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_MODELAPI_NOT_FOUND),
			 errmsg("%s not found", what),
			 errdetail("It does not exist, or the current user may not see it.")));
}

pg_attribute_noreturn() static void
raise_denied(const char *permission, const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission \"%s\" denied for %s", permission, what),
			 errhint("%s", hint)));
}

void
errors_raise_denied(Permission permission)
{
	raise_denied(permissions_name(permission), "model API", permissions_hint(permission));
}

void
errors_raise_denied_project(ProjectPermission permission)
{
	raise_denied(permissions_project_name(permission), "project",
				 permissions_project_hint(permission));
}

void
errors_raise_denied_organization(OrganizationPermission permission)
{
	raise_denied(permissions_organization_name(permission), "organization",
				 permissions_organization_hint(permission));
}
