/* The policy, with a reason on each line. What the program chose itself (names, paths) is quoted, and cannot leave its line. */
#include "learn_internal.h"

#include <inttypes.h>
#include <string.h>

enum { COMMENT_BYTES_MAX = 300, LINE_BYTES = 110, MEMORY_OF_PARENT = 1 << 30, SHM_OF_PARENT = 64 << 20, PIDS_OF_PARENT = 256,
	FILES_OF_PARENT = 256 << 20, NOFILE_OF_PARENT = 4096, PORTS_MAX = 16 };
#define CPUS_OF_PARENT INT64_C(1000000000)
#define MEBIBYTE (INT64_C(1) << 20)

struct page {
	struct text text;
	struct arena *arena;
	const struct learn_record *record;
};

/* A YAML text in double quotes. */
static const char *quote(struct arena *arena, const char *string)
{
	const char *safe = string_printable(arena, string, LEARN_TEXT_BYTES_MAX);
	struct text text;

	text_init(&text, arena);
	text_add(&text, "\"");
	for (; *safe != '\0'; safe++) {
		if (*safe == '"' || *safe == '\\')
			text_add(&text, "\\");
		text_add_bytes(&text, safe, 1);
	}
	text_add(&text, "\"");
	return text.data;
}

static const char *names_of(struct arena *arena, const struct string_list *programs)
{
	struct text text;

	text_init(&text, arena);
	for (size_t i = 0; i < programs->count; i++) {
		text_add(&text, i > 0 ? ", " : "");
		text_add(&text, programs->items[i]);
	}
	if (programs->count == LEARN_PROGRAMS_MAX)
		text_add(&text, ", ...");
	return text.length > 0 ? text.data : "?";
}

static void comment(struct page *page, const char *indent, const char *format, ...) PRINTF_LIKE(3, 4);
static void comment(struct page *page, const char *indent, const char *format, ...)
{
	va_list arguments;
	const char *said;

	va_start(arguments, format);
	said = arena_vprintf(page->arena, format, arguments);
	va_end(arguments);
	text_addf(&page->text, "%s# %s\n", indent, string_printable(page->arena, said, COMMENT_BYTES_MAX));
}

static const char *times(struct arena *arena, uint64_t count)
{
	if (count == 1 || count == 2)
		return count == 1 ? "once" : "twice";
	return arena_printf(arena, "%" PRIu64 " times", count);
}

/* ---- parts ---- */

static const char *short_name(struct arena *arena, const struct learn_record *record)
{
	const char *subject = record->image != NULL ? record->image : record->rootfs;
	const char *slash = strrchr(subject, '/');

	return string_printable(arena, slash != NULL && slash[1] != '\0' ? slash + 1 : subject, 60);
}

static void add_proof(struct page *page, const struct learn_style *style)
{
	switch (style->proof) {
	case LEARN_PROVED:
		text_addf(&page->text, "# Proved: run again under this policy, it ended as before, %sand nothing else was refused.\n",
			  style->is_output_same ? "printed the same, " : "");
		return;
	case LEARN_PROVED_UNTIL_ENDED:
		text_add(&page->text, "# Proved in part: run again under this policy, nothing else was refused until it was ended, as its time "
				      "was over;\n# when it was learned somebody had ended it.\n");
		return;
	case LEARN_UNENDED:
		text_add(&page->text, "# NOT PROVED: run again under this policy, it had not ended when its time was over, as it had when it "
				      "was learned;\n# give it more with hardrun learn --timeout, or see what it waits for.\n");
		return;
	case LEARN_DISPROVED:
		text_add(&page->text, "# NOT ENOUGH: run again under this policy, it did not do as before; "
				      "learn again, or add what is missing.\n");
		return;
	case LEARN_UNPROVED:
	case LEARN_PROOF_COUNT:
		break;
	}
	text_add(&page->text, "# Not proved: nobody has run it under this policy yet.\n");
}

static void add_head(struct page *page, const struct learn_style *style)
{
	const struct learn_record *record = page->record;
	const char *runs = record->runs == 1 ? "one run" : arena_printf(page->arena, "%" PRIu64 " runs", record->runs);

	comment(page, "", "%s: learned by hardrun from %s under the policy %s, on %s:", short_name(page->arena, record), runs,
		record->policy, record->architecture);
	comment(page, "", "  %s", record->command);
	text_add(&page->text, "# What it did not do in these runs is refused. Read this before you rely on it, let the program do all "
			      "that it is\n# to do, and add that with hardrun learn --merge.\n");
	add_proof(page, style);
	text_addf(&page->text, "version: 1\ndescription: %s\n",
		  quote(page->arena, arena_printf(page->arena, "%s, as learned from %s", short_name(page->arena, record), runs)));
	if (record->image != NULL)
		text_addf(&page->text, "images: [%s]\n", quote(page->arena, record->image));
	text_add(&page->text, "extends: restricted\n");
}

static int64_t room_of(const struct learn_place *place)
{
	return learn_room_for_files(place->bytes > 0 ? place->bytes : 0);
}

static const char *size_text(struct arena *arena, int64_t bytes)
{
	return bytes % MEBIBYTE == 0 ? arena_printf(arena, "%" PRId64 "m", bytes / MEBIBYTE) : format_size(arena, bytes);
}

/* For people: seldom a round number. */
static const char *seen_text(struct arena *arena, int64_t bytes)
{
	if (bytes >= MEBIBYTE)
		return arena_printf(arena, "%" PRId64 ".%" PRId64 " MiB", bytes / MEBIBYTE, bytes % MEBIBYTE * 10 / MEBIBYTE);
	return arena_printf(arena, "%" PRId64 " KiB", (bytes + 1023) / 1024);
}

static void add_places(struct page *page)
{
	const struct learn_record *record = page->record;

	if (record->place_count == 0) {
		text_add(&page->text, "  # it wrote no file\n  tmpfs: []\n");
		return;
	}
	text_add(&page->text, "  tmpfs:\n");
	for (size_t i = 0; i < record->place_count; i++) {
		const struct learn_place *place = &record->places[i];

		comment(page, "    ", "%s at most, written %s by %s", place->bytes >= 0 ? seen_text(page->arena, place->bytes) : "unknown size",
			times(page->arena, place->count), names_of(page->arena, &place->programs));
		text_addf(&page->text, "    - %s\n", quote(page->arena, arena_printf(page->arena, "%s:size=%s", place->path,
			  size_text(page->arena, room_of(place)))));
	}
}

static void add_limits(struct page *page)
{
	const struct learn_record *record = page->record;
	struct arena *arena = page->arena;

	if (record->memory_bytes >= 0)
		text_addf(&page->text, "  # %s at most, page cache and files in tmpfs included\n  mem_limit: %s\n",
			  seen_text(arena, record->memory_bytes), size_text(arena, learn_room_for_memory(record->memory_bytes)));
	if (record->nano_cpus > 0)
		text_addf(&page->text, "  # as it was learned under\n  cpus: %s\n", format_cpus(arena, record->nano_cpus));
	if (record->pids > 0)
		text_addf(&page->text, "  # %" PRId64 " processes and threads at most\n  pids_limit: %" PRId64 "\n", record->pids,
			  learn_room_for_pids(record->pids));
	if (record->shm_bytes > 0)
		text_addf(&page->text, "  # as it was learned under\n  shm_size: %s\n", size_text(arena, record->shm_bytes));
	if (record->open_files > 0)
		text_addf(&page->text, "  # as it was learned under; no core dumps\n  ulimits: {nofile: %" PRId64 ", core: 0}\n",
			  record->open_files);
	if (record->stop_signal != NULL)
		text_addf(&page->text, "  stop_signal: %s\n", quote(arena, record->stop_signal));
}

static bool is_networked(const struct learn_record *record)
{
	return record->needs_network || record->port_count > 0;
}

static void add_defaults(struct page *page)
{
	const struct learn_record *record = page->record;

	text_addf(&page->text, "\ndefaults:\n  # as it was learned\n  user: \"%u:%u\"\n", (unsigned)record->uid, (unsigned)record->gid);
	add_places(page);
	add_limits(page);
	if (is_networked(record))
		comment(page, "  ", "%s%s%s", record->port_count > 0 ? "it listens, see allow.ports" : "",
			record->port_count > 0 && record->needs_network ? "; " : "",
			record->needs_network ? "it spoke to other addresses than its own" : "");
	else
		text_add(&page->text, "  # it spoke to nobody but itself\n");
	text_addf(&page->text, "  network_mode: %s\n", is_networked(record) ? "isolated" : "none");
	if (record->capabilities.count > 0) {
		text_add(&page->text, "  # used, and granted where it was learned\n  cap_add: [");
		for (size_t i = 0; i < record->capabilities.count; i++)
			text_addf(&page->text, "%s%s", i > 0 ? ", " : "", quote(page->arena, record->capabilities.items[i]));
		text_add(&page->text, "]\n");
	}
}

static void add_mounts(struct page *page)
{
	const struct learn_record *record = page->record;
	struct arena *arena = page->arena;

	if (record->mount_count > 0)
		text_add(&page->text, "  volumes:\n");
	for (size_t i = 0; i < record->mount_count; i++) {
		const struct learn_mount *mount = &record->mounts[i];

		comment(page, "    ", "of the line that was learned; %s", mount->is_written ? "written to" : "only read");
		text_addf(&page->text, "    - {%s: %s, target: %s, access: %s}\n", mount->is_volume ? "volume" : "source",
			  quote(arena, mount->source), quote(arena, mount->target), mount->is_written ? "rw" : "ro");
	}
}

static void add_ports(struct page *page)
{
	const struct learn_record *record = page->record;

	if (record->port_count == 0)
		return;
	text_add(&page->text, "  ports:\n");
	for (size_t i = 0; i < record->port_count && i < PORTS_MAX; i++) {
		comment(page, "    ", "bound by %s", names_of(page->arena, &record->ports[i].programs));
		text_addf(&page->text, "    - \"127.0.0.1:1024-65535:%" PRIu64 "/*\"\n", record->ports[i].number);
	}
}

static void add_allow(struct page *page)
{
	const struct learn_record *record = page->record;
	const int64_t memory = record->memory_bytes >= 0 ? learn_room_for_memory(record->memory_bytes) : 0;
	const int64_t pids = record->pids > 0 ? learn_room_for_pids(record->pids) : 0;
	int64_t largest = 0;
	const size_t before = page->text.length;

	for (size_t i = 0; i < record->place_count; i++)
		if (room_of(&record->places[i]) > largest)
			largest = room_of(&record->places[i]);
	text_add(&page->text, "\nallow:\n");
	if (record->rootfs != NULL)
		text_addf(&page->text, "  # the tree that was learned\n  rootfs: [%s]\n", quote(page->arena, record->rootfs));
	if (is_networked(record))
		text_add(&page->text, "  networks: [isolated]\n");
	add_ports(page);
	add_mounts(page);
	for (size_t i = 0; i < record->capabilities.count; i++)
		text_addf(&page->text, "%s%s%s", i == 0 ? "  cap_add: [" : ", ", quote(page->arena, record->capabilities.items[i]),
			  i + 1 == record->capabilities.count ? "]\n" : "");
	if (memory > MEMORY_OF_PARENT)
		text_addf(&page->text, "  mem_limit: %s\n", size_text(page->arena, memory));
	if (record->nano_cpus > CPUS_OF_PARENT)
		text_addf(&page->text, "  cpus: %s\n", format_cpus(page->arena, record->nano_cpus));
	if (pids > PIDS_OF_PARENT)
		text_addf(&page->text, "  pids_limit: %" PRId64 "\n", pids);
	if (record->shm_bytes > SHM_OF_PARENT)
		text_addf(&page->text, "  shm_size: %s\n", size_text(page->arena, record->shm_bytes));
	if (largest > FILES_OF_PARENT)
		text_addf(&page->text, "  tmpfs: {max_size: %s, exec: false}\n", size_text(page->arena, largest));
	if (record->open_files > NOFILE_OF_PARENT)
		text_addf(&page->text, "  ulimits: {nofile: %" PRId64 "}\n", record->open_files);
	if (page->text.length == before + strlen("\nallow:\n")) {
		page->text.length = before;
		page->text.data[before] = '\0';
	}
}

/* ---- calls ---- */

static void add_names(struct page *page, const struct learn_rule *rule)
{
	size_t width = 0;

	text_add(&page->text, "    - {names: [");
	for (size_t i = 0; i < rule->names.count; i++) {
		const char *name = rule->names.items[i];

		if (i > 0)
			text_add(&page->text, ",");
		width += strlen(name) + 2;
		if (width > LINE_BYTES) {
			text_add(&page->text, "\n       ");
			width = strlen(name);
		}
		text_addf(&page->text, "%s%s", i > 0 ? " " : "", name);
	}
	text_add(&page->text, "]");
	if (rule->when != NULL)
		text_addf(&page->text, ", when: \"%s\"", rule->when);
	text_add(&page->text, "}\n");
}

static void add_calls(struct page *page, const char *omit)
{
	const struct learn_rules rules = learn_rules_of(page->arena, page->record, omit);

	text_addf(&page->text, "\n# %zu calls in all, with those that a runtime needs to start any program.\n"
			       "seccomp:\n  base: runtime\n", learn_allowed(page->arena, page->record));
	text_add(&page->text, rules.count > 0 ? "  allow:\n" : "");
	for (size_t i = 0; i < rules.count; i++) {
		const struct learn_rule *rule = &rules.items[i];

		comment(page, "    ", "%s: %s by %s", rule->group, times(page->arena, rule->count),
			names_of(page->arena, &rule->programs));
		add_names(page, rule);
	}
	text_add(&page->text, "  architectures: native\n");
}

static void add_asks(struct page *page)
{
	const struct learn_record *record = page->record;

	if (record->ask_count == 0)
		return;
	text_add(&page->text, "\n# Asked for, refused, and not granted here. Whether it is to be is for a person to say:\n");
	for (size_t i = 0; i < record->ask_count; i++) {
		const struct learn_ask *ask = &record->asks[i];

		comment(page, "", "- %s: %s, %s by %s: %s", ask->kind, ask->subject, times(page->arena, ask->count),
			names_of(page->arena, &ask->programs), ask->reason);
		comment(page, "", "  %s%s", ask->remedy != NULL ? "to grant it: " : "nobody should grant it",
			ask->remedy != NULL ? ask->remedy : "");
	}
}

const char *learn_policy(struct arena *arena, const struct learn_record *record, const struct learn_style *style)
{
	struct page page = { .arena = arena, .record = record };

	text_init(&page.text, arena);
	add_head(&page, style);
	add_defaults(&page);
	add_allow(&page);
	add_calls(&page, style->omit);
	add_asks(&page);
	return page.text.data;
}
