/* mounts: volumes, configs, secrets and devices. */
#include <string.h>

#include "compose_internal.h"

/* "key=value" as a field of the CSV that --mount takes. */
static const char *csv_field(struct arena *arena, const char *key, const char *value)
{
	struct text field;

	if (strpbrk(value, ",\"\r\n") == NULL)
		return arena_printf(arena, "%s=%s", key, value);
	text_init(&field, arena);
	text_addf(&field, "\"%s=", key);
	for (; *value != '\0'; value++)
		text_addf(&field, "%s%c", *value == '"' ? "\"" : "", *value);
	text_add(&field, "\"");
	return field.data;
}

const char *mounts_path(struct reader *reader, const struct spot *spot, const char *path)
{
	const bool is_home = strcmp(path, "~") == 0 || strncmp(path, "~/", 2) == 0;

	if (path[0] == '/')
		return path;
	if (path[0] == '~' && (!is_home || reader->input->home == NULL)) {
		reader_find(reader, FINDING_INVALID, spot, "%s",
			    is_home ? "your home directory is not known" : "the home of another is not looked up")
			->remedy = "write the whole path";
		return NULL;
	}
	if (is_home)
		return arena_printf(reader->arena, "%s%s", reader->input->home, path + 1);
	return path_tidy(reader->arena, arena_printf(reader->arena, "%s/%s", reader->input->directory, path));
}

static bool is_path(const char *source)
{
	return source[0] == '/' || source[0] == '.' || source[0] == '~';
}

/* The engine's name of the volume that a service calls ${key}; NULL with a finding. */
static const char *volume_name(struct reader *reader, const struct spot *spot, const char *key)
{
	struct compose_project *project = reader->project;
	const struct compose_resource *volume = resources_use(project->volumes, project->volume_count, key);

	if (volume != NULL)
		return volume->name;
	reader_find(reader, FINDING_INVALID, spot, "the volume %s is not declared at the top of the file",
		    string_printable(reader->arena, key, 60))
		->remedy = arena_printf(reader->arena, "volumes: {%s: }, or ./%s for a directory", key, key);
	return NULL;
}

/* SOURCE:TARGET[:OPTIONS], or TARGET alone. */
static void read_short(struct reader *reader, const struct spot *spot)
{
	const char *text = reader_text(reader, spot);
	const char *colon = text != NULL ? strchr(text, ':') : NULL;
	const char *source;

	if (text == NULL)
		return;
	if (colon == NULL) {
		reader_word(reader, spot, "--volume=%s", text);
		return;
	}
	source = arena_strndup(reader->arena, text, (size_t)(colon - text));
	source = is_path(source) ? mounts_path(reader, spot, source) : volume_name(reader, spot, source);
	if (source == NULL)
		return;
	if (strchr(source, ':') != NULL)
		reader_find(reader, FINDING_INVALID, spot, "a path with a colon in it cannot be written in the short form")
			->remedy = "write it as type: bind, source: and target:";
	else
		reader_word(reader, spot, "--volume=%s%s", source, colon);
}

struct mount_line {
	struct reader *reader;
	struct text text;
};

static void add_text(struct mount_line *line, const struct spot *map, const char *key, const char *field)
{
	const struct spot spot = reader_child(line->reader, map, key);
	const char *text = spot.node != NULL ? reader_text(line->reader, &spot) : NULL;

	if (text != NULL)
		text_addf(&line->text, ",%s", csv_field(line->reader->arena, field, text));
}

static void add_switch(struct mount_line *line, const struct spot *map, const char *key, const char *field)
{
	const struct spot spot = reader_child(line->reader, map, key);
	bool value = false;

	if (spot.node != NULL && reader_switch(line->reader, &spot, &value) && value)
		text_addf(&line->text, ",%s", field);
}

static void add_options(struct mount_line *line, const struct spot *map)
{
	static const char *const bind_names[] = { "propagation", "create_host_path", "selinux", "recursive", NULL };
	static const char *const volume_names[] = { "nocopy", "subpath", "labels", NULL };
	static const char *const tmpfs_names[] = { "size", "mode", NULL };
	const struct spot bind = reader_child(line->reader, map, "bind"), volume = reader_child(line->reader, map, "volume"),
			  tmpfs = reader_child(line->reader, map, "tmpfs");

	if (bind.node != NULL && reader_is_map(line->reader, &bind)) {
		reader_only(line->reader, &bind, bind_names);
		add_text(line, &bind, "propagation", "bind-propagation");
		add_text(line, &bind, "recursive", "bind-recursive");
	}
	if (volume.node != NULL && reader_is_map(line->reader, &volume)) {
		reader_only(line->reader, &volume, volume_names);
		add_switch(line, &volume, "nocopy", "volume-nocopy");
		add_text(line, &volume, "subpath", "volume-subpath");
	}
	if (tmpfs.node != NULL && reader_is_map(line->reader, &tmpfs)) {
		reader_only(line->reader, &tmpfs, tmpfs_names);
		add_text(line, &tmpfs, "size", "tmpfs-size");
		add_text(line, &tmpfs, "mode", "tmpfs-mode");
	}
}

static bool read_source(struct reader *reader, const struct spot *map, const char *type, const char **ret_source)
{
	const struct spot spot = reader_child(reader, map, "source");
	const char *text = spot.node != NULL ? reader_text(reader, &spot) : NULL;

	*ret_source = text;
	if (text == NULL)
		return spot.node == NULL;
	if (strcmp(type, "bind") == 0)
		*ret_source = mounts_path(reader, &spot, text);
	else if (strcmp(type, "volume") == 0)
		*ret_source = volume_name(reader, &spot, text);
	return *ret_source != NULL;
}

static void read_long(struct reader *reader, const struct spot *spot)
{
	static const char *const names[] = { "type", "source", "target", "read_only", "bind", "volume", "tmpfs", "image",
					     "consistency", NULL };
	const struct spot type_spot = reader_child(reader, spot, "type");
	struct mount_line line = { .reader = reader };
	const char *type = "volume", *source;

	reader_only(reader, spot, names);
	if (type_spot.node != NULL)
		type = reader_text(reader, &type_spot);
	if (type == NULL || !read_source(reader, spot, type, &source))
		return;
	text_init(&line.text, reader->arena);
	text_add(&line.text, csv_field(reader->arena, "type", type));
	if (source != NULL)
		text_addf(&line.text, ",%s", csv_field(reader->arena, "source", source));
	add_text(&line, spot, "target", "target");
	add_switch(&line, spot, "read_only", "readonly");
	add_options(&line, spot);
	reader_word(reader, spot, "--mount=%s", line.text.data);
}

void mounts_volumes(struct reader *reader, const struct spot *spot)
{
	struct items items = reader_items(reader, spot);
	struct spot entry;

	while (reader_next(reader, &items, &entry)) {
		if (entry.node->kind == NODE_MAP)
			read_long(reader, &entry);
		else
			read_short(reader, &entry);
	}
}

/* ---- configs and secrets: files of the host, read-only ---- */

struct file_kind {
	const char *section;    /* at the top of the file */
	const char *directory;  /* where they are put */
};

/* The path of the file behind the name; NULL with a finding. */
static const char *find_file(struct reader *reader, const struct spot *spot, const struct file_kind *kind, const char *name)
{
	const struct spot root = { reader->root, "" }, section = reader_child(reader, &root, kind->section);
	const struct spot entry = reader_child(reader, &section, name), file = reader_child(reader, &entry, "file");
	const char *path = file.node != NULL ? reader_text(reader, &file) : NULL;

	if (entry.node == NULL)
		reader_find(reader, FINDING_INVALID, spot, "%s is not declared under %s at the top of the file",
			    string_printable(reader->arena, name, 60), kind->section);
	else if (file.node == NULL)
		reader_find(reader, FINDING_UNSUPPORTED, &entry, "only what is in a file is taken")->remedy = "file: ./NAME";
	return path != NULL ? mounts_path(reader, &file, path) : NULL;
}

static void read_file(struct reader *reader, const struct spot *spot, const struct file_kind *kind)
{
	static const char *const names[] = { "source", "target", "uid", "gid", "mode", NULL };
	struct spot name_spot = *spot, target_spot = { NULL, spot->path };
	const char *name, *path, *target;

	if (spot->node->kind == NODE_MAP) {
		reader_only(reader, spot, names);
		name_spot = reader_child(reader, spot, "source");
		target_spot = reader_child(reader, spot, "target");
		if (yaml_child(spot->node, "uid") != NULL || yaml_child(spot->node, "gid") != NULL || yaml_child(spot->node, "mode") != NULL)
			reader_find(reader, FINDING_NOTE, spot, "owner and mode are those of the file on the host");
	}
	if (name_spot.node == NULL) {
		reader_find(reader, FINDING_INVALID, spot, "source: is missing");
		return;
	}
	name = reader_text(reader, &name_spot);
	path = name != NULL ? find_file(reader, &name_spot, kind, name) : NULL;
	target = target_spot.node != NULL ? reader_text(reader, &target_spot) : name;
	if (path == NULL || target == NULL)
		return;
	if (target[0] != '/')
		target = arena_printf(reader->arena, "%s/%s", kind->directory, target);
	reader_word(reader, spot, "--mount=type=bind,%s,%s,readonly", csv_field(reader->arena, "source", path),
		    csv_field(reader->arena, "target", target));
}

static void read_files(struct reader *reader, const struct spot *spot, const struct file_kind *kind)
{
	struct items items = reader_items(reader, spot);
	struct spot entry;

	while (reader_next(reader, &items, &entry))
		read_file(reader, &entry, kind);
}

void mounts_configs(struct reader *reader, const struct spot *spot)
{
	static const struct file_kind kind = { "configs", "" };

	read_files(reader, spot, &kind);
}

void mounts_secrets(struct reader *reader, const struct spot *spot)
{
	static const struct file_kind kind = { "secrets", "/run/secrets" };

	read_files(reader, spot, &kind);
}

/* ---- devices ---- */

static void read_device(struct reader *reader, const struct spot *spot)
{
	static const char *const names[] = { "source", "target", "permissions", NULL };
	const struct spot source = reader_child(reader, spot, "source"), target = reader_child(reader, spot, "target"),
			  permissions = reader_child(reader, spot, "permissions");
	const char *from = source.node != NULL ? reader_text(reader, &source) : NULL;
	const char *to = target.node != NULL ? reader_text(reader, &target) : from;
	const char *letters = permissions.node != NULL ? reader_text(reader, &permissions) : "";

	reader_only(reader, spot, names);
	if (source.node == NULL)
		reader_find(reader, FINDING_INVALID, spot, "source: is missing");
	if (from != NULL && to != NULL && letters != NULL)
		reader_word(reader, spot, "--device=%s:%s%s%s", from, to, letters[0] != '\0' ? ":" : "", letters);
}

void mounts_devices(struct reader *reader, const struct spot *spot)
{
	struct items items = reader_items(reader, spot);
	struct spot entry;
	const char *text;

	while (reader_next(reader, &items, &entry)) {
		text = entry.node->kind == NODE_MAP ? NULL : reader_text(reader, &entry);
		if (entry.node->kind == NODE_MAP)
			read_device(reader, &entry);
		else if (text != NULL)
			reader_word(reader, &entry, "--device=%s", text);
	}
}
