/* facts: the kernel and the directories that are hardrun's. */
#include "host_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>

enum {
	CWD_BYTES = 4096,
	NONCE_BYTES = 6,
};

const char *host_read_text(struct arena *arena, const char *path)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct text text;

	if (fd < 0)
		return NULL;
	text_init(&text, arena);
	while (text.length <= HOST_KERNEL_FILE_BYTES_MAX) {
		char chunk[4096];
		ssize_t count = read(fd, chunk, sizeof(chunk));

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return NULL;
		if (count == 0)
			break;
		text_add_bytes(&text, chunk, (size_t)count);
	}
	if (text.length > HOST_KERNEL_FILE_BYTES_MAX)
		return NULL;
	if (text.length > 0 && text.data[text.length - 1] == '\n')
		text.data[text.length - 1] = '\0';
	return text.data;
}

const char *host_environment(const struct host_facts *facts, const char *name)
{
	size_t length = strlen(name);

	if (strchr(name, '=') != NULL)
		return NULL;
	for (size_t i = 0; i < facts->environment.count; i++) {
		const char *entry = facts->environment.items[i];

		if (entry[0] == name[0] && strncmp(entry, name, length) == 0 && entry[length] == '=')
			return entry + length + 1;
	}
	return NULL;
}

/* The kernel's answer, never $PWD. "(unreachable)..." is what it says of a directory outside of our root. */
static const char *read_cwd(struct arena *arena)
{
	char buffer[CWD_BYTES];

	return getcwd(buffer, sizeof(buffer)) != NULL && buffer[0] == '/' ? arena_strdup(arena, buffer) : NULL;
}

/* $XDG_RUNTIME_DIR is believed only when it is what systemd would have made: the caller's own and nobody else's. */
static const char *read_runtime_dir(struct arena *arena, const struct host_facts *facts)
{
	const char *directory = host_environment(facts, "XDG_RUNTIME_DIR");
	struct stat status;

	if (facts->is_root)
		return "/run/hardrun";
	if (directory == NULL || !path_is_clean(directory) || lstat(directory, &status) != 0)
		return NULL;
	if (!S_ISDIR(status.st_mode) || status.st_uid != facts->caller_uid || (status.st_mode & 0022) != 0)
		return NULL;
	return arena_printf(arena, "%s/hardrun", directory);
}

static void read_directories(struct arena *arena, struct host_facts *facts)
{
	facts->cwd = read_cwd(arena);
	facts->runtime_dir = read_runtime_dir(arena, facts);
	if (facts->is_root)
		facts->state_dir = "/var/lib/hardrun";
	else if (facts->home != NULL)
		facts->state_dir = arena_printf(arena, "%s/.local/share/hardrun", facts->home);
}

/* Go's names, as images and docker's --platform use them. Source: go/src/internal/goarch. */
static const char *go_architecture(struct arena *arena, const char *machine)
{
	static const struct { const char *kernel, *go; } names[] = {
		{ "x86_64", "amd64" }, { "aarch64", "arm64" }, { "armv7l", "arm" }, { "armv6l", "arm" },
		{ "i686", "386" }, { "i386", "386" }, { "ppc64le", "ppc64le" }, { "s390x", "s390x" },
		{ "riscv64", "riscv64" }, { "mips64", "mips64" }, { "loongarch64", "loong64" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		if (strcmp(machine, names[i].kernel) == 0)
			return names[i].go;
	}
	return arena_strdup(arena, machine);
}

static bool text_is(struct arena *arena, const char *path, const char *wanted)
{
	const char *text = host_read_text(arena, path);

	return text != NULL && strcmp(text, wanted) == 0;
}

/* The numbers in a list such as "0-3,5"; 0 when it is not one. */
static unsigned count_listed(struct arena *arena, const char *list)
{
	char *cursor = list != NULL ? arena_strdup(arena, list) : NULL, *range;
	uint64_t count = 0;

	while ((range = strsep(&cursor, ",")) != NULL) {
		const char *first = strsep(&range, "-"), *last = range != NULL ? range : first;
		uint64_t from, to;

		if (!parse_decimal(first, &from) || !parse_decimal(last, &to) || to < from || to > INT32_MAX)
			return 0;
		count += to - from + 1;
	}
	return count <= INT32_MAX ? (unsigned)count : 0;
}

static void read_machine(struct arena *arena, struct host_facts *facts)
{
	struct utsname names;
	struct sysinfo memory;

	facts->cpus_online = host_read_text(arena, "/sys/devices/system/cpu/online");
	facts->cpu_count = count_listed(arena, facts->cpus_online);
	if (facts->cpu_count == 0)
		facts->cpu_count = (unsigned)get_nprocs();
	if (sysinfo(&memory) == 0)
		facts->memory_bytes = (int64_t)(memory.totalram * memory.mem_unit);
	if (uname(&names) == 0) {
		facts->kernel = arena_strdup(arena, names.release);
		facts->architecture = go_architecture(arena, names.machine);
	}
}

void host_read_kernel(struct arena *arena, struct host_facts *facts)
{
	if (facts->is_kernel_read)
		return;
	facts->is_kernel_read = true;
	facts->has_seccomp = access("/proc/sys/kernel/seccomp/actions_avail", F_OK) == 0;
	host_read_cgroup(arena, facts, "");
}

void host_read_label_makers(struct arena *arena, struct host_facts *facts)
{
	facts->has_apparmor = text_is(arena, "/sys/module/apparmor/parameters/enabled", "Y");
	host_read_selinux(arena, facts);
}

void host_read_defences(struct arena *arena, struct host_facts *facts)
{
	host_read_label_makers(arena, facts);
	host_read_user_namespaces(arena, facts, "");
}

/* Without randomness there is no name that nobody can guess; the clock and the process id still make one that nobody else has. */
const char *host_make_nonce(struct arena *arena)
{
	unsigned char bytes[NONCE_BYTES] = { 0 };

	if (getrandom(bytes, sizeof(bytes), GRND_NONBLOCK) != (ssize_t)sizeof(bytes)) {
		struct timespec now = { 0, 0 };
		uint64_t mixed;

		clock_gettime(CLOCK_MONOTONIC, &now);
		mixed = ((uint64_t)now.tv_nsec << 22) ^ (uint64_t)now.tv_sec ^ ((uint64_t)getpid() << 32);
		memcpy(bytes, &mixed, sizeof(bytes));
	}
	return arena_printf(arena, "%02x%02x%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]);
}

struct host_facts *host_read(struct arena *arena)
{
	struct host_facts *facts = arena_alloc(arena, sizeof(*facts));

	host_read_caller(arena, facts);
	read_directories(arena, facts);
	read_machine(arena, facts);
	facts->nonce = host_make_nonce(arena);
	facts->unit = host_read_unit(arena, facts, "", getpid());
	facts->is_journal = host_is_journal(facts, STDERR_FILENO);
	return facts;
}
