#include "guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <hardrun/apparmor.h>

#include "world.h"

#define MEBIBYTE (INT64_C(1) << 20)

const struct guard_bounds guard_policies[] = {
	{ "tests/corpus/p0.yaml", "/home/user/hardrun/", "p0-", "docker.io/library/alpine", ":none:hardrun-isolated:p0-net:", ":",
			":no:",
	  1024 * MEBIBYTE, 1000000000, 256, 64 * MEBIBYTE, 256 * MEBIBYTE, 4096, 256, 16, false },
	{ "tests/corpus/p0-legit.yaml", "/home/user:/myredis/conf", "", "",
			":none:hardrun-isolated:p0-net:some-network:my-net:bridge:", ":CAP_CHOWN:",
	  ":no:unless-stopped:", 1024 * MEBIBYTE, 1000000000, 256, 64 * MEBIBYTE, 256 * MEBIBYTE, 4096, 256, 16, false },
	{ "policies/default.yaml", "/home/user/", "", "", ":none:hardrun-isolated:", ":",
	  ":no:on-failure:0:on-failure:1:on-failure:2:on-failure:3:on-failure:4:on-failure:5:", 4096 * MEBIBYTE,
			INT64_C(4000000000), 4096,
	  2048 * MEBIBYTE, 1024 * MEBIBYTE, 65536, 0, 16, false },
};
const size_t guard_policy_count = ARRAY_COUNT(guard_policies);

struct guard {
	struct arena *arena;
	const struct guard_bounds *bounds;
	unsigned drops, read_onlys, no_new_privileges, profiles, ipcs, cgroupns, users, memories, swaps, cpus, pids, shms, ports,
			networks,
		labels, drivers, log_sizes, log_files;
	bool has_files;
	int64_t memory, swap;
};

typedef const char *(*guard_check)(struct guard *guard, const char *value);

static const char *say(const struct guard *guard, const char *what, const char *value)
{
	return arena_printf(guard->arena, "%s: %s", what, value);
}

/* Plain digits, perhaps with one letter b behind; -1: not that. */
static int64_t number(const char *text, const char *suffix)
{
	char *end;
	int64_t value;

	if (text[0] < '0' || text[0] > '9' || (text[0] == '0' && text[1] >= '0' && text[1] <= '9'))
		return -1;
	value = strtoll(text, &end, 10);
	return strcmp(end, suffix) == 0 && value < INT64_MAX ? value : -1;
}

static bool is_in(const char *list, const char *word)
{
	char *wanted = NULL;
	bool is_found = strchr(word, '\n') == NULL && asprintf(&wanted, ":%s:", word) > 0 && strstr(list, wanted) != NULL;

	free(wanted);
	return is_found;
}

/* ---- values ---- */

static const char *check_plain(struct guard *guard, const char *value)
{
	return value[0] == '\0' && !guard->bounds->is_tampered ? say(guard, "empty value", value) : NULL;
}

static const char *check_any(struct guard *guard, const char *value)
{
	(void)guard;
	(void)value;
	return NULL;
}

static const char *check_user(struct guard *guard, const char *value)
{
	unsigned long uid = 0, gid = 0;
	int end = 0;

	guard->users++;
	if (sscanf(value, "%10lu:%10lu%n", &uid, &gid, &end) != 2 || value[end] != '\0' || strspn(value, "0123456789:") != strlen(value))
		return say(guard, "user", value);
	if (uid < 1 || gid < 1 || uid > INT32_MAX || gid > INT32_MAX || value[0] == '0' || strstr(value, ":0") != NULL)
		return say(guard, "user", value);
	return NULL;
}

static const char *check_drop(struct guard *guard, const char *value)
{
	guard->drops++;
	return strcmp(value, "ALL") == 0 ? NULL : say(guard, "dropped is", value);
}

static const char *check_add(struct guard *guard, const char *value)
{
	return is_in(guard->bounds->capabilities, value) ? NULL : say(guard, "capability", value);
}

static const char *check_security(struct guard *guard, const char *value)
{
	if (strcmp(value, "no-new-privileges") == 0)
		guard->no_new_privileges++;
	else if (strcmp(value, "seccomp=/proc/self/fd/3") == 0)
		guard->profiles++;
	else if (strncmp(value, "apparmor=", strlen("apparmor=")) != 0 || !apparmor_is_own(value + strlen("apparmor=")))
		return say(guard, "security option", value);
	return NULL;
}

static const char *check_private_ipc(struct guard *guard, const char *value)
{
	guard->ipcs++;
	return strcmp(value, "private") == 0 ? NULL : say(guard, "ipc", value);
}

static const char *check_private_cgroup(struct guard *guard, const char *value)
{
	guard->cgroupns++;
	return strcmp(value, "private") == 0 ? NULL : say(guard, "cgroupns", value);
}

static const char *check_memory(struct guard *guard, const char *value)
{
	guard->memories++;
	guard->memory = number(value, "b");
	return guard->memory >= 6 * MEBIBYTE && guard->memory <= guard->bounds->memory ? NULL : say(guard, "memory", value);
}

static const char *check_swap(struct guard *guard, const char *value)
{
	guard->swaps++;
	guard->swap = number(value, "b");
	return guard->swap > 0 ? NULL : say(guard, "swap", value);
}

static const char *check_reservation(struct guard *guard, const char *value)
{
	return number(value, "b") > 0 && number(value, "b") <= guard->bounds->memory ? NULL : say(guard, "reservation", value);
}

/* "0.5": digits with at most nine behind a point. */
static const char *check_cpus(struct guard *guard, const char *value)
{
	const size_t whole = strspn(value, "0123456789");
	int64_t nano = strtoll(value, NULL, 10) * 1000000000, unit = 100000000;

	guard->cpus++;
	if (whole == 0 || whole > 6 || (value[whole] != '\0' && value[whole] != '.'))
		return say(guard, "cpus", value);
	for (const char *digit = value + whole + (value[whole] == '.'); *digit != '\0'; digit++, unit /= 10) {
		if (*digit < '0' || *digit > '9' || unit == 0)
			return say(guard, "cpus", value);
		nano += (*digit - '0') * unit;
	}
	return nano > 0 && nano <= guard->bounds->nano_cpus ? NULL : say(guard, "cpus", value);
}

static const char *check_pids(struct guard *guard, const char *value)
{
	guard->pids++;
	return number(value, "") > 0 && number(value, "") <= guard->bounds->pids ? NULL : say(guard, "pids", value);
}

static const char *check_shm(struct guard *guard, const char *value)
{
	guard->shms++;
	return number(value, "b") > 0 && number(value, "b") <= guard->bounds->shm ? NULL : say(guard, "shm", value);
}

static const char *check_natural(struct guard *guard, const char *value)
{
	return number(value, "") >= 0 && number(value, "") <= 1024 ? NULL : say(guard, "number", value);
}

static const char *check_count(struct guard *guard, const char *value)
{
	return number(value, "") >= 0 && number(value, "") <= INT32_MAX ? NULL : say(guard, "count", value);
}

static const char *check_ulimit(struct guard *guard, const char *value)
{
	const char *equals = strchr(value, '='), *colon = equals == NULL ? NULL : strchr(equals, ':');
	int64_t soft, hard, most;

	if (colon == NULL)
		return say(guard, "ulimit", value);
	soft = number(arena_strndup(guard->arena, equals + 1, (size_t)(colon - equals - 1)), "");
	hard = number(colon + 1, "");
	most = strncmp(value, "nofile=", 7) == 0 ? guard->bounds->nofile : strncmp(value, "nproc=", 6) == 0 ? guard->bounds->nproc : 0;
	if (most == 0 && strncmp(value, "core=", 5) != 0)
		return say(guard, "ulimit", value);
	return soft >= 0 && soft <= hard && hard <= most ? NULL : say(guard, "ulimit", value);
}

static const char *check_network(struct guard *guard, const char *value)
{
	guard->networks++;
	return is_in(guard->bounds->networks, value) ? NULL : say(guard, "network", value);
}

/* "127.0.0.1:8080:80/tcp", "[::1]:8080:80/tcp" (default policy alone), the host's port perhaps empty. */
static const char *check_port(struct guard *guard, const char *value)
{
	const bool is_six = strncmp(value, "[::1]:", 6) == 0;
	const char *rest = value + (is_six ? 6 : 10);
	unsigned host = 1024, container = 0;
	char protocol[8] = "", end = 'x';

	if (++guard->ports > guard->bounds->ports || (!is_six && strncmp(value, "127.0.0.1:", 10) != 0))
		return say(guard, "port", value);
	if (is_six && strstr(guard->bounds->policy, "default") == NULL)
		return say(guard, "port", value);
	if (rest[0] == ':')
		rest++;
	else if (sscanf(rest, "%5u%c", &host, &end) != 2 || end != ':')
		return say(guard, "port", value);
	else
		rest = strchr(rest, ':') + 1;
	if (sscanf(rest, "%5u/%7s", &container, protocol) != 2 || !is_in(":tcp:udp:sctp:", protocol))
		return say(guard, "port", value);
	if (host < 1024 || host > 65535 || container < 1 || container > 65535 || (host >= 2375 && host <= 2377))
		return say(guard, "port", value);
	return NULL;
}

/* ---- files ---- */

static const char *const forbidden_targets[] = { "/proc", "/sys", "/dev", "/bin", "/sbin", "/lib", "/lib64" };

static const char *target_complaint(struct guard *guard, const char *target)
{
	const size_t length = strlen(target);

	if (target[0] != '/' || length < 2 || strstr(target, "//") != NULL || strstr(target, "/../") != NULL || strstr(target,
			"/./") != NULL ||
	    target[length - 1] == '/' || (length > 2 && strcmp(target + length - 3, "/..") == 0) || strcmp(target, "/etc") == 0 ||
	    strcmp(target, "/usr") == 0)
		return say(guard, "target", target);
	if (strcmp(target, "/dev/shm") == 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_COUNT(forbidden_targets); i++) {
		const size_t prefix = strlen(forbidden_targets[i]);

		if (strncmp(target, forbidden_targets[i], prefix) == 0 && (target[prefix] == '\0' || target[prefix] == '/'))
			return say(guard, "target", target);
	}
	if (strncmp(target, "/etc/passwd", 11) == 0 || strncmp(target, "/etc/shadow", 11) == 0 || strncmp(target, "/etc/ld.so", 10) == 0)
		return say(guard, "target", target);
	return NULL;
}

/* By plain text: every one of these is a real directory of the made-up machine, so there is no link to be followed. */
static bool is_source_fine(const struct guard *guard, const char *source)
{
	const char *list = guard->bounds->sources;

	if (source[0] != '/' || strstr(source, "/..") != NULL || strstr(source, "link") != NULL || strstr(source, ".sock") != NULL)
		return false;
	if (strstr(source, "/.ssh") != NULL || strstr(source, "/.aws") != NULL) /* named by one policy, literally */
		return strstr(guard->bounds->policy, "p0-legit") != NULL &&
		       (strcmp(source, "/home/user/.ssh") == 0 || strcmp(source, "/home/user/.aws") == 0);
	for (size_t length = strcspn(list, ":"); length > 0; length = strcspn(list, ":")) {
		if (strncmp(source, list, length) == 0 && (list[length - 1] == '/' ? source[length] != '\0'
							   : source[length] == '\0' || source[length] == '/'))
			return true;
		list += length + (list[length] == ':');
	}
	return false;
}

/* One field of a CSV line, quotes undone; NULL at the end. */
static const char *csv_field(struct arena *arena, const char **rest)
{
	const bool is_quoted = **rest == '"';
	struct text field;

	if (**rest == '\0')
		return NULL;
	text_init(&field, arena);
	for (*rest += is_quoted; **rest != '\0'; (*rest)++) {
		if (is_quoted && **rest == '"' && (*rest)[1] != '"') {
			(*rest)++;
			break;
		}
		if (!is_quoted && **rest == ',')
			break;
		*rest += is_quoted && **rest == '"';
		text_add_bytes(&field, *rest, 1);
	}
	*rest += **rest == ',';
	return field.data;
}

static const char *check_mount(struct guard *guard, const char *value)
{
	const char *type = "", *source = "", *target = "", *field, *rest = value;
	bool is_private = false, is_read_only = false;

	while ((field = csv_field(guard->arena, &rest)) != NULL) {
		if (strncmp(field, "type=", 5) == 0)
			type = field + 5;
		else if (strncmp(field, "source=", 7) == 0)
			source = field + 7;
		else if (strncmp(field, "target=", 7) == 0)
			target = field + 7;
		else if (strcmp(field, "bind-propagation=rprivate") == 0)
			is_private = true;
		else if (strcmp(field, "readonly") == 0)
			is_read_only = true;
		else if (strcmp(field, "volume-nocopy") != 0)
			return say(guard, "mount key", field);
	}
	if (target_complaint(guard, target) != NULL)
		return target_complaint(guard, target);
	if (strcmp(type, "volume") == 0)
		return source[0] != '\0' && strchr(source, '/') == NULL && strncmp(source, guard->bounds->volumes,
				strlen(guard->bounds->volumes)) == 0
			? NULL : say(guard, "volume", value);
	if (strcmp(type, "bind") != 0 || !is_private || !is_source_fine(guard, source))
		return say(guard, "bind", value);
	/* Keys are lent to be read. */
	return strcmp(source, "/home/user/.ssh") == 0 && !is_read_only ? say(guard, "writable keys", value) : NULL;
}

static const char *check_tmpfs(struct guard *guard, const char *value)
{
	const char *colon = strchr(value, ':'), *complaint, *field, *rest = colon + 1;
	bool has_nosuid = false, has_nodev = false, has_noexec = false;
	int64_t size = 0;

	if (colon == NULL)
		return say(guard, "tmpfs", value);
	complaint = target_complaint(guard, arena_strndup(guard->arena, value, (size_t)(colon - value)));
	while (complaint == NULL && (field = csv_field(guard->arena, &rest)) != NULL) {
		has_nosuid = has_nosuid || strcmp(field, "nosuid") == 0;
		has_nodev = has_nodev || strcmp(field, "nodev") == 0;
		has_noexec = has_noexec || strcmp(field, "noexec") == 0;
		if (strncmp(field, "size=", 5) == 0)
			size = number(field + 5, "");
		else if (!is_in(":rw:ro:noexec:nosuid:nodev:", field) && strncmp(field, "mode=", 5) != 0 && strncmp(field, "uid=", 4) != 0 &&
			 strncmp(field, "gid=", 4) != 0)
			complaint = say(guard, "tmpfs option", field);
		if (strncmp(field, "mode=", 5) == 0 && (strlen(field) != 9 || strchr("01", field[5]) == NULL))
			complaint = say(guard, "tmpfs mode", field);
	}
	if (complaint == NULL && (!has_nosuid || !has_nodev || !has_noexec || size <= 0 || size > guard->bounds->tmpfs))
		complaint = say(guard, "tmpfs", value);
	return complaint;
}

/* ---- names ---- */

static const char *check_variable(struct guard *guard, const char *value)
{
	if (value[0] == '=' || strchr(value, '=') == NULL || strncmp(value, "LD_", 3) == 0 || strncmp(value, "NVIDIA_", 7) == 0 ||
	    strncmp(value, "GCONV_PATH=", 11) == 0)
		return say(guard, "variable", value);
	return NULL;
}

static const char *check_label(struct guard *guard, const char *value)
{
	static const char *const reserved[] = { "com.docker.", "io.kubernetes.", "org.systemd.", "run.oci.", "traefik.",
			"io.podman.", "io.containers." };

	if (strncmp(value, "io.hardrun.", 11) == 0)
		guard->labels++;
	for (size_t i = 0; i < ARRAY_COUNT(reserved); i++) {
		if (strncmp(value, reserved[i], strlen(reserved[i])) == 0)
			return say(guard, "label", value);
	}
	return value[0] == '=' ? say(guard, "label", value) : NULL;
}

static const char *check_restart(struct guard *guard, const char *value)
{
	return is_in(guard->bounds->restarts, value) || value[0] == '\0' ? NULL : say(guard, "restart", value);
}

static const char *check_log_driver(struct guard *guard, const char *value)
{
	guard->has_files = strcmp(value, "json-file") == 0 || strcmp(value, "local") == 0;
	guard->drivers++;
	return is_in(":json-file:local:none:journald:", value) ? NULL : say(guard, "log driver", value);
}

/* "10m", ".5G", "1kib": what docker reads as a size, small enough; or a number of files. */
static const char *check_log_option(struct guard *guard, const char *value)
{
	const char *text = value + 9, *unit = text + strspn(text, "0123456789.");
	const char *powers = "bkm", *power = unit[0] == '\0' ? powers : strchr(powers, unit[0] | 0x20);
	double size = strtod(text, NULL);

	if (strncmp(value, "max-file=", 9) == 0) {
		guard->log_files++;
		return number(text, "") >= 1 && number(text, "") <= 5 ? NULL : say(guard, "log option", value);
	}
	if (is_in(":compress=true:compress=false:", value))
		return NULL;
	if (strncmp(value, "max-size=", 9) != 0 || unit == text || power == NULL || strlen(unit) > 3)
		return say(guard, "log option", value);
	guard->log_sizes++;
	for (; power > powers; power--)
		size *= 1024;
	return size > 0 && size <= (double)(50 * MEBIBYTE) ? NULL : say(guard, "log option", value);
}

static const char *check_descriptor(struct guard *guard, const char *value)
{
	return strcmp(value, "/proc/self/fd/4") == 0 ? NULL : say(guard, "env-file", value);
}

static const char *check_directory(struct guard *guard, const char *value)
{
	const char *padded = arena_printf(guard->arena, "%s/", value);

	if (value[0] != '/' || strstr(padded, "/../") != NULL || strncmp(padded, "/proc/", 6) == 0 || strncmp(padded, "/sys/", 5) == 0)
		return say(guard, "working directory", value);
	return NULL;
}

static const char *check_cidfile(struct guard *guard, const char *value)
{
	return strncmp(value, "/tmp/", 5) == 0 || strncmp(value, "/home/user/", 11) == 0 ? NULL : say(guard, "cidfile", value);
}

/* More confinement than anybody asked for: the one runtime that hardrun ever names. */
static const char *check_runtime(struct guard *guard, const char *value)
{
	return strcmp(value, "runsc") == 0 ? NULL : say(guard, "runtime", value);
}

static const char *check_platform(struct guard *guard, const char *value)
{
	return strcmp(value, "linux/amd64") == 0 ? NULL : say(guard, "platform", value);
}

static const char *check_read_only(struct guard *guard, const char *value)
{
	(void)value;
	guard->read_onlys++;
	return NULL;
}

/* ---- the line ---- */

/* Every word that may stand before the image. What is not here (--privileged, --device, --pid ...) must never be rendered. */
static const struct word {
	const char *flag;
	bool is_switch;
	guard_check check;
} allowed_words[] = {
	{ "--add-host", false, check_plain }, { "--attach", false, check_plain }, { "--blkio-weight", false, check_natural },
	{ "--cap-add", false, check_add }, { "--cap-drop", false, check_drop }, { "--cgroupns", false, check_private_cgroup },
	{ "--cidfile", false, check_cidfile }, { "--cpu-shares", false, check_natural }, { "--cpus", false, check_cpus },
	{ "--cpuset-cpus", false, check_plain }, { "--cpuset-mems", false, check_plain }, { "--detach", true, check_any },
			{ "--detach-keys", false, check_any },
	{ "--dns", false, check_plain }, { "--dns-option", false, check_plain }, { "--dns-search", false, check_plain },
	{ "--domainname", false, check_plain }, { "--entrypoint", false, check_any }, { "--env", false, check_variable },
	{ "--env-file", false, check_descriptor }, { "--expose", false, check_plain }, { "--health-cmd", false, check_any },
	{ "--health-interval", false, check_plain }, { "--health-retries", false, check_count },
	{ "--health-start-interval", false, check_plain }, { "--health-start-period", false, check_plain },
	{ "--health-timeout", false, check_plain }, { "--hostname", false, check_plain }, { "--init", true, check_any },
	{ "--interactive", true, check_any }, { "--ipc", false, check_private_ipc }, { "--label", false, check_label },
	{ "--log-driver", false, check_log_driver }, { "--log-opt", false, check_log_option }, { "--memory", false, check_memory },
	{ "--memory-reservation", false, check_reservation }, { "--memory-swap", false, check_swap },
	{ "--memory-swappiness", false, check_natural }, { "--mount", false, check_mount }, { "--name", false, check_plain },
	{ "--network", false, check_network }, { "--network-alias", false, check_plain }, { "--no-healthcheck", true, check_any },
	{ "--oom-score-adj", false, check_natural }, { "--pids-limit", false, check_pids }, { "--platform", false, check_platform },
	{ "--publish", false, check_port }, { "--pull", false, check_plain }, { "--read-only", true, check_read_only },
	{ "--restart", false, check_restart }, { "--rm", true, check_any }, { "--runtime", false, check_runtime },
			{ "--security-opt", false, check_security },
	{ "--shm-size", false, check_shm }, { "--sig-proxy=false", true, check_any }, { "--stop-signal", false, check_plain },
	{ "--stop-timeout", false, check_count }, { "--tmpfs", false, check_tmpfs }, { "--tty", true, check_any },
	{ "--ulimit", false, check_ulimit }, { "--user", false, check_user }, { "--workdir", false, check_directory },
};

static const char *counts_complaint(const struct guard *guard)
{
	const struct { const char *what; unsigned count; } once[] = {
		{ "--cap-drop ALL", guard->drops }, { "--read-only", guard->read_onlys }, { "no-new-privileges", guard->no_new_privileges },
		{ "a seccomp profile", guard->profiles }, { "--ipc", guard->ipcs }, { "--cgroupns", guard->cgroupns }, { "--user",
				guard->users },
		{ "--memory", guard->memories }, { "--memory-swap", guard->swaps }, { "--cpus", guard->cpus }, { "--pids-limit", guard->pids },
		{ "--shm-size", guard->shms },
	};

	for (size_t i = 0; i < ARRAY_COUNT(once); i++) {
		if (once[i].count != 1)
			return arena_printf(guard->arena, "%s stands there %u times", once[i].what, once[i].count);
	}
	if (guard->memory != guard->swap)
		return "swap is not memory";
	if (guard->drivers != 1 || (guard->has_files && (guard->log_sizes != 1 || guard->log_files != 1)))
		return "a log without a bound";
	if (guard->networks == 0 || guard->labels == 0)
		return "no network, or no label of ours";
	return NULL;
}

static const char *variables_complaint(struct guard *guard, const char *variables)
{
	char *copy = arena_strdup(guard->arena, variables), *line;

	while ((line = strsep(&copy, "\n")) != NULL && copy != NULL) {
		const char *complaint = check_variable(guard, line);

		if (complaint != NULL)
			return complaint;
	}
	return NULL;
}

static const char *image_complaint(const struct guard *guard, const char *image)
{
	const char *prefix = guard->bounds->images, *behind = image + strlen(prefix);

	if (image == NULL || image[0] == '-' || strncmp(image, prefix, strlen(prefix)) != 0)
		return say(guard, "image", image == NULL ? "none" : image);
	/* A name, not only the beginning of one. */
	return prefix[0] != '\0' && *behind != ':' && *behind != '@' ? say(guard, "image", image) : NULL;
}

const char *guard_complaint(struct arena *arena, const struct guard_bounds *bounds, const char *const *argv,
		const char *variables)
{
	static const char *const head[] = { "/usr/bin/docker", "--host", "unix:///run/wire.sock", "--config", NULL, "run" };
	struct guard guard = { .arena = arena, .bounds = bounds };
	const char *complaint = NULL;

	for (size_t i = 0; i < ARRAY_COUNT(head); i++, argv++) {
		if (*argv == NULL || (head[i] != NULL && strcmp(*argv, head[i]) != 0))
			return "the line does not begin as it should";
	}
	for (; complaint == NULL && *argv != NULL && (*argv)[0] == '-'; argv++) {
		const struct word *word = allowed_words;

		while (word < allowed_words + ARRAY_COUNT(allowed_words) && strcmp(word->flag, *argv) != 0)
			word++;
		if (word == allowed_words + ARRAY_COUNT(allowed_words) || (!word->is_switch && argv[1] == NULL))
			return say(&guard, "a word that must not be", *argv);
		argv += !word->is_switch;
		complaint = word->check(&guard, *argv);
	}
	if (complaint == NULL && variables != NULL)
		complaint = variables_complaint(&guard, variables);
	if (complaint == NULL)
		complaint = counts_complaint(&guard);
	return complaint != NULL ? complaint : image_complaint(&guard, *argv);
}

/* ---- the profile ---- */

const char *guard_profile_complaint(struct arena *arena, const char *json)
{
	static const char *const never[] = { "mount", "bpf", "ptrace", "keyctl", "init_module", "kexec_load", "setns", "unshare",
					     "open_by_handle_at", "pivot_root", "userfaultfd", "perf_event_open", "reboot", "swapon" };
	json_t *profile = json == NULL ? NULL : json_loads(json, 0, NULL), *rule, *name;
	const char *action = json_string_value(json_object_get(profile, "defaultAction"));
	const char *complaint = action == NULL || strcmp(action, "SCMP_ACT_ERRNO") != 0 ? "the default is not to refuse" : NULL;
	size_t i, k, allowed = 0;

	json_array_foreach(json_object_get(profile, "syscalls"), i, rule) {
		const char *what = json_string_value(json_object_get(rule, "action"));

		json_array_foreach(json_object_get(rule, "names"), k, name) {
			for (size_t n = 0; n < ARRAY_COUNT(never); n++) {
				if (strcmp(json_string_value(name), never[n]) == 0 && what != NULL && strcmp(what, "SCMP_ACT_ALLOW") == 0)
					complaint = arena_printf(arena, "%s is allowed", never[n]);
			}
			allowed++;
		}
	}
	if (complaint == NULL && allowed < 100)
		complaint = "too little is allowed to be true";
	json_decref(profile);
	return complaint;
}

/* ---- plans ---- */

const char *guard_plan_complaint(struct arena *arena, const struct world *world, struct json_t *json,
				 const struct guard_bounds *bounds, bool *ret_is_within)
{
	struct guard_bounds tampered = *bounds;
	struct host_facts facts = world->facts;
	struct plan plan = { 0 };
	struct launch launch;
	struct error err = { 0 };
	bool is_within = plan_read(arena, json, &plan, &err) == 0;

	if (is_within) {
		/* The monitor's own, never the judge's. */
		plan.seccomp = &world->policy->seccomp;
		plan.ceiling_seccomp = &world->ceiling->seccomp;
		plan.is_create_only = false;
		is_within = plan.backend == BACKEND_DOCKER && world_beyond(arena, world, &plan, &facts) == NULL &&
			    backend_render(arena, &plan, &facts, world->profile, &launch, &err) == 0;
	}
	if (ret_is_within != NULL)
		*ret_is_within = is_within;
	if (!is_within)
		return NULL;
	string_list_add(arena, &launch.argv, NULL);
	tampered.is_tampered = true;
	return guard_complaint(arena, &tampered, launch.argv.items, launch.env_file);
}
