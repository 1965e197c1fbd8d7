/*-------------------------------------------------------------------------
 *
 * insert_row.c
 *	  Inserts rows on the extension's own behalf, without privileges and policies.
 *
 * No SQL statement can run at the commit of a transaction, or where the current
 * user has no privilege.  So this calls the executor's insertion: triggers fire,
 * constraints are checked, indexes and generated columns are maintained, and
 * defaults are filled in, also those of columns that somebody else has added.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "rewrite/rewriteHandler.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "insert_row.h"

/* The table whose guard trigger has not seen our row yet */
static Oid	expected_in = InvalidOid;

bool
insert_row_is_own(Relation table)
{
	if (expected_in != RelationGetRelid(table))
		return false;
	/* only once: other people's triggers may insert into the same table */
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

/* Fills a slot with the given columns and the defaults of the others. */
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

/* Whether a trigger is one of 67_restore.sql, which only matter to COPY. */
static bool
is_for_copy(const Trigger *trigger)
{
	return strcmp(trigger->tgname, "begin_load") == 0 || strcmp(trigger->tgname, "end_load") == 0;
}

bool
insert_row_is_enough(Relation table)
{
	TriggerDesc *triggers = table->trigdesc;

	if (table->rd_rules != NULL || table->rd_rel->relkind != RELKIND_RELATION)
		return false;
	for (int i = 0; triggers && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (TRIGGER_FOR_INSERT(trigger->tgtype) && !is_for_copy(trigger) &&
			(!TRIGGER_FOR_ROW(trigger->tgtype) || trigger->tgnewtable))
			return false;
	}
	return true;
}

void
insert_row(Relation table, int count, const InsertColumn *columns)
{
	EState	   *estate = CreateExecutorState();
	MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);
	ResultRelInfo *target = makeNode(ResultRelInfo);
	TupleTableSlot *slot;

	/* functions in indexes and defaults need a snapshot, which a statement would have */
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
