/* Words, each ended by NUL, into a line of the record: whatever they are, it is one line of JSON in printable ASCII, and fits. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <hardrun/record.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	char *bytes = arena_strndup(arena, (const char *)data, size), **argv = NULL;
	struct findings findings = { .arena = arena };
	const struct host_facts facts = { .cwd = bytes, .caller_name = bytes };
	struct record_scene scene = { .id = "0123456789ab", .session = { .host = bytes }, .facts = &facts };
	struct decision decision = { .verdict = "denied", .verb = bytes, .findings = &findings, .error = bytes };
	struct record_spans hidden;
	struct record_line line;
	json_t *json;

	for (size_t at = 0; at < size; at += strlen(bytes + at) + 1)
		*vector_push(arena, argv, scene.words.count) = bytes + at;
	scene.words.items = (const char *const *)argv;
	hidden = record_hide(arena, &scene.words, request_parse(arena, (int)scene.words.count, argv, &findings));
	decision.hidden = findings_malformed(&findings) ? NULL : &hidden;
	if (!record_render_decision(arena, &decision, &scene, size % 2 == 0 ? RECORD_LINE_BYTES_MAX : RECORD_SYSLOG_BYTES_MAX, &line))
		abort();
	json = json_loads(line.json, JSON_REJECT_DUPLICATES, NULL);
	if (json == NULL || strpbrk(line.json, "\n\r\t\x1b\x7f") != NULL)
		abort();
	json_decref(json);
	arena_free(arena);
	return 0;
}
