/*-------------------------------------------------------------------------
 *
 * indexes.c
 *	  Which index a read of the extension's tables goes through.
 *
 * An index is chosen by its definition, never by its name: its key columns, its
 * included columns, its predicate, whether it is valid.  If the index of the
 * install script was dropped, renamed or replaced, a read uses another suitable
 * index; without one, it scans the whole table, which is slower but gives the
 * same result.  Columns are found by name, and their types are checked.
 *
 * A choice is cached until the relcache invalidates the table or the index.  It
 * is read after the table has been locked: from then on, REINDEX CONCURRENTLY
 * and DROP INDEX CONCURRENTLY wait for this transaction before they stop
 * maintaining an index.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_am.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "indexes.h"
#include "index_shapes.h"
#include "object_ids.h"
#include "../terms.h"
#include "../values/uuids.h"

/* Cached choices; table is InvalidOid where there is none */
static IndexChoice chosen[INDEX_COUNT];

/* Counts invalidations */
static uint64 invalidations = 0;

/* Creating and dropping an index invalidates its table. */
static void
forget_choices(Datum arg, Oid relid)
{
	for (int i = 0; i < INDEX_COUNT; i++)
		if (relid == InvalidOid || chosen[i].table == relid || chosen[i].index == relid)
			chosen[i].table = InvalidOid;
	invalidations++;
}

void
indexes_initialize(void)
{
	CacheRegisterRelcacheCallback(forget_choices, (Datum) 0);
}

/* ----------
 * Columns
 * ----------
 */

/*
 * The attribute number of a shape's column.  Raises an error for a missing column or another
 * type.  InvalidAttrNumber for a column that an installation of an older version lacks.
 */
static AttrNumber
column_number(Relation table, const ShapeColumn *column)
{
	Oid			type = OidIsValid(column->type) ? column->type : object_ids_enum_type(column->enumeration);

	for (int i = 0; i < RelationGetNumberOfAttributes(table); i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(table), i);

		if (attribute->attisdropped || strcmp(NameStr(attribute->attname), column->name) != 0)
			continue;
		if (attribute->atttypid == type)
			return attribute->attnum;
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of table \"%s\" of extension modelapi_acl has type %s",
						column->name, RelationGetRelationName(table),
						format_type_be(attribute->atttypid)),
				 errhint("Change it back to type %s.", format_type_be(type))));
	}
	if (column->is_later)
		return InvalidAttrNumber;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("table \"%s\" of extension modelapi_acl has no column \"%s\"",
					RelationGetRelationName(table), column->name),
			 errhint("Restore the column under its name, or install the extension again.")));
	return InvalidAttrNumber;	/* keep the compiler quiet */
}

/* Fills the attribute numbers of the shape's columns; returns how many there are. */
static int
column_numbers(const Shape *shape, Relation table, AttrNumber *numbers)
{
	int			count = 0;

	while (count < INDEX_COLUMNS_MAX && shape->columns[count].name)
	{
		numbers[count] = column_number(table, &shape->columns[count]);
		count++;
	}
	return count;
}

/* ----------
 * Indexes
 * ----------
 */

static bool
is_var(Node *node, AttrNumber number)
{
	if (node && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node && IsA(node, Var) && ((Var *) node)->varattno == number;
}

/* Whether an index predicate is visibility = 'public'. */
static bool
is_public_predicate(List *predicate, AttrNumber visibility)
{
	OpExpr	   *condition;
	Const	   *value;

	if (list_length(predicate) != 1 || !IsA(linitial(predicate), OpExpr))
		return false;
	condition = linitial(predicate);
	value = (Const *) lsecond(condition->args);
	return get_opcode(condition->opno) == F_ENUM_EQ &&
		is_var(linitial(condition->args), visibility) &&
		IsA(value, Const) && !value->constisnull &&
		object_ids_enum_ordinal(ENUM_VISIBILITY, DatumGetObjectId(value->constvalue)) == VISIBILITY_PUBLIC;
}

/*
 * Whether an index has entries for all rows of interest: it is not partial, or its
 * predicate is the shape's, or it leaves out only rows in which one of the keys is NULL.
 */
static bool
has_rows(const Shape *shape, Relation table, Relation index, const AttrNumber *keys)
{
	static const ShapeColumn visibility = {.name = "visibility", .enumeration = ENUM_VISIBILITY};
	List	   *predicate = RelationGetIndexPredicate(index);
	NullTest   *test;

	if (shape->only_public)
		return is_public_predicate(predicate, column_number(table, &visibility));
	if (predicate == NIL)
		return true;
	test = linitial(predicate);
	if (list_length(predicate) != 1 || !IsA(test, NullTest) || test->nulltesttype != IS_NOT_NULL)
		return false;
	for (int i = 0; i < shape->nkeys; i++)
		if (is_var((Node *) test->arg, keys[i]))
			return true;
	return false;
}

/* Whether an index's first key is a function of a column, in collation "C". */
static bool
is_on_function(Relation index, Oid function, AttrNumber number)
{
	List	   *expressions = RelationGetIndexExpressions(index);
	FuncExpr   *call = expressions ? linitial(expressions) : NULL;

	if (call && IsA(call, RelabelType))
		call = (FuncExpr *) ((RelabelType *) call)->arg;
	if (call && IsA(call, CollateExpr))
		call = (FuncExpr *) ((CollateExpr *) call)->arg;
	return call && IsA(call, FuncExpr) && call->funcid == function &&
		call->inputcollid == C_COLLATION_OID && list_length(call->args) == 1 && is_var(linitial(call->args), number);
}

/* The collation in which a text column is looked up; InvalidOid for other types. */
static Oid
key_collation(const Shape *shape, int column)
{
	if (shape->columns[column].type != TEXTOID)
		return InvalidOid;
	return OidIsValid(shape->function) || shape->table == TABLE_PRINCIPAL_NAMES ?
		C_COLLATION_OID : DEFAULT_COLLATION_OID;
}

/* Whether an index's column is a key in the type's default ascending order. */
static bool
is_plain_key(const Shape *shape, Relation index, int column)
{
	Oid			type = index->rd_opcintype[column];

	if (shape->columns[column].type != InvalidOid && type != shape->columns[column].type)
		return false;
	return index->rd_indoption[column] == 0 &&
		index->rd_opfamily[column] == lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY)->btree_opf &&
		index->rd_indcollation[column] == key_collation(shape, column);
}

/* How many of the shape's keys are the first keys of an index. */
static int
leading_keys(const Shape *shape, Relation index, const AttrNumber *numbers)
{
	int			count = 0;

	while (count < shape->nkeys && count < IndexRelationGetNumberOfKeyAttributes(index))
	{
		AttrNumber	number = index->rd_index->indkey.values[count];

		if (OidIsValid(shape->function) && count == 0 ?
			number != 0 || !is_on_function(index, shape->function, numbers[0]) :
			number != numbers[count])
			break;
		if (!is_plain_key(shape, index, count))
			break;
		count++;
	}
	return count;
}

/* Whether an index's entries contain all columns; if so, fills their positions. */
static bool
entry_places(const Shape *shape, Relation index, const AttrNumber *numbers, int count, AttrNumber *places)
{
	Form_pg_index form = index->rd_index;

	/* the entry has the function's result, not the column */
	if (OidIsValid(shape->function))
		return false;
	for (int i = 0; i < count; i++)
	{
		places[i] = InvalidAttrNumber;
		if (numbers[i] == InvalidAttrNumber)
			continue;			/* reads as NULL */
		for (int j = 0; j < form->indnatts && places[i] == InvalidAttrNumber; j++)
			if (form->indkey.values[j] == numbers[i] &&
				TupleDescAttr(RelationGetDescr(index), j)->atttypid ==
				(OidIsValid(shape->columns[i].type) ? shape->columns[i].type :
				 object_ids_enum_type(shape->columns[i].enumeration)))
				places[i] = (AttrNumber) (j + 1);
		if (places[i] == InvalidAttrNumber)
			return false;
	}
	return true;
}

/*
 * Whether a scan may use an index.  An index with indcheckxmin lacks older row versions
 * that older transactions need (broken HOT chains).  If it is skipped for that reason, the
 * choice of another one must not be cached.
 */
static bool
is_usable(Relation index, bool *keep)
{
	Form_pg_index form = index->rd_index;

	if (index->rd_rel->relam != BTREE_AM_OID || !form->indisvalid || !form->indisready)
		return false;
	if (form->indcheckxmin &&
		!TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data), TransactionXmin))
	{
		*keep = false;
		return false;
	}
	return true;
}

/* The transaction that last changed a table's row of pg_class. */
static TransactionId
changed_by(Oid table)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	TransactionId result = InvalidTransactionId;

	if (HeapTupleIsValid(tuple))
	{
		result = HeapTupleHeaderGetXmin(tuple->t_data);
		ReleaseSysCache(tuple);
	}
	return result;
}

bool
indexes_snapshot_is_too_old(const IndexChoice *access, Snapshot snapshot)
{
	return snapshot->snapshot_type == SNAPSHOT_MVCC &&
		TransactionIdIsNormal(access->changed_by) &&
		!TransactionIdPrecedes(access->changed_by, snapshot->xmin) &&
		!TransactionIdIsCurrentTransactionId(access->changed_by) &&
		XidInMVCCSnapshot(access->changed_by, snapshot);
}

void
indexes_raise_snapshot_too_old(const char *table)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not serialize access due to a concurrent change of table \"%s\"", table),
			 errhint("The transaction might succeed if retried.")));
}

void
indexes_require_current_snapshot(Snapshot snapshot)
{
	for (int i = 0; i < TABLE_COUNT; i++)
	{
		Relation	table;
		IndexChoice access = {0};

		if (i >= TABLE_PERSONAL_TOKENS && !object_ids_has_table((TableId) i))
			continue;			/* of a later version */
		table = object_ids_open_table((TableId) i, AccessShareLock);
		access.changed_by = changed_by(RelationGetRelid(table));
		if (indexes_snapshot_is_too_old(&access, snapshot))
			indexes_raise_snapshot_too_old(RelationGetRelationName(table));
		/* keep the lock until the transaction ends, as a query would */
		table_close(table, NoLock);
	}
}

/*
 * Chooses an index of a table: the one with the most leading keys, among those one that
 * covers all columns, among those the narrowest.  Returns whether the choice may be cached.
 */
static bool
choose(const Shape *shape, Relation table, IndexChoice *access)
{
	AttrNumber	numbers[INDEX_COLUMNS_MAX] = {0};
	int			count = column_numbers(shape, table, numbers);
	int			best = 0;
	bool		keep = true;
	List	   *indexes = RelationGetIndexList(table);
	ListCell   *cell;

	access->table = RelationGetRelid(table);
	access->index = InvalidOid;
	access->nkeys = 0;
	access->covers = false;
	access->changed_by = changed_by(access->table);
	memcpy(access->places, numbers, sizeof(numbers));
	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);
		int			nkeys = is_usable(index, &keep) ? leading_keys(shape, index, numbers) : 0;

		if (nkeys > 0 && has_rows(shape, table, index, numbers))
		{
			AttrNumber	places[INDEX_COLUMNS_MAX] = {0};
			bool		covers = entry_places(shape, index, numbers, count, places);
			int			score = (nkeys * 2 + covers) * (INDEX_MAX_KEYS + 1) +
				INDEX_MAX_KEYS - index->rd_index->indnatts;

			if (score > best)
			{
				best = score;
				access->index = RelationGetRelid(index);
				access->nkeys = nkeys;
				access->covers = covers;
				memcpy(access->places, covers ? places : numbers, sizeof(places));
			}
		}
		index_close(index, AccessShareLock);
	}
	list_free(indexes);
	return keep;
}

void
indexes_find(IndexId which, Relation table, IndexChoice *access)
{
	uint64		before = invalidations;

	if (chosen[which].table == RelationGetRelid(table))
	{
		*access = chosen[which];
		return;
	}
	if (choose(&index_shapes[which], table, access) && invalidations == before)
		chosen[which] = *access;
}

Relation
indexes_open(IndexId which, IndexChoice *access)
{
	Relation	table = object_ids_open_table(index_shapes[which].table, AccessShareLock);

	indexes_find(which, table, access);
	return table;
}

Oid
indexes_key_function(IndexId which)
{
	return index_shapes[which].function;
}

Oid
indexes_key_collation(IndexId which)
{
	return key_collation(&index_shapes[which], 0);
}

bool
indexes_choice_is_best(IndexId which, const IndexChoice *access)
{
	return access->covers && access->nkeys == index_shapes[which].nkeys;
}
