/*-------------------------------------------------------------------------
 *
 * write_check.h
 *	  Checks permissions to write, by the latest committed state.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_WRITE_CHECK_H
#define MODELAPI_ACL_WRITE_CHECK_H

#include "utils/relcache.h"
#include "utils/uuid.h"

#include "../terms.h"
#include "row_change.h"

/* Called by _PG_init: registers the callbacks that reset its state with the transaction. */
extern void write_check_initialize(void);

/*
 * write_check_row: checks a row before it is written; the row has to be locked already.
 *
 * Raises PT401 or 42501 if the current user may not write it by the latest state, and
 * remembers the object, which is checked again at the end of the statement.  If the user cannot
 * see the object, the message is that of the table's policy, whether or not the object exists.
 */
extern void write_check_row(RowChange *change);

/* The same for one more permission, which changing a column of a model API requires. */
extern void write_check_model_api_column(RowChange *change, Permission permission);

/* Whether the current write to the table is an ON DELETE action of a foreign key. */
extern bool write_check_is_cascade(Relation table);

/* Whether writes to the table are not checked now: those of a cascade, and the extension's own. */
extern bool write_check_is_unchecked(Relation table);

/* Raises 22023 if a model API does not exist: for administrators, who may know. */
extern void write_check_require_model_api(const pg_uuid_t *model_api_id);

/* Raises 42501 with the message that the server gives for a policy. */
extern void write_check_raise_policy_violation(Relation table) pg_attribute_noreturn();

/*
 * write_check_call_unchecked: calls a function whose writes are not checked.  It may only write
 * rows of the extension's own, and must not run code of other users.
 */
extern void write_check_call_unchecked(void (*write) (void *arg), void *arg);

#endif							/* MODELAPI_ACL_WRITE_CHECK_H */
