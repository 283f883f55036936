/* compile: apparmor_parser, by a fixed path, with text on its standard input and nothing of the caller's. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <sha1.h>
#include <sha2.h>

#include "label.h"

enum { WORDS_MAX = 8, COMPILED_BYTES_MAX = 4 << 20, VERSION_OFFSET = 12 };

static const char *find_parser(void)
{
	static const char *const paths[] = {"/usr/sbin/apparmor_parser", "/sbin/apparmor_parser"};

	for (size_t i = 0; i < ARRAY_COUNT(paths); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

bool launch_has_apparmor_parser(void)
{
	return find_parser() != NULL;
}

int compile_run(struct arena *arena, const char *const *words, const char *text, int output, struct error *err)
{
	CLOSE_FD int input = memfd_seal("hardrun-apparmor", text, strlen(text));
	const char *argv[WORDS_MAX + 3] = {find_parser(), "--quiet"};
	const struct spawn spawn = {.argv = argv, .input = input, .output = output, .directory = "/", .is_first_said = true};
	const char *said;
	int status, result;

	if (!argv[0]) {
		(void)error_set(err, arena, ERROR_MISSING, "apparmor_parser is not installed, and no AppArmor profile can be read without it");
		err->remedy = "apt install apparmor";
		return -(int)err->kind;
	}
	for (size_t i = 0; words[i] && i < WORDS_MAX; i++)
		argv[i + 2] = words[i];
	if (input < 0)
		return error_set(err, arena, ERROR_SYSTEM, "the AppArmor profile cannot be handed over: %s", strerror(errno));
	result = spawn_run(arena, &spawn, &status, &said, err);
	if (result < 0 || status == 0)
		return result;
	return error_set(err, arena, ERROR_SYSTEM, "%s said: %s", argv[0], *said ? said : "nothing");
}

/* version: tag 4, length 8, "version", tag 2 and the number in four bytes. Source: security/apparmor/policy_unpack.c. */
static bool has_header(const char *bytes, size_t length)
{
	static const char header[] = "\x04\x08\x00version\x00\x02";

	return length > VERSION_OFFSET + sizeof(uint32_t) && memcmp(bytes, header, VERSION_OFFSET) == 0;
}

/* The kernel hashes the number of the version and what follows it: aa_calc_profile_hash in security/apparmor/crypto.c. */
int compile_digest(struct arena *arena, const char *text, bool is_sha256, const char **ret_digest, struct error *err)
{
	static const char *const words[] = {"--skip-kernel-load", "--skip-cache", "--stdout", NULL};
	CLOSE_FD int output = memfd_create("hardrun-compiled", MFD_CLOEXEC);
	char *bytes, *digits = arena_alloc(arena, SHA256_DIGEST_STRING_LENGTH);
	ssize_t length;
	int result;

	if (output < 0)
		return error_set(err, arena, ERROR_SYSTEM, "no room for a compiled profile: %s", strerror(errno));
	result = compile_run(arena, words, text, output, err);
	if (result < 0)
		return result;
	bytes = arena_alloc(arena, COMPILED_BYTES_MAX);
	length = pread(output, bytes, COMPILED_BYTES_MAX, 0);
	if (length <= 0 || length == COMPILED_BYTES_MAX || !has_header(bytes, (size_t)length))
		return error_set(err, arena, ERROR_UNSUPPORTED, "what apparmor_parser makes of a profile is in no format that is known");
	if (is_sha256)
		*ret_digest = SHA256Data((const uint8_t *)bytes + VERSION_OFFSET, (size_t)length - VERSION_OFFSET, digits);
	else
		*ret_digest = SHA1Data((const uint8_t *)bytes + VERSION_OFFSET, (size_t)length - VERSION_OFFSET, digits);
	return 0;
}
