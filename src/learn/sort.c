/* One order for every list, whatever order things were seen in: the same runs give the same text. */
#include "learn_internal.h"

#include <stdlib.h>
#include <string.h>

static int by_text(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int by_value(const void *left, const void *right)
{
	const struct learn_value *a = left, *b = right;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->second == b->second ? 0 : a->second < b->second ? -1 : 1;
}

static int by_call(const void *left, const void *right)
{
	return strcmp(((const struct learn_call *)left)->name, ((const struct learn_call *)right)->name);
}

static int by_place(const void *left, const void *right)
{
	return strcmp(((const struct learn_place *)left)->path, ((const struct learn_place *)right)->path);
}

static int by_mount(const void *left, const void *right)
{
	const struct learn_mount *a = left, *b = right;
	const int order = strcmp(a->target, b->target);

	return order != 0 ? order : strcmp(a->source, b->source);
}

static int by_port(const void *left, const void *right)
{
	const struct learn_port *a = left, *b = right;

	return a->number == b->number ? 0 : a->number < b->number ? -1 : 1;
}

static int by_ask(const void *left, const void *right)
{
	const struct learn_ask *a = left, *b = right;
	const int order = strcmp(a->kind, b->kind);

	return order != 0 ? order : strcmp(a->subject, b->subject);
}

/* qsort may not be given NULL, and an empty list may be that. */
static void sort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	if (count > 1)
		qsort(items, count, size, compare);
}

static void sort_texts(struct string_list *list)
{
	sort(list->items, list->count, sizeof(*list->items), by_text);
}

void learn_sort(struct learn_record *record)
{
	sort(record->calls, record->call_count, sizeof(*record->calls), by_call);
	sort(record->places, record->place_count, sizeof(*record->places), by_place);
	sort(record->mounts, record->mount_count, sizeof(*record->mounts), by_mount);
	sort(record->ports, record->port_count, sizeof(*record->ports), by_port);
	sort(record->asks, record->ask_count, sizeof(*record->asks), by_ask);
	sort_texts(&record->capabilities);
	for (size_t i = 0; i < record->call_count; i++) {
		sort(record->calls[i].values, record->calls[i].value_count, sizeof(struct learn_value), by_value);
		sort_texts(&record->calls[i].programs);
	}
	for (size_t i = 0; i < record->place_count; i++)
		sort_texts(&record->places[i].programs);
	for (size_t i = 0; i < record->port_count; i++)
		sort_texts(&record->ports[i].programs);
	for (size_t i = 0; i < record->ask_count; i++)
		sort_texts(&record->asks[i].programs);
}
