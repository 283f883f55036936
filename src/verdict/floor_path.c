/*
 * floor_path: which paths of the host are never given away, which of the container are never covered, and how a policy's patterns
 * name paths. Tables first; what they say is judged on resolved paths, so that spelling does not matter.
 */
#include "verdict_internal.h"

#include <string.h>

/* ---- names below /etc that accounts, loaders, logins and schedulers obey ---- */

/* A trailing '*': any name that begins so. */
static const char *const floor_etc_traps[] = {
	"passwd*", "shadow*", "group", "group-", "gshadow*", "subuid*", "subgid*", "sudo*", "doas*", "opasswd", "security", "pam.*",
	"nsswitch.conf", "nscd*", "login.defs", "securetty", "shells", "ld.so*", "ld-*", "cron*", "anacrontab", "at.*", "periodic",
	"incron*", "profile*", "bash*", "zsh*", "csh*", "environment*", "inittab", "init", "init.d", "rc.*", "rc?.d", "ssh", "dropbear",
	"hosts", "hosts.equiv", "hostname", "resolv.conf", "fstab", "mtab", "crypttab", "gai.conf", "krb5.keytab", "skel", "systemd",
};
/* Those that matter on the host alone: a container's image may well keep its own settings there. */
static const char *const floor_host_traps[] = {
	"dbus-1", "polkit-1", "exports*", "modprobe*", "modules*", "udev", "sysctl*", "apparmor*", "selinux", "audit*", "apt", "dpkg",
	"yum*", "dnf", "alternatives", "kernel", "binfmt.d", "tmpfiles.d", "sysusers.d", "xinetd*", "inetd*", "logrotate*", "docker",
	"containers", "containerd", "crio", "cni", "cdi", "nvidia-container-runtime", "kubernetes", "rancher", "hardrun",
	"NetworkManager", "network", "netplan", "ppp", "dhcp*", "libvirt", "lxc", "lxd", "update-motd.d", "default", "grub*",
	"machine-id", "letsencrypt", "wireguard", "openvpn", "ipsec*",
};

static bool floor_name_matches(const char *const *names, size_t count, const char *name, size_t length)
{
	for (size_t i = 0; i < count; i++) {
		const size_t prefix = strcspn(names[i], "*?");
		const char *rest = names[i] + prefix;

		if (length < prefix || strncmp(name, names[i], prefix) != 0)
			continue;
		if (rest[0] == '*' || (rest[0] == '\0' && length == prefix))
			return true;
		/* One '?', and what follows it. */
		if (rest[0] == '?' && length == prefix + strlen(rest) && strncmp(name + prefix + 1, rest + 1, strlen(rest) - 1) == 0)
			return true;
	}
	return false;
}

static bool floor_is_etc_trap(const char *path)
{
	return strncmp(path, "/etc/", 5) == 0 &&
	       floor_name_matches(floor_etc_traps, ARRAY_COUNT(floor_etc_traps), path + 5, strcspn(path + 5, "/"));
}

static bool floor_is_host_trap(const char *path)
{
	return floor_is_etc_trap(path) || (strncmp(path, "/etc/", 5) == 0 &&
		floor_name_matches(floor_host_traps, ARRAY_COUNT(floor_host_traps), path + 5, strcspn(path + 5, "/")));
}

/* ---- host paths ---- */

enum floor_kind {
	FLOOR_TREE,     /* the path and all below it */
	FLOOR_ITSELF,   /* the path alone */
	FLOOR_READABLE, /* the path and all below it; a read-only mount is left to the policy */
};

#define SYSTEM_FILES "it holds programs and libraries that the host itself runs"
#define ENGINE_FILES "it holds the files of every container and image"
#define KERNEL_FILES "it opens the kernel and the processes of the host"
#define RUN_FILES "it holds sockets of the host's services, an engine's among them"
#define PUBLIC_FILES "it belongs to the host's system; only a read-only mount can be granted"

static const struct floor_path {
	const char *path;
	enum floor_kind kind;
	enum floor_level level;
	const char *reason;
} floor_paths[] = { /* the more particular path stands first */
	{ "/etc/localtime", FLOOR_READABLE, FLOOR_HAZARD, PUBLIC_FILES },
	{ "/etc/timezone", FLOOR_READABLE, FLOOR_HAZARD, PUBLIC_FILES },
	{ "/etc/ssl/certs", FLOOR_READABLE, FLOOR_HAZARD, PUBLIC_FILES },
	{ "/etc/ca-certificates", FLOOR_READABLE, FLOOR_HAZARD, PUBLIC_FILES },
	{ "/etc/pki/ca-trust", FLOOR_READABLE, FLOOR_HAZARD, PUBLIC_FILES },
	{ "/etc", FLOOR_ITSELF, FLOOR_HAZARD, "it holds the host's accounts, keys and start-up files" },
	{ "/etc", FLOOR_TREE, FLOOR_LITERAL, "it holds settings of the host" },
	{ "/usr/share/zoneinfo", FLOOR_READABLE, FLOOR_HAZARD, PUBLIC_FILES },
	{ "/usr/share/ca-certificates", FLOOR_READABLE, FLOOR_HAZARD, PUBLIC_FILES },
	{ "/usr/local/share", FLOOR_READABLE, FLOOR_HAZARD, PUBLIC_FILES },
	{ "/usr/share", FLOOR_READABLE, FLOOR_HAZARD, PUBLIC_FILES },
	{ "/usr/src", FLOOR_READABLE, FLOOR_HAZARD, PUBLIC_FILES },
	{ "/usr", FLOOR_TREE, FLOOR_HAZARD, SYSTEM_FILES },
	{ "/bin", FLOOR_TREE, FLOOR_HAZARD, SYSTEM_FILES },
	{ "/sbin", FLOOR_TREE, FLOOR_HAZARD, SYSTEM_FILES },
	{ "/lib", FLOOR_TREE, FLOOR_HAZARD, SYSTEM_FILES },
	{ "/lib32", FLOOR_TREE, FLOOR_HAZARD, SYSTEM_FILES },
	{ "/lib64", FLOOR_TREE, FLOOR_HAZARD, SYSTEM_FILES },
	{ "/libx32", FLOOR_TREE, FLOOR_HAZARD, SYSTEM_FILES },
	{ "/boot", FLOOR_TREE, FLOOR_HAZARD, "it holds the host's kernel" },
	{ "/efi", FLOOR_TREE, FLOOR_HAZARD, "it holds the host's boot loader" },
	{ "/sysroot", FLOOR_TREE, FLOOR_HAZARD, SYSTEM_FILES },
	{ "/ostree", FLOOR_TREE, FLOOR_HAZARD, SYSTEM_FILES },
	{ "/proc", FLOOR_TREE, FLOOR_HAZARD, KERNEL_FILES },
	{ "/sys", FLOOR_TREE, FLOOR_HAZARD, KERNEL_FILES },
	{ "/cgroup", FLOOR_TREE, FLOOR_HAZARD, KERNEL_FILES },
	{ "/dev", FLOOR_TREE, FLOOR_HAZARD, "it holds the host's devices; --device asks for one of them" },
	{ "/run/user", FLOOR_TREE, FLOOR_HAZARD, RUN_FILES },
	{ "/run/docker", FLOOR_TREE, FLOOR_HAZARD, RUN_FILES },
	{ "/run/containerd", FLOOR_TREE, FLOOR_HAZARD, RUN_FILES },
	{ "/run/containers", FLOOR_TREE, FLOOR_HAZARD, RUN_FILES },
	{ "/run/podman", FLOOR_TREE, FLOOR_HAZARD, RUN_FILES },
	{ "/run/crio", FLOOR_TREE, FLOOR_HAZARD, RUN_FILES },
	{ "/run/k3s", FLOOR_TREE, FLOOR_HAZARD, RUN_FILES },
	{ "/run/libpod", FLOOR_TREE, FLOOR_HAZARD, RUN_FILES },
	{ "/run/netns", FLOOR_TREE, FLOOR_HAZARD, RUN_FILES },
	{ "/run/systemd", FLOOR_TREE, FLOOR_HAZARD, RUN_FILES },
	{ "/run/dbus", FLOOR_TREE, FLOOR_HAZARD, RUN_FILES },
	{ "/run/udev", FLOOR_TREE, FLOOR_HAZARD, RUN_FILES },
	{ "/run/credentials", FLOOR_TREE, FLOOR_HAZARD, RUN_FILES },
	{ "/run/hardrun", FLOOR_TREE, FLOOR_HAZARD, RUN_FILES },
	{ "/run", FLOOR_ITSELF, FLOOR_HAZARD, RUN_FILES },
	{ "/run", FLOOR_TREE, FLOOR_LITERAL, RUN_FILES },
	{ "/var/lib/docker", FLOOR_TREE, FLOOR_HAZARD, ENGINE_FILES },
	{ "/var/lib/containerd", FLOOR_TREE, FLOOR_HAZARD, ENGINE_FILES },
	{ "/var/lib/containers", FLOOR_TREE, FLOOR_HAZARD, ENGINE_FILES },
	{ "/var/lib/kubelet", FLOOR_TREE, FLOOR_HAZARD, ENGINE_FILES },
	{ "/var/lib/rancher", FLOOR_TREE, FLOOR_HAZARD, ENGINE_FILES },
	{ "/var/lib/etcd", FLOOR_TREE, FLOOR_HAZARD, ENGINE_FILES },
	{ "/var/lib/lxc", FLOOR_TREE, FLOOR_HAZARD, ENGINE_FILES },
	{ "/var/lib/lxd", FLOOR_TREE, FLOOR_HAZARD, ENGINE_FILES },
	{ "/var/lib/machines", FLOOR_TREE, FLOOR_HAZARD, ENGINE_FILES },
	{ "/var/lib/libvirt", FLOOR_TREE, FLOOR_HAZARD, ENGINE_FILES },
	{ "/var/lib/hardrun", FLOOR_TREE, FLOOR_HAZARD, ENGINE_FILES },
	{ "/var/lib/dpkg", FLOOR_TREE, FLOOR_HAZARD, SYSTEM_FILES },
	{ "/var/lib/systemd", FLOOR_TREE, FLOOR_HAZARD, SYSTEM_FILES },
	{ "/var/lib/cloud", FLOOR_TREE, FLOOR_HAZARD, SYSTEM_FILES },
	{ "/var/spool/cron", FLOOR_TREE, FLOOR_HAZARD, "what is written there is run by the host" },
	{ "/var/backups", FLOOR_TREE, FLOOR_HAZARD, "it holds copies of the host's accounts" },
	{ "/root", FLOOR_ITSELF, FLOOR_HAZARD, "it is root's own directory" },
	{ "/root", FLOOR_TREE, FLOOR_LITERAL, "it is root's own directory" },
	{ "/tmp/.X11-unix", FLOOR_TREE, FLOOR_LITERAL, "it holds the sockets of the desktop" },
	{ "/tmp", FLOOR_ITSELF, FLOOR_LITERAL, "every program of the host shares it" },
	{ "/var/tmp", FLOOR_ITSELF, FLOOR_LITERAL, "every program of the host shares it" },
	{ "/home", FLOOR_ITSELF, FLOOR_LITERAL, "it holds everyone's keys and secrets" },
};

/* Below a home directory: keys, passwords, and what a login runs. */
enum floor_secrecy {
	SECRET_EVERYWHERE, /* wherever a directory of that name lies */
	SECRET_AT_HOME,
	SECRET_TO_WRITE,   /* at home, and harmless to read */
};
static const struct floor_secret {
	const char *name;
	enum floor_secrecy secrecy;
} floor_secrets[] = {
	{ ".ssh", SECRET_EVERYWHERE }, { ".gnupg", SECRET_EVERYWHERE }, { ".aws", SECRET_EVERYWHERE },
	{ ".azure", SECRET_EVERYWHERE }, { ".kube", SECRET_EVERYWHERE }, { ".password-store", SECRET_EVERYWHERE },
	{ ".docker", SECRET_AT_HOME }, { ".config/gcloud", SECRET_AT_HOME }, { ".config/gh", SECRET_AT_HOME },
	{ ".config/hub", SECRET_AT_HOME }, { ".config/containers", SECRET_AT_HOME }, { ".config/hardrun", SECRET_AT_HOME },
	{ ".config/google-chrome", SECRET_AT_HOME }, { ".config/chromium", SECRET_AT_HOME }, { ".config/rclone", SECRET_AT_HOME },
	{ ".config/git/credentials", SECRET_AT_HOME }, { ".netrc", SECRET_AT_HOME }, { ".git-credentials", SECRET_AT_HOME },
	{ ".local/share/keyrings", SECRET_AT_HOME }, { ".local/share/containers", SECRET_AT_HOME },
	{ ".local/share/docker", SECRET_AT_HOME }, { ".local/share/hardrun", SECRET_AT_HOME }, { ".pki", SECRET_AT_HOME },
	{ ".mozilla", SECRET_AT_HOME }, { ".thunderbird", SECRET_AT_HOME }, { ".vault-token", SECRET_AT_HOME },
	{ ".npmrc", SECRET_AT_HOME }, { ".pypirc", SECRET_AT_HOME }, { ".pgpass", SECRET_AT_HOME }, { ".my.cnf", SECRET_AT_HOME },
	{ ".terraform.d", SECRET_AT_HOME }, { ".cargo/credentials", SECRET_AT_HOME }, { ".cargo/credentials.toml", SECRET_AT_HOME },
	{ ".gem/credentials", SECRET_AT_HOME }, { ".oci", SECRET_AT_HOME }, { ".bash_history", SECRET_AT_HOME },
	{ ".zsh_history", SECRET_AT_HOME }, { ".Xauthority", SECRET_AT_HOME }, { ".bashrc", SECRET_TO_WRITE },
	{ ".bash_profile", SECRET_TO_WRITE }, { ".bash_login", SECRET_TO_WRITE }, { ".bash_logout", SECRET_TO_WRITE },
	{ ".bash_aliases", SECRET_TO_WRITE }, { ".profile", SECRET_TO_WRITE }, { ".zshrc", SECRET_TO_WRITE },
	{ ".zshenv", SECRET_TO_WRITE }, { ".zprofile", SECRET_TO_WRITE }, { ".zlogin", SECRET_TO_WRITE }, { ".gitconfig",
		SECRET_TO_WRITE },
	{ ".config/git", SECRET_TO_WRITE }, { ".config/systemd", SECRET_TO_WRITE }, { ".config/autostart", SECRET_TO_WRITE },
	{ ".config/environment.d", SECRET_TO_WRITE }, { ".config/fish", SECRET_TO_WRITE }, { ".local/bin", SECRET_TO_WRITE },
	{ ".pam_environment", SECRET_TO_WRITE }, { ".xsession", SECRET_TO_WRITE }, { ".xprofile", SECRET_TO_WRITE },
	{ ".xinitrc", SECRET_TO_WRITE }, { ".vimrc", SECRET_TO_WRITE }, { ".emacs", SECRET_TO_WRITE }, { ".forward", SECRET_TO_WRITE },
	{ ".rhosts", SECRET_TO_WRITE }, { ".vscode-server", SECRET_TO_WRITE }, { ".vim", SECRET_TO_WRITE },
};

/* Sockets by which an engine is commanded: their holder is root. */
static const char *const floor_engine_sockets[] = {
	"docker*.sock", "podman*.sock", "containerd*.sock", "crio*.sock", "cri-dockerd*.sock", "dockershim*.sock", "buildkitd*.sock",
	"kubelet*.sock", "balena*.sock", "lxd*.socket", "unix.socket", "snapd*.socket", "nydus*.sock", "k3s*.sock", "rootlesskit*.sock",
};

static struct floor_hit floor_hit(enum floor_level level, enum hazard_id hazard, const char *reason)
{
	return (struct floor_hit){ level, hazard, reason };
}

static bool floor_is_engine_socket(const char *path, const struct host_facts *facts)
{
	const char *name = strrchr(path, '/') + 1;

	if (facts->engine.docker_socket != NULL && strcmp(facts->engine.docker_socket, path) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_COUNT(floor_engine_sockets); i++) {
		if (glob_match(floor_engine_sockets[i], name))
			return true;
	}
	return false;
}

/* What follows the home directory that ${path} lies in, without the slash between; NULL when it is in none. */
static const char *floor_below_home(const char *path, const struct host_facts *facts)
{
	const char *below = NULL;

	if (facts->home != NULL && strcmp(facts->home, "/") != 0 && path_is_within(path, facts->home))
		below = path + strlen(facts->home);
	else if (strncmp(path, "/home/", 6) == 0)
		below = strchr(path + 6, '/');
	else if (strncmp(path, "/root/", 6) == 0)
		below = path + 5;
	return below == NULL ? NULL : below + strspn(below, "/");
}

static bool floor_has_component(const char *path, const char *name)
{
	const size_t length = strlen(name);

	for (const char *at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/')) {
		if (strncmp(at + 1, name, length) == 0 && (at[1 + length] == '\0' || at[1 + length] == '/'))
			return true;
	}
	return false;
}

/* The secret itself, what lies below it, and the directories above it: ".config" holds ".config/gcloud". */
static bool floor_has_secret(const char *path, const char *below, const struct floor_secret *secret)
{
	if (secret->secrecy == SECRET_EVERYWHERE)
		return floor_has_component(path, secret->name);
	return below != NULL && below[0] != '\0' && (path_is_within(below, secret->name) || path_is_within(secret->name, below));
}

static struct floor_hit floor_home(const char *path, const struct host_facts *facts, bool is_writable)
{
	const char *below = floor_below_home(path, facts);
	const bool is_a_home = strncmp(path, "/home/", 6) == 0 && strchr(path + 6, '/') == NULL;

	for (size_t i = 0; i < ARRAY_COUNT(floor_secrets); i++) {
		const bool is_to_write = floor_secrets[i].secrecy == SECRET_TO_WRITE;

		if ((is_writable || !is_to_write) && floor_has_secret(path, below, &floor_secrets[i]))
			return floor_hit(FLOOR_LITERAL, HAZARD_SENSITIVE_PATHS, is_to_write ?
				"what is written there runs as its owner; a read-only mount is another matter" : "it holds keys or passwords");
	}
	if (is_a_home || (facts->home != NULL && path_is_within(facts->home, path)))
		return floor_hit(FLOOR_LITERAL, HAZARD_SENSITIVE_PATHS, "it holds a whole home directory, keys and passwords included");
	return floor_hit(FLOOR_NONE, HAZARD_COUNT, NULL);
}

static bool floor_covers(const struct floor_path *floor, const char *path)
{
	return floor->kind == FLOOR_ITSELF ? strcmp(path, floor->path) == 0 : path_is_within(path, floor->path);
}

static struct floor_hit floor_table(const char *path, const struct host_facts *facts, bool is_writable)
{
	const char *home = facts->home != NULL ? facts->home : "/nonexistent";
	const struct floor_path *hit = NULL;

	if (floor_is_host_trap(path))
		return floor_hit(FLOOR_HAZARD, HAZARD_SENSITIVE_PATHS, "it decides who may log in or what the host runs");
	for (size_t i = 0; i < ARRAY_COUNT(floor_paths) && hit == NULL; i++) {
		if (floor_covers(&floor_paths[i], path))
			hit = &floor_paths[i];
	}
	/* root's home is a home like any other to root. */
	if (hit != NULL && strcmp(hit->path, "/root") == 0 && path_is_within(path, home))
		hit = NULL;
	if (hit != NULL)
		return hit->kind == FLOOR_READABLE && !is_writable ? floor_hit(FLOOR_NONE, HAZARD_COUNT, NULL) :
								      floor_hit(hit->level, HAZARD_SENSITIVE_PATHS, hit->reason);
	for (size_t i = 0; i < ARRAY_COUNT(floor_paths); i++) {
		if (floor_paths[i].level == FLOOR_HAZARD && strcmp(floor_paths[i].path, path) != 0 && path_is_within(floor_paths[i].path, path))
			return floor_hit(FLOOR_HAZARD, HAZARD_SENSITIVE_PATHS, "it contains directories of the host's system");
	}
	return floor_home(path, facts, is_writable);
}

/* hardrun's own files: an image unpacked there is shared by every container of that image. */
static bool floor_is_own(const char *path, const struct host_facts *facts)
{
	return (facts->state_dir != NULL && path_is_within(path, facts->state_dir)) ||
	       (facts->runtime_dir != NULL && path_is_within(path, facts->runtime_dir));
}

struct floor_hit verdict_floor_source(const struct host_path *path, const struct host_facts *facts, bool is_writable)
{
	const char *resolved = path->resolved;
	struct floor_hit hit;

	if (path->has_magic_link)
		return floor_hit(FLOOR_NEVER, HAZARD_COUNT, "it leads through a link below /proc, which means another file to every process");
	if (resolved == NULL)
		return floor_hit(FLOOR_NEVER, HAZARD_COUNT, path->reason != NULL ? path->reason : "it could not be resolved");
	if (!string_is_utf8(resolved) || string_has_control(resolved)) /* a link may lead to what nobody can type */
		return floor_hit(FLOOR_NEVER, HAZARD_COUNT, "there are control characters or invisible ones in the name of what it leads to");
	if (path_is_within(resolved, "/var/run"))
		resolved += strlen("/var");
	if (floor_is_engine_socket(resolved, facts))
		return floor_hit(FLOOR_HAZARD, HAZARD_DOCKER_SOCKET, "it is an engine's socket, and whoever holds that is root on the host");
	hit = floor_table(resolved, facts, is_writable);
	if (hit.level >= FLOOR_HAZARD)
		return hit;
	if (path->kind == PATH_DEVICE)
		return floor_hit(FLOOR_HAZARD, HAZARD_SENSITIVE_PATHS, "it is a device, wherever it lies; --device asks for one");
	if (floor_is_own(resolved, facts))
		return floor_hit(FLOOR_HAZARD, HAZARD_SENSITIVE_PATHS, "it holds hardrun's own files");
	if (path->kind == PATH_SOCKET || path->kind == PATH_OTHER)
		return floor_hit(FLOOR_LITERAL, HAZARD_SENSITIVE_PATHS, "it is neither a file nor a directory, but a way into another program");
	return hit;
}

const char *verdict_unresolved_reason(const struct host_path *path)
{
	if (path == NULL || path->reason == NULL)
		return "it was not looked at";
	return path->has_symlink && !path->has_magic_link ? "it leads through a link to nothing that is granted" : path->reason;
}

const char *verdict_source_reason(const struct host_path *path, const struct host_facts *facts, enum hazard_id *ret_hazard)
{
	const struct floor_hit hit = verdict_floor_source(path, facts, true);

	*ret_hazard = hit.level == FLOOR_NONE || hit.level == FLOOR_NEVER ? HAZARD_COUNT : hit.hazard;
	return hit.reason;
}

/* ---- container paths ---- */

static const char *const floor_target_trees[] = {
	"/proc", "/sys", "/dev", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/usr/bin", "/usr/sbin", "/usr/lib32",
		"/usr/lib64",
	"/usr/libx32", "/usr/libexec", "/.dockerenv", "/run/.containerenv",
};
static const char *const floor_target_roots[] = { /* themselves, not what lies below */
	"/", "/etc", "/usr", "/usr/lib", "/usr/local", "/usr/local/bin", "/usr/local/sbin", "/usr/local/lib", "/usr/share",
};
/* Below /usr/lib: loaders, libraries of the system, and what logins and root load. */
static const char *const floor_usr_lib_traps[] = { "ld*", "lib*", "x86_64-*", "aarch64-*", "arm-*", "i386-*", "powerpc*",
	"riscv64*",
	"s390x*", "security", "systemd", "sudo", "openssh", "gconv", "locale", "apt", "dpkg", "sysctl.d", "modules*", "udev", "init" };

const char *verdict_target_reason(const char *target)
{
	if (!path_is_clean(target))
		return "it is not a clean absolute path of the container";
	for (size_t i = 0; i < ARRAY_COUNT(floor_target_roots); i++) {
		if (strcmp(target, floor_target_roots[i]) == 0)
			return "it would cover a directory that the image needs";
	}
	for (size_t i = 0; i < ARRAY_COUNT(floor_target_trees); i++) {
		if (path_is_within(target, floor_target_trees[i]))
			return path_is_within(target, "/dev/shm") ? "--shm-size says how large /dev/shm is" :
								    "it would cover what the kernel or the image's programs stand on";
	}
	if (floor_is_etc_trap(target))
		return "programs of the image take orders or accounts from there";
	if (strncmp(target, "/usr/lib/", 9) == 0 &&
	    floor_name_matches(floor_usr_lib_traps, ARRAY_COUNT(floor_usr_lib_traps), target + 9, strcspn(target + 9, "/")))
		return "programs of the image load code from there";
	return NULL;
}

/* ---- patterns ---- */

/* The rest of a pattern that begins with a word for a directory, or NULL. */
static const char *floor_pattern_rest(const char *pattern, const char *word)
{
	const size_t length = strlen(word);

	return strncmp(pattern, word, length) == 0 && (pattern[length] == '/' || pattern[length] == '\0') ? pattern + length : NULL;
}

static bool floor_matches_below(const char *rest, const char *path, const char *directory)
{
	if (directory == NULL || strcmp(directory, "/") == 0 || !path_is_within(path, directory))
		return false;
	path += strlen(directory);
	if (path[0] == '\0')
		return rest[0] == '\0' || strcmp(rest, "/") == 0 || strcmp(rest, "/**") == 0;
	return glob_match(rest, path);
}

bool verdict_path_matches(const char *pattern, const char *path, const struct host_facts *facts)
{
	const char *rest = floor_pattern_rest(pattern, "~");

	if (rest != NULL)
		return floor_matches_below(rest, path, facts->home);
	rest = floor_pattern_rest(pattern, ".");
	if (rest == NULL)
		rest = floor_pattern_rest(pattern, "${CWD}");
	if (rest != NULL)
		return floor_matches_below(rest, path, facts->cwd);
	return glob_match(pattern, path);
}
