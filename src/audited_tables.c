/*-------------------------------------------------------------------------
 *
 * audited_tables.c
 *	  What is audited: which kind of object a row of a table is, and which columns
 *	  make which action when they change.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "audited_tables.h"

#define GRANT_COLUMNS {"user_id", "organization_id", "access_level", "expires_at"}
#define GRANT_CHANGES {{"access_level", "expires_at", "changed", NULL, {"access_level", "expires_at"}, true}}

static const AuditedTable audited_tables[] =
{
	{
		"users", "user", "user", "id", NULL, NULL, "created", "deleted", true,
		{"username", "full_name", "disabled_at"}, {NULL},
		{
			{"username", NULL, "renamed", NULL, {"username"}},
			{"full_name", NULL, "full_name_changed", NULL, {"full_name"}},
			{"disabled_at", NULL, "disabled", "enabled", {"disabled_at"}, true}
		}
	},
	{
		/* personal: that it changed is told, never from what to what */
		"user_identities", "user", "user", "user_id", NULL, NULL, "identity_added", "identity_removed", true,
		{NULL}, {NULL},
		{
			{"email", NULL, "email_changed", NULL, {NULL}, true},
			{"external_id", NULL, "external_id_changed", NULL, {NULL}, true}
		}
	},
	{
		"organizations", "organization", "organization", "id", NULL, NULL, "created", "deleted", true,
		{"name", "full_name"}, {NULL},
		{
			{"name", NULL, "renamed", NULL, {"name"}},
			{"full_name", NULL, "full_name_changed", NULL, {"full_name"}}
		}
	},
	{
		"organization_members", "organization_member", "organization", "organization_id",
		NULL, NULL, "added", "removed", true,
		{"user_id", "is_admin"}, {"user_id"},
		{
			{"is_admin", NULL, "changed", NULL, {"is_admin"}, true}
		}
	},
	{
		"projects", "project", "project", "id", "id", NULL, "created", "deleted", true,
		{"name", "description"}, {NULL},
		{
			{"name", NULL, "renamed", NULL, {"name"}},
			{"description", NULL, "description_changed", NULL, {"description"}}
		}
	},
	{
		"project_collaborators", "collaborator", "project_collaborator", "id",
		"project_id", NULL, "added", "removed", true,
		GRANT_COLUMNS, {"user_id", "organization_id"}, GRANT_CHANGES
	},
	{
		"model_apis", "model_api", "model_api", "id", "project_id", "id", "created", "deleted", true,
		{"name", "description", "visibility", "authorization_mode", "invocation_mode"}, {NULL},
		{
			{"name", NULL, "renamed", NULL, {"name"}},
			{"description", NULL, "description_changed", NULL, {"description"}},
			{"visibility", NULL, "visibility_changed", NULL, {"visibility"}, true},
			{"authorization_mode", NULL, "authorization_mode_changed", NULL, {"authorization_mode"}, true},
			{"invocation_mode", NULL, "invocation_mode_changed", NULL, {"invocation_mode"}, true}
		}
	},
	{
		"model_api_collaborators", "collaborator", "model_api_collaborator", "id",
		NULL, "model_api_id", "added", "removed", true,
		GRANT_COLUMNS, {"user_id", "organization_id"}, GRANT_CHANGES
	},
	{
		"model_api_versions", "version", "version", "id", NULL, "model_api_id",
		"published", "deleted", false,
		{"number", "source", "description", "state"}, {"number"},
		{
			{"state", NULL, "state_changed", NULL, {"state"}}
		}
	},
	{
		/* values may be secrets: that one changed is told, never from what to what */
		"model_api_settings", "setting", "setting", NULL, NULL, "model_api_id",
		"created", "deleted", false,
		{"name"}, {"name"},
		{
			{"value", NULL, "changed", NULL, {NULL}}
		}
	},
	{
		/* the hint is part of the secret */
		"access_tokens", "token", "token", "id", NULL, "model_api_id", "created", "deleted", true,
		{"name", "expires_at", "revoked_at"}, {"name"},
		{
			{"regenerated_at", NULL, "regenerated", NULL, {"regenerated_at"}, true},
			{"revoked_at", NULL, "revoked", NULL, {"revoked_at"}, true},
			{"name", "expires_at", "changed", NULL, {"expires_at"}, true},
			{"model_api_id", NULL, "moved", NULL, {"model_api_id"}, true}
		}
	},
	{
		/* only what no event of the token itself tells of: see is_secret_told() */
		"token_hashes", "token", "token", "token_id", NULL, NULL, "secret_added", "secret_removed", true,
		{NULL}, {NULL},
		{
			{"hash", "token_id", "secret_changed", NULL, {NULL}, true}
		}
	},
};

const AuditedTable *
audited_tables_find(const char *name)
{
	for (int i = 0; i < lengthof(audited_tables); i++)
		if (strcmp(audited_tables[i].name, name) == 0)
			return &audited_tables[i];
	elog(ERROR, "table %s is not audited", name);
}
