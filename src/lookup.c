/*-------------------------------------------------------------------------
 *
 * lookup.c
 *	  A custom scan of the tables around model_apis: what hangs on them, grants,
 *	  projects and the audit history.
 *
 * Their policies ask for a permission on the row's model API, or for something
 * that stands in the row itself.  Either way there are few keys by which the rows
 * can be looked up: the model APIs or projects that the one asking reaches, their
 * organizations, themselves.  This node looks them up one key after another, one
 * kind of key ("arm") after another, or reads the whole table where there are too
 * many keys; which of both is decided when it runs.
 *
 * All that it gives out are candidates: the policy's condition stays a filter
 * above it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/uuid.h"

#include "compat.h"
#include EXPLAIN_PROPERTY_HEADER
#include "modelapi_acl.h"
#include "scan.h"

/* With more keys than so many, other than model APIs, the whole table is read */
#define KEYS_MAX 10000

typedef struct LookupScan
{
	CustomScanState css;
	LookupArm	arms[LOOKUP_ARMS_MAX];
	int			narms;
	List	   *arguments;		/* ExprStates: permission, identity */

	/* of one execution */
	bool		started;
	bool		reads_table;
	MemoryContext memory;
	Identity	identity;
	Permission	permission;
	Relation	model_apis;		/* NULL unless an arm is about them */
	Reach	   *reach;
	TupleTableSlot *model_api_slot;
	AccessContext *context;
	const pg_uuid_t *keys[LOOKUP_ARMS_MAX]; /* but of model APIs */
	int			nkeys[LOOKUP_ARMS_MAX];
	int			arm;
	int			position;		/* in the arm's keys */
	Relation	index;			/* the arm's; NULL: none is open */
	IndexScanDesc index_scan;
	bool		in_key;			/* it stands in a key's rows */
	pg_uuid_t	key;			/* that key: the index scan points to it */
	TableScanDesc table_scan;
	TupleTableSlot *slot;
} LookupScan;

/* ----------
 * Which tables
 * ----------
 */
typedef struct LookupRule
{
	StoreIndex	table;			/* an index of it */
	Permission	permission;
	int			narms;
	struct
	{
		KeySource	source;
		StoreIndex	index;
		AttrNumber	column;		/* as sql/install/30_tables.sql numbers them */
	}			arms[LOOKUP_ARMS_MAX];
} LookupRule;

static const LookupRule rules[] =
{
	{INDEX_PROJECTS, PERMISSION_VIEW, 1,
	{{KEYS_PROJECTS, INDEX_PROJECTS, 1}}},
	{INDEX_PROJECT_GRANTS, PERMISSION_VIEW_COLLABORATORS, 3,
		{{KEYS_PROJECTS, INDEX_PROJECT_GRANTS, 2},
			{KEYS_USER, INDEX_PROJECT_USERS, 3},
	{KEYS_ORGANIZATIONS, INDEX_PROJECT_ORGANIZATIONS, 4}}},
	{INDEX_MODEL_API_GRANTS, PERMISSION_VIEW_COLLABORATORS, 3,
		{{KEYS_MODEL_APIS, INDEX_MODEL_API_GRANTS, 2},
			{KEYS_USER, INDEX_MODEL_API_USERS, 3},
	{KEYS_ORGANIZATIONS, INDEX_MODEL_API_ORGANIZATIONS, 4}}},
	{INDEX_AUDIT_MODEL_APIS, PERMISSION_VIEW_AUDIT, 3,
		{{KEYS_MODEL_APIS, INDEX_AUDIT_MODEL_APIS, 10},
			{KEYS_PROJECTS, INDEX_AUDIT_PROJECTS, 9},
	{KEYS_ORGANIZATIONS, INDEX_AUDIT_OBJECTS, 8}}},
};

int
lookup_arms(Oid table, LookupArm arms[LOOKUP_ARMS_MAX], Permission *permission)
{
	for (int i = 0; i < lengthof(rules); i++)
	{
		Oid			table_oid;
		Oid			index_oid;

		catalog_index(rules[i].table, &table_oid, &index_oid);
		if (table_oid != table)
			continue;
		*permission = rules[i].permission;
		for (int j = 0; j < rules[i].narms; j++)
		{
			catalog_index(rules[i].arms[j].index, &table_oid, &index_oid);
			arms[j].source = rules[i].arms[j].source;
			arms[j].index = index_oid;
			arms[j].column = rules[i].arms[j].column;
		}
		return rules[i].narms;
	}
	return 0;
}

/* ----------
 * Keys
 * ----------
 */

/* Gets an arm's keys; false where there are too many. */
static bool
load_keys(LookupScan *scan, int arm)
{
	pg_uuid_t  *projects;

	switch (scan->arms[arm].source)
	{
		case KEYS_MODEL_APIS:
			return reach_method(scan->reach) != REACH_TABLE;
		case KEYS_PROJECTS:
			if (!access_reach(scan->context, GRANT_ON_PROJECT, scan->permission, KEYS_MAX,
							  &projects, &scan->nkeys[arm]))
				return false;
			scan->keys[arm] = projects;
			break;
		case KEYS_ORGANIZATIONS:
			scan->nkeys[arm] = access_organizations(scan->context, &scan->keys[arm]);
			break;
		case KEYS_USER:
			scan->keys[arm] = &scan->identity.user_id;
			scan->nkeys[arm] = 1;
			break;
	}
	return true;
}

/* Whether a value is among an arm's keys. */
static bool
is_key(LookupScan *scan, KeySource source, const pg_uuid_t *value)
{
	Principal	principal = {PRINCIPAL_USER, *value};
	const ModelApiFacts *facts;

	switch (source)
	{
		case KEYS_MODEL_APIS:
			facts = access_model_api(scan->context, value);
			return facts && access_permits(scan->context, facts, scan->permission);
		case KEYS_PROJECTS:
			return access_reaches(scan->context, GRANT_ON_PROJECT, value, scan->permission);
		case KEYS_ORGANIZATIONS:
			principal.kind = PRINCIPAL_ORGANIZATION;
			return access_holds_as(scan->context, &principal);
		case KEYS_USER:
			return access_holds_as(scan->context, &principal);
	}
	return false;
}

/* Whether an arm before the present one has given out a row. */
static bool
has_come_up(LookupScan *scan, TupleTableSlot *slot)
{
	for (int i = 0; i < scan->arm; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, scan->arms[i].column, &isnull);

		if (!isnull && is_key(scan, scan->arms[i].source, DatumGetUUIDP(value)))
			return true;
	}
	return false;
}

/* Goes to the next key of the present arm. */
static bool
next_key(LookupScan *scan)
{
	Candidate	candidate;

	if (scan->arms[scan->arm].source != KEYS_MODEL_APIS)
	{
		if (scan->position == scan->nkeys[scan->arm])
			return false;
		scan->key = scan->keys[scan->arm][scan->position++];
		return true;
	}
	while (reach_next(scan->reach, &candidate))
	{
		/* a row that has changed has more entries than one */
		if (!reach_is_all_visible(scan->reach, &candidate) &&
			!reach_fetch(scan->reach, &candidate, scan->model_api_slot))
			continue;
		scan->key = candidate.facts.id;
		return true;
	}
	return false;
}

/* ----------
 * Rows
 * ----------
 */

static void
end_arm(LookupScan *scan)
{
	if (scan->index)
	{
		index_endscan(scan->index_scan);
		index_close(scan->index, AccessShareLock);
		scan->index = NULL;
	}
	scan->in_key = false;
}

static void
look_up(LookupScan *scan)
{
	ScanKeyData key;

	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_UUID_EQ, UUIDPGetDatum(&scan->key));
	if (!scan->index)
	{
		MemoryContext old = MemoryContextSwitchTo(scan->memory);

		scan->index = index_open(scan->arms[scan->arm].index, AccessShareLock);
		scan->index_scan = begin_index_scan(scan->css.ss.ss_currentRelation, scan->index,
											 scan->css.ss.ps.state->es_snapshot, 1);
		MemoryContextSwitchTo(old);
	}
	index_rescan(scan->index_scan, &key, 1, NULL, 0);
	scan->in_key = true;
}

/* Stores the next row of the arms, in turn, in the scan's own slot. */
static bool
next_looked_up(LookupScan *scan)
{
	while (scan->arm < scan->narms)
	{
		CHECK_FOR_INTERRUPTS();
		if (scan->in_key)
		{
			if (!index_getnext_slot(scan->index_scan, ForwardScanDirection, scan->slot))
				scan->in_key = false;
			else if (!has_come_up(scan, scan->slot))
				return true;
		}
		else if (next_key(scan))
			look_up(scan);
		else
		{
			end_arm(scan);
			scan->arm++;
			scan->position = 0;
		}
	}
	return false;
}

/* ----------
 * The node
 * ----------
 */

/* Evaluates the arguments, gets the keys and chooses the way. */
static void
start(LookupScan *scan)
{
	static const ScanPlan plan = {
		.order = NoMovementScanDirection, .wants_public = true, .wants_private = true
	};
	Relation	table = scan->css.ss.ss_currentRelation;
	Snapshot	snapshot = scan->css.ss.ps.state->es_snapshot;
	MemoryContext old;

	scan_arguments(scan->arguments, scan->css.ss.ps.ps_ExprContext,
				   &scan->permission, &scan->identity);
	scan->started = true;
	scan->arm = scan->position = 0;
	if (scan->identity.kind == IDENTITY_NOBODY)
	{
		scan->arm = scan->narms;
		return;
	}

	old = MemoryContextSwitchTo(scan->memory);
	scan->slot = table_slot_create(table, NULL);
	if (scan->arms[0].source == KEYS_MODEL_APIS)
	{
		Oid			table_oid;
		Oid			index_oid;

		catalog_index(INDEX_MODEL_APIS, &table_oid, &index_oid);
		scan->model_apis = table_open(table_oid, AccessShareLock);
		scan->model_api_slot = table_slot_create(scan->model_apis, NULL);
		scan->reach = reach_begin(scan->model_apis, snapshot, &scan->identity,
								  scan->permission, &plan);
		scan->context = reach_context(scan->reach);
	}
	else
		scan->context = access_context(NULL, scan->memory, &scan->identity, snapshot);
	scan->reads_table = scan->identity.kind == IDENTITY_ADMINISTRATOR;
	for (int i = 0; i < scan->narms && !scan->reads_table; i++)
		scan->reads_table = !load_keys(scan, i);
	if (scan->reads_table)
		scan->table_scan = table_beginscan(table, snapshot, 0, NULL);
	MemoryContextSwitchTo(old);
}

static TupleTableSlot *
next_row(ScanState *node)
{
	LookupScan *scan = (LookupScan *) node;

	if (!scan->started)
		start(scan);
	if (scan->reads_table ?
		table_scan_getnextslot(scan->table_scan, ForwardScanDirection, scan->slot) :
		next_looked_up(scan))
		return scan_emit(&scan->css, scan->slot);
	return NULL;
}

/* No row is locked below this node; see support.c. */
static bool
recheck_row(ScanState *node, TupleTableSlot *slot)
{
	elog(ERROR, "a scan by reachable keys can't check a row again");
}

static TupleTableSlot *
lookup_exec(CustomScanState *node)
{
	return ExecScan(&node->ss, next_row, recheck_row);
}

static void
stop(LookupScan *scan)
{
	if (!scan->started)
		return;
	scan->started = false;
	ExecClearTuple(scan->css.ss.ss_ScanTupleSlot);
	end_arm(scan);
	if (scan->table_scan)
		table_endscan(scan->table_scan);
	if (scan->reach)
		reach_end(scan->reach);
	if (scan->model_apis)
	{
		ExecDropSingleTupleTableSlot(scan->model_api_slot);
		table_close(scan->model_apis, AccessShareLock);
	}
	if (scan->slot)
		ExecDropSingleTupleTableSlot(scan->slot);
	scan->table_scan = NULL;
	scan->reach = NULL;
	scan->model_apis = NULL;
	scan->slot = NULL;
	scan->reads_table = false;
	MemoryContextReset(scan->memory);
}

static void
lookup_begin(CustomScanState *node, EState *estate, int eflags)
{
	LookupScan *scan = (LookupScan *) node;
	CustomScan *cscan = (CustomScan *) node->ss.ps.plan;

	scan->arguments = ExecInitExprList(cscan->custom_exprs, &node->ss.ps);
	scan->memory = AllocSetContextCreate(estate->es_query_cxt, "modelapi_acl look-up",
										 ALLOCSET_DEFAULT_SIZES);
}

static void
lookup_end(CustomScanState *node)
{
	stop((LookupScan *) node);
}

static void
lookup_rescan(CustomScanState *node)
{
	stop((LookupScan *) node);
	ExecScanReScan(&node->ss);
}

static void
lookup_explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	LookupScan *scan = (LookupScan *) node;

	if (es->analyze && scan->started)
		ExplainPropertyText("Method", scan->identity.kind == IDENTITY_NOBODY ? "nothing" :
							scan->reads_table ? "table" : "look-up", es);
}

static const CustomExecMethods lookup_exec_methods = {
	.CustomName = "modelapi_acl look-up",
	.BeginCustomScan = lookup_begin,
	.ExecCustomScan = lookup_exec,
	.EndCustomScan = lookup_end,
	.ReScanCustomScan = lookup_rescan,
	.ExplainCustomScan = lookup_explain,
};

static Node *
lookup_create(CustomScan *cscan)
{
	LookupScan *scan = (LookupScan *) newNode(sizeof(LookupScan), T_CustomScanState);
	ListCell   *cell;

	scan->css.methods = &lookup_exec_methods;
	foreach(cell, cscan->custom_private)
	{
		List	   *arm = lfirst_node(List, cell);
		LookupArm  *target = &scan->arms[scan->narms++];

		target->source = (KeySource) intVal(linitial(arm));
		target->index = (Oid) floatVal(lsecond(arm));
		target->column = (AttrNumber) intVal(lthird(arm));
	}
	return (Node *) scan;
}

const CustomScanMethods lookup_scan_methods = {
	.CustomName = "modelapi_acl look-up",
	.CreateCustomScanState = lookup_create,
};

List *
lookup_arms_to_list(const LookupArm *arms, int narms)
{
	List	   *list = NIL;

	/* an OID may not fit an integer */
	for (int i = 0; i < narms; i++)
		list = lappend(list, list_make3(makeInteger(arms[i].source),
										makeFloat(psprintf("%u", arms[i].index)),
										makeInteger(arms[i].column)));
	return list;
}
