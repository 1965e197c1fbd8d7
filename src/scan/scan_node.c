/*-------------------------------------------------------------------------
 *
 * scan_node.c
 *	  What the custom scans of tables have in common.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "utils/snapmgr.h"

#include "scan_node.h"
#include "../catalog/object_ids.h"

int
scan_node_arguments(List *arguments, ExprContext *econtext, EnumId type, Identity *identity)
{
	ExprState  *identity_state = lsecond(arguments);
	Datum		value;
	bool		isnull;

	if (identity_state)
	{
		value = ExecEvalExprSwitchContext(identity_state, econtext, &isnull);
		*identity = identity_confirmed(identity_from_argument(isnull, value), GetActiveSnapshot());
	}
	else
		*identity = identity_current(GetActiveSnapshot());
	value = ExecEvalExprSwitchContext((ExprState *) linitial(arguments), econtext, &isnull);
	if (!isnull)
		return object_ids_enum_ordinal(type, DatumGetObjectId(value));
	/* "or is_administrator()" may still be true */
	if (identity_state || identity->kind != IDENTITY_ADMINISTRATOR)
		identity->kind = IDENTITY_NOBODY;
	return 0;
}

TupleTableSlot *
scan_node_emit(CustomScanState *node, TupleTableSlot *tuple)
{
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	int			natts = slot->tts_tupleDescriptor->natts;

	ExecClearTuple(slot);
	slot_getallattrs(tuple);
	memcpy(slot->tts_values, tuple->tts_values, natts * sizeof(Datum));
	memcpy(slot->tts_isnull, tuple->tts_isnull, natts * sizeof(bool));
	slot->tts_tid = tuple->tts_tid;
	slot->tts_tableOid = tuple->tts_tableOid;
	return ExecStoreVirtualTuple(slot);
}
