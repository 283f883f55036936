/*
 * monitor: the half with root's rights. It parses nothing that a caller typed or wrote: it answers a judge's questions from a
 * fixed list, compares the plan that the judge hands over with the ceiling, and starts exactly that plan.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hardrun/backend.h>
#include <hardrun/profile.h>

#include "channel.h"
#include "separate.h"

struct monitor {
	struct cli *cli;
	struct arena *arena;
	int fd;                            /* to the judge */
	pid_t judge;
	struct monitor_relay relays[RELAYS_MAX];
	const char *host, *client;         /* of the daemon: the ceiling's, or those of a policy that belongs to root */
	struct monitor_fetched fetched;    /* the last image, for this judge */
	bool has_decided;
	int status;                        /* what to exit with, once decided */
};

static const struct policy *ceiling_of(const struct monitor *monitor)
{
	return monitor->cli->ceiling.policy;
}

/* ---- policies, read again with root's own eyes ---- */

const struct policy *monitor_load_own(const struct cli *cli, const char *file)
{
	static const char builtin[] = "built-in:";
	struct policy_errors errors = { .arena = cli->arena };
	struct policy_search search;
	const struct policy *policy;

	flow_search(cli->arena, cli->facts, &search);
	search.is_root_only = true;
	search.user_dir = NULL;
	if (strncmp(file, builtin, strlen(builtin)) == 0) {
		search.admin_dir = NULL;
		search.vendor_dir = NULL;
		file += strlen(builtin);
	} else if (file[0] != '/') {
		return NULL;
	}
	policy = policy_load(cli->arena, &search, file, &errors);
	return policy != NULL && policy->is_root_owned ? policy : NULL;
}

/* ---- questions ---- */

static void answer_error(const struct monitor *monitor, const struct error *err)
{
	(void)channel_send(monitor->fd, json_pack("{s:o}", "error", channel_write_error(err)), NULL, 0);
}

static const char *socket_path(const struct monitor *monitor)
{
	return monitor->host != NULL && strncmp(monitor->host, "unix:///", 8) == 0 ? monitor->host + strlen("unix://")
										    : HOST_DOCKER_SOCKET;
}

/* The judge gets a socket from which the answer comes. Its question goes to the daemon as it was checked, and nothing more. */
static bool answer_get(struct monitor *monitor, const json_t *json)
{
	const char *target;
	int ends[2] = { -1, -1 }, from, number = 0;

	if (!channel_word(monitor->arena, json, "target", &target) || !monitor_is_target(target))
		return false;
	from = host_http_open(socket_path(monitor), target);
	if (from < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
		number = errno != 0 ? errno : EIO;
		if (from >= 0)
			(void)close(from);
	} else if (!monitor_relay_add(monitor->arena, monitor->relays, from, ends[0])) {
		(void)close(from);
		(void)close(ends[0]);
		(void)close(ends[1]);
		return false;
	}
	(void)channel_send(monitor->fd, json_pack("{s:i}", "errno", number), &ends[1], number == 0 ? 1 : 0);
	if (number == 0)
		(void)close(ends[1]);
	return true;
}

static bool answer_engine(struct monitor *monitor, const json_t *json)
{
	const struct policy_engine *above = ceiling_of(monitor) != NULL ? &ceiling_of(monitor)->engine : NULL;
	const struct policy *policy;
	struct error err = { 0 };
	const char *file;

	if (!channel_word(monitor->arena, json, "policy", &file))
		return false;
	policy = monitor_load_own(monitor->cli, file);
	if (policy == NULL) {
		error_set(&err, monitor->arena, ERROR_UNTRUSTED, "engine: is obeyed in policies of root's only, and %s is none",
			  string_printable(monitor->arena, file, 120));
		answer_error(monitor, &err);
		return true;
	}
	if (above == NULL || above->host.value == NULL)
		monitor->host = policy->engine.host.value;
	if (above == NULL || above->client.value == NULL)
		monitor->client = policy->engine.client.value;
	answer_error(monitor, NULL);
	return true;
}

/* A reference is what its own bytes say; a local image must be root's, or its files could lead anywhere that root may read. */
static bool is_image_fine(struct monitor *monitor, const struct image_name *image, const struct channel_message *message)
{
	struct host_facts *facts = monitor->cli->facts;
	struct plan plan = { .image = *image };
	int rootfs;

	facts->paths = NULL;
	facts->path_count = 0;
	if (image->kind == IMAGE_ROOTFS || !plan_is_image_itself(monitor->arena, image))
		return false;
	if (image->kind == IMAGE_REFERENCE)
		return message->fd_count == 0;
	plan.image.kind = IMAGE_ROOTFS; /* held in the same way */
	return monitor_take_sources(monitor->arena, &plan, message, facts, &(int){ -1 }, &rootfs) == NULL;
}

/* What no plan may have is not fetched either: a registry is asked, and bytes are unpacked, with root's rights. */
static bool may_be_fetched(const struct monitor *monitor, struct error *err)
{
	const struct image_name *image = &monitor->cli->facts->image;
	const struct host_path *path = host_image_path(monitor->cli->facts);

	if (!plan_may_have_image(ceiling_of(monitor), image)) {
		error_set(err, monitor->arena, ERROR_UNTRUSTED, "%s is not an image of the ceiling",
			  string_printable(monitor->arena, image->canonical, 200));
		return false;
	}
	if (monitor->cli->facts->elevated_by == NULL || monitor->cli->facts->image.kind == IMAGE_REFERENCE)
		return true;
	if (path != NULL && path->owner_uid == 0 && (path->mode & 0022) == 0)
		return true;
	error_set(err, monitor->arena, ERROR_UNTRUSTED, "the image %s does not belong to root, and root would read whatever it leads to",
		  string_printable(monitor->arena, monitor->cli->facts->image.canonical, 200));
	err->remedy = "push it to a registry, or have root own a copy";
	return false;
}

static bool may_pull(const struct monitor *monitor, const char *when)
{
	const struct policy *ceiling = ceiling_of(monitor);

	if (strcmp(when, "missing") == 0 || strcmp(when, "never") == 0)
		return true;
	for (size_t i = 0; ceiling != NULL && i < ceiling->allow.pull.count; i++)
		if (strcmp(ceiling->allow.pull.items[i].value, when) == 0)
			return true;
	return ceiling == NULL && strcmp(when, "always") == 0;
}

static bool answer_fetch(struct monitor *monitor, const struct channel_message *message)
{
	struct host_facts *facts = monitor->cli->facts;
	struct error err = { 0 };
	const char *pull;
	int result = 0;

	if (!channel_word(monitor->arena, message->json, "pull", &pull) || !may_pull(monitor, pull) ||
	    plan_read_image_name(monitor->arena, json_object_get(message->json, "image"), &facts->image, &err) < 0 ||
	    !is_image_fine(monitor, &facts->image, message))
		return false;
	monitor->fetched = (struct monitor_fetched){ .is_there = false };
	if (!may_be_fetched(monitor, &err))
		result = -(int)err.kind;
	host_find_programs(monitor->arena, facts, "crun");
	if (result == 0)
		result = launch_fetch_image(monitor->arena, facts, pull, &err);
	if (result == 0)
		monitor->fetched = (struct monitor_fetched){ true, facts->image, facts->image_facts };
	if (result < 0)
		answer_error(monitor, &err);
	else
		(void)channel_send(monitor->fd, json_pack("{s:n, s:o}", "error", "facts", plan_write_image_facts(&facts->image_facts)),
				   NULL, 0);
	return true;
}

static bool is_platform(const char *platform)
{
	return platform == NULL || (strncmp(platform, "linux/", 6) == 0 && platform[6] != '\0' &&
				    platform[strspn(platform, "abcdefghijklmnopqrstuvwxyz0123456789/")] == '\0');
}

static bool answer_pull(struct monitor *monitor, const struct channel_message *message)
{
	struct host_facts *facts = monitor->cli->facts;
	struct backend_pull pull;
	struct error err = { 0 };
	int result = 0;

	if (!channel_text(monitor->arena, message->json, "platform", &pull.platform) || !is_platform(pull.platform) ||
	    !channel_bool(message->json, "is_quiet", &pull.is_quiet) ||
	    plan_read_image_name(monitor->arena, json_object_get(message->json, "image"), &facts->image, &err) < 0 ||
	    facts->image.kind != IMAGE_REFERENCE || !is_image_fine(monitor, &facts->image, message))
		return false;
	if (!may_be_fetched(monitor, &err))
		result = -(int)err.kind;
	if (result == 0)
		result = host_use_engine(monitor->arena, facts, BACKEND_DOCKER, monitor->host, monitor->client, &err);
	if (result == 0)
		result = launch_pull_image(monitor->arena, facts, &pull, &err);
	answer_error(monitor, result < 0 ? &err : NULL);
	return true;
}

/* ---- the decision ---- */

static int refuse(const struct monitor *monitor, const char *sentence)
{
	message_line(monitor->cli, "nothing was started: %s", sentence);
	return LAUNCH_STATUS_REFUSED;
}

/* A judge that breaks may have been broken by what it was made to read: that is worth a line. */
static int refuse_broken(const struct monitor *monitor, const char *sentence)
{
	const struct decision decision = { .verdict = "failed", .verb = monitor->cli->verb, .ceiling = ceiling_of(monitor),
					   .error = sentence };
	const int status = refuse(monitor, sentence);

	recording_refuse(monitor->cli, &decision);
	return status;
}

/* Whether it is the policy itself that must be looked at: its hazards, its record, or that it bounds what no ceiling does. */
static bool needs_policy(const struct monitor *monitor, const struct monitor_decision *decided)
{
	const bool is_bound_by_it = monitor->cli->facts->elevated_by != NULL && ceiling_of(monitor) == NULL;

	return decided->decision.policy != NULL &&
	       (is_bound_by_it || (decided->is_record_wanted && ceiling_of(monitor) == NULL) ||
		(decided->decision.plan != NULL && plan_needs_hazards(decided->decision.plan)));
}

/* NULL: within what may be; else why not. */
static const char *check_plan(struct monitor *monitor, struct monitor_decision *decided, const struct policy *own)
{
	const struct policy *ceiling = ceiling_of(monitor);
	const struct plan_bounds bounds = {
		.ceiling = ceiling, .facts = monitor->cli->facts, .compose = monitor->cli->compose,
		.policy = monitor_policy_for(own, &decided->plan.image),
	};
	const char *beyond;

	/* A filter is bounded by intersecting it, with the ceiling's own rules. */
	decided->plan.ceiling_seccomp = ceiling != NULL ? &ceiling->seccomp : NULL;
	beyond = monitor_image_problem(&decided->plan, &monitor->fetched);
	if (beyond != NULL)
		return beyond;
	beyond = plan_check_bounds(monitor->arena, &decided->plan, &bounds);
	return beyond != NULL ? arena_printf(monitor->arena, "what was decided goes beyond what may be: %s", beyond) : NULL;
}

/* What a volume is that is there already, no plan can say. */
static const char *check_volumes(const struct monitor *monitor, const struct plan *plan, const struct policy *own)
{
	const struct policy_bool *hazard = own != NULL ? &own->hazards[HAZARD_SENSITIVE_PATHS] : NULL;

	if (plan->backend != BACKEND_DOCKER || (hazard != NULL && hazard->is_set && hazard->value))
		return NULL;
	for (size_t i = 0; i < plan->mount_count; i++) {
		const struct plan_mount *mount = &plan->mounts[i];
		const char *problem = mount->type == PLAN_VOLUME
					      ? host_volume_problem(monitor->arena, monitor->cli->facts, mount->source) : NULL;

		if (problem != NULL)
			return arena_printf(monitor->arena, "the volume %s cannot be used: %s", mount->source, problem);
	}
	return NULL;
}

/* What docker is going to run is asked of docker once more: the digest that goes on record, and that no VOLUME is left open. */
static const char *check_docker_image(const struct monitor *monitor, const struct plan *plan)
{
	struct host_facts *facts = monitor->cli->facts;

	if (plan->backend != BACKEND_DOCKER)
		return NULL;
	facts->image_facts = (struct image_facts){ .is_known = false };
	facts->engine.is_docker_answering = true;
	host_read_docker_image(monitor->arena, facts);
	return monitor_volume_problem(monitor->arena, plan, &facts->image_facts);
}

static void await_judge(struct monitor *monitor)
{
	int status = 0;

	while (monitor->judge > 0 && waitpid(monitor->judge, &status, 0) < 0 && errno == EINTR)
		;
	monitor->judge = 0;
}

static int launch(struct monitor *monitor, struct monitor_decision *decided, struct launch *launch)
{
	struct cli *cli = monitor->cli;
	struct error err = { 0 };
	int status = LAUNCH_STATUS_REFUSED;
	bool has_failed;

	if (recording_launch(cli, &decided->decision, launch, &err) < 0)
		return refuse(monitor, message_error_text(cli->arena, &err));
	await_judge(monitor);
	has_failed = launch_run(cli->arena, launch, &status, &err) < 0;
	if (has_failed)
		message_error(cli, &err);
	recording_end(cli, launch, has_failed, status);
	if (has_failed || status != 0 || !decided->plan.is_detached || !host_backend_is_oci(decided->plan.backend))
		return status;
	message_print(cli, arena_printf(cli->arena, "%s\n", launch->container_id));
	return message_finish(cli, CLI_STATUS_OK);
}

static int fail_decision(struct monitor *monitor, struct monitor_decision *decided, const struct error *err)
{
	decided->decision.verdict = "failed";
	decided->decision.error = err->message;
	recording_refuse(monitor->cli, &decided->decision);
	message_line(monitor->cli, "nothing was started: %s", message_error_text(monitor->arena, err));
	return LAUNCH_STATUS_REFUSED;
}

static int start(struct monitor *monitor, struct monitor_decision *decided, const struct channel_message *message,
		 const struct policy *own)
{
	struct host_facts *facts = monitor->cli->facts;
	int *fds = arena_alloc(monitor->arena, (decided->plan.mount_count + 1) * sizeof(*fds)), rootfs = -1;
	const struct profile *profile = NULL;
	struct error err = { 0 };
	struct launch rendered;
	const char *reason;
	int result = 0;

	facts->paths = NULL;
	facts->path_count = 0;
	facts->image = decided->plan.image;
	facts->image_facts = (struct image_facts){ .is_known = false };
	if (decided->plan.image.kind != IMAGE_ROOTFS && host_backend_is_oci(decided->plan.backend))
		facts->image_facts = monitor->fetched.facts;
	/* On record is what is run, not what the judge calls it. */
	decided->decision.image = decided->plan.image.canonical;
	decided->decision.image_digest = NULL;
	reason = monitor_take_sources(monitor->arena, &decided->plan, message, facts, fds, &rootfs);
	if (reason == NULL)
		reason = check_plan(monitor, decided, own);
	if (reason != NULL)
		result = error_set(&err, monitor->arena, ERROR_UNTRUSTED, "%s", reason);
	if (result == 0)
		result = host_use_engine(monitor->arena, facts, decided->plan.backend, monitor->host, monitor->client, &err);
	reason = result == 0 ? check_volumes(monitor, &decided->plan, own) : NULL;
	if (result == 0 && reason == NULL)
		reason = check_docker_image(monitor, &decided->plan);
	if (reason != NULL)
		result = error_set(&err, monitor->arena, ERROR_UNTRUSTED, "%s", reason);
	facts->engine.has_isolated_network = decided->has_isolated_network;
	facts->engine.is_docker_answering = decided->plan.backend == BACKEND_DOCKER;
	if (result == 0 && !decided->plan.is_seccomp_unconfined)
		result = profile_choose(monitor->arena, decided->plan.seccomp, decided->plan.ceiling_seccomp, &profile, &err);
	if (result == 0)
		result = backend_render(monitor->arena, &decided->plan, facts, profile, &rendered, &err);
	if (result < 0)
		return fail_decision(monitor, decided, &err);
	rendered.source_fds = fds;
	rendered.rootfs_fd = rootfs >= 0 ? &rootfs : NULL;
	rendered.is_guarded = monitor->cli->is_guarded;
	return launch(monitor, decided, &rendered);
}

/* The last of all messages. */
static bool take_decision(struct monitor *monitor, const struct channel_message *message)
{
	struct monitor_decision *decided = arena_alloc(monitor->arena, sizeof(*decided));
	const struct policy *own = NULL;
	struct error err = { 0 };

	if (!monitor_read_decision(monitor->arena, message, decided))
		return false;
	monitor->has_decided = true;
	monitor->status = LAUNCH_STATUS_REFUSED;
	decided->decision.ceiling = ceiling_of(monitor);
	monitor->cli->verb = decided->decision.verb;
	if (needs_policy(monitor, decided)) {
		own = monitor_load_own(monitor->cli, decided->policy.files.items[0]);
		if (own != NULL)
			decided->decision.policy = own;
	}
	if (strcmp(decided->decision.verdict, "allowed") == 0 && monitor->cli->ceiling.errors.count > 0)
		return false;
	if (strcmp(decided->decision.verdict, "allowed") != 0) {
		recording_refuse(monitor->cli, &decided->decision);
	} else if (needs_policy(monitor, decided) && own == NULL) {
		error_set(&err, monitor->arena, ERROR_UNTRUSTED, "the policy %s is not root's any more",
			  string_printable(monitor->arena, decided->policy.name, 120));
		monitor->status = fail_decision(monitor, decided, &err);
	} else {
		monitor->status = start(monitor, decided, message, own);
	}
	return true;
}

static bool answer(struct monitor *monitor, const struct channel_message *message)
{
	const char *question = json_string_value(json_object_get(message->json, "ask"));

	if (question == NULL)
		return false;
	if (strcmp(question, "get") == 0)
		return message->fd_count == 0 && answer_get(monitor, message->json);
	if (strcmp(question, "engine") == 0)
		return message->fd_count == 0 && answer_engine(monitor, message->json);
	if (strcmp(question, "fetch") == 0)
		return answer_fetch(monitor, message);
	if (strcmp(question, "pull") == 0)
		return answer_pull(monitor, message);
	return strcmp(question, "decide") == 0 && take_decision(monitor, message);
}

/* ---- waiting ---- */

/* Until the judge has something to say; meanwhile the daemon's answers pass. */
static void wait_for_judge(struct monitor *monitor)
{
	struct pollfd waits[RELAYS_MAX + 1];

	do {
		for (size_t i = 0; i < RELAYS_MAX; i++)
			waits[i] = monitor_relay_interest(&monitor->relays[i]);
		waits[RELAYS_MAX] = (struct pollfd){ .fd = monitor->fd, .events = POLLIN };
		if (poll(waits, ARRAY_COUNT(waits), -1) < 0)
			continue;
		for (size_t i = 0; i < RELAYS_MAX; i++)
			monitor_relay_step(&monitor->relays[i], waits[i].revents);
	} while (waits[RELAYS_MAX].revents == 0);
}

/* Without a decision: help, a dry run, or a judge that broke. */
static int end_without(struct monitor *monitor)
{
	int status = 0;

	while (waitpid(monitor->judge, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return refuse_broken(monitor,
			     arena_printf(monitor->arena, "the half of hardrun that judges was ended by signal %d", WTERMSIG(status)));
}

int monitor_serve(struct cli *cli, int judge_fd, pid_t pid)
{
	struct monitor monitor = { .cli = cli, .arena = cli->arena, .fd = judge_fd, .judge = pid };
	const struct policy *ceiling = cli->ceiling.policy;
	struct channel_message message;
	bool is_sane = true;

	for (size_t i = 0; i < RELAYS_MAX; i++)
		monitor.relays[i] = (struct monitor_relay){ .from = -1, .to = -1 };
	if (ceiling != NULL) {
		monitor.host = ceiling->engine.host.value;
		monitor.client = ceiling->engine.client.value;
	}
	while (is_sane && !monitor.has_decided) {
		wait_for_judge(&monitor);
		if (!channel_receive(cli->arena, judge_fd, &message))
			return end_without(&monitor);
		is_sane = answer(&monitor, &message);
		json_decref(message.json);
		if (!monitor.has_decided)
			channel_close_fds(&message);
	}
	(void)close(judge_fd);
	if (!is_sane)
		(void)kill(pid, SIGKILL);
	await_judge(&monitor);
	return is_sane ? monitor.status : refuse_broken(&monitor, "the half of hardrun that judges talks nonsense");
}
