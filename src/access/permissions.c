/*-------------------------------------------------------------------------
 *
 * permissions.c
 *	  The table of permissions: who holds which, their names and hints.
 *
 * This is the only place where a permission is tied to an access level.  Nothing
 * here reads a table: decision.c finds the grants and asks this file.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "permissions.h"
#include "../terms.h"

/* ----------
 * The tables
 * ----------
 */

/* Who holds a permission without the access level */
typedef enum OpenTo
{
	OPEN_TO_NOBODY,
	OPEN_WHEN_PUBLIC,			/* all signed-in users, on public model APIs */
	OPEN_TO_VIEWERS_WHEN_UNRESTRICTED	/* all who may view an unrestricted one */
} OpenTo;

typedef struct PermissionRule
{
	const char *name;
	AccessLevel level;			/* the least that gives the permission */
	OpenTo		open_to;
	bool		needs_project_access;	/* besides the level, unless it is owner */
} PermissionRule;

static const PermissionRule permission_rules[PERMISSION_COUNT] =
{
	[PERMISSION_VIEW] = {.name = "view", .level = ACCESS_LEVEL_VIEWER, .open_to = OPEN_WHEN_PUBLIC},
	[PERMISSION_VIEW_LOGS] = {.name = "view_logs", .level = ACCESS_LEVEL_VIEWER},
	[PERMISSION_INVOKE] = {.name = "invoke", .level = ACCESS_LEVEL_VIEWER,
	.open_to = OPEN_TO_VIEWERS_WHEN_UNRESTRICTED},
	[PERMISSION_VIEW_SETTINGS] = {.name = "view_settings", .level = ACCESS_LEVEL_EDITOR},
	[PERMISSION_EDIT_SETTINGS] = {.name = "edit_settings", .level = ACCESS_LEVEL_EDITOR},
	[PERMISSION_DEPLOY_VERSION] = {.name = "deploy_version", .level = ACCESS_LEVEL_EDITOR,
	.needs_project_access = true},
	[PERMISSION_VIEW_AUDIT] = {.name = "view_audit", .level = ACCESS_LEVEL_EDITOR},
	[PERMISSION_VIEW_TOKENS] = {.name = "view_tokens", .level = ACCESS_LEVEL_EDITOR},
	[PERMISSION_CREATE_TOKEN] = {.name = "create_token", .level = ACCESS_LEVEL_EDITOR},
	[PERMISSION_REVOKE_TOKEN] = {.name = "revoke_token", .level = ACCESS_LEVEL_OWNER},
	[PERMISSION_VIEW_COLLABORATORS] = {.name = "view_collaborators", .level = ACCESS_LEVEL_EDITOR},
	[PERMISSION_MANAGE_COLLABORATORS] = {.name = "manage_collaborators", .level = ACCESS_LEVEL_OWNER},
	[PERMISSION_CHANGE_VISIBILITY] = {.name = "change_visibility", .level = ACCESS_LEVEL_OWNER},
	[PERMISSION_TRANSFER_OWNERSHIP] = {.name = "transfer_ownership", .level = ACCESS_LEVEL_OWNER},
	[PERMISSION_DELETE] = {.name = "delete", .level = ACCESS_LEVEL_OWNER},
};

static const struct
{
	const char *name;
	AccessLevel level;			/* the least that gives the permission */
}			project_permission_rules[] =
{
	[PROJECT_PERMISSION_VIEW] = {.name = "view_project", .level = ACCESS_LEVEL_VIEWER},
	[PROJECT_PERMISSION_CREATE_MODEL_API] = {.name = "create_model_api", .level = ACCESS_LEVEL_EDITOR},
	[PROJECT_PERMISSION_VIEW_COLLABORATORS] = {.name = "view_project_collaborators", .level = ACCESS_LEVEL_EDITOR},
	[PROJECT_PERMISSION_MANAGE] = {.name = "manage_project", .level = ACCESS_LEVEL_OWNER},
};

static const struct
{
	const char *name;
	const char *hint;
}			organization_permission_rules[] =
{
	[ORGANIZATION_PERMISSION_VIEW_MEMBERS] = {.name = "view_members", .hint = "Requires a member of the organization."},
	[ORGANIZATION_PERMISSION_MANAGE] = {.name = "manage_organization", .hint = "Requires an admin of the organization."},
};

/* ----------
 * The rule
 * ----------
 */

bool
permissions_rule_permits(Permission permission, Visibility visibility,
						 AuthorizationMode authorization_mode,
						 AccessLevel on_project, AccessLevel on_model_api)
{
	const PermissionRule *rule = &permission_rules[permission];
	AccessLevel level = Max(on_project, on_model_api);

	if (rule->open_to == OPEN_WHEN_PUBLIC && visibility == VISIBILITY_PUBLIC)
		return true;
	if (rule->open_to == OPEN_TO_VIEWERS_WHEN_UNRESTRICTED &&
		authorization_mode == AUTHORIZATION_UNRESTRICTED)
		return permissions_rule_permits(PERMISSION_VIEW, visibility, authorization_mode,
										on_project, on_model_api);
	if (rule->needs_project_access && level < ACCESS_LEVEL_OWNER &&
		on_project == ACCESS_LEVEL_NONE)
		return false;
	return level >= rule->level;
}

AccessLevel
permissions_reach_level(GrantTarget target, Permission permission, bool through_projects)
{
	if (!through_projects || !permission_rules[permission].needs_project_access)
		return permission_rules[permission].level;
	return target == GRANT_ON_PROJECT ? ACCESS_LEVEL_VIEWER : ACCESS_LEVEL_OWNER;
}

bool
permissions_needs_project_access(Permission permission)
{
	return permission_rules[permission].needs_project_access;
}

bool
permissions_is_open_when_public(Permission permission)
{
	return permission_rules[permission].open_to != OPEN_TO_NOBODY;
}

AccessLevel
permissions_project_level(ProjectPermission permission)
{
	return project_permission_rules[permission].level;
}

/* ----------
 * Names and hints
 * ----------
 */

const char *
permissions_name(Permission permission)
{
	return permission_rules[permission].name;
}

const char *
permissions_hint(Permission permission)
{
	const PermissionRule *rule = &permission_rules[permission];

	if (rule->needs_project_access)
		return "Requires access level owner, or editor together with access to the project.";
	switch (rule->level)
	{
		case ACCESS_LEVEL_VIEWER:
			return "Requires access level viewer or higher on the model API or on its project.";
		case ACCESS_LEVEL_EDITOR:
			return "Requires access level editor or owner on the model API or on its project.";
		default:
			return "Requires access level owner on the model API or on its project.";
	}
}

const char *
permissions_project_name(ProjectPermission permission)
{
	return project_permission_rules[permission].name;
}

const char *
permissions_project_hint(ProjectPermission permission)
{
	switch (project_permission_rules[permission].level)
	{
		case ACCESS_LEVEL_VIEWER:
			return "Requires access level viewer or higher on the project.";
		case ACCESS_LEVEL_EDITOR:
			return "Requires access level editor or owner on the project.";
		default:
			return "Requires access level owner on the project.";
	}
}

const char *
permissions_organization_name(OrganizationPermission permission)
{
	return organization_permission_rules[permission].name;
}

const char *
permissions_organization_hint(OrganizationPermission permission)
{
	return organization_permission_rules[permission].hint;
}
