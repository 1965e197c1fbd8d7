/*-------------------------------------------------------------------------
 *
 * bounds.c
 *	  The range of times that a scan is limited to.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "bounds.h"

void
bounds_evaluate(List *states, ExprContext *econtext, TimestampTz bounds[BOUNDS])
{
	bounds[BOUND_FROM] = DT_NOBEGIN;
	bounds[BOUND_UNTIL] = DT_NOEND;
	for (int i = 0; i < BOUNDS; i++)
	{
		bool		isnull;
		Datum		value = ExecEvalExprSwitchContext(list_nth(states, i), econtext, &isnull);

		if (!isnull)
			bounds[i] = DatumGetTimestampTz(value);
	}
}

int
bounds_scan_keys(const TimestampTz bounds[BOUNDS], AttrNumber column, ScanKey keys)
{
	int			count = 0;

	if (!TIMESTAMP_IS_NOBEGIN(bounds[BOUND_FROM]))
		ScanKeyInit(&keys[count++], column, BTGreaterEqualStrategyNumber, F_TIMESTAMPTZ_GE,
					TimestampTzGetDatum(bounds[BOUND_FROM]));
	if (!TIMESTAMP_IS_NOEND(bounds[BOUND_UNTIL]))
		ScanKeyInit(&keys[count++], column, BTLessEqualStrategyNumber, F_TIMESTAMPTZ_LE,
					TimestampTzGetDatum(bounds[BOUND_UNTIL]));
	return count;
}

int
bounds_of_column(List *states, ExprContext *econtext, Relation index, AttrNumber column,
				 ScanKey keys)
{
	TimestampTz bounds[BOUNDS];

	if (index->rd_opcintype[column - 1] != TIMESTAMPTZOID)
		return 0;
	bounds_evaluate(states, econtext, bounds);
	return bounds_scan_keys(bounds, column, keys);
}
