/*-------------------------------------------------------------------------
 *
 * row.c
 *	  The row that a trigger is about.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/rel.h"

#include "modelapi_acl.h"

void
row_require_trigger(FunctionCallInfo fcinfo)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("trigger functions can only be called as triggers")));
}

const char *
row_trigger_argument(FunctionCallInfo fcinfo)
{
	Trigger    *trigger = ((TriggerData *) fcinfo->context)->tg_trigger;

	if (trigger->tgnargs < 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("trigger \"%s\" lacks its argument", trigger->tgname)));
	return trigger->tgargs[0];
}

RowChange
row_change(FunctionCallInfo fcinfo)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	RowChange	change = {0};

	row_require_trigger(fcinfo);
	if (!TRIGGER_FIRED_FOR_ROW(data->tg_event))
		elog(ERROR, "guard must be called as a row trigger");
	change.table = data->tg_relation;
	change.tupdesc = RelationGetDescr(change.table);
	if (TRIGGER_FIRED_BY_INSERT(data->tg_event))
		change.new = data->tg_trigtuple;
	else
	{
		change.old = data->tg_trigtuple;
		if (TRIGGER_FIRED_BY_UPDATE(data->tg_event))
			change.new = data->tg_newtuple;
	}
	return change;
}

/* Where a column was found the last time, by its name's address and the table */
#define PLACES 256
static int16 places[PLACES];

/* Whether a table's column of that number has that name. */
static bool
is_column(TupleDesc tupdesc, int number, const char *name)
{
	Form_pg_attribute attribute;

	if (number < 1 || number > tupdesc->natts)
		return false;
	attribute = TupleDescAttr(tupdesc, number - 1);
	return !attribute->attisdropped && strcmp(NameStr(attribute->attname), name) == 0;
}

/*
 * The number of a column.  A guard asks for some thirty of them for each row, so the
 * place of the last time is tried first.
 */
static int
row_column(RowChange *change, const char *column)
{
	int16	   *place = &places[((uintptr_t) column ^ RelationGetRelid(change->table) * 37) % PLACES];
	int			number;

	if (is_column(change->tupdesc, *place, column))
		return *place;
	number = SPI_fnumber(change->tupdesc, column);
	if (number <= 0)
		elog(ERROR, "guarded table has no column %s", column);
	*place = (int16) number;
	return number;
}

Datum
row_value(RowChange *change, HeapTuple tuple, const char *column, bool *isnull)
{
	return heap_getattr(tuple, row_column(change, column), change->tupdesc, isnull);
}

/* A column that is a uuid, or NULL. */
const pg_uuid_t *
row_uuid(RowChange *change, HeapTuple tuple, const char *column)
{
	bool		isnull;
	Datum		value = row_value(change, tuple, column, &isnull);

	return isnull ? NULL : DatumGetUUIDP(value);
}

/* A column that is a text, or NULL. */
text *
row_text(RowChange *change, HeapTuple tuple, const char *column)
{
	bool		isnull;
	Datum		value = row_value(change, tuple, column, &isnull);

	return isnull ? NULL : DatumGetTextPP(value);
}

/* Whether a column is new or has another value than before. */
bool
row_changes(RowChange *change, const char *column)
{
	int			number = row_column(change, column);
	Form_pg_attribute attribute = TupleDescAttr(change->tupdesc, number - 1);
	bool		old_isnull;
	bool		new_isnull;
	Datum		old_value;
	Datum		new_value;

	if (!change->old)
		return true;
	old_value = heap_getattr(change->old, number, change->tupdesc, &old_isnull);
	new_value = heap_getattr(change->new, number, change->tupdesc, &new_isnull);
	if (old_isnull || new_isnull)
		return old_isnull != new_isnull;
	return !datum_image_eq(old_value, new_value, attribute->attbyval, attribute->attlen);
}

/* Puts a value of the extension's own into the new row; NULL for value: NULL. */
void
row_set(RowChange *change, const char *column, const Datum *value)
{
	int			number = row_column(change, column);
	Datum		replacement = value ? *value : (Datum) 0;
	bool		isnull = value == NULL;

	change->new = heap_modify_tuple_by_cols(change->new, change->tupdesc, 1,
											&number, &replacement, &isnull);
}

void
row_keep(RowChange *change, const char *column)
{
	bool		isnull;
	Datum		value;

	if (!row_changes(change, column))
		return;
	value = row_value(change, change->old, column, &isnull);
	row_set(change, column, isnull ? NULL : &value);
}
