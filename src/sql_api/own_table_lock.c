/*-------------------------------------------------------------------------
 *
 * own_table_lock.c
 *	  Locks an application's table for its owner.
 *
 * Who owns a table is looked up before it is locked, so that nobody can lock the tables of
 * others, and once more afterwards.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "own_table_lock.h"
#include "../compat.h"

/*
 * Raises an error unless the current user owns a table, and it is one that can be protected.
 * Takes no lock.  is_child: it was found by its parent; then returns false if it was dropped.
 */
static bool
check_table(Oid table, bool is_child)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	Form_pg_class form;
	const char *name;

	if (!HeapTupleIsValid(tuple))
	{
		if (is_child)
			return false;
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("table does not exist"));
	}
	form = (Form_pg_class) GETSTRUCT(tuple);
	name = NameStr(form->relname);
	if (!owns_table(table))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(form->relkind), name);
	if (IsSystemClass(table, form))
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("cannot protect \"%s\": it is a system catalog", name));
	if (form->relnamespace == get_namespace_oid("modelapi_acl", true) ||
		form->relnamespace == get_namespace_oid("modelapi_acl_internal", true))
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("cannot protect \"%s\": it belongs to extension modelapi_acl", name),
				errdetail("Tables of the extension have policies of their own."));
	if (form->relkind != RELKIND_RELATION && form->relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("cannot protect \"%s\": it is not a table", name),
				is_child ? errdetail("It is a foreign table, which cannot have row-level security.") : 0,
				is_child ? errhint("Detach it from its parent first.") : 0);
	if (isOtherTempNamespace(form->relnamespace))
		ereport(ERROR,
				errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("cannot protect \"%s\": it is a temporary table of another session", name));
	ReleaseSysCache(tuple);
	return true;
}

/* Returns false if it is a child that was dropped meanwhile. */
static bool
lock_table(Oid table, bool is_child)
{
	if (!check_table(table, is_child))
		return false;
	LockRelationOid(table, AccessExclusiveLock);
	return check_table(table, is_child);
}

void
own_table_lock_one(Oid table)
{
	(void) lock_table(table, false);
}

List *
own_table_lock_all(Oid table)
{
	List	   *locked = list_make1_oid(table);
	bool		found;

	lock_table(table, false);
	do
	{
		List	   *members = find_all_inheritors(table, NoLock, NULL);
		ListCell   *cell;

		found = false;
		foreach(cell, members)
			check_table(lfirst_oid(cell), true);
		foreach(cell, members)
		{
			Oid			member = lfirst_oid(cell);

			if (list_member_oid(locked, member) || !lock_table(member, true))
				continue;
			locked = lappend_oid(locked, member);
			found = true;
		}
	} while (found);
	return locked;
}
