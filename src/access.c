/*-------------------------------------------------------------------------
 *
 * access.c
 *	  The one decision: who may do what.
 *
 * Everything that allows or denies - policies, functions, triggers - ends up
 * in access_permits() and its two siblings for projects and organizations.
 * The table of permissions stands here once, as data.
 *
 * A statement asks the same question for many rows.  An AccessContext holds
 * what one identity reaches in one snapshot: it answers the first rows by
 * probing the indexes of grants for each of them, which is all that a look-up
 * of one row needs, and when it turns out that there are many it reads all of
 * the identity's grants once and answers from a hash table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "grants.h"

/* ----------
 * The permissions of a model API
 * ----------
 */

/* Besides those who hold the level: every signed-in user, ... */
typedef enum OpenTo
{
	OPEN_TO_NOBODY,
	OPEN_WHEN_PUBLIC,			/* ... when the model API is public */
	OPEN_TO_VIEWERS_WHEN_UNRESTRICTED	/* ... who may view it, when unrestricted */
} OpenTo;

typedef struct PermissionRule
{
	const char *name;
	AccessLevel level;			/* the least that gives it */
	OpenTo		open_to;
	bool		needs_project_access;	/* below owner */
} PermissionRule;

static const PermissionRule permission_rules[PERMISSION_COUNT] =
{
	[PERMISSION_VIEW] = {"view", ACCESS_LEVEL_VIEWER, OPEN_WHEN_PUBLIC, false},
	[PERMISSION_VIEW_LOGS] = {"view_logs", ACCESS_LEVEL_VIEWER, OPEN_TO_NOBODY, false},
	[PERMISSION_INVOKE] = {"invoke", ACCESS_LEVEL_VIEWER, OPEN_TO_VIEWERS_WHEN_UNRESTRICTED, false},
	[PERMISSION_VIEW_SETTINGS] = {"view_settings", ACCESS_LEVEL_EDITOR, OPEN_TO_NOBODY, false},
	[PERMISSION_EDIT_SETTINGS] = {"edit_settings", ACCESS_LEVEL_EDITOR, OPEN_TO_NOBODY, false},
	[PERMISSION_DEPLOY_VERSION] = {"deploy_version", ACCESS_LEVEL_EDITOR, OPEN_TO_NOBODY, true},
	[PERMISSION_VIEW_AUDIT] = {"view_audit", ACCESS_LEVEL_EDITOR, OPEN_TO_NOBODY, false},
	[PERMISSION_VIEW_TOKENS] = {"view_tokens", ACCESS_LEVEL_EDITOR, OPEN_TO_NOBODY, false},
	[PERMISSION_CREATE_TOKEN] = {"create_token", ACCESS_LEVEL_EDITOR, OPEN_TO_NOBODY, false},
	[PERMISSION_REVOKE_TOKEN] = {"revoke_token", ACCESS_LEVEL_OWNER, OPEN_TO_NOBODY, false},
	[PERMISSION_VIEW_COLLABORATORS] = {"view_collaborators", ACCESS_LEVEL_EDITOR, OPEN_TO_NOBODY, false},
	[PERMISSION_MANAGE_COLLABORATORS] = {"manage_collaborators", ACCESS_LEVEL_OWNER, OPEN_TO_NOBODY, false},
	[PERMISSION_CHANGE_VISIBILITY] = {"change_visibility", ACCESS_LEVEL_OWNER, OPEN_TO_NOBODY, false},
	[PERMISSION_TRANSFER_OWNERSHIP] = {"transfer_ownership", ACCESS_LEVEL_OWNER, OPEN_TO_NOBODY, false},
	[PERMISSION_DELETE] = {"delete", ACCESS_LEVEL_OWNER, OPEN_TO_NOBODY, false},
};

/* The permissions of a project: the least level that gives each */
static const struct
{
	const char *name;
	AccessLevel level;
}			project_permission_rules[] =
{
	[PROJECT_PERMISSION_VIEW] = {"view_project", ACCESS_LEVEL_VIEWER},
	[PROJECT_PERMISSION_CREATE_MODEL_API] = {"create_model_api", ACCESS_LEVEL_EDITOR},
	[PROJECT_PERMISSION_VIEW_COLLABORATORS] = {"view_project_collaborators", ACCESS_LEVEL_EDITOR},
	[PROJECT_PERMISSION_MANAGE] = {"manage_project", ACCESS_LEVEL_OWNER},
};

/* ----------
 * What one may reach
 * ----------
 */

/*
 * The least level of a grant that leads to rows.  Where it takes access to the
 * project besides, an owner's grant alone does without: so all rows are either in
 * projects of any level, or owned.
 */
static AccessLevel
reach_level(GrantTarget target, Permission permission, bool through_projects)
{
	if (!through_projects || !permission_rules[permission].needs_project_access)
		return permission_rules[permission].level;
	return target == GRANT_ON_PROJECT ? ACCESS_LEVEL_VIEWER : ACCESS_LEVEL_OWNER;
}

bool
access_reach(AccessContext *context, GrantTarget target, Permission permission,
			 bool through_projects, int cap, pg_uuid_t **objects, int *count)
{
	return grants_at_least(context, target, reach_level(target, permission, through_projects),
						   cap, objects, count);
}

bool
access_reaches(AccessContext *context, GrantTarget target, const pg_uuid_t *object,
			   Permission permission, bool through_projects)
{
	return grants_level(context, target, object) >=
		reach_level(target, permission, through_projects);
}

bool
access_needs_project(Permission permission)
{
	return permission_rules[permission].needs_project_access;
}

bool
access_is_open_when_public(Permission permission)
{
	return permission_rules[permission].open_to != OPEN_TO_NOBODY;
}

/* ----------
 * Projects that are being inserted
 * ----------
 */

/*
 * INSERT ... RETURNING applies the SELECT policy before the AFTER trigger
 * has written the creator's grant.  Until then the creator is known from
 * this list.  It holds ids that the extension itself has just made, so an
 * entry whose row never came to be (ON CONFLICT DO NOTHING, an error) can't
 * stand for anything else; entries end with the trigger that writes the
 * grant, or with the transaction.
 */
typedef struct ProjectInProgress
{
	pg_uuid_t	project_id;
	pg_uuid_t	user_id;
	CommandId	command;
	char		status;			/* for simplehash */
} ProjectInProgress;

#define SH_PREFIX in_progress
#define SH_ELEMENT_TYPE ProjectInProgress
#define SH_KEY_TYPE pg_uuid_t
#define SH_KEY project_id
#define SH_HASH_KEY(tb, key) uuid_hash_of(&(key))
#define SH_EQUAL(tb, a, b) (memcmp(&(a), &(b), sizeof(pg_uuid_t)) == 0)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static in_progress_hash *projects_in_progress = NULL;	/* in TopTransactionContext */

static void
forget_projects_in_progress(void *arg)
{
	projects_in_progress = NULL;
}

void
access_begin_project(const pg_uuid_t *project_id, const pg_uuid_t *user_id)
{
	ProjectInProgress *project;
	bool		found;

	if (!projects_in_progress)
	{
		MemoryContextCallback *callback = MemoryContextAlloc(TopTransactionContext,
															 sizeof(MemoryContextCallback));

		callback->func = forget_projects_in_progress;
		callback->arg = NULL;
		projects_in_progress = in_progress_create(TopTransactionContext, 8, NULL);
		MemoryContextRegisterResetCallback(TopTransactionContext, callback);
	}
	project = in_progress_insert(projects_in_progress, *project_id, &found);
	project->user_id = *user_id;
	project->command = GetActiveSnapshot()->curcid;
}

void
access_end_project(const pg_uuid_t *project_id)
{
	if (projects_in_progress)
		(void) in_progress_delete(projects_in_progress, *project_id);
}

/* Only the statement that inserts it, hence the command's number. */
static bool
is_creating_project(AccessContext *context, const pg_uuid_t *project_id)
{
	ProjectInProgress *project = projects_in_progress ?
		in_progress_lookup(projects_in_progress, *project_id) : NULL;

	return project && project->command == context->key.curcid &&
		memcmp(&project->user_id, &context->identity.user_id, sizeof(pg_uuid_t)) == 0;
}

/* ----------
 * The decision
 * ----------
 */

static AccessLevel
project_level(AccessContext *context, const pg_uuid_t *project_id)
{
	return grants_level(context, GRANT_ON_PROJECT, project_id);
}

AccessLevel
access_level(AccessContext *context, const ModelApiFacts *facts)
{
	AccessLevel level;

	if (!access_is_signed_in(context))
		return ACCESS_LEVEL_NONE;
	if (access_is_administrator(context))
		return ACCESS_LEVEL_OWNER;
	level = project_level(context, &facts->project_id);
	if (level == ACCESS_LEVEL_OWNER)
		return level;
	return Max(level, grants_level(context, GRANT_ON_MODEL_API, &facts->id));
}

bool
access_rule_permits(Permission permission, Visibility visibility,
					AuthorizationMode authorization_mode,
					AccessLevel on_project, AccessLevel on_model_api)
{
	const PermissionRule *rule = &permission_rules[permission];
	AccessLevel level = Max(on_project, on_model_api);

	if (rule->open_to == OPEN_WHEN_PUBLIC && visibility == VISIBILITY_PUBLIC)
		return true;
	if (rule->open_to == OPEN_TO_VIEWERS_WHEN_UNRESTRICTED &&
		authorization_mode == AUTHORIZATION_UNRESTRICTED)
		return access_rule_permits(PERMISSION_VIEW, visibility, authorization_mode,
								   on_project, on_model_api);
	if (rule->needs_project_access && level < ACCESS_LEVEL_OWNER &&
		on_project == ACCESS_LEVEL_NONE)
		return false;
	return level >= rule->level;
}

bool
access_permits(AccessContext *context, const ModelApiFacts *facts, Permission permission)
{
	AccessLevel on_project;

	if (!access_is_signed_in(context))
		return false;
	if (access_is_administrator(context))
		return true;

	/*
	 * A grant more never takes a permission away: what is known so far may
	 * settle it, and mostly the project's grants do; then the others aren't
	 * read.
	 */
	if (access_rule_permits(permission, facts->visibility, facts->authorization_mode,
							ACCESS_LEVEL_NONE, ACCESS_LEVEL_NONE))
		return true;
	on_project = project_level(context, &facts->project_id);
	if (access_rule_permits(permission, facts->visibility, facts->authorization_mode,
							on_project, ACCESS_LEVEL_NONE))
		return true;
	return access_rule_permits(permission, facts->visibility, facts->authorization_mode,
							   on_project,
							   grants_level(context, GRANT_ON_MODEL_API, &facts->id));
}

bool
access_permits_another(AccessContext *context, const pg_uuid_t *user_id,
					   const ModelApiFacts *facts, Permission permission)
{
	return access_rule_permits(permission, facts->visibility, facts->authorization_mode,
							   grants_level_of_another(context, user_id, GRANT_ON_PROJECT,
													   &facts->project_id),
							   grants_level_of_another(context, user_id, GRANT_ON_MODEL_API,
													   &facts->id));
}

const ModelApiFacts *
access_model_api(AccessContext *context, const pg_uuid_t *model_api_id)
{
	if (!context->has_facts ||
		memcmp(&context->facts.id, model_api_id, sizeof(pg_uuid_t)) != 0)
	{
		context->has_facts = false;
		context->facts_found = store_model_api(model_api_id, context->snapshot,
											   &context->facts);
		context->facts.id = *model_api_id;
		context->has_facts = true;
	}
	return context->facts_found ? &context->facts : NULL;
}

bool
access_permits_project(AccessContext *context, const pg_uuid_t *project_id,
					   ProjectPermission permission)
{
	if (!access_is_signed_in(context))
		return false;
	if (access_is_administrator(context))
		return true;
	if (is_creating_project(context, project_id))
		return true;
	return project_level(context, project_id) >= project_permission_rules[permission].level;
}

bool
access_permits_organization(AccessContext *context, const pg_uuid_t *organization_id,
							OrganizationPermission permission)
{
	bool		is_admin;

	if (!access_is_signed_in(context))
		return false;
	if (access_is_administrator(context))
		return true;
	if (permission == ORGANIZATION_PERMISSION_VIEW_MEMBERS)
	{
		Principal	organization = {PRINCIPAL_ORGANIZATION, *organization_id};

		return access_holds_as(context, &organization);
	}
	return store_member(organization_id, &context->identity.user_id,
						context->snapshot, &is_admin) && is_admin;
}

/* ----------
 * Words for messages
 * ----------
 */

const char *
access_permission_name(Permission permission)
{
	return permission_rules[permission].name;
}

const char *
access_permission_hint(Permission permission)
{
	const PermissionRule *rule = &permission_rules[permission];

	if (rule->needs_project_access)
		return "It takes access level owner, or editor with access to the project as well.";
	switch (rule->level)
	{
		case ACCESS_LEVEL_VIEWER:
			return "It takes access level viewer or higher, on the model API or on its project.";
		case ACCESS_LEVEL_EDITOR:
			return "It takes access level editor or owner, on the model API or on its project.";
		default:
			return "It takes access level owner, on the model API or on its project.";
	}
}

const char *
access_project_permission_name(ProjectPermission permission)
{
	return project_permission_rules[permission].name;
}

const char *
access_project_permission_hint(ProjectPermission permission)
{
	switch (project_permission_rules[permission].level)
	{
		case ACCESS_LEVEL_VIEWER:
			return "It takes access level viewer or higher on the project.";
		case ACCESS_LEVEL_EDITOR:
			return "It takes access level editor or owner on the project.";
		default:
			return "It takes access level owner on the project.";
	}
}
