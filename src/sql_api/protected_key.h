/*-------------------------------------------------------------------------
 *
 * protected_key.h
 *	  The key of a protected table: its column, and whether it leads to model APIs or projects.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_PROTECTED_KEY_H
#define MODELAPI_ACL_PROTECTED_KEY_H

#include "access/attnum.h"

/* What a key leads to */
typedef enum KeyTarget
{
	KEY_TO_UNKNOWN,
	KEY_TO_MODEL_APIS,
	KEY_TO_PROJECTS
} KeyTarget;

/* A permission that protect_table was given, or NULL, and by which argument */
typedef struct GivenPermission
{
	const char *permission;
	const char *argument;
} GivenPermission;

/*
 * protected_key_column: the column with a name.  Raises 22023 unless there is one, of type uuid
 * or a domain over it.
 *
 * protected_key_target: what the permissions say that the column leads to, else what its foreign
 * keys say.  Raises 22023 if that cannot be told, for permissions of both kinds and for unknown
 * ones.
 *
 * The caller holds a lock on the table.
 */
extern AttrNumber protected_key_column(Oid table, const char *key);
extern KeyTarget protected_key_target(Oid table, AttrNumber column, const GivenPermission *given, int count);

#endif							/* MODELAPI_ACL_PROTECTED_KEY_H */
