/* rootless: what crun and runc cannot do for an ordinary user here is refused before anything is started. */
#include "plan_internal.h"

#include <string.h>

static void refuse(const struct planner *planner, enum finding_kind kind, const char *subject, const char *reason,
		   const char *remedy)
{
	struct finding *finding = plan_find(planner, kind, NULL, subject, kind == FINDING_DENIED ? "floor: limits" : "backend");

	plan_reason(planner, finding, "%s", reason);
	finding->remedy = remedy;
}

static bool has_user(const struct planner *planner, uint32_t uid, uint32_t gid)
{
	const struct host_rootless *rootless = planner->facts->rootless;
	uint32_t outside;

	return host_map_id(&rootless->uids, uid, &outside) && host_map_id(&rootless->gids, gid, &outside);
}

static bool has_groups(const struct planner *planner)
{
	uint32_t outside;

	for (size_t i = 0; i < planner->plan->group_count; i++)
		if (!host_map_id(&planner->facts->rootless->gids, planner->plan->groups[i], &outside))
			return false;
	return true;
}

/* The owners of the plan's tmpfs mounts: the kernel refuses an id that the namespace does not have. */
static bool has_owners(const struct planner *planner)
{
	for (size_t i = 0; i < planner->plan->mount_count; i++) {
		const struct plan_mount *mount = &planner->plan->mounts[i];

		if (mount->type == PLAN_TMPFS && !has_user(planner, mount->uid, mount->gid))
			return false;
	}
	return true;
}

static void require_ids(const struct planner *planner)
{
	const struct host_rootless *rootless = planner->facts->rootless;
	const struct plan *plan = planner->plan;
	const char *subject = arena_printf(planner->arena, "the user %u:%u", plan->uid, plan->gid);
	bool is_alone = rootless->ids_problem != NULL;

	if (!has_user(planner, plan->uid, plan->gid) || !has_groups(planner) || !has_owners(planner))
		refuse(planner, FINDING_UNSUPPORTED, subject,
		       is_alone ? arena_printf(planner->arena, "an ordinary user needs subordinate ids for it, and %s", rootless->ids_problem)
				: "it, its groups or the owner of a tmpfs lie beyond the subordinate ids that you have",
		       is_alone ? rootless->ids_remedy : "let root give you more of them (usermod --add-subuids, --add-subgids)");
	else if (is_alone && planner->facts->backend == BACKEND_RUNC)
		refuse(planner, FINDING_UNSUPPORTED, "runc",
		       arena_printf(planner->arena, "it needs subordinate ids, and %s", rootless->ids_problem),
		       arena_printf(planner->arena, "--backend crun, or: %s", rootless->ids_remedy));
}

/* Without subordinate groups the kernel lets nobody drop his own: CVE-2014-8989, user_namespaces(7) "setgroups". */
static void note_groups(const struct planner *planner)
{
	const struct host_facts *facts = planner->facts;
	struct text kept;

	if (facts->rootless->ids_problem == NULL)
		return;
	text_init(&kept, planner->arena);
	for (size_t i = 0; i < facts->caller_group_count; i++)
		if (facts->caller_groups[i] != facts->caller_gid)
			text_addf(&kept, "%s%u", kept.length > 0 ? ", " : "", (unsigned)facts->caller_groups[i]);
	if (kept.length > 0)
		plan_reason(planner, plan_find(planner, FINDING_NOTE, NULL, "the groups", "host"),
			    "the container keeps your supplementary groups (%s): without subordinate ids they cannot be dropped",
			    kept.data);
}

static void require_own_namespaces(const struct planner *planner)
{
	const struct plan *plan = planner->plan;
	const struct { const char *subject; bool is_hosts; } rows[] = {
		{ "--pid host", plan->is_host_pid }, { "--ipc host", plan->is_host_ipc }, { "--uts host", plan->is_host_uts },
		{ "--network host", plan->network == PLAN_NETWORK_HOST },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].is_hosts)
			refuse(planner, FINDING_UNSUPPORTED, rows[i].subject, "an ordinary user cannot mount what belongs to it", "use sudo");
	if (plan->domainname != NULL)
		refuse(planner, FINDING_UNSUPPORTED, "--domainname", "an ordinary user cannot set it", "use sudo, or --backend docker");
}

static void require_cgroups(const struct planner *planner)
{
	const struct host_rootless *rootless = planner->facts->rootless;
	const struct plan *plan = planner->plan;

	if (rootless->cgroup_problem != NULL)
		refuse(planner, FINDING_DENIED, "the limits", rootless->cgroup_problem, rootless->cgroup_remedy);
	if ((plan->cpuset_cpus != NULL || plan->cpuset_mems != NULL) && rootless->cgroups[HOST_CONTROLLER_CPUSET] == NULL)
		refuse(planner, FINDING_DENIED, "cpuset", "the cpuset cgroup that you are in is not yours to divide",
		       "leave it out, or use sudo");
	if (plan->blkio_weight != 0 && rootless->cgroups[HOST_CONTROLLER_BLKIO] == NULL)
		refuse(planner, FINDING_DENIED, "blkio_config.weight", "the blkio cgroup that you are in is not yours to divide",
		       "leave it out, or use sudo");
}

void plan_rootless(const struct planner *planner)
{
	const struct host_rootless *rootless = planner->facts->rootless;

	/* Not read: nothing is going to be run. The backend refuses to render without it. And plan_sandbox has one word on runsc. */
	if (!planner->is_oci || rootless == NULL || planner->facts->backend == BACKEND_RUNSC)
		return;
	if (rootless->problem != NULL) {
		refuse(planner, FINDING_UNSUPPORTED, host_backend_name(planner->facts->backend),
		       arena_printf(planner->arena, "an ordinary user cannot run it here: %s", rootless->problem), rootless->remedy);
		return;
	}
	require_cgroups(planner);
	require_own_namespaces(planner);
	require_ids(planner);
	note_groups(planner);
}
