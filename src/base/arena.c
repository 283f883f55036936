/* arena: memory that lives as long as one run, and vectors that grow in it. */
#include <hardrun/base.h>

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under AddressSanitizer every allocation is a block of its own, so that an overflow is seen. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_BLOCK_BYTES ((size_t)1)
#else
/* So large that the C library maps it: the kernel's pages are zero already, and only those that are used exist. */
#define ARENA_BLOCK_BYTES ((size_t)256 * 1024)
#endif

enum {
	VECTOR_FIRST_CAPACITY = 4, /* a power of two: arena_grow knows the capacity from the count */
};

struct arena_block {
	struct arena_block *previous;
	size_t used;
	size_t capacity;
	alignas(max_align_t) char data[];
};

struct arena {
	struct arena_block *last;
};

/* The one place where hardrun dies of want of memory: nothing has been started yet. */
static void *arena_calloc(size_t size)
{
	void *memory = calloc(1, size);

	if (memory == NULL)
		abort();
	return memory;
}

struct arena *arena_new(void)
{
	return arena_calloc(sizeof(struct arena));
}

void arena_free(struct arena *arena)
{
	struct arena_block *block;

	if (arena == NULL)
		return;
	block = arena->last;
	while (block != NULL) {
		struct arena_block *previous = block->previous;

		free(block);
		block = previous;
	}
	free(arena);
}

static struct arena_block *arena_add_block(struct arena *arena, size_t size)
{
	size_t capacity = size > ARENA_BLOCK_BYTES ? size : ARENA_BLOCK_BYTES;
	struct arena_block *block = arena_calloc(sizeof(*block) + capacity);

	block->capacity = capacity;
	block->previous = arena->last;
	arena->last = block;
	return block;
}

/* ${size} as it is handed out. */
static size_t round_up(size_t size)
{
	const size_t align = alignof(max_align_t);

	if (size > SIZE_MAX / 4)
		abort();
	return size == 0 ? align : (size + align - 1) / align * align;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->last;
	void *memory;

	size = round_up(size);
	if (block == NULL || block->capacity - block->used < size)
		block = arena_add_block(arena, size);
	memory = block->data + block->used;
	block->used += size;
	return memory;
}

void *arena_enlarge(struct arena *arena, void *memory, size_t size, size_t wanted)
{
	struct arena_block *block = arena->last;
	const size_t old = round_up(size), more = round_up(wanted) - old;
	void *larger;

	/* The last that was handed out grows where it is: nothing is copied, and no page is used twice. */
	if ((char *)memory + old == block->data + block->used && block->capacity - block->used >= more) {
		block->used += more;
		return memory;
	}
	larger = arena_alloc(arena, wanted);
	memcpy(larger, memory, size);
	return larger;
}

char *arena_strndup(struct arena *arena, const char *string, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	memcpy(copy, string, length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *string)
{
	return arena_strndup(arena, string, strlen(string));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
	const struct arena_block *block = arena->last;
	const size_t room = block != NULL ? block->capacity - block->used : 0;
	va_list again;
	int length;
	char *string;

	/*
	 * Written where it is going to stay, when it fits. When it does not, it is written again into a block of its own, and what
	 * was spoiled here is never handed out.
	 */
	va_copy(again, arguments);
	length = vsnprintf(room > 0 ? arena->last->data + block->used : NULL, room, format, again);
	va_end(again);
	if (length < 0)
		abort();
	string = arena_alloc(arena, (size_t)length + 1);
	if ((size_t)length >= room)
		vsnprintf(string, (size_t)length + 1, format, arguments);
	return string;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	char *string;

	va_start(arguments, format);
	string = arena_vprintf(arena, format, arguments);
	va_end(arguments);
	return string;
}

void *arena_grow(struct arena *arena, void *items, size_t *count, size_t item_size)
{
	const bool is_full = *count == 0 || (*count >= VECTOR_FIRST_CAPACITY && (*count & (*count - 1)) == 0);

	if (is_full) {
		size_t capacity = *count == 0 ? VECTOR_FIRST_CAPACITY : *count * 2;

		if (capacity > SIZE_MAX / 4 / item_size)
			abort();
		items = *count == 0 ? arena_alloc(arena, capacity * item_size)
				    : arena_enlarge(arena, items, *count * item_size, capacity * item_size);
	}
	/* Someone may have shortened the count: what is handed out is zero all the same. */
	memset((char *)items + *count * item_size, 0, item_size);
	(*count)++;
	return items;
}
