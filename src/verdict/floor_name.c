/* floor_name: names that no policy can grant: capabilities, variables, labels, kernel parameters, devices. */
#include "verdict_internal.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- capabilities ---- */

#define KERNEL_CODE "it runs code of one's own in the kernel"
#define HOST_CLOCK "it changes what the whole host shares"

static const struct floor_capability {
	const char *name;
	const char *reason; /* why no policy grants it; NULL: a policy may. Source: capabilities(7), include/uapi/linux/capability.h */
} floor_capabilities[] = {
	{ "CAP_AUDIT_CONTROL", "it switches the host's audit log off" },
	{ "CAP_AUDIT_READ", "it reads the host's audit log" },
	{ "CAP_AUDIT_WRITE", NULL },
	{ "CAP_BLOCK_SUSPEND", HOST_CLOCK },
	{ "CAP_BPF", KERNEL_CODE },
	{ "CAP_CHECKPOINT_RESTORE", "it reads memory maps and forges process ids" },
	{ "CAP_CHOWN", NULL },
	{ "CAP_DAC_OVERRIDE", NULL },
	{ "CAP_DAC_READ_SEARCH", "it opens any file of the host by handle" },
	{ "CAP_FOWNER", NULL },
	{ "CAP_FSETID", NULL },
	{ "CAP_IPC_LOCK", NULL },
	{ "CAP_IPC_OWNER", NULL },
	{ "CAP_KILL", NULL },
	{ "CAP_LEASE", NULL },
	{ "CAP_LINUX_IMMUTABLE", "it makes files of a mount that not even root can remove" },
	{ "CAP_MAC_ADMIN", "it changes the host's AppArmor or Smack policy" },
	{ "CAP_MAC_OVERRIDE", "it overrides the host's mandatory access control" },
	{ "CAP_MKNOD", "it makes device nodes, and with them reads disks" },
	{ "CAP_NET_ADMIN", "it reconfigures networks and opens much kernel code to attack" },
	{ "CAP_NET_BIND_SERVICE", NULL },
	{ "CAP_NET_BROADCAST", NULL },
	{ "CAP_NET_RAW", NULL },
	{ "CAP_PERFMON", "it watches every process of the host" },
	{ "CAP_SETFCAP", NULL },
	{ "CAP_SETGID", NULL },
	{ "CAP_SETPCAP", NULL },
	{ "CAP_SETUID", NULL },
	{ "CAP_SYS_ADMIN", "it is most of root: mounts, namespaces, and the known ways out of containers" },
	{ "CAP_SYS_BOOT", "it restarts the host or loads another kernel" },
	{ "CAP_SYS_CHROOT", NULL },
	{ "CAP_SYS_MODULE", KERNEL_CODE },
	{ "CAP_SYS_NICE", NULL },
	{ "CAP_SYS_PACCT", HOST_CLOCK },
	{ "CAP_SYS_PTRACE", "it reads and steers other processes" },
	{ "CAP_SYS_RAWIO", "it reads and writes memory and ports of the hardware" },
	{ "CAP_SYS_RESOURCE", NULL },
	{ "CAP_SYS_TIME", HOST_CLOCK },
	{ "CAP_SYS_TTY_CONFIG", "it takes over the host's consoles" },
	{ "CAP_SYSLOG", "it reads the kernel's log and addresses" },
	{ "CAP_WAKE_ALARM", HOST_CLOCK },
};

const char *verdict_capability(const char *name, const char **ret_reason)
{
	const char *bare = strncasecmp(name, "CAP_", 4) == 0 ? name + 4 : name;

	for (size_t i = 0; i < ARRAY_COUNT(floor_capabilities); i++) {
		if (strcasecmp(bare, floor_capabilities[i].name + 4) == 0) {
			*ret_reason = floor_capabilities[i].reason;
			return floor_capabilities[i].name;
		}
	}
	return NULL;
}

/* ---- variables ---- */

const char *verdict_env_reason(const char *name)
{
	if (name[0] == '\0')
		return "a variable needs a name";
	if (strchr(name, '=') != NULL)
		return "the name of a variable has no '='";
	if (strncmp(name, "LD_", 3) == 0)
		return "the loader obeys it: it loads code into every program, runtime hooks included";
	if (strcmp(name, "GCONV_PATH") == 0)
		return "the C library loads code from where it says";
	if (strncmp(name, "NVIDIA_", 7) == 0)
		return "the NVIDIA runtime obeys it: it gives devices without being asked by a flag";
	return NULL;
}

/* ---- labels: each prefix is read by a program that holds an engine's socket, or by the engine or runtime itself ---- */

static const char *const floor_label_prefixes[] = {
	"com.docker.", "io.docker.", "org.dockerproject.", "desktop.docker.", /* docker, Compose, Swarm */
	"io.podman", "io.containers", "com.github.containers", "run.oci.", "org.criu.", "org.systemd.", /* podman, crun, runc */
	"io.kubernetes", "io.cri", "io.crio", "cri-o.", "cdi.k8s.io", "nvidia.com", "io.katacontainers", "dev.gvisor", "io.rancher",
	"io.balena", "hardrun", "io.hardrun", "launcher.", /* ourselves and what a launcher writes about its callers */
	"traefik.", "caddy", "com.github.jrcs.letsencrypt", "swag", "nginx-proxy", "tsdproxy.", /* proxies: they take over host names */
	"com.centurylinklabs.", "com.ouroboros", "wud.", "diun.", /* updaters: they run hooks, replace images */
	"ofelia.", "chadburn.", "deck-chores.", "autoheal", "docker-volume-backup.", "ctfreak", /* schedulers: they run */
};

const char *verdict_label_reason(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(floor_label_prefixes); i++) {
		if (strncasecmp(name, floor_label_prefixes[i], strlen(floor_label_prefixes[i])) == 0)
			return "programs that command the engine obey labels of that name";
	}
	return NULL;
}

/* ---- kernel parameters. Source: moby opts.ValidateSysctl, kernel Documentation/admin-guide/sysctl ---- */

const char *verdict_sysctl_reason(const char *name)
{
	static const char *const names[] = {
		"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax", "kernel.shmmni",
		"kernel.shm_rmid_forced",
	};

	for (const char *at = name; *at != '\0'; at++) {
		if (!isalnum((unsigned char)*at) && strchr("._-", *at) == NULL)
			return "parameters are written with dots, letters and digits";
	}
	if (strstr(name, "..") != NULL || name[0] == '.')
		return "parameters are written with dots, letters and digits";
	if (strncmp(name, "net.", 4) == 0 || strncmp(name, "fs.mqueue.", 10) == 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		if (strcmp(name, names[i]) == 0)
			return NULL;
	}
	return "it is not of a namespace: it would change the host";
}

/* ---- devices ---- */

static const char *const floor_devices[] = { /* globs */
	"/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/dev/core", "/dev/console", "/dev/tty", "/dev/tty?", "/dev/tty??",
		"/dev/vcs*", "/dev/initctl",
	"/dev/sd*", "/dev/hd*", "/dev/vd*", "/dev/xvd*", "/dev/nvme*", "/dev/mmcblk*", "/dev/md*", "/dev/dm-*", "/dev/loop*",
	"/dev/nbd*", "/dev/sg*", "/dev/sr*", "/dev/bsg/**", "/dev/zd*", "/dev/ram*", "/dev/mapper/**", "/dev/disk/**", "/dev/block/**",
	"/dev/char/**", "/dev/fd/**", "/dev/pts/**", "/dev/btrfs-control", "/dev/autofs", "/dev/vfio/**", "/dev/vhost*", "/dev/uinput",
	"/dev/input/**", "/dev/hpet", "/dev/cpu/**", "/dev/mqueue/**", "/dev/shm/**", "/dev/watchdog*", "/dev/tpm*", "/dev/userfaultfd",
	"/dev/ublk*", "/dev/bus/**", "/dev/uhid", "/dev/ppp", "/dev/raw/**", "/dev/rawctl", "/dev/nvram", "/dev/rtc*", "/dev/snapshot",
};

const char *verdict_device_reason(const char *path)
{
	for (size_t i = 0; i < ARRAY_COUNT(floor_devices); i++) {
		if (glob_match(floor_devices[i], path))
			return "it is the host's disks, memory, consoles or kernel";
	}
	return NULL;
}
