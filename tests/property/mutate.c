/* Mutations of command lines. Each is what someone who looks for a gap would try by hand. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lines.h"
#include "soup_table.h"

enum { MUTATIONS_MOST = 4 };

/* Bytes and words that parsers stumble over. */
static const char *const tempting_texts[] = {
	"\xe2\x80\xae", "\xc2\xa0", "\xef\xbc\x9d", "\xc0\xaf", "\xff", "\n", "\t", "\r", "\x01", " ", ",", ":", "=", "\"", "'",
			"\\", "/", "//", "/../", "/./",
	"..", "%00", "$HOME", "~", "*", "+", "-", "0", "0x", "1e", ".", "::", "=true", "=false", "ro", "rw", ":ro", ":rw", "@",
			"#", "\xe2\x80\x8b", "\xd9\xa0",
};
static const char *const tempting_words[] = {
	"--privileged", "--privileged=true", "--privileged=1", "-v/:/h", "-v", "/:/h", "--pid=host", "--network=host",
			"--cap-add=ALL", "--user=0", "-u0",
	"--security-opt=seccomp=unconfined", "--device=/dev/mem", "--", "-", "--ipc=host", "--uts=host", "--userns=host",
			"--read-only=false", "-p0.0.0.0:80:80",
	"--mount=type=bind,src=/,dst=/h", "--memory=0", "--memory=-1", "--pids-limit=-1", "--cpus=0", "--oom-kill-disable",
			"--tmpfs=/x:exec,suid,dev",
	"--cgroup-parent=/", "--cgroupns=host", "--restart=always", "--env-file=/etc/shadow", "--label-file=/etc/shadow",
			"--cidfile=/etc/cron.d/x",
	"--group-add=0", "--runtime=x", "--use-api-socket", "--volumes-from=x", "--gpus=all", "-itv/:/h",
			"--sysctl=kernel.core_pattern=|/x", "-h", "--init",
	"-d", "--rm", "--name=x", "--ulimit=nofile=-1", "--shm-size=100g", "-m0", "-c0", "--memory-swap=-1", "--log-opt=max-size=-1",
};
static const char *const tempting_numbers[] = {
	"0", "-0", "+0", "00", "-1", "+1", "0x0", "0b0", "0o0", "0x7fffffffffffffff", "9223372036854775807",
			"9223372036854775808", "18446744073709551615",
	"18446744073709551616", "4294967296", "4294967295", "2147483648", "65536", "1e3", "1_000", ".0", "1.", "0.0000000001",
			"1/0", "0/1", "1e-9", "NaN", "Inf",
	"\xd9\xa1", "1 ", " 1", "99999999999999999999999999",
};
static const char *const tempting_paths[] = {
	"/", "//", "/.", "/..", "/./", "/../", "/home/user/..", "/home/user/../..", "/home/user/work/../../..",
			"/home/user/link-to-root", "/home/user/link",
	"/proc/self/root", "/proc/1/root", "/dev/fd/0", "/var/run/docker.sock", "/home/user/./work", "/home/user//work",
			"/home/user/work/", "/home/userX",
	"/home/user/fifo", "/home/user/fake.sock", "/home/user/.ssh", "/etc", "/root", "/home", "/home/user", ".", "..", "./work",
			"../user", "~", "/tmp", "/sys",
	"/home/user/hardrun", "/home/user/hardrun/..", "/home/user/hardrun/x", "/home/user/hardrun/link-to-etc",
			"/home/user/hardrun/x/../../work", "/home/user/link-to-root/etc", "/var/run/../run/docker.sock",
};

static char *pick(struct arena *arena, struct random *random, const char *const *items, size_t count)
{
	return arena_strdup(arena, items[random_below(random, count)]);
}
#define PICK(arena, random, table) pick((arena), (random), (table), ARRAY_COUNT(table))

static void insert(struct arena *arena, struct words *words, size_t at, char *word)
{
	*vector_push(arena, words->items, words->count) = word;
	memmove(&words->items[at + 1], &words->items[at], (words->count - 1 - at) * sizeof(*words->items));
	words->items[at] = word;
}

static void delete_word(struct words *words, size_t at)
{
	memmove(&words->items[at], &words->items[at + 1], (words->count - 1 - at) * sizeof(*words->items));
	words->count--;
}

static void swap(struct words *words, size_t one, size_t other)
{
	char *kept = words->items[one];

	words->items[one] = words->items[other];
	words->items[other] = kept;
}

/* ${word} with ${text} instead of the ${length} bytes at ${at}. */
static char *splice(struct arena *arena, const char *word, size_t at, size_t length, const char *text)
{
	return arena_printf(arena, "%.*s%s%s", (int)at, word, text, word + at + length);
}

/* The first run of digits from a random place on is replaced; a word without digits gets a number behind its '='. */
static char *change_number(struct arena *arena, struct random *random, const char *word)
{
	const char *number = PICK(arena, random, tempting_numbers);
	const size_t length = strlen(word);
	size_t at = length == 0 ? 0 : random_below(random, length);

	at += strcspn(word + at, "0123456789");
	if (word[at] == '\0')
		return arena_printf(arena, "%s%s", word, number);
	return splice(arena, word, at, strspn(word + at, "0123456789.xe"), number);
}

/* The first path from a random place on. */
static char *change_path(struct arena *arena, struct random *random, const char *word)
{
	const char *path = PICK(arena, random, tempting_paths);
	const size_t length = strlen(word);
	size_t at = length == 0 ? 0 : random_below(random, length);

	at += strcspn(word + at, "/~.");
	return splice(arena, word, at, strcspn(word + at, ":,="), path);
}

/* "--flag value" becomes "--flag=value", and the other way round; a letter joins its value. */
static void change_form(struct arena *arena, struct words *words, size_t at)
{
	char *word = words->items[at], *equals = strchr(word, '=');

	if (strncmp(word, "--", 2) == 0 && equals != NULL) {
		words->items[at] = arena_strndup(arena, word, (size_t)(equals - word));
		insert(arena, words, at + 1, arena_strdup(arena, equals + 1));
	} else if (word[0] == '-' && at + 1 < words->count) {
		words->items[at] = arena_printf(arena, "%s%s%s", word, word[1] == '-' ? "=" : "", words->items[at + 1]);
		delete_word(words, at + 1);
	}
}

static char *change_case(struct arena *arena, struct random *random, const char *word)
{
	char *copy = arena_strdup(arena, word);
	const size_t from = copy[0] == '\0' ? 0 : random_below(random, strlen(copy));

	for (char *c = copy + from; *c != '\0'; c++)
		*c = (char)(isupper((unsigned char)*c) ? tolower((unsigned char)*c) : toupper((unsigned char)*c));
	return copy;
}

/* Letters in front of a letter, or a letter's word with switches in it. */
static char *change_group(struct arena *arena, struct random *random, const char *word)
{
	static const char *const letters[] = { "i", "t", "d", "it", "P", "q", "h", "v", "u", "m", "e", "=" };

	if (word[0] != '-' || word[1] == '-' || word[1] == '\0')
		return arena_printf(arena, "-%s%s", PICK(arena, random, letters), word);
	return splice(arena, word, 1, 0, PICK(arena, random, letters));
}

static void mutate_word(struct arena *arena, struct random *random, struct words *words, size_t at)
{
	const char *word = words->items[at];
	const size_t length = strlen(word), place = random_below(random, length + 1);

	switch (random_below(random, 8)) {
	case 0:
		words->items[at] = splice(arena, word, place, 0, PICK(arena, random, tempting_texts));
		break;
	case 1:
		words->items[at] = splice(arena, word, place, place < length, "");
		break;
	case 2:
		words->items[at] = splice(arena, word, place, place < length, PICK(arena, random, tempting_texts));
		break;
	case 3:
		words->items[at] = change_number(arena, random, word);
		break;
	case 4:
		words->items[at] = change_path(arena, random, word);
		break;
	case 5:
		change_form(arena, words, at);
		break;
	case 6:
		words->items[at] = change_case(arena, random, word);
		break;
	default:
		words->items[at] = change_group(arena, random, word);
		break;
	}
}

/* A word of another line, with what follows it: most often a flag's value. */
static void take_words(struct arena *arena, struct random *random, const struct lines *lines, struct words *words)
{
	const struct words *other = &lines->items[random_below(random, lines->count)];
	const size_t from = random_below(random, other->count), at = random_below(random, words->count + 1);

	if (from + 1 < other->count)
		insert(arena, words, at, arena_strdup(arena, other->items[from + 1]));
	insert(arena, words, at, arena_strdup(arena, other->items[from]));
}

/* The value of one word behind the name of another: "--memory=" "/:/h". */
static void cross(struct arena *arena, struct random *random, const struct lines *lines, struct words *words)
{
	const struct words *other = &lines->items[random_below(random, lines->count)];
	const char *donor = other->items[random_below(random, other->count)], *value = strchr(donor, '=');
	const size_t at = random_below(random, words->count);
	const char *word = words->items[at];

	words->items[at] = arena_printf(arena, "%.*s=%s", (int)strcspn(word, "="), word, value != NULL ? value + 1 : donor);
}

static void mutate(struct arena *arena, struct random *random, const struct lines *lines, struct words *words)
{
	const size_t at = random_below(random, words->count);

	switch (random_below(random, 12)) {
	case 0:
		if (words->count > 1)
			delete_word(words, at);
		break;
	case 1:
		insert(arena, words, random_below(random, words->count + 1), arena_strdup(arena, words->items[at]));
		break;
	case 2:
		swap(words, at, random_below(random, words->count));
		break;
	case 3:
		take_words(arena, random, lines, words);
		break;
	case 4:
		cross(arena, random, lines, words);
		break;
	case 5:
		insert(arena, words, random_below(random, words->count + 1), PICK(arena, random, tempting_words));
		break;
	default:
		mutate_word(arena, random, words, at);
		break;
	}
}

struct words lines_mutate(struct arena *arena, struct random *random, const struct lines *lines, struct words words)
{
	struct words copy = { NULL, 0 };

	for (size_t i = 0; i < words.count; i++)
		*vector_push(arena, copy.items, copy.count) = words.items[i];
	for (size_t count = 1 + random_below(random, MUTATIONS_MOST); count > 0; count--)
		mutate(arena, random, lines, &copy);
	return copy;
}
