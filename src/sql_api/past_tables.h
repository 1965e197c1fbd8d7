/*-------------------------------------------------------------------------
 *
 * past_tables.h
 *	  What past_access.c has read; only past_state.c looks into it besides.
 *
 * Arrays of two are about the moments before and after the change.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_PAST_TABLES_H
#define MODELAPI_ACL_PAST_TABLES_H

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "utils/hsearch.h"
#include "utils/uuid.h"

#include "past_events.h"
#include "../access/context.h"
#include "../terms.h"

typedef struct PastModelApi
{
	pg_uuid_t	id;				/* hash key */
	pg_uuid_t	project_id;
	bool		is_created[2];
	bool		is_deleted[2];
	const char *name[2];
	Visibility	visibility[2];
	AuthorizationMode authorization_mode[2];
	TimestampTz name_time[2];
	TimestampTz visibility_time[2];
	TimestampTz mode_time[2];
} PastModelApi;

typedef struct PastPrincipal
{
	pg_uuid_t	id;				/* hash key */
	bool		is_organization;
	bool		is_created[2];
	bool		is_deleted[2];
	bool		is_enabled[2];
	const char *name[2];
	TimestampTz name_time[2];
	TimestampTz state_time[2];
} PastPrincipal;

typedef struct PastGrant
{
	pg_uuid_t	id;				/* hash key */
	GrantTarget target;
	pg_uuid_t	object;
	bool		has_user;
	bool		has_organization;
	pg_uuid_t	user_id;
	pg_uuid_t	organization_id;
	AccessLevel level[2];		/* NONE: removed, or not yet there */
	TimestampTz expires_at[2];
	TimestampTz time[2];
} PastGrant;

/* Two ids: an object and a holder, or an organization and a member */
typedef struct Pair
{
	pg_uuid_t	first;
	pg_uuid_t	second;
} Pair;

typedef struct PastMember
{
	Pair		key;
	bool		is_member[2];
	TimestampTz time[2];
} PastMember;

/* The highest unexpired grant of one holder on one object */
typedef struct PastLevel
{
	Pair		key;
	bool		is_organization;
	AccessLevel level[2];
} PastLevel;

/* The organizations that hold grants on an object: a list of PastLevel */
typedef struct PastObject
{
	pg_uuid_t	id;				/* hash key */
	List	   *organizations;
} PastObject;

typedef struct ShownMembers
{
	pg_uuid_t	organization;	/* hash key */
	bool		is_shown;
} ShownMembers;

typedef struct PastAccess
{
	MemoryContext memory;
	AccessContext *context;
	PastChange	change;
	const pg_uuid_t *user_id;	/* the current user, or NULL */
	TimestampTz expiry;
	HTAB	   *model_apis;
	HTAB	   *principals;
	HTAB	   *grants;
	HTAB	   *members;
	HTAB	   *levels;
	HTAB	   *objects;
	HTAB	   *shown;
	HTAB	   *read[6];		/* ids that were read, by what was read */
	PastAccessConsumer observe_access;
	PastModelApiConsumer observe_model_api;
	void	   *observer;
} PastAccess;

#endif							/* MODELAPI_ACL_PAST_TABLES_H */
