/* Numbers, patterns and text: what is formatted must be read back as the same number. */
#include <stdlib.h>
#include <string.h>

#include <hardrun/base.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	char *text = arena_strndup(arena, (const char *)data, size), *second = strchr(text, '\n');
	int64_t value, again;

	if (second != NULL)
		*second++ = '\0';
	if (parse_cpus(text, &value) && (!parse_cpus(format_cpus(arena, value), &again) || again != value))
		abort();
	if (parse_duration(text, &value) && (!parse_duration(format_duration(arena, value), &again) || again != value))
		abort();
	if (parse_size(text, &value) && (!parse_size(format_size(arena, value), &again) || again != value || value < 0))
		abort();
	(void)parse_integer(text, &value);
	(void)string_nearest(text, (const char *const[]){ "memory", "memory-swap" }, 2);
	if (second != NULL)
		(void)glob_match(text, second);
	const char *printable = string_printable(arena, text, 64);

	if (!string_is_utf8(printable) || string_has_control(printable))
		abort();
	arena_free(arena);
	return 0;
}
