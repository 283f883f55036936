/* judge: the table that says who judges which flag, and the order in which a line is judged. */
#include "verdict_internal.h"

#include <string.h>

#define ROW(id, name) [id] = { id, verdict_judge_##name }

const struct verdict_judge_row verdict_judges[FLAG_COUNT] = {
	ROW(FLAG_ADD_HOST, add_host),
	ROW(FLAG_ANNOTATION, refused),
	ROW(FLAG_ATTACH, attach),
	ROW(FLAG_BACKEND, backend),
	ROW(FLAG_BLKIO_WEIGHT, range),
	ROW(FLAG_BLKIO_WEIGHT_DEVICE, refused),
	ROW(FLAG_CAP_ADD, cap_add),
	ROW(FLAG_CAP_DROP, cap_drop),
	ROW(FLAG_CGROUP_PARENT, refused),
	ROW(FLAG_CGROUPNS, namespace),
	ROW(FLAG_CIDFILE, cidfile),
	ROW(FLAG_COLOR, choice),
	ROW(FLAG_CPU_COUNT, refused),
	ROW(FLAG_CPU_PERCENT, refused),
	ROW(FLAG_CPU_PERIOD, cpu_period),
	ROW(FLAG_CPU_QUOTA, cpu_quota),
	ROW(FLAG_CPU_RT_PERIOD, refused),
	ROW(FLAG_CPU_RT_RUNTIME, refused),
	ROW(FLAG_CPU_SHARES, range),
	ROW(FLAG_CPUS, limit),
	ROW(FLAG_CPUSET_CPUS, cpuset_cpus),
	ROW(FLAG_CPUSET_MEMS, cpuset_mems),
	ROW(FLAG_DETACH, open),
	ROW(FLAG_DETACH_KEYS, detach_keys),
	ROW(FLAG_DEVICE, device),
	ROW(FLAG_DEVICE_CGROUP_RULE, refused),
	ROW(FLAG_DEVICE_READ_BPS, refused),
	ROW(FLAG_DEVICE_READ_IOPS, refused),
	ROW(FLAG_DEVICE_WRITE_BPS, refused),
	ROW(FLAG_DEVICE_WRITE_IOPS, refused),
	ROW(FLAG_DISABLE_CONTENT_TRUST, content_trust),
	ROW(FLAG_DNS, dns),
	ROW(FLAG_DNS_OPT, dns_option),
	ROW(FLAG_DNS_OPTION, dns_option),
	ROW(FLAG_DNS_SEARCH, dns_search),
	ROW(FLAG_DOMAINNAME, hostname),
	ROW(FLAG_DRY_RUN, open),
	ROW(FLAG_ENTRYPOINT, entrypoint),
	ROW(FLAG_ENV, env),
	ROW(FLAG_ENV_FILE, env_file),
	ROW(FLAG_EXPLAIN, open),
	ROW(FLAG_EXPOSE, expose),
	ROW(FLAG_FORMAT, choice),
	ROW(FLAG_GPUS, refused),
	ROW(FLAG_GROUP_ADD, group),
	ROW(FLAG_HEALTH_CMD, open),
	ROW(FLAG_HEALTH_INTERVAL, health_time),
	ROW(FLAG_HEALTH_RETRIES, range),
	ROW(FLAG_HEALTH_START_INTERVAL, health_time),
	ROW(FLAG_HEALTH_START_PERIOD, range),
	ROW(FLAG_HEALTH_TIMEOUT, health_time),
	ROW(FLAG_HELP, open),
	ROW(FLAG_HOSTNAME, hostname),
	ROW(FLAG_INIT, open),
	ROW(FLAG_INTERACTIVE, open),
	ROW(FLAG_IO_MAXBANDWIDTH, refused),
	ROW(FLAG_IO_MAXIOPS, refused),
	ROW(FLAG_IP, refused),
	ROW(FLAG_IP6, refused),
	ROW(FLAG_IPC, namespace),
	ROW(FLAG_ISOLATION, namespace),
	ROW(FLAG_KERNEL_MEMORY, refused),
	ROW(FLAG_LABEL, label),
	ROW(FLAG_LABEL_FILE, label_file),
	ROW(FLAG_LINK, refused),
	ROW(FLAG_LINK_LOCAL_IP, refused),
	ROW(FLAG_LOG_DRIVER, log_driver),
	ROW(FLAG_LOG_OPT, log_opt),
	ROW(FLAG_MAC_ADDRESS, refused),
	ROW(FLAG_MEMORY, limit),
	ROW(FLAG_MEMORY_RESERVATION, reservation),
	ROW(FLAG_MEMORY_SWAP, swap),
	ROW(FLAG_MEMORY_SWAPPINESS, range),
	ROW(FLAG_MOUNT, mount),
	ROW(FLAG_NAME, name),
	ROW(FLAG_NET, network),
	ROW(FLAG_NET_ALIAS, alias),
	ROW(FLAG_NETWORK, network),
	ROW(FLAG_NETWORK_ALIAS, alias),
	ROW(FLAG_NO_HEALTHCHECK, open),
	ROW(FLAG_OOM_KILL_DISABLE, refused),
	ROW(FLAG_OOM_SCORE_ADJ, range),
	ROW(FLAG_PID, namespace),
	ROW(FLAG_PIDS_LIMIT, limit),
	ROW(FLAG_PLATFORM, platform),
	ROW(FLAG_POLICY, policy),
	ROW(FLAG_PRIVILEGED, privileged),
	ROW(FLAG_PUBLISH, port),
	ROW(FLAG_PUBLISH_ALL, refused),
	ROW(FLAG_PULL, pull),
	ROW(FLAG_QUIET, quiet),
	ROW(FLAG_READ_ONLY, read_only),
	ROW(FLAG_RESTART, restart),
	ROW(FLAG_RM, open),
	ROW(FLAG_ROOTFS, rootfs),
	ROW(FLAG_RUNTIME, namespace),
	ROW(FLAG_SDNOTIFY, choice),
	ROW(FLAG_SECURITY_OPT, security_opt),
	ROW(FLAG_SHM_SIZE, limit),
	ROW(FLAG_SIG_PROXY, open),
	ROW(FLAG_STOP_SIGNAL, stop_signal),
	ROW(FLAG_STOP_TIMEOUT, range),
	ROW(FLAG_STORAGE_OPT, refused),
	ROW(FLAG_SYSCTL, sysctl),
	ROW(FLAG_TMPFS, mount),
	ROW(FLAG_TTY, open),
	ROW(FLAG_ULIMIT, ulimit),
	ROW(FLAG_USE_API_SOCKET, refused),
	ROW(FLAG_USER, user),
	ROW(FLAG_USERNS, namespace),
	ROW(FLAG_UTS, namespace),
	ROW(FLAG_VOLUME, mount),
	ROW(FLAG_VOLUME_DRIVER, refused),
	ROW(FLAG_VOLUMES_FROM, refused),
	ROW(FLAG_WORKDIR, workdir),
};

void verdict_judge_open(const struct judgement *judgement)
{
	(void)judgement;
}

/* The values of hardrun's own flags: the row lists all there are. */
void verdict_judge_choice(const struct judgement *judgement)
{
	const struct flag_spec *spec = &flag_specs[judgement->option->flag];
	const char *raw = judgement->option->raw, *words = spec->values;
	const size_t length = strlen(raw);

	while (length > 0 && *words != '\0') {
		const size_t word = strcspn(words, " ");

		if (word == length && memcmp(words, raw, length) == 0)
			return;
		words += word;
		words += strspn(words, " ");
	}
	verdict_invalid(judgement, "it is one of: %s", spec->values);
}

void verdict_judge_refused(const struct judgement *judgement)
{
	const struct flag_spec *spec = &flag_specs[judgement->option->flag];

	if (spec->kind == FLAG_KIND_BOOL && !judgement->option->value.boolean)
		return;
	if (spec->stance == FLAG_STANCE_UNSUPPORTED)
		verdict_report(judgement, FINDING_UNSUPPORTED, "floor: unsupported", "%s", spec->docker_excuse);
	else
		verdict_floor(judgement, spec->name, "never allowed: %s", spec->danger);
}

void verdict_judge_range(const struct judgement *judgement)
{
	const struct flag_spec *spec = &flag_specs[judgement->option->flag];
	const int64_t number = judgement->option->value.number;

	if (number >= spec->minimum && number <= spec->maximum)
		return;
	if (spec->kind == FLAG_KIND_DURATION)
		verdict_floor(judgement, spec->name, "it must be at most %s", format_duration(judgement->arena, spec->maximum));
	else
		verdict_floor(judgement, spec->name, "it must be %lld to %lld%s%s", (long long)spec->minimum, (long long)spec->maximum,
			      spec->danger != NULL ? ": " : "", spec->danger != NULL ? spec->danger : "");
}

/* A scalar that is said again with the same value is one and the same wish. */
static bool judge_is_said_before(const struct request *request, size_t index)
{
	const struct request_option *option = &request->options[index];

	if (flag_specs[option->flag].repeat == FLAG_REPEAT_LIST)
		return false;
	for (size_t i = 0; i < index; i++) {
		if (request->options[i].flag == option->flag && strcmp(request->options[i].raw, option->raw) == 0)
			return true;
	}
	return false;
}

bool verdict_judge(struct arena *arena, const struct verdict_input *input, struct findings *findings)
{
	struct judgement judgement = { .arena = arena, .input = input, .findings = findings, .argv_index = SIZE_MAX };
	const struct request *request = input->request;

	verdict_judge_counts(&judgement);
	for (size_t i = 0; i < request->option_count; i++) {
		judgement.option = &request->options[i];
		judgement.argv_index = judgement.option->argv_index;
		if (!judge_is_said_before(request, i))
			verdict_judges[judgement.option->flag].judge(&judgement);
		verdict_judge_conflicts(&judgement);
	}
	judgement.option = NULL;
	judgement.argv_index = request->image_index;
	verdict_judge_image(&judgement);
	judgement.argv_index = SIZE_MAX;
	judgement.is_default = true;
	verdict_judge_defaults(&judgement);
	verdict_judge_profile(&judgement);
	verdict_judge_engine(&judgement);
	verdict_judge_notes(&judgement);
	return findings_allow(findings);
}

bool verdict_judge_silent(struct arena *arena, const struct policy *policy, const struct policy *ceiling,
			  const struct host_facts *facts, struct findings *findings)
{
	const struct request silent = { 0 };
	const struct verdict_input input = { .request = &silent, .policy = policy, .ceiling = ceiling, .facts = facts };
	const struct judgement judgement = {
		.arena = arena, .input = &input, .findings = findings, .argv_index = SIZE_MAX, .is_default = true,
	};

	verdict_judge_defaults(&judgement);
	verdict_judge_profile(&judgement);
	return findings_allow(findings);
}
