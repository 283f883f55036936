/* foresee: what a call needs from the layers behind the filter, and which of them will say no. */
#include "watch_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { PORT_FIRST_FREE = 1024 };

struct watch_need *foresee_add(struct watch_needs *needs, const struct watch_observed *observed, enum watch_need_kind kind,
			       const char *subject)
{
	struct watch_need *need = vector_push(needs->arena, needs->items, needs->count);

	*need = (struct watch_need){
		.kind = kind, .subject = subject, .call = watch_render_call(needs->arena, &observed->call), .is_granted = true,
		.program = observed->call.program, .pid = observed->call.pid, .count = 1,
	};
	return need;
}

bool foresee_has(const struct watch_process *process, unsigned capability)
{
	return !process->is_known || (process->capabilities >> capability & 1) != 0;
}

void foresee_capability(const struct watch_observed *observed, const char *capability, const char *reason,
			struct watch_needs *needs)
{
	struct watch_need *need = foresee_add(needs, observed, NEED_CAPABILITY, capability);

	need->is_granted = false;
	need->error = EPERM;
	need->layer = "capabilities";
	need->reason = reason;
	remedy_capability(needs->arena, capability, need);
}

static bool is_in_groups(const struct watch_process *process, uint32_t gid)
{
	for (size_t i = 0; i < process->group_count; i++)
		if (process->groups[i] == gid)
			return true;
	return process->gid == gid;
}

bool watch_may(const struct watch_process *process, const struct watch_owner *owner, bool is_directory, unsigned want)
{
	unsigned bits = owner->mode & 7;

	if (!process->is_known)
		return true;
	if (process->uid == owner->uid)
		bits = owner->mode >> 6 & 7;
	else if (is_in_groups(process, owner->gid))
		bits = owner->mode >> 3 & 7;
	if ((bits & want) == want)
		return true;
	/* Nobody executes a file that has no bit for it. */
	if (foresee_has(process, CAP_DAC_OVERRIDE) && ((want & 1) == 0 || is_directory || (owner->mode & 0111) != 0))
		return true;
	return foresee_has(process, CAP_DAC_READ_SEARCH) && (want & 2) == 0 && ((want & 1) == 0 || is_directory);
}

/* ---- sockets ---- */

static const char *family_name(int family)
{
	return family == AF_INET ? "AF_INET" : "AF_INET6";
}

static bool is_port_free(const struct plan *plan, uint16_t port)
{
	uint64_t first = PORT_FIRST_FREE;

	for (size_t i = 0; i < plan->sysctl_count; i++)
		if (strcmp(plan->sysctls[i].name, "net.ipv4.ip_unprivileged_port_start") == 0)
			(void)parse_decimal(plan->sysctls[i].value, &first);
	return port == 0 || port >= first;
}

static void foresee_bind(const struct plan *plan, const struct watch_observed *observed, struct watch_needs *needs)
{
	const uint16_t port = observed->address.port;
	struct watch_need *need;

	if (observed->address.family == AF_UNIX)
		foresee_socket_file(plan, observed, true, needs);
	if (observed->address.family != AF_INET && observed->address.family != AF_INET6)
		return;
	need = foresee_add(needs, observed, NEED_PORT, arena_printf(needs->arena, "%u", port));
	need->amount = port;
	if (is_port_free(plan, port) || foresee_has(&observed->process, CAP_NET_BIND_SERVICE))
		return;
	need->is_granted = false;
	need->error = EACCES;
	need->layer = "low ports";
	need->reason = "ports below 1024 are for CAP_NET_BIND_SERVICE";
	remedy_capability(needs->arena, "CAP_NET_BIND_SERVICE", need);
	need->remedy.text = arena_printf(needs->arena, "%s, or let the program listen on a port from 1024 on", need->remedy.text);
}

/* Name servers that nobody is there to answer for. */
static bool is_reachable(const struct plan *plan, const struct watch_address *address)
{
	return plan->network != PLAN_NETWORK_NONE || (address->is_loopback && address->port != 53);
}

static void foresee_connect(const struct plan *plan, const struct watch_observed *observed, struct watch_needs *needs)
{
	struct watch_need *need;

	if (observed->address.family == AF_UNIX)
		foresee_socket_file(plan, observed, false, needs);
	if ((observed->address.family != AF_INET && observed->address.family != AF_INET6) || observed->address.text == NULL)
		return;
	need = foresee_add(needs, observed, NEED_NETWORK, arena_printf(needs->arena, "%s %s", family_name(observed->address.family),
								      observed->address.text));
	need->amount = observed->address.port;
	if (is_reachable(plan, &observed->address))
		return;
	need->is_granted = false;
	need->error = ENETUNREACH;
	need->layer = "network";
	need->reason = "the container has no network";
	watch_set_rule(needs->arena, need, watch_setting(plan, "network_mode", NULL), "network_mode");
	need->remedy.add = host_backend_is_oci(plan->backend) ? "{engine: {backend: docker}, defaults: {network_mode: isolated}}"
							      : "defaults: {network_mode: isolated}";
	need->remedy.text = host_backend_is_oci(plan->backend)
				    ? "add defaults: {network_mode: isolated} and, as root has none without a daemon, engine: {backend: docker}"
				    : "add defaults: {network_mode: isolated}";
}

/* Families are the filter's matter; raw sockets are the kernel's. */
static void foresee_socket(const struct watch_observed *observed, struct watch_needs *needs)
{
	const uint64_t family = observed->call.arguments[0] & UINT32_MAX, type = observed->call.arguments[1] & 0xf;

	if (((type == SOCK_RAW && family != AF_NETLINK) || family == AF_PACKET) && !foresee_has(&observed->process, CAP_NET_RAW))
		foresee_capability(observed, "CAP_NET_RAW", "raw sockets are for CAP_NET_RAW", needs);
}

/* ---- identity ---- */

static bool is_one_of(uint32_t id, const uint32_t own[3])
{
	return id == UINT32_MAX || id == own[0] || id == own[1] || id == own[2];
}

static void refuse_identity(const struct plan *plan, const struct watch_observed *observed, bool is_user, uint32_t id,
			    struct watch_needs *needs)
{
	struct arena *arena = needs->arena;
	struct watch_need *need = foresee_add(needs, observed, NEED_IDENTITY, arena_printf(arena, "%s %" PRIu32, is_user ? "uid" : "gid",
											  id));
	const uint32_t uid = is_user ? id : observed->process.uid, gid = is_user ? observed->process.gid : id;

	need->amount = id;
	need->is_granted = false;
	need->error = EPERM;
	need->layer = "identity";
	need->reason = is_user ? "another user is for CAP_SETUID" : "another group is for CAP_SETGID";
	watch_set_rule(arena, need, watch_setting(plan, "user", NULL), "user");
	if (id == 0 || uid == 0 || gid == 0)
		return;
	need->remedy.add = arena_printf(arena, "defaults: {user: \"%" PRIu32 ":%" PRIu32 "\"}", uid, gid);
	need->remedy.text = arena_printf(arena, "add %s, so that it is that from the start", need->remedy.add);
}

static void foresee_identity(const struct plan *plan, const struct watch_observed *observed, const struct watch_action *action,
			     struct watch_needs *needs)
{
	const struct watch_process *process = &observed->process;
	const bool is_user = action->act == ACT_SETUID;
	const uint32_t users[] = { process->real_uid, process->uid, process->saved_uid };
	const uint32_t groups[] = { process->real_gid, process->gid, process->saved_gid };

	if (foresee_has(process, is_user ? CAP_SETUID : CAP_SETGID))
		return;
	for (unsigned i = 0; i < action->ids; i++) {
		const uint32_t id = (uint32_t)observed->call.arguments[(unsigned)action->value + i];

		if (!is_one_of(id, is_user ? users : groups)) {
			refuse_identity(plan, observed, is_user, id, needs);
			return;
		}
	}
}

static void foresee_groups(const struct plan *plan, const struct watch_observed *observed, struct watch_needs *needs)
{
	struct watch_need *need;

	if (foresee_has(&observed->process, CAP_SETGID))
		return;
	need = foresee_add(needs, observed, NEED_IDENTITY, "groups");
	need->is_granted = false;
	need->error = EPERM;
	need->layer = "identity";
	need->reason = "choosing groups is for CAP_SETGID";
	watch_set_rule(needs->arena, need, watch_setting(plan, "user", NULL), "user");
	remedy_capability(needs->arena, "CAP_SETGID", need);
}

/* ---- all of them ---- */

static void foresee_descriptors(const struct plan *plan, const struct watch_observed *observed, struct watch_needs *needs)
{
	const struct watch_process *process = &observed->process;
	struct watch_need *need;

	if (process->open_files_limit == 0 || process->open_files < process->open_files_limit)
		return;
	need = foresee_add(needs, observed, NEED_DESCRIPTORS, "nofile");
	need->amount = (int64_t)process->open_files;
	need->is_granted = false;
	need->error = EMFILE;
	need->layer = "open files limit";
	need->reason = arena_printf(needs->arena, "%" PRIu64 " files are open, as many as may be", process->open_files);
	remedy_limit(needs->arena, plan, "ulimits", "--ulimit",
		     arena_printf(needs->arena, "nofile: %" PRIu64, process->open_files_limit * 4), need);
}

/* A hard limit can be lowered by everybody. Nobody gets more than FILES_MOST: fs.nr_open, as kernels have it. */
static void foresee_limit(const struct plan *plan, const struct watch_observed *observed, struct watch_needs *needs)
{
	enum { FILES_MOST = 1 << 20 };
	const uint64_t most = observed->process.open_files_most;
	struct watch_need *need;

	if (most == 0 || observed->limit <= most || foresee_has(&observed->process, CAP_SYS_RESOURCE))
		return;
	need = foresee_add(needs, observed, NEED_DESCRIPTORS, "nofile");
	need->is_granted = false;
	need->error = EPERM;
	need->layer = "open files limit";
	need->reason = arena_printf(needs->arena, "it asks that %" PRIu64 " may be, and %" PRIu64 " may be at most", observed->limit,
				    most);
	watch_set_rule(needs->arena, need, watch_setting(plan, "ulimits", "nofile="), "ulimits");
	if (observed->limit > FILES_MOST)
		return;
	need->amount = (int64_t)observed->limit;
	remedy_limit(needs->arena, plan, "ulimits", "--ulimit", arena_printf(needs->arena, "nofile: %" PRIu64, observed->limit), need);
}

void watch_foresee(const struct plan *plan, const struct watch_observed *observed, struct watch_needs *needs)
{
	const struct watch_action *action = watch_action_of(observed->call.name);

	if (action == NULL)
		return;
	switch (action->act) {
	case ACT_OPEN:
		foresee_descriptors(plan, observed, needs);
		foresee_path(plan, observed, action, needs);
		break;
	case ACT_LOOK:
	case ACT_ENTER:
	case ACT_MAKE:
	case ACT_REMOVE:
	case ACT_WRITE:
	case ACT_CHMOD:
	case ACT_CHOWN:
	case ACT_DEVICE:
		foresee_path(plan, observed, action, needs);
		break;
	case ACT_EXECUTE:
		foresee_program(plan, observed, needs);
		break;
	case ACT_BIND:
		foresee_bind(plan, observed, needs);
		break;
	case ACT_CONNECT:
		foresee_connect(plan, observed, needs);
		break;
	case ACT_SOCKET:
		foresee_descriptors(plan, observed, needs);
		foresee_socket(observed, needs);
		break;
	case ACT_SETUID:
	case ACT_SETGID:
		foresee_identity(plan, observed, action, needs);
		break;
	case ACT_SETGROUPS:
		foresee_groups(plan, observed, needs);
		break;
	case ACT_PRIORITY:
		if ((int32_t)(uint32_t)observed->call.arguments[2] < 0 && !foresee_has(&observed->process, CAP_SYS_NICE))
			foresee_capability(observed, "CAP_SYS_NICE", "more of the processor than others get is for CAP_SYS_NICE", needs);
		break;
	case ACT_LIMIT:
		foresee_limit(plan, observed, needs);
		break;
	case ACT_GUARDED:
		if (!foresee_has(&observed->process, action->ids))
			foresee_capability(observed, action->ids == CAP_SYS_CHROOT ? "CAP_SYS_CHROOT" : "CAP_SYS_ADMIN",
					   "the kernel wants a capability for it", needs);
		break;
	}
}

void watch_refused_call(const struct plan *plan, const struct watch_call *call, int error, struct watch_needs *needs)
{
	const struct watch_observed observed = { .call = *call };
	struct arena *arena = needs->arena;
	struct watch_need *need = foresee_add(needs, &observed, NEED_CALL, call->name != NULL ? call->name : "a number without a name");
	struct profile_explanation explanation;
	const struct watch_action *action = watch_action_of(call->name);

	need->subject = need->call;
	need->is_granted = false;
	need->error = error;
	need->layer = "seccomp";
	need->reason = "it is not in hardrun's table of calls";
	need->rule = "hardrun's table";
	if (call->name == NULL ||
	    !profile_explain(arena, plan->seccomp, plan->ceiling_seccomp, call->name, call->arguments, &explanation))
		return;
	need->reason = explanation.reason != NULL ? explanation.reason : "the policy does not allow it";
	need->rule = explanation.group == NULL ? explanation.decider :
		     arena_printf(arena, "%s, %s", explanation.group, explanation.decider);
	need->place = explanation.place;
	need->remedy = (struct watch_remedy){ .text = explanation.remedy, .add = explanation.add, .lift = explanation.lift };
	/* Through the filter it would meet the kernel, which wants what no policy grants. */
	if (action != NULL && action->act == ACT_GUARDED && action->ids == CAP_SYS_ADMIN)
		need->remedy = (struct watch_remedy){ .text = "give the name when it is started: --hostname or --domainname" };
}

void watch_allowed_call(const struct watch_call *call, bool has_conditions, struct watch_needs *needs)
{
	const struct watch_observed observed = { .call = *call };
	struct watch_need *need = foresee_add(needs, &observed, NEED_CALL, call->name);

	if (has_conditions)
		need->subject = need->call;
}

void watch_space(const struct plan *plan, const char *target, int64_t used, bool is_full, struct watch_needs *needs)
{
	const struct plan_mount *mount = watch_mount_of(plan, target);
	struct watch_need *need = vector_push(needs->arena, needs->items, needs->count);

	*need = (struct watch_need){ .kind = NEED_SPACE, .subject = target, .is_granted = !is_full, .is_mounted = true, .amount = used,
				     .count = 1 };
	if (!is_full)
		return;
	need->error = ENOSPC;
	need->layer = "tmpfs size";
	need->reason = arena_printf(needs->arena, "its %s are in use", format_size(needs->arena, used));
	if (mount != NULL)
		remedy_tmpfs(needs->arena, plan, mount, mount->is_exec, used * 4, need);
	else
		remedy_limit(needs->arena, plan, "shm_size", "--shm-size", format_size(needs->arena, used * 4), need);
}

void watch_profile(const char *name, struct watch_needs *needs)
{
	struct watch_need *need = vector_push(needs->arena, needs->items, needs->count);

	*need = (struct watch_need){ .kind = NEED_PROFILE, .subject = name, .layer = "AppArmor", .rule = "the host", .count = 1,
				     .reason = "what it refuses is not seen from here" };
	need->remedy.text = "look for apparmor=\"DENIED\" in the kernel's log (dmesg, journalctl -k)";
}
