/*-------------------------------------------------------------------------
 *
 * audit_visibility.c
 *	  Who sees which audit events.
 *
 * The policy of audit_events asks for each row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "audit_visibility.h"
#include "../access/decision.h"
#include "../compat.h"
#include "../terms.h"
#include "../values/uuids.h"

PG_FUNCTION_INFO_V1(modelapi_acl_shows_audit_event_1_0);

bool
audit_visibility_permits(AccessContext *context, const pg_uuid_t *project_id, const pg_uuid_t *model_api_id)
{
	const ModelApiFacts *facts;

	if (context_is_administrator(context))
		return true;
	if (model_api_id && (facts = context_find_model_api(context, model_api_id)) != NULL)
		return decision_permits(context, facts, PERMISSION_VIEW_AUDIT);
	return project_id &&
		decision_permits_project(context, project_id, PROJECT_PERMISSION_VIEW_COLLABORATORS);
}

/*
 * shows_audit_event(object_type, object_id, project_id, model_api_id, identity) → boolean
 *
 * Events of a model API require permission view_audit on it.  Once it is deleted they require
 * permission view_project_collaborators on its project, as events of a project do.  Events of
 * an organization are for its admins, all others for administrators.
 */
Datum
modelapi_acl_shows_audit_event_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context;
	const pg_uuid_t *project_id = uuids_argument(fcinfo, 2);
	const pg_uuid_t *model_api_id = uuids_argument(fcinfo, 3);

	if (PG_ARGISNULL(0) || PG_ARGISNULL(4))
		PG_RETURN_BOOL(false);
	context = context_from_argument(fcinfo, 4);
	if (audit_visibility_permits(context, project_id, model_api_id))
		PG_RETURN_BOOL(true);
	if (!project_id && !model_api_id && !PG_ARGISNULL(1))
	{
		text	   *object_type = PG_GETARG_TEXT_PP(0);
		bool		manages = decision_permits_organization(context, PG_GETARG_UUID_P(1),
															ORGANIZATION_PERMISSION_MANAGE);

		/* computed for all types: what is read must not reveal the event's type */
		if (strncmp(VARDATA_ANY(object_type), "organization",
					Min(VARSIZE_ANY_EXHDR(object_type), strlen("organization"))) == 0 &&
			VARSIZE_ANY_EXHDR(object_type) >= strlen("organization"))
			PG_RETURN_BOOL(manages);
	}
	PG_RETURN_BOOL(false);
}
