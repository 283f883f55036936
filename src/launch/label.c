/*
 * label: the profile that a container must have is in the kernel before anything starts, and on the container's process after it
 * has. An engine that was told of a profile and applied none, or another, would otherwise be believed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/apparmor.h>
#include <sys/file.h>
#include <time.h>

#include "context.h"
#include "label.h"

enum { ROUNDS_MAX = 10000, PAUSE_NANOSECONDS = 1000000, LABEL_BYTES_MAX = 4096 };

/* ---- before ---- */

static int fail_off(struct arena *arena, struct error *err)
{
	(void)error_set(err, arena, ERROR_MISSING, "AppArmor is off on this machine, and the container must have a profile");
	err->remedy = "boot with \"apparmor=1 security=apparmor\" (Debian: install the package apparmor)";
	return -(int)err->kind;
}

static int fail_missing(struct arena *arena, const struct launch *launch, struct error *err)
{
	const char *name = launch->apparmor.name;

	(void)error_set(err, arena, ERROR_MISSING, "the AppArmor profile %s is not loaded", name);
	if (launch->apparmor.text && launch->apparmor_remedy)
		err->remedy = launch->apparmor_remedy;
	else
		err->remedy = arena_printf(arena, "load it (sudo apparmor_parser --replace FILE), or name another in the policy");
	return -(int)err->kind;
}

static int fail_changed(struct arena *arena, const struct apparmor *apparmor, struct error *err)
{
	(void)error_set(err, arena, ERROR_UNTRUSTED,
			"an AppArmor profile %s is loaded, and it is not what hardrun makes: somebody has changed it since, or has taken its name",
			apparmor->name);
	err->remedy = "sudo hardrun apparmor load --replace, with the same words as without";
	return -(int)err->kind;
}

/* 0: it is the text's; a kernel without hashes cannot tell, and its name must do. */
static int compare(struct arena *arena, const struct apparmor *apparmor, const struct host_apparmor_profile *loaded,
		   struct error *err)
{
	const char *digest;
	int result;

	if (!apparmor->text || !loaded->digest)
		return 0;
	result = compile_digest(arena, apparmor->text, loaded->is_sha256, &digest, err);
	if (result < 0 || strcmp(digest, loaded->digest) == 0)
		return result;
	return fail_changed(arena, apparmor, err);
}

int launch_check_profile(struct arena *arena, const struct launch *launch, struct error *err)
{
	const struct apparmor *apparmor = &launch->apparmor;
	const struct host_apparmor_profile *loaded;
	struct host_apparmor_profiles profiles;
	int result;

	if (!apparmor->name)
		return 0;
	if (!aa_is_enabled())
		return fail_off(arena, err);
	result = host_list_apparmor(arena, apparmor->name, &profiles, err);
	if (result < 0)
		return result;
	loaded = host_find_apparmor(&profiles, apparmor->name);
	if (!loaded)
		return fail_missing(arena, launch, err);
	if (strcmp(loaded->mode, "enforce") != 0 && strcmp(loaded->mode, "kill") != 0) {
		(void)error_set(err, arena, ERROR_UNTRUSTED, "the AppArmor profile %s is loaded in the mode %s, which forbids nothing",
				apparmor->name, loaded->mode);
		err->remedy = arena_printf(arena, "sudo aa-enforce %s", apparmor->name);
		if (apparmor->text)
			err->remedy = "sudo hardrun apparmor load --replace, with the same words as without";
		return -(int)err->kind;
	}
	return compare(arena, apparmor, loaded, err);
}

/* Shared by launches, from here until the label of the container has been read back; alone with whoever removes a profile. */
#define PROFILES_LOCK "apparmor.lock"
/* For those of ordinary users, who cannot open that one: it is the kernel's, and there where AppArmor is. */
#define PROFILES_LOCK_PUBLIC "/sys/kernel/security/apparmor/features/capability"

/* -1 with ${err}. */
static int share_lock(struct arena *arena, const struct launch *launch, struct error *err)
{
	CLOSE_FD int directory = -1;

	if (!launch->facts->is_root)
		return aa_is_enabled() ? lock_public(arena, PROFILES_LOCK_PUBLIC, false, err) : (fail_off(arena, err), -1);
	directory = descriptors_make_directory(arena, launch->facts->runtime_dir, err);
	return directory >= 0 ? lock_share(arena, directory, PROFILES_LOCK, LOCK_SECONDS, err) : -1;
}

int label_hold_profile(struct arena *arena, const struct launch *launch, struct error *err)
{
	if (launch->apparmor.name && launch->profile_lock && !launch->plan->is_create_only) {
		*launch->profile_lock = share_lock(arena, launch, err);
		if (*launch->profile_lock < 0)
			return -(int)err->kind;
	}
	if (launch_check_profile(arena, launch, err) < 0)
		return -(int)err->kind;
	return context_check(arena, launch, err);
}

void label_release_profile(const struct launch *launch)
{
	/* Whoever else has the descriptor from us waits for something else by now. */
	if (launch->profile_lock)
		lock_release(launch->profile_lock);
}

/* ---- after ---- */

static bool has_context(const struct launch *launch)
{
	return launch->plan && launch->plan->security_labels.count > 0;
}

bool label_is_wanted(const struct launch *launch)
{
	return launch->apparmor.name || has_context(launch);
}

const char *label_problem(struct arena *arena, const struct launch *launch, const char *label, const char *mode)
{
	const char *wanted = launch->apparmor.name;

	if (wanted && (strcmp(label, wanted) != 0 || !mode || (strcmp(mode, "enforce") != 0 && strcmp(mode, "kill") != 0)))
		return arena_printf(arena, "is under %s%s%s%s, and not under %s", string_printable(arena, label, 160), mode ? " (" : "",
				    mode ? mode : "", mode ? ")" : "", wanted);
	return context_problem(arena, &launch->plan->security_labels, label);
}

/* As the process is now; false: it cannot be read. *ret_mode points into what *ret_label begins. */
static bool read_label(pid_t pid, char **ret_label, char **ret_mode)
{
	*ret_mode = NULL;
	return aa_getprocattr(pid, "current", ret_label, ret_mode) >= 0;
}

/* NULL with errno: it cannot be read. A kernel has AppArmor or SELinux, never both: what is wanted of both fails by one. */
static const char *read_wanted(struct arena *arena, const struct launch *launch, pid_t pid, const char **ret_mode)
{
	char *label, *mode;
	const char *kept = NULL;

	*ret_mode = NULL;
	if (has_context(launch))
		return context_read(arena, pid);
	if (read_label(pid, &label, &mode)) {
		*ret_mode = mode ? arena_strdup(arena, mode) : NULL;
		kept = arena_strdup(arena, label);
		free(label);
	}
	return kept;
}

int label_check_process(struct arena *arena, const struct launch *launch, pid_t pid, struct error *err)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NANOSECONDS};
	const char *problem, *label, *mode;
	unsigned round = 0;

	if (!label_is_wanted(launch))
		return 0;
	/* The profile comes with the program; before that it is the runtime's code. */
	while (process_stage(pid) == PROCESS_FORKED && round++ < ROUNDS_MAX)
		(void)nanosleep(&pause, NULL);
	if (process_stage(pid) >= PROCESS_NEVER)
		return 0;
	label = read_wanted(arena, launch, pid, &mode);
	if (!label)
		return process_stage(pid) >= PROCESS_ENDED ? 0 :
		       error_set(err, arena, ERROR_UNTRUSTED, "the container was ended: the label of its process cannot be read: %s",
				 strerror(errno));
	problem = label_problem(arena, launch, label, mode);
	if (!problem && has_context(launch) && context_is_permissive(arena, label))
		problem = arena_printf(arena, "has the label %s, whose type is permissive and forbids nothing", label);
	return problem ? error_set(err, arena, ERROR_UNTRUSTED, "the container was ended: its process %s", problem) : 0;
}

/* ---- loading ---- */

static int load(struct arena *arena, const struct apparmor *apparmor, struct error *err)
{
	static const char *const words[] = {"--replace", "--skip-cache", NULL};
	const struct launch launch = {.apparmor = *apparmor};
	int result = compile_run(arena, words, apparmor->text, 0, err);

	return result < 0 ? result : launch_check_profile(arena, &launch, err);
}

int launch_load_profile(struct arena *arena, const struct apparmor *apparmor, bool may_replace, bool *ret_is_new,
			struct error *err)
{
	const struct host_apparmor_profile *loaded;
	struct host_apparmor_profiles profiles;
	struct error changed = {0};
	int result;

	if (!aa_is_enabled()) {
		(void)error_set(err, arena, ERROR_MISSING, "AppArmor is off on this machine: no profile can be loaded");
		err->remedy = "boot with \"apparmor=1 security=apparmor\" (Debian: install the package apparmor)";
		return -(int)err->kind;
	}
	result = host_list_apparmor(arena, apparmor->name, &profiles, err);
	if (result < 0)
		return result;
	loaded = host_find_apparmor(&profiles, apparmor->name);
	*ret_is_new = !loaded;
	if (!loaded || (may_replace && (compare(arena, apparmor, loaded, &changed) < 0 || strcmp(loaded->mode, "enforce") != 0)))
		return load(arena, apparmor, err);
	if (compare(arena, apparmor, loaded, err) < 0)
		return -(int)err->kind;
	return launch_check_profile(arena, &(const struct launch){.apparmor = *apparmor}, err);
}

unsigned launch_profile_users(const char *name)
{
	const int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *processes = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	unsigned users = 0;

	while (processes && (entry = readdir(processes)) != NULL) {
		char *label, *mode;
		uint64_t pid;

		if (!parse_decimal(entry->d_name, &pid) || pid == 0 || pid > INT32_MAX || !read_label((pid_t)pid, &label, &mode))
			continue;
		users += strcmp(label, name) == 0;
		free(label);
	}
	if (processes)
		(void)closedir(processes);
	return users;
}

int launch_collect_profile(struct arena *arena, const char *runtime_dir, const char *name, bool *ret_is_removed,
			   struct error *err)
{
	static const char *const words[] = {"--remove", NULL};
	CLOSE_FD int directory = descriptors_make_directory(arena, runtime_dir, err);
	CLOSE_FD int lock = directory >= 0 ? lock_open(arena, directory, PROFILES_LOCK, LOCK_SECONDS, err) : -1;
	CLOSE_FD int public = lock >= 0 ? lock_public(arena, PROFILES_LOCK_PUBLIC, true, err) : -1;
	int result;

	*ret_is_removed = false;
	if (public < 0)
		return -(int)err->kind;
	if (launch_profile_users(name) > 0)
		return 0;
	result = compile_run(arena, words, arena_printf(arena, "profile %s {}\n", name), 0, err);
	*ret_is_removed = result == 0;
	return result;
}
