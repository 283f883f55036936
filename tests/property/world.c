#include "world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../src/policy/policy_internal.h"

enum { FILE_BYTES_MAX = 1 << 20, LINKS_MAX = 8 };

static const struct file {
	const char *path, *link; /* link: where it leads; NULL: it is no link */
	enum path_kind kind;
	uid_t owner;
	mode_t mode;
} files[] = {
	{ "/", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/bin", "/usr/bin", PATH_DIRECTORY, 0, 0755 },
	{ "/boot", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/dev", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/dev/null", NULL, PATH_DEVICE, 0, 0666 },
	{ "/dev/shm", NULL, PATH_DIRECTORY, 0, 01777 },
	{ "/etc", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/etc/cron.d", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/etc/passwd", NULL, PATH_REGULAR, 0, 0644 },
	{ "/etc/shadow", NULL, PATH_REGULAR, 0, 0640 },
	{ "/home", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/home/user", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/home/user/.aws", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/home/user/.ssh", NULL, PATH_DIRECTORY, 1000, 0700 },
	{ "/home/user/.ssh/id_ed25519", NULL, PATH_REGULAR, 1000, 0600 },
	{ "/home/user/a", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/home/user/a,b", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/home/user/d", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/home/user/dangling", "/etc/cron.d/x", PATH_MISSING, 0, 0 },
	{ "/home/user/env.list", NULL, PATH_REGULAR, 1000, 0644 },
	{ "/home/user/fake.sock", NULL, PATH_SOCKET, 1000, 0755 },
	{ "/home/user/fifo", NULL, PATH_OTHER, 1000, 0644 },
	{ "/home/user/hardrun", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/home/user/hardrun/x", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/home/user/hardrun/link-to-etc", "/etc", PATH_DIRECTORY, 0, 0 },
	{ "/home/user/link", "/etc/shadow", PATH_REGULAR, 0, 0 },
	{ "/home/user/link-to-root", "/", PATH_DIRECTORY, 0, 0 },
	{ "/home/user/p", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/home/user/srv", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/home/user/srv/target", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/home/user/swap", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/home/user/work", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/home/userX", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/lib", "/usr/lib", PATH_DIRECTORY, 0, 0755 },
	{ "/mnt", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/mnt/x", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/myredis", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/myredis/conf", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/proc", NULL, PATH_DIRECTORY, 0, 0555 },
	{ "/root", NULL, PATH_DIRECTORY, 0, 0700 },
	{ "/root/.ssh", NULL, PATH_DIRECTORY, 0, 0700 },
	{ "/run", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/run/docker.sock", NULL, PATH_SOCKET, 0, 0660 },
	{ "/run/podman", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/run/podman/podman.sock", NULL, PATH_SOCKET, 0, 0660 },
	{ "/srv", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/srv/theirs", NULL, PATH_DIRECTORY, 1001, 0755 },
	{ "/sys", NULL, PATH_DIRECTORY, 0, 0555 },
	{ "/tmp", NULL, PATH_DIRECTORY, 0, 01777 },
	{ "/usr", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/usr/bin", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/usr/lib", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/var", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/var/lib", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/var/lib/docker", NULL, PATH_DIRECTORY, 0, 0710 },
	{ "/var/run", "/run", PATH_DIRECTORY, 0, 0755 },
};

/* ---- files ---- */

static const struct file *find_file(const char *path)
{
	for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
		if (strcmp(files[i].path, path) == 0)
			return &files[i];
	}
	return NULL;
}

bool world_has_directory(const char *path)
{
	const struct file *file = find_file(path);

	return file != NULL && file->link == NULL && (file->kind == PATH_DIRECTORY || file->kind == PATH_REGULAR);
}

/* One component further. False when there is no such thing; *ret_at is where the walk stands, *pending what is still to go. */
static bool step(struct arena *arena, const char **ret_at, const char **pending, bool *ret_has_link)
{
	const size_t length = strcspn(*pending, "/");
	const char *component = arena_strndup(arena, *pending, length);
	const char *rest = *pending + length, *slash = strrchr(*ret_at, '/');
	const struct file *file;

	*pending = rest + (*rest == '/');
	if (length == 0 || strcmp(component, ".") == 0)
		return true;
	if (strcmp(component, "..") == 0) {
		*ret_at = slash == *ret_at ? "/" : arena_strndup(arena, *ret_at, (size_t)(slash - *ret_at));
		return true;
	}
	*ret_at = arena_printf(arena, "%s/%s", strcmp(*ret_at, "/") == 0 ? "" : *ret_at, component);
	file = find_file(*ret_at);
	if (file == NULL)
		return false;
	if (file->link != NULL) {
		*pending = arena_printf(arena, "%s/%s", file->link + 1, *pending);
		*ret_at = "/";
		*ret_has_link = true;
	}
	return true;
}

static struct host_path resolve(struct arena *arena, const struct host_facts *facts, const char *given)
{
	struct host_path path = { .given = given, .kind = PATH_MISSING, .reason = "there is no such file or directory" };
	const char *pending = given[0] == '/' ? given : arena_printf(arena, "%s/%s", facts->cwd, given), *at = "/";
	const struct file *file;

	path.has_magic_link = strncmp(pending, "/proc/", 6) == 0 || strncmp(pending, "/dev/fd", 7) == 0;
	for (unsigned steps = 0; *pending != '\0'; steps++) {
		if (steps > 4096 || !step(arena, &at, &pending, &path.has_symlink))
			return path;
	}
	file = find_file(at);
	if (given[0] == '\0' || file == NULL)
		return path;
	path.resolved = at;
	path.kind = file->kind;
	path.owner_uid = file->owner;
	path.owner_gid = file->owner;
	path.mode = file->mode;
	path.device = 1;
	path.inode = (ino_t)(file - files) + 2;
	if (strcmp(at, "/home/user/env.list") == 0)
		string_list_add(arena, &path.lines, "A=1");
	else if (path.kind == PATH_REGULAR)
		path.lines_reason = "it cannot be read";
	return path;
}

static void add_path(struct arena *arena, struct host_facts *facts, struct host_path path)
{
	if (host_path_of(facts, path.given) == NULL)
		*vector_push(arena, facts->paths, facts->path_count) = path;
}

/* A cidfile is resolved by its directory. */
static void add_new_file(struct arena *arena, struct host_facts *facts, const char *given)
{
	const char *slash = strrchr(given, '/');
	struct host_path path = resolve(arena, facts, slash == NULL ? "." : slash == given ? "/" :
					arena_strndup(arena, given, (size_t)(slash - given)));
	const char *name = slash == NULL ? given : slash + 1;
	struct host_path there = resolve(arena, facts, given);

	path.given = given;
	if (path.kind != PATH_DIRECTORY || name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		path.resolved = NULL;
	if (path.resolved != NULL)
		path.resolved = arena_printf(arena, "%s/%s", strcmp(path.resolved, "/") == 0 ? "" : path.resolved, name);
	path.kind = there.kind;
	/* A link is one that is there, wherever it leads. */
	if (path.resolved != NULL && find_file(path.resolved) != NULL && find_file(path.resolved)->link != NULL)
		path.kind = PATH_OTHER;
	path.has_symlink = path.has_symlink || there.has_symlink;
	add_path(arena, facts, path);
}

/* As the host room does it: the path that was found stands in the place of the one that was typed. */
static void resolve_local(struct arena *arena, struct host_facts *facts, const char *given)
{
	struct image_name *image = &facts->image;
	const struct host_path path = resolve(arena, facts, given);
	const char *prefix = image->kind == IMAGE_ROOTFS ? "rootfs:" : image->kind == IMAGE_OCI_LAYOUT ? "oci:" : "docker-archive:";
	const char *tag = image->kind == IMAGE_OCI_LAYOUT ? image->tag : NULL;

	add_path(arena, facts, path);
	image->path = path.resolved != NULL ? path.resolved : given;
	image->name = arena_printf(arena, "%s%s", prefix, image->path);
	image->canonical = arena_printf(arena, "%s%s%s", image->name, tag != NULL ? ":" : "", tag != NULL ? tag : "");
}

static void resolve_image(struct arena *arena, struct host_facts *facts, const struct request *request)
{
	const struct request_option *rootfs = request_last(request, FLAG_ROOTFS);
	const char *reason;

	facts->image = (struct image_name){ .kind = rootfs != NULL ? IMAGE_ROOTFS : IMAGE_REFERENCE };
	if (rootfs != NULL)
		resolve_local(arena, facts, rootfs->raw);
	else if (request->image != NULL && request_parse_image(arena, request->image, &facts->image, &reason) &&
		 facts->image.kind != IMAGE_REFERENCE)
		resolve_local(arena, facts, facts->image.path);
}

static void resolve_request(struct arena *arena, struct host_facts *facts, const struct request *request)
{
	for (size_t i = 0; i < request->option_count; i++) {
		const struct request_option *option = &request->options[i];
		const enum flag_kind kind = flag_specs[option->flag].kind;

		if ((kind == FLAG_KIND_VOLUME || kind == FLAG_KIND_MOUNT) && option->value.mount.type == MOUNT_BIND)
			add_path(arena, facts, resolve(arena, facts, option->value.mount.source));
		else if (option->flag == FLAG_CIDFILE)
			add_new_file(arena, facts, option->raw);
		else if (option->flag == FLAG_ENV_FILE || option->flag == FLAG_LABEL_FILE)
			add_path(arena, facts, resolve(arena, facts, option->raw));
	}
	resolve_image(arena, facts, request);
}

/* ---- the machine ---- */

void world_init(struct world *world)
{
	*world = (struct world){ .arena = arena_new() };
	world->facts = (struct host_facts){
		.caller_uid = 1000, .caller_gid = 1000, .caller_name = "user", .home = "/home/user", .cwd = "/home/user",
		.runtime_dir = "/run/user/1000/hardrun", .state_dir = "/home/user/.local/share/hardrun",
		.cpu_count = 4, .cpus_online = "0-3", .memory_bytes = INT64_C(8) << 30, .architecture = "amd64", .kernel = "6.1.0",
		.nonce = "0123456789ab", .cgroup = CGROUP_V2, .has_memory = true, .has_cpu = true, .has_pids = true,
		.has_cpuset = true, .has_swap = true, .has_blkio = true, .has_devices = true, .has_seccomp = true,
		.backend = BACKEND_DOCKER,
		.engine = { .is_docker_answering = true, .has_isolated_network = true, .docker_socket = "/run/wire.sock",
			    .docker_version = "28.2.2", .docker_api = "1.50" },
		.image_facts = { .is_known = true, .user = "", .working_dir = "/", .architecture = "amd64" },
	};
	world->facts.engine.programs[BACKEND_DOCKER] = "/usr/bin/docker";
	string_list_add(world->arena, &world->facts.image_facts.cmd, "sh");
	string_list_add(world->arena, &world->facts.image_facts.env, "PATH=/bin");
	string_list_add(world->arena, &world->facts.environment, "PATH=/usr/bin:/bin");
	string_list_add(world->arena, &world->facts.environment, "HOME=/home/user");
	string_list_add(world->arena, &world->facts.environment, "TERM=xterm");
}

void world_free(struct world *world)
{
	arena_free(world->arena);
}

char *world_read(struct arena *arena, const char *path, size_t *ret_length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *bytes = arena_alloc(arena, FILE_BYTES_MAX + 1);
	ssize_t length = fd < 0 ? -1 : read(fd, bytes, FILE_BYTES_MAX);

	if (length < 0) {
		fprintf(stderr, "%s cannot be read: start this in the directory of the sources\n", path);
		exit(1);
	}
	close(fd);
	*ret_length = (size_t)length;
	return bytes;
}

static struct policy *parse_file(struct arena *arena, const char *path)
{
	struct policy_errors errors = { .arena = arena };
	struct policy *policy = arena_alloc(arena, sizeof(*policy));
	const struct policy *parsed;
	size_t length;
	const char *bytes = world_read(arena, path, &length);

	parsed = policy_parse(arena, path, bytes, length, &errors);
	if (parsed == NULL) {
		fprintf(stderr, "%s: %s\n", path, errors.items[0].message);
		exit(1);
	}
	*policy = *parsed;
	return policy;
}

const struct policy *world_policy(struct arena *arena, const char *path)
{
	struct policy *policy = parse_file(arena, path), *parent = policy;

	for (int depth = 0; parent->extends.value != NULL && depth < POLICY_CHAIN_MAX; depth++) {
		const char *slash = strrchr(path, '/');

		parent = parse_file(arena, arena_printf(arena, "%.*s/%s", (int)(slash - path), path, parent->extends.value));
		merge_parent(arena, policy, parent);
	}
	return policy;
}

const struct policy *world_parse(struct arena *arena, const char *text)
{
	struct policy_errors errors = { .arena = arena };

	return policy_parse(arena, "test.yaml", text, strlen(text), &errors);
}

void world_use(struct world *world, const struct policy *policy)
{
	struct error err = { 0 };

	world->policy = policy;
	if (profile_build(world->arena, &policy->seccomp, NULL, &world->profile, &err) < 0) {
		fprintf(stderr, "%s: %s\n", policy->name, err.message);
		exit(1);
	}
}

/* ---- lines ---- */

bool world_judge(struct arena *arena, const struct world *world, struct words words, struct world_run *ret_run)
{
	struct verdict_input input;

	*ret_run = (struct world_run){ .answer = WORLD_MALFORMED, .findings.arena = arena, .facts = world->facts };
	ret_run->request = request_parse(arena, (int)words.count, words.items, &ret_run->findings);
	if (findings_malformed(&ret_run->findings) || ret_run->request->is_help)
		return false;
	resolve_request(arena, &ret_run->facts, ret_run->request);
	input = (struct verdict_input){ .request = ret_run->request, .policy = world->policy, .ceiling = world->ceiling,
					.facts = &ret_run->facts, .is_backend_known = true };
	ret_run->answer = WORLD_DENIED;
	return verdict_judge(arena, &input, &ret_run->findings);
}

bool world_judge_again(struct arena *arena, const struct world *world, const struct world_run *run)
{
	struct findings findings = { .arena = arena };
	const struct verdict_input input = { .request = run->request, .policy = world->policy, .ceiling = world->ceiling,
					       .facts = &run->facts, .is_backend_known = true };

	return verdict_judge(arena, &input, &findings);
}

enum world_answer world_go(struct arena *arena, const struct world *world, struct words words, struct world_run *ret_run)
{
	struct error err = { 0 };
	struct verdict_input input;

	if (!world_judge(arena, world, words, ret_run))
		return ret_run->answer;
	input = (struct verdict_input){ .request = ret_run->request, .policy = world->policy, .ceiling = world->ceiling,
					.facts = &ret_run->facts, .is_backend_known = true };
	ret_run->answer = WORLD_UNPLANNED;
	ret_run->plan = plan_complete(arena, &input, &ret_run->findings);
	if (ret_run->plan == NULL ||
	    backend_render(arena, ret_run->plan, &ret_run->facts, world->profile, &ret_run->launch, &err) < 0)
		return ret_run->answer;
	return ret_run->answer = WORLD_ALLOWED;
}

/* The sources of binds are resolved as the monitor finds them when it holds them. */
const char *world_beyond(struct arena *arena, const struct world *world, const struct plan *plan, const struct host_facts *facts)
{
	struct host_facts held = *facts;
	const struct plan_bounds bounds = { .ceiling = world->ceiling, .policy = world->policy, .facts = &held };
	const char *beyond;

	held.paths = NULL;
	held.path_count = 0;
	for (size_t i = 0; i < plan->mount_count; i++) {
		if (plan->mounts[i].type == PLAN_BIND && plan->mounts[i].source != NULL)
			add_path(arena, &held, resolve(arena, facts, plan->mounts[i].source));
	}
	beyond = plan_check_image(arena, plan, &bounds);
	return beyond != NULL ? beyond : plan_check_bounds(arena, plan, &bounds);
}

struct words world_words(struct arena *arena, const char *line)
{
	char *rest = arena_strdup(arena, line), *word;
	struct words words = { NULL, 0 };

	while ((word = strsep(&rest, " ")) != NULL)
		*vector_push(arena, words.items, words.count) = word;
	return words;
}

const char *world_show(struct arena *arena, struct words words)
{
	struct text text;

	text_init(&text, arena);
	for (size_t i = 0; i < words.count && text.length < 2000; i++)
		text_addf(&text, "%s%s", i > 0 ? " " : "", shell_quote(arena, words.items[i]));
	return text.data;
}
