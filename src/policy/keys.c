/* keys: the language as a table. The reader, the merge, the JSON Schema and the manual all follow these rows. */
#include <string.h>

#include "policy_internal.h"

#define MIB (INT64_C(1) << 20)
#define PIDS_MAX 4194304 /* PID_MAX_LIMIT of a 64-bit kernel */
#define NANO_CPUS_MAX (INT64_C(8192) * 1000000000)

/* A key's path, and where its own name begins in it. */
#define TOP(name) name, 0
#define IN(section, name) section "." name, sizeof(section)
#define AT(member) .offset = offsetof(struct policy, member)
#define COUNTED(member, count) .offset = offsetof(struct policy, member), .count_offset = offsetof(struct policy, count)
#define IN_OBJECT(member) .offset = offsetof(struct object_fields, member)
#define NEAREST .merge = KEY_MERGE_NEAREST
#define WIDEN .merge = KEY_MERGE_WIDEN
#define WORDS(...) .words = (const char *const[]){ __VA_ARGS__, NULL }

#define SIZE_BOUNDS .minimum = 6 * MIB, .maximum = INT64_C(1) << 50
#define DRIVER_PATTERN "^(json-file|local|journald|syslog|none)$"
#define PATH_GLOB_PATTERN "^(/|~/|\\./|\\*\\*)"

const struct key_spec key_specs[] = {
	{ TOP("version"), KEY_VERSION, .example = "1",
	  .summary = "the version of the language; mandatory, and the first key" },
	{ TOP("description"), KEY_TEXT, AT(description), .check = item_filled, .is_multiline = true,
	  .example = "nginx serving one site",
	  .summary = "one line for people: hardrun policy list shows it" },
	{ TOP("images"), KEY_LIST, AT(images), .check = item_image,
	  .example = "[docker.io/library/nginx]",
	  .summary = "the images that this policy answers for: globs over full names without tag or digest "
		     "(docker.io/library/nginx), over oci:/DIR and docker-archive:/FILE, or \"*\"; without it the policy "
		     "answers for no image. Not inherited. Of a ceiling: the only images that may be run; without it any that a "
		     "policy answers for" },
	{ TOP("extends"), KEY_TEXT, .home = KEY_NOT_IN_CEILING, AT(extends), .check = item_filled, .example = "default",
	  .summary = "one parent: the name of a policy, or a file relative to this one; a chain has at most 4 files" },
	{ TOP("user_policies"), KEY_BOOL, .home = KEY_ONLY_IN_CEILING, AT(user_policies), .example = "false",
	  .summary = "ceiling only: false passes over policies of people's own directories" },

	{ TOP("engine"), KEY_SECTION,
	  .summary = "what runs the container" },
	{ IN("engine", "backend"), KEY_TEXT, NEAREST, AT(engine.backend), WORDS("auto", "docker", "podman", "crun", "runc", "runsc"),
	  .example = "auto",
	  .summary = "the program that runs the container; auto: docker when its socket answers, else crun, else runc; where a "
		     "sandbox is required: runsc" },
	{ IN("engine", "host"), KEY_TEXT, NEAREST, AT(engine.host), .check = item_engine_host, .pattern = "^unix:///",
	  .example = "unix:///var/run/docker.sock",
	  .summary = "the engine's socket; the environment's DOCKER_HOST is never honoured" },
	{ IN("engine", "client"), KEY_TEXT, NEAREST, AT(engine.client), .check = item_directory, .pattern = "^/",
	  .example = "/usr/bin/docker",
	  .summary = "the client program, where the fixed search path would find another" },
	{ IN("engine", "sandbox"), KEY_TEXT, NEAREST, AT(engine.sandbox), WORDS("optional", "required"), .example = "optional",
	  .summary = "required: only a runtime with a kernel of its own will do, gVisor's runsc (run directly, or by docker), and "
		     "what that cannot do is refused. Of a ceiling: for everyone" },

	{ TOP("defaults"), KEY_SECTION, .home = KEY_NOT_IN_CEILING,
	  .summary = "what a container gets when the caller is silent; Compose's names and units" },
	{ IN("defaults", "user"), KEY_USER, NEAREST, AT(defaults.user), .example = "\"101:101\"",
	  .summary = "uid[:gid] in plain numbers, caller (the person who typed the command), or image (the image's own "
		     "USER, if it is a number and not 0)" },
	{ IN("defaults", "read_only"), KEY_BOOL, NEAREST, AT(defaults.read_only), .example = "true",
	  .summary = "a read-only root file system; false needs the hazard writable-root" },
	{ IN("defaults", "tmpfs"), KEY_LIST, NEAREST, AT(defaults.tmpfs), .check = item_tmpfs, .pattern = "^/",
	  .example = "[\"/tmp:size=16m\"]",
	  .summary = "memory file systems, TARGET[:OPTIONS]; nosuid, nodev and noexec, owned by the user" },
	{ IN("defaults", "volumes"), KEY_LIST, NEAREST, AT(defaults.volumes), .check = item_volume,
	  .example = "[\"/srv/site:/usr/share/nginx/html:ro\"]",
	  .summary = "always mounted, SOURCE:TARGET[:ro]" },
	{ IN("defaults", "mem_limit"), KEY_SIZE, NEAREST, AT(defaults.mem_limit), SIZE_BOUNDS, .example = "128m",
	  .summary = "memory; swap is always equal to it" },
	{ IN("defaults", "cpus"), KEY_CPUS, NEAREST, AT(defaults.cpus), .minimum = 1000000, .maximum = NANO_CPUS_MAX, .example = "0.5",
	  .summary = "processors, as a decimal number" },
	{ IN("defaults", "pids_limit"), KEY_COUNT, NEAREST, AT(defaults.pids_limit), .minimum = 1, .maximum = PIDS_MAX,
	  .example = "64",
	  .summary = "processes and threads" },
	{ IN("defaults", "shm_size"), KEY_SIZE, NEAREST, AT(defaults.shm_size), .minimum = 4096, .maximum = INT64_C(1) << 50,
	  .example = "16m",
	  .summary = "size of /dev/shm" },
	{ IN("defaults", "ulimits"), KEY_LIMITS, NEAREST, AT(defaults.ulimits), .check = item_ulimit_name,
	  .example = "{nofile: 4096, core: 0}",
	  .summary = "resource limits, a number for soft and hard" },
	{ IN("defaults", "cap_add"), KEY_LIST, NEAREST, AT(defaults.cap_add), .check = item_capability,
	  .example = "[NET_BIND_SERVICE]",
	  .summary = "capabilities, from nothing: ALL is always dropped first" },
	{ IN("defaults", "network_mode"), KEY_TEXT, NEAREST, AT(defaults.network_mode), .check = item_network, .example = "isolated",
	  .summary = "none, isolated (a bridge without traffic between containers), or the name of a network; host needs "
		     "the hazard host-network" },
	{ IN("defaults", "host_ip"), KEY_TEXT, NEAREST, AT(defaults.host_ip), .check = item_address, .example = "127.0.0.1",
	  .summary = "the address for published ports that name none" },
	{ IN("defaults", "environment"), KEY_MAP, NEAREST, AT(defaults.environment), .check = item_variable, .is_multiline = true,
	  .example = "{TZ: UTC}",
	  .summary = "environment variables" },
	{ IN("defaults", "labels"), KEY_MAP, NEAREST, AT(defaults.labels), .check = item_filled, .example = "{com.example.team: web}",
	  .summary = "labels of the container" },
	{ IN("defaults", "logging"), KEY_SECTION,
	  .summary = "where the output goes" },
	{ IN("defaults.logging", "driver"), KEY_TEXT, NEAREST, AT(defaults.logging_driver), .check = item_driver,
	  .pattern = DRIVER_PATTERN, .example = "json-file",
	  .summary = "log driver: json-file, local, journald, syslog or none, which keep what is written on this machine" },
	{ IN("defaults.logging", "options"), KEY_MAP, NEAREST, AT(defaults.logging_options), .check = item_log_option,
	  .check_pair = item_log_value, .example = "{max-size: 10m, max-file: \"3\"}",
	  .summary = "options of the log driver: max-size, max-file and compress" },
	{ IN("defaults", "init"), KEY_BOOL, NEAREST, AT(defaults.init), .example = "true",
	  .summary = "a small init as process 1" },
	{ IN("defaults", "working_dir"), KEY_TEXT, NEAREST, AT(defaults.working_dir), .check = item_directory, .pattern = "^/",
	  .example = "/srv",
	  .summary = "working directory in the container" },
	{ IN("defaults", "hostname"), KEY_TEXT, NEAREST, AT(defaults.hostname), .check = item_hostname, .example = "web",
	  .summary = "host name" },
	{ IN("defaults", "stop_signal"), KEY_TEXT, NEAREST, AT(defaults.stop_signal), .check = item_signal, .example = "SIGTERM",
	  .summary = "the signal that asks the container to end" },
	{ IN("defaults", "stop_grace_period"), KEY_SECONDS, NEAREST, AT(defaults.stop_grace_period), .minimum = 0, .maximum = 300,
	  .example = "10s",
	  .summary = "time between that signal and SIGKILL, in whole seconds" },

	{ TOP("allow"), KEY_SECTION,
	  .summary = "what the caller may ask for beyond the defaults; what is not here is not allowed, so removing an "
		     "entry never widens anything" },
	{ IN("allow", "mem_limit"), KEY_SIZE_SHARE, WIDEN, AT(allow.mem_limit), SIZE_BOUNDS, .example = "512m",
	  .summary = "the most memory, in bytes or as a share of the host (50%)" },
	{ IN("allow", "cpus"), KEY_CPUS_SHARE, WIDEN, AT(allow.cpus), .minimum = 1000000, .maximum = NANO_CPUS_MAX, .example = "2",
	  .summary = "the most processors, as a number or as a share of the host (50%)" },
	{ IN("allow", "pids_limit"), KEY_COUNT, WIDEN, AT(allow.pids_limit), .minimum = 1, .maximum = PIDS_MAX, .example = "256",
	  .summary = "the most processes and threads" },
	{ IN("allow", "shm_size"), KEY_SIZE_SHARE, WIDEN, AT(allow.shm_size), .minimum = 4096, .maximum = INT64_C(1) << 50,
	  .example = "64m",
	  .summary = "the largest /dev/shm, in bytes or as a share of the host's memory (25%)" },
	{ IN("allow", "user"), KEY_USERS, WIDEN, COUNTED(allow.users, allow.user_count),
	  .example = "[\"1000-1999:1000-1999\", caller, \"node=1000:1000\"]",
	  .summary = "users: uid[:gid] or ranges of them, caller, image, or NAME=uid:gid for a name that may be typed and "
		     "means these ids" },
	{ IN("allow", "ports"), KEY_PORTS, WIDEN, COUNTED(allow.ports, allow.port_count),
	  .example = "[\"127.0.0.1:1024-65535:8080/tcp\"]",
	  .summary = "published ports, ADDRESS:HOST[-HOST]:CONTAINER[-CONTAINER][/PROTOCOL]; * for any address, port or "
		     "protocol; IPv6 in brackets" },
	{ IN("allow", "max_ports"), KEY_COUNT, WIDEN, AT(allow.max_ports), .minimum = 0, .maximum = 65535, .example = "16",
	  .summary = "the most ports a container may publish" },
	{ IN("allow", "volumes"), KEY_OBJECTS, WIDEN, COUNTED(allow.volumes, allow.volume_count),
	  .example = "[{source: /srv/www/**, access: ro}]",
	  .summary = "directories and volumes that may be mounted, each a map" },
	{ IN("allow.volumes[]", "source"), KEY_TEXT, IN_OBJECT(source), .check = item_source, .pattern = "^(/|~/|\\./)",
	  .example = "/srv/www/**",
	  .summary = "a glob over host paths: absolute, below the caller's home (~/) or the working directory (./)" },
	{ IN("allow.volumes[]", "volume"), KEY_TEXT, IN_OBJECT(volume), .check = item_volume_name, .example = "\"site-*\"",
	  .summary = "a glob over the names of volumes; an entry has either source or volume" },
	{ IN("allow.volumes[]", "target"), KEY_TEXT, IN_OBJECT(target), .check = item_target, .pattern = "^(/|\\*)",
	  .example = "/usr/share/nginx/html",
	  .summary = "a glob over container paths; any where left out" },
	{ IN("allow.volumes[]", "access"), KEY_TEXT, IN_OBJECT(access), WORDS("ro", "rw"), .example = "ro",
	  .summary = "ro where left out" },
	{ IN("allow.volumes[]", "owner"), KEY_TEXT, IN_OBJECT(owner), WORDS("caller"), .example = "caller",
	  .summary = "caller: the source must belong to the person who typed the command" },
	{ IN("allow", "tmpfs"), KEY_SECTION,
	  .summary = "memory file systems" },
	{ IN("allow.tmpfs", "max_size"), KEY_SIZE, WIDEN, AT(allow.tmpfs_max_size), .minimum = 4096, .maximum = INT64_C(1) << 50,
	  .example = "256m",
	  .summary = "the largest" },
	{ IN("allow.tmpfs", "exec"), KEY_BOOL, WIDEN, AT(allow.tmpfs_exec), .example = "false",
	  .summary = "whether programs may run from them" },
	{ IN("allow", "environment"), KEY_LIST, WIDEN, AT(allow.environment), .check = item_variable, .example = "[TZ, \"NGINX_*\"]",
	  .summary = "globs over names of variables; a name without wildcard may also be taken from the caller's "
		     "environment (-e NAME)" },
	{ IN("allow", "env_file"), KEY_LIST, WIDEN, AT(allow.env_file), .check = item_path_glob, .pattern = PATH_GLOB_PATTERN,
	  .example = "[\"./**\"]",
	  .summary = "globs over files for --env-file" },
	{ IN("allow", "label_file"), KEY_LIST, WIDEN, AT(allow.label_file), .check = item_path_glob, .pattern = PATH_GLOB_PATTERN,
	  .example = "[\"./**\"]",
	  .summary = "globs over files for --label-file" },
	{ IN("allow", "cidfile"), KEY_LIST, WIDEN, AT(allow.cidfile), .check = item_path_glob, .pattern = PATH_GLOB_PATTERN,
	  .example = "[\"~/**\"]",
	  .summary = "globs over files for --cidfile" },
	{ IN("allow", "labels"), KEY_LIST, WIDEN, AT(allow.labels), .check = item_filled, .example = "[\"com.example.*\"]",
	  .summary = "globs over label keys" },
	{ IN("allow", "networks"), KEY_LIST, WIDEN, AT(allow.networks), .check = item_networks, .example = "[isolated, none]",
	  .summary = "isolated, none, and globs over names of networks" },
	{ IN("allow", "network_aliases"), KEY_LIST, WIDEN, AT(allow.network_aliases), .check = item_filled, .example = "[db]",
	  .summary = "globs over names in a network besides the container's own, which no list binds" },
	{ IN("allow", "dns"), KEY_LIST, WIDEN, AT(allow.dns), .check = item_filled, .example = "[192.0.2.53]",
	  .summary = "globs over name servers" },
	{ IN("allow", "dns_search"), KEY_LIST, WIDEN, AT(allow.dns_search), .check = item_filled, .example = "[example.com]",
	  .summary = "globs over search domains" },
	{ IN("allow", "dns_opt"), KEY_LIST, WIDEN, AT(allow.dns_opt), .check = item_filled, .example = "[\"ndots:1\"]",
	  .summary = "globs over resolver options" },
	{ IN("allow", "extra_hosts"), KEY_LIST, WIDEN, AT(allow.extra_hosts), .check = item_filled,
	  .example = "[\"db.local:10.0.0.5\"]",
	  .summary = "globs over NAME:ADDRESS" },
	{ IN("allow", "cap_add"), KEY_LIST, WIDEN, AT(allow.cap_add), .check = item_capability, .example = "[NET_BIND_SERVICE]",
	  .summary = "capabilities that may be added; never ALL" },
	{ IN("allow", "devices"), KEY_LIST, WIDEN, AT(allow.devices), .check = item_device, .pattern = "^/dev/",
	  .example = "[\"/dev/snd/timer:rw\"]",
	  .summary = "devices, /dev/NAME[:rwm], exactly" },
	{ IN("allow", "sysctls"), KEY_LIST, WIDEN, AT(allow.sysctls), .check = item_filled, .example = "[net.core.somaxconn]",
	  .summary = "globs over NAME or NAME=VALUE" },
	{ IN("allow", "security_labels"), KEY_LIST, WIDEN, AT(allow.security_labels), .check = item_context,
	  .pattern = "^(user|role|type|level):", .example = "[\"type:container_t\"]",
	  .summary = "globs over parts of a SELinux context, user:, role:, type: or level:, for --security-opt label=" },
	{ IN("allow", "group_add"), KEY_LIST, WIDEN, AT(allow.group_add), .check = item_group, .pattern = "^[0-9]+(-[0-9]+)?$",
	  .example = "[\"2000-2099\"]",
	  .summary = "supplementary groups, numbers or ranges" },
	{ IN("allow", "rootfs"), KEY_LIST, WIDEN, AT(allow.rootfs), .check = item_path_glob, .pattern = PATH_GLOB_PATTERN,
	  .example = "[/srv/roots/*]",
	  .summary = "globs over directories for --rootfs" },
	{ IN("allow", "restart"), KEY_LIST, WIDEN, AT(allow.restart), .check = item_restart,
	  .pattern = "^(no|on-failure(:[0-9]+)?|always|unless-stopped)$", .example = "[no, \"on-failure:5\"]",
	  .summary = "no, on-failure[:MOST], always, unless-stopped" },
	{ IN("allow", "pull"), KEY_LIST, WIDEN, AT(allow.pull), WORDS("missing", "never", "always"), .example = "[missing, never]",
	  .summary = "missing, never, always" },
	{ IN("allow", "platforms"), KEY_LIST, WIDEN, AT(allow.platforms), .check = item_platform, .example = "[linux/arm64]",
	  .summary = "platforms besides the machine's own" },
	{ IN("allow", "cpuset"), KEY_LIST, WIDEN, AT(allow.cpuset), .check = item_cpuset,
	  .pattern = "^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$", .example = "[\"0-3\"]",
	  .summary = "lists of processors that a container may be bound to. Of a ceiling: a container that asks for none is bound to "
		     "these" },
	{ IN("allow", "ulimits"), KEY_LIMITS, WIDEN, AT(allow.ulimits), .check = item_ulimit_name, .example = "{nofile: 65536}",
	  .summary = "the most of each resource limit" },
	{ IN("allow", "logging"), KEY_SECTION,
	  .summary = "logging that may be chosen" },
	{ IN("allow.logging", "drivers"), KEY_LIST, WIDEN, AT(allow.logging_drivers), .check = item_driver,
	  .pattern = DRIVER_PATTERN, .example = "[json-file, journald]",
	  .summary = "log drivers, of those that defaults.logging.driver takes" },
	{ IN("allow.logging", "max_size"), KEY_SIZE, WIDEN, AT(allow.logging_max_size), .minimum = 4096, .maximum = INT64_C(1) << 50,
	  .example = "50m",
	  .summary = "the largest log file" },
	{ IN("allow.logging", "max_file"), KEY_COUNT, WIDEN, AT(allow.logging_max_file), .minimum = 1, .maximum = 100, .example = "5",
	  .summary = "the most log files" },
	{ IN("allow", "entrypoint"), KEY_BOOL, WIDEN, AT(allow.entrypoint), .example = "true",
	  .summary = "whether --entrypoint may replace the image's" },
	{ IN("allow", "verbs"), KEY_LIST, WIDEN, AT(allow.verbs),
	  WORDS("attach", "build", "commit", "diff", "events", "exec", "images", "import", "info", "inspect", "kill", "load", "logs",
		"network connect", "network create", "network disconnect", "pause", "port", "ps", "pull", "rename", "restart", "rm",
		"start", "stats", "stop", "tag", "top", "unpause", "version", "volume create", "wait"),
	  .example = "[ps, logs, stop, rm, exec]",
	  .summary = "docker's other verbs, by their short names (rm stands for container rm too). Of a ceiling: those that "
		     "work at all, on the caller's own containers. Of a policy: those that are refused otherwise and go to "
		     "docker for people who may use it themselves (build, commit, import, load, network connect, network "
		     "create, network disconnect, tag)" },
	{ IN("allow", "command_line"), KEY_SECTION,
	  .summary = "how long a command line may be" },
	{ IN("allow.command_line", "max_bytes"), KEY_SIZE, WIDEN, AT(allow.argv_bytes), .minimum = 1,
	  .maximum = REQUEST_ARGV_BYTES_MAX, .example = "64k",
	  .summary = "bytes of all words together" },
	{ IN("allow.command_line", "max_words"), KEY_COUNT, WIDEN, AT(allow.argv_words), .minimum = 1,
	  .maximum = REQUEST_ARGV_WORDS_MAX, .example = "256",
	  .summary = "words" },

	{ TOP("hazards"), KEY_HAZARDS, WIDEN, AT(hazards), .example = "[]",
	  .summary = "items of the floor that this policy lowers; only in a file of root's that names its images without "
		     "a wildcard, and warned about at every launch" },

	{ TOP("record"), KEY_SECTION,
	  .summary = "where a line is kept of each decision and of each container's end: hardrun-record(5). Where there is a ceiling, "
		     "its word holds alone, and its silence means the file /var/log/hardrun/record.jsonl" },
	{ IN("record", "to"), KEY_TEXT, NEAREST, AT(record.to), WORDS("file", "syslog", "journald", "none"), .example = "file",
	  .summary = "file, syslog, journald, or none; a launch whose record cannot be written does not start" },
	{ IN("record", "path"), KEY_TEXT, NEAREST, AT(record.path), .check = item_directory, .pattern = "^/",
	  .example = "/var/log/hardrun/record.jsonl",
	  .summary = "the file, absolute; alone it means to: file; it and its directory belong to root alone, or to the user "
		     "whose policy it is" },

	{ TOP("seccomp"), KEY_SECTION,
	  .summary = "the filter of system calls" },
	{ IN("seccomp", "base"), KEY_TEXT, NEAREST, AT(seccomp.base), WORDS("default", "minimal", "runtime"), .example = "default",
	  .summary = "the filter to start from" },
	{ IN("seccomp", "allow"), KEY_SYSCALLS, WIDEN, COUNTED(seccomp.allow, seccomp.allow_count),
	  .example = "[\"@network-io\", {names: [socket], when: \"arg0 in AF_UNIX, AF_INET\"}]",
	  .summary = "calls and @groups added to it" },
	{ IN("seccomp.allow[]", "names"), KEY_LIST, IN_OBJECT(names), .check = item_syscall, .pattern = "^@?[a-z_][a-z0-9_-]*$",
	  .example = "[socket]",
	  .summary = "calls and @groups" },
	{ IN("seccomp.allow[]", "when"), KEY_TEXT, IN_OBJECT(when), .check = item_filled, .example = "arg0 == AF_UNIX",
	  .summary = "the arguments for which" },
	{ IN("seccomp", "deny"), KEY_SYSCALLS, WIDEN, COUNTED(seccomp.deny, seccomp.deny_count), .example = "[\"@keyring\"]",
	  .summary = "calls and @groups taken away, last of all" },
	{ IN("seccomp.deny[]", "names"), KEY_LIST, IN_OBJECT(names), .check = item_syscall, .pattern = "^@?[a-z_][a-z0-9_-]*$",
	  .example = "[socket]",
	  .summary = "calls and @groups" },
	{ IN("seccomp.deny[]", "when"), KEY_TEXT, IN_OBJECT(when), .check = item_filled, .example = "arg0 == AF_UNIX",
	  .summary = "the arguments for which" },
	{ IN("seccomp", "architectures"), KEY_TEXT, NEAREST, AT(seccomp.architectures), WORDS("native", "all"), .example = "native",
	  .summary = "native, or all the machine's (32-bit programs too)" },

	{ TOP("explain"), KEY_BOOL, NEAREST, .home = KEY_NOT_IN_CEILING, AT(explain), .example = "true",
	  .summary = "whether system calls that the filter refuses are explained on standard error while the container runs, as "
		     "--explain does; not on docker before 23.0" },

	{ TOP("apparmor"), KEY_TEXT, .merge = KEY_MERGE_CONFINE, AT(apparmor), .check = item_apparmor,
	  .pattern = "^[A-Za-z][A-Za-z0-9_.-]*$",
	  .example = "generated",
	  .summary = "the AppArmor profile: generated (made from what the container gets, and loaded by hardrun apparmor load), the "
		     "name of a loaded profile (only in a file of root's), or unconfined (needs the hazard unconfined-apparmor). Without it an "
		     "engine applies its own default, and crun and runc none. Of a ceiling: generated or a name that every container must "
		     "have" },
	{ TOP("image"), KEY_LATER,
	  .summary = "where images may come from" },
	{ TOP("secrets"), KEY_SECRETS, NEAREST, .home = KEY_NOT_IN_CEILING, AT(secrets), .check = item_secret,
	  .pattern = "^[A-Za-z0-9_][A-Za-z0-9_.-]*$",
	  .example = "{tls.key: {file: /etc/ssl/private/site.key}, db_password: {credential: db}}",
	  .summary = "what each file /run/secrets/NAME holds, which only the container's user may read: a file of the machine's, "
		     "read when the container starts (as root only in a policy of root's, else as the caller), or a credential of the systemd "
		     "unit that runs hardrun (LoadCredential=). A list has the names of credentials. Where one is missing nothing starts" },
};

const size_t key_spec_count = ARRAY_COUNT(key_specs);

bool key_is_child(const struct key_spec *key, const char *prefix)
{
	const size_t length = strlen(prefix);

	return length == 0 ? key->name_offset == 0 : key->name_offset == length + 1 && memcmp(key->path, prefix, length) == 0;
}

const char *key_last_name(const struct key_spec *key)
{
	return key->path + key->name_offset;
}

const struct key_spec *key_find(const char *prefix, const char *name)
{
	const size_t length = strlen(prefix), offset = length > 0 ? length + 1 : 0;

	for (size_t i = 0; i < key_spec_count; i++) {
		const struct key_spec *key = &key_specs[i];

		/* Every key of every policy comes by, and most rows are another section's. */
		if (key->name_offset == offset && key->path[offset] == name[0] && strcmp(key->path + offset, name) == 0 &&
		    memcmp(key->path, prefix, length) == 0)
			return key;
	}
	return NULL;
}

const char *key_nearest(struct arena *arena, const char *prefix, const char *name)
{
	struct string_list siblings = { 0 };
	const char *near;

	for (size_t i = 0; i < key_spec_count; i++) {
		if (key_is_child(&key_specs[i], prefix))
			string_list_add(arena, &siblings, key_last_name(&key_specs[i]));
	}
	near = string_nearest(name, siblings.items, siblings.count);
	if (near != NULL)
		return prefix[0] == '\0' ? near : arena_printf(arena, "%s.%s", prefix, near);
	/* The right word in the wrong section: "ports" at the top. Grants first. */
	for (size_t i = key_spec_count; i > 0; i--) {
		if (strcmp(key_last_name(&key_specs[i - 1]), name) == 0)
			return key_specs[i - 1].path;
	}
	return NULL;
}

bool policy_has_key(const char *path)
{
	for (size_t i = 0; i < key_spec_count; i++) {
		if (strcmp(key_specs[i].path, path) == 0)
			return true;
	}
	return false;
}
