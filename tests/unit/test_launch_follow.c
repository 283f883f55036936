/* Whoever looks after a container of docker's: what it makes of each answer about its state. */
#include "rows.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "../../src/launch/follow_internal.h"

enum { ANSWERS_MAX = 3 };

/* What a daemon says, one answer to a question; NULL: there is no such container. Then what is made of it. */
static const struct look_row {
	const char *name;
	bool is_removed; /* --rm */
	const char *answers[ANSWERS_MAX];
	size_t count;
	bool is_over[ANSWERS_MAX];
	bool is_gone;
} look_rows[] = {
	{ "an end", false, { "exited" }, 1, { true }, false },
	{ "gone", false, { NULL }, 1, { true }, true },
	{ "--rm: it will be gone", true, { "exited", "exited", NULL }, 3, { false, false, true }, true },
	/* docker rm -f: its stage is for nobody any more once it is gone, and not before. */
	{ "removed by somebody", false, { "removing", "removing", NULL }, 3, { false, false, true }, true },
	{ "removed, and not gone at once", false, { "removing", "dead", NULL }, 3, { false, false, true }, true },
	{ "made only", true, { "created" }, 1, { true }, false },
};

/* Gone before anyone looked, its events lost: what the attached client ended with says whether it was ever started. */
static const struct lost_row { const char *name; int client_status; enum launch_reason reason; } lost_rows[] = {
	{ "events lost: it ended with 7", 7, LAUNCH_EXITED },
	{ "events lost: it ended with 0", 0, LAUNCH_EXITED },
	{ "events lost: ended by signal 9", 137, LAUNCH_SIGNALED },
	{ "events lost: never started", LAUNCH_STATUS_REFUSED, LAUNCH_NOT_STARTED },
	{ "events lost: not found", LAUNCH_STATUS_NOT_FOUND, LAUNCH_NOT_STARTED },
};

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static _Noreturn void answer_all(const struct look_row *row, int listening)
{
	for (size_t i = 0; i < row->count; i++) {
		const int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
		char question[4096], body[128], whole[512];

		if (fd < 0 || read(fd, question, sizeof(question)) <= 0)
			_exit(1);
		(void)snprintf(body, sizeof(body), "{\"State\":{\"Status\":\"%s\",\"ExitCode\":7}}",
			       row->answers[i] != NULL ? row->answers[i] : "");
		(void)snprintf(whole, sizeof(whole), "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
			       row->answers[i] != NULL ? "200 OK" : "404 Not Found", strlen(body), body);
		if (write(fd, whole, strlen(whole)) < 0 || close(fd) < 0)
			_exit(1);
	}
	_exit(0);
}

/*
 * A container of a daemon that gives the answers of ${row}; what was heard and how the client ended
 * is filled in by the test.
 */
struct scene {
	struct arena *arena;
	char directory[sizeof("/tmp/hardrun-follow-XXXXXX")];
	const char *path;
	struct host_facts facts;
	struct plan plan;
	struct launch launch;
	struct follower follower;
	int listening;
	pid_t daemon;
};

static void begin_scene(struct scene *scene, const struct look_row *row)
{
	*scene = (struct scene){ .arena = arena_new(), .directory = "/tmp/hardrun-follow-XXXXXX", .plan.is_removed = row->is_removed };
	scene->path = arena_printf(scene->arena, "%s/docker.sock", mkdtemp(scene->directory));
	scene->facts.engine.docker_socket = scene->path;
	scene->launch = (struct launch){ .plan = &scene->plan, .facts = &scene->facts };
	scene->follower = (struct follower){ .arena = scene->arena, .launch = &scene->launch, .in = -1, .out = -1, .inotify = -1,
					     .events = EVENTS_NONE, .id = "1", .client_status = -1, .event_status = -1 };
	scene->listening = listen_at(scene->path);
	scene->daemon = fork();
	if (scene->daemon == 0)
		answer_all(row, scene->listening);
}

static void end_scene(struct scene *scene)
{
	int status;

	assert_int_equal(waitpid(scene->daemon, &status, 0), scene->daemon);
	assert_int_equal(status, 0);
	(void)close(scene->listening);
	assert_int_equal(unlink(scene->path), 0);
	assert_int_equal(rmdir(scene->directory), 0);
	arena_free(scene->arena);
}

static void test_look(void **state)
{
	const struct look_row *row = *state;
	struct scene scene;

	begin_scene(&scene, row);
	scene.follower.event_status = 7;
	for (size_t i = 0; i < row->count; i++) {
		scene.follower.look_at = 0;
		follow_docker_look(&scene.follower);
		assert_int_equal(scene.follower.is_over, row->is_over[i]);
		/* Who has not seen the end looks again. */
		assert_true(scene.follower.is_over || scene.follower.look_at > 0);
	}
	assert_int_equal(scene.follower.is_gone, row->is_gone);
	end_scene(&scene);
}

static void test_lost(void **state)
{
	static const struct look_row gone = { "gone", true, { NULL }, 1, { true }, true };
	const struct lost_row *row = *state;
	struct scene scene;

	begin_scene(&scene, &gone);
	scene.follower.client_status = row->client_status;
	follow_docker_look(&scene.follower);
	assert_true(scene.follower.is_over);
	assert_int_equal(scene.follower.end.reason, row->reason);
	assert_int_equal(scene.follower.end.status, row->client_status);
	end_scene(&scene);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(lost_rows); i++)
		rows_add(&rows, lost_rows[i].name, test_lost, (void *)(uintptr_t)&lost_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(look_rows); i++)
		rows_add(&rows, look_rows[i].name, test_look, (void *)(uintptr_t)&look_rows[i]);
	return rows_run("launch_follow", &rows);
}
