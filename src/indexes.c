/*-------------------------------------------------------------------------
 *
 * indexes.c
 *	  Which index a read of the extension's tables goes through.
 *
 * An index is known by its shape, never by its name: what it is on, what it
 * carries along, whether it is valid.  So a read finds another index where
 * one was dropped, renamed or rebuilt in another way, and reads the table from
 * end to end where there is none: slower, and the answer is the same.
 * Columns are found by name, and their types are checked.
 *
 * The choice is kept until an invalidation says that the table or the index
 * may have changed.  It is looked at after the table has been locked: from then
 * on, REINDEX CONCURRENTLY and DROP INDEX CONCURRENTLY wait for us before they
 * stop to maintain an index.
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

#include "modelapi_acl.h"

/* A column: its type is a built-in one, or one of the extension's enums */
typedef struct ShapeColumn
{
	const char *name;
	Oid			type;
	StoreEnum	enumeration;	/* where type is InvalidOid */
} ShapeColumn;

typedef struct Shape
{
	StoreTable	table;
	int			nkeys;			/* so many of the columns, the first ones, should lead the index */
	bool		only_public;	/* a partial index, of public model APIs */
	Oid			function;		/* of the first column, which the index is on; or InvalidOid */
	ShapeColumn columns[STORE_COLUMNS_MAX];
} Shape;

#define ENUM(label) InvalidOid, STORE_ENUM_##label

static const Shape shapes[STORE_INDEX_COUNT] =
{
	[INDEX_USERS] = {TABLE_USERS, 1, false, InvalidOid,
	{{"id", UUIDOID}, {"disabled_at", TIMESTAMPTZOID}}},
	[INDEX_USERNAMES] = {TABLE_USERS, 1, false, InvalidOid,
	{{"id", UUIDOID}, {"username", TEXTOID}}},
	[INDEX_IDENTITIES] = {TABLE_USER_IDENTITIES, 1, false, InvalidOid,
	{{"user_id", UUIDOID}, {"email", TEXTOID}}},
	[INDEX_EMAILS] = {TABLE_USER_IDENTITIES, 1, false, F_LOWER_TEXT,
	{{"email", TEXTOID}, {"user_id", UUIDOID}}},
	[INDEX_EXTERNAL_IDS] = {TABLE_USER_IDENTITIES, 1, false, InvalidOid,
	{{"external_id", TEXTOID}, {"user_id", UUIDOID}}},
	[INDEX_NAMES] = {TABLE_PRINCIPAL_NAMES, 1, false, InvalidOid,
		{{"name", TEXTOID}, {"user_id", UUIDOID}, {"organization_id", UUIDOID},
	{"reserved_at", TIMESTAMPTZOID}}},
	[INDEX_ORGANIZATIONS] = {TABLE_ORGANIZATIONS, 1, false, InvalidOid,
	{{"id", UUIDOID}}},
	[INDEX_MEMBERS] = {TABLE_ORGANIZATION_MEMBERS, 2, false, InvalidOid,
	{{"organization_id", UUIDOID}, {"user_id", UUIDOID}, {"is_admin", BOOLOID}}},
	[INDEX_MEMBERSHIPS] = {TABLE_ORGANIZATION_MEMBERS, 2, false, InvalidOid,
	{{"user_id", UUIDOID}, {"organization_id", UUIDOID}}},
	[INDEX_PROJECTS] = {TABLE_PROJECTS, 1, false, InvalidOid,
	{{"id", UUIDOID}}},
	[INDEX_PROJECT_GRANTS] = {TABLE_PROJECT_COLLABORATORS, 1, false, InvalidOid,
		{{"project_id", UUIDOID}, {"user_id", UUIDOID}, {"access_level", ENUM(ACCESS_LEVEL)},
	{"expires_at", TIMESTAMPTZOID}}},
	[INDEX_PROJECT_ORGANIZATION_GRANTS] = {TABLE_PROJECT_COLLABORATORS, 2, false, InvalidOid,
		{{"project_id", UUIDOID}, {"organization_id", UUIDOID}, {"access_level", ENUM(ACCESS_LEVEL)},
	{"expires_at", TIMESTAMPTZOID}}},
	[INDEX_PROJECT_USERS] = {TABLE_PROJECT_COLLABORATORS, 2, false, InvalidOid,
		{{"user_id", UUIDOID}, {"project_id", UUIDOID}, {"access_level", ENUM(ACCESS_LEVEL)},
	{"expires_at", TIMESTAMPTZOID}}},
	[INDEX_PROJECT_ORGANIZATIONS] = {TABLE_PROJECT_COLLABORATORS, 2, false, InvalidOid,
		{{"organization_id", UUIDOID}, {"project_id", UUIDOID}, {"access_level", ENUM(ACCESS_LEVEL)},
	{"expires_at", TIMESTAMPTZOID}}},
	[INDEX_MODEL_APIS] = {TABLE_MODEL_APIS, 1, false, InvalidOid,
		{{"id", UUIDOID}, {"project_id", UUIDOID}, {"visibility", ENUM(VISIBILITY)},
			{"authorization_mode", ENUM(AUTHORIZATION_MODE)}, {"created_at", TIMESTAMPTZOID},
	{"invocation_mode", ENUM(INVOCATION_MODE)}}},
	[INDEX_MODEL_APIS_BY_PROJECT] = {TABLE_MODEL_APIS, 1, false, InvalidOid,
		{{"project_id", UUIDOID}, {"created_at", TIMESTAMPTZOID}, {"id", UUIDOID},
	{"visibility", ENUM(VISIBILITY)}, {"authorization_mode", ENUM(AUTHORIZATION_MODE)}}},
	[INDEX_MODEL_APIS_BY_CREATION] = {TABLE_MODEL_APIS, 2, false, InvalidOid,
		{{"created_at", TIMESTAMPTZOID}, {"id", UUIDOID}, {"project_id", UUIDOID},
	{"visibility", ENUM(VISIBILITY)}, {"authorization_mode", ENUM(AUTHORIZATION_MODE)}}},
	[INDEX_MODEL_APIS_PUBLIC] = {TABLE_MODEL_APIS, 2, true, InvalidOid,
		{{"created_at", TIMESTAMPTZOID}, {"id", UUIDOID}, {"project_id", UUIDOID},
	{"authorization_mode", ENUM(AUTHORIZATION_MODE)}}},
	[INDEX_MODEL_API_GRANTS] = {TABLE_MODEL_API_COLLABORATORS, 1, false, InvalidOid,
		{{"model_api_id", UUIDOID}, {"user_id", UUIDOID}, {"access_level", ENUM(ACCESS_LEVEL)},
	{"expires_at", TIMESTAMPTZOID}}},
	[INDEX_MODEL_API_ORGANIZATION_GRANTS] = {TABLE_MODEL_API_COLLABORATORS, 2, false, InvalidOid,
		{{"model_api_id", UUIDOID}, {"organization_id", UUIDOID}, {"access_level", ENUM(ACCESS_LEVEL)},
	{"expires_at", TIMESTAMPTZOID}}},
	[INDEX_MODEL_API_USERS] = {TABLE_MODEL_API_COLLABORATORS, 2, false, InvalidOid,
		{{"user_id", UUIDOID}, {"model_api_id", UUIDOID}, {"access_level", ENUM(ACCESS_LEVEL)},
	{"expires_at", TIMESTAMPTZOID}}},
	[INDEX_MODEL_API_ORGANIZATIONS] = {TABLE_MODEL_API_COLLABORATORS, 2, false, InvalidOid,
		{{"organization_id", UUIDOID}, {"model_api_id", UUIDOID}, {"access_level", ENUM(ACCESS_LEVEL)},
	{"expires_at", TIMESTAMPTZOID}}},
	[INDEX_VERSIONS] = {TABLE_MODEL_API_VERSIONS, 1, false, InvalidOid,
	{{"id", UUIDOID}, {"model_api_id", UUIDOID}}},
	[INDEX_TOKEN_HASHES] = {TABLE_TOKEN_HASHES, 1, false, InvalidOid,
	{{"hash", BYTEAOID}, {"token_id", UUIDOID}}},
	[INDEX_TOKENS] = {TABLE_ACCESS_TOKENS, 1, false, InvalidOid,
		{{"id", UUIDOID}, {"model_api_id", UUIDOID}, {"name", TEXTOID},
	{"expires_at", TIMESTAMPTZOID}, {"revoked_at", TIMESTAMPTZOID}}},
	[INDEX_AUDIT_OBJECTS] = {TABLE_AUDIT_EVENTS, 2, false, InvalidOid,
	{{"object_id", UUIDOID}, {"occurred_at", TIMESTAMPTZOID}, {"change_id", UUIDOID}}},
	[INDEX_CHANGES] = {TABLE_CHANGES, 1, false, InvalidOid,
	{{"change_id", UUIDOID}, {"committed_at", TIMESTAMPTZOID}}},
};

/* What was chosen; a table of InvalidOid: nothing yet */
static StoreAccess chosen[STORE_INDEX_COUNT];
static uint64 forgotten = 0;

/* Indexes come and go with an invalidation of their table. */
static void
forget(Datum arg, Oid relid)
{
	for (int i = 0; i < STORE_INDEX_COUNT; i++)
		if (relid == InvalidOid || chosen[i].table == relid || chosen[i].index == relid)
			chosen[i].table = InvalidOid;
	forgotten++;
}

void
indexes_initialize(void)
{
	CacheRegisterRelcacheCallback(forget, (Datum) 0);
}

/* ----------
 * Columns
 * ----------
 */

/* The number of a shape's column in its table, of the type that it must have. */
static AttrNumber
column_number(Relation table, const ShapeColumn *column)
{
	Oid			type = OidIsValid(column->type) ? column->type : catalog_enum_type(column->enumeration);

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
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("table \"%s\" of extension modelapi_acl has no column \"%s\"",
					RelationGetRelationName(table), column->name),
			 errhint("Restore the column under its name, or install the extension again.")));
	return InvalidAttrNumber;	/* keep the compiler quiet */
}

/* Fills the columns' numbers; returns how many there are. */
static int
column_numbers(const Shape *shape, Relation table, AttrNumber *numbers)
{
	int			count = 0;

	while (count < STORE_COLUMNS_MAX && shape->columns[count].name)
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

/* Whether a predicate keeps public model APIs alone, and all of them. */
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
		catalog_enum_place(STORE_ENUM_VISIBILITY, DatumGetObjectId(value->constvalue)) == VISIBILITY_PUBLIC;
}

/*
 * Whether an index has all rows that are asked for: it isn't partial, or it is
 * in the way that the shape says, or leaves out where one of the keys is NULL.
 */
static bool
has_rows(const Shape *shape, Relation table, Relation index, const AttrNumber *keys)
{
	static const ShapeColumn visibility = {"visibility", ENUM(VISIBILITY)};
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

/* Whether an index's first column is the shape's function of a column, in collation "C". */
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

/* In which collation a column of texts is looked up. */
static Oid
key_collation(const Shape *shape, int column)
{
	if (shape->columns[column].type != TEXTOID)
		return InvalidOid;
	return OidIsValid(shape->function) || shape->table == TABLE_PRINCIPAL_NAMES ?
		C_COLLATION_OID : DEFAULT_COLLATION_OID;
}

/* Whether an index's column is a key in the server's own ascending order. */
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

/* How many of the shape's keys lead an index. */
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

/* Whether an index's entries hold all columns; if so, where. */
static bool
entry_places(const Shape *shape, Relation index, const AttrNumber *numbers, int count, AttrNumber *places)
{
	Form_pg_index form = index->rd_index;

	/* what a function made of the column is not the column */
	if (OidIsValid(shape->function))
		return false;
	for (int i = 0; i < count; i++)
	{
		places[i] = InvalidAttrNumber;
		for (int j = 0; j < form->indnatts && places[i] == InvalidAttrNumber; j++)
			if (form->indkey.values[j] == numbers[i] &&
				TupleDescAttr(RelationGetDescr(index), j)->atttypid ==
				(OidIsValid(shape->columns[i].type) ? shape->columns[i].type :
				 catalog_enum_type(shape->columns[i].enumeration)))
				places[i] = (AttrNumber) (j + 1);
		if (places[i] == InvalidAttrNumber)
			return false;
	}
	return true;
}

/*
 * Whether a scan may use an index.  One that was made where rows had changed
 * before does not have their older versions: it isn't for older transactions,
 * and what is chosen instead of it is not to be kept.
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
indexes_too_old(const StoreAccess *access, Snapshot snapshot)
{
	return snapshot->snapshot_type == SNAPSHOT_MVCC &&
		TransactionIdIsNormal(access->changed_by) &&
		!TransactionIdPrecedes(access->changed_by, snapshot->xmin) &&
		!TransactionIdIsCurrentTransactionId(access->changed_by) &&
		XidInMVCCSnapshot(access->changed_by, snapshot);
}

void
indexes_raise_too_old(const char *table)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not serialize access due to a concurrent change of table \"%s\"", table),
			 errhint("The transaction might succeed if retried.")));
}

void
indexes_require_current(Snapshot snapshot)
{
	for (int i = 0; i < STORE_TABLE_COUNT; i++)
	{
		Relation	table = catalog_open_table((StoreTable) i, AccessShareLock);
		StoreAccess access = {.changed_by = changed_by(RelationGetRelid(table))};

		if (indexes_too_old(&access, snapshot))
			indexes_raise_too_old(RelationGetRelationName(table));
		/* locked to the end, as by a query */
		table_close(table, NoLock);
	}
}

/*
 * Chooses an index of a table: rather one that all keys lead, then one that holds
 * all columns, then the narrowest.  Returns whether the choice may be kept.
 */
static bool
choose(const Shape *shape, Relation table, StoreAccess *access)
{
	AttrNumber	numbers[STORE_COLUMNS_MAX] = {0};
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
			AttrNumber	places[STORE_COLUMNS_MAX] = {0};
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
indexes_find(StoreIndex which, Relation table, StoreAccess *access)
{
	uint64		before = forgotten;

	if (chosen[which].table == RelationGetRelid(table))
	{
		*access = chosen[which];
		return;
	}
	if (choose(&shapes[which], table, access) && forgotten == before)
		chosen[which] = *access;
}

Relation
indexes_open(StoreIndex which, StoreAccess *access)
{
	Relation	table = catalog_open_table(shapes[which].table, AccessShareLock);

	indexes_find(which, table, access);
	return table;
}

Oid
indexes_function(StoreIndex which)
{
	return shapes[which].function;
}

Oid
indexes_collation(StoreIndex which)
{
	return key_collation(&shapes[which], 0);
}

bool
indexes_serve(StoreIndex which, const StoreAccess *access)
{
	return access->covers && access->nkeys == shapes[which].nkeys;
}
