/*-------------------------------------------------------------------------
 *
 * row_change.c
 *	  The row that a row trigger was called for, by column names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/datum.h"
#include "utils/rel.h"

#include "row_change.h"
#include "../catalog/object_ids.h"

void
row_change_require_trigger(FunctionCallInfo fcinfo)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("trigger functions can only be called as triggers")));
}

const char *
row_change_object_column(FunctionCallInfo fcinfo)
{
	Trigger    *trigger = ((TriggerData *) fcinfo->context)->tg_trigger;

	if (trigger->tgnargs < 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("trigger \"%s\" lacks its argument", trigger->tgname)));
	return trigger->tgargs[0];
}

RowChange
row_change_from_trigger(FunctionCallInfo fcinfo)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	RowChange	change = {0};

	row_change_require_trigger(fcinfo);
	if (!TRIGGER_FIRED_FOR_ROW(data->tg_event))
		elog(ERROR, "trigger function must be called for each row");
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

/*
 * The number that a column had when it was last looked up, by a hash of the table and of
 * the address of the column's name
 */
#define CACHED_NUMBERS 256
static int16 cached_numbers[CACHED_NUMBERS];

/* Whether the column with a number has a name. */
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
 * The number of a column.  A guard looks up some thirty columns for each row, so the
 * number of the last time is tried first.
 */
static int
find_column(RowChange *change, const char *column)
{
	uintptr_t	hash = (uintptr_t) column ^ RelationGetRelid(change->table) * 37;
	int16	   *cached = &cached_numbers[hash % CACHED_NUMBERS];
	int			number;

	if (is_column(change->tupdesc, *cached, column))
		return *cached;
	number = SPI_fnumber(change->tupdesc, column);
	if (number > 0)
		*cached = (int16) number;
	return number;
}

static int
column_number(RowChange *change, const char *column)
{
	int			number = find_column(change, column);

	if (number <= 0)
		elog(ERROR, "guarded table has no column %s", column);
	return number;
}

bool
row_change_has_column(RowChange *change, const char *column)
{
	return find_column(change, column) > 0;
}

Datum
row_change_value(RowChange *change, HeapTuple tuple, const char *column, bool *isnull)
{
	return heap_getattr(tuple, column_number(change, column), change->tupdesc, isnull);
}

Oid
row_change_type(RowChange *change, const char *column)
{
	return TupleDescAttr(change->tupdesc, column_number(change, column) - 1)->atttypid;
}

const pg_uuid_t *
row_change_uuid(RowChange *change, HeapTuple tuple, const char *column)
{
	bool		isnull;
	Datum		value = row_change_value(change, tuple, column, &isnull);

	return isnull ? NULL : DatumGetUUIDP(value);
}

text *
row_change_text(RowChange *change, HeapTuple tuple, const char *column)
{
	bool		isnull;
	Datum		value = row_change_value(change, tuple, column, &isnull);

	return isnull ? NULL : DatumGetTextPP(value);
}

bool
row_change_modifies(RowChange *change, const char *column)
{
	int			number = column_number(change, column);
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

void
row_change_set(RowChange *change, const char *column, const Datum *value)
{
	int			number = column_number(change, column);
	Datum		replacement = value ? *value : (Datum) 0;
	bool		isnull = value == NULL;

	change->new = heap_modify_tuple_by_cols(change->new, change->tupdesc, 1,
											&number, &replacement, &isnull);
}

void
row_change_keep_old(RowChange *change, const char *column)
{
	bool		isnull;
	Datum		value;

	if (!row_change_modifies(change, column))
		return;
	value = row_change_value(change, change->old, column, &isnull);
	row_change_set(change, column, isnull ? NULL : &value);
}

bool
row_change_makes_owner(RowChange *change, HeapTuple tuple)
{
	bool		unlimited;
	bool		isnull;
	Datum		level;

	if (!row_change_uuid(change, tuple, "user_id"))
		return false;
	(void) row_change_value(change, tuple, "expires_at", &unlimited);
	level = row_change_value(change, tuple, "access_level", &isnull);
	return unlimited && !isnull &&
		object_ids_access_level(DatumGetObjectId(level)) == ACCESS_LEVEL_OWNER;
}
