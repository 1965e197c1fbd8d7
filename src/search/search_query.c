/*-------------------------------------------------------------------------
 *
 * search_query.c
 *	  Parses a search query.
 *
 * A query is a sequence of terms, separated by spaces.  All of them have to match.  A word
 * matches words that begin with it, and words with the same English stem.  A term of several
 * words, such as "llama-3.1", matches where they follow each other.  As in the server's
 * websearch_to_tsquery(), quotation marks ask for the exact words, a minus sign excludes a
 * term, and "or" separates alternatives.  There are no syntax errors; only the length of a
 * query is limited.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/fmgrprotos.h"

#include "search_query.h"
#include "../compat.h"
#include "search_fold.h"
#include "search_words.h"

/* Each word costs time for each document that is compared */
#define QUERY_LENGTH_MAX 1000	/* characters */
#define QUERY_WORDS_MAX 50
/* With more terms, two neighbours are not tried as one word */
#define JOINED_WORDS_MAX 4
/* A shorter prefix is expected in many documents; one that begins with a digit, in fewer */
#define LONG_PREFIX_MIN 3
#define LONG_NUMBER_MIN 2
/* So many terms of an alternative narrow a search down enough */
#define NARROWING_TERMS_MAX 4

/* What a tsquery is for */
typedef enum TermUse
{
	USE_MATCH,
	USE_MATCH_NAME,				/* the same in the name alone */
	USE_NARROW					/* a condition that all matches satisfy */
} TermUse;

typedef struct Term
{
	const pg_wchar *text;
	int			length;
	bool		is_negated;
	bool		is_quoted;
	bool		is_last;		/* the last term of the query, perhaps still being typed */
	List	   *words;			/* of SearchWord */
} Term;

typedef struct Parser
{
	const pg_wchar *next;
	const pg_wchar *end;
	int			nwords;
	List	   *alternatives;	/* lists of Term */
	bool		left_out;		/* the tsquery for USE_NARROW leaves something out */
} Parser;

/* ----------
 * Parsing
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

/* Whether a character ends a term, as a space does. */
static bool
ends_term(pg_wchar c)
{
	static const pg_wchar marks[] = {',', ';', '(', ')', '[', ']', '{', '}', '<', '>', '|', '&', '!', '?',
	0x3001, 0x3002, 0xff0c, 0xff1b, 0xff08, 0xff09};

	for (int i = 0; i < lengthof(marks); i++)
		if (c == marks[i])
			return true;
	return search_fold_is_space(c) || is_quote(c);
}

static bool
is_or(const Term *term)
{
	return term->length == 2 && !term->is_quoted && !term->is_negated &&
		(term->text[0] | 0x20) == 'o' && (term->text[1] | 0x20) == 'r';
}

/* Reads the next term; NULL at the end. */
static Term *
read_term(Parser *parser)
{
	Term	   *term = palloc0(sizeof(Term));
	bool		after_space = true;

	for (; parser->next < parser->end; parser->next++)
	{
		pg_wchar	c = *parser->next;

		if (c == '-' && after_space)
			term->is_negated = true;
		else if (is_quote(c) || !ends_term(c))
			break;
		else
			term->is_negated = false;
		after_space = c == '-' || search_fold_is_space(c) || c == '(';
	}
	if (parser->next == parser->end)
		return NULL;
	term->is_quoted = is_quote(*parser->next);
	parser->next += term->is_quoted;
	term->text = parser->next;
	while (parser->next < parser->end &&
		   !(term->is_quoted ? is_quote(*parser->next) : ends_term(*parser->next)))
		parser->next++;
	term->length = (int) (parser->next - term->text);
	if (term->is_quoted && parser->next < parser->end)
		parser->next++;
	return term;
}

static bool
is_same(const Term *a, const Term *b)
{
	return a->length == b->length && a->is_negated == b->is_negated && a->is_quoted == b->is_quoted &&
		memcmp(a->text, b->text, a->length * sizeof(pg_wchar)) == 0;
}

/* Adds a term to an alternative, unless it is a duplicate or has no words. */
static List *
add_term(Parser *parser, List *terms, Term *term)
{
	ListCell   *cell;

	foreach(cell, terms)
		if (is_same(lfirst(cell), term))
			return terms;
	term->words = search_words_split(term->text, term->length, true);
	parser->nwords += list_length(term->words);
	return term->words ? lappend(terms, term) : terms;
}

static void
read_alternatives(Parser *parser)
{
	List	   *terms = NIL;
	Term	   *term = read_term(parser);

	while (term)
	{
		Term	   *following = read_term(parser);

		if (is_or(term) && terms && following)
		{
			parser->alternatives = lappend(parser->alternatives, terms);
			terms = NIL;
		}
		else
		{
			term->is_last = following == NULL;
			terms = add_term(parser, terms, term);
		}
		term = following;
	}
	if (terms)
		parser->alternatives = lappend(parser->alternatives, terms);
	if (parser->nwords > QUERY_WORDS_MAX)
		raise_too_long(psprintf("It may have at most %d words.", QUERY_WORDS_MAX));
}

/* Whether a term is a single English stop word. */
static bool
is_stop_word(const Term *term)
{
	return !term->is_quoted && list_length(term->words) == 1 &&
		((SearchWord *) linitial(term->words))->is_stop_word;
}

/* The terms without stop words, unless there are only stop words. */
static List *
without_stop_words(List *terms)
{
	List	   *result = NIL;
	bool		has_others = false;
	ListCell   *cell;

	foreach(cell, terms)
	{
		Term	   *term = lfirst(cell);

		has_others |= !is_stop_word(term) && !term->is_negated;
	}
	foreach(cell, terms)
		if (!has_others || !is_stop_word(lfirst(cell)))
			result = lappend(result, lfirst(cell));
	return result;
}

/* ----------
 * The tsquery and the keys
 * ----------
 */

/* A word has letters, digits and marks only: there is nothing to quote. */
static void
append_word(StringInfo out, const char *text, bool is_prefix, TermUse use)
{
	bool		in_name = use == USE_MATCH_NAME;

	appendStringInfo(out, "'%s'", text);
	if (is_prefix || in_name)
		appendStringInfo(out, ":%s%s", is_prefix ? "*" : "", in_name ? "A" : "");
}

/*
 * Whether a word matches as a prefix.  One character is too short for that, unless it is the
 * last word of several, still being typed, or belongs to a script without spaces.
 */
static bool
is_prefix(const Term *term, const SearchWord *word, bool is_alone)
{
	if (term->is_quoted || term->is_negated || word != llast(term->words))
		return false;
	if (word->is_pair)
		return word->characters == 1;
	return word->characters > 1 || (term->is_last && !(is_alone && list_length(term->words) == 1));
}

/* Whether the last word of a term is a prefix that many documents are expected to have. */
static bool
is_short(const Term *term, bool is_alone)
{
	const SearchWord *last = llast(term->words);
	int			least = search_fold_is_digit((unsigned char) last->text[0]) ? LONG_NUMBER_MIN : LONG_PREFIX_MIN;

	return !last->is_pair && last->characters < least && is_prefix(term, last, is_alone);
}

static void
append_term(StringInfo out, const Term *term, bool is_alone, TermUse use)
{
	const SearchWord *before = NULL;
	const SearchWord *first = linitial(term->words);
	const SearchWord *last = llast(term->words);
	bool		without_last = use == USE_NARROW && is_short(term, is_alone);
	ListCell   *cell;

	appendStringInfoString(out, term->is_negated ? "!(" : "(");
	foreach(cell, term->words)
	{
		SearchWord *word = lfirst(cell);

		if (without_last && word == last)
			break;
		if (before)
			appendStringInfo(out, " <%d> ", word->position - before->position);
		append_word(out, word->text, is_prefix(term, word, is_alone), use);
		before = word;
	}
	if (first == last && first->stem && !term->is_quoted)
	{
		appendStringInfoString(out, " | ");
		append_word(out, first->stem, false, use);
	}
	/* "code-llama" matches CodeLlama */
	if (list_length(term->words) == 2 && first->is_letters && last->is_letters && !term->is_quoted)
	{
		appendStringInfoString(out, " | ");
		append_word(out, psprintf("%s%s", first->text, last->text), is_prefix(term, last, false), use);
	}
	appendStringInfoChar(out, ')');
}

/* Whether two terms may be one word that was typed as two, such as "deep seek". */
static bool
may_be_one(const Term *term, const Term *following)
{
	return list_length(term->words) == 1 && list_length(following->words) == 1 &&
		((SearchWord *) linitial(term->words))->is_letters &&
		((SearchWord *) linitial(following->words))->is_letters &&
		!term->is_negated && !term->is_quoted && !following->is_negated && !following->is_quoted;
}

/* The term at an index and the next one as one word; NULL unless that is to be tried. */
static const char *
joined_word(List *terms, int at, int joined)
{
	Term	   *term = list_nth(terms, at);
	Term	   *following;

	if (at != joined)
		return NULL;
	following = list_nth(terms, at + 1);
	return psprintf("%s%s", ((SearchWord *) linitial(term->words))->text,
					((SearchWord *) linitial(following->words))->text);
}

/* Whether a use leaves out a term, or one that was joined to a word. */
static bool
leaves_out(const Term *term, const char *joined, bool is_alone, TermUse use, int before)
{
	if (use == USE_MATCH)
		return false;
	if (term->is_negated || use == USE_MATCH_NAME)
		return term->is_negated;
	if (before == NARROWING_TERMS_MAX)
		return true;
	if (joined)
		return strlen(joined) < LONG_PREFIX_MIN;
	return list_length(term->words) == 1 && is_short(term, is_alone);
}

/*
 * Appends the terms of an alternative, joined by "&".  The one at index "joined", unless that
 * is -1, is taken for one word with its neighbour.  Returns whether the use has left any.
 */
static bool
append_terms(Parser *parser, StringInfo out, List *terms, int joined, TermUse use)
{
	bool		is_alone = list_length(terms) == 1;
	int			appended = 0;

	appendStringInfoChar(out, '(');
	for (int i = 0; i < list_length(terms); i++)
	{
		Term	   *term = list_nth(terms, i);
		const char *word = joined_word(terms, i, joined);
		bool		is_left_out = leaves_out(term, word, is_alone, use, appended);

		parser->left_out |= is_left_out || is_short(term, is_alone);
		i += word != NULL;
		if (is_left_out)
			continue;
		appendStringInfoString(out, appended++ == 0 ? "" : " & ");
		if (word)
			append_word(out, word, true, use);
		else
			append_term(out, term, is_alone, use);
	}
	appendStringInfoChar(out, ')');
	return appended > 0;
}

static bool
has_positive(List *terms)
{
	ListCell   *cell;

	foreach(cell, terms)
		if (!((Term *) lfirst(cell))->is_negated)
			return true;
	return false;
}

/* The tsquery for a use; 0 if there are no words, or if nothing narrows an alternative down. */
static Datum
make_tsquery(Parser *parser, TermUse use)
{
	StringInfoData out;
	ListCell   *cell;
	bool		is_complete = true;

	initStringInfo(&out);
	foreach(cell, parser->alternatives)
	{
		List	   *terms = without_stop_words(lfirst(cell));
		int			count = list_length(terms);

		if (use == USE_MATCH_NAME && !has_positive(terms))
			continue;
		if (out.len > 0)
			appendStringInfoString(&out, " | ");
		is_complete &= append_terms(parser, &out, terms, -1, use);
		for (int i = 0; i + 1 < count && count <= JOINED_WORDS_MAX; i++)
			if (may_be_one(list_nth(terms, i), list_nth(terms, i + 1)))
			{
				appendStringInfoString(&out, " | ");
				is_complete &= append_terms(parser, &out, terms, i, use);
			}
	}
	if (out.len == 0 || !is_complete)
		return (Datum) 0;
	return DirectFunctionCall1(tsqueryin, CStringGetDatum(out.data));
}

static void
append_key(StringInfo keys, List *terms)
{
	ListCell   *cell;

	foreach(cell, terms)
	{
		Term	   *term = lfirst(cell);

		if (!term->is_negated)
			search_words_append_key(keys, term->text, term->length);
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
		List	   *terms = without_stop_words(lfirst(cell));

		append_key(&keys, lfirst(cell));
		if (list_length(terms) < list_length(lfirst(cell)))
		{
			appendStringInfoChar(&keys, SEARCH_KEY_IS_PART);
			append_key(&keys, terms);
		}
	}
	result = palloc(VARHDRSZ + keys.len);
	SET_VARSIZE(result, VARHDRSZ + keys.len);
	memcpy(VARDATA(result), keys.data, keys.len);
	return result;
}

/* Parses a uuid: with or without hyphens, braces, "urn:uuid:", and spaces around it. */
static bool
read_id(const pg_wchar *text, int length, pg_uuid_t *id)
{
	static const char urn[] = "urn:uuid:";
	int			digits = 0;
	int			i = 0;

	while (length > 0 && (search_fold_is_space(text[length - 1]) || text[length - 1] == '}'))
		length--;
	while (i < length && (search_fold_is_space(text[i]) || text[i] == '{'))
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
search_query_parse(text *query)
{
	SearchQuery *result = palloc0(sizeof(SearchQuery));
	Parser		parser = {0};
	int			count;
	pg_wchar   *characters;

	if (pg_mbstrlen_with_len(VARDATA_ANY(query), VARSIZE_ANY_EXHDR(query)) > QUERY_LENGTH_MAX)
		raise_too_long(psprintf("It may have at most %d characters.", QUERY_LENGTH_MAX));
	characters = search_words_decode(VARDATA_ANY(query), VARSIZE_ANY_EXHDR(query), &count);
	result->is_id = read_id(characters, count, &result->id);
	parser.next = characters;
	parser.end = characters + count;
	read_alternatives(&parser);
	result->words = make_tsquery(&parser, USE_MATCH);
	result->words_in_name = make_tsquery(&parser, USE_MATCH_NAME);
	parser.left_out = false;
	result->narrowing = make_tsquery(&parser, USE_NARROW);
	result->is_broad = !result->narrowing;
	if (!parser.left_out)
		result->narrowing = (Datum) 0;
	result->keys = make_keys(&parser);
	return result;
}
