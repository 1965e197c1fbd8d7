/*-------------------------------------------------------------------------
 *
 * few_grants.c
 *	  The grants of principals who hold few.
 *
 * Many users and organizations hold no grant of a kind, or hardly one.  Reading all of them
 * costs no more than probing for one.  They are kept for the session's next statements,
 * until the state of the database changes.  Reading more would make the first statement in
 * each state slower than it would make the others faster.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "few_grants.h"
#include "../catalog/grant_read.h"
#include "../catalog/snapshot_key.h"
#include "../terms.h"
#include "../values/uuids.h"

/* The most grants that are few, and the number of principals and kinds that are kept */
#define FEW 2
#define SLOTS 16

typedef struct Slot
{
	StateStamp	state;
	PrincipalGrant grants[FEW];
	int			count;
	GrantTarget target;
	Principal	principal;
	bool		is_used;
	bool		has_many;		/* only a hint: this may have changed */
} Slot;

static Slot slots[SLOTS];
static int	next_slot = 0;

/* The slot of a principal and a kind of grants; a new one takes the place of the oldest. */
static Slot *
find_slot(GrantTarget target, const Principal *principal)
{
	Slot	   *slot;

	for (int i = 0; i < SLOTS; i++)
	{
		slot = &slots[i];
		if (slot->is_used && slot->target == target && slot->principal.kind == principal->kind &&
			uuids_equal(&slot->principal.id, &principal->id))
			return slot;
	}
	slot = &slots[next_slot];
	next_slot = (next_slot + 1) % SLOTS;
	memset(slot, 0, sizeof(*slot));
	slot->target = target;
	slot->principal = *principal;
	slot->is_used = true;
	return slot;
}

/* Reads the grants of a slot; not current if there is an error. */
static void
fill_slot(Slot *slot, Snapshot snapshot)
{
	PrincipalGrant grants[FEW + 1];
	StateStamp	state;
	int			count;

	snapshot_key_stamp(&state, snapshot);
	count = grant_read_first(slot->target, &slot->principal, FEW + 1, snapshot, grants);
	slot->has_many = count > FEW;
	if (slot->has_many)
		return;
	memcpy(slot->grants, grants, count * sizeof(PrincipalGrant));
	slot->count = count;
	slot->state = state;
}

bool
few_grants_level(AccessContext *context, GrantTarget target, const Principal *principal,
				 const pg_uuid_t *object, AccessLevel *level)
{
	Slot	   *slot = find_slot(target, principal);

	if (!slot->has_many && !snapshot_key_is_current(&slot->state, context->snapshot))
		fill_slot(slot, context->snapshot);
	if (slot->has_many)
		return false;
	*level = ACCESS_LEVEL_NONE;
	for (int i = 0; i < slot->count; i++)
	{
		const PrincipalGrant *grant = &slot->grants[i];

		if (!uuids_equal(&grant->object, object) || grant->expires_at <= context->clock.now)
			continue;
		*level = Max(*level, grant->level);
		context->clock.next_expiry = Min(context->clock.next_expiry, grant->expires_at);
	}
	return true;
}
