/*-------------------------------------------------------------------------
 *
 * audit_event.h
 *	  Writes one audit event, and refuses all other writes to the history.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_AUDIT_EVENT_H
#define MODELAPI_ACL_AUDIT_EVENT_H

#include "utils/uuid.h"

/* An event; ids are NULL where it has none */
typedef struct AuditEvent
{
	const char *action;
	const char *object_type;
	const pg_uuid_t *object_id;
	const pg_uuid_t *project_id;
	const pg_uuid_t *model_api_id;
	Datum		old;			/* jsonb, or 0 for NULL */
	Datum		new;
	bool		affects_access; /* it may change who may do what */
	bool		is_first;		/* the object is new, with an id of its own: it has no events */
} AuditEvent;

/*
 * audit_event_write: inserts an event of the current user and role, at the current time, as a
 * part of this transaction's change.  Raises what the insertion raises.
 */
extern void audit_event_write(const AuditEvent *event);

/* Raises 42501 for a change that only a superuser who restores a dump can make. */
extern void audit_event_raise_refused(const char *message) pg_attribute_noreturn();

#endif							/* MODELAPI_ACL_AUDIT_EVENT_H */
