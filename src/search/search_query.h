/*-------------------------------------------------------------------------
 *
 * search_query.h
 *	  Parses a search query.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SEARCH_QUERY_H
#define MODELAPI_ACL_SEARCH_QUERY_H

#include "utils/uuid.h"

/* The first character of a key that leaves out stop words */
#define SEARCH_KEY_IS_PART '\t'

typedef struct SearchQuery
{
	Datum		words;			/* tsquery that documents have to match; 0: no words */
	Datum		words_in_name;	/* tsquery for a match by the name alone; 0: no words */

	/*
	 * A tsquery that all matches satisfy, and that leaves out what takes long to look up,
	 * such as short prefixes; 0 if that leaves out nothing, or all words of an alternative.
	 */
	Datum		narrowing;
	bool		is_broad;		/* an alternative has short prefixes and excluded terms only */

	/*
	 * For search_rank.c: a key for each alternative, followed by a line feed.  A key is the
	 * words in their order, as search_words_append_key writes them.  An alternative with
	 * stop words has a second key without them, after SEARCH_KEY_IS_PART.
	 */
	bytea	   *keys;
	bool		is_id;			/* the query is an id */
	pg_uuid_t	id;
} SearchQuery;

/*
 * search_query_parse: parses a query.  Allocates in the current memory context.  Raises 22023
 * for a query that is too long, and nothing else: there are no syntax errors.
 */
extern SearchQuery *search_query_parse(text *query);

#endif							/* MODELAPI_ACL_SEARCH_QUERY_H */
