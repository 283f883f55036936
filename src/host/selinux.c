/*
 * selinux: whether a label means anything on this machine, and which label the files of containers have by its policy. Source:
 * security/selinux/selinuxfs.c; selinux_config(5); the file of container contexts as libselinux's selabel users read it.
 */
#include "host_internal.h"

#include <string.h>

#define SELINUXFS "/sys/fs/selinux"
#define CONFIG "/etc/selinux/config"

enum { CONTEXT_BYTES_MAX = 512 };

/* What stands after "${name} =" in a line of its own; NULL: no line says it. */
static const char *setting_of(struct arena *arena, const char *path, const char *name)
{
	const char *text = host_read_text(arena, path);
	char *rest = text != NULL ? arena_strdup(arena, text) : NULL, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		char *value;

		line += strspn(line, " \t");
		if (strncmp(line, name, strlen(name)) != 0)
			continue;
		value = line + strlen(name);
		value += strspn(value, " \t");
		if (*value++ != '=')
			continue;
		value += strspn(value, " \t\"");
		value[strcspn(value, " \t\"\r")] = '\0';
		return value;
	}
	return NULL;
}

/* Every part stands in words of others' languages: JSON, mount(8). NULL: it is none. */
static const char *plain_context(const char *context)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.,:-";

	return context != NULL && context[0] != '\0' && strlen(context) < CONTEXT_BYTES_MAX &&
	       strspn(context, letters) == strlen(context) ? context : NULL;
}

static const char *read_file_label(struct arena *arena, const char *root)
{
	const char *policy = setting_of(arena, arena_printf(arena, "%s" CONFIG, root), "SELINUXTYPE");

	if (policy == NULL || policy[0] == '\0' || policy[0] == '.' || strchr(policy, '/') != NULL)
		return NULL;
	return plain_context(setting_of(arena, arena_printf(arena, "%s/etc/selinux/%s/contexts/lxc_contexts", root, policy), "file"));
}

void host_read_selinux_in(struct arena *arena, struct host_facts *facts, const char *root)
{
	const char *enforce = host_read_text(arena, arena_printf(arena, "%s" SELINUXFS "/enforce", root));
	const char *own;

	facts->has_selinux = enforce != NULL;
	facts->selinux_problem = facts->selinux_remedy = facts->selinux_file_label = NULL;
	if (!facts->has_selinux)
		return;
	/* What everything is called until a policy is loaded. */
	own = host_read_text(arena, arena_printf(arena, "%s/proc/self/attr/current", root));
	if (own == NULL || strcmp(own, "kernel") == 0) {
		facts->selinux_problem = "SELinux has no policy on this machine";
		facts->selinux_remedy = "load one (Debian: install selinux-policy-default), or leave it out";
	} else if (strcmp(enforce, "1") != 0) {
		facts->selinux_problem = "SELinux is permissive on this machine and forbids nothing";
		facts->selinux_remedy = "sudo setenforce 1, or leave it out";
	}
	facts->selinux_file_label = read_file_label(arena, root);
}

void host_read_selinux(struct arena *arena, struct host_facts *facts)
{
	host_read_selinux_in(arena, facts, "");
}
