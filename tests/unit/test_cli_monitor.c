/* The monitor before a judge that means harm: what it answers, what it believes, and that nothing is started for nonsense. */
#include "rows.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/cli/channel.h"
#include "../../src/cli/separate.h"

static char root[] = "/tmp/hardrun-monitor.XXXXXX";

/* ---- what may be asked of the daemon ---- */

static const struct target_row { const char *target; bool is_fine; } target_rows[] = {
	{ "/_ping", true }, { "/info", true }, { "/networks/hardrun-isolated", true }, { "/volumes/data-1", true },
	{ "/images/docker.io/library/alpine:3.20/json", true }, { "/images/registry.example.com:5000/a@sha256:00/json", true },
	{ "/networks/shop_default", true }, { "/networks/", false }, { "/networks/a/b", false }, { "/networks/..", false },
	{ "/networks?x", false }, { "", false }, { "/", false }, { "/containers/json", false }, { "/_ping ", false },
	{ "/_ping?x", false }, { "/images/json", false }, { "/images//json", false }, { "/images/a/../../containers/x/json", false },
	{ "/images/x/json?platform=%7B%22os%22:%22linux%22%2C%22architecture%22:%22arm64%22%7D", true },
	{ "/images/x/json?platform=a&size=1", false }, { "/images/x/json?platform=a?b", false }, { "/images/x/get?platform=a", false },
	{ "/volumes/x?platform=a", false }, { "/images/x?platform=a/json", false }, { "/images/x/json?size=1", false },
	{ "/images/x%2f/json", false }, { "/images/x/get", false }, { "/volumes/", false },
	{ "/volumes/a/b", false }, { "/volumes/..", false }, { "/volumes/a HTTP/1.1\r\nX: y", false }, { "/info\r\n", false },
	{ "/containers/create", false }, { "/images/a b/json", false },
};

static void test_target(void **state)
{
	const struct target_row *row = *state;

	assert_int_equal(monitor_is_target(row->target), row->is_fine);
}

/* ---- sources ---- */

static const char *in_root(struct arena *arena, const char *name)
{
	return arena_printf(arena, "%s/%s", root, name);
}

static const char *take(struct arena *arena, const char *source, const int *fds, size_t count)
{
	struct plan_mount mount = { .type = PLAN_BIND, .source = source, .target = "/data" };
	const struct plan plan = { .mounts = &mount, .mount_count = 1 };
	struct channel_message message = { .fd_count = count };
	struct host_facts facts = { 0 };
	int taken[1], rootfs;

	memcpy(message.fds, fds, count * sizeof(*fds));
	return monitor_take_sources(arena, &plan, &message, &facts, taken, &rootfs);
}

static void test_sources(void **state)
{
	struct arena *arena = arena_new();
	const char *first = in_root(arena, "first"), *second = in_root(arena, "second"), *link_path = in_root(arena, "link");
	int fd, both[2], link_fd;

	(void)state;
	assert_int_equal(mkdir(first, 0700), 0);
	assert_int_equal(mkdir(second, 0700), 0);
	assert_int_equal(symlink(second, link_path), 0);
	fd = open(first, O_PATH | O_CLOEXEC);
	link_fd = open(link_path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	both[0] = fd;
	both[1] = fd;
	assert_null(take(arena, first, &fd, 1));
	assert_non_null(take(arena, second, &fd, 1));
	assert_non_null(take(arena, first, &fd, 0));
	assert_non_null(take(arena, first, both, 2));
	assert_non_null(take(arena, NULL, &fd, 1));
	assert_non_null(take(arena, in_root(arena, "./first"), &fd, 1));
	assert_non_null(take(arena, link_path, &link_fd, 1));
	assert_int_equal(rename(first, in_root(arena, "moved")), 0);
	assert_int_equal(rename(second, first), 0); /* another directory stands at the name that was judged */
	assert_non_null(take(arena, first, &fd, 1));
	assert_int_equal(rmdir(first), 0);
	assert_int_equal(rmdir(in_root(arena, "moved")), 0);
	assert_int_equal(unlink(link_path), 0);
	close(fd);
	close(link_fd);
	arena_free(arena);
}

/* ---- the image ---- */

static struct image_name image_of(struct arena *arena, const char *text)
{
	struct image_name image;

	assert_true(request_parse_image(arena, text, &image, &(const char *){ NULL }));
	return image;
}

/* What is unpacked is what the plan names: not another name for the same tree, nor another tree for the same name. */
static void test_image_is_the_one_fetched(void **state)
{
	struct arena *arena = arena_new();
	struct monitor_fetched fetched = { true, image_of(arena, "docker-archive:/srv/evil.tar"), { .rootfs = "/images/evil" } };
	struct plan plan = { .backend = BACKEND_CRUN, .image = image_of(arena, "docker-archive:/srv/evil.tar"),
			     .image_rootfs = "/images/evil" };

	(void)state;
	assert_null(monitor_image_problem(&plan, &fetched));
	plan.image_rootfs = "/images/other";
	assert_non_null(monitor_image_problem(&plan, &fetched));
	plan.image_rootfs = "/images/evil";
	plan.image = image_of(arena, "docker.io/library/alpine");
	assert_non_null(monitor_image_problem(&plan, &fetched));
	fetched.name = image_of(arena, "docker.io/library/alpine");
	assert_null(monitor_image_problem(&plan, &fetched));
	fetched.name = image_of(arena, "docker.io/library/alpine:3.20");
	assert_non_null(monitor_image_problem(&plan, &fetched));
	fetched = (struct monitor_fetched){ .is_there = false };
	assert_non_null(monitor_image_problem(&plan, &fetched));
	arena_free(arena);
}

static void test_docker_brings_no_other_image(void **state)
{
	struct arena *arena = arena_new();
	const struct monitor_fetched none = { .is_there = false };
	struct plan plan = { .backend = BACKEND_DOCKER, .image = image_of(arena, "alpine"), .pull = "never" };

	(void)state;
	assert_null(monitor_image_problem(&plan, &none));
	plan.pull = "always";
	assert_non_null(monitor_image_problem(&plan, &none));
	plan.pull = NULL;
	assert_non_null(monitor_image_problem(&plan, &none));
	plan.backend = BACKEND_PODMAN;
	assert_null(monitor_image_problem(&plan, &none));
	arena_free(arena);
}

static void test_no_volume_is_left_open(void **state)
{
	struct arena *arena = arena_new();
	struct plan_mount mount = { .type = PLAN_TMPFS, .target = "/var/lib/x" };
	const struct plan plan = { .mounts = &mount, .mount_count = 1 };
	struct image_facts image = { .is_known = true };

	(void)state;
	string_list_add(arena, &image.volumes, "/var/lib/x/");
	assert_null(monitor_volume_problem(arena, &plan, &image));
	string_list_add(arena, &image.volumes, "/data");
	assert_non_null(strstr(monitor_volume_problem(arena, &plan, &image), "/data"));
	arena_free(arena);
}

static const struct hazard_row { const char *images, *image; bool holds; } hazard_rows[] = {
	{ "docker.io/library/*", "alpine", true }, { "docker.io/library/debian", "alpine", false },
	{ "docker-archive:/srv/a.tar", "docker-archive:/srv/a.tar", true },
	{ "docker-archive:/srv/**", "docker-archive:/srv/a.tar", false }, { "oci:/srv/*", "oci:/srv/a", false },
	{ "oci:/srv/a", "oci:/srv/a:tag", true },
};

static void test_hazards_are_of_named_images(void **state)
{
	const struct hazard_row *row = *state;
	struct arena *arena = arena_new();
	struct policy_text item = { .value = row->images };
	const struct policy own = { .images = { .items = &item, .count = 1, .is_set = true } };
	struct image_name image = image_of(arena, row->image);

	assert_ptr_equal(monitor_policy_for(&own, &image), row->holds ? &own : NULL);
	assert_null(monitor_policy_for(NULL, &image));
	arena_free(arena);
}

static void test_hazards_are_of_named_trees(void **state)
{
	const struct image_name tree = { .kind = IMAGE_ROOTFS, .name = "rootfs:/srv/a", .path = "/srv/a" };
	struct policy_text item = { .value = "/srv/**" };
	const struct policy own = { .allow.rootfs = { .items = &item, .count = 1, .is_set = true } };

	(void)state;
	assert_null(monitor_policy_for(&own, &tree));
	item.value = "/srv/a";
	assert_ptr_equal(monitor_policy_for(&own, &tree), &own);
}

/* ---- decisions ---- */

static bool reads(struct arena *arena, json_t *json)
{
	struct channel_message message = { .json = json };
	struct monitor_decision decision;

	return monitor_read_decision(arena, &message, &decision);
}

static json_t *refusal(void)
{
	return json_pack("{s:s, s:s, s:s, s:n, s:n, s:n, s:{s:[]}, s:{s:s, s:[s], s:[s], s:b}, s:[[i, i, i]], s:n, s:b}",
			 "ask", "decide",
			 "verdict", "denied", "verb", "run", "error", "image", "image_digest", "findings", "items", "policy", "name", "p",
			 "files", "/p.yaml", "digests", "00", "has_record", 0, "hidden", 1, 0, 3, "plan", "has_isolated_network", 0);
}

static void test_decision_is_read_strictly(void **state)
{
	struct arena *arena = arena_new();
	json_t *json = refusal(), *keys = json_copy(json), *value;
	const char *key;

	(void)state;
	assert_true(reads(arena, json));
	json_object_foreach(keys, key, value) {
		if (strcmp(key, "ask") == 0)
			continue; /* looked at before */
		json_object_del(json, key);
		assert_false(reads(arena, json));
		json_object_set_new(json, key, json_real(0.5));
		assert_false(reads(arena, json));
		json_object_set(json, key, value);
	}
	assert_true(reads(arena, json));
	json_object_set_new(json, "stranger", json_true());
	assert_false(reads(arena, json));
	json_object_del(json, "stranger");
	json_object_set_new(json, "verdict", json_string("maybe"));
	assert_false(reads(arena, json));
	json_object_set_new(json, "verdict", json_string("allowed")); /* without a plan */
	assert_false(reads(arena, json));
	json_object_set_new(json, "verdict", json_string("denied"));
	json_object_set_new(json, "verb", json_string("exec"));
	assert_false(reads(arena, json));
	json_decref(keys);
	json_decref(json);
	arena_free(arena);
}

/* ---- a judge that breaks ---- */

static void send_raw(int fd, const char *bytes, size_t length)
{
	(void)!write(fd, bytes, length);
}

static void say(int fd, const char *text)
{
	const uint32_t length = (uint32_t)strlen(text);

	send_raw(fd, (const char *)&length, sizeof(length));
	send_raw(fd, text, length);
}

static void judge_garbage(int fd)
{
	send_raw(fd, "\xff\xff\xff\xff garbage", 12);
}
static void judge_empty(int fd)
{
	say(fd, "");
}
static void judge_array(int fd)
{
	say(fd, "[]");
}
static void judge_unknown(int fd)
{
	say(fd, "{\"ask\":\"shell\"}");
}
static void judge_twice(int fd)
{
	say(fd, "{\"ask\":\"get\",\"ask\":\"decide\"}");
}
static void judge_foreign_target(int fd)
{
	say(fd, "{\"ask\":\"get\",\"target\":\"/containers/json\"}");
}
static void judge_half(int fd)
{
	send_raw(fd, "\x10\x00\x00\x00{\"ask\"", 10);
}
static void judge_decides_nothing(int fd)
{
	say(fd, "{\"ask\":\"decide\",\"verdict\":\"allowed\"}");
}
static void judge_local_image(int fd)
{
	say(fd, "{\"ask\":\"fetch\",\"pull\":\"missing\",\"image\":{\"kind\":3,\"name\":\"rootfs:/etc\",\"domain\":null,\"tag\":null,"
		"\"digest\":null,\"path\":\"/etc\",\"canonical\":\"rootfs:/etc\"}}");
}
static void judge_dies(int fd)
{
	(void)fd;
	(void)raise(SIGKILL);
}
static void judge_silent(int fd)
{
	(void)fd;
}
static void judge_excused(int fd)
{
	say(fd, "{\"ask\":\"nothing\"}"); /* a dry run, help: it ends with its own status */
}

static const struct broken_row {
	const char *name;
	void (*judge)(int fd);
	int wanted;
} broken_rows[] = {
	{ "garbage", judge_garbage, 125 }, { "an empty message", judge_empty, 125 }, { "an array", judge_array, 125 },
	{ "an unknown question", judge_unknown, 125 }, { "a key given twice", judge_twice, 125 },
	{ "a foreign target", judge_foreign_target, 125 }, { "half a message", judge_half, 125 },
	{ "an allowed decision without a plan", judge_decides_nothing, 125 }, { "a root file system as image", judge_local_image, 125 },
	{ "a judge that dies", judge_dies, 125 }, { "a judge that says nothing", judge_silent, 125 },
	{ "a judge that has nothing to decide", judge_excused, 3 },
};

static void test_broken(void **state)
{
	const struct broken_row *row = *state;
	struct cli cli = { .arena = arena_new(), .verb = "run", .failure = 125, .argc = 0 };
	int ends[2], null = open("/dev/null", O_WRONLY | O_CLOEXEC), kept = dup(2), status;
	struct monitor_judge half = { .fd = -1 };
	pid_t pid;

	cli.facts = host_read(cli.arena);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		row->judge(ends[1]);
		close(ends[1]);
		_exit(row->wanted == 125 ? 0 : row->wanted); /* had it been asked, 0 */
	}
	close(ends[1]);
	alarm(20); /* a monitor that waits for ever fails */
	dup2(null, 2);
	half.fd = ends[0];
	half.pid = pid;
	(void)sigprocmask(SIG_BLOCK, NULL, &half.before);
	status = monitor_serve(&cli, &half);
	dup2(kept, 2);
	alarm(0);
	close(kept);
	close(null);
	assert_int_equal(status, row->wanted);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1); /* nobody is left behind */
	arena_free(cli.arena);
}

/* ---- on record ---- */

static void judge_waits(int fd)
{
	(void)fd;
	for (;;)
		pause();
}

static void judge_stops_in_the_middle(int fd)
{
	judge_half(fd);
	judge_waits(fd);
}

static void judge_is_excused_and_goes_on(int fd)
{
	say(fd, "{\"ask\":\"nothing\"}");
	say(fd, "{\"ask\":\"get\",\"target\":\"/_ping\"}");
}

/* It plays the daemon as well, and drops the descriptor from which the daemon's answer would come. */
static void judge_hangs_up(int fd)
{
	const int daemon = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	static const char answer[4096];
	char bytes[64];
	int call;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", root);
	if (bind(daemon, (const struct sockaddr *)&address, sizeof(address)) != 0 || listen(daemon, 1) != 0)
		_exit(1);
	say(fd, "{\"ask\":\"get\",\"target\":\"/_ping\"}");
	call = accept(daemon, NULL, NULL);
	(void)!recv(fd, bytes, sizeof(bytes), 0);
	for (int i = 0; i < 64; i++)
		(void)send(call, answer, sizeof(answer), MSG_NOSIGNAL);
	(void)unlink(address.sun_path);
}

static const struct ending_row {
	const char *name;
	void (*judge)(int fd);
	bool is_stopped;
	unsigned lines;
} ending_rows[] = {
	{ "on record: interrupted before the decision", judge_waits, true, 1 },
	{ "on record: no decision", judge_silent, false, 1 },
	{ "on record: ended by a signal", judge_dies, false, 1 },
	{ "on record: nothing to decide leaves none", judge_excused, false, 0 },
	{ "on record: nothing to decide, and then a question", judge_is_excused_and_goes_on, false, 1 },
	{ "on record: half a message, and no more", judge_stops_in_the_middle, false, 1 },
	{ "on record: it hangs up on the daemon", judge_hangs_up, false, 1 },
};

static unsigned count_lines(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned count = 0;

	for (int letter; file != NULL && (letter = getc(file)) != EOF;)
		count += letter == '\n';
	if (file != NULL)
		(void)fclose(file);
	return count;
}

static void test_ending(void **state)
{
	const struct ending_row *row = *state;
	struct cli cli = { .arena = arena_new(), .verb = "run", .failure = 125, .is_guarded = true };
	const char *path = in_root(cli.arena, "record");
	const struct policy ceiling = { .is_root_owned = true, .record = { .to.value = "file", .path.value = path },
					.engine.host.value = arena_printf(cli.arena, "unix://%s", in_root(cli.arena, "socket")) };
	struct monitor_judge half = { .fd = -1 };
	int ends[2], null = open("/dev/null", O_WRONLY | O_CLOEXEC), kept = dup(2);

	if (geteuid() != 0)
		skip();
	cli.facts = host_read(cli.arena);
	cli.ceiling.is_read = true;
	cli.ceiling.policy = &ceiling;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	(void)signal(SIGTERM, SIG_IGN); /* what is held is forgotten when it is let go */
	launch_hold(&half.before);
	fflush(NULL);
	half.fd = ends[0];
	half.pid = fork();
	if (half.pid == 0) {
		close(ends[0]);
		row->judge(ends[1]);
		close(ends[1]);
		_exit(0);
	}
	close(ends[1]);
	if (row->is_stopped)
		(void)kill(getpid(), SIGTERM);
	alarm(20);
	dup2(null, 2);
	(void)monitor_serve(&cli, &half);
	dup2(kept, 2);
	alarm(0);
	close(kept);
	close(null);
	assert_int_equal(count_lines(path), row->lines);
	(void)unlink(path);
	(void)unlink(arena_printf(cli.arena, "%s.lock", path));
	assert_int_equal(waitpid(half.pid, NULL, WNOHANG), -1);
	arena_free(cli.arena);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(root) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(root);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(target_rows); i++)
		rows_add(&rows, target_rows[i].target, test_target, (void *)(uintptr_t)&target_rows[i]);
	ROWS_TEST(&rows, test_sources);
	ROWS_TEST(&rows, test_image_is_the_one_fetched);
	ROWS_TEST(&rows, test_docker_brings_no_other_image);
	ROWS_TEST(&rows, test_no_volume_is_left_open);
	for (size_t i = 0; i < ARRAY_COUNT(hazard_rows); i++)
		rows_add(&rows, hazard_rows[i].images, test_hazards_are_of_named_images, (void *)(uintptr_t)&hazard_rows[i]);
	ROWS_TEST(&rows, test_hazards_are_of_named_trees);
	ROWS_TEST(&rows, test_decision_is_read_strictly);
	for (size_t i = 0; i < ARRAY_COUNT(broken_rows); i++)
		rows_add(&rows, broken_rows[i].name, test_broken, (void *)(uintptr_t)&broken_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(ending_rows); i++)
		rows_add(&rows, ending_rows[i].name, test_ending, (void *)(uintptr_t)&ending_rows[i]);
	return _cmocka_run_group_tests("cli_monitor", rows.tests, rows.count, set_up, tear_down);
}
