/*-------------------------------------------------------------------------
 *
 * search_words.h
 *	  What search takes for words: for search.c and search_query.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SEARCH_WORDS_H
#define MODELAPI_ACL_SEARCH_WORDS_H

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "nodes/pg_list.h"

/* A word of a text; a run of a script without spaces is cut into pairs of characters. */
typedef struct SearchWord
{
	char	   *text;			/* folded, in the server's encoding */
	int			length;			/* bytes */
	int			characters;
	int			position;		/* from 1; each word has one, and each character of a run */
	bool		is_pair;		/* two characters of a run, or the last one of it */
	bool		is_letters;		/* ASCII letters alone */
	bool		is_stop_word;	/* of English; only where stems were asked for */
	char	   *stem;			/* the English stem where it differs, or NULL */
} SearchWord;

/*
 * search_decode: a text's Unicode code points, palloc'd, and how many.  What has none is
 * taken for a space.
 */
extern pg_wchar *search_decode(const char *text, int length, int *count);

/* search_is_space: whether white space, of ASCII or not */
extern bool search_is_space(pg_wchar c);

/*
 * search_split: the words of code points, as a list of SearchWord.  A query's pairs don't
 * overlap, unless the last one has to; a text's do, one at each character.
 */
extern List *search_split(const pg_wchar *text, int count, bool is_query);

/*
 * search_append_key: appends the words of code points, folded, each followed by a space, or
 * by a full stop within a number; characters of runs one by one.  It is UTF-8, whatever the
 * server's encoding.
 */
extern void search_append_key(StringInfo key, const pg_wchar *text, int count);

#endif							/* MODELAPI_ACL_SEARCH_WORDS_H */
