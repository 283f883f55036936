/*
 * Compiled filters, kept: libseccomp would compile the filter of a policy with calls of its own anew for every start, a
 * millisecond each. What is kept goes into a kernel as it is, so it is believed only when nobody else can have written it, and
 * when it is whole. Source of the annotation: crun.1, run.oci.seccomp_bpf_data.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdio.h>
#include <string.h>

#include "launch_internal.h"

/* 4096 instructions of 8 bytes, which is the kernel's most (BPF_MAXINSNS), in base64, with the line before. */
enum { KEPT_BYTES_MAX = 4096 * 8 / 3 * 4 + 256, KEPT_FILES_MAX = 256 };

#define HEADING "hardrun-filter "

static const char *digest(struct arena *arena, const char *first, const char *second)
{
	char *hex = arena_alloc(arena, SHA256_DIGEST_STRING_LENGTH);
	SHA2_CTX context;

	SHA256Init(&context);
	SHA256Update(&context, (const uint8_t *)first, strlen(first) + 1);
	SHA256Update(&context, (const uint8_t *)second, strlen(second) + 1);
	return SHA256End(&context, hex);
}

/* What stands in the file: its digest is of the name too, so that no filter can take another's place. */
static const char *pack(struct arena *arena, const char *name, const char *base64)
{
	return arena_printf(arena, HEADING "%s\n%s\n", digest(arena, name, base64), base64);
}

/* The filter that ${text} holds, or NULL. */
static const char *unpack(struct arena *arena, const char *name, const char *text)
{
	const char *begin = strchr(text, '\n');
	const char *end = begin != NULL ? strchr(begin + 1, '\n') : NULL;
	const char *base64;

	if (end == NULL)
		return NULL;
	base64 = arena_strndup(arena, begin + 1, (size_t)(end - begin - 1));
	return strcmp(pack(arena, name, base64), text) == 0 ? base64 : NULL;
}

/* NULL: nobody else can have written it. */
static const char *owner_problem(const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return "it is not a regular file";
	if (status->st_uid != geteuid())
		return "it belongs to somebody else";
	if ((status->st_mode & 0077) != 0 || status->st_nlink != 1)
		return "others may have changed it";
	return status->st_size > KEPT_BYTES_MAX ? "it is too large" : NULL;
}

/* NULL: there is none, or *ret_problem. */
static const char *read_kept(struct arena *arena, int directory, const char *name, const char **ret_problem)
{
	CLOSE_FD int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char *text = arena_alloc(arena, KEPT_BYTES_MAX + 1);
	struct stat status;
	const char *base64;
	ssize_t length;

	if (fd < 0 && errno == ENOENT)
		return NULL;
	*ret_problem = fd >= 0 && fstat(fd, &status) == 0 ? owner_problem(&status) : "it is not a regular file";
	if (*ret_problem != NULL)
		return NULL;
	length = read(fd, text, KEPT_BYTES_MAX);
	base64 = length > 0 ? unpack(arena, name, text) : NULL;
	if (base64 == NULL)
		*ret_problem = "it is not what was written";
	return base64;
}

/* A full shelf is emptied: policies come and go, and what is still in use is soon there again. */
static void make_room(int directory)
{
	const int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	size_t count = 0;

	if (stream == NULL)
		return;
	while (readdir(stream) != NULL)
		count++;
	rewinddir(stream);
	while (count >= KEPT_FILES_MAX && (entry = readdir(stream)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(directory, entry->d_name, 0);
	(void)closedir(stream);
}

/* Whole or not at all. That it cannot be kept keeps nothing from starting. */
static void keep(struct arena *arena, int directory, const char *name, const char *base64)
{
	const char *text = pack(arena, name, base64);
	const char *draft = arena_printf(arena, "%s.%ld", name, (long)getpid());

	make_room(directory);
	(void)unlinkat(directory, draft, 0);
	if (descriptors_write_file(directory, draft, text, strlen(text)) && renameat(directory, draft, directory, name) < 0)
		(void)unlinkat(directory, draft, 0);
}

static int open_directory(struct arena *arena, const struct host_facts *facts, const char **ret_path, struct error *err)
{
	CLOSE_FD int above = facts->runtime_dir ? descriptors_make_directory(arena, facts->runtime_dir, err) : -1;

	if (above < 0)
		return -1;
	*ret_path = arena_printf(arena, "%s/filters", facts->runtime_dir);
	return descriptors_make_directory(arena, *ret_path, err);
}

const struct profile *launch_compile_filter(struct arena *arena, const struct host_facts *facts, const struct profile *profile,
					    const char **ret_note)
{
	const char *name = digest(arena, profile_compiler(arena), profile_render_oci(arena, profile));
	const char *path = NULL, *base64 = NULL, *problem = NULL;
	struct error err = {0}, why = {0};
	CLOSE_FD int directory = open_directory(arena, facts, &path, &why);
	struct profile *compiled;
	bool is_kept;

	*ret_note = why.message != NULL ? arena_printf(arena, "no compiled filters are kept: %s", why.message) : NULL;
	if (directory >= 0)
		base64 = read_kept(arena, directory, name, &problem);
	if (problem != NULL)
		*ret_note = arena_printf(arena, "the filter kept in %s/%s was not used, and is made anew: %s", path, name, problem);
	is_kept = base64 != NULL;
	if (!is_kept && profile_compile(arena, profile, &base64, &err) < 0)
		return profile;
	if (!is_kept && directory >= 0)
		keep(arena, directory, name, base64);
	compiled = arena_alloc(arena, sizeof(*compiled));
	*compiled = *profile;
	compiled->bpf_base64 = base64;
	return compiled;
}
