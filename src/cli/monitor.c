/*
 * monitor: the half with root's rights. It parses nothing that a caller typed or wrote: it answers a judge's questions from a
 * fixed list, compares the plan that the judge hands over with the ceiling, and starts exactly that plan.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hardrun/backend.h>
#include <hardrun/profile.h>
#include <hardrun/watch.h>

#include "apparmor.h"
#include "monitor.h"

enum { MESSAGE_SECONDS = 5 }; /* from its first byte to its last */

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

/* A profile by its name is root's to choose: where the ceiling does not, a policy of root's must have. */
static bool names_profile(const struct monitor *monitor, const struct plan *plan)
{
	const struct policy *ceiling = ceiling_of(monitor);

	return plan->apparmor == PLAN_APPARMOR_NAMED && (ceiling == NULL || ceiling->apparmor.value == NULL);
}

/* Whether it is the policy itself that must be looked at: its hazards, its record, or that it bounds what no ceiling does. */
static bool needs_policy(const struct monitor *monitor, const struct monitor_decision *decided)
{
	const bool is_bound_by_it = monitor->cli->facts->elevated_by != NULL && ceiling_of(monitor) == NULL &&
				    monitor->cli->profile.mode == CLI_PROFILE_NONE;

	return decided->decision.policy != NULL &&
	       (is_bound_by_it || (decided->is_record_wanted && ceiling_of(monitor) == NULL) ||
		(decided->decision.plan != NULL &&
		 (plan_needs_hazards(decided->decision.plan) || plan_reads_files(decided->decision.plan) ||
		  names_profile(monitor, decided->decision.plan))));
}

static struct plan_bounds bounds_of(const struct monitor *monitor, const struct plan *plan, const struct policy *own)
{
	return (struct plan_bounds){
		.ceiling = ceiling_of(monitor), .facts = monitor->cli->facts, .compose = monitor->cli->compose,
		.policy = monitor_policy_for(own, &plan->image), .chosen = own,
		.observation = monitor->cli->observer != NULL ? monitor->cli->observer->observation : PLAN_OBSERVE_NOTHING,
	};
}

static const char *say_beyond(const struct monitor *monitor, const char *beyond)
{
	return beyond != NULL ? arena_printf(monitor->arena, "what was decided goes beyond what may be: %s", beyond) : NULL;
}

/* NULL: an image that may be, and the one that was read; else why not. */
static const char *check_image(const struct monitor *monitor, const struct plan *plan, const struct policy *own)
{
	const struct plan_bounds bounds = bounds_of(monitor, plan, own);
	const char *beyond = plan_check_image(monitor->arena, plan, &bounds);

	return beyond != NULL ? say_beyond(monitor, beyond) : monitor_image_problem(plan, &monitor->fetched);
}

/* NULL: within what may be; else why not. */
static const char *check_plan(struct monitor *monitor, struct monitor_decision *decided, const struct policy *own)
{
	const struct policy *ceiling = ceiling_of(monitor);
	const struct plan_bounds bounds = bounds_of(monitor, &decided->plan, own);

	/* A filter is bounded by intersecting it, with the ceiling's own rules. */
	decided->plan.ceiling_seccomp = ceiling != NULL ? &ceiling->seccomp : NULL;
	return say_beyond(monitor, plan_check_bounds(monitor->arena, &decided->plan, &bounds));
}

static const char *check_volume(const struct monitor *monitor, const struct policy *own, const char *name)
{
	const struct policy_bool *hazard = own != NULL ? &own->hazards[HAZARD_SENSITIVE_PATHS] : NULL;
	const char *problem = NULL;

	if (hazard == NULL || !hazard->is_set || !hazard->value)
		problem = host_volume_problem(monitor->arena, monitor->cli->facts, name);
	return problem != NULL ? problem : run_owner_problem(monitor->cli, HOST_VOLUME, name);
}

/* What a volume or network is that is there already, no plan can say. */
static const char *check_resources(const struct monitor *monitor, const struct plan *plan, const struct policy *own)
{
	const char *problem;

	if (plan->backend != BACKEND_DOCKER)
		return NULL;
	for (size_t i = 0; i < plan->mount_count; i++) {
		const struct plan_mount *mount = &plan->mounts[i];

		problem = mount->type == PLAN_VOLUME ? check_volume(monitor, own, mount->source) : NULL;
		if (problem != NULL)
			return arena_printf(monitor->arena, "the volume %s cannot be used: %s", mount->source, problem);
	}
	for (size_t i = 0; i < plan->network_names.count; i++) {
		problem = run_owner_problem(monitor->cli, HOST_NETWORK, plan->network_names.items[i]);
		if (problem != NULL)
			return arena_printf(monitor->arena, "the network %s cannot be used: %s", plan->network_names.items[i], problem);
	}
	return NULL;
}

/* What docker is going to run is asked of docker once more: its digest, which goes on record, its USER and its VOLUMEs. */
static void read_docker_image(const struct monitor *monitor, const struct plan *plan)
{
	struct host_facts *facts = monitor->cli->facts;

	facts->engine.is_docker_answering = plan->backend == BACKEND_DOCKER;
	facts->engine.image_platform = plan->platform;
	if (plan->backend == BACKEND_DOCKER)
		host_read_docker_image(monitor->arena, facts);
}

static const char *check_docker_image(const struct monitor *monitor, const struct plan *plan)
{
	const struct image_facts *image = &monitor->cli->facts->image_facts;

	if (plan->backend != BACKEND_DOCKER)
		return NULL;
	if (!image->is_known)
		return "docker does not have its image";
	if (!flow_is_of_platform(image, plan->platform))
		return "docker tells of its image for another platform";
	return monitor_volume_problem(monitor->arena, plan, image);
}

static void await_judge(struct monitor *monitor)
{
	int status = 0;

	while (monitor->judge > 0 && waitpid(monitor->judge, &status, 0) < 0 && errno == EINTR)
		;
	monitor->judge = 0;
}

/* Somebody has asked to stop, and nothing was started yet: it takes its usual effect when there is nothing left to do. */
static int end_interrupted(struct monitor *monitor)
{
	if (monitor->judge > 0)
		(void)kill(monitor->judge, SIGKILL);
	await_judge(monitor);
	recording_refuse_line(monitor->cli, "failed", "interrupted before anything was started");
	return LAUNCH_STATUS_REFUSED;
}

static int launch(struct monitor *monitor, struct monitor_decision *decided, struct launch *launch)
{
	struct cli *cli = monitor->cli;
	struct watch_report report = { .usage = WATCH_USAGE_UNKNOWN };
	struct ending_keeper keeper = { .cli = cli, .report = &report };
	struct error err = { 0 };
	int status = LAUNCH_STATUS_REFUSED;
	bool has_failed;

	ending_expect(&keeper, launch);
	if (launch_is_asked_to_stop())
		return end_interrupted(monitor);
	if (recording_launch(cli, &decided->decision, launch, &err) < 0)
		return refuse(monitor, message_error_text(cli->arena, &err));
	await_judge(monitor);
	launch_release(&monitor->before);
	(void)signal(SIGPIPE, SIG_DFL);
	has_failed = launch_run(cli->arena, launch, &status, &err) < 0;
	if (has_failed)
		message_error(cli, &err);
	recording_end(cli, launch, has_failed, status);
	ending_tell(cli, &(struct ending){ &decided->plan, &report, has_failed ? &err : NULL, status });
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

/* What the daemon calls runsc is root's to say, and asked anew: the judge may have been told by somebody else. */
static const char *check_sandbox(struct monitor *monitor, const struct plan *plan)
{
	struct engine_facts *engine = &monitor->cli->facts->engine;

	if (!plan->is_sandboxed || plan->backend != BACKEND_DOCKER)
		return NULL;
	host_read_docker_sandbox(monitor->arena, engine);
	return engine->docker_sandbox_problem;
}

/* The plan itself, and what an engine has under the names in it. */
static const char *check_whole(struct monitor *monitor, struct monitor_decision *decided, const struct policy *own)
{
	const char *reason = check_plan(monitor, decided, own);

	if (reason == NULL)
		reason = check_resources(monitor, &decided->plan, own);
	if (reason == NULL)
		reason = check_sandbox(monitor, &decided->plan);
	return reason != NULL ? reason : check_docker_image(monitor, &decided->plan);
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
		reason = check_image(monitor, &decided->plan, own);
	if (reason != NULL)
		result = error_set(&err, monitor->arena, ERROR_UNTRUSTED, "%s", reason);
	if (result == 0)
		result = host_use_engine(monitor->arena, facts, decided->plan.backend, monitor->host, monitor->client, &err);
	if (result == 0) {
		read_docker_image(monitor, &decided->plan);
		reason = check_whole(monitor, decided, own);
	}
	if (reason != NULL)
		result = error_set(&err, monitor->arena, ERROR_UNTRUSTED, "%s", reason);
	facts->engine.has_isolated_network = decided->has_isolated_network;
	if (decided->plan.security_labels.count > 0)
		host_read_label_makers(monitor->arena, facts);
	if (result == 0 && monitor->cli->profile.mode != CLI_PROFILE_NONE)
		return apparmor_finish(monitor->cli, &decided->plan);
	if (result == 0)
		result = run_check_name(monitor->cli, &decided->plan, &err);
	if (result == 0 && !decided->plan.is_seccomp_unconfined)
		result = flow_start_profile(monitor->cli, &decided->plan, &profile, &err);
	if (result == 0)
		result = backend_render(monitor->arena, &decided->plan, facts, profile, &rendered, &err);
	if (result < 0)
		return fail_decision(monitor, decided, &err);
	rendered.apparmor_remedy = apparmor_remedy(monitor->arena, &decided->plan);
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
	if (strcmp(question, "decide") == 0)
		return take_decision(monitor, message);
	return monitor_answer(monitor, question, message);
}

/* ---- waiting ---- */

/* Requests to stop, which are held: those that are blocked now and were not before. */
static int open_held(const sigset_t *before)
{
	sigset_t now, held;

	(void)sigemptyset(&held);
	(void)sigprocmask(SIG_BLOCK, NULL, &now);
	for (int number = 1; number < NSIG; number++)
		if (sigismember(&now, number) == 1 && sigismember(before, number) == 0)
			(void)sigaddset(&held, number);
	return signalfd(-1, &held, SFD_CLOEXEC);
}

/* Until the judge has something to say; meanwhile the daemon's answers pass. False: somebody asks to stop. */
static bool wait_for_judge(struct monitor *monitor, int signals)
{
	struct pollfd waits[RELAYS_MAX + 2];
	struct pollfd *judge = &waits[RELAYS_MAX], *stop = &waits[RELAYS_MAX + 1];

	do {
		for (size_t i = 0; i < RELAYS_MAX; i++)
			waits[i] = monitor_relay_interest(&monitor->relays[i]);
		*judge = (struct pollfd){ .fd = monitor->fd, .events = POLLIN };
		*stop = (struct pollfd){ .fd = signals, .events = POLLIN };
		if (poll(waits, ARRAY_COUNT(waits), -1) < 0)
			continue;
		for (size_t i = 0; i < RELAYS_MAX; i++)
			monitor_relay_step(&monitor->relays[i], waits[i].revents);
	} while (judge->revents == 0 && stop->revents == 0);
	return stop->revents == 0;
}

/* Without a decision: help or a dry run, which say so before, or a judge that broke. */
static int end_without(struct monitor *monitor)
{
	int status = 0;

	while (waitpid(monitor->judge, &status, 0) < 0 && errno == EINTR)
		;
	monitor->judge = 0;
	if (launch_is_asked_to_stop())
		return end_interrupted(monitor);
	if (WIFEXITED(status) && monitor->is_excused)
		return WEXITSTATUS(status);
	if (WIFEXITED(status))
		return refuse_broken(monitor, "the half of hardrun that judges has ended without a decision");
	return refuse_broken(monitor,
			     arena_printf(monitor->arena, "the half of hardrun that judges was ended by signal %d", WTERMSIG(status)));
}

static int serve(struct monitor *monitor, int signals)
{
	struct channel_message message;
	bool is_sane = true;

	while (is_sane && !monitor->has_decided) {
		if (!wait_for_judge(monitor, signals))
			return end_interrupted(monitor);
		if (!channel_receive(monitor->fd, &message)) {
			if (message.is_late)
				(void)kill(monitor->judge, SIGKILL);
			return end_without(monitor);
		}
		is_sane = answer(monitor, &message);
		json_decref(message.json);
		if (!monitor->has_decided)
			channel_close_fds(&message);
	}
	(void)close(monitor->fd);
	if (!is_sane && monitor->judge > 0)
		(void)kill(monitor->judge, SIGKILL);
	await_judge(monitor);
	return is_sane ? monitor->status : refuse_broken(monitor, "the half of hardrun that judges talks nonsense");
}

int monitor_serve(struct cli *cli, const struct monitor_judge *judge)
{
	struct monitor monitor = { .cli = cli, .arena = cli->arena, .fd = judge->fd, .judge = judge->pid, .before = judge->before };
	const struct policy *ceiling = cli->ceiling.policy;
	const struct timeval patience = { .tv_sec = MESSAGE_SECONDS };
	const int signals = open_held(&judge->before);
	int status;

	/* Whoever closes what we write to must not keep us from the record. */
	(void)signal(SIGPIPE, SIG_IGN);
	/* And half a message must not keep us from hearing that somebody asks to stop. */
	(void)setsockopt(monitor.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	for (size_t i = 0; i < RELAYS_MAX; i++)
		monitor.relays[i] = (struct monitor_relay){ .from = -1, .to = -1 };
	if (ceiling != NULL) {
		monitor.host = ceiling->engine.host.value;
		monitor.client = ceiling->engine.client.value;
	}
	status = serve(&monitor, signals);
	if (signals >= 0)
		(void)close(signals);
	launch_release(&judge->before);
	return status;
}
