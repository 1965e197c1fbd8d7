/*-------------------------------------------------------------------------
 *
 * key_index.c
 *	  Chooses the index by which a scan finds the rows of a key.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "nodes/bitmapset.h"
#include "utils/lsyscache.h"

#include "key_index.h"

/* The operator family of the index operator class uuid_ops, which no header names */
#define UUID_BTREE_FAM 2968

/* Whether an index predicate is no more than that the column is not NULL. */
static bool
keeps_all_keys(List *predicate, Index relid, AttrNumber column)
{
	NullTest   *test = predicate ? linitial(predicate) : NULL;
	Var		   *var = test && IsA(test, NullTest) ? (Var *) test->arg : NULL;

	return predicate == NIL ||
		(list_length(predicate) == 1 && var && IsA(var, Var) && test->nulltesttype == IS_NOT_NULL &&
		 var->varno == relid && var->varattno == column);
}

static bool
has_second(IndexOptInfo *index, AttrNumber second)
{
	return second != 0 && index->ncolumns > 1 && index->indexkeys[1] == second;
}

bool
key_index_returns(const IndexOptInfo *index, const KeyIndexWishes *wishes)
{
	Bitmapset  *others;
	bool		result;

	if (!wishes->has_columns)
		return false;
	/* but a row's place: an entry may lead to a later version on its page */
	others = bms_copy(wishes->columns);
	others = bms_del_member(others, TableOidAttributeNumber - FirstLowInvalidHeapAttributeNumber);
	for (int i = 0; i < index->ncolumns; i++)
	{
		AttrNumber	column = (AttrNumber) index->indexkeys[i];

		/* an index may store another type */
		if (column > 0 && index->canreturn[i] &&
			get_atttype(index->indexoid, (AttrNumber) (i + 1)) == get_atttype(wishes->table, column))
			others = bms_del_member(others, column - FirstLowInvalidHeapAttributeNumber);
	}
	result = bms_is_empty(others);
	bms_free(others);
	return result;
}

/*
 * How well an index finds the rows of a key: the greater the better.  Its next column had
 * best be the second one, or else the first one of the order, or else it returns all
 * columns; then few columns are best.
 */
static int
fitness(IndexOptInfo *index, const KeyIndexWishes *wishes)
{
	return (has_second(index, wishes->second) ? 4 * INDEX_MAX_KEYS : 0) +
		(index->nkeycolumns > 1 && has_second(index, wishes->order) ? 2 * INDEX_MAX_KEYS : 0) +
		(key_index_returns(index, wishes) ? INDEX_MAX_KEYS : 0) - index->ncolumns;
}

IndexOptInfo *
key_index_choose(RelOptInfo *rel, AttrNumber column, const KeyIndexWishes *wishes)
{
	IndexOptInfo *best = NULL;
	ListCell   *cell;

	foreach(cell, rel->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, cell);

		if (index->relam == BTREE_AM_OID && index->nkeycolumns > 0 &&
			index->indexkeys[0] == column && index->opcintype[0] == UUIDOID &&
			index->opfamily[0] == UUID_BTREE_FAM && !index->hypothetical &&
			(index->predOK || keeps_all_keys(index->indpred, rel->relid, column)) &&
			(!best || fitness(index, wishes) > fitness(best, wishes)))
			best = index;
	}
	return best;
}
