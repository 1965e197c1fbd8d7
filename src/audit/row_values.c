/*-------------------------------------------------------------------------
 *
 * row_values.c
 *	  The values of a row in an audit event.
 *
 * A value looks as row_to_json() writes it, with times in UTC, whatever the session's time zone
 * is: in another one they could have an offset that cannot be read back.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

#include "row_values.h"

static void
set_string(JsonbValue *result, char *text, int length)
{
	result->type = jbvString;
	result->val.string.val = text;
	result->val.string.len = length;
}

char *
row_values_time(TimestampTz time)
{
	static const int utc = 0;
	char	   *string = palloc(MAXDATELEN + 1);

	JsonEncodeDateTime(string, TimestampTzGetDatum(time), TIMESTAMPTZOID, &utc);
	return string;
}

/* The value of a column that is not NULL. */
static void
set_value(JsonbValue *result, Oid type, Datum value)
{
	char	   *string;
	Oid			output;
	bool		is_varlena;

	switch (type)
	{
		case BOOLOID:
			result->type = jbvBool;
			result->val.boolean = DatumGetBool(value);
			return;
		case INT4OID:
			result->type = jbvNumeric;
			result->val.numeric = int64_to_numeric(DatumGetInt32(value));
			return;
		case TEXTOID:
			{
				text	   *plain = DatumGetTextPP(value);

				set_string(result, VARDATA_ANY(plain), (int) VARSIZE_ANY_EXHDR(plain));
				return;
			}
		case TIMESTAMPTZOID:
			string = row_values_time(DatumGetTimestampTz(value));
			break;
		case JSONBOID:
			JsonbToJsonbValue(DatumGetJsonbP(value), result);
			return;
		default:
			/* uuids and enums; any other type as text */
			getTypeOutputInfo(type, &output, &is_varlena);
			string = OidOutputFunctionCall(output, value);
	}
	set_string(result, string, (int) strlen(string));
}

/* Adds a column, unless it is NULL and skips_null; returns whether it did. */
static bool
push_column(JsonbParseState **state, RowChange *change, HeapTuple tuple, const char *column,
			bool skips_null)
{
	JsonbValue	key;
	JsonbValue	member = {.type = jbvNull};
	bool		isnull;
	Datum		value = row_change_value(change, tuple, column, &isnull);

	if (isnull && skips_null)
		return false;
	set_string(&key, unconstify(char *, column), (int) strlen(column));
	pushJsonbValue(state, WJB_KEY, &key);
	if (!isnull)
		set_value(&member, row_change_type(change, column), value);
	pushJsonbValue(state, WJB_VALUE, &member);
	return true;
}

Datum
row_values_as_jsonb(RowChange *change, HeapTuple tuple,
					const char *const *names1, int n1, bool skips_nulls,
					const char *const *names2, int n2)
{
	JsonbParseState *state = NULL;
	JsonbValue *object;
	int			count = 0;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < n1 + n2; i++)
	{
		const char *name = i < n1 ? names1[i] : names2[i - n1];

		if (name && row_change_has_column(change, name) &&
			push_column(&state, change, tuple, name, skips_nulls && i < n1))
			count++;
	}
	object = pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	return count ? JsonbPGetDatum(JsonbValueToJsonb(object)) : (Datum) 0;
}
