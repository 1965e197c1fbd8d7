/*-------------------------------------------------------------------------
 *
 * ids.c
 *	  Ids of rows, which the extension alone makes.
 *
 * An id that a caller chooses may be that of a row which is there, hidden from
 * the caller: ON CONFLICT, and whoever believes that a row is being created,
 * would then act on that row.  So the columns' default remembers what it made in
 * this transaction, and guards take no other id, and each only once.  An id that
 * was taken inside a savepoint can be taken again after its rollback.
 *
 * What is taken outside any savepoint is forgotten at once: a rollback ends the
 * transaction.  So a statement that inserts many rows remembers few.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "modelapi_acl.h"

PG_FUNCTION_INFO_V1(modelapi_acl_new_id_1_0);

typedef struct MadeId
{
	pg_uuid_t	id;				/* the key */
	bool		taken;
} MadeId;

/* An id taken in a subtransaction: inner ones come later in the list */
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

/* What was taken in it may be taken again, or belongs to its parent. */
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
ids_initialize(void)
{
	RegisterXactCallback(forget_ids, NULL);
	RegisterSubXactCallback(end_subtransaction, NULL);
}

static void
make_room(void)
{
	int			room = Max(16, taken_room * 2);

	if (taken_count < taken_room)
		return;
	if (taken_ids)
		taken_ids = repalloc_huge(taken_ids, room * sizeof(TakenId));
	else
		taken_ids = MemoryContextAllocHuge(TopTransactionContext, room * sizeof(TakenId));
	taken_room = room;
}

pg_uuid_t
ids_make(void)
{
	pg_uuid_t	id;

	if (!pg_strong_random(&id, sizeof(id)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	/* version 4, of the variant of RFC 4122 */
	id.data[6] = (id.data[6] & 0x0f) | 0x40;
	id.data[8] = (id.data[8] & 0x3f) | 0x80;
	return id;
}

bool
ids_take(const pg_uuid_t *id)
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

	*id = ids_make();
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
