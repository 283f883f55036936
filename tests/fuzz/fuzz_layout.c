/* An image layout's index.json, manifest and configuration: whoever made the image wrote them. */
#include <stdlib.h>
#include <fcntl.h>
#include <unistd.h>

#include "../../src/launch/launch_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const char *json = arena_strndup(arena, (const char *)data, size), *digest = NULL;
	struct error err = { 0 };
	char directory[] = "/tmp/fuzz-layout-XXXXXX";
	int fd = mkdtemp(directory) != NULL ? descriptors_open_plain(directory, O_RDONLY | O_DIRECTORY) : -1;

	if (fd < 0 || !descriptors_write_file(fd, "index.json", json, size))
		abort();
	if (layout_find(arena, fd, "x", size % 2 ? "latest" : NULL, &digest, &err) == 0 && !layout_digest_is_valid(digest))
		abort();
	if (layout_config_digest(arena, json, &digest, &err) == 0 && !layout_digest_is_valid(digest))
		abort();
	if (layout_check_platform(arena, json, "x", "amd64", &err) < 0 && string_has_control(err.message))
		abort();
	unlinkat(fd, "index.json", 0);
	close(fd);
	rmdir(directory);
	arena_free(arena);
	return 0;
}
