/*-------------------------------------------------------------------------
 *
 * current_role.c
 *	  What the database role of the current user allows, whichever user of the
 *	  extension was stated.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "replication/logicalworker.h"
#include "utils/acl.h"
#include "utils/rls.h"

#include "current_role.h"

#define ADMIN_ROLE "modelapi_acl_admin"
#define LOG_WRITER_ROLE "modelapi_acl_log_writer"

Oid
current_role_effective(void)
{
	return InSecurityRestrictedOperation() || InLocalUserIdChange() ? InvalidOid : GetUserId();
}

bool
current_role_is_administrator(void)
{
	Oid			role = current_role_effective();
	Oid			admin = get_role_oid(ADMIN_ROLE, true);

	return OidIsValid(role) && OidIsValid(admin) && has_privs_of_role(role, admin);
}

bool
current_role_may_administer(void)
{
	Oid			admin = get_role_oid(ADMIN_ROLE, true);

	return !InSecurityRestrictedOperation() && OidIsValid(admin) &&
		has_privs_of_role(GetUserId(), admin);
}

bool
current_role_may_write_logs(void)
{
	Oid			log_writer = get_role_oid(LOG_WRITER_ROLE, true);

	return OidIsValid(log_writer) && has_privs_of_role(GetUserId(), log_writer);
}

bool
current_role_bypasses_guards(void)
{
	Oid			role = current_role_effective();

	return (!row_security || IsLogicalWorker()) && OidIsValid(role) && superuser_arg(role);
}
