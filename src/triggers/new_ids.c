/*-------------------------------------------------------------------------
 *
 * new_ids.c
 *	  Ids of new rows, which only the extension generates.
 *
 * If a client could choose an id, it could choose that of a row that is hidden from it.  ON
 * CONFLICT, or code that assumes a new row, would then act on that row.  So the default of the
 * id columns remembers the ids that it generated in this transaction; the guards accept only
 * these, and each of them once.  An id that was used inside a savepoint can be used again after
 * its rollback.
 *
 * An id that is used outside of savepoints is forgotten at once, since a rollback ends the
 * transaction.  So a statement that inserts many rows remembers few of them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "new_ids.h"
#include "../compat.h"
#include "../values/arrays.h"
#include "../values/uuids.h"

PG_FUNCTION_INFO_V1(modelapi_acl_new_id_1_0);

typedef struct MadeId
{
	pg_uuid_t	id;				/* the key */
	bool		taken;
} MadeId;

/* An id that a subtransaction used; those of inner ones come later in the list */
typedef struct TakenId
{
	SubTransactionId subtransaction;
	MadeId	   *made;
} TakenId;

/* Both in TopTransactionContext */
static HTAB *made_ids = NULL;
static TakenId *taken_ids = NULL;
static int	taken_count = 0;
static int	taken_room = 0;

static void
forget_ids(XactEvent event, void *arg)
{
	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
		return;
	made_ids = NULL;
	taken_ids = NULL;
	taken_count = taken_room = 0;
}

static void
forget_made(MadeId *made)
{
	hash_search(made_ids, &made->id, HASH_REMOVE, NULL);
}

/* At abort the ids can be used again, at commit they belong to the parent. */
static void
end_subtransaction(SubXactEvent event, SubTransactionId mine,
				   SubTransactionId parent, void *arg)
{
	if (event != SUBXACT_EVENT_ABORT_SUB && event != SUBXACT_EVENT_COMMIT_SUB)
		return;
	for (int i = taken_count - 1; i >= 0 && taken_ids[i].subtransaction == mine; i--)
	{
		if (event == SUBXACT_EVENT_COMMIT_SUB && parent != TopSubTransactionId)
		{
			taken_ids[i].subtransaction = parent;
			continue;
		}
		taken_ids[i].made->taken = false;
		if (event == SUBXACT_EVENT_COMMIT_SUB)
			forget_made(taken_ids[i].made);
		taken_count = i;
	}
}

void
new_ids_initialize(void)
{
	RegisterXactCallback(forget_ids, NULL);
	RegisterSubXactCallback(end_subtransaction, NULL);
}

static void
make_room(void)
{
	MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);

	taken_ids = arrays_make_room(taken_ids, taken_count, &taken_room, sizeof(TakenId));
	MemoryContextSwitchTo(old);
}

bool
new_ids_claim(const pg_uuid_t *id)
{
	MadeId	   *made = made_ids ? hash_search(made_ids, id, HASH_FIND, NULL) : NULL;

	if (!made || made->taken)
		return false;
	if (GetCurrentTransactionNestLevel() == 1)
		forget_made(made);
	else
	{
		make_room();
		taken_ids[taken_count].subtransaction = GetCurrentSubTransactionId();
		taken_ids[taken_count].made = made;
		taken_count++;
		made->taken = true;
	}
	return true;
}

/* modelapi_acl.new_id() → uuid: the default of the columns "id" */
Datum
modelapi_acl_new_id_1_0(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));
	MadeId	   *made;

	*id = uuids_generate();
	if (!made_ids)
	{
		HASHCTL		control = {0};

		control.keysize = sizeof(pg_uuid_t);
		control.entrysize = sizeof(MadeId);
		control.hcxt = TopTransactionContext;
		made_ids = hash_create("ids of modelapi_acl", 64, &control,
							   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	made = hash_search(made_ids, id, HASH_ENTER, NULL);
	made->taken = false;
	PG_RETURN_UUID_P(id);
}
