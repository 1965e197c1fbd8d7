/*-------------------------------------------------------------------------
 *
 * uuids.h
 *	  UUIDs: compared, hashed, parsed and generated.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_UUIDS_H
#define MODELAPI_ACL_UUIDS_H

#include "fmgr.h"
#include "utils/uuid.h"

static inline bool
uuids_equal(const pg_uuid_t *a, const pg_uuid_t *b)
{
	return memcmp(a->data, b->data, UUID_LEN) == 0;
}

/* Compares two pg_uuid_t, or two structs that begin with one, for qsort() and bsearch(). */
extern int	uuids_compare(const void *a, const void *b);

/* The last bytes of all ids that the extension generates are random, and make a good hash. */
static inline uint32
uuids_hash(const pg_uuid_t *id)
{
	uint32		hash;

	memcpy(&hash, id->data + UUID_LEN - sizeof(hash), sizeof(hash));
	return hash;
}

/*
 * uuids_parse: whether a text is a uuid in any form that the server's type accepts.  If so
 * and uuid is not NULL, fills *uuid.  Raises no error.
 */
extern bool uuids_parse(const char *text, pg_uuid_t *uuid);

/*
 * uuids_generate: a random uuid, of version 4 (RFC 9562).
 *
 * uuids_generate_in_order: one of version 7, which begins with the time and ends with 62 random
 * bits.  For keys of large tables that only grow: new entries of an index are neighbours.
 */
extern pg_uuid_t uuids_generate(void);
extern pg_uuid_t uuids_generate_in_order(void);

/* uuids_argument: an argument of an SQL function; NULL for NULL. */
static inline pg_uuid_t *
uuids_argument(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : PG_GETARG_UUID_P(argument);
}

/* uuids_copy: a copy in the current memory context. */
extern pg_uuid_t *uuids_copy(const pg_uuid_t *uuid);

#endif							/* MODELAPI_ACL_UUIDS_H */
