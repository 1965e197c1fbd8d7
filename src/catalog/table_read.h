/*-------------------------------------------------------------------------
 *
 * table_read.h
 *	  Reads users, organizations, projects, model APIs and events.
 *
 * These functions bypass privileges and row-level security: the caller decides what
 * the current user gets to know.  Each reads with the given snapshot, through an index
 * if there is one.  It holds AccessShareLock only while it reads, raises errors only
 * for a damaged installation, and allocates nothing but its result, in the current
 * memory context.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_TABLE_READ_H
#define MODELAPI_ACL_TABLE_READ_H

#include "datatype/timestamp.h"
#include "utils/snapshot.h"
#include "utils/uuid.h"

#include "index_read.h"
#include "../terms.h"

/* What a decision needs to know about a user */
typedef struct UserFacts
{
	bool		enabled;
	bool		is_service_account;
	pg_uuid_t	responsible_id; /* of a service account */
} UserFacts;

/*
 * The functions that return bool tell whether there is such a row.  If so, they fill the
 * last argument, unless it is NULL.
 */
extern bool table_read_user(const pg_uuid_t *id, Snapshot snapshot, UserFacts *facts);

/*
 * Who is responsible for a service account; false: the user is none.  For a user whom the
 * caller only has from a row that the current user may not see.
 */
extern bool table_read_responsible(const pg_uuid_t *id, Snapshot snapshot, pg_uuid_t *responsible_id);

/* Whether a user is a person: one who exists and is no service account. */
extern bool table_read_is_person(const pg_uuid_t *id, Snapshot snapshot);

/*
 * table_read_text: the text of the row with an id, palloc'd; NULL if there is none.  which: a
 * read whose second column is the text.
 */
extern char *table_read_text(IndexId which, const pg_uuid_t *id, Snapshot snapshot);

/* A user's name and email address, palloc'd; NULL if there is none. */
extern char *table_read_username(const pg_uuid_t *id, Snapshot snapshot);
extern char *table_read_email(const pg_uuid_t *user_id, Snapshot snapshot);

extern bool table_read_user_by_email(const char *email, Snapshot snapshot, pg_uuid_t *user_id);
extern bool table_read_user_by_external_id(const char *external_id, Snapshot snapshot,
										   pg_uuid_t *user_id);
extern bool table_read_principal_by_name(const char *name, Snapshot snapshot, Principal *principal);

/* Whether a name is unused, but reserved for its last holder. */
extern bool table_read_name_is_reserved(const char *name, Snapshot snapshot);

extern bool table_read_project(const pg_uuid_t *id, Snapshot snapshot);
extern bool table_read_organization(const pg_uuid_t *id, Snapshot snapshot);
extern bool table_read_model_api(const pg_uuid_t *id, Snapshot snapshot, ModelApiFacts *facts);

/*
 * table_read_model_api_of_row: the same for the model API of a row that may be hidden.
 *
 * Neither the statistics nor the predicate locks tell which one it is.
 */
extern bool table_read_model_api_of_row(const pg_uuid_t *id, Snapshot snapshot, ModelApiFacts *facts);

/* When a change committed, as the snapshot shows it; false if it did not. */
extern bool table_read_commit_time(const pg_uuid_t *change_id, Snapshot snapshot, TimestampTz *committed_at);

/*
 * The time of the last audit event of an object, or of the commit of its change if that is
 * later; false if there is no event.  Reads with SnapshotSelf, and takes no predicate lock:
 * a serializable transaction need not depend on it.
 */
extern bool table_read_last_event_time(const pg_uuid_t *object_id, TimestampTz *last);

/*
 * table_read_member: whether a user is a member of an organization.  The statistics views do
 * not count it.
 * table_read_hide_member_locks: has pg_locks not show of whom that is asked, nor whether it is
 * asked at all, later in this transaction.
 */
extern bool table_read_member(const pg_uuid_t *organization_id, const pg_uuid_t *user_id,
							  Snapshot snapshot, bool *is_admin);
extern void table_read_hide_member_locks(const pg_uuid_t *user_id, Snapshot snapshot);

extern bool table_read_model_api_of_token(const pg_uuid_t *token_id, Snapshot snapshot,
										  pg_uuid_t *model_api_id);
extern bool table_read_model_api_of_version(const pg_uuid_t *version_id, Snapshot snapshot,
											pg_uuid_t *model_api_id);

/*
 * table_read_organizations_of: fills an array of max elements with the organizations of a
 * user, in the order of their ids, from the first one after "after" (NULL: from the first).
 * Returns their number.
 */
extern int	table_read_organizations_of(const pg_uuid_t *user_id, const pg_uuid_t *after, int max,
										Snapshot snapshot, pg_uuid_t *organizations);

/* Whether an organization has an admin who is a person. */
extern bool table_read_has_admin(const pg_uuid_t *organization_id, Snapshot snapshot);

/*
 * table_read_sorted_organizations: reads a scan of INDEX_MEMBERSHIPS to its end, where no
 * index returns them in order.  Returns the organizations in a sorted array, which is NULL
 * for none, and their number in *count.
 */
extern pg_uuid_t *table_read_sorted_organizations(IndexRead *scan, int *count);

#endif							/* MODELAPI_ACL_TABLE_READ_H */
