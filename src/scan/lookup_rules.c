/*-------------------------------------------------------------------------
 *
 * lookup_rules.c
 *	  By which columns the rows of a dependent table can be found.
 *
 * Rows of logs, tokens, settings and versions belong to a model API alone, and projects to
 * themselves: a scan takes their key from the policy's condition.  The tables below have
 * policies that show a row for one of several reasons, each with a column of its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"

#include "lookup_rules.h"
#include "../catalog/columns.h"
#include "../catalog/indexes.h"
#include "../catalog/object_ids.h"

typedef struct RuleArm
{
	KeySource	source;
	AttrNumber	column;
	AttrNumber	second;			/* a column that a query may fix as well, or 0 */
	bool		is_hidden;		/* by policy_first.c: the planner does not see the index */
	IndexId		index;			/* then */
	bool		only_if_asked;
} RuleArm;

typedef struct LookupRule
{
	TableId		table;
	Permission	permission;
	int			narms;
	RuleArm		arms[LOOKUP_ARMS_MAX];
} LookupRule;

#define HIDDEN(which) .is_hidden = true, .index = (which)

static const LookupRule rules[] =
{
	{
		.table = TABLE_PROJECT_COLLABORATORS, .permission = PERMISSION_VIEW_COLLABORATORS,
		.narms = 3,
		.arms = {
			{KEYS_PROJECTS, Anum_project_collaborators_project_id},
			{KEYS_USER, Anum_project_collaborators_user_id, HIDDEN(INDEX_PROJECT_USERS)},
			{KEYS_ORGANIZATIONS, Anum_project_collaborators_organization_id,
			HIDDEN(INDEX_PROJECT_ORGANIZATIONS)},
		}
	},
	{
		.table = TABLE_MODEL_API_COLLABORATORS, .permission = PERMISSION_VIEW_COLLABORATORS,
		.narms = 3,
		.arms = {
			{KEYS_MODEL_APIS, Anum_model_api_collaborators_model_api_id},
			{KEYS_USER, Anum_model_api_collaborators_user_id, HIDDEN(INDEX_MODEL_API_USERS)},
			{KEYS_ORGANIZATIONS, Anum_model_api_collaborators_organization_id,
			HIDDEN(INDEX_MODEL_API_ORGANIZATIONS)},
		}
	},
	{
		.table = TABLE_ORGANIZATION_MEMBERS, .permission = PERMISSION_VIEW, .narms = 2,
		.arms = {
			{KEYS_ORGANIZATIONS, Anum_organization_members_organization_id,
			.second = Anum_organization_members_user_id},
			{KEYS_USER, Anum_organization_members_user_id, HIDDEN(INDEX_MEMBERSHIPS),
			.only_if_asked = true},
		}
	},
	{
		.table = TABLE_USER_IDENTITIES, .permission = PERMISSION_VIEW, .narms = 1,
		.arms = {
			{KEYS_USER, Anum_user_identities_user_id},
		}
	},
	{
		.table = TABLE_AUDIT_EVENTS, .permission = PERMISSION_VIEW_AUDIT, .narms = 3,
		.arms = {
			{KEYS_MODEL_APIS, Anum_audit_events_model_api_id},
			{KEYS_PROJECTS, Anum_audit_events_project_id},
			{KEYS_ORGANIZATIONS, Anum_audit_events_object_id},
		}
	},
};

static Oid
index_of(IndexId which)
{
	IndexChoice choice;

	table_close(indexes_open(which, &choice), AccessShareLock);
	return choice.index;
}

int
lookup_rules_find(Oid table, LookupArm arms[LOOKUP_ARMS_MAX], Permission *permission)
{
	for (int i = 0; i < lengthof(rules); i++)
	{
		if (object_ids_table(rules[i].table) != table)
			continue;
		*permission = rules[i].permission;
		for (int j = 0; j < rules[i].narms; j++)
		{
			const RuleArm *arm = &rules[i].arms[j];

			arms[j] = (LookupArm) {
				.source = arm->source,
				.index = arm->is_hidden ? index_of(arm->index) : InvalidOid,
				.column = arm->column,
				.second = arm->second,
				.is_hidden = arm->is_hidden,
				.only_if_asked = arm->only_if_asked
			};
		}
		return rules[i].narms;
	}
	return 0;
}
