/*-------------------------------------------------------------------------
 *
 * audit_visibility.c
 *	  Who sees which audit events.
 *
 * The policy of audit_events calls this function for each row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "../access/context.h"
#include "../access/decision.h"
#include "../compat.h"
#include "../terms.h"

PG_FUNCTION_INFO_V1(modelapi_acl_shows_audit_event_1_0);

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
	const ModelApiFacts *facts;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(4))
		PG_RETURN_BOOL(false);
	context = context_from_argument(fcinfo, 4);
	if (context_is_administrator(context))
		PG_RETURN_BOOL(true);
	if (!PG_ARGISNULL(3) &&
		(facts = context_find_model_api(context, PG_GETARG_UUID_P(3))) != NULL)
		PG_RETURN_BOOL(decision_permits(context, facts, PERMISSION_VIEW_AUDIT));
	if (!PG_ARGISNULL(2))
		PG_RETURN_BOOL(decision_permits_project(context, PG_GETARG_UUID_P(2),
												PROJECT_PERMISSION_VIEW_COLLABORATORS));
	if (!PG_ARGISNULL(1))
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
