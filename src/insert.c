/*-------------------------------------------------------------------------
 *
 * insert.c
 *	  Rows that the extension itself writes, past privileges and policies.
 *
 * There may be no statement that could do it: at the end of a transaction, or
 * where the current user may not write.  So the executor's own insertion is
 * called: triggers fire, constraints are checked, indexes and generated columns
 * are kept, defaults are filled, also those that somebody else added to the table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "executor/executor.h"
#include "rewrite/rewriteHandler.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "modelapi_acl.h"

/* The table whose guard has still to let our row pass */
static Oid	expected_in = InvalidOid;

bool
insert_is_own(Relation table)
{
	if (expected_in != RelationGetRelid(table))
		return false;
	/* once: what a trigger of others writes to the table is not ours */
	expected_in = InvalidOid;
	return true;
}

static bool
is_given(const char *name, int count, const InsertColumn *columns, Datum *value, bool *isnull)
{
	for (int i = 0; i < count; i++)
		if (strcmp(columns[i].name, name) == 0)
		{
			*value = columns[i].value;
			*isnull = columns[i].isnull;
			return true;
		}
	return false;
}

/* Fills a slot with the columns given, and the defaults of the others. */
static void
fill_slot(TupleTableSlot *slot, Relation table, EState *estate, int count, const InsertColumn *columns)
{
	TupleDesc	tupdesc = RelationGetDescr(table);
	ExprContext *econtext = GetPerTupleExprContext(estate);
	int			given = 0;

	ExecClearTuple(slot);
	for (int i = 0; i < tupdesc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(tupdesc, i);
		Node	   *expression;

		slot->tts_values[i] = (Datum) 0;
		slot->tts_isnull[i] = true;
		if (attribute->attisdropped || attribute->attgenerated)
			continue;
		if (is_given(NameStr(attribute->attname), count, columns,
					 &slot->tts_values[i], &slot->tts_isnull[i]))
		{
			given++;
			continue;
		}
		expression = build_column_default(table, attribute->attnum);
		if (expression)
			slot->tts_values[i] =
				ExecEvalExprSwitchContext(ExecPrepareExpr((Expr *) expression, estate), econtext,
										  &slot->tts_isnull[i]);
	}
	ExecStoreVirtualTuple(slot);
	if (given != count)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("table \"%s\" of extension modelapi_acl lacks a column",
						RelationGetRelationName(table)),
				 errhint("Restore the column under its name, or install the extension again.")));
}

void
insert_row(Relation table, int count, const InsertColumn *columns)
{
	EState	   *estate = CreateExecutorState();
	MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);
	ResultRelInfo *target = makeNode(ResultRelInfo);
	TupleTableSlot *slot;

	/* functions of indexes and defaults need one, and there may be no statement */
	PushActiveSnapshot(GetTransactionSnapshot());
	InitResultRelInfo(target, table, 0, NULL, 0);
	ExecOpenIndices(target, false);
	slot = ExecInitExtraTupleSlot(estate, RelationGetDescr(table), table_slot_callbacks(table));
	AfterTriggerBeginQuery();
	PG_TRY();
	{
		fill_slot(slot, table, estate, count, columns);
		expected_in = RelationGetRelid(table);
		ExecSimpleRelationInsert(target, estate, slot);
	}
	PG_FINALLY();
	{
		expected_in = InvalidOid;
	}
	PG_END_TRY();
	AfterTriggerEndQuery(estate);
	ExecCloseIndices(target);
	ExecCloseResultRelations(estate);
	ExecResetTupleTable(estate->es_tupleTable, false);
	PopActiveSnapshot();
	MemoryContextSwitchTo(old);
	FreeExecutorState(estate);
	CommandCounterIncrement();
}
