/* monitor_check: what a judge says, read as if an attacker had written it. */
#include "channel.h"
#include "separate.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DECIDE_KEYS = 11, POLICY_KEYS = 4, HIDDEN_MAX = 8192, FILES_MAX = 16 };

static bool read_texts(struct arena *arena, const json_t *array, struct string_list *list)
{
	if (!json_is_array(array) || json_array_size(array) > FILES_MAX)
		return false;
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *text = json_string_value(json_array_get(array, i));

		if (text == NULL)
			return false;
		string_list_add(arena, list, arena_strdup(arena, text));
	}
	return true;
}

bool monitor_read_policy(struct arena *arena, const json_t *json, struct monitor_decision *decision)
{
	struct policy *policy = &decision->policy;

	if (json_is_null(json))
		return true;
	if (!json_is_object(json) || json_object_size(json) != POLICY_KEYS || !channel_word(arena, json, "name", &policy->name) ||
	    !read_texts(arena, json_object_get(json, "files"), &policy->files) ||
	    !read_texts(arena, json_object_get(json, "digests"), &policy->digests) ||
	    !channel_bool(json, "has_record", &decision->is_record_wanted))
		return false;
	decision->decision.policy = policy;
	return policy->files.count > 0 && policy->files.count == policy->digests.count;
}

static bool read_span(const json_t *json, struct record_span *ret_span)
{
	json_int_t numbers[3];

	if (!json_is_array(json) || json_array_size(json) != ARRAY_COUNT(numbers))
		return false;
	for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
		const json_t *number = json_array_get(json, i);

		numbers[i] = json_integer_value(number);
		if (!json_is_integer(number) || numbers[i] < 0)
			return false;
	}
	*ret_span = (struct record_span){ (size_t)numbers[0], (size_t)numbers[1], (size_t)numbers[2] };
	return true;
}

static bool read_hidden(struct arena *arena, const json_t *json, struct monitor_decision *decision)
{
	if (json_is_null(json))
		return true;
	if (!json_is_array(json) || json_array_size(json) > HIDDEN_MAX)
		return false;
	for (size_t i = 0; i < json_array_size(json); i++)
		if (!read_span(json_array_get(json, i), vector_push(arena, decision->hidden.items, decision->hidden.count)))
			return false;
	decision->decision.hidden = &decision->hidden;
	return true;
}

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static bool read_models(struct arena *arena, const json_t *json, struct monitor_decision *decision)
{
	const json_t *findings = json_object_get(json, "findings"), *plan = json_object_get(json, "plan");
	struct error err = { 0 };

	if (findings == NULL || plan == NULL)
		return false;
	if (!json_is_null(findings)) {
		if (plan_read_findings(arena, findings, &decision->findings, &err) < 0)
			return false;
		decision->decision.findings = &decision->findings;
	}
	if (json_is_null(plan))
		return true;
	decision->decision.plan = &decision->plan;
	return plan_read(arena, plan, &decision->plan, &err) == 0;
}

bool monitor_read_decision(struct arena *arena, const struct channel_message *message, struct monitor_decision *ret_decision)
{
	static const char *const verdicts[] = { "allowed", "denied", "malformed", "policy", "failed" };
	static const char *const verbs[] = { "run", "create" };
	const json_t *json = message->json;
	struct decision *decision = &ret_decision->decision;

	*ret_decision = (struct monitor_decision){ .findings.arena = arena };
	if (json_object_size(json) != DECIDE_KEYS || !channel_word(arena, json, "verdict", &decision->verdict) ||
	    !channel_word(arena, json, "verb", &decision->verb) || !channel_text(arena, json, "error", &decision->error) ||
	    !channel_text(arena, json, "image", &decision->image) ||
	    !channel_text(arena, json, "image_digest", &decision->image_digest) ||
	    !channel_bool(json, "has_isolated_network", &ret_decision->has_isolated_network))
		return false;
	if (!is_one_of(decision->verdict, verdicts, ARRAY_COUNT(verdicts)) || !is_one_of(decision->verb, verbs, ARRAY_COUNT(verbs)) ||
	    !monitor_read_policy(arena, json_object_get(json, "policy"), ret_decision) ||
	    !read_hidden(arena, json_object_get(json, "hidden"), ret_decision) || !read_models(arena, json, ret_decision))
		return false;
	/* What is to run has a plan and a policy, and nothing that refuses it. */
	return strcmp(decision->verdict, "allowed") != 0 ||
	       (decision->plan != NULL && decision->policy != NULL && decision->findings != NULL && findings_allow(decision->findings));
}

/* ---- sources ---- */

/* The kernel's own name for what is held: of a file that was moved or removed since it is another. */
static bool is_named(struct arena *arena, int fd, const char *path)
{
	const size_t length = strlen(path);
	char *name = arena_alloc(arena, length + 2);

	return readlink(arena_printf(arena, "/proc/self/fd/%d", fd), name, length + 1) == (ssize_t)length &&
	       memcmp(name, path, length) == 0;
}

static bool take_path(struct arena *arena, struct host_facts *facts, int fd, const char *path)
{
	struct stat status;
	struct host_path *taken;

	if (path == NULL || !path_is_clean(path) || fstat(fd, &status) != 0 || S_ISLNK(status.st_mode) || !is_named(arena, fd, path))
		return false;
	taken = vector_push(arena, facts->paths, facts->path_count);
	*taken = (struct host_path){
		.given = path, .resolved = path, .kind = host_path_kind(status.st_mode), .owner_uid = status.st_uid, .owner_gid = status.st_gid,
		.mode = status.st_mode & 07777, .device = status.st_dev, .inode = status.st_ino, .held_fd = fd,
	};
	return true;
}

const char *monitor_take_sources(struct arena *arena, const struct plan *plan, const struct channel_message *message,
				 struct host_facts *facts, int *ret_fds, int *ret_rootfs)
{
	size_t used = 0;

	*ret_rootfs = -1;
	for (size_t i = 0; i < plan->mount_count; i++) {
		ret_fds[i] = -1;
		if (plan->mounts[i].type != PLAN_BIND)
			continue;
		if (used == message->fd_count || plan->mounts[i].source == NULL)
			return "a source is not held";
		if (!take_path(arena, facts, message->fds[used], plan->mounts[i].source))
			return arena_printf(arena, "the source %s is not what is held any more",
					    string_printable(arena, plan->mounts[i].source, 200));
		ret_fds[i] = message->fds[used++];
	}
	if (plan->image.kind == IMAGE_ROOTFS) {
		if (used == message->fd_count || !take_path(arena, facts, message->fds[used], plan->image.path))
			return "the root file system is not what is held";
		*ret_rootfs = message->fds[used++];
	}
	return used == message->fd_count ? NULL : "something is held that is not mounted";
}

/* ---- the image ---- */

static bool is_same(const char *left, const char *right)
{
	return left != NULL && right != NULL && strcmp(left, right) == 0;
}

const char *monitor_image_problem(const struct plan *plan, const struct monitor_fetched *fetched)
{
	if (plan->image.kind == IMAGE_ROOTFS && host_backend_is_oci(plan->backend))
		return is_same(plan->image_rootfs, plan->image.path) ? NULL : "its root file system is not the one that was named";
	if (plan->backend == BACKEND_DOCKER && !is_same(plan->pull, "never"))
		return "the engine would be free to bring another image than the one that was read";
	if (!host_backend_is_oci(plan->backend))
		return NULL;
	if (!fetched->is_there || !plan_is_same_image(&plan->image, &fetched->name))
		return "its image is not the one that was fetched";
	return is_same(plan->image_rootfs, fetched->facts.rootfs) ? NULL : "its root file system is not that of the image";
}

const char *monitor_volume_problem(struct arena *arena, const struct plan *plan, const struct image_facts *image)
{
	for (size_t i = 0; i < image->volumes.count; i++) {
		const char *target = path_tidy(arena, image->volumes.items[i]);
		bool is_found = false;

		for (size_t k = 0; !is_found && k < plan->mount_count; k++)
			is_found = strcmp(plan->mounts[k].target, target) == 0;
		if (!is_found)
			return arena_printf(arena, "nothing is mounted at %s, where the image declares a VOLUME",
					    string_printable(arena, target, 120));
	}
	return NULL;
}

const struct policy *monitor_policy_for(const struct policy *own, const struct image_name *image)
{
	return own != NULL && plan_policy_names(own, image) ? own : NULL;
}

/* ---- targets ---- */

static bool is_between(const char *target, size_t length, const char *prefix, const char *suffix, const char *letters)
{
	const size_t before = strlen(prefix), behind = strlen(suffix);

	if (length <= before + behind || strncmp(target, prefix, before) != 0 || strncmp(target + length - behind, suffix, behind) != 0)
		return false;
	return strspn(target + before, letters) >= length - before - behind && strstr(target, "..") == NULL &&
	       strstr(target, "//") == NULL;
}

/* Of one platform, or of docker's choice. JSON with %XX in it holds no second parameter. */
static bool is_image(const char *target)
{
	static const char reference[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/:@";
	static const char json[] = "abcdefghijklmnopqrstuvwxyz0123456789%:BCD", parameter[] = "?platform=";
	const size_t length = strcspn(target, "?");
	const char *value = target + length;

	if (*value != '\0') {
		if (strncmp(value, parameter, strlen(parameter)) != 0)
			return false;
		value += strlen(parameter);
	}
	return value[strspn(value, json)] == '\0' && is_between(target, length, "/images/", "/json", reference);
}

bool monitor_is_target(const char *target)
{
	static const char *const plain[] = { "/_ping", "/info", "/networks/" PLAN_ISOLATED_NETWORK };
	static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";

	return is_one_of(target, plain, ARRAY_COUNT(plain)) || is_image(target) ||
	       is_between(target, strlen(target), "/volumes/", "", name) || is_between(target, strlen(target), "/networks/", "", name);
}
