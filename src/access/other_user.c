/*-------------------------------------------------------------------------
 *
 * other_user.c
 *	  Permissions of another user, as far as the current user may know of them.
 *
 * The rule is the same as for the current user (permissions.c), but the other
 * user's grants are not cached, and those that would reveal the members of an
 * organization to somebody who may not see them are left out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "other_user.h"
#include "context.h"
#include "decision.h"
#include "permissions.h"
#include "../catalog/grant_read.h"
#include "../catalog/table_read.h"
#include "../terms.h"

/* State of a search through the organizations' grants on one object */
typedef struct OtherUserProbe
{
	AccessContext *context;
	const pg_uuid_t *user_id;
	AccessLevel level;			/* the highest so far */
} OtherUserProbe;

/* A GrantConsumer. */
static bool
probe_organization(const pg_uuid_t *organization, AccessLevel level, void *arg)
{
	OtherUserProbe *probe = (OtherUserProbe *) arg;

	if (level > probe->level &&
		decision_permits_organization(probe->context, organization,
									  ORGANIZATION_PERMISSION_VIEW_MEMBERS) &&
		table_read_member(organization, probe->user_id, probe->context->snapshot, NULL))
		probe->level = level;
	return probe->level != ACCESS_LEVEL_OWNER;
}

/* The highest unexpired level of the user on one object, with the same exception. */
static AccessLevel
level_on(AccessContext *context, const pg_uuid_t *user_id, GrantTarget target,
		 const pg_uuid_t *object)
{
	Principal	user = {PRINCIPAL_USER, *user_id};
	OtherUserProbe probe = {context, user_id, ACCESS_LEVEL_NONE};

	probe.level = grant_read_level(target, &user, object, &context->clock, context->snapshot);
	if (probe.level != ACCESS_LEVEL_OWNER)
		(void) grant_read_each_organization_on(target, object, PG_INT32_MAX - 1, &context->clock,
											   context->snapshot, probe_organization, &probe);
	return probe.level;
}

bool
other_user_permits(AccessContext *context, const pg_uuid_t *user_id,
				   const ModelApiFacts *facts, Permission permission)
{
	return permissions_rule_permits(permission, facts->visibility, facts->authorization_mode,
									level_on(context, user_id, GRANT_ON_PROJECT,
											 &facts->project_id),
									level_on(context, user_id, GRANT_ON_MODEL_API, &facts->id));
}
