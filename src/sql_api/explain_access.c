/*-------------------------------------------------------------------------
 *
 * explain_access.c
 *	  explain_access: why a user has a permission on a model API, or why not.
 *
 * The steps are the user's grants, the verdict, and the lowest grants that would turn a
 * denial around.  Grants of organizations whose members are hidden from the current user
 * are steps of their own, whether or not the user is a member, and the verdict does not
 * count them.  The rule in access/permissions.c decides.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "answers.h"
#include "preconditions.h"
#include "principals.h"
#include "roads.h"
#include "../access/context.h"
#include "../access/decision.h"
#include "../access/other_user.h"
#include "../access/permissions.h"
#include "../catalog/holder_read.h"
#include "../catalog/object_ids.h"
#include "../catalog/snapshot_clock.h"
#include "../catalog/table_read.h"
#include "../compat.h"
#include "../identity/identity.h"
#include "../terms.h"
#include "../values/arrays.h"
#include "../values/uuids.h"
#include "../values/validate.h"

PG_FUNCTION_INFO_V1(modelapi_acl_answer_explain_access_1_1);

/* In the order of the result */
typedef enum StepKind
{
	STEP_GRANT,
	STEP_VISIBILITY,
	STEP_EXPIRED,
	STEP_ORGANIZATION,
	STEP_VERDICT,
	STEP_WOULD_ALLOW
} StepKind;

static const char *const step_names[] = {
	"grant", "visibility", "expired", "organization", "verdict", "would_allow"
};

/* A row of the result */
typedef struct Step
{
	StepKind	kind;
	const char *road;			/* or NULL */
	AccessLevel level;
	TimestampTz expires_at;		/* DT_NOEND: NULL */
	const char *granted_by;		/* or NULL */
	TimestampTz granted_at;		/* DT_NOBEGIN: NULL */
	bool		is_sufficient;
	const char *explanation;
} Step;

typedef struct Question
{
	AccessContext *context;
	Snapshot	snapshot;
	TimestampTz clock;			/* by which expiry is judged */
	const ModelApiFacts *facts;
	Permission	permission;
	bool		has_user;		/* else an administrator asks about itself */
	bool		is_oneself;
	pg_uuid_t	user_id;
	AccessLevel levels[2];		/* by GrantTarget: the highest unexpired grants */
	bool		has_hidden;		/* there are steps of the kind "organization" */
	Step	   *steps;
	int			nsteps;
	int			room;
} Question;

static bool
rule_permits(const Question *question, AccessLevel on_project, AccessLevel on_model_api)
{
	return permissions_rule_permits(question->permission, question->facts->visibility,
									question->facts->authorization_mode, on_project, on_model_api);
}

static const char *
level_name(AccessLevel level)
{
	return object_ids_enum_name(ENUM_ACCESS_LEVEL, (int) level - 1);
}

static const char *
target_name(GrantTarget target)
{
	return target == GRANT_ON_PROJECT ? "project" : "model API";
}

/* The caller fills in the rest of the new step. */
static Step *
add_step(Question *question, StepKind kind, const char *road, bool is_sufficient)
{
	Step	   *step;

	question->steps = arrays_make_room(question->steps, question->nsteps, &question->room, sizeof(Step));
	step = &question->steps[question->nsteps++];
	memset(step, 0, sizeof(*step));
	step->kind = kind;
	step->road = road;
	step->expires_at = DT_NOEND;
	step->granted_at = DT_NOBEGIN;
	step->is_sufficient = is_sufficient;
	return step;
}

/* ----------
 * Grants
 * ----------
 */

/* Whether a grant is the user's, as far as the current user may know. */
static bool
is_held(Question *question, const GrantRow *grant, bool shows_members)
{
	if (grant->has_user && uuids_equal(&grant->user_id, &question->user_id))
		return true;
	return grant->has_organization && (question->is_oneself || shows_members) &&
		table_read_member(&grant->organization_id, &question->user_id, question->snapshot, NULL);
}

static const char *
explain_grant(StepKind kind, const GrantRow *grant, bool is_sufficient)
{
	const char *level = level_name(grant->level);
	const char *target = target_name(grant->target);

	switch (kind)
	{
		case STEP_GRANT:
			return psprintf("%s of the %s%s", level, target,
							is_sufficient ? ": enough" : ": not enough by itself");
		case STEP_EXPIRED:
			return psprintf("%s of the %s, but expired", level, target);
		default:
			return psprintf("%s of the %s for its members, whom you may not see: not counted",
							level, target);
	}
}

static void
add_grant_step(Question *question, StepKind kind, const GrantRow *grant)
{
	Snapshot	snapshot = question->snapshot;
	const char *organization = NULL;
	bool		is_sufficient;
	bool		is_enabled;
	Step	   *step;

	if (grant->has_organization)
		organization = holder_read_organization_name(&grant->organization_id, snapshot);
	if (grant->target == GRANT_ON_PROJECT)
		is_sufficient = rule_permits(question, grant->level, ACCESS_LEVEL_NONE);
	else
		is_sufficient = rule_permits(question, ACCESS_LEVEL_NONE, grant->level);
	step = add_step(question, kind, roads_name(grant->target, organization), is_sufficient);
	step->level = grant->level;
	step->expires_at = grant->expires_at;
	if (grant->has_granted_by)
		step->granted_by = holder_read_user(&grant->granted_by, snapshot, &is_enabled);
	/* the last event of the grant; its row has only the time when it was first granted */
	if (!holder_read_last_event(&grant->id, snapshot, &step->granted_at))
		step->granted_at = grant->created_at;
	step->explanation = explain_grant(kind, grant, is_sufficient);
}

/* A GrantRowConsumer. */
static void
add_grant(const GrantRow *grant, void *arg)
{
	Question   *question = (Question *) arg;
	bool		is_expired = grant->expires_at <= question->clock;
	bool		shows_members = grant->has_organization &&
		decision_permits_organization(question->context, &grant->organization_id,
									  ORGANIZATION_PERMISSION_VIEW_MEMBERS);

	if (is_held(question, grant, shows_members))
	{
		add_grant_step(question, is_expired ? STEP_EXPIRED : STEP_GRANT, grant);
		if (!is_expired)
			question->levels[grant->target] = Max(question->levels[grant->target], grant->level);
	}
	if (grant->has_organization && !is_expired && !question->is_oneself && !shows_members)
	{
		add_grant_step(question, STEP_ORGANIZATION, grant);
		question->has_hidden = true;
	}
}

/* ----------
 * The verdict
 * ----------
 */

/* The lowest grants that would give the permission, by themselves or with those held. */
static void
add_remedies(Question *question)
{
	for (int target = GRANT_ON_PROJECT; target <= GRANT_ON_MODEL_API; target++)
		for (AccessLevel level = ACCESS_LEVEL_VIEWER; level <= ACCESS_LEVEL_OWNER; level++)
		{
			AccessLevel levels[2] = {question->levels[0], question->levels[1]};
			Step	   *step;

			levels[target] = Max(levels[target], level);
			if (!rule_permits(question, levels[GRANT_ON_PROJECT], levels[GRANT_ON_MODEL_API]))
				continue;
			step = add_step(question, STEP_WOULD_ALLOW, roads_name((GrantTarget) target, NULL), true);
			step->level = level;
			step->explanation = psprintf("a grant of %s on the %s would give it", level_name(level),
										 target_name((GrantTarget) target));
			break;
		}
}

static const char *
explain_verdict(const Question *question, bool is_enabled, bool is_allowed)
{
	const char *hint = permissions_hint(question->permission);

	if (!question->has_user)
		return "allowed: administrators hold every permission";
	if (!is_enabled)
		return "denied: the user is disabled and has no access at all";
	if (is_allowed)
		return "allowed";
	if (question->has_hidden)
		return psprintf("denied by what you may see: %s", hint);
	return psprintf("denied: %s", hint);
}

/* The verdict is the decision itself, without memberships that are hidden. */
static void
add_verdict(Question *question)
{
	bool		is_enabled = true;
	bool		is_allowed = true;
	UserFacts	facts;
	Step	   *step;

	if (question->has_user)
	{
		if (table_read_user(&question->user_id, question->snapshot, &facts))
			is_enabled = facts.enabled;
		is_allowed = is_enabled && other_user_permits(question->context, &question->user_id,
													  question->facts, question->permission);
	}
	step = add_step(question, STEP_VERDICT, NULL, is_allowed);
	step->level = Max(question->levels[0], question->levels[1]);
	step->explanation = explain_verdict(question, is_enabled, is_allowed);
	if (!is_allowed && is_enabled)
		add_remedies(question);
}

static void
add_steps(Question *question)
{
	Snapshot	snapshot = question->snapshot;

	if (question->has_user)
	{
		holder_read_each_grant(GRANT_ON_MODEL_API, &question->facts->id, snapshot, add_grant, question);
		holder_read_each_grant(GRANT_ON_PROJECT, &question->facts->project_id, snapshot, add_grant, question);
		if (rule_permits(question, ACCESS_LEVEL_NONE, ACCESS_LEVEL_NONE))
			add_step(question, STEP_VISIBILITY, ROAD_PUBLIC, true)->explanation =
				"the model API is public: every signed-in user holds this";
	}
	add_verdict(question);
}

/* ----------
 * Rows
 * ----------
 */

/* By kind, then expired grants by the time when they expired, the last first, then by road. */
static int
compare_steps(const void *a, const void *b)
{
	const Step *left = (const Step *) a;
	const Step *right = (const Step *) b;

	if (left->kind != right->kind)
		return (int) left->kind - (int) right->kind;
	if (left->kind == STEP_EXPIRED && left->expires_at != right->expires_at)
		return left->expires_at > right->expires_at ? -1 : 1;
	return left->road && right->road ? strcmp(left->road, right->road) : 0;
}

static void
put_step(const Step *step, ReturnSetInfo *result)
{
	Datum		values[8] = {0};
	bool		nulls[8] = {false};

	values[0] = CStringGetTextDatum(step_names[step->kind]);
	nulls[1] = step->road == NULL;
	if (!nulls[1])
		values[1] = CStringGetTextDatum(step->road);
	nulls[2] = step->level == ACCESS_LEVEL_NONE;
	if (!nulls[2])
		values[2] = ObjectIdGetDatum(object_ids_enum_label(ENUM_ACCESS_LEVEL, step->level - 1));
	nulls[3] = TIMESTAMP_IS_NOEND(step->expires_at);
	values[3] = TimestampTzGetDatum(step->expires_at);
	nulls[4] = step->granted_by == NULL;
	if (!nulls[4])
		values[4] = CStringGetTextDatum(step->granted_by);
	nulls[5] = TIMESTAMP_IS_NOBEGIN(step->granted_at);
	values[5] = TimestampTzGetDatum(step->granted_at);
	values[6] = BoolGetDatum(step->is_sufficient);
	values[7] = CStringGetTextDatum(step->explanation);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * Who is asked about.  Raises an error unless the current user may ask: about itself with
 * the permission to view the model API, about others with that to view its collaborators.
 */
static void
find_subject(Question *question, const pg_uuid_t *model_api_id, const char *who)
{
	Identity	identity;

	question->context = context_of_current_user(NULL);
	question->snapshot = GetActiveSnapshot();
	question->clock = snapshot_clock(question->snapshot);
	identity = identity_current(question->snapshot);
	preconditions_require_permission(model_api_id,
									 who && !principals_names_current_user(question->context, who) ?
									 PERMISSION_VIEW_COLLABORATORS : PERMISSION_VIEW);
	question->has_user = who || identity.kind == IDENTITY_USER;
	question->user_id = who ? principals_require_user(who) : identity.user_id;
	question->is_oneself = identity.kind == IDENTITY_USER &&
		uuids_equal(&question->user_id, &identity.user_id);
}

/*
 * answer_explain_access(model_api_id, permission, who) → SETOF (step text, road text,
 * access_level access_level, expires_at timestamptz, granted_by text,
 * granted_at timestamptz, sufficient boolean, explanation text)
 */
Datum
modelapi_acl_answer_explain_access_1_1(PG_FUNCTION_ARGS)
{
	Question	question = {0};
	const pg_uuid_t *model_api_id = uuids_argument(fcinfo, 0);

	InitMaterializedSRF(fcinfo, 0);
	find_subject(&question, model_api_id, PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)));
	validate_not_null("permission", PG_ARGISNULL(1));
	if (!answers_is_running() ||
		(question.facts = context_find_model_api(question.context, model_api_id)) == NULL)
		PG_RETURN_NULL();
	question.permission = (Permission) object_ids_enum_argument(fcinfo, 1, ENUM_PERMISSION);
	add_steps(&question);
	qsort(question.steps, question.nsteps, sizeof(Step), compare_steps);
	for (int i = 0; i < question.nsteps; i++)
		put_step(&question.steps[i], (ReturnSetInfo *) fcinfo->resultinfo);
	PG_RETURN_NULL();
}
