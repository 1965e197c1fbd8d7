/*-------------------------------------------------------------------------
 *
 * audited_tables.c
 *	  What is audited: which action a change of a row is recorded as.
 *
 * The name of an action is that of the object, a full stop and a verb, such as
 * "model_api.visibility_changed".  docs/audit.md lists them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "audited_tables.h"

#define GRANT_COLUMNS {"user_id", "organization_id", "access_level", "expires_at"}
#define GRANT_CHANGES \
	{{"access_level", .also = "expires_at", .action = "changed", \
		.shown = {"access_level", "expires_at"}, .affects_access = true}}

static const AuditedTable audited_tables[] =
{
	{
		.name = "users", .object = "user", .object_type = "user", .object_id = "id",
		.created = "created", .deleted = "deleted", .affects_access = true,
		.columns = {"username", "full_name", "disabled_at", "responsible_id"},
		.changes = {
			{"username", .action = "renamed", .shown = {"username"}},
			{"full_name", .action = "full_name_changed", .shown = {"full_name"}},
			{"responsible_id", .action = "responsible_changed", .shown = {"responsible_id"},
			.affects_access = true},
			{"disabled_at", .action = "disabled", .action_when_null = "enabled",
			.shown = {"disabled_at"}, .affects_access = true}
		}
	},
	{
		/* personal data: the event shows that it changed, but no value */
		.name = "user_identities", .object = "user", .object_type = "user", .object_id = "user_id",
		.created = "identity_added", .deleted = "identity_removed", .affects_access = true,
		.changes = {
			{"email", .action = "email_changed", .affects_access = true},
			{"external_id", .action = "external_id_changed", .affects_access = true}
		}
	},
	{
		.name = "organizations", .object = "organization", .object_type = "organization",
		.object_id = "id",
		.created = "created", .deleted = "deleted", .affects_access = true,
		.columns = {"name", "full_name"},
		.changes = {
			{"name", .action = "renamed", .shown = {"name"}},
			{"full_name", .action = "full_name_changed", .shown = {"full_name"}}
		}
	},
	{
		.name = "organization_members", .object = "organization_member",
		.object_type = "organization", .object_id = "organization_id",
		.created = "added", .deleted = "removed", .affects_access = true,
		.columns = {"user_id", "is_admin"}, .always = {"user_id"},
		.changes = {
			{"is_admin", .action = "changed", .shown = {"is_admin"}, .affects_access = true}
		}
	},
	{
		.name = "projects", .object = "project", .object_type = "project", .object_id = "id",
		.project_id = "id",
		.created = "created", .deleted = "deleted", .affects_access = true,
		.columns = {"name", "description"},
		.changes = {
			{"name", .action = "renamed", .shown = {"name"}},
			{"description", .action = "description_changed", .shown = {"description"}}
		}
	},
	{
		.name = "project_collaborators", .object = "collaborator",
		.object_type = "project_collaborator", .object_id = "id", .project_id = "project_id",
		.created = "added", .deleted = "removed", .affects_access = true,
		.columns = GRANT_COLUMNS, .always = {"user_id", "organization_id"}, .leaves_out_nulls = true,
		.changes = GRANT_CHANGES
	},
	{
		.name = "model_apis", .object = "model_api", .object_type = "model_api", .object_id = "id",
		.project_id = "project_id", .model_api_id = "id",
		.created = "created", .deleted = "deleted", .affects_access = true,
		.columns = {"name", "description", "visibility", "authorization_mode", "invocation_mode"},
		.changes = {
			{"name", .action = "renamed", .shown = {"name"}},
			{"description", .action = "description_changed", .shown = {"description"}},
			{"visibility", .action = "visibility_changed", .shown = {"visibility"},
			.affects_access = true},
			{"authorization_mode", .action = "authorization_mode_changed",
			.shown = {"authorization_mode"}, .affects_access = true},
			{"invocation_mode", .action = "invocation_mode_changed", .shown = {"invocation_mode"},
			.affects_access = true}
		}
	},
	{
		.name = "model_api_collaborators", .object = "collaborator",
		.object_type = "model_api_collaborator", .object_id = "id", .model_api_id = "model_api_id",
		.created = "added", .deleted = "removed", .affects_access = true,
		.columns = GRANT_COLUMNS, .always = {"user_id", "organization_id"}, .leaves_out_nulls = true,
		.changes = GRANT_CHANGES
	},
	{
		.name = "model_api_versions", .object = "version", .object_type = "version",
		.object_id = "id", .model_api_id = "model_api_id",
		.created = "published", .deleted = "deleted",
		.columns = {"number", "source", "description", "state"}, .always = {"number"},
		.changes = {
			{"state", .action = "state_changed", .shown = {"state"}}
		}
	},
	{
		/* a value may be a secret: the event shows that it changed, but no value */
		.name = "model_api_settings", .object = "setting", .object_type = "setting",
		.model_api_id = "model_api_id",
		.created = "created", .deleted = "deleted",
		.columns = {"name"}, .always = {"name"},
		.changes = {
			{"value", .action = "changed"}
		}
	},
	{
		/* without the hint, which is part of the secret */
		.name = "access_tokens", .object = "token", .object_type = "token", .object_id = "id",
		.model_api_id = "model_api_id",
		.created = "created", .deleted = "deleted", .affects_access = true,
		.columns = {"name", "expires_at", "revoked_at", "suspended_at", "metadata"}, .always = {"name"},
		.changes = {
			{"regenerated_at", .action = "regenerated", .shown = {"regenerated_at"},
			.affects_access = true},
			{"revoked_at", .action = "revoked", .shown = {"revoked_at"}, .affects_access = true},
			{"suspended_at", .action = "suspended", .action_when_null = "resumed",
			.shown = {"suspended_at"}, .affects_access = true},
			{"name", .also = "expires_at", .action = "changed", .shown = {"expires_at"},
			.affects_access = true},
			{"metadata", .action = "metadata_changed", .shown = {"metadata"}},
			{"model_api_id", .action = "moved", .shown = {"model_api_id"}, .affects_access = true}
		}
	},
	{
		/* with the list of its model APIs: see personal_token_event.c; without the hint */
		.name = "personal_tokens", .object = "personal_token", .object_type = "personal_token",
		.object_id = "id",
		.created = "created", .deleted = "deleted", .affects_access = true,
		.columns = {"user_id", "name", "is_limited", "expires_at", "revoked_at", "suspended_at",
		"metadata"}, .always = {"user_id", "name"},
		.changes = {
			{"regenerated_at", .action = "regenerated", .shown = {"regenerated_at"},
			.affects_access = true},
			{"revoked_at", .action = "revoked", .shown = {"revoked_at"}, .affects_access = true},
			{"suspended_at", .action = "suspended", .action_when_null = "resumed",
			.shown = {"suspended_at"}, .affects_access = true},
			{"name", .also = "expires_at", .action = "changed", .shown = {"expires_at"},
			.affects_access = true},
			{"metadata", .action = "metadata_changed", .shown = {"metadata"}},
			{"user_id", .also = "is_limited", .action = "scope_changed", .shown = {"is_limited"},
			.affects_access = true}
		}
	},
	{
		/* only where no function of the extension writes them */
		.name = "personal_token_model_apis", .object = "personal_token",
		.object_type = "personal_token", .object_id = "token_id",
		.created = "model_api_added", .deleted = "model_api_removed", .affects_access = true,
		.columns = {"model_api_id"},
		.changes = {
			{"model_api_id", .also = "token_id", .action = "model_api_changed",
			.shown = {"model_api_id"}, .affects_access = true}
		}
	},
	{
		.name = "personal_token_hashes", .object = "personal_token",
		.object_type = "personal_token", .object_id = "token_id",
		.created = "secret_added", .deleted = "secret_removed", .affects_access = true,
		.changes = {
			{"hash", .also = "token_id", .action = "secret_changed", .affects_access = true},
			{"valid_until", .action = "secret_changed", .shown = {"valid_until"}, .affects_access = true}
		}
	},
	{
		/* only if no event of the token itself records it: see has_token_event() */
		.name = "token_hashes", .object = "token", .object_type = "token", .object_id = "token_id",
		.created = "secret_added", .deleted = "secret_removed", .affects_access = true,
		.changes = {
			{"hash", .also = "token_id", .action = "secret_changed", .affects_access = true},
			{"valid_until", .action = "secret_changed", .shown = {"valid_until"}, .affects_access = true}
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
