/*-------------------------------------------------------------------------
 *
 * search_fold.h
 *	  Characters as search sees them: their kinds, and texts without case and accents.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SEARCH_FOLD_H
#define MODELAPI_ACL_SEARCH_FOLD_H

#include "mb/pg_wchar.h"

/* A flag in a code point: it was an upper-case letter after a lower-case one */
#define BEGINS_PART 0x80000000

/* ASCII digits, and ASCII letters in lower case */
static inline bool
search_fold_is_digit(pg_wchar c)
{
	return c >= '0' && c <= '9';
}

static inline bool
search_fold_is_lower(pg_wchar c)
{
	return c >= 'a' && c <= 'z';
}

/* Whether a code point is a letter or a digit, in any script. */
extern bool search_fold_is_word_character(pg_wchar c);

/* Whether a code point belongs to a script that does not always separate words by spaces. */
extern bool search_fold_is_unspaced(pg_wchar c);

/* Whether a code point is white space. */
extern bool search_fold_is_space(pg_wchar c);

/*
 * search_fold_text: folds a text to lower case, without accents and compatibility forms.
 *
 * Takes code points and their number; returns palloc'd ones, terminated by 0, and their number
 * in *folded_count.  The text is decomposed (NFKD); what remains, such as Korean syllables and
 * Japanese voiced marks, is composed again (NFC).  A letter that was upper-case after a
 * lower-case one has the flag BEGINS_PART.
 */
extern pg_wchar *search_fold_text(const pg_wchar *text, int count, int *folded_count);

#endif							/* MODELAPI_ACL_SEARCH_FOLD_H */
