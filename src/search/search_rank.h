/*-------------------------------------------------------------------------
 *
 * search_rank.h
 *	  Ranks a model API that matches a search query.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SEARCH_RANK_H
#define MODELAPI_ACL_SEARCH_RANK_H

#include "search_query.h"

/*
 * search_rank_by_name: how well a name matches a query; lower is better.
 * search_rank_is_final: whether that is the rank of the model API.  If not, its name does not
 * have the words in their order, and search_rank_by_document completes the rank.
 *
 * They allocate in the current memory context, and leave it to the caller to free that.
 */
extern int	search_rank_by_name(text *name, const SearchQuery *query);
extern bool search_rank_is_final(int rank);
extern int	search_rank_by_document(int rank, Datum document, const SearchQuery *query);

#endif							/* MODELAPI_ACL_SEARCH_RANK_H */
