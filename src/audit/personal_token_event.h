/*-------------------------------------------------------------------------
 *
 * personal_token_event.h
 *	  The parts of a personal token in its audit events.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_PERSONAL_TOKEN_EVENT_H
#define MODELAPI_ACL_PERSONAL_TOKEN_EVENT_H

#include "audited_tables.h"
#include "../triggers/row_change.h"

/*
 * personal_token_event_covers: whether the event of the personal token itself, or of what it
 * was deleted with, covers a change of one of its parts: of its secret, or of the list of its
 * model APIs.  False for other tables.
 */
extern bool personal_token_event_covers(const AuditedTable *table, RowChange *change);

/*
 * personal_token_event_values: the values of a new row, a jsonb object, with the list of its
 * model APIs where it is a personal token that is limited.
 */
extern Datum personal_token_event_values(const AuditedTable *table, RowChange *change, Datum values);

#endif							/* MODELAPI_ACL_PERSONAL_TOKEN_EVENT_H */
