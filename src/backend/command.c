/*
 * The options of `docker run` and `podman run`, rendered from the plan: the long form of every flag, in a fixed order, flag and
 * value as two words, with numbers that no client can read in two ways.
 */
#include "backend_internal.h"

#include <inttypes.h>
#include <string.h>

/* ---- rows: members of the plan that become options as they are ---- */

struct switch_row { const char *flag; size_t offset; bool is_run_only; };
struct text_row { const char *flag; size_t offset; bool is_run_only; const char *podman_excuse; };
struct number_row { const char *flag; const char *suffix; size_t offset; int64_t unset; };
struct list_row { const char *flag; size_t offset; };

#define PLAN_MEMBER(member) offsetof(struct plan, member)

static const struct switch_row switch_rows[] = {
	{ "--detach", PLAN_MEMBER(is_detached), true },
	{ "--init", PLAN_MEMBER(is_init), false },
	{ "--interactive", PLAN_MEMBER(is_interactive), false },
	{ "--rm", PLAN_MEMBER(is_removed), false },
	{ "--tty", PLAN_MEMBER(is_tty), false },
};

static const struct text_row text_rows[] = {
	{ "--cpuset-cpus", PLAN_MEMBER(cpuset_cpus), false, NULL },
	{ "--cpuset-mems", PLAN_MEMBER(cpuset_mems), false, NULL },
	{ "--detach-keys", PLAN_MEMBER(detach_keys), true, NULL },
	{ "--domainname", PLAN_MEMBER(domainname), false, "podman has no --domainname" },
	{ "--entrypoint", PLAN_MEMBER(entrypoint), false, NULL },
	{ "--hostname", PLAN_MEMBER(hostname), false, NULL },
	{ "--name", PLAN_MEMBER(name), false, NULL },
	{ "--platform", PLAN_MEMBER(platform), false, NULL },
	{ "--pull", PLAN_MEMBER(pull), false, NULL },
	{ "--stop-signal", PLAN_MEMBER(stop_signal), false, NULL },
	{ "--workdir", PLAN_MEMBER(working_dir), false, NULL },
};

static const struct number_row number_rows[] = {
	{ "--blkio-weight", "", PLAN_MEMBER(blkio_weight), 0 },
	{ "--cpu-shares", "", PLAN_MEMBER(cpu_shares), 0 },
	{ "--memory", "b", PLAN_MEMBER(memory_bytes), 0 },
	{ "--memory-reservation", "b", PLAN_MEMBER(memory_reservation), 0 },
	{ "--memory-swap", "b", PLAN_MEMBER(memory_bytes), 0 },
	{ "--memory-swappiness", "", PLAN_MEMBER(memory_swappiness), -1 },
	{ "--oom-score-adj", "", PLAN_MEMBER(oom_score_adj), 0 },
	{ "--pids-limit", "", PLAN_MEMBER(pids_limit), 0 },
	{ "--shm-size", "b", PLAN_MEMBER(shm_size), 0 },
	{ "--stop-timeout", "", PLAN_MEMBER(stop_timeout), -1 },
};

static const struct list_row list_rows[] = {
	{ "--cap-add", PLAN_MEMBER(capabilities) },
	{ "--network-alias", PLAN_MEMBER(network_aliases) },
	{ "--dns", PLAN_MEMBER(dns) },
	{ "--dns-option", PLAN_MEMBER(dns_options) },
	{ "--dns-search", PLAN_MEMBER(dns_search) },
	{ "--add-host", PLAN_MEMBER(extra_hosts) },
	{ "--expose", PLAN_MEMBER(expose) },
};

static const void *plan_member(const struct plan *plan, size_t offset)
{
	return (const char *)plan + offset;
}

void command_word(const struct command *command, const char *word)
{
	string_list_add(command->arena, command->argv, word);
}

void command_option(const struct command *command, const char *flag, const char *value)
{
	command_word(command, flag);
	command_word(command, value);
}

static void add_number(const struct command *command, const char *flag, int64_t number, const char *suffix)
{
	command_option(command, flag, arena_printf(command->arena, "%" PRId64 "%s", number, suffix));
}

static void add_switches(const struct command *command)
{
	const struct plan *plan = command->plan;

	for (size_t i = 0; i < ARRAY_COUNT(switch_rows); i++) {
		const struct switch_row *row = &switch_rows[i];
		const bool *is_set = plan_member(plan, row->offset);

		if (*is_set && !(row->is_run_only && plan->is_create_only))
			command_word(command, row->flag);
	}
	if (!plan->is_sig_proxy && !plan->is_create_only)
		command_word(command, "--sig-proxy=false");
	if (!plan->is_attach_given)
		return;
	if (plan->is_attach_stdin)
		command_option(command, "--attach", "stdin");
	if (plan->is_attach_stdout)
		command_option(command, "--attach", "stdout");
	if (plan->is_attach_stderr)
		command_option(command, "--attach", "stderr");
}

static int add_texts(const struct command *command)
{
	const char *own = command->launch->client_cidfile;
	const char *cidfile = own != NULL ? own : command->plan->cidfile;

	if (cidfile != NULL)
		command_option(command, "--cidfile", cidfile);
	for (size_t i = 0; i < ARRAY_COUNT(text_rows); i++) {
		const struct text_row *row = &text_rows[i];
		const char *const *text = plan_member(command->plan, row->offset);

		if (*text == NULL || (row->is_run_only && command->plan->is_create_only))
			continue;
		if (command->is_podman && row->podman_excuse != NULL)
			return error_set(command->err, command->arena, ERROR_UNSUPPORTED, "%s", row->podman_excuse);
		command_option(command, row->flag, *text);
	}
	command_option(command, "--restart", command->plan->restart != NULL ? command->plan->restart : "no");
	return 0;
}

static void add_numbers(const struct command *command)
{
	for (size_t i = 0; i < ARRAY_COUNT(number_rows); i++) {
		const struct number_row *row = &number_rows[i];
		const int64_t *number = plan_member(command->plan, row->offset);

		if (*number != row->unset)
			add_number(command, row->flag, *number, row->suffix);
	}
	command_option(command, "--cpus", format_cpus(command->arena, command->plan->nano_cpus));
	for (size_t i = 0; i < command->plan->ulimit_count; i++) {
		const struct plan_ulimit *limit = &command->plan->ulimits[i];

		command_option(command, "--ulimit",
			       arena_printf(command->arena, "%s=%" PRId64 ":%" PRId64, limit->name, limit->soft, limit->hard));
	}
}

static void add_lists(const struct command *command)
{
	for (size_t i = 0; i < ARRAY_COUNT(list_rows); i++) {
		const struct list_row *row = &list_rows[i];
		const struct string_list *list = plan_member(command->plan, row->offset);

		for (size_t j = 0; j < list->count; j++)
			command_option(command, row->flag, list->items[j]);
	}
}

static void add_pairs(const struct command *command, const char *flag, const struct plan_pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		command_option(command, flag, arena_printf(command->arena, "%s=%s", pairs[i].name, pairs[i].value));
}

/* Identity and confinement. What weakens is here only when a hazard put it into the plan. */
static void add_confinement(const struct command *command)
{
	const struct plan *plan = command->plan;

	command_option(command, "--user", arena_printf(command->arena, "%" PRIu32 ":%" PRIu32, plan->uid, plan->gid));
	for (size_t i = 0; i < plan->group_count; i++)
		add_number(command, "--group-add", plan->groups[i], "");
	if (plan->is_privileged)
		command_word(command, "--privileged");
	else
		command_option(command, "--cap-drop", "ALL");
	if (plan->is_read_only)
		command_word(command, "--read-only");
	if (plan->is_no_new_privileges)
		command_option(command, "--security-opt", "no-new-privileges");
	if (plan->is_seccomp_unconfined)
		command_option(command, "--security-opt", "seccomp=unconfined");
	else
		command_option(command, "--security-opt", arena_printf(command->arena, "seccomp=/proc/self/fd/%d", BACKEND_PROFILE_FD));
	if (command->launch->apparmor.name != NULL)
		command_option(command, "--security-opt", arena_printf(command->arena, "apparmor=%s", command->launch->apparmor.name));
	else if (plan->apparmor == PLAN_APPARMOR_UNCONFINED)
		command_option(command, "--security-opt", "apparmor=unconfined");
	for (size_t i = 0; i < plan->security_labels.count; i++)
		command_option(command, "--security-opt", arena_printf(command->arena, "label=%s", plan->security_labels.items[i]));
	if (plan->is_sandboxed)
		command_option(command, "--runtime", host_backend_name(BACKEND_RUNSC));
	command_option(command, "--ipc", plan->is_host_ipc ? "host" : "private");
	/* The daemon's default on cgroup v1 is the host's: it must be said. */
	command_option(command, "--cgroupns", "private");
	if (plan->is_host_pid)
		command_option(command, "--pid", "host");
	if (plan->is_host_uts)
		command_option(command, "--uts", "host");
}

static void add_network(const struct command *command)
{
	const struct plan *plan = command->plan;

	switch (plan->network) {
	case PLAN_NETWORK_NONE:
		command_option(command, "--network", "none");
		break;
	case PLAN_NETWORK_ISOLATED:
		/* slirp4netns gives each container a stack of its own, so no container sees another. */
		command_option(command, "--network",
			       command->is_podman ? "slirp4netns:allow_host_loopback=false" : PLAN_ISOLATED_NETWORK);
		break;
	case PLAN_NETWORK_NAMED:
		for (size_t i = 0; i < plan->network_names.count; i++)
			command_option(command, "--network", plan->network_names.items[i]);
		break;
	case PLAN_NETWORK_HOST:
		command_option(command, "--network", "host");
		break;
	case PLAN_NETWORK_COUNT:
		break;
	}
	for (size_t i = 0; i < plan->port_count; i++) {
		const struct plan_port *port = &plan->ports[i];
		const char *address = port->address != NULL ? port->address : "0.0.0.0";
		bool has_colon = strchr(address, ':') != NULL;
		const char *host = port->host == 0 ? "" : arena_printf(command->arena, "%u", (unsigned)port->host);

		command_option(command, "--publish",
			       arena_printf(command->arena, "%s%s%s:%s:%u/%s", has_colon ? "[" : "", address,
					    has_colon ? "]" : "", host, (unsigned)port->container, port->protocol));
	}
}

static int add_health(const struct command *command)
{
	const struct plan_health *health = &command->plan->health;
	const struct { const char *flag; int64_t nanoseconds; } rows[] = {
		{ "--health-interval", health->interval },
		{ "--health-timeout", health->timeout },
		{ "--health-start-period", health->start_period },
		{ "--health-start-interval", health->start_interval },
	};

	if (health->is_disabled) {
		command_word(command, "--no-healthcheck");
		return 0;
	}
	if (command->is_podman && health->start_interval != 0)
		return error_set(command->err, command->arena, ERROR_UNSUPPORTED, "podman has no --health-start-interval");
	if (health->command != NULL)
		command_option(command, "--health-cmd", health->command);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].nanoseconds != 0)
			command_option(command, rows[i].flag, format_duration(command->arena, rows[i].nanoseconds));
	if (health->retries != 0)
		add_number(command, "--health-retries", health->retries, "");
	return 0;
}

/* podman calls json-file k8s-file, and has no count of files: it keeps one. */
static void add_logging(const struct command *command)
{
	const struct plan *plan = command->plan;

	if (plan->log_driver == NULL)
		return;
	if (!command->is_podman) {
		command_option(command, "--log-driver", plan->log_driver);
		add_pairs(command, "--log-opt", plan->log_options, plan->log_option_count);
		return;
	}
	command_option(command, "--log-driver", strcmp(plan->log_driver, "json-file") == 0 ? "k8s-file" : plan->log_driver);
	for (size_t i = 0; i < plan->log_option_count; i++)
		if (strcmp(plan->log_options[i].name, "max-file") != 0)
			add_pairs(command, "--log-opt", &plan->log_options[i], 1);
}

/* The plan's "/dev/x:rw" has no name inside; said in full it cannot be taken for anything else. */
static int add_devices(const struct command *command)
{
	for (size_t i = 0; i < command->plan->devices.count; i++) {
		const char *device = command->plan->devices.items[i];
		const char *colon = strrchr(device, ':');
		size_t length = colon != NULL ? (size_t)(colon - device) : strlen(device);
		const char *path = arena_strndup(command->arena, device, length);

		if (path[0] != '/' || strchr(path, ':') != NULL)
			return error_set(command->err, command->arena, ERROR_UNSUPPORTED,
					 "%s is not the plain path of a device node", path);
		command_option(command, "--device",
			       arena_printf(command->arena, "%s:%s:%s", path, path, colon != NULL ? colon + 1 : "rwm"));
	}
	return 0;
}

int command_options(const struct command *command)
{
	const struct plan *plan = command->plan;
	int result;

	command_word(command, plan->is_create_only ? "create" : "run");
	add_switches(command);
	result = add_texts(command);
	if (result < 0)
		return result;
	add_confinement(command);
	add_numbers(command);
	add_network(command);
	add_lists(command);
	command_environment(command);
	add_pairs(command, "--label", plan->labels, plan->label_count);
	add_pairs(command, "--sysctl", plan->sysctls, plan->sysctl_count);
	add_logging(command);
	result = add_devices(command);
	if (result == 0)
		result = add_health(command);
	if (result == 0)
		result = command_mounts(command);
	return result;
}

void command_image(const struct command *command)
{
	const char *id = command->launch->image_id, *name = command->plan->image.canonical;

	if (id != NULL) {
		command_option(command, "--label", arena_printf(command->arena, HOST_IMAGE_LABEL "=%s", name));
		command_option(command, "--pull", "never"); /* after the plan's own, and it is here */
	}
	command_word(command, id != NULL ? id : name);
}
