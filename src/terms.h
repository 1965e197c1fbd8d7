/*-------------------------------------------------------------------------
 *
 * terms.h
 *	  Types that many files share: enums, principals, SQLSTATEs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_TERMS_H
#define MODELAPI_ACL_TERMS_H

#include "utils/uuid.h"

/*
 * The members of each enum are in the order of the SQL enum's labels
 * (sql/install/20_types.sql), so that a member's value is its label's ordinal.  Only
 * AccessLevel is shifted by one, to make room for "no level".
 */

typedef enum AccessLevel
{
	ACCESS_LEVEL_NONE = 0,
	ACCESS_LEVEL_VIEWER,
	ACCESS_LEVEL_EDITOR,
	ACCESS_LEVEL_OWNER
} AccessLevel;

typedef enum Visibility
{
	VISIBILITY_PUBLIC,
	VISIBILITY_PRIVATE
} Visibility;

typedef enum AuthorizationMode
{
	AUTHORIZATION_RESTRICTED,
	AUTHORIZATION_UNRESTRICTED
} AuthorizationMode;

typedef enum InvocationMode
{
	INVOCATION_SYNC,
	INVOCATION_ASYNC
} InvocationMode;

typedef enum Permission
{
	PERMISSION_VIEW,
	PERMISSION_VIEW_LOGS,
	PERMISSION_INVOKE,
	PERMISSION_VIEW_SETTINGS,
	PERMISSION_EDIT_SETTINGS,
	PERMISSION_DEPLOY_VERSION,
	PERMISSION_VIEW_AUDIT,
	PERMISSION_VIEW_TOKENS,
	PERMISSION_CREATE_TOKEN,
	PERMISSION_REVOKE_TOKEN,
	PERMISSION_VIEW_COLLABORATORS,
	PERMISSION_MANAGE_COLLABORATORS,
	PERMISSION_CHANGE_VISIBILITY,
	PERMISSION_TRANSFER_OWNERSHIP,
	PERMISSION_DELETE
} Permission;

#define PERMISSION_COUNT (PERMISSION_DELETE + 1)

/* SQLSTATEs that PostgREST turns into the HTTP status of the same number */
#define ERRCODE_MODELAPI_NOT_SIGNED_IN	MAKE_SQLSTATE('P', 'T', '4', '0', '1')
#define ERRCODE_MODELAPI_NOT_FOUND		MAKE_SQLSTATE('P', 'T', '4', '0', '4')

typedef enum PrincipalKind
{
	PRINCIPAL_USER,
	PRINCIPAL_ORGANIZATION
} PrincipalKind;

typedef struct Principal
{
	PrincipalKind kind;
	pg_uuid_t	id;
} Principal;

/* What a grant is on */
typedef enum GrantTarget
{
	GRANT_ON_PROJECT,
	GRANT_ON_MODEL_API
} GrantTarget;

/* What a decision needs to know about a model API */
typedef struct ModelApiFacts
{
	pg_uuid_t	id;
	pg_uuid_t	project_id;
	Visibility	visibility;
	AuthorizationMode authorization_mode;
	InvocationMode invocation_mode;
} ModelApiFacts;

typedef enum ProjectPermission
{
	PROJECT_PERMISSION_VIEW,
	PROJECT_PERMISSION_CREATE_MODEL_API,
	PROJECT_PERMISSION_VIEW_COLLABORATORS,
	PROJECT_PERMISSION_MANAGE
} ProjectPermission;

#define PROJECT_PERMISSION_COUNT (PROJECT_PERMISSION_MANAGE + 1)

typedef enum OrganizationPermission
{
	ORGANIZATION_PERMISSION_VIEW_MEMBERS,
	ORGANIZATION_PERMISSION_MANAGE
} OrganizationPermission;

/* The length of the hash of a token, an SHA-256, in bytes */
#define TOKEN_DIGEST_LENGTH 32

#endif							/* MODELAPI_ACL_TERMS_H */
