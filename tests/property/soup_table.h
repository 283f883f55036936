/* The table behind lines_soup. */
#ifndef TESTS_PROPERTY_SOUP_TABLE_H
#define TESTS_PROPERTY_SOUP_TABLE_H

#include <hardrun/base.h>

struct soup_row {
	const char *flag;   /* without dashes */
	unsigned weight;
	const char *values; /* apart by " | "; "" for a switch */
};
extern const struct soup_row soup_rows[];
extern const size_t soup_row_count;
extern const char *const soup_images[];
extern const size_t soup_image_count;
extern const char *const soup_commands[];
extern const size_t soup_command_count;

#endif
