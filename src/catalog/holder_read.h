/*-------------------------------------------------------------------------
 *
 * holder_read.h
 *	  Reads what answers tell: whole rows of grants, members, and the names of
 *	  users and organizations.
 *
 * The contract of table_read.h holds here too.  The reads are counted, so that only
 * answers.c, which resets the counters, may run them for somebody who may not know
 * what they find.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_HOLDER_READ_H
#define MODELAPI_ACL_HOLDER_READ_H

#include "datatype/timestamp.h"
#include "utils/snapshot.h"
#include "utils/uuid.h"

#include "../terms.h"

/*
 * A row of project_collaborators or model_api_collaborators.  One principal holds it, but a
 * damaged table may have a row with both, or with none.
 */
typedef struct GrantRow
{
	pg_uuid_t	id;
	GrantTarget target;
	bool		has_user;
	bool		has_organization;
	pg_uuid_t	user_id;
	pg_uuid_t	organization_id;
	AccessLevel level;
	TimestampTz expires_at;		/* DT_NOEND: never */
	bool		has_granted_by;
	pg_uuid_t	granted_by;
	TimestampTz created_at;
} GrantRow;

/* holder_read_each_grant: calls consume for each grant on an object, expired ones included. */
typedef void (*GrantRowConsumer) (const GrantRow *grant, void *arg);
extern void holder_read_each_grant(GrantTarget target, const pg_uuid_t *object, Snapshot snapshot,
								   GrantRowConsumer consume, void *arg);

/* holder_read_each_member: calls consume for each member of an organization. */
typedef void (*MemberConsumer) (const pg_uuid_t *user_id, void *arg);
extern void holder_read_each_member(const pg_uuid_t *organization, Snapshot snapshot,
									MemberConsumer consume, void *arg);

/*
 * holder_read_user: the name of a user and whether the user is enabled; NULL if there is none.
 * holder_read_each_user: calls consume for each user; the name is the callee's to keep.
 * holder_read_organization_name, holder_read_project_name: NULL if there is none.
 */
typedef void (*UserConsumer) (const pg_uuid_t *id, char *username, bool is_enabled, void *arg);
extern char *holder_read_user(const pg_uuid_t *id, Snapshot snapshot, bool *is_enabled);
extern void holder_read_each_user(Snapshot snapshot, UserConsumer consume, void *arg);
extern char *holder_read_organization_name(const pg_uuid_t *id, Snapshot snapshot);
extern char *holder_read_project_name(const pg_uuid_t *id, Snapshot snapshot);

/* The time of the last audit event of an object, as the snapshot shows it; false without one. */
extern bool holder_read_last_event(const pg_uuid_t *object, Snapshot snapshot, TimestampTz *last);

/* An event about the object of a grant */
typedef struct GrantEvent
{
	pg_uuid_t	grant_id;
	TimestampTz occurred_at;
	bool		has_project;
	bool		has_model_api;
	pg_uuid_t	project_id;
	pg_uuid_t	model_api_id;
} GrantEvent;

/*
 * holder_read_grant_change: the last event by which a grant was changed; false without one.
 * holder_read_each_grant_change: calls consume for each such event of any grant, until it
 * returns false; reads the whole table.  Neither shows in the statistics what it read.
 * holder_read_each_token_issue: calls consume for each event by which a user created or
 * regenerated a token; likewise.
 * holder_read_event_pages: the size of that table in pages.
 */
typedef bool (*GrantEventConsumer) (const GrantEvent *event, void *arg);
extern bool holder_read_grant_change(const pg_uuid_t *grant_id, Snapshot snapshot, GrantEvent *event);
extern void holder_read_each_grant_change(Snapshot snapshot, GrantEventConsumer consume, void *arg);
typedef void (*TokenIssueConsumer) (const pg_uuid_t *token_id, const pg_uuid_t *actor_id, void *arg);
extern void holder_read_each_token_issue(Snapshot snapshot, TokenIssueConsumer consume, void *arg);
extern int64 holder_read_event_pages(void);

#endif							/* MODELAPI_ACL_HOLDER_READ_H */
