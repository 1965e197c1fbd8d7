/*-------------------------------------------------------------------------
 *
 * store.c
 *	  Reads users, organizations, projects, model APIs, tokens and events.
 *
 * Access checks ask the same few questions for row after row, below row-level
 * security that must not ask itself.  So they are answered here by walking
 * the indexes with the caller's snapshot: no SQL, no privileges, no policies.
 * This file and store_grants.c are the only readers of the extension's tables
 * from C.  Whatever they hand out, the caller has to be careful with.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/formatting.h"
#include "utils/snapmgr.h"

#include "store_scan.h"

/* ----------
 * Principals
 * ----------
 */

bool
store_user(const pg_uuid_t *id, Snapshot snapshot, bool *enabled)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found;

	store_key_uuid(&key, 1, id);
	store_scan_begin(&scan, INDEX_USERS, snapshot, 1, &key);
	found = store_scan_next(&scan);
	if (found && enabled)
		(void) store_scan_value(&scan, USERS_DISABLED_AT, enabled);	/* NULL: enabled */
	store_scan_end(&scan);
	return found;
}

/* A text of a user, by the user's id. */
static char *
text_of_user(StoreIndex which, const pg_uuid_t *id, Snapshot snapshot)
{
	StoreScan	scan;
	ScanKeyData key;
	char	   *result = NULL;

	store_key_uuid(&key, 1, id);
	store_scan_begin(&scan, which, snapshot, 1, &key);
	if (store_scan_next(&scan))
		result = TextDatumGetCString(store_scan_required(&scan, TEXTS_TEXT));
	store_scan_end(&scan);
	return result;
}

char *
store_username(const pg_uuid_t *id, Snapshot snapshot)
{
	return text_of_user(INDEX_USERNAMES, id, snapshot);
}

char *
store_email(const pg_uuid_t *user_id, Snapshot snapshot)
{
	return text_of_user(INDEX_IDENTITIES, user_id, snapshot);
}

/* A user by a text of user_identities, through one of its indexes. */
static bool
user_by_text(StoreIndex which, const char *value, Snapshot snapshot, pg_uuid_t *user_id)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found;

	store_key_text(&key, 1, indexes_collation(which), value);
	store_scan_begin(&scan, which, snapshot, 1, &key);
	store_scan_uncounted(&scan);		/* whether there is one is for the answer to say */
	store_scan_hide_locks(&scan, snapshot);
	found = store_scan_next(&scan);
	if (found && user_id)
		*user_id = *DatumGetUUIDP(store_scan_required(&scan, IDENTITIES_USER_ID));
	store_scan_end(&scan);
	return found;
}

bool
store_user_by_email(const char *email, Snapshot snapshot, pg_uuid_t *user_id)
{
	char	   *key = email_key(email);

	return key && user_by_text(INDEX_EMAILS, key, snapshot, user_id);
}

bool
store_user_by_external_id(const char *external_id, Snapshot snapshot, pg_uuid_t *user_id)
{
	return user_by_text(INDEX_EXTERNAL_IDS, external_id, snapshot, user_id);
}

/* What the namespace has under a name, and whether it is reserved. */
static bool
find_name(const char *name, Snapshot snapshot, Principal *principal, bool *reserved)
{
	StoreScan	scan;
	ScanKeyData key;
	char	   *folded = asc_tolower(name, strlen(name));
	bool		found;

	store_key_text(&key, 1, indexes_collation(INDEX_NAMES), folded);
	store_scan_begin(&scan, INDEX_NAMES, snapshot, 1, &key);
	store_scan_uncounted(&scan);
	found = store_scan_next(&scan);
	if (found)
	{
		bool		isnull;
		Datum		id = store_scan_value(&scan, NAMES_USER_ID, &isnull);

		principal->kind = isnull ? PRINCIPAL_ORGANIZATION : PRINCIPAL_USER;
		if (isnull)
			id = store_scan_required(&scan, NAMES_ORGANIZATION_ID);
		principal->id = *DatumGetUUIDP(id);
		(void) store_scan_value(&scan, NAMES_RESERVED_AT, &isnull);
		*reserved = !isnull;
	}
	store_scan_end(&scan);
	return found;
}

bool
store_principal_by_name(const char *name, Snapshot snapshot, Principal *principal)
{
	Principal	found;
	bool		reserved;

	if (!find_name(name, snapshot, principal ? principal : &found, &reserved))
		return false;
	return !reserved;
}

bool
store_name_is_reserved(const char *name, Snapshot snapshot)
{
	Principal	last_holder;
	bool		reserved;

	return find_name(name, snapshot, &last_holder, &reserved) && reserved;
}

/* Whether there is a row under a uuid. */
static bool
exists_by_uuid(StoreIndex which, const pg_uuid_t *id, Snapshot snapshot)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found;

	store_key_uuid(&key, 1, id);
	store_scan_begin(&scan, which, snapshot, 1, &key);
	found = store_scan_next(&scan);
	store_scan_end(&scan);
	return found;
}

bool
store_organization(const pg_uuid_t *id, Snapshot snapshot)
{
	return exists_by_uuid(INDEX_ORGANIZATIONS, id, snapshot);
}

bool
store_project(const pg_uuid_t *id, Snapshot snapshot)
{
	return exists_by_uuid(INDEX_PROJECTS, id, snapshot);
}

bool
store_member(const pg_uuid_t *organization_id, const pg_uuid_t *user_id,
			 Snapshot snapshot, bool *is_admin)
{
	StoreScan	scan;
	ScanKeyData keys[2];
	bool		found;

	store_key_uuid(&keys[0], 1, organization_id);
	store_key_uuid(&keys[1], 2, user_id);
	store_scan_begin(&scan, INDEX_MEMBERS, snapshot, 2, keys);
	found = store_scan_next(&scan);
	if (found && is_admin)
		*is_admin = DatumGetBool(store_scan_required(&scan, MEMBERS_IS_ADMIN));
	store_scan_end(&scan);
	return found;
}

bool
store_has_admin(const pg_uuid_t *organization_id, Snapshot snapshot)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found = false;

	store_key_uuid(&key, 1, organization_id);
	store_scan_begin(&scan, INDEX_MEMBERS, snapshot, 1, &key);
	while (!found && store_scan_next(&scan))
	{
		CHECK_FOR_INTERRUPTS();
		found = DatumGetBool(store_scan_required(&scan, MEMBERS_IS_ADMIN));
	}
	store_scan_end(&scan);
	return found;
}

int
store_compare_uuids(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(pg_uuid_t));
}

/* Where no index has them in order: all of them, palloc'd and sorted. */
pg_uuid_t *
store_sorted_organizations(StoreScan *scan, int *count)
{
	int			room = 64;
	pg_uuid_t  *found = palloc(room * sizeof(pg_uuid_t));

	*count = 0;
	while (store_scan_next(scan))
	{
		CHECK_FOR_INTERRUPTS();
		if (*count == room)
		{
			room *= 2;
			found = repalloc_huge(found, room * sizeof(pg_uuid_t));
		}
		found[(*count)++] = *DatumGetUUIDP(store_scan_required(scan, MEMBERSHIPS_ORGANIZATION_ID));
	}
	qsort(found, *count, sizeof(pg_uuid_t), store_compare_uuids);
	return found;
}

int
store_organizations_of(const pg_uuid_t *user_id, const pg_uuid_t *after, int max,
					   Snapshot snapshot, pg_uuid_t *organizations)
{
	StoreScan	scan;
	ScanKeyData keys[2];
	int			count = 0;

	store_key_uuid(&keys[0], 1, user_id);
	if (after)
		ScanKeyInit(&keys[1], MEMBERSHIPS_ORGANIZATION_ID, BTGreaterStrategyNumber,
					F_UUID_GT, UUIDPGetDatum(after));
	store_scan_begin(&scan, INDEX_MEMBERSHIPS, snapshot, after ? 2 : 1, keys);
	if (!store_scan_is_in_order(&scan, MEMBERSHIPS_ORGANIZATION_ID))
	{
		pg_uuid_t  *all = store_sorted_organizations(&scan, &count);

		count = Min(count, max);
		memcpy(organizations, all, count * sizeof(pg_uuid_t));
		pfree(all);
	}
	else
		while (count < max && store_scan_next(&scan))
		{
			CHECK_FOR_INTERRUPTS();
			organizations[count++] =
				*DatumGetUUIDP(store_scan_required(&scan, MEMBERSHIPS_ORGANIZATION_ID));
		}
	store_scan_end(&scan);
	return count;
}

/* ----------
 * Model APIs and tokens
 * ----------
 */

bool
store_model_api(const pg_uuid_t *id, Snapshot snapshot, ModelApiFacts *facts)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found;

	store_key_uuid(&key, 1, id);
	store_scan_begin(&scan, INDEX_MODEL_APIS, snapshot, 1, &key);
	found = store_scan_next(&scan);
	if (found && facts)
	{
		facts->id = *id;
		facts->project_id = *DatumGetUUIDP(store_scan_required(&scan, MODEL_APIS_PROJECT_ID));
		facts->visibility = (Visibility)
			catalog_enum_place(STORE_ENUM_VISIBILITY,
							 DatumGetObjectId(store_scan_required(&scan, MODEL_APIS_VISIBILITY)));
		facts->authorization_mode = (AuthorizationMode)
			catalog_enum_place(STORE_ENUM_AUTHORIZATION_MODE,
							 DatumGetObjectId(store_scan_required(&scan, MODEL_APIS_AUTHORIZATION_MODE)));
		facts->invocation_mode = (InvocationMode)
			catalog_enum_place(STORE_ENUM_INVOCATION_MODE,
							 DatumGetObjectId(store_scan_required(&scan, MODEL_APIS_INVOCATION_MODE)));
	}
	store_scan_end(&scan);
	return found;
}

/* Which token a hash belongs to. */
static bool
token_id_by_digest(const uint8 digest[TOKEN_DIGEST_LENGTH], Snapshot snapshot,
				   pg_uuid_t *token_id)
{
	StoreScan	scan;
	ScanKeyData key;
	union
	{
		struct varlena header;
		char		bytes[VARHDRSZ + TOKEN_DIGEST_LENGTH];
	}			hash;
	bool		found;

	SET_VARSIZE(&hash, VARHDRSZ + TOKEN_DIGEST_LENGTH);
	memcpy(VARDATA(&hash), digest, TOKEN_DIGEST_LENGTH);
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_BYTEAEQ, PointerGetDatum(&hash));
	store_scan_begin(&scan, INDEX_TOKEN_HASHES, snapshot, 1, &key);
	found = store_scan_next(&scan);
	if (found)
		*token_id = *DatumGetUUIDP(store_scan_required(&scan, HASHES_TOKEN_ID));
	store_scan_end(&scan);
	return found;
}

/* The model API that a row names, by the row's id. */
static bool
model_api_of(StoreIndex which, int column, const pg_uuid_t *id, Snapshot snapshot,
			 pg_uuid_t *model_api_id)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found;

	store_key_uuid(&key, 1, id);
	store_scan_begin(&scan, which, snapshot, 1, &key);
	found = store_scan_next(&scan);
	if (found)
		*model_api_id = *DatumGetUUIDP(store_scan_required(&scan, column));
	store_scan_end(&scan);
	return found;
}

bool
store_model_api_of_token(const pg_uuid_t *token_id, Snapshot snapshot, pg_uuid_t *model_api_id)
{
	return model_api_of(INDEX_TOKENS, TOKENS_MODEL_API_ID, token_id, snapshot, model_api_id);
}

bool
store_model_api_of_version(const pg_uuid_t *version_id, Snapshot snapshot, pg_uuid_t *model_api_id)
{
	return model_api_of(INDEX_VERSIONS, VERSIONS_MODEL_API_ID, version_id, snapshot, model_api_id);
}

bool
store_token_by_digest(const uint8 digest[TOKEN_DIGEST_LENGTH], Snapshot snapshot,
					  TokenFacts *facts)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found;

	if (!token_id_by_digest(digest, snapshot, &facts->id))
		return false;
	store_key_uuid(&key, 1, &facts->id);
	store_scan_begin(&scan, INDEX_TOKENS, snapshot, 1, &key);
	found = store_scan_next(&scan);
	if (found)
	{
		bool		isnull;
		Datum		expires_at = store_scan_value(&scan, TOKENS_EXPIRES_AT, &isnull);

		facts->expires_at = isnull ? DT_NOEND : DatumGetTimestampTz(expires_at);
		(void) store_scan_value(&scan, TOKENS_REVOKED_AT, &isnull);
		facts->revoked = !isnull;
		facts->model_api_id = *DatumGetUUIDP(store_scan_required(&scan, TOKENS_MODEL_API_ID));
		facts->name = TextDatumGetCString(store_scan_required(&scan, TOKENS_NAME));
	}
	store_scan_end(&scan);
	return found;
}

/* ----------
 * The history
 * ----------
 */

/* When a change was committed; false for one that is not yet. */
static bool
change_time(const pg_uuid_t *change_id, TimestampTz *committed_at)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found;

	store_key_uuid(&key, 1, change_id);
	store_scan_begin(&scan, INDEX_CHANGES, SnapshotSelf, 1, &key);
	found = store_scan_next(&scan);
	if (found)
		*committed_at = DatumGetTimestampTz(store_scan_required(&scan, CHANGES_COMMITTED_AT));
	store_scan_end(&scan);
	return found;
}

bool
store_last_event_time(const pg_uuid_t *object_id, TimestampTz *last)
{
	StoreScan	scan;
	ScanKeyData key;
	pg_uuid_t	change_id;
	TimestampTz committed_at;
	bool		found = false;

	store_key_uuid(&key, 1, object_id);
	store_scan_begin(&scan, INDEX_AUDIT_OBJECTS, SnapshotSelf, 1, &key);
	store_scan_uncounted(&scan);
	if (store_scan_is_in_order(&scan, EVENTS_OCCURRED_AT))
		scan.direction = BackwardScanDirection;
	while (store_scan_next(&scan))
	{
		TimestampTz occurred_at = DatumGetTimestampTz(store_scan_required(&scan, EVENTS_OCCURRED_AT));

		CHECK_FOR_INTERRUPTS();
		if (!found || occurred_at > *last)
		{
			*last = occurred_at;
			change_id = *DatumGetUUIDP(store_scan_required(&scan, EVENTS_CHANGE_ID));
		}
		found = true;
		if (ScanDirectionIsBackward(scan.direction))
			break;
	}
	store_scan_end(&scan);
	if (found && change_time(&change_id, &committed_at))
		*last = Max(*last, committed_at);
	return found;
}
