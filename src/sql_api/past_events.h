/*-------------------------------------------------------------------------
 *
 * past_events.h
 *	  Reads the audit events that access depends on.
 *
 * Reads with the active snapshot, by saved plans of the internal statements in
 * 75_changes.sql.  All arrays may be empty.  Each event may come more than once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_PAST_EVENTS_H
#define MODELAPI_ACL_PAST_EVENTS_H

#include "datatype/timestamp.h"
#include "utils/uuid.h"

#include "../terms.h"

/*
 * A change divides the past: "before" are all events whose transaction committed earlier,
 * "after" are these and its own.
 */
typedef struct PastChange
{
	pg_uuid_t	id;
	TimestampTz committed_at;	/* DT_NOEND: not committed */
} PastChange;

/* What all events have */
typedef struct PastEvent
{
	TimestampTz occurred_at;
	bool		counts[2];		/* before and after the change */
} PastEvent;

/* A grant or a membership; fields are as far as they are not NULL */
typedef struct PastAccessEvent
{
	PastEvent	event;
	bool		is_membership;	/* of an organization */
	GrantTarget target;			/* of a grant */
	pg_uuid_t	object;			/* the grant; for a membership the organization */
	bool		has_project;
	bool		has_model_api;
	bool		has_user;
	bool		has_organization;
	pg_uuid_t	project_id;
	pg_uuid_t	model_api_id;
	pg_uuid_t	user_id;
	pg_uuid_t	organization_id;
	bool		is_removed;
	AccessLevel level;
	TimestampTz expires_at;		/* DT_NOEND: never */
} PastAccessEvent;

typedef struct PastModelApiEvent
{
	PastEvent	event;
	pg_uuid_t	model_api_id;
	pg_uuid_t	project_id;
	bool		is_created;
	bool		is_deleted;
	const char *name;			/* new values, NULL where they did not change; copy them */
	const char *visibility;
	const char *authorization_mode;
} PastModelApiEvent;

/* A user, or the name of an organization */
typedef struct PastPrincipalEvent
{
	PastEvent	event;
	pg_uuid_t	id;
	bool		is_organization;
	bool		is_created;
	bool		is_deleted;
	const char *name;			/* NULL if it did not change; copy it */
	bool		changes_state;	/* whether the user is enabled was set: */
	bool		is_enabled;
} PastPrincipalEvent;

/* An object that a change concerns, and on which access depends */
typedef struct PastChangedObject
{
	const char *object_type;
	bool		has_object;
	bool		has_project;
	bool		has_model_api;
	bool		has_user;
	bool		has_organization;
	pg_uuid_t	object_id;
	pg_uuid_t	project_id;
	pg_uuid_t	model_api_id;
	pg_uuid_t	user_id;
	pg_uuid_t	organization_id;
} PastChangedObject;

/* What a reader is called with; its memory is the executor's, and the event is only lent. */
typedef void (*PastAccessConsumer) (const PastAccessEvent *event, void *arg);
typedef void (*PastModelApiConsumer) (const PastModelApiEvent *event, void *arg);
typedef void (*PastPrincipalConsumer) (const PastPrincipalEvent *event, void *arg);
typedef void (*PastChangedConsumer) (const PastChangedObject *object, void *arg);
typedef void (*PastIdConsumer) (const pg_uuid_t *id, void *arg);

/* Some ids */
typedef struct PastIds
{
	pg_uuid_t  *ids;
	int			count;
	int			room;			/* for arrays_make_room() */
} PastIds;

/* past_events_add: adds an id; it stays in the current memory context, or where the array is. */
extern void past_events_add(PastIds *ids, const pg_uuid_t *id);

/* past_events_unique: sorts ids, and drops duplicates. */
extern void past_events_unique(PastIds *ids);

/* The objects that a change touched and on which access depends. */
extern void past_events_of_change(const pg_uuid_t *change_id, PastChangedConsumer consume, void *arg);

/* Grants on projects and on model APIs. */
extern void past_events_of_grants_on(const PastChange *change, const PastIds *projects,
									 const PastIds *model_apis, PastAccessConsumer consume, void *arg);

/* Grants that users and organizations ever held, and the users' memberships. */
extern void past_events_of_holders(const PastChange *change, const PastIds *users,
								   const PastIds *organizations, PastAccessConsumer consume, void *arg);

/* Whether there are more than "most" events of the grants and memberships of a user. */
extern bool past_events_exceed(const pg_uuid_t *user_id, int64 most);

/* Members of organizations. */
extern void past_events_of_members(const PastChange *change, const PastIds *organizations,
								   PastAccessConsumer consume, void *arg);

/* Model APIs, and all model APIs of projects. */
extern void past_events_of_model_apis(const PastChange *change, const PastIds *projects,
									  const PastIds *model_apis, PastModelApiConsumer consume, void *arg);

/* Users by id, and names of organizations. */
extern void past_events_of_principals(const PastChange *change, const PastIds *principals,
									  PastPrincipalConsumer consume, void *arg);

/* All users whom the history knows; all model APIs that were ever public. */
extern void past_events_each_user(PastIdConsumer consume, void *arg);
extern void past_events_each_public(PastIdConsumer consume, void *arg);

#endif							/* MODELAPI_ACL_PAST_EVENTS_H */
