/* docker and podman: the caller's process becomes the client. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "label.h"

static char **as_vector(struct arena *arena, const struct string_list *list)
{
	char **vector = arena_alloc(arena, (list->count + 1) * sizeof(*vector));

	for (size_t i = 0; i < list->count; i++)
		vector[i] = arena_strdup(arena, list->items[i]);
	return vector;
}

/*
 * The client reads config.json and plugins from there: credentials helpers and hooks are programs that it would run, proxies
 * are variables that it would put into the container. So it must be empty of them.
 */
int engine_make_config_dir(struct arena *arena, const char *path, struct error *err)
{
	static const char *const unwanted[] = {"config.json", "cli-plugins", "contexts"};
	CLOSE_FD int fd = descriptors_make_directory(arena, path, err);

	if (fd < 0)
		return -(int)err->kind;
	for (size_t i = 0; i < ARRAY_COUNT(unwanted); i++) {
		if (faccessat(fd, unwanted[i], F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
			continue;
		(void)error_set(err, arena, ERROR_UNTRUSTED, "%s/%s exists, and the docker client would obey it", path, unwanted[i]);
		err->remedy = arena_printf(arena, "rm -r %s/%s", path, unwanted[i]);
		return -(int)err->kind;
	}
	return 0;
}

/* What the client reads from a descriptor, because no file of that name and no word of its command line may hold it. */
struct handed { int fd; const char *name, *text, *called; };

/* Puts the text at its descriptor, open across exec. */
static int hand_over(struct arena *arena, const struct handed *handed, struct error *err)
{
	CLOSE_FD int fd = memfd_seal(handed->name, handed->text, strlen(handed->text));
	bool is_there = fd >= 0 && (fd == handed->fd ? fcntl(fd, F_SETFD, 0) == 0 : dup2(fd, handed->fd) >= 0);

	if (is_there && fd == handed->fd)
		fd = -1; /* stays open for the client */
	if (is_there)
		return 0;
	(void)error_set(err, arena, ERROR_SYSTEM, "%s cannot be handed over: %s", handed->called, strerror(errno));
	if (errno == EFBIG)
		err->remedy = "ulimit -f unlimited";
	return -(int)err->kind;
}

/* In the order of the descriptors: a file made later never lands on one that is taken. */
static int hand_all_over(struct arena *arena, const struct launch *launch, struct error *err)
{
	const struct handed rows[] = {
		{BACKEND_PROFILE_FD, "hardrun-seccomp", launch->profile_json, "the seccomp profile"},
		{BACKEND_ENV_FD, "hardrun-env", launch->env_file, "the container's variables"},
	};
	int result = 0;

	for (size_t i = 0; result == 0 && i < ARRAY_COUNT(rows); i++)
		if (rows[i].text)
			result = hand_over(arena, &rows[i], err);
	return result;
}

static int exec_client(struct arena *arena, const char *program, char *const *argv, char *const *environment, struct error *err)
{
	(void)signal(SIGXFSZ, SIG_DFL);
	(void)execve(program, argv, environment);
	(void)error_set(err, arena, errno == ENOENT ? ERROR_MISSING : ERROR_SYSTEM, "%s cannot be run: %s", program,
			strerror(errno));
	if (errno == E2BIG)
		err->remedy = "the command line and its environment are too long for this kernel";
	return -(int)err->kind;
}

int engine_become_client(struct arena *arena, const struct launch *launch, struct error *err)
{
	int result = hand_all_over(arena, launch, err);

	if (result < 0)
		return result;
	result = exec_client(arena, launch->program, as_vector(arena, &launch->argv), as_vector(arena, &launch->environment), err);
	if (launch->profile_json)
		(void)close(BACKEND_PROFILE_FD);
	if (launch->env_file)
		(void)close(BACKEND_ENV_FD);
	return result;
}

int engine_run(struct arena *arena, const struct launch *launch, int *ret_status, struct error *err)
{
	int result = launch->config_dir ? engine_make_config_dir(arena, launch->config_dir, err) : 0;

	if (result == 0)
		result = label_hold_profile(arena, launch, err);
	if (result == 0 && launch->needs_isolated_network)
		result = network_make_isolated(arena, launch, err);
	if (result == 0 && launch->backend == BACKEND_PODMAN)
		result = volumes_check(arena, launch, err);
	if (result < 0)
		return result;
	return attend_is_wanted(arena, launch) ? attend_run(arena, launch, ret_status, err) : engine_become_client(arena, launch, err);
}

int launch_pass_through(struct arena *arena, const struct host_facts *facts, char *const argv[], const char *host,
			struct error *err)
{
	static const char name[] = "DOCKER_HOST=";
	char **environment = environ;
	size_t count = 0;

	if (host != NULL) {
		while (environ[count] != NULL)
			count++;
		environment = arena_alloc(arena, (count + 2) * sizeof(*environment));
		count = 0;
		for (char **entry = environ; *entry != NULL; entry++)
			if (strncmp(*entry, name, strlen(name)) != 0)
				environment[count++] = *entry;
		environment[count] = arena_strdup(arena, arena_printf(arena, "%s%s", name, host));
	}
	return exec_client(arena, facts->engine.programs[BACKEND_DOCKER], argv, environment, err);
}
