/*-------------------------------------------------------------------------
 *
 * search_query.h
 *	  What somebody types, as a query of words: for search.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SEARCH_QUERY_H
#define MODELAPI_ACL_SEARCH_QUERY_H

#include "utils/uuid.h"

/* Begins a key in which words that were typed are left out */
#define SEARCH_KEY_IS_PART '\t'

typedef struct SearchQuery
{
	Datum		words;			/* tsquery: what matches; 0 where there are no words */
	Datum		words_in_name;	/* tsquery: what matches by the name alone; 0 likewise */
	bytea	   *keys;			/* the words typed, in their order, by search_append_key: each
								 * alternative's followed by a line feed; after
								 * SEARCH_KEY_IS_PART those without stop words */
	bool		is_id;
	pg_uuid_t	id;
} SearchQuery;

/*
 * search_parse: reads a query.  Raises 22023 for one that is too long, and nothing else:
 * whatever is typed means something.
 */
extern SearchQuery *search_parse(text *query);

#endif							/* MODELAPI_ACL_SEARCH_QUERY_H */
