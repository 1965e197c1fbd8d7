/*-------------------------------------------------------------------------
 *
 * store_grants.c
 *	  Reads grants: which level a principal has on an object, what a principal
 *	  holds, and who holds something.  For its callers see store.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/fmgroids.h"

#include "store_scan.h"

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
	Datum		expires_at = store_scan_value(scan, GRANTS_EXPIRES_AT, &unlimited);

	if (!unlimited)
	{
		if (DatumGetTimestampTz(expires_at) <= clock->now)
			return ACCESS_LEVEL_NONE;
		clock->next_expiry = Min(clock->next_expiry, DatumGetTimestampTz(expires_at));
	}
	return level_of(store_scan_required(scan, GRANTS_LEVEL));
}

AccessLevel
store_grant(GrantTarget target, const Principal *principal,
			const pg_uuid_t *object, StoreClock *clock, Snapshot snapshot)
{
	StoreScan	scan;
	ScanKeyData keys[2];
	AccessLevel level = ACCESS_LEVEL_NONE;

	store_key_uuid(&keys[0], 1, &principal->id);
	store_key_uuid(&keys[1], 2, object);
	store_scan_begin(&scan, grant_index(target, principal->kind), snapshot, 2, keys);
	if (store_scan_next(&scan))
		level = current_grant_level(&scan, clock);
	store_scan_end(&scan);
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

	while (store_scan_next(scan))
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
		grants[count].object = *DatumGetUUIDP(store_scan_required(scan, GRANTS_OBJECT));
		grants[count++].level = level;
	}
	qsort(grants, count, sizeof(SortedGrant), store_compare_uuids);
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

	store_key_uuid(&keys[0], 1, &principal->id);
	if (after)
		ScanKeyInit(&keys[1], GRANTS_OBJECT, BTGreaterStrategyNumber, F_UUID_GT,
					UUIDPGetDatum(after));
	store_scan_begin(&scan, grant_index(target, principal->kind), snapshot, after ? 2 : 1, keys);
	if (!store_scan_is_in_order(&scan, GRANTS_OBJECT))
		each_sorted_grant(&scan, clock, consume, arg);
	else
		while (store_scan_next(&scan))
		{
			AccessLevel level = current_grant_level(&scan, clock);

			CHECK_FOR_INTERRUPTS();
			if (level != ACCESS_LEVEL_NONE &&
				!consume(DatumGetUUIDP(store_scan_required(&scan, GRANTS_OBJECT)), level, arg))
				break;
		}
	store_scan_end(&scan);
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
		store_key_uuid(&scan->keys[0], 1, first);
	memset(&scan->bound, 0, sizeof(pg_uuid_t));
	ScanKeyInit(&scan->keys[nkeys - 1], (AttrNumber) nkeys, BTGreaterEqualStrategyNumber, F_UUID_GE,
				UUIDPGetDatum(&scan->bound));
	scan->stands = false;
	store_scan_begin(&scan->scan, which, snapshot, nkeys, scan->keys);
}

/* The uuid where it stands. */
static pg_uuid_t *
uuid_scan_value(UuidScan *scan)
{
	return DatumGetUUIDP(store_scan_required(&scan->scan, scan->scan.nkeys));
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
		scan->stands = store_scan_next(&scan->scan);
		if (!scan->stands)
			return false;
	}
	scan->bound = *uuid;
	ScanKeyInit(&scan->keys[nkeys - 1], (AttrNumber) nkeys,
				after ? BTGreaterStrategyNumber : BTGreaterEqualStrategyNumber,
				after ? F_UUID_GT : F_UUID_GE, UUIDPGetDatum(&scan->bound));
	index_rescan(scan->scan.index_scan, scan->keys, nkeys, NULL, 0);
	scan->stands = store_scan_next(&scan->scan);
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
		pg_uuid_t	object = *DatumGetUUIDP(store_scan_required(scan, GRANTS_OBJECT));
		AccessLevel level;

		CHECK_FOR_INTERRUPTS();
		*stands = true;
		if (memcmp(DatumGetUUIDP(store_scan_required(scan, GRANTS_PRINCIPAL)), &place->organization,
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
	} while (store_scan_next(scan));
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

	store_key_uuid(&keys[0], GRANTS_PRINCIPAL, &place->organization);
	ScanKeyInit(&keys[1], GRANTS_OBJECT, BTGreaterStrategyNumber, F_UUID_GT,
				UUIDPGetDatum(&place->object));
	store_scan_begin(&scan, grant_index(target, PRINCIPAL_ORGANIZATION), snapshot, 2, keys);
	if (store_scan_next(&scan))
		whole = consume_organization(&scan, place, clock, consume, arg, &stands);
	store_scan_end(&scan);
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
	int			order = store_compare_uuids(&left->organization, &right->organization);

	return order != 0 ? order : store_compare_uuids(&left->object, &right->object);
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
	pg_uuid_t  *organizations = store_sorted_organizations(members, &norganizations);
	int			count = 0;
	int			room = 64;
	OrganizationGrant *grants = palloc(room * sizeof(OrganizationGrant));
	bool		whole = true;

	while (store_scan_next(scan))
	{
		OrganizationGrant grant = {.place.has_object = true};

		CHECK_FOR_INTERRUPTS();
		grant.place.organization = *DatumGetUUIDP(store_scan_required(scan, GRANTS_PRINCIPAL));
		grant.place.object = *DatumGetUUIDP(store_scan_required(scan, GRANTS_OBJECT));
		grant.level = current_grant_level(scan, clock);
		if (grant.level == ACCESS_LEVEL_NONE || norganizations == 0 ||
			!bsearch(&grant.place.organization, organizations, norganizations,
					 sizeof(pg_uuid_t), store_compare_uuids) ||
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
	store_scan_uncounted(&members.scan);
	store_scan_uncounted(&grants.scan);
	is_sorted = store_scan_is_in_order(&members.scan, MEMBERSHIPS_ORGANIZATION_ID) &&
		store_scan_is_in_order(&grants.scan, GRANTS_OBJECT);
	if (!is_sorted || place->has_object)
	{
		store_scan_hide_locks(&members.scan, snapshot);
		store_scan_hide_locks(&grants.scan, snapshot);
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
			store_scan_hide_locks(&members.scan, snapshot);
			store_scan_hide_locks(&grants.scan, snapshot);
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
	store_scan_end(&members.scan);
	store_scan_end(&grants.scan);
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

	store_key_uuid(&key, 1, object);
	store_scan_begin(&scan, target == GRANT_ON_PROJECT ?
			   INDEX_PROJECT_ORGANIZATION_GRANTS : INDEX_MODEL_API_ORGANIZATION_GRANTS,
			   snapshot, 1, &key);
	store_scan_uncounted(&scan);
	store_scan_hide_locks(&scan, snapshot);
	while (count <= max && store_scan_next(&scan))
	{
		bool		isnull;
		Datum		organization = store_scan_value(&scan, OBJECT_GRANTS_ORGANIZATION_ID, &isnull);
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
	store_scan_end(&scan);
	return count <= max;
}

bool
store_has_owner(GrantTarget target, const pg_uuid_t *object, Snapshot snapshot)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found = false;

	store_key_uuid(&key, 1, object);
	store_scan_begin(&scan,
			   target == GRANT_ON_PROJECT ? INDEX_PROJECT_GRANTS : INDEX_MODEL_API_GRANTS,
			   snapshot, 1, &key);
	while (!found && store_scan_next(&scan))
	{
		bool		no_user;
		bool		unlimited;

		CHECK_FOR_INTERRUPTS();
		(void) store_scan_value(&scan, OBJECT_GRANTS_USER_ID, &no_user);
		(void) store_scan_value(&scan, GRANTS_EXPIRES_AT, &unlimited);
		found = !no_user && unlimited &&
			level_of(store_scan_required(&scan, GRANTS_LEVEL)) == ACCESS_LEVEL_OWNER;
	}
	store_scan_end(&scan);
	return found;
}
