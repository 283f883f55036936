/*
 * guest_filter: the filter for gVisor's kernel, in which it is applied. That one calls by a name of its own what every C library
 * calls select(2) with; a name that it does not know it passes over, and the call would be refused. Source: gvisor,
 * pkg/sentry/syscalls/linux/linux64.go.
 */
#include "backend_internal.h"

#include <string.h>

const char *render_guest_filter(struct arena *arena, const struct plan *plan, const char *filter)
{
	static const char name[] = "\"pselect6\"", also[] = ",\"pselect\"";
	struct text text;

	if (!plan->is_sandboxed || filter == NULL)
		return filter;
	text_init(&text, arena);
	for (const char *at = strstr(filter, name); at != NULL; at = strstr(filter, name)) {
		text_add_bytes(&text, filter, (size_t)(at - filter) + strlen(name));
		text_add(&text, also);
		filter = at + strlen(name);
	}
	text_add(&text, filter);
	return text.data;
}
