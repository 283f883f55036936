/*
 * context: what SELinux makes of the label that a container must have. Source: security/selinux/selinuxfs.c (context, access);
 * security/selinux/include/security.h, SELINUX_AVD_FLAGS_PERMISSIVE.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "context.h"

#define SELINUXFS "/sys/fs/selinux"

enum { CONTEXT_BYTES_MAX = 4096, ANSWER_BYTES = 256, NUMBER_BYTES = 16, ANSWER_FLAGS = 5, AVD_PERMISSIVE = 1 };

/* ---- before ---- */

/*
 * The kernel takes one that its policy knows, and answers as it writes it itself: "c2,c1" as "c1,c2". Whoever may not ask is told
 * by what is read back from the process.
 */
static int check_known(struct arena *arena, const char *context, struct error *err)
{
	CLOSE_FD int fd = open(SELINUXFS "/context", O_RDWR | O_CLOEXEC);
	char *answer = arena_alloc(arena, CONTEXT_BYTES_MAX);

	if (fd >= 0 && write(fd, context, strlen(context) + 1) < 0 && errno == EINVAL) {
		(void)error_set(err, arena, ERROR_UNTRUSTED, "this machine's SELinux policy knows no label %s", context);
		err->remedy = "name a user, role and type of that policy that go together, and a level where it has levels (seinfo lists them)";
		return -(int)err->kind;
	}
	if (fd < 0 || read(fd, answer, CONTEXT_BYTES_MAX - 1) <= 0 || strcmp(answer, context) == 0)
		return 0;
	(void)error_set(err, arena, ERROR_UNTRUSTED, "SELinux writes the label %s as %s", context, string_printable(arena, answer, 160));
	err->remedy = "say the level so";
	return -(int)err->kind;
}

int context_check(struct arena *arena, const struct launch *launch, struct error *err)
{
	const struct host_facts *facts = launch->facts;
	const char *whole;

	if (!launch->plan || launch->plan->security_labels.count == 0)
		return 0;
	if (!facts->has_selinux || facts->selinux_problem) {
		(void)error_set(err, arena, ERROR_MISSING, "%s, and a label would mean nothing",
				facts->selinux_problem ? facts->selinux_problem : "SELinux is off on this machine");
		err->remedy = facts->selinux_problem ? facts->selinux_remedy : "leave it out";
		return -(int)err->kind;
	}
	whole = plan_context(arena, launch->plan);
	return whole ? check_known(arena, whole, err) : 0;
}

/* ---- after ---- */

const char *context_read(struct arena *arena, pid_t pid)
{
	char *text = arena_alloc(arena, CONTEXT_BYTES_MAX);

	if (!descriptors_read_small(AT_FDCWD, arena_printf(arena, "/proc/%d/attr/current", (int)pid), text, CONTEXT_BYTES_MAX))
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* "user:role:type:level", of which the level may have colons. */
static bool has_part(const char *context, const char *part)
{
	static const char *const names[] = {"user", "role", "type", "level"};
	const char *colon = strchr(part, ':'), *at = context;
	const size_t length = colon ? (size_t)(colon - part) : 0;

	for (size_t i = 0; colon && i < ARRAY_COUNT(names); i++) {
		const size_t size = i + 1 < ARRAY_COUNT(names) ? strcspn(at, ":") : strlen(at);

		if (strlen(names[i]) == length && memcmp(names[i], part, length) == 0)
			return strlen(colon + 1) == size && memcmp(at, colon + 1, size) == 0;
		at += size + (at[size] == ':');
	}
	return false;
}

const char *context_problem(struct arena *arena, const struct string_list *parts, const char *context)
{
	for (size_t i = 0; i < parts->count; i++)
		if (!has_part(context, parts->items[i]))
			return arena_printf(arena, "has the label %s, and not %s", string_printable(arena, context, 160), parts->items[i]);
	return NULL;
}

/* The last of the answer's words: allowed, decided, auditallow, auditdeny, sequence, flags, of which only the flags are read. */
static bool is_flagged(const char *answer)
{
	for (unsigned words = 0; words < ANSWER_FLAGS && answer; words++) {
		answer = strchr(answer, ' ');
		answer += answer != NULL;
	}
	return answer && *answer == '0' + AVD_PERMISSIVE;
}

bool context_is_permissive(struct arena *arena, const char *context)
{
	CLOSE_FD int fd = open(SELINUXFS "/access", O_RDWR | O_CLOEXEC);
	char class[NUMBER_BYTES], answer[ANSWER_BYTES] = {0};
	const char *question;

	if (fd < 0 || !descriptors_read_small(AT_FDCWD, SELINUXFS "/class/process/index", class, sizeof(class)))
		return false;
	class[strcspn(class, "\n")] = '\0';
	question = arena_printf(arena, "%s %s %s", context, context, class);
	if (write(fd, question, strlen(question) + 1) < 0 || read(fd, answer, sizeof(answer) - 1) <= 0)
		return false;
	return is_flagged(answer);
}
