/*-------------------------------------------------------------------------
 *
 * search_fold.c
 *	  Characters as search sees them: their kinds, and texts without case and accents.
 *
 * The tables are our own and do not depend on the locale of the database.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/unicode_norm.h"

#include "search_fold.h"

typedef struct Range
{
	pg_wchar	first;
	pg_wchar	last;
} Range;

/* Characters beyond ASCII that are neither letters nor digits, in order */
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

/* Combining marks that are dropped, and zero-width characters */
static const Range ignored[] = {
	{0xad, 0xad}, {0x300, 0x36f}, {0x591, 0x5bd}, {0x5bf, 0x5bf}, {0x5c1, 0x5c2}, {0x5c4, 0x5c7},
	{0x610, 0x61a}, {0x640, 0x640}, {0x64b, 0x65f}, {0x670, 0x670}, {0x6d6, 0x6dc}, {0x1ab0, 0x1aff},
	{0x1dc0, 0x1dff}, {0x200b, 0x200f}, {0x2060, 0x2064}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f},
	{0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef},
};

/* Scripts that do not always separate words by spaces */
static const Range unspaced[] = {
	{0xe00, 0xeff}, {0x1000, 0x109f}, {0x1100, 0x11ff}, {0x1780, 0x17ff}, {0x2e80, 0x2fdf},
	{0x3005, 0x3007}, {0x3021, 0x302f}, {0x3031, 0x318f}, {0x31a0, 0x31ff}, {0x3400, 0x4dbf},
	{0x4e00, 0x9fff}, {0xa960, 0xa97f}, {0xac00, 0xd7ff}, {0xf900, 0xfaff}, {0xff66, 0xffdc},
	{0x1b000, 0x1b2ff}, {0x20000, 0x3ffff},
};

/* Letters that have no decomposition into ASCII, or no simple lower-case form */
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

bool
search_fold_is_word_character(pg_wchar c)
{
	if (c < 0x80)
		return search_fold_is_lower(c) || search_fold_is_digit(c) || (c >= 'A' && c <= 'Z');
	return !is_in(c, separators, lengthof(separators));
}

bool
search_fold_is_unspaced(pg_wchar c)
{
	return c >= 0xe00 && is_in(c, unspaced, lengthof(unspaced));
}

bool
search_fold_is_space(pg_wchar c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 || c == 0x3000 ||
		(c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029;
}

/* ----------
 * Folding
 * ----------
 */

/* The lower-case letter, whatever the locale. */
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

/* Writes the folded form of a character and returns its length. */
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

pg_wchar *
search_fold_text(const pg_wchar *text, int count, int *folded_count)
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
			search_fold_is_lower(decomposed[i - 1]))
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
