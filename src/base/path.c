/* path: lexical questions about path names. The file system is not asked. */
#include <hardrun/base.h>

#include <string.h>

static bool path_component_is(const char *component, size_t length, const char *word)
{
	return strlen(word) == length && memcmp(component, word, length) == 0;
}

bool path_is_clean(const char *path)
{
	if (path[0] != '/')
		return false;
	if (path[1] == '\0')
		return true;
	while (*path == '/') {
		size_t length = strcspn(++path, "/");

		if (length == 0 || path_component_is(path, length, ".") || path_component_is(path, length, ".."))
			return false;
		path += length;
	}
	return true;
}

const char *path_tidy(struct arena *arena, const char *path)
{
	struct text tidy;
	bool needs_slash = false;

	if (path[0] == '\0')
		return "";
	text_init(&tidy, arena);
	if (path[0] == '/')
		text_add(&tidy, "/");
	while (*path != '\0') {
		size_t length;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (length > 0 && !path_component_is(path, length, ".")) {
			if (needs_slash)
				text_add(&tidy, "/");
			text_add_bytes(&tidy, path, length);
			needs_slash = true;
		}
		path += length;
	}
	return tidy.length > 0 ? tidy.data : ".";
}

bool path_is_within(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	if (strcmp(directory, "/") == 0)
		return path[0] == '/';
	return strncmp(path, directory, length) == 0 && (path[length] == '\0' || path[length] == '/');
}
