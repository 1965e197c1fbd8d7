/*-------------------------------------------------------------------------
 *
 * grants.h
 *	  What access.c decides by and grants.c reads, in the state that state.c
 *	  tells: for these three alone.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_GRANTS_H
#define MODELAPI_ACL_GRANTS_H

#include "modelapi_acl.h"

/*
 * What tells one state of the database, as a statement sees it, from others.  On
 * a hot standby the transactions in progress are among the subtransactions.
 */
typedef struct SnapshotKey
{
	TransactionId xmin;
	TransactionId xmax;
	uint32		xcnt;
	int32		subxcnt;
	CommandId	curcid;
	SubTransactionId subtransaction;
	uint64		generation;
	TimestampTz clock;			/* 0 where the latest state is asked */
	uint64		completions;	/* of transactions; 0 where a snapshot is asked */
	bool		suboverflowed;
	bool		recovery;
} SnapshotKey;

struct AccessContext
{
	MemoryContext memory;		/* this struct and all that it points to */
	Identity	identity;
	SnapshotKey key;
	Snapshot	snapshot;		/* the caller's; not used beyond its calls */
	StoreClock	clock;			/* by which expiry is judged */
	pg_uuid_t  *organizations;	/* the first of the user's, in the order of their ids */
	int			norganizations;
	bool		has_organizations;	/* these are all */
	int			membership_probes;	/* organizations probed for one by one */
	bool		has_facts;		/* the one below is filled: the last row read */
	bool		facts_found;
	ModelApiFacts facts;
	struct GrantSet
	{
		int			probes;		/* objects probed for */
		pg_uuid_t	last;		/* the last of them */
		AccessLevel level_on_last;
		struct GrantEntry *grants;	/* those read so far */
		int			count;
		int			room;
		bool		is_sorted;	/* by object, no object twice */
		bool		has_own;	/* the user's own are read; next: organizations', */
		GrantPlace	place;		/* from here on */
		int64		seeks;		/* that these took so far */
		int64		more_than;	/* reading all takes more than so much */
		bool		is_read;	/* these are all */
		int			searches;	/* among them */
		struct grants_hash *hash;	/* of them, or NULL */
	}			grants[2];		/* by GrantTarget */
};

/* snapshot_key: fills in what tells the state that a snapshot shows from others. */
extern void snapshot_key(SnapshotKey *key, Snapshot snapshot);

/*
 * snapshot_latest: the latest state, with this transaction's own changes as the
 * active snapshot shows them; key as above.  Good until the next look at a latest
 * state; not a copy.
 */
extern Snapshot snapshot_latest(SnapshotKey *key);

/* access_context_of: a new context in parent, for the state that key tells of. */
extern AccessContext *access_context_of(MemoryContext parent, const Identity *identity,
										Snapshot snapshot, const SnapshotKey *key);

/*
 * grants_level: the highest of the unexpired grants that a user holds on one
 * object, own ones and organizations' ones.
 */
extern AccessLevel grants_level(AccessContext *context, GrantTarget target,
								const pg_uuid_t *object);

/*
 * grants_level_of_another: the same of another user's, without grants of organizations
 * whose members the context's identity may not see.
 */
extern AccessLevel grants_level_of_another(AccessContext *context, const pg_uuid_t *user_id,
										   GrantTarget target, const pg_uuid_t *object);

/*
 * grants_at_least: the objects of all grants of a kind that give a level, in the
 * context's memory, in the order of ids; false where more than cap, or GRANTS_MAX, grants
 * would have to be read.
 */
extern bool grants_at_least(AccessContext *context, GrantTarget target, AccessLevel least,
							int cap, pg_uuid_t **objects, int *count);

#endif							/* MODELAPI_ACL_GRANTS_H */
