/* The cache of unpacked images: root's, read-only for every container, one directory for each manifest. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "launch_internal.h"

#define WORKSHOP_PREFIX ".new-"

enum { WORKSHOPS_MAX = 100 };

int cache_open(struct arena *arena, const char *state_dir, const char *images, struct cache *ret_cache, struct error *err)
{
	struct cache cache = {.images_path = arena_printf(arena, "%s/%s", state_dir, images)};

	cache.images = descriptors_make_directory(arena, cache.images_path, err);
	if (cache.images < 0)
		return -(int)err->kind;
	cache.refs = descriptors_make_directory(arena, arena_printf(arena, "%s/refs", state_dir), err);
	if (cache.refs < 0) {
		(void)close(cache.images);
		return -(int)err->kind;
	}
	*ret_cache = cache;
	return 0;
}

void cache_close(struct cache *cache)
{
	descriptors_close(&cache->images);
	descriptors_close(&cache->refs);
}

/* Never the key itself: it has slashes, and may be long. */
static const char *ref_name(struct arena *arena, const char *key)
{
	return layout_digest_of(arena, key, strlen(key)) + strlen("sha256:");
}

bool cache_has(const struct cache *cache, const char *digest)
{
	return layout_digest_is_valid(digest) && faccessat(cache->images, digest + strlen("sha256:"), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static const char *read_ref(struct arena *arena, const struct cache *cache, const char *name)
{
	const char *digest = descriptors_read_file(arena, cache->refs, name, LAYOUT_DIGEST_LENGTH);

	return digest && cache_has(cache, digest) ? digest : NULL;
}

bool cache_knows(struct arena *arena, const struct cache *cache, const char *key)
{
	return read_ref(arena, cache, ref_name(arena, key)) != NULL;
}

const char *cache_look_up(struct arena *arena, const struct cache *cache, const char *key, bool is_fresh, int *ret_lock,
			  struct error *err)
{
	const char *name = ref_name(arena, key);
	const char *digest = is_fresh ? NULL : read_ref(arena, cache, name);
	int lock;

	*ret_lock = -1;
	if (digest)
		return digest;
	lock = lock_open(arena, cache->refs, name, LOCK_SECONDS_AT_WORK, err);
	/* Whoever had the lock before us may have brought it. */
	digest = is_fresh ? NULL : read_ref(arena, cache, name);
	if (digest)
		descriptors_close(&lock);
	*ret_lock = lock;
	return digest;
}

void cache_note(struct arena *arena, const struct cache *cache, const char *key, int lock, const char *digest)
{
	if (digest && lock >= 0 && pwrite(lock, digest, LAYOUT_DIGEST_LENGTH, 0) == LAYOUT_DIGEST_LENGTH)
		return;
	/* An older answer is still good when the registry could not be asked anew; an empty one is none. */
	if (!read_ref(arena, cache, ref_name(arena, key)))
		(void)unlinkat(cache->refs, ref_name(arena, key), 0);
}

/* Nobody makes or claims a workshop meanwhile: what is neither locked nor new is abandoned. */
static int lock_images(struct arena *arena, const struct cache *cache, struct error *err)
{
	int list = openat(cache->images, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (list < 0)
		(void)error_set(err, arena, ERROR_SYSTEM, "%s cannot be read: %s", cache->images_path, strerror(errno));
	else if (lock_take(arena, list, LOCK_SECONDS, err) < 0)
		descriptors_close(&list);
	return list;
}

/* Locks a workshop whose maker is gone: its descriptor and name, or -1 when there is none. */
static int claim_abandoned(struct arena *arena, const struct cache *cache, const char **ret_name)
{
	struct error ignored = {0};
	int list = lock_images(arena, cache, &ignored), claimed = -1;
	DIR *stream = list < 0 ? NULL : fdopendir(list);
	struct dirent *entry;

	if (!stream)
		return -1;
	while (claimed < 0 && (entry = readdir(stream))) {
		if (strncmp(entry->d_name, WORKSHOP_PREFIX, strlen(WORKSHOP_PREFIX)) != 0)
			continue;
		claimed = openat(cache->images, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (claimed >= 0 && flock(claimed, LOCK_EX | LOCK_NB) < 0)
			descriptors_close(&claimed);
		*ret_name = arena_strdup(arena, entry->d_name);
	}
	(void)closedir(stream);
	return claimed;
}

void cache_remove_abandoned(struct arena *arena, const struct cache *cache)
{
	const char *name = "";
	bool is_gone = true;

	while (is_gone) {
		CLOSE_FD int claimed = claim_abandoned(arena, cache, &name);

		is_gone = claimed >= 0 && remove_tree(cache->images, name) == 0;
	}
}

/* A name that is free: another with our number may be under removal. */
static int make_directory(struct arena *arena, const struct cache *cache, const char **ret_name)
{
	int result = -1;

	errno = EEXIST;
	for (unsigned number = 0; result < 0 && errno == EEXIST && number < WORKSHOPS_MAX; number++) {
		*ret_name = arena_printf(arena, WORKSHOP_PREFIX "%d.%u", (int)getpid(), number);
		result = mkdirat(cache->images, *ret_name, 0700);
	}
	return result;
}

int cache_make_workshop(struct arena *arena, const struct cache *cache, const char **ret_name, struct error *err)
{
	CLOSE_FD int list = lock_images(arena, cache, err);
	const char *name;
	int dir;

	if (list < 0)
		return -(int)err->kind;
	if (make_directory(arena, cache, &name) < 0)
		return error_set(err, arena, ERROR_SYSTEM, "no directory in %s: %s", cache->images_path, strerror(errno));
	dir = openat(cache->images, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || flock(dir, LOCK_EX | LOCK_NB) < 0) {
		(void)unlinkat(cache->images, name, AT_REMOVEDIR);
		return error_set(err, arena, ERROR_SYSTEM, "no lock in %s: %s", cache->images_path, strerror(errno));
	}
	*ret_name = name;
	return dir;
}

int cache_adopt(struct arena *arena, const struct cache *cache, const char *workshop, const char *digest, struct error *err)
{
	/* What the name promises must be on the disk before the name is. */
	if (syncfs(cache->images) < 0)
		return error_set(err, arena, ERROR_SYSTEM, "the image cannot be stored in %s: %s", cache->images_path, strerror(errno));
	if (renameat(cache->images, workshop, cache->images, digest + strlen("sha256:")) == 0 || errno == EEXIST || errno == ENOTEMPTY)
		return 0;
	return error_set(err, arena, ERROR_SYSTEM, "the image cannot be stored in %s: %s", cache->images_path, strerror(errno));
}
