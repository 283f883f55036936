/* programs: what is installed, in the places of the distribution only. $PATH is never asked. */
#include "host_internal.h"

#include <string.h>
#include <sys/auxv.h>

static const char *const directories[] = {
	"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
};

static const char *const backend_names[BACKEND_KIND_COUNT] = {
	[BACKEND_DOCKER] = "docker", [BACKEND_PODMAN] = "podman", [BACKEND_CRUN] = "crun", [BACKEND_RUNC] = "runc",
	[BACKEND_RUNSC] = "runsc",
};

const char *host_backend_name(enum backend_kind kind)
{
	return backend_names[kind];
}

bool host_backend_is_oci(enum backend_kind kind)
{
	return kind == BACKEND_CRUN || kind == BACKEND_RUNC || kind == BACKEND_RUNSC;
}

bool host_find_backend(const char *name, enum backend_kind *ret_kind)
{
	for (unsigned kind = 0; kind < BACKEND_KIND_COUNT; kind++) {
		if (strcmp(name, backend_names[kind]) == 0) {
			*ret_kind = kind;
			return true;
		}
	}
	return false;
}

bool host_is_oci_name(const char *name)
{
	enum backend_kind kind;

	return host_find_backend(name, &kind) && host_backend_is_oci(kind);
}

static bool is_same_file(const char *path, const struct stat *status)
{
	struct stat other;

	return stat(path, &other) == 0 && other.st_dev == status->st_dev && other.st_ino == status->st_ino;
}

/*
 * Who puts hardrun in docker's place by a link does not mean it to call itself. The path that the kernel executed is there at
 * once, while /proc makes a directory for who asks; but a relative one may mean another file by now, and so may a descriptor.
 */
static bool is_ourselves(const struct stat *status)
{
	const char *path = (const char *)getauxval(AT_EXECFN);

	if (path == NULL || path[0] != '/' || strncmp(path, "/dev/", strlen("/dev/")) == 0 || access(path, F_OK) != 0)
		path = "/proc/self/exe";
	return is_same_file(path, status);
}

const char *host_program_reason(const struct host_facts *facts, const char *path)
{
	struct stat status;

	if (path[0] != '/')
		return "it is not an absolute path";
	if (stat(path, &status) != 0)
		return "there is no such file";
	if (!S_ISREG(status.st_mode) || access(path, X_OK) != 0)
		return "it is not a program";
	/* What root executes is root's, whoever asked for it. */
	if (status.st_uid != 0 && (facts->is_root || status.st_uid != facts->caller_uid))
		return facts->is_root ? "it does not belong to root" : "it belongs neither to root nor to you";
	if ((status.st_mode & 0022) != 0)
		return "others may write to it";
	return is_ourselves(&status) ? "it is hardrun itself" : NULL;
}

const char *host_find_program(struct arena *arena, const struct host_facts *facts, const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(directories); i++) {
		const char *path = arena_printf(arena, "%s/%s", directories[i], name);

		if (host_program_reason(facts, path) == NULL)
			return path;
	}
	return NULL;
}

void host_find_programs(struct arena *arena, struct host_facts *facts, const char *wanted)
{
	const bool is_any = wanted == NULL || strcmp(wanted, "auto") == 0;

	for (unsigned kind = 0; kind < BACKEND_KIND_COUNT; kind++) {
		/* Podman uses runc where crun does not start. */
		if (is_any || strcmp(wanted, backend_names[kind]) == 0 || (kind == BACKEND_RUNC && strcmp(wanted, "podman") == 0))
			facts->engine.programs[kind] = host_find_program(arena, facts, backend_names[kind]);
	}
	if (!is_any && (facts->image.kind == IMAGE_ROOTFS || strcmp(wanted, "docker") == 0 || strcmp(wanted, "podman") == 0))
		return; /* no image to bring, or an engine that brings it */
	facts->engine.skopeo = host_find_program(arena, facts, "skopeo");
	facts->engine.umoci = host_find_program(arena, facts, "umoci");
}
