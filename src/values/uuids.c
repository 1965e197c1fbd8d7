/*-------------------------------------------------------------------------
 *
 * uuids.c
 *	  UUIDs: compared, hashed, parsed and generated.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "uuids.h"

/*
 * Accepts what uuid_in() accepts, so that no name can look like a uuid.  uuid_in() itself
 * would raise an error for anything else.
 */
bool
uuids_parse(const char *text, pg_uuid_t *uuid)
{
	const char *p = text;
	bool		braces = *p == '{';
	int			digits = 0;

	if (braces)
		p++;
	for (; *p && *p != '}'; p++)
	{
		if (isxdigit((unsigned char) *p))
			digits++;
		else if (*p != '-' || digits == 0 || digits % 4 != 0 || p[-1] == '-')
			return false;
	}
	if (digits != 2 * UUID_LEN || p[-1] == '-' || (braces && *p++ != '}') || *p)
		return false;
	if (uuid)
		*uuid = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(text)));
	return true;
}

int
uuids_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(pg_uuid_t));
}

/* Random bytes of the operating system, fetched for many uuids at once */
#define RANDOM_UUIDS 32
static pg_uuid_t random_uuids[RANDOM_UUIDS];
static int	random_left = 0;

static pg_uuid_t
random_bytes(void)
{
	pg_uuid_t	result;

	if (random_left == 0)
	{
		if (!pg_strong_random(random_uuids, sizeof(random_uuids)))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not generate random values")));
		random_left = RANDOM_UUIDS;
	}
	result = random_uuids[--random_left];
	/* nobody finds in memory what was handed out */
	memset(&random_uuids[random_left], 0, sizeof(pg_uuid_t));
	return result;
}

static pg_uuid_t
with_version(pg_uuid_t uuid, unsigned char version)
{
	uuid.data[6] = (uuid.data[6] & 0x0f) | (version << 4);
	uuid.data[8] = (uuid.data[8] & 0x3f) | 0x80;
	return uuid;
}

pg_uuid_t
uuids_generate(void)
{
	return with_version(random_bytes(), 4);
}

/* Milliseconds since 1970, in 48 bits, then a fraction of the millisecond, in 12 bits. */
pg_uuid_t
uuids_generate_in_order(void)
{
	pg_uuid_t	uuid = random_bytes();
	uint64		microseconds = (uint64) GetCurrentTimestamp() +
	(uint64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
	uint64		milliseconds = microseconds / 1000;
	uint32		fraction = (uint32) (microseconds % 1000) * 4096 / 1000;

	for (int i = 0; i < 6; i++)
		uuid.data[i] = (unsigned char) (milliseconds >> (8 * (5 - i)));
	uuid.data[6] = (unsigned char) (fraction >> 8);
	uuid.data[7] = (unsigned char) fraction;
	return with_version(uuid, 7);
}

pg_uuid_t *
uuids_copy(const pg_uuid_t *uuid)
{
	pg_uuid_t  *copy = palloc(sizeof(pg_uuid_t));

	*copy = *uuid;
	return copy;
}
