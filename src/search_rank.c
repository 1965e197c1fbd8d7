/*-------------------------------------------------------------------------
 *
 * search_rank.c
 *	  How well a model API matches what somebody has typed.
 *
 * What is in the name comes before what is in the description: the whole name, its
 * beginning, words of it.  What follows the last slash of a name counts as a name, too,
 * and what is before it, as the "meta-llama" of meta-llama/Llama-3.1-8B, for less.  Of names
 * that match alike the shorter one comes first; of descriptions the one that the server's
 * ts_rank() puts first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "tsearch/ts_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "compat.h"
#include "search_query.h"
#include "search_words.h"

PG_FUNCTION_INFO_V1(modelapi_acl_search_rank_1_0);

/* The best first */
typedef enum Match
{
	MATCH_NAME,
	MATCH_BEGINNING,
	MATCH_BEGINNING_IN_WORD,	/* the last word is the beginning of one */
	MATCH_OWNER,				/* the beginning of what is before the slash */
	MATCH_JOINED,				/* words that are one word there, or the other way round */
	MATCH_WORDS,
	MATCH_WORDS_IN_WORD,
	MATCH_WORDS_APART,
	MATCH_DESCRIPTION
} Match;

/* What is best within a match, in so many bits */
#define LENGTH_BITS 10
#define RANK_BITS 11
#define LENGTH_MAX ((1 << LENGTH_BITS) - 1)
#define RANK_MAX ((1 << RANK_BITS) - 1)

typedef struct Key
{
	const char *text;			/* words, each followed by a space */
	int			length;
} Key;

static bool
begins(const char *text, int length, const char *with, int with_length)
{
	return with_length <= length && memcmp(text, with, with_length) == 0;
}

/* Whether a name begins with the words. */
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

/* Leaves out the spaces between letters.  There are at most max bytes. */
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

/* Whether the words follow each other somewhere in a name. */
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

/* How a name matches the words of one alternative; part is what follows its last slash. */
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

/* How a name matches the best of the alternatives, each followed by a line feed. */
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

			/* all that was typed comes first */
			if (is_part)
				match = Max(match, MATCH_BEGINNING_IN_WORD);
			best = Min(best, match);
		}
		keys = until + 1;
	}
	return best;
}

/* A name's key, and how much of it comes before the last slash. */
static Key
name_key(text *name, int *before_slash)
{
	int			count;
	pg_wchar   *characters = search_decode(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), &count);
	StringInfoData key;
	int			slash = count;

	initStringInfo(&key);
	while (slash > 0 && characters[slash - 1] != '/')
		slash--;
	search_append_key(&key, characters, slash);
	*before_slash = key.len;
	search_append_key(&key, characters + slash, count - slash);
	return (Key) {key.data, key.len};
}

/*
 * search_rank(name text, document tsvector, words tsquery, words_in_name tsquery, keys bytea)
 * → integer: the less, the better
 */
Datum
modelapi_acl_search_rank_1_0(PG_FUNCTION_ARGS)
{
	bytea	   *keys;
	int			before_slash;
	Key			name;
	Key			part;
	Match		match;
	int			unlike = 0;

	/* a query of nothing but what is to be missing has no words in the name */
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(4))
		PG_RETURN_NULL();
	keys = PG_GETARG_BYTEA_PP(4);
	name = name_key(PG_GETARG_TEXT_PP(0), &before_slash);
	part = (Key) {name.text + before_slash, name.length - before_slash};
	match = match_any(name, part, VARDATA_ANY(keys), VARSIZE_ANY_EXHDR(keys));
	if (match == MATCH_DESCRIPTION && !PG_ARGISNULL(3) &&
		DatumGetBool(DirectFunctionCall2(ts_match_vq, PG_GETARG_DATUM(1), PG_GETARG_DATUM(3))))
		match = MATCH_WORDS_APART;
	if (match == MATCH_DESCRIPTION)
	{
		float4		rank = DatumGetFloat4(DirectFunctionCall2(ts_rank_tt, PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)));

		unlike = RANK_MAX - (int) (Min(rank, 1.0f) * RANK_MAX);
	}
	PG_RETURN_INT32(((int) match << (LENGTH_BITS + RANK_BITS)) | (unlike << LENGTH_BITS) |
					Min(part.length > 0 ? part.length : name.length, LENGTH_MAX));
}
