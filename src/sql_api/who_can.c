/*-------------------------------------------------------------------------
 *
 * who_can.c
 *	  who_can: every user who has a permission on a model API.
 *
 * Collects the holders of grants on the model API and on its project, with the roads by
 * which each has access.  The grant of an organization counts for its members if the current
 * user may see them.  Otherwise the organization is a row of its own, so that the answer
 * never depends on a membership that is hidden.  The rule in access/permissions.c decides.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "answers.h"
#include "preconditions.h"
#include "roads.h"
#include "../access/context.h"
#include "../access/decision.h"
#include "../access/permissions.h"
#include "../catalog/holder_read.h"
#include "../catalog/object_ids.h"
#include "../catalog/snapshot_clock.h"
#include "../compat.h"
#include "../terms.h"
#include "../values/arrays.h"
#include "../values/uuids.h"
#include "../values/validate.h"

PG_FUNCTION_INFO_V1(modelapi_acl_answer_who_can_1_1);

/* One road of a user, or of an organization whose members are hidden */
typedef struct Holding
{
	pg_uuid_t	holder;			/* must be first: the sort key */
	const char *organization;	/* the holder's name, if it is an organization */
	GrantTarget target;
	AccessLevel level;
	const char *road;
} Holding;

/* All that one holder has */
typedef struct Holder
{
	pg_uuid_t	id;				/* must be first: the sort key */
	const char *organization;
	AccessLevel levels[2];		/* by GrantTarget */
	const Holding *holdings;
	int			nholdings;
} Holder;

/* A row of the result */
typedef struct Candidate
{
	const char *name;
	pg_uuid_t	user_id;
	const Holder *holder;		/* NULL: without a grant */
} Candidate;

typedef struct Question
{
	AccessContext *context;
	Snapshot	snapshot;
	TimestampTz clock;			/* by which expiry is judged */
	const ModelApiFacts *facts;
	Permission	permission;
	bool		is_open;		/* visibility alone gives the permission */
	Holding    *holdings;
	int			nholdings;
	int			holdings_room;
	Holding		current;		/* the grant whose members are being added */
	Holder	   *holders;
	int			nholders;
	Candidate  *candidates;
	int			ncandidates;
	int			candidates_room;
} Question;

/* ----------
 * Holders
 * ----------
 */

static void
add_holding(Question *question, const pg_uuid_t *holder)
{
	Holding    *holding;

	question->holdings = arrays_make_room(question->holdings, question->nholdings,
										  &question->holdings_room, sizeof(Holding));
	holding = &question->holdings[question->nholdings++];
	*holding = question->current;
	holding->holder = *holder;
}

/* A MemberConsumer. */
static void
add_member(const pg_uuid_t *user_id, void *arg)
{
	add_holding((Question *) arg, user_id);
}

/* A GrantRowConsumer. */
static void
add_grant(const GrantRow *grant, void *arg)
{
	Question   *question = (Question *) arg;
	AccessContext *context = question->context;
	char	   *organization = NULL;

	if (grant->expires_at <= question->clock)
		return;
	if (grant->has_organization)
		organization = holder_read_organization_name(&grant->organization_id, question->snapshot);
	question->current.target = grant->target;
	question->current.level = grant->level;
	question->current.road = roads_name(grant->target, organization);
	question->current.organization = NULL;
	if (grant->has_user)
		add_holding(question, &grant->user_id);
	if (!grant->has_organization)
		return;
	if (decision_permits_organization(context, &grant->organization_id, ORGANIZATION_PERMISSION_VIEW_MEMBERS))
		holder_read_each_member(&grant->organization_id, question->snapshot, add_member, question);
	else
	{
		question->current.organization = organization;
		add_holding(question, &grant->organization_id);
	}
}

static int
compare_holdings(const void *a, const void *b)
{
	int			order = uuids_compare(a, b);

	return order ? order : strcmp(((const Holding *) a)->road, ((const Holding *) b)->road);
}

/* All holders, ordered by id, each with its highest levels and its roads in order. */
static void
find_holders(Question *question)
{
	Snapshot	snapshot = question->snapshot;

	holder_read_each_grant(GRANT_ON_MODEL_API, &question->facts->id, snapshot, add_grant, question);
	holder_read_each_grant(GRANT_ON_PROJECT, &question->facts->project_id, snapshot, add_grant, question);
	if (question->nholdings == 0)
		return;
	qsort(question->holdings, question->nholdings, sizeof(Holding), compare_holdings);
	question->holders = palloc_extended(sizeof(Holder) * (Size) question->nholdings,
										MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < question->nholdings; i++)
	{
		const Holding *holding = &question->holdings[i];
		Holder	   *holder;

		if (i == 0 || !uuids_equal(&holding->holder, &holding[-1].holder))
		{
			holder = &question->holders[question->nholders++];
			holder->id = holding->holder;
			holder->organization = holding->organization;
			holder->holdings = holding;
		}
		holder = &question->holders[question->nholders - 1];
		holder->nholdings++;
		holder->levels[holding->target] = Max(holder->levels[holding->target], holding->level);
	}
}

/* ----------
 * Candidates
 * ----------
 */

static void
add_candidate(Question *question, const char *name, const pg_uuid_t *user_id, const Holder *holder)
{
	Candidate  *candidate;

	if (!permissions_rule_permits(question->permission, question->facts->visibility,
								  question->facts->authorization_mode,
								  holder ? holder->levels[GRANT_ON_PROJECT] : ACCESS_LEVEL_NONE,
								  holder ? holder->levels[GRANT_ON_MODEL_API] : ACCESS_LEVEL_NONE))
		return;
	question->candidates = arrays_make_room(question->candidates, question->ncandidates,
											&question->candidates_room, sizeof(Candidate));
	candidate = &question->candidates[question->ncandidates++];
	candidate->name = name;
	candidate->holder = holder;
	if (user_id)
		candidate->user_id = *user_id;
}

/* A UserConsumer. */
static void
add_user(const pg_uuid_t *id, char *username, bool is_enabled, void *arg)
{
	Question   *question = (Question *) arg;
	const Holder *holder = NULL;

	if (!is_enabled)
		return;
	if (question->nholders > 0)
		holder = bsearch(id, question->holders, question->nholders, sizeof(Holder), uuids_compare);
	add_candidate(question, username, id, holder);
}

/* Enabled users with grants, or all of them if everybody has the permission; organizations. */
static void
find_candidates(Question *question)
{
	Snapshot	snapshot = question->snapshot;

	if (question->is_open)
		holder_read_each_user(snapshot, add_user, question);
	for (int i = 0; i < question->nholders; i++)
	{
		const Holder *holder = &question->holders[i];
		char	   *username;
		bool		is_enabled;

		if (holder->organization)
			add_candidate(question, holder->organization, NULL, holder);
		else if (!question->is_open &&
				 (username = holder_read_user(&holder->id, snapshot, &is_enabled)) != NULL && is_enabled)
			add_candidate(question, username, &holder->id, holder);
	}
}

/* ----------
 * Rows
 * ----------
 */

static int
compare_candidates(const void *a, const void *b)
{
	return strcmp(((const Candidate *) a)->name, ((const Candidate *) b)->name);
}

static Datum
roads_of(const Question *question, const Candidate *candidate)
{
	const Holder *holder = candidate->holder;
	bool		is_public = question->is_open && !(holder && holder->organization);
	int			count = 0;
	Datum	   *roads = palloc(sizeof(Datum) * ((holder ? holder->nholdings : 0) + 1));

	for (int i = 0; holder && i < holder->nholdings; i++)
		roads[count++] = CStringGetTextDatum(holder->holdings[i].road);
	if (is_public)
		roads[count++] = CStringGetTextDatum(ROAD_PUBLIC);
	return PointerGetDatum(construct_array(roads, count, TEXTOID, -1, false, TYPALIGN_INT));
}

static void
put_candidate(const Question *question, const Candidate *candidate, ReturnSetInfo *result)
{
	const Holder *holder = candidate->holder;
	AccessLevel level = holder ? Max(holder->levels[0], holder->levels[1]) : ACCESS_LEVEL_NONE;
	Datum		values[4] = {0};
	bool		nulls[4] = {false};

	nulls[0] = holder && holder->organization;
	values[0] = UUIDPGetDatum(&candidate->user_id);
	values[1] = CStringGetTextDatum(candidate->name);
	nulls[2] = level == ACCESS_LEVEL_NONE;
	if (!nulls[2])
		values[2] = ObjectIdGetDatum(object_ids_enum_label(ENUM_ACCESS_LEVEL, level - 1));
	values[3] = roads_of(question, candidate);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * answer_who_can(model_api_id, permission) → SETOF (user_id uuid, username text,
 * access_level access_level, roads text[])
 */
Datum
modelapi_acl_answer_who_can_1_1(PG_FUNCTION_ARGS)
{
	Question	question = {0};
	const pg_uuid_t *model_api_id = uuids_argument(fcinfo, 0);
	MemoryContext rows;
	MemoryContext caller;

	InitMaterializedSRF(fcinfo, 0);
	preconditions_require_permission(model_api_id, PERMISSION_VIEW_COLLABORATORS);
	validate_not_null("permission", PG_ARGISNULL(1));
	if (!answers_is_running())
		PG_RETURN_NULL();
	question.context = context_of_current_user(NULL);
	question.snapshot = GetActiveSnapshot();
	question.clock = snapshot_clock(question.snapshot);
	question.facts = context_find_model_api(question.context, model_api_id);
	if (!question.facts)
		PG_RETURN_NULL();
	question.permission = (Permission) object_ids_enum_argument(fcinfo, 1, ENUM_PERMISSION);
	question.is_open = permissions_rule_permits(question.permission, question.facts->visibility,
												question.facts->authorization_mode,
												ACCESS_LEVEL_NONE, ACCESS_LEVEL_NONE);
	find_holders(&question);
	find_candidates(&question);
	if (question.ncandidates > 0)
		qsort(question.candidates, question.ncandidates, sizeof(Candidate), compare_candidates);
	rows = AllocSetContextCreate(CurrentMemoryContext, "modelapi_acl rows", ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(rows);
	for (int i = 0; i < question.ncandidates; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_candidate(&question, &question.candidates[i], (ReturnSetInfo *) fcinfo->resultinfo);
		MemoryContextReset(rows);
	}
	MemoryContextSwitchTo(caller);
	PG_RETURN_NULL();
}
