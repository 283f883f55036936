/*
 * The listener: a process of its own that answers the system calls which the filter would have refused, with the very same error,
 * and says each kind once. It lets no call through that the filter would not have: where allowed calls are watched too, they go
 * on (SECCOMP_USER_NOTIF_FLAG_CONTINUE) only when the filter's own rules allow them by the very register values that the kernel
 * goes on with; what lies in memory is looked at for telling alone, and decides nothing (seccomp_unotify(2), on its time of check
 * and time of use). With its end the kernel answers ENOSYS instead: nothing is allowed by killing it. Source: OCI runtime
 * specification, config-linux.md, listenerPath.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cap-ng.h>

#include "listener.h"
#include "observe.h"
#include "own_filters.h"
#include "say.h"

#if defined(__x86_64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

enum { COMM_BYTES = 32, LINE_BYTES_MAX = 2000, FILTERS_MAX = 64 };

struct listener_shared {
	struct watch_ledger ledger;
	atomic_bool is_serving; /* has the descriptor */
};

struct listener {
	const struct launch *launch;
	struct listener_shared *shared;
	int socket, report;
	uid_t owner;         /* of the runtime */
	int filters[FILTERS_MAX];
	size_t filter_count;
	int notify;          /* of these, the one whose call is being answered */
	const char *newline; /* a terminal in raw mode wants both */
	struct seccomp_notif *request;
	struct seccomp_notif_resp *response;
	/* Where allowed calls are watched; the writer's ->shared NULL: they are not. */
	struct needs_writer writer;
	struct sights_writer *sights; /* where all of them are; NULL: only those that others may refuse */
	struct spaces spaces;
	bool has_begun, has_profile;
};

/* ---- what was called ---- */

static const char *read_program(struct arena *arena, pid_t pid)
{
	char *buffer = arena_alloc(arena, COMM_BYTES);

	if (descriptors_read_small(AT_FDCWD, arena_printf(arena, "/proc/%d/comm", (int)pid), buffer, COMM_BYTES) == NULL)
		return NULL;
	buffer[strcspn(buffer, "\n")] = '\0';
	return buffer;
}

static void read_process(struct arena *arena, struct watch_call *call)
{
	const unsigned texts = watch_texts(call->name);

	call->program = read_program(arena, call->pid);
	for (unsigned i = 0; i < WATCH_ARGUMENTS; i++)
		if ((texts & 1u << i) != 0)
			call->texts[i] = observe_text(arena, call->pid, call->arguments[i], WATCH_TEXT_BYTES_MAX);
}

/* ${ret_foreign} is to be freed: the name of a call of 32-bit programs. */
static struct watch_call describe(const struct seccomp_notif *request, char **ret_foreign)
{
	struct watch_call call = {.number = request->data.nr, .pid = (int)request->pid};

	for (unsigned i = 0; i < WATCH_ARGUMENTS; i++)
		call.arguments[i] = request->data.args[i];
	if (request->data.arch != NATIVE_ARCHITECTURE)
		*ret_foreign = seccomp_syscall_resolve_num_arch(request->data.arch, request->data.nr);
	call.name = *ret_foreign != NULL ? *ret_foreign :
		    request->data.arch == NATIVE_ARCHITECTURE ? profile_call_name(request->data.nr) : NULL;
	return call;
}

/* ---- answering and saying ---- */

/* What the filter itself would have said. Where only refused calls come here one that it lets through cannot be: then EPERM. */
static enum profile_verdict answer_of(const struct listener *listener, const struct watch_call *call)
{
	const struct profile_rule *rule;
	enum profile_verdict answer = PROFILE_ENOSYS;

	if (call->name != NULL)
		answer = profile_answer(listener->launch->explained, call->name, call->arguments, &rule);
	if (answer == PROFILE_ALLOW && listener->writer.shared != NULL)
		return PROFILE_ALLOW;
	return answer == PROFILE_ENOSYS ? PROFILE_ENOSYS : PROFILE_EPERM;
}

/* Whole or not at all: a line is shorter than PIPE_BUF. False: nobody has taken the lines before it away yet. */
static bool say(const struct listener *listener, struct arena *arena, const struct watch_call *call, enum profile_verdict answer)
{
	const struct plan *plan = listener->launch->plan;
	struct profile_explanation explanation;
	const bool is_known = call->name != NULL && profile_explain(arena, plan->seccomp, plan->ceiling_seccomp, call->name,
								    call->arguments, &explanation);
	const char *sentence = watch_sentence(arena, call, answer, is_known ? &explanation : NULL);
	const char *line = arena_printf(arena, "hardrun: refused: %s%s", string_printable(arena, sentence, LINE_BYTES_MAX),
					listener->newline);

	return write(listener->report, line, strlen(line)) == (ssize_t)strlen(line);
}

/* Does the call still wait? Else its process may be another by now, and so may be what was read of it. */
static bool is_waiting(const struct listener *listener, uint64_t id)
{
	return ioctl(listener->notify, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

/* ENOENT: it was interrupted, and will come again, or its process is gone. */
static void respond(const struct listener *listener, uint64_t id, int error, unsigned flags)
{
	*listener->response = (struct seccomp_notif_resp){.id = id, .error = error, .flags = flags};
	(void)ioctl(listener->notify, SECCOMP_IOCTL_NOTIF_SEND, listener->response);
}

/* ---- watching ---- */

/* AppArmor takes hold with the first program. */
static void note_profile(struct listener *listener, struct watch_needs *needs, const struct watch_call *call)
{
	const char *profile;

	if (listener->has_profile || strcmp(call->name, "execve") == 0)
		return;
	listener->has_profile = true;
	profile = observe_profile(needs->arena, call->pid);
	if (profile != NULL)
		watch_profile(profile, needs);
}

/* True: there is no more to be known of it. */
static bool note_sight(struct listener *listener, struct arena *arena, const struct watch_call *call)
{
	if (listener->sights == NULL || !listener->has_begun)
		return false;
	/* What is kept is the table's name, which another process reads; a foreign call is none of what can be learned. */
	if (listener->request->data.arch != NATIVE_ARCHITECTURE)
		return false;
	sights_enter(listener->sights, call, sights_program(listener->sights, arena, call, read_program));
	spaces_measure(&listener->spaces);
	return !watch_is_observed(call->name) || watch_only_reads(call);
}

static void let_go_on(struct listener *listener, struct arena *arena, struct watch_call *call)
{
	const uint64_t id = listener->request->id, kind = watch_kind(call);
	const struct profile_rule *rule = profile_find(listener->launch->explained, call->name);
	struct watch_observed observed;
	struct watch_needs needs = {.arena = arena};
	bool is_true;

	if (note_sight(listener, arena, call)) {
		respond(listener, id, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
		return;
	}
	if (!watch_is_observed(call->name)) {
		respond(listener, id, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
		if (needs_is_met(&listener->writer, kind))
			return;
		watch_allowed_call(call, rule->condition_count > 0, &needs);
		needs_enter(&listener->writer, &needs);
		needs_remember(&listener->writer, kind);
		return;
	}
	/* Until the program is executed it is the runtime that calls. */
	if (!listener->has_begun && strcmp(call->name, "execve") == 0)
		listener->has_begun = spaces_begin(&listener->spaces, arena, listener->launch->plan, call->pid);
	if (!listener->has_begun) {
		respond(listener, id, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
		return;
	}
	call->program = read_program(arena, call->pid);
	observed = (struct watch_observed){.call = *call};
	observe_facts(arena, &observed);
	is_true = is_waiting(listener, id);
	if (is_true)
		note_profile(listener, &needs, call);
	respond(listener, id, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
	if (!is_true)
		return;
	watch_foresee(listener->launch->plan, &observed, &needs);
	needs_enter(&listener->writer, &needs);
}

static void note_refused(struct listener *listener, struct arena *arena, const struct watch_call *call, int error)
{
	struct watch_needs needs = {.arena = arena};
	const uint64_t kind = watch_kind(call);

	if (listener->writer.shared == NULL || needs_is_met(&listener->writer, kind))
		return;
	watch_refused_call(listener->launch->plan, call, error, &needs);
	needs_enter(&listener->writer, &needs);
	needs_remember(&listener->writer, kind);
}

static void finish(struct listener *listener)
{
	struct watch_needs needs = {.arena = listener->writer.arena};

	spaces_finish(&listener->spaces, listener->launch->plan, &needs);
	needs_enter(&listener->writer, &needs);
	needs_close(&listener->writer);
}

static void handle(struct listener *listener, struct arena *arena, struct watch_call *call)
{
	const uint64_t id = listener->request->id, kind = watch_kind(call);
	const enum profile_verdict answer = answer_of(listener, call);
	const int error = answer == PROFILE_EPERM ? EPERM : ENOSYS;
	bool is_to_be_said;

	if (answer == PROFILE_ALLOW) {
		let_go_on(listener, arena, call);
		return;
	}
	is_to_be_said = watch_ledger_enter(&listener->shared->ledger, kind, clock_milliseconds());
	if (is_to_be_said) {
		read_process(arena, call);
		is_to_be_said = is_waiting(listener, id);
	}
	respond(listener, id, -error, 0);
	note_refused(listener, arena, call, error);
	if (!is_to_be_said)
		return;
	if (!listener->launch->plan->is_explained || say(listener, arena, call, answer))
		watch_ledger_said(&listener->shared->ledger, kind);
}

/* False: there will be no more. */
static bool take_call(struct listener *listener, size_t request_bytes)
{
	struct arena *arena;
	struct watch_call call;
	char *foreign = NULL;

	memset(listener->request, 0, request_bytes); /* the kernel insists */
	if (ioctl(listener->notify, SECCOMP_IOCTL_NOTIF_RECV, listener->request) < 0)
		return errno == EINTR || errno == ENOENT;
	arena = arena_new();
	call = describe(listener->request, &foreign);
	handle(listener, arena, &call);
	arena_free(arena);
	free(foreign);
	return true;
}

/* Without room for it the descriptor is let go of: the kernel answers ENOSYS there. */
static bool add_filter(struct listener *listener)
{
	bool is_over;
	int fd = listener_take(listener->socket, listener->owner, &is_over);

	if (fd >= 0 && listener->filter_count < FILTERS_MAX)
		listener->filters[listener->filter_count++] = fd;
	else
		descriptors_close(&fd);
	return !is_over;
}

/* False: nobody is under that filter any more. */
static bool serve_one(struct listener *listener, int filter, short events, size_t request_bytes)
{
	listener->notify = filter;
	return (events & POLLIN) ? take_call(listener, request_bytes) : events == 0;
}

static void serve(struct listener *listener, size_t request_bytes)
{
	while (listener->filter_count > 0) {
		const size_t count = listener->filter_count;
		struct pollfd waits[FILTERS_MAX + 1];

		for (size_t i = 0; i < count; i++)
			waits[i] = (struct pollfd){.fd = listener->filters[i], .events = POLLIN};
		waits[count] = (struct pollfd){.fd = listener->socket, .events = POLLIN};
		if (poll(waits, count + 1, -1) < 0 && errno != EINTR)
			return;
		listener->filter_count = 0;
		for (size_t i = 0; i < count; i++) {
			if (serve_one(listener, waits[i].fd, waits[i].revents, request_bytes))
				listener->filters[listener->filter_count++] = waits[i].fd;
			else
				descriptors_close(&waits[i].fd);
		}
		if (waits[count].revents != 0 && !add_filter(listener))
			descriptors_close(&listener->socket);
	}
}

/* ---- the process ---- */

/*
 * Reading what a text argument says, and where files are watched what stands around them, is all that is left. What belongs to
 * root is not nobody's to write; an ordinary user's namespace may have no such id.
 */
static bool give_up_rights(const struct listening *listening, pid_t parent)
{
	const capng_type_t kept = (capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED);
	const struct confine_identity nobody = {.uid = CONFINE_NOBODY, .gid = CONFINE_NOBODY};
	const bool is_root = geteuid() == 0, is_watching = listening->needs != NULL;

	if (is_root && !confine_become(&nobody, true) && listening->launch->facts->is_root)
		return false;
	capng_clear(CAPNG_SELECT_CAPS);
	if (is_root && capng_update(CAPNG_ADD, kept, CAP_SYS_PTRACE) != 0)
		return false;
	if (is_root && is_watching && capng_update(CAPNG_ADD, kept, CAP_DAC_READ_SEARCH) != 0)
		return false;
	return capng_apply(CAPNG_SELECT_CAPS) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

/* The report gets the number that the filter knows, whichever those of both were. */
static bool place_descriptors(int *socket, int report)
{
	const int low = fcntl(*socket, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (low < 0 || close(*socket) < 0 || dup2(report, LISTENER_REPORT_FD) < 0)
		return false;
	*socket = low;
	return report == LISTENER_REPORT_FD || close(report) == 0;
}

static _Noreturn void listen_on(const struct listening *listening, int socket, int report, pid_t parent)
{
	const int keep[] = {socket, report};
	struct listener listener = {
		.owner = geteuid(), .launch = listening->launch, .shared = listening->shared, .report = LISTENER_REPORT_FD,
		.newline = listening->is_raw ? "\r\n" : "\n", .writer = {.arena = listening->arena, .shared = listening->needs},
	};
	struct sights_writer sights = {.shared = listening->sights};
	struct seccomp_notif_sizes sizes = {0};

	listener.sights = listening->sights != NULL ? &sights : NULL;
	(void)prctl(PR_SET_NAME, "hardrun-explain");
	(void)signal(SIGPIPE, SIG_IGN); /* that nobody reads what it says is no reason to stop answering */
	descriptors_keep(keep, ARRAY_COUNT(keep));
	if (!descriptors_silence() || chdir("/") < 0 || !place_descriptors(&socket, report) || !give_up_rights(listening, parent) ||
	    syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0 ||
	    seccomp_notify_alloc(&listener.request, &listener.response) != 0)
		_exit(LAUNCH_STATUS_REFUSED);
	listener.socket = socket;
	while (listener.filter_count == 0)
		if (!add_filter(&listener))
			_exit(0);
	/* Nothing of the container's has been read before. */
	if (!confine_filter(listener_filter, listener_filter_length))
		_exit(LAUNCH_STATUS_REFUSED);
	atomic_store(&listening->shared->is_serving, true);
	serve(&listener, sizes.seccomp_notif);
	if (listening->needs != NULL)
		finish(&listener);
	_exit(0);
}

static int open_socket(const struct listening *listening)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = arena_printf(listening->arena, "/proc/self/fd/%d/" BACKEND_LISTENER_NAME, listening->directory);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, strlen(path) + 1);
	if (fd >= 0 && (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0))
		descriptors_close(&fd);
	return fd;
}

static int fail(const struct listening *listening, const char *what, struct error *err)
{
	return error_set(err, listening->arena, ERROR_SYSTEM, "refused calls cannot be explained, %s: %s", what, strerror(errno));
}

int listener_start(struct listening *listening, struct error *err)
{
	CLOSE_FD int socket = -1;
	const pid_t parent = getpid();
	void *shared = mmap(NULL, sizeof(*listening->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int ends[2];

	if (shared == MAP_FAILED)
		return fail(listening, "no memory", err);
	listening->shared = shared;
	watch_ledger_init(&listening->shared->ledger, clock_milliseconds());
	if (listening->launch->plan->observation != PLAN_OBSERVE_NOTHING) {
		listening->needs = needs_share();
		if (listening->needs == NULL)
			return fail(listening, "no memory", err);
	}
	if (listening->launch->plan->observation == PLAN_OBSERVE_ALL) {
		listening->sights = sights_share();
		if (listening->sights == NULL)
			return fail(listening, "no memory", err);
	}
	socket = open_socket(listening);
	if (socket < 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return fail(listening, "no socket or pipe", err);
	listening->report = ends[0];
	listening->pid = fork();
	if (listening->pid == 0)
		listen_on(listening, socket, ends[1], parent);
	(void)close(ends[1]);
	return listening->pid > 0 ? 0 : fail(listening, "no process", err);
}

void listener_stop(struct listening *listening)
{
	if (listening->pid > 0) {
		(void)kill(listening->pid, SIGKILL);
		while (waitpid(listening->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	listening->pid = 0;
}

void listener_end(struct listening *listening)
{
	listener_stop(listening);
	descriptors_close(&listening->report);
	if (listening->shared != NULL)
		(void)munmap(listening->shared, sizeof(*listening->shared));
	listening->shared = NULL;
	needs_unshare(listening->needs);
	listening->needs = NULL;
	sights_unshare(listening->sights);
	listening->sights = NULL;
}

bool listener_is_serving(const struct listening *listening)
{
	return listening->shared != NULL && atomic_load(&listening->shared->is_serving);
}

void listener_sum_up(const struct listening *listening, struct log *log, int status)
{
	const bool is_explained = listening->shared != NULL && listening->launch->plan->is_explained;
	struct watch_ledger ledger = is_explained ? listening->shared->ledger : (struct watch_ledger){0};
	const char *summary;

	ledger.count = ledger.count < WATCH_KINDS_MAX ? ledger.count : WATCH_KINDS_MAX;
	summary = watch_summary(listening->arena, &ledger, status);
	if (summary != NULL)
		say_line(listening->arena, listening->launch, log, summary);
}
