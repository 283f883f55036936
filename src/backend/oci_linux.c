/* The linux object of config.json: namespaces, resources, filter, hidden paths. */
#include "backend_internal.h"

#include <inttypes.h>
#include <string.h>

#define OCI_CPU_PERIOD_US 100000
#define OCI_CPU_PERIOD_LONG_US 1000000 /* the kernel's largest */
#define OCI_CPU_QUOTA_MINIMUM_US 1000  /* and smallest quota: Documentation/scheduler/sched-bwc.rst */

/* What tells about the host or reaches into it, through files that no namespace covers. */
static const char *const masked_paths[] = {
	"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
	"/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
};
static const char *const readonly_paths[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

static json_t *word_array(const char *const *words, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_string(words[i]));
	return array;
}

static json_t *render_namespaces(const struct oci *oci)
{
	const struct plan *plan = oci->plan;
	const struct { const char *type; bool is_host; } rows[] = {
		{ "user", oci->facts->is_root },
		{ "pid", plan->is_host_pid },
		{ "network", plan->network == PLAN_NETWORK_HOST },
		{ "ipc", plan->is_host_ipc },
		{ "uts", plan->is_host_uts },
		{ "mount", false },
		{ "cgroup", false },
	};
	const char *network = NULL;
	json_t *array = json_array();

	if (plan->network == PLAN_NETWORK_ISOLATED && oci->facts->is_root)
		network = arena_printf(oci->arena, "%s/" BACKEND_NETWORK,
				       backend_container_dir(oci->arena, oci->facts->runtime_dir, plan->name));
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (!rows[i].is_host)
			json_array_append_new(array, json_pack("{s:s, s:s*}", "type", rows[i].type, "path",
							       strcmp(rows[i].type, "network") == 0 ? network : NULL));
	return array;
}

/* Swap is as large as memory, so none can be used. Without swap accounting the kernel has no such file: saying it would fail. */
static json_t *render_memory(const struct oci *oci)
{
	const struct plan *plan = oci->plan;
	json_t *memory = json_pack("{s:I}", "limit", (json_int_t)plan->memory_bytes);

	if (oci->facts->has_swap)
		json_object_set_new(memory, "swap", json_integer((json_int_t)plan->memory_bytes));
	if (plan->memory_reservation != 0)
		json_object_set_new(memory, "reservation", json_integer((json_int_t)plan->memory_reservation));
	if (plan->memory_swappiness >= 0 && oci->facts->cgroup != CGROUP_V2)
		json_object_set_new(memory, "swappiness", json_integer((json_int_t)plan->memory_swappiness));
	return memory;
}

static json_t *render_cpu(const struct oci *oci)
{
	const struct plan *plan = oci->plan;
	int64_t period = OCI_CPU_PERIOD_US;
	int64_t quota = plan->nano_cpus / (INT64_C(1000000000) / OCI_CPU_PERIOD_US);
	json_t *cpu;

	if (quota < OCI_CPU_QUOTA_MINIMUM_US) {
		period = OCI_CPU_PERIOD_LONG_US;
		quota = plan->nano_cpus / (INT64_C(1000000000) / OCI_CPU_PERIOD_LONG_US);
	}
	if (quota < OCI_CPU_QUOTA_MINIMUM_US)
		quota = OCI_CPU_QUOTA_MINIMUM_US;
	cpu = json_pack("{s:I, s:I}", "quota", (json_int_t)quota, "period", (json_int_t)period);
	if (plan->cpu_shares != 0)
		json_object_set_new(cpu, "shares", json_integer((json_int_t)plan->cpu_shares));
	if (plan->cpuset_cpus != NULL)
		json_object_set_new(cpu, "cpus", json_string(plan->cpuset_cpus));
	if (plan->cpuset_mems != NULL)
		json_object_set_new(cpu, "mems", json_string(plan->cpuset_mems));
	return cpu;
}

/* The runtimes themselves allow null, zero, full, random, urandom, tty, and the terminal; everything else is shut. */
static json_t *render_resources(const struct oci *oci)
{
	json_t *resources = json_pack("{s:[{s:b, s:s}]}", "devices", "allow", 0, "access", "rwm");

	json_object_set_new(resources, "memory", render_memory(oci));
	json_object_set_new(resources, "cpu", render_cpu(oci));
	json_object_set_new(resources, "pids", json_pack("{s:I}", "limit", (json_int_t)oci->plan->pids_limit));
	if (oci->plan->blkio_weight != 0)
		json_object_set_new(resources, "blockIO", json_pack("{s:I}", "weight", (json_int_t)oci->plan->blkio_weight));
	return resources;
}

static json_t *render_sysctls(const struct plan *plan)
{
	json_t *object = json_object();

	for (size_t i = 0; i < plan->sysctl_count; i++)
		json_object_set_new(object, plan->sysctls[i].name, json_string(plan->sysctls[i].value));
	if (plan->domainname != NULL && !plan->is_host_uts)
		json_object_set_new(object, "kernel.domainname", json_string(plan->domainname));
	return object;
}

static json_t *render_map(const struct host_id_map *map)
{
	json_t *array = json_array();

	for (size_t i = 0; i < map->count; i++)
		json_array_append_new(array, json_pack("{s:I, s:I, s:I}", "containerID", (json_int_t)map->ranges[i].inside, "hostID",
						       (json_int_t)map->ranges[i].outside, "size", (json_int_t)map->ranges[i].count));
	return array;
}

/*
 * For an ordinary user, and for runsc, the launch room makes the cgroups and puts the runtime into them: so the limits hold
 * whatever a runtime makes of them (crun leaves cgroups alone then; runc on version 1 makes another below). On version 2 runc
 * would go beside the cgroup that it is in, unless it is told.
 */
static const char *cgroup_path(const struct oci *oci)
{
	const struct host_rootless *rootless = oci->facts->rootless;
	const char *root = "/sys/fs/cgroup", *own;

	if (oci->plan->is_sandboxed)
		return NULL;
	if (oci->facts->is_root)
		return backend_container_cgroup(oci->arena, oci->facts, oci->plan->name);
	own = rootless->cgroups[HOST_CONTROLLER_MEMORY];
	if (oci->facts->cgroup != CGROUP_V2 || oci->plan->backend != BACKEND_RUNC || own == NULL || !path_is_within(own, root))
		return NULL;
	return arena_printf(oci->arena, "%s%s", own + strlen(root), backend_cgroup_path(oci->arena, oci->plan->name));
}

/*
 * What the runtime mounts for the container (tmpfs, /dev, queues) is called what the policy calls files of containers, at the
 * container's own level: otherwise it could not write them. NULL: no label is asked for, or nobody knows that name, and the
 * policy's rules for new mounts hold.
 */
static const char *mount_label(const struct oci *oci)
{
	const char *file = oci->facts->selinux_file_label, *level = plan_context_level(oci->plan), *at = file;

	if (oci->plan->security_labels.count == 0 || file == NULL)
		return NULL;
	for (unsigned colons = 0; *at != '\0' && (*at != ':' || ++colons < 3); at++)
		;
	return level != NULL ? arena_printf(oci->arena, "%.*s:%s", (int)(at - file), file, level) : file;
}

json_t *oci_linux(const struct oci *oci)
{
	const struct plan *plan = oci->plan;
	json_t *object = json_object();
	json_t *sysctls = render_sysctls(plan);
	const char *cgroup = cgroup_path(oci), *label = mount_label(oci);

	if (cgroup != NULL)
		json_object_set_new(object, "cgroupsPath", json_string(cgroup));
	json_object_set_new(object, "namespaces", render_namespaces(oci));
	if (!oci->facts->is_root) {
		json_object_set_new(object, "uidMappings", render_map(&oci->facts->rootless->uids));
		json_object_set_new(object, "gidMappings", render_map(&oci->facts->rootless->gids));
	}
	json_object_set_new(object, "resources", render_resources(oci));
	if (json_object_size(sysctls) > 0)
		json_object_set(object, "sysctl", sysctls);
	json_decref(sysctls);
	if (label != NULL)
		json_object_set_new(object, "mountLabel", json_string(label));
	json_object_set_new(object, "rootfsPropagation", json_string("rprivate"));
	json_object_set_new(object, "maskedPaths", word_array(masked_paths, ARRAY_COUNT(masked_paths)));
	json_object_set_new(object, "readonlyPaths", word_array(readonly_paths, ARRAY_COUNT(readonly_paths)));
	return object;
}
