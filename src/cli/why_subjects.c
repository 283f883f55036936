/* why, its three subjects: a system call, a capability, a path in the container. */
#include "why.h"

#include <string.h>

#include <hardrun/profile.h>
#include <hardrun/watch.h>

/* ---- --syscall NAME or NAME(ARGUMENT, ...) ---- */

static int fail_argument(const struct why_question *question, const char *word, struct error *err)
{
	int result = error_set(err, question->arena, ERROR_USAGE, "--syscall: %s is no argument that is known here", word);

	err->remedy = "write numbers, or names of families, flags and requests joined by |: 'socket(AF_ALG, SOCK_DGRAM, 0)'";
	return result;
}

/* The next argument of ${at}, up to a comma or the bracket; texts and addresses count as 0: no filter looks behind them. */
static const char *next_argument(struct arena *arena, const char **at)
{
	const char *start = *at + strspn(*at, " ");
	size_t length;

	if (*start == '"') {
		const char *end = strchr(start + 1, '"');

		*at = end != NULL ? end + 1 + strspn(end + 1, " ") : start + strlen(start);
		return "0";
	}
	length = strcspn(start, ",)");
	*at = start + length;
	while (length > 0 && start[length - 1] == ' ')
		length--;
	return arena_strndup(arena, start, length);
}

/* *ret_has_arguments: a list was given, of which those that are left out are 0. */
static int parse_call(const struct why_question *question, const char **ret_name, uint64_t arguments[WATCH_ARGUMENTS],
		      bool *ret_has_arguments, struct error *err)
{
	const char *at = strchr(question->word, '(');
	unsigned count = 0;

	*ret_has_arguments = at != NULL && strcmp(at, "()") != 0 && strcmp(at, "(...)") != 0;
	*ret_name = at == NULL ? question->word : arena_strndup(question->arena, question->word, (size_t)(at - question->word));
	if (!*ret_has_arguments)
		return 0;
	do {
		const char *word;

		at++;
		word = next_argument(question->arena, &at);
		if (count == WATCH_ARGUMENTS || !watch_value(question->arena, word, &arguments[count]))
			return fail_argument(question, string_printable(question->arena, word, 40), err);
		count++;
	} while (*at == ',');
	return strcmp(at, ")") == 0 ? 0 : fail_argument(question, string_printable(question->arena, at, 40), err);
}

static int fail_unknown_call(const struct why_question *question, const char *name, struct error *err)
{
	int result = error_set(err, question->arena, ERROR_USAGE,
			       "--syscall: %s is not in hardrun's table of system calls: no policy can name it, and it answers ENOSYS",
			       string_printable(question->arena, name, 40));
	struct string_list known = { 0 };
	const char *nearest;

	(void)profile_group(question->arena, "@known", &known);
	nearest = string_nearest(name, known.items, known.count);
	if (nearest != NULL)
		err->remedy = arena_printf(question->arena, "did you mean %s?", nearest);
	return result;
}

int why_syscall(const struct why_question *question, struct why_answer *ret_answer, struct error *err)
{
	const struct policy_seccomp *bound = question->ceiling != NULL ? &question->ceiling->seccomp : NULL;
	struct profile_explanation explanation;
	uint64_t arguments[WATCH_ARGUMENTS] = { 0 };
	const struct profile *profile;
	const char *name;
	bool has_arguments;
	int result = parse_call(question, &name, arguments, &has_arguments, err);

	if (result == 0)
		result = profile_build(question->arena, &question->policy->seccomp, bound, &profile, err);
	if (result < 0)
		return result;
	if (!profile_explain(question->arena, &question->policy->seccomp, bound, name, has_arguments ? arguments : NULL, &explanation))
		return fail_unknown_call(question, name, err);
	ret_answer->subject = question->word;
	ret_answer->is_allowed = explanation.verdict == PROFILE_ALLOW || explanation.verdict == PROFILE_ALLOW_IF;
	ret_answer->detail = explanation.reason;
	if (explanation.verdict == PROFILE_ALLOW_IF)
		ret_answer->detail = arena_printf(question->arena, "for some arguments: %s", explanation.reason);
	else if (!ret_answer->is_allowed)
		ret_answer->detail = arena_printf(question->arena, "with %s: %s", explanation.verdict == PROFILE_EPERM ? "EPERM" : "ENOSYS",
						  explanation.reason);
	ret_answer->rule = explanation.group == NULL ? explanation.decider :
			   arena_printf(question->arena, "%s, %s", explanation.group, explanation.decider);
	ret_answer->place = explanation.place;
	ret_answer->remedy = explanation.remedy;
	return 0;
}

/* ---- --cap NAME ---- */

static const struct policy_text *find_capability(const struct policy_list *list, const char *canonical)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *reason, *entry = verdict_capability(list->items[i].value, &reason);

		if (entry != NULL && strcmp(entry, canonical) == 0)
			return &list->items[i];
	}
	return NULL;
}

int why_capability(const struct why_question *question, struct why_answer *ret_answer, struct error *err)
{
	const struct policy *policy = question->policy;
	const char *reason = NULL, *canonical = verdict_capability(question->word, &reason), *name;
	const struct policy_text *given, *granted;
	bool is_bound;

	if (canonical == NULL)
		return error_set(err, question->arena, ERROR_USAGE, "--cap: %s is no capability",
				 string_printable(question->arena, question->word, 40));
	name = canonical + strlen("CAP_");
	given = find_capability(&policy->defaults.cap_add, canonical);
	granted = find_capability(&policy->allow.cap_add, canonical);
	is_bound = question->ceiling != NULL && find_capability(&question->ceiling->allow.cap_add, canonical) == NULL;
	*ret_answer = (struct why_answer){ .subject = canonical, .rule = "floor: all capabilities are dropped" };
	if (reason != NULL && !policy->hazards[HAZARD_PRIVILEGED].is_set) {
		*ret_answer = (struct why_answer){ .subject = canonical, .detail = reason, .rule = "floor: capabilities" };
	} else if (is_bound) {
		ret_answer->rule = "ceiling: allow.cap_add";
		ret_answer->remedy = arena_printf(question->arena, "root adds allow: {cap_add: [%s]} to /etc/hardrun/ceiling.yaml", name);
	} else if (given != NULL) {
		*ret_answer = (struct why_answer){ canonical, true, NULL, "defaults.cap_add", given->place, NULL };
	} else if (granted != NULL) {
		ret_answer->detail = "the policy gives it to who asks";
		ret_answer->rule = "allow.cap_add";
		ret_answer->place = granted->place;
		ret_answer->remedy = arena_printf(question->arena, "--cap-add %s", name);
	} else {
		ret_answer->remedy = arena_printf(question->arena,
						  "add defaults: {cap_add: [%s]}, or allow: {cap_add: [%s]} for who asks", name, name);
	}
	return 0;
}

/* ---- --path PATH: may it be written? ---- */

/* The target of "SOURCE:TARGET[:ro]" or "TARGET[:OPTIONS]". */
static const char *target_of(struct arena *arena, const char *text, bool has_source)
{
	const char *start = text;

	if (has_source) {
		start = strchr(text, ':');
		if (start == NULL)
			return text;
		start++;
	}
	return path_tidy(arena, arena_strndup(arena, start, strcspn(start, ":")));
}

struct cover { const char *target; const struct policy_text *line; bool is_tmpfs; };

/* The innermost mount that ${path} lies in. */
static void find_cover(struct arena *arena, const struct policy_list *list, bool is_tmpfs, const char *path, struct cover *cover)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *target = target_of(arena, list->items[i].value, !is_tmpfs);

		if (path_is_within(path, target) && (cover->target == NULL || strlen(target) >= strlen(cover->target)))
			*cover = (struct cover){ target, &list->items[i], is_tmpfs };
	}
}

static bool ends_read_only(const char *text)
{
	const char *options = strrchr(text, ':');

	return options != NULL && (strcmp(options, ":ro") == 0 || strncmp(options, ":ro,", 4) == 0);
}

/* Where a tmpfs would make ${path} writable: around it, else at itself; NULL: nowhere. */
static const char *place_for_tmpfs(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *parent = slash > path ? arena_strndup(arena, path, (size_t)(slash - path)) : NULL;

	if (parent != NULL && verdict_target_reason(parent) == NULL)
		return parent;
	return verdict_target_reason(path) == NULL ? path : NULL;
}

static void answer_root(const struct why_question *question, const char *path, struct why_answer *answer)
{
	const struct policy *policy = question->policy;
	const struct policy_bool *read_only = &policy->defaults.read_only;
	const char *place = place_for_tmpfs(question->arena, path);

	if (read_only->is_set && !read_only->value && policy->hazards[HAZARD_WRITABLE_ROOT].is_set) {
		*answer = (struct why_answer){ path, true, "where the container's user owns it", "defaults.read_only", read_only->place, NULL };
		return;
	}
	answer->detail = "the root file system is read-only";
	answer->rule = read_only->is_set ? "defaults.read_only" : "floor: read_only";
	answer->place = read_only->place;
	if (place == NULL)
		answer->detail = arena_printf(question->arena, "the root file system is read-only, and nothing is mounted here: %s",
					      verdict_target_reason(path));
	else if (policy->allow.tmpfs_max_size.is_set)
		answer->remedy = arena_printf(question->arena, "--tmpfs %s, or add defaults: {tmpfs: [\"%s:size=16m\"]}", place, place);
	else
		answer->remedy = arena_printf(question->arena, "add defaults: {tmpfs: [\"%s:size=16m\"]}", place);
}

int why_path(const struct why_question *question, struct why_answer *ret_answer, struct error *err)
{
	const char *path = path_tidy(question->arena, question->word);
	struct cover cover = { 0 };
	bool is_read_only;

	if (!path_is_clean(path))
		return error_set(err, question->arena, ERROR_USAGE, "--path: %s is no absolute path without \"..\"",
				 string_printable(question->arena, question->word, 80));
	find_cover(question->arena, &question->policy->defaults.tmpfs, true, path, &cover);
	find_cover(question->arena, &question->policy->defaults.volumes, false, path, &cover);
	*ret_answer = (struct why_answer){ .subject = path };
	if (cover.target != NULL) {
		is_read_only = !cover.is_tmpfs && ends_read_only(cover.line->value);
		ret_answer->is_allowed = !is_read_only;
		ret_answer->rule = cover.is_tmpfs ? "defaults.tmpfs" : "defaults.volumes";
		ret_answer->place = cover.line->place;
		ret_answer->detail = arena_printf(question->arena, "%s is %s", cover.target, cover.is_tmpfs ? "in memory, writable for the "
						  "container's user" : is_read_only ? "mounted read-only" : "mounted writable");
		ret_answer->remedy = is_read_only ? "take \":ro\" from that line" : NULL;
	} else if (path_is_within(path, "/dev/shm")) {
		*ret_answer = (struct why_answer){ path, true, "shared memory", "defaults.shm_size", question->policy->defaults.shm_size.place,
						   NULL };
	} else if (path_is_within(path, "/proc") || path_is_within(path, "/sys")) {
		ret_answer->detail = "what the kernel shows there of the host is hidden or read-only";
		ret_answer->rule = "floor: mounts";
	} else {
		answer_root(question, path, ret_answer);
	}
	return 0;
}
