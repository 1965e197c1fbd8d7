/*-------------------------------------------------------------------------
 *
 * search_words.h
 *	  Splits texts into words, for documents and for queries.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SEARCH_WORDS_H
#define MODELAPI_ACL_SEARCH_WORDS_H

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "nodes/pg_list.h"

/* A word; text in a script without spaces is cut into pairs of characters. */
typedef struct SearchWord
{
	char	   *text;			/* folded, in the database encoding */
	int			length;			/* bytes */
	int			characters;
	int			position;		/* from 1; counts words, and each character without spaces */
	bool		is_pair;		/* two characters without spaces, or a single one */
	bool		is_letters;		/* ASCII letters only */
	bool		is_stop_word;	/* an English stop word */
	char	   *stem;			/* the English stem if it is another word, or NULL */
} SearchWord;

/*
 * search_words_decode: the Unicode code points of a text in the database encoding, palloc'd,
 * and their number.  A character without a code point becomes a space.
 */
extern pg_wchar *search_words_decode(const char *text, int length, int *count);

/*
 * search_words_split: the words, as a list of SearchWord, in the current memory context.
 *
 * A document gets a pair of characters at each character of a text without spaces.  The pairs
 * of a query do not overlap, except for the last one if their number is odd.  A document also
 * gets parts of words and joined words, so that both spellings find it.
 */
extern List *search_words_split(const pg_wchar *text, int count, bool is_query);

/*
 * search_words_append_key: appends the folded words to a key, in UTF-8, each followed by a
 * space, or by a full stop inside a number.  In a script without spaces each character is a
 * word.
 */
extern void search_words_append_key(StringInfo key, const pg_wchar *text, int count);

#endif							/* MODELAPI_ACL_SEARCH_WORDS_H */
