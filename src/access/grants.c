/*-------------------------------------------------------------------------
 *
 * grants.c
 *	  The grants that a context's identity holds.
 *
 * A query that touches few objects probes the indexes for each.  One that touches
 * many reads all of the user's grants once, and searches them in memory.  Others can
 * add a user to organizations, and grant access to those, without asking the user;
 * so memberships and organizations' grants must not make unrelated queries slow.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "grants.h"
#include "context.h"
#include "few_grants.h"
#include "../catalog/grant_read.h"
#include "../identity/identity.h"
#include "../terms.h"
#include "../values/arrays.h"
#include "../values/uuids.h"

/* An index descent costs about as much as reading this many grants */
#define GRANTS_PER_SEEK 4

/*
 * Probing for an object takes two descents or more, and as long as reading this many grants.
 * GRANTS_PER_PROBE is less, since it is not known then whether more objects will follow.
 */
#define GRANTS_PER_EXPECTED_PROBE 32

/* Most objects have no more grants of organizations */
#define FEW_ON_OBJECT 4

/*
 * Start with a binary search.  Build a hash table after count / GRANTS_PER_SEARCH
 * searches: building it takes longer than reading the grants, and queries that collect
 * rows through the grants search little.
 */
#define GRANTS_PER_SEARCH 4

/* Only bytes, so that there is no padding: there may be very many */
typedef struct GrantEntry
{
	pg_uuid_t	object;			/* must be first: the sort key */
	uint8		level;			/* an AccessLevel */
	char		status;			/* for simplehash */
} GrantEntry;

#define SH_PREFIX grants
#define SH_ELEMENT_TYPE GrantEntry
#define SH_KEY_TYPE pg_uuid_t
#define SH_KEY object
#define SH_HASH_KEY(tb, key) uuids_hash(&(key))
#define SH_EQUAL(tb, a, b) (uuids_equal(&(a), &(b)))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* ----------
 * Probing for one object
 * ----------
 */

/* The level of one principal's own grant on an object. */
static AccessLevel
probe_principal(AccessContext *context, GrantTarget target, const Principal *principal,
				const pg_uuid_t *object)
{
	AccessLevel level;

	if (few_grants_level(context, target, principal, object, &level))
		return level;
	return grant_read_level(target, principal, object, &context->clock, context->snapshot);
}

/* State of a search through the organizations' grants on one object */
typedef struct OrganizationProbe
{
	AccessContext *context;
	AccessLevel level;			/* the highest so far */
} OrganizationProbe;

/* A GrantConsumer. */
static bool
probe_organization_grant(const pg_uuid_t *organization, AccessLevel level, void *arg)
{
	OrganizationProbe *probe = (OrganizationProbe *) arg;

	if (level > probe->level && context_is_member(probe->context, organization))
		probe->level = level;
	return probe->level != ACCESS_LEVEL_OWNER;
}

/*
 * Raises *level to the highest that the user's organizations hold on one object, from all
 * grants of organizations on it.  Returns false if there are more than max.
 */
static bool
probe_object(AccessContext *context, GrantTarget target, const pg_uuid_t *object, int max,
			 AccessLevel *level)
{
	OrganizationProbe probe = {context, *level};

	if (!grant_read_each_organization_on(target, object, max, &context->clock, context->snapshot,
										 probe_organization_grant, &probe))
		return false;
	*level = probe.level;
	return true;
}

/*
 * Returns the highest level on one object that the user's organizations hold, or known
 * if that is higher.  There are two ways: probe for the grant of each of the user's
 * organizations, or read all grants of organizations on the object.  Few objects have more
 * than a few of those, so that one descent of an index answers.  Else both ways are tried
 * in turn with a growing limit, so the cost is within a constant factor of the cheaper one.
 */
static AccessLevel
probe_organizations(AccessContext *context, GrantTarget target, const pg_uuid_t *object,
					AccessLevel known)
{
	bool		is_probed = false;

	for (int max = FIRST_ORGANIZATIONS;; max *= 4)
	{
		bool		has_all = context_load_organizations(context, max) &&
			context->norganizations <= max;

		/* what a single organization holds may be in memory, see few_grants.c */
		if (!is_probed && !(has_all && context->norganizations <= 1) &&
			probe_object(context, target, object, FEW_ON_OBJECT, &known))
			return known;
		is_probed = true;
		if (has_all)
		{
			Principal	principal = {PRINCIPAL_ORGANIZATION, {{0}}};

			for (int i = 0; known != ACCESS_LEVEL_OWNER && i < context->norganizations; i++)
			{
				principal.id = context->organizations[i];
				known = Max(known, probe_principal(context, target, &principal, object));
			}
			return known;
		}
		if (probe_object(context, target, object, max, &known))
			return known;
	}
}

/* The highest level on one object, by index probes alone. */
static AccessLevel
probe_grants(AccessContext *context, GrantTarget target, const pg_uuid_t *object)
{
	Principal	user = {PRINCIPAL_USER, context->identity.user_id};
	AccessLevel level = probe_principal(context, target, &user, object);

	if (level == ACCESS_LEVEL_OWNER)
		return level;
	return probe_organizations(context, target, object, level);
}

/* ----------
 * Reading all grants
 * ----------
 */

typedef struct GrantLoad
{
	GrantSet   *set;
	int64		cap;			/* cost at which reading stops */
	bool		is_capped;		/* it has stopped for that reason */
} GrantLoad;

/* The cost of reading so far, in grants that are read one after the other. */
static int64
spent_on(GrantSet *set)
{
	return set->count + set->seeks * GRANTS_PER_SEEK;
}

/* A GrantConsumer. */
static bool
keep_grant(const pg_uuid_t *object, AccessLevel level, void *arg)
{
	GrantLoad  *load = (GrantLoad *) arg;
	GrantSet   *set = load->set;
	GrantEntry *entry;

	if (spent_on(set) >= load->cap || set->count == GRANTS_MAX)
	{
		load->is_capped = true;
		return false;
	}
	set->grants = arrays_make_room(set->grants, set->count, &set->capacity, sizeof(GrantEntry));
	entry = &set->grants[set->count++];
	entry->object = *object;
	entry->level = (uint8) level;
	if (set->count > 1 && uuids_compare(entry - 1, entry) >= 0)
		set->is_sorted = false;
	return true;
}

/* Sorts the grants by object, and keeps the highest on each. */
static void
sort_grants(GrantSet *set)
{
	int			kept = 0;

	qsort(set->grants, set->count, sizeof(GrantEntry), uuids_compare);
	for (int i = 1; i < set->count; i++)
	{
		GrantEntry *last = &set->grants[kept];
		GrantEntry *entry = &set->grants[i];

		if (uuids_compare(last, entry) != 0)
			set->grants[++kept] = *entry;
		else if (entry->level > last->level)
			last->level = entry->level;
	}
	set->count = kept + 1;
	set->is_sorted = true;
}

/* Continues reading the user's own grants.  Returns false if the cap is reached. */
static bool
load_own_grants(AccessContext *context, GrantTarget target, GrantLoad *load)
{
	GrantSet   *set = load->set;
	Principal	user = {PRINCIPAL_USER, context->identity.user_id};
	pg_uuid_t	after;

	if (set->has_own)
		return true;
	if (set->count > 0)
		after = set->grants[set->count - 1].object;
	grant_read_each(target, &user, set->count > 0 ? &after : NULL,
					&context->clock, context->snapshot, keep_grant, load);
	set->has_own = !load->is_capped;
	return set->has_own;
}

/* The same for the grants of the user's organizations. */
static bool
load_organization_grants(AccessContext *context, GrantTarget target, GrantLoad *load)
{
	GrantSet   *set = load->set;
	int			before = (int) Min((load->cap - spent_on(set)) / GRANTS_PER_SEEK + 1, GRANTS_MAX);
	int			seeks = before;
	bool		whole;

	if (before <= 0)
		return false;
	whole = grant_read_each_through_organizations(target, &context->identity.user_id, &set->place, &seeks,
												  &context->clock, context->snapshot, keep_grant, load);
	set->seeks += before - Max(seeks, 0);
	return whole;
}

/*
 * Reads all grants of one kind.  Returns false if that costs more than cap; a later call
 * with a greater cap continues where this one has stopped.
 */
static bool
load_grants(AccessContext *context, GrantTarget target, int cap)
{
	GrantSet   *set = &context->grants[target];
	GrantLoad	load = {set, Min(cap, GRANTS_MAX), false};

	if (set->is_complete)
		return true;
	if (set->grants && load.cap <= set->cost_exceeds)
		return false;
	if (!set->grants)
	{
		set->capacity = 64;
		set->grants = MemoryContextAlloc(context->memory, set->capacity * sizeof(GrantEntry));
		set->is_sorted = true;
	}
	if (!load_own_grants(context, target, &load) ||
		!load_organization_grants(context, target, &load))
	{
		set->cost_exceeds = load.cap;
		return false;
	}
	/* one principal's grants come in order from the index */
	if (!set->is_sorted)
		sort_grants(set);
	set->is_complete = true;
	return true;
}

/* ----------
 * Searching the grants that were read
 * ----------
 */

/* Builds the hash table; set->hash is set only when it is complete, in case of an error. */
static void
hash_grants(AccessContext *context, GrantSet *set)
{
	grants_hash *hash = grants_create(context->memory, Max(set->count, 1), NULL);

	for (int i = 0; i < set->count; i++)
	{
		bool		found;

		grants_insert(hash, set->grants[i].object, &found)->level = set->grants[i].level;
	}
	set->hash = hash;
}

static AccessLevel
search_grants(AccessContext *context, GrantSet *set, const pg_uuid_t *object)
{
	GrantEntry	key = {*object, 0, 0};
	GrantEntry *entry;

	if (!set->hash && ++set->searches > set->count / GRANTS_PER_SEARCH)
		hash_grants(context, set);
	if (set->hash)
		entry = grants_lookup(set->hash, *object);
	else
		entry = bsearch(&key, set->grants, set->count, sizeof(GrantEntry), uuids_compare);
	return entry ? (AccessLevel) entry->level : ACCESS_LEVEL_NONE;
}

/*
 * The first objects are probed for in the index.  At each power of two probes, reading
 * all grants is tried, with a cap that grows with the number of probes; so whether the
 * user holds few grants or many, the cost stays within a constant factor of the cheaper
 * way.
 */
AccessLevel
grants_level(AccessContext *context, GrantTarget target, const pg_uuid_t *object)
{
	GrantSet   *set = &context->grants[target];

	Assert(context->identity.kind == IDENTITY_USER);
	if (!set->is_complete)
	{
		int			probes;

		/* several permissions are asked for on the same row, or project */
		if (set->probes > 0 && uuids_equal(&set->last_object, object))
			return set->last_level;
		probes = ++set->probes;
		if (probes < PROBES_MIN || (probes & (probes - 1)) != 0 ||
			!load_grants(context, target, Min(probes, GRANTS_MAX) * GRANTS_PER_PROBE))
		{
			set->last_level = probe_grants(context, target, object);
			set->last_object = *object;
			return set->last_level;
		}
	}
	return search_grants(context, set, object);
}

AccessLevel
grants_own_level(AccessContext *context, GrantTarget target, const pg_uuid_t *object)
{
	Principal	user = {PRINCIPAL_USER, context->identity.user_id};

	Assert(context->identity.kind == IDENTITY_USER);
	return grant_read_level(target, &user, object, &context->clock, context->snapshot);
}

AccessLevel
grants_organizations_level(AccessContext *context, GrantTarget target, const pg_uuid_t *object)
{
	AccessLevel level = ACCESS_LEVEL_NONE;

	Assert(context->identity.kind == IDENTITY_USER);
	if (probe_object(context, target, object, FEW_ON_OBJECT, &level))
		return level;
	return probe_organizations(context, target, object, ACCESS_LEVEL_NONE);
}

void
grants_expect(AccessContext *context, GrantTarget target, int objects)
{
	Assert(context->identity.kind == IDENTITY_USER);
	(void) load_grants(context, target,
					   Min(objects, GRANTS_MAX / GRANTS_PER_EXPECTED_PROBE) * GRANTS_PER_EXPECTED_PROBE);
}

bool
grants_at_least(AccessContext *context, GrantTarget target, AccessLevel least,
				int cap, pg_uuid_t **objects, int *count)
{
	GrantSet   *set = &context->grants[target];
	pg_uuid_t  *result;

	Assert(context->identity.kind == IDENTITY_USER);
	if (!load_grants(context, target, cap))
		return false;
	*count = 0;
	for (int i = 0; i < set->count; i++)
		*count += set->grants[i].level >= (uint8) least;
	result = MemoryContextAllocHuge(context->memory, sizeof(pg_uuid_t) * Max(*count, 1));
	*objects = result;
	for (int i = 0; i < set->count; i++)
		if (set->grants[i].level >= (uint8) least)
			*result++ = set->grants[i].object;
	return true;
}
