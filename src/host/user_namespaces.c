/* user_namespaces: whether an ordinary user can make one here, and what root has to do where not. */
#include "host_internal.h"

#include <limits.h>
#include <string.h>

static bool text_is(struct arena *arena, const char *path, const char *wanted)
{
	const char *text = host_read_text(arena, path);

	return text != NULL && strcmp(text, wanted) == 0;
}

/*
 * Ubuntu lets only confined programs use a user namespace: those whose profile has the line "userns,". A profile with
 * flags=(unconfined) shows as "name (unconfined)"; no profile at all as "unconfined".
 */
static bool is_restricted_by_apparmor(struct arena *arena, const char *root)
{
	if (!text_is(arena, arena_printf(arena, "%s/proc/sys/kernel/apparmor_restrict_unprivileged_userns", root), "1"))
		return false;
	return text_is(arena, arena_printf(arena, "%s/proc/self/attr/current", root), "unconfined");
}

/* The file of this program, where a profile can name it without quotes or globs; else NULL. */
static const char *own_path(struct arena *arena, const char *root)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._+-";
	char *path = arena_alloc(arena, PATH_MAX);
	ssize_t length = readlink(arena_printf(arena, "%s/proc/self/exe", root), path, PATH_MAX - 1);

	return length > 0 && path[0] == '/' && strspn(path, plain) == (size_t)length ? path : NULL;
}

/*
 * A profile lets whoever can put another program at its path do what it lets hardrun do. ${path} has no link in it: the kernel
 * says so of what it has executed.
 */
static bool is_roots_alone(struct arena *arena, const char *root, const char *path)
{
	const char *slash = path, *prefix = "/";
	struct stat status;

	while (lstat(arena_printf(arena, "%s%s", root, prefix), &status) == 0 && status.st_uid == 0 && (status.st_mode & 0022) == 0) {
		if (slash == NULL)
			return true;
		slash = strchr(slash + 1, '/');
		prefix = slash == NULL ? path : arena_strndup(arena, path, (size_t)(slash - path));
	}
	return false;
}

/*
 * crun and runc come out of hardrun's own namespace and need no profile more: without one of their own they keep hardrun's, and
 * those that Ubuntu ships for them have the same line. Source: apparmor.d(5), "userns"; security/apparmor/domain.c of Linux 6.8.
 */
static const char *profile_for(struct arena *arena, const char *path)
{
	return arena_printf(arena, "abi <abi/4.0>,\n"
				   "include <tunables/global>\n"
				   "\n"
				   "profile hardrun %s flags=(unconfined) {\n"
				   "\tuserns,\n"
				   "\n"
				   "\tinclude if exists <local/hardrun>\n"
				   "}\n", path);
}

static bool is_known_to_kernel(struct arena *arena, const char *root)
{
	return access(arena_printf(arena, "%s/proc/self/ns/user", root), F_OK) == 0;
}

bool host_lacks_user_namespaces(struct arena *arena, const char *root, const char **ret_reason, const char **ret_remedy)
{
	if (!is_known_to_kernel(arena, root)) {
		*ret_reason = "this kernel has no user namespaces";
		*ret_remedy = "use sudo, or --backend docker";
		return true;
	}
	if (!text_is(arena, arena_printf(arena, "%s/proc/sys/user/max_user_namespaces", root), "0"))
		return false;
	*ret_reason = "the sysctl user.max_user_namespaces is 0";
	*ret_remedy = "sudo sysctl user.max_user_namespaces=15000";
	return true;
}

void host_read_user_namespaces(struct arena *arena, struct host_facts *facts, const char *root)
{
	const char *path;

	facts->has_user_namespaces = is_known_to_kernel(arena, root);
	if (host_lacks_user_namespaces(arena, root, &facts->user_namespace_reason, &facts->user_namespace_remedy))
		return;
	if (text_is(arena, arena_printf(arena, "%s/proc/sys/kernel/unprivileged_userns_clone", root), "0")) {
		facts->user_namespace_reason = "the sysctl kernel.unprivileged_userns_clone is 0";
		facts->user_namespace_remedy = "sudo sysctl kernel.unprivileged_userns_clone=1";
	} else if (is_restricted_by_apparmor(arena, root)) {
		path = own_path(arena, root);
		facts->user_namespace_reason = "the sysctl kernel.apparmor_restrict_unprivileged_userns is 1, and no AppArmor profile lets "
					       "hardrun make user namespaces";
		facts->user_namespace_remedy = "let root load the AppArmor profile that hardrun doctor prints";
		if (path != NULL && is_roots_alone(arena, root, path))
			facts->user_namespace_profile = profile_for(arena, path);
		else
			facts->user_namespace_remedy = "have root install hardrun where root alone can change it (make install), and load the "
						       "AppArmor profile that its doctor prints then";
	}
}
