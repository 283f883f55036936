/*
 * secrets: credentials of the unit, copied to where only the container's user can read them. Systemd keeps its own in a directory
 * that nobody but the unit's user may enter, so they cannot be mounted as they are. Source: systemd.exec(5), CREDENTIALS.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "rootless.h"

enum { SECRET_BYTES_MAX = 1 << 20 };  /* as systemd has it, for all of a unit's */

static int refuse_missing(struct arena *arena, const struct launch *launch, const char *name, struct error *err)
{
	const struct host_unit *unit = launch->facts->unit;

	if (unit == NULL || unit->credentials == NULL)
		(void)error_set(err, arena, ERROR_MISSING, "the policy wants the secret %s, and no credentials were given to this process: %s",
				name, unit == NULL ? "it was not started by systemd for a unit" : "its unit loads none");
	else
		(void)error_set(err, arena, ERROR_MISSING, "the policy wants the secret %s, and %s has no credential of that name", name,
				unit->name != NULL ? unit->name : "the unit");
	err->remedy = arena_printf(arena, "add LoadCredential=%s:/PATH/OF/THE/FILE to the [Service] section of the unit", name);
	return -(int)err->kind;
}

int secrets_check(struct arena *arena, const struct launch *launch, struct error *err)
{
	const struct host_unit *unit = launch->facts->unit;
	CLOSE_FD int directory = -1;

	if (launch->plan->secrets.count == 0)
		return 0;
	if (unit != NULL && unit->credentials != NULL)
		directory = open(unit->credentials, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	for (size_t i = 0; i < launch->plan->secrets.count; i++) {
		const char *name = launch->plan->secrets.items[i];

		if (!bundle_name_is_sane(name) || directory < 0 || faccessat(directory, name, R_OK, AT_SYMLINK_NOFOLLOW) < 0)
			return refuse_missing(arena, launch, name, err);
	}
	return 0;
}

static bool copy(struct arena *arena, const struct launch *launch, int from, int to, const char *name)
{
	const struct plan *plan = launch->plan;
	const uid_t uid = user_namespace_uid(launch->facts, plan->uid);
	const gid_t gid = user_namespace_gid(launch->facts, plan->gid);
	struct stat status;
	char *text;

	if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	text = descriptors_read_file(arena, from, name, SECRET_BYTES_MAX);
	if (text == NULL || !descriptors_write_file(to, name, text, (size_t)status.st_size))
		return false;
	explicit_bzero(text, (size_t)status.st_size);
	return fchownat(to, name, uid, gid, AT_SYMLINK_NOFOLLOW) == 0 && fchmodat(to, name, 0400, 0) == 0;
}

const char *secrets_write(struct arena *arena, const struct launch *launch, int directory)
{
	CLOSE_FD int from = open(launch->facts->unit->credentials, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	for (size_t i = 0; i < launch->plan->secrets.count; i++)
		if (from < 0 || !copy(arena, launch, from, directory, launch->plan->secrets.items[i]))
			return launch->plan->secrets.items[i];
	return NULL;
}

/* In the runtime's mount namespace: nobody else sees it, it is on no disk, and it is gone with the last process there. */
const char *secrets_mount(const struct container *container)
{
	const char *place = arena_printf(container->arena, "%s/" BACKEND_SECRETS_NAME, container->dir);
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	struct mount_attr closed = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC};
	const char *failed;
	CLOSE_FD int directory = -1;

	if (container->launch->plan->secrets.count == 0)
		return NULL;
	if (mkdir(place, 0700) < 0 || mount("tmpfs", place, "tmpfs", flags, "mode=0755,size=2m") < 0)
		return "the memory for them";
	directory = open(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	failed = directory < 0 ? "their directory" : secrets_write(container->arena, container->launch, directory);
	if (failed == NULL && mount_setattr(AT_FDCWD, place, 0, &closed, sizeof(closed)) < 0)
		failed = "the memory for them";
	return failed;
}
