/*-------------------------------------------------------------------------
 *
 * columns.h
 *	  Attribute numbers of the extension's tables, as sql/install/30_tables.sql
 *	  makes them.
 *
 * The planner and scan code uses these.  No ALTER TABLE can renumber a column:
 * whoever adds one adds it at the end, and whoever drops one leaves its number
 * unused.  All other code finds columns by name (indexes.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_COLUMNS_H
#define MODELAPI_ACL_COLUMNS_H

enum
{
	Anum_user_identities_user_id = 1,
	Anum_user_identities_email,
	Anum_user_identities_external_id
};

enum
{
	Anum_organization_members_organization_id = 1,
	Anum_organization_members_user_id,
	Anum_organization_members_is_admin,
	Anum_organization_members_created_at
};

enum
{
	Anum_projects_id = 1,
	Anum_projects_name,
	Anum_projects_description,
	Anum_projects_created_by,
	Anum_projects_created_at
};

enum
{
	Anum_project_collaborators_id = 1,
	Anum_project_collaborators_project_id,
	Anum_project_collaborators_user_id,
	Anum_project_collaborators_organization_id,
	Anum_project_collaborators_access_level,
	Anum_project_collaborators_expires_at,
	Anum_project_collaborators_granted_by,
	Anum_project_collaborators_created_at
};

enum
{
	Anum_model_apis_id = 1,
	Anum_model_apis_project_id,
	Anum_model_apis_name,
	Anum_model_apis_description,
	Anum_model_apis_visibility,
	Anum_model_apis_authorization_mode,
	Anum_model_apis_invocation_mode,
	Anum_model_apis_created_by,
	Anum_model_apis_created_at,
	Anum_model_apis_updated_at
};

enum
{
	Anum_model_api_collaborators_id = 1,
	Anum_model_api_collaborators_model_api_id,
	Anum_model_api_collaborators_user_id,
	Anum_model_api_collaborators_organization_id,
	Anum_model_api_collaborators_access_level,
	Anum_model_api_collaborators_expires_at,
	Anum_model_api_collaborators_granted_by,
	Anum_model_api_collaborators_created_at
};

enum
{
	Anum_audit_events_id = 1,
	Anum_audit_events_change_id,
	Anum_audit_events_occurred_at,
	Anum_audit_events_actor_id,
	Anum_audit_events_database_role,
	Anum_audit_events_action,
	Anum_audit_events_object_type,
	Anum_audit_events_object_id,
	Anum_audit_events_project_id,
	Anum_audit_events_model_api_id,
	Anum_audit_events_old,
	Anum_audit_events_new
};

#endif							/* MODELAPI_ACL_COLUMNS_H */
