#include <string.h>

#include <hardrun/flag.h>

/* Compares ${row}, a C string, with ${name} of ${length} bytes that need not end in NUL. */
static int compare(const char *row, const char *name, size_t length)
{
	int order = strncmp(row, name, length);

	if (order == 0 && row[length] != '\0')
		return 1;
	return order;
}

enum flag_id flag_find(const char *name, size_t length)
{
	size_t low = 0, high = FLAG_COUNT;

	/* A NUL inside would end strncmp early and make "rm\0x" equal to "rm". */
	if (length == 0 || memchr(name, '\0', length) != NULL)
		return FLAG_NONE;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(flag_specs[middle].name, name, length);

		if (order == 0)
			return (enum flag_id)middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return FLAG_NONE;
}

enum flag_id flag_find_letter(char letter)
{
	if (letter == '\0')
		return FLAG_NONE;
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		if (flag_specs[i].letter == letter)
			return (enum flag_id)i;
	}
	return FLAG_NONE;
}

const char *flag_stance_name(enum flag_stance stance)
{
	switch (stance) {
	case FLAG_STANCE_OPEN: return "open";
	case FLAG_STANCE_BOUNDED: return "bounded";
	case FLAG_STANCE_LISTED: return "listed";
	case FLAG_STANCE_FORCED: return "forced";
	case FLAG_STANCE_HAZARD: return "hazard";
	case FLAG_STANCE_REFUSED: return "refused";
	case FLAG_STANCE_UNSUPPORTED: return "unsupported";
	case FLAG_STANCE_COUNT: break;
	}
	return "?";
}

const char *flag_repeat_name(enum flag_repeat repeat)
{
	switch (repeat) {
	case FLAG_REPEAT_LIST: return "adds up";
	case FLAG_REPEAT_LAST: return "the last one counts";
	case FLAG_REPEAT_SAME: return "only with the same value";
	case FLAG_REPEAT_COUNT: break;
	}
	return "?";
}
