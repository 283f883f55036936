/* ledger: what has been said already. Of fixed size: a program that floods us with refused calls costs us no memory. */
#include "watch_internal.h"

#include <inttypes.h>

enum { MILLISECONDS = 1000 };

void watch_ledger_init(struct watch_ledger *ledger, int64_t now)
{
	*ledger = (struct watch_ledger){ .tokens = WATCH_BURST, .refilled = now };
}

static struct watch_entry *find(struct watch_ledger *ledger, uint64_t kind)
{
	for (size_t i = 0; i < ledger->count; i++)
		if (ledger->entries[i].kind == kind)
			return &ledger->entries[i];
	return NULL;
}

/* A clock that was set back adds nothing. */
static void refill(struct watch_ledger *ledger, int64_t now)
{
	const int64_t step = MILLISECONDS / WATCH_PER_SECOND;
	int64_t steps;

	if (now < ledger->refilled + step)
		return;
	steps = (now - ledger->refilled) / step;
	ledger->refilled += steps * step;
	ledger->tokens = steps > WATCH_BURST - (int64_t)ledger->tokens ? WATCH_BURST : ledger->tokens + (unsigned)steps;
}

bool watch_ledger_enter(struct watch_ledger *ledger, uint64_t kind, int64_t now)
{
	struct watch_entry *entry = find(ledger, kind);

	ledger->calls++;
	if (entry != NULL && entry->is_said)
		return false;
	if (entry == NULL && ledger->count == WATCH_KINDS_MAX) {
		ledger->unkept++;
		return false;
	}
	if (entry == NULL)
		ledger->entries[ledger->count++] = (struct watch_entry){ .kind = kind };
	refill(ledger, now);
	if (ledger->tokens == 0)
		return false;
	ledger->tokens--;
	return true;
}

void watch_ledger_said(struct watch_ledger *ledger, uint64_t kind)
{
	struct watch_entry *entry = find(ledger, kind);

	if (entry != NULL)
		entry->is_said = true;
}

size_t watch_ledger_unsaid(const struct watch_ledger *ledger)
{
	size_t unsaid = 0;

	for (size_t i = 0; i < ledger->count; i++)
		if (!ledger->entries[i].is_said)
			unsaid++;
	return unsaid;
}

const char *watch_summary(struct arena *arena, const struct watch_ledger *ledger, int status)
{
	const size_t unsaid = watch_ledger_unsaid(ledger);
	const char *more = ledger->unkept > 0 ? "more than " : "";
	struct text text;

	if (ledger->calls == 0 || (status == 0 && unsaid == 0 && ledger->unkept == 0))
		return NULL;
	text_init(&text, arena);
	text_addf(&text, "%s%zu kind%s of system calls %s refused, %" PRIu64 " call%s in all", more, ledger->count,
		  ledger->count == 1 ? "" : "s", ledger->count == 1 && *more == '\0' ? "was" : "were", ledger->calls,
		  ledger->calls == 1 ? "" : "s");
	if (unsaid > 0 || ledger->unkept > 0)
		text_add(&text, "; not all of them are listed, as there were too many at once");
	if (status != 0)
		text_addf(&text, "; the container ended with status %d, perhaps for that", status);
	return text.data;
}
