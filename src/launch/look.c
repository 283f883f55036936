/*
 * Links of an image on the way to a mount or to the working directory, where an engine will find them by name: they are followed
 * in the image before anything is started from it, and what is started is then the very image that was looked at. With docker
 * that is the one whose declarations were checked, also where there is nothing to look for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "launch_internal.h"

#define LOOK_FILE "look"          /* in the stage: there is, or was about to be, a container made only to be looked at */
#define LOOK_NAME "hardrun-look-" /* and the id of the stage */
#define LOOK_LABEL "io.hardrun.look"
#define STAT_HEADER "X-Docker-Container-Path-Stat"
#define IMAGE_ID_PREFIX "sha256:"
enum { ID_DIGITS = 64, LINK_DIGITS_MAX = 64 * 1024, STATUS_OK = 200, STATUS_CREATED = 201, STATUS_ABSENT = 404 };

struct look {
	struct arena *arena;
	const struct launch *launch;
	const char *image_id;
	const char *directory; /* the image's own working directory, as the engine says */
};

static bool is_hexadecimal(const char *id)
{
	return strlen(id) == ID_DIGITS && strspn(id, "0123456789abcdef") == ID_DIGITS;
}

static bool is_image_id(const char *id)
{
	const size_t prefix = strlen(IMAGE_ID_PREFIX);

	return id && strncmp(id, IMAGE_ID_PREFIX, prefix) == 0 && is_hexadecimal(id + prefix);
}

static int check_all(const struct look *look, const struct link_reader *reader, struct error *err)
{
	const char *directory = look->launch->plan->working_dir ? look->launch->plan->working_dir : look->directory;
	const struct places_question question = {.reader = reader, .directory = directory && *directory ? directory : "/"};

	return places_check(look->arena, look->launch, &question, err);
}

/* ---- docker: a container that is never started ---- */

static int call(struct arena *arena, const struct launch *launch, struct host_http_call *call, struct error *err)
{
	call->socket = launch->facts->engine.docker_socket;
	return host_http_call(arena, call, err);
}

static int fail(struct arena *arena, const struct host_http_call *call, const char *what, struct error *err)
{
	CLEANUP_JSON json_t *answer = call->answer ? json_loads(call->answer, 0, NULL) : NULL;
	const char *message = json_string_value(json_object_get(answer, "message"));

	return error_set(err, arena, ERROR_SYSTEM, "%s (docker said %d: %s)", what, call->status,
			 message ? string_printable(arena, message, 200) : "nothing");
}

static const char *query_of(struct arena *arena, const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~/-";
	struct text text;

	text_init(&text, arena);
	for (const char *c = path; *c; c++)
		if (strchr(plain, *c))
			text_add_bytes(&text, c, 1);
		else
			text_addf(&text, "%%%02X", (unsigned char)*c);
	return text.data;
}

/* ${text} out of base64 with its padding; NULL: it is none, or has a NUL in it. */
static const char *decode(struct arena *arena, const char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const size_t length = strlen(text), used = strspn(text, digits);
	char *bytes = arena_alloc(arena, length + 1);
	unsigned bits = 0, held = 0;
	size_t count = 0;

	if (length == 0 || length > LINK_DIGITS_MAX || length % 4 != 0 || length - used > 2 || strspn(text + used, "=") != length - used)
		return NULL;
	for (size_t i = 0; i < used; i++) {
		bits = (bits << 6 | (unsigned)(strchr(digits, text[i]) - digits)) & 0xffff;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		bytes[count++] = (char)(bits >> held & 0xff);
	}
	return strlen(bytes) == count ? bytes : NULL;
}

const char *look_read_stat(struct arena *arena, const char *header, bool *ret_is_read)
{
	const char *text = header ? decode(arena, header) : NULL;
	CLEANUP_JSON json_t *answer = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
	const char *link = json_string_value(json_object_get(answer, "linkTarget"));

	*ret_is_read = link != NULL;
	return link && *link ? arena_strdup(arena, link) : NULL;
}

struct docker_look { struct arena *arena; const struct launch *launch; const char *image_id, *name; };

static int read_in_docker(void *context, const char *path, const char **ret_link, struct error *err)
{
	const struct docker_look *look = context;
	struct host_http_call head = {
		.method = "HEAD", .header = STAT_HEADER,
		.target = arena_printf(look->arena, "/containers/%s/archive?path=%s", look->name, query_of(look->arena, path)),
	};
	bool is_read = false;
	int result = call(look->arena, look->launch, &head, err);

	*ret_link = NULL;
	if (result < 0 || head.status == STATUS_ABSENT)
		return result;
	*ret_link = look_read_stat(look->arena, head.value, &is_read);
	if (head.status == STATUS_OK && is_read)
		return 0;
	return error_set(err, look->arena, ERROR_SYSTEM, "docker does not say what %s is in the image (it said %d)",
			 string_printable(look->arena, path, 80), head.status);
}

static int remove_container(struct arena *arena, const char *socket, const char *name, struct error *err)
{
	struct host_http_call remove = {
		.socket = socket, .method = "DELETE", .target = arena_printf(arena, "/containers/%s?v=1", name),
	};
	int result = host_http_call(arena, &remove, err);

	if (result < 0 || (remove.status >= STATUS_OK && remove.status < 300) || remove.status == STATUS_ABSENT)
		return result;
	return fail(arena, &remove, arena_printf(arena, "the container %s cannot be removed again", name), err);
}

/* With no mount, no network and nothing that could run. */
static int make_container(const struct docker_look *look, struct error *err)
{
	const struct plan *plan = look->launch->plan;
	const char *platform = plan->platform ? query_of(look->arena, plan->platform) : NULL;
	CLEANUP_JSON json_t *body = json_pack("{s:s, s:[s], s:b, s:{s:s}, s:{s:s}}", "Image", look->image_id, "Cmd", "/",
					     "NetworkDisabled", true, "Labels", LOOK_LABEL, "1", "HostConfig", "NetworkMode", "none");
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	struct host_http_call create = {
		.method = "POST", .body = text ? arena_strdup(look->arena, text) : "{}",
		.target = arena_printf(look->arena, "/containers/create?name=%s%s%s", look->name, platform ? "&platform=" : "",
				       platform ? platform : ""),
	};
	int result = call(look->arena, look->launch, &create, err);

	free(text);
	if (result < 0 || create.status == STATUS_CREATED)
		return result;
	return fail(look->arena, &create, "no container can be made to look for links in the image", err);
}

static int read_directory(struct look *look, const char *name, struct error *err)
{
	struct host_http_call inspect = {.method = "GET", .target = arena_printf(look->arena, "/containers/%s/json", name)};
	int result = call(look->arena, look->launch, &inspect, err);
	CLEANUP_JSON json_t *answer = result == 0 && inspect.answer ? json_loads(inspect.answer, JSON_REJECT_DUPLICATES, NULL) : NULL;
	const char *directory = json_string_value(json_object_get(json_object_get(answer, "Config"), "WorkingDir"));

	if (result < 0)
		return result;
	if (inspect.status != STATUS_OK || !directory)
		return fail(look->arena, &inspect, "docker does not say what the image declares", err);
	look->directory = arena_strdup(look->arena, directory);
	return 0;
}

static int look_in_docker(struct look *look, const struct staging *stage, struct error *err)
{
	struct docker_look docker = {look->arena, look->launch, look->image_id, arena_printf(look->arena, LOOK_NAME "%s", stage->id)};
	const struct link_reader reader = {.context = &docker, .read = read_in_docker};
	struct error late;
	int result = 0, removed;

	if (!descriptors_write_file(stage->dir_fd, LOOK_FILE, "", 0))
		return error_set(err, look->arena, ERROR_SYSTEM, "cannot write in %s: %s", stage->dir, strerror(errno));
	result = make_container(&docker, err);
	if (result == 0)
		result = read_directory(look, docker.name, err);
	if (result == 0)
		result = check_all(look, &reader, err);
	/* Once more, and last: of a container that is gone docker says that nothing is there, too. */
	if (result == 0)
		result = read_directory(look, docker.name, err);
	/* Whatever came of it: one that was not made is not there. */
	removed = remove_container(look->arena, look->launch->facts->engine.docker_socket, docker.name, &late);
	if (removed == 0)
		(void)unlinkat(stage->dir_fd, LOOK_FILE, 0);
	if (result == 0 && removed < 0) {
		*err = late;
		result = removed;
	}
	return result;
}

bool look_discard(struct arena *arena, const char *socket, int dir, const char *id)
{
	struct error ignored;

	return (faccessat(dir, LOOK_FILE, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT) ||
	       remove_container(arena, socket, arena_printf(arena, LOOK_NAME "%s", id), &ignored) == 0;
}

/* ---- podman: the image's tree itself ---- */

static int ask_podman(const struct look *look, const char *const words[], const char **ret_said, struct error *err)
{
	struct string_list list = {0};
	const size_t globals = network_global_words(&look->launch->argv);
	struct spawn spawn = {.is_answer_said = true};
	int status, result;

	string_list_add(look->arena, &list, look->launch->program);
	for (size_t i = 1; i < globals; i++)
		string_list_add(look->arena, &list, look->launch->argv.items[i]);
	for (size_t i = 0; words[i]; i++)
		string_list_add(look->arena, &list, words[i]);
	spawn.argv = spawn_vector(look->arena, &list);
	spawn.environment = spawn_vector(look->arena, &look->launch->environment);
	result = spawn_run(look->arena, &spawn, &status, ret_said, err);
	if (result < 0 || status == 0)
		return result;
	return error_set(err, look->arena, ERROR_SYSTEM, "no link can be looked for in the image (podman said: %s)", *ret_said);
}

static int look_in_podman(struct look *look, struct error *err)
{
	const char *const inspect[] = {"image", "inspect", "--format", "{{.Id}}", look->launch->plan->image.canonical, NULL};
	const char *id = NULL, *tree = NULL, *said;
	int result = ask_podman(look, inspect, &id, err);
	struct link_tree inside;

	if (result == 0 && !is_hexadecimal(id))
		result = error_set(err, look->arena, ERROR_SYSTEM, "podman does not say which image it has (it said: %s)", id);
	if (result == 0)
		result = ask_podman(look, (const char *const[]){"image", "inspect", "--format", "{{.Config.WorkingDir}}", id, NULL},
				    &look->directory, err);
	if (result == 0)
		result = ask_podman(look, (const char *const[]){"image", "mount", id, NULL}, &tree, err);
	if (result < 0)
		return result;
	inside = (struct link_tree){.arena = look->arena, .root = tree};
	result = path_is_clean(tree) ?
		 check_all(look, &(const struct link_reader){.context = &inside, .read = links_read_in_tree}, err) :
		 error_set(err, look->arena, ERROR_SYSTEM, "podman does not say where the image is (it said: %s)", tree);
	(void)ask_podman(look, (const char *const[]){"image", "unmount", id, NULL}, &said, &(struct error){0});
	look->image_id = id;
	return result;
}

/* Nothing for the engine to find: no mount, and a directory that needs no looking for. */
static bool is_plain(const struct launch *launch)
{
	const struct image_facts *image = &launch->facts->image_facts;
	const char *given = launch->plan->working_dir;
	const char *directory = given ? given : image->is_known && !image->working_dir ? "/" : image->working_dir;

	return launch->plan->mount_count == 0 && directory && strcmp(directory, "/") == 0;
}

/* The image whose USER and VOLUMEs were checked: its name may be another's by now. */
static int take_checked(struct look *look, struct error *err)
{
	const struct image_facts *image = &look->launch->facts->image_facts;

	if (!image->is_known || !is_image_id(image->digest))
		return error_set(err, look->arena, ERROR_SYSTEM, "docker does not say which image it has");
	look->image_id = image->digest;
	return 0;
}

int look_check(struct arena *arena, const struct launch *launch, const struct staging *stage, const char **ret_image_id,
	       struct error *err)
{
	struct look look = {.arena = arena, .launch = launch};
	int result;

	*ret_image_id = NULL;
	if (!launch->is_guarded || !launch->facts->is_root)
		return 0;
	result = launch->backend == BACKEND_DOCKER ? take_checked(&look, err) : 0;
	if (result == 0 && !is_plain(launch))
		result = launch->backend == BACKEND_PODMAN ? look_in_podman(&look, err) : look_in_docker(&look, stage, err);
	if (result == 0)
		*ret_image_id = look.image_id;
	return result;
}
