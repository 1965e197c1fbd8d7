/*-------------------------------------------------------------------------
 *
 * service_account_guard.h
 *	  Checks of service accounts, whose rows of users have a responsible user.
 *
 * An installation of 1.0 has no service accounts; there the functions do nothing.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SERVICE_ACCOUNT_GUARD_H
#define MODELAPI_ACL_SERVICE_ACCOUNT_GUARD_H

#include "row_change.h"

/*
 * service_account_guard_is_succession: whether the current user is responsible for a service
 * account, and changes nothing else but who is.  The row has to be locked.
 *
 * service_account_guard_check_succession: the same at the end of the statement, which may have
 * waited.  Raises PT401 if the user who did this was disabled meanwhile.
 */
extern bool service_account_guard_is_succession(RowChange *change);
extern void service_account_guard_check_succession(RowChange *change);

/*
 * service_account_guard_row: checks a row of users.  Raises 22023 if a person becomes a service
 * account or the reverse, or if the responsible user is not an enabled person.
 */
extern void service_account_guard_row(RowChange *change);

/*
 * service_account_guard_has_no_email: whether a row of user_identities is of a service account.
 * Raises 22023 if such a row has an email address.
 */
extern bool service_account_guard_has_no_email(RowChange *change, text *email);

/* Raises 23514 if the user of a row is responsible for service accounts, and names these. */
extern void service_account_guard_require_none(RowChange *change);

#endif							/* MODELAPI_ACL_SERVICE_ACCOUNT_GUARD_H */
