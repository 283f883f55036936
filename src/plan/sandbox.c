/*
 * sandbox: a container under a kernel of its own, gVisor's, and what that leaves of a plan. What runsc passes over without a word
 * is refused here. Source: runsc of Debian 12 (20221219), measured in tests/live/test_runsc.sh; gvisor.dev, "Compatibility".
 */
#include "plan_internal.h"

#include <string.h>

/*
 * The kernel of the container's own is counted with it: 30 MiB and 50 threads before the first program runs, and about 5 threads
 * more for each process.
 */
#define SANDBOX_MEMORY_MINIMUM (INT64_C(64) << 20)
#define SANDBOX_PIDS_MINIMUM 64

/* Drops what the policy wants, never what the sandbox is for. */
static void refuse(const struct planner *planner, const char *subject, const char *reason, const char *remedy)
{
	struct finding *finding = plan_find(planner, FINDING_UNSUPPORTED, NULL, subject, "engine.sandbox");

	plan_reason(planner, finding, "%s", reason);
	finding->remedy = remedy;
}

/* Never downgraded: a backend without a sandbox is no backend. */
static bool may_run(const struct planner *planner, const struct policy_text *required)
{
	const struct host_facts *facts = planner->facts;
	const char *rule = required == &planner->policy->engine.sandbox ? "engine.sandbox" : "ceiling: engine.sandbox";
	struct finding *finding;

	if (facts->backend == BACKEND_RUNSC && facts->is_root)
		return true;
	if (facts->backend == BACKEND_RUNSC) {
		refuse(planner, "runsc", "hardrun starts it with root's rights alone, and you are an ordinary user",
		       required != NULL ? "use sudo, or --backend docker" : "use sudo, or --backend crun, where no sandbox is required");
		return false;
	}
	if (facts->backend == BACKEND_DOCKER && facts->engine.docker_sandbox_problem == NULL)
		return true;
	finding = plan_find(planner, FINDING_DENIED, request_last(planner->request, FLAG_BACKEND), host_backend_name(facts->backend),
			    rule);
	finding->place = required->place;
	if (facts->backend == BACKEND_DOCKER)
		plan_reason(planner, finding, "a sandbox is required, and docker's daemon has none: %s", facts->engine.docker_sandbox_problem);
	else
		plan_reason(planner, finding, "a sandbox is required, and %s gives the container this machine's own kernel",
			    host_backend_name(facts->backend));
	finding->remedy = facts->backend == BACKEND_DOCKER ? HOST_SANDBOX_REMEDY : "--backend runsc";
	return false;
}

/* What is of the machine's kernel, of which the container sees nothing. */
static void refuse_machine(const struct planner *planner)
{
	const struct plan *plan = planner->plan;
	const struct {
		bool is_used;
		const char *subject, *reason, *remedy;
	} rows[] = {
		{ plan->apparmor == PLAN_APPARMOR_GENERATED || plan->apparmor == PLAN_APPARMOR_NAMED, "apparmor",
		  "runsc applies no AppArmor profile: what the container does is seen by gVisor's kernel alone", "leave it out" },
		{ plan->security_labels.count > 0, "--security-opt label", "runsc applies no SELinux label", "leave it out" },
		{ plan->sysctl_count > 0 || plan->domainname != NULL, "a kernel parameter", "runsc sets none in gVisor's kernel",
		  "leave out --sysctl and --domainname" },
		{ plan->is_host_pid || plan->is_host_ipc || plan->is_host_uts, "a namespace of the machine's",
		  "gVisor's kernel has none of them", "leave out --pid, --ipc and --uts" },
		{ plan->network == PLAN_NETWORK_HOST, "--network host", "it would take gVisor's network stack out of the sandbox",
		  "--network none, or --backend docker with an isolated one" },
		{ plan->is_privileged || plan->devices.count > 0, "a device", "gVisor's kernel shows no device of the machine's",
		  "leave it out" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].is_used)
			refuse(planner, rows[i].subject, rows[i].reason, rows[i].remedy);
}

/* A socket of this machine cannot be reached from inside. */
static void refuse_sockets(const struct planner *planner)
{
	const struct host_unit *unit = planner->facts->unit;
	const struct plan *plan = planner->plan;

	if (unit == NULL)
		return;
	if (unit->listen_count > 0 && planner->is_oci)
		refuse(planner, "the unit's sockets", "runsc hands no socket of systemd's over to the container",
		       "start it from a unit without Sockets=");
	if (unit->notify_socket != NULL && plan->notify == PLAN_NOTIFY_CONTAINER && !plan->is_detached && !plan->is_create_only)
		refuse(planner, "Type=notify", "no program in the sandbox reaches systemd's socket, and the unit would wait for ever",
		       "--sdnotify started");
}

static void refuse_shared(const struct planner *planner)
{
	const bool is_guarded = planner->input->ceiling != NULL || planner->facts->elevated_by != NULL;

	if (is_guarded && !planner->is_oci && plan_writes_directories(planner->plan))
		refuse(planner, "a bind that can be written",
		       "runsc under docker writes there as root, and would leave set-group-id bits that nobody else can set",
		       "mount it :ro, or --backend runsc");
}

static void refuse_little(const struct planner *planner)
{
	const struct plan *plan = planner->plan;

	if (plan->memory_bytes < SANDBOX_MEMORY_MINIMUM)
		refuse(planner, "mem_limit", "gVisor's own kernel is counted with the container, and needs 64 MiB with it", "-m 64m or more");
	if (plan->pids_limit < SANDBOX_PIDS_MINIMUM)
		refuse(planner, "pids_limit",
		       "gVisor's own threads are counted with the container's processes: about 50, and 5 for each process",
		       "--pids-limit 64 or more");
}

static void note_capabilities(const struct planner *planner)
{
	if (planner->plan->capabilities.count > 0 && planner->plan->uid != 0 && planner->is_oci)
		plan_reason(planner, plan_find(planner, FINDING_NOTE, NULL, "cap_add", "engine.sandbox"),
			    "gVisor gives capabilities only to programs that run as root: user %u has them in its bounding set alone",
			    planner->plan->uid);
}

void plan_sandbox(const struct planner *planner)
{
	const struct policy_text *required = policy_sandbox(planner->policy, planner->input->ceiling);
	struct plan_source source = plan_source_of(PLAN_FROM_HOST);
	struct plan *plan = planner->plan;

	if (!planner->input->is_backend_known || (required == NULL && planner->facts->backend != BACKEND_RUNSC))
		return;
	if (!may_run(planner, required))
		return;
	if (required != NULL)
		source = plan_source_policy(required->place);
	if (required != NULL && required != &planner->policy->engine.sandbox)
		source.origin = PLAN_FROM_CEILING;
	plan->is_sandboxed = true;
	plan_setting(planner, "sandbox", source, "runsc");
	refuse_machine(planner);
	refuse_sockets(planner);
	refuse_shared(planner);
	refuse_little(planner);
	note_capabilities(planner);
}
