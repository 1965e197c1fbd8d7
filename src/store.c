/*-------------------------------------------------------------------------
 *
 * store.c
 *	  The only reader of the catalog and of the extension's tables from C.
 *
 * Access checks ask the same few questions for row after row, below row-level
 * security that must not ask itself.  So they are answered here by walking
 * the indexes with the caller's snapshot: no SQL, no privileges, no policies.
 * Whatever this file hands out, the caller has to be careful with.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "executor/instrument.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "modelapi_acl.h"

/* ----------
 * Scans
 * ----------
 */

/*
 * One read of a table, through an index where there is one.  Where the index's
 * entries hold all columns, values come from there, and the heap is read only
 * where the visibility map doesn't vouch for the page; else from the row in slot.
 * Keys that the index isn't led by are looked at row by row.
 */
typedef struct StoreScan
{
	StoreIndex	which;
	StoreAccess access;
	Relation	table;
	Relation	index;			/* NULL: the table is read from end to end */
	IndexScanDesc index_scan;
	TableScanDesc table_scan;
	ScanDirection direction;
	TupleTableSlot *slot;
	Buffer		visibility_buffer;
	Snapshot	snapshot;		/* one of the read's own, or NULL */
	ScanKey		keys;			/* the caller's */
	int			nkeys;
	int			nindexed;		/* so many of them are the index's */
	bool		is_uncounted;	/* then what was counted before: */
	BufferUsage buffers;
	ReadCounts	of_table;
	ReadCounts	of_index;
} StoreScan;

/*
 * A statement locks the tables that it names before it takes its snapshot; we come
 * later.  Where a table has been rewritten in between (by ALTER TABLE, or pg_repack),
 * the snapshot may show none of its rows, and what is committed by now is read instead.
 */
static Snapshot
snapshot_for(StoreScan *scan, Snapshot snapshot)
{
	if (!indexes_too_old(&scan->access, snapshot))
		return snapshot;
	if (IsolationUsesXactSnapshot() || IsInParallelMode())
		indexes_raise_too_old(RelationGetRelationName(scan->table));
	scan->snapshot = RegisterSnapshot(GetLatestSnapshot());
	scan->snapshot->curcid = snapshot->curcid;
	return scan->snapshot;
}

static void
scan_begin(StoreScan *scan, StoreIndex which, Snapshot snapshot, int nkeys, ScanKey keys)
{
	memset(scan, 0, sizeof(*scan));
	scan->which = which;
	scan->table = indexes_open(which, &scan->access);
	snapshot = snapshot_for(scan, snapshot);
	scan->direction = ForwardScanDirection;
	scan->visibility_buffer = InvalidBuffer;
	scan->keys = keys;
	scan->nkeys = nkeys;
	scan->nindexed = Min(nkeys, scan->access.nkeys);
	if (!scan->access.covers)
		scan->slot = table_slot_create(scan->table, NULL);
	if (scan->nindexed == 0)
	{
		scan->table_scan = table_beginscan(scan->table, snapshot, 0, NULL);
		return;
	}
	scan->index = index_open(scan->access.index, AccessShareLock);
	scan->index_scan = begin_index_scan(scan->table, scan->index, snapshot, scan->nindexed);
	scan->index_scan->xs_want_itup = scan->access.covers;
	index_rescan(scan->index_scan, keys, scan->nindexed, NULL, 0);
}

/*
 * For a scan that has just begun and that passes by rows which the caller must not know
 * of: how many it reads is not counted, but for one scan.
 */
static void
scan_uncounted(StoreScan *scan)
{
	scan->is_uncounted = true;
	scan->buffers = pgBufferUsage;
	uncounted_save(scan->table, &scan->of_table);
	if (scan->index)
		uncounted_save(scan->index, &scan->of_index);
}

/* In serializable transactions it locks no single rows and pages, which all may look at. */
static void
hide_locks(StoreScan *scan, Snapshot snapshot)
{
	uncounted_lock(scan->table, snapshot);
	if (scan->index)
		uncounted_lock(scan->index, snapshot);
}

static void
restore_counts(StoreScan *scan)
{
	pgBufferUsage = scan->buffers;
	uncounted_restore(scan->table, &scan->of_table, scan->index ? 0 : 1);
	if (scan->index)
		uncounted_restore(scan->index, &scan->of_index, 1);
}

/* The next entry of an index whose row the snapshot shows. */
static bool
next_entry(StoreScan *scan)
{
	ItemPointer tid;

	while ((tid = index_getnext_tid(scan->index_scan, scan->direction)) != NULL)
	{
		if (VM_ALL_VISIBLE(scan->table, ItemPointerGetBlockNumber(tid),
						   &scan->visibility_buffer))
		{
			/* Serializable transactions still have to know that it was read */
			PredicateLockPage(scan->table, ItemPointerGetBlockNumber(tid),
							  scan->index_scan->xs_snapshot);
			return true;
		}
		if (!scan->slot)
			scan->slot = table_slot_create(scan->table, NULL);
		if (index_fetch_heap(scan->index_scan, scan->slot))
		{
			ExecClearTuple(scan->slot);
			return true;
		}
	}
	return false;
}

/* A column of the current row, by its place in the read's shape, from 1. */
static Datum
scan_value(StoreScan *scan, AttrNumber column, bool *isnull)
{
	AttrNumber	place = scan->access.places[column - 1];

	if (scan->access.covers && scan->index)
		return index_getattr(scan->index_scan->xs_itup, place,
							 scan->index_scan->xs_itupdesc, isnull);
	return slot_getattr(scan->slot, place, isnull);
}

/* Whether the current row meets the keys that the index has not looked at. */
static bool
meets_keys(StoreScan *scan)
{
	for (int i = scan->nindexed; i < scan->nkeys; i++)
	{
		ScanKey		key = &scan->keys[i];
		bool		isnull;
		Datum		value = scan_value(scan, key->sk_attno, &isnull);

		if (isnull)
			return false;
		if (key->sk_attno == 1 && OidIsValid(indexes_function(scan->which)))
			value = OidFunctionCall1Coll(indexes_function(scan->which),
										 C_COLLATION_OID, value);
		if (!DatumGetBool(FunctionCall2Coll(&key->sk_func, key->sk_collation, value, key->sk_argument)))
			return false;
	}
	return true;
}

/* The next row that the snapshot shows. */
static bool
scan_next(StoreScan *scan)
{
	for (;;)
	{
		bool		found;

		if (!scan->index)
			found = table_scan_getnextslot(scan->table_scan, scan->direction, scan->slot);
		else if (scan->access.covers)
			found = next_entry(scan);
		else
			found = index_getnext_slot(scan->index_scan, scan->direction, scan->slot);
		if (!found || meets_keys(scan))
			return found;
		CHECK_FOR_INTERRUPTS();
	}
}

/* Whether rows come in the order of a column after those that the keys are equal to. */
static bool
is_in_order(StoreScan *scan, AttrNumber column)
{
	return scan->index && scan->access.nkeys >= column;
}

static void
scan_end(StoreScan *scan)
{
	if (scan->is_uncounted)
		restore_counts(scan);
	if (BufferIsValid(scan->visibility_buffer))
		ReleaseBuffer(scan->visibility_buffer);
	if (scan->index)
	{
		index_endscan(scan->index_scan);
		index_close(scan->index, AccessShareLock);
	}
	else
		table_endscan(scan->table_scan);
	if (scan->slot)
		ExecDropSingleTupleTableSlot(scan->slot);
	if (scan->snapshot)
		UnregisterSnapshot(scan->snapshot);
	table_close(scan->table, AccessShareLock);
}

/* The n-th column of a read (from 1) is equal to a uuid, or to a text. */
static void
key_uuid(ScanKey key, AttrNumber column, const pg_uuid_t *value)
{
	ScanKeyInit(key, column, BTEqualStrategyNumber, F_UUID_EQ, UUIDPGetDatum(value));
}

static void
key_text(ScanKey key, AttrNumber column, Oid collation, const char *value)
{
	ScanKeyEntryInitialize(key, 0, column, BTEqualStrategyNumber, InvalidOid,
						   collation, F_TEXTEQ, CStringGetTextDatum(value));
}

/* A column that is never NULL. */
static Datum
scan_required(StoreScan *scan, AttrNumber column)
{
	bool		isnull;
	Datum		value = scan_value(scan, column, &isnull);

	if (isnull)
		elog(ERROR, "unexpected NULL in table %s, read %d, column %d",
			 RelationGetRelationName(scan->table), scan->which, column);
	return value;
}

/* ----------
 * Principals
 * ----------
 */

/* Columns of the reads, as indexes.c numbers them from 1 */
enum
{
	USERS_DISABLED_AT = 2,
	TEXTS_TEXT = 2,				/* of users and of their identities, by user */
	IDENTITIES_USER_ID = 2,
	NAMES_USER_ID = 2,
	NAMES_ORGANIZATION_ID = 3,
	NAMES_RESERVED_AT = 4,
	MEMBERS_IS_ADMIN = 3,
	MEMBERSHIPS_ORGANIZATION_ID = 2,
	OBJECT_GRANTS_USER_ID = 2,	/* of all grants on an object */
	GRANTS_PRINCIPAL = 1,		/* of a principal's */
	GRANTS_OBJECT = 2,
	OBJECT_GRANTS_ORGANIZATION_ID = 2,	/* of organizations' grants on an object */
	GRANTS_LEVEL = 3,			/* of both */
	GRANTS_EXPIRES_AT = 4,
	MODEL_APIS_PROJECT_ID = 2,
	MODEL_APIS_VISIBILITY = 3,
	MODEL_APIS_AUTHORIZATION_MODE = 4,
	MODEL_APIS_INVOCATION_MODE = 6,
	VERSIONS_MODEL_API_ID = 2,
	HASHES_TOKEN_ID = 2,
	TOKENS_MODEL_API_ID = 2,
	TOKENS_NAME = 3,
	TOKENS_EXPIRES_AT = 4,
	TOKENS_REVOKED_AT = 5,
	EVENTS_OCCURRED_AT = 2,
	EVENTS_CHANGE_ID = 3,
	CHANGES_COMMITTED_AT = 2
};

bool
store_user(const pg_uuid_t *id, Snapshot snapshot, bool *enabled)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found;

	key_uuid(&key, 1, id);
	scan_begin(&scan, INDEX_USERS, snapshot, 1, &key);
	found = scan_next(&scan);
	if (found && enabled)
		(void) scan_value(&scan, USERS_DISABLED_AT, enabled);	/* NULL: enabled */
	scan_end(&scan);
	return found;
}

/* A text of a user, by the user's id. */
static char *
text_of_user(StoreIndex which, const pg_uuid_t *id, Snapshot snapshot)
{
	StoreScan	scan;
	ScanKeyData key;
	char	   *result = NULL;

	key_uuid(&key, 1, id);
	scan_begin(&scan, which, snapshot, 1, &key);
	if (scan_next(&scan))
		result = TextDatumGetCString(scan_required(&scan, TEXTS_TEXT));
	scan_end(&scan);
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

	key_text(&key, 1, indexes_collation(which), value);
	scan_begin(&scan, which, snapshot, 1, &key);
	scan_uncounted(&scan);		/* whether there is one is for the answer to say */
	hide_locks(&scan, snapshot);
	found = scan_next(&scan);
	if (found && user_id)
		*user_id = *DatumGetUUIDP(scan_required(&scan, IDENTITIES_USER_ID));
	scan_end(&scan);
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

	key_text(&key, 1, indexes_collation(INDEX_NAMES), folded);
	scan_begin(&scan, INDEX_NAMES, snapshot, 1, &key);
	scan_uncounted(&scan);
	found = scan_next(&scan);
	if (found)
	{
		bool		isnull;
		Datum		id = scan_value(&scan, NAMES_USER_ID, &isnull);

		principal->kind = isnull ? PRINCIPAL_ORGANIZATION : PRINCIPAL_USER;
		if (isnull)
			id = scan_required(&scan, NAMES_ORGANIZATION_ID);
		principal->id = *DatumGetUUIDP(id);
		(void) scan_value(&scan, NAMES_RESERVED_AT, &isnull);
		*reserved = !isnull;
	}
	scan_end(&scan);
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

	key_uuid(&key, 1, id);
	scan_begin(&scan, which, snapshot, 1, &key);
	found = scan_next(&scan);
	scan_end(&scan);
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

	key_uuid(&keys[0], 1, organization_id);
	key_uuid(&keys[1], 2, user_id);
	scan_begin(&scan, INDEX_MEMBERS, snapshot, 2, keys);
	found = scan_next(&scan);
	if (found && is_admin)
		*is_admin = DatumGetBool(scan_required(&scan, MEMBERS_IS_ADMIN));
	scan_end(&scan);
	return found;
}

bool
store_has_admin(const pg_uuid_t *organization_id, Snapshot snapshot)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found = false;

	key_uuid(&key, 1, organization_id);
	scan_begin(&scan, INDEX_MEMBERS, snapshot, 1, &key);
	while (!found && scan_next(&scan))
	{
		CHECK_FOR_INTERRUPTS();
		found = DatumGetBool(scan_required(&scan, MEMBERS_IS_ADMIN));
	}
	scan_end(&scan);
	return found;
}

static int
compare_uuids(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(pg_uuid_t));
}

/* Where no index has them in order: all of them, palloc'd and sorted. */
static pg_uuid_t *
sorted_organizations(StoreScan *scan, int *count)
{
	int			room = 64;
	pg_uuid_t  *found = palloc(room * sizeof(pg_uuid_t));

	*count = 0;
	while (scan_next(scan))
	{
		CHECK_FOR_INTERRUPTS();
		if (*count == room)
		{
			room *= 2;
			found = repalloc_huge(found, room * sizeof(pg_uuid_t));
		}
		found[(*count)++] = *DatumGetUUIDP(scan_required(scan, MEMBERSHIPS_ORGANIZATION_ID));
	}
	qsort(found, *count, sizeof(pg_uuid_t), compare_uuids);
	return found;
}

int
store_organizations_of(const pg_uuid_t *user_id, const pg_uuid_t *after, int max,
					   Snapshot snapshot, pg_uuid_t *organizations)
{
	StoreScan	scan;
	ScanKeyData keys[2];
	int			count = 0;

	key_uuid(&keys[0], 1, user_id);
	if (after)
		ScanKeyInit(&keys[1], MEMBERSHIPS_ORGANIZATION_ID, BTGreaterStrategyNumber,
					F_UUID_GT, UUIDPGetDatum(after));
	scan_begin(&scan, INDEX_MEMBERSHIPS, snapshot, after ? 2 : 1, keys);
	if (!is_in_order(&scan, MEMBERSHIPS_ORGANIZATION_ID))
	{
		pg_uuid_t  *all = sorted_organizations(&scan, &count);

		count = Min(count, max);
		memcpy(organizations, all, count * sizeof(pg_uuid_t));
		pfree(all);
	}
	else
		while (count < max && scan_next(&scan))
		{
			CHECK_FOR_INTERRUPTS();
			organizations[count++] =
				*DatumGetUUIDP(scan_required(&scan, MEMBERSHIPS_ORGANIZATION_ID));
		}
	scan_end(&scan);
	return count;
}

/* ----------
 * Grants
 * ----------
 */

static StoreIndex
grant_index(GrantTarget target, PrincipalKind kind)
{
	if (target == GRANT_ON_PROJECT)
		return kind == PRINCIPAL_USER ? INDEX_PROJECT_USERS : INDEX_PROJECT_ORGANIZATIONS;
	return kind == PRINCIPAL_USER ? INDEX_MODEL_API_USERS : INDEX_MODEL_API_ORGANIZATIONS;
}

static AccessLevel
level_of(Datum label)
{
	return (AccessLevel) (catalog_enum_place(STORE_ENUM_ACCESS_LEVEL, DatumGetObjectId(label)) + 1);
}

/* The level of the grant that a read of a principal's stands on. */
static AccessLevel
current_grant_level(StoreScan *scan, StoreClock *clock)
{
	bool		unlimited;
	Datum		expires_at = scan_value(scan, GRANTS_EXPIRES_AT, &unlimited);

	if (!unlimited)
	{
		if (DatumGetTimestampTz(expires_at) <= clock->now)
			return ACCESS_LEVEL_NONE;
		clock->next_expiry = Min(clock->next_expiry, DatumGetTimestampTz(expires_at));
	}
	return level_of(scan_required(scan, GRANTS_LEVEL));
}

AccessLevel
store_grant(GrantTarget target, const Principal *principal,
			const pg_uuid_t *object, StoreClock *clock, Snapshot snapshot)
{
	StoreScan	scan;
	ScanKeyData keys[2];
	AccessLevel level = ACCESS_LEVEL_NONE;

	key_uuid(&keys[0], 1, &principal->id);
	key_uuid(&keys[1], 2, object);
	scan_begin(&scan, grant_index(target, principal->kind), snapshot, 2, keys);
	if (scan_next(&scan))
		level = current_grant_level(&scan, clock);
	scan_end(&scan);
	return level;
}

/* A grant, where they have to be sorted */
typedef struct SortedGrant
{
	pg_uuid_t	object;			/* first, to compare by */
	AccessLevel level;
} SortedGrant;

/* Where no index has them in the order of objects: all of them, sorted. */
static void
each_sorted_grant(StoreScan *scan, StoreClock *clock, GrantConsumer consume, void *arg)
{
	int			count = 0;
	int			room = 64;
	SortedGrant *grants = palloc(room * sizeof(SortedGrant));

	while (scan_next(scan))
	{
		AccessLevel level = current_grant_level(scan, clock);

		CHECK_FOR_INTERRUPTS();
		if (level == ACCESS_LEVEL_NONE)
			continue;
		if (count == room)
		{
			room *= 2;
			grants = repalloc_huge(grants, room * sizeof(SortedGrant));
		}
		grants[count].object = *DatumGetUUIDP(scan_required(scan, GRANTS_OBJECT));
		grants[count++].level = level;
	}
	qsort(grants, count, sizeof(SortedGrant), compare_uuids);
	for (int i = 0; i < count; i++)
		if (!consume(&grants[i].object, grants[i].level, arg))
			break;
	pfree(grants);
}

void
store_each_grant(GrantTarget target, const Principal *principal, const pg_uuid_t *after,
				 StoreClock *clock, Snapshot snapshot,
				 GrantConsumer consume, void *arg)
{
	StoreScan	scan;
	ScanKeyData keys[2];

	key_uuid(&keys[0], 1, &principal->id);
	if (after)
		ScanKeyInit(&keys[1], GRANTS_OBJECT, BTGreaterStrategyNumber, F_UUID_GT,
					UUIDPGetDatum(after));
	scan_begin(&scan, grant_index(target, principal->kind), snapshot, after ? 2 : 1, keys);
	if (!is_in_order(&scan, GRANTS_OBJECT))
		each_sorted_grant(&scan, clock, consume, arg);
	else
		while (scan_next(&scan))
		{
			AccessLevel level = current_grant_level(&scan, clock);

			CHECK_FOR_INTERRUPTS();
			if (level != ACCESS_LEVEL_NONE &&
				!consume(DatumGetUUIDP(scan_required(&scan, GRANTS_OBJECT)), level, arg))
				break;
		}
	scan_end(&scan);
}

/* Going to another place of an index costs about as much as so many steps */
#define STEPS_FOR_A_SEEK 8

/* A scan that goes on to uuids in their order, those of the last of its keys */
typedef struct UuidScan
{
	StoreScan	scan;
	ScanKeyData keys[2];
	pg_uuid_t	bound;			/* the last key's */
	bool		stands;			/* on an entry */
} UuidScan;

static void
uuid_scan_begin(UuidScan *scan, StoreIndex which, const pg_uuid_t *first, Snapshot snapshot)
{
	int			nkeys = first ? 2 : 1;

	if (first)
		key_uuid(&scan->keys[0], 1, first);
	memset(&scan->bound, 0, sizeof(pg_uuid_t));
	ScanKeyInit(&scan->keys[nkeys - 1], (AttrNumber) nkeys, BTGreaterEqualStrategyNumber, F_UUID_GE,
				UUIDPGetDatum(&scan->bound));
	scan->stands = false;
	scan_begin(&scan->scan, which, snapshot, nkeys, scan->keys);
}

/* The uuid where it stands. */
static pg_uuid_t *
uuid_scan_value(UuidScan *scan)
{
	return DatumGetUUIDP(scan_required(&scan->scan, scan->scan.nkeys));
}

/*
 * Goes on to the first entry that has a uuid or, with after, comes after it: in small
 * steps at first, then in one leap.
 */
static bool
uuid_scan_advance(UuidScan *scan, const pg_uuid_t *uuid, bool after)
{
	int			nkeys = scan->scan.nkeys;

	for (int i = 0; scan->stands && i < STEPS_FOR_A_SEEK; i++)
	{
		int			order = memcmp(uuid_scan_value(scan), uuid, sizeof(pg_uuid_t));

		if (order > 0 || (order == 0 && !after))
			return true;
		scan->stands = scan_next(&scan->scan);
		if (!scan->stands)
			return false;
	}
	scan->bound = *uuid;
	ScanKeyInit(&scan->keys[nkeys - 1], (AttrNumber) nkeys,
				after ? BTGreaterStrategyNumber : BTGreaterEqualStrategyNumber,
				after ? F_UUID_GT : F_UUID_GE, UUIDPGetDatum(&scan->bound));
	index_rescan(scan->scan.index_scan, scan->keys, nkeys, NULL, 0);
	scan->stands = scan_next(&scan->scan);
	return scan->stands;
}

/*
 * Consumes the grants of the place's organization that a read of grants stands on, and
 * says whether it stands on another one's then.
 */
static bool
consume_organization(StoreScan *scan, GrantPlace *place, StoreClock *clock,
					 GrantConsumer consume, void *arg, bool *stands)
{
	do
	{
		pg_uuid_t	object = *DatumGetUUIDP(scan_required(scan, GRANTS_OBJECT));
		AccessLevel level;

		CHECK_FOR_INTERRUPTS();
		*stands = true;
		if (memcmp(DatumGetUUIDP(scan_required(scan, GRANTS_PRINCIPAL)), &place->organization,
				   sizeof(pg_uuid_t)) != 0)
			return true;
		level = current_grant_level(scan, clock);
		if (level != ACCESS_LEVEL_NONE)
		{
			if (!consume(&object, level, arg))
				return false;
			place->object = object;
			place->has_object = true;
		}
	} while (scan_next(scan));
	*stands = false;
	return true;
}

/* The rest of the grants of the organization where the last call has stopped. */
static bool
consume_rest(GrantTarget target, GrantPlace *place, StoreClock *clock, Snapshot snapshot,
			 GrantConsumer consume, void *arg)
{
	StoreScan	scan;
	ScanKeyData keys[2];
	bool		stands;
	bool		whole = true;

	key_uuid(&keys[0], GRANTS_PRINCIPAL, &place->organization);
	ScanKeyInit(&keys[1], GRANTS_OBJECT, BTGreaterStrategyNumber, F_UUID_GT,
				UUIDPGetDatum(&place->object));
	scan_begin(&scan, grant_index(target, PRINCIPAL_ORGANIZATION), snapshot, 2, keys);
	if (scan_next(&scan))
		whole = consume_organization(&scan, place, clock, consume, arg, &stands);
	scan_end(&scan);
	return whole;
}

/* A grant of an organization, where they have to be sorted */
typedef struct OrganizationGrant
{
	GrantPlace	place;			/* first, to compare by */
	AccessLevel level;
} OrganizationGrant;

static int
compare_places(const void *a, const void *b)
{
	const GrantPlace *left = a;
	const GrantPlace *right = b;
	int			order = compare_uuids(&left->organization, &right->organization);

	return order != 0 ? order : compare_uuids(&left->object, &right->object);
}

/*
 * Where no index has memberships or grants in order: all grants are read, and those
 * that come after the place are consumed in the order that an index would give.
 */
static bool
each_grant_sorted(StoreScan *members, StoreScan *scan, GrantPlace *place, StoreClock *clock,
				  GrantConsumer consume, void *arg)
{
	int			norganizations;
	pg_uuid_t  *organizations = sorted_organizations(members, &norganizations);
	int			count = 0;
	int			room = 64;
	OrganizationGrant *grants = palloc(room * sizeof(OrganizationGrant));
	bool		whole = true;

	while (scan_next(scan))
	{
		OrganizationGrant grant = {.place.has_object = true};

		CHECK_FOR_INTERRUPTS();
		grant.place.organization = *DatumGetUUIDP(scan_required(scan, GRANTS_PRINCIPAL));
		grant.place.object = *DatumGetUUIDP(scan_required(scan, GRANTS_OBJECT));
		grant.level = current_grant_level(scan, clock);
		if (grant.level == ACCESS_LEVEL_NONE || norganizations == 0 ||
			!bsearch(&grant.place.organization, organizations, norganizations,
					 sizeof(pg_uuid_t), compare_uuids) ||
			(place->has_object && compare_places(&grant.place, place) <= 0))
			continue;
		if (count == room)
		{
			room *= 2;
			grants = repalloc_huge(grants, room * sizeof(OrganizationGrant));
		}
		grants[count++] = grant;
	}
	qsort(grants, count, sizeof(OrganizationGrant), compare_places);
	for (int i = 0; whole && i < count; i++)
	{
		whole = consume(&grants[i].place.object, grants[i].level, arg);
		if (whole)
			*place = grants[i].place;
	}
	pfree(organizations);
	pfree(grants);
	return whole;
}

bool
store_each_organization_grant(GrantTarget target, const pg_uuid_t *user_id, GrantPlace *place,
							  int *seeks, StoreClock *clock, Snapshot snapshot,
							  GrantConsumer consume, void *arg)
{
	UuidScan	members;
	UuidScan	grants;
	pg_uuid_t	least = place->organization;
	bool		passed = place->has_object;
	bool		is_sorted;
	bool		whole = true;

	uuid_scan_begin(&members, INDEX_MEMBERSHIPS, user_id, snapshot);
	uuid_scan_begin(&grants, grant_index(target, PRINCIPAL_ORGANIZATION), NULL, snapshot);
	scan_uncounted(&members.scan);
	scan_uncounted(&grants.scan);
	is_sorted = is_in_order(&members.scan, MEMBERSHIPS_ORGANIZATION_ID) &&
		is_in_order(&grants.scan, GRANTS_OBJECT);
	if (!is_sorted || place->has_object)
	{
		hide_locks(&members.scan, snapshot);
		hide_locks(&grants.scan, snapshot);
	}
	if (!is_sorted)
		whole = each_grant_sorted(&members.scan, &grants.scan, place, clock, consume, arg);
	else if (place->has_object)
		whole = consume_rest(target, place, clock, snapshot, consume, arg);
	if (is_sorted && whole)
		/* each side goes on to the first that the other one has */
		do
		{
			whole = --*seeks >= 0;
			if (!whole || !uuid_scan_advance(&members, &least, passed))
				break;
			least = *uuid_scan_value(&members);
			/* who is a member of none locks no more than that */
			hide_locks(&members.scan, snapshot);
			hide_locks(&grants.scan, snapshot);
			if (!uuid_scan_advance(&grants, &least, false))
				break;
			place->organization = least;
			place->has_object = passed = false;
			whole = consume_organization(&grants.scan, place, clock, consume, arg, &grants.stands);
			if (whole && grants.stands)
			{
				place->organization = least = *uuid_scan_value(&grants);
				place->has_object = false;
			}
		} while (whole && grants.stands);
	scan_end(&members.scan);
	scan_end(&grants.scan);
	return whole;
}

bool
store_organization_grants_on(GrantTarget target, const pg_uuid_t *object, int max,
							 StoreClock *clock, Snapshot snapshot,
							 GrantConsumer consume, void *arg)
{
	StoreScan	scan;
	ScanKeyData key;
	int			count = 0;

	key_uuid(&key, 1, object);
	scan_begin(&scan, target == GRANT_ON_PROJECT ?
			   INDEX_PROJECT_ORGANIZATION_GRANTS : INDEX_MODEL_API_ORGANIZATION_GRANTS,
			   snapshot, 1, &key);
	scan_uncounted(&scan);
	hide_locks(&scan, snapshot);
	while (count <= max && scan_next(&scan))
	{
		bool		isnull;
		Datum		organization = scan_value(&scan, OBJECT_GRANTS_ORGANIZATION_ID, &isnull);
		AccessLevel level;

		CHECK_FOR_INTERRUPTS();
		if (isnull)
			continue;			/* a user's, where the index has those too */
		if (++count > max)
			break;
		level = current_grant_level(&scan, clock);
		if (level != ACCESS_LEVEL_NONE && !consume(DatumGetUUIDP(organization), level, arg))
			break;
	}
	scan_end(&scan);
	return count <= max;
}

bool
store_has_owner(GrantTarget target, const pg_uuid_t *object, Snapshot snapshot)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found = false;

	key_uuid(&key, 1, object);
	scan_begin(&scan,
			   target == GRANT_ON_PROJECT ? INDEX_PROJECT_GRANTS : INDEX_MODEL_API_GRANTS,
			   snapshot, 1, &key);
	while (!found && scan_next(&scan))
	{
		bool		no_user;
		bool		unlimited;

		CHECK_FOR_INTERRUPTS();
		(void) scan_value(&scan, OBJECT_GRANTS_USER_ID, &no_user);
		(void) scan_value(&scan, GRANTS_EXPIRES_AT, &unlimited);
		found = !no_user && unlimited &&
			level_of(scan_required(&scan, GRANTS_LEVEL)) == ACCESS_LEVEL_OWNER;
	}
	scan_end(&scan);
	return found;
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

	key_uuid(&key, 1, id);
	scan_begin(&scan, INDEX_MODEL_APIS, snapshot, 1, &key);
	found = scan_next(&scan);
	if (found && facts)
	{
		facts->id = *id;
		facts->project_id = *DatumGetUUIDP(scan_required(&scan, MODEL_APIS_PROJECT_ID));
		facts->visibility = (Visibility)
			catalog_enum_place(STORE_ENUM_VISIBILITY,
							 DatumGetObjectId(scan_required(&scan, MODEL_APIS_VISIBILITY)));
		facts->authorization_mode = (AuthorizationMode)
			catalog_enum_place(STORE_ENUM_AUTHORIZATION_MODE,
							 DatumGetObjectId(scan_required(&scan, MODEL_APIS_AUTHORIZATION_MODE)));
		facts->invocation_mode = (InvocationMode)
			catalog_enum_place(STORE_ENUM_INVOCATION_MODE,
							 DatumGetObjectId(scan_required(&scan, MODEL_APIS_INVOCATION_MODE)));
	}
	scan_end(&scan);
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
	scan_begin(&scan, INDEX_TOKEN_HASHES, snapshot, 1, &key);
	found = scan_next(&scan);
	if (found)
		*token_id = *DatumGetUUIDP(scan_required(&scan, HASHES_TOKEN_ID));
	scan_end(&scan);
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

	key_uuid(&key, 1, id);
	scan_begin(&scan, which, snapshot, 1, &key);
	found = scan_next(&scan);
	if (found)
		*model_api_id = *DatumGetUUIDP(scan_required(&scan, column));
	scan_end(&scan);
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
	key_uuid(&key, 1, &facts->id);
	scan_begin(&scan, INDEX_TOKENS, snapshot, 1, &key);
	found = scan_next(&scan);
	if (found)
	{
		bool		isnull;
		Datum		expires_at = scan_value(&scan, TOKENS_EXPIRES_AT, &isnull);

		facts->expires_at = isnull ? DT_NOEND : DatumGetTimestampTz(expires_at);
		(void) scan_value(&scan, TOKENS_REVOKED_AT, &isnull);
		facts->revoked = !isnull;
		facts->model_api_id = *DatumGetUUIDP(scan_required(&scan, TOKENS_MODEL_API_ID));
		facts->name = TextDatumGetCString(scan_required(&scan, TOKENS_NAME));
	}
	scan_end(&scan);
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

	key_uuid(&key, 1, change_id);
	scan_begin(&scan, INDEX_CHANGES, SnapshotSelf, 1, &key);
	found = scan_next(&scan);
	if (found)
		*committed_at = DatumGetTimestampTz(scan_required(&scan, CHANGES_COMMITTED_AT));
	scan_end(&scan);
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

	key_uuid(&key, 1, object_id);
	scan_begin(&scan, INDEX_AUDIT_OBJECTS, SnapshotSelf, 1, &key);
	scan_uncounted(&scan);
	if (is_in_order(&scan, EVENTS_OCCURRED_AT))
		scan.direction = BackwardScanDirection;
	while (scan_next(&scan))
	{
		TimestampTz occurred_at = DatumGetTimestampTz(scan_required(&scan, EVENTS_OCCURRED_AT));

		CHECK_FOR_INTERRUPTS();
		if (!found || occurred_at > *last)
		{
			*last = occurred_at;
			change_id = *DatumGetUUIDP(scan_required(&scan, EVENTS_CHANGE_ID));
		}
		found = true;
		if (ScanDirectionIsBackward(scan.direction))
			break;
	}
	scan_end(&scan);
	if (found && change_time(&change_id, &committed_at))
		*last = Max(*last, committed_at);
	return found;
}
