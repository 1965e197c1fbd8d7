/*-------------------------------------------------------------------------
 *
 * review_reads.c
 *	  What the view access_reviews looks up for each of its rows.
 *
 * A review has millions of rows where there are a million model APIs, but far fewer users and
 * projects.  So each function remembers what it has read while the statement's snapshot and
 * the current user stay the same.  Each tells what the policies of the table would show to
 * the current user, and no more.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "../access/context.h"
#include "../access/decision.h"
#include "../audit/audit_visibility.h"
#include "../catalog/holder_read.h"
#include "../catalog/snapshot_key.h"
#include "../compat.h"
#include "../identity/identity.h"
#include "../terms.h"
#include "../values/uuids.h"

PG_FUNCTION_INFO_V1(modelapi_acl_username_of_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_organization_name_of_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_project_name_of_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_grant_changed_at_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_issuer_may_be_deleted_1_1);

/* The most names, and the most changes of grants, that are remembered: some 30 MB */
#define NAMES_MAX 200000
#define CHANGES_MAX 300000
/* The same for tokens that a deleted user issued */
#define TOKENS_MAX 300000

/* Reading all events of a kind is not worth it before this many were looked up */
#define PROBES_MIN_BEFORE_ALL 10000

typedef struct KnownName
{
	pg_uuid_t	id;				/* hash key */
	text	   *name;			/* NULL: not there, or hidden */
} KnownName;

/* What one function call in a statement has read so far; in its fn_extra */
typedef struct ReviewReads
{
	AccessContext *context;
	SnapshotKey key;
	Identity	identity;
	MemoryContext memory;		/* of the rest; NULL: nothing was read yet */
	HTAB	   *names;
	HTAB	   *changes;		/* of GrantEvent, all of them if has_changes */
	int64		probes;
	bool		has_changes;
	bool		has_too_many;	/* changes, or tokens, to remember them */
	HTAB	   *tokens;			/* ids of tokens that deleted users issued, all if has_tokens */
	bool		has_tokens;
} ReviewReads;

/* ----------
 * What was read
 * ----------
 */

static HTAB *
make_table(ReviewReads *reads, Size entry_size)
{
	HASHCTL		control = {.keysize = sizeof(pg_uuid_t), .entrysize = entry_size, .hcxt = reads->memory};

	return hash_create("modelapi_acl reviews", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Forgets what was read in another snapshot or for another user. */
static ReviewReads *
reads_of(FunctionCallInfo fcinfo)
{
	FmgrInfo   *function = fcinfo->flinfo;
	ReviewReads *reads = (ReviewReads *) function->fn_extra;
	Snapshot	snapshot = GetActiveSnapshot();
	Identity	identity = identity_current(snapshot);
	SnapshotKey key;

	snapshot_key_fill(&key, snapshot);
	if (!reads)
		function->fn_extra = reads = MemoryContextAllocZero(function->fn_mcxt, sizeof(ReviewReads));
	if (reads->memory &&
		(!snapshot_key_equal(&reads->key, &key) || reads->identity.kind != identity.kind ||
		 !uuids_equal(&reads->identity.user_id, &identity.user_id)))
	{
		MemoryContextDelete(reads->memory);
		reads->memory = NULL;
	}
	if (!reads->memory)
	{
		reads->memory = AllocSetContextCreate(function->fn_mcxt, "modelapi_acl reviews", ALLOCSET_DEFAULT_SIZES);
		reads->names = make_table(reads, sizeof(KnownName));
		reads->changes = make_table(reads, sizeof(GrantEvent));
		reads->tokens = make_table(reads, sizeof(pg_uuid_t));
		reads->probes = 0;
		reads->has_changes = reads->has_too_many = reads->has_tokens = false;
		reads->key = key;
		reads->identity = identity;
	}
	(void) context_get(&reads->context, function->fn_mcxt, &identity, snapshot);
	return reads;
}

/* ----------
 * Names
 * ----------
 */

typedef char *(*NameReader) (ReviewReads *reads, const pg_uuid_t *id, Snapshot snapshot);

static char *
read_username(ReviewReads *reads, const pg_uuid_t *id, Snapshot snapshot)
{
	bool		is_enabled;

	return context_is_signed_in(reads->context) ? holder_read_user(id, snapshot, &is_enabled) : NULL;
}

static char *
read_organization_name(ReviewReads *reads, const pg_uuid_t *id, Snapshot snapshot)
{
	return context_is_signed_in(reads->context) ? holder_read_organization_name(id, snapshot) : NULL;
}

static char *
read_project_name(ReviewReads *reads, const pg_uuid_t *id, Snapshot snapshot)
{
	return decision_permits_project(reads->context, id, PROJECT_PERMISSION_VIEW) ?
		holder_read_project_name(id, snapshot) : NULL;
}

/* The name of an id, remembered if there is room; NULL if there is none. */
static text *
find_name(ReviewReads *reads, const pg_uuid_t *id, NameReader read)
{
	KnownName  *known = hash_search(reads->names, id, HASH_FIND, NULL);
	char	   *name;
	MemoryContext caller;

	if (known)
		return known->name;
	name = read(reads, id, GetActiveSnapshot());
	if (hash_get_num_entries(reads->names) >= NAMES_MAX)
		return name ? cstring_to_text(name) : NULL;
	known = hash_search(reads->names, id, HASH_ENTER, NULL);
	caller = MemoryContextSwitchTo(reads->memory);
	known->name = NULL;
	known->name = name ? cstring_to_text(name) : NULL;
	MemoryContextSwitchTo(caller);
	return known->name;
}

static Datum
name_result(FunctionCallInfo fcinfo, NameReader read)
{
	text	   *name;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	name = find_name(reads_of(fcinfo), PG_GETARG_UUID_P(0), read);
	if (!name)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(name);
}

/* username_of(user_id) → text */
Datum
modelapi_acl_username_of_1_1(PG_FUNCTION_ARGS)
{
	return name_result(fcinfo, read_username);
}

/* organization_name_of(organization_id) → text */
Datum
modelapi_acl_organization_name_of_1_1(PG_FUNCTION_ARGS)
{
	return name_result(fcinfo, read_organization_name);
}

/* project_name_of(project_id) → text */
Datum
modelapi_acl_project_name_of_1_1(PG_FUNCTION_ARGS)
{
	return name_result(fcinfo, read_project_name);
}

/* ----------
 * Changes of grants
 * ----------
 */

/* A GrantEventConsumer. */
static bool
remember_change(const GrantEvent *event, void *arg)
{
	ReviewReads *reads = (ReviewReads *) arg;
	bool		found;
	GrantEvent *known;

	reads->has_too_many = hash_get_num_entries(reads->changes) >= CHANGES_MAX;
	if (reads->has_too_many)
		return false;
	known = hash_search(reads->changes, &event->grant_id, HASH_ENTER, &found);
	if (!found || event->occurred_at > known->occurred_at)
		*known = *event;
	return true;
}

/*
 * Whether it is time to read all events of a kind at once, of which few are remembered.  Each
 * look-up costs about as much as reading a page of the table in order, so it is when there
 * were as many as there are pages.
 */
static bool
is_time_for_all(ReviewReads *reads)
{
	return !reads->has_too_many && reads->probes >= PROBES_MIN_BEFORE_ALL &&
		reads->probes % PROBES_MIN_BEFORE_ALL == 0 && reads->probes >= holder_read_event_pages();
}

/* The last change of a grant, or NULL.  Few grants were ever changed. */
static const GrantEvent *
find_change(ReviewReads *reads, const pg_uuid_t *grant_id, GrantEvent *event)
{
	Snapshot	snapshot = GetActiveSnapshot();

	if (!reads->has_changes && is_time_for_all(reads))
	{
		holder_read_each_grant_change(snapshot, remember_change, reads);
		reads->has_changes = !reads->has_too_many;
	}
	if (reads->has_changes)
		return hash_search(reads->changes, grant_id, HASH_FIND, NULL);
	reads->probes++;
	return holder_read_grant_change(grant_id, snapshot, event) ? event : NULL;
}

/* Whether the current user may see an event about a grant. */
static bool
shows_event(ReviewReads *reads, const GrantEvent *event)
{
	return audit_visibility_permits(reads->context,
									event->has_project ? &event->project_id : NULL,
									event->has_model_api ? &event->model_api_id : NULL);
}

/* grant_changed_at(grant_id) → timestamptz */
Datum
modelapi_acl_grant_changed_at_1_1(PG_FUNCTION_ARGS)
{
	ReviewReads *reads;
	const GrantEvent *change;
	GrantEvent	event;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	reads = reads_of(fcinfo);
	change = find_change(reads, PG_GETARG_UUID_P(0), &event);
	if (!change || !shows_event(reads, change))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(change->occurred_at);
}

/* ----------
 * Issuers of tokens
 * ----------
 */

/* A TokenIssueConsumer: remembers the tokens whose issuer isn't there any more. */
static void
remember_issue(const pg_uuid_t *token_id, const pg_uuid_t *actor_id, void *arg)
{
	ReviewReads *reads = (ReviewReads *) arg;

	if (reads->has_too_many || find_name(reads, actor_id, read_username))
		return;
	reads->has_too_many = hash_get_num_entries(reads->tokens) >= TOKENS_MAX;
	if (!reads->has_too_many)
		(void) hash_search(reads->tokens, token_id, HASH_ENTER, NULL);
}

/*
 * issuer_may_be_deleted(token_id) → boolean
 *
 * False spares the view a look-up of the token's events; true tells nothing.
 */
Datum
modelapi_acl_issuer_may_be_deleted_1_1(PG_FUNCTION_ARGS)
{
	ReviewReads *reads;

	if (PG_ARGISNULL(0))
		PG_RETURN_BOOL(false);
	reads = reads_of(fcinfo);
	/* others have few tokens, and must not learn about hidden ones */
	if (!context_is_administrator(reads->context))
		PG_RETURN_BOOL(true);
	if (!reads->has_tokens && is_time_for_all(reads))
	{
		holder_read_each_token_issue(GetActiveSnapshot(), remember_issue, reads);
		reads->has_tokens = !reads->has_too_many;
	}
	if (reads->has_tokens)
		PG_RETURN_BOOL(hash_search(reads->tokens, PG_GETARG_UUID_P(0), HASH_FIND, NULL) != NULL);
	reads->probes++;
	PG_RETURN_BOOL(true);
}
