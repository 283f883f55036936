/* verb_copy: files between a container and the caller's own directories; and volumes, which hold files too. */
#include "verb.h"

#include <string.h>
#include <sys/stat.h>

/* "CONTAINER:PATH" as docker tells it from a path. Source: docker/cli cli/command/container/cp.go (splitCpArg). */
static bool split(struct arena *arena, const char *word, const char **ret_container, const char **ret_path)
{
	const size_t length = strcspn(word, ":");

	if (word[0] == '/' || word[0] == '.' || word[length] != ':' || length == 0)
		return false;
	*ret_container = arena_strndup(arena, word, length);
	*ret_path = word + length + 1;
	return true;
}

static bool ends_with(const char *text, const char *end)
{
	const size_t length = strlen(text), tail = strlen(end);

	return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* The part of a path that need not be there yet: its directory must. */
static struct host_path resolve(struct verb_act *act, const char *word, const char **ret_name)
{
	struct arena *arena = act->cli->arena;
	struct host_path path = host_resolve_path(arena, act->cli->facts, word);
	const char *slash = strrchr(word, '/');

	*ret_name = NULL;
	if (path.resolved != NULL || ends_with(word, "/") || ends_with(word, ".."))
		return path;
	*ret_name = slash != NULL ? slash + 1 : word;
	return host_resolve_path(arena, act->cli->facts, slash == NULL ? "." : slash == word ? "/" : arena_strndup(arena, word,
				 (size_t)(slash - word)));
}

/* Where all may make files, and nobody may touch those of others: /tmp. */
static bool is_everyones(const struct host_path *path)
{
	return path->kind == PATH_DIRECTORY && (path->mode & (S_ISVTX | S_IWOTH)) == (S_ISVTX | S_IWOTH);
}

/* A path of the host that the client may read or write: the floor keeps from both what no container gets either. */
static const char *judge_path(struct verb_act *act, const char *word, bool is_written)
{
	const struct host_facts *facts = act->cli->facts;
	const char *name = NULL, *shown = string_printable(act->cli->arena, word, 80), *reason;
	struct host_path path = is_written ? resolve(act, word, &name) : host_resolve_path(act->cli->arena, facts, word);
	enum hazard_id hazard;

	if (path.resolved == NULL || path.has_magic_link) {
		verb_refuse(act, "", "%s: %s", shown, path.reason != NULL ? path.reason : "it leads through the kernel's own files");
		return NULL;
	}
	if (name != NULL)
		path.resolved = arena_printf(act->cli->arena, "%s/%s", strcmp(path.resolved, "/") == 0 ? "" : path.resolved, name);
	reason = verdict_source_reason(&path, facts, &hazard);
	if (reason == NULL && is_written && path.owner_uid != facts->caller_uid && !is_everyones(&path))
		reason = name != NULL ? "its directory belongs to somebody else" : "it belongs to somebody else";
	if (reason == NULL && path.kind != PATH_DIRECTORY && path.kind != PATH_REGULAR)
		reason = "it is neither a file nor a directory";
	if (reason == NULL)
		return path.resolved;
	verb_refuse(act, "floor: host-path", "%s: %s", shown, reason);
	return NULL;
}

/* What docker makes in a directory that is there: it is called as ${inside} is. NULL: what is in that is written right there. */
static const char *find_name(struct arena *arena, const char *inside)
{
	size_t length = strlen(inside), from;
	const char *name;

	while (length > 0 && inside[length - 1] == '/')
		length--;
	from = length;
	while (from > 0 && inside[from - 1] != '/')
		from--;
	name = arena_strndup(arena, inside + from, length - from);
	return name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ? NULL : name;
}

static const char *judge_destination(struct verb_act *act, const char *word, const char *inside)
{
	const struct host_path path = host_resolve_path(act->cli->arena, act->cli->facts, word);
	const char *name = path.resolved != NULL && path.kind == PATH_DIRECTORY ? find_name(act->cli->arena, inside) : NULL;

	if (name == NULL || path.has_magic_link)
		return judge_path(act, word, true);
	return judge_path(act, arena_printf(act->cli->arena, "%s/%s", word, name), true) != NULL ? path.resolved : NULL;
}

/* ${inside}: what is copied to it; NULL: it is read. */
static void add_host_path(struct verb_act *act, const char *word, const char *inside)
{
	const bool is_written = inside != NULL;
	const char *path = word;

	if (strcmp(word, "-") != 0)
		path = is_written ? judge_destination(act, word, inside) : judge_path(act, word, false);
	if (path == NULL)
		return;
	/* docker copies what is in DIR/., and the directory itself without; DIR/ must be there. */
	if (!is_written && (ends_with(word, "/.") || strcmp(word, ".") == 0))
		path = arena_printf(act->cli->arena, "%s/.", path);
	else if (is_written && ends_with(word, "/"))
		path = arena_printf(act->cli->arena, "%s/", path);
	verb_add_word(act, path);
}

bool verb_copy(struct verb_act *act)
{
	const struct string_list *names = &act->words.names;
	const char *container_name = NULL, *path = NULL;
	const bool is_out = split(act->cli->arena, names->items[0], &container_name, &path);
	const bool is_in = split(act->cli->arena, names->items[1], &container_name, &path);
	struct container_facts container;
	const char *inside;

	if (is_out == is_in)
		verb_refuse(act, "grammar", "one side is CONTAINER:PATH, the other a path of yours or -");
	if (!findings_allow(&act->findings))
		return false;
	if (!(is_out ? verb_any_container : verb_container)(act, container_name, &container))
		return false;
	inside = arena_printf(act->cli->arena, "%s:%s", container.id, path);
	if (is_out)
		verb_add_word(act, inside);
	add_host_path(act, names->items[is_out ? 1 : 0], is_out ? path : NULL);
	if (is_in)
		verb_add_word(act, inside);
	return findings_allow(&act->findings);
}

/* ---- volumes: only as plain as run would make them ---- */

static bool is_granted(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->allow.volume_count; i++)
		if (policy->allow.volumes[i].volume != NULL && glob_match(policy->allow.volumes[i].volume, name))
			return true;
	return false;
}

bool verb_volume(struct verb_act *act)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	const struct policy *const layers[] = { act->policy, act->guard->ceiling };
	const char *name = act->words.names.count == 1 ? act->words.names.items[0] : NULL;

	if (name == NULL) {
		if (act->cli->is_guarded)
			verb_refuse(act, "", "a volume without a name is nobody's")->remedy = "name it";
		return findings_allow(&act->findings);
	}
	if (strlen(name) < 2 || strlen(name) > 128 || name[strspn(name, letters)] != '\0' || strchr("_.-", name[0]) != NULL) {
		verb_refuse(act, "grammar", "a volume's name has letters, digits, dots, dashes and underscores");
		return false;
	}
	for (size_t i = 0; i < ARRAY_COUNT(layers); i++)
		if (layers[i] != NULL && !is_granted(layers[i], name))
			verb_refuse(act, i == 0 ? "allow.volumes" : "ceiling: allow.volumes", "the volume %s is not granted", name);
	verb_add_word(act, name);
	return findings_allow(&act->findings);
}
