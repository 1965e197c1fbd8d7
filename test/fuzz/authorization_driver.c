/*
 * Runs the header's parser on the headers in standard input.
 *
 * Input, for each header: one byte for the scheme (0 Basic, 1 Bearer), four bytes for the
 * length (little-endian; all ones for no header), and the header.  Output: one byte for
 * the verdict and, for a credential, four bytes for its length and the credential.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "authorization_header.h"

int
main(void)
{
	unsigned char head[5];

	while (fread(head, 1, 5, stdin) == 5)
	{
		uint32_t	size = head[1] | head[2] << 8 | head[3] << 16 | (uint32_t) head[4] << 24;
		char	   *header = size == UINT32_MAX ? NULL : malloc(size ? size : 1);
		char		buffer[AUTHORIZATION_HEADER_MAX];
		const char *credential;
		size_t		length;
		HeaderVerdict verdict;

		if (header && fread(header, 1, size, stdin) != size)
			return 1;
		verdict = authorization_header_parse(header, header ? size : 0,
									  head[0] ? SCHEME_BEARER : SCHEME_BASIC,
									  buffer, &credential, &length);
		putchar(verdict);
		if (verdict == HEADER_CREDENTIAL)
		{
			for (int i = 0; i < 32; i += 8)
				putchar((int) (length >> i) & 0xff);
			fwrite(credential, 1, length, stdout);
		}
		free(header);
	}
	return 0;
}
