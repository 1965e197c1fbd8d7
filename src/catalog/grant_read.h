/*-------------------------------------------------------------------------
 *
 * grant_read.h
 *	  Reads grants: the level of a principal on an object, all grants of a
 *	  principal, and all grants on an object.
 *
 * The contract of table_read.h holds here too.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_GRANT_READ_H
#define MODELAPI_ACL_GRANT_READ_H

#include "datatype/timestamp.h"
#include "utils/snapshot.h"
#include "utils/uuid.h"

#include "../terms.h"

/*
 * The time that expiry is compared with.  next_expiry is lowered to the earliest expiry
 * of the unexpired grants that were read: until then the same grants count.
 */
typedef struct ExpiryClock
{
	TimestampTz now;
	TimestampTz next_expiry;
} ExpiryClock;

/* grant_read_level: the level of a principal's own grant; NONE if there is none or it is expired. */
extern AccessLevel grant_read_level(GrantTarget target, const Principal *principal,
									const pg_uuid_t *object, ExpiryClock *clock,
									Snapshot snapshot);

/* A principal's grant, expired or not */
typedef struct PrincipalGrant
{
	pg_uuid_t	object;
	AccessLevel level;
	TimestampTz expires_at;		/* DT_NOEND: never */
} PrincipalGrant;

/*
 * grant_read_first: fills an array with the first grants of a principal, at most max.  Returns
 * their number.  The statistics views do not count it, so that the caller may keep the result.
 */
extern int	grant_read_first(GrantTarget target, const Principal *principal, int max,
							 Snapshot snapshot, PrincipalGrant *grants);

/*
 * grant_read_each: calls consume for each unexpired grant of a principal, in the order of
 * the objects' ids, until it returns false.  Begins after the object "after" (NULL: at the
 * first one).
 */
typedef bool (*GrantConsumer) (const pg_uuid_t *id, AccessLevel level, void *arg);
extern void grant_read_each(GrantTarget target, const Principal *principal,
							const pg_uuid_t *after,
							ExpiryClock *clock, Snapshot snapshot,
							GrantConsumer consume, void *arg);

/* How far grant_read_each_through_organizations() has come; zeroes at the beginning. */
typedef struct GrantPlace
{
	pg_uuid_t	organization;
	pg_uuid_t	object;			/* its last object that was consumed, ... */
	bool		has_object;		/* ... if any was */
} GrantPlace;

/*
 * grant_read_each_through_organizations: the same for all organizations of a user, in the
 * order of organizations and then of objects, from a place on.
 *
 * Returns true at the end.  Returns false, with the place to continue from, if consume
 * returned false, or *seeks, which is counted down, would fall below zero.  The number of
 * seeks is at most the number of the user's organizations, and at most the number of
 * organizations with such grants.  (Both sides are sorted, and each seeks to the other's
 * next value: a leapfrog join, T. Veldhuizen, ICDT 2014.)
 */
extern bool grant_read_each_through_organizations(GrantTarget target, const pg_uuid_t *user_id,
												  GrantPlace *place, int *seeks,
												  ExpiryClock *clock, Snapshot snapshot,
												  GrantConsumer consume, void *arg);

/*
 * grant_read_each_organization_on: calls consume, with the organization's id, for each
 * unexpired grant of an organization on an object, until it returns false.  Returns false
 * if there are more than max grants of organizations, after max of them.
 */
extern bool grant_read_each_organization_on(GrantTarget target, const pg_uuid_t *object, int max,
											ExpiryClock *clock, Snapshot snapshot,
											GrantConsumer consume, void *arg);

/* grant_read_has_owner: whether some user has a grant of level owner that never expires. */
extern bool grant_read_has_owner(GrantTarget target, const pg_uuid_t *object, Snapshot snapshot);

#endif							/* MODELAPI_ACL_GRANT_READ_H */
