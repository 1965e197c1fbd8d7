/*-------------------------------------------------------------------------
 *
 * protected_key.c
 *	  The key of a protected table: its column, and whether it leads to model APIs or projects.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "protected_key.h"
#include "../access/permissions.h"
#include "../catalog/object_ids.h"
#include "../compat.h"

/* What a key with such a permission leads to. */
static KeyTarget
target_of_permission(const char *permission)
{
	for (int i = 0; i < PERMISSION_COUNT; i++)
		if (strcmp(permissions_name((Permission) i), permission) == 0)
			return KEY_TO_MODEL_APIS;
	for (int i = 0; i < PROJECT_PERMISSION_COUNT; i++)
		if (strcmp(permissions_project_name((ProjectPermission) i), permission) == 0)
			return KEY_TO_PROJECTS;
	return KEY_TO_UNKNOWN;
}

/* What the permissions of the call say the key leads to; KEY_TO_UNKNOWN if none is given. */
static KeyTarget
target_of_permissions(const GivenPermission *given, int count)
{
	KeyTarget	target = KEY_TO_UNKNOWN;

	for (int i = 0; i < count; i++)
	{
		KeyTarget	of_this;

		if (!given[i].permission)
			continue;
		of_this = target_of_permission(given[i].permission);
		if (of_this == KEY_TO_UNKNOWN)
			ereport(ERROR,
					errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("unknown permission \"%s\"", given[i].permission),
					errdetail("It is the value of %s.", given[i].argument),
					errhint("The permissions are those of has_permission and of has_project_permission."));
		if (target != KEY_TO_UNKNOWN && of_this != target)
			ereport(ERROR,
					errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("cannot mix permissions on model APIs and on projects"),
					errhint("Call protect_table for each key, with its own permissions."));
		target = of_this;
	}
	return target;
}

/* What the foreign keys on the column lead to; KEY_TO_UNKNOWN without any. */
static KeyTarget
target_of_foreign_keys(Oid table, AttrNumber column)
{
	Relation	relation = table_open(table, NoLock);
	Oid			model_apis = object_ids_table(TABLE_MODEL_APIS);
	Oid			projects = object_ids_table(TABLE_PROJECTS);
	KeyTarget	target = KEY_TO_UNKNOWN;
	ListCell   *cell;

	foreach(cell, RelationGetFKeyList(relation))
	{
		ForeignKeyCacheInfo *foreign_key = lfirst(cell);
		KeyTarget	of_this;

		if (foreign_key->nkeys != 1 || foreign_key->conkey[0] != column)
			continue;
		of_this = foreign_key->confrelid == model_apis ? KEY_TO_MODEL_APIS :
			foreign_key->confrelid == projects ? KEY_TO_PROJECTS : KEY_TO_UNKNOWN;
		if (target != KEY_TO_UNKNOWN && of_this != KEY_TO_UNKNOWN && of_this != target)
			ereport(ERROR,
					errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("column \"%s\" refers both to model APIs and to projects",
						   get_attname(table, column, false)),
					errhint("Pass to_select."));
		if (of_this != KEY_TO_UNKNOWN)
			target = of_this;
	}
	table_close(relation, NoLock);
	return target;
}

AttrNumber
protected_key_column(Oid table, const char *key)
{
	AttrNumber	column = get_attnum(table, key);

	if (column <= 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("table \"%s\" has no column \"%s\"", get_rel_name(table), key),
				errhint("Pass the name of the column with the ids of model APIs or projects as key."));
	if (getBaseType(get_atttype(table, column)) != UUIDOID)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("column \"%s\" of table \"%s\" is not of type uuid", key, get_rel_name(table)),
				errdetail("Its type is %s.", format_type_be(get_atttype(table, column))));
	return column;
}

/* Without permissions and foreign keys, a key of the default name leads to model APIs. */
KeyTarget
protected_key_target(Oid table, AttrNumber column, const GivenPermission *given, int count)
{
	const char *key = get_attname(table, column, false);
	KeyTarget	target = target_of_permissions(given, count);

	if (target == KEY_TO_UNKNOWN)
		target = target_of_foreign_keys(table, column);
	if (target == KEY_TO_UNKNOWN && strcmp(key, "model_api_id") == 0)
		target = KEY_TO_MODEL_APIS;
	if (target == KEY_TO_UNKNOWN)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("cannot tell whether column \"%s\" leads to model APIs or to projects", key),
				errdetail("It has no foreign key to either, and no permission was given."),
				errhint("Pass to_select: \"view\" for model APIs, \"view_project\" for projects."));
	return target;
}
