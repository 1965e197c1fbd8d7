/*-------------------------------------------------------------------------
 *
 * search_query.c
 *	  What somebody types, as a query of words.
 *
 * What is typed is pieces between spaces.  All have to be found: each word by its
 * beginning, or by its English stem.  A piece of several words, as "llama-3.1", is
 * found where they follow each other.  Quotation marks ask for the words as they stand,
 * a minus sign before a piece for what lacks it, and "or" for either side of it, as
 * in the server's websearch_to_tsquery().  Nothing that is typed is an error, except
 * too much.
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

/* What is asked for costs time for each word and each document */
#define QUERY_LENGTH_MAX 1000	/* characters */
#define QUERY_WORDS_MAX 50
/* With more words, pairs of them are not tried as one */
#define JOINED_WORDS_MAX 4

typedef struct Piece
{
	const pg_wchar *text;
	int			length;
	bool		is_negated;
	bool		is_quoted;
	bool		is_last;		/* of the query: it may still be being typed */
	List	   *words;			/* of SearchWord */
} Piece;

typedef struct Parser
{
	const pg_wchar *next;
	const pg_wchar *end;
	int			nwords;
	List	   *alternatives;	/* lists of Piece */
} Parser;

/* ----------
 * Reading
 * ----------
 */

static void
raise_too_long(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("search query is too long"),
			 errdetail("%s", detail),
			 errhint("Search for fewer words.")));
}

static bool
is_quote(pg_wchar c)
{
	return c == '"' || (c >= 0x201c && c <= 0x201f) || c == 0xff02;
}

/* What ends a piece, as spaces do. */
static bool
ends_piece(pg_wchar c)
{
	static const pg_wchar marks[] = {',', ';', '(', ')', '[', ']', '{', '}', '<', '>', '|', '&', '!', '?',
	0x3001, 0x3002, 0xff0c, 0xff1b, 0xff08, 0xff09};

	for (int i = 0; i < lengthof(marks); i++)
		if (c == marks[i])
			return true;
	return search_is_space(c) || is_quote(c);
}

static bool
is_or(const Piece *piece)
{
	return piece->length == 2 && !piece->is_quoted && !piece->is_negated &&
		(piece->text[0] | 0x20) == 'o' && (piece->text[1] | 0x20) == 'r';
}

/* Reads the next piece; NULL at the end. */
static Piece *
read_piece(Parser *parser)
{
	Piece	   *piece = palloc0(sizeof(Piece));
	bool		after_space = true;

	for (; parser->next < parser->end; parser->next++)
	{
		pg_wchar	c = *parser->next;

		if (c == '-' && after_space)
			piece->is_negated = true;
		else if (is_quote(c) || !ends_piece(c))
			break;
		else
			piece->is_negated = false;
		after_space = c == '-' || search_is_space(c) || c == '(';
	}
	if (parser->next == parser->end)
		return NULL;
	piece->is_quoted = is_quote(*parser->next);
	parser->next += piece->is_quoted;
	piece->text = parser->next;
	while (parser->next < parser->end &&
		   !(piece->is_quoted ? is_quote(*parser->next) : ends_piece(*parser->next)))
		parser->next++;
	piece->length = (int) (parser->next - piece->text);
	if (piece->is_quoted && parser->next < parser->end)
		parser->next++;
	return piece;
}

static bool
is_same(const Piece *a, const Piece *b)
{
	return a->length == b->length && a->is_negated == b->is_negated && a->is_quoted == b->is_quoted &&
		memcmp(a->text, b->text, a->length * sizeof(pg_wchar)) == 0;
}

/* Adds a piece to an alternative, unless it is there or has no words. */
static List *
add_piece(Parser *parser, List *pieces, Piece *piece)
{
	ListCell   *cell;

	foreach(cell, pieces)
		if (is_same(lfirst(cell), piece))
			return pieces;
	piece->words = search_split(piece->text, piece->length, true);
	parser->nwords += list_length(piece->words);
	return piece->words ? lappend(pieces, piece) : pieces;
}

static void
read_alternatives(Parser *parser)
{
	List	   *pieces = NIL;
	Piece	   *piece = read_piece(parser);

	while (piece)
	{
		Piece	   *following = read_piece(parser);

		if (is_or(piece) && pieces && following)
		{
			parser->alternatives = lappend(parser->alternatives, pieces);
			pieces = NIL;
		}
		else
		{
			piece->is_last = following == NULL;
			pieces = add_piece(parser, pieces, piece);
		}
		piece = following;
	}
	if (pieces)
		parser->alternatives = lappend(parser->alternatives, pieces);
	if (parser->nwords > QUERY_WORDS_MAX)
		raise_too_long(psprintf("It may have at most %d words.", QUERY_WORDS_MAX));
}

/* Whether an English word that tells nothing stands alone. */
static bool
is_stop_word(const Piece *piece)
{
	return !piece->is_quoted && list_length(piece->words) == 1 &&
		((SearchWord *) linitial(piece->words))->is_stop_word;
}

/* Leaves out words that tell nothing, if there are others. */
static List *
without_stop_words(List *pieces)
{
	List	   *result = NIL;
	bool		has_others = false;
	ListCell   *cell;

	foreach(cell, pieces)
	{
		Piece	   *piece = lfirst(cell);

		has_others |= !is_stop_word(piece) && !piece->is_negated;
	}
	foreach(cell, pieces)
		if (!has_others || !is_stop_word(lfirst(cell)))
			result = lappend(result, lfirst(cell));
	return result;
}

/* ----------
 * Writing
 * ----------
 */

/* Words are letters, digits and marks: nothing in them has to be escaped. */
static void
append_word(StringInfo out, const char *text, bool is_prefix, bool in_name)
{
	appendStringInfo(out, "'%s'", text);
	if (is_prefix || in_name)
		appendStringInfo(out, ":%s%s", is_prefix ? "*" : "", in_name ? "A" : "");
}

/*
 * Whether a word is found by its beginning.  One character is too little, unless it is
 * being typed after others or is one of a script without spaces.
 */
static bool
is_prefix(const Piece *piece, const SearchWord *word, bool is_alone)
{
	if (piece->is_quoted || piece->is_negated || word != llast(piece->words))
		return false;
	if (word->is_pair)
		return word->characters == 1;
	return word->characters > 1 || (piece->is_last && !(is_alone && list_length(piece->words) == 1));
}

static void
append_piece(StringInfo out, const Piece *piece, bool is_alone, bool in_name)
{
	const SearchWord *before = NULL;
	const SearchWord *first = linitial(piece->words);
	const SearchWord *last = llast(piece->words);
	ListCell   *cell;

	appendStringInfoString(out, piece->is_negated ? "!(" : "(");
	foreach(cell, piece->words)
	{
		SearchWord *word = lfirst(cell);

		if (before)
			appendStringInfo(out, " <%d> ", word->position - before->position);
		append_word(out, word->text, is_prefix(piece, word, is_alone), in_name);
		before = word;
	}
	if (first == last && first->stem && !piece->is_quoted)
	{
		appendStringInfoString(out, " | ");
		append_word(out, first->stem, false, in_name);
	}
	/* "code-llama" for CodeLlama */
	if (list_length(piece->words) == 2 && first->is_letters && last->is_letters && !piece->is_quoted)
	{
		appendStringInfoString(out, " | ");
		append_word(out, psprintf("%s%s", first->text, last->text), is_prefix(piece, last, false), in_name);
	}
	appendStringInfoChar(out, ')');
}

/* Whether two pieces may be one word that was typed as two: "deep seek" */
static bool
may_be_one(const Piece *piece, const Piece *following)
{
	return list_length(piece->words) == 1 && list_length(following->words) == 1 &&
		((SearchWord *) linitial(piece->words))->is_letters &&
		((SearchWord *) linitial(following->words))->is_letters &&
		!piece->is_negated && !piece->is_quoted && !following->is_negated && !following->is_quoted;
}

/* All pieces of an alternative, of which that at a place is one word with the next. */
static void
append_pieces(StringInfo out, List *pieces, int joined, bool in_name)
{
	bool		is_first = true;

	appendStringInfoChar(out, '(');
	for (int i = 0; i < list_length(pieces); i++)
	{
		Piece	   *piece = list_nth(pieces, i);

		if (in_name && piece->is_negated)
			continue;
		appendStringInfoString(out, is_first ? "" : " & ");
		is_first = false;
		if (i == joined)
		{
			Piece	   *following = list_nth(pieces, ++i);

			append_word(out, psprintf("%s%s", ((SearchWord *) linitial(piece->words))->text,
									  ((SearchWord *) linitial(following->words))->text), true, in_name);
		}
		else
			append_piece(out, piece, list_length(pieces) == 1, in_name);
	}
	appendStringInfoChar(out, ')');
}

static bool
has_positive(List *pieces)
{
	ListCell   *cell;

	foreach(cell, pieces)
		if (!((Piece *) lfirst(cell))->is_negated)
			return true;
	return false;
}

static Datum
make_tsquery(Parser *parser, bool in_name)
{
	StringInfoData out;
	ListCell   *cell;

	initStringInfo(&out);
	foreach(cell, parser->alternatives)
	{
		List	   *pieces = without_stop_words(lfirst(cell));
		int			count = list_length(pieces);

		if (in_name && !has_positive(pieces))
			continue;
		if (out.len > 0)
			appendStringInfoString(&out, " | ");
		append_pieces(&out, pieces, -1, in_name);
		for (int i = 0; i + 1 < count && count <= JOINED_WORDS_MAX; i++)
			if (may_be_one(list_nth(pieces, i), list_nth(pieces, i + 1)))
			{
				appendStringInfoString(&out, " | ");
				append_pieces(&out, pieces, i, in_name);
			}
	}
	return out.len == 0 ? (Datum) 0 : DirectFunctionCall1(tsqueryin, CStringGetDatum(out.data));
}

static void
append_key(StringInfo keys, List *pieces)
{
	ListCell   *cell;

	foreach(cell, pieces)
	{
		Piece	   *piece = lfirst(cell);

		if (!piece->is_negated)
			search_append_key(keys, piece->text, piece->length);
	}
	appendStringInfoChar(keys, '\n');
}

static bytea *
make_keys(Parser *parser)
{
	StringInfoData keys;
	ListCell   *cell;
	bytea	   *result;

	initStringInfo(&keys);
	foreach(cell, parser->alternatives)
	{
		List	   *pieces = without_stop_words(lfirst(cell));

		append_key(&keys, lfirst(cell));
		if (list_length(pieces) < list_length(lfirst(cell)))
		{
			appendStringInfoChar(&keys, SEARCH_KEY_IS_PART);
			append_key(&keys, pieces);
		}
	}
	result = palloc(VARHDRSZ + keys.len);
	SET_VARSIZE(result, VARHDRSZ + keys.len);
	memcpy(VARDATA(result), keys.data, keys.len);
	return result;
}

/* Whether a query is a uuid, with spaces, braces or urn:uuid: around it or without hyphens. */
static bool
read_id(const pg_wchar *text, int length, pg_uuid_t *id)
{
	static const char urn[] = "urn:uuid:";
	int			digits = 0;
	int			i = 0;

	while (length > 0 && (search_is_space(text[length - 1]) || text[length - 1] == '}'))
		length--;
	while (i < length && (search_is_space(text[i]) || text[i] == '{'))
		i++;
	if (length - i > strlen(urn))
	{
		int			j = 0;

		while (urn[j] && (text[i + j] | 0x20) == (urn[j] | 0x20))
			j++;
		if (!urn[j])
			i += j;
	}
	for (; i < length; i++)
	{
		pg_wchar	c = text[i] | 0x20;

		if (text[i] == '-' && digits > 0 && digits % 4 == 0 && text[i - 1] != '-')
			continue;
		if (digits == 2 * UUID_LEN || text[i] > 'f' ||
			!((text[i] >= '0' && text[i] <= '9') || (c >= 'a' && c <= 'f')))
			return false;
		id->data[digits / 2] = (digits % 2 ? id->data[digits / 2] << 4 : 0) | (c >= 'a' ? c - 'a' + 10 : text[i] - '0');
		digits++;
	}
	return digits == 2 * UUID_LEN;
}

SearchQuery *
search_parse(text *query)
{
	SearchQuery *result = palloc0(sizeof(SearchQuery));
	Parser		parser = {0};
	int			count;
	pg_wchar   *characters;

	if (pg_mbstrlen_with_len(VARDATA_ANY(query), VARSIZE_ANY_EXHDR(query)) > QUERY_LENGTH_MAX)
		raise_too_long(psprintf("It may have at most %d characters.", QUERY_LENGTH_MAX));
	characters = search_decode(VARDATA_ANY(query), VARSIZE_ANY_EXHDR(query), &count);
	result->is_id = read_id(characters, count, &result->id);
	parser.next = characters;
	parser.end = characters + count;
	read_alternatives(&parser);
	result->words = make_tsquery(&parser, false);
	result->words_in_name = make_tsquery(&parser, true);
	result->keys = make_keys(&parser);
	return result;
}
