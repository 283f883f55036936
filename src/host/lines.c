/* lines: the files of --env-file and --label-file, read as the caller. */
#include "host_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* One line, without its end. A name that docker would refuse, or would take from its own environment, is refused. */
static bool parse_line(struct arena *arena, const char *line, size_t length, struct string_list *lines)
{
	const char *equals;

	while (length > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		length--;
	}
	if (length == 0 || *line == '#')
		return true;
	equals = memchr(line, '=', length);
	if (equals == NULL || equals == line)
		return false;
	for (const char *byte = line; byte < equals; byte++) {
		if ((unsigned char)*byte <= ' ' || *byte == 0x7f)
			return false;
	}
	/* A name that is not what it looks like: the mark at the front of a file would go when the file is read once more. */
	if (string_has_control(arena_strndup(arena, line, (size_t)(equals - line))))
		return false;
	string_list_add(arena, lines, arena_strndup(arena, line, length));
	return true;
}

bool host_parse_lines(struct arena *arena, const char *bytes, size_t length, struct string_list *ret_lines,
		      const char **ret_reason)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	struct string_list lines = { NULL, 0 };
	const char *end = bytes + length;
	unsigned number = 0;

	if (memchr(bytes, '\0', length) != NULL || !string_is_utf8(arena_strndup(arena, bytes, length))) {
		*ret_reason = "it is not UTF-8 text";
		return false;
	}
	if (length >= 3 && memcmp(bytes, byte_order_mark, 3) == 0)
		bytes += 3;
	while (bytes < end) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
		const char *stop = newline != NULL ? newline : end;
		const char *next = newline != NULL ? newline + 1 : end;

		if (stop > bytes && stop[-1] == '\r')
			stop--;
		number++;
		if (!parse_line(arena, bytes, (size_t)(stop - bytes), &lines)) {
			*ret_reason = arena_printf(arena, "line %u is not NAME=VALUE", number);
			return false;
		}
		bytes = next;
	}
	*ret_lines = lines;
	return true;
}

/* Returns the length, or -1 with the reason. */
static ssize_t read_whole(int fd, char *buffer, size_t size)
{
	size_t length = 0;

	while (length < size) {
		ssize_t count = read(fd, buffer + length, size - length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -1;
		if (count == 0)
			break;
		length += (size_t)count;
	}
	return (ssize_t)length;
}

void host_read_lines(struct arena *arena, host_line_parser *parse, struct host_path *path)
{
	char *buffer;
	ssize_t length;
	CLEANUP_FD int fd = -1;

	if (path->resolved == NULL)
		return;
	if (path->kind != PATH_REGULAR) {
		path->lines_reason = "it is not a regular file";
		return;
	}
	fd = host_open_resolved(path, O_RDONLY);
	if (fd < 0) {
		path->lines_reason = "you may not read it";
		return;
	}
	buffer = arena_alloc(arena, HOST_LINES_BYTES_MAX + 1);
	length = read_whole(fd, buffer, HOST_LINES_BYTES_MAX + 1);
	if (length < 0)
		path->lines_reason = "it cannot be read";
	else if (length > HOST_LINES_BYTES_MAX)
		path->lines_reason = "it is larger than 64 KiB";
	else
		(void)(parse != NULL ? parse : host_parse_lines)(arena, buffer, (size_t)length, &path->lines, &path->lines_reason);
}
