/*-------------------------------------------------------------------------
 *
 * enabled_user.h
 *	  Whether a user exists and is enabled, and is a person.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_ENABLED_USER_H
#define MODELAPI_ACL_ENABLED_USER_H

#include "utils/snapshot.h"
#include "utils/uuid.h"

/*
 * enabled_user_exists: whether there is an enabled user with this id in a snapshot.  What
 * was found last is kept, also for the session's next transactions, until the state of
 * the database changes.
 */
extern bool enabled_user_exists(const pg_uuid_t *user_id, Snapshot snapshot);

/*
 * enabled_user_is_person: the same for one who is no service account.  Only a person can be
 * the user of a transaction.
 */
extern bool enabled_user_is_person(const pg_uuid_t *user_id, Snapshot snapshot);

#endif							/* MODELAPI_ACL_ENABLED_USER_H */
