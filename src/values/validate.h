/*-------------------------------------------------------------------------
 *
 * validate.h
 *	  Checks of single values: names, email addresses, expiry and so on.
 *
 * Each function raises invalid_parameter_value (22023) for a value that is not
 * acceptable, unless said otherwise.  "what" names the value in the message.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_VALIDATE_H
#define MODELAPI_ACL_VALIDATE_H

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/uuid.h"

/*
 * validate_argument_not_null: for an SQL function that cannot be STRICT, since it has to
 * refuse NULL, not return it.  Raises null_value_not_allowed (22004).
 */
extern void validate_argument_not_null(FunctionCallInfo fcinfo, int argument);

/* validate_required_name is validate_not_null and validate_name. */
extern void validate_name(const char *what, text *value);
extern void validate_not_null(const char *what, bool isnull);
extern void validate_required_name(const char *what, text *value);

extern void validate_log_level(text *value);
extern void validate_principal_name(const char *what, text *value);
extern void validate_description(const char *what, text *value);

/* validate_email: returns the address in NFC, as it is stored. */
extern text *validate_email(text *value);

/* user_id: the user who gets the external id; no other user's id is acceptable. */
extern void validate_external_id(text *value, const pg_uuid_t *user_id);
extern void validate_expiry(TimestampTz expires_at, TimestampTz now);

/* validate_metadata: a JSON object of at most 1,000 bytes; value: a jsonb. */
extern void validate_metadata(Datum value);

#endif							/* MODELAPI_ACL_VALIDATE_H */
