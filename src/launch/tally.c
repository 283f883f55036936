#include <sys/types.h>

#include <sha2.h>

#include "tally.h"

struct tally {
	SHA2_CTX context;
	uint64_t lines;
	bool is_within; /* a line that has not ended yet */
};

struct tally *tally_begin(struct arena *arena)
{
	struct tally *tally = arena_alloc(arena, sizeof(*tally));

	*tally = (struct tally){ .lines = 0 };
	SHA256Init(&tally->context);
	return tally;
}

void tally_add(struct tally *tally, const char *bytes, size_t length)
{
	SHA256Update(&tally->context, (const uint8_t *)bytes, length);
	for (size_t i = 0; i < length; i++) {
		tally->is_within = bytes[i] != '\n';
		tally->lines += bytes[i] == '\n';
	}
}

struct watch_output tally_end(struct arena *arena, struct tally *tally)
{
	char *digest = arena_alloc(arena, SHA256_DIGEST_STRING_LENGTH);

	return (struct watch_output){ .lines = tally->lines + tally->is_within, .digest = SHA256End(&tally->context, digest) };
}
