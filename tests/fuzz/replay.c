/*
 * replay: libFuzzer's main for compilers without libFuzzer. Runs every file named, or the harness's own corpus
 * (tests/fuzz/corpus/NAME for fuzz_NAME), and says so in TAP. With --seconds N it goes on with mutations of them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <hardrun/base.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	INPUT_BYTES_MAX = 1 << 20,
	MUTATIONS_MAX = 8,
};

struct input {
	uint8_t *data;
	size_t size;
};

struct replay {
	struct arena *arena;
	struct input *inputs;
	size_t count;
	size_t largest; /* of the inputs, in bytes */
	bool is_failed;
	uint64_t random;
};

static void replay_file(struct replay *replay, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *data = arena_alloc(replay->arena, INPUT_BYTES_MAX);
	ssize_t size = fd < 0 ? -1 : read(fd, data, INPUT_BYTES_MAX);
	/* An exact copy, so that the sanitizers see a read beyond the end. */
	uint8_t *copy = size < 0 ? NULL : malloc(size == 0 ? 1 : (size_t)size);

	if (fd >= 0)
		close(fd);
	if (copy == NULL) {
		printf("not ok %zu - %s: %s\n", replay->count + 1, path, strerror(errno));
		replay->is_failed = true;
		exit(1);
	}
	memcpy(copy, data, (size_t)size);
	fflush(stdout);
	LLVMFuzzerTestOneInput(copy, (size_t)size);
	free(copy);
	*vector_push(replay->arena, replay->inputs, replay->count) = (struct input){ data, (size_t)size };
	if ((size_t)size > replay->largest)
		replay->largest = (size_t)size;
	printf("ok %zu - %s\n", replay->count, path);
}

static void replay_directory(struct replay *replay, const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.')
			replay_file(replay, arena_printf(replay->arena, "%s/%s", path, entries[i]->d_name));
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static size_t replay_random(struct replay *replay, size_t below)
{
	replay->random ^= replay->random << 13;
	replay->random ^= replay->random >> 7;
	replay->random ^= replay->random << 17;
	return (size_t)(replay->random % below);
}

/* Overwrites, removes or inserts a byte, or splices in the tail of another input. */
static size_t replay_mutate(struct replay *replay, uint8_t *data, size_t size)
{
	static const char tempting[] = "\0=:/,-@\"'%.\xff\n0123456789abzAZ~$*\xe2\x80";
	const size_t at = size == 0 ? 0 : replay_random(replay, size);
	const uint8_t byte = (uint8_t)tempting[replay_random(replay, sizeof(tempting))];
	const struct input *other;

	switch (replay_random(replay, 4)) {
	case 0:
		if (size > 0)
			data[at] = byte;
		return size;
	case 1:
		if (size == 0)
			return 0;
		memmove(data + at, data + at + 1, size - at - 1);
		return size - 1;
	case 2:
		memmove(data + at + 1, data + at, size - at);
		data[at] = byte;
		return size + 1;
	default:
		other = &replay->inputs[replay_random(replay, replay->count)];
		memcpy(data + at, other->data, other->size);
		return at + other->size;
	}
}

static void replay_mutations(struct replay *replay, unsigned seconds)
{
	const time_t end = time(NULL) + (time_t)seconds;
	size_t runs = 0;

	while (time(NULL) < end) {
		const struct input *input = &replay->inputs[replay_random(replay, replay->count)];
		uint8_t *data = malloc((MUTATIONS_MAX + 1) * (replay->largest + 1));
		size_t size = input->size;

		if (data == NULL)
			exit(1);
		memcpy(data, input->data, size);
		for (size_t i = replay_random(replay, MUTATIONS_MAX); i > 0; i--)
			size = replay_mutate(replay, data, size);
		LLVMFuzzerTestOneInput(data, size);
		free(data);
		runs++;
	}
	printf("ok %zu - %zu mutations\n", replay->count + 1, runs);
}

int main(int argc, char **argv)
{
	struct replay replay = { .arena = arena_new(), .random = UINT64_C(0x9e3779b97f4a7c15) };
	const char *name = strncmp(program_invocation_short_name, "fuzz_", 5) == 0 ? program_invocation_short_name + 5 : "";
	uint64_t seconds = 0;
	int first = 1;

	if (argc > 2 && strcmp(argv[1], "--seconds") == 0 && parse_decimal(argv[2], &seconds))
		first = 3;
	for (int i = first; i < argc; i++)
		replay_file(&replay, argv[i]);
	if (first == argc)
		replay_directory(&replay, arena_printf(replay.arena, "tests/fuzz/corpus/%s", name));
	if (seconds > 0 && replay.count > 0)
		replay_mutations(&replay, (unsigned)seconds);
	printf("1..%zu\n", replay.count + (seconds > 0 && replay.count > 0));
	if (replay.count == 0)
		replay.is_failed = true;
	arena_free(replay.arena);
	return replay.is_failed;
}
