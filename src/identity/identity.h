/*-------------------------------------------------------------------------
 *
 * identity.h
 *	  The identity of a transaction: who the current user is.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_IDENTITY_H
#define MODELAPI_ACL_IDENTITY_H

#include "utils/snapshot.h"
#include "utils/uuid.h"

typedef enum IdentityKind
{
	IDENTITY_NOBODY,			/* no user was stated, or one who is disabled by now */
	IDENTITY_USER,
	IDENTITY_ADMINISTRATOR		/* nothing was stated, and the role is an administrator */
} IdentityKind;

typedef struct Identity
{
	IdentityKind kind;
	pg_uuid_t	user_id;		/* zeroes unless IDENTITY_USER */
} Identity;

/*
 * Called by _PG_init: registers the callbacks that forget the identity at the end of the
 * transaction, and the setting and the hook that carry it to parallel workers.
 */
extern void identity_initialize(void);

/*
 * identity_current: the identity of this transaction.
 *
 * The first call in a transaction determines it, and it does not change any more, but
 * a user who is disabled or deleted in the snapshot becomes nobody.  In maintenance (a
 * security-restricted operation) the result is nobody, and determines nothing.
 * IDENTITY_ADMINISTRATOR depends on the effective role, see current_role.h.
 */
extern Identity identity_current(Snapshot snapshot);

/*
 * identity_is_plausible: whether an identity that came as an argument can be the one that
 * identity_current() returns.
 *
 * A cheap check for each row: it compares with what the transaction has determined, and
 * does not look up whether the user is enabled or the role is an administrator.
 */
extern bool identity_is_plausible(const Identity *identity);

/* identity_confirmed: the identity, if identity_current() returns the same; else nobody. */
extern Identity identity_confirmed(Identity identity, Snapshot snapshot);

/*
 * identity_from_argument: the identity that a policy passes on, as the SQL function
 * current_identity() returned it.
 */
extern Identity identity_from_argument(bool isnull, Datum value);

/*
 * identity_actor: the user whom an audit event names, or NULL for none.  A user who was
 * disabled since is still the actor.  The result is valid until the transaction ends.
 */
extern const pg_uuid_t *identity_actor(void);

/*
 * identity_begin_administration: called by each SQL function for administrators, after it
 * has checked that the current user may call it.
 * identity_may_manage_users: whether rows of users may be written: by an administrator,
 * or by such a function in the same client command, whichever user was stated.
 */
extern void identity_begin_administration(void);
extern bool identity_may_manage_users(void);

/*
 * identity_find_user: whether an identifier (an id, an email address or a username) names
 * a user, enabled or not.  If so, fills *user_id.
 */
extern bool identity_find_user(const char *identifier, Snapshot snapshot, pg_uuid_t *user_id);

/*
 * identity_call_as: calls act(arg) with the identity of a user, and restores the identity
 * afterwards, also when act raises an error.
 *
 * Only for run_as.c, which runs its own queries for administrators.  act must run no code
 * of other people and write nothing.
 */
extern void identity_call_as(const pg_uuid_t *user_id, void (*act) (void *arg), void *arg);

#endif							/* MODELAPI_ACL_IDENTITY_H */
