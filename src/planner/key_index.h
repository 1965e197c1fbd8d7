/*-------------------------------------------------------------------------
 *
 * key_index.h
 *	  Chooses the index by which a scan finds the rows of a key.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_KEY_INDEX_H
#define MODELAPI_ACL_KEY_INDEX_H

#include "access/attnum.h"
#include "nodes/pathnodes.h"

/* What an index had best have beside the column of keys */
typedef struct KeyIndexWishes
{
	AttrNumber	second;			/* a column that the query fixes, or 0 */
	AttrNumber	order;			/* the first column of the order, or 0 */
	Oid			table;
	bool		has_columns;	/* all columns that the query needs: */
	Bitmapset  *columns;		/* numbered as by pull_varattnos() */
} KeyIndexWishes;

/*
 * key_index_choose: the best btree index of a relation whose first column is this one, a
 * uuid; NULL if there is none.
 * key_index_returns: whether its entries hold all columns, as has_columns wants it.
 */
extern IndexOptInfo *key_index_choose(RelOptInfo *rel, AttrNumber column,
									  const KeyIndexWishes *wishes);
extern bool key_index_returns(const IndexOptInfo *index, const KeyIndexWishes *wishes);

#endif							/* MODELAPI_ACL_KEY_INDEX_H */
