/* decision: the line of what was decided about one command line. */
#include "record_internal.h"

#include <jansson.h>
#include <string.h>

enum {
	TEXT_BYTES_MAX = 4096,
	FILES_MAX = 16,
};

/* How much is told; each row less than the one before. */
struct amount {
	struct words_limit words;
	size_t findings, text;
};

static const struct amount amounts[] = {
	{ { 256, 1024, 8192 }, 64, 1024 },
	{ { 128, 512, 3072 }, 16, 512 },
	{ { 64, 128, 1024 }, 8, 256 },
	{ { 16, 64, 256 }, 4, 128 },
	{ { 4, 32, 64 }, 1, 64 },
	{ { 0, 0, 0 }, 0, 32 },
};

size_t record_limit(enum record_to to)
{
	return to == RECORD_SYSLOG ? RECORD_SYSLOG_BYTES_MAX : RECORD_LINE_BYTES_MAX;
}

static json_t *files_json(struct arena *arena, const struct policy *policy)
{
	json_t *list = json_array();

	for (size_t i = 0; i < policy->files.count && i < FILES_MAX; i++) {
		json_t *file = json_object();

		json_object_set_new(file, "path", text_json(arena, policy->files.items[i], TEXT_BYTES_MAX, NULL));
		json_object_set_new(file, "sha256",
				    text_json_or_null(arena, i < policy->digests.count ? policy->digests.items[i] : NULL, TEXT_BYTES_MAX));
		json_array_append_new(list, file);
	}
	return list;
}

static void add_policies(struct arena *arena, json_t *object, const struct decision *decision)
{
	json_t *policy = json_null(), *ceiling = json_null();

	if (decision->policy != NULL) {
		policy = json_object();
		json_object_set_new(policy, "name", text_json_or_null(arena, decision->policy->name, TEXT_BYTES_MAX));
		json_object_set_new(policy, "files", files_json(arena, decision->policy));
	}
	if (decision->ceiling != NULL) {
		ceiling = json_object();
		json_object_set_new(ceiling, "files", files_json(arena, decision->ceiling));
	}
	json_object_set_new(object, "policy", policy);
	json_object_set_new(object, "ceiling", ceiling);
}

static json_t *finding_json(struct arena *arena, const struct finding *finding, size_t limit)
{
	const char *place = place_text(arena, finding->place);
	json_t *object = json_object();

	json_object_set_new(object, "kind", json_string(finding_kind_name(finding->kind)));
	json_object_set_new(object, "subject", text_json_or_null(arena, finding->subject, limit));
	json_object_set_new(object, "rule", text_json_or_null(arena, finding->rule, limit));
	json_object_set_new(object, "place", text_json_or_null(arena, place[0] != '\0' ? place : NULL, limit));
	json_object_set_new(object, "reason", text_json_or_null(arena, finding->reason, limit));
	return object;
}

/* What refuses comes before notes, should there be too many. */
static void add_findings(struct arena *arena, json_t *object, const struct findings *findings, const struct amount *amount)
{
	const size_t count = findings != NULL ? findings->count : 0;
	json_t *list = json_array();
	size_t told = 0;

	for (unsigned round = 0; round < 2; round++) {
		for (size_t i = 0; i < count && told < amount->findings; i++) {
			if ((findings->items[i].kind == FINDING_NOTE) != (round == 1))
				continue;
			json_array_append_new(list, finding_json(arena, &findings->items[i], amount->text));
			told++;
		}
	}
	json_object_set_new(object, "findings", list);
	json_object_set_new(object, "findings_cut", json_integer((json_int_t)(count - told)));
}

static const char *first_of(const char *one, const char *other)
{
	return one != NULL ? one : other;
}

static void add_subject(struct arena *arena, json_t *object, const struct decision *decision, const struct host_facts *facts)
{
	const struct plan *plan = decision->plan;
	const char *image = first_of(decision->image, plan != NULL ? plan->image.canonical : facts->image.canonical);
	const char *container = plan != NULL ? plan->name : decision->container;

	json_object_set_new(object, "backend", plan != NULL ? json_string(host_backend_name(plan->backend)) : json_null());
	json_object_set_new(object, "image", text_json_or_null(arena, image, TEXT_BYTES_MAX));
	json_object_set_new(object, "image_digest",
			    text_json_or_null(arena, first_of(decision->image_digest, facts->image_facts.digest), TEXT_BYTES_MAX));
	json_object_set_new(object, "container", text_json_or_null(arena, container, TEXT_BYTES_MAX));
	json_object_set_new(object, "settings_sha256",
			    text_json_or_null(arena, plan != NULL ? record_settings_digest(arena, plan) : NULL, TEXT_BYTES_MAX));
}

static const char *render(struct arena *arena, const struct decision *decision, const struct record_scene *scene,
			  const struct amount *amount)
{
	const struct record_spans hidden = decision->hidden != NULL ? *decision->hidden : record_hide(arena, &scene->words, NULL);
	json_t *object = scene_begin(arena, "decision", scene->id, &scene->session);

	scene_add_person(arena, object, &scene->session, scene->facts);
	json_object_set_new(object, "tty", text_json_or_null(arena, scene->session.tty, TEXT_BYTES_MAX));
	json_object_set_new(object, "pid", json_integer(scene->session.pid));
	json_object_set_new(object, "cwd", text_json_or_null(arena, scene->facts->cwd, amount->text * 4));
	json_object_set_new(object, "verb", text_json_or_null(arena, decision->verb, amount->text));
	words_add(arena, object, &scene->words, &hidden, amount->words);
	json_object_set_new(object, "verdict", json_string(decision->verdict));
	add_findings(arena, object, decision->findings, amount);
	json_object_set_new(object, "error", text_json_or_null(arena, decision->error, amount->text));
	add_subject(arena, object, decision, scene->facts);
	add_policies(arena, object, decision);
	return text_line(arena, object);
}

static void add_field(struct arena *arena, struct record_line *line, const char *name, const char *value)
{
	if (value != NULL)
		string_list_add(arena, &line->fields, arena_printf(arena, "HARDRUN_%s=%s", name, string_printable(arena, value, 256)));
}

bool record_render_decision(struct arena *arena, const struct decision *decision, const struct record_scene *scene,
			    size_t limit, struct record_line *ret_line)
{
	struct record_line line = { .is_refusal = strcmp(decision->verdict, "allowed") != 0 };

	line.is_durable = !line.is_refusal;
	for (size_t i = 0; i < ARRAY_COUNT(amounts); i++) {
		line.json = render(arena, decision, scene, &amounts[i]);
		if (strlen(line.json) <= limit)
			break;
	}
	if (strlen(line.json) > limit)
		return false;
	add_field(arena, &line, "KIND", "decision");
	add_field(arena, &line, "ID", scene->id);
	add_field(arena, &line, "VERB", decision->verb);
	add_field(arena, &line, "VERDICT", decision->verdict);
	add_field(arena, &line, "UID", arena_printf(arena, "%u", (unsigned)scene->facts->caller_uid));
	add_field(arena, &line, "USER", scene->facts->caller_name);
	*ret_line = line;
	return true;
}
