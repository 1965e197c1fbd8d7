/*-------------------------------------------------------------------------
 *
 * own_table_lock.h
 *	  Locks an application's table for its owner.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_OWN_TABLE_LOCK_H
#define MODELAPI_ACL_OWN_TABLE_LOCK_H

#include "nodes/pg_list.h"

/*
 * own_table_lock_one: locks a table with AccessExclusiveLock until the transaction ends.  Raises
 * an error unless the current user owns it, and it is one that can be protected: 42P01, 42501 or
 * 42809.
 *
 * own_table_lock_all: the same for a table with its partitions and children.  Returns the OIDs
 * of them all, the table first.
 */
extern void own_table_lock_one(Oid table);
extern List *own_table_lock_all(Oid table);

#endif							/* MODELAPI_ACL_OWN_TABLE_LOCK_H */
