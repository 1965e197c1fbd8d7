/*-------------------------------------------------------------------------
 *
 * reach.h
 *	  What reach.c goes by and choice.c chooses: for these two alone.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_REACH_H
#define MODELAPI_ACL_REACH_H

#include "access/relscan.h"
#include "storage/buf.h"

#include "scan.h"

/* So many candidates at most are sorted in memory, 64 bytes each */
#define REACH_SORTED_MAX 200000

/* GATHER goes through these in turn */
typedef enum Arm
{
	ARM_PROJECTS,
	ARM_MODEL_APIS,
	ARM_PUBLIC,
	ARM_END
} Arm;

/* Where an index's entry holds each of them, from 1; 0: all entries are public */
typedef struct EntryColumns
{
	AttrNumber	id;
	AttrNumber	project_id;
	AttrNumber	visibility;
	AttrNumber	authorization_mode;
	AttrNumber	created_at;
} EntryColumns;

/* The indexes that lead to model APIs */
typedef enum Entries
{
	ENTRIES_BY_ID,
	ENTRIES_BY_PROJECT,
	ENTRIES_BY_CREATION,
	ENTRIES_PUBLIC
} Entries;

#define ENTRIES_COUNT (ENTRIES_PUBLIC + 1)

struct Reach
{
	Relation	table;			/* model_apis, the caller's */
	Snapshot	snapshot;
	ScanPlan	plan;
	MemoryContext memory;
	AccessContext *context;
	Permission	permission;
	ReachMethod method;
	bool		loaded;			/* the lists of what is reachable */
	bool		through_projects;	/* see access_reach */
	pg_uuid_t  *projects;
	int			nprojects;
	pg_uuid_t  *model_apis;
	int			nmodel_apis;
	Arm			arm;
	int			position;		/* in the arm's list, or in sorted */
	Candidate  *sorted;			/* MERGE */
	int			nsorted;
	bool		public_ended;
	bool		has_public;
	Candidate	next_public;

	double		steps;			/* WALK: entries passed by, */
	double		found;			/* and permitted ones among them */
	double		next_turn;		/* when it is asked whether to go on */
	Candidate	last;			/* the last of them */
	bool		turned;			/* what does not come after it is done */

	/* for looking at the rows that entries lead to */
	IndexFetchTableData *fetch;
	Buffer		map_buffer;

	Oid			entry_indexes[ENTRIES_COUNT];
	EntryColumns entry_columns[ENTRIES_COUNT];

	/* the index scan that goes on, if any */
	Relation	index;
	IndexScanDesc index_scan;
	const EntryColumns *columns;	/* what its entries hold */
};

/* ----------
 * reach.c
 * ----------
 */

/*
 * Gathers and sorts what isn't public, by lists that choice.c has filled; false where
 * there is more than cap.
 */
extern bool reach_gather_sorted(Reach *reach, int cap);

/* Begins to walk over all, in the plan's order or, without one, in any. */
extern ReachMethod reach_begin_walk(Reach *reach);
extern void reach_end_index(Reach *reach);

/* ----------
 * choice.c
 * ----------
 */

/* Choose the way, and prepare it. */
extern ReachMethod reach_choose_in_order(Reach *reach);
extern ReachMethod reach_choose_in_no_order(Reach *reach);

/*
 * After so many entries a walk asks itself for the first time whether to go on; where
 * nothing was found at all, earlier
 */
#define STEPS_MIN 2048
#define STEPS_WITHOUT_ROW 64

/*
 * Whether the way has changed.  To be called when the next entry has another place than
 * the last one, since a row that has changed has several entries in one place, all of
 * which have to be behind; if it has changed that entry comes again.
 */
extern bool reach_turn_from_walk(Reach *reach);

#endif							/* MODELAPI_ACL_REACH_H */
