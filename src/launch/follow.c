/*
 * Whoever looks after a container that an engine runs: a process of its own, because the container may outlive the engine's
 * client and hardrun, and because nobody's key or kill -9 shall cost the record its end or leave a stage mounted. It learns the
 * id from the file that the client writes, listens to docker's events, and asks for the state when something has happened.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "follow_internal.h"
#include "label.h"

enum { ANSWER_MILLISECONDS_MAX = 30000, SENTENCE_BYTES_MAX = 1024 };

#define WORD_GOES_ON "g" /* without it the end of the pipe means that all is done */
#define WORD_OOM "o"     /* the kernel has ended something in it for want of memory */
#define WORD_NEVER "n"   /* it has not run */
#define WORD_LABEL "!"   /* a sentence follows: the container has another label than it must, and is being killed */

static void note_id(struct follower *follower)
{
	struct staging *stage = &follower->charge.stage;

	if (follower->id)
		follow_podman_note_process(follower);
	if (follower->id || stage->dir_fd < 0)
		return;
	follower->id = staging_container_id(follower->arena, stage->dir_fd);
	if (!follower->id)
		return;
	(void)cidfile_write(&follower->charge.cidfile, follower->id);
	if (follower->launch->backend == BACKEND_DOCKER || follower->is_label_checked)
		descriptors_close(&follower->inotify);
	if (follower->launch->backend == BACKEND_DOCKER)
		follow_docker_begin(follower);
	else
		follow_podman_note_process(follower);
}

static void take_notes(struct follower *follower)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));

	/* What it says does not matter: something was written. */
	if (read(follower->inotify, buffer, sizeof(buffer)) <= 0)
		descriptors_close(&follower->inotify);
	note_id(follower);
}

/* The client has ended, or hardrun is gone, and the client with it. */
static void take_word(struct follower *follower)
{
	unsigned char status;
	ssize_t got = read(follower->in, &status, 1);

	if (got < 0 && errno == EINTR)
		return;
	follower->client_status = got == 1 ? status : -1;
	descriptors_close(&follower->in);
	note_id(follower);
	follower->look_at = clock_milliseconds();
}

void follow_answer(struct follower *follower)
{
	if (follower->out >= 0)
		(void)descriptors_write(follower->out, WORD_GOES_ON, 1);
	descriptors_close(&follower->out);
}

bool follow_check_label(struct follower *follower, pid_t pid)
{
	struct error err = {0};
	const char *words;
	int result;

	follower->is_label_checked = true;
	result = label_check_process(follower->arena, follower->launch, pid, &err);
	label_release_profile(follower->launch);
	if (result == 0)
		return true;
	words = arena_printf(follower->arena, WORD_LABEL "%s", err.message);
	if (follower->out >= 0)
		(void)descriptors_write(follower->out, words, strlen(words));
	return false;
}

/* No id: the client made no container. */
static void look(struct follower *follower)
{
	follower->look_at = 0;
	if (!follower->id) {
		follower->end.status = follower->client_status;
		follower->end.reason = follower->client_status >= 0 ? LAUNCH_NOT_STARTED : LAUNCH_UNKNOWN;
		follower->is_gone = follower->is_over = true;
		return;
	}
	if (follower->launch->backend == BACKEND_DOCKER)
		follow_docker_look(follower);
	else
		follow_podman_look(follower);
}

static void wait_and_look(struct follower *follower)
{
	struct pollfd waits[] = {
		{.fd = follower->in, .events = POLLIN}, {.fd = follower->inotify, .events = POLLIN},
		{.fd = follower->events.fd, .events = POLLIN},
	};
	int64_t left = follower->look_at - clock_milliseconds();

	if (poll(waits, ARRAY_COUNT(waits), follower->look_at == 0 ? -1 : left > 0 ? (int)left : 0) < 0 && errno != EINTR)
		return;
	if (waits[1].revents)
		take_notes(follower);
	if (waits[2].revents)
		follow_docker_take_events(follower);
	if (waits[0].revents)
		take_word(follower);
	if (follower->look_at != 0 && clock_milliseconds() >= follower->look_at)
		look(follower);
}

/* A container that is there may be started again: what it was started from stays until it is gone. */
static void settle(struct follower *follower)
{
	struct follow_charge *charge = &follower->charge;

	if (follower->end.has_oom && follower->out >= 0)
		(void)descriptors_write(follower->out, WORD_OOM, 1);
	else if (follower->end.reason == LAUNCH_NOT_STARTED && follower->out >= 0)
		(void)descriptors_write(follower->out, WORD_NEVER, 1);
	if (follower->id)
		cidfile_close(&charge->cidfile);
	else
		cidfile_remove(follower->arena, &charge->cidfile);
	if (follower->is_gone || !charge->stage.has_mounts)
		staging_discard(&charge->stage);
	else
		staging_release(&charge->stage);
	follower->end.container_id = follower->id;
	launch_close_account(follower->launch->account, &follower->end);
}

static void become_nobody_s(const struct follower *follower)
{
	const struct follow_charge *charge = &follower->charge;
	int keep[] = {
		follower->in, follower->out, charge->stage.base_fd, charge->stage.list_fd, charge->stage.dir_fd, charge->cidfile.directory,
		charge->cidfile.fd, follower->launch->profile_lock ? *follower->launch->profile_lock : -1, -1, -1,
	};
	sigset_t all;

	account_descriptors(follower->launch->account, keep + ARRAY_COUNT(keep) - ACCOUNT_DESCRIPTORS);

	(void)setsid();
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)prctl(PR_SET_NAME, "hardrun-follow");
	(void)descriptors_silence();
	descriptors_keep(keep, ARRAY_COUNT(keep));
	if (chdir("/") < 0)
		_exit(0);
}

static _Noreturn void be_follower(struct follower *follower)
{
	const char *dir = follower->charge.stage.dir;

	become_nobody_s(follower);
	follower->inotify = dir ? inotify_init1(IN_CLOEXEC | IN_NONBLOCK) : -1;
	if (follower->inotify >= 0)
		(void)inotify_add_watch(follower->inotify, dir, IN_CLOSE_WRITE | IN_MODIFY);
	while (!follower->is_over)
		wait_and_look(follower);
	settle(follower);
	_exit(0);
}

static int make_pipes(int to[2], int from[2])
{
	if (pipe2(to, O_CLOEXEC) < 0)
		return -1;
	if (pipe2(from, O_CLOEXEC) == 0)
		return 0;
	(void)close(to[0]);
	(void)close(to[1]);
	return -1;
}

int follow_start(struct arena *arena, const struct launch *launch, const struct follow_charge *charge, struct follow *ret_follow,
		 struct error *err)
{
	struct follower follower = {
		.arena = arena, .launch = launch, .charge = *charge, .inotify = -1, .events = EVENTS_NONE, .client_status = -1,
		.end = {.reason = LAUNCH_UNKNOWN, .status = -1}, .is_label_checked = !label_is_wanted(launch),
	};
	int to[2], from[2];
	pid_t pid;

	(void)clock_gettime(CLOCK_REALTIME, &follower.since);
	if (make_pipes(to, from) < 0)
		return error_set(err, arena, ERROR_SYSTEM, "no pipes for whoever looks after the container: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		follower.in = to[0];
		follower.out = from[1];
		be_follower(&follower);
	}
	(void)close(to[0]);
	(void)close(from[1]);
	*ret_follow = (struct follow){.to = to[1], .from = from[0], .pid = pid};
	if (pid > 0)
		return 0;
	(void)error_set(err, arena, ERROR_SYSTEM, "nobody can be started to look after the container: %s", strerror(errno));
	descriptors_close(&ret_follow->to);
	descriptors_close(&ret_follow->from);
	return -(int)err->kind;
}

/*
 * Until the pipe ends or it says that it goes on. True when it is done, and only has to be waited for: it shall not be left to
 * whoever inherits it. *ret_sentence: what is wrong with the container's label, or NULL.
 */
static bool hear(struct arena *arena, struct follow *follow, const char **ret_sentence)
{
	struct pollfd answer = {.fd = follow->from, .events = POLLIN};
	char *said = arena_alloc(arena, SENTENCE_BYTES_MAX + 1);
	size_t length = 0;
	ssize_t got = -1;

	do {
		while (poll(&answer, 1, ANSWER_MILLISECONDS_MAX) < 0 && errno == EINTR)
			;
		got = answer.revents ? read(follow->from, said + length, SENTENCE_BYTES_MAX - length) : -1;
		length += got > 0 ? (size_t)got : 0;
	} while (got > 0 && said[0] != WORD_GOES_ON[0] && length < SENTENCE_BYTES_MAX && said[length - 1] != WORD_GOES_ON[0]);
	said[length] = '\0';
	follow->has_oom = said[0] == WORD_OOM[0];
	follow->has_never_run = said[0] == WORD_NEVER[0];
	if (said[0] != WORD_LABEL[0])
		return got == 0;
	if (said[length - 1] == WORD_GOES_ON[0])
		said[length - 1] = '\0';
	*ret_sentence = said + 1;
	return got == 0;
}

const char *follow_client_ended(struct arena *arena, struct follow *follow, int status)
{
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	const char *sentence = NULL;
	char byte = (char)status;

	(void)descriptors_write(follow->to, &byte, 1);
	(void)signal(SIGPIPE, before);
	if (hear(arena, follow, &sentence))
		while (waitpid(follow->pid, NULL, 0) < 0 && errno == EINTR)
			;
	descriptors_close(&follow->to);
	descriptors_close(&follow->from);
	return sentence;
}
