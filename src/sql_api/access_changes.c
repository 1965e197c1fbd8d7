/*-------------------------------------------------------------------------
 *
 * access_changes.c
 *	  access_changes: who gained and who lost which permissions by a change; and the access
 *	  level of one user at a moment.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "answers.h"
#include "changed_pairs.h"
#include "past_access.h"
#include "past_events.h"
#include "past_state.h"
#include "../access/context.h"
#include "../access/decision.h"
#include "../access/errors.h"
#include "../audit/change_log.h"
#include "../catalog/object_ids.h"
#include "../catalog/table_read.h"
#include "../compat.h"
#include "../identity/identity.h"
#include "../terms.h"
#include "../values/arrays.h"
#include "../values/uuids.h"

PG_FUNCTION_INFO_V1(modelapi_acl_answer_access_changes_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_level_at_1_1);

/* A row of the result */
typedef struct Difference
{
	pg_uuid_t	model_api_id;
	pg_uuid_t	principal;
	const char *model_api_name;
	const char *name;
	bool		is_organization;
	AccessLevel levels[2];
	uint32		permissions[2];
} Difference;

typedef struct Answer
{
	AccessContext *context;
	PastAccess *access;
	PastChange	change;
	bool		is_current;		/* the change is not committed */
	const pg_uuid_t *user_id;	/* the current user, or NULL for an administrator */
	Difference *differences;
	int			count;
	int			room;
} Answer;

/* ----------
 * Which differences to tell
 * ----------
 */

/* Whether the current user could see the collaborators before the current transaction. */
static bool
could_see(Answer *answer, const pg_uuid_t *model_api_id)
{
	PastState	state;

	if (!answer->is_current || !answer->user_id)
		return false;
	past_state_at(answer->access, model_api_id, answer->user_id, PAST_BEFORE, &state);
	return (state.permissions & ((uint32) 1 << PERMISSION_VIEW_COLLABORATORS)) != 0;
}

/* Whether the current user may know of a difference; project_id: the model API's. */
static bool
may_know(Answer *answer, const ChangedPair *pair, const pg_uuid_t *project_id)
{
	const ModelApiFacts *facts;

	if (context_is_administrator(answer->context))
		return true;
	facts = context_find_model_api(answer->context, &pair->model_api_id);
	if (facts ? decision_permits(answer->context, facts, PERMISSION_VIEW_COLLABORATORS) :
		decision_permits_project(answer->context, project_id, PROJECT_PERMISSION_VIEW_COLLABORATORS))
		return true;
	if (could_see(answer, &pair->model_api_id))
		return true;
	return facts && answer->user_id && uuids_equal(&pair->principal, answer->user_id) &&
		decision_permits(answer->context, facts, PERMISSION_VIEW);
}

static void
compare_pair(Answer *answer, const ChangedPair *pair)
{
	PastState	states[2];
	const PastState *named;
	const PastState *placed;
	Difference *difference;

	for (int i = 0; i < 2; i++)
		past_state_at(answer->access, &pair->model_api_id, &pair->principal, i, &states[i]);
	if (states[0].permissions == states[1].permissions)
		return;
	placed = states[PAST_AFTER].has_project ? &states[PAST_AFTER] : &states[PAST_BEFORE];
	named = states[PAST_AFTER].name ? &states[PAST_AFTER] : &states[PAST_BEFORE];
	if (!may_know(answer, pair, &placed->project_id))
		return;
	answer->differences = arrays_make_room(answer->differences, answer->count, &answer->room, sizeof(Difference));
	difference = &answer->differences[answer->count++];
	difference->model_api_id = pair->model_api_id;
	difference->principal = pair->principal;
	difference->model_api_name = placed->model_api_name;
	difference->name = named->name;
	difference->is_organization = named->is_organization;
	for (int i = 0; i < 2; i++)
	{
		difference->levels[i] = states[i].level;
		difference->permissions[i] = states[i].permissions;
	}
}

/* ----------
 * The comparison
 * ----------
 */

static void
find_differences(Answer *answer)
{
	ChangedPairs pairs;
	PastIds		model_apis = {0};
	PastIds		principals = {0};

	changed_pairs_find(answer->access, &answer->change.id, answer->user_id, &pairs);
	for (int i = 0; i < pairs.count; i++)
	{
		past_events_add(&model_apis, &pairs.pairs[i].model_api_id);
		past_events_add(&principals, &pairs.pairs[i].principal);
	}
	past_events_unique(&model_apis);
	past_events_unique(&principals);
	past_state_load(answer->access, &model_apis, &principals);
	for (int i = 0; i < pairs.count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		compare_pair(answer, &pairs.pairs[i]);
	}
}

static int
compare_differences(const void *a, const void *b)
{
	const Difference *left = (const Difference *) a;
	const Difference *right = (const Difference *) b;
	int			order = strcmp(left->model_api_name, right->model_api_name);

	if (order == 0)
		order = uuids_compare(&left->model_api_id, &right->model_api_id);
	return order ? order : strcmp(left->name, right->name);
}

/* ----------
 * Rows
 * ----------
 */

/* An array of permissions, kept for the next row with the same ones. */
typedef struct PermissionArray
{
	bool		is_made;
	uint32		permissions;
	Datum		array;
} PermissionArray;

static Datum
array_of(PermissionArray *kept, uint32 permissions)
{
	Datum		labels[PERMISSION_COUNT];
	int			count = 0;

	if (kept->is_made && kept->permissions == permissions)
		return kept->array;
	for (int i = 0; i < PERMISSION_COUNT; i++)
		if (permissions & ((uint32) 1 << i))
			labels[count++] = ObjectIdGetDatum(object_ids_enum_label(ENUM_PERMISSION, i));
	kept->array = PointerGetDatum(construct_array(labels, count, object_ids_enum_type(ENUM_PERMISSION),
												  sizeof(Oid), true, TYPALIGN_INT));
	kept->permissions = permissions;
	kept->is_made = true;
	return kept->array;
}

static void
put_difference(const Difference *difference, PermissionArray arrays[2], ReturnSetInfo *result)
{
	uint32		before = difference->permissions[PAST_BEFORE];
	uint32		after = difference->permissions[PAST_AFTER];
	Datum		values[8] = {0};
	bool		nulls[8] = {false};
	text	   *model_api_name = cstring_to_text(difference->model_api_name);
	text	   *name = cstring_to_text(difference->name);

	values[0] = UUIDPGetDatum(&difference->model_api_id);
	values[1] = PointerGetDatum(model_api_name);
	nulls[2] = difference->is_organization;
	values[2] = UUIDPGetDatum(&difference->principal);
	values[3] = PointerGetDatum(name);
	for (int i = 0; i < 2; i++)
	{
		nulls[4 + i] = difference->levels[i] == ACCESS_LEVEL_NONE;
		if (!nulls[4 + i])
			values[4 + i] = ObjectIdGetDatum(object_ids_enum_label(ENUM_ACCESS_LEVEL, difference->levels[i] - 1));
	}
	values[6] = array_of(&arrays[0], after & ~before);
	values[7] = array_of(&arrays[1], before & ~after);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	pfree(model_api_name);
	pfree(name);
}

/* Fills in the change; returns false if there is none. */
static bool
find_change(Answer *answer, const pg_uuid_t *change_id)
{
	if (!change_id)
		change_id = change_log_recorded_id();
	if (!change_id)
		return false;
	answer->change.id = *change_id;
	answer->is_current = !table_read_commit_time(change_id, GetActiveSnapshot(),
												 &answer->change.committed_at);
	if (answer->is_current)
		answer->change.committed_at = DT_NOEND;
	return true;
}

/*
 * answer_access_changes(change_id) → SETOF (model_api_id uuid, model_api_name text, user_id uuid,
 * username text, level_before access_level, level_after access_level, gained permission[],
 * lost permission[])
 */
Datum
modelapi_acl_answer_access_changes_1_1(PG_FUNCTION_ARGS)
{
	Answer		answer = {.context = context_of_current_user(NULL)};
	PermissionArray arrays[2] = {0};
	Identity	identity;

	InitMaterializedSRF(fcinfo, 0);
	if (!context_is_signed_in(answer.context))
		errors_raise_not_signed_in();
	if (!answers_is_running() || !find_change(&answer, uuids_argument(fcinfo, 0)))
		PG_RETURN_NULL();
	identity = identity_current(GetActiveSnapshot());
	if (identity.kind == IDENTITY_USER)
		answer.user_id = &identity.user_id;
	answer.access = past_access_begin(answer.context, &answer.change, answer.user_id, answer.is_current ?
									  GetCurrentStatementStartTimestamp() : answer.change.committed_at);
	find_differences(&answer);
	if (answer.count > 0)
		qsort(answer.differences, answer.count, sizeof(Difference), compare_differences);
	for (int i = 0; i < answer.count; i++)
		put_difference(&answer.differences[i], arrays, (ReturnSetInfo *) fcinfo->resultinfo);
	PG_RETURN_NULL();
}

/*
 * level_at(user_id, model_api_id, until timestamptz, also uuid, expiry timestamptz) →
 * access_level: at the moment when all that was committed before "until" had happened, and the
 * change "also"; NULL for none
 */
Datum
modelapi_acl_level_at_1_1(PG_FUNCTION_ARGS)
{
	PastChange	change = {0};
	PastIds		user_ids = {.count = 1};
	PastIds		model_api_ids = {.count = 1};
	PastAccess *access;
	PastState	state;
	Identity	identity;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(4) || !answers_is_running())
		PG_RETURN_NULL();
	user_ids.ids = PG_GETARG_UUID_P(0);
	model_api_ids.ids = PG_GETARG_UUID_P(1);
	change.committed_at = PG_GETARG_TIMESTAMPTZ(2);
	if (!PG_ARGISNULL(3))
		change.id = *PG_GETARG_UUID_P(3);	/* no change has the id 0 */
	identity = identity_current(GetActiveSnapshot());
	access = past_access_begin(context_of_current_user(NULL), &change,
							   identity.kind == IDENTITY_USER ? &identity.user_id : NULL,
							   PG_GETARG_TIMESTAMPTZ(4));
	past_state_load(access, &model_api_ids, &user_ids);
	past_state_at(access, model_api_ids.ids, user_ids.ids, PAST_AFTER, &state);
	if (state.level == ACCESS_LEVEL_NONE || state.is_organization)
		PG_RETURN_NULL();
	PG_RETURN_OID(object_ids_enum_label(ENUM_ACCESS_LEVEL, state.level - 1));
}
