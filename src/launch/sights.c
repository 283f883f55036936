/*
 * sights: how often which program made which call, from the listener to hardrun. Of fixed size and written in place: a listener
 * that is killed takes nothing with it, and a hostile program fills it and no more.
 */
#include <string.h>
#include <sys/mman.h>

#include "observe.h"

/* Calls by their numbers: no address of one process is another's. */
struct observed_sights {
	size_t count;
	struct { int call; uint64_t first, second, count; char program[SIGHTS_PROGRAM_BYTES]; } items[WATCH_SIGHTS_MAX];
};

struct observed_sights *sights_share(void)
{
	void *shared = mmap(NULL, sizeof(struct observed_sights), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return shared != MAP_FAILED ? shared : NULL;
}

void sights_unshare(struct observed_sights *shared)
{
	if (shared)
		(void)munmap(shared, sizeof(*shared));
}

/* Programs are told by their names, and those are read seldom: they change when something is executed. */
const char *sights_program(struct sights_writer *writer, struct arena *arena, const struct watch_call *call,
			   const char *(*read)(struct arena *arena, pid_t pid))
{
	struct sights_process *process = &writer->processes[(unsigned)call->pid % SIGHTS_PROCESSES];
	const char *program;

	if (process->pid != call->pid || process->uses++ >= SIGHTS_USES_MAX) {
		program = read(arena, call->pid);
		*process = (struct sights_process){.pid = call->pid};
		(void)strncpy(process->program, program ? program : "?", sizeof(process->program) - 1);
	}
	/* What it is after that has another name. */
	if (strncmp(call->name, "execve", strlen("execve")) == 0 || strcmp(call->name, "prctl") == 0)
		process->uses = SIGHTS_USES_MAX;
	return process->program;
}

static size_t slot_of(int call, uint64_t first, uint64_t second, const char *program)
{
	uint64_t hash = (uint64_t)(unsigned)call * UINT64_C(0x9e3779b97f4a7c15) + first * UINT64_C(0xff51afd7ed558ccd) + second;

	for (; *program != '\0'; program++)
		hash = (hash ^ (unsigned char)*program) * UINT64_C(0x100000001b3);
	return (size_t)(hash >> 20) % SIGHTS_SLOTS;
}

void sights_enter(struct sights_writer *writer, const struct watch_call *call, const char *program)
{
	struct observed_sights *shared = writer->shared;
	uint64_t first, second;
	size_t slot;

	watch_value_of(call->name, call->arguments, &first, &second);
	for (slot = slot_of(call->number, first, second, program); writer->slots[slot] != 0; slot = (slot + 1) % SIGHTS_SLOTS) {
		const size_t item = writer->slots[slot] - 1U;

		if (shared->items[item].call != call->number || shared->items[item].first != first || shared->items[item].second != second ||
		    strcmp(shared->items[item].program, program) != 0)
			continue;
		shared->items[item].count++;
		return;
	}
	if (shared->count == WATCH_SIGHTS_MAX)
		return;
	shared->items[shared->count].call = call->number;
	shared->items[shared->count].first = first;
	shared->items[shared->count].second = second;
	shared->items[shared->count].count = 1;
	(void)strncpy(shared->items[shared->count].program, program, SIGHTS_PROGRAM_BYTES - 1);
	writer->slots[slot] = (uint16_t)++shared->count;
}

/* Who wrote it may have been taken over: what comes out of here has the form that it should have, whatever it says. */
void sights_read(struct arena *arena, const struct observed_sights *shared, struct watch_report *report)
{
	const size_t count = shared->count < WATCH_SIGHTS_MAX ? shared->count : WATCH_SIGHTS_MAX;

	for (size_t i = 0; i < count; i++) {
		const char *call = profile_call_name(shared->items[i].call);
		const char *program = arena_strndup(arena, shared->items[i].program,
						    strnlen(shared->items[i].program, sizeof(shared->items[i].program)));

		if (call)
			*vector_push(arena, report->sights, report->sight_count) = (struct watch_sight){
				.call = call, .program = string_printable(arena, program, 0),
				.first = shared->items[i].first, .second = shared->items[i].second,
				.count = shared->items[i].count < INT64_MAX ? shared->items[i].count : INT64_MAX,
			};
	}
}
