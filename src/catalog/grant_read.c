/*-------------------------------------------------------------------------
 *
 * grant_read.c
 *	  Reads grants: the level of a principal on an object, all grants of a
 *	  principal, and all grants on an object.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/timestamp.h"

#include "grant_read.h"
#include "index_read.h"
#include "indexes.h"
#include "object_ids.h"
#include "table_read.h"
#include "../terms.h"
#include "../values/arrays.h"
#include "../values/uuids.h"

static IndexId
grant_index(GrantTarget target, PrincipalKind kind)
{
	if (target == GRANT_ON_PROJECT)
		return kind == PRINCIPAL_USER ? INDEX_PROJECT_USERS : INDEX_PROJECT_ORGANIZATIONS;
	return kind == PRINCIPAL_USER ? INDEX_MODEL_API_USERS : INDEX_MODEL_API_ORGANIZATIONS;
}

/* The level of the current grant of a scan; NONE if it is expired. */
static AccessLevel
current_grant_level(IndexRead *scan, ExpiryClock *clock)
{
	bool		unlimited;
	Datum		expires_at = index_read_value(scan, GRANTS_EXPIRES_AT, &unlimited);

	if (!unlimited)
	{
		if (DatumGetTimestampTz(expires_at) <= clock->now)
			return ACCESS_LEVEL_NONE;
		clock->next_expiry = Min(clock->next_expiry, DatumGetTimestampTz(expires_at));
	}
	return object_ids_access_level(DatumGetObjectId(index_read_required(scan, GRANTS_LEVEL)));
}

AccessLevel
grant_read_level(GrantTarget target, const Principal *principal,
				 const pg_uuid_t *object, ExpiryClock *clock, Snapshot snapshot)
{
	IndexRead	scan;
	ScanKeyData keys[2];
	AccessLevel level = ACCESS_LEVEL_NONE;

	index_read_key_uuid(&keys[0], 1, &principal->id);
	index_read_key_uuid(&keys[1], 2, object);
	index_read_begin(&scan, grant_index(target, principal->kind), snapshot, 2, keys);
	/* which objects are asked about may depend on rows that are hidden */
	index_read_unnoticed(&scan);
	if (index_read_next(&scan))
		level = current_grant_level(&scan, clock);
	index_read_end(&scan);
	return level;
}

int
grant_read_first(GrantTarget target, const Principal *principal, int max, Snapshot snapshot,
				 PrincipalGrant *grants)
{
	IndexRead	scan;
	ScanKeyData key;
	int			count = 0;

	index_read_key_uuid(&key, 1, &principal->id);
	index_read_begin(&scan, grant_index(target, principal->kind), snapshot, 1, &key);
	index_read_unnoticed(&scan);
	while (count < max && index_read_next(&scan))
	{
		PrincipalGrant *grant = &grants[count++];
		bool		unlimited;
		Datum		expires_at = index_read_value(&scan, GRANTS_EXPIRES_AT, &unlimited);

		CHECK_FOR_INTERRUPTS();
		grant->object = *DatumGetUUIDP(index_read_required(&scan, GRANTS_OBJECT));
		grant->level = object_ids_access_level(DatumGetObjectId(index_read_required(&scan, GRANTS_LEVEL)));
		grant->expires_at = unlimited ? DT_NOEND : DatumGetTimestampTz(expires_at);
	}
	index_read_end(&scan);
	return count;
}

/* A grant, if they have to be sorted */
typedef struct SortedGrant
{
	pg_uuid_t	object;			/* must be first: the sort key */
	AccessLevel level;
} SortedGrant;

/* grant_read_each() where no index returns grants in the order of objects. */
static void
read_and_sort(IndexRead *scan, ExpiryClock *clock, GrantConsumer consume, void *arg)
{
	int			count = 0;
	int			room = 0;
	SortedGrant *grants = NULL;

	while (index_read_next(scan))
	{
		AccessLevel level = current_grant_level(scan, clock);

		CHECK_FOR_INTERRUPTS();
		if (level == ACCESS_LEVEL_NONE)
			continue;
		grants = arrays_make_room(grants, count, &room, sizeof(SortedGrant));
		grants[count].object = *DatumGetUUIDP(index_read_required(scan, GRANTS_OBJECT));
		grants[count++].level = level;
	}
	if (!grants)
		return;
	qsort(grants, count, sizeof(SortedGrant), uuids_compare);
	for (int i = 0; i < count; i++)
		if (!consume(&grants[i].object, grants[i].level, arg))
			break;
	pfree(grants);
}

void
grant_read_each(GrantTarget target, const Principal *principal, const pg_uuid_t *after,
				ExpiryClock *clock, Snapshot snapshot,
				GrantConsumer consume, void *arg)
{
	IndexRead	scan;
	ScanKeyData keys[2];

	index_read_key_uuid(&keys[0], 1, &principal->id);
	if (after)
		ScanKeyInit(&keys[1], GRANTS_OBJECT, BTGreaterStrategyNumber, F_UUID_GT,
					UUIDPGetDatum(after));
	index_read_begin(&scan, grant_index(target, principal->kind), snapshot, after ? 2 : 1, keys);
	if (!index_read_is_in_order(&scan, GRANTS_OBJECT))
		read_and_sort(&scan, clock, consume, arg);
	else
		while (index_read_next(&scan))
		{
			AccessLevel level = current_grant_level(&scan, clock);

			CHECK_FOR_INTERRUPTS();
			if (level != ACCESS_LEVEL_NONE &&
				!consume(DatumGetUUIDP(index_read_required(&scan, GRANTS_OBJECT)), level, arg))
				break;
		}
	index_read_end(&scan);
}

/* A new descent of the index costs about as much as this many steps */
#define STEPS_FOR_A_SEEK 8

/* A scan that advances to given uuids of its last key column, in their order */
typedef struct UuidScan
{
	IndexRead	scan;
	ScanKeyData keys[2];
	pg_uuid_t	bound;			/* the last key's value */
	bool		stands;			/* it is positioned on an entry */
} UuidScan;

static void
uuid_scan_begin(UuidScan *scan, IndexId which, const pg_uuid_t *first, Snapshot snapshot)
{
	int			nkeys = first ? 2 : 1;

	if (first)
		index_read_key_uuid(&scan->keys[0], 1, first);
	memset(&scan->bound, 0, sizeof(pg_uuid_t));
	ScanKeyInit(&scan->keys[nkeys - 1], (AttrNumber) nkeys, BTGreaterEqualStrategyNumber, F_UUID_GE,
				UUIDPGetDatum(&scan->bound));
	scan->stands = false;
	index_read_begin(&scan->scan, which, snapshot, nkeys, scan->keys);
}

/* The uuid of the entry that it is positioned on. */
static pg_uuid_t *
uuid_scan_value(UuidScan *scan)
{
	return DatumGetUUIDP(index_read_required(&scan->scan, scan->scan.nkeys));
}

/*
 * Advances to the first entry with a uuid or, if there is none, behind it; if "after" is
 * true, always behind it.  Takes a few single steps first, then descends the index anew.
 */
static bool
uuid_scan_advance(UuidScan *scan, const pg_uuid_t *uuid, bool after)
{
	int			nkeys = scan->scan.nkeys;

	for (int i = 0; scan->stands && i < STEPS_FOR_A_SEEK; i++)
	{
		int			order = uuids_compare(uuid_scan_value(scan), uuid);

		if (order > 0 || (order == 0 && !after))
			return true;
		scan->stands = index_read_next(&scan->scan);
		if (!scan->stands)
			return false;
	}
	scan->bound = *uuid;
	ScanKeyInit(&scan->keys[nkeys - 1], (AttrNumber) nkeys,
				after ? BTGreaterStrategyNumber : BTGreaterEqualStrategyNumber,
				after ? F_UUID_GT : F_UUID_GE, UUIDPGetDatum(&scan->bound));
	index_rescan(scan->scan.index_scan, scan->keys, nkeys, NULL, 0);
	scan->stands = index_read_next(&scan->scan);
	return scan->stands;
}

/*
 * Consumes the scan's grants of the place's organization, from the current one on.
 * *stands tells whether the scan is then on a grant of another organization.
 */
static bool
consume_organization(IndexRead *scan, GrantPlace *place, ExpiryClock *clock,
					 GrantConsumer consume, void *arg, bool *stands)
{
	do
	{
		pg_uuid_t	object = *DatumGetUUIDP(index_read_required(scan, GRANTS_OBJECT));
		AccessLevel level;

		CHECK_FOR_INTERRUPTS();
		*stands = true;
		if (!uuids_equal(DatumGetUUIDP(index_read_required(scan, GRANTS_PRINCIPAL)), &place->organization))
			return true;
		level = current_grant_level(scan, clock);
		if (level != ACCESS_LEVEL_NONE)
		{
			if (!consume(&object, level, arg))
				return false;
			place->object = object;
			place->has_object = true;
		}
	} while (index_read_next(scan));
	*stands = false;
	return true;
}

/* Consumes the remaining grants of the organization in which the last call stopped. */
static bool
consume_rest(GrantTarget target, GrantPlace *place, ExpiryClock *clock, Snapshot snapshot,
			 GrantConsumer consume, void *arg)
{
	IndexRead	scan;
	ScanKeyData keys[2];
	bool		stands;
	bool		whole = true;

	index_read_key_uuid(&keys[0], GRANTS_PRINCIPAL, &place->organization);
	ScanKeyInit(&keys[1], GRANTS_OBJECT, BTGreaterStrategyNumber, F_UUID_GT,
				UUIDPGetDatum(&place->object));
	index_read_begin(&scan, grant_index(target, PRINCIPAL_ORGANIZATION), snapshot, 2, keys);
	if (index_read_next(&scan))
		whole = consume_organization(&scan, place, clock, consume, arg, &stands);
	index_read_end(&scan);
	return whole;
}

/* A grant of an organization, if they have to be sorted */
typedef struct OrganizationGrant
{
	GrantPlace	place;			/* must be first: the sort key */
	AccessLevel level;
} OrganizationGrant;

static int
compare_places(const void *a, const void *b)
{
	const GrantPlace *left = a;
	const GrantPlace *right = b;
	int			order = uuids_compare(&left->organization, &right->organization);

	return order != 0 ? order : uuids_compare(&left->object, &right->object);
}

/*
 * grant_read_each_through_organizations() where no index returns memberships or grants in
 * order: reads all grants, and consumes those behind the place in the order that an index
 * would give.
 */
static bool
read_and_sort_through_organizations(IndexRead *members, IndexRead *scan, GrantPlace *place,
									ExpiryClock *clock, GrantConsumer consume, void *arg)
{
	int			norganizations;
	pg_uuid_t  *organizations = table_read_sorted_organizations(members, &norganizations);
	int			count = 0;
	int			room = 0;
	OrganizationGrant *grants = NULL;
	bool		whole = true;

	while (index_read_next(scan))
	{
		OrganizationGrant grant = {.place.has_object = true};

		CHECK_FOR_INTERRUPTS();
		grant.place.organization = *DatumGetUUIDP(index_read_required(scan, GRANTS_PRINCIPAL));
		grant.place.object = *DatumGetUUIDP(index_read_required(scan, GRANTS_OBJECT));
		grant.level = current_grant_level(scan, clock);
		if (grant.level == ACCESS_LEVEL_NONE || norganizations == 0 ||
			!bsearch(&grant.place.organization, organizations, norganizations,
					 sizeof(pg_uuid_t), uuids_compare) ||
			(place->has_object && compare_places(&grant.place, place) <= 0))
			continue;
		grants = arrays_make_room(grants, count, &room, sizeof(OrganizationGrant));
		grants[count++] = grant;
	}
	if (grants)
		qsort(grants, count, sizeof(OrganizationGrant), compare_places);
	for (int i = 0; whole && i < count; i++)
	{
		whole = consume(&grants[i].place.object, grants[i].level, arg);
		if (whole)
			*place = grants[i].place;
	}
	if (organizations)
		pfree(organizations);
	if (grants)
		pfree(grants);
	return whole;
}

bool
grant_read_each_through_organizations(GrantTarget target, const pg_uuid_t *user_id, GrantPlace *place,
									  int *seeks, ExpiryClock *clock, Snapshot snapshot,
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
	index_read_uncounted(&members.scan);
	index_read_uncounted(&grants.scan);
	is_sorted = index_read_is_in_order(&members.scan, MEMBERSHIPS_ORGANIZATION_ID) &&
		index_read_is_in_order(&grants.scan, GRANTS_OBJECT);
	if (!is_sorted || place->has_object)
	{
		index_read_hide_locks(&members.scan, snapshot);
		index_read_hide_locks(&grants.scan, snapshot);
	}
	if (!is_sorted)
		whole = read_and_sort_through_organizations(&members.scan, &grants.scan, place, clock,
													consume, arg);
	else if (place->has_object)
		whole = consume_rest(target, place, clock, snapshot, consume, arg);
	if (is_sorted && whole)
		/* leapfrog: each side advances to the other side's value */
		do
		{
			whole = --*seeks >= 0;
			if (!whole || !uuid_scan_advance(&members, &least, passed))
				break;
			least = *uuid_scan_value(&members);
			/* only now: a user without organizations needs no further locks */
			index_read_hide_locks(&members.scan, snapshot);
			index_read_hide_locks(&grants.scan, snapshot);
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
	index_read_end(&members.scan);
	index_read_end(&grants.scan);
	return whole;
}

bool
grant_read_each_organization_on(GrantTarget target, const pg_uuid_t *object, int max,
								ExpiryClock *clock, Snapshot snapshot,
								GrantConsumer consume, void *arg)
{
	IndexRead	scan;
	ScanKeyData key;
	int			count = 0;

	index_read_key_uuid(&key, 1, object);
	index_read_begin(&scan, target == GRANT_ON_PROJECT ?
					 INDEX_PROJECT_ORGANIZATION_GRANTS : INDEX_MODEL_API_ORGANIZATION_GRANTS,
					 snapshot, 1, &key);
	index_read_uncounted(&scan);
	index_read_hide_locks(&scan, snapshot);
	while (count <= max && index_read_next(&scan))
	{
		bool		isnull;
		Datum		organization = index_read_value(&scan, OBJECT_GRANTS_ORGANIZATION_ID, &isnull);
		AccessLevel level;

		CHECK_FOR_INTERRUPTS();
		if (isnull)
			continue;			/* a user's grant: this index is not partial */
		if (++count > max)
			break;
		level = current_grant_level(&scan, clock);
		if (level != ACCESS_LEVEL_NONE && !consume(DatumGetUUIDP(organization), level, arg))
			break;
	}
	index_read_end(&scan);
	return count <= max;
}

bool
grant_read_has_owner(GrantTarget target, const pg_uuid_t *object, Snapshot snapshot)
{
	IndexRead	scan;
	ScanKeyData key;
	bool		found = false;

	index_read_key_uuid(&key, 1, object);
	index_read_begin(&scan,
					 target == GRANT_ON_PROJECT ? INDEX_PROJECT_GRANTS : INDEX_MODEL_API_GRANTS,
					 snapshot, 1, &key);
	while (!found && index_read_next(&scan))
	{
		bool		no_user;
		bool		unlimited;
		Datum		user_id;

		CHECK_FOR_INTERRUPTS();
		user_id = index_read_value(&scan, OBJECT_GRANTS_USER_ID, &no_user);
		(void) index_read_value(&scan, GRANTS_EXPIRES_AT, &unlimited);
		found = !no_user && unlimited &&
			object_ids_access_level(DatumGetObjectId(index_read_required(&scan, GRANTS_LEVEL))) ==
			ACCESS_LEVEL_OWNER && table_read_is_person(DatumGetUUIDP(user_id), snapshot);
	}
	index_read_end(&scan);
	return found;
}
