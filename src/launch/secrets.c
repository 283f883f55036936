/*
 * secrets: files and credentials of the unit, copied to where only the container's user can read them. Systemd keeps its own in
 * a directory that nobody but the unit's user may enter, so they cannot be mounted as they are. Source: systemd.exec(5),
 * CREDENTIALS.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "rootless.h"

enum { SECRET_BYTES_MAX = 1 << 20 };  /* as systemd has it, for all of a unit's */

/* Where a secret lies: a directory, -1 with errno: none, and a name in it. */
struct secret { int directory; const char *name; };

/* By the rights of whoever runs this: for root a policy of root's has said which (plan_check_bounds). */
static struct secret find_secret(struct arena *arena, const struct launch *launch, const struct plan_pair *pair)
{
	const struct host_unit *unit = launch->facts->unit;
	const char *path = policy_secret_of(pair->value, POLICY_SECRET_FILE), *slash = path != NULL ? strrchr(path, '/') : NULL;
	struct secret secret = {.directory = -1, .name = policy_secret_of(pair->value, POLICY_SECRET_CREDENTIAL)};

	errno = ENOENT;
	if (slash != NULL) {
		secret.name = slash + 1;
		secret.directory = descriptors_open_plain(slash == path ? "/" : arena_strndup(arena, path, (size_t)(slash - path)),
							  O_PATH | O_DIRECTORY);
	} else if (unit != NULL && unit->credentials != NULL && bundle_name_is_sane(secret.name)) {
		secret.directory = open(unit->credentials, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	return secret;
}

/* Its bytes; NULL with errno. */
static char *read_secret(struct arena *arena, const struct launch *launch, const struct plan_pair *pair, size_t *ret_length)
{
	const struct secret secret = find_secret(arena, launch, pair);
	CLOSE_FD int directory = secret.directory;

	return directory < 0 ? NULL : descriptors_read_bytes(arena, directory, secret.name, SECRET_BYTES_MAX, ret_length);
}

static int refuse_file(struct arena *arena, const struct plan_pair *pair, int number, struct error *err)
{
	const char *path = string_printable(arena, policy_secret_of(pair->value, POLICY_SECRET_FILE), 200);
	const char *why = strerror(number);

	if (number == ELOOP)
		why = "a symbolic link is on the way, and somebody may turn it";
	else if (number == EINVAL)
		why = "it is no plain file";
	else if (number == EFBIG)
		why = "it has more than 1 MiB";
	(void)error_set(err, arena, ERROR_MISSING, "the policy wants the secret %s from %s, which cannot be read: %s", pair->name,
			path, why);
	if (number == ELOOP)
		err->remedy = arena_printf(arena, "write the path that readlink -f %s prints", path);
	else if (number == EACCES)
		err->remedy = "let whoever runs hardrun read it, or use sudo with a policy of root's";
	return -(int)err->kind;
}

static int refuse_credential(struct arena *arena, const struct launch *launch, const struct plan_pair *pair, struct error *err)
{
	const struct host_unit *unit = launch->facts->unit;
	const char *name = policy_secret_of(pair->value, POLICY_SECRET_CREDENTIAL);

	if (unit == NULL || unit->credentials == NULL)
		(void)error_set(err, arena, ERROR_MISSING, "the policy wants the secret %s, and no credentials were given to this process: %s",
				pair->name, unit == NULL ? "it was not started by systemd for a unit" : "its unit loads none");
	else
		(void)error_set(err, arena, ERROR_MISSING, "the policy wants the secret %s, and %s has no credential %s", pair->name,
				unit->name != NULL ? unit->name : "the unit", name);
	err->remedy = arena_printf(arena, "add LoadCredential=%s:/PATH/OF/THE/FILE to the [Service] section of the unit", name);
	return -(int)err->kind;
}

int secrets_check(struct arena *arena, const struct launch *launch, struct error *err)
{
	for (size_t i = 0; i < launch->plan->secret_count; i++) {
		const struct plan_pair *pair = &launch->plan->secrets[i];
		size_t length = 0;
		char *text = bundle_name_is_sane(pair->name) ? read_secret(arena, launch, pair, &length) : NULL;
		const int number = errno;

		if (text == NULL)
			return policy_secret_of(pair->value, POLICY_SECRET_FILE) != NULL ? refuse_file(arena, pair, number, err)
									   : refuse_credential(arena, launch, pair, err);
		explicit_bzero(text, length);
	}
	return 0;
}

static bool copy(struct arena *arena, const struct launch *launch, const struct plan_pair *pair, int to)
{
	const struct plan *plan = launch->plan;
	const uid_t uid = user_namespace_uid(launch->facts, plan->uid);
	const gid_t gid = user_namespace_gid(launch->facts, plan->gid);
	size_t length = 0;
	char *text = read_secret(arena, launch, pair, &length);
	bool is_written = text != NULL && descriptors_write_file(to, pair->name, text, length);

	if (text != NULL)
		explicit_bzero(text, length);
	return is_written && fchownat(to, pair->name, uid, gid, AT_SYMLINK_NOFOLLOW) == 0 && fchmodat(to, pair->name, 0400, 0) == 0;
}

const char *secrets_write(struct arena *arena, const struct launch *launch, int directory)
{
	for (size_t i = 0; i < launch->plan->secret_count; i++)
		if (!copy(arena, launch, &launch->plan->secrets[i], directory))
			return launch->plan->secrets[i].name;
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

	if (container->launch->plan->secret_count == 0)
		return NULL;
	if (mkdir(place, 0700) < 0 || mount("tmpfs", place, "tmpfs", flags, "mode=0755,size=2m") < 0)
		return "the memory for them";
	directory = open(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	failed = directory < 0 ? "their directory" : secrets_write(container->arena, container->launch, directory);
	if (failed == NULL && mount_setattr(AT_FDCWD, place, 0, &closed, sizeof(closed)) < 0)
		failed = "the memory for them";
	return failed;
}
