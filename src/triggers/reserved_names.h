/*-------------------------------------------------------------------------
 *
 * reserved_names.h
 *	  The one namespace of usernames and organization names.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_RESERVED_NAMES_H
#define MODELAPI_ACL_RESERVED_NAMES_H

#include "row_change.h"

/*
 * reserved_names_change: takes the name of a new or renamed user or organization,
 * and reserves the name that is given up.  For an AFTER trigger on INSERT, UPDATE of
 * the name, and DELETE.  Raises unique_violation (23505) for a name that somebody
 * holds, or that is reserved for somebody else.
 */
extern void reserved_names_change(RowChange *change, bool is_user);

#endif							/* MODELAPI_ACL_RESERVED_NAMES_H */
