/* backend: what the chosen backend and this machine cannot do is refused here, so that no limit is silently left out. */
#include "plan_internal.h"

#include <string.h>

/* A way of saying "nothing" is not a use of the flag. Networks, ports and volumes are judged where they are planned. */
static bool is_used(const struct request_option *option)
{
	const struct flag_spec *spec = &flag_specs[option->flag];

	if (spec->kind == FLAG_KIND_BOOL)
		return option->value.boolean;
	if (option->raw[0] == '\0')
		return false;
	return !(option->flag == FLAG_RESTART && strcmp(option->raw, "no") == 0) &&
	       !(option->flag == FLAG_LOG_DRIVER && strcmp(option->raw, "none") == 0);
}

static bool is_planned_elsewhere(enum flag_kind kind)
{
	return kind == FLAG_KIND_NETWORK || kind == FLAG_KIND_PORT || kind == FLAG_KIND_VOLUME || kind == FLAG_KIND_MOUNT ||
	       kind == FLAG_KIND_TMPFS;
}

static void refuse_flags(const struct planner *planner)
{
	for (size_t i = 0; i < planner->request->option_count; i++) {
		const struct request_option *option = &planner->request->options[i];
		const struct flag_spec *spec = &flag_specs[option->flag];
		struct finding *finding;

		if (!spec->is_oci_refused || is_planned_elsewhere(spec->kind) || !is_used(option))
			continue;
		finding = plan_find(planner, FINDING_UNSUPPORTED, option, NULL, "backend");
		plan_reason(planner, finding, "%s cannot do it when run directly: %s", host_backend_name(planner->facts->backend),
			    spec->oci_excuse != NULL ? spec->oci_excuse : "it needs an engine");
		finding->remedy = "--backend docker";
	}
}

static bool is_given(const struct planner *planner, enum flag_id flag)
{
	return request_last(planner->request, flag) != NULL;
}

/* Runtimes that find no controller leave the limit out: crun with a warning, podman without one. */
static void require_controllers(const struct planner *planner)
{
	const struct host_facts *facts = planner->facts;
	const struct {
		const char *controller, *key;
		bool is_there, is_wanted;
	} rows[] = {
		{ "memory", "mem_limit", facts->has_memory, true },
		{ "cpu", "cpus", facts->has_cpu, true },
		{ "pids", "pids_limit", facts->has_pids, true },
		/* In a user namespace nobody can make a device, and what is mounted there has none; gVisor has only its own. */
		{ "devices", "the device rules", facts->has_devices, facts->is_root && facts->backend != BACKEND_RUNSC },
		{ "cpuset", "cpuset", facts->has_cpuset,
		  is_given(planner, FLAG_CPUSET_CPUS) || is_given(planner, FLAG_CPUSET_MEMS) ||
		  (planner->input->ceiling != NULL && planner->input->ceiling->allow.cpuset.is_set) },
		{ "blkio", "blkio_config.weight", facts->has_blkio, is_given(planner, FLAG_BLKIO_WEIGHT) },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct finding *finding;

		if (rows[i].is_there || !rows[i].is_wanted)
			continue;
		finding = plan_find(planner, FINDING_DENIED, NULL, rows[i].key, "floor: limits");
		plan_reason(planner, finding, "this machine has no %s controller, so %s cannot be enforced", rows[i].controller,
			    rows[i].key);
		finding->remedy = "see hardrun doctor";
	}
	if (!facts->has_swap && facts->has_memory)
		plan_reason(planner, plan_find(planner, FINDING_NOTE, NULL, "memswap_limit", "host"),
			    "this kernel does not account for swap, so that a container may use swap beyond its memory");
}

/* Engines say so at most in a warning, and runc not at all. Source: Documentation/admin-guide/cgroup-v2.rst, memory. */
static void refuse_swappiness(const struct planner *planner)
{
	const struct request_option *option = request_last(planner->request, FLAG_MEMORY_SWAPPINESS);
	struct finding *finding;

	if (option == NULL || option->value.number < 0 || planner->facts->cgroup != CGROUP_V2)
		return;
	finding = plan_find(planner, FINDING_UNSUPPORTED, option, NULL, "floor: limits");
	plan_reason(planner, finding, "cgroup version 2, which this machine has, knows no swappiness of a container");
	finding->remedy = "leave it out: a container's swap is bounded with its memory";
}

/*
 * docker and podman look for CFQ's file and leave the weight out with a warning at most, crun fails with its name; runc knows
 * BFQ's, and so does what we write for an ordinary user and for runsc. Source: moby pkg/sysinfo, crun libcrun/cgroup-resources.c.
 */
static void refuse_weight(const struct planner *planner)
{
	const struct host_facts *facts = planner->facts;
	const struct request_option *option = request_last(planner->request, FLAG_BLKIO_WEIGHT);
	const bool is_known = facts->backend == BACKEND_RUNC || facts->backend == BACKEND_RUNSC ||
			      (facts->backend == BACKEND_CRUN && !facts->is_root);
	struct finding *finding;

	if (option == NULL || option->value.number == 0 || !facts->is_blkio_bfq_alone || is_known)
		return;
	finding = plan_find(planner, FINDING_UNSUPPORTED, option, NULL, "floor: limits");
	plan_reason(planner, finding, "this kernel has weights of the scheduler BFQ alone, and %s does not set them",
		    host_backend_name(facts->backend));
	finding->remedy = "leave it out, or --backend runc";
}

static void require_seccomp(const struct planner *planner)
{
	struct finding *finding;

	if (planner->facts->has_seccomp)
		return;
	finding = plan_find(planner, FINDING_DENIED, NULL, "seccomp", "floor: seccomp");
	plan_reason(planner, finding, "this kernel has no seccomp, so no system call would be refused");
}

/* Podman ignores every limit there, with a warning at best. Source: podman-run(1), "cgroups V1 rootless systems". */
static void require_podman(const struct planner *planner)
{
	struct finding *finding;

	if (planner->facts->is_root || planner->facts->cgroup == CGROUP_V2)
		return;
	finding = plan_find(planner, FINDING_DENIED, NULL, "--backend podman", "floor: limits");
	plan_reason(planner, finding, "podman without root ignores all limits on a machine with cgroup v1");
	finding->remedy = "--backend crun, or boot with systemd.unified_cgroup_hierarchy=1";
}

static void require_docker(const struct planner *planner)
{
	const struct engine_facts *engine = &planner->facts->engine;

	for (size_t i = 0; i < engine->docker_gaps.count; i++)
		plan_reason(planner, plan_find(planner, FINDING_DENIED, NULL, "docker's daemon", "floor: limits"),
			    "%s, and would run the container without", engine->docker_gaps.items[i]);
	for (size_t i = 0; i < engine->docker_notes.count; i++)
		plan_reason(planner, plan_find(planner, FINDING_NOTE, NULL, "docker's daemon", "host"), "%s",
			    engine->docker_notes.items[i]);
}

static void refuse_local_image(const struct planner *planner)
{
	struct finding *finding;

	if (planner->facts->image.kind == IMAGE_REFERENCE || planner->facts->image.name == NULL)
		return;
	finding = plan_find(planner, FINDING_UNSUPPORTED, NULL, planner->facts->image.name, "backend");
	plan_reason(planner, finding, "%s takes images from registries only", host_backend_name(planner->facts->backend));
	finding->remedy = "--backend crun or --backend runc";
}

void plan_backend(const struct planner *planner)
{
	if (!planner->input->is_backend_known)
		return;
	planner->plan->backend = planner->facts->backend;
	plan_setting(planner, "backend", plan_source_of(PLAN_FROM_HOST), host_backend_name(planner->facts->backend));
	refuse_swappiness(planner);
	refuse_weight(planner);
	switch (planner->facts->backend) {
	case BACKEND_DOCKER:
		refuse_local_image(planner);
		require_docker(planner);
		return;
	case BACKEND_PODMAN:
		refuse_local_image(planner);
		require_podman(planner);
		require_controllers(planner);
		require_seccomp(planner);
		return;
	case BACKEND_CRUN:
	case BACKEND_RUNC:
	case BACKEND_RUNSC:
		refuse_flags(planner);
		require_controllers(planner);
		require_seccomp(planner);
		return;
	case BACKEND_KIND_COUNT:
		return;
	}
}
