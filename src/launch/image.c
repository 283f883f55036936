/* Images on the OCI path: found in the cache, or brought by skopeo and unpacked by umoci, once for each manifest. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include "rootless.h"

enum { CONFIG_BYTES_MAX = 4 << 20 };

struct fetch {
	struct arena *arena;
	const struct host_facts *facts;
	const struct image_name *image;
	const char *shown;       /* the image's name, for people */
	struct cache cache;
	const char *key;         /* what the ref is filed under */
	const char *source;      /* skopeo's words for where it comes from */
	const char *claimed;     /* layouts: the digest that index.json gives; NULL */
	const char *claimed_text;/* its blob, checked */
	int local;               /* descriptor of the layout or archive; -1 */
	const char *workshop;    /* name in the cache */
	const char *workshop_path;
};

/* ---- where it comes from ---- */

static const char *file_identity(struct arena *arena, int fd)
{
	struct stat s;

	if (fstat(fd, &s) < 0)
		return "";
	return arena_printf(arena, "%llu:%llu:%lld:%lld.%09ld:%lld.%09ld", (unsigned long long)s.st_dev, (unsigned long long)s.st_ino,
			    (long long)s.st_size, (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec, (long long)s.st_ctim.tv_sec,
			    s.st_ctim.tv_nsec);
}

static int open_local(struct fetch *fetch, mode_t wanted, struct error *err)
{
	const struct host_path *path = host_image_path(fetch->facts);
	struct stat status;

	if (!path || !path->resolved)
		return error_set(err, fetch->arena, ERROR_MISSING, "no such image: %s (%s)", fetch->shown,
				 path && path->reason ? path->reason : "there is nothing at that path");
	/* The very thing that was judged: whose it is decides whether root reads it at all. */
	fetch->local = host_open_resolved(path, O_RDONLY);
	if (fetch->local < 0 || fstat(fetch->local, &status) < 0)
		return error_set(err, fetch->arena, ERROR_MISSING, "no such image: %s (%s)", fetch->shown,
				 errno == ESTALE ? "it has been replaced since it was judged" : strerror(errno));
	if ((status.st_mode & S_IFMT) != wanted)
		return error_set(err, fetch->arena, ERROR_MISSING, "no such image: %s (it is not a %s)", fetch->shown,
				 wanted == S_IFDIR ? "directory" : "regular file");
	return 0;
}

/* skopeo is given our descriptor: the path is not looked up again, and its colons mean nothing. */
static int describe_layout(struct fetch *fetch, struct error *err)
{
	const char *tag = fetch->image->tag;
	char *text;
	int result = open_local(fetch, S_IFDIR, err);

	if (result == 0)
		result = layout_find(fetch->arena, fetch->local, fetch->shown, tag, &fetch->claimed, err);
	if (result == 0)
		result = layout_read_blob(fetch->arena, fetch->local, fetch->claimed, &text, err);
	if (result < 0)
		return result;
	fetch->claimed_text = text;
	fetch->key = arena_printf(fetch->arena, "digest %s", fetch->claimed);
	fetch->source = arena_printf(fetch->arena, "oci:/proc/%d/fd/%d%s%s", (int)getpid(), fetch->local, tag ? ":" : "",
		tag ? tag : "");
	return 0;
}

static int describe_archive(struct fetch *fetch, struct error *err)
{
	int result = open_local(fetch, S_IFREG, err);

	if (result < 0)
		return result;
	fetch->key = arena_printf(fetch->arena, "archive %s", file_identity(fetch->arena, fetch->local));
	fetch->source = arena_printf(fetch->arena, "docker-archive:/proc/%d/fd/%d", (int)getpid(), fetch->local);
	return 0;
}

static int describe(struct fetch *fetch, struct error *err)
{
	switch (fetch->image->kind) {
	case IMAGE_OCI_LAYOUT:
		return describe_layout(fetch, err);
	case IMAGE_DOCKER_ARCHIVE:
		return describe_archive(fetch, err);
	case IMAGE_REFERENCE:
		fetch->key = arena_printf(fetch->arena, "reference %s", fetch->image->canonical);
		fetch->source = arena_printf(fetch->arena, "docker://%s", fetch->image->canonical);
		return 0;
	case IMAGE_ROOTFS:
	case IMAGE_KIND_COUNT:
		break;
	}
	return error_set(err, fetch->arena, ERROR_UNSUPPORTED, "%s is not an image", fetch->shown);
}

/* docker speaks plain HTTP to registries on the loopback; so do we, and to no others. */
bool image_is_on_loopback(const struct image_name *image)
{
	const char *domain = image->kind == IMAGE_REFERENCE && image->domain ? image->domain : "";
	size_t host = strcspn(domain, ":");

	if (strncmp(domain, "[::1]", 5) == 0)
		return domain[5] == '\0' || domain[5] == ':';
	if (host == strlen("localhost") && strncmp(domain, "localhost", host) == 0)
		return true;
	/* All four parts must be there and be numbers: 127.evil.example is a name. */
	return strncmp(domain, "127.", 4) == 0 && strspn(domain, "0123456789.") == host;
}

/* ---- bringing it ---- */

bool image_says_not_there(const char *said)
{
	static const char *const words[] = {
		"manifest unknown", "name unknown", "not found", "no such", "does not exist", "repository name not known",
		"requested access to the resource is denied", "unauthorized",
	};

	for (size_t i = 0; i < ARRAY_COUNT(words); i++)
		if (strcasestr(said, words[i]))
			return true;
	return false;
}

static int copy_image(const struct fetch *fetch, struct error *err)
{
	struct arena *arena = fetch->arena;
	const char *home = fetch->workshop_path;
	const char *environment[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", arena_printf(arena, "HOME=%s", home),
		arena_printf(arena, "TMPDIR=%s", home), arena_printf(arena, "XDG_RUNTIME_DIR=%s", home), NULL,
	};
	const char *argv[10] = {fetch->facts->engine.skopeo};
	const struct spawn spawn = {.argv = argv, .environment = environment, .directory = home};
	size_t count = 1;
	const char *said;
	int status;

	if (access("/etc/containers/policy.json", F_OK) < 0)
		argv[count++] = "--insecure-policy";
	argv[count++] = "copy";
	argv[count++] = "--quiet";
	if (image_is_on_loopback(fetch->image))
		argv[count++] = "--src-tls-verify=false";
	argv[count++] = fetch->source;
	argv[count++] = "oci:layout:image";
	if (spawn_run(arena, &spawn, &status, &said, err) < 0)
		return -(int)err->kind;
	if (status == 0)
		return 0;
	return error_set(err, arena, ERROR_MISSING, image_says_not_there(said) ? "no such image: %s (skopeo said: %s)" :
			 "the image %s cannot be fetched (skopeo said: %s)", fetch->shown, said);
}

static void add_map(const struct fetch *fetch, struct string_list *words, const char *option, const struct host_id_map *map)
{
	for (size_t i = 0; i < map->count; i++) {
		string_list_add(fetch->arena, words, option);
		string_list_add(fetch->arena, words, arena_printf(fetch->arena, "%u:%u:%u", map->ranges[i].inside, map->ranges[i].outside,
								  map->ranges[i].count));
	}
}

/* An ordinary user's files get the owners that the container will know; without subordinate ids all are the caller's. */
static struct string_list unpack_words(const struct fetch *fetch)
{
	const struct host_facts *facts = fetch->facts;
	const char *first[] = {facts->engine.umoci, "raw", "unpack"}, *last[] = {"--image", "layout:image", "rootfs"};
	struct string_list words = {0};

	for (size_t i = 0; i < ARRAY_COUNT(first); i++)
		string_list_add(fetch->arena, &words, first[i]);
	if (!facts->is_root && facts->rootless->ids_problem != NULL) {
		string_list_add(fetch->arena, &words, "--rootless");
	} else if (!facts->is_root) {
		add_map(fetch, &words, "--uid-map", &facts->rootless->uids);
		add_map(fetch, &words, "--gid-map", &facts->rootless->gids);
	}
	for (size_t i = 0; i < ARRAY_COUNT(last); i++)
		string_list_add(fetch->arena, &words, last[i]);
	return words;
}

static int unpack_image(const struct fetch *fetch, struct error *err)
{
	struct string_list words = unpack_words(fetch);
	const struct spawn spawn = {.argv = spawn_vector(fetch->arena, &words), .directory = fetch->workshop_path};
	const char *said;
	int status;

	if (spawn_run(fetch->arena, &spawn, &status, &said, err) < 0)
		return -(int)err->kind;
	if (status == 0)
		return 0;
	return error_set(err, fetch->arena, ERROR_SYSTEM, "the image %s cannot be unpacked (umoci said: %s)", fetch->shown, said);
}

/* Keeps the configuration, drops the layout; *ret_digest is the manifest's, computed and not believed. */
static int keep_config(const struct fetch *fetch, int workshop, const char **ret_digest, struct error *err)
{
	CLOSE_FD int layout = openat(workshop, "layout", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char *manifest, *config;
	const char *config_digest;
	int result = layout_find(fetch->arena, layout, fetch->shown, "image", ret_digest, err);

	if (result == 0)
		result = layout_read_blob(fetch->arena, layout, *ret_digest, &manifest, err);
	if (result == 0)
		result = layout_config_digest(fetch->arena, manifest, &config_digest, err);
	if (result == 0)
		result = layout_read_blob(fetch->arena, layout, config_digest, &config, err);
	if (result < 0)
		return result;
	if (descriptors_write_file(workshop, "config.json", config, strlen(config)) && remove_tree(workshop, "layout") == 0)
		return 0;
	return error_set(err, fetch->arena, ERROR_SYSTEM, "the image %s cannot be stored: %s", fetch->shown, strerror(errno));
}

static int fill_workshop(const struct fetch *fetch, int workshop, const char **ret_digest, struct error *err)
{
	int result = copy_image(fetch, err);

	if (result == 0)
		result = unpack_image(fetch, err);
	if (result == 0)
		result = keep_config(fetch, workshop, ret_digest, err);
	/* The container's user must get through; what it may read inside is the image's business. */
	if (result == 0 && fchmodat(workshop, "rootfs", 0755, 0) < 0)
		result = error_set(err, fetch->arena, ERROR_SYSTEM, "the image %s cannot be stored: %s", fetch->shown, strerror(errno));
	return result;
}

/*
 * May the ref be noted? Only when what was asked for cannot lead anybody else to something else: a layout must really have
 * held what its digest says, and an archive must not have been changed under our hands.
 */
static bool is_worth_noting(const struct fetch *fetch, const char *digest)
{
	if (fetch->image->kind == IMAGE_DOCKER_ARCHIVE)
		return strcmp(fetch->key, arena_printf(fetch->arena, "archive %s", file_identity(fetch->arena, fetch->local))) == 0;
	if (fetch->image->kind != IMAGE_OCI_LAYOUT || strcmp(fetch->claimed, digest) == 0)
		return true;
	/* An index: it must list the manifest that skopeo chose. */
	return strstr(fetch->claimed_text, digest) != NULL;
}

static int bring(struct fetch *fetch, const char **ret_digest, struct error *err)
{
	CLOSE_FD int workshop = -1;
	sigset_t before;
	int result;

	spawn_hold_signals(&before);
	result = user_namespace_enter(fetch->arena, fetch->facts, err);
	workshop = result == 0 ? cache_make_workshop(fetch->arena, &fetch->cache, &fetch->workshop, err) : result;
	result = workshop < 0 ? workshop : 0;
	if (result == 0) {
		fetch->workshop_path = arena_printf(fetch->arena, "%s/%s", fetch->cache.images_path, fetch->workshop);
		result = fill_workshop(fetch, workshop, ret_digest, err);
	}
	if (result == 0)
		result = cache_adopt(fetch->arena, &fetch->cache, fetch->workshop, *ret_digest, err);
	if (fetch->workshop)
		(void)remove_tree(fetch->cache.images, fetch->workshop);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return result;
}

static int bring_and_note(struct fetch *fetch, int lock, const char **ret_digest, struct error *err)
{
	int result;

	if (!fetch->facts->engine.skopeo || !fetch->facts->engine.umoci) {
		result = error_set(err, fetch->arena, ERROR_MISSING, "images need skopeo and umoci when no daemon is used");
		err->remedy = "apt install skopeo umoci";
	} else {
		result = bring(fetch, ret_digest, err);
	}
	cache_note(fetch->arena, &fetch->cache, fetch->key, lock,
		   result == 0 && is_worth_noting(fetch, *ret_digest) ? *ret_digest : NULL);
	return result;
}

static int find_or_bring(struct fetch *fetch, const char *pull, const char **ret_digest, struct error *err)
{
	bool is_reference = fetch->image->kind == IMAGE_REFERENCE, is_fresh = is_reference && strcmp(pull, "always") == 0;
	bool is_never = strcmp(pull, "never") == 0;
	CLOSE_FD int lock = -1;

	/* Before the lock: a dry run may have given up the right to open one. */
	if (is_never && is_reference && !cache_knows(fetch->arena, &fetch->cache, fetch->key))
		return error_set(err, fetch->arena, ERROR_MISSING, "no such image: %s (it is not here, and is not to be fetched)",
				 fetch->shown);
	/* Room for another, made before anybody waits for us and while a signal still ends us. */
	if (!is_never && (is_fresh || !cache_knows(fetch->arena, &fetch->cache, fetch->key)) &&
	    user_namespace_enter(fetch->arena, fetch->facts, err) == 0)
		cache_remove_abandoned(fetch->arena, &fetch->cache);
	*ret_digest = cache_look_up(fetch->arena, &fetch->cache, fetch->key, is_fresh, &lock, err);
	if (*ret_digest)
		return 0;
	return lock < 0 ? -(int)err->kind : bring_and_note(fetch, lock, ret_digest, err);
}

static int read_facts(struct fetch *fetch, const char *digest, struct image_facts *ret_facts, struct error *err)
{
	const char *hex = digest + strlen("sha256:");
	const char *config = descriptors_read_file(fetch->arena, fetch->cache.images,
						   arena_printf(fetch->arena, "%s/config.json", hex), CONFIG_BYTES_MAX);
	struct image_facts facts = {0};
	int result;

	if (!config)
		return error_set(err, fetch->arena, ERROR_SYSTEM, "the image %s is damaged in %s: %s", fetch->shown,
				 fetch->cache.images_path, strerror(errno));
	result = host_parse_image_config(fetch->arena, config, &facts, err);
	if (result == 0)
		result = layout_check_platform(fetch->arena, config, fetch->shown, fetch->facts->architecture, err);
	if (result < 0)
		return result;
	facts.is_known = true;
	facts.digest = digest;
	facts.rootfs = arena_printf(fetch->arena, "%s/%s/rootfs", fetch->cache.images_path, hex);
	*ret_facts = facts;
	return 0;
}

static int use_rootfs(struct arena *arena, struct host_facts *facts, struct error *err)
{
	const struct host_path *path = host_image_path(facts);

	if (!path || !path->resolved || path->kind != PATH_DIRECTORY)
		return error_set(err, arena, ERROR_MISSING, "there is no directory %s to be the root file system",
				 string_printable(arena, facts->image.path, 200));
	facts->image_facts = (struct image_facts){.is_known = true, .rootfs = path->resolved, .user = ""};
	return 0;
}

int launch_fetch_image(struct arena *arena, struct host_facts *facts, const char *pull, struct error *err)
{
	const struct image_name *image = &facts->image;
	struct fetch fetch = {.arena = arena, .facts = facts, .image = image, .local = -1};
	const char *digest = NULL;
	int result;

	if (image->kind == IMAGE_ROOTFS)
		return use_rootfs(arena, facts, err);
	if (!facts->state_dir || (!facts->is_root && facts->rootless == NULL))
		return error_set(err, arena, ERROR_UNSUPPORTED, "there is no directory of yours for images: the account has no home");
	fetch.shown = string_printable(arena, image->kind == IMAGE_REFERENCE ? image->canonical : image->name, 200);
	result = cache_open(arena, facts->state_dir, user_namespace_images(arena, facts), &fetch.cache, err);
	if (result < 0)
		return result;
	result = describe(&fetch, err);
	if (result == 0)
		result = find_or_bring(&fetch, pull ? pull : "missing", &digest, err);
	if (result == 0)
		result = read_facts(&fetch, digest, &facts->image_facts, err);
	descriptors_close(&fetch.local);
	cache_close(&fetch.cache);
	return result;
}
