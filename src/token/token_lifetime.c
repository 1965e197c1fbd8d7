/*-------------------------------------------------------------------------
 *
 * token_lifetime.c
 *	  The setting that limits how long a secret may live.
 *
 * The limit counts from when the secret was made.  Functions that make a secret or move an
 * expiry ask for it.  Tokens that are there are left as they are; verify_access reports them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "token_lifetime.h"
#include "../compat.h"

static char *max_token_lifetime = NULL;

/* The setting as an interval; zero: no limit */
static Interval lifetime = {0};

/*
 * Reads an interval; false for anything else.  interval_in() allocates memory and reads no
 * table, so its error needs no subtransaction.
 */
static bool
read_interval(const char *text, Interval *interval)
{
	MemoryContext memory = CurrentMemoryContext;
	volatile bool done = false;

	PG_TRY();
	{
		*interval = *DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(text),
														   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
		done = true;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(memory);
		FlushErrorState();
	}
	PG_END_TRY();
	return done;
}

static bool
check_lifetime(char **value, void **extra, GucSource source)
{
	Interval	interval;
	const Interval none = {0};

	if (!read_interval(*value, &interval))
	{
		GUC_check_errdetail("The value must be an interval, such as \"90 days\".");
		return false;
	}
	if (DatumGetBool(DirectFunctionCall2(interval_lt, IntervalPGetDatum(&interval),
										 IntervalPGetDatum(&none))))
	{
		GUC_check_errdetail("The interval must not be negative.");
		return false;
	}
	*extra = setting_malloc(sizeof(Interval));
	if (!*extra)
		return false;
	memcpy(*extra, &interval, sizeof(Interval));
	return true;
}

static void
assign_lifetime(const char *value, void *extra)
{
	lifetime = *(const Interval *) extra;
}

void
token_lifetime_initialize(void)
{
	DefineCustomStringVariable("modelapi_acl.max_token_lifetime",
							   "How long the secret of a token may live, counted from when it was made.",
							   "An interval; 0 sets no limit.",
							   &max_token_lifetime, "0", PGC_SUSET, 0,
							   check_lifetime, assign_lifetime, NULL);
}

TimestampTz
token_lifetime_limit(TimestampTz made_at)
{
	if (lifetime.time == 0 && lifetime.day == 0 && lifetime.month == 0)
		return DT_NOEND;
	return DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(made_at),
												   IntervalPGetDatum(&lifetime)));
}

void
token_lifetime_require(TimestampTz made_at, TimestampTz expires_at)
{
	TimestampTz limit = token_lifetime_limit(made_at);

	if (expires_at <= limit)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the secret of an access token must not live longer than setting \"modelapi_acl.max_token_lifetime\" allows"),
			 limit > GetCurrentTimestamp() ?
			 errhint("The latest possible expiry is %s.", timestamptz_to_str(limit)) :
			 errhint("The secret is older than that already: regenerate the token.")));
}
