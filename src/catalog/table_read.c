/*-------------------------------------------------------------------------
 *
 * table_read.c
 *	  Reads users, organizations, projects, model APIs and events.
 *
 * Policies need to read other tables, but a policy that queries a table with
 * policies of its own would recurse.  So access checks scan the tables and indexes
 * directly, with the caller's snapshot: no SQL, no privileges, no policies.  Only
 * this file, grant_read.c, model_api_read.c and the scans of src/scan read the
 * extension's tables in this way.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/formatting.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "table_read.h"
#include "index_read.h"
#include "indexes.h"
#include "object_ids.h"
#include "../compat.h"
#include "../terms.h"
#include "../values/arrays.h"
#include "../values/email.h"
#include "../values/uuids.h"

/* ----------
 * Principals
 * ----------
 */

bool
table_read_user(const pg_uuid_t *id, Snapshot snapshot, UserFacts *facts)
{
	IndexRead	scan;
	ScanKeyData key;
	bool		found;

	index_read_key_uuid(&key, 1, id);
	index_read_begin(&scan, INDEX_USERS, snapshot, 1, &key);
	index_read_unnoticed(&scan);
	found = index_read_next(&scan);
	if (found && facts)
	{
		bool		isnull;
		Datum		responsible = index_read_value(&scan, USERS_RESPONSIBLE_ID, &isnull);

		facts->is_service_account = !isnull;
		if (!isnull)
			facts->responsible_id = *DatumGetUUIDP(responsible);
		(void) index_read_value(&scan, USERS_DISABLED_AT, &facts->enabled);	/* NULL: enabled */
	}
	index_read_end(&scan);
	return found;
}

bool
table_read_responsible(const pg_uuid_t *id, Snapshot snapshot, pg_uuid_t *responsible_id)
{
	IndexRead	scan;
	ScanKeyData key;
	bool		isnull = true;

	index_read_key_uuid(&key, 1, id);
	index_read_begin(&scan, INDEX_USERS, snapshot, 1, &key);
	index_read_unnoticed(&scan);
	index_read_hide_locks(&scan, snapshot); /* they would reveal whose token a hidden one is */
	if (index_read_next(&scan))
	{
		Datum		responsible = index_read_value(&scan, USERS_RESPONSIBLE_ID, &isnull);

		if (!isnull)
			*responsible_id = *DatumGetUUIDP(responsible);
	}
	index_read_end(&scan);
	return !isnull;
}

bool
table_read_is_person(const pg_uuid_t *id, Snapshot snapshot)
{
	UserFacts	facts;

	return table_read_user(id, snapshot, &facts) && !facts.is_service_account;
}

char *
table_read_text(IndexId which, const pg_uuid_t *id, Snapshot snapshot)
{
	IndexRead	scan;
	ScanKeyData key;
	char	   *result = NULL;

	index_read_key_uuid(&key, 1, id);
	index_read_begin(&scan, which, snapshot, 1, &key);
	if (index_read_next(&scan))
		result = TextDatumGetCString(index_read_required(&scan, TEXTS_TEXT));
	index_read_end(&scan);
	return result;
}

char *
table_read_username(const pg_uuid_t *id, Snapshot snapshot)
{
	return table_read_text(INDEX_USERNAMES, id, snapshot);
}

char *
table_read_email(const pg_uuid_t *user_id, Snapshot snapshot)
{
	return table_read_text(INDEX_IDENTITIES, user_id, snapshot);
}

/* A user by a text of user_identities, through one of its indexes. */
static bool
user_by_text(IndexId which, const char *value, Snapshot snapshot, pg_uuid_t *user_id)
{
	IndexRead	scan;
	ScanKeyData key;
	bool		found;

	index_read_key_text(&key, 1, indexes_key_collation(which), value);
	index_read_begin(&scan, which, snapshot, 1, &key);
	index_read_uncounted(&scan);	/* it would reveal whether the user exists */
	index_read_hide_locks(&scan, snapshot);
	found = index_read_next(&scan);
	if (found && user_id)
		*user_id = *DatumGetUUIDP(index_read_required(&scan, IDENTITIES_USER_ID));
	index_read_end(&scan);
	return found;
}

bool
table_read_user_by_email(const char *email, Snapshot snapshot, pg_uuid_t *user_id)
{
	char	   *key = email_key(email);

	return key && user_by_text(INDEX_EMAILS, key, snapshot, user_id);
}

bool
table_read_user_by_external_id(const char *external_id, Snapshot snapshot, pg_uuid_t *user_id)
{
	return user_by_text(INDEX_EXTERNAL_IDS, external_id, snapshot, user_id);
}

/* Finds the holder of a name, or the last holder of a reserved one. */
static bool
find_name(const char *name, Snapshot snapshot, Principal *principal, bool *reserved)
{
	IndexRead	scan;
	ScanKeyData key;
	char	   *folded = asc_tolower(name, strlen(name));
	bool		found;

	index_read_key_text(&key, 1, indexes_key_collation(INDEX_NAMES), folded);
	index_read_begin(&scan, INDEX_NAMES, snapshot, 1, &key);
	index_read_uncounted(&scan);
	found = index_read_next(&scan);
	if (found)
	{
		bool		isnull;
		Datum		id = index_read_value(&scan, NAMES_USER_ID, &isnull);

		principal->kind = isnull ? PRINCIPAL_ORGANIZATION : PRINCIPAL_USER;
		if (isnull)
			id = index_read_required(&scan, NAMES_ORGANIZATION_ID);
		principal->id = *DatumGetUUIDP(id);
		(void) index_read_value(&scan, NAMES_RESERVED_AT, &isnull);
		*reserved = !isnull;
	}
	index_read_end(&scan);
	return found;
}

bool
table_read_principal_by_name(const char *name, Snapshot snapshot, Principal *principal)
{
	Principal	found;
	bool		reserved;

	if (!find_name(name, snapshot, principal ? principal : &found, &reserved))
		return false;
	return !reserved;
}

bool
table_read_name_is_reserved(const char *name, Snapshot snapshot)
{
	Principal	last_holder;
	bool		reserved;

	return find_name(name, snapshot, &last_holder, &reserved) && reserved;
}

/* Whether there is a row with a uuid. */
static bool
exists_by_uuid(IndexId which, const pg_uuid_t *id, Snapshot snapshot)
{
	IndexRead	scan;
	ScanKeyData key;
	bool		found;

	index_read_key_uuid(&key, 1, id);
	index_read_begin(&scan, which, snapshot, 1, &key);
	found = index_read_next(&scan);
	index_read_end(&scan);
	return found;
}

bool
table_read_organization(const pg_uuid_t *id, Snapshot snapshot)
{
	return exists_by_uuid(INDEX_ORGANIZATIONS, id, snapshot);
}

bool
table_read_project(const pg_uuid_t *id, Snapshot snapshot)
{
	return exists_by_uuid(INDEX_PROJECTS, id, snapshot);
}

bool
table_read_member(const pg_uuid_t *organization_id, const pg_uuid_t *user_id,
				  Snapshot snapshot, bool *is_admin)
{
	IndexRead	scan;
	ScanKeyData keys[2];
	bool		found;

	index_read_key_uuid(&keys[0], 1, organization_id);
	index_read_key_uuid(&keys[1], 2, user_id);
	index_read_begin(&scan, INDEX_MEMBERS, snapshot, 2, keys);
	/* which organizations are asked about may depend on grants that are hidden */
	index_read_unnoticed(&scan);
	found = index_read_next(&scan);
	if (found && is_admin)
		*is_admin = DatumGetBool(index_read_required(&scan, MEMBERS_IS_ADMIN));
	index_read_end(&scan);
	return found;
}

void
table_read_hide_member_locks(const pg_uuid_t *user_id, Snapshot snapshot)
{
	IndexRead	scan;
	ScanKeyData key;

	if (!IsolationIsSerializable())
		return;
	index_read_key_uuid(&key, 1, user_id);
	index_read_begin(&scan, INDEX_MEMBERS, snapshot, 1, &key);
	index_read_unnoticed(&scan);
	index_read_hide_locks(&scan, snapshot);
	index_read_end(&scan);
}

bool
table_read_has_admin(const pg_uuid_t *organization_id, Snapshot snapshot)
{
	IndexRead	scan;
	ScanKeyData key;
	bool		found = false;

	index_read_key_uuid(&key, 1, organization_id);
	index_read_begin(&scan, INDEX_MEMBERS, snapshot, 1, &key);
	while (!found && index_read_next(&scan))
	{
		CHECK_FOR_INTERRUPTS();
		found = DatumGetBool(index_read_required(&scan, MEMBERS_IS_ADMIN)) &&
			table_read_is_person(DatumGetUUIDP(index_read_required(&scan, MEMBERS_USER_ID)), snapshot);
	}
	index_read_end(&scan);
	return found;
}

pg_uuid_t *
table_read_sorted_organizations(IndexRead *scan, int *count)
{
	int			room = 0;
	pg_uuid_t  *found = NULL;

	*count = 0;
	while (index_read_next(scan))
	{
		CHECK_FOR_INTERRUPTS();
		found = arrays_make_room(found, *count, &room, sizeof(pg_uuid_t));
		found[(*count)++] = *DatumGetUUIDP(index_read_required(scan, MEMBERSHIPS_ORGANIZATION_ID));
	}
	if (found)
		qsort(found, *count, sizeof(pg_uuid_t), uuids_compare);
	return found;
}

int
table_read_organizations_of(const pg_uuid_t *user_id, const pg_uuid_t *after, int max,
							Snapshot snapshot, pg_uuid_t *organizations)
{
	IndexRead	scan;
	ScanKeyData keys[2];
	int			count = 0;

	index_read_key_uuid(&keys[0], 1, user_id);
	if (after)
		ScanKeyInit(&keys[1], MEMBERSHIPS_ORGANIZATION_ID, BTGreaterStrategyNumber,
					F_UUID_GT, UUIDPGetDatum(after));
	index_read_begin(&scan, INDEX_MEMBERSHIPS, snapshot, after ? 2 : 1, keys);
	index_read_unnoticed(&scan);
	if (!index_read_is_in_order(&scan, MEMBERSHIPS_ORGANIZATION_ID))
	{
		pg_uuid_t  *all = table_read_sorted_organizations(&scan, &count);

		count = Min(count, max);
		if (all)
		{
			memcpy(organizations, all, count * sizeof(pg_uuid_t));
			pfree(all);
		}
	}
	else
		while (count < max && index_read_next(&scan))
		{
			CHECK_FOR_INTERRUPTS();
			organizations[count++] =
				*DatumGetUUIDP(index_read_required(&scan, MEMBERSHIPS_ORGANIZATION_ID));
		}
	index_read_end(&scan);
	return count;
}

/* ----------
 * Model APIs and tokens
 * ----------
 */

static bool
read_model_api(const pg_uuid_t *id, Snapshot snapshot, bool is_unnoticed, ModelApiFacts *facts)
{
	IndexRead	scan;
	ScanKeyData key;
	bool		found;

	index_read_key_uuid(&key, 1, id);
	index_read_begin(&scan, INDEX_MODEL_APIS, snapshot, 1, &key);
	if (is_unnoticed)
	{
		index_read_unnoticed(&scan);
		index_read_hide_locks(&scan, snapshot);
	}
	found = index_read_next(&scan);
	if (found && facts)
	{
		facts->id = *id;
		facts->project_id = *DatumGetUUIDP(index_read_required(&scan, MODEL_APIS_PROJECT_ID));
		facts->visibility = (Visibility)
			object_ids_enum_ordinal(ENUM_VISIBILITY,
									DatumGetObjectId(index_read_required(&scan, MODEL_APIS_VISIBILITY)));
		facts->authorization_mode = (AuthorizationMode)
			object_ids_enum_ordinal(ENUM_AUTHORIZATION_MODE,
									DatumGetObjectId(index_read_required(&scan, MODEL_APIS_AUTHORIZATION_MODE)));
		facts->invocation_mode = (InvocationMode)
			object_ids_enum_ordinal(ENUM_INVOCATION_MODE,
									DatumGetObjectId(index_read_required(&scan, MODEL_APIS_INVOCATION_MODE)));
	}
	index_read_end(&scan);
	return found;
}

bool
table_read_model_api(const pg_uuid_t *id, Snapshot snapshot, ModelApiFacts *facts)
{
	return read_model_api(id, snapshot, false, facts);
}

bool
table_read_model_api_of_row(const pg_uuid_t *id, Snapshot snapshot, ModelApiFacts *facts)
{
	return read_model_api(id, snapshot, true, facts);
}

/* The model API that a row refers to, by the row's id. */
static bool
model_api_of(IndexId which, int column, const pg_uuid_t *id, Snapshot snapshot,
			 pg_uuid_t *model_api_id)
{
	IndexRead	scan;
	ScanKeyData key;
	bool		found;

	index_read_key_uuid(&key, 1, id);
	index_read_begin(&scan, which, snapshot, 1, &key);
	found = index_read_next(&scan);
	if (found)
		*model_api_id = *DatumGetUUIDP(index_read_required(&scan, column));
	index_read_end(&scan);
	return found;
}

bool
table_read_model_api_of_token(const pg_uuid_t *token_id, Snapshot snapshot, pg_uuid_t *model_api_id)
{
	return model_api_of(INDEX_TOKENS, TOKENS_MODEL_API_ID, token_id, snapshot, model_api_id);
}

bool
table_read_model_api_of_version(const pg_uuid_t *version_id, Snapshot snapshot, pg_uuid_t *model_api_id)
{
	return model_api_of(INDEX_VERSIONS, VERSIONS_MODEL_API_ID, version_id, snapshot, model_api_id);
}

/* ----------
 * Audit events
 * ----------
 */

bool
table_read_commit_time(const pg_uuid_t *change_id, Snapshot snapshot, TimestampTz *committed_at)
{
	IndexRead	scan;
	ScanKeyData key;
	bool		found;

	index_read_key_uuid(&key, 1, change_id);
	index_read_begin(&scan, INDEX_CHANGES, snapshot, 1, &key);
	found = index_read_next(&scan);
	if (found)
		*committed_at = DatumGetTimestampTz(index_read_required(&scan, CHANGES_COMMITTED_AT));
	index_read_end(&scan);
	return found;
}

bool
table_read_last_event_time(const pg_uuid_t *object_id, TimestampTz *last)
{
	IndexRead	scan;
	ScanKeyData key;
	pg_uuid_t	change_id;
	TimestampTz committed_at;
	bool		found = false;

	index_read_key_uuid(&key, 1, object_id);
	index_read_begin(&scan, INDEX_AUDIT_OBJECTS, SnapshotSelf, 1, &key);
	index_read_uncounted(&scan);
	if (index_read_is_in_order(&scan, EVENTS_OCCURRED_AT))
		scan.direction = BackwardScanDirection;
	while (index_read_next(&scan))
	{
		TimestampTz occurred_at = DatumGetTimestampTz(index_read_required(&scan, EVENTS_OCCURRED_AT));

		CHECK_FOR_INTERRUPTS();
		if (!found || occurred_at > *last)
		{
			*last = occurred_at;
			change_id = *DatumGetUUIDP(index_read_required(&scan, EVENTS_CHANGE_ID));
		}
		found = true;
		if (ScanDirectionIsBackward(scan.direction))
			break;
	}
	index_read_end(&scan);
	if (found && table_read_commit_time(&change_id, SnapshotSelf, &committed_at))
		*last = Max(*last, committed_at);
	return found;
}
