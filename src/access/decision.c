/*-------------------------------------------------------------------------
 *
 * decision.c
 *	  Whether an identity holds a permission.
 *
 * Everything that allows or denies - policies, functions, triggers - ends up in
 * decision_permits() or in its siblings for projects and organizations.  They find
 * the identity's grants (grants.c) and apply the table of permissions
 * (permissions.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "decision.h"
#include "context.h"
#include "grants.h"
#include "known_model_apis.h"
#include "pending_projects.h"
#include "permissions.h"
#include "../catalog/table_read.h"
#include "../terms.h"

/* ----------
 * Permissions
 * ----------
 */

static AccessLevel
project_level(AccessContext *context, const pg_uuid_t *project_id)
{
	return grants_level(context, GRANT_ON_PROJECT, project_id);
}

static AccessLevel
access_level(AccessContext *context, const ModelApiFacts *facts)
{
	AccessLevel level;

	if (context_is_administrator(context))
		return ACCESS_LEVEL_OWNER;
	level = project_level(context, &facts->project_id);
	if (level == ACCESS_LEVEL_OWNER)
		return level;
	return Max(level, grants_level(context, GRANT_ON_MODEL_API, &facts->id));
}

bool
decision_permits(AccessContext *context, const ModelApiFacts *facts, Permission permission)
{
	AccessLevel on_project;

	if (!context_is_signed_in(context))
		return false;
	if (context_is_administrator(context))
		return true;

	/*
	 * One more grant never takes a permission away.  So try without grants,
	 * then with the project's, which mostly settle it; only then are the
	 * model API's read.
	 */
	if (permissions_rule_permits(permission, facts->visibility, facts->authorization_mode,
								 ACCESS_LEVEL_NONE, ACCESS_LEVEL_NONE))
		return true;
	on_project = project_level(context, &facts->project_id);
	if (permissions_rule_permits(permission, facts->visibility, facts->authorization_mode,
								 on_project, ACCESS_LEVEL_NONE))
		return true;
	return permissions_rule_permits(permission, facts->visibility, facts->authorization_mode,
									on_project,
									grants_level(context, GRANT_ON_MODEL_API, &facts->id));
}

/*
 * The user's own grants take a descent of an index each, those of organizations two or more.
 * As one more grant never takes a permission away, stop at the first that suffices.
 */
bool
decision_permits_request(AccessContext *context, const ModelApiFacts *facts, Permission permission)
{
	AccessLevel on_project = ACCESS_LEVEL_NONE;
	AccessLevel on_model_api = ACCESS_LEVEL_NONE;

#define SUFFICES() \
	permissions_rule_permits(permission, facts->visibility, facts->authorization_mode, \
							 on_project, on_model_api)
	if (context->identity.kind != IDENTITY_USER)
		return decision_permits(context, facts, permission);
	if (SUFFICES())
		return true;
	on_project = grants_own_level(context, GRANT_ON_PROJECT, &facts->project_id);
	if (SUFFICES())
		return true;
	on_model_api = grants_own_level(context, GRANT_ON_MODEL_API, &facts->id);
	if (SUFFICES())
		return true;
	on_project = Max(on_project,
					 grants_organizations_level(context, GRANT_ON_PROJECT, &facts->project_id));
	if (SUFFICES())
		return true;
	on_model_api = Max(on_model_api,
					   grants_organizations_level(context, GRANT_ON_MODEL_API, &facts->id));
	return SUFFICES();
#undef SUFFICES
}

bool
decision_permits_project(AccessContext *context, const pg_uuid_t *project_id,
						 ProjectPermission permission)
{
	if (!context_is_signed_in(context))
		return false;
	if (context_is_administrator(context))
		return true;
	if (pending_projects_is_creator(context, project_id))
		return true;
	return project_level(context, project_id) >= permissions_project_level(permission);
}

bool
decision_permits_organization(AccessContext *context, const pg_uuid_t *organization_id,
							  OrganizationPermission permission)
{
	bool		is_admin;

	if (!context_is_signed_in(context))
		return false;
	if (context_is_administrator(context))
		return true;
	if (permission == ORGANIZATION_PERMISSION_VIEW_MEMBERS)
	{
		Principal	organization = {PRINCIPAL_ORGANIZATION, *organization_id};

		return context_matches_principal(context, &organization);
	}
	return table_read_member(organization_id, &context->identity.user_id,
							 context->snapshot, &is_admin) && is_admin;
}

/* The same as decision_permits(), with the levels that the user holds. */
static bool
permits_with(AccessContext *context, const ModelApiAccess *access, Permission permission)
{
	if (!access->exists)
		return false;
	return context_is_administrator(context) ||
		permissions_rule_permits(permission, access->visibility, access->authorization_mode,
								 access->on_project, access->on_model_api);
}

bool
decision_permits_by_id(AccessContext *context, const pg_uuid_t *model_api_id, Permission permission)
{
	const ModelApiFacts *facts;
	ModelApiAccess access;

	if (!context_is_signed_in(context))
		return false;
	if (known_model_apis_find(context, model_api_id, !permissions_is_open_when_public(permission),
							  &access))
		return permits_with(context, &access, permission);
	facts = context_find_model_api(context, model_api_id);
	known_model_apis_remember(context, model_api_id, facts);
	return facts != NULL && decision_permits(context, facts, permission);
}

void
decision_permissions_by_id(AccessContext *context, const pg_uuid_t *model_api_id,
						   bool held[PERMISSION_COUNT])
{
	const ModelApiFacts *facts = NULL;
	ModelApiAccess access = {false};
	bool		is_known;

	memset(held, 0, sizeof(bool) * PERMISSION_COUNT);
	if (!context_is_signed_in(context))
		return;
	is_known = known_model_apis_find(context, model_api_id, false, &access);
	if (!is_known)
	{
		facts = context_find_model_api(context, model_api_id);
		known_model_apis_remember(context, model_api_id, facts);
	}
	for (int i = 0; i < PERMISSION_COUNT; i++)
		held[i] = is_known ? permits_with(context, &access, (Permission) i) :
			facts != NULL && decision_permits(context, facts, (Permission) i);
}

AccessLevel
decision_access_level(AccessContext *context, const pg_uuid_t *model_api_id)
{
	const ModelApiFacts *facts;
	ModelApiAccess access;

	if (!context_is_signed_in(context))
		return ACCESS_LEVEL_NONE;
	if (known_model_apis_find(context, model_api_id, true, &access))
	{
		if (!access.exists)
			return ACCESS_LEVEL_NONE;
		return context_is_administrator(context) ? ACCESS_LEVEL_OWNER :
			Max(access.on_project, access.on_model_api);
	}
	facts = context_find_model_api(context, model_api_id);
	known_model_apis_remember(context, model_api_id, facts);
	return facts ? access_level(context, facts) : ACCESS_LEVEL_NONE;
}

bool
decision_permits_by_grants(AccessContext *context, const pg_uuid_t *model_api_id,
						   const pg_uuid_t *project_id, Permission permission)
{
	ModelApiFacts facts = {0};

	facts.id = *model_api_id;
	facts.project_id = *project_id;
	facts.visibility = VISIBILITY_PRIVATE;
	return decision_permits(context, &facts, permission);
}

/* ----------
 * Candidates
 * ----------
 */

bool
decision_reachable_objects(AccessContext *context, GrantTarget target, Permission permission,
						   bool through_projects, int cap, pg_uuid_t **objects, int *count)
{
	return grants_at_least(context, target, permissions_reach_level(target, permission, through_projects),
						   cap, objects, count);
}

void
decision_expect(AccessContext *context, int model_apis)
{
	if (context->identity.kind != IDENTITY_USER)
		return;
	grants_expect(context, GRANT_ON_PROJECT, model_apis);
	grants_expect(context, GRANT_ON_MODEL_API, model_apis);
}

bool
decision_reachable_projects(AccessContext *context, ProjectPermission permission, int cap,
							pg_uuid_t **projects, int *count)
{
	return grants_at_least(context, GRANT_ON_PROJECT, permissions_project_level(permission),
						   cap, projects, count);
}

bool
decision_reaches(AccessContext *context, GrantTarget target, const pg_uuid_t *object,
				 Permission permission, bool through_projects)
{
	return grants_level(context, target, object) >=
		permissions_reach_level(target, permission, through_projects);
}
