/*-------------------------------------------------------------------------
 *
 * grants.c
 *	  What an identity was granted, as one snapshot shows it.
 *
 * A context is made for a statement and kept between its calls: grants and
 * memberships are probed for one by one while they are few, and read all at once
 * where that is worth it.  Whatever others can give to a user without asking -
 * memberships of organizations, and grants to those - costs little where it is
 * not what a question is about.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "common/hashfn.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "grants.h"

/*
 * From so many objects on that were probed for one by one, reading all grants
 * is tried; a probe costs about as much as reading so many grants in a row.
 */
#define PROBES_MIN 64
#define GRANTS_FOR_A_PROBE 8

/* Going to another place of an index costs about as much as reading so many grants */
#define GRANTS_FOR_A_SEEK 4

/* Each of so many organizations is probed for before anything else is tried */
#define FEW_ORGANIZATIONS 16

/*
 * Grants that were read are searched by halves at first. A hash table is made when they
 * have been searched as often as this part of their number: it takes longer than to
 * read them, and what gathers rows searches little.
 */
#define GRANTS_FOR_A_SEARCH 4

/* ----------
 * Contexts
 * ----------
 */

typedef struct GrantSet GrantSet;

/* Bytes all of it: there may be very many */
typedef struct GrantEntry
{
	pg_uuid_t	object;
	uint8		level;			/* an AccessLevel */
	char		status;			/* for simplehash */
} GrantEntry;

#define SH_PREFIX grants
#define SH_ELEMENT_TYPE GrantEntry
#define SH_KEY_TYPE pg_uuid_t
#define SH_KEY object
#define SH_HASH_KEY(tb, key) uuid_hash_of(&(key))
#define SH_EQUAL(tb, a, b) (memcmp(&(a), &(b), sizeof(pg_uuid_t)) == 0)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static bool
same_identity(const Identity *a, const Identity *b)
{
	return a->kind == b->kind &&
		memcmp(&a->user_id, &b->user_id, sizeof(pg_uuid_t)) == 0;
}

AccessContext *
access_context_of(MemoryContext parent, const Identity *identity, Snapshot snapshot,
				  const SnapshotKey *key)
{
	MemoryContext memory = AllocSetContextCreate(parent, "modelapi_acl access",
												 ALLOCSET_SMALL_SIZES);
	AccessContext *context = MemoryContextAllocZero(memory, sizeof(AccessContext));

	context->memory = memory;
	context->identity = *identity;
	context->key = *key;
	context->snapshot = snapshot;
	context->clock.now = key->clock;
	context->clock.next_expiry = DT_NOEND;
	return context;
}

/*
 * Whether what a context has found holds for a snapshot: for one that shows the same,
 * until the first of the grants that counted expires.
 */
static bool
shows_the_same(const AccessContext *context, const SnapshotKey *key)
{
	SnapshotKey same = *key;

	same.clock = context->key.clock;
	return memcmp(&context->key, &same, sizeof(same)) == 0 &&
		key->clock >= context->key.clock && key->clock < context->clock.next_expiry;
}

/*
 * The context that is cached, if it is for this identity and the statement's state;
 * else a new one in its place.
 */
static AccessContext *
context_for(AccessContext **cached, MemoryContext parent,
			const Identity *identity, Snapshot snapshot, bool is_claimed)
{
	AccessContext *context = cached ? *cached : NULL;
	SnapshotKey key;
	Identity	confirmed;

	snapshot_key(&key, snapshot);
	if (context && same_identity(&context->identity, identity) && shows_the_same(context, &key))
	{
		context->key.clock = context->clock.now = key.clock;
		context->snapshot = snapshot;
		return context;
	}
	if (is_claimed && identity->kind != IDENTITY_NOBODY)
	{
		confirmed = identity_confirmed(*identity, snapshot);
		identity = &confirmed;
	}

	if (context)
	{
		*cached = NULL;
		MemoryContextDelete(context->memory);
	}
	context = access_context_of(parent, identity, snapshot, &key);
	if (cached)
		*cached = context;
	return context;
}

AccessContext *
access_context(AccessContext **cached, MemoryContext parent,
			   const Identity *identity, Snapshot snapshot)
{
	return context_for(cached, parent, identity, snapshot, false);
}

AccessContext *
access_context_confirmed(AccessContext **cached, MemoryContext parent,
						 const Identity *identity, Snapshot snapshot)
{
	static const Identity nobody = {IDENTITY_NOBODY, {{0}}};

	if (!identity_is_plausible(identity))
		identity = &nobody;
	return context_for(cached, parent, identity, snapshot, true);
}

bool
access_is_administrator(AccessContext *context)
{
	return context->identity.kind == IDENTITY_ADMINISTRATOR;
}

bool
access_is_signed_in(AccessContext *context)
{
	return context->identity.kind != IDENTITY_NOBODY;
}

/*
 * Reads the user's organizations, in the order of their ids, up to so many.  Returns
 * whether these are all.
 */
static bool
load_organizations(AccessContext *context, int max)
{
	int			missing = max - context->norganizations;
	pg_uuid_t  *organizations = context->organizations;
	int			found;

	if (context->has_organizations || missing < 0)
		return context->has_organizations;
	/* with room for one more, which tells whether there are more */
	if (organizations)
		organizations = repalloc_huge(organizations, sizeof(pg_uuid_t) * ((Size) max + 1));
	else
		organizations = MemoryContextAllocHuge(context->memory,
											   sizeof(pg_uuid_t) * ((Size) max + 1));
	context->organizations = organizations;
	found = store_organizations_of(&context->identity.user_id,
								   context->norganizations > 0 ?
								   &organizations[context->norganizations - 1] : NULL,
								   missing + 1, context->snapshot,
								   &organizations[context->norganizations]);
	context->norganizations += found;
	context->has_organizations = found <= missing;
	return context->has_organizations;
}

static int
compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(pg_uuid_t));
}

/*
 * Whether the user is in an organization.  The first ones are probed for; as their
 * number grows, so does the number of organizations that it is worth to read at once.
 */
static bool
is_member(AccessContext *context, const pg_uuid_t *organization)
{
	int			n = context->norganizations;

	if (!context->has_organizations &&
		(n == 0 || compare_ids(organization, &context->organizations[n - 1]) > 0))
	{
		int			probes = ++context->membership_probes;

		/* at each power of two */
		if (probes < PROBES_MIN || (probes & (probes - 1)) != 0 ||
			!load_organizations(context, Min(probes, GRANTS_MAX) * GRANTS_FOR_A_PROBE))
			return store_member(organization, &context->identity.user_id,
								context->snapshot, NULL);
		n = context->norganizations;
	}
	return n > 0 && bsearch(organization, context->organizations, n, sizeof(pg_uuid_t),
							compare_ids) != NULL;
}

bool
access_holds_as(AccessContext *context, const Principal *principal)
{
	if (context->identity.kind != IDENTITY_USER)
		return false;
	if (principal->kind == PRINCIPAL_USER)
		return memcmp(&principal->id, &context->identity.user_id, sizeof(pg_uuid_t)) == 0;
	return is_member(context, &principal->id);
}

int
access_organizations(AccessContext *context, const pg_uuid_t **organizations)
{
	if (context->identity.kind != IDENTITY_USER)
		return 0;
	for (int max = FEW_ORGANIZATIONS; !load_organizations(context, max); max *= 4)
		;
	*organizations = context->organizations;
	return context->norganizations;
}

/* ----------
 * Levels
 * ----------
 */

/* What a look at the grants of one object's organizations has found */
typedef struct OrganizationProbe
{
	AccessContext *context;
	AccessLevel level;
} OrganizationProbe;

static bool
probe_organization_grant(const pg_uuid_t *organization, AccessLevel level, void *arg)
{
	OrganizationProbe *probe = (OrganizationProbe *) arg;

	if (level > probe->level && is_member(probe->context, organization))
		probe->level = level;
	return probe->level != ACCESS_LEVEL_OWNER;
}

/*
 * The highest level on one object of the user's organizations, if it is higher than one
 * that is known.  Either the user's organizations are few, and each is probed for, or
 * the object's grants to organizations are; however many there are of the others, it
 * takes a constant factor of the fewer ones.
 */
static AccessLevel
probe_organizations(AccessContext *context, GrantTarget target, const pg_uuid_t *object,
					AccessLevel known)
{
	for (int max = FEW_ORGANIZATIONS;; max *= 4)
	{
		if (load_organizations(context, max) && context->norganizations <= max)
		{
			Principal	principal = {PRINCIPAL_ORGANIZATION, {{0}}};

			for (int i = 0; known != ACCESS_LEVEL_OWNER && i < context->norganizations; i++)
			{
				principal.id = context->organizations[i];
				known = Max(known, store_grant(target, &principal, object, &context->clock,
											   context->snapshot));
			}
			return known;
		}
		else
		{
			OrganizationProbe probe = {context, known};

			if (store_organization_grants_on(target, object, max, &context->clock,
											 context->snapshot, probe_organization_grant,
											 &probe))
				return probe.level;
		}
	}
}

static AccessLevel
probe_grants(AccessContext *context, GrantTarget target, const pg_uuid_t *object)
{
	Principal	user = {PRINCIPAL_USER, context->identity.user_id};
	AccessLevel level = store_grant(target, &user, object, &context->clock, context->snapshot);

	if (level == ACCESS_LEVEL_OWNER)
		return level;
	return probe_organizations(context, target, object, level);
}

/* What a look at another user's grants has found */
typedef struct AnothersProbe
{
	AccessContext *context;
	const pg_uuid_t *user_id;
	AccessLevel level;
} AnothersProbe;

static bool
probe_anothers_grant(const pg_uuid_t *organization, AccessLevel level, void *arg)
{
	AnothersProbe *probe = (AnothersProbe *) arg;

	if (level > probe->level &&
		access_permits_organization(probe->context, organization,
									ORGANIZATION_PERMISSION_VIEW_MEMBERS) &&
		store_member(organization, probe->user_id, probe->context->snapshot, NULL))
		probe->level = level;
	return probe->level != ACCESS_LEVEL_OWNER;
}

AccessLevel
grants_level_of_another(AccessContext *context, const pg_uuid_t *user_id,
						GrantTarget target, const pg_uuid_t *object)
{
	Principal	user = {PRINCIPAL_USER, *user_id};
	AnothersProbe probe = {context, user_id, ACCESS_LEVEL_NONE};

	probe.level = store_grant(target, &user, object, &context->clock, context->snapshot);
	if (probe.level != ACCESS_LEVEL_OWNER)
		(void) store_organization_grants_on(target, object, PG_INT32_MAX - 1, &context->clock,
											context->snapshot, probe_anothers_grant, &probe);
	return probe.level;
}

static int
compare_grants(const void *a, const void *b)
{
	return memcmp(&((const GrantEntry *) a)->object, &((const GrantEntry *) b)->object,
				  sizeof(pg_uuid_t));
}

typedef struct GrantLoad
{
	GrantSet   *set;
	int64		cap;
	bool		has_more;		/* than that */
} GrantLoad;

/* What reading has cost so far, in grants that were read in a row. */
static int64
spent_on(GrantSet *set)
{
	return set->count + set->seeks * GRANTS_FOR_A_SEEK;
}

static bool
keep_grant(const pg_uuid_t *object, AccessLevel level, void *arg)
{
	GrantLoad  *load = (GrantLoad *) arg;
	GrantSet   *set = load->set;
	GrantEntry *entry;

	if (spent_on(set) >= load->cap || set->count == GRANTS_MAX)
	{
		load->has_more = true;
		return false;
	}
	if (set->count == set->room)
	{
		set->grants = repalloc_huge(set->grants, sizeof(GrantEntry) * 2 * set->room);
		set->room *= 2;
	}
	entry = &set->grants[set->count++];
	entry->object = *object;
	entry->level = (uint8) level;
	if (set->count > 1 && compare_grants(entry - 1, entry) >= 0)
		set->is_sorted = false;
	return true;
}

/* Leaves the highest grant on each object. */
static void
sort_grants(GrantSet *set)
{
	int			kept = 0;

	qsort(set->grants, set->count, sizeof(GrantEntry), compare_grants);
	for (int i = 1; i < set->count; i++)
	{
		GrantEntry *last = &set->grants[kept];
		GrantEntry *entry = &set->grants[i];

		if (compare_grants(last, entry) != 0)
			set->grants[++kept] = *entry;
		else if (entry->level > last->level)
			last->level = entry->level;
	}
	set->count = kept + 1;
	set->is_sorted = true;
}

/* Goes on to read the user's own grants; false where there are more than cap. */
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
	store_each_grant(target, &user, set->count > 0 ? &after : NULL,
					 &context->clock, context->snapshot, keep_grant, load);
	set->has_own = !load->has_more;
	return set->has_own;
}

/* Goes on to read those of the user's organizations, in the same way. */
static bool
load_organization_grants(AccessContext *context, GrantTarget target, GrantLoad *load)
{
	GrantSet   *set = load->set;
	int			before = (int) Min((load->cap - spent_on(set)) / GRANTS_FOR_A_SEEK + 1, GRANTS_MAX);
	int			seeks = before;
	bool		whole;

	if (before <= 0)
		return false;
	whole = store_each_organization_grant(target, &context->identity.user_id, &set->place, &seeks,
										  &context->clock, context->snapshot, keep_grant, load);
	set->seeks += before - Max(seeks, 0);
	return whole;
}

/*
 * Reads all grants of one kind, unless that takes more than reading cap grants in a row;
 * then a later call with a greater cap goes on where this one has stopped.
 */
static bool
load_grants(AccessContext *context, GrantTarget target, int cap)
{
	GrantSet   *set = &context->grants[target];
	GrantLoad	load = {set, Min(cap, GRANTS_MAX), false};

	if (set->is_read)
		return true;
	if (set->grants && load.cap <= set->more_than)
		return false;
	if (!set->grants)
	{
		set->room = 64;
		set->grants = MemoryContextAlloc(context->memory, set->room * sizeof(GrantEntry));
		set->is_sorted = true;
	}
	if (!load_own_grants(context, target, &load) ||
		!load_organization_grants(context, target, &load))
	{
		set->more_than = load.cap;
		return false;
	}
	/* an index gives one principal's in order */
	if (!set->is_sorted)
		sort_grants(set);
	set->is_read = true;
	return true;
}

/* Makes the hash table; it counts when it is whole, whatever fails before. */
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

	if (!set->hash && ++set->searches > set->count / GRANTS_FOR_A_SEARCH)
		hash_grants(context, set);
	if (set->hash)
		entry = grants_lookup(set->hash, *object);
	else
		entry = bsearch(&key, set->grants, set->count, sizeof(GrantEntry), compare_grants);
	return entry ? (AccessLevel) entry->level : ACCESS_LEVEL_NONE;
}

/*
 * The highest of the unexpired grants that a user holds on one object, own
 * ones and organizations' ones.
 *
 * The first objects are probed for in the index.  As their number grows, so
 * does the number of grants that it would be worth to read at once; whether a
 * user holds few or many, no more than a constant factor is spent over the
 * better of the two.
 */
AccessLevel
grants_level(AccessContext *context, GrantTarget target, const pg_uuid_t *object)
{
	GrantSet   *set = &context->grants[target];

	Assert(context->identity.kind == IDENTITY_USER);
	if (!set->is_read)
	{
		int			probes;

		/* several questions about a row ask for the same project */
		if (set->probes > 0 && memcmp(&set->last, object, sizeof(pg_uuid_t)) == 0)
			return set->level_on_last;
		probes = ++set->probes;
		/* at each power of two */
		if (probes < PROBES_MIN || (probes & (probes - 1)) != 0 ||
			!load_grants(context, target, Min(probes, GRANTS_MAX) * GRANTS_FOR_A_PROBE))
		{
			set->level_on_last = probe_grants(context, target, object);
			set->last = *object;
			return set->level_on_last;
		}
	}
	return search_grants(context, set, object);
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
