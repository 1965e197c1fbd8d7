/*-------------------------------------------------------------------------
 *
 * search_words.c
 *	  What search takes for words.
 *
 * A word is a run of letters and digits, without case and accents.  A digit that
 * follows two letters or more begins another word, so that "qwen 2.5", "qwen2.5" and
 * "qwen-2.5" are the same words; "8b" and "v2" are one each.  Chinese, Japanese,
 * Korean, Thai and the like have no spaces between words: their runs are cut into
 * overlapping pairs of characters, by which any part of a run is found.
 *
 * This depends on neither the database's locale nor a text search configuration
 * that somebody could change: a dump's documents are right wherever they are restored.
 * A word is cut in the same way while it is being typed: the words of a beginning of a
 * text are words of the text, but for the last one, which is the beginning of one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "common/unicode_norm.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "tsearch/ts_cache.h"
#include "tsearch/ts_public.h"
#include "tsearch/ts_type.h"
#include "tsearch/ts_utils.h"
#include "utils/builtins.h"

#include "compat.h"
#include "search_words.h"

/* Of a text no more is kept, so that a tsvector can hold it */
#define DOCUMENT_BYTES_MAX 1000000
/* The rest of a word is passed over */
#define WORD_CHARACTERS_MAX 60

/* Set in a code point: an upper-case letter that follows a lower-case one */
#define BEGINS_PART 0x80000000

PG_FUNCTION_INFO_V1(modelapi_acl_search_words_1_0);

typedef struct Range
{
	pg_wchar	first;
	pg_wchar	last;
} Range;

/* What is no letter or digit, above ASCII.  In the order of the code points. */
static const Range separators[] = {
	{0x80, 0xa9}, {0xab, 0xb4}, {0xb6, 0xb9}, {0xbb, 0xbf}, {0xd7, 0xd7}, {0xf7, 0xf7},
	{0x2c2, 0x2c5}, {0x2d2, 0x2df}, {0x37e, 0x37e}, {0x387, 0x387}, {0x55a, 0x55f},
	{0x589, 0x58a}, {0x5be, 0x5be}, {0x5c0, 0x5c0}, {0x5c3, 0x5c3}, {0x5f3, 0x5f4},
	{0x600, 0x60f}, {0x61b, 0x61f}, {0x66a, 0x66d}, {0x6d4, 0x6d4}, {0x700, 0x70d},
	{0x964, 0x965}, {0x970, 0x970}, {0xe3f, 0xe3f}, {0xe4f, 0xe4f}, {0xe5a, 0xe5b},
	{0x104a, 0x104f}, {0x10fb, 0x10fb}, {0x1360, 0x1368}, {0x1680, 0x1680}, {0x17d4, 0x17db},
	{0x1800, 0x180e}, {0x2000, 0x206f}, {0x207a, 0x207e}, {0x208a, 0x208e}, {0x20a0, 0x20cf},
	{0x2190, 0x245f}, {0x2500, 0x2bff}, {0x2e00, 0x2e7f}, {0x3000, 0x3004}, {0x3008, 0x3020},
	{0x3030, 0x3030}, {0x3036, 0x3037}, {0x303d, 0x303f}, {0x30a0, 0x30a0}, {0x30fb, 0x30fb},
	{0xd800, 0xf8ff}, {0xfd3e, 0xfd3f}, {0xfe10, 0xfe1f}, {0xfe30, 0xfe6f}, {0xff00, 0xff0f},
	{0xff1a, 0xff20}, {0xff3b, 0xff40}, {0xff5b, 0xff65}, {0xffe0, 0xffff}, {0x1f000, 0x1faff},
	{0xe0000, 0x7fffffff},
};

/* Marks that a letter does without, and characters of no width. */
static const Range ignored[] = {
	{0xad, 0xad}, {0x300, 0x36f}, {0x591, 0x5bd}, {0x5bf, 0x5bf}, {0x5c1, 0x5c2}, {0x5c4, 0x5c7},
	{0x610, 0x61a}, {0x640, 0x640}, {0x64b, 0x65f}, {0x670, 0x670}, {0x6d6, 0x6dc}, {0x1ab0, 0x1aff},
	{0x1dc0, 0x1dff}, {0x200b, 0x200f}, {0x2060, 0x2064}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f},
	{0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef},
};

/* Scripts in which words are not, or not only, separated by spaces. */
static const Range unspaced[] = {
	{0xe00, 0xeff}, {0x1000, 0x109f}, {0x1100, 0x11ff}, {0x1780, 0x17ff}, {0x2e80, 0x2fdf},
	{0x3005, 0x3007}, {0x3021, 0x302f}, {0x3031, 0x318f}, {0x31a0, 0x31ff}, {0x3400, 0x4dbf},
	{0x4e00, 0x9fff}, {0xa960, 0xa97f}, {0xac00, 0xd7ff}, {0xf900, 0xfaff}, {0xff66, 0xffdc},
	{0x1b000, 0x1b2ff}, {0x20000, 0x3ffff},
};

/* Letters that no decomposition makes ASCII, and lower case that is not one step away. */
static const struct
{
	pg_wchar	letter;
	const char *folded;
}			letters[] =
{
	{0xc6, "ae"}, {0xd0, "d"}, {0xd8, "o"}, {0xde, "th"}, {0xdf, "ss"}, {0xe6, "ae"},
	{0xf0, "d"}, {0xf8, "o"}, {0xfe, "th"}, {0x110, "d"}, {0x111, "d"}, {0x126, "h"},
	{0x127, "h"}, {0x131, "i"}, {0x138, "k"}, {0x141, "l"}, {0x142, "l"}, {0x14a, "n"},
	{0x14b, "n"}, {0x152, "oe"}, {0x153, "oe"}, {0x166, "t"}, {0x167, "t"}, {0x181, "b"},
	{0x18a, "d"}, {0x192, "f"}, {0x197, "i"}, {0x1b5, "z"}, {0x1b6, "z"}, {0x253, "b"},
	{0x257, "d"}, {0x268, "i"}, {0x1e9e, "ss"},
};

static bool
is_in(pg_wchar c, const Range *ranges, int count)
{
	int			low = 0;
	int			high = count - 1;

	while (low <= high)
	{
		int			middle = (low + high) / 2;

		if (c > ranges[middle].last)
			low = middle + 1;
		else if (c < ranges[middle].first)
			high = middle - 1;
		else
			return true;
	}
	return false;
}

static bool
is_digit(pg_wchar c)
{
	return c >= '0' && c <= '9';
}

static bool
is_lower(pg_wchar c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_word_character(pg_wchar c)
{
	if (c < 0x80)
		return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
	return !is_in(c, separators, lengthof(separators));
}

static bool
is_unspaced(pg_wchar c)
{
	return c >= 0xe00 && is_in(c, unspaced, lengthof(unspaced));
}

bool
search_is_space(pg_wchar c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 || c == 0x3000 ||
		(c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029;
}

/* ----------
 * Encodings
 * ----------
 */

/* Converts what it can; of the rest each character becomes a space. */
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

/* A text with nothing but its ASCII characters: the others become spaces. */
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
search_decode(const char *text, int length, int *count)
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

/* Writes a code point as UTF-8; returns how many bytes. */
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

/* Code points in the server's encoding; where it lacks one, in ASCII that stands for them. */
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
 * Folding
 * ----------
 */

/* Lower case, by the code point alone. */
static pg_wchar
to_lower(pg_wchar c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + 0x20 : c;
	if (c == 0x3c2)				/* a sigma at the end of a word */
		return 0x3c3;
	if ((c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
		return c + 0x20;
	if (c >= 0x400 && c <= 0x40f)
		return c + 0x50;
	if ((c >= 0x460 && c <= 0x481) || (c >= 0x48a && c <= 0x4bf) || (c >= 0x4d0 && c <= 0x52f))
		return c | 1;
	if (c >= 0x4c1 && c <= 0x4ce)
		return c + (c & 1);
	if (c >= 0x531 && c <= 0x556)
		return c + 0x30;
	if (c >= 0x1c90 && c <= 0x1cbf)
		return c - 0x1c90 + 0x10d0;
	return c;
}

/* Appends a character's folded form; returns how many characters that is. */
static int
fold_character(pg_wchar c, pg_wchar *folded)
{
	int			count = 0;

	if (c >= 0x80)
		for (int i = 0; i < lengthof(letters); i++)
			if (letters[i].letter == c)
			{
				for (const char *p = letters[i].folded; *p; p++)
					folded[count++] = (unsigned char) *p;
				return count;
			}
	if (c >= 0x80 && is_in(c, ignored, lengthof(ignored)))
		return 0;
	folded[0] = to_lower(c);
	return 1;
}

/*
 * Without case, accents and other forms of the same character.  Marks that are more than
 * an accent, as in Japanese and Korean, are put together again.
 */
static pg_wchar *
fold(const pg_wchar *text, int count, int *folded_count)
{
	pg_wchar   *decomposed = (pg_wchar *) text;
	pg_wchar   *folded;
	bool		is_ascii = true;
	int			n = 0;

	for (int i = 0; i < count && is_ascii; i++)
		is_ascii = text[i] < 0x80;
	if (!is_ascii)
	{
		pg_wchar   *terminated = palloc((count + 1) * sizeof(pg_wchar));

		memcpy(terminated, text, count * sizeof(pg_wchar));
		terminated[count] = 0;
		decomposed = unicode_normalize(UNICODE_NFKD, terminated);
		for (count = 0; decomposed[count]; count++)
			;
	}
	folded = palloc((2 * count + 1) * sizeof(pg_wchar));
	for (int i = 0; i < count; i++)
	{
		int			more = fold_character(decomposed[i], folded + n);

		if (i > 0 && more == 1 && decomposed[i] >= 'A' && decomposed[i] <= 'Z' &&
			is_lower(decomposed[i - 1]))
			folded[n] |= BEGINS_PART;
		n += more;
	}
	folded[n] = 0;
	if (!is_ascii)
	{
		folded = unicode_normalize(UNICODE_NFC, folded);
		for (n = 0; folded[n]; n++)
			;
	}
	*folded_count = n;
	return folded;
}

/* ----------
 * Words
 * ----------
 */

/*
 * Where the word that begins at a place ends.  A single character of a run without spaces
 * is one.
 */
static int
end_of_word(const pg_wchar *text, int from, int count)
{
	int			i;
	int			before = 0;		/* letters */

	if (is_unspaced(text[from]))
		return from + 1;
	for (i = from; i < count; i++)
	{
		pg_wchar	c = text[i] & ~BEGINS_PART;

		if (!is_word_character(c) || is_unspaced(c))
			break;
		if (!is_digit(c))
			before++;
		else if (before >= 2)
			break;
		else
			before = 0;
	}
	return i;
}

/* Finds the English stem of a word, or that it is a stop word. */
static void
find_stem(SearchWord *word)
{
	int			encoding = GetDatabaseEncoding();
	Oid			dictionary;
	TSDictionaryCacheEntry *entry;
	TSLexeme   *lexemes;

	if (!word->is_letters)
		return;
	/* the dictionary's list of stop words could not be read */
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
		word->is_letters = word->is_letters && is_lower(characters[i]);
	}
	word->text = encode(characters, count);
	word->length = (int) strlen(word->text);
	word->characters = count;
	word->position = position;
	word->is_pair = is_pair;
	return word;
}

/* How many characters, from a place, are of one run without spaces. */
static int
run_length(const pg_wchar *text, int from, int count)
{
	int			i = from;

	while (i < count && is_unspaced(text[i]) && is_word_character(text[i]))
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
 * What a text's word is found by, too: what an upper-case letter in it begins, as the
 * "llama" of CodeLlama; with a "v" before a number, as in "yolo v8"; and the word before
 * with it, as "stable-diffusion" by "stablediffusion".
 */
static List *
add_parts(List *words, const pg_wchar *text, int from, int to, int before, int position)
{
	for (int i = from + 1; i < to; i++)
		if (text[i] & BEGINS_PART)
			words = lappend(words, make_word(text + i, to - i, position, false));
	if (is_digit(text[from]) && from > 1 && text[from - 1] == 'v' && is_lower(text[from - 2] & ~BEGINS_PART))
		words = lappend(words, make_word(text + from - 1, to - from + 1, position, false));
	if (before >= 0 && from - before < WORD_CHARACTERS_MAX && to - from > 1)
	{
		pg_wchar	both[2 * WORD_CHARACTERS_MAX];
		int			count = 0;

		for (int i = before; i < to && count < lengthof(both); i++)
			if (is_lower(text[i] & ~BEGINS_PART))
				both[count++] = text[i];
		words = lappend(words, make_word(both, count, position - 1, false));
	}
	return words;
}

List *
search_split(const pg_wchar *text, int count, bool is_query)
{
	List	   *words = NIL;
	int			position = 1;
	int			before = -1;	/* where the word before began, if it was letters and a hyphen follows */
	int			i = 0;

	text = fold(text, count, &count);
	while (i < count)
	{
		int			end;
		SearchWord *word;

		if (!is_word_character(text[i] & ~BEGINS_PART))
		{
			if (text[i] != '-' && text[i] != '_')
				before = -1;
			i++;
			continue;
		}
		if (is_unspaced(text[i]))
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
search_append_key(StringInfo key, const pg_wchar *text, int count)
{
	int			i = 0;

	text = fold(text, count, &count);
	while (i < count)
	{
		int			end;

		if (!is_word_character(text[i] & ~BEGINS_PART))
		{
			if (text[i] == '.' && i > 0 && i + 1 < count && is_digit(text[i - 1]) && is_digit(text[i + 1]))
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

/* search_words(text) → tsvector: what a text is found by */
Datum
modelapi_acl_search_words_1_0(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	ParsedText	parsed = {.lenwords = 64};
	int			bytes = 0;
	int			count;
	pg_wchar   *characters = search_decode(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &count);
	ListCell   *cell;

	parsed.words = palloc(sizeof(ParsedWord) * parsed.lenwords);
	foreach(cell, search_split(characters, count, false))
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
