/* generate: rules out of a plan, always in the same order. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <sha2.h>

#include <hardrun/apparmor.h>

#define HEAD "# Made by hardrun. The name is the hash of the rules: changed ones are not accepted.\nabi <abi/3.0>,\n\n"
#define EXECUTED "mx" /* of a directory itself it means nothing */

enum { STEM_BYTES_MAX = 40, HASH_DIGITS = 32 };

struct generator {
	struct arena *arena;
	const struct plan *plan;
	const struct profile *profile; /* NULL: no filter */
	struct text text;
	struct error *err;
};

static void line(struct generator *generator, const char *rule)
{
	text_addf(&generator->text, "  %s,\n", rule);
}

static void comment(struct generator *generator, const char *words)
{
	text_addf(&generator->text, "\n  # %s\n", words);
}

/* ---- files ---- */

const char *apparmor_quote(struct arena *arena, const char *path, const char *suffix)
{
	struct text quoted;

	text_init(&quoted, arena);
	text_add(&quoted, "\"");
	for (const char *at = path; *at != '\0'; at++) {
		if (iscntrl((unsigned char)*at))
			return NULL;
		if (strchr("\\\"*?[]{}^@", *at) != NULL)
			text_add(&quoted, "\\");
		text_add_bytes(&quoted, at, 1);
	}
	text_addf(&quoted, "%s\"", suffix);
	return quoted.data;
}

/* One rule for the path itself and one for what lies in it. */
static int path_rules(struct generator *generator, const struct plan_mount *mount, const char *before, const char *access)
{
	const bool is_file = mount->type == PLAN_BIND && !mount->is_directory;
	const char *self = apparmor_quote(generator->arena, mount->target, is_file ? "" : "/");
	const char *below = apparmor_quote(generator->arena, mount->target, "/**");

	if (self == NULL)
		return error_set(generator->err, generator->arena, ERROR_UNSUPPORTED,
				 "no AppArmor rule can name %s: it has a control character", string_printable(generator->arena, mount->target, 80));
	if (is_file || strcmp(access, EXECUTED) != 0)
		text_addf(&generator->text, "  %s%s %s,\n", before, self, access);
	if (!is_file)
		text_addf(&generator->text, "  %s%s %s,\n", before, below, access);
	return 0;
}

static bool is_written(const struct plan_mount *mount)
{
	return !mount->is_read_only;
}

/* A mount that is written and lies in ${place}, not at it; NULL: none. */
static const struct plan_mount *written_inside(const struct plan *plan, const char *place)
{
	for (size_t i = 0; i < plan->mount_count; i++)
		if (is_written(&plan->mounts[i]) && strcmp(plan->mounts[i].target, place) != 0 &&
		    path_is_within(plan->mounts[i].target, place))
			return &plan->mounts[i];
	return NULL;
}

static bool is_inside_written(const struct plan *plan, const struct plan_mount *mount)
{
	for (size_t i = 0; i < plan->mount_count; i++)
		if (&plan->mounts[i] != mount && is_written(&plan->mounts[i]) && path_is_within(mount->target, plan->mounts[i].target))
			return true;
	return !plan->is_read_only;
}

/* A rule that forbids stands above all that allow: so nothing inside can be allowed again. */
static int add_shut(struct generator *generator)
{
	const struct plan *plan = generator->plan;

	for (size_t i = 0; i < plan->mount_count; i++) {
		const struct plan_mount *mount = &plan->mounts[i];
		const struct plan_mount *inside = written_inside(plan, mount->target);

		if (is_written(mount) || !is_inside_written(plan, mount))
			continue;
		if (inside != NULL) {
			error_set(generator->err, generator->arena, ERROR_UNSUPPORTED,
				  "AppArmor has no words for %s: it is read-only in what is written, and %s in it is written again", mount->target,
				  inside->target);
			generator->err->remedy = "mount one of them elsewhere";
			return -(int)generator->err->kind;
		}
		if (path_rules(generator, mount, "audit deny ", "wl") < 0)
			return -(int)generator->err->kind;
	}
	return 0;
}

static bool has_target(const struct plan *plan, const char *target)
{
	for (size_t i = 0; i < plan->mount_count; i++)
		if (strcmp(plan->mounts[i].target, target) == 0)
			return true;
	return false;
}

static int add_mounts(struct generator *generator)
{
	const struct plan *plan = generator->plan;
	int result = 0;

	comment(generator, "Written: what the plan mounts for writing.");
	for (size_t i = 0; result == 0 && i < plan->mount_count; i++)
		if (is_written(&plan->mounts[i]))
			result = path_rules(generator, &plan->mounts[i], "", "rwlk");
	if (!has_target(plan, "/dev/shm"))
		text_add(&generator->text, "  /dev/shm/ rw,\n  /dev/shm/** rwlk,\n");
	comment(generator, "Read-only, and not to be executed, even if the mount should lose its flags.");
	if (result == 0)
		result = add_shut(generator);
	for (size_t i = 0; result == 0 && i < plan->mount_count; i++)
		if (plan->mounts[i].type == PLAN_TMPFS && !plan->mounts[i].is_exec)
			result = path_rules(generator, &plan->mounts[i], "audit deny ", EXECUTED);
	if (!has_target(plan, "/dev/shm"))
		line(generator, "audit deny /dev/shm/** mx");
	return result;
}

static void add_files(struct generator *generator)
{
	static const char *const devices[] = {
		"/dev/{null,zero,full,random,urandom,tty,console,ptmx,pts/ptmx} rw", "/dev/pts/[0-9]* rw", "/dev/mqueue/** rwk",
		"/run/hardrun/notify rw", /* the socket on which a program tells its unit that it is ready */
	};

	comment(generator, "Read and executed: everything that is there.");
	text_add(&generator->text, generator->plan->is_read_only ? "  / r,\n  /** mrkix,\n" : "  / r,\n  /** mrwlkix,\n");
	comment(generator, "Devices of every container, and those of the plan.");
	for (size_t i = 0; i < ARRAY_COUNT(devices); i++)
		line(generator, devices[i]);
}

static int add_devices(struct generator *generator)
{
	const struct string_list *devices = &generator->plan->devices;

	for (size_t i = 0; i < devices->count; i++) {
		const char *colon = strrchr(devices->items[i], ':');
		const size_t length = colon != NULL ? (size_t)(colon - devices->items[i]) : strlen(devices->items[i]);
		const char *path = apparmor_quote(generator->arena, arena_strndup(generator->arena, devices->items[i], length), "");
		const bool is_read = colon == NULL || strchr(colon, 'r') != NULL, is_write = colon == NULL || strchr(colon, 'w') != NULL;

		if (path == NULL || (!is_read && !is_write))
			return error_set(generator->err, generator->arena, ERROR_UNSUPPORTED, "no AppArmor rule can name the device %s",
					 string_printable(generator->arena, devices->items[i], 80));
		text_addf(&generator->text, "  %s %s%s,\n", path, is_read ? "r" : "", is_write ? "w" : "");
	}
	return 0;
}

/* ---- the kernel ---- */

/* What of /proc and /sys tells about the host or reaches into it, whatever is mounted over it or not. */
static void add_kernel_files(struct generator *generator)
{
	static const char *const rules[] = {
		"/proc/[0-9]*/{comm,coredump_filter,oom_score_adj,timerslack_ns} rw", "/proc/[0-9]*/task/[0-9]*/comm rw",
		"audit deny /proc/{sys,bus,fs,irq,acpi,asound,scsi,tty,driver}/** wl",
		"audit deny /proc/{sysrq-trigger,kcore,kmem,mem,kallsyms,keys,key-users,timer_list,timer_stats,latency_stats,sched_debug} wl",
		"audit deny /proc/{kcore,kmem,mem,keys,timer_list,timer_stats,latency_stats,sched_debug} r",
		"audit deny /proc/{acpi,scsi}/** r",
		"audit deny /proc/[0-9]*/{mem,attr/**,uid_map,gid_map,setgroups,projid_map} wl",
		"audit deny /proc/[0-9]*/task/[0-9]*/{mem,attr/**,uid_map,gid_map,setgroups,projid_map} wl",
		"audit deny /sys/** wl",
		"audit deny /sys/{firmware,kernel/debug,kernel/security,kernel/tracing,fs/bpf,fs/selinux}/** r",
	};

	comment(generator, "The kernel's files.");
	for (size_t i = 0; i < ARRAY_COUNT(rules); i++)
		line(generator, rules[i]);
}

static void add_capabilities(struct generator *generator)
{
	const struct string_list *capabilities = &generator->plan->capabilities;

	comment(generator, capabilities->count > 0 ? "Capabilities: these and no others." : "No capabilities.");
	for (size_t i = 0; i < capabilities->count; i++) {
		char *name = arena_strdup(generator->arena, capabilities->items[i] + strlen("CAP_"));

		for (char *letter = name; *letter != '\0'; letter++)
			*letter = (char)tolower((unsigned char)*letter);
		text_addf(&generator->text, "  capability %s,\n", name);
	}
}

/* Numbers of the kernel (include/linux/socket.h), names of apparmor.d(5). */
static const struct { unsigned number; const char *name; } families[] = {
	{ 1, "unix" }, { 2, "inet" }, { 3, "ax25" }, { 4, "ipx" }, { 5, "appletalk" }, { 6, "netrom" }, { 7, "bridge" },
	{ 9, "x25" }, { 10, "inet6" }, { 11, "rose" }, { 15, "key" }, { 16, "netlink" }, { 17, "packet" }, { 21, "rds" },
	{ 23, "irda" }, { 24, "pppox" }, { 26, "llc" }, { 29, "can" }, { 30, "tipc" }, { 31, "bluetooth" }, { 32, "iucv" },
	{ 33, "rxrpc" }, { 35, "phonet" }, { 36, "ieee802154" }, { 38, "alg" }, { 39, "nfc" }, { 40, "vsock" }, { 41, "kcm" },
	{ 42, "qipcrtr" }, { 43, "smc" }, { 44, "xdp" },
};

static bool holds(const struct profile_condition *condition, uint64_t value)
{
	switch (condition->compare) {
	case PROFILE_EQUAL:
		return value == condition->value;
	case PROFILE_NOT_EQUAL:
		return value != condition->value;
	case PROFILE_LESS:
		return value < condition->value;
	case PROFILE_GREATER_EQUAL:
		return value >= condition->value;
	case PROFILE_MASKED_EQUAL:
		return (value & condition->mask) == condition->value;
	case PROFILE_COMPARE_COUNT:
		break;
	}
	return false;
}

/* Whether the rule lets a socket of the family through for at least some of the other arguments. */
static bool rule_allows(const struct profile_rule *rule, uint64_t family)
{
	if (rule->verdict != PROFILE_ALLOW && rule->verdict != PROFILE_ALLOW_IF)
		return false;
	for (size_t i = 0; i < rule->condition_count; i++)
		if (rule->conditions[i].argument == 0 && !holds(&rule->conditions[i], family))
			return false;
	return true;
}

static bool is_family_allowed(const struct profile *profile, uint64_t family)
{
	for (size_t i = 0; i < profile->rule_count; i++)
		if ((strcmp(profile->rules[i].call, "socket") == 0 || strcmp(profile->rules[i].call, "socketpair") == 0) &&
		    rule_allows(&profile->rules[i], family))
			return true;
	return false;
}

static void add_network(struct generator *generator)
{
	comment(generator, "Sockets: of the families that the filter of system calls lets through.");
	if (generator->profile == NULL) {
		line(generator, "network");
		line(generator, "unix");
		return;
	}
	for (size_t i = 0; i < ARRAY_COUNT(families); i++)
		if (is_family_allowed(generator->profile, families[i].number))
			text_addf(&generator->text, "  network %s,\n", families[i].name);
	if (is_family_allowed(generator->profile, families[0].number))
		line(generator, "unix");
}

/*
 * Whoever stops containers is unconfined, or has one of these profiles where a distribution gives it one. Nobody outside can be
 * traced or read, and no other profile can be changed to: there is no rule for it.
 */
static void add_others(struct generator *generator)
{
	static const char *const rules[] = {
		"signal (receive) peer=unconfined",
		"signal (receive) peer={runc,crun,podman,conmon,docker,dockerd,containerd,containerd-shim*,hardrun}",
		"signal (receive) peer=/usr/{bin,sbin,local/bin}/{runc,crun,podman,conmon,dockerd,containerd,containerd-shim*,hardrun}",
		"signal (send, receive) peer=@{profile_name}", "ptrace (trace, read, tracedby, readby) peer=@{profile_name}",
		"audit deny mount", "audit deny umount", "audit deny pivot_root",
	};

	comment(generator, "Other processes, and the view of the file system.");
	for (size_t i = 0; i < ARRAY_COUNT(rules); i++)
		line(generator, rules[i]);
}

/* ---- the whole ---- */

/* "web" out of "/etc/hardrun/policies/web.yaml": lower case letters, digits and dashes. */
static const char *make_stem(struct arena *arena, const char *policy)
{
	const char *slash = strrchr(policy, '/'), *start = slash != NULL ? slash + 1 : policy, *dot = strrchr(start, '.');
	size_t length = dot != NULL && dot > start ? (size_t)(dot - start) : strlen(start);
	char *stem = arena_strndup(arena, start, length < STEM_BYTES_MAX ? length : STEM_BYTES_MAX);

	for (char *letter = stem; *letter != '\0'; letter++)
		*letter = isalnum((unsigned char)*letter) ? (char)tolower((unsigned char)*letter) : '-';
	return *stem != '\0' ? stem : "policy";
}

static const char *hash_of(struct arena *arena, const char *body)
{
	char digits[SHA256_DIGEST_STRING_LENGTH];

	SHA256Data((const uint8_t *)body, strlen(body), digits);
	return arena_strndup(arena, digits, HASH_DIGITS);
}

static int write_body(struct generator *generator)
{
	int result;

	add_files(generator);
	result = add_devices(generator);
	if (result == 0)
		result = add_mounts(generator);
	if (result < 0)
		return result;
	add_kernel_files(generator);
	add_capabilities(generator);
	add_network(generator);
	add_others(generator);
	return 0;
}

int apparmor_generate(struct arena *arena, const struct plan *plan, const struct profile *profile, struct apparmor *ret_apparmor,
		      struct error *err)
{
	struct generator generator = { .arena = arena, .plan = plan, .profile = profile, .err = err };
	const char *name;
	int result;

	if (plan->is_privileged)
		return error_set(err, arena, ERROR_UNSUPPORTED, "a privileged container has no generated profile");
	if (profile != NULL && profile->prepared != NULL)
		return error_set(err, arena, ERROR_UNSUPPORTED, "the filter has no rules to make a profile of");
	text_init(&generator.text, arena);
	result = write_body(&generator);
	if (result < 0)
		return result;
	name = arena_printf(arena, APPARMOR_PREFIX "%s-%s", make_stem(arena, plan->policy_name != NULL ? plan->policy_name : ""),
			    hash_of(arena, generator.text.data));
	ret_apparmor->name = name;
	ret_apparmor->text = arena_printf(arena, HEAD "profile %s flags=(attach_disconnected,mediate_deleted) {%s}\n", name,
					  generator.text.data);
	ret_apparmor->body = ret_apparmor->text + strlen(HEAD);
	return 0;
}

bool apparmor_is_own(const char *name)
{
	const size_t length = strlen(name), prefix = strlen(APPARMOR_PREFIX);
	const char *hash = length > prefix + HASH_DIGITS ? name + length - HASH_DIGITS : NULL;

	return hash != NULL && strncmp(name, APPARMOR_PREFIX, prefix) == 0 && hash[-1] == '-' &&
	       strspn(hash, "0123456789abcdef") == HASH_DIGITS;
}
