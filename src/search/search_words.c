/*-------------------------------------------------------------------------
 *
 * search_words.c
 *	  Splits texts into words, for documents and for queries.
 *
 * A word is a sequence of letters and digits, folded to lower case and without accents.  A
 * digit after two or more letters starts a new word, so that "qwen 2.5", "qwen2.5" and
 * "qwen-2.5" are the same words; "8b" and "v2" are one word each.  Chinese, Japanese, Korean,
 * Thai and others do not separate words by spaces: such text is cut into overlapping pairs of
 * characters, so that any part of it is found.
 *
 * The result depends neither on the locale nor on a text search configuration, which somebody
 * could change.  So the documents of a dump are valid wherever it is restored.
 *
 * A text is split from left to right, independent of what follows.  So while a query is being
 * typed, all its words but the last one are final, and the last one is a prefix.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "tsearch/ts_cache.h"
#include "tsearch/ts_public.h"
#include "tsearch/ts_type.h"
#include "tsearch/ts_utils.h"
#include "utils/builtins.h"

#include "search_words.h"
#include "../compat.h"
#include "search_fold.h"

PG_FUNCTION_INFO_V1(modelapi_acl_search_words_1_0);

/* The part of a text that is indexed: as much as a tsvector can hold */
#define DOCUMENT_BYTES_MAX 1000000
/* The rest of a longer word is ignored */
#define WORD_CHARACTERS_MAX 60

/* ----------
 * Encodings
 * ----------
 */

/* Converts a text; a character that cannot be converted becomes a space. */
static char *
convert_all(const char *text, int length, int from, int to)
{
	Oid			function = FindDefaultConversionProc(from, to);
	unsigned char *buffer;
	StringInfoData result;

	if (!OidIsValid(function))
		return NULL;
	buffer = palloc_extended((Size) length * MAX_CONVERSION_GROWTH + 1, MCXT_ALLOC_HUGE);
	initStringInfo(&result);
	for (int done = 0; done < length;)
	{
		done += pg_do_encoding_conversion_buf(function, from, to,
											  (unsigned char *) text + done, length - done,
											  buffer, (length - done) * MAX_CONVERSION_GROWTH + 1, true);
		appendStringInfoString(&result, (char *) buffer);
		if (done < length)
		{
			appendStringInfoChar(&result, ' ');
			done += Min(pg_encoding_mblen(from, text + done), length - done);
		}
	}
	pfree(buffer);
	return result.data;
}

/* A copy of a text in which characters beyond ASCII are spaces. */
static char *
ascii_of(const char *text, int length)
{
	char	   *result = pnstrdup(text, length);

	for (int i = 0; i < length; i++)
		if (IS_HIGHBIT_SET(result[i]))
			result[i] = ' ';
	return result;
}

pg_wchar *
search_words_decode(const char *text, int length, int *count)
{
	int			encoding = GetDatabaseEncoding();
	const char *utf8 = text;
	bool		is_ascii = true;
	pg_wchar   *result;

	for (int i = 0; i < length && is_ascii; i++)
		is_ascii = !IS_HIGHBIT_SET(text[i]);
	if (!is_ascii && encoding != PG_UTF8)
	{
		if (encoding == PG_SQL_ASCII)
			utf8 = pg_verify_mbstr(PG_UTF8, text, length, true) ? text : NULL;
		else
			utf8 = convert_all(text, length, encoding, PG_UTF8);
		if (!utf8)
			utf8 = ascii_of(text, length);
		if (utf8 != text)
			length = (int) strlen(utf8);
	}
	result = palloc((length + 1) * sizeof(pg_wchar));
	*count = pg_encoding_mb2wchar_with_len(PG_UTF8, utf8, result, length);
	return result;
}

/* Writes a code point as UTF-8 and returns the number of bytes. */
static int
put_utf8(char *to, pg_wchar c)
{
	if (c < 0x80)
	{
		*to = (char) c;
		return 1;
	}
	unicode_to_utf8(c, (unsigned char *) to);
	return pg_utf_mblen((unsigned char *) to);
}

/* Code points in the database encoding; if it lacks one of them, as "uXXXX" in ASCII. */
static char *
encode(const pg_wchar *characters, int count)
{
	int			encoding = GetDatabaseEncoding();
	char	   *utf8 = palloc(count * MAX_MULTIBYTE_CHAR_LEN + 1);
	bool		is_ascii = true;
	int			length = 0;
	Oid			function;
	char	   *result;

	for (int i = 0; i < count; i++)
	{
		is_ascii = is_ascii && characters[i] < 0x80;
		length += put_utf8(utf8 + length, characters[i]);
	}
	utf8[length] = '\0';
	if (is_ascii || encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
		return utf8;
	function = FindDefaultConversionProc(PG_UTF8, encoding);
	result = palloc(Max(length * MAX_CONVERSION_GROWTH, count * 8) + 1);
	if (OidIsValid(function) &&
		pg_do_encoding_conversion_buf(function, PG_UTF8, encoding, (unsigned char *) utf8, length,
									  (unsigned char *) result, length * MAX_CONVERSION_GROWTH + 1,
									  true) == length)
		return result;
	length = 0;
	for (int i = 0; i < count; i++)
		length += sprintf(result + length, "u%04x", characters[i]);
	return result;
}

/* ----------
 * Words
 * ----------
 */

/*
 * The end of the word that starts at "from".  In a script without spaces, each character is a
 * word.
 */
static int
end_of_word(const pg_wchar *text, int from, int count)
{
	int			i;
	int			before = 0;		/* letters in a row */

	if (search_fold_is_unspaced(text[from]))
		return from + 1;
	for (i = from; i < count; i++)
	{
		pg_wchar	c = text[i] & ~BEGINS_PART;

		if (!search_fold_is_word_character(c) || search_fold_is_unspaced(c))
			break;
		if (!search_fold_is_digit(c))
			before++;
		else if (before >= 2)
			break;
		else
			before = 0;
	}
	return i;
}

/* Sets the English stem of a word, or marks it as a stop word. */
static void
find_stem(SearchWord *word)
{
	int			encoding = GetDatabaseEncoding();
	Oid			dictionary;
	TSDictionaryCacheEntry *entry;
	TSLexeme   *lexemes;

	if (!word->is_letters)
		return;
	/* without a conversion the dictionary cannot read its list of stop words */
	if (encoding != PG_UTF8 && encoding != PG_SQL_ASCII &&
		!OidIsValid(FindDefaultConversionProc(PG_UTF8, encoding)))
		return;
	dictionary = get_ts_dict_oid(list_make2(makeString("pg_catalog"), makeString("english_stem")), true);
	if (!OidIsValid(dictionary))
		return;
	entry = lookup_ts_dictionary_cache(dictionary);
	lexemes = (TSLexeme *) DatumGetPointer(FunctionCall4(&entry->lexize, PointerGetDatum(entry->dictData),
														 PointerGetDatum(word->text), Int32GetDatum(word->length),
														 PointerGetDatum(NULL)));
	if (!lexemes)
		return;
	if (!lexemes->lexeme)
		word->is_stop_word = true;
	else if (strcmp(lexemes->lexeme, word->text) != 0)
		word->stem = lexemes->lexeme;
}

static SearchWord *
make_word(const pg_wchar *text, int count, int position, bool is_pair)
{
	SearchWord *word = palloc0(sizeof(SearchWord));
	pg_wchar	characters[WORD_CHARACTERS_MAX];

	count = Min(count, WORD_CHARACTERS_MAX);
	word->is_letters = true;
	for (int i = 0; i < count; i++)
	{
		characters[i] = text[i] & ~BEGINS_PART;
		word->is_letters = word->is_letters && search_fold_is_lower(characters[i]);
	}
	word->text = encode(characters, count);
	word->length = (int) strlen(word->text);
	word->characters = count;
	word->position = position;
	word->is_pair = is_pair;
	return word;
}

/* The number of characters from "from" on that belong to a script without spaces. */
static int
run_length(const pg_wchar *text, int from, int count)
{
	int			i = from;

	while (i < count && search_fold_is_unspaced(text[i]) && search_fold_is_word_character(text[i]))
		i++;
	return i - from;
}

static List *
split_run(List *words, const pg_wchar *run, int length, int position, bool is_query)
{
	if (length == 1)
		return lappend(words, make_word(run, 1, position, true));
	for (int i = 0; i < length; i += is_query ? 2 : 1)
	{
		if (is_query && i == length - 1)
			i--;
		words = lappend(words, make_word(run + i, Min(2, length - i), position + i, true));
		if (is_query && i == length - 2)
			break;
	}
	return words;
}

/*
 * Adds what else a word of a document is found by: parts that start with an upper-case letter,
 * as "llama" in CodeLlama; a number with the "v" before it, as in "yolo v8"; and the word
 * joined with the one before, so that "stablediffusion" finds "stable-diffusion".
 */
static List *
add_parts(List *words, const pg_wchar *text, int from, int to, int before, int position)
{
	for (int i = from + 1; i < to; i++)
		if (text[i] & BEGINS_PART)
			words = lappend(words, make_word(text + i, to - i, position, false));
	if (search_fold_is_digit(text[from]) && from > 1 && text[from - 1] == 'v' && search_fold_is_lower(text[from - 2] & ~BEGINS_PART))
		words = lappend(words, make_word(text + from - 1, to - from + 1, position, false));
	if (before >= 0 && from - before < WORD_CHARACTERS_MAX && to - from > 1)
	{
		pg_wchar	both[2 * WORD_CHARACTERS_MAX];
		int			count = 0;

		for (int i = before; i < to && count < lengthof(both); i++)
			if (search_fold_is_lower(text[i] & ~BEGINS_PART))
				both[count++] = text[i];
		words = lappend(words, make_word(both, count, position - 1, false));
	}
	return words;
}

List *
search_words_split(const pg_wchar *text, int count, bool is_query)
{
	List	   *words = NIL;
	int			position = 1;
	int			before = -1;	/* start of the previous word, if it may be joined with this one */
	int			i = 0;

	text = search_fold_text(text, count, &count);
	while (i < count)
	{
		int			end;
		SearchWord *word;

		if (!search_fold_is_word_character(text[i] & ~BEGINS_PART))
		{
			if (text[i] != '-' && text[i] != '_')
				before = -1;
			i++;
			continue;
		}
		if (search_fold_is_unspaced(text[i]))
		{
			int			length = run_length(text, i, count);

			words = split_run(words, text + i, length, position, is_query);
			position += length;
			i += length;
			before = -1;
			continue;
		}
		end = end_of_word(text, i, count);
		word = make_word(text + i, end - i, position, false);
		find_stem(word);
		words = lappend(words, word);
		if (!is_query)
			words = add_parts(words, text, i, end, word->is_letters ? before : -1, position);
		before = word->is_letters && end - i > 1 ? i : -1;
		position++;
		i = end;
		CHECK_FOR_INTERRUPTS();
	}
	return words;
}

void
search_words_append_key(StringInfo key, const pg_wchar *text, int count)
{
	int			i = 0;

	text = search_fold_text(text, count, &count);
	while (i < count)
	{
		int			end;

		if (!search_fold_is_word_character(text[i] & ~BEGINS_PART))
		{
			if (text[i] == '.' && i > 0 && i + 1 < count && search_fold_is_digit(text[i - 1]) && search_fold_is_digit(text[i + 1]))
				key->data[key->len - 1] = '.';
			i++;
			continue;
		}
		for (end = end_of_word(text, i, count); i < end; i++)
		{
			enlargeStringInfo(key, MAX_MULTIBYTE_CHAR_LEN);
			key->len += put_utf8(key->data + key->len, text[i] & ~BEGINS_PART);
		}
		appendStringInfoChar(key, ' ');
	}
}

/* ----------
 * Documents
 * ----------
 */

static void
add_lexeme(ParsedText *parsed, char *text, int length, int position)
{
	ParsedWord *word;

	if (parsed->curwords == parsed->lenwords)
	{
		parsed->lenwords *= 2;
		parsed->words = repalloc_huge(parsed->words, sizeof(ParsedWord) * parsed->lenwords);
	}
	word = &parsed->words[parsed->curwords++];
	memset(word, 0, sizeof(ParsedWord));
	word->word = text;
	word->len = length;
	word->pos.pos = LIMITPOS(position);
}

/* search_words(text) → tsvector: the document of a text */
Datum
modelapi_acl_search_words_1_0(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	ParsedText	parsed = {.lenwords = 64};
	int			bytes = 0;
	int			count;
	pg_wchar   *characters = search_words_decode(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &count);
	ListCell   *cell;

	parsed.words = palloc(sizeof(ParsedWord) * parsed.lenwords);
	foreach(cell, search_words_split(characters, count, false))
	{
		SearchWord *word = lfirst(cell);
		int			more = word->length + (word->stem ? (int) strlen(word->stem) + 6 : 0) + 6;

		if (bytes + more > DOCUMENT_BYTES_MAX)
			break;
		bytes += more;
		add_lexeme(&parsed, word->text, word->length, word->position);
		if (word->stem)
			add_lexeme(&parsed, word->stem, (int) strlen(word->stem), word->position);
	}
	PG_RETURN_TSVECTOR(make_tsvector(&parsed));
}
