/*
 * sandbox: whether docker's daemon has gVisor's runsc, and starts it so that it keeps what a policy says. Source: GET /info of
 * the engine's API, "Runtimes"; `runsc flags`.
 */
#include "host_internal.h"

#include <string.h>

#include <jansson.h>

/* Without it the policy's filter would be left out. */
#define FILTER_WORD "oci-seccomp"

/* Go reads one dash and two alike, and a switch with and without its value. */
static const char *bare_word(const char *word)
{
	word += strncmp(word, "--", 2) == 0 ? 2 : word[0] == '-';
	return word;
}

static bool is_filter_word(const char *word)
{
	return strcmp(word, FILTER_WORD) == 0 || strcmp(word, FILTER_WORD "=true") == 0;
}

/* What neither opens the sandbox nor takes a limit away. */
static bool is_harmless(const char *word)
{
	static const char *const words[] = {
		"network=sandbox", "systemd-cgroup", "systemd-cgroup=true", "host-uds=none", "host-fifo=none",
		"file-access=exclusive", "file-access=shared", "ignore-cgroups=false", "net-raw=false",
	};

	if (is_filter_word(word) || strncmp(word, "platform=", strlen("platform=")) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_COUNT(words); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

static const char *problem_of(struct arena *arena, const json_t *runtime)
{
	const json_t *words = json_object_get(runtime, "runtimeArgs"), *item;
	bool has_filter = false;
	size_t index;

	if (runtime == NULL)
		return "it has no runtime of the name runsc";
	if (json_string_value(json_object_get(runtime, "path")) == NULL)
		return "it does not say how its runtime runsc is started";
	json_array_foreach(words, index, item) {
		const char *word = json_string_value(item) != NULL ? bare_word(json_string_value(item)) : "";

		if (!is_harmless(word))
			return arena_printf(arena, "its runtime runsc is started with \"%s\", which is not known to keep what a policy says",
					    string_printable(arena, json_string_value(item) != NULL ? json_string_value(item) : "", 80));
		has_filter = has_filter || is_filter_word(word);
	}
	return has_filter ? NULL : "its runtime runsc is started without --oci-seccomp, and would leave the policy's filter out";
}

void host_read_docker_runtimes(struct arena *arena, struct engine_facts *engine, const char *body)
{
	CLEANUP_JSON json_t *info = json_loads(body, JSON_REJECT_DUPLICATES, NULL);

	engine->docker_sandbox_problem = problem_of(arena, json_object_get(json_object_get(info, "Runtimes"), "runsc"));
}

void host_read_docker_sandbox(struct arena *arena, struct engine_facts *engine)
{
	struct error err = { 0 };
	char *body = NULL;
	int status = 0;

	engine->docker_sandbox_problem = "it does not say which runtimes it has";
	if (host_engine_get(arena, engine, "/info", &status, &body, &err) == 0 && status == 200)
		host_read_docker_runtimes(arena, engine, body);
}
