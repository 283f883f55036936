/* podman: there is no daemon to listen to, so podman itself is asked, and made to wait. */
#include <string.h>

#include "follow_internal.h"

enum { PID_BYTES_MAX = 32 };

/* *ret_said: the answer; false when podman cannot be asked or says no. */
static bool ask(struct follower *follower, const char *const *words, size_t count, const char **ret_said)
{
	const struct launch *launch = follower->launch;
	const char **argv = arena_alloc(follower->arena, (count + 4) * sizeof(*argv));
	const struct spawn spawn = {
		.argv = argv, .environment = spawn_vector(follower->arena, &launch->environment), .is_answer_said = true,
	};
	struct error ignored;
	int status;

	argv[0] = launch->program;
	argv[1] = "--remote=false";
	for (size_t i = 0; i < count; i++)
		argv[2 + i] = words[i];
	argv[2 + count] = follower->id;
	return spawn_run(follower->arena, &spawn, &status, ret_said, &ignored) == 0 && status == 0;
}

static bool is_alive(struct follower *follower)
{
	static const char *const words[] = {"container", "inspect", "--format", "{{.State.Status}}"};
	const char *said;

	return ask(follower, words, ARRAY_COUNT(words), &said) &&
	       (strcmp(said, "running") == 0 || strcmp(said, "paused") == 0 || strcmp(said, "stopping") == 0);
}

/* Until it ends; its status, -1: podman does not say. */
static int wait_for_end(struct follower *follower)
{
	static const char *const words[] = {"container", "wait"};
	const char *said;
	uint64_t status;

	return ask(follower, words, ARRAY_COUNT(words), &said) && parse_decimal(said, &status) && status <= UINT8_MAX ? (int)status : -1;
}

static bool has_met_limit(struct follower *follower)
{
	static const char *const words[] = {"container", "inspect", "--format", "{{.State.OOMKilled}}"};
	const char *said;

	return ask(follower, words, ARRAY_COUNT(words), &said) && strcmp(said, "true") == 0;
}

static bool exists(struct follower *follower)
{
	static const char *const words[] = {"container", "exists"};
	const char *said;

	return ask(follower, words, ARRAY_COUNT(words), &said);
}

void follow_podman_note_process(struct follower *follower)
{
	const int dir = follower->charge.stage.dir_fd;
	char text[PID_BYTES_MAX];
	uint64_t pid;

	if (follower->launch->backend != BACKEND_PODMAN || follower->is_label_checked || dir < 0 ||
	    !descriptors_read_small(dir, STAGING_PID_FILE, text, sizeof(text)))
		return;
	text[strcspn(text, "\n")] = '\0';
	if (!parse_decimal(text, &pid) || pid < 2 || pid > INT32_MAX)
		return;
	descriptors_close(&follower->inotify);
	if (!follow_check_label(follower, (pid_t)pid))
		(void)kill((pid_t)pid, SIGKILL);
}

void follow_podman_look(struct follower *follower)
{
	const struct plan *plan = follower->launch->plan;
	int status = follower->client_status;

	/* Attached, the client's status is the container's, but for podman's own failures. */
	follower->has_started = !plan->is_create_only && status != LAUNCH_STATUS_REFUSED && status != LAUNCH_STATUS_CANNOT_EXECUTE &&
				status != LAUNCH_STATUS_NOT_FOUND;
	if (!plan->is_create_only && (plan->is_detached || status < 0 || is_alive(follower))) {
		follow_answer(follower);
		status = wait_for_end(follower);
	}
	follower->end.has_oom = follower->has_started && has_met_limit(follower);
	follower->is_gone = !exists(follower);
	follow_set_status(follower, status);
}
