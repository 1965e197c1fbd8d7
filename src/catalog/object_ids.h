/*-------------------------------------------------------------------------
 *
 * object_ids.h
 *	  The OIDs of the extension's own tables and enum labels.
 *
 * Errors: undefined_schema or undefined_table where one was renamed or dropped.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_OBJECT_IDS_H
#define MODELAPI_ACL_OBJECT_IDS_H

#include "storage/lockdefs.h"
#include "utils/relcache.h"
#include "fmgr.h"

#include "../terms.h"

typedef enum TableId
{
	TABLE_USERS,
	TABLE_USER_IDENTITIES,
	TABLE_PRINCIPAL_NAMES,
	TABLE_ORGANIZATIONS,
	TABLE_ORGANIZATION_MEMBERS,
	TABLE_PROJECTS,
	TABLE_PROJECT_COLLABORATORS,
	TABLE_MODEL_APIS,
	TABLE_MODEL_API_COLLABORATORS,
	TABLE_MODEL_API_VERSIONS,
	TABLE_TOKEN_HASHES,
	TABLE_ACCESS_TOKENS,
	TABLE_AUDIT_EVENTS,
	TABLE_CHANGES,
	/* of 1.1: an installation of 1.0 lacks them */
	TABLE_PERSONAL_TOKENS,
	TABLE_PERSONAL_TOKEN_MODEL_APIS,
	TABLE_PERSONAL_TOKEN_HASHES
} TableId;

#define TABLE_COUNT (TABLE_PERSONAL_TOKEN_HASHES + 1)

/* Called by _PG_init: registers the callbacks that invalidate cached OIDs. */
extern void object_ids_initialize(void);

/*
 * A table's OID.  Without a lock on the table, it may be out of date at once: somebody may
 * drop or rename the table.
 */
extern Oid	object_ids_table(TableId which);

/* Locks and opens the table that has the name at the time when the lock is granted. */
extern Relation object_ids_open_table(TableId which, LOCKMODE lockmode);

/* Whether the table exists; false where the extension was dropped. */
extern bool object_ids_has_table(TableId which);

/* The schema of an extension, or InvalidOid. */
extern Oid	object_ids_extension_schema(Oid extension);

/*
 * object_ids_owner_bypasses_rls: whether the extension's owner bypasses row-level security,
 * as a superuser does.  If the owner was demoted, the internal views return no rows, and
 * functions would answer as if the tables were empty.  A positive result is cached.
 * object_ids_require_privileged_owner: raises object_not_in_prerequisite_state (55000)
 * unless the owner does.
 */
extern bool object_ids_owner_bypasses_rls(void);
extern void object_ids_require_privileged_owner(void);

typedef enum EnumId
{
	ENUM_ACCESS_LEVEL,
	ENUM_VISIBILITY,
	ENUM_AUTHORIZATION_MODE,
	ENUM_INVOCATION_MODE,
	ENUM_PERMISSION,
	ENUM_PROJECT_PERMISSION,
	ENUM_ORGANIZATION_PERMISSION
} EnumId;

/*
 * object_ids_enum_ordinal: the position of a label in its type, from 0: a member of the C
 * enum.  An OID that is no label of the type is an internal error.
 * object_ids_enum_label, object_ids_enum_name: OID and text of the label at a position.
 * object_ids_enum_named: the position of a label by its text; another text is an internal error.
 */
extern int	object_ids_enum_ordinal(EnumId which, Oid label);
extern Oid	object_ids_enum_label(EnumId which, int ordinal);
extern const char *object_ids_enum_name(EnumId which, int ordinal);
extern int	object_ids_enum_named(EnumId which, const char *name);
extern Oid	object_ids_enum_type(EnumId which);

/* The access level that a label stands for. */
extern AccessLevel object_ids_access_level(Oid label);

/* object_ids_enum_argument: the position of the label in an argument of an SQL function. */
extern int	object_ids_enum_argument(FunctionCallInfo fcinfo, int argument, EnumId which);

#endif							/* MODELAPI_ACL_OBJECT_IDS_H */
