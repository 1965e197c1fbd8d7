/*-------------------------------------------------------------------------
 *
 * write_rules.c
 *	  Which permission a write to a table requires.
 *
 * The policies in 80_policies.sql require the same; write_check.c checks it ahead of them, and
 * for the writes that are subject to no policy.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/rel.h"

#include "write_rules.h"
#include "../identity/identity.h"
#include "../terms.h"
#include "../values/uuids.h"

static const WriteNeed leave_model_api = {"model_api_id", TARGET_MODEL_API, PERMISSION_VIEW};
static const WriteNeed leave_project = {"project_id", TARGET_PROJECT, PROJECT_PERMISSION_VIEW};
static const WriteNeed leave_organization = {"organization_id", TARGET_ORGANIZATION,
ORGANIZATION_PERMISSION_VIEW_MEMBERS};

static const WriteNeed own_token = {"model_api_id", TARGET_MODEL_API, PERMISSION_CREATE_TOKEN};

/* What INSERT, UPDATE and DELETE require if they require the same */
#define ALL(...) .insert = __VA_ARGS__, .update = __VA_ARGS__, .delete = __VA_ARGS__

static const WriteRule rules[] =
{
	{
		.table = "organizations",
		.insert = {NULL, TARGET_NONE, 0},
		.update = {"id", TARGET_ORGANIZATION, ORGANIZATION_PERMISSION_MANAGE},
		.delete = {"id", TARGET_ORGANIZATION, ORGANIZATION_PERMISSION_MANAGE}
	},
	{
		.table = "organization_members",
		ALL({"organization_id", TARGET_ORGANIZATION, ORGANIZATION_PERMISSION_MANAGE}),
		.delete_own = &leave_organization
	},
	{
		.table = "projects",
		.insert = {NULL, TARGET_NONE, 0},
		.update = {"id", TARGET_PROJECT, PROJECT_PERMISSION_MANAGE},
		.delete = {"id", TARGET_PROJECT, PROJECT_PERMISSION_MANAGE}
	},
	{
		.table = "project_collaborators",
		ALL({"project_id", TARGET_PROJECT, PROJECT_PERMISSION_MANAGE}),
		.delete_own = &leave_project
	},
	{
		.table = "model_apis",
		.insert = {"project_id", TARGET_PROJECT, PROJECT_PERMISSION_CREATE_MODEL_API},
		.update = {"id", TARGET_MODEL_API, PERMISSION_EDIT_SETTINGS},
		.delete = {"id", TARGET_MODEL_API, PERMISSION_DELETE}
	},
	{
		.table = "model_api_collaborators",
		ALL({"model_api_id", TARGET_MODEL_API, PERMISSION_MANAGE_COLLABORATORS}),
		.delete_own = &leave_model_api
	},
	{
		.table = "model_api_versions",
		ALL({"model_api_id", TARGET_MODEL_API, PERMISSION_DEPLOY_VERSION})
	},
	{
		.table = "model_api_settings",
		ALL({"model_api_id", TARGET_MODEL_API, PERMISSION_EDIT_SETTINGS})
	},
	{
		.table = "access_tokens",
		.insert = {"model_api_id", TARGET_MODEL_API, PERMISSION_CREATE_TOKEN},
		.update = {"model_api_id", TARGET_MODEL_API, PERMISSION_REVOKE_TOKEN},
		.delete = {"model_api_id", TARGET_MODEL_API, PERMISSION_REVOKE_TOKEN},
		.update_own = &own_token
	},
};

const WriteRule *
write_rules_find(Relation table)
{
	for (int i = 0; i < lengthof(rules); i++)
		if (strcmp(rules[i].table, RelationGetRelationName(table)) == 0)
			return &rules[i];
	elog(ERROR, "no rule for writes to table %s", RelationGetRelationName(table));
}

/* Whether a column of the old row is the current user. */
static bool
is_current_user(RowChange *change, const char *column)
{
	const pg_uuid_t *actor = identity_actor();
	const pg_uuid_t *holder = actor ? row_change_uuid(change, change->old, column) : NULL;

	return holder && uuids_equal(holder, actor);
}

const WriteNeed *
write_rules_need(const WriteRule *rule, RowChange *change)
{
	if (!change->old)
		return &rule->insert;
	if (change->new)
		return rule->update_own && is_current_user(change, "created_by") ? rule->update_own : &rule->update;
	return rule->delete_own && is_current_user(change, "user_id") ? rule->delete_own : &rule->delete;
}
