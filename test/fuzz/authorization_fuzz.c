/*
 * What libFuzzer runs: the header's parser on bytes of its choosing.  The
 * sanitizers watch the memory; the rest is promised by authorization.h.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "authorization.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char		buffer[AUTHORIZATION_HEADER_MAX];
	const char *credential = NULL;
	size_t		length = SIZE_MAX;
	HeaderVerdict verdict;
	char	   *header;

	if (size == 0)
		return 0;
	/* exactly as long as it is, so that a byte too far is noticed */
	header = malloc(size - 1 ? size - 1 : 1);
	memcpy(header, data + 1, size - 1);
	verdict = authorization_parse(header, size - 1,
								  data[0] & 1 ? SCHEME_BEARER : SCHEME_BASIC,
								  buffer, &credential, &length);
	if (verdict == HEADER_CREDENTIAL)
	{
		if (credential < buffer || length == 0 || length > AUTHORIZATION_HEADER_MAX ||
			credential + length > buffer + sizeof(buffer))
			abort();
		/* reads all of it */
		if (memchr(credential, 0, length))
			abort();
	}
	else if (credential != NULL || length != SIZE_MAX)
		abort();
	free(header);
	return 0;
}
