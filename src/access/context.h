/*-------------------------------------------------------------------------
 *
 * context.h
 *	  An access context: one identity in one state of the database, with what is
 *	  known so far of its grants and memberships.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_CONTEXT_H
#define MODELAPI_ACL_CONTEXT_H

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/snapshot.h"
#include "utils/uuid.h"

#include "../catalog/grant_read.h"
#include "../catalog/snapshot_key.h"
#include "../identity/identity.h"
#include "../terms.h"

/*
 * Costs, measured in grants that are read one after the other.  Once PROBES_MIN
 * objects have been probed for, one by one, reading all grants is considered.
 */
#define PROBES_MIN 64
#define GRANTS_PER_PROBE 8

/*
 * The first attempt to read all of a user's organizations reads this many.  Most
 * users are in fewer.
 */
#define FIRST_ORGANIZATIONS 16

/*
 * The most grants of one kind that are read into memory: 18 bytes each, and twice
 * as much again for a hash table.  The grants of a user who holds more are always
 * probed for.
 */
#define GRANTS_MAX 900000

/*
 * The grants of one kind, on projects or on model APIs, that the identity holds:
 * its own and its organizations'.  For grants.c alone.
 */
typedef struct GrantSet
{
	int			probes;			/* number of objects probed for */
	pg_uuid_t	last_object;	/* the last of them ... */
	AccessLevel last_level;		/* ... and the level found */
	struct GrantEntry *grants;	/* those read so far, or NULL */
	int			count;
	int			capacity;		/* of the array */
	bool		is_sorted;		/* by object, each object once */
	bool		has_own;		/* all of the identity's own have been read */
	GrantPlace	place;			/* where to continue with the organizations' */
	int64		seeks;			/* index descents that the organizations' took so far */
	int64		cost_exceeds;	/* reading all costs more than this */
	bool		is_complete;	/* all have been read */
	int			searches;		/* number of look-ups in the array */
	struct grants_hash *hash;	/* the same grants, or NULL */
} GrantSet;

/* What known_model_apis.c knows of many model APIs */
typedef struct KnownModelApis KnownModelApis;

/* What known_projects.c knows of projects */
typedef struct KnownProjects KnownProjects;

/* Only the files in access/ look inside. */
typedef struct AccessContext
{
	MemoryContext memory;		/* holds this struct and all that it points to */
	Identity	identity;
	SnapshotKey key;			/* with the time of the last call as its clock */
	Snapshot	snapshot;		/* the caller's, set anew by each context_get() */
	ExpiryClock	clock;			/* by which expiry is judged */
	pg_uuid_t  *organizations;	/* the first of the user's, ordered by id */
	int			norganizations;
	bool		has_organizations;	/* the array holds all of them */
	int			membership_probes;	/* organizations probed for, one by one */
	bool		has_facts;		/* the last model API that was looked up, ... */
	bool		facts_found;	/* ... whether it exists, ... */
	ModelApiFacts facts;		/* ... and its row; facts.id is set in any case */
	GrantSet	grants[2];		/* by GrantTarget */
	int			questions;		/* number of model APIs that were asked about */
	KnownModelApis *known;		/* or NULL */
	KnownProjects *projects;	/* or NULL */
} AccessContext;

/*
 * context_get: the context of an identity and a snapshot.
 *
 * cached: where a context is kept between calls, usually &flinfo->fn_extra with
 * parent = flinfo->fn_mcxt.  That context is reused if identity, snapshot and
 * subtransaction are the same, and replaced by a new one otherwise.  With
 * cached = NULL a new one is made in parent.
 */
extern AccessContext *context_get(AccessContext **cached, MemoryContext parent,
								  const Identity *identity, Snapshot snapshot);

/*
 * context_serves: whether a context is one of this identity, and shows what the snapshot
 * shows.  Then it is made the snapshot's.
 */
extern bool context_serves(AccessContext *context, const Identity *identity, Snapshot snapshot);

/*
 * context_of_current_user: the context of the current user in the active snapshot,
 * cached in the call's fn_extra; with fcinfo = NULL a new one in the current memory
 * context.
 *
 * context_from_argument: the same for the identity that SQL passes as an argument of the
 * call.  An identity other than the session's own is treated as nobody's.
 */
extern AccessContext *context_of_current_user(FunctionCallInfo fcinfo);
extern AccessContext *context_from_argument(FunctionCallInfo fcinfo, int identity_argument);

/*
 * context_create: a new context in parent, for the state that key identifies.  For
 * latest_state.c; others call context_get.
 */
extern AccessContext *context_create(MemoryContext parent, const Identity *identity,
									 Snapshot snapshot, const SnapshotKey *key);

/* Whether the identity is a user or an administrator; whether an administrator. */
extern bool context_is_signed_in(AccessContext *context);
extern bool context_is_administrator(AccessContext *context);

/* Whether the identity is the given user, or a member of the given organization. */
extern bool context_matches_principal(AccessContext *context, const Principal *principal);

/* Whether the identity, which must be a user, is a member of an organization. */
extern bool context_is_member(AccessContext *context, const pg_uuid_t *organization);

/*
 * context_organizations: the organizations of which the identity is a member, in the
 * order of their ids, in the context's memory.  Returns their number; 0, and leaves
 * *organizations alone, unless the identity is a user.
 *
 * context_load_organizations: reads the first max of them.  Returns whether these
 * are all.
 */
extern int	context_organizations(AccessContext *context, const pg_uuid_t **organizations);
extern bool context_load_organizations(AccessContext *context, int max);

/*
 * context_find_model_api: a model API's row as the context's snapshot shows it, or
 * NULL.  Valid until the next call for the same context.
 *
 * context_has_model_api: whether it is the one that was found last.
 * context_remember_model_api: makes it that, for a row that was read in the context's
 * snapshot.
 */
extern bool context_has_model_api(AccessContext *context, const pg_uuid_t *model_api_id);
extern void context_remember_model_api(AccessContext *context, const ModelApiFacts *facts);
extern const ModelApiFacts *context_find_model_api(AccessContext *context,
												   const pg_uuid_t *model_api_id);

#endif							/* MODELAPI_ACL_CONTEXT_H */
