/*-------------------------------------------------------------------------
 *
 * context.c
 *	  An access context: one identity in one state of the database, with what is
 *	  known so far of its grants and memberships.
 *
 * A statement asks the same questions for many rows.  The context is kept between
 * the calls, so that what one row needed is known for the next.  It must not
 * outlive the statement's snapshot: see shows_the_same().  Only grants.c
 * reads and changes the grants in it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "context.h"
#include "../catalog/snapshot_clock.h"
#include "../catalog/snapshot_key.h"
#include "../catalog/table_read.h"
#include "../identity/identity.h"
#include "../terms.h"
#include "../values/uuids.h"

/* ----------
 * Contexts
 * ----------
 */

static void
key_with_clock(SnapshotKey *key, Snapshot snapshot)
{
	snapshot_key_fill(key, snapshot);
	key->clock = snapshot_clock(snapshot);
}

static bool
same_identity(const Identity *a, const Identity *b)
{
	return a->kind == b->kind &&
		uuids_equal(&a->user_id, &b->user_id);
}

AccessContext *
context_create(MemoryContext parent, const Identity *identity, Snapshot snapshot,
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
 * Whether a context is still right for the state with the given key: nothing has
 * changed, and none of the grants that counted has expired.
 */
static bool
shows_the_same(const AccessContext *context, const SnapshotKey *key)
{
	SnapshotKey same = *key;

	same.clock = context->key.clock;
	return snapshot_key_equal(&context->key, &same) &&
		key->clock >= context->key.clock && key->clock < context->clock.next_expiry;
}

/* Prepares a cached context for another call; false if it does not show the snapshot's state. */
static bool
renew(AccessContext *context, Snapshot snapshot)
{
	SnapshotKey key;

	key_with_clock(&key, snapshot);
	if (!shows_the_same(context, &key))
		return false;
	context->key.clock = context->clock.now = key.clock;
	context->snapshot = snapshot;
	return true;
}

/*
 * Returns the cached context if it is for this identity and the statement's state, or
 * puts a new one in its place.  is_claimed: the identity came as an argument, and has
 * to be confirmed.
 */
static AccessContext *
context_for(AccessContext **cached, MemoryContext parent,
			const Identity *identity, Snapshot snapshot, bool is_claimed)
{
	AccessContext *context = cached ? *cached : NULL;
	SnapshotKey key;
	Identity	confirmed;

	if (context && same_identity(&context->identity, identity) && renew(context, snapshot))
		return context;
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
	key_with_clock(&key, snapshot);
	context = context_create(parent, identity, snapshot, &key);
	if (cached)
		*cached = context;
	return context;
}

bool
context_serves(AccessContext *context, const Identity *identity, Snapshot snapshot)
{
	return same_identity(&context->identity, identity) && renew(context, snapshot);
}

AccessContext *
context_get(AccessContext **cached, MemoryContext parent,
			const Identity *identity, Snapshot snapshot)
{
	return context_for(cached, parent, identity, snapshot, false);
}

AccessContext *
context_of_current_user(FunctionCallInfo fcinfo)
{
	Snapshot	snapshot = GetActiveSnapshot();
	AccessContext *cached = fcinfo ? (AccessContext *) fcinfo->flinfo->fn_extra : NULL;
	Identity	identity;

	/* a user who was enabled in the same state still is */
	if (cached && cached->identity.kind == IDENTITY_USER &&
		identity_is_plausible(&cached->identity) && renew(cached, snapshot))
		return cached;
	identity = identity_current(snapshot);
	if (!fcinfo)
		return context_get(NULL, CurrentMemoryContext, &identity, snapshot);
	return context_get((AccessContext **) &fcinfo->flinfo->fn_extra,
					   fcinfo->flinfo->fn_mcxt, &identity, snapshot);
}

AccessContext *
context_from_argument(FunctionCallInfo fcinfo, int identity_argument)
{
	static const Identity nobody = {IDENTITY_NOBODY, {{0}}};
	Identity	identity = identity_from_argument(PG_ARGISNULL(identity_argument),
												  PG_GETARG_DATUM(identity_argument));

	if (!identity_is_plausible(&identity))
		identity = nobody;
	return context_for((AccessContext **) &fcinfo->flinfo->fn_extra,
					   fcinfo->flinfo->fn_mcxt, &identity, GetActiveSnapshot(), true);
}

/* ----------
 * The identity and its organizations
 * ----------
 */

bool
context_is_administrator(AccessContext *context)
{
	return context->identity.kind == IDENTITY_ADMINISTRATOR;
}

bool
context_is_signed_in(AccessContext *context)
{
	return context->identity.kind != IDENTITY_NOBODY;
}

/*
 * The first organizations of the user who was asked about last.  They are kept for the
 * session's next statements, until the state of the database changes.
 */
static struct
{
	StateStamp	state;
	pg_uuid_t	user_id;
	int			count;
	pg_uuid_t	ids[FIRST_ORGANIZATIONS + 1];
}			first_organizations;

/*
 * Fills an array with the first organizations, one more than FIRST_ORGANIZATIONS if there
 * are more.  Returns their number.
 */
static int
read_first_organizations(AccessContext *context, pg_uuid_t *organizations)
{
	const pg_uuid_t *user_id = &context->identity.user_id;
	StateStamp	state;
	int			count;

	if (!snapshot_key_is_current(&first_organizations.state, context->snapshot) ||
		!uuids_equal(&first_organizations.user_id, user_id))
	{
		snapshot_key_stamp(&state, context->snapshot);
		count = table_read_organizations_of(user_id, NULL, FIRST_ORGANIZATIONS + 1,
											context->snapshot, organizations);
		first_organizations.state = state;
		first_organizations.user_id = *user_id;
		first_organizations.count = count;
		memcpy(first_organizations.ids, organizations, count * sizeof(pg_uuid_t));
		return count;
	}
	memcpy(organizations, first_organizations.ids, first_organizations.count * sizeof(pg_uuid_t));
	return first_organizations.count;
}

bool
context_load_organizations(AccessContext *context, int max)
{
	int			missing = max - context->norganizations;
	pg_uuid_t  *organizations = context->organizations;
	int			found;

	if (context->has_organizations || missing < 0)
		return context->has_organizations;
	/* read one more than max, to see whether there are more */
	if (organizations)
		organizations = repalloc_huge(organizations, sizeof(pg_uuid_t) * ((Size) max + 1));
	else
		organizations = MemoryContextAllocHuge(context->memory,
											   sizeof(pg_uuid_t) * ((Size) max + 1));
	context->organizations = organizations;
	if (max == FIRST_ORGANIZATIONS && context->norganizations == 0)
		found = read_first_organizations(context, organizations);
	else
		found = table_read_organizations_of(&context->identity.user_id,
											context->norganizations > 0 ?
											&organizations[context->norganizations - 1] : NULL,
											missing + 1, context->snapshot,
											&organizations[context->norganizations]);
	context->norganizations += found;
	context->has_organizations = found <= missing;
	if (!context->has_organizations)
		table_read_hide_member_locks(&context->identity.user_id, context->snapshot);
	return context->has_organizations;
}

/*
 * The first organizations are read at once.  If there are more, each of the others is probed
 * for.  At each power of two probes, reading all memberships is tried, with a limit that grows
 * with the number of probes; so whether the user has few or many, the cost stays within a
 * constant factor of the cheaper way.
 */
bool
context_is_member(AccessContext *context, const pg_uuid_t *organization)
{
	int			n;

	if (context->norganizations == 0)
		(void) context_load_organizations(context, FIRST_ORGANIZATIONS);
	n = context->norganizations;
	if (!context->has_organizations &&
		(n == 0 || uuids_compare(organization, &context->organizations[n - 1]) > 0))
	{
		int			probes = ++context->membership_probes;

		if (probes < PROBES_MIN || (probes & (probes - 1)) != 0 ||
			!context_load_organizations(context, Min(probes, GRANTS_MAX) * GRANTS_PER_PROBE))
			return table_read_member(organization, &context->identity.user_id,
									 context->snapshot, NULL);
		n = context->norganizations;
	}
	return n > 0 && bsearch(organization, context->organizations, n, sizeof(pg_uuid_t),
							uuids_compare) != NULL;
}

bool
context_matches_principal(AccessContext *context, const Principal *principal)
{
	if (context->identity.kind != IDENTITY_USER)
		return false;
	if (principal->kind == PRINCIPAL_USER)
		return uuids_equal(&principal->id, &context->identity.user_id);
	return context_is_member(context, &principal->id);
}

int
context_organizations(AccessContext *context, const pg_uuid_t **organizations)
{
	if (context->identity.kind != IDENTITY_USER)
		return 0;
	for (int max = FIRST_ORGANIZATIONS; !context_load_organizations(context, max); max *= 4)
		;
	*organizations = context->organizations;
	return context->norganizations;
}

/* ----------
 * Model APIs
 * ----------
 */

void
context_remember_model_api(AccessContext *context, const ModelApiFacts *facts)
{
	context->facts = *facts;
	context->has_facts = context->facts_found = true;
}

bool
context_has_model_api(AccessContext *context, const pg_uuid_t *model_api_id)
{
	return context->has_facts && uuids_equal(&context->facts.id, model_api_id);
}

const ModelApiFacts *
context_find_model_api(AccessContext *context, const pg_uuid_t *model_api_id)
{
	if (!context_has_model_api(context, model_api_id))
	{
		context->has_facts = false;
		context->facts_found = table_read_model_api_of_row(model_api_id, context->snapshot,
														   &context->facts);
		context->facts.id = *model_api_id;
		context->has_facts = true;
	}
	return context->facts_found ? &context->facts : NULL;
}
