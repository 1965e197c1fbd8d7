/*-------------------------------------------------------------------------
 *
 * search_rank.c
 *	  Ranks a model API that matches a search query.
 *
 * A match in the name ranks above one in the description: first the whole name, then its
 * beginning, then words in it.  The part after the last slash counts as a name of its own; the
 * part before it, such as "meta-llama" in meta-llama/Llama-3.1-8B, counts less.  Among names
 * that match equally, shorter ones come first; among descriptions, ts_rank() decides.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "tsearch/ts_type.h"
#include "utils/fmgrprotos.h"

#include "search_rank.h"
#include "../compat.h"
#include "search_words.h"

PG_FUNCTION_INFO_V1(modelapi_acl_search_rank_1_0);

/* How a name matches, best first */
typedef enum Match
{
	MATCH_NAME,
	MATCH_BEGINNING,
	MATCH_BEGINNING_IN_WORD,	/* the last word of the query is a prefix */
	MATCH_OWNER,				/* the beginning of the part before the slash */
	MATCH_JOINED,				/* equal to the beginning but for spaces */
	MATCH_WORDS,
	MATCH_WORDS_IN_WORD,
	MATCH_WORDS_APART,
	MATCH_DESCRIPTION
} Match;

/* The bits of the rank that order equal matches */
#define LENGTH_BITS 10
#define RANK_BITS 11
#define LENGTH_MAX ((1 << LENGTH_BITS) - 1)
#define RANK_MAX ((1 << RANK_BITS) - 1)

typedef struct Key
{
	const char *text;			/* folded words, each followed by a space */
	int			length;
} Key;

static bool
begins(const char *text, int length, const char *with, int with_length)
{
	return with_length <= length && memcmp(text, with, with_length) == 0;
}

/* How the beginning of a name matches the words. */
static Match
match_beginning(Key name, Key words)
{
	if (begins(name.text, name.length, words.text, words.length))
		return name.length == words.length ? MATCH_NAME : MATCH_BEGINNING;
	if (begins(name.text, name.length, words.text, words.length - 1))
		return MATCH_BEGINNING_IN_WORD;
	return MATCH_DESCRIPTION;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Copies a key, up to max bytes, without the spaces between letters. */
static Key
join(Key key, char *buffer, int max)
{
	int			length = 0;

	for (int i = 0; i < key.length && length < max; i++)
		if (key.text[i] != ' ' ||
			(i > 0 && i + 1 < key.length && (is_digit(key.text[i - 1]) || is_digit(key.text[i + 1]))))
			buffer[length++] = key.text[i];
	return (Key) {buffer, length};
}

static Match
match_joined(Key name, Key words)
{
	char		name_buffer[256];
	char		words_buffer[256];
	Key			joined = join(words, words_buffer, sizeof(words_buffer));
	Key			joined_name = join(name, name_buffer, sizeof(name_buffer));

	return begins(joined_name.text, joined_name.length, joined.text, joined.length) ?
		MATCH_JOINED : MATCH_DESCRIPTION;
}

/* How the words match in the middle of a name, one after the other. */
static Match
match_inside(Key name, Key words)
{
	Match		best = MATCH_DESCRIPTION;

	for (int i = 1; i + words.length <= name.length; i++)
	{
		if (name.text[i - 1] != ' ' ||
			!begins(name.text + i, name.length - i, words.text, words.length - 1))
			continue;
		if (name.text[i + words.length - 1] == ' ')
			return MATCH_WORDS;
		best = MATCH_WORDS_IN_WORD;
	}
	return best;
}

/* How a name matches the words of one alternative; part is the part after the slash. */
static Match
match_name(Key name, Key part, Key words)
{
	Match		best = match_beginning(part, words);
	Match		whole = best;

	if (part.length < name.length)
		whole = match_beginning(name, words);
	if (whole < best)
		best = words.length <= name.length - part.length ? MATCH_OWNER : whole;
	if (best == MATCH_DESCRIPTION)
		best = match_joined(part, words);
	if (best == MATCH_DESCRIPTION)
		best = match_inside(name, words);
	return best;
}

/* The best match of a name with the keys of a SearchQuery. */
static Match
match_any(Key name, Key part, const char *keys, int length)
{
	Match		best = MATCH_DESCRIPTION;
	const char *end = keys + length;

	while (keys < end)
	{
		const char *until = memchr(keys, '\n', end - keys);
		bool		is_part = *keys == SEARCH_KEY_IS_PART;

		if (!until)
			until = end;
		keys += is_part;
		if (until > keys)
		{
			Match		match = match_name(name, part, (Key) {keys, (int) (until - keys)});

			/* without stop words it is not the whole name */
			if (is_part)
				match = Max(match, MATCH_BEGINNING_IN_WORD);
			best = Min(best, match);
		}
		keys = until + 1;
	}
	return best;
}

/* The key of a name, and the length of its part up to the last slash. */
static Key
name_key(text *name, int *before_slash)
{
	int			count;
	pg_wchar   *characters = search_words_decode(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), &count);
	StringInfoData key;
	int			slash = count;

	initStringInfo(&key);
	while (slash > 0 && characters[slash - 1] != '/')
		slash--;
	search_words_append_key(&key, characters, slash);
	*before_slash = key.len;
	search_words_append_key(&key, characters + slash, count - slash);
	return (Key) {key.data, key.len};
}

int
search_rank_by_name(text *name_text, const SearchQuery *query)
{
	int			before_slash;
	Key			name = name_key(name_text, &before_slash);
	Key			part = {name.text + before_slash, name.length - before_slash};
	Match		match = match_any(name, part, VARDATA_ANY(query->keys), VARSIZE_ANY_EXHDR(query->keys));

	return ((int) match << (LENGTH_BITS + RANK_BITS)) |
		Min(part.length > 0 ? part.length : name.length, LENGTH_MAX);
}

bool
search_rank_is_final(int rank)
{
	return rank >> (LENGTH_BITS + RANK_BITS) != MATCH_DESCRIPTION;
}

int
search_rank_by_document(int rank, Datum document, const SearchQuery *query)
{
	float4		likeness;

	if (query->words_in_name &&
		DatumGetBool(DirectFunctionCall2(ts_match_vq, document, query->words_in_name)))
		return ((int) MATCH_WORDS_APART << (LENGTH_BITS + RANK_BITS)) | (rank & LENGTH_MAX);
	likeness = DatumGetFloat4(DirectFunctionCall2(ts_rank_tt, document, query->words));
	return rank | ((RANK_MAX - (int) (Min(likeness, 1.0f) * RANK_MAX)) << LENGTH_BITS);
}

/*
 * search_rank(name text, document tsvector, words tsquery, words_in_name tsquery, keys bytea)
 * → integer: lower is better
 */
Datum
modelapi_acl_search_rank_1_0(PG_FUNCTION_ARGS)
{
	SearchQuery query = {0};
	int			rank;

	/* words_in_name is NULL for a query that has excluded terms only */
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(4))
		PG_RETURN_NULL();
	query.words = PG_GETARG_DATUM(2);
	query.words_in_name = PG_ARGISNULL(3) ? (Datum) 0 : PG_GETARG_DATUM(3);
	query.keys = PG_GETARG_BYTEA_PP(4);
	rank = search_rank_by_name(PG_GETARG_TEXT_PP(0), &query);
	if (!search_rank_is_final(rank))
		rank = search_rank_by_document(rank, PG_GETARG_DATUM(1), &query);
	PG_RETURN_INT32(rank);
}
