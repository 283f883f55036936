/* items: the checks of single texts that the key table names. Each knows one grammar and one remedy. */
#include <arpa/inet.h>
#include <signal.h>
#include <string.h>

#include <cap-ng.h>

#include "policy_internal.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

enum { LOG_FILES_MAX = 100 }; /* as allow.logging.max_file */
enum { PROFILE_NAME_BYTES_MAX = 128, CONTEXT_PART_BYTES_MAX = 256 };

static bool refuse(struct complaint *complaint, const char *reason, const char *remedy)
{
	complaint->reason = reason;
	complaint->remedy = remedy;
	return false;
}

static bool has_only(const char *text, const char *alphabet)
{
	return text[strspn(text, alphabet)] == '\0';
}

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool item_filled(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	(void)arena;
	return text[0] != '\0' || refuse(ret_complaint, "is empty", NULL);
}

bool policy_is_profile_name(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	const size_t length = strlen(name);

	return length > 0 && length <= PROFILE_NAME_BYTES_MAX && strspn(name, letters) == length &&
	       strspn(name, "0123456789_.-") == 0;
}

/* ${more}: letters beside those of every part. */
static bool is_context_part(const char *text, const char *more)
{
	static const char *const names[] = { "user:", "role:", "type:", "level:" };
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		const char *value = text + strlen(names[i]);

		if (!starts_with(text, names[i]))
			continue;
		for (const char *c = value; *c != '\0'; c++)
			if (strchr(letters, *c) == NULL && strchr(more, *c) == NULL && (strcmp(names[i], "level:") != 0 || strchr(":,", *c) == NULL))
				return false;
		return *value != '\0' && strlen(value) <= CONTEXT_PART_BYTES_MAX;
	}
	return false;
}

bool policy_is_context_part(const char *text)
{
	return is_context_part(text, "");
}

bool item_context(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	(void)arena;
	return is_context_part(text, "*?") ||
	       refuse(ret_complaint, "is not a part of a SELinux context", "write it as in type:container_t");
}

bool item_apparmor(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	(void)arena;
	if (strcmp(text, "off") == 0 || strcmp(text, "none") == 0 || strcmp(text, "false") == 0)
		return refuse(ret_complaint, "is not a profile", "write unconfined, with the hazard unconfined-apparmor, or leave it out");
	return policy_is_profile_name(text) ||
	       refuse(ret_complaint, "is not the name of a profile", "write generated, or a name of letters, digits, _ . and -");
}

/* ---- paths ---- */

/* What is wrong with an absolute path or glob, its "~" or "." already passed over. */
static bool path_complaint(struct arena *arena, const char *path, const char *text, struct complaint *complaint)
{
	const size_t length = strlen(text);

	if (path_is_clean(path))
		return true;
	if (length > 1 && text[length - 1] == '/')
		return refuse(complaint, "ends in a slash, and what it is compared with never does",
			      arena_printf(arena, "write %s, or %s** for what lies below", arena_strndup(arena, text, length - 1), text));
	return refuse(complaint, "is not a clean path", "leave out \"..\", \".\" and doubled slashes");
}

bool item_source(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	const bool is_relative = text[0] == '~' || text[0] == '.';

	if (strstr(text, "${") != NULL)
		return refuse(ret_complaint, "holds a ${...}, which is not expanded",
			      "write ./** for the working directory, ~/** for the caller's home");
	if (is_relative && text[1] == '\0')
		return true;
	if (is_relative && text[1] == '/')
		return path_complaint(arena, text + 1, text, ret_complaint);
	if (text[0] != '/')
		return refuse(ret_complaint, "is not a path the policy can tell",
			      "start with / (absolute), ~/ (the caller's home) or ./ (the working directory)");
	return path_complaint(arena, text, text, ret_complaint);
}

bool item_path_glob(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	if (starts_with(text, "**"))
		return strstr(text, "..") == NULL || refuse(ret_complaint, "is not a clean path", "leave out \"..\"");
	return item_source(arena, text, ret_complaint);
}

bool item_target(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	if (text[0] == '*')
		return true;
	if (text[0] != '/')
		return refuse(ret_complaint, "is not an absolute container path", "start with /");
	return path_complaint(arena, text, text, ret_complaint);
}

bool item_directory(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	if (text[0] != '/')
		return refuse(ret_complaint, "is not an absolute path", "start with /");
	return path_complaint(arena, text, text, ret_complaint);
}

bool item_device(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	const char *colon = strchr(text, ':');
	const char *path = colon == NULL ? text : arena_strndup(arena, text, (size_t)(colon - text));

	if (glob_has_wildcard(text))
		return refuse(ret_complaint, "has a wildcard: devices are named one by one", NULL);
	if (!starts_with(path, "/dev/") || !path_is_clean(path))
		return refuse(ret_complaint, "is not a path below /dev", "write /dev/NAME or /dev/NAME:rw");
	if (colon != NULL && (colon[1] == '\0' || !has_only(colon + 1, "rwm") || strlen(colon + 1) > 3))
		return refuse(ret_complaint, "has permissions that are not made of r, w and m", "write /dev/NAME:rw");
	return true;
}

/* ---- networks ---- */

static bool network_name(const char *text, const char *alphabet, struct complaint *complaint)
{
	if (strcmp(text, "default") == 0)
		return refuse(complaint, "is the engine's word for its shared bridge", "write isolated, or bridge if that one is meant");
	if (strchr(text, ':') != NULL)
		return refuse(complaint, "joins another container's or process's network, which is never allowed", NULL);
	if (text[0] == '\0' || !has_only(text, alphabet) || strchr("_.-", text[0]) != NULL)
		return refuse(complaint, "is not the name of a network", "names have letters, digits, _ . and -");
	return true;
}

bool item_network(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	(void)arena;
	return network_name(text, LOWER UPPER DIGITS "_.-", ret_complaint);
}

bool item_networks(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	(void)arena;
	return network_name(text, LOWER UPPER DIGITS "_.-*?", ret_complaint);
}

bool item_address(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	const int family = strchr(text, ':') == NULL ? AF_INET : AF_INET6;
	unsigned char bytes[16];
	char canonical[INET6_ADDRSTRLEN];

	if (inet_pton(family, text, bytes) != 1 || inet_ntop(family, bytes, canonical, sizeof(canonical)) == NULL)
		return refuse(ret_complaint, "is not an IP address", "write one as in 127.0.0.1 or ::1");
	if (strcmp(canonical, text) != 0)
		return refuse(ret_complaint, "is not the usual spelling of that address", arena_printf(arena, "write %s", canonical));
	return true;
}

bool item_hostname(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	const size_t length = strlen(text);

	(void)arena;
	if (length == 0 || length > 63 || !has_only(text, LOWER UPPER DIGITS ".-") || strchr(".-", text[0]) != NULL ||
	    strchr(".-", text[length - 1]) != NULL || strstr(text, "..") != NULL)
		return refuse(ret_complaint, "is not a host name", "use letters, digits, - and ., at most 63 of them");
	return true;
}

bool item_secret(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	(void)arena;
	if (text[0] == '\0' || strlen(text) > 255 || !has_only(text, LOWER UPPER DIGITS "_.-") || strchr(".-", text[0]) != NULL)
		return refuse(ret_complaint, "is not the name of a credential", "use letters, digits, _, - and .");
	return true;
}

bool item_engine_host(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	const char *scheme = "unix://";

	(void)arena;
	if (!starts_with(text, scheme))
		return refuse(ret_complaint, "is not supported yet: only unix://", "write unix:///var/run/docker.sock");
	if (!path_is_clean(text + strlen(scheme)))
		return refuse(ret_complaint, "names no absolute, clean path", "write unix:///var/run/docker.sock");
	return true;
}

/* ---- mounts ---- */

bool item_tmpfs(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	struct mount_request mount = { 0 };
	const char *reason = NULL;

	if (!request_parse_tmpfs(arena, text, &mount, &reason))
		return refuse(ret_complaint, arena_printf(arena, "is not TARGET[:OPTIONS]: %s", reason), "write /tmp:size=16m");
	if (mount.is_suid || mount.is_dev)
		return refuse(ret_complaint, "asks for suid or dev, which a tmpfs never has", "leave the option out");
	return true;
}

bool item_volume(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	struct mount_request mount = { 0 };
	const char *reason = NULL;

	if (!request_parse_volume(arena, text, &mount, &reason))
		return refuse(ret_complaint, arena_printf(arena, "is not SOURCE:TARGET[:ro]: %s", reason), "write /srv/site:/srv:ro");
	if (mount.type != MOUNT_BIND && mount.type != MOUNT_VOLUME)
		return refuse(ret_complaint, "has no source", "name a directory or a volume, or put the target under tmpfs:");
	return true;
}

bool item_volume_name(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	(void)arena;
	if (strchr(text, '/') != NULL)
		return refuse(ret_complaint, "is a path, and this key takes names of volumes", "use source: for directories");
	if (text[0] == '\0' || !has_only(text, LOWER UPPER DIGITS "_.-*?") || strchr("_.-", text[0]) != NULL)
		return refuse(ret_complaint, "is not a name or glob of volumes", "names have letters, digits, _ . and -");
	return true;
}

/* ---- the rest ---- */

bool item_signal(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	const char *name = starts_with(text, "SIG") ? text + 3 : text;
	uint64_t number;

	(void)arena;
	if (parse_decimal(text, &number) && number >= 1 && number <= 64)
		return true;
	for (int i = 1; i < 32; i++) {
		const char *known = sigabbrev_np(i);

		if (known != NULL && strcmp(known, name) == 0)
			return true;
	}
	if (starts_with(name, "RTMIN+") && parse_decimal(name + 6, &number) && number <= 30)
		return true;
	return refuse(ret_complaint, "is not a signal", "write a name such as SIGTERM or a number from 1 to 64");
}

bool item_capability(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	char *name = arena_strdup(arena, text);
	struct string_list known = { 0 };
	const char *near;

	for (char *byte = name; *byte != '\0'; byte++) {
		if (*byte >= 'A' && *byte <= 'Z')
			*byte = (char)(*byte - 'A' + 'a');
	}
	if (starts_with(name, "cap_"))
		name += 4;
	if (strcmp(name, "all") == 0)
		return refuse(ret_complaint, "is never granted", "name the capabilities one by one");
	if (capng_name_to_capability(name) >= 0)
		return true;
	for (unsigned i = 0; capng_capability_to_name(i) != NULL && i <= CAP_LAST_CAP; i++)
		string_list_add(arena, &known, arena_strdup(arena, capng_capability_to_name(i)));
	near = string_nearest(name, known.items, known.count);
	if (near == NULL)
		return refuse(ret_complaint, "is not a capability", "capabilities(7) lists them");
	name = arena_strdup(arena, near);
	for (char *byte = name; *byte != '\0'; byte++) {
		if (*byte >= 'a' && *byte <= 'z')
			*byte = (char)(*byte - 'a' + 'A');
	}
	return refuse(ret_complaint, "is not a capability", arena_printf(arena, "did you mean %s?", name));
}

bool item_group(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	const char *dash = strchr(text, '-');
	uint64_t first, last;

	if (!parse_decimal(dash == NULL ? text : arena_strndup(arena, text, (size_t)(dash - text)), &first))
		return refuse(ret_complaint, "is not a group number or range", "write 2000 or 2000-2099");
	last = first;
	if (dash != NULL && !parse_decimal(dash + 1, &last))
		return refuse(ret_complaint, "is not a group number or range", "write 2000 or 2000-2099");
	if (first == 0 || last < first || last > INT32_MAX)
		return refuse(ret_complaint, "is not within 1 to 2147483647, smaller number first", NULL);
	return true;
}

bool item_restart(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	const char *const words[] = { "no", "on-failure", "always", "unless-stopped" };
	const char *prefix = "on-failure:";
	uint64_t count;

	(void)arena;
	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		if (strcmp(words[i], text) == 0)
			return true;
	}
	if (starts_with(text, prefix) && parse_decimal(text + strlen(prefix), &count) && count >= 1 && count <= 1000)
		return true;
	return refuse(ret_complaint, "is not a restart policy", "write no, on-failure, on-failure:5, always or unless-stopped");
}

bool item_platform(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	const char *prefix = "linux/";

	(void)arena;
	if (!starts_with(text, prefix) || text[strlen(prefix)] == '\0' || !has_only(text, LOWER DIGITS "/") ||
	    text[strlen(text) - 1] == '/' || strstr(text, "//") != NULL)
		return refuse(ret_complaint, "is not a platform", "write linux/ARCHITECTURE, as in linux/arm64");
	return true;
}

bool item_cpuset(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	const char *rest = text;
	uint64_t number;

	while (*rest != '\0') {
		const size_t length = strspn(rest, DIGITS);

		if (!parse_decimal(arena_strndup(arena, rest, length), &number) || number > 8191)
			break;
		rest += length;
		if (*rest == '\0')
			return true;
		if ((*rest != ',' && *rest != '-') || rest[1] == '\0')
			break;
		rest++;
	}
	return refuse(ret_complaint, "is not a list of processors", "write as in 0-3 or 0,2");
}

bool item_ulimit_name(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	static const char *const names[] = { "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile",
					     "nproc", "rss", "rtprio", "rttime", "sigpending", "stack" };
	const char *near;

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		if (strcmp(names[i], text) == 0)
			return true;
	}
	near = string_nearest(text, names, ARRAY_COUNT(names));
	if (near != NULL)
		return refuse(ret_complaint, "is not a resource limit", arena_printf(arena, "did you mean %s?", near));
	return refuse(ret_complaint, "is not a resource limit", "the names are those of docker run --ulimit, such as nofile");
}

bool item_variable(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	(void)arena;
	if (text[0] == '\0' || strchr(text, '=') != NULL)
		return refuse(ret_complaint, "is not the name of a variable", "leave out the = and what follows");
	return true;
}

bool item_driver(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	/* Those that keep what is written on this machine: --log-driver is judged by the same list. */
	static const char *const drivers[] = { "json-file", "local", "journald", "syslog", "none" };

	(void)arena;
	for (size_t i = 0; i < ARRAY_COUNT(drivers); i++) {
		if (strcmp(drivers[i], text) == 0)
			return true;
	}
	return refuse(ret_complaint, "is not a log driver that stays on this machine",
		      "use one of json-file, local, journald, syslog, none");
}

/*
 * The engine's daemon obeys options of logs as root: an address to connect to, certificates to read, a format to expand. Only
 * what bounds a log is of the language.
 */
bool item_log_option(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	static const char *const options[] = { "max-size", "max-file", "compress" };

	(void)arena;
	for (size_t i = 0; i < ARRAY_COUNT(options); i++) {
		if (strcmp(options[i], text) == 0)
			return true;
	}
	return refuse(ret_complaint, "is not an option that a policy may set", "use max-size, max-file or compress");
}

bool item_log_value(const char *name, const char *value, struct complaint *ret_complaint)
{
	int64_t bytes;
	uint64_t files;

	if (strcmp(name, "max-size") == 0)
		return (parse_size(value, &bytes) && bytes > 0) ||
		       refuse(ret_complaint, "is not a size, and a log always has one", "write bytes with a unit, as in 10m");
	if (strcmp(name, "max-file") == 0)
		return (parse_decimal(value, &files) && files >= 1 && files <= LOG_FILES_MAX) ||
		       refuse(ret_complaint, "is not within 1 to 100", "write how many files are kept, as in 3");
	return strcmp(value, "true") == 0 || strcmp(value, "false") == 0 ||
	       refuse(ret_complaint, "is not a switch", "write true or false");
}

bool item_syscall(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	const char *name = text[0] == '@' ? text + 1 : text;

	(void)arena;
	if (name[0] == '\0' || !has_only(name, LOWER DIGITS "_-"))
		return refuse(ret_complaint, "is not a system call or @group", "write as in openat or @file-system");
	return true;
}
