/* search: names to files. The nearest directory that has the name wins; a link to /dev/null there hides the name altogether. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "embedded.h"
#include "policy_internal.h"

static const char *const extensions[] = { ".yaml", ".yml", ".json" };

/* The extension of a file's name, or NULL when it is not one of a policy's. */
static const char *extension_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && i < ARRAY_COUNT(extensions); i++) {
		if (strcmp(extensions[i], dot) == 0)
			return dot;
	}
	return NULL;
}

bool search_is_path(const char *name)
{
	return strchr(name, '/') != NULL || extension_of(name) != NULL;
}

static bool is_name(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && name[0] != '-' &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] == '\0';
}

const char *search_directory(const struct policy_search *search, enum search_layer layer)
{
	switch (layer) {
	case SEARCH_USER:
		return search->is_user_dir_ignored || search->is_root_only ? NULL : search->user_dir;
	case SEARCH_ADMIN:
		return search->admin_dir;
	case SEARCH_VENDOR:
		return search->vendor_dir;
	case SEARCH_BUILTIN:
	case SEARCH_LAYER_COUNT:
		break;
	}
	return NULL;
}

bool search_is_mask(const char *path)
{
	char target[sizeof("/dev/null") + 1];
	const ssize_t length = readlink(path, target, sizeof(target));

	return length == (ssize_t)strlen("/dev/null") && memcmp(target, "/dev/null", (size_t)length) == 0;
}

/* Whatever is wrong with an entry that is there is said when it is opened; what cannot be seen must not fall through. */
static bool is_missing(const char *path)
{
	struct stat status;

	return lstat(path, &status) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

static struct search_hit look_in(struct arena *arena, const char *directory, enum search_layer layer, const char *name,
				 const char *except)
{
	struct search_hit hit = { .state = SEARCH_NOT_FOUND, .layer = layer };

	/* Most often there is no such directory. */
	if (is_missing(directory))
		return hit;
	for (size_t i = 0; i < ARRAY_COUNT(extensions); i++) {
		const char *path = arena_printf(arena, "%s/%s%s", directory, name, extensions[i]);

		if (is_missing(path))
			continue;
		if (except != NULL && strcmp(path, except) == 0)
			continue;
		hit.path = path;
		hit.state = search_is_mask(path) ? SEARCH_MASKED : SEARCH_FOUND;
		return hit;
	}
	return hit;
}

static struct search_hit look_builtin(struct arena *arena, const char *name, const char *except)
{
	struct search_hit hit = { .state = SEARCH_NOT_FOUND, .layer = SEARCH_BUILTIN };

	for (size_t i = 0; i < embedded_policy_count; i++) {
		const char *path;

		if (strcmp(embedded_policies[i].name, name) != 0)
			continue;
		path = arena_printf(arena, "built-in:%s", name);
		if (except != NULL && strcmp(path, except) == 0)
			continue;
		hit.state = SEARCH_FOUND;
		hit.path = path;
		hit.tree = &embedded_policies[i].tree;
		hit.digest = embedded_policies[i].digest;
		hit.images = embedded_policies[i].images;
	}
	return hit;
}

struct search_hit search_name(struct arena *arena, const struct policy_search *search, const char *name,
			      enum search_layer from, const char *except)
{
	struct search_hit hit = { .state = SEARCH_NOT_FOUND, .layer = SEARCH_BUILTIN };

	if (!is_name(name))
		return hit;
	for (size_t layer = from; layer < SEARCH_BUILTIN; layer++) {
		const char *directory = search_directory(search, (enum search_layer)layer);

		if (directory == NULL)
			continue;
		hit = look_in(arena, directory, (enum search_layer)layer, name, except);
		if (hit.state != SEARCH_NOT_FOUND)
			return hit;
	}
	return look_builtin(arena, name, except);
}

bool policy_is_shipped(const struct policy *policy)
{
	static const char *const beginnings[] = { "built-in:", HARDRUN_PREFIX "/share/hardrun/" };

	for (size_t i = 0; policy->files.count > 0 && i < ARRAY_COUNT(beginnings); i++) {
		if (strncmp(policy->files.items[0], beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	}
	return false;
}

/* ---- everything there is ---- */

static void add_entry(struct arena *arena, struct search_entries *entries, const char *name, struct search_hit hit)
{
	struct search_entry *entry;
	bool is_hidden = hit.state == SEARCH_MASKED;

	for (size_t i = 0; i < entries->count && !is_hidden; i++)
		is_hidden = strcmp(entries->items[i].name, name) == 0;
	entry = vector_push(arena, entries->items, entries->count);
	*entry = (struct search_entry){ name, hit, is_hidden };
}

static int compare_names(const void *first, const void *second)
{
	return strcmp(*(const char *const *)first, *(const char *const *)second);
}

/*
 * The file names of a directory that are policies', sorted. Returns 0, or the number of the error. A directory that is not there
 * is empty; one that is there and cannot be read is not, or a lost permission would lead to the policy behind it.
 */
static int read_names(struct arena *arena, const char *directory, struct string_list *names)
{
	const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int number = errno;

	if (stream == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return number == ENOENT || number == ENOTDIR ? 0 : number;
	}
	while (errno = 0, (entry = readdir(stream)) != NULL) {
		const char *extension = extension_of(entry->d_name);

		if (extension != NULL && is_name(entry->d_name))
			string_list_add(arena, names, arena_strdup(arena, entry->d_name));
	}
	number = errno;
	(void)closedir(stream);
	if (names->count > 0)
		qsort(names->items, names->count, sizeof(names->items[0]), compare_names);
	return number;
}

static void add_directory(struct arena *arena, const char *directory, enum search_layer layer, struct search_entries *entries)
{
	struct string_list names = { 0 };
	const int number = read_names(arena, directory, &names);

	if (number != 0)
		*vector_push(arena, entries->items, entries->count) = (struct search_entry){ .name = directory,
			.hit = { .state = SEARCH_UNREADABLE, .layer = layer, .path = directory, .error_number = number } };
	/* By extension first: of web.yaml and web.json the look-up by name takes the former. */
	for (size_t e = 0; e < ARRAY_COUNT(extensions); e++) {
		for (size_t i = 0; i < names.count; i++) {
			const char *extension = extension_of(names.items[i]);
			struct search_hit hit = { .state = SEARCH_FOUND, .layer = layer };

			if (extension == NULL || strcmp(extension, extensions[e]) != 0)
				continue;
			hit.path = arena_printf(arena, "%s/%s", directory, names.items[i]);
			if (search_is_mask(hit.path))
				hit.state = SEARCH_MASKED;
			add_entry(arena, entries, arena_strndup(arena, names.items[i], (size_t)(extension - names.items[i])), hit);
		}
	}
}

struct search_entries search_all(struct arena *arena, const struct policy_search *search)
{
	struct search_entries entries = { 0 };

	for (size_t layer = SEARCH_USER; layer < SEARCH_BUILTIN; layer++) {
		const char *directory = search_directory(search, (enum search_layer)layer);

		if (directory != NULL)
			add_directory(arena, directory, (enum search_layer)layer, &entries);
	}
	for (size_t i = 0; i < embedded_policy_count; i++)
		add_entry(arena, &entries, embedded_policies[i].name, look_builtin(arena, embedded_policies[i].name, NULL));
	return entries;
}

const char *search_nearest(struct arena *arena, const struct policy_search *search, const char *name)
{
	const struct search_entries entries = search_all(arena, search);
	struct string_list names = { 0 };

	for (size_t i = 0; i < entries.count; i++) {
		if (!entries.items[i].is_masked && entries.items[i].hit.state == SEARCH_FOUND)
			string_list_add(arena, &names, entries.items[i].name);
	}
	return string_nearest(name, names.items, names.count);
}
