/*
 * needs, from one process to another: each need is written down when it is first met, so that a listener which is killed takes
 * nothing with it but what it had not seen yet. Of fixed size: a hostile program fills it and no more.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <jansson.h>

#include "observe.h"

enum { TEXT_BYTES = 4 << 20 };

struct observed_needs {
	size_t count, used;
	uint64_t unkept;
	unsigned char is_complete;
	struct { size_t first, length; uint64_t count, last; } items[WATCH_NEEDS_MAX];
	char text[TEXT_BYTES]; /* touched as far as it is used */
};

struct observed_needs *needs_share(void)
{
	void *shared = mmap(NULL, sizeof(struct observed_needs), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return shared != MAP_FAILED ? shared : NULL;
}

void needs_unshare(struct observed_needs *shared)
{
	if (shared)
		(void)munmap(shared, sizeof(*shared));
}

static const char *keep(struct arena *arena, const char *text)
{
	return text ? arena_strdup(arena, text) : NULL;
}

static bool has_room(const struct observed_needs *shared, const struct watch_need *need, size_t length)
{
	const bool is_minor = need->is_granted || need->kind == NEED_FILE || need->kind == NEED_PROGRAM;
	const size_t most = is_minor ? WATCH_NEEDS_MINOR_MAX : WATCH_NEEDS_MAX;

	const size_t bytes = sizeof(shared->text) / WATCH_NEEDS_MAX * most;

	return shared->count < most && shared->used <= bytes && length <= bytes - shared->used;
}

/* What is compared is kept; the rest is in the shared text. */
static void write_down(struct needs_writer *writer, const struct watch_need *need)
{
	struct observed_needs *shared = writer->shared;
	json_t *json = watch_write_need(need);
	char *text = json_dumps(json, JSON_COMPACT);
	const size_t length = text ? strlen(text) : 0;

	json_decref(json);
	if (text && has_room(shared, need, length)) {
		memcpy(shared->text + shared->used, text, length);
		shared->items[shared->count].first = shared->used;
		shared->items[shared->count].length = length;
		shared->items[shared->count].count = 1;
		shared->items[shared->count].last = writer->met;
		shared->used += length;
		writer->last_item = shared->count;
		shared->count++; /* last of all: until then it is not there */
		*vector_push(writer->arena, writer->known, writer->known_count) = (struct watch_need){
			.kind = need->kind, .subject = keep(writer->arena, need->subject), .is_granted = need->is_granted, .error = need->error,
		};
	} else {
		shared->unkept++;
	}
	free(text);
}

static bool is_known(struct needs_writer *writer, const struct watch_need *need)
{
	for (size_t i = 0; i < writer->known_count; i++) {
		if (!watch_is_same_need(&writer->known[i], need))
			continue;
		writer->shared->items[i].count++;
		writer->shared->items[i].last = writer->met;
		writer->last_item = i;
		return true;
	}
	return false;
}

void needs_enter(struct needs_writer *writer, const struct watch_needs *needs)
{
	writer->met++;
	for (size_t i = 0; i < needs->count; i++)
		if (!is_known(writer, &needs->items[i]))
			write_down(writer, &needs->items[i]);
}

bool needs_is_met(struct needs_writer *writer, uint64_t kind)
{
	for (size_t i = 0; i < writer->kind_count; i++) {
		if (writer->kinds[i].kind != kind)
			continue;
		writer->met++;
		writer->shared->items[writer->kinds[i].item].count++;
		writer->shared->items[writer->kinds[i].item].last = writer->met;
		return true;
	}
	if (writer->kind_count < WATCH_NEEDS_MAX && writer->known_count < WATCH_NEEDS_MAX)
		return false;
	writer->shared->unkept++;
	return true;
}

void needs_remember(struct needs_writer *writer, uint64_t kind)
{
	if (writer->known_count == 0 || writer->kind_count == WATCH_NEEDS_MAX)
		return;
	writer->kinds[writer->kind_count].kind = kind;
	writer->kinds[writer->kind_count++].item = writer->last_item;
}

void needs_close(struct needs_writer *writer)
{
	writer->shared->is_complete = 1;
}

static uint64_t bounded(uint64_t count)
{
	return count < INT64_MAX ? count : INT64_MAX;
}

/* Who wrote it may have been taken over: what comes out of here has the form that it should have, whatever it says. */
static bool read_item(struct arena *arena, const struct observed_needs *shared, size_t index, struct watch_need *ret_need)
{
	const size_t first = shared->items[index].first, length = shared->items[index].length;
	json_t *json = first <= sizeof(shared->text) && length <= sizeof(shared->text) - first ?
		       json_loadb(shared->text + first, length, JSON_REJECT_DUPLICATES, NULL) : NULL;
	const bool is_read = json && watch_read_need(arena, json, ret_need);

	json_decref(json);
	if (!is_read)
		return false;
	ret_need->count = bounded(shared->items[index].count);
	ret_need->last = bounded(shared->items[index].last);
	return true;
}

void needs_read(struct arena *arena, const struct observed_needs *shared, struct watch_report *report)
{
	const size_t count = shared->count < WATCH_NEEDS_MAX ? shared->count : WATCH_NEEDS_MAX;

	report->unkept = bounded(shared->unkept);
	report->is_observed = shared->is_complete != 0;
	for (size_t i = 0; i < count; i++) {
		struct watch_need need;

		if (read_item(arena, shared, i, &need))
			*vector_push(arena, report->needs, report->need_count) = need;
	}
}
