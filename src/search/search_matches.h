/*-------------------------------------------------------------------------
 *
 * search_matches.h
 *	  Finds the model APIs that match a search query.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SEARCH_MATCHES_H
#define MODELAPI_ACL_SEARCH_MATCHES_H

#include "utils/uuid.h"

#include "search_query.h"

/* Called for each model API, best match first. */
typedef void (*SearchConsumer) (const pg_uuid_t *id, void *arg);

/*
 * search_matches_find: the model APIs that match the words of a query and that the current
 * user may view, by the active snapshot.  The query must have words.
 *
 * Returns false, before any call of the consumer, if so many documents match that their
 * places exceed the memory that is meant for them.  Reads documents and model APIs that the
 * user may not view: the caller hides the counters.  Raises what the statements raise.
 */
extern bool search_matches_find(const SearchQuery *query, SearchConsumer consume, void *arg);

#endif							/* MODELAPI_ACL_SEARCH_MATCHES_H */
