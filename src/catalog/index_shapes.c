/*-------------------------------------------------------------------------
 *
 * index_shapes.c
 *	  For each read of a table by C: the columns, the keys, the shape of the best index.
 *
 * indexes.c chooses an index by these, and says what happens without one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/fmgroids.h"

#include "index_shapes.h"

#define UUID_COLUMN(column) {.name = (column), .type = UUIDOID}
#define TEXT_COLUMN(column) {.name = (column), .type = TEXTOID}
#define TIME_COLUMN(column) {.name = (column), .type = TIMESTAMPTZOID}
#define BOOL_COLUMN(column) {.name = (column), .type = BOOLOID}
#define BYTEA_COLUMN(column) {.name = (column), .type = BYTEAOID}
#define LATER_COLUMN(column, its_type) {.name = (column), .type = (its_type), .is_later = true}
#define ENUM_COLUMN(column, label) {.name = (column), .enumeration = ENUM_##label}

const Shape index_shapes[INDEX_COUNT] =
{
	[INDEX_USERS] = {
		.table = TABLE_USERS,
		.nkeys = 1,
		.columns = {UUID_COLUMN("id"), TIME_COLUMN("disabled_at"),
			{.name = "responsible_id", .type = UUIDOID, .is_later = true}}
	},
	[INDEX_USERNAMES] = {
		.table = TABLE_USERS,
		.nkeys = 1,
		.columns = {UUID_COLUMN("id"), TEXT_COLUMN("username")}
	},
	[INDEX_USER_NAMES_AND_STATES] = {
		.table = TABLE_USERS,
		.nkeys = 1,
		.columns = {UUID_COLUMN("id"), TEXT_COLUMN("username"), TIME_COLUMN("disabled_at")}
	},
	[INDEX_IDENTITIES] = {
		.table = TABLE_USER_IDENTITIES,
		.nkeys = 1,
		.columns = {UUID_COLUMN("user_id"), TEXT_COLUMN("email")}
	},
	[INDEX_EMAILS] = {
		.table = TABLE_USER_IDENTITIES,
		.nkeys = 1,
		.function = F_LOWER_TEXT,
		.columns = {TEXT_COLUMN("email"), UUID_COLUMN("user_id")}
	},
	[INDEX_EXTERNAL_IDS] = {
		.table = TABLE_USER_IDENTITIES,
		.nkeys = 1,
		.columns = {TEXT_COLUMN("external_id"), UUID_COLUMN("user_id")}
	},
	[INDEX_NAMES] = {
		.table = TABLE_PRINCIPAL_NAMES,
		.nkeys = 1,
		.columns = {TEXT_COLUMN("name"), UUID_COLUMN("user_id"),
			UUID_COLUMN("organization_id"), TIME_COLUMN("reserved_at")}
	},
	[INDEX_ORGANIZATIONS] = {
		.table = TABLE_ORGANIZATIONS,
		.nkeys = 1,
		.columns = {UUID_COLUMN("id")}
	},
	[INDEX_ORGANIZATION_NAMES] = {
		.table = TABLE_ORGANIZATIONS,
		.nkeys = 1,
		.columns = {UUID_COLUMN("id"), TEXT_COLUMN("name")}
	},
	[INDEX_MEMBERS] = {
		.table = TABLE_ORGANIZATION_MEMBERS,
		.nkeys = 2,
		.columns = {UUID_COLUMN("organization_id"), UUID_COLUMN("user_id"),
			BOOL_COLUMN("is_admin")}
	},
	[INDEX_MEMBERSHIPS] = {
		.table = TABLE_ORGANIZATION_MEMBERS,
		.nkeys = 2,
		.columns = {UUID_COLUMN("user_id"), UUID_COLUMN("organization_id")}
	},
	[INDEX_PROJECTS] = {
		.table = TABLE_PROJECTS,
		.nkeys = 1,
		.columns = {UUID_COLUMN("id")}
	},
	[INDEX_PROJECT_NAMES] = {
		.table = TABLE_PROJECTS,
		.nkeys = 1,
		.columns = {UUID_COLUMN("id"), TEXT_COLUMN("name")}
	},
	[INDEX_PROJECT_GRANTS] = {
		.table = TABLE_PROJECT_COLLABORATORS,
		.nkeys = 1,
		.columns = {UUID_COLUMN("project_id"), UUID_COLUMN("user_id"),
			ENUM_COLUMN("access_level", ACCESS_LEVEL), TIME_COLUMN("expires_at")}
	},
	[INDEX_PROJECT_GRANT_ROWS] = {
		.table = TABLE_PROJECT_COLLABORATORS,
		.nkeys = 1,
		.columns = {UUID_COLUMN("project_id"), UUID_COLUMN("user_id"),
			ENUM_COLUMN("access_level", ACCESS_LEVEL), TIME_COLUMN("expires_at"),
			UUID_COLUMN("organization_id"), UUID_COLUMN("id"), UUID_COLUMN("granted_by"),
			TIME_COLUMN("created_at")}
	},
	[INDEX_PROJECT_ORGANIZATION_GRANTS] = {
		.table = TABLE_PROJECT_COLLABORATORS,
		.nkeys = 2,
		.columns = {UUID_COLUMN("project_id"), UUID_COLUMN("organization_id"),
			ENUM_COLUMN("access_level", ACCESS_LEVEL), TIME_COLUMN("expires_at")}
	},
	[INDEX_PROJECT_USERS] = {
		.table = TABLE_PROJECT_COLLABORATORS,
		.nkeys = 2,
		.columns = {UUID_COLUMN("user_id"), UUID_COLUMN("project_id"),
			ENUM_COLUMN("access_level", ACCESS_LEVEL), TIME_COLUMN("expires_at")}
	},
	[INDEX_PROJECT_ORGANIZATIONS] = {
		.table = TABLE_PROJECT_COLLABORATORS,
		.nkeys = 2,
		.columns = {UUID_COLUMN("organization_id"), UUID_COLUMN("project_id"),
			ENUM_COLUMN("access_level", ACCESS_LEVEL), TIME_COLUMN("expires_at")}
	},
	[INDEX_MODEL_APIS] = {
		.table = TABLE_MODEL_APIS,
		.nkeys = 1,
		.columns = {UUID_COLUMN("id"), UUID_COLUMN("project_id"),
			ENUM_COLUMN("visibility", VISIBILITY),
			ENUM_COLUMN("authorization_mode", AUTHORIZATION_MODE),
			TIME_COLUMN("created_at"), ENUM_COLUMN("invocation_mode", INVOCATION_MODE)}
	},
	[INDEX_MODEL_APIS_BY_PROJECT] = {
		.table = TABLE_MODEL_APIS,
		.nkeys = 1,
		.columns = {UUID_COLUMN("project_id"), TIME_COLUMN("created_at"), UUID_COLUMN("id"),
			ENUM_COLUMN("visibility", VISIBILITY),
			ENUM_COLUMN("authorization_mode", AUTHORIZATION_MODE)}
	},
	[INDEX_MODEL_APIS_BY_CREATION] = {
		.table = TABLE_MODEL_APIS,
		.nkeys = 2,
		.columns = {TIME_COLUMN("created_at"), UUID_COLUMN("id"), UUID_COLUMN("project_id"),
			ENUM_COLUMN("visibility", VISIBILITY),
			ENUM_COLUMN("authorization_mode", AUTHORIZATION_MODE)}
	},
	[INDEX_MODEL_APIS_PUBLIC] = {
		.table = TABLE_MODEL_APIS,
		.nkeys = 2,
		.only_public = true,
		.columns = {TIME_COLUMN("created_at"), UUID_COLUMN("id"), UUID_COLUMN("project_id"),
			ENUM_COLUMN("authorization_mode", AUTHORIZATION_MODE)}
	},
	[INDEX_MODEL_API_GRANTS] = {
		.table = TABLE_MODEL_API_COLLABORATORS,
		.nkeys = 1,
		.columns = {UUID_COLUMN("model_api_id"), UUID_COLUMN("user_id"),
			ENUM_COLUMN("access_level", ACCESS_LEVEL), TIME_COLUMN("expires_at")}
	},
	[INDEX_MODEL_API_GRANT_ROWS] = {
		.table = TABLE_MODEL_API_COLLABORATORS,
		.nkeys = 1,
		.columns = {UUID_COLUMN("model_api_id"), UUID_COLUMN("user_id"),
			ENUM_COLUMN("access_level", ACCESS_LEVEL), TIME_COLUMN("expires_at"),
			UUID_COLUMN("organization_id"), UUID_COLUMN("id"), UUID_COLUMN("granted_by"),
			TIME_COLUMN("created_at")}
	},
	[INDEX_MODEL_API_ORGANIZATION_GRANTS] = {
		.table = TABLE_MODEL_API_COLLABORATORS,
		.nkeys = 2,
		.columns = {UUID_COLUMN("model_api_id"), UUID_COLUMN("organization_id"),
			ENUM_COLUMN("access_level", ACCESS_LEVEL), TIME_COLUMN("expires_at")}
	},
	[INDEX_MODEL_API_USERS] = {
		.table = TABLE_MODEL_API_COLLABORATORS,
		.nkeys = 2,
		.columns = {UUID_COLUMN("user_id"), UUID_COLUMN("model_api_id"),
			ENUM_COLUMN("access_level", ACCESS_LEVEL), TIME_COLUMN("expires_at")}
	},
	[INDEX_MODEL_API_ORGANIZATIONS] = {
		.table = TABLE_MODEL_API_COLLABORATORS,
		.nkeys = 2,
		.columns = {UUID_COLUMN("organization_id"), UUID_COLUMN("model_api_id"),
			ENUM_COLUMN("access_level", ACCESS_LEVEL), TIME_COLUMN("expires_at")}
	},
	[INDEX_VERSIONS] = {
		.table = TABLE_MODEL_API_VERSIONS,
		.nkeys = 1,
		.columns = {UUID_COLUMN("id"), UUID_COLUMN("model_api_id")}
	},
	[INDEX_TOKEN_HASHES] = {
		.table = TABLE_TOKEN_HASHES,
		.nkeys = 1,
		.columns = {BYTEA_COLUMN("hash"), UUID_COLUMN("token_id"),
			LATER_COLUMN("valid_until", TIMESTAMPTZOID), LATER_COLUMN("model_api_id", UUIDOID),
			LATER_COLUMN("name", TEXTOID), LATER_COLUMN("expires_at", TIMESTAMPTZOID),
			LATER_COLUMN("revoked_at", TIMESTAMPTZOID), LATER_COLUMN("suspended_at", TIMESTAMPTZOID),
			LATER_COLUMN("metadata", TEXTOID)}
	},
	[INDEX_TOKENS] = {
		.table = TABLE_ACCESS_TOKENS,
		.nkeys = 1,
		.columns = {UUID_COLUMN("id"), UUID_COLUMN("model_api_id"), TEXT_COLUMN("name"),
			TIME_COLUMN("expires_at"), TIME_COLUMN("revoked_at"),
			LATER_COLUMN("suspended_at", TIMESTAMPTZOID), LATER_COLUMN("metadata", JSONBOID)}
	},
	[INDEX_AUDIT_OBJECTS] = {
		.table = TABLE_AUDIT_EVENTS,
		.nkeys = 2,
		.columns = {UUID_COLUMN("object_id"), TIME_COLUMN("occurred_at"),
			UUID_COLUMN("change_id")}
	},
	[INDEX_AUDIT_OBJECT_EVENTS] = {
		.table = TABLE_AUDIT_EVENTS,
		.nkeys = 2,
		.columns = {UUID_COLUMN("object_id"), TIME_COLUMN("occurred_at"), TEXT_COLUMN("action"),
			UUID_COLUMN("project_id"), UUID_COLUMN("model_api_id")}
	},
	[INDEX_AUDIT_ACTIONS] = {
		.table = TABLE_AUDIT_EVENTS,
		.nkeys = 1,
		.columns = {TEXT_COLUMN("action"), TIME_COLUMN("occurred_at"), UUID_COLUMN("object_id"),
			UUID_COLUMN("project_id"), UUID_COLUMN("model_api_id"),
			UUID_COLUMN("actor_id")}
	},
	[INDEX_CHANGES] = {
		.table = TABLE_CHANGES,
		.nkeys = 1,
		.columns = {UUID_COLUMN("change_id"), TIME_COLUMN("committed_at")}
	},
	[INDEX_PERSONAL_TOKENS] = {
		.table = TABLE_PERSONAL_TOKENS,
		.nkeys = 1,
		.columns = {UUID_COLUMN("id"), UUID_COLUMN("user_id"), TEXT_COLUMN("name"),
			BOOL_COLUMN("is_limited"), TIME_COLUMN("expires_at"), TIME_COLUMN("revoked_at"),
			TIME_COLUMN("suspended_at"), {.name = "metadata", .type = JSONBOID}}
	},
	[INDEX_PERSONAL_TOKEN_MODEL_APIS] = {
		.table = TABLE_PERSONAL_TOKEN_MODEL_APIS,
		.nkeys = 2,
		.columns = {UUID_COLUMN("token_id"), UUID_COLUMN("model_api_id")}
	},
	[INDEX_PERSONAL_TOKEN_HASHES] = {
		.table = TABLE_PERSONAL_TOKEN_HASHES,
		.nkeys = 1,
		.columns = {BYTEA_COLUMN("hash"), UUID_COLUMN("token_id"), TIME_COLUMN("valid_until")}
	},
};
